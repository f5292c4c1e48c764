//! The integration tests, in one binary, so that they link once.

mod cases;
mod cli;
mod determinism;
mod diagnostics;
mod properties;
mod report;
