//! The integration tests, in one binary, so that they link once.

mod book;
mod cases;
mod cli;
mod determinism;
mod diagnostics;
mod engine;
mod fit;
mod layers;
mod processes;
mod properties;
mod report;
