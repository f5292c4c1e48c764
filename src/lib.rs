//! A deterministic discrete-event simulator that estimates the availability of replicated systems.
#![warn(missing_docs)]

pub mod catalog;
pub mod cli;
pub mod engine;
pub mod estimate;
pub mod experiment;
pub mod fit;
pub mod network;
pub mod process;
pub mod random;
pub mod report;
pub mod solve;
pub mod system;
pub mod units;

/// The example of the README is compiled and run like the others.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
