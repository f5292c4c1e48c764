//! A deterministic discrete-event simulator that estimates the availability of replicated systems.
#![warn(missing_docs)]

pub mod engine;
pub mod experiment;
pub mod random;
pub mod report;
pub mod system;
pub mod units;
