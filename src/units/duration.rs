//! Durations as people write them: `45s`, `6min`, `4h`, `60d`, `3.9y`.

use std::cmp::Ordering;
use std::fmt;
use std::ops::Add;
use std::str::FromStr;

use super::text::{UNPRINTED, Unit, find_unit, nearest_unit, number, readable, serde_as_string};
use super::time::Span;

const MINUTE: f64 = 60.0;
const HOUR: f64 = 3600.0;
const DAY: f64 = 86_400.0;
/// The year of availability figures: 8,760 hours, 365 days.
pub(crate) const YEAR: f64 = 31_536_000.0;
const MONTH: f64 = YEAR / 12.0;

/// The units of time; the first is exact for every duration.
pub(crate) const UNITS: [Unit; 12] = [
    Unit::new("s", 1.0, &["sec", "secs", "second", "seconds"], 0),
    Unit::new("ns", 1e-9, &["nanosecond", "nanoseconds"], 0),
    Unit::new("us", 1e-6, &["µs", "μs", "microsecond", "microseconds"], 0),
    Unit::new("ms", 1e-3, &["millisecond", "milliseconds"], 0),
    Unit::new("min", MINUTE, &["mins", "minute", "minutes"], 0),
    Unit::new("h", HOUR, &["hr", "hrs", "hour", "hours"], 0),
    Unit::new("d", DAY, &["day", "days"], 0),
    Unit::new("y", YEAR, &["yr", "yrs", "year", "years"], 0),
    // Months are less exact to a reader than the others, hence odder; Mh is for lifetimes of disks.
    Unit::new("mo", MONTH, &["month", "months"], 1),
    Unit::new("Mh", 1e6 * HOUR, &[], 6),
    Unit::new("w", 7.0 * DAY, &["week", "weeks"], UNPRINTED),
    Unit::new("kh", 1e3 * HOUR, &[], UNPRINTED),
];

/// A duration: finite, not negative, in seconds as `f64`.
///
/// This is what people write and what estimates are given in; simulated time itself is the integer [`Span`].
/// Units: `ns`, `us`, `ms`, `s`, `min`, `h`, `d`, `w`, `mo`, `y`, their long names (`hours`), and `Mh` for a million
/// hours. A year is 365 days (8,760 hours, the convention of availability figures), a month a twelfth of it (730
/// hours). Several can be added up, as in `1h30min`. It prints in the unit that reads best, and what it prints parses
/// back to the same bits.
///
/// ```
/// use fivenines::units::{Duration, Span};
///
/// let repair: Duration = "90 seconds".parse().unwrap();
/// assert_eq!(repair, "1min 30s".parse().unwrap());
/// assert_eq!(repair, Duration::minutes(1.5));
/// assert_eq!(repair.to_string(), "90s");
/// assert_eq!(repair.span(), Span::from_secs(90));
///
/// let error = "5 parsecs".parse::<Duration>().unwrap_err();
/// assert!(error.to_string().starts_with("\"5 parsecs\" is not a duration: write a number and a unit"));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Duration(f64);

/// Why a text or a number is no duration.
///
/// ```
/// use fivenines::units::{Duration, DurationError};
///
/// assert_eq!("60".parse::<Duration>(), Err(DurationError::NoUnit { text: "60".into() }));
/// ```
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum DurationError {
    /// The text does not start with a number.
    #[error("{text:?} is not a duration: {EXPECTED}")]
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
    #[error("{text:?} is not a duration: {EXPECTED}{}", hint(unit, *.nearest))]
    UnknownUnit {
        /// What was written.
        text: String,
        /// The unit in it.
        unit: String,
        /// The unit that may have been meant.
        nearest: Option<&'static str>,
    },
    /// Less than nothing.
    #[error("{text:?} is negative: a duration is zero or more")]
    Negative {
        /// What was written.
        text: String,
    },
    /// Too long for an `f64`, or not a number at all.
    #[error("{text:?} is not finite: a duration must be")]
    NotFinite {
        /// What was written.
        text: String,
    },
}

const EXPECTED: &str = r#"write a number and a unit, such as "45s", "6min", "4h", "60d" or "3.9y""#;

fn hint(unit: &str, nearest: Option<&'static str>) -> String {
    match nearest {
        _ if unit == "m" || unit == "M" => " (\"min\" is a minute, \"mo\" a month)".into(),
        Some(nearest) => format!(" (did you mean {nearest:?} instead of {unit:?}?)"),
        None => String::new(),
    }
}

impl Duration {
    /// No time at all.
    pub const ZERO: Duration = Duration(0.0);
    /// The year of availability figures: 365 days, 8,760 hours.
    pub const YEAR: Duration = Duration(YEAR);

    /// A duration of this many seconds.
    ///
    /// # Errors
    /// When `secs` is negative or not finite.
    pub fn from_secs(secs: f64) -> Result<Duration, DurationError> {
        Duration::checked(secs, || format!("{secs}s"))
    }

    fn checked(secs: f64, text: impl Fn() -> String) -> Result<Duration, DurationError> {
        if !secs.is_finite() {
            Err(DurationError::NotFinite { text: text() })
        } else if secs < 0.0 {
            Err(DurationError::Negative { text: text() })
        } else {
            // Adding zero turns -0 into 0, so that equal durations have equal bits.
            Ok(Duration(secs + 0.0))
        }
    }

    /// A duration in seconds, for numbers written in a program.
    ///
    /// # Panics
    /// When negative or not finite; [`Duration::from_secs`] returns an error instead.
    pub fn seconds(secs: f64) -> Duration {
        Duration::from_secs(secs).expect("a duration written in a program is finite and not negative")
    }

    /// A duration in milliseconds.
    ///
    /// # Panics
    /// When negative or not finite.
    pub fn millis(millis: f64) -> Duration {
        Duration::seconds(millis * 1e-3)
    }

    /// A duration in minutes.
    ///
    /// # Panics
    /// When negative or not finite.
    pub fn minutes(minutes: f64) -> Duration {
        Duration::seconds(minutes * MINUTE)
    }

    /// A duration in hours.
    ///
    /// # Panics
    /// When negative or not finite.
    pub fn hours(hours: f64) -> Duration {
        Duration::seconds(hours * HOUR)
    }

    /// A duration in days.
    ///
    /// # Panics
    /// When negative or not finite.
    pub fn days(days: f64) -> Duration {
        Duration::seconds(days * DAY)
    }

    /// A duration in years of 365 days.
    ///
    /// # Panics
    /// When negative or not finite.
    pub fn years(years: f64) -> Duration {
        Duration::seconds(years * YEAR)
    }

    /// Seconds.
    #[inline]
    pub const fn secs(self) -> f64 {
        self.0
    }

    /// The length in minutes.
    pub fn in_minutes(self) -> f64 {
        self.0 / MINUTE
    }

    /// The length in hours.
    pub fn in_hours(self) -> f64 {
        self.0 / HOUR
    }

    /// The length in days.
    pub fn in_days(self) -> f64 {
        self.0 / DAY
    }

    /// The length in years of 365 days.
    pub fn in_years(self) -> f64 {
        self.0 / YEAR
    }

    /// True for no time at all.
    pub fn is_zero(self) -> bool {
        self.0 == 0.0
    }

    /// Simulated time: the nearest whole number of microseconds, [`Span::FOREVER`] where that does not fit.
    #[inline]
    pub fn span(self) -> Span {
        Span::from_secs_f64(self.0)
    }
}

impl From<Span> for Duration {
    /// Exact up to 285 years; beyond that the nearest `f64`.
    fn from(span: Span) -> Duration {
        Duration(span.as_secs_f64())
    }
}

impl From<Duration> for Span {
    fn from(duration: Duration) -> Span {
        duration.span()
    }
}

impl Eq for Duration {}

impl Ord for Duration {
    fn cmp(&self, other: &Duration) -> Ordering {
        self.0.total_cmp(&other.0)
    }
}

impl PartialOrd for Duration {
    fn partial_cmp(&self, other: &Duration) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Add for Duration {
    type Output = Duration;

    /// Saturates at the largest `f64`.
    fn add(self, other: Duration) -> Duration {
        Duration((self.0 + other.0).min(f64::MAX))
    }
}

impl FromStr for Duration {
    type Err = DurationError;

    fn from_str(text: &str) -> Result<Duration, DurationError> {
        let owned = || text.trim().to_owned();
        let mut rest = text.trim();
        let mut secs = 0.0;
        loop {
            let (amount, after) = number(rest).ok_or_else(|| DurationError::NotANumber { text: owned() })?;
            let end = after.find(|c: char| !c.is_alphabetic()).unwrap_or(after.len());
            let name = &after[..end];
            if amount < 0.0 {
                return Err(DurationError::Negative { text: owned() });
            }
            if name.is_empty() && after.is_empty() {
                return Err(DurationError::NoUnit { text: owned() });
            }
            let unit = find_unit(&UNITS, name).ok_or_else(|| DurationError::UnknownUnit {
                text: owned(),
                unit: name.to_owned(),
                nearest: nearest_unit(&UNITS, name),
            })?;
            secs += amount * unit.factor;
            rest = after[end..].trim_start();
            if rest.is_empty() {
                return Duration::checked(secs, owned);
            }
        }
    }
}

impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (amount, unit) = readable(self.0, &UNITS, |secs, unit| secs / unit, |amount, unit| amount * unit);
        write!(f, "{amount}{unit}")
    }
}

serde_as_string!(Duration, r#"a duration such as "45s", "6min", "4h", "60d" or "3.9y""#);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parse(text: &str) -> Duration {
        text.parse().unwrap()
    }

    fn error(text: &str) -> String {
        text.parse::<Duration>().unwrap_err().to_string()
    }

    #[test]
    fn people_write_durations_in_many_ways() {
        for (text, secs) in [
            ("45s", 45.0),
            ("6 min", 360.0),
            ("4h", 14_400.0),
            ("60d", 60.0 * DAY),
            ("3.9y", 3.9 * YEAR),
            ("1y", 8760.0 * HOUR),
            ("1mo", 730.0 * HOUR),
            ("2 weeks", 14.0 * DAY),
            ("1h30min", 5400.0),
            ("1 h 30 min", 5400.0),
            ("250us", 250e-6),
            ("250 µs", 250e-6),
            ("1.2Mh", 1.2e6 * HOUR),
            ("1_000h", 3.6e6),
            ("0s", 0.0),
            ("1e3s", 1000.0),
        ] {
            assert_eq!(parse(text).secs(), secs, "{text}");
        }
    }

    #[test]
    fn printing_keeps_what_was_written_short() {
        for text in [
            "45s",
            "90s",
            "6min",
            "90min",
            "4h",
            "36h",
            "60d",
            "30d",
            "2d",
            "3.9y",
            "1y",
            "1mo",
            "20ms",
            "0s",
            "1.5s",
            "250us",
            "100ns",
            "54min",
            "200000h",
            "1.2Mh",
            "0.5ns",
            "123.456789s",
            "100y",
            "600000y",
        ] {
            assert_eq!(parse(text).to_string(), text);
        }
    }

    #[test]
    fn errors_say_what_was_expected() {
        assert_eq!(
            error("5 parsecs"),
            "\"5 parsecs\" is not a duration: write a number and a unit, such as \"45s\", \"6min\", \"4h\", \"60d\" \
             or \"3.9y\""
        );
        assert!(error("60").starts_with("\"60\" has no unit"));
        assert!(error("5 huors").ends_with("(did you mean \"hours\" instead of \"huors\"?)"));
        assert!(error("5m").ends_with("(\"min\" is a minute, \"mo\" a month)"));
        assert_eq!(error("-5s"), "\"-5s\" is negative: a duration is zero or more");
        assert!(error("1e308y").contains("not finite"));
        assert!(error("soon").starts_with("\"soon\" is not a duration"));
        assert!(error("").starts_with("\"\" is not a duration"));
        assert!(error("5h, 3").contains("not a duration"));
        assert!(Duration::from_secs(-1.0).is_err() && Duration::from_secs(f64::NAN).is_err());
    }

    #[test]
    fn serde_speaks_strings() {
        assert_eq!(serde_json::to_string(&parse("6min")).unwrap(), "\"6min\"");
        assert_eq!(serde_json::from_str::<Duration>("\"6min\"").unwrap(), parse("6min"));
        let error = serde_json::from_str::<Duration>("6").unwrap_err().to_string();
        assert!(error.contains("expected a duration such as"), "{error}");
    }

    proptest! {
        #[test]
        fn what_is_printed_parses_back(bits in any::<u64>()) {
            if let Ok(duration) = Duration::from_secs(f64::from_bits(bits)) {
                prop_assert_eq!(parse(&duration.to_string()), duration);
            }
        }

        #[test]
        fn round_numbers_parse_back(amount in 0u32..100_000, unit in 0usize..10, tens in 0i32..4) {
            let duration = parse(&format!("{amount}e-{tens}{}", UNITS[unit].name));
            prop_assert_eq!(parse(&duration.to_string()), duration);
        }
    }
}
