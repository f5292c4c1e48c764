//! Hours of the week: when people work, when changes go out, when load is high.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

use super::{Instant, Span};

const MINUTE: u64 = 60_000_000;
const DAY: u32 = 24 * 60;
const WEEK: u32 = 7 * DAY;
const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// Hours of the week, to the minute: `Mon-Fri 08:00-18:00, Sat 09:00-13:00`. A trial begins on a Monday at midnight.
///
/// Days may be left out, which means every day; hours may be left out, which means all day; hours such as `22:00-06:00`
/// go on into the next day. `always` is all week.
///
/// ```
/// use fivenines::units::{Duration, Hours, Instant};
///
/// let office: Hours = "Mon-Fri 08:00-18:00".parse().unwrap();
/// let at = |days: f64, hours: f64| Instant::START + Duration::hours(24.0 * days + hours).span();
/// assert!(office.contains(at(1.0, 9.0)), "Tuesday at nine");
/// assert!(!office.contains(at(5.0, 9.0)), "Saturday at nine");
/// assert_eq!(office.next_change(at(4.0, 19.0)), Some(at(7.0, 8.0)), "Friday evening to Monday morning");
/// assert_eq!(office.share(), 50.0 / 168.0);
/// assert_eq!(office.to_string(), "Mon-Fri 08:00-18:00");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hours {
    /// In minutes of the week, half-open, in order, apart, inside the week.
    spans: Vec<(u32, u32)>,
    text: String,
}

/// Why a text names no hours of the week.
///
/// ```
/// use fivenines::units::{Hours, HoursError};
///
/// assert_eq!("Mon-Fri 8-18".parse::<Hours>(), Err(HoursError::Time("8".into())));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HoursError {
    /// Nothing at all.
    #[error("hours of the week are missing: write \"Mon-Fri 08:00-18:00\", or \"always\"")]
    Empty,
    /// A day that is none.
    #[error("{0:?} is no day of the week: write Mon, Tue, Wed, Thu, Fri, Sat or Sun")]
    Day(String),
    /// A time of day that is none.
    #[error("{0:?} is no time of day: write hours and minutes, such as 08:00 or 18:30, up to 24:00")]
    Time(String),
    /// Hours without an end, or of no length.
    #[error("{0:?} names no hours: write a start and a later end, such as 08:00-18:00")]
    Range(String),
}

impl Hours {
    /// All week.
    pub fn always() -> Hours {
        Hours { spans: vec![(0, WEEK)], text: "always".to_owned() }
    }

    /// True at an instant of a trial.
    pub fn contains(&self, at: Instant) -> bool {
        let minute = minute_of_week(at);
        self.spans.iter().any(|&(start, end)| (start..end).contains(&minute))
    }

    /// The next instant after `at` at which these hours begin or end; `None` where they are all week.
    pub fn next_change(&self, at: Instant) -> Option<Instant> {
        if self.spans == [(0, WEEK)] {
            return None;
        }
        let minute = minute_of_week(at);
        // Hours up to the end of the week that go on from its beginning do not change there.
        let on_at_midnight = self.spans.first().is_some_and(|first| first.0 == 0);
        let ends_late = self.spans.last().is_some_and(|last| last.1 == WEEK);
        let changes = self.spans.iter().flat_map(|&(start, end)| [start, end]);
        let changes = changes.filter(|&change| !(on_at_midnight && ends_late && change % WEEK == 0));
        let wait = changes.map(|change| (change + WEEK - minute - 1) % WEEK + 1).min()?;
        let this_minute = at.as_micros() - at.as_micros() % MINUTE;
        Some(Instant::from_micros(this_minute) + Span::from_micros(u64::from(wait) * MINUTE))
    }

    /// Share of the week.
    pub fn share(&self) -> f64 {
        let minutes: u32 = self.spans.iter().map(|(start, end)| end - start).sum();
        f64::from(minutes) / f64::from(WEEK)
    }
}

fn minute_of_week(at: Instant) -> u32 {
    (at.as_micros() / MINUTE % u64::from(WEEK)) as u32
}

impl FromStr for Hours {
    type Err = HoursError;

    fn from_str(text: &str) -> Result<Hours, HoursError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(HoursError::Empty);
        }
        if text == "always" {
            return Ok(Hours::always());
        }
        let mut spans = Vec::new();
        for part in text.split(',') {
            let part = part.trim();
            let starts_with_time = part.starts_with(|first: char| first.is_ascii_digit());
            let (days, times) = match part.split_once(char::is_whitespace) {
                _ if starts_with_time => (0..7, time_range(part)?),
                Some((days, times)) => (day_range(days)?, time_range(times.trim())?),
                None => (day_range(part)?, (0, DAY)),
            };
            // Saturday to Tuesday goes around the end of the week.
            spans.extend(days.map(|day| (day % 7 * DAY + times.0, day % 7 * DAY + times.1)));
        }
        Ok(Hours { spans: tidy(spans), text: text.to_owned() })
    }
}

/// Days from 0, beyond 6 where they go around the end of the week.
fn day_range(text: &str) -> Result<std::ops::Range<u32>, HoursError> {
    let day = |name: &str| {
        let number = DAYS.iter().position(|day| day.eq_ignore_ascii_case(name.trim()));
        number.map(|number| number as u32).ok_or_else(|| HoursError::Day(name.trim().to_owned()))
    };
    if text.eq_ignore_ascii_case("daily") {
        return Ok(0..7);
    }
    let (first, last) = match text.split_once('-') {
        Some((first, last)) => (day(first)?, day(last)?),
        None => (day(text)?, day(text)?),
    };
    Ok(first..if last < first { last + 8 } else { last + 1 })
}

/// Minutes of the day; an end before the start is on the next day.
fn time_range(text: &str) -> Result<(u32, u32), HoursError> {
    let (start, end) = text.split_once('-').ok_or_else(|| HoursError::Range(text.to_owned()))?;
    let (start, end) = (time(start.trim())?, time(end.trim())?);
    match start.cmp(&end) {
        std::cmp::Ordering::Less => Ok((start, end)),
        std::cmp::Ordering::Greater if start < DAY => Ok((start, end + DAY)),
        _ => Err(HoursError::Range(text.to_owned())),
    }
}

fn time(text: &str) -> Result<u32, HoursError> {
    let wrong = || HoursError::Time(text.to_owned());
    let (hours, minutes) = text.split_once(':').ok_or_else(wrong)?;
    let number = |digits: &str| match digits.len() {
        1 | 2 if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            digits.parse::<u32>().map_err(|_| wrong())
        }
        _ => Err(wrong()),
    };
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    if minutes >= 60 || hours * 60 + minutes > DAY {
        return Err(wrong());
    }
    Ok(hours * 60 + minutes)
}

/// Brings spans into the week, in order, and joins those that overlap or touch.
fn tidy(spans: Vec<(u32, u32)>) -> Vec<(u32, u32)> {
    let mut inside: Vec<(u32, u32)> = Vec::with_capacity(spans.len());
    for (start, end) in spans {
        inside.push((start, end.min(WEEK)));
        if end > WEEK {
            inside.push((0, end - WEEK));
        }
    }
    inside.sort_unstable();
    let mut joined: Vec<(u32, u32)> = Vec::with_capacity(inside.len());
    for (start, end) in inside {
        match joined.last_mut() {
            Some(last) if start <= last.1 => last.1 = last.1.max(end),
            _ => joined.push((start, end)),
        }
    }
    joined
}

impl fmt::Display for Hours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Serialize for Hours {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn hours(text: &str) -> Hours {
        text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    fn minute(minute: u32) -> Instant {
        Instant::from_micros(u64::from(minute) * MINUTE)
    }

    #[test]
    fn days_and_times_may_be_left_out_and_go_around_the_week() {
        assert_eq!(hours("Tue").spans, [(DAY, 2 * DAY)]);
        assert_eq!(hours("00:00-24:00").spans, [(0, WEEK)]);
        assert_eq!(hours("daily 01:00-02:00").spans.len(), 7);
        assert_eq!(hours("Sat-Mon").spans, [(0, DAY), (5 * DAY, WEEK)]);
        assert_eq!(hours("Sun 22:00-06:00").spans, [(0, 360), (WEEK - 120, WEEK)]);
        assert_eq!(hours("Mon 08:00-12:00, Mon 11:00-13:00").spans, [(480, 780)]);
    }

    #[test]
    fn what_is_no_hours_says_what_is_wrong() {
        let error = |text: &str| text.parse::<Hours>().unwrap_err();
        assert_eq!(error(" "), HoursError::Empty);
        assert_eq!(error("Mo 08:00-10:00"), HoursError::Day("Mo".into()));
        assert_eq!(error("Mon 8am-10am"), HoursError::Time("8am".into()));
        assert_eq!(error("Mon 24:01-10:00"), HoursError::Time("24:01".into()));
        assert_eq!(error("08:00"), HoursError::Range("08:00".into()));
        assert_eq!(error("08:00-08:00"), HoursError::Range("08:00-08:00".into()));
    }

    #[test]
    fn hours_that_go_on_over_the_end_of_the_week_do_not_change_there() {
        let weekend = hours("Sat-Mon");
        assert_eq!(weekend.next_change(minute(6 * DAY)), Some(minute(WEEK + DAY)));
        assert_eq!(hours("always").next_change(minute(3)), None);
        assert_eq!(hours("Mon").next_change(minute(WEEK - 1)), Some(minute(WEEK)));
    }

    proptest! {
        #[test]
        fn between_two_changes_nothing_changes(
            start in 0..WEEK, length in 1..WEEK / 2, at in 0..3 * WEEK, step in 0..WEEK
        ) {
            let hours = Hours { spans: tidy(vec![(start, start + length)]), text: String::new() };
            let next = hours.next_change(minute(at)).unwrap();
            prop_assert!(next > minute(at));
            prop_assert_ne!(hours.contains(next), hours.contains(minute(at)));
            let between = minute(at + step);
            if between < next {
                prop_assert_eq!(hours.contains(between), hours.contains(minute(at)));
            }
        }
    }
}
