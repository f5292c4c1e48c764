//! Amounts of data as people write them: `4 TB`, `512 MiB`.

use std::fmt;
use std::ops::Add;
use std::str::FromStr;

use super::text::{Unit, find_unit, nearest_unit, number, readable, serde_as_string};

/// The units of data in bytes, decimal and binary; the first is exact for every amount.
const UNITS: [Unit; 11] = [
    Unit::new("B", 1.0, &["byte", "bytes"], 0),
    Unit::new("kB", 1e3, &["KB"], 0),
    Unit::new("MB", 1e6, &[], 0),
    Unit::new("GB", 1e9, &[], 0),
    Unit::new("TB", 1e12, &[], 0),
    Unit::new("PB", 1e15, &[], 0),
    Unit::new("KiB", 1024.0, &["kiB"], 0),
    Unit::new("MiB", 1_048_576.0, &[], 0),
    Unit::new("GiB", 1_073_741_824.0, &[], 0),
    Unit::new("TiB", 1_099_511_627_776.0, &[], 0),
    Unit::new("PiB", 1_125_899_906_842_624.0, &[], 0),
];

/// The largest amount: beyond 2^53 an `f64` no longer holds every byte (9 PB).
const MOST: f64 = 9_007_199_254_740_992.0;

/// An amount of data: a whole number of bytes, up to 9 PB.
///
/// Units are decimal (`kB`, `MB`, `GB`, `TB`, `PB`, by 1000) or binary (`KiB`, `MiB`, `GiB`, `TiB`, `PiB`, by 1024).
///
/// ```
/// use fivenines::units::Bytes;
///
/// let disk: Bytes = "4 TB".parse().unwrap();
/// assert_eq!(disk.count(), 4_000_000_000_000);
/// assert_eq!(disk.to_string(), "4 TB");
/// assert_eq!("4 TiB".parse::<Bytes>().unwrap().count(), 4 << 40);
///
/// let error = "4 Tb".parse::<Bytes>().unwrap_err();
/// assert!(error.to_string().ends_with("(did you mean \"TB\"?)"));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bytes(u64);

/// Why a text is no amount of data.
///
/// ```
/// use fivenines::units::{Bytes, BytesError};
///
/// assert_eq!("4".parse::<Bytes>(), Err(BytesError::NoUnit { text: "4".into() }));
/// ```
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum BytesError {
    /// The text does not start with a number.
    #[error("{text:?} is not an amount of data: {EXPECTED}")]
    NotANumber {
        /// What was written.
        text: String,
    },
    /// A number without a unit.
    #[error("{text:?} has no unit: {EXPECTED}")]
    NoUnit {
        /// What was written.
        text: String,
    },
    /// A unit nobody knows.
    #[error("{text:?} is not an amount of data: {EXPECTED}{}", hint(*.nearest))]
    UnknownUnit {
        /// What was written.
        text: String,
        /// The unit that may have been meant.
        nearest: Option<&'static str>,
    },
    /// Less than nothing, or more than 9 PB.
    #[error("{text:?} lies outside 0 B to 9 PB")]
    OutOfRange {
        /// What was written.
        text: String,
    },
}

const EXPECTED: &str = r#"write a number and a unit, such as "512 MiB", "16 GB" or "4 TB""#;

fn hint(nearest: Option<&'static str>) -> String {
    nearest.map(|nearest| format!(" (did you mean {nearest:?}?)")).unwrap_or_default()
}

impl Bytes {
    /// So many bytes.
    ///
    /// # Errors
    /// When there are more than 2^53, about 9 PB.
    pub fn new(count: u64) -> Result<Bytes, BytesError> {
        if count as f64 > MOST {
            return Err(BytesError::OutOfRange { text: format!("{count} B") });
        }
        Ok(Bytes(count))
    }

    /// How many bytes.
    pub const fn count(self) -> u64 {
        self.0
    }
}

impl Add for Bytes {
    type Output = Bytes;

    /// Saturates at the largest amount.
    fn add(self, other: Bytes) -> Bytes {
        Bytes((self.0 + other.0).min(MOST as u64))
    }
}

impl FromStr for Bytes {
    type Err = BytesError;

    fn from_str(text: &str) -> Result<Bytes, BytesError> {
        let owned = || text.trim().to_owned();
        let (amount, name) = number(text).ok_or_else(|| BytesError::NotANumber { text: owned() })?;
        if name.is_empty() {
            return Err(BytesError::NoUnit { text: owned() });
        }
        let unknown = || BytesError::UnknownUnit { text: owned(), nearest: nearest_unit(&UNITS, name) };
        let count = amount * find_unit(&UNITS, name).ok_or_else(unknown)?.factor;
        if !(0.0..=MOST).contains(&count) {
            return Err(BytesError::OutOfRange { text: owned() });
        }
        Ok(Bytes(count.round() as u64))
    }
}

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let worth = |amount: f64, unit: f64| (amount * unit).round();
        let (amount, unit) = readable(self.0 as f64, &UNITS, |count, unit| count / unit, worth);
        write!(f, "{amount} {unit}")
    }
}

serde_as_string!(Bytes, r#"an amount of data such as "512 MiB", "16 GB" or "4 TB""#);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn printing_keeps_what_was_written() {
        for text in ["4 TB", "4 TiB", "512 MiB", "1.5 GB", "0 B", "100 B", "64 KiB", "9 PB"] {
            assert_eq!(text.parse::<Bytes>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn errors_say_what_was_expected() {
        let error = |text: &str| text.parse::<Bytes>().unwrap_err().to_string();
        assert!(error("4").contains("has no unit"));
        assert!(error("lots").contains("\"4 TB\""));
        assert!(error("-4 TB").contains("outside"));
        assert!(error("10 PB").contains("outside"));
        assert!(Bytes::new(u64::MAX).is_err());
    }

    proptest! {
        #[test]
        fn what_is_printed_parses_back(count in 0u64..=1 << 53, shift in 0u32..53) {
            let bytes = Bytes::new(count >> shift).unwrap();
            prop_assert_eq!(bytes.to_string().parse::<Bytes>().unwrap(), bytes);
        }
    }
}
