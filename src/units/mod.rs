//! Quantities with units: parsed from what people write, printed back the same way.

mod bandwidth;
mod bytes;
mod duration;
mod hours;
mod money;
mod probability;
mod rate;
mod ratio;
mod tariff;
pub(crate) mod text;
mod time;

pub use bandwidth::{Bandwidth, BandwidthError};
pub use bytes::{Bytes, BytesError};
pub use duration::{Duration, DurationError};
pub use hours::{Hours, HoursError};
pub use money::{CostRate, Currency, Money, MoneyError};
pub use probability::{Probability, ProbabilityError};
pub use rate::{Rate, RateError};
pub use ratio::{Ratio, RatioError};
pub use tariff::{Tariff, TariffError};
pub use time::{Instant, Span};
