//! Bandwidths as people write them: `50 MB/s`, `1 Gbit/s`.

use std::fmt;
use std::str::FromStr;

use super::bytes::Bytes;
use super::duration::Duration;
use super::text::{Unit, find_unit, nearest_unit, number, readable, serde_as_string};

/// The units of bandwidth in bytes per second; the first is exact for every bandwidth.
const UNITS: [Unit; 13] = [
    Unit::new("B/s", 1.0, &["Bps"], 0),
    Unit::new("kB/s", 1e3, &["KB/s", "kBps"], 0),
    Unit::new("MB/s", 1e6, &["MBps"], 0),
    Unit::new("GB/s", 1e9, &["GBps"], 0),
    Unit::new("TB/s", 1e12, &["TBps"], 0),
    Unit::new("bit/s", 0.125, &["bps"], 1),
    Unit::new("kbit/s", 125.0, &["kbps", "Kbit/s"], 1),
    Unit::new("Mbit/s", 125e3, &["Mbps"], 1),
    Unit::new("Gbit/s", 125e6, &["Gbps"], 1),
    Unit::new("Tbit/s", 125e9, &["Tbps"], 1),
    Unit::new("KiB/s", 1024.0, &["kiB/s"], 1),
    Unit::new("MiB/s", 1_048_576.0, &[], 1),
    Unit::new("GiB/s", 1_073_741_824.0, &[], 1),
];

/// A bandwidth: positive and finite, in bytes per second as `f64`.
///
/// In bytes (`MB/s`, also binary `MiB/s`) or in bits (`Mbit/s`, `Mbps`), by 1000.
///
/// ```
/// use fivenines::units::{Bandwidth, Bytes, Duration};
///
/// let link: Bandwidth = "1 Gbit/s".parse().unwrap();
/// assert_eq!(link, "125 MB/s".parse().unwrap());
/// assert_eq!(link.time_for("450 GB".parse().unwrap()), Duration::hours(1.0));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Bandwidth(f64);

/// Why a text or a number is no bandwidth.
///
/// ```
/// use fivenines::units::{Bandwidth, BandwidthError};
///
/// assert_eq!("50".parse::<Bandwidth>(), Err(BandwidthError::NoUnit { text: "50".into() }));
/// ```
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum BandwidthError {
    /// The text does not start with a number.
    #[error("{text:?} is not a bandwidth: {EXPECTED}")]
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
    #[error("{text:?} is not a bandwidth: {EXPECTED}{}", hint(*.nearest))]
    UnknownUnit {
        /// What was written.
        text: String,
        /// The unit that may have been meant.
        nearest: Option<&'static str>,
    },
    /// Zero, negative or not finite.
    #[error("{text:?} is not positive and finite: a bandwidth must be")]
    OutOfRange {
        /// What was written.
        text: String,
    },
}

const EXPECTED: &str = r#"write a number and a unit, such as "50 MB/s" or "1 Gbit/s""#;

fn hint(nearest: Option<&'static str>) -> String {
    nearest.map(|nearest| format!(" (did you mean {nearest:?}?)")).unwrap_or_default()
}

impl Bandwidth {
    /// So many bytes a second.
    ///
    /// # Errors
    /// When zero, negative or not finite.
    pub fn from_bytes_per_sec(bytes: f64) -> Result<Bandwidth, BandwidthError> {
        Bandwidth::checked(bytes, || format!("{bytes} B/s"))
    }

    fn checked(bytes: f64, text: impl Fn() -> String) -> Result<Bandwidth, BandwidthError> {
        // The longest transfer must still be a duration.
        if bytes.is_normal() && bytes > 1e-200 {
            Ok(Bandwidth(bytes))
        } else {
            Err(BandwidthError::OutOfRange { text: text() })
        }
    }

    /// Bytes per second.
    pub const fn bytes_per_sec(self) -> f64 {
        self.0
    }

    /// How long that much data takes.
    pub fn time_for(self, data: Bytes) -> Duration {
        Duration::from_secs(data.count() as f64 / self.0)
            .expect("at most 9e15 bytes at more than 1e-200 a second")
    }
}

impl FromStr for Bandwidth {
    type Err = BandwidthError;

    fn from_str(text: &str) -> Result<Bandwidth, BandwidthError> {
        let owned = || text.trim().to_owned();
        let (amount, name) = number(text).ok_or_else(|| BandwidthError::NotANumber { text: owned() })?;
        if name.is_empty() {
            return Err(BandwidthError::NoUnit { text: owned() });
        }
        let unknown = || BandwidthError::UnknownUnit { text: owned(), nearest: nearest_unit(&UNITS, name) };
        let unit = find_unit(&UNITS, name).ok_or_else(unknown)?;
        Bandwidth::checked(amount * unit.factor, owned)
    }
}

impl fmt::Display for Bandwidth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let worth = |amount: f64, unit: f64| amount * unit;
        let (amount, unit) = readable(self.0, &UNITS, |bytes, unit| bytes / unit, worth);
        write!(f, "{amount} {unit}")
    }
}

serde_as_string!(Bandwidth, r#"a bandwidth such as "50 MB/s" or "1 Gbit/s""#);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn printing_keeps_what_was_written() {
        for text in ["50 MB/s", "1 Gbit/s", "100 Gbit/s", "1.1 GB/s", "10 Mbit/s", "300 kB/s", "64 KiB/s"] {
            assert_eq!(text.parse::<Bandwidth>().unwrap().to_string(), text);
        }
        assert_eq!("25 Gbps".parse::<Bandwidth>().unwrap(), "25 Gbit/s".parse().unwrap());
    }

    #[test]
    fn errors_say_what_was_expected() {
        let error = |text: &str| text.parse::<Bandwidth>().unwrap_err().to_string();
        assert!(error("50").contains("has no unit"));
        assert!(
            error("50 MB").ends_with("(did you mean \"MB/s\"?)")
                || error("50 MB").contains("not a bandwidth")
        );
        assert!(error("0 MB/s").contains("not positive"));
        assert!(error("-1 MB/s").contains("not positive"));
        assert!(error("fast").contains("\"1 Gbit/s\""));
    }

    proptest! {
        #[test]
        fn what_is_printed_parses_back(bytes in 1e-3..1e15f64) {
            let bandwidth = Bandwidth::from_bytes_per_sec(bytes).unwrap();
            prop_assert_eq!(bandwidth.to_string().parse::<Bandwidth>().unwrap(), bandwidth);
        }
    }
}
