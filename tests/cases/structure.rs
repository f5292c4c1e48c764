//! Systems whose structure is a matter of services made of services.

use fivenines::random::Law;
use fivenines::system::{Component, Crew, Mode, Need, Service, System};

use super::check::{self, EXACT, FAULT_TREE, Play, Row, UNIFORMIZED, mean, rate};

/// A crew of one that divides its effort.
fn shared_crew() -> System {
    System::new().crew("crew", Crew::new(1).shared())
}

fn repaired(life: f64, repair: f64) -> Component {
    Component::new().with_mode("fails", Mode::new(mean(life), mean(repair)).repaired_by("crew"))
}

fn singles(system: System, component: &str, names: &[&str]) -> System {
    names.iter().fold(system, |system, name| system.service(name, Service::replicas(component, 1)))
}

const CONSECUTIVE: &[Row] = &[
    ("unavailability", 0.00012880264157858105, EXACT),
    ("mttf", 47701.579803086344, EXACT),
    ("unreliability_8760h", 0.16767947182555445, UNIFORMIZED),
];

#[test]
fn consecutive_two_of_eight_is_all_of_the_pairs() {
    let stations: Vec<String> = (0..8).map(|station| format!("station-{station}")).collect();
    let pairs: Vec<String> = (0..7).map(|pair| format!("pair-{pair}")).collect();
    let stations: Vec<&str> = stations.iter().map(String::as_str).collect();
    let pairs: Vec<&str> = pairs.iter().map(String::as_str).collect();
    let system = shared_crew().component("station", repaired(2000.0, 6.0));
    let mut system = singles(system, "station", &stations);
    for (name, two) in pairs.iter().zip(stations.windows(2)) {
        system = system.service(name, Service::members(two));
    }
    let system = system.service("system", Service::members(&pairs).needs(Need::All));
    check::system(&system, CONSECUTIVE, Play::Outages(500.0));
}

const TIERS: &[Row] = &[
    ("unavailability", 5.313249114977629e-06, EXACT),
    ("mttf", 677905.2566485592, EXACT),
    ("unreliability_8760h", 0.01283384140944972, UNIFORMIZED),
    ("point_unavailability_24h", 5.221363961402012e-06, UNIFORMIZED),
];

#[test]
fn three_tiers_share_a_crew() {
    let system = shared_crew()
        .component("lb", repaired(4000.0, 1.0))
        .component("app", repaired(600.0, 0.5))
        .component("db", repaired(2500.0, 4.0))
        .service("lbs", Service::replicas("lb", 2))
        .service("dbs", Service::replicas("db", 2))
        // The tier that depends on the others is the system.
        .service(
            "system",
            Service::replicas("app", 5).needs(Need::Count(3)).depends_on("lbs").depends_on("dbs"),
        );
    check::system(&system, TIERS, Play::Outages(100.0));
}

const RARE: &[Row] = &[
    ("unavailability", 9.238996833694268e-12, EXACT),
    ("mttf", 37109600140.03709, EXACT),
    ("unreliability_8760h", 2.3601592732434862e-07, UNIFORMIZED),
];

#[test]
fn a_very_rare_outage_keeps_its_digits() {
    let unit = |life: f64, repair: f64| Component::new().mode("fails", mean(life), mean(repair));
    let system = System::new()
        .component("one", unit(5000.0, 1.0))
        .component("two", unit(8000.0, 0.5))
        .component("three", unit(20_000.0, 2.0))
        .service("stage-1", Service::replicas("one", 3))
        .service("stage-2", Service::replicas("two", 3))
        .service("stage-3", Service::replicas("three", 3))
        .service("system", Service::members(&["stage-1", "stage-2", "stage-3"]).needs(Need::All));
    check::system(&system, RARE, Play::Not("unavailability 9e-12: an outage in four million years"));
}

const CABINETS: &[Row] = &[
    ("mttf", 31.55094371253479, FAULT_TREE),
    ("unreliability_0.1", 1.7468001158726103e-05, FAULT_TREE),
    ("unreliability_1", 0.0016993897817916554, FAULT_TREE),
    ("unreliability_10", 0.12633565560640575, FAULT_TREE),
];

#[test]
fn railway_cabinets_are_not_repaired() {
    let lasts = |per_hour: f64| Component::new().mode("fails", rate(per_hour), Law::Never);
    let system = System::new()
        .component("relay", lasts(0.01))
        .component("voltage", lasts(0.0253))
        .service("rk", Service::replicas("relay", 2).needs(Need::All))
        .service("hs", Service::replicas("voltage", 2).needs(Need::All))
        .service("both", Service::members(&["rk", "hs"]))
        .service("rkd", Service::replicas("relay", 2))
        .service("hsd", Service::replicas("voltage", 2))
        .service("system", Service::members(&["both", "rkd", "hsd"]).needs(Need::All));
    check::system(&system, CABINETS, Play::Not("one outage a trial, which never ends"));
}

const MOORING: &[Row] = &[
    ("mttf", 41.453251510141946, FAULT_TREE),
    ("unreliability_0.01", 0.00024120650503227397, FAULT_TREE),
    ("unreliability_1", 0.023834912652182422, FAULT_TREE),
];

#[test]
fn a_mooring_system_is_a_series_of_parts() {
    let rates = [
        1.32e-5, 4.97e-3, 2.26e-3, 2.92e-3, 4.73e-3, 1.98e-3, 2.27e-3, 9.88e-6, 9.88e-6, 4.06e-5, 3.13e-3,
        5.90e-4, 4.38e-4, 4.25e-4, 3.37e-4,
    ];
    // Fifteen ways for one component to fail, and so 2^15 sets of failed modes.
    let part = rates.iter().enumerate().fold(Component::new(), |part, (index, &per_hour)| {
        part.mode(&format!("part-{index:02}"), rate(per_hour), Law::Never)
    });
    let system = System::new().component("buoy", part).service("system", Service::replicas("buoy", 1));
    check::system(&system, MOORING, Play::Not("one outage a trial, which never ends"));
}

#[test]
fn two_disks_of_one_replica_do_not_share_their_luck() {
    let system = System::new()
        .component("disk", Component::new().mode("fails", mean(90.0), mean(10.0)))
        .service("system", Service::stacked(&["disk", "disk"], 1));
    // One disk works 90% of the time, both do 81%.
    check::system(&system, &[("unavailability", 0.19, "closed form")], Play::Outages(1000.0));
}
