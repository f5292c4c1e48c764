//! Values that can be turned: whole numbers, times, shares and laws, and what they are when turned.

use crate::random::Law;
use crate::random::math::{exp, ln};
use crate::units::{Duration, Probability, Rate};

/// A value of a file, as something that has a size.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Knob {
    Whole(u64),
    /// In seconds.
    Time(f64),
    Share(f64),
    /// A law; its size is a factor on all of its times, 1 as written.
    Law(String),
}

impl Knob {
    /// Of a value as it is written, without quotes.
    pub fn read(text: &str) -> Option<Knob> {
        let text = text.trim();
        if let Ok(whole) = text.parse() {
            return Some(Knob::Whole(whole));
        }
        if text.ends_with('%')
            && let Ok(share) = text.parse::<Probability>()
        {
            return Some(Knob::Share(share.value()));
        }
        if let Ok(time) = text.parse::<Duration>() {
            return (!time.span().is_forever()).then(|| Knob::Time(time.secs()));
        }
        let law: Law = text.parse().ok()?;
        // Twice the times must be twice the mean, or something in the law is not a time.
        let (once, twice) = (law.mean()?.secs(), scaled(text, 2.0).parse::<Law>().ok()?.mean()?.secs());
        (once > 0.0 && (twice / once / 2.0 - 1.0).abs() < 0.01).then(|| Knob::Law(text.to_owned()))
    }

    /// Its size.
    pub fn size(&self) -> f64 {
        match *self {
            Knob::Whole(whole) => whole as f64,
            Knob::Time(seconds) => seconds,
            Knob::Share(share) => share,
            Knob::Law(_) => 1.0,
        }
    }

    /// The value of another size, as a file has it.
    pub fn at(&self, size: f64) -> String {
        match self {
            Knob::Whole(_) => format!("{size:.0}"),
            Knob::Time(_) => time(size),
            Knob::Share(_) => Probability::new(size.clamp(0.0, 1.0)).expect("a share").to_string(),
            Knob::Law(text) => scaled(text, size),
        }
    }

    /// The least and the largest size worth trying: far enough away that more changes nothing that anybody builds.
    pub fn ends(&self) -> (f64, f64) {
        match *self {
            Knob::Whole(_) => (1.0, f64::INFINITY),
            Knob::Time(0.0) => (0.0, 86_400.0),
            Knob::Time(seconds) => (0.0, seconds * 1e4),
            Knob::Share(_) => (0.0, 1.0),
            Knob::Law(_) => (1e-6, 1e4),
        }
    }

    /// A size between two, halfway in the measure in which such values differ: of times and laws the ratio, of shares
    /// that of what they leave.
    pub fn between(&self, one: f64, other: f64) -> f64 {
        match self {
            Knob::Share(_) => 1.0 - short(halfway((1.0 - one).max(1e-9), (1.0 - other).max(1e-9))),
            Knob::Time(_) | Knob::Law(_) => short(halfway(one.max(1e-6), other.max(1e-6))),
            Knob::Whole(_) => ((one + other) / 2.0).round(),
        }
    }

    /// Whether two sizes are as good as the same: within two parts in a hundred.
    pub fn close(&self, one: f64, other: f64) -> bool {
        let near = |one: f64, other: f64| (one - other).abs() <= 0.02 * one.max(other);
        match self {
            Knob::Share(_) => near(1.0 - one, 1.0 - other) || (one - other).abs() < 1e-9,
            Knob::Time(_) => near(one, other) || one.max(other) < 1e-6,
            Knob::Law(_) => near(one, other),
            Knob::Whole(_) => (one - other).abs() <= 1.0,
        }
    }

    /// A size near one that is met, away from one that is missed, with as few digits as say it within two parts in a
    /// hundred: what a person would write.
    pub fn readable(&self, met: f64, missed: f64) -> f64 {
        match self {
            Knob::Share(_) => 1.0 - few(1.0 - met, met < missed),
            Knob::Time(_) => {
                let unit = unit(met).map_or(1.0, |(unit, _)| unit);
                few(met / unit, met > missed) * unit
            }
            _ => few(met, met > missed),
        }
    }
}

/// A number rounded up or down to two digits, or to three where two would move it by more than two parts in a hundred.
fn few(x: f64, up: bool) -> f64 {
    let exponent: i32 = format!("{x:e}").split_once('e').map_or(0, |(_, e)| e.parse().unwrap_or(0));
    let rounded = [1, 2].map(|digits| {
        let step: f64 = format!("1e{}", exponent - digits).parse().expect("a power of ten");
        if up { (x / step * (1.0 - 1e-12)).ceil() * step } else { (x / step * (1.0 + 1e-12)).floor() * step }
    });
    if (rounded[0] - x).abs() <= 0.02 * x { rounded[0] } else { rounded[1] }
}

/// Three digits are enough for what is only tried.
fn short(size: f64) -> f64 {
    format!("{size:.2e}").parse().expect("a number that was printed")
}

/// A time as people write it: three digits, in its unit.
fn time(seconds: f64) -> String {
    match unit(seconds) {
        _ if seconds == 0.0 => "0s".into(),
        Some((unit, name)) => format!("{}{name}", short(seconds / unit)),
        None => Duration::seconds(seconds).to_string(),
    }
}

/// The unit in which people write a time: the largest of which there are two, or a whole number.
fn unit(seconds: f64) -> Option<(f64, &'static str)> {
    let units = [
        (Duration::YEAR.secs(), "y"),
        (86_400.0, "d"),
        (3600.0, "h"),
        (60.0, "min"),
        (1.0, "s"),
        (1e-3, "ms"),
    ];
    units.into_iter().find(|(unit, _)| {
        let times = seconds / unit;
        times >= 2.0 || times >= 1.0 && (times - times.round()).abs() < 1e-9
    })
}

/// The geometric mean.
fn halfway(one: f64, other: f64) -> f64 {
    exp((ln(one) + ln(other)) / 2.0)
}

/// A law with all of its times multiplied: rates are divided, and everything else stays.
fn scaled(text: &str, factor: f64) -> String {
    let mut out = String::new();
    let mut rest = text;
    let mut word = "";
    while let Some(first) = rest.chars().next() {
        let ends = |c: char| "(), \t".contains(c);
        if ends(first) {
            out.push(first);
            rest = &rest[first.len_utf8()..];
            continue;
        }
        let (token, after) = rest.split_at(rest.find(ends).unwrap_or(rest.len()));
        out.push_str(&turned(token, word, factor));
        (word, rest) = (token, after);
    }
    out
}

fn turned(token: &str, before: &str, factor: f64) -> String {
    if !token.starts_with(|c: char| c.is_ascii_digit()) {
        return token.to_owned();
    }
    if let Ok(time) = token.parse::<Duration>() {
        return self::time(time.secs() * factor);
    }
    if before == "afr" {
        // Failures a year in percent: a rate as any other.
        let number = token.strip_suffix('%').and_then(|number| number.parse::<f64>().ok());
        return number.map_or_else(|| token.to_owned(), |number| format!("{}%", short(number / factor)));
    }
    match token.parse::<Rate>() {
        Ok(rate) => Rate::from_per_sec(rate.per_sec() / factor)
            .map_or_else(|_| token.to_owned(), |rate| rate.to_string()),
        Err(_) => token.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn laws_are_scaled_by_their_times() {
        assert_eq!(scaled("lognormal(median 20min, p95 1h)", 0.5), "lognormal(median 10min, p95 30min)");
        assert_eq!(scaled("weibull(shape 0.7, scale 10d)", 2.0), "weibull(shape 0.7, scale 20d)");
        for law in ["exponential(rate 0.1/y)", "afr 8%", "mtbf 10.2y", "uniform(20s, 40s)", "30d"] {
            let mean = |text: &str| text.parse::<Law>().unwrap().mean().unwrap().secs();
            let factor = mean(&scaled(law, 3.0)) / mean(law);
            // Times have three digits.
            assert!((factor / 3.0 - 1.0).abs() < 0.005, "{law}: {factor}");
        }
    }

    #[test]
    fn values_are_what_they_look_like() {
        assert_eq!(Knob::read("3"), Some(Knob::Whole(3)));
        assert_eq!(Knob::read("30s"), Some(Knob::Time(30.0)));
        assert_eq!(Knob::read("95%"), Some(Knob::Share(0.95)));
        assert_eq!(Knob::read("afr 8%"), Some(Knob::Law("afr 8%".into())));
        assert_eq!(Knob::read("zone"), None);
        assert_eq!(Knob::read("never"), None);
    }

    #[test]
    fn readable_sizes_stay_on_the_side_that_is_met() {
        let time = Knob::Time(30.0);
        assert_eq!(time.at(time.readable(11.83, 12.2)), "11.8s");
        assert_eq!(time.at(time.readable(79.8, 79.2)), "80s");
        assert_eq!(time.at(time.readable(60.0, 59.0)), "1min");
        assert_eq!(time.at(time.readable(1791.0, 1800.0)), "29.8min");
        assert_eq!(time.at(time.readable(7190.0, 7100.0)), "2h");
        let share = Knob::Share(0.95);
        assert_eq!(share.at(share.readable(0.99237, 0.9921)), "99.24%");
        assert_eq!(time.at(time.between(1.0, 100.0)), "10s");
        assert_eq!(time.at(time.between(30.0, 50.0)), "38.7s");
    }
}
