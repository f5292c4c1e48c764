//! Holds laws for random values, and solves random systems where they are small.

use fivenines::solve::{Limits, Markov, NotExact};
use fivenines::system::{System, SystemModel};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

pub fn compiled(system: &System) -> SystemModel {
    SystemModel::new(system).expect("a sketch has no mistakes")
}

/// Chains that explore in a moment.
pub const SMALL: Limits = Limits { states: 3000, work: 1_000_000 };

/// The chain of a system, if it is small.
pub fn explored(system: &System) -> Option<Markov> {
    match Markov::explore(compiled(system), SMALL) {
        Ok(exact) => Some(exact),
        Err(NotExact::TooLarge { .. }) => None,
        Err(other) => panic!("a sketch is Markovian: {other}"),
    }
}

/// Holds a law for this many random values, the same in every run. The law says whether it had something to say;
/// it must have for half of them.
pub fn holds<T: std::fmt::Debug>(cases: u32, values: impl Strategy<Value = T>, law: impl Fn(T) -> bool) {
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let spoke = std::cell::Cell::new(0);
    let outcome = TestRunner::new_with_rng(config, rng).run(&values, |value| {
        spoke.set(spoke.get() + u32::from(law(value)));
        Ok(())
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
    assert!(2 * spoke.get() >= cases, "only {} of {cases} systems were small enough", spoke.get());
}
