//! Rates as people write them: `0.5/y`, `120 FIT`, `mtbf 1.2Mh`, `afr 1.36%`.

use std::cmp::Ordering;
use std::fmt;
use std::ops::Mul;
use std::str::FromStr;

use super::duration::{self, Duration, DurationError, YEAR};
use super::text::{
    Unit, awkwardness, find_unit, nearest_unit, number, plain, readable, serde_as_string, shortest,
};

/// A billion hours, in seconds: the exposure behind one failure in time (FIT).
const FIT: f64 = 1e9 * 3600.0;

/// What a rate is printed per; the first is exact for every rate.
const UNITS: [Unit; 6] = [
    Unit::new("/s", 1.0, &[], 0),
    Unit::new("/min", 60.0, &[], 0),
    Unit::new("/h", 3600.0, &[], 0),
    Unit::new("/d", 86_400.0, &[], 0),
    Unit::new("/y", YEAR, &[], 0),
    Unit::new(" FIT", FIT, &[], 3),
];

/// A rate of events: finite, not negative, per second as `f64`.
///
/// Forms: `0.5/y`, `3 per 1000h`, `120 FIT` (failures per billion hours), `mtbf 3.9y` (one per that time), and
/// `afr 1.36%`. An annualized failure rate here is what fleet statistics report: failures divided by unit-years in
/// service, pooled over the fleet; so `afr 1.36%` is 0.0136 failures per unit-year, and it may exceed 100%. (The share
/// of units that fail within a year, which some call AFR too, is `1 - exp(-afr)`: 1.35% here.)
///
/// ```
/// use fivenines::units::{Duration, Rate};
///
/// let rate: Rate = "mtbf 60d".parse().unwrap();
/// assert_eq!(rate, Rate::one_per(Duration::days(60.0)).unwrap());
/// assert_eq!(rate.to_string(), "mtbf 60d");
/// assert!((rate * Duration::YEAR - 365.0 / 60.0).abs() < 1e-12);
/// assert_eq!("afr 2%".parse::<Rate>().unwrap().to_string(), "0.02/y");
///
/// let error = "0.5".parse::<Rate>().unwrap_err();
/// assert!(error.to_string().starts_with("\"0.5\" has no unit: a rate is written"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate(f64);

const EXPECTED: &str = r#"a rate is written "0.5/y", "3 per 1000h", "120 FIT", "mtbf 3.9y" or "afr 1.36%""#;

/// Why a text or a number is no rate.
///
/// ```
/// use fivenines::units::{Rate, RateError};
///
/// assert_eq!("-1/y".parse::<Rate>(), Err(RateError::Negative { text: "-1/y".into() }));
/// ```
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum RateError {
    /// The text is none of the forms.
    #[error("{text:?} is not a rate: {EXPECTED}")]
    Syntax {
        /// What was written.
        text: String,
    },
    /// A number without a unit.
    #[error("{text:?} has no unit: {EXPECTED}")]
    NoUnit {
        /// What was written.
        text: String,
    },
    /// A unit of time nobody knows.
    #[error("{text:?} is not a rate: {unit:?} is no unit of time{}", hint(*.nearest))]
    UnknownUnit {
        /// What was written.
        text: String,
        /// The unit in it.
        unit: String,
        /// The unit that may have been meant.
        nearest: Option<&'static str>,
    },
    /// The duration in it is wrong.
    #[error("{text:?} is not a rate: {error}")]
    Time {
        /// What was written.
        text: String,
        /// What is wrong with the duration.
        error: DurationError,
    },
    /// Less than nothing.
    #[error("{text:?} is negative: a rate is zero or more")]
    Negative {
        /// What was written.
        text: String,
    },
    /// Infinite, or not a number.
    #[error("{text:?} is not a finite rate")]
    NotFinite {
        /// What was written.
        text: String,
    },
}

fn hint(nearest: Option<&'static str>) -> String {
    nearest.map(|nearest| format!(" (did you mean {nearest:?}?)")).unwrap_or_default()
}

impl Rate {
    /// Never.
    pub const ZERO: Rate = Rate(0.0);

    /// So many events a second.
    ///
    /// # Errors
    /// When negative or not finite.
    pub fn from_per_sec(per_sec: f64) -> Result<Rate, RateError> {
        Rate::checked(per_sec, || format!("{}/s", plain(per_sec)))
    }

    fn checked(per_sec: f64, text: impl Fn() -> String) -> Result<Rate, RateError> {
        if !per_sec.is_finite() {
            Err(RateError::NotFinite { text: text() })
        } else if per_sec < 0.0 {
            Err(RateError::Negative { text: text() })
        } else {
            Ok(Rate(per_sec + 0.0))
        }
    }

    /// So many events a year of 8,760 hours, for numbers written in a program.
    ///
    /// # Panics
    /// When negative or not finite.
    pub fn per_year(events: f64) -> Rate {
        Rate::from_per_sec(events / YEAR).expect("a rate written in a program is finite and not negative")
    }

    /// So many events an hour, for numbers written in a program.
    ///
    /// # Panics
    /// When negative or not finite.
    pub fn per_hour(events: f64) -> Rate {
        Rate::from_per_sec(events / 3600.0).expect("a rate written in a program is finite and not negative")
    }

    /// One event in this time on average, as a mean time between failures says.
    ///
    /// # Errors
    /// When the time is zero.
    pub fn one_per(time: Duration) -> Result<Rate, RateError> {
        Rate::checked(1.0 / time.secs(), || format!("mtbf {time}"))
    }

    /// Events per second.
    #[inline]
    pub const fn per_sec(self) -> f64 {
        self.0
    }

    /// Events per year of 8,760 hours.
    pub fn in_year(self) -> f64 {
        self.0 * YEAR
    }

    /// The mean time between events; nothing where there are none (or fewer than an `f64` can tell).
    pub fn mean_time(self) -> Option<Duration> {
        Duration::from_secs(1.0 / self.0).ok()
    }

    /// True for what never happens.
    pub fn is_zero(self) -> bool {
        self.0 == 0.0
    }
}

impl Eq for Rate {}

impl Ord for Rate {
    fn cmp(&self, other: &Rate) -> Ordering {
        self.0.total_cmp(&other.0)
    }
}

impl PartialOrd for Rate {
    fn partial_cmp(&self, other: &Rate) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Mul<Duration> for Rate {
    type Output = f64;

    /// Events expected in a time.
    fn mul(self, time: Duration) -> f64 {
        self.0 * time.secs()
    }
}

/// What follows `word` and a space.
fn after<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    text.strip_prefix(word).filter(|rest| rest.starts_with(char::is_whitespace)).map(str::trim)
}

impl FromStr for Rate {
    type Err = RateError;

    fn from_str(text: &str) -> Result<Rate, RateError> {
        let text = text.trim();
        let owned = || text.to_owned();
        let syntax = || RateError::Syntax { text: owned() };
        if let Some(time) = after(text, "mtbf") {
            let time: Duration = time.parse().map_err(|error| RateError::Time { text: owned(), error })?;
            return Rate::checked(1.0 / time.secs(), owned);
        }
        if let Some(share) = after(text, "afr") {
            let percent = number(share).filter(|(_, rest)| *rest == "%").ok_or_else(syntax)?.0;
            return Rate::checked(percent / 100.0 / YEAR, owned);
        }
        let (events, rest) = number(text).ok_or_else(syntax)?;
        if rest.is_empty() {
            return Err(RateError::NoUnit { text: owned() });
        }
        if rest.eq_ignore_ascii_case("FIT") {
            return Rate::checked(events / FIT, owned);
        }
        let time = rest.strip_prefix('/').or_else(|| after(rest, "per")).ok_or_else(syntax)?.trim();
        let (many, unit) = number(time).unwrap_or((1.0, time));
        let unit = find_unit(&duration::UNITS, unit).ok_or_else(|| RateError::UnknownUnit {
            text: owned(),
            unit: unit.to_owned(),
            nearest: nearest_unit(&duration::UNITS, unit),
        })?;
        Rate::checked(events / (many * unit.factor), owned)
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (events, unit) = readable(self.0, &UNITS, |rate, unit| rate * unit, |events, unit| events / unit);
        let by_rate = awkwardness(events.parse().expect("a number just printed"), &events);
        // A rate given as a mean time prints as one: 1/60 a day has no end of digits.
        let time = self.mean_time().and_then(|time| {
            // The reciprocal may have lost the last bit, so the time is sought unit by unit.
            duration::UNITS
                .iter()
                .filter_map(|unit| spell(self.0, time, unit))
                .min_by_key(|(awkward, _)| *awkward)
        });
        match time {
            Some((awkward, time)) if awkward + 8 < by_rate => write!(f, "mtbf {time}"),
            _ => write!(f, "{events}{unit}"),
        }
    }
}

/// The mean time in that unit whose reciprocal is `rate`, if few digits say it.
fn spell(rate: f64, time: Duration, unit: &Unit) -> Option<(usize, Duration)> {
    let amount = shortest(time.secs() / unit.factor, |x| 1.0 / (x * unit.factor) == rate)?;
    let time = Duration::from_secs(amount * unit.factor).ok()?;
    Some((awkwardness(amount, &plain(amount)), time))
}

serde_as_string!(Rate, r#"a rate such as "0.5/y", "120 FIT", "mtbf 3.9y" or "afr 1.36%""#);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parse(text: &str) -> Rate {
        text.parse().unwrap()
    }

    fn error(text: &str) -> String {
        text.parse::<Rate>().unwrap_err().to_string()
    }

    #[test]
    fn people_write_rates_in_many_ways() {
        for (text, per_year) in [
            ("0.5/y", 0.5),
            ("0.5 per year", 0.5),
            ("3 per 1000h", 26.28),
            ("3/1000h", 26.28),
            ("1 per 60d", 365.0 / 60.0),
            ("114_155.251141552511 FIT", 1.0),
            ("mtbf 1Mh", 0.00876),
            ("mtbf 0.5y", 2.0),
            ("afr 1.36%", 0.0136),
            ("afr 250%", 2.5),
            ("0/y", 0.0),
        ] {
            // One rounding each in parsing, converting back and writing the number here.
            assert!((parse(text).in_year() - per_year).abs() <= 1e-15 * per_year, "{text}");
        }
    }

    #[test]
    fn printing_keeps_what_was_written() {
        for text in
            ["0.5/y", "120 FIT", "mtbf 3.9y", "mtbf 1.3Mh", "2/d", "30/s", "0.0136/y", "0/s", "mtbf 60d"]
        {
            assert_eq!(parse(text).to_string(), text);
        }
    }

    #[test]
    fn errors_say_what_was_expected() {
        assert!(error("0.5").contains("has no unit"));
        assert_eq!(
            error("1/yaer"),
            "\"1/yaer\" is not a rate: \"yaer\" is no unit of time (did you mean \"year\"?)"
        );
        assert!(error("mtbf 5").contains("has no unit"));
        assert!(error("mtbf 0s").contains("not a finite rate"));
        assert!(error("afr 1.36").contains("afr 1.36%"));
        assert!(error("-1/y").contains("negative"));
        assert!(error("often").contains("120 FIT"));
        assert!(error("1 per 0h").contains("not a finite rate"));
    }

    proptest! {
        #[test]
        fn what_is_printed_parses_back(bits in any::<u64>()) {
            if let Ok(rate) = Rate::from_per_sec(f64::from_bits(bits)) {
                prop_assert_eq!(parse(&rate.to_string()), rate);
            }
        }

        #[test]
        fn mean_times_parse_back(amount in 1u32..100_000, unit in 0usize..10) {
            let rate = parse(&format!("mtbf {amount}{}", duration::UNITS[unit].name));
            prop_assert_eq!(parse(&rate.to_string()), rate);
        }
    }
}
