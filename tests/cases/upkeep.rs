//! What repairs wait for: urgent work, spares, a technician who travels, a scrub, and a zone that has to be up.

use fivenines::random::Law;
use fivenines::system::{
    Component, Crew, Discipline, Failover, Found, Mode, Need, Response, Service, Spares, System, SystemModel,
};
use fivenines::units::{Duration, Probability};

use super::check::{self, ELIMINATED, EXACT, Play, Row, UNIFORMIZED, mean};

const PRIORITY: &[Row] = &[
    ("unavailability", 8.374755396812632e-06, EXACT),
    ("mttf", 645483.690470455, EXACT),
    ("unreliability_8760h", 0.013470927663740402, UNIFORMIZED),
    ("point_unavailability_24h", 7.562879651998975e-06, UNIFORMIZED),
];

#[test]
fn a_crew_that_drops_everything_for_a_database() {
    let unit = |life, repair, priority| {
        let mode = Mode::new(mean(life), mean(repair)).repaired_by("crew").priority(priority);
        Component::new().with_mode("fails", mode)
    };
    let system = System::new()
        .crew("crew", Crew::new(1).discipline(Discipline::Preemptive))
        .component("database", unit(3000.0, 6.0, 1))
        .component("web", unit(500.0, 1.0, 2))
        .service("databases", Service::replicas("database", 2))
        .service("webs", Service::replicas("web", 4).needs(Need::Count(2)))
        .service("system", Service::members(&["databases", "webs"]).needs(Need::All));
    check::system(&system, PRIORITY, Play::Outages(200.0));
}

const SPARES: &[Row] = &[
    ("unavailability", 0.00011396322970974963, EXACT),
    ("mttf", 187654.824461528, EXACT),
    ("unreliability_8760h", 0.04527059551187474, UNIFORMIZED),
    ("point_unavailability_100h", 2.392956330198033e-05, UNIFORMIZED),
];

#[test]
fn spares_that_have_to_be_ordered() {
    let mode = Mode::new(mean(1500.0), mean(0.5)).repaired_by("technician").replaced_from("servers");
    let system = System::new()
        .crew("technician", Crew::new(1))
        .spares("servers", Spares::new(2, mean(72.0)))
        .component("server", Component::new().with_mode("fails", mode))
        .service("system", Service::replicas("server", 4).needs(Need::Count(3)));
    check::system(&system, SPARES, Play::Outages(300.0));
}

const TECHNICIAN: &[Row] = &[
    ("unavailability", 0.00013572927841098845, EXACT),
    ("mttf", 59682.84169308223, EXACT),
    ("unreliability_8760h", 0.1363281913490533, UNIFORMIZED),
    ("point_unavailability_48h", 0.0001291179921412905, UNIFORMIZED),
];

#[test]
fn a_technician_who_has_to_travel() {
    let mode = Mode::new(mean(800.0), mean(2.0)).repaired_by("technician");
    let technician = Crew::new(1).discipline(Discipline::Batch).responds(Response::new(mean(8.0)));
    let system = System::new()
        .crew("technician", technician)
        .component("node", Component::new().with_mode("fails", mode))
        .service("system", Service::replicas("node", 6).needs(Need::Count(4)));
    check::system(&system, TECHNICIAN, Play::Outages(300.0));
}

const SCRUB: &[Row] = &[
    ("mttdl", 951858.6324804546, EXACT),
    ("p_loss_8760h", 0.008993419527799149, UNIFORMIZED),
    ("p_loss_87600h", 0.08778142478493649, UNIFORMIZED),
];

/// A fault is visible with 1/6, or latent until the scrub comes by: what has one is not struck by another.
#[test]
fn two_replicas_with_latent_faults() {
    let found: Law = "mixture(1/6 0s, 5/6 exponential(mean 168h))".parse().unwrap();
    let mode = Mode::new(mean(100_000.0 / 6.0), mean(10.0)).found(Found::After(found));
    let system = System::new()
        .component("replica", Component::new().with_mode("faulty", mode))
        .service("system", Service::replicas("replica", 2));
    check::system(&system, SCRUB, Play::Not("what is lost does not come back, there"));
}

const MAJORITIES: &[Row] = &[
    ("unavailability", 2.096044914226506e-05, ELIMINATED),
    ("mttf", 48785.66270627745, EXACT),
    ("unreliability_720h", 0.014647932519545012, UNIFORMIZED),
    ("point_unavailability_24h", 2.0955493438922265e-05, UNIFORMIZED),
];

/// The region is no site around the zones: its outage does not stop their crews.
#[test]
fn a_majority_of_majorities() {
    let node = Mode::new(mean(900.0), mean(3.0)).repaired_by("zone's own");
    let own = Crew::new(1).per("zone").works_while("zone");
    let zones = ["a", "b", "c"];
    let outage = Mode::new(mean(8000.0), mean(4.0));
    let fails = |system: System, zone: &&str| system.site_mode(zone, "outage", outage.clone());
    let system = zones.iter().fold(System::new().levels(&["zone"]).site("elsewhere"), fails);
    let system = system
        .crew("zone's own", own)
        .component("node", Component::new().with_mode("fails", node))
        .component("region", Component::new().mode("outage", mean(50_000.0), mean(1.0)))
        .service("region", Service::replicas("region", 1).within("elsewhere"))
        .service("system", Service::members(&zones).needs(Need::Majority).depends_on("region"));
    let majority = |zone: &&str| Service::replicas("node", 3).within(zone).needs(Need::Majority);
    let system = zones.iter().fold(system, |system, zone| system.service(zone, majority(zone)));
    check::system(&system, MAJORITIES, Play::Outages(300.0));
}

/// A cold standby with one repairer and a switch that always works is a queue for two: with `r` the ratio of failure to
/// repair rate, both are down for a share `r^2 / (1 + r + r^2)` of the time (Gross and Harris, *Fundamentals of Queueing
/// Theory*, machine repair with spares). A standby that is `d` times as likely to fail has `r (r + d) / (1 + (r + d) (1 + r))`.
#[test]
fn a_standby_that_rests() {
    for (dormancy, life) in [(0.0, 100.0), (0.3, 100.0), (1.0, 1000.0)] {
        let mode = Mode::new(mean(life), mean(10.0)).repaired_by("crew");
        let mode = mode.dormancy(Probability::new(dormancy).unwrap());
        let at_once = || Law::constant(Duration::ZERO);
        let system = System::new()
            .crew("crew", Crew::new(1))
            .component("unit", Component::new().with_mode("fails", mode))
            .service("system", Service::replicas("unit", 2).failover(Failover::new(at_once(), at_once())));
        let (r, both) = (10.0 / life, 10.0 / life * (1.0 + dormancy));
        let expected = r * both / (1.0 + both + r * both);
        check::system(&system, &[("unavailability", expected, "closed form")], Play::Outages(2000.0));
    }
}

/// A mirror whose latent faults an inspection finds every `T`, with repairs that take no time and `x = l T` for the failure
/// rate `l`. A half is dead at the age `t` with `q(t) = 1 - exp(-l t)`; both are for a share of the time that is the mean
/// over a period of `q(t)^2` if both are inspected at once, and of `q(t) q(t + T/2)` if in turns: a third of `x^2`, and 5/24
/// of it, for small `x` (Vaurio, *Unavailability of components with inspection and repair*, Nucl. Eng. Des. 54, 1979).
#[test]
fn inspections_in_turns_are_better_than_all_at_once() {
    let x = 0.3_f64;
    let share_down = |staggered| {
        let found = Found::Every { period: Duration::days(30.0), staggered };
        let mode = Mode::new(mean(720.0 / x), Law::constant(Duration::seconds(1.0))).found(found);
        let system = System::new()
            .component("half", Component::new().with_mode("dead", mode))
            .service("system", Service::replicas("half", 2));
        check::share_of_downtime(SystemModel::new(&system).unwrap(), 0, Duration::days(14_400.0))
    };
    let e = |x: f64| fivenines::random::math::exp(-x);
    let at_once = 1.0 - 2.0 * (1.0 - e(x)) / x + (1.0 - e(2.0 * x)) / (2.0 * x);
    let in_turns = 1.0 - 2.0 * (1.0 - e(x)) / x + e(x / 2.0) * (1.0 - e(x)) / x;
    for (staggered, closed_form) in [(false, at_once), (true, in_turns)] {
        let (lower, upper) = share_down(staggered);
        assert!(lower < closed_form && closed_form < upper, "{lower:e} to {upper:e}, not {closed_form:e}");
        assert!(upper / lower < 1.2, "an interval that says something: {lower:e} to {upper:e}");
    }
}

/// A standby whose failures nobody notices and nobody looks for, at the limit where failures are rare.
///
/// Of two alike halves the standby has died first with 1/2, and stays dead until the leader fails: so a leader fails about as
/// often beside a dead standby as beside a live one. With a switch of rate `q` and repairs of rate `r`, all exponential, an
/// outage beside a live one lasts a switch, and beside a dead one as the steps of a failover say:
///
/// - The switch ends before the old leader is back, with `q / (q + r)`: the standby is found dead, and nobody is left to
///   choose. The first of two repairs is waited for; if it is the standby's, a second switch has to end.
/// - The old leader is back before, with `r / (q + r)`: one of the two that seem to be up is chosen. With 1/2 it is the dead
///   one, so that a second switch has to end; with 1/2 it is not, and the standby stays dead, for the next time.
#[test]
fn half_of_the_standbys_that_nobody_tests_are_dead_when_needed() {
    let (life, repair, switch) = (1e8, 10.0, 3.0);
    let mode = Mode::new(mean(life), mean(repair)).found(Found::AtFailover);
    let failover = Failover::new(Law::constant(Duration::ZERO), mean(switch));
    let system = System::new()
        .component("unit", Component::new().with_mode("dead", mode))
        .service("system", Service::replicas("unit", 2).failover(failover));
    let (model, service) = check::compiled(&system, "system");
    let found = check::answer(&check::explore(model), service, "unavailability");
    let (q, r) = (1.0 / switch, 1.0 / repair);
    let nobody_left = 1.0 / (2.0 * r) + 1.0 / (2.0 * q);
    let dead = 1.0 / q + q / (q + r) * nobody_left + r / (q + r) / (2.0 * q);
    let stays_dead = r / (q + r) / 2.0;
    let beside_dead = 1.0 / (2.0 - stays_dead);
    let expected = ((1.0 - beside_dead) / q + beside_dead * dead) / life;
    check::close("unavailability", found, expected, 1e-5);
}

/// A standby that is slow, and nobody knows, is up where half of its capacity is enough: a failover may choose it, and finds
/// nothing.
#[test]
fn what_is_slow_and_not_found_can_lead() {
    let unavailability = |is_slow: bool| {
        let mut unit = Component::new().mode("crash", mean(500.0), mean(2.0));
        if is_slow {
            let slow = Mode::new(mean(50.0), mean(900.0)).slow(Probability::new(0.5).unwrap());
            unit = unit.with_mode("slow", slow.found(Found::After(mean(100.0))));
        }
        let quarter = Need::Share(Probability::new(0.25).unwrap());
        let service = Service::replicas("unit", 2).needs(quarter);
        let system = System::new()
            .component("unit", unit)
            .service("system", service.failover(Failover::new(mean(0.1), mean(0.2))));
        let (model, service) = check::compiled(&system, "system");
        check::answer(&check::explore(model), service, "unavailability")
    };
    check::close("unavailability", unavailability(true), unavailability(false), 1e-9);
}
