//! Jobs that save their work, against Daly's formula.

use fivenines::engine::Simulator;
use fivenines::estimate::{Bounds, Confidence, mean_of};
use fivenines::random::math::exp;
use fivenines::system::{Checkpoint, Component, Recorder, Service, System, SystemModel, Window};
use fivenines::units::{Duration, Instant};

use super::check::mean;

/// Mean time to failure, mean time of a restart and time to write a checkpoint, in hours.
const LIFE: f64 = 3.0;
const RESTART: f64 = 0.25;
const TAKES: f64 = 0.05;

/// The interval around the share of time that does work which counts, for a checkpoint every so many hours.
fn useful(every: f64) -> (f64, f64) {
    let checkpoint = Checkpoint::new(Duration::hours(every), Duration::hours(TAKES));
    let system = System::new()
        .component("cluster", Component::new().mode("interruption", mean(LIFE), mean(RESTART)))
        .service("training", Service::replicas("cluster", 1).checkpoint(checkpoint));
    let model = SystemModel::new(&system).expect("a sound system");
    let (start, end) = (Instant::START + Duration::hours(50.0).span(), Duration::hours(2050.0));
    let window = Window { start, end: Instant::START + end.span(), length: Duration::hours(100.0).span() };
    let (mut recorder, mut simulator) = (Recorder::new(window), Simulator::new(model, 7));
    let shares: Vec<f64> = (0..300)
        .map(|trial| {
            simulator.play(trial, window.end, &mut recorder);
            1.0 - recorder.records()[0].served.expect("its work is counted").lost_share()
        })
        .collect();
    let confidence = Confidence::new(0.9995).expect("a level");
    let estimate = mean_of(&shares, Bounds::FRACTION, confidence).expect("shares are fractions");
    (estimate.interval().lower(), estimate.interval().upper())
}

/// J. T. Daly, 2006: of each time between failures `M` and the restart `R` after it, the work of the checkpoints that are
/// finished counts, of which `1 / (exp((t + d) / M) - 1)` are on average.
fn daly(every: f64) -> f64 {
    every / ((LIFE + RESTART) * (exp((every + TAKES) / LIFE) - 1.0))
}

#[test]
fn work_that_counts_is_what_dalys_formula_says() {
    for every in [0.1, 0.5, 2.0] {
        let ((lower, upper), expected) = (useful(every), daly(every));
        assert!(
            lower <= expected && expected <= upper,
            "every {every} h: {expected} not in {lower} to {upper}"
        );
        assert!(upper - lower < 0.02, "{lower} to {upper} says something");
    }
}

/// Young's first order optimum: the square root of twice the time that it takes times the time between failures.
#[test]
fn the_best_interval_is_about_youngs() {
    let young = (2.0 * TAKES * LIFE).sqrt();
    let (best, _) = useful(young);
    for every in [young / 3.0, 3.0 * young] {
        let (_, upper) = useful(every);
        assert!(upper < best, "every {every} h: {upper} is less than {best}");
    }
}
