//! Loads that are shared out in other ways than by capacity, against what can be worked out by hand.

use fivenines::engine::Simulator;
use fivenines::experiment::Experiment;
use fivenines::random::math::pow;
use fivenines::system::{Recorder, System, SystemModel, Window};
use fivenines::units::{Duration, Instant, Span};

use super::check::{self, Play};

fn in_file(load: &str, mode: &str) -> System {
    let text = format!(
        "title = 'T'
        horizon = '1y'
        seed = 1
        levels = ['zone']
        site.a = {{}}
        site.b = {{}}
        site.c = {{}}
        [component.server.mode.slow]
        fails = 'mean 90h'
        restored = 'mean 10h'
        {mode}
        [service.system]
        runs_on = 'server'
        replicas = 6
        spread = 'zone'
        needs = 'any'
        load = {{ {load} }}"
    );
    let experiment = Experiment::parse("balancing.toml", &text).expect("a sound file");
    experiment.designs[0].system.clone()
}

/// How likely it is that so many of `n` have failed, each one time in ten.
fn chance(n: i32, failed: i32) -> f64 {
    let choose = (0..failed).fold(1.0, |product, k| product * f64::from(n - k) / f64::from(k + 1));
    choose * pow(0.1, f64::from(failed)) * pow(0.9, f64::from(n - failed))
}

fn holds(load: &str, mode: &str, expected: f64) {
    let rows = [("unavailability", expected, "closed form")];
    check::system(&in_file(load, mode), &rows, Play::Outages(300.0));
}

/// Six servers carry half of what they can. Each is slow a tenth of the time and does 30% then. By capacity five slow ones are too
/// many: `1 + 5 x 0.3` is less than 3; evenly a single one is, which is asked for a half.
#[test]
fn evenly_one_that_is_slow_is_too_much() {
    holds("base = '50%'", "slow = '30%'", chance(6, 5) + chance(6, 6));
    holds("base = '50%', balancing = 'even'", "slow = '30%'", 1.0 - chance(6, 0));
}

/// Two servers in each of three zones carry 45% of what they can, and some are down. By capacity three have to be up. Where each zone
/// serves its own, a zone with one server is asked for nine tenths of it while all zones are there; without one zone each
/// of the others is asked for 1.35 of its servers, and without two the last one for 2.7. Where the next zone takes over, that is
/// asked for 1.8, and what is left of the second takes 0.9.
#[test]
fn zones_that_serve_their_own_are_down_sooner() {
    holds("base = '45%'", "", chance(6, 4) + chance(6, 5) + chance(6, 6));
    // How likely it is that a zone has lost none, one, both.
    let [none, one, both] = [chance(2, 0), chance(2, 1), chance(2, 2)];
    let all_there = (none + one) * (none + one) * (none + one);
    let local = all_there + 3.0 * both * none * none;
    holds("base = '45%', balancing = 'local zone'", "", 1.0 - local);
    // Only the one that takes over needs both of its servers.
    let nearest = all_there + 3.0 * both * none * (none + one);
    holds("base = '45%', balancing = 'nearest zone'", "", 1.0 - nearest);
}

/// What is too much for a zone is shed, and what is too much for another is no help.
#[test]
fn shedding_by_zones_is_counted_by_zones() {
    let served = |balancing: &str| {
        let load = format!("base = '45%', down_above = 'never', balancing = '{balancing}'");
        let (model, _) = check::compiled(&in_file(&load, ""), "system");
        let exact = check::explore(model);
        let steady = exact.steady().expect("it has a long run");
        // Behind the service itself: what is lost of it, and what is asked.
        let mean = |measure: usize| steady.mean(|state| exact.levels(measure)[state as usize]);
        mean(1) / mean(2)
    };
    // Zones with one server do no more than one and are asked for 0.9, so that nothing is shed until a zone is lost.
    let [none, one, both] = [chance(2, 0), chance(2, 1), chance(2, 2)];
    // One lost: the others are asked for 1.35 each, and lose 0.35 where they have one server. Two lost: for 2.7.
    let one_lost = 3.0 * both * (2.0 * none * one * 0.35 + one * one * 0.7);
    let two_lost = 3.0 * both * both * (none * 0.7 + one * 1.7);
    let expected = (one_lost + two_lost + both * both * both * 2.7) / 2.7;
    check::close("what is shed", served("local zone"), expected, 1e-9);
}

/// One of three servers is slow, of which each is asked for 40%: too much for that one, whether or not another is out for
/// maintenance that does not count. Together the two that are left could have done it.
#[test]
fn maintenance_does_not_excuse_what_a_slow_one_cannot_do() {
    let text = "
        title = 'T'
        horizon = '1y'
        seed = 1
        [component.server.mode.slow]
        fails = 'never'
        restored = 'never'
        slow = '30%'
        [shock.drag]
        strikes = '1h'
        fails = 'slow'
        replicas = [1]
        [maintenance.patch]
        every = '2h'
        takes = '1h'
        counted = false
        [service.system]
        runs_on = 'server'
        replicas = 3
        needs = 'any'
        load = { base = '40%', balancing = 'even' }";
    let experiment = Experiment::parse("patch.toml", text).expect("a sound file");
    let model = SystemModel::new(&experiment.designs[0].system).expect("a sound system");
    let end = Instant::START + Duration::hours(200.0).span();
    let mut recorder = Recorder::new(Window { start: Instant::START, end, length: end - Instant::START });
    Simulator::new(model, 1).play(0, end, &mut recorder);
    let record = &recorder.records()[0];
    assert_eq!(record.planned, Span::ZERO);
    // It is up for the first hour, and while the slow one itself is out.
    let up = (end - Instant::START).as_micros() - record.downtime.as_micros();
    let hour = Duration::hours(1.0).span().as_micros();
    assert!(up > 10 * hour && up.is_multiple_of(hour), "{up} of 200 h");
}
