//! Maxima against closed forms, a published example and laws that are known because they were drawn from.

use super::*;
use crate::fit::Observation;
use crate::random::{Name, Purpose, StreamKey};
use crate::units::Duration;

fn hours(of: &[f64], ended: bool) -> Vec<Observation> {
    of.iter().map(|time| Observation { from: Duration::ZERO, to: Duration::hours(*time), ended }).collect()
}

#[test]
fn an_exponential_is_events_over_exposure() {
    let seen = [hours(&[2.0, 5.0, 9.0], true), hours(&[10.0, 4.0], false)].concat();
    let (at, value) = maximize(Family::Exponential, &Sample::new(&seen), None).unwrap();
    assert!((exp(at[1]) / 36_000.0 - 1.0).abs() < 1e-12);
    assert!((value - (-3.0 * ln(36_000.0) - 3.0)).abs() < 1e-9);
}

/// Ball bearings (Lieblein and Zelen 1956), in millions of revolutions: Lawless 2003, section 5.2, has a Weibull shape of
/// 2.102 and scale of 81.88; section 5.3 a lognormal of mu 4.15 and sigma 0.522.
#[test]
fn the_ball_bearings_have_the_published_laws() {
    let revolutions = [
        17.88, 28.92, 33.00, 41.52, 42.12, 45.60, 48.48, 51.84, 51.96, 54.12, 55.56, 67.80, 68.64, 68.64,
        68.88, 84.12, 93.12, 98.64, 105.12, 105.84, 127.92, 128.04, 173.40,
    ];
    let sample = Sample::new(&hours(&revolutions, true));
    let (at, _) = maximize(Family::Weibull, &sample, None).unwrap();
    assert!((exp(at[0]) - 2.102).abs() < 6e-4, "{}", exp(at[0]));
    assert!((exp(at[1]) / 3600.0 - 81.88).abs() < 6e-3, "{}", exp(at[1]) / 3600.0);
    let (at, _) = maximize(Family::LogNormal, &sample, None).unwrap();
    assert!((exp(at[0]) - 0.522).abs() < 6e-4 && (at[1] - ln(3600.0) - 4.150).abs() < 6e-4);
}

/// A Weibull's profile and Newton's steps are two ways to one place.
#[test]
fn the_two_methods_agree() {
    let sample = drawn(Family::Weibull, [ln(0.7), ln(3e6)], 2000, 1);
    let (by_profile, _) = maximize(Family::Weibull, &sample, None).unwrap();
    let by_newton = newton(|at| Family::Weibull.log_likelihood(&sample, at), [0.0, ln(1e6)]).unwrap();
    for part in 0..2 {
        assert!((by_profile[part] - by_newton[part]).abs() < 1e-6, "{by_profile:?} {by_newton:?}");
    }
}

/// Lives in a row of a unit, seen from an age on and up to the end of watching.
fn drawn(family: Family, at: Point2, count: usize, seed: u64) -> Sample {
    let law = family.law(at).unwrap();
    let key = StreamKey { seed, trial: 0, name: Name::new(family.name()), purpose: Purpose::Duration };
    let mut stream = key.open();
    let mut seen = Vec::new();
    let watched = 2.0 * law.mean().unwrap().secs();
    while seen.len() < count {
        let life = law.sample(&mut stream).as_secs_f64();
        let from = if stream.uniform() < 0.3 { watched * 0.2 * stream.uniform() } else { 0.0 };
        let end = watched * stream.uniform();
        if life > from && end > from {
            let second = Duration::seconds;
            seen.push(Observation { from: second(from), to: second(life.min(end)), ended: life < end });
        }
    }
    Sample::new(&seen)
}

/// With 4000 lives, about half of them ended, the curvature of the likelihood gives standard errors of the logarithms of
/// 0.03 at most (Weibull: 0.78/sqrt(2000) for the shape, Lawless 2003, section 5.2, 1.05/(shape sqrt(2000)) for the
/// scale; the others are near them). 0.15 is five of them, which one of eight tests exceeds with a chance below 1e-5.
#[test]
fn the_parameters_of_censored_and_truncated_lives_are_found() {
    for (family, shape) in
        [(Family::Weibull, 0.6), (Family::LogNormal, 1.5), (Family::Gamma, 0.5), (Family::Weibull, 3.0)]
    {
        let truth = [ln(shape), ln(3e6)];
        let (at, value) = maximize(family, &drawn(family, truth, 4000, 7), None).unwrap();
        for part in 0..2 {
            assert!((at[part] - truth[part]).abs() < 0.15, "{}: {at:?} is not {truth:?}", family.name());
        }
        assert!(value >= family.log_likelihood(&drawn(family, truth, 4000, 7), truth));
    }
}

#[test]
fn there_is_no_law_without_variation() {
    let same = Sample::new(&hours(&[3.0; 20], true));
    assert!(maximize(Family::Weibull, &same, None).is_none());
    assert!(maximize(Family::Exponential, &Sample::new(&hours(&[3.0], false)), None).is_none());
}
