//! How a protocol deals with a fault: many episodes of it, and the laws of the times that they take.

mod assumed;
mod kept;
mod results;
mod run;

pub use assumed::assumed;
pub use kept::quantiles_kept;
pub use results::{MeasureResults, MeasuredLaw, MeasuredResult, MilestoneResult};
pub(super) use run::episode;
pub use run::{EpisodeSeen, MeasureError, measure};

use crate::process::Injection;
use crate::units::{Duration, Instant};

/// What is measured: the fault that is injected, and how long is looked behind it.
///
/// ```
/// use fivenines::experiment::Measure;
/// use fivenines::process::{Injected, Injection};
/// use fivenines::random::Law;
/// use fivenines::units::Duration;
///
/// let within = Duration::seconds(10.0);
/// let injection = Injection {
///     what: Injected::LeaderCrash,
///     warm_up: Duration::seconds(2.0),
///     spread: Duration::seconds(1.0),
///     lasts: Law::constant(within),
/// };
/// assert_eq!(Measure { injection, within }.length(), Duration::seconds(13.0));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Measure {
    /// The fault.
    pub injection: Injection,
    /// How long is looked behind it.
    pub within: Duration,
}

impl Measure {
    /// How long an episode is, with the time before the fault.
    pub fn length(&self) -> Duration {
        (self.injection.latest().span() + self.within.span()).into()
    }

    /// When an episode is over.
    pub(super) fn end(&self) -> Instant {
        Instant::START + self.length().span()
    }
}

/// Whether laws can be called this: the name of a file in any place, and nothing else.
///
/// ```
/// use fivenines::experiment::is_measured_name;
///
/// assert!(is_measured_name("raft-election") && !is_measured_name("../raft") && !is_measured_name(""));
/// ```
pub fn is_measured_name(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
}
