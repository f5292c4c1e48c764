//! Zones that take their nodes down: out of reach, frozen, or crashed.

use fivenines::system::{Component, Mode, Need, Service, SiteOutage, Spread, System};

use super::check::{self, EXACT, Play, Row, UNIFORMIZED, mean};

/// Three zones with nodes spread over them.
fn zones(replicas: u32, quorum: u32, zone: Mode, node: Component) -> System {
    System::new()
        .levels(&["zone"])
        .site("a")
        .site("b")
        .site("c")
        .level_mode("zone", "outage", zone)
        .component("node", node)
        .service("system", Service::replicas("node", replicas).spread("zone").needs(Need::Count(quorum)))
}

const REACH: &[Row] = &[
    ("unavailability", 1.636859803237471e-05, EXACT),
    ("mttf", 64595.67600644799, EXACT),
    ("unreliability_8760h", 0.12679453661153192, UNIFORMIZED),
    ("expected_downtime_8760h", 0.1433361298325311, UNIFORMIZED),
];

#[test]
fn nodes_live_on_in_a_zone_that_is_out_of_reach() {
    let node = Component::new().mode("fails", mean(1000.0), mean(2.0));
    let system = zones(3, 2, Mode::new(mean(8760.0), mean(3.0)), node);
    check::system(&system, REACH, Play::Outages(300.0));
}

const FROZEN: &[Row] = &[
    ("unavailability", 8.679544847621822e-06, EXACT),
    ("mttf", 138716.3960851609, EXACT),
    ("unreliability_8760h", 0.061181373277018655, UNIFORMIZED),
];

#[test]
fn nodes_stand_still_in_a_zone_that_is_down() {
    let node = Component::new().mode("fails", mean(1000.0), mean(2.0)).site_outage(SiteOutage::Frozen);
    let system = zones(6, 4, Mode::new(mean(8760.0), mean(3.0)), node);
    check::system(&system, FROZEN, Play::Outages(300.0));
}

const CRASH: &[Row] = &[
    ("unavailability", 2.7071179926905015e-05, EXACT),
    ("mttf", 46722.1004402741, EXACT),
    ("unreliability_8760h", 0.17093110533776268, UNIFORMIZED),
    ("point_unavailability_5h", 2.1577133374169182e-05, UNIFORMIZED),
];

#[test]
fn nodes_crash_with_their_zone() {
    let node = Component::new()
        .mode("fails", mean(700.0), mean(2.0))
        .site_outage(SiteOutage::Crashes("fails".to_owned()));
    let system = zones(6, 4, Mode::new(mean(4380.0), mean(2.0)), node);
    check::system(&system, CRASH, Play::Outages(300.0));
}

/// Node unavailability 1e-3, zone unavailability 5e-4, all independent, a majority of three nodes (closed forms):
/// two zones are slightly worse than one.
#[test]
fn two_zones_do_not_help_a_majority_of_three() {
    let zone = Mode::new(mean(1999.0), mean(1.0));
    let node = Component::new().mode("fails", mean(999.0), mean(1.0));
    for (over, expected) in [(3, 6.7387575e-6), (2, 5.03994e-4), (1, 5.02997e-4)] {
        let spread = Spread::Over { level: "zone".to_owned(), over: Some(over) };
        let mut system = zones(3, 2, zone.clone(), node.clone());
        let service = Service::replicas("node", 3).placed(spread).needs(Need::Majority);
        system = system.service("system", service);
        let (model, service) = check::compiled(&system, "system");
        let found = check::answer(&check::explore(model), service, "unavailability");
        // The published values have six or more digits.
        check::close(&format!("over {over}"), found, expected, 1e-5);
    }
}
