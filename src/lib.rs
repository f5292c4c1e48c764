//! A deterministic discrete-event simulator that estimates the availability of replicated systems.
#![warn(missing_docs)]

pub mod random;
pub mod solve;
pub mod units;
