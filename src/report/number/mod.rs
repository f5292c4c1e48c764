//! Numbers as people read them: units that fit, and never more digits than the interval supports.

mod digits;

use crate::experiment::Figure;
use digits::{decimals, leading, round_up, rounded_up, short, thousands};
pub(crate) use digits::{fixed, ten_to};

const MINUTE: f64 = 60.0;
const HOUR: f64 = 3600.0;
const DAY: f64 = 86_400.0;
/// The year of availability figures: 365 days.
pub(crate) const YEAR: f64 = 31_536_000.0;

/// A figure in words: the value, and its interval where there is one.
///
/// ```
/// use fivenines::experiment::Figure;
/// use fivenines::report::number::per_year;
///
/// let reading = per_year(&Figure { value: 3243.2, lower: 3061.0, upper: 3431.0 });
/// assert_eq!(reading.value, "54 min/y");
/// assert_eq!(reading.interval.as_deref(), Some("51–57 min/y"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// The value with its unit; a bound such as `< 1.2 min/y` where nothing was observed.
    pub value: String,
    /// The interval, such as `51–57 min/y`; `None` for an exact value and for a bound, which says it already.
    pub interval: Option<String>,
}

impl Reading {
    pub(crate) fn only(value: String) -> Reading {
        Reading { value, interval: None }
    }

    /// Value and interval on one line: `54 min/y (51–57 min/y)`.
    pub fn line(&self) -> String {
        match &self.interval {
            Some(interval) => format!("{} ({interval})", self.value),
            None => self.value.clone(),
        }
    }
}

/// What is known of a figure: read off the figure alone, so that no caller can state a zero that was only not seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Known {
    /// A value with an interval.
    Interval,
    /// A value that is exact.
    Exactly,
    /// Only that it is not more than the upper end.
    AtMost,
}

pub(crate) fn known(figure: &Figure) -> Known {
    if figure.lower == figure.upper {
        Known::Exactly
    } else if figure.value <= 0.0 {
        Known::AtMost
    } else {
        Known::Interval
    }
}

fn half_width(figure: &Figure) -> f64 {
    (figure.upper - figure.lower) / 2.0
}

/// A count: `20,000`.
pub fn count(count: u64) -> String {
    thousands(&count.to_string())
}

/// A count of a thing: `1 trial`, `20,000 trials`.
pub fn count_of(many: u64, thing: &str) -> String {
    format!("{} {thing}{}", count(many), if many == 1 { "" } else { "s" })
}

/// `> 6600 y`: rounded down to two digits, for a lower bound must stay one as well.
fn more_than(seconds: f64) -> String {
    let unit = time_unit(seconds);
    let amount = seconds / unit.seconds;
    if amount <= 0.0 || amount.is_infinite() {
        return format!("> {}", duration(seconds));
    }
    let decimals = 1 - leading(amount).1;
    let scaled = if decimals >= 0 { amount * ten_to(decimals) } else { amount / ten_to(-decimals) };
    let down = (scaled * (1.0 + 1e-12)).floor();
    let down = if decimals >= 0 { down / ten_to(decimals) } else { down * ten_to(-decimals) };
    format!("> {} {}", fixed(down, decimals), unit.name)
}

/// A unit of time: its name and length in seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct TimeUnit {
    pub(crate) name: &'static str,
    pub(crate) seconds: f64,
}

/// The unit in which a duration reads best.
pub(crate) fn time_unit(seconds: f64) -> TimeUnit {
    let seconds = seconds.abs();
    let (name, seconds) = match seconds {
        // What is shorter than all that anybody times reads best as a power of ten of the unit everybody knows.
        _ if seconds < 1e-9 => ("s", 1.0),
        ..1e-4 => ("µs", 1e-6),
        ..0.1 => ("ms", 1e-3),
        ..60.0 => ("s", 1.0),
        ..7200.0 => ("min", MINUTE),
        ..172_800.0 => ("h", HOUR),
        _ if seconds < 2.0 * YEAR => ("d", DAY),
        _ => ("y", YEAR),
    };
    TimeUnit { name, seconds }
}

/// A plain number without an interval, to two or three digits.
pub(crate) fn rough(x: f64) -> String {
    if x == 0.0 { "none".into() } else { short(x) }
}

/// A duration without an interval: `54 min`, `3.2 s`, `1.4 d`.
///
/// ```
/// use fivenines::report::number::duration;
///
/// assert_eq!(duration(3243.0), "54 min");
/// assert_eq!(duration(0.25), "0.25 s");
/// assert_eq!(duration(365.0 * 86_400.0), "1 y");
/// ```
pub fn duration(seconds: f64) -> String {
    let unit = time_unit(seconds);
    match seconds {
        f64::INFINITY => "forever".into(),
        // A horizon of a year is a year to whoever wrote it, not 365 days.
        YEAR.. if (seconds / YEAR).fract() == 0.0 => format!("{} y", fixed(seconds / YEAR, 0)),
        _ => format!("{} {}", short(seconds / unit.seconds), unit.name),
    }
}

/// A figure of time in seconds, with `suffix` after the unit: `""` or `"/y"`.
fn time(figure: &Figure, suffix: &str) -> Reading {
    match known(figure) {
        Known::Exactly if figure.value == 0.0 => return Reading::only("none".into()),
        Known::Exactly if figure.value.is_infinite() => return Reading::only("forever".into()),
        Known::AtMost => {
            let unit = time_unit(figure.upper);
            return Reading::only(format!(
                "< {} {}{suffix}",
                rounded_up(figure.upper / unit.seconds),
                unit.name
            ));
        }
        _ => {}
    }
    if figure.value.is_infinite() {
        return Reading::only(more_than(figure.lower) + suffix);
    }
    let unit = time_unit(figure.value);
    let decimals = decimals(half_width(figure) / unit.seconds, figure.value / unit.seconds);
    let show = |seconds: f64| fixed(seconds / unit.seconds, decimals);
    let interval = (known(figure) == Known::Interval).then(|| {
        let (lower, upper) = (figure.lower, figure.upper);
        if upper.is_infinite() {
            more_than(lower) + suffix
        } else if upper > 100.0 * if lower > 0.0 { lower } else { figure.value } {
            // One unit cannot serve both ends.
            let from = if lower > 0.0 { duration(lower) + suffix } else { "0".into() };
            format!("{from} – {}{suffix}", duration(upper))
        } else {
            format!("{}–{} {}{suffix}", show(lower), show(upper), unit.name)
        }
    });
    Reading { value: format!("{} {}{suffix}", show(figure.value), unit.name), interval }
}

/// A figure of seconds, such as an MTBF: `14 d`.
pub fn seconds(figure: &Figure) -> Reading {
    time(figure, "")
}

/// A figure of seconds a year: `54 min/y` with `51–57 min/y`, or `< 1.2 min/y` where no outage was seen.
pub fn per_year(figure: &Figure) -> Reading {
    time(figure, "/y")
}

/// A difference of seconds a year: `−49 min/y` with `−52 to −46 min/y`.
pub fn difference_per_year(figure: &Figure) -> Reading {
    let unit = time_unit(figure.value.abs().max(half_width(figure)));
    let decimals = decimals(half_width(figure) / unit.seconds, figure.value.abs() / unit.seconds);
    let show = |seconds: f64| {
        let text = fixed(seconds / unit.seconds, decimals);
        if seconds > 0.0 { format!("+{text}") } else { text }
    };
    let suffix = format!("{}/y", unit.name);
    let interval = (figure.lower != figure.upper)
        .then(|| format!("{} to {} {suffix}", show(figure.lower), show(figure.upper)));
    Reading { value: format!("{} {suffix}", show(figure.value)), interval }
}

/// A difference of shares in percent: `−0.64%` with `−0.75 to −0.54%`.
pub fn share_difference(figure: &Figure) -> Reading {
    let half = half_width(figure);
    let decimals = decimals(100.0 * half, 100.0 * figure.value.abs().max(half));
    let show = |share: f64| {
        let text = fixed(100.0 * share, decimals);
        if share > 0.0 { format!("+{text}") } else { text }
    };
    let interval =
        (figure.lower != figure.upper).then(|| format!("{} to {}%", show(figure.lower), show(figure.upper)));
    Reading { value: format!("{}%", show(figure.value)), interval }
}

/// A rate or another plain number: `3.12` with `2.97–3.27`.
pub fn plain(figure: &Figure) -> Reading {
    match known(figure) {
        Known::Exactly if figure.value == 0.0 => Reading::only("none".into()),
        Known::AtMost => Reading::only(format!("< {}", rounded_up(figure.upper))),
        known => {
            let decimals = decimals(half_width(figure), figure.value);
            let interval = format!("{}–{}", fixed(figure.lower, decimals), fixed(figure.upper, decimals));
            Reading {
                value: fixed(figure.value, decimals),
                interval: (known == Known::Interval).then_some(interval),
            }
        }
    }
}

/// A sum of money, without its currency: `1,250,000`, never more digits than its interval supports, and no cents of
/// thousands.
pub fn amount(figure: &Figure) -> Reading {
    match known(figure) {
        Known::Exactly if figure.value == 0.0 => Reading::only("none".into()),
        Known::AtMost => Reading::only(format!("< {}", rounded_up(figure.upper))),
        known => {
            let decimals = cents(half_width(figure), figure.value);
            let interval = format!("{}–{}", fixed(figure.lower, decimals), fixed(figure.upper, decimals));
            let interval = (known == Known::Interval).then_some(interval);
            Reading { value: fixed(figure.value, decimals), interval }
        }
    }
}

/// Decimals of a sum of money.
fn cents(half_width: f64, value: f64) -> i32 {
    let most = if value.abs() < 1000.0 { 2 } else { 0 };
    decimals(half_width, value.abs()).min(most)
}

/// A difference of money: `+1,250` with `+1,100 to +1,400`.
pub fn amount_difference(figure: &Figure) -> Reading {
    let decimals = cents(half_width(figure), figure.value.abs().max(half_width(figure)));
    let show = |amount: f64| {
        let text = fixed(amount, decimals);
        if amount > 0.0 { format!("+{text}") } else { text }
    };
    let interval =
        (figure.lower != figure.upper).then(|| format!("{} to {}", show(figure.lower), show(figure.upper)));
    Reading { value: show(figure.value), interval }
}

/// A count of nines: `3.99` with `3.97–4.01`; at most two decimals, for nobody hears a hundredth of a nine.
pub fn nines(figure: &Figure) -> Reading {
    let floor = |x: f64| format!("{:.1}", (x * 10.0).floor() / 10.0);
    if figure.lower == figure.upper {
        let value = if figure.value.is_infinite() { "∞".into() } else { fixed(figure.value, 2) };
        return Reading::only(value);
    }
    if figure.value.is_infinite() {
        return Reading::only(format!("> {}", floor(figure.lower)));
    }
    let places = if figure.upper - figure.lower < 0.2 { 2 } else { 1 };
    let interval = if figure.upper.is_infinite() {
        format!("> {}", floor(figure.lower))
    } else {
        format!("{}–{}", fixed(figure.lower, places), fixed(figure.upper, places))
    };
    Reading { value: fixed(figure.value, places), interval: Some(interval) }
}

/// A percentage near 100 from its complement, so that no nine is lost and none is won by rounding.
fn complement_percent(complement: f64, decimals: i32) -> String {
    if complement <= 0.0 {
        return "100%".into();
    }
    if complement < 1e-13 {
        return format!("1 − {complement:.1e}");
    }
    let mut places = usize::try_from(decimals.max(0)).expect("not negative");
    loop {
        let text = format!("{:.places$}", 100.0 - 100.0 * complement);
        if !text.starts_with("100") {
            return nines_grouped(&text) + "%";
        }
        places += 1;
    }
}

/// Decimals in threes where there are more than four: `99.999 071`.
fn nines_grouped(text: &str) -> String {
    let Some((whole, fraction)) = text.split_once('.').filter(|(_, fraction)| fraction.len() > 4) else {
        return text.to_owned();
    };
    let groups: Vec<&str> =
        (0..fraction.len()).step_by(3).map(|at| &fraction[at..fraction.len().min(at + 3)]).collect();
    format!("{whole}.{}", groups.join(" "))
}

/// An availability from the figure of the *unavailability*, which alone has the digits: `99.9897%`, or `> 99.999%`.
///
/// ```
/// use fivenines::experiment::Figure;
/// use fivenines::report::number::availability;
///
/// let unavailability = Figure { value: 9.13e-6, lower: 8.6e-6, upper: 9.7e-6 };
/// assert_eq!(availability(&unavailability).value, "99.999 09%");
/// ```
pub fn availability(unavailability: &Figure) -> Reading {
    let figure = Figure {
        value: unavailability.value * 100.0,
        lower: unavailability.lower * 100.0,
        upper: unavailability.upper * 100.0,
    };
    match known(&figure) {
        Known::AtMost => {
            let (upper, decimals) = round_up(figure.upper);
            Reading::only(format!("> {}", complement_percent(upper / 100.0, decimals)))
        }
        known => {
            let decimals = decimals(half_width(&figure), figure.value);
            let ends =
                [unavailability.upper, unavailability.lower].map(|end| complement_percent(end, decimals));
            let interval = format!("{}–{}", ends[0].trim_end_matches('%'), ends[1]);
            Reading {
                value: complement_percent(unavailability.value, decimals),
                interval: (known == Known::Interval).then_some(interval),
            }
        }
    }
}

/// A chance: `97.2%` with `96.8–97.6%`.
pub fn chance(figure: &Figure) -> Reading {
    let complement =
        Figure { value: 1.0 - figure.value, lower: 1.0 - figure.upper, upper: 1.0 - figure.lower };
    if figure.value > 0.5 {
        return availability(&complement);
    }
    let percent =
        Figure { value: figure.value * 100.0, lower: figure.lower * 100.0, upper: figure.upper * 100.0 };
    let reading = plain(&percent);
    if reading.value == "none" {
        return Reading::only("0%".into());
    }
    Reading { value: reading.value + "%", interval: reading.interval.map(|interval| interval + "%") }
}

/// An availability that was asked for: `99.95%`, all its digits.
pub fn asked(availability: f64) -> String {
    nines_grouped(&format!("{}", (availability * 1e12).round() / 1e10)) + "%"
}

/// A share: `62%`, `3.4%`, `< 0.1%`.
///
/// ```
/// use fivenines::report::number::share;
///
/// assert_eq!([share(0.617), share(0.034), share(0.0002)], ["62%", "3.4%", "< 0.1%"]);
/// ```
pub fn share(share: f64) -> String {
    let percent = share * 100.0;
    match percent {
        _ if percent <= 0.0 => "0%".into(),
        ..0.1 => "< 0.1%".into(),
        ..9.95 => format!("{percent:.1}%"),
        // Not all of it is never said to be all of it.
        99.0..100.0 => format!("{}%", fixed((percent * 10.0).floor() / 10.0, 1)),
        _ => format!("{percent:.0}%"),
    }
}

/// A chance as odds: `1 in 12`, or a percentage where that would read `1 in 1.4`.
pub fn one_in(chance: f64) -> String {
    match chance {
        _ if chance <= 0.0 => "never".into(),
        ..0.4 => format!("1 in {}", short(1.0 / chance)),
        _ => share(chance),
    }
}

/// A factor: `17×`, `1.3×`.
pub fn factor(factor: f64) -> String {
    format!("{}×", short(factor))
}

/// A factor with its interval: `11×` with `9.8–12×`.
pub fn factors(figure: &Figure) -> Reading {
    if figure.upper.is_infinite() {
        let interval = Some(format!("> {}", factor(figure.lower)));
        return Reading { value: factor(figure.value), interval };
    }
    // Nobody asks which of two is a millionth better.
    let decimals = decimals(half_width(figure), figure.value).min(3);
    let interval = format!("{}–{}×", fixed(figure.lower, decimals), fixed(figure.upper, decimals));
    Reading {
        value: format!("{}×", fixed(figure.value, decimals)),
        interval: (figure.lower != figure.upper).then_some(interval),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn figure(value: f64, lower: f64, upper: f64) -> Figure {
        Figure { value, lower, upper }
    }

    #[test]
    fn digits_follow_the_interval() {
        for (value, lower, upper, shown) in [
            (3243.2, 3061.0, 3431.0, "54 min/y (51–57 min/y)"),
            (3243.2, 3240.0, 3246.0, "54.05 min/y (54.00–54.10 min/y)"),
            (3243.2, 1000.0, 6000.0, "50 min/y (20–100 min/y)"),
            (289.3, 271.0, 309.0, "4.8 min/y (4.5–5.2 min/y)"),
            (3.2, 2.9, 3.5, "3.2 s/y (2.9–3.5 s/y)"),
            (121_000.0, 118_000.0, 124_000.0, "33.6 h/y (32.8–34.4 h/y)"),
            (60.0, 0.2, 300.0, "1.0 min/y (0.20 s/y – 5.0 min/y)"),
            (3243.2, 3243.2, 3243.2, "54.05 min/y"),
        ] {
            assert_eq!(per_year(&figure(value, lower, upper)).line(), shown);
        }
    }

    #[test]
    fn what_was_not_seen_is_a_bound_and_never_zero() {
        assert_eq!(per_year(&figure(0.0, 0.0, 70.1)).line(), "< 1.2 min/y");
        assert_eq!(per_year(&figure(0.0, 0.0, 72_000.0)).line(), "< 20 h/y");
        assert_eq!(availability(&figure(0.0, 0.0, 2.21e-6)).line(), "> 99.999 77%");
        assert_eq!(nines(&figure(f64::INFINITY, 5.66, f64::INFINITY)).line(), "> 5.6");
        assert_eq!(chance(&figure(1.0, 0.9982, 1.0)).line(), "> 99.82%");
        assert_eq!(chance(&figure(0.0, 0.0, 0.0018)).line(), "< 0.18%");
        assert_eq!(plain(&figure(0.0, 0.0, 0.000_185)).line(), "< 0.00019");
        assert_eq!(seconds(&figure(f64::INFINITY, 6667.0 * YEAR, f64::INFINITY)).line(), "> 6600 y");
    }

    #[test]
    fn ends_far_apart_have_units_of_their_own() {
        assert_eq!(per_year(&figure(0.004, 0.0, 28_000.0)).line(), "4 ms/y (0 – 7.8 h/y)");
        assert_eq!(per_year(&figure(10.0, 0.1, 90.0)).line(), "10 s/y (0.10 s/y – 1.5 min/y)");
        assert_eq!(per_year(&figure(10.0, 0.0, 90.0)).line(), "10 s/y (0–90 s/y)");
    }

    #[test]
    fn exactly_none_is_said_to_be_none() {
        assert_eq!(per_year(&figure(0.0, 0.0, 0.0)).line(), "none");
        assert_eq!(availability(&figure(0.0, 0.0, 0.0)).line(), "100%");
        assert_eq!(nines(&figure(f64::INFINITY, f64::INFINITY, f64::INFINITY)).line(), "∞");
    }

    #[test]
    fn no_nine_is_won_by_rounding() {
        assert_eq!(availability(&figure(1.03e-4, 0.98e-4, 1.08e-4)).value, "99.9897%");
        assert_eq!(availability(&figure(2e-6, 1e-6, 9e-4)).value, "99.9998%");
        assert_eq!(availability(&figure(1e-9, 0.9e-9, 1.1e-9)).value, "99.999 999 900%");
        assert_eq!(availability(&figure(3e-15, 2e-15, 4e-15)).value, "1 − 3.0e-15");
        assert_eq!(share(0.9999), "99.9%");
        assert_eq!(asked(0.9995), "99.95%");
        assert_eq!(asked(0.999_999), "99.9999%");
    }

    #[test]
    fn odds_and_factors_are_short() {
        assert_eq!(
            [one_in(0.083), one_in(0.0008), one_in(0.62)],
            ["1 in 12", "1 in 1250", "62%"].map(String::from)
        );
        assert_eq!([factor(17.2), factor(1.31), factor(3480.0)], ["17×", "1.3×", "3480×"].map(String::from));
        assert_eq!(factors(&figure(11.2, 10.1, 12.5)).line(), "11.2× (10.1–12.5×)");
        assert_eq!(count(20_000), "20,000");
    }

    #[test]
    fn differences_keep_their_sign() {
        assert_eq!(
            difference_per_year(&figure(-2940.0, -3120.0, -2760.0)).line(),
            "−49 min/y (−52 to −46 min/y)"
        );
        assert_eq!(
            difference_per_year(&figure(-24.0, -126.0, 78.0)).line(),
            "−0.4 min/y (−2.1 to +1.3 min/y)"
        );
        assert_eq!(difference_per_year(&figure(0.0, 0.0, 0.0)).line(), "0.000 s/y");
    }

    #[test]
    fn what_overflows_reads_somehow() {
        let absurd = figure(9.157411720351338e306, 0.0, 1.6956491572125384e-220);
        for read in [
            seconds,
            per_year,
            difference_per_year,
            share_difference,
            plain,
            nines,
            availability,
            chance,
            factors,
        ] {
            assert!(!read(&absurd).line().is_empty());
        }
    }

    proptest! {
        #[test]
        fn every_figure_reads_somehow(value in any::<f64>(), lower in any::<f64>(), upper in any::<f64>()) {
            for figure in [figure(value, lower, upper), figure(0.0, 0.0, upper), figure(value, f64::NEG_INFINITY, value)] {
                let all = [seconds, per_year, difference_per_year, share_difference, plain, nines, availability, chance, factors];
                prop_assert!(all.iter().all(|read| !read(&figure).line().is_empty()));
            }
            let all = [duration, asked, share, one_in, factor];
            prop_assert!(all.iter().all(|read| !read(value).is_empty()));
        }
    }
}
