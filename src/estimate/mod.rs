//! From the numbers of independent trials to estimates: intervals, comparisons, stopping and blame.
//!
//! This layer eats plain numbers, one for each trial in trial order. It knows no engine and no system, reads
//! nothing, and never returns a number without saying how sure it is.

mod confidence;
mod format;
mod interval;
mod mean;
mod moments;
mod sample;
mod special;
mod sum;
#[cfg(test)]
mod testing;
mod value;

pub use confidence::{Confidence, NotAConfidence};
pub use format::{nines, show_nines};
pub use interval::Interval;
pub use mean::mean_of;
pub use moments::Moments;
pub use sample::{Bounds, SampleError};
pub use value::{Estimate, Method, Quality};
