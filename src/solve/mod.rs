//! Solvers of models.

pub mod chain;
mod markov;
mod numbers;

pub use markov::{Limits, Markov, NotExact};
