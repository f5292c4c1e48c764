//! Whether vertices that have just lost a link or a neighbour still reach each other.

use std::collections::VecDeque;
use std::sync::Arc;

use super::reach::{DOWN, Reach};
use super::{Topology, Vertex};

/// Memory for searches, kept from one to the next.
#[derive(Clone, Debug, Default)]
pub(super) struct Search {
    /// For each vertex, the search that has come by, or [`DOWN`].
    seen: Vec<u32>,
}

/// One of several searches that go on in turns.
#[derive(Default)]
struct Wave {
    /// What it has seen.
    seen: Vec<Vertex>,
    /// What it has not looked around from yet.
    ahead: VecDeque<Vertex>,
    /// The search that it has met and become a part of.
    joined: Option<usize>,
    ended: bool,
}

impl Search {
    pub fn new(vertices: usize) -> Search {
        Search { seen: vec![DOWN; vertices] }
    }

    /// Searches from each of these vertices over links that carry traffic, in turns, until all have met or all but one
    /// have come to an end. Gives what those that ended have seen: each is cut off from everything else. Links carry
    /// traffic both ways or not at all, so that the cost is that of the smaller parts, and not of the topology.
    pub fn run(&mut self, reach: &Reach, from: &[Vertex]) -> Vec<Vec<Vertex>> {
        let topology = Arc::clone(&reach.topology);
        let mut waves: Vec<Wave> = Vec::new();
        for &vertex in from {
            if self.seen[vertex.index()] == DOWN {
                self.seen[vertex.index()] = waves.len() as u32;
                waves.push(Wave { seen: vec![vertex], ahead: [vertex].into(), ..Wave::default() });
            }
        }
        let mut alive = waves.len();
        while alive > 1 {
            for number in 0..waves.len() {
                if alive > 1 && waves[number].joined.is_none() && !waves[number].ended {
                    alive -= self.step(&topology, reach, &mut waves, number);
                }
            }
        }
        waves.iter().flat_map(|wave| &wave.seen).for_each(|vertex| self.seen[vertex.index()] = DOWN);
        waves.into_iter().filter(|wave| wave.ended).map(|wave| wave.seen).collect()
    }

    /// Looks around from one more vertex. Gives how many searches that ended or joined.
    fn step(&mut self, topology: &Topology, reach: &Reach, waves: &mut [Wave], number: usize) -> usize {
        let mut fewer = 0;
        // The search that goes on after it has met others.
        let mut number = number;
        let vertex =
            waves[number].ahead.pop_front().expect("a search that has not ended has something ahead");
        for (link, other, way) in topology.around(vertex) {
            if !reach.carries(link, way) || reach.classes[other.index()] == DOWN {
                continue;
            }
            match self.seen[other.index()] {
                DOWN => {
                    self.seen[other.index()] = number as u32;
                    waves[number].seen.push(other);
                    waves[number].ahead.push_back(other);
                }
                met => {
                    let met = whole(waves, met as usize);
                    if met != number {
                        number = join(waves, number, met);
                        fewer += 1;
                    }
                }
            }
        }
        if waves[number].ahead.is_empty() {
            waves[number].ended = true;
            fewer += 1;
        }
        fewer
    }
}

/// The search that one is now part of.
fn whole(waves: &[Wave], mut number: usize) -> usize {
    while let Some(joined) = waves[number].joined {
        number = joined;
    }
    number
}

/// Makes one search of two: what has seen less joins the other.
fn join(waves: &mut [Wave], a: usize, b: usize) -> usize {
    let (small, large) = if waves[a].seen.len() <= waves[b].seen.len() { (a, b) } else { (b, a) };
    let part = std::mem::take(&mut waves[small]);
    waves[small].joined = Some(large);
    waves[large].seen.extend(part.seen);
    waves[large].ahead.extend(part.ahead);
    large
}
