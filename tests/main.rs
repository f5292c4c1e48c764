//! The integration tests, in one binary, so that they link once.

mod book;
mod cases;
mod diagnostics;
mod engine;
mod layers;
mod properties;
mod report;
