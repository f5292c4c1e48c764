//! k of n alike units with own repairers or a crew that repairs in order of failure.

use fivenines::system::{Component, Crew, Mode, Need, Service, System};

use super::check::{self, EXACT, Play, Row, UNIFORMIZED, mean};

/// `n` units of which `k` must work, mean life and repair in hours, and a crew; as many as units is own repairers.
pub fn k_of_n(n: u32, k: u32, crew: u32, life: f64, repair: f64) -> System {
    let mode = Mode::new(mean(life), mean(repair));
    let mode = if crew < n { mode.repaired_by("crew") } else { mode };
    System::new()
        .crew("crew", Crew::new(crew))
        .component("unit", Component::new().with_mode("fails", mode))
        .service("system", Service::replicas("unit", n).needs(Need::Count(k)))
}

const N2_K1_C1: &[Row] = &[
    ("unavailability", 0.01639344262295082, EXACT),
    ("mttf", 650.0, EXACT),
    ("unreliability_100h", 0.13369149352612544, UNIFORMIZED),
    ("point_unavailability_20h", 0.010357332952383351, UNIFORMIZED),
    ("expected_downtime_1000h", 16.084385917764052, UNIFORMIZED),
];

#[test]
fn one_of_two_with_one_crew() {
    check::system(&k_of_n(2, 1, 1, 100.0, 10.0), N2_K1_C1, Play::Outages(2000.0));
}

const N3_K2_C1: &[Row] = &[
    ("unavailability", 9.523203671479573e-05, EXACT),
    ("mttf", 42500.0, EXACT),
    ("unreliability_8760h", 0.18620303757618925, UNIFORMIZED),
    ("point_unavailability_10h", 6.782579918614772e-05, UNIFORMIZED),
    ("expected_downtime_100h", 0.008759872323733323, UNIFORMIZED),
];

#[test]
fn two_of_three_with_one_crew() {
    check::system(&k_of_n(3, 2, 1, 1000.0, 4.0), N3_K2_C1, Play::Outages(1000.0));
}

const N3_K2_C3: &[Row] = &[
    ("unavailability", 4.7491815566577675e-05, EXACT),
    ("mttf", 42500.0, EXACT),
    ("unreliability_8760h", 0.18620303757618925, UNIFORMIZED),
    ("point_unavailability_10h", 4.0094999824326696e-05, UNIFORMIZED),
];

#[test]
fn two_of_three_with_own_crews() {
    check::system(&k_of_n(3, 2, 3, 1000.0, 4.0), N3_K2_C3, Play::Outages(1000.0));
}

const N4_K1_C4: &[Row] = &[
    ("unavailability", 1.2329231815277393e-14, EXACT),
    ("mttf", 20279267256250.0, EXACT),
    ("unreliability_8760h", 4.3187790333751094e-10, UNIFORMIZED),
];

#[test]
fn one_of_four_with_own_crews() {
    let rare = Play::Not("unavailability 1.2e-14: an outage in two billion years");
    check::system(&k_of_n(4, 1, 4, 3000.0, 1.0), N4_K1_C4, rare);
}

const N5_K3_C2: &[Row] = &[
    ("unavailability", 1.4940157088659247e-08, EXACT),
    ("mttf", 67101566.666666664, EXACT),
    ("unreliability_8760h", 0.00013049526203869088, UNIFORMIZED),
];

#[test]
fn three_of_five_with_two_crews() {
    let rare = Play::Not("unavailability 1.5e-8: half a million failures for each outage");
    check::system(&k_of_n(5, 3, 2, 2000.0, 2.0), N5_K3_C2, rare);
}

const N10_K8_C2: &[Row] = &[
    ("unavailability", 2.449933709266959e-06, EXACT),
    ("mttf", 4987929.012345679, EXACT),
    ("unreliability_8760h", 0.0017475946767831392, UNIFORMIZED),
    ("point_unavailability_48h", 1.4382850459970358e-06, UNIFORMIZED),
];

#[test]
fn eight_of_ten_with_two_crews() {
    check::system(&k_of_n(10, 8, 2, 10_000.0, 24.0), N10_K8_C2, Play::Outages(200.0));
}
