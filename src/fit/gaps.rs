//! From the outages of a unit to its times to failure and to repair.

use std::io::Result;

use super::date::Moment;
use super::outage::Outage;
use super::scratch::Cursor;

/// From when to when a group was watched, and how many units it has.
///
/// ```
/// use fivenines::fit::{Moment, Order, Watch};
///
/// let day = |text| Moment::parse(text, Order::MonthFirst).unwrap();
/// let watch = Watch { from: day("2024-01-01"), since: day("2024-07-01"), until: day("2025-01-01"), units: 100 };
/// assert!(watch.from < watch.since && watch.since < watch.until);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Watch {
    /// When units were new: their first time to failure begins here.
    pub from: Moment,
    /// Failures before it do not count, and what ran then enters with its age.
    pub since: Moment,
    /// When watching ended: what still runs then is censored.
    pub until: Moment,
    /// How many units there are, those that never failed with them.
    pub units: u64,
}

const SECOND: f64 = 1e-3;

/// A unit's time from one outage, or from the beginning, to the next, or to the end of watching, in seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Gap {
    pub from: f64,
    pub to: f64,
    pub failed: bool,
}

/// What the outages of a unit come to, one thing after the other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Seen {
    Gap(Gap),
    /// A time to repair, in seconds.
    Repair(f64),
    /// A repair of no length.
    Zero,
    /// A repair of unknown length.
    Unknown,
    /// This was all of the unit.
    Unit,
}

impl Watch {
    fn gap(&self, origin: u64, end: u64, failed: bool) -> Option<Gap> {
        let enters = self.since.packed().saturating_sub(origin);
        let length = end.checked_sub(origin)?;
        (length > enters).then_some(Gap { from: enters as f64 * SECOND, to: length as f64 * SECOND, failed })
    }

    /// The gap of a unit that never failed.
    pub(super) fn silent(&self) -> Option<Gap> {
        self.gap(self.from.packed(), self.until.packed(), false)
    }

    /// True for an outage that counts.
    pub(super) fn counts(&self, outage: Outage) -> bool {
        (self.since..self.until).contains(&outage.began())
    }

    /// Gives every gap and repair of units that appear in the log, unit by unit. Outages are clean, by unit and start.
    ///
    /// A repair that began before watching ended counts in full. One without an end may be going on or have been
    /// forgotten; a single forgotten one, taken as going on for a year, would outweigh a hundred others.
    pub(super) fn walk(&self, outages: Cursor<'_, Outage>, mut to: impl FnMut(Seen)) -> Result<()> {
        let (from, until) = (self.from.packed(), self.until.packed());
        let mut present: Option<(u32, u64)> = None;
        let end = |origin: u64, to: &mut dyn FnMut(Seen)| {
            self.gap(origin, until, false).map(Seen::Gap).into_iter().for_each(&mut *to);
            to(Seen::Unit);
        };
        outages.each(|outage| {
            let mut origin = from;
            match present {
                Some((unit, before)) if unit == outage.unit() => origin = before,
                Some((_, before)) => end(before, &mut to),
                None => {}
            }
            if self.counts(outage) {
                self.gap(origin, outage.start(), true).map(Seen::Gap).into_iter().for_each(&mut to);
                to(match outage.length() {
                    Some(0) => Seen::Zero,
                    Some(length) => Seen::Repair(length as f64 * SECOND),
                    None => Seen::Unknown,
                });
            }
            if outage.start() < until {
                origin = origin.max(outage.end());
            }
            present = Some((outage.unit(), origin));
        })?;
        present.into_iter().for_each(|(_, origin)| end(origin, &mut to));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::date::Order;
    use super::super::scratch::Sorted;
    use super::*;

    const HOUR: u64 = 3_600_000;

    fn watch(since: u64) -> Watch {
        let start = Moment::parse("2024-01-01", Order::MonthFirst).unwrap().packed();
        let at = |hours: u64| Moment::unpacked(start + hours * HOUR);
        Watch { from: at(0), since: at(since), until: at(100), units: 2 }
    }

    fn outage(unit: u32, start: u64, length: Option<u64>) -> Outage {
        Outage::new(unit, watch(0).from.packed() + start * HOUR, length.map(|length| length * HOUR))
    }

    fn walk(since: u64, outages: &[Outage]) -> Vec<Seen> {
        let mut found = Vec::new();
        let outages = Sorted::Memory(Arc::new(outages.to_vec()));
        watch(since).walk(outages.cursor(0..outages.len()), |seen| found.push(seen)).unwrap();
        found
    }

    /// Gaps in hours, and where units end.
    fn gaps(since: u64, outages: &[Outage]) -> Vec<Option<(f64, f64, bool)>> {
        let gap = |seen| match seen {
            Seen::Gap(gap) => Some(Some((gap.from / 3600.0, gap.to / 3600.0, gap.failed))),
            Seen::Unit => Some(None),
            _ => None,
        };
        walk(since, outages).into_iter().filter_map(gap).collect()
    }

    #[test]
    fn gaps_go_from_repair_to_failure_and_the_last_is_censored() {
        let outages = [outage(0, 10, Some(2)), outage(0, 30, None), outage(1, 120, Some(1))];
        let first = [Some((0.0, 10.0, true)), Some((0.0, 18.0, true)), Some((0.0, 70.0, false)), None];
        assert_eq!(gaps(0, &outages), [&first[..], &[Some((0.0, 100.0, false)), None]].concat());
    }

    #[test]
    fn what_ran_before_enters_with_its_age() {
        let outages = [outage(0, 10, Some(2)), outage(0, 30, Some(1))];
        assert_eq!(gaps(20, &outages), [Some((8.0, 18.0, true)), Some((0.0, 69.0, false)), None]);
        assert_eq!(gaps(11, &outages), [Some((0.0, 18.0, true)), Some((0.0, 69.0, false)), None]);
        assert_eq!(gaps(40, &outages), [Some((9.0, 69.0, false)), None]);
        let silent = watch(40).silent().unwrap();
        assert_eq!((silent.from, silent.to, silent.failed), (40.0 * 3600.0, 100.0 * 3600.0, false));
    }

    #[test]
    fn repairs_may_be_unknown_or_none() {
        let outages =
            [outage(0, 10, None), outage(0, 20, Some(0)), outage(0, 90, Some(30)), outage(0, 100, Some(1))];
        let mut repairs = walk(0, &outages);
        repairs.retain(|seen| !matches!(seen, Seen::Gap(_) | Seen::Unit));
        assert_eq!(repairs, [Seen::Unknown, Seen::Zero, Seen::Repair(30.0 * 3600.0)]);
    }
}
