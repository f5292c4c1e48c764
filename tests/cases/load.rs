//! What makes failures depend on each other without a common cause: cascades, environments and load.

use fivenines::system::{Cascade, Component, Environment, Mode, Need, Scope, Service, System};

use super::check::{self, EXACT, Play, Row, UNIFORMIZED, mean};

const CASCADE: &[Row] = &[
    ("unavailability", 3.934518428996632e-5, EXACT),
    ("mttf", 8_718.926_960_026_35, EXACT),
    ("unreliability_8760h", 0.6338494905034925, UNIFORMIZED),
];

#[test]
fn a_failure_takes_each_of_the_others_with_it_one_time_in_ten() {
    let fails = Mode::new(mean(1000.0), mean(1.0)).cascade(Cascade::new("10%".parse().unwrap()));
    let system = System::new()
        .component("node", Component::new().with_mode("fails", fails))
        .service("system", Service::replicas("node", 4).needs(Need::Count(2)));
    check::system(&system, CASCADE, Play::Outages(500.0));
}

const STORMS: &[Row] = &[
    ("unavailability", 3.674_916_264_678_064e-5, EXACT),
    ("mttf", 29_899.587_277_990_77, EXACT),
    ("unreliability_8760h", 0.25377236790942814, UNIFORMIZED),
    ("point_unavailability_100h", 3.674719513570513e-5, UNIFORMIZED),
];

#[test]
fn units_fail_a_hundred_times_as_often_in_a_storm() {
    let storm = Environment::new(mean(1000.0), mean(10.0), Scope::all()).failure_factor(100.0);
    let system = System::new()
        .component("unit", Component::new().mode("fails", mean(5000.0), mean(2.0)))
        .environment("storm", storm)
        .service("system", Service::replicas("unit", 3).needs(Need::Majority));
    check::system(&system, STORMS, Play::Outages(500.0));
}
