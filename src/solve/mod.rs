//! Solvers of models.

pub mod chain;
mod markov;
mod numbers;
mod splitting;

pub use markov::{Limits, Markov, NotExact};
pub use splitting::{Splitting, TooManyPaths, Weighed};
