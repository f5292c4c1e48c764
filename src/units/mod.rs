//! Quantities with units: parsed from what people write, printed back the same way.

mod duration;
mod probability;
mod rate;
pub(crate) mod text;
mod time;

pub use duration::{Duration, DurationError};
pub use probability::{Probability, ProbabilityError};
pub use rate::{Rate, RateError};
pub use time::{Instant, Span};
