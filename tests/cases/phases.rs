//! Laws made of stages and branches.

use fivenines::random::Law;
use fivenines::system::{Component, Crew, Mode, Need, Service, System};
use fivenines::units::{Duration, Probability};

use super::check::{self, EXACT, Play, Row, UNIFORMIZED, mean};

const HYPER: &[Row] = &[
    ("unavailability", 5.521974633507295e-08, EXACT),
    ("mttf", 3354795.7019574167, EXACT),
    ("unreliability_8760h", 0.0026036018506090637, UNIFORMIZED),
];

#[test]
fn repairs_that_are_mostly_restarts_and_sometimes_replacements() {
    let branch = |share: f64, hours: f64| (Probability::new(share).unwrap(), Duration::hours(hours));
    let repair = Law::hyperexponential(&[branch(0.95, 1.0 / 30.0), branch(0.05, 10.0)]).unwrap();
    let system = System::new()
        .component("node", Component::new().mode("fails", mean(300.0), repair))
        .service("system", Service::replicas("node", 5).needs(Need::Majority));
    check::system(
        &system,
        HYPER,
        Play::Not("unavailability 5.5e-8: sixty thousand failures for each outage"),
    );
}

const ERLANG_REPAIR: &[Row] = &[
    ("unavailability", 0.00023806297758181962, EXACT),
    ("mttf", 10771.04125016899, EXACT),
    ("unreliability_8760h", 0.5565852580585026, UNIFORMIZED),
    ("point_unavailability_5h", 0.00016929608077071066, UNIFORMIZED),
];

#[test]
fn repairs_of_four_stages_by_one_crew() {
    let repair = Law::erlang(4, Duration::hours(4.0)).unwrap();
    let mode = Mode::new(mean(500.0), repair).repaired_by("crew");
    let system = System::new()
        .crew("crew", Crew::new(1))
        .component("unit", Component::new().with_mode("fails", mode))
        .service("system", Service::replicas("unit", 3).needs(Need::Majority));
    check::system(&system, ERLANG_REPAIR, Play::Outages(1000.0));
}

const ERLANG_LIFE: &[Row] = &[
    ("unavailability", 0.00034620045006058506, EXACT),
    ("mttf", 34645.73055028463, EXACT),
    ("unreliability_8760h", 0.21654699968895422, UNIFORMIZED),
    ("point_unavailability_1000h", 0.00034923368411184975, UNIFORMIZED),
];

#[test]
fn a_pair_that_wears_out() {
    let life = Law::erlang(3, Duration::hours(900.0)).unwrap();
    let mode = Mode::new(life, mean(12.0)).repaired_by("crew");
    let system = System::new()
        .crew("crew", Crew::new(1))
        .component("unit", Component::new().with_mode("fails", mode))
        .service("system", Service::replicas("unit", 2));
    check::system(&system, ERLANG_LIFE, Play::Outages(1000.0));
}
