//! From the numbers of independent trials to estimates: intervals, comparisons, stopping and blame.
//!
//! This layer eats plain numbers, one for each trial in trial order. It knows no engine and no system, reads
//! nothing, and never returns a number without saying how sure it is.

mod compare;
mod confidence;
mod count;
mod format;
mod interval;
mod mean;
mod moments;
mod outages;
mod proportion;
mod quantile;
mod ratio;
mod sample;
mod shares;
mod special;
mod stopping;
mod sum;
#[cfg(test)]
mod testing;
mod value;

pub use compare::{Comparison, Contest, Ranking, Verdict, compare};
pub use confidence::{Confidence, NotAConfidence};
pub use count::count_of;
pub use format::{nines, show_nines};
pub use interval::Interval;
pub use mean::mean_of;
pub use moments::Moments;
pub use outages::Outages;
pub use proportion::{chance_at_most, clopper_pearson, clustered, wilson};
pub use quantile::quantile_of;
pub use ratio::ratio_of;
pub use sample::{Bounds, SampleError};
pub use shares::Shares;
pub use stopping::{Stop, Stopping, StoppingError};
pub use value::{Estimate, Method, Quality};
