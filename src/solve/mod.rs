//! Solvers of models.

pub mod chain;
