//! The way back to the replica that leads by preference.

use fivenines::engine::Simulator;
use fivenines::experiment::Experiment;
use fivenines::random::Law;
use fivenines::system::{
    Component, Failback, Failover, Recorder, Scope, Service, Shock, System, SystemModel, Window,
};
use fivenines::units::{Duration, Instant, Span};

use super::check::{self, Play, answer, close, explore, mean};

fn at_once() -> Law {
    Law::constant(Duration::ZERO)
}

/// Two alike servers; who leads makes no difference to what fails.
fn pair(failover: Failover) -> System {
    System::new()
        .component("server", Component::new().mode("crash", mean(100.0), mean(8.0)))
        .service("system", Service::replicas("server", 2).failover(failover))
}

/// A switch back that takes no time is no outage, and of two that are alike it does not matter which one leads: the
/// availability is what it is without a way back, whenever it begins.
#[test]
fn a_failback_that_takes_no_time_changes_no_availability_of_a_pair() {
    let failover = || Failover::new(mean(0.02), mean(0.1));
    let down = |failover: Failover| {
        let (model, service) = check::compiled(&pair(failover), "system");
        answer(&explore(model), service, "unavailability")
    };
    let without = down(failover());
    for after in [at_once(), mean(3.0)] {
        let with = down(failover().failback(Failback::new(at_once()).after(after)));
        close("unavailability", with, without, 1e-12);
    }
    let interrupted = down(failover().failback(Failback::new(mean(0.1))));
    assert!(interrupted > 1.1 * without, "{interrupted} is more than {without}");
}

/// Only the first replica fails, at a rate `l`, and is back at a rate `m`; the other one takes over at once. The way back
/// begins at a rate `a` once the first is up, and takes `1 / s` on average, unless it fails again. Its states are a chain
/// whose balance gives the share of time in the switch back as `l m / (l + m) * a / (a + l) / (s + l)`: the rate of
/// failovers times the interruption, but for what fails again before it is over.
#[test]
fn what_failing_back_costs_is_its_rate_times_its_interruption() {
    let (l, m, a, s) = (1.0 / 40.0, 1.0 / 5.0, 1.0 / 2.0, 4.0);
    let failover = Failover::new(at_once(), at_once());
    let failback = Failback::new(mean(1.0 / s)).after(mean(1.0 / a));
    let system = System::new()
        .component("server", Component::new().mode("crash", Law::Never, mean(1.0 / m)))
        .shock("strikes", Shock::new(mean(1.0 / l), "crash", Scope::all().replicas(&[1])))
        .service("system", Service::replicas("server", 2).failover(failover.failback(failback)));
    let expected = l * m / (l + m) * a / (a + l) / (s + l);
    check::system(&system, &[("unavailability", expected, "closed form")], Play::Outages(3000.0));
}

/// Zone a is lost at ten in the morning. Detection and switch take 10 s and 30 s. It is back at eleven, a failback may begin
/// a quarter of an hour later and waits until two in the night; a minute it takes, and at the third night's, in which the
/// zone is lost once more half a minute into it, the other replica leads on.
#[test]
fn a_failback_waits_for_its_hours_and_gives_up_when_the_first_replica_is_down() {
    let text = "
        title = 'T'
        horizon = '5d'
        seed = 1
        levels = ['zone']
        site.a = {}
        site.b = {}
        component.server = {}
        [service.db]
        runs_on = 'server'
        replicas = 2
        spread = 'zone'
        needs = 'any'
        [service.db.failover]
        detect = '10s'
        switch = '30s'
        failback = { switch = '60s', after = '15min', hours = 'Mon-Sun 02:00-04:00' }
        [[scenario.fault]]
        takes = 'a'
        at = '10h'
        lasts = '1h'
        [[scenario.fault]]
        takes = 'a'
        at = '34h'
        lasts = '1h'
        [[scenario.fault]]
        takes = 'a'
        at = '50h 30s'
        lasts = '1h'";
    let experiment = Experiment::parse("night.toml", text).expect("a sound file");
    let model = SystemModel::new(&experiment.designs[0].system).expect("a sound system");
    let classes = model.cause_classes().to_vec();
    let length = Duration::days(5.0).span();
    let mut recorder = Recorder::new(Window { start: Instant::START, end: Instant::START + length, length });
    Simulator::new(model, 1).play(0, Instant::START + length, &mut recorder);
    let outages: Vec<(u64, u64, String)> = recorder.records()[0]
        .outages
        .iter()
        .map(|outage| {
            let cause = outage.cause.map_or(String::new(), |cause| classes[cause as usize].to_string());
            ((outage.start - Instant::START).as_micros(), outage.length.as_micros(), cause)
        })
        .collect();
    let secs = |secs: u64| Span::from_secs(secs).as_micros();
    let (hour, switching, back) = (3600, "db failover, switching", "db failover, failing back");
    let outage = |at: u64, length: u64, cause: &str| (secs(at), secs(length), cause.to_owned());
    assert_eq!(
        outages,
        [
            outage(10 * hour, 40, switching),
            outage(26 * hour, 60, back),
            outage(34 * hour, 40, switching),
            outage(50 * hour, 30, back),
            // The zone was back at three and nothing fails until the end.
            outage(51 * hour + 30 + 900, 60, back),
        ]
    );
}
