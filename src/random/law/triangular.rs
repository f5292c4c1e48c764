//! The triangular law: an estimate by three times, the shortest, the likeliest and the longest.
//!
//! Law 2015, *Simulation Modeling and Analysis*, 5th ed., section 6.2.2 (and section 6.11 on its use without data).

use std::fmt;
use std::sync::Arc;

use super::Law;
use super::curve::{Curve, Tails};
use super::written::Written;
use crate::units::Duration;

/// A triangular law, see [`Law::triangular`].
///
/// ```
/// use fivenines::random::Law;
/// use fivenines::units::Duration;
///
/// let [min, mode, max] = [1.0, 2.0, 6.0].map(Duration::hours);
/// let Ok(Law::Triangular(repair)) = Law::triangular(min, mode, max) else { unreachable!() };
/// assert_eq!(repair.corners(), [min, mode, max]);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Triangular {
    /// Shortest, likeliest and longest, in seconds.
    corners: Arc<[f64; 3]>,
    pub(super) written: Written,
}

/// Why parameters give no triangular law.
///
/// ```
/// use fivenines::random::{Law, TriangularError};
/// use fivenines::units::Duration;
///
/// let [one, two] = [1.0, 2.0].map(Duration::hours);
/// assert_eq!(Law::triangular(two, one, two), Err(TriangularError::OutOfOrder { min: two, mode: one, max: two }));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum TriangularError {
    /// Not shortest, likeliest, longest; or no room between them.
    #[error("a triangular law is the shortest, the likeliest and the longest time, got {min}, {mode}, {max}")]
    OutOfOrder {
        /// The shortest.
        min: Duration,
        /// The likeliest.
        mode: Duration,
        /// The longest.
        max: Duration,
    },
}

impl Law {
    /// A triangular law by the shortest, the likeliest and the longest time.
    ///
    /// # Errors
    /// When they are out of order, or the shortest is the longest.
    pub fn triangular(min: Duration, mode: Duration, max: Duration) -> Result<Law, TriangularError> {
        if !(min <= mode && mode <= max && min < max) {
            return Err(TriangularError::OutOfOrder { min, mode, max });
        }
        let corners = Arc::new([min.secs(), mode.secs(), max.secs()]);
        Ok(Law::Triangular(Triangular { corners, written: Written::default() }))
    }
}

impl Triangular {
    /// The shortest, the likeliest and the longest time.
    pub fn corners(&self) -> [Duration; 3] {
        self.corners.map(Duration::seconds)
    }
}

impl Curve for Triangular {
    fn mean(&self) -> f64 {
        let [min, mode, max] = *self.corners;
        min / 3.0 + mode / 3.0 + max / 3.0
    }

    fn variance(&self) -> f64 {
        let [min, mode, max] = *self.corners;
        // From the shortest time, so that a narrow triangle far from zero keeps its digits.
        let (mode, max) = (mode - min, max - min);
        (mode * mode + max * max - mode * max) / 18.0
    }

    fn survival(&self, t: f64) -> f64 {
        let [min, mode, max] = *self.corners;
        if t < mode || t <= min {
            1.0 - self.cdf(t)
        } else {
            let left = (max - t).max(0.0);
            if left == 0.0 { 0.0 } else { left * left / ((max - min) * (max - mode)) }
        }
    }

    fn cdf(&self, t: f64) -> f64 {
        let [min, mode, max] = *self.corners;
        if t <= min {
            0.0
        } else if t < mode {
            (t - min) * (t - min) / ((max - min) * (mode - min))
        } else {
            1.0 - self.survival(t)
        }
    }

    fn density(&self, t: f64) -> f64 {
        let [min, mode, max] = *self.corners;
        let height = 2.0 / (max - min);
        if t < min || t > max {
            0.0
        } else if t < mode {
            height * (t - min) / (mode - min)
        } else if t > mode {
            height * (max - t) / (max - mode)
        } else {
            height
        }
    }

    fn inverse(&self, at: Tails) -> f64 {
        let [min, mode, max] = *self.corners;
        if at.lower * (max - min) <= mode - min {
            min + (at.lower * (max - min) * (mode - min)).sqrt()
        } else {
            max - (at.upper * (max - min) * (max - mode)).sqrt()
        }
    }

    fn excess(&self, age: f64) -> f64 {
        let [min, mode, max] = *self.corners;
        if age <= min {
            self.mean() - age
        } else if age < mode {
            // All there is above zero, less the cubic that the distribution function leaves out below `age`.
            let past = age - min;
            self.mean() - age + past * past * past / (3.0 * (max - min) * (mode - min))
        } else {
            let left = (max - age).max(0.0);
            if left == 0.0 { 0.0 } else { left * left * left / (3.0 * (max - min) * (max - mode)) }
        }
    }
}

impl fmt::Display for Triangular {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [min, mode, max] = self.corners();
        match self.written.text() {
            Some(text) => f.write_str(text),
            None => write!(f, "triangular({min}, {mode}, {max})"),
        }
    }
}
