//! Continuous-time Markov chains and their solutions with componentwise relative accuracy.
//!
//! Availability models have probabilities of 1e-14 beside others of nearly one, so an error relative to the whole is
//! worth nothing. The solvers here add, multiply and divide positive numbers and avoid subtraction; each probability,
//! however small, comes out with a small error relative to itself. Times are in seconds and rates per second; any
//! other unit does as well, if it is used throughout.

mod aggregate;
mod csr;
mod doubling;
mod elimination;
mod gth;
mod multilevel;
mod passage;
mod poisson;
mod rates;
#[cfg(test)]
mod reference_tests;
mod steady;
mod structure;
mod transient;
mod uniform;

pub use passage::mean_time_to;
pub use rates::{Chain, ChainBuilder, ChainError, STATES_MAX, StateSet};
pub use steady::{Method, Steady, steady_state};
pub use structure::Structure;
pub use transient::{Budget, Transient};
