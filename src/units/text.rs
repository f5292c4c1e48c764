//! What the quantities share: scanning a number, choosing a unit that reads well, guessing what a typo meant.

/// Splits a text into the number it starts with and the rest, both trimmed; the number keeps its sign and loses its
/// underscores, so that it can be parsed.
pub(crate) fn split_number(text: &str) -> Option<(String, &str)> {
    let text = text.trim();
    let bytes = text.as_bytes();
    let digits = |mut at: usize| {
        while at < bytes.len() && (bytes[at].is_ascii_digit() || bytes[at] == b'_') {
            at += 1;
        }
        at
    };
    let start = usize::from(matches!(bytes.first(), Some(b'-' | b'+')));
    let mut end = digits(start);
    if bytes.get(end) == Some(&b'.') {
        end = digits(end + 1);
    }
    if !bytes[start..end].iter().any(u8::is_ascii_digit) {
        return None;
    }
    // An exponent counts only with digits behind it: the `e` of a unit is none.
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(end + 1), Some(b'-' | b'+')));
        let last = digits(end + 1 + sign);
        if bytes[end + 1 + sign..last].iter().any(u8::is_ascii_digit) {
            end = last;
        }
    }
    Some((text[..end].replace('_', ""), text[end..].trim_start()))
}

/// The number a text starts with, and the rest.
pub(crate) fn number(text: &str) -> Option<(f64, &str)> {
    let (digits, rest) = split_number(text)?;
    Some((digits.parse().ok()?, rest))
}

/// One way to write a quantity.
pub(crate) struct Unit {
    /// As it is printed.
    pub name: &'static str,
    /// What one of it is worth in the quantity's own unit.
    pub factor: f64,
    /// Other spellings that parse.
    pub also: &'static [&'static str],
    /// How much less it is liked than others; from [`UNPRINTED`] on it is only parsed.
    pub odd: usize,
}

/// The oddness of a unit that people may write and the program never does.
pub(crate) const UNPRINTED: usize = 1000;

impl Unit {
    pub(crate) const fn new(
        name: &'static str,
        factor: f64,
        also: &'static [&'static str],
        odd: usize,
    ) -> Unit {
        Unit { name, factor, also, odd }
    }

    fn is_called(&self, name: &str) -> bool {
        self.name == name || self.also.contains(&name)
    }
}

/// The unit of that name.
pub(crate) fn find_unit<'a>(units: &'a [Unit], name: &str) -> Option<&'a Unit> {
    units.iter().find(|unit| unit.is_called(name))
}

/// The spelling among `units` that a mistaken `name` is nearest to.
pub(crate) fn nearest_unit(units: &[Unit], name: &str) -> Option<&'static str> {
    let spellings = units.iter().flat_map(|unit| std::iter::once(unit.name).chain(unit.also.iter().copied()));
    nearest(name, spellings)
}

/// The candidate nearest to `word`, if one is near enough to be meant.
pub(crate) fn nearest<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let lower = word.to_lowercase();
    let allowed = (lower.chars().count() / 3).max(1);
    candidates
        .map(|candidate| (strsim::osa_distance(&lower, &candidate.to_lowercase()), candidate))
        .filter(|(distance, candidate)| *distance <= allowed && *distance < candidate.chars().count())
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// The number as text: plain digits where they are few, else with an exponent. Parses back to the same bits.
pub(crate) fn plain(x: f64) -> String {
    if x == 0.0 || (1e-5..1e15).contains(&x.abs()) { format!("{x}") } else { format!("{x:e}") }
}

/// The fewest digits near `x` that `same` accepts as another spelling of it.
pub(crate) fn shortest(x: f64, same: impl Fn(f64) -> bool) -> Option<f64> {
    let rounded = |digits: usize| -> f64 {
        format!("{:.*e}", digits - 1, x).parse().expect("a number prints as one that parses")
    };
    if !same(rounded(17)) {
        return None;
    }
    (1..=17).map(rounded).find(|&candidate| same(candidate))
}

/// Number and unit that spell `value` most readably: `worth(number, factor)` must be exactly `value`.
///
/// # Panics
/// When no unit spells it; a factor of 1 always does.
pub(crate) fn readable(
    value: f64,
    units: &[Unit],
    amount: impl Fn(f64, f64) -> f64,
    worth: impl Fn(f64, f64) -> f64,
) -> (String, &'static str) {
    units
        .iter()
        .filter(|unit| unit.odd < UNPRINTED)
        .filter_map(|unit| {
            let number = shortest(amount(value, unit.factor), |x| worth(x, unit.factor) == value)?;
            let text = plain(number);
            // Thousands of a unit for large amounts are no better than the digits that it was to save.
            let many = if unit.odd > 1 && number >= 1000.0 { 4 } else { 0 };
            Some((awkwardness(number, &text) + unit.odd + many, text, unit.name))
        })
        .min_by_key(|(awkward, text, _)| (*awkward, text.len()))
        .map(|(_, text, name)| (text, name))
        .expect("a unit of factor 1 spells every value")
}

/// How hard a number is to read: long ones, exponents, fractions below 1, more than three digits before the point.
pub(crate) fn awkwardness(number: f64, text: &str) -> usize {
    let whole = text.find('.').unwrap_or(text.len());
    let small = if number != 0.0 && number < 1.0 { 4 } else { 0 };
    let exponent = if text.contains('e') { 12 } else { 0 };
    text.len() + 2 * whole.saturating_sub(3) + small + exponent
}

/// Implements serde for a type as the string it prints and parses.
macro_rules! serde_as_string {
    ($type:ty, $expected:expr) => {
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Text;
                impl serde::de::Visitor<'_> for Text {
                    type Value = $type;

                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str($expected)
                    }

                    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Self::Value, E> {
                        text.parse().map_err(E::custom)
                    }
                }
                deserializer.deserialize_str(Text)
            }
        }
    };
}
pub(crate) use serde_as_string;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_ends_where_its_unit_begins() {
        assert_eq!(number("45s"), Some((45.0, "s")));
        assert_eq!(number(" 1_000.5 h "), Some((1000.5, "h")));
        assert_eq!(number("2e-5/y"), Some((2e-5, "/y")));
        assert_eq!(number("2e"), Some((2.0, "e")));
        assert_eq!(number("-.5d"), Some((-0.5, "d")));
        assert_eq!(number("inf"), None);
        assert_eq!(number("."), None);
        assert_eq!(number(""), None);
    }

    #[test]
    fn only_near_words_are_suggested() {
        let names = ["exponential", "weibull", "never"];
        assert_eq!(nearest("weibul", names.into_iter()), Some("weibull"));
        assert_eq!(nearest("Exponental", names.into_iter()), Some("exponential"));
        assert_eq!(nearest("poisson", names.into_iter()), None);
    }

    #[test]
    fn the_shortest_number_is_found() {
        assert_eq!(shortest(0.1 + 0.2, |x| (x - 0.3).abs() < 1e-9), Some(0.3));
        assert_eq!(shortest(1.0, |_| false), None);
        assert_eq!(plain(1e-7), "1e-7");
        assert_eq!(plain(1500.0), "1500");
    }
}
