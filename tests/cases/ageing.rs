//! What ages, and what people do to it: replacement at an age, and repairs that go wrong.

use fivenines::engine::Simulator;
use fivenines::random::Law;
use fivenines::system::{
    Component, Crew, Mode, Narrator, Preventive, RepairError, Service, Spares, System, SystemModel,
};
use fivenines::units::{Duration, Instant, Probability};

use super::check::{close, compiled, explore, mean, rate, share_of_downtime};

const YEAR: f64 = 8760.0;

fn share(share: f64) -> Probability {
    Probability::new(share).expect("a probability")
}

/// One replica, or several, that run on what fails in this mode.
fn system(mode: Mode, replicas: u32) -> System {
    let part = Component::new().with_mode("wear", mode);
    System::new().component("part", part).service("system", Service::replicas("part", replicas))
}

fn unavailability(system: &System) -> f64 {
    let (model, service) = compiled(system, "system");
    let exact = explore(model);
    exact.unavailability(&exact.steady().expect("a long run"), service)
}

/// Barlow and Proschan, *Mathematical theory of reliability*, 1965, chapter 4, as a renewal reward: a cycle is up for the
/// mean of the smaller of life and age, and then down for a repair or, with the chance to have lived that long, for a
/// replacement.
fn age_replacement(up: f64, survives: f64, repair: f64, replacement: f64) -> f64 {
    let down = (1.0 - survives) * repair + survives * replacement;
    down / (up + down)
}

#[test]
fn replacement_at_a_random_age_has_its_closed_form() {
    let (life, age, repair, replacement) = (900.0, 400.0, 12.0, 1.0);
    let mode = Mode::new(mean(life), mean(repair)).preventive(Preventive::new(mean(age), mean(replacement)));
    let (fails, ages) = (1.0 / life, 1.0 / age);
    let up = 1.0 / (fails + ages);
    let expected = age_replacement(up, ages * up, repair, replacement);
    close("exponential age", unavailability(&system(mode.clone(), 1)), expected, 1e-9);
    // Two parts, either of which is enough, are down together as often as two independent ones.
    close("two parts", unavailability(&system(mode, 2)), expected * expected, 1e-9);
}

/// A hazard in three steps, as of disks: young, grown up, and worn. The mean of the smaller of life and age and the chance to
/// live that long are sums of exponentials.
fn bathtub(age: f64) -> (f64, f64) {
    let (mut up, mut survives, mut from) = (0.0, 1.0, 0.0);
    for (until, hazard) in [(0.5 * YEAR, 0.30 / YEAR), (3.0 * YEAR, 0.05 / YEAR), (f64::INFINITY, 1.2 / YEAR)]
    {
        let span = f64::min(until, age) - from;
        if span > 0.0 {
            let stays = fivenines::random::math::exp(-hazard * span);
            up += survives * (1.0 - stays) / hazard;
            survives *= stays;
            from += span;
        }
    }
    (up, survives)
}

#[test]
fn replacement_at_an_age_pays_for_what_wears_out_and_not_for_what_dies_young() {
    let law: Law = "bathtub(afr 30% until 4380h, afr 5% until 3y, afr 120%)".parse().expect("a law");
    let (repair, replacement) = (72.0, 4.0);
    let known = |age: f64| {
        let (up, survives) = bathtub(age);
        age_replacement(up, survives, repair, replacement)
    };
    let played = |age: Option<f64>| {
        let hours = |hours| Law::constant(Duration::hours(hours));
        let mut mode = Mode::new(law.clone(), hours(repair));
        mode.preventive = age.map(|age| Preventive::new(hours(age), hours(replacement)));
        let (model, service) = compiled(&system(mode, 1), "system");
        share_of_downtime(model, service, Duration::years(400.0))
    };
    // In 400 years the part that is new at the start weighs less than a hundredth of the interval's width.
    for age in [None, Some(3.0 * YEAR), Some(0.5 * YEAR)] {
        let expected = known(age.unwrap_or(f64::INFINITY));
        let (lower, upper) = played(age);
        assert!(lower <= expected && expected <= upper, "{age:?}: {expected} outside of {lower} to {upper}");
    }
    let never = known(f64::INFINITY);
    assert!(known(3.0 * YEAR) < 0.7 * never, "a replacement before the wear pays");
    assert!(known(0.5 * YEAR) > 1.2 * never, "one that makes it young again and again does not");
}

/// With the chance p a repair has to be done again: a geometric number of them, 1/(1 - p) on average.
#[test]
fn a_repair_that_fails_is_done_again() {
    let (life, repair, chance) = (500.0, 6.0, 0.2);
    let again = repair / (1.0 - chance);
    for law in [mean(repair), Law::erlang(3, Duration::hours(repair)).expect("three stages")] {
        let mode = Mode::new(mean(life), law).error(RepairError::new(share(chance)));
        close("done again", unavailability(&system(mode, 1)), again / (life + again), 1e-9);
    }
    // A crew that does so goes on with it, and each repair takes a spare: the shelf of one is empty after the first.
    let mode = Mode::new(mean(life), mean(repair)).error(RepairError::new(share(chance)));
    let mode = mode.repaired_by("crew").replaced_from("shelf");
    let system = system(mode, 1).crew("crew", Crew::new(1)).spares("shelf", Spares::new(1, mean(24.0)));
    // While it works a spare is on the shelf (1), or on order (2); failed under repair (3), or waiting for the order (4).
    let (fails, mends, arrives) = (1.0 / life, 1.0 / repair, 1.0 / 24.0);
    let rates = [
        (0, 2, fails),
        (1, 0, arrives),
        (1, 3, fails),
        (2, 1, mends * (1.0 - chance)),
        (2, 3, mends * chance),
        (3, 2, arrives),
    ];
    let shares = super::check::stationary(4, &rates);
    close("with a spare for each", unavailability(&system), shares[2] + shares[3], 1e-9);
}

/// Two replicas with repairs of their own, each of which breaks the other one, if that works, with the chance p.
#[test]
fn a_repair_may_break_a_neighbour() {
    let (fails, mends, chance) = (1.0 / 300.0, 1.0 / 5.0, 0.1);
    let mode = Mode::new(rate(fails), rate(mends)).error(RepairError::new(share(chance)).breaks("wear"));
    let one = 2.0 * fails / (mends * (1.0 - chance));
    let two = one * fails / (2.0 * mends);
    let expected = two / (1.0 + one + two);
    close("both down", unavailability(&system(mode.clone(), 2)), expected, 1e-9);
    let (model, service) = compiled(&system(mode, 2), "system");
    let (lower, upper) = share_of_downtime(model, service, Duration::years(40.0));
    assert!(lower <= expected && expected <= upper, "{expected} outside of {lower} to {upper}");
}

#[test]
fn a_story_tells_of_repairs_that_go_wrong_and_of_age() {
    let error = RepairError::new(share(0.5));
    let told = |mode: Mode| {
        let model = SystemModel::new(&system(mode, 2)).expect("no mistakes");
        let mut narrator = Narrator::default();
        Simulator::new(model, 3).play(0, Instant::START + Duration::years(1.0).span(), &mut narrator);
        narrator.story().iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    };
    let again = told(Mode::new(mean(500.0), mean(6.0)).error(error.clone()));
    assert!(again.contains("again  system-1 (part): wear is not repaired"), "{again}");
    let breaks = told(Mode::new(mean(500.0), mean(6.0)).error(error.breaks("wear")));
    assert!(breaks.contains("shock  the repair of system-1 (part): hits system-2 (part)"), "{breaks}");
    let aged = told(Mode::new(mean(9000.0), mean(6.0)).preventive(Preventive::new(mean(500.0), mean(1.0))));
    assert!(aged.contains("aged   system-1 (part): replaced before wear"), "{aged}");
}
