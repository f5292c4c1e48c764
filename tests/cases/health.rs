//! Health checks: how soon they detect, and what they detect that is none.

use fivenines::experiment::Experiment;
use fivenines::random::Law;
use fivenines::system::{Component, Failover, Service, System};
use fivenines::units::Duration;

use super::check::{self, Play, mean};

fn led(failover: Failover, life: Law) -> System {
    System::new()
        .component("server", Component::new().mode("crash", life, mean(1.0)))
        .service("system", Service::replicas("server", 2).failover(failover))
}

/// Nothing fails, and the service is down for each switch that nothing called for.
#[test]
fn a_false_alarm_costs_a_switch() {
    let (alarm, switch) = (40.0, 2.0);
    let failover = Failover::new(mean(1.0), mean(switch)).false_alarms(mean(alarm));
    let rows = [
        ("unavailability", switch / (alarm + switch), "alternating renewal process"),
        ("mttf", alarm, "the first alarm"),
    ];
    check::system(&led(failover, Law::Never), &rows, Play::Outages(400.0));
}

/// Whoever is never taken for dead, or is replaced at once when it is, is as if there were no false alarms.
#[test]
fn false_alarms_that_never_come_or_cost_nothing_change_nothing() {
    let shares = |failover: Failover| {
        let (model, place) = check::compiled(&led(failover, mean(20.0)), "system");
        check::explore(model).unavailability_of(place)
    };
    let plain = shares(Failover::new(mean(0.5), mean(0.5)));
    let never = shares(Failover::new(mean(0.5), mean(0.5)).false_alarms(Law::Never));
    assert_eq!(plain, never);
    let often = shares(Failover::new(mean(0.5), mean(0.5)).false_alarms(mean(30.0)));
    assert!(often > plain, "{often} with false alarms, {plain} without");
}

trait InTheLongRun {
    fn unavailability_of(&self, place: usize) -> f64;
}

impl InTheLongRun for fivenines::solve::Markov {
    fn unavailability_of(&self, place: usize) -> f64 {
        self.unavailability(&self.steady().expect("a long run"), place)
    }
}

/// A failure is anywhere between two checks, and as many in a row must fail.
#[test]
fn a_check_detects_after_so_many_intervals_and_its_timeout() {
    let detect = |text: &str| {
        let text = format!(
            r#"
            title = "Checks"
            horizon = "1y"
            seed = 1
            component.server.mode.crash = {{ fails = "9d", restored = "1h" }}
            [service.db]
            runs_on = "server"
            replicas = 2
            needs = "any"
            failover = {{ detect = {text}, switch = "1s" }}
            "#
        );
        let experiment = Experiment::parse("checks.toml", &text).expect("a sound file");
        experiment.designs[0].system.services["db"].failover.clone().expect("it fails over").detect
    };
    let seconds = |from: f64, to: f64| Law::uniform(Duration::seconds(from), Duration::seconds(to)).unwrap();
    assert_eq!(detect(r#"{ every = "5s", failures = 3, timeout = "1s" }"#), seconds(11.0, 16.0));
    assert_eq!(detect(r#"{ every = "10s", failures = 1 }"#), seconds(0.0, 10.0));
    assert_eq!(detect(r#"{ every = "0s", failures = 3 }"#), Law::constant(Duration::ZERO));
}
