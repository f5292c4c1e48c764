//! Samples drawn again, many at a time: one pass over a log fills all of them.

use std::ops::Range;

use super::cells::Scale;
use super::gaps::Gap;
use super::sample::{Kind, Point, Sample};
use crate::random::math::ln;
use crate::random::{Name, Purpose, Stream, StreamKey};

/// Cells this narrow, 1/32 to 1/64, move no parameter by more than a thousandth of itself, and what they do move is taken
/// out again.
const CELLS: Scale = Scale::new(5);
/// Kinds of what is counted in a cell.
const KINDS: usize = 3;
/// Replicas that are filled at once: they take 9 MB.
const TOGETHER: usize = 256;

/// So many replicas, in batches.
pub(super) fn batches(count: u64) -> impl Iterator<Item = Range<u64>> {
    (0..count).step_by(TOGETHER).map(move |from| from..(from + TOGETHER as u64).min(count))
}

/// How often a unit, or what else is drawn, counts in each replica.
pub(super) struct Weights {
    streams: Vec<Stream>,
    drawn: Vec<f64>,
}

impl Weights {
    /// A single replica in which everything counts once.
    pub fn ones() -> Weights {
        Weights { streams: Vec::new(), drawn: vec![1.0] }
    }

    /// Poisson numbers with mean 1, from a stream for each replica.
    pub fn drawn(seed: u64, name: &str, replicas: &Range<u64>) -> Weights {
        let name = Name::new("fit").child(name);
        let open = |trial| StreamKey { seed, trial, name, purpose: Purpose::Analysis }.open();
        let streams: Vec<Stream> = replicas.clone().map(open).collect();
        Weights { drawn: vec![0.0; streams.len()], streams }
    }

    /// How many replicas there are.
    pub fn replicas(&self) -> usize {
        self.drawn.len()
    }

    /// The weights of the next unit.
    pub fn next(&mut self) -> &[f64] {
        for (drawn, stream) in self.drawn.iter_mut().zip(&mut self.streams) {
            *drawn = poisson(stream);
        }
        &self.drawn
    }

    /// The weights of so many units that are all alike.
    pub fn sum_of(&mut self, units: u64) -> Vec<f64> {
        if self.streams.is_empty() {
            return vec![units as f64];
        }
        let sum = |stream: &mut Stream| (0..units).fold(0.0, |sum, _| sum + poisson(stream));
        self.streams.iter_mut().map(sum).collect()
    }
}

/// A Poisson number with mean 1, by inversion: one uniform number.
fn poisson(stream: &mut Stream) -> f64 {
    const NONE: f64 = 0.367_879_441_171_442_33;
    let u = stream.uniform();
    let (mut term, mut sum, mut count) = (NONE, NONE, 0.0);
    while u > sum && count < 30.0 {
        count += 1.0;
        term /= count;
        sum += term;
    }
    count
}

/// Histograms of replicas, side by side.
pub(super) struct Batch {
    replicas: usize,
    /// By cell, kind and replica.
    counts: Vec<f64>,
    /// What has been seen of the present unit, by cell and kind, and where that is not nothing.
    unit: Vec<f64>,
    touched: Vec<usize>,
}

impl Batch {
    pub fn new(replicas: usize) -> Batch {
        let places = CELLS.len() * KINDS;
        Batch { replicas, counts: vec![0.0; places * replicas], unit: vec![0.0; places], touched: Vec::new() }
    }

    /// Adds a gap of the present unit.
    pub fn gap(&mut self, gap: &Gap) {
        self.add(gap.to, if gap.failed { Kind::Ended } else { Kind::Censored });
        if gap.from > 0.0 {
            self.add(gap.from, Kind::Entered);
        }
    }

    /// Adds a length of the present unit, in seconds.
    pub fn add(&mut self, seconds: f64, kind: Kind) {
        let place = CELLS.cell(seconds) * KINDS + kind as usize;
        if self.unit[place] == 0.0 {
            self.touched.push(place);
        }
        self.unit[place] += 1.0;
    }

    /// Ends the present unit, which counts so often in each replica.
    pub fn close(&mut self, weights: &[f64]) {
        for place in self.touched.drain(..) {
            let many = std::mem::take(&mut self.unit[place]);
            let counts = &mut self.counts[place * self.replicas..][..self.replicas];
            counts.iter_mut().zip(weights).for_each(|(count, weight)| *count += many * weight);
        }
    }

    /// The first replica.
    pub fn first(&self) -> Sample {
        self.sample(0)
    }

    /// The replicas.
    pub fn samples(&self) -> impl Iterator<Item = Sample> {
        (0..self.replicas).map(|replica| self.sample(replica))
    }

    /// A replica, each cell as its middle.
    fn sample(&self, replica: usize) -> Sample {
        let of = |place: usize| self.counts[place * self.replicas + replica];
        let points = (0..CELLS.len()).filter_map(|cell| {
            let first = cell * KINDS;
            let [ended, censored, entered] = [of(first), of(first + 1), of(first + 2)];
            let time = CELLS.middle(cell);
            let any = [ended, censored, entered] != [0.0; KINDS];
            any.then(|| Point { time, log: ln(time), ended, censored, entered })
        });
        Sample { points: points.collect(), ..Sample::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::math::exp;

    /// 100,000 numbers of mean 1 and variance 1: their mean is within 5/sqrt(100,000) = 0.016, their variance, whose
    /// standard error is sqrt(3/100,000), within 0.028.
    #[test]
    fn weights_are_poisson_numbers_of_mean_one() {
        let mut weights = Weights::drawn(1, "test", &(0..1));
        let (mut sum, mut squares, mut none) = (0.0, 0.0, 0.0);
        for _ in 0..100_000 {
            let weight = weights.next()[0];
            sum += weight;
            squares += weight * weight;
            none += if weight == 0.0 { 1e-5 } else { 0.0 };
        }
        let mean = sum / 1e5;
        assert!((mean - 1.0).abs() < 0.016 && (squares / 1e5 - mean * mean - 1.0).abs() < 0.028);
        assert!((none - exp(-1.0)).abs() < 5.0 * (0.37 * 0.63 / 1e5_f64).sqrt());
    }

    #[test]
    fn replicas_do_not_depend_on_their_batch() {
        let fill = |replicas: &Range<u64>| {
            let mut weights = Weights::drawn(1, "test", replicas);
            let mut batch = Batch::new(weights.replicas());
            for unit in 1..50_u32 {
                batch.gap(&Gap { from: 1.0, to: 60.0 * f64::from(unit % 7 + 1), failed: unit % 3 > 0 });
                batch.add(f64::from(unit), Kind::Ended);
                batch.close(weights.next());
            }
            batch.samples().collect::<Vec<_>>()
        };
        let all: Vec<Sample> = batches(600).flat_map(|replicas| fill(&replicas)).collect();
        assert_eq!((all.len(), fill(&(300..301)).first()), (600, Some(&all[300])));
        assert_ne!(all[0], all[1]);
    }
}
