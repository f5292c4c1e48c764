//! From the outages of a unit to its times to failure and to repair.

use super::date::Moment;
use super::outage::Outage;

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
    pub unit: u32,
    pub from: f64,
    pub to: f64,
    pub failed: bool,
}

/// A time to repair, in seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Repair {
    pub unit: u32,
    pub length: f64,
}

impl Watch {
    fn gap(&self, unit: u32, origin: u64, end: u64, failed: bool) -> Option<Gap> {
        let enters = self.since.packed().saturating_sub(origin);
        let length = end.checked_sub(origin)?;
        (length > enters).then_some(Gap {
            unit,
            from: enters as f64 * SECOND,
            to: length as f64 * SECOND,
            failed,
        })
    }

    /// The gap of a unit that never failed.
    pub(super) fn silent(&self) -> Option<Gap> {
        self.gap(u32::MAX, self.from.packed(), self.until.packed(), false)
    }

    /// Gives every gap of units that appear in the log, unit by unit. Outages are clean, by unit and start.
    pub(super) fn gaps(&self, outages: &[Outage], mut to: impl FnMut(Gap)) {
        let (from, since, until) = (self.from.packed(), self.since.packed(), self.until.packed());
        for own in outages.chunk_by(|a, b| a.unit() == b.unit()) {
            let (unit, mut origin) = (own[0].unit(), from);
            for outage in own.iter().take_while(|outage| outage.start() < until) {
                if outage.start() >= since {
                    self.gap(unit, origin, outage.start(), true).into_iter().for_each(&mut to);
                }
                origin = origin.max(outage.end());
            }
            self.gap(unit, origin, until, false).into_iter().for_each(&mut to);
        }
    }

    /// Gives the repair of every outage that counts, unit by unit; those of no length and of unknown length to `other`,
    /// which is told whether it is unknown.
    ///
    /// A repair that began before watching ended counts in full. One without an end may be going on or have been
    /// forgotten; a single forgotten one, taken as going on for a year, would outweigh a hundred others.
    pub(super) fn repairs(
        &self,
        outages: &[Outage],
        mut to: impl FnMut(Repair),
        mut other: impl FnMut(bool),
    ) {
        for outage in outages.iter().filter(|outage| (self.since..self.until).contains(&outage.began())) {
            match outage.length() {
                Some(0) => other(false),
                Some(length) => to(Repair { unit: outage.unit(), length: length as f64 * SECOND }),
                None => other(true),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::date::Order;
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

    fn gaps(since: u64, outages: &[Outage]) -> Vec<(u32, f64, f64, bool)> {
        let mut found = Vec::new();
        watch(since)
            .gaps(outages, |gap| found.push((gap.unit, gap.from / 3600.0, gap.to / 3600.0, gap.failed)));
        found
    }

    #[test]
    fn gaps_go_from_repair_to_failure_and_the_last_is_censored() {
        let outages = [outage(0, 10, Some(2)), outage(0, 30, None), outage(1, 120, Some(1))];
        let want =
            [(0, 0.0, 10.0, true), (0, 0.0, 18.0, true), (0, 0.0, 70.0, false), (1, 0.0, 100.0, false)];
        assert_eq!(gaps(0, &outages), want);
    }

    #[test]
    fn what_ran_before_enters_with_its_age() {
        let outages = [outage(0, 10, Some(2)), outage(0, 30, Some(1))];
        assert_eq!(gaps(20, &outages), [(0, 8.0, 18.0, true), (0, 0.0, 69.0, false)]);
        assert_eq!(gaps(11, &outages), [(0, 0.0, 18.0, true), (0, 0.0, 69.0, false)]);
        assert_eq!(gaps(40, &outages), [(0, 9.0, 69.0, false)]);
        let silent = watch(40).silent().unwrap();
        assert_eq!((silent.from, silent.to, silent.failed), (40.0 * 3600.0, 100.0 * 3600.0, false));
    }

    #[test]
    fn repairs_may_be_unknown_or_none() {
        let outages =
            [outage(0, 10, None), outage(0, 20, Some(0)), outage(0, 90, Some(30)), outage(0, 100, Some(1))];
        let (mut repairs, mut others) = (Vec::new(), Vec::new());
        watch(0).repairs(&outages, |it| repairs.push(it.length / 3600.0), |it| others.push(it));
        assert_eq!((repairs, others), (vec![30.0], vec![true, false]));
    }
}
