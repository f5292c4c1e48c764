//! Numbers for people: digits that follow the interval, and unavailability as nines.

use super::{Estimate, Quality};
use crate::random::math::log10;

/// How many digits an interval supports: one of its half-width, two where that starts with 1 or 2, because
/// rounding 1.4 to 1 would move it by a third (the convention of the Particle Data Group, *Review of Particle
/// Physics*, introduction, slightly simplified).
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Digits {
    /// Digits after the point; negative ones round to tens, hundreds and so on.
    decimals: i32,
    /// The power of ten that was taken out.
    exponent: i32,
}

/// First digit and exponent of a positive number, exact because they come from its decimal expansion.
fn leading(x: f64) -> (u32, i32) {
    let text = format!("{x:e}");
    let (mantissa, exponent) = text.split_once('e').expect("exponential notation has an e");
    let digit = mantissa.chars().find_map(|c| c.to_digit(10)).expect("a mantissa starts with a digit");
    (digit, exponent.parse().expect("an exponent is a whole number"))
}

/// Ten to the power of `exponent`, correctly rounded because the parser is.
fn ten_to(exponent: i32) -> f64 {
    format!("1e{exponent}").parse().expect("a power of ten is a number")
}

impl Digits {
    /// The digits that `half_width` supports for numbers up to `magnitude`. Without a width to follow (zero or
    /// infinite) it is four digits of the magnitude for an exact value and two for an unknown one.
    pub(crate) fn for_width(half_width: f64, magnitude: f64) -> Digits {
        let size = if magnitude > 0.0 && magnitude.is_finite() { leading(magnitude).1 } else { 0 };
        let decimals = if half_width > 0.0 && half_width.is_finite() {
            // A float has no digits beyond the sixteenth, however narrow the interval.
            let (digit, exponent) = leading(half_width.max(magnitude * f64::EPSILON));
            if digit <= 2 { 1 - exponent } else { -exponent }
        } else if half_width == 0.0 {
            3 - size
        } else {
            1 - size
        };
        // Beyond nine decimals a small number reads better as a power of ten; 0.999 999 999 7 does not.
        let exponent = if decimals > 9 && magnitude < 1e-3 { size } else { 0 };
        Digits { decimals: decimals + exponent, exponent }
    }

    /// The number without its power of ten.
    fn mantissa(self, x: f64) -> String {
        if x.is_infinite() {
            return if x > 0.0 { "infinity".into() } else { "-infinity".into() };
        }
        let x = if self.exponent == 0 { x } else { x * ten_to(-self.exponent) };
        if self.decimals >= 0 {
            return group(&format!("{x:.*}", self.decimals as usize));
        }
        let unit = ten_to(-self.decimals);
        group(&format!("{:.0}", (x / unit).round() * unit))
    }

    /// The number.
    pub(crate) fn show(self, x: f64) -> String {
        let mantissa = self.mantissa(x);
        if self.exponent == 0 || x.is_infinite() || x == 0.0 {
            mantissa
        } else {
            format!("{mantissa}e{}", self.exponent)
        }
    }

    /// `x` and the half-width, with a common power of ten.
    pub(crate) fn show_with(self, x: f64, half_width: f64) -> String {
        let (x, half_width) = (self.mantissa(x), self.mantissa(half_width));
        match self.exponent {
            0 => format!("{x} ± {half_width}"),
            exponent => format!("({x} ± {half_width})e{exponent}"),
        }
    }
}

/// Groups digits in threes on both sides of the point; four digits stay together.
fn group(number: &str) -> String {
    let (sign, number) = number.strip_prefix('-').map_or(("", number), |rest| ("-", rest));
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let mut text = String::from(sign);
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && whole.len() > 4 && (whole.len() - i).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    for (i, digit) in fraction.chars().enumerate() {
        if i == 0 {
            text.push('.');
        } else if i % 3 == 0 && fraction.len() > 4 {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

/// The nines of an unavailability: 0.001 has three, 0.0005 has 3.3; none at all has infinitely many.
///
/// ```
/// use fivenines::estimate::nines;
///
/// assert!((nines(1e-5) - 5.0).abs() < 1e-12);
/// assert_eq!(nines(0.0), f64::INFINITY);
/// ```
pub fn nines(unavailability: f64) -> f64 {
    if unavailability <= 0.0 { f64::INFINITY } else { -log10(unavailability) }
}

/// An estimate of unavailability as nines, with the interval: `4.54 nines (4.49 to 4.60)`, or
/// `at least 2.5 nines` where no outage was seen.
///
/// ```
/// use fivenines::estimate::{Bounds, Confidence, mean_of, show_nines};
///
/// let clean = mean_of(&[0.0; 1000], Bounds::FRACTION, Confidence::P95).unwrap();
/// assert_eq!(show_nines(&clean), "at least 2.5 nines");
/// ```
pub fn show_nines(unavailability: &Estimate) -> String {
    let interval = unavailability.interval();
    let (lower, upper) = (nines(interval.upper()).max(0.0), nines(interval.lower()));
    // Floor, not round: "at least" must stay true.
    let cut = |x: f64, unit: f64| (x * unit).floor() / unit;
    if unavailability.quality() == Quality::NoEvent || unavailability.point() <= 0.0 {
        return format!("at least {:.1} nines", cut(lower, 10.0));
    }
    let point = nines(unavailability.point()).max(0.0);
    let digits = if upper - lower < 0.2 { 2 } else { 1 };
    if upper.is_infinite() {
        return format!("{point:.digits$} nines (at least {:.1})", cut(lower, 10.0));
    }
    format!("{point:.digits$} nines ({lower:.digits$} to {upper:.digits$})")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plus_minus(x: f64, half_width: f64) -> String {
        Digits::for_width(half_width, x.abs() + half_width).show_with(x, half_width)
    }

    #[test]
    fn digits_follow_the_half_width() {
        assert_eq!(plus_minus(0.999_971_234, 0.000_003_1), "0.999 971 ± 0.000 003");
        assert_eq!(plus_minus(0.999_971_234, 0.000_001_4), "0.999 971 2 ± 0.000 001 4");
        assert_eq!(plus_minus(12_345.6, 678.0), "12 300 ± 700");
        assert_eq!(plus_minus(5.43, 0.5), "5.4 ± 0.5");
    }

    #[test]
    fn tiny_numbers_take_a_power_of_ten_out() {
        assert_eq!(plus_minus(1.234e-9, 0.4e-10), "(1.23 ± 0.04)e-9");
        assert_eq!(plus_minus(1.0 - 3e-11, 1e-11), "0.999 999 999 970 ± 0.000 000 000 010");
    }

    #[test]
    fn without_a_width_a_few_digits_must_do() {
        assert_eq!(Digits::for_width(f64::INFINITY, 12.345).show(12.345), "12");
        assert_eq!(Digits::for_width(f64::INFINITY, 12.345).show(f64::INFINITY), "infinity");
        assert_eq!(Digits::for_width(0.0, 12.345).show(12.345), "12.35");
        assert_eq!(Digits::for_width(0.0, 0.0).show(0.0), "0.000");
    }

    #[test]
    fn digits_are_grouped_in_threes() {
        assert_eq!(group("-1234567.8901234"), "-1 234 567.890 123 4");
        assert_eq!(group("1234.5678"), "1234.5678");
    }
}
