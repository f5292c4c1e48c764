//! Quantities with units: parsed from what people write, printed back the same way.

mod duration;
pub(crate) mod text;
mod time;

pub use duration::{Duration, DurationError};
pub use time::{Instant, Span};
