//! The outages of a log as they were, to be replayed: no law, no censoring, only when each unit was down.

use super::date::Moment;
use super::group::GroupError;
use super::log::{Group, Log};

/// When the units of a group were down, within a window.
///
/// ```
/// use fivenines::fit::{Columns, Log};
///
/// let text = "node,down,up\na,2024-01-02 10:00,2024-01-02 11:00\nb,2024-01-02 08:00,2024-01-02 08:20\n";
/// let columns = Columns { start: "down".into(), end: Some("up".into()), units: vec!["node".into()], ..Columns::default() };
/// let log = Log::read(text.as_bytes(), &columns).unwrap();
/// let spans = log.spans(&log.groups()[0], None, None, Some(3)).unwrap();
/// assert_eq!(spans.window_ms(), 3 * 3_600_000);
/// assert_eq!(spans.units, [vec![(2 * 3_600_000, 3_600_000)], vec![(0, 1_200_000)], vec![]]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spans {
    /// Where the window begins.
    pub since: Moment,
    /// Where it ends.
    pub until: Moment,
    /// For each unit, those that never failed with them, its outages: how long after the beginning of the window each
    /// began, and how long it was in the window, in milliseconds.
    pub units: Vec<Vec<(u64, u64)>>,
    /// Outages that are not in the window at all.
    pub outside: u64,
    /// Outages in the window that take no time.
    pub zero: u64,
    /// Outages in the window of which nobody knows how long they were.
    pub unknown: u64,
}

impl Spans {
    /// Length of the window in milliseconds.
    pub fn window_ms(&self) -> u64 {
        self.until.packed() - self.since.packed()
    }
}

impl Log {
    /// The outages of a group from a moment to another: unless said, from its first outage to the end of the one that
    /// began last. What reaches over an end of the window is cut there. A population counts units that never failed.
    ///
    /// # Errors
    /// When more units appear than the population says, the window has no length, or what did not fit in memory cannot be
    /// read again.
    pub fn spans(
        &self,
        group: &Group,
        since: Option<Moment>,
        until: Option<Moment>,
        population: Option<u64>,
    ) -> Result<Spans, GroupError> {
        let mut last = (0, 0);
        self.outages_of(group).each(|outage| last = last.max((outage.start(), outage.end())))?;
        let since = since.unwrap_or(group.first());
        let until = until.unwrap_or(Moment::unpacked(last.1));
        if since >= until {
            return Err(GroupError::NoTime { begins: since.to_string(), until: until.to_string() });
        }
        let seen = group.units();
        let given = population.unwrap_or(seen);
        if given < seen {
            return Err(GroupError::TooFewUnits { given, seen });
        }
        let units = vec![Vec::new(); usize::try_from(given).unwrap_or(usize::MAX)];
        let mut spans = Spans { since, until, units, outside: 0, zero: 0, unknown: 0 };
        let (from, to) = (since.packed(), until.packed());
        self.outages_of(group).each(|outage| {
            let (start, end) = (outage.start().max(from), outage.end().min(to));
            if outage.start() >= to || outage.end() < from {
                spans.outside += 1;
            } else if outage.length().is_none() {
                spans.unknown += 1;
            } else if outage.length() == Some(0) {
                spans.zero += 1;
            } else if start >= end {
                spans.outside += 1;
            } else {
                let unit = (outage.unit() - group.first_unit()) as usize;
                spans.units[unit].push((start - from, end - start));
            }
        })?;
        Ok(spans)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Columns, Order};
    use super::*;

    const LOG: &str = "node,down,up\nb,2024-01-01 00:00,2024-01-01 02:00\na,2024-01-01 04:00,2024-01-01 06:00\n\
                       a,2024-01-01 05:00,2024-01-01 07:00\na,2024-01-01 08:00,\nb,2024-01-01 09:00,2024-01-01 09:00\n\
                       b,2024-01-01 09:30,2024-01-01 12:00\n";

    fn spans(since: Option<&str>, until: Option<&str>, population: Option<u64>) -> Result<Spans, GroupError> {
        let columns = Columns {
            start: "down".into(),
            end: Some("up".into()),
            units: vec!["node".into()],
            ..Columns::default()
        };
        let log = Log::read(LOG.as_bytes(), &columns).unwrap();
        let at = |text: &str| Moment::parse(text, Order::MonthFirst).unwrap();
        log.spans(&log.groups()[0], since.map(at), until.map(at), population)
    }

    #[test]
    fn a_window_cuts_what_reaches_over_it_and_counts_what_it_leaves_out() {
        let minutes = |minutes: u64| minutes * 60_000;
        let all = spans(None, None, None).unwrap();
        assert_eq!(all.window_ms(), minutes(720));
        assert_eq!(all.units[0], [(minutes(240), minutes(180))]);
        assert_eq!(all.units[1], [(0, minutes(120)), (minutes(570), minutes(150))]);
        assert_eq!((all.outside, all.zero, all.unknown), (0, 1, 1));
        let part = spans(Some("2024-01-01 01:00"), Some("2024-01-01 05:00"), Some(4)).unwrap();
        assert_eq!(part.units, [vec![(minutes(180), minutes(60))], vec![(0, minutes(60))], vec![], vec![]]);
        assert_eq!((part.outside, part.zero, part.unknown), (3, 0, 0));
    }

    #[test]
    fn windows_and_populations_must_be_possible() {
        assert_eq!(spans(None, None, Some(1)), Err(GroupError::TooFewUnits { given: 1, seen: 2 }));
        assert!(matches!(spans(Some("2025-01-01"), None, None), Err(GroupError::NoTime { .. })));
    }
}
