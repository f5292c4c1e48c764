//! Services that scale, against what can be worked out by hand.

use fivenines::engine::Simulator;
use fivenines::experiment::Experiment;
use fivenines::system::{Recorder, ServiceRecord, System, SystemModel, Window};
use fivenines::units::{Duration, Instant, Span};

const HEAD: &str =
    "title = 'T'\nhorizon = '1y'\nseed = 1\nlevels = ['zone']\nsite.a = {}\nsite.b = {}\nsite.c = {}\n";

fn in_file(text: &str) -> System {
    let experiment = Experiment::parse("scaling.toml", &format!("{HEAD}{text}")).expect("a sound file");
    experiment.designs[0].system.clone()
}

/// The record of the only service in a trial of so many hours, with the names of what its downtime is booked to.
fn play(system: &System, trial: u64, hours: f64) -> (ServiceRecord, Vec<(String, Span)>) {
    let model = SystemModel::new(system).expect("a sound system");
    let classes: Vec<String> = model.cause_classes().iter().map(ToString::to_string).collect();
    let length = Duration::hours(hours).span();
    let mut recorder = Recorder::new(Window { start: Instant::START, end: Instant::START + length, length });
    Simulator::new(model, 1).play(trial, Instant::START + length, &mut recorder);
    let record = recorder.take().swap_remove(0);
    let causes = record.causes.iter().map(|&(cause, span)| (classes[cause as usize].clone(), span));
    let mut causes: Vec<(String, Span)> = causes.collect();
    causes.sort();
    (record, causes)
}

fn minutes(minutes: u64) -> Span {
    Span::from_secs(60 * minutes)
}

const SHOP: &str = "
    [component.server]
    [service.shop]
    runs_on = 'server'
    replicas = 9
    spread = 'zone'
    needs = 'any'
    load = { base = '400/s', capacity = '100/s' }
    [service.shop.scaling]
    target = '100%'
    minimum = 1
    reacts = '3min'
    boots = '2min'
    scales_in = '15min'
    [[scenario.fault]]
    takes = 'a'
    at = '10h'
    lasts = '2h'
";

/// Four of nine replicas carry the load, two of them in zone a. When that is lost, two are missing: for three minutes nobody
/// reacts, and for two they boot, one in each zone that is left. Once the zone is back there are two too many for a quarter
/// of an hour. Before and after, five of nine are off, and three between the decisions.
#[test]
fn losing_a_zone_costs_the_reaction_and_the_boot() {
    let (record, causes) = play(&in_file(SHOP), 0, 24.0);
    let outages: Vec<(Span, Span)> =
        record.outages.iter().map(|it| (it.start - Instant::START, it.length)).collect();
    assert_eq!(outages, [(minutes(600), minutes(5))]);
    let named = |name: &str, span| (name.to_owned(), span);
    assert_eq!(
        causes,
        [named("shop scaling, booting", minutes(2)), named("shop scaling, reacting", minutes(3))]
    );
    let (all_day, between) = (minutes(24 * 60).as_micros(), minutes(120 + 15 - 3).as_micros());
    assert_eq!(record.off.as_micros(), 5 * all_day - 2 * between);
}

/// Where the other zones have nothing left, the service waits for its own zone.
#[test]
fn what_is_refused_until_the_zone_is_back_is_down_until_then() {
    let refused = SHOP.replace("boots =", "refused_in_outage = '100%'\n    boots =");
    let (record, causes) = play(&in_file(&refused), 0, 24.0);
    assert_eq!(record.downtime, minutes(120));
    // Decisions every three minutes: the first one reacts, and what ends the last three is that the zone is back.
    let named = |name: &str, length| (name.to_owned(), minutes(length));
    let reacting = named("shop scaling, reacting", 3);
    assert_eq!(causes, [named("a taken", 3), reacting, named("shop scaling, refused", 114)]);
    assert_eq!(record.off, Span::from_micros(5 * minutes(24 * 60).as_micros()));
}

/// With a cooldown of ten minutes a second decision is that much later: the first one gets what one of two zones has.
#[test]
fn a_cooldown_delays_the_next_decision() {
    let cooled = SHOP.replace("boots =", "cooldown = '10min'\n    boots =");
    // The load grows by another replica's worth two minutes after the zone is lost and a minute before the first decision.
    let (record, _) = play(&in_file(&cooled), 0, 24.0);
    assert_eq!(record.downtime, minutes(5));
    let steps = cooled.replace(
        "load = { base = '400/s', capacity = '100/s' }",
        "load = { base = '400/s', capacity = '100/s', by_hours = [{ hours = 'Mon 10:04-11:00', load = '500/s' }] }",
    );
    // Booted at 10:05, one short; decided again at 10:13 and three minutes, there at 10:18.
    let (record, _) = play(&in_file(&steps), 0, 11.0);
    assert_eq!(record.downtime, minutes(18));
}

/// Without any delay, capacity is what is demanded: there is no outage as long as there are places, however the load goes,
/// and as many replicas are on as it needs.
#[test]
fn without_a_delay_capacity_is_demand() {
    let text = "
        [component.server]
        [service.shop]
        runs_on = 'server'
        replicas = 9
        spread = 'zone'
        needs = 'any'
        load = { base = '150/s', capacity = '100/s', by_hours = [
            { hours = '08:00-10:00', load = '850/s' }, { hours = '10:00-18:00', load = '510/s' } ] }
        scaling = { target = '100%', minimum = 1, reacts = '0s', boots = '0s' }";
    let (record, _) = play(&in_file(text), 0, 48.0);
    assert_eq!(record.downtime, Span::ZERO);
    assert!(record.outages.is_empty());
    // Two, nine and six are on; seven, none and three off for 14, 2 and 8 hours of each day.
    assert_eq!(record.off, minutes(2 * 60 * (7 * 14 + 3 * 8)));
    // More is demanded than there are places for: down for these two hours a day.
    let (record, _) = play(&in_file(&text.replace("850/s", "950/s")), 0, 48.0);
    assert_eq!(record.downtime, minutes(4 * 60));
}

/// A service whose fewest replicas are all of them never decides anything: its histories are those without scaling, bit for
/// bit.
#[test]
fn as_few_as_there_are_is_a_service_that_does_not_scale() {
    let fixed = "
        [level.zone.mode.outage]
        fails = 'exponential(mean 20d)'
        restored = 'lognormal(median 3h, p95 12h)'
        [component.server.mode.crash]
        fails = 'weibull(shape 0.7, mean 5d)'
        restored = 'lognormal(median 2h, p95 9h)'
        stress = { exponent = 1 }
        [service.shop]
        runs_on = 'server'
        replicas = 6
        spread = 'zone'
        needs = 'any'
        load = { base = '45%', by_hours = [{ hours = '09:00-18:00', load = '75%' }] }\n";
    let scaled = format!(
        "{fixed}scaling = {{ target = '80%', minimum = 6, reacts = '3min', boots = '2min', refused = '10%' }}"
    );
    let (fixed, scaled) = (in_file(fixed), in_file(&scaled));
    for trial in 0..40 {
        let (one, other) = (play(&fixed, trial, 8760.0), play(&scaled, trial, 8760.0));
        assert!(!one.0.outages.is_empty());
        assert_eq!(one, other, "trial {trial}");
    }
}

/// A replica that is off does not fail, and one that has started is new: with one that always fails an hour after it has
/// started and is mended in no time to speak of, nothing fails in what is off.
#[test]
fn what_is_off_does_not_age() {
    let text = "
        [component.server.mode.wear]
        fails = '10h'
        restored = '30min'
        [service.shop]
        runs_on = 'server'
        replicas = 3
        spread = 'zone'
        needs = 'any'
        load = { base = '90/s', capacity = '100/s', by_hours = [{ hours = 'Mon 08:00-09:00', load = '190/s' }] }
        scaling = { target = '100%', minimum = 1, reacts = '0s', boots = '0s' }";
    let (record, _) = play(&in_file(text), 0, 24.0);
    // The first has run for eight hours as another starts at eight. At nine one of them is stopped, the last; the first fails
    // at ten, when one that is new takes over at once, which fails at eight in the evening, when another does.
    assert_eq!(record.downtime, Span::ZERO);
    assert_eq!(record.off.as_micros(), 2 * minutes(24 * 60).as_micros() - minutes(60 + 30 + 30).as_micros());
}
