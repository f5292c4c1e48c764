//! What clients saw in a trial, by group: answers, how long they took, and how good the worst window of each length was.

use hdrhistogram::Histogram;

use crate::process::{History, Operation, Outcome};
use crate::units::{Instant, Span};

/// What the clients of a group saw.
#[derive(Clone, Debug, Default)]
pub(super) struct GroupSeen {
    /// Requests that ended.
    pub ended: f64,
    /// Those of them that were answered, rightly or wrongly.
    pub answered: f64,
    /// Those of them whose answer was wrong.
    pub wrong: f64,
    /// Client time up, and all of it, in seconds.
    pub up: f64,
    pub watched: f64,
    /// How long answers took, in microseconds to three digits, and how many took so long.
    pub latency: Vec<(u64, u64)>,
}

/// How long things took, in microseconds, to three digits.
pub(super) fn histogram() -> Histogram<u64> {
    Histogram::new(3).expect("three digits are fewer than five")
}

/// What all groups saw, and for each of `windows` the least share of all clients' time that was up in a window of that
/// length.
///
/// `groups` gives the group of each client, and `wrong` the operations that were answered wrongly, by their places. Requests
/// count that were asked from `from` on, and time does from then to `end`. A client's time is, from the end of one request to
/// the end of the next, what the former said (user-uptime, and windowed user-uptime; Hauer et al., "Meaningful Availability",
/// NSDI 2020, sections 4 and 5).
pub(super) fn seen<C, R>(
    history: &History<C, R>,
    (groups, wrong): (&[u32], &[usize]),
    (from, end): (Instant, Instant),
    windows: &[Span],
) -> (Vec<GroupSeen>, Vec<f64>) {
    let mut seen = vec![GroupSeen::default(); groups.iter().max().map_or(0, |most| *most as usize + 1)];
    let mut latencies: Vec<Histogram<u64>> = seen.iter().map(|_| histogram()).collect();
    let mut is_wrong = vec![false; history.operations().len()];
    wrong.iter().for_each(|&place| is_wrong[place] = true);
    let ended = history.operations().iter().zip(is_wrong).filter(|(operation, _)| operation.is_over());
    let mut ended: Vec<(&Operation<C, R>, bool)> = ended.collect();
    ended.sort_by_key(|(operation, _)| operation.until);
    // When the client's last operation ended, and how.
    let mut last: Vec<Option<(Instant, bool)>> = vec![None; groups.len()];
    let mut time = ClientTime::default();
    for (operation, is_wrong) in ended {
        let client = operation.client as usize;
        let group = &mut seen[groups[client] as usize];
        let answered = matches!(operation.outcome, Outcome::Done(_));
        if operation.from >= from {
            group.ended += 1.0;
            if answered {
                group.answered += 1.0;
                let took = operation.took().as_micros();
                latencies[groups[client] as usize]
                    .record(took)
                    .expect("a histogram grows with what it is given");
            }
            group.wrong += f64::from(u8::from(answered && is_wrong));
        }
        let good = answered && !is_wrong;
        if let Some((since, was_good)) = last[client].replace((operation.until, good)) {
            let (since, until) = (since.max(from), operation.until.min(end));
            if since < until {
                let span = (until - since).as_secs_f64();
                group.watched += span;
                group.up += if was_good { span } else { 0.0 };
                time.add(since, until, was_good);
            }
        }
    }
    for (group, latency) in seen.iter_mut().zip(latencies) {
        let recorded = latency.iter_recorded();
        group.latency = recorded.map(|step| (step.value_iterated_to(), step.count_at_value())).collect();
    }
    time.settle();
    let worst = windows.iter().map(|window| time.worst((from, end), *window)).collect();
    (seen, worst)
}

/// How many clients were watched, and how many of them had it up, over time.
#[derive(Default)]
struct ClientTime {
    /// By how much both change, at each instant.
    changes: Vec<(Instant, i64, i64)>,
    /// Both added up over time, in client microseconds, at instants in order; linear in between.
    sums: Vec<(Instant, u64, u64)>,
}

impl ClientTime {
    fn add(&mut self, since: Instant, until: Instant, up: bool) {
        let up = i64::from(up);
        self.changes.push((since, 1, up));
        self.changes.push((until, -1, -up));
    }

    fn settle(&mut self) {
        self.changes.sort_unstable_by_key(|change| change.0);
        let (mut now, mut watched, mut up) = (Instant::START, (0u64, 0i64), (0u64, 0i64));
        self.sums.push((now, 0, 0));
        for change in self.changes.chunk_by(|one, other| one.0 == other.0) {
            let (at, span) = (change[0].0, (change[0].0 - now).as_micros());
            watched.0 += span * watched.1 as u64;
            up.0 += span * up.1 as u64;
            let more = change.iter().fold((0, 0), |sum, it| (sum.0 + it.1, sum.1 + it.2));
            // Where a client's good time goes on nothing bends.
            if more != (0, 0) {
                self.sums.push((at, watched.0, up.0));
            }
            (now, watched.1, up.1) = (at, watched.1 + more.0, up.1 + more.1);
        }
    }

    /// The least share of client time that was up in a window of this length, wholly within the bounds; all of it where
    /// nobody was watched.
    ///
    /// Both sums are linear between the instants at which they bend, so that the share as a function of where the window begins has
    /// its extremes where one of its ends is at a bend or a bound.
    fn worst(&self, (from, end): (Instant, Instant), window: Span) -> f64 {
        let Some(last) = (end - from).as_micros().checked_sub(window.as_micros()) else { return 1.0 };
        let last = from + Span::from_micros(last);
        let bends = || self.sums.iter().map(|sum| sum.0);
        let begins = bends().chain([from, last]);
        let ends = bends().filter(|at| at.as_micros() >= window.as_micros());
        let ends = ends.map(|at| Instant::from_micros(at.as_micros() - window.as_micros()));
        let starts = begins.chain(ends).filter(|at| *at >= from && *at <= last);
        let share = |start: Instant| {
            let (before, after) = (self.at(start), self.at(start + window));
            let watched = after.0 - before.0;
            (watched > 0.0).then(|| (after.1 - before.1) / watched)
        };
        starts.filter_map(share).fold(1.0, f64::min)
    }

    /// Client time watched, and up, until then, in microseconds.
    fn at(&self, instant: Instant) -> (f64, f64) {
        let next = self.sums.partition_point(|sum| sum.0 <= instant);
        let (at, watched, up) = self.sums[next - 1];
        let Some((then, more, most)) = self.sums.get(next) else { return (watched as f64, up as f64) };
        let part = (instant - at).as_secs_f64() / (*then - at).as_secs_f64();
        let between = |low: u64, high: u64| low as f64 + part * (high - low) as f64;
        (between(watched, *more), between(up, *most))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn operation(client: u32, from: u64, until: u64, outcome: Outcome<()>) -> Operation<(), ()> {
        let at = Instant::from_micros;
        Operation { client, command: (), from: at(from), until: at(until), outcome }
    }

    fn worst(history: Vec<Operation<(), ()>>, windows: &[u64]) -> Vec<f64> {
        let clients = history.iter().map(|operation| operation.client + 1).max().unwrap_or(0) as usize;
        let windows: Vec<Span> = windows.iter().copied().map(Span::from_micros).collect();
        let bounds = (Instant::START, Instant::from_micros(100));
        seen(&history.into(), (&vec![0; clients], &[]), bounds, &windows).1
    }

    #[test]
    fn the_worst_window_is_the_one_with_most_downtime_in_it() {
        // Watched from 10 on, up to 40, down until 60, up until 100.
        let history = || {
            vec![
                operation(0, 5, 10, Outcome::Done(())),
                operation(0, 30, 40, Outcome::Unknown),
                operation(0, 50, 60, Outcome::Done(())),
                operation(0, 90, 100, Outcome::Done(())),
            ]
        };
        assert_eq!(worst(history(), &[10, 20, 40, 80, 100]), [0.0, 0.0, 0.5, 5.0 / 7.0, 7.0 / 9.0]);
        // One who is up all the time counts as much.
        let mut both = history();
        both.extend([operation(1, 0, 10, Outcome::Done(())), operation(1, 20, 100, Outcome::Done(()))]);
        assert_eq!(worst(both, &[10, 40]), [0.5, 0.75]);
        assert_eq!(worst(vec![], &[10]), [1.0]);
    }

    #[test]
    fn the_worst_window_is_found_wherever_it_begins() {
        // Against every beginning, for histories of two clients whose requests follow on each other at odd instants.
        let mut state = 1u64;
        let mut odd = |below: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % below
        };
        for _ in 0..200 {
            let mut history = Vec::new();
            for client in 0..2 {
                let mut at = odd(20);
                while at < 100 {
                    let until = at + 1 + odd(25);
                    let outcome = if odd(3) == 0 { Outcome::Refused } else { Outcome::Done(()) };
                    history.push(operation(client, at, until, outcome));
                    at = until;
                }
            }
            // Each microsecond by itself.
            let mut clients = [[None; 100]; 2];
            for (client, cells) in clients.iter_mut().enumerate() {
                let own: Vec<_> = history.iter().filter(|it| it.client == client as u32).collect();
                for pair in own.windows(2) {
                    let (since, until) = (pair[0].until.as_micros(), pair[1].until.as_micros().min(100));
                    for cell in since..until {
                        cells[cell as usize] = Some(matches!(pair[0].outcome, Outcome::Done(())));
                    }
                }
            }
            for window in [1, 7, 30, 100] {
                let share = |start: usize| {
                    let cells = clients.iter().flat_map(|cells| &cells[start..start + window]).flatten();
                    let (all, up) = cells.fold((0, 0), |(all, up), is_up| (all + 1, up + u32::from(*is_up)));
                    (all > 0).then(|| f64::from(up) / f64::from(all))
                };
                let brute = (0..=100 - window).filter_map(share).fold(1.0, f64::min);
                let found = worst(history.clone(), &[window as u64])[0];
                assert!((found - brute).abs() < 1e-12, "{found} {brute} {window} {history:?}");
            }
        }
    }

    #[test]
    fn a_wrong_answer_counts_apart_and_is_no_uptime() {
        let history: History<(), ()> = vec![
            operation(0, 0, 10, Outcome::Done(())),
            operation(0, 10, 20, Outcome::Done(())),
            operation(0, 20, 50, Outcome::Refused),
            operation(0, 50, 90, Outcome::Done(())),
        ]
        .into();
        let bounds = (Instant::from_micros(10), Instant::from_micros(80));
        let (groups, _) = seen(&history, (&[0], &[1]), bounds, &[]);
        let group = &groups[0];
        assert_eq!((group.ended, group.answered, group.wrong), (3.0, 2.0, 1.0));
        // From 10 to 20 up, then wrong, then refused.
        assert!((group.up - 10e-6).abs() < 1e-12 && (group.watched - 70e-6).abs() < 1e-12, "{group:?}");
        assert_eq!(group.latency, [(10, 1), (40, 1)]);
    }
}
