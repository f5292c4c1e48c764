//! The course of one service through a trial: its worst window of each length, and how fast it uses up what it may be
//! down.
//!
//! Windowed user-uptime as in T. Hauer, P. Hoffmann, J. Lunney, D. Ardelean and A. Diwan, *Meaningful availability*, NSDI
//! 2020: for each length the window in which users had the least, wherever it begins. Burn rates as in B. Beyer et al.,
//! *The Site Reliability Workbook*, O'Reilly 2018, chapter 5.

use super::record::Window;
use super::served::Rates;
use crate::units::{Instant, Span};

/// What to look for in the course of a service.
///
/// ```
/// use fivenines::system::{Burn, Lookout};
/// use fivenines::units::Span;
///
/// let hour = Span::from_secs(3600);
/// let burn = Burn { within: hour, down: Span::from_secs(52) };
/// let lookout = Lookout { service: 0, lengths: vec![hour], burns: vec![burn] };
/// assert!(lookout.burns[0].down < lookout.lengths[0]);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lookout {
    /// Which service, by its place in [`SystemModel::services`](super::SystemModel::services).
    pub service: usize,
    /// Lengths of windows, none of them longer than the books are open.
    pub lengths: Vec<Span>,
    /// Alerts.
    pub burns: Vec<Burn>,
}

/// An alert on an error budget that is used up too fast: so much downtime within so much time.
///
/// ```
/// use fivenines::system::Burn;
/// use fivenines::units::Span;
///
/// // Fourteen times what 99.9% allow in an hour.
/// let burn = Burn { within: Span::from_secs(3600), down: Span::from_secs_f64(14.4 * 3.6) };
/// assert_eq!(burn.down.as_secs_f64(), 51.84);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Burn {
    /// The time that is looked back on.
    pub within: Span,
    /// The downtime in it that sets off the alert.
    pub down: Span,
}

/// What was found in the course of a service.
///
/// ```
/// assert!(fivenines::system::Course::default().worst.is_empty());
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Course {
    /// For each length of a window, the largest share of what was asked in one that was not served.
    pub worst: Vec<f64>,
    /// For each alert, how often it was set off.
    pub alerts: Vec<u32>,
}

/// What was asked and not served up to each instant at which one of the two rates changes.
struct Sums {
    at: Vec<f64>,
    asked: Vec<f64>,
    lost: Vec<f64>,
}

impl Lookout {
    /// Looks at a trial: at rates, each from its instant on, and at the outages, as start and length.
    pub(super) fn look(
        &self,
        window: Window,
        rates: &[(Instant, Rates)],
        outages: impl Iterator<Item = (Instant, Span)> + Clone,
    ) -> Course {
        let down = Sums::new(window, &all_or_nothing(outages.clone()));
        let alerts = self.burns.iter().map(|burn| down.crossings(burn)).collect();
        let worst = match rates.is_empty() {
            true => {
                // No window inside an outage has to be looked for.
                let longest = outages.map(|(_, length)| length).max().unwrap_or(Span::ZERO);
                let worst = |&length: &Span| if length <= longest { 1.0 } else { down.worst(length) };
                self.lengths.iter().map(worst).collect()
            }
            false => {
                let sums = Sums::new(window, rates);
                self.lengths.iter().map(|&length| sums.worst(length)).collect()
            }
        };
        Course { worst, alerts }
    }
}

/// The rates of a service that loses all that it is asked for while it is down, and nothing otherwise.
fn all_or_nothing(outages: impl Iterator<Item = (Instant, Span)>) -> Vec<(Instant, Rates)> {
    let step = |at, lost| (at, Rates { asked: 1.0, lost });
    let steps = outages.flat_map(|(start, length)| [step(start, 1.0), step(start + length, 0.0)]);
    std::iter::once(step(Instant::START, 0.0)).chain(steps).collect()
}

impl Sums {
    fn new(window: Window, rates: &[(Instant, Rates)]) -> Sums {
        let end = (window.end - window.start).as_secs_f64();
        let mut sums = Sums { at: vec![0.0], asked: vec![0.0], lost: vec![0.0] };
        let (mut asked, mut lost) = (0.0, 0.0);
        let steps = std::iter::once((Instant::START, Rates::default())).chain(rates.iter().copied());
        let next = rates.iter().map(|step| step.0).chain([window.end]);
        for ((_, step), until) in steps.zip(next) {
            let until = until.saturating_since(window.start).as_secs_f64().min(end);
            let span = until - sums.at[sums.at.len() - 1];
            if span > 0.0 {
                asked += step.asked * span;
                lost += step.lost * span;
                sums.at.push(until);
                sums.asked.push(asked);
                sums.lost.push(lost);
            }
        }
        sums
    }

    /// What was asked and lost up to a time in seconds, which lies between the instant of this number and the next.
    fn upto(&self, number: usize, time: f64) -> (f64, f64) {
        let last = self.at.len() - 1;
        if number >= last {
            return (self.asked[last], self.lost[last]);
        }
        let share = (time - self.at[number]) / (self.at[number + 1] - self.at[number]);
        let between = |sums: &[f64]| sums[number] + (sums[number + 1] - sums[number]) * share;
        (between(&self.asked), between(&self.lost))
    }

    /// Calls for each instant at which a window of a length begins or ends where a rate changes: in between, the share that
    /// is lost in it only rises or only falls. With the times between which it lies, and what was asked and lost in it.
    fn each_window(&self, length: f64, mut each: impl FnMut(f64, f64, f64)) {
        let end = self.at[self.at.len() - 1];
        let (mut first, mut last) = (0, 0);
        let (mut begins, mut ends) = (0, 0);
        loop {
            // What comes first: a window that begins at an instant, or one that ends at one.
            let begin = self.at.get(begins).copied().unwrap_or(f64::INFINITY);
            let until = self.at.get(ends).map_or(f64::INFINITY, |&at| at - length);
            let (from, to) = match begin <= until {
                true => {
                    begins += 1;
                    (begin, begin + length)
                }
                false => {
                    ends += 1;
                    (until, until + length)
                }
            };
            if from < 0.0 {
                continue;
            }
            if !from.is_finite() || to > end * (1.0 + 1e-12) {
                return;
            }
            let (from, to) = (from.min(end), to.min(end));
            while first + 1 < self.at.len() && self.at[first + 1] <= from {
                first += 1;
            }
            while last + 1 < self.at.len() && self.at[last + 1] <= to {
                last += 1;
            }
            let ((asked, lost), (asked_by, lost_by)) = (self.upto(first, from), self.upto(last, to));
            each(to, asked_by - asked, lost_by - lost);
        }
    }

    /// The largest share of what was asked in a window of this length that was lost.
    fn worst(&self, length: Span) -> f64 {
        let mut worst = 0.0;
        if self.lost[self.lost.len() - 1] == 0.0 {
            return worst;
        }
        self.each_window(length.as_secs_f64(), |_, asked, lost| {
            if asked > 0.0 {
                worst = f64::max(worst, (lost / asked).min(1.0));
            }
        });
        worst
    }

    /// How often an alert is set off: it is over when less was down within its time.
    fn crossings(&self, burn: &Burn) -> u32 {
        // A window that is not full yet has seen no more than there was.
        let within = burn.within.as_secs_f64().min(self.at[self.at.len() - 1]);
        let (mut count, mut is_set, down) = (0, false, burn.down.as_secs_f64());
        self.each_window(within, |_, _, lost| {
            let burns = lost >= down * (1.0 - 1e-9);
            count += u32::from(burns && !is_set);
            is_set = burns;
        });
        count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: f64 = 3600.0;

    fn at(hours: f64) -> Instant {
        Instant::START + span(hours)
    }

    fn span(hours: f64) -> Span {
        Span::from_secs_f64(hours * HOUR)
    }

    /// A hundred hours of which these are outages, as start and length.
    fn look(outages: &[(f64, f64)], lengths: &[f64], burns: Vec<Burn>) -> Course {
        let window = Window { start: at(0.0), end: at(100.0), length: span(100.0) };
        let lookout = Lookout { service: 0, lengths: lengths.iter().copied().map(span).collect(), burns };
        let outages = outages.iter().map(|&(start, length)| (at(start), span(length)));
        lookout.look(window, &[], outages)
    }

    #[test]
    fn a_short_window_finds_an_outage_and_a_long_one_all_of_them() {
        // Two hours down, eight up, one down.
        let course = look(&[(10.0, 2.0), (20.0, 1.0)], &[0.001, 2.0, 4.0, 11.0, 20.0, 100.0], Vec::new());
        let expected = [1.0, 1.0, 2.0 / 4.0, 3.0 / 11.0, 3.0 / 20.0, 3.0 / 100.0];
        for (found, expected) in course.worst.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-9, "{found} instead of {expected}");
        }
    }

    #[test]
    fn outages_at_both_ends_are_in_windows_inside() {
        let course = look(&[(0.0, 1.0), (98.0, 2.0)], &[4.0, 100.0], Vec::new());
        assert!((course.worst[0] - 0.5).abs() < 1e-9 && (course.worst[1] - 0.03).abs() < 1e-9);
        assert_eq!(look(&[], &[1.0, 100.0], Vec::new()).worst, [0.0, 0.0]);
    }

    #[test]
    fn what_was_asked_weighs() {
        let window = Window { start: at(1.0), end: at(11.0), length: span(10.0) };
        let rate = |hours, asked, lost| (at(hours), Rates { asked, lost });
        // Nothing at night; then twice as much as in the evening, of which a half is lost for an hour.
        let rates = [rate(3.0, 2.0, 0.0), rate(4.0, 2.0, 1.0), rate(5.0, 1.0, 0.0)];
        let lookout =
            Lookout { service: 0, lengths: vec![span(1.0), span(2.0), span(10.0)], burns: Vec::new() };
        let course = lookout.look(window, &rates, std::iter::empty());
        // In two hours: the lost one with an hour of the evening.
        let expected = [0.5, 1.0 / 3.0, 1.0 / (4.0 + 6.0)];
        for (found, expected) in course.worst.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-9, "{found} instead of {expected}");
        }
    }

    #[test]
    fn an_alert_is_set_off_again_when_it_was_over() {
        let burn = Burn { within: span(2.0), down: span(0.5) };
        // Half an hour in two parts within two hours; again, after that was long ago; and what is too little.
        let outages = [(1.0, 0.25), (2.0, 0.25), (10.0, 0.6), (10.8, 0.1), (30.0, 0.4), (33.0, 0.4)];
        assert_eq!(look(&outages, &[], vec![burn]).alerts, [2]);
        assert_eq!(look(&[(0.0, 100.0)], &[], vec![burn]).alerts, [1]);
    }
}
