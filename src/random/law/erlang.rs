//! The Erlang law: several alike exponential stages, one after the other.
//!
//! The gamma law of a whole shape (Erlang 1917; Cox 1962, *Renewal Theory*, section 1.4).

use std::fmt;

use super::Law;
use super::gamma::Standard;
use super::written::Written;
use crate::units::Duration;

/// More stages than this are a constant in all but name.
pub(super) const MOST_STAGES: u32 = 1000;

/// An Erlang law, see [`Law::erlang`].
///
/// ```
/// use fivenines::random::Law;
/// use fivenines::units::Duration;
///
/// let Ok(Law::Erlang(repair)) = Law::erlang(4, Duration::hours(4.0)) else { unreachable!() };
/// assert_eq!(repair.stages(), 4);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Erlang {
    pub(super) standard: Standard,
    pub(super) written: Written,
}

/// Why parameters give no Erlang law.
///
/// ```
/// use fivenines::random::{ErlangError, Law};
/// use fivenines::units::Duration;
///
/// assert_eq!(Law::erlang(0, Duration::hours(4.0)), Err(ErlangError::StagesOutOfRange(0)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum ErlangError {
    /// No stage, or more than a thousand.
    #[error("an erlang law has 1 to {MOST_STAGES} stages, got {0}")]
    StagesOutOfRange(u32),
    /// The mean is zero.
    #[error("an erlang mean must be positive")]
    MeanNotPositive,
}

impl Law {
    /// An Erlang law: `stages` exponential stages that together take `mean` on average. The coefficient of variation is
    /// `1 / sqrt(stages)`: the nearest a Markov chain comes to a constant.
    ///
    /// # Errors
    /// When the mean is zero, or the number of stages zero or above a thousand.
    pub fn erlang(stages: u32, mean: Duration) -> Result<Law, ErlangError> {
        if !(1..=MOST_STAGES).contains(&stages) {
            Err(ErlangError::StagesOutOfRange(stages))
        } else if mean.is_zero() {
            Err(ErlangError::MeanNotPositive)
        } else {
            let standard = Standard { shape: f64::from(stages), mean: mean.secs() };
            Ok(Law::Erlang(Erlang { standard, written: Written::default() }))
        }
    }
}

impl Erlang {
    /// How many stages.
    pub fn stages(&self) -> u32 {
        self.standard.shape as u32
    }
}

impl fmt::Display for Erlang {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.written.text() {
            Some(text) => f.write_str(text),
            None => {
                write!(f, "erlang(stages {}, mean {})", self.stages(), Duration::seconds(self.standard.mean))
            }
        }
    }
}
