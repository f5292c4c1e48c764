//! What waits, as a fluid, first in, first out: how much it is, and how old the oldest of it.
//!
//! The fluid model of a queue: G. F. Newell, *Applications of Queueing Theory*, 2nd ed., Chapman and Hall 1982, chapter 2. All in
//! whole numbers: rates in millionths of a replica, amounts in what that does in a microsecond.

use std::collections::VecDeque;

/// Work that came at one rate, as far as it waits.
#[derive(Clone, Copy, Debug)]
struct Stretch {
    rate: u64,
    /// When the last of it came, in microseconds.
    until: u64,
    amount: u128,
}

/// What waits for a service.
///
/// An outage of length `d` at a utilization `r` leaves a backlog that is gone after `d r / (1 - r)`.
#[derive(Clone, Debug, Default)]
pub(super) struct Backlog {
    stretches: VecDeque<Stretch>,
    size: u128,
    now: u64,
    comes: u64,
    goes: u64,
}

/// When more waits than may, or for longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Limits {
    /// Age of the oldest, in microseconds.
    pub oldest: u64,
    /// How much there is room for.
    pub room: u128,
}

impl Backlog {
    /// Lets time go by, at the rates that hold.
    pub fn advance(&mut self, now: u64, limits: Limits) {
        let span = u128::from(now - self.now);
        self.now = now;
        let done = span * u128::from(self.goes);
        let rate = self.taken_in(limits);
        // No more than there is room for, to the last microsecond.
        let came = (span * u128::from(rate)).min((limits.room + done).saturating_sub(self.size));
        self.takes_in(rate, came);
        self.does(done);
    }

    /// How much of what comes is taken in: where there is no room, as much as goes.
    fn taken_in(&self, limits: Limits) -> u64 {
        if self.is_full(limits) { self.goes } else { self.comes }
    }

    /// True where there is no room for all that comes.
    fn is_full(&self, limits: Limits) -> bool {
        self.size >= limits.room && self.comes > self.goes
    }

    /// New rates at which work comes and goes.
    pub fn flows(&mut self, comes: u64, goes: u64) {
        (self.comes, self.goes) = (comes, goes);
    }

    fn takes_in(&mut self, rate: u64, amount: u128) {
        if amount == 0 {
            return;
        }
        self.size += amount;
        match self.stretches.back_mut() {
            Some(last) if last.rate == rate => {
                last.amount += amount;
                last.until = self.now;
            }
            _ => self.stretches.push_back(Stretch { rate, until: self.now, amount }),
        }
    }

    fn does(&mut self, mut amount: u128) {
        while let Some(first) = self.stretches.front_mut() {
            let part = first.amount.min(amount);
            first.amount -= part;
            self.size -= part;
            amount -= part;
            if first.amount > 0 {
                return;
            }
            self.stretches.pop_front();
        }
    }

    /// True while something waits.
    pub fn is_there(&self) -> bool {
        self.size > 0
    }

    /// How long the oldest has waited, in microseconds.
    fn age(&self) -> u64 {
        let came = |first: &Stretch| first.until - (first.amount / u128::from(first.rate)) as u64;
        self.stretches.front().map_or(0, |first| self.now - came(first))
    }

    /// True while the oldest is too old, or there is no room for what comes.
    pub fn exceeds(&self, limits: Limits) -> bool {
        self.age() > limits.oldest || self.is_full(limits)
    }

    /// How long until something may be different about that at these rates, in microseconds; nothing where it never is. It may
    /// have to be asked again then: the oldest grows older or younger at another rate when that of its arrival was another.
    pub fn next(&self, limits: Limits) -> Option<u64> {
        let Some(first) = self.stretches.front() else {
            let (comes, goes) = (u128::from(self.comes), u128::from(self.goes));
            // Nothing waits, and something may begin to: seen when the first of it can have got too old, or there is no room.
            return (comes > goes)
                .then(|| self.until_full(limits).min(limits.oldest.saturating_add(1)).max(1));
        };
        let (rate, goes) = (u128::from(first.rate), u128::from(self.goes));
        let comes = self.taken_in(limits);
        let is_last = self.stretches.len() == 1 && first.rate == comes;
        let passed = match (is_last, goes) {
            // The rest of a stretch goes by in this time, and one to which more comes when nothing waits any more.
            (_, 0) => None,
            (false, _) => Some(first.amount.div_ceil(goes)),
            (true, _) if goes > u128::from(comes) => Some(self.size.div_ceil(goes - u128::from(comes))),
            (true, _) => None,
        };
        // The oldest is older by one less what its successors come later, after each microsecond.
        let age = u128::from(self.age());
        let oldest = u128::from(limits.oldest);
        let crossed = if age <= oldest && rate > goes {
            Some(((oldest - age + 1) * rate).div_ceil(rate - goes))
        } else if age > oldest && goes > rate {
            Some(((age - oldest) * rate).div_ceil(goes - rate))
        } else {
            None
        };
        let full =
            (self.size < limits.room && self.comes > self.goes).then(|| u128::from(self.until_full(limits)));
        let next = [passed, crossed, full].into_iter().flatten().min()?;
        Some(u64::try_from(next).unwrap_or(u64::MAX).max(1))
    }

    fn until_full(&self, limits: Limits) -> u64 {
        let (comes, goes) = (u128::from(self.comes), u128::from(self.goes));
        let time = limits.room.saturating_sub(self.size).div_ceil(comes.saturating_sub(goes).max(1));
        u64::try_from(time).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: u64 = 60_000_000;
    const FULL: u64 = 1_000_000;
    const NONE: Limits = Limits { oldest: u64::MAX, room: u128::MAX / 4 };

    /// Plays on from one point at which something may be different to the next, and says when the limits are exceeded, in
    /// minutes.
    fn exceeded(flows: &[(u64, u64, u64)], end: u64, limits: Limits) -> Vec<(f64, f64)> {
        let (mut backlog, mut found, mut since) = (Backlog::default(), Vec::new(), None);
        let mut changes = flows.iter().peekable();
        let mut now = 0;
        while now < end {
            backlog.advance(now, limits);
            while let Some(&&(at, comes, goes)) = changes.peek()
                && at * MINUTE == now
            {
                backlog.flows(comes, goes);
                changes.next();
            }
            match (backlog.exceeds(limits), since) {
                (true, None) => since = Some(now),
                (false, Some(began)) => {
                    found.push((began as f64 / MINUTE as f64, now as f64 / MINUTE as f64));
                    since = None;
                }
                _ => {}
            }
            let change = changes.peek().map_or(end, |change| change.0 * MINUTE);
            now = backlog.next(limits).map_or(change, |next| now.saturating_add(next).min(change));
        }
        found
    }

    /// Held to a microsecond and a rounding.
    fn close(found: &[(f64, f64)], expected: &[(f64, f64)]) {
        assert_eq!(found.len(), expected.len(), "{found:?} instead of {expected:?}");
        for (found, expected) in found.iter().zip(expected) {
            assert!((found.0 - expected.0).abs() < 1e-6 && (found.1 - expected.1).abs() < 1e-6, "{found:?}");
        }
    }

    /// An outage of an hour at a utilization of 60%: the oldest is too old, by a limit of `w`, from `w` after its begin and for
    /// `(d - w) / (1 - r)`; and something waits for `d r / (1 - r)` after its end.
    #[test]
    fn an_outage_leaves_a_backlog_that_takes_its_time() {
        let (comes, d) = (6 * FULL / 10, 60);
        let outage = [(0, comes, FULL), (100, comes, 0), (100 + d, comes, FULL)];
        for w in [10, 20, 40] {
            let limits = Limits { oldest: w * MINUTE, ..NONE };
            let late = (d - w) as f64 / 0.4;
            close(&exceeded(&outage, 1000 * MINUTE, limits), &[(100.0 + w as f64, 100.0 + w as f64 + late)]);
        }
        let mut backlog = Backlog::default();
        for (at, comes, goes) in outage {
            backlog.advance(at * MINUTE, NONE);
            backlog.flows(comes, goes);
        }
        assert_eq!(backlog.next(NONE), Some(90 * MINUTE));
        backlog.advance((100 + d + 90) * MINUTE - 1, NONE);
        assert!(backlog.is_there());
        backlog.advance((100 + d + 90) * MINUTE, NONE);
        assert!(!backlog.is_there());
    }

    /// What is full turns away what comes, and has room as soon as more goes than comes: what was turned away does not wait.
    #[test]
    fn what_is_full_is_so_until_more_goes_than_comes() {
        let comes = FULL / 2;
        let outage = [(0, comes, FULL), (100, comes, 0), (160, comes, FULL)];
        // Room for what comes in 40 minutes.
        let limits = Limits { room: u128::from(40 * MINUTE) * u128::from(comes), ..NONE };
        close(&exceeded(&outage, 1000 * MINUTE, limits), &[(140.0, 160.0)]);
        let mut backlog = Backlog::default();
        for (at, comes, goes) in outage {
            backlog.advance(at * MINUTE, limits);
            backlog.flows(comes, goes);
        }
        assert_eq!(backlog.next(limits), Some(40 * MINUTE));
    }

    /// A rush of twice what can be done, for half an hour: what comes last waits as long as the rush was.
    #[test]
    fn a_rush_makes_work_wait_for_as_long_as_it_lasts() {
        let rush = [(0, FULL / 2, FULL), (60, 2 * FULL, FULL), (90, FULL / 2, FULL)];
        let limits = Limits { oldest: 10 * MINUTE, ..NONE };
        // The oldest is half as old as the rush is long: ten minutes at 80. What came at its end, at 90, goes at 120; from then
        // on the oldest gets younger by a minute a minute.
        close(&exceeded(&rush, 1000 * MINUTE, limits), &[(80.0, 140.0)]);
        let patient = Limits { oldest: 30 * MINUTE, ..NONE };
        close(&exceeded(&rush, 1000 * MINUTE, patient), &[]);
    }
}
