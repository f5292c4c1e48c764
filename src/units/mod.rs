//! Quantities with units: parsed from what people write, printed back the same way.

mod time;

pub use time::{Instant, Span};
