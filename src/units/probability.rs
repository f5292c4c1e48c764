//! Probabilities as people write them: `2%`, `99.95%`, `1 in 50`.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use super::text::{plain, serde_as_string, split_number};

/// A probability between 0 and 1, as exact near 1 as near 0.
///
/// Availabilities live near 1, where an `f64` has only 16 digits for all the nines together. So a probability keeps
/// its complement as well: `99.9999999999%` has the complement 1e-12, with all its digits.
///
/// Written as a percentage, as `1 in 50`, `1/50`, a plain number (`2e-5`), or `1 - 2e-5`. It prints as a percentage
/// where that is short, and what it prints parses back to the same bits.
///
/// ```
/// use fivenines::units::Probability;
///
/// let available: Probability = "99.95%".parse().unwrap();
/// assert_eq!(available.complement().value(), 0.0005);
/// assert_eq!(available.to_string(), "99.95%");
/// assert_eq!("1 in 50".parse::<Probability>().unwrap(), Probability::new(0.02).unwrap());
///
/// let error = "120%".parse::<Probability>().unwrap_err();
/// assert_eq!(error.to_string(), "\"120%\" is no probability: it lies outside 0% to 100%");
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Probability {
    // Invariant: the smaller of the two is exact, the larger is 1 minus it, rounded once.
    value: f64,
    complement: f64,
}

/// Why a text or a number is no probability.
///
/// ```
/// use fivenines::units::{Probability, ProbabilityError};
///
/// assert!(matches!("often".parse::<Probability>(), Err(ProbabilityError::NotANumber { .. })));
/// ```
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ProbabilityError {
    /// The text is none of the forms.
    #[error("{text:?} is no probability: write \"2%\", \"1 in 50\" or \"0.02\"")]
    NotANumber {
        /// What was written.
        text: String,
    },
    /// Below 0 or above 1.
    #[error("{text:?} is no probability: it lies outside 0% to 100%{}", hint(text))]
    OutOfRange {
        /// What was written.
        text: String,
    },
}

fn hint(text: &str) -> &'static str {
    let percentage = text.parse().is_ok_and(|x: f64| 1.0 < x && x <= 100.0);
    if percentage { " (a percentage needs its \"%\")" } else { "" }
}

impl Probability {
    /// What does not happen.
    pub const ZERO: Probability = Probability { value: 0.0, complement: 1.0 };
    /// What happens for certain.
    pub const ONE: Probability = Probability { value: 1.0, complement: 0.0 };
    /// A fair coin.
    pub const HALF: Probability = Probability { value: 0.5, complement: 0.5 };

    /// The probability `value`.
    ///
    /// # Errors
    /// When it lies outside 0 to 1 or is not a number.
    pub fn new(value: f64) -> Result<Probability, ProbabilityError> {
        if !(0.0..=1.0).contains(&value) {
            return Err(ProbabilityError::OutOfRange { text: plain(value) });
        }
        if value <= 0.5 {
            return Ok(Probability::near_zero(value));
        }
        // 0.9 means nine tenths, so its complement is the f64 next to one tenth and not 1 - 0.9 = 0.09999999999999998.
        let meant = Decimal::of(&format!("{value:e}")).and_then(|decimal| decimal.one_minus());
        let complement = meant.filter(|meant| 1.0 - meant == value).unwrap_or(1.0 - value);
        Ok(Probability { value, complement })
    }

    /// The probability `1 - complement`, for what is known by its complement: an unavailability, an upper tail.
    ///
    /// # Errors
    /// When it lies outside 0 to 1 or is not a number.
    pub fn from_complement(complement: f64) -> Result<Probability, ProbabilityError> {
        Probability::new(complement).map(Probability::complement)
    }

    /// From both sides, each as exact as it could be computed; the smaller one is kept.
    pub(crate) fn from_sides(value: f64, complement: f64) -> Probability {
        if value <= complement {
            Probability::near_zero(value.clamp(0.0, 0.5))
        } else {
            Probability::near_zero(complement.clamp(0.0, 0.5)).complement()
        }
    }

    fn near_zero(value: f64) -> Probability {
        Probability { value: value + 0.0, complement: 1.0 - value }
    }

    /// The number between 0 and 1.
    #[inline]
    pub const fn value(self) -> f64 {
        self.value
    }

    /// The probability that it does not happen, without loss of digits.
    #[inline]
    pub const fn complement(self) -> Probability {
        Probability { value: self.complement, complement: self.value }
    }

    /// True for what does not happen.
    pub fn is_zero(self) -> bool {
        self.value == 0.0
    }

    /// True for what happens for certain.
    pub fn is_one(self) -> bool {
        self.complement == 0.0
    }
}

impl Eq for Probability {}

impl Ord for Probability {
    fn cmp(&self, other: &Probability) -> Ordering {
        // Near 1 the values are equal long before the complements are.
        self.value.total_cmp(&other.value).then(other.complement.total_cmp(&self.complement))
    }
}

impl PartialOrd for Probability {
    fn partial_cmp(&self, other: &Probability) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// A decimal number that is not negative: its digits, and the power of ten of the last one.
struct Decimal {
    digits: String,
    exponent: i32,
}

impl Decimal {
    fn of(literal: &str) -> Option<Decimal> {
        let literal = literal.strip_prefix('+').unwrap_or(literal);
        let (mantissa, exponent) = literal.split_once(['e', 'E']).unwrap_or((literal, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let exponent: i32 = exponent.parse().ok()?;
        let exponent = exponent.checked_sub(i32::try_from(fraction.len()).ok()?)?;
        Some(Decimal { digits: format!("{whole}{fraction}"), exponent })
    }

    fn value(&self) -> f64 {
        format!("{}e{}", self.digits, self.exponent).parse().expect("digits and an exponent are a number")
    }

    /// 1 minus this, digit by digit, so that nothing is lost; nothing for what lies above 1 or is unreasonably long.
    fn one_minus(&self) -> Option<f64> {
        self.complement().map(|decimal| decimal.value())
    }

    fn complement(&self) -> Option<Decimal> {
        let places = usize::try_from(-i64::from(self.exponent).min(0)).ok()?;
        let digits = self.digits.trim_start_matches('0');
        if places > 2000 || digits.is_empty() || digits.len() > places {
            return None;
        }
        let padded = format!("{digits:0>places$}");
        let last = padded.rfind(|c| c != '0')?;
        let digits = padded
            .bytes()
            .enumerate()
            .map(|(at, digit)| match at.cmp(&last) {
                Ordering::Less => char::from(b'9' - digit + b'0'),
                Ordering::Equal => char::from(b'9' + 1 - digit + b'0'),
                Ordering::Greater => '0',
            })
            .collect();
        Some(Decimal { digits, exponent: self.exponent })
    }

    /// As a percentage, in plain digits.
    fn percent(&self) -> String {
        let places = usize::try_from(-(self.exponent + 2).min(0)).expect("not negative");
        let zeros = usize::try_from((self.exponent + 2).max(0)).expect("not negative");
        let digits = format!("{}{}", self.digits.trim_start_matches('0'), "0".repeat(zeros));
        let padded = format!("{digits:0>width$}", width = places + 1);
        let (whole, fraction) = padded.split_at(padded.len() - places);
        let fraction = fraction.trim_end_matches('0');
        if fraction.is_empty() { format!("{whole}%") } else { format!("{whole}.{fraction}%") }
    }
}

impl FromStr for Probability {
    type Err = ProbabilityError;

    fn from_str(text: &str) -> Result<Probability, ProbabilityError> {
        let owned = || text.trim().to_owned();
        let syntax = || ProbabilityError::NotANumber { text: owned() };
        let range = || ProbabilityError::OutOfRange { text: owned() };
        let (literal, rest) = split_number(text).ok_or_else(syntax)?;
        if literal == "1" && rest.starts_with('-') {
            let complement: Probability = rest[1..].parse().map_err(|_| syntax())?;
            return Ok(complement.complement());
        }
        if literal.starts_with('-') {
            return Err(range());
        }
        let mut decimal = Decimal::of(&literal).ok_or_else(syntax)?;
        let many =
            rest.strip_prefix('/').or_else(|| rest.strip_prefix("in").filter(|many| many.starts_with(' ')));
        if let Some(many) = many {
            let (many, after) = split_number(many).ok_or_else(syntax)?;
            let many: f64 = many.parse().map_err(|_| syntax())?;
            let some = decimal.value();
            return match many {
                _ if !after.is_empty() || many.is_infinite() => Err(syntax()),
                _ if many > 0.0 && some <= many => {
                    Ok(Probability::from_sides(some / many, (many - some) / many))
                }
                _ => Err(range()),
            };
        }
        match rest {
            "" => {}
            "%" => decimal.exponent = decimal.exponent.saturating_sub(2),
            _ => return Err(syntax()),
        }
        let value = decimal.value();
        if value > 1.0 {
            Err(range())
        } else if value <= 0.5 {
            Ok(Probability::near_zero(value))
        } else {
            Ok(Probability::near_zero(decimal.one_minus().unwrap_or(1.0 - value)).complement())
        }
    }
}

impl fmt::Display for Probability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let small = self.value.min(self.complement);
        let decimal = Decimal::of(&format!("{small:e}")).expect("an f64 prints as a decimal");
        match (self.value <= self.complement, small) {
            (true, 0.0) => f.write_str("0%"),
            (false, 0.0) => f.write_str("100%"),
            // Nobody counts more than a dozen zeros or nines.
            (true, ..1e-7) => write!(f, "{}", plain(small)),
            (false, ..1e-13) => write!(f, "1 - {}", plain(small)),
            (true, _) => f.write_str(&decimal.percent()),
            (false, _) => f.write_str(&decimal.complement().expect("at most one half").percent()),
        }
    }
}

serde_as_string!(Probability, r#"a probability such as "2%", "99.95%" or "1 in 50""#);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parse(text: &str) -> Probability {
        text.parse().unwrap()
    }

    fn error(text: &str) -> String {
        text.parse::<Probability>().unwrap_err().to_string()
    }

    #[test]
    fn people_write_probabilities_in_many_ways() {
        for (text, value) in [
            ("2%", 0.02),
            ("2 %", 0.02),
            ("1 in 50", 0.02),
            ("1/50", 0.02),
            ("0.02", 0.02),
            ("2e-2", 0.02),
            ("99.95%", 0.9995),
            ("1 - 2%", 0.98),
            ("100%", 1.0),
            ("0", 0.0),
            ("49 in 50", 0.98),
        ] {
            assert_eq!(parse(text).value(), value, "{text}");
        }
    }

    #[test]
    fn printing_keeps_what_was_written() {
        for text in
            ["2%", "99.95%", "99.999999999%", "0%", "100%", "50%", "0.0013%", "1e-9", "1 - 1e-20", "33.3%"]
        {
            assert_eq!(parse(text).to_string(), text);
        }
        assert_eq!(Probability::new(0.9).unwrap().to_string(), "90%");
    }

    #[test]
    fn nines_keep_their_digits() {
        assert_eq!(parse("99.9999999999%").complement().value(), 1e-12);
        assert_eq!(parse("99.9999999999999999999999%").complement().value(), 1e-24);
        assert!(parse("99.99999999999999999999%") < parse("99.999999999999999999999%"));
    }

    #[test]
    fn errors_say_what_was_expected() {
        assert_eq!(
            error("5"),
            "\"5\" is no probability: it lies outside 0% to 100% (a percentage needs its \"%\")"
        );
        assert!(error("-1%").contains("outside"));
        assert!(error("3 in 2").contains("outside"));
        assert!(error("1/0").contains("outside"));
        assert!(error("0/0").contains("outside"));
        assert!(error("rarely").contains("write \"2%\""));
        assert!(error("2 percent").contains("write \"2%\""));
        assert!(Probability::new(f64::NAN).is_err());
    }

    proptest! {
        #[test]
        fn what_is_printed_parses_back(value in 0.0..=1.0f64, power in 0i32..40) {
            let small = format!("{value}e-{power}").parse().unwrap();
            for probability in [Probability::new(value), Probability::new(small), Probability::from_complement(small)] {
                let probability = probability.unwrap();
                prop_assert_eq!(parse(&probability.to_string()), probability);
            }
        }

        #[test]
        fn a_number_stays_what_it_was(value in 0.0..=1.0f64) {
            prop_assert_eq!(Probability::new(value).unwrap().value(), value);
        }
    }
}
