//! Random small models, simulated and explored by the same code, agree.

use std::sync::Arc;

use fivenines::engine::{Class, Clock, Clocks, Context, Model, Simulator, Source, Watch};
use fivenines::random::{Law, Name};
use fivenines::solve::chain::Budget;
use fivenines::solve::{Limits, Markov};
use fivenines::units::{Duration, Instant};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use super::hold::Mean;

const CLOCKS: usize = 3;

/// What one state does to the clocks and where it leads.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Row {
    /// For each clock: its rate in tenths a second, zero for a clock that does not run here.
    rates: [u8; CLOCKS],
    /// In how many stages each clock runs.
    stages: [u8; CLOCKS],
    /// Halves of its speed that each clock runs at, from zero.
    speeds: [u8; CLOCKS],
    /// Whether a clock that is set already goes on instead of being set anew.
    keeps: bool,
    /// Left at once, and where a firing leads, in proportion.
    vanishes: bool,
    weights: Vec<u8>,
}

/// Walks about among its rows.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Walk {
    rows: Arc<Vec<Row>>,
    state: usize,
}

impl Walk {
    fn enter(&mut self, state: usize, cx: &mut Context<usize>) {
        self.state = state;
        let row = &self.rows[state];
        if row.vanishes && state > 0 {
            cx.send(Source::default(), &Law::constant(Duration::ZERO), CLOCKS);
            return;
        }
        for clock in 0..CLOCKS {
            let handle = Clock::from_index(clock);
            let rate = f64::from(row.rates[clock]) / 10.0;
            if rate == 0.0 {
                cx.cancel(handle);
                continue;
            }
            if !(row.keeps && cx.is_set(handle)) {
                let law = Law::erlang(u32::from(row.stages[clock]), Duration::seconds(1.0 / rate));
                cx.set(handle, &law.expect("a few stages make a law"), clock);
            }
            cx.set_speed(handle, f64::from(row.speeds[clock]) / 2.0);
        }
    }
}

impl Model for Walk {
    type Event = usize;

    fn clocks(&mut self, clocks: &mut Clocks) {
        (0..CLOCKS).for_each(|index| {
            clocks.clock(Name::new("clock").at(index), Class::Fault);
        });
        clocks.source("route");
    }

    fn start(&mut self, cx: &mut Context<usize>) {
        self.enter(0, cx);
    }

    fn on(&mut self, clock: usize, cx: &mut Context<usize>) {
        let row = &self.rows[self.state];
        let weights: Vec<f64> = row.weights.iter().map(|weight| f64::from(*weight)).collect();
        // What vanishes leads to the first state if to anything that vanishes: so nothing vanishes without end.
        let mut next = cx.choose(Source::default(), &weights);
        if clock == CLOCKS && self.rows[next].vanishes {
            next = 0;
        }
        self.enter(next, cx);
    }

    fn observe(&self, watch: &mut Watch) {
        (0..self.rows.len()).for_each(|state| watch.up(self.state == state));
    }

    fn measures(&self) -> Vec<String> {
        (0..self.rows.len()).map(|state| format!("in {state}")).collect()
    }
}

fn row(states: usize) -> impl Strategy<Value = Row> {
    let weights = prop::collection::vec(0u8..4, states)
        .prop_filter("leads nowhere", |weights| weights.iter().any(|weight| *weight > 0));
    let stages = || prop_oneof![3 => Just(1u8), 1 => 2u8..4];
    (
        [0u8..30, 0u8..30, 0u8..4],
        [stages(), stages(), stages()],
        [1u8..5, 2u8..3, 0u8..3],
        any::<bool>(),
        prop::bool::weighted(0.2),
        weights,
    )
        .prop_map(|(rates, stages, speeds, keeps, vanishes, weights)| Row {
            rates,
            stages,
            speeds,
            keeps,
            vanishes,
            weights,
        })
}

fn walk() -> impl Strategy<Value = Walk> {
    (2usize..6)
        .prop_flat_map(|states| prop::collection::vec(row(states), states))
        .prop_map(|rows| Walk { rows: Arc::new(rows), state: 0 })
}

/// The expected share of the first 20 s that is spent in each state, from the chain and as a mean over 200 trials.
/// About 60 models of four states make 240 statements, each at five standard errors: one in a million by chance where
/// the shares are normal, and the seeds are fixed. A state seen in few trials has no normal mean, hence the allowance
/// of one trial that spends a tenth of its time there.
#[test]
fn simulation_and_exploration_of_random_models_agree() {
    const TRIALS: u64 = 200;
    const SECONDS: f64 = 20.0;
    let end = Instant::START + Duration::seconds(SECONDS).span();
    let config = Config { cases: 60, failure_persistence: None, ..Config::default() };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let outcome = TestRunner::new_with_rng(config, rng).run(&walk(), |walk| {
        let exact = Markov::explore(walk.clone(), Limits::BRIEF).expect("a walk is a small chain");
        let transient = exact.transient(Budget::default());
        let states = walk.rows.len();
        let mut simulator = Simulator::new(walk, 1);
        let levels: Vec<_> = (0..TRIALS).map(|trial| simulator.levels(trial, end)).collect();
        for state in 0..states {
            let shares: Vec<f64> = levels.iter().map(|levels| levels.mean(state)).collect();
            let simulated = Mean::of(&shares);
            let spent =
                transient.reward_over(exact.levels(state), 0.0, SECONDS).expect("a short time is solved");
            let apart = (simulated.value - spent / SECONDS).abs();
            let allowed = 5.0 * simulated.error + 0.1 / TRIALS as f64;
            prop_assert!(apart <= allowed, "state {}: {:?}, exactly {}", state, simulated, spent / SECONDS);
        }
        Ok(())
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
}
