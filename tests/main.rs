//! The integration tests, in one binary, so that they link once.

mod cases;
mod diagnostics;
mod properties;
mod report;
