//! Zones that take their nodes down: out of reach, frozen, or crashed.

use fivenines::engine::{Clocks, Context, Model, Watch};
use fivenines::system::{Component, Mode, Need, Service, SiteOutage, Spread, System};

use super::check::{self, ELIMINATED, EXACT, Play, Row, UNIFORMIZED, mean};

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

const REGION: usize = 0;

/// A region of three zones of three nodes each; a zone's crew rests while its zone is down, and only then. Zone `z` has
/// clocks `1 + 3 z` to its change, `2 + 3 z` to a node's failure, `3 + 3 z` to a node's repair.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Majorities {
    region: bool,
    zones: [bool; 3],
    working: [u32; 3],
}

impl Majorities {
    fn zone(&self, zone: usize, cx: &mut Context<usize>) {
        let (up, working) = (self.zones[zone], self.working[zone]);
        check::race(cx, 1 + 3 * zone, if up { 1.0 / 8000.0 } else { 0.25 }, 1.0);
        check::race(cx, 2 + 3 * zone, 1.0 / 900.0, f64::from(working));
        check::race(cx, 3 + 3 * zone, 1.0 / 3.0, if up && working < 3 { 1.0 } else { 0.0 });
    }

    fn region(&self, cx: &mut Context<usize>) {
        check::race(cx, REGION, if self.region { 1.0 / 50_000.0 } else { 1.0 }, 1.0);
    }
}

impl Model for Majorities {
    type Event = usize;

    fn clocks(&mut self, clocks: &mut Clocks) {
        check::declare(clocks, 10);
    }

    fn start(&mut self, cx: &mut Context<usize>) {
        self.region(cx);
        (0..3).for_each(|zone| self.zone(zone, cx));
    }

    fn on(&mut self, event: usize, cx: &mut Context<usize>) {
        let Some(event) = event.checked_sub(1) else {
            self.region = !self.region;
            return self.region(cx);
        };
        let zone = event / 3;
        match event % 3 {
            0 => self.zones[zone] = !self.zones[zone],
            1 => self.working[zone] -= 1,
            _ => self.working[zone] += 1,
        }
        self.zone(zone, cx);
    }

    fn observe(&self, watch: &mut Watch) {
        let good = (0..3).filter(|&zone| self.zones[zone] && self.working[zone] >= 2).count();
        watch.up(self.region && good >= 2);
    }
}

const MAJORITIES: &[Row] = &[
    ("unavailability", 2.096044914226506e-05, ELIMINATED),
    ("mttf", 48785.66270627745, EXACT),
    ("unreliability_720h", 0.014647932519545012, UNIFORMIZED),
    ("point_unavailability_24h", 2.0955493438922265e-05, UNIFORMIZED),
];

#[test]
fn a_majority_of_majorities() {
    check::model(Majorities { region: true, zones: [true; 3], working: [3; 3] }, MAJORITIES);
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
