//! Loss of data: the first time that too many fragments are gone.

use fivenines::engine::{Clocks, Context, Model, Watch};
use fivenines::system::{Component, Crew, Mode, Need, Service, System};

use super::check::{self, EXACT, Play, Row, UNIFORMIZED, clock, declare, mean};
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

/// What a replica of an object is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Copy2 {
    Intact,
    Latent,
    Visible,
}

/// Two replicas with latent faults that a scrub finds. Replica `r` has clocks `3r` (visible fault), `3r + 1` (latent
/// fault), `3r + 2` (scrub or repair).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Scrubbed([Copy2; 2]);

impl Scrubbed {
    fn lost(&self) -> bool {
        self.0.iter().all(|&copy| copy != Copy2::Intact)
    }

    fn intact(&mut self, replica: usize, cx: &mut Context<usize>) {
        self.0[replica] = Copy2::Intact;
        cx.set(clock(3 * replica), &mean(100_000.0), 3 * replica);
        cx.set(clock(3 * replica + 1), &mean(20_000.0), 3 * replica + 1);
    }
}

impl Model for Scrubbed {
    type Event = usize;

    fn clocks(&mut self, clocks: &mut Clocks) {
        declare(clocks, 6);
    }

    fn start(&mut self, cx: &mut Context<usize>) {
        (0..2).for_each(|replica| self.intact(replica, cx));
    }

    fn on(&mut self, event: usize, cx: &mut Context<usize>) {
        let (replica, what) = (event / 3, event % 3);
        let fixes = clock(3 * replica + 2);
        match (what, self.0[replica]) {
            (0, _) => {
                cx.cancel(clock(3 * replica + 1));
                self.0[replica] = Copy2::Visible;
                cx.set(fixes, &mean(10.0), 3 * replica + 2);
            }
            (1, _) => {
                cx.cancel(clock(3 * replica));
                self.0[replica] = Copy2::Latent;
                cx.set(fixes, &mean(168.0), 3 * replica + 2);
            }
            (_, Copy2::Latent) => {
                self.0[replica] = Copy2::Visible;
                cx.set(fixes, &mean(10.0), 3 * replica + 2);
            }
            _ => self.intact(replica, cx),
        }
        if self.lost() {
            // What is lost stays lost.
            (0..6).for_each(|index| {
                cx.cancel(clock(index));
            });
        }
    }

    fn observe(&self, watch: &mut Watch) {
        watch.up(!self.lost());
    }
}

const SCRUB: &[Row] = &[
    ("mttdl", 951858.6324804546, EXACT),
    ("p_loss_8760h", 0.008993419527799149, UNIFORMIZED),
    ("p_loss_87600h", 0.08778142478493649, UNIFORMIZED),
];

#[test]
fn two_replicas_with_latent_faults() {
    check::model(Scrubbed([Copy2::Intact; 2]), SCRUB);
}
