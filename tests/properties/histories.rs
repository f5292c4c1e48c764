//! What holds for every single history.

use fivenines::engine::{Simulator, Summary};
use fivenines::system::{Recorder, ServiceRecord, System, Window};
use fivenines::units::{Duration, Instant, Span};

use super::held::{compiled, holds};
use super::sketch::sketch;

fn hours(hours: f64) -> Instant {
    Instant::START + Duration::hours(hours).span()
}

/// Plays trials of a system under one seed.
pub fn histories(system: &System, window: Window, trials: &[u64]) -> Vec<(Summary, Vec<ServiceRecord>)> {
    let (mut simulator, mut recorder) = (Simulator::new(compiled(system), 11), Recorder::new(window));
    let mut play = |&trial: &u64| {
        let summary = simulator.play(trial, window.end, &mut recorder);
        (summary, recorder.take())
    };
    trials.iter().map(&mut play).collect()
}

#[test]
fn every_microsecond_of_downtime_is_booked_once() {
    // A window that does not divide the time, after a warm-up.
    let window = Window { start: hours(100.0), end: hours(1000.0), length: Duration::hours(70.0).span() };
    holds(60, sketch(), |sketch| {
        for (_, records) in histories(&sketch.system(), window, &[0, 1, 2]) {
            for record in records {
                let total = |spans: &[(u32, Span)]| spans.iter().map(|span| span.1.as_micros()).sum::<u64>();
                let outages: u64 = record.outages.iter().map(|outage| outage.length.as_micros()).sum();
                assert_eq!(outages, record.downtime.as_micros());
                assert_eq!(total(&record.windows), record.downtime.as_micros());
                assert_eq!(total(&record.causes), record.downtime.as_micros());
                assert!(record.outages.iter().all(|outage| outage.length > Span::ZERO));
                assert!(record.windows.iter().all(|window| window.1 <= Duration::hours(70.0).span()));
                let first = record.first_down;
                assert!(record.outages.is_empty() || first < window.end);
            }
        }
        true
    });
}

#[test]
fn a_trial_is_the_same_whenever_it_is_played() {
    let window = Window { start: Instant::START, end: hours(1000.0), length: Duration::hours(1000.0).span() };
    holds(40, sketch(), |sketch| {
        let system = sketch.system();
        let forwards = histories(&system, window, &[0, 1, 2, 3]);
        let mut backwards = histories(&system, window, &[3, 2, 1, 0]);
        backwards.reverse();
        assert_eq!(forwards, backwards);
        assert_eq!(histories(&system, window, &[2, 2])[1], forwards[2]);
        true
    });
}
