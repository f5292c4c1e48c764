//! Dates and times of day as logs write them, without a time zone database.

use std::fmt;

use serde::{Serialize, Serializer};

const DAY_MS: i64 = 86_400_000;
/// 1 January 1900, in milliseconds from 1970: no log is older.
const FIRST: i64 = -25_567 * DAY_MS;
/// 1 January 2200: dates beyond it are placeholders, as 9999-12-31 is.
const LAST: i64 = 84_006 * DAY_MS;

/// A moment as a log writes it, to the millisecond, between 1900 and 2200.
///
/// A time with an offset (`Z`, `+02:00`) is taken to UTC; one without stays as it is written, so that a summer time makes
/// gaps an hour longer or shorter twice a year. Days are counted in the proleptic Gregorian calendar.
///
/// ```
/// use fivenines::fit::{Moment, Order};
///
/// let moment = Moment::parse("6/21/2005 10:54", Order::MonthFirst).unwrap();
/// assert_eq!(moment.to_string(), "2005-06-21 10:54");
/// assert_eq!(Moment::parse("2005-06-21T10:54:00Z", Order::MonthFirst), Some(moment));
/// assert_eq!(Moment::parse("1119351240", Order::MonthFirst), Some(moment));
/// assert_eq!(Moment::parse("21 Jun 05", Order::MonthFirst), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(i64);

/// What the first number of a date such as `6/7/2005` is. Dates that begin with the year need no telling.
///
/// ```
/// use fivenines::fit::{Moment, Order};
///
/// let day = Moment::parse("6/7/2005", Order::DayFirst).unwrap();
/// assert_eq!(day.to_string(), "2005-07-06");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// `6/21/2005`, as in the United States.
    MonthFirst,
    /// `21/6/2005`, `21.6.2005`, as nearly everywhere else.
    DayFirst,
}

impl Moment {
    /// Reads a date with or without a time of day: `2005-06-21`, `2005-06-21T10:54:03.5+02:00`, `6/21/2005 10:54 PM`,
    /// `21.6.2005 10:54`, `21 Jun 2005`, or seconds (milliseconds, microseconds) since 1970. `None` for anything else.
    pub fn parse(text: &str, order: Order) -> Option<Moment> {
        let text = text.trim();
        if let Some(moment) = since_1970(text) {
            return Moment::new(moment);
        }
        let split = text.find([' ', 'T', 't']).filter(|at| text[..*at].contains(['-', '/', '.']));
        // `21 Jun 2005 10:54` has blanks inside of its date.
        let split = split.or_else(|| text.match_indices(' ').nth(2).map(|(at, _)| at));
        let (date, time) = split.map_or((text, ""), |at| (&text[..at], text[at + 1..].trim()));
        let days = date_of(date, order)?;
        let milliseconds = if time.is_empty() { 0 } else { time_of(time)? };
        Moment::new(days * DAY_MS + milliseconds)
    }

    fn new(milliseconds: i64) -> Option<Moment> {
        (FIRST..LAST).contains(&milliseconds).then_some(Moment(milliseconds))
    }

    /// Milliseconds since 1900.
    pub(super) fn packed(self) -> u64 {
        (self.0 - FIRST).unsigned_abs()
    }

    /// The moment this many milliseconds after 1900; beyond the end of time it stays there.
    pub(super) fn unpacked(milliseconds: u64) -> Moment {
        Moment((FIRST + milliseconds.min((LAST - FIRST).unsigned_abs()).cast_signed()).min(LAST - 1))
    }

    /// Year, month from 1 and day from 1. After Howard Hinnant, "chrono-compatible low-level date algorithms".
    fn civil(self) -> (i64, i64, i64) {
        let shifted = self.0.div_euclid(DAY_MS) + 719_468;
        let era = shifted.div_euclid(146_097);
        let day_of_era = shifted.rem_euclid(146_097);
        let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month + 2) / 5 + 1;
        let month = if month < 10 { month + 3 } else { month - 9 };
        (year_of_era + era * 400 + i64::from(month <= 2), month, day)
    }
}

/// `2005-06-21`, with the time of day where it is not midnight.
impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.civil();
        write!(f, "{year:04}-{month:02}-{day:02}")?;
        let rest = self.0.rem_euclid(DAY_MS);
        if rest > 0 {
            write!(f, " {:02}:{:02}", rest / 3_600_000, rest / 60_000 % 60)?;
        }
        Ok(())
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Seconds, milliseconds or microseconds since 1970, told apart by how many digits they have.
fn since_1970(text: &str) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|c| c.is_ascii_digit());
    if !(9..=16).contains(&whole.len()) || !digits(whole) || !digits(fraction) {
        return None;
    }
    let number: i64 = whole.parse().ok()?;
    match whole.len() {
        9..=11 => Some(number * 1000 + thousandths(fraction)?),
        12..=14 => Some(number),
        _ => Some(number / 1000),
    }
}

/// Digits after a point as thousandths.
fn thousandths(fraction: &str) -> Option<i64> {
    let digits = fraction.bytes().chain(*b"000").take(3);
    digits
        .map(|c| c.is_ascii_digit().then_some(i64::from(c - b'0')))
        .try_fold(0, |sum, c| Some(sum * 10 + c?))
}

/// Days since 1970.
fn date_of(text: &str, order: Order) -> Option<i64> {
    let mut parts = text.split(['-', '/', '.', ' ']).map(|part| part.trim_end_matches(','));
    let (first, second, third) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let (year, month, day) = if first.len() == 4 {
        (number(first)?, month_of(second)?, number(third)?)
    } else if third.len() != 4 {
        // Which century a year of two digits is in, only its author knows.
        return None;
    } else if let Some(month) = month_named(second) {
        (number(third)?, month, number(first)?)
    } else if let Some(month) = month_named(first) {
        (number(third)?, month, number(second)?)
    } else if order == Order::DayFirst || text.contains('.') {
        (number(third)?, number(second)?, number(first)?)
    } else {
        (number(third)?, number(first)?, number(second)?)
    };
    days(year, month, day)
}

fn number(text: &str) -> Option<i64> {
    let plain = (1..=4).contains(&text.len()) && text.bytes().all(|c| c.is_ascii_digit());
    plain.then(|| text.bytes().fold(0, |sum, c| sum * 10 + i64::from(c - b'0')))
}

fn month_of(text: &str) -> Option<i64> {
    number(text).or_else(|| month_named(text))
}

fn month_named(text: &str) -> Option<i64> {
    const NAMES: [&str; 12] =
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let start = text.get(..3)?.to_ascii_lowercase();
    (1..).zip(NAMES).find(|(_, name)| *name == start).map(|(number, _)| number)
}

/// Days from 1970 to a date that the calendar has. After Howard Hinnant, as above.
fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let lengths = [31, if leap { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let length = *lengths.get(usize::try_from(month - 1).ok()?)?;
    if !(1..=length).contains(&day) {
        return None;
    }
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    Some(era * 146_097 + day_of_era - 719_468)
}

/// Milliseconds from midnight, less the offset.
fn time_of(text: &str) -> Option<i64> {
    let (text, offset) = offset_of(text)?;
    let lower = text.to_ascii_lowercase();
    let noon = match lower.trim_end_matches('m') {
        half if half.ends_with('a') => Some(0),
        half if half.ends_with('p') => Some(12),
        _ => None,
    };
    let text = lower.trim_end_matches(['a', 'p', 'm', ' ']);
    let mut parts = text.split(':');
    let hour = number(parts.next()?)?;
    let minute = number(parts.next()?)?;
    let seconds = parts.next().unwrap_or("0");
    let (seconds, fraction) = seconds.split_once(['.', ',']).unwrap_or((seconds, ""));
    let second = number(seconds)?;
    let hour = match noon {
        Some(_) if !(1..=12).contains(&hour) => return None,
        Some(noon) => hour % 12 + noon,
        None => hour,
    };
    // A leap second is the next minute; 24:00 is the next day.
    if parts.next().is_some() || hour > 24 || minute > 59 || second > 60 {
        return None;
    }
    Some(((hour * 60 + minute) * 60 + second) * 1000 + thousandths(fraction)? - offset)
}

/// The time without its offset, and the offset in milliseconds.
fn offset_of(text: &str) -> Option<(&str, i64)> {
    let text = text.trim().trim_end_matches(" UTC").trim_end_matches(['Z', 'z']);
    let Some(at) = text.rfind(['+', '-']) else { return Some((text.trim_end(), 0)) };
    let (hours, minutes) = match text[at + 1..].split_once(':') {
        Some(parts) => parts,
        None if text.len() - at == 5 => text[at + 1..].split_at(2),
        None => (&text[at + 1..], "0"),
    };
    let offset = (number(hours)? * 60 + number(minutes)?) * 60_000;
    Some((text[..at].trim_end(), if text[at..].starts_with('-') { -offset } else { offset }))
}

/// What the dates of a log tell of their own order.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Hints {
    /// The first number was above 12.
    pub day_first: bool,
    /// The second number was above 12.
    pub month_first: bool,
    /// There was a date whose order matters.
    pub matters: bool,
}

impl Hints {
    /// Learns from one text.
    pub fn learn(&mut self, text: &str) {
        let mut parts = text.trim().split(['-', '/', ' ', 'T']);
        let (Some(first), Some(second)) = (parts.next(), parts.next()) else { return };
        if !text.contains(['/', '-']) || first.len() > 2 {
            return;
        }
        if let (Some(first), Some(second)) = (number(first), number(second)) {
            self.matters = true;
            self.day_first |= first > 12;
            self.month_first |= second > 12;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<String> {
        Moment::parse(text, Order::MonthFirst).map(|moment| moment.to_string())
    }

    #[test]
    fn the_usual_ways_to_write_a_moment_are_one_moment() {
        for text in [
            "2005-06-21 10:54",
            "2005-06-21T10:54:00",
            "2005-06-21T12:54:00.000+02:00",
            "2005-06-21 04:54:00 -0600",
            "2005/06/21 10:54:00 UTC",
            "6/21/2005 10:54",
            "06/21/2005 10:54 AM",
            "21.6.2005 10:54",
            "21 Jun 2005 10:54",
            "21-Jun-2005 10:54",
            "Jun 21, 2005 10:54",
            "1119351240",
            "1119351240000",
            "1119351240.0",
        ] {
            assert_eq!(read(text).as_deref(), Some("2005-06-21 10:54"), "{text}");
        }
        assert_eq!(read("6/21/2005 12:05 AM").as_deref(), Some("2005-06-21 00:05"));
        assert_eq!(read("6/21/2005 12:05 pm").as_deref(), Some("2005-06-21 12:05"));
    }

    #[test]
    fn what_the_calendar_has_not_is_no_moment() {
        let wrong = [
            "",
            "n/a",
            "2005-02-29",
            "13/13/2005",
            "6/21/05",
            "2005-06-21 25:00",
            "9999-12-31",
            "12:30",
            "-",
            "é/1/2000",
        ];
        for text in wrong {
            assert_eq!(read(text), None, "{text}");
        }
        assert_eq!(read("2004-02-29").as_deref(), Some("2004-02-29"));
        assert_eq!(read("1900-02-29"), None);
    }

    #[test]
    fn days_follow_one_another_through_three_centuries() {
        let mut last = Moment::unpacked(0);
        assert_eq!(last.to_string(), "1900-01-01");
        for day in 1..109_573u64 {
            let moment = Moment::unpacked(day * DAY_MS.unsigned_abs());
            assert_eq!(read(&moment.to_string()), Some(moment.to_string()));
            assert!(moment > last);
            last = moment;
        }
        assert_eq!(last.to_string(), "2199-12-31");
    }

    #[test]
    fn dates_betray_their_order() {
        let mut hints = Hints::default();
        hints.learn("2005-06-21");
        assert!(!hints.matters);
        hints.learn("6/7/2005 1:00");
        assert!(hints.matters && !hints.month_first && !hints.day_first);
        hints.learn("6/21/2005 1:00");
        assert!(hints.month_first && !hints.day_first);
    }
}
