//! The same trial is the same history: in any order, from any copy, in memory used before.

use fivenines::engine::{Class, Levels};
use fivenines::engine::{Clock, Clocks, Context, Model, Simulator, Source, Summary, Trace, Watch};
use fivenines::random::{Law, Name};
use fivenines::units::{Duration, Instant, Span};

/// Nodes that send messages to random others, and time out when they hear nothing.
#[derive(Clone)]
struct Gossip {
    nodes: usize,
    /// Messages are sent on by this chance, so that their number changes all the time.
    heard: u64,
    expired: u64,
}

#[derive(Clone, Debug)]
enum Event {
    Message(usize),
    Timeout(usize),
}

impl Gossip {
    fn new(nodes: usize) -> Gossip {
        Gossip { nodes, heard: 0, expired: 0 }
    }

    fn send(&self, from: usize, cx: &mut Context<Event>) {
        let source = Source::from_index(from);
        let to = cx.pick(source, self.nodes);
        cx.send(source, &Law::exponential(Duration::seconds(1.0)), Event::Message(to));
    }
}

impl Model for Gossip {
    type Event = Event;

    fn clocks(&mut self, clocks: &mut Clocks) {
        for node in 0..self.nodes {
            clocks.clock(Name::new("node").at(node), Class::Control);
            clocks.source(Name::new("node").at(node));
        }
    }

    fn start(&mut self, cx: &mut Context<Event>) {
        (0..self.nodes).for_each(|node| self.send(node, cx));
    }

    fn on(&mut self, event: Event, cx: &mut Context<Event>) {
        match event {
            Event::Message(node) => {
                self.heard += 1;
                cx.set_after(Clock::from_index(node), Span::from_secs(3), Event::Timeout(node));
                // None or two, one on average.
                if cx.chance(Source::from_index(node), 0.5) {
                    self.send(node, cx);
                    self.send(node, cx);
                }
            }
            Event::Timeout(node) => {
                self.expired += 1;
                self.send(node, cx);
            }
        }
    }

    fn observe(&self, watch: &mut Watch) {
        watch.level(self.heard as f64);
        watch.level(self.expired as f64);
    }

    fn measures(&self) -> Vec<String> {
        vec!["heard".into(), "expired".into()]
    }
}

fn end() -> Instant {
    Instant::START + Span::from_secs(40)
}

fn played(simulator: &mut Simulator<Gossip>, trial: u64) -> (Summary, f64, f64) {
    let levels: Levels = simulator.levels(trial, end());
    (levels.summary(), levels.mean(0), levels.mean(1))
}

#[test]
fn a_trial_is_the_same_whatever_was_played_before() {
    let mut simulator = Simulator::new(Gossip::new(200), 1);
    let forward: Vec<_> = (0..6).map(|trial| played(&mut simulator, trial)).collect();
    let backward: Vec<_> = (0..6).rev().map(|trial| played(&mut simulator, trial)).collect();
    assert!(forward.iter().eq(backward.iter().rev()));
    for (trial, expected) in forward.iter().enumerate() {
        assert_eq!(played(&mut Simulator::new(Gossip::new(200), 1), trial as u64), *expected);
    }
}

#[test]
fn a_copy_in_the_middle_of_a_series_goes_on_alike() {
    let mut simulator = Simulator::new(Gossip::new(50), 1);
    played(&mut simulator, 0);
    let mut copy = simulator.clone();
    assert_eq!(played(&mut simulator, 1), played(&mut copy, 1));
}

#[test]
fn trials_and_seeds_differ() {
    let mut simulator = Simulator::new(Gossip::new(50), 1);
    let mut digests: Vec<_> = (0..50).map(|trial| played(&mut simulator, trial).0.digest.bits()).collect();
    digests.push(played(&mut Simulator::new(Gossip::new(50), 2), 0).0.digest.bits());
    digests.sort_unstable();
    digests.dedup();
    assert_eq!(digests.len(), 51);
}

#[test]
fn a_trial_that_ends_sooner_is_the_beginning_of_one_that_ends_later() {
    let mut simulator = Simulator::new(Gossip::new(50), 1);
    let (mut short, mut long) = (Trace::with_limit(100_000), Trace::with_limit(100_000));
    simulator.play(3, Instant::START + Span::from_secs(10), &mut short);
    simulator.play(3, end(), &mut long);
    assert!(long.lines().len() > short.lines().len());
    assert_eq!(short.lines(), &long.lines()[..short.lines().len()]);
}

/// What one name draws does not depend on what else there is.
#[test]
fn a_clock_has_the_same_luck_in_a_larger_model() {
    #[derive(Clone)]
    struct Alone(usize);

    impl Model for Alone {
        type Event = usize;
        fn clocks(&mut self, clocks: &mut Clocks) {
            // Declared in the opposite order, so that handles differ as well.
            (0..self.0).rev().for_each(|index| {
                clocks.clock(Name::new("clock").at(index), Class::Fault);
            });
        }
        fn start(&mut self, cx: &mut Context<usize>) {
            let law = Law::exponential(Duration::seconds(1.0));
            (0..self.0).for_each(|index| cx.set(Clock::from_index(self.0 - 1 - index), &law, index));
        }
        fn on(&mut self, index: usize, cx: &mut Context<usize>) {
            let law = Law::exponential(Duration::seconds(1.0));
            cx.set(Clock::from_index(self.0 - 1 - index), &law, index);
        }
        fn observe(&self, watch: &mut Watch) {
            watch.up(true);
        }
    }

    let of_clock_one = |count| {
        let mut trace = Trace::with_limit(1_000_000);
        Simulator::new(Alone(count), 1).play(0, end(), &mut trace);
        trace.lines().iter().filter(|line| line.1 == "1").map(|line| line.0).collect::<Vec<_>>()
    };
    let small = of_clock_one(2);
    assert!(small.len() > 10);
    assert_eq!(small, of_clock_one(500));
}
