//! Two servers that share a load: while one is down the other carries all of it, and fails more often.
//!
//! An experiment file cannot say this, because there a component fails by its own law whatever the others do.

use fivenines::engine::{Class, Clock, Clocks, Context, Model, Watch};
use fivenines::random::Law;
use fivenines::units::Duration;

// ANCHOR: model
/// How much faster a server wears that carries all of the load.
const STRESS: f64 = 3.0;

/// The state: who is up. The clocks are handles, the same in every state.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Pair {
    up: [bool; 2],
    clocks: [Clock; 2],
}

impl Pair {
    pub fn new() -> Pair {
        Pair { up: [true; 2], clocks: [Clock::default(); 2] }
    }

    fn life() -> Law {
        Law::exponential(Duration::days(30.0))
    }

    fn repair() -> Law {
        Law::exponential(Duration::hours(6.0))
    }
}

impl Model for Pair {
    /// The server whose clock has fired.
    type Event = usize;

    fn clocks(&mut self, clocks: &mut Clocks) {
        self.clocks = [0, 1].map(|server| clocks.clock(format!("server-{server}").as_str(), Class::Fault));
    }

    fn start(&mut self, cx: &mut Context<usize>) {
        for server in 0..2 {
            cx.set(self.clocks[server], &Pair::life(), server);
        }
    }

    fn on(&mut self, server: usize, cx: &mut Context<usize>) {
        let other = 1 - server;
        self.up[server] = !self.up[server];
        let law = if self.up[server] { Pair::life() } else { Pair::repair() };
        cx.set(self.clocks[server], &law, server);
        // A life runs down three times as fast without the other server. A repair does not care.
        if self.up[server] && !self.up[other] {
            cx.set_speed(self.clocks[server], STRESS);
        }
        if self.up[other] {
            cx.set_speed(self.clocks[other], if self.up[server] { 1.0 } else { STRESS });
        }
    }

    fn observe(&self, watch: &mut Watch) {
        watch.up(self.up.contains(&true));
    }
}
// ANCHOR_END: model

/// The share of time with both down: births at `2 l` and `s l`, deaths at `m` and `2 m`.
#[cfg(test)]
fn closed_form() -> f64 {
    let (life, repair) = (30.0 * 24.0, 6.0);
    let one = 2.0 * repair / life;
    let both = one * STRESS * repair / (2.0 * life);
    both / (1.0 + one + both)
}

// ANCHOR: exact
#[test]
fn the_pair_has_its_closed_form() {
    use fivenines::solve::{Limits, Markov};

    let exact = Markov::explore(Pair::new(), Limits::BRIEF).unwrap();
    let steady = exact.steady().unwrap();
    assert_eq!(exact.chain().states(), 4);
    assert!((exact.unavailability(&steady, 0) / closed_form() - 1.0).abs() < 1e-14);
}
// ANCHOR_END: exact

// ANCHOR: simulated
#[test]
fn simulation_agrees_with_it() {
    use fivenines::engine::Simulator;
    use fivenines::estimate::{Bounds, Confidence, mean_of};
    use fivenines::units::Instant;

    let mut simulator = Simulator::new(Pair::new(), 42);
    let end = Instant::START + Duration::years(100.0).span();
    let down: Vec<f64> = (0..200).map(|trial| 1.0 - simulator.levels(trial, end).mean(0)).collect();
    let estimate = mean_of(&down, Bounds::FRACTION, Confidence::P95).unwrap();
    assert!(estimate.interval().contains(closed_form()), "{estimate}");
}
// ANCHOR_END: simulated

// ANCHOR: split
#[test]
fn splitting_agrees_with_it_in_fewer_events() {
    use fivenines::estimate::{Bounds, Confidence, mean_of};
    use fivenines::solve::Splitting;
    use fivenines::units::Instant;

    let end = Instant::START + Duration::years(1.0).span();
    let down = |pair: &Pair| pair.up.iter().filter(|up| !**up).count() as f64;
    let splitting = Splitting::new(Pair::new(), 42, down).balanced(&[1.0], end, 100).unwrap();
    let trials: Vec<_> = (0..200).map(|trial| splitting.play(trial, end).unwrap()).collect();
    let shares: Vec<f64> = trials.iter().map(|weighed| weighed.down[0]).collect();
    let estimate = mean_of(&shares, Bounds::NON_NEGATIVE, Confidence::P95).unwrap();
    assert!(estimate.interval().contains(closed_form()), "{estimate}");
    assert!(estimate.interval().half_width() < 0.1 * closed_form(), "{estimate}");
}
// ANCHOR_END: split
