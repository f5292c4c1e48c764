//! Pairs: who leads, who stands by, who notices, and who has a vote.

use fivenines::random::Law;
use fivenines::system::{Component, Crew, Failover, Found, Mode, Service, System};
use fivenines::units::{Duration, Probability};

use super::check::{self, EXACT, Play, Row, UNIFORMIZED, mean, rate};

fn share(share: f64) -> Probability {
    Probability::new(share).expect("a probability")
}

fn at_once() -> Law {
    Law::constant(Duration::ZERO)
}

const COVERAGE: &[Row] = &[
    ("unavailability", 1.9370941817115435e-05, EXACT),
    ("mttf", 2000.0, EXACT),
    ("unreliability_8760h", 0.9874746413789317, UNIFORMIZED),
    ("point_unavailability_1h", 8.61281469843811e-06, UNIFORMIZED),
    ("expected_downtime_8760h", 0.16954915071901128, UNIFORMIZED),
];

/// A failover that is not always covered, and a standby that can fail unnoticed: the failover looks at it first.
fn covered() -> System {
    let found: Law = "mixture(90% 0s, 10% exponential(mean 24h))".parse().expect("a law");
    let unit = Mode::new(mean(2000.0), mean(4.0)).repaired_by("crew").found(Found::After(found));
    let failover = Failover::new(at_once(), rate(120.0)).covers(share(0.98), rate(2.0)).checks();
    System::new()
        .crew("crew", Crew::new(1))
        .component("unit", Component::new().with_mode("fails", unit.after_failover()))
        .service("system", Service::replicas("unit", 2).failover(failover.restart(at_once())))
}

#[test]
fn a_failover_that_is_not_always_covered() {
    check::system(&covered(), COVERAGE, Play::Outages(2000.0));
}

fn standby(dormancy: f64) -> System {
    let unit = Mode::new(mean(1000.0), mean(10.0)).repaired_by("crew").dormancy(share(dormancy));
    let failover = Failover::new(at_once(), at_once()).succeeds(share(0.99), rate(4.0)).restart(at_once());
    System::new()
        .crew("crew", Crew::new(1))
        .component("unit", Component::new().with_mode("fails", unit))
        .service("system", Service::replicas("unit", 2).failover(failover))
}

const HOT: &[Row] = &[
    ("unavailability", 0.00019843014080700308, EXACT),
    ("mttf", 34330.0, EXACT),
    ("unreliability_1000h", 0.028533598824199997, UNIFORMIZED),
];

#[test]
fn a_hot_standby() {
    check::system(&standby(1.0), HOT, Play::Outages(300.0));
}

const COLD: &[Row] = &[
    ("unavailability", 0.00010139059164368153, EXACT),
    ("mttf", 50995.0, EXACT),
    ("unreliability_1000h", 0.019328120166151673, UNIFORMIZED),
    ("point_unavailability_10h", 2.8691712627753683e-05, UNIFORMIZED),
];

#[test]
fn a_cold_standby() {
    check::system(&standby(0.0), COLD, Play::Outages(300.0));
}
