//! Digits: how many an interval supports, and numbers rounded to them.

/// First digit and power of ten of a positive number, from its decimal expansion and therefore exact.
pub(super) fn leading(x: f64) -> (u32, i32) {
    let text = format!("{x:e}");
    let (mantissa, exponent) = text.split_once('e').expect("exponential notation has an e");
    let digit = mantissa.chars().find_map(|c| c.to_digit(10)).expect("a mantissa starts with a digit");
    (digit, exponent.parse().expect("an exponent is a whole number"))
}

/// Ten to the power of `exponent`, correctly rounded because the parser is.
pub(crate) fn ten_to(exponent: i32) -> f64 {
    format!("1e{exponent}").parse().expect("a power of ten is a number")
}

/// Decimals that a half-width supports: one digit of it, two where it starts with 1 or 2, because rounding 1.4 to 1
/// would move it by a third (the convention of the Particle Data Group, *Review of Particle Physics*, introduction,
/// slightly simplified). An exact value of this size gets four digits.
pub(super) fn decimals(half_width: f64, size: f64) -> i32 {
    let magnitude = if size > 0.0 && size.is_finite() { leading(size).1 } else { 0 };
    if half_width > 0.0 && half_width.is_finite() {
        // An f64 has no digits beyond the sixteenth, however narrow the interval; what is infinite has none at all.
        let finest = if size.is_finite() { size.abs() * f64::EPSILON } else { 0.0 };
        let (digit, exponent) = leading(half_width.max(finest));
        if digit <= 2 { 1 - exponent } else { -exponent }
    } else if half_width == 0.0 {
        3 - magnitude
    } else {
        1 - magnitude
    }
}

/// Below this a number is easier read with an exponent than behind a row of zeros.
const SMALLEST: f64 = 1e-5;

/// Rounds to so many decimals, to tens or hundreds where they are negative; what is not zero stays visible.
pub(crate) fn fixed(x: f64, decimals: i32) -> String {
    if !x.is_finite() {
        let text = if x.is_nan() {
            "unknown"
        } else if x > 0.0 {
            "∞"
        } else {
            "−∞"
        };
        return text.into();
    }
    if decimals > 12 && x.abs() >= SMALLEST || x.abs() >= 1e15 {
        return format!("{x:.1e}");
    }
    if x.abs() < SMALLEST && decimals > 5 {
        let exponent = if x == 0.0 { return "0".into() } else { leading(x.abs()).1 };
        let digits = usize::try_from(decimals + exponent).unwrap_or(0);
        return format!("{x:.digits$e}").replacen('-', "−", usize::from(x < 0.0));
    }
    let text = match decimals {
        0.. => format!("{:.*}", usize::try_from(decimals).expect("not negative"), x.abs()),
        _ => format!("{:.0}", (x.abs() / ten_to(-decimals)).round() * ten_to(-decimals)),
    };
    if x != 0.0 && text.chars().all(|c| matches!(c, '0' | '.')) {
        return fixed(x, -leading(x.abs()).1);
    }
    let sign = if x < 0.0 { "−" } else { "" };
    format!("{sign}{}", thousands(&text))
}

/// Commas between the thousands of numbers above 9999: `20,000`, `1250.5`.
pub(super) fn thousands(text: &str) -> String {
    let (whole, fraction) = text.split_at(text.find('.').unwrap_or(text.len()));
    if whole.len() <= 4 {
        return text.to_owned();
    }
    let mut grouped = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped + fraction
}

/// Two digits, all of them before the point: for values that come without an interval.
pub(super) fn short(x: f64) -> String {
    match x {
        _ if x == 0.0 || !x.is_finite() => fixed(x, 0),
        _ if x.abs() >= 1e7 => format!("{x:.0e}"),
        _ if x.abs() >= 1e4 => fixed(x, 1 - leading(x.abs()).1),
        _ => fixed(x, 1 - leading(x.abs()).1.min(1)),
    }
}

/// A positive number rounded up to two digits, for a bound must stay one; and its decimals.
pub(super) fn round_up(x: f64) -> (f64, i32) {
    if !(x > 0.0 && x.is_finite()) {
        return (x, 0);
    }
    let decimals = 1 - leading(x).1;
    // The slack keeps 1.2 from becoming 1.3 because 1.2 * 10 is a hair above 12. Multiplied and divided by whole
    // powers of ten, which are exact where those of tenths are not.
    let scaled = if decimals >= 0 { x * ten_to(decimals) } else { x / ten_to(-decimals) };
    let up = (scaled * (1.0 - 1e-12)).ceil();
    (if decimals >= 0 { up / ten_to(decimals) } else { up * ten_to(-decimals) }, decimals)
}

pub(super) fn rounded_up(x: f64) -> String {
    let (up, decimals) = round_up(x);
    fixed(up, decimals)
}
