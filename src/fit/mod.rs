//! From a failure log to laws: time to failure, time to repair, and what the two do not say.
//!
//! A log is read row by row ([`Log`]); a group of its units becomes gaps and repairs, some of them censored or left
//! truncated; four families of laws are fitted by maximum likelihood, with intervals that draw whole units again
//! ([`fit_group`]). Nothing here prints or opens files.

mod batch;
mod bursts;
mod cells;
mod columns;
mod date;
mod findings;
mod gaps;
mod group;
mod laws;
mod likelihood;
mod log;
mod maximum;
mod mess;
mod outage;
mod resample;
mod sample;
mod scratch;
mod spans;
mod survival;
mod together;

pub use columns::{Columns, Condition, NoColumn, NotACondition};
pub use date::{Moment, Order};
pub use findings::Findings;
pub use gaps::Watch;
pub use group::{GroupError, GroupFit, Settings, fit_group};
pub use laws::{Bound, FEWEST, Fit, LawFit, Measured, fit_durations};
pub use likelihood::Family;
pub use log::{Group, Log, LogError};
pub use mess::{Ledger, Mess};
pub use sample::{Observation, Sample};
pub use scratch::Room;
pub use spans::Spans;
pub use survival::{Piece, Step, hazard, survival};
pub use together::{Autocorrelation, Together};
