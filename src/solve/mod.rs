//! Solvers of models.

pub mod chain;
mod markov;

pub use markov::{Limits, Markov, NotExact};
