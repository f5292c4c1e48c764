//! Loss of data: the first time that too many fragments are gone.

use fivenines::system::{Component, Crew, Mode, Need, Service, System};

use super::check::{self, EXACT, Play, Row, UNIFORMIZED, mean};
use super::kofn::k_of_n;

const RARE: &str = "data loss in a hundred million years and more";

const REPLICA3: &[Row] =
    &[("mttdl", 416958425000.0, EXACT), ("p_loss_8760h", 2.097332463963825e-08, UNIFORMIZED)];

#[test]
fn three_replicas() {
    check::system(&k_of_n(3, 1, 3, 50_000.0, 10.0), REPLICA3, Play::Not(RARE));
}

const PARALLEL: &[Row] = &[
    ("mttdl", 2.9404175629259996e+16, EXACT),
    ("p_loss_8760h", 2.971687331160382e-13, UNIFORMIZED),
    ("p_loss_87600h", 2.9784205727829605e-12, UNIFORMIZED),
];

#[test]
fn six_of_nine_fragments_rebuilt_at_once() {
    check::system(&k_of_n(9, 6, 9, 400_000.0, 12.0), PARALLEL, Play::Not(RARE));
}

const LIMITED: &[Row] = &[
    ("mttdl", 4901284299649961.0, EXACT),
    ("p_loss_8760h", 1.7799416374278318e-12, UNIFORMIZED),
    ("p_loss_87600h", 1.7865521493478823e-11, UNIFORMIZED),
];

#[test]
fn six_of_nine_fragments_rebuilt_within_a_bandwidth() {
    // One fragment after the other, or all at once at a share of the bandwidth each: the same number are lost.
    check::system(&k_of_n(9, 6, 1, 400_000.0, 12.0), LIMITED, Play::Not(RARE));
    let mode = Mode::new(mean(400_000.0), mean(12.0)).repaired_by("bandwidth");
    let shared = System::new()
        .crew("bandwidth", Crew::new(1).shared())
        .component("fragment", Component::new().with_mode("lost", mode))
        .service("system", Service::replicas("fragment", 9).needs(Need::Count(6)));
    check::system(&shared, LIMITED, Play::Not(RARE));
}
