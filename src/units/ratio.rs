//! A part of something, or a multiple of it.

use std::fmt;
use std::str::FromStr;

use super::text::{number, plain, serde_as_string};

/// How much in terms of something else: `60%`, `250%`, `0.6`. Not negative, and unlike a probability it may be above one.
///
/// ```
/// use fivenines::units::Ratio;
///
/// let load: Ratio = "250%".parse().unwrap();
/// assert_eq!(load.value(), 2.5);
/// assert_eq!(load.to_string(), "250%");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Ratio(f64);

/// Why a text is no ratio.
///
/// ```
/// use fivenines::units::{Ratio, RatioError};
///
/// assert_eq!("much".parse::<Ratio>(), Err(RatioError("much".into())));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no part and no multiple: write \"60%\" or \"250%\", not below zero")]
pub struct RatioError(pub String);

impl Ratio {
    /// All of it.
    pub const ONE: Ratio = Ratio(1.0);

    /// A ratio of this value.
    ///
    /// # Errors
    /// When it is negative, infinite or NaN.
    pub fn new(value: f64) -> Result<Ratio, RatioError> {
        if value >= 0.0 && value.is_finite() { Ok(Ratio(value)) } else { Err(RatioError(value.to_string())) }
    }

    /// As a number: 2.5 for 250%.
    pub fn value(self) -> f64 {
        self.0
    }

    /// True for nothing.
    pub fn is_zero(self) -> bool {
        self.0 == 0.0
    }
}

impl FromStr for Ratio {
    type Err = RatioError;

    fn from_str(text: &str) -> Result<Ratio, RatioError> {
        let wrong = || RatioError(text.trim().to_owned());
        let (value, rest) = number(text).ok_or_else(wrong)?;
        let value = match rest {
            "" => value,
            "%" => value / 100.0,
            _ => return Err(wrong()),
        };
        Ratio::new(value).map_err(|_| wrong())
    }
}

impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A hundred times 0.07 is 7.000000000000001: the fewest digits that are the same ratio.
        let percent = super::text::shortest(self.0 * 100.0, |percent| percent / 100.0 == self.0);
        match percent {
            Some(percent) => write!(f, "{}%", plain(percent)),
            None => f.write_str(&plain(self.0)),
        }
    }
}

serde_as_string!(Ratio, r#"a ratio such as "60%" or "250%""#);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn people_write_ratios_in_two_ways() {
        for (text, value) in [("60%", 0.6), ("0.6", 0.6), ("250 %", 2.5), ("3", 3.0), ("0%", 0.0)] {
            assert_eq!(text.parse::<Ratio>().map(Ratio::value), Ok(value), "{text}");
        }
        for text in ["", "-1%", "1/2", "inf", "60 percent"] {
            assert!(text.parse::<Ratio>().unwrap_err().to_string().contains("is no part"), "{text}");
        }
        assert_eq!("7%".parse::<Ratio>().unwrap().to_string(), "7%");
    }

    proptest! {
        #[test]
        fn what_is_printed_parses_back(value in 0.0..1e6f64) {
            let ratio = Ratio::new(value).unwrap();
            prop_assert_eq!(ratio.to_string().parse(), Ok(ratio));
        }
    }
}
