//! Pairs: who leads, who stands by, and who notices.

use fivenines::engine::{Clocks, Context, Model, Source, Watch};

use super::check::{self, EXACT, Row, UNIFORMIZED, clock, declare, rate};

/// Where a primary and its standby are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Pair {
    Both,
    Failover,
    ByHand,
    Latent,
    Single,
    NoneLeft,
}

const PRIMARY: usize = 0;
const STANDBY: usize = 1;
const RECOVERY: usize = 2;
const NOTICE: usize = 3;
const REPAIR: usize = 4;

/// A pair whose failover is covered with probability 0.98, and whose standby can fail unnoticed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Coverage(Pair);

impl Coverage {
    const LAMBDA: f64 = 1.0 / 2000.0;

    fn run(cx: &mut Context<usize>, index: usize, per_hour: f64) {
        cx.set(clock(index), &rate(per_hour), index);
    }
}

impl Model for Coverage {
    type Event = usize;

    fn clocks(&mut self, clocks: &mut Clocks) {
        declare(clocks, 5);
    }

    fn start(&mut self, cx: &mut Context<usize>) {
        Self::run(cx, PRIMARY, Self::LAMBDA);
        Self::run(cx, STANDBY, Self::LAMBDA);
    }

    fn on(&mut self, event: usize, cx: &mut Context<usize>) {
        let coin = Source::default();
        self.0 = match (self.0, event) {
            (Pair::Both, PRIMARY) if cx.chance(coin, 0.98) => {
                Self::run(cx, RECOVERY, 120.0);
                Pair::Failover
            }
            (Pair::Both, PRIMARY) => {
                Self::run(cx, RECOVERY, 2.0);
                Pair::ByHand
            }
            (Pair::Both, STANDBY) if cx.chance(coin, 0.9) => {
                Self::run(cx, REPAIR, 0.25);
                Pair::Single
            }
            (Pair::Both, STANDBY) => {
                Self::run(cx, NOTICE, 1.0 / 24.0);
                Pair::Latent
            }
            (Pair::Latent, NOTICE) => {
                Self::run(cx, REPAIR, 0.25);
                Pair::Single
            }
            (Pair::Failover | Pair::ByHand, RECOVERY) => {
                // The old standby is the primary, whose clock goes on under that name.
                cx.cancel(clock(STANDBY));
                Self::run(cx, PRIMARY, Self::LAMBDA);
                Self::run(cx, REPAIR, 0.25);
                Pair::Single
            }
            (Pair::Single, REPAIR) => {
                Self::run(cx, STANDBY, Self::LAMBDA);
                Pair::Both
            }
            (Pair::NoneLeft, REPAIR) => {
                Self::run(cx, PRIMARY, Self::LAMBDA);
                Self::run(cx, REPAIR, 0.25);
                Pair::Single
            }
            (_, PRIMARY | STANDBY) => {
                cx.cancel(clock(RECOVERY));
                cx.cancel(clock(NOTICE));
                Self::run(cx, REPAIR, 0.25);
                Pair::NoneLeft
            }
            other => panic!("{other:?} cannot be"),
        };
    }

    fn observe(&self, watch: &mut Watch) {
        watch.up(!matches!(self.0, Pair::Failover | Pair::ByHand | Pair::NoneLeft));
        watch.up(self.0 != Pair::NoneLeft);
    }
}

const COVERAGE: &[Row] = &[
    ("unavailability", 1.9370941817115435e-05, EXACT),
    ("mttf", 2000.0, EXACT),
    ("unreliability_8760h", 0.9874746413789317, UNIFORMIZED),
    ("point_unavailability_1h", 8.61281469843811e-06, UNIFORMIZED),
    ("expected_downtime_8760h", 0.16954915071901128, UNIFORMIZED),
];

#[test]
fn a_failover_that_is_not_always_covered() {
    let exact = check::explore(Coverage(Pair::Both));
    check::table(&exact, 0, COVERAGE);
    // `unavailability_both_down`, Storm 1.14, exact.
    check::table(&exact, 1, &[("unavailability", 1.033590474434856e-5, EXACT)]);
}

/// Where an active unit and its standby are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Units {
    Ready,
    Alone,
    /// The switch-over did not work; somebody has to do it by hand.
    Pending,
    NoneLeft,
}

const ACTIVE: usize = 0;
const SPARE: usize = 1;
const HAND: usize = 2;
const CREW: usize = 3;

/// An active unit and a standby that fails at `dormancy` times the rate.
#[derive(Clone, Debug)]
struct Standby {
    units: Units,
    dormancy: f64,
}

impl PartialEq for Standby {
    fn eq(&self, other: &Standby) -> bool {
        self.units == other.units
    }
}

impl Eq for Standby {}

impl std::hash::Hash for Standby {
    fn hash<H: std::hash::Hasher>(&self, hasher: &mut H) {
        self.units.hash(hasher);
    }
}

impl Standby {
    const LAMBDA: f64 = 1.0 / 1000.0;

    fn activate(&self, cx: &mut Context<usize>) {
        cx.set(clock(ACTIVE), &rate(Self::LAMBDA), ACTIVE);
    }

    fn stand_by(&self, cx: &mut Context<usize>) {
        cx.set(clock(SPARE), &rate(self.dormancy * Self::LAMBDA), SPARE);
    }

    fn repair(&self, cx: &mut Context<usize>) {
        cx.set(clock(CREW), &rate(0.1), CREW);
    }
}

impl Model for Standby {
    type Event = usize;

    fn clocks(&mut self, clocks: &mut Clocks) {
        declare(clocks, 4);
    }

    fn start(&mut self, cx: &mut Context<usize>) {
        self.activate(cx);
        self.stand_by(cx);
    }

    fn on(&mut self, event: usize, cx: &mut Context<usize>) {
        self.units = match (self.units, event) {
            (Units::Ready, ACTIVE) => {
                self.repair(cx);
                if cx.chance(Source::default(), 0.99) {
                    cx.cancel(clock(SPARE));
                    self.activate(cx);
                    Units::Alone
                } else {
                    cx.set(clock(HAND), &rate(4.0), HAND);
                    Units::Pending
                }
            }
            (Units::Ready, SPARE) => {
                self.repair(cx);
                Units::Alone
            }
            (Units::Pending, HAND) => {
                cx.cancel(clock(SPARE));
                self.activate(cx);
                Units::Alone
            }
            (Units::Pending, CREW) => {
                cx.cancel(clock(HAND));
                self.activate(cx);
                Units::Ready
            }
            (Units::Pending, SPARE) => {
                cx.cancel(clock(HAND));
                Units::NoneLeft
            }
            (Units::Alone, ACTIVE) => Units::NoneLeft,
            (Units::Alone, CREW) => {
                self.stand_by(cx);
                Units::Ready
            }
            (Units::NoneLeft, CREW) => {
                self.activate(cx);
                self.repair(cx);
                Units::Alone
            }
            other => panic!("{other:?} cannot be"),
        };
    }

    fn observe(&self, watch: &mut Watch) {
        watch.up(matches!(self.units, Units::Ready | Units::Alone));
    }
}

const HOT: &[Row] = &[
    ("unavailability", 0.00019843014080700308, EXACT),
    ("mttf", 34330.0, EXACT),
    ("unreliability_1000h", 0.028533598824199997, UNIFORMIZED),
];

#[test]
fn a_hot_standby() {
    check::model(Standby { units: Units::Ready, dormancy: 1.0 }, HOT);
}

const COLD: &[Row] = &[
    ("unavailability", 0.00010139059164368153, EXACT),
    ("mttf", 50995.0, EXACT),
    ("unreliability_1000h", 0.019328120166151673, UNIFORMIZED),
    ("point_unavailability_10h", 2.8691712627753683e-05, UNIFORMIZED),
];

#[test]
fn a_cold_standby() {
    check::model(Standby { units: Units::Ready, dormancy: 0.0 }, COLD);
}

/// A full replica is good, stale (running, but behind) or failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Replica {
    Good,
    Stale,
    Failed,
}

/// Two full replicas and a witness. Replica `r` has clocks `2r` (fails) and `2r + 1` (comes back a step); the witness
/// has 4 and 5.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Witness {
    replicas: [Replica; 2],
    witness: bool,
}

impl Witness {
    /// A stale replica catches up from a good one, or waits for somebody to declare it good.
    fn catch_up(&self, replica: usize, cx: &mut Context<usize>) {
        if self.replicas[replica] == Replica::Stale {
            let per_hour = if self.replicas[1 - replica] == Replica::Good { 1.0 / 3.0 } else { 1.0 / 12.0 };
            cx.set(clock(2 * replica + 1), &rate(per_hour), 2 * replica + 1);
        }
    }
}

impl Model for Witness {
    type Event = usize;

    fn clocks(&mut self, clocks: &mut Clocks) {
        declare(clocks, 6);
    }

    fn start(&mut self, cx: &mut Context<usize>) {
        cx.set(clock(0), &rate(1.0 / 900.0), 0);
        cx.set(clock(2), &rate(1.0 / 900.0), 2);
        cx.set(clock(4), &rate(1.0 / 5000.0), 4);
    }

    fn on(&mut self, event: usize, cx: &mut Context<usize>) {
        match (event / 2, event % 2) {
            (2, failed) => {
                self.witness = failed == 1;
                let (next, per_hour) = if self.witness { (4, 1.0 / 5000.0) } else { (5, 1.0) };
                cx.set(clock(next), &rate(per_hour), next);
                return;
            }
            (replica, 0) => {
                self.replicas[replica] = Replica::Failed;
                cx.set(clock(event + 1), &rate(0.5), event + 1);
            }
            (replica, _) if self.replicas[replica] == Replica::Failed => {
                self.replicas[replica] = Replica::Stale;
                cx.set(clock(event - 1), &rate(1.0 / 900.0), event - 1);
                self.catch_up(replica, cx);
            }
            (replica, _) => self.replicas[replica] = Replica::Good,
        }
        self.catch_up(1 - event / 2, cx);
    }

    fn observe(&self, watch: &mut Watch) {
        let running = self.replicas.iter().filter(|&&replica| replica != Replica::Failed).count();
        let voters = running + usize::from(self.witness);
        watch.up(self.replicas.contains(&Replica::Good) && voters >= 2);
    }
}

const WITNESS: &[Row] = &[
    ("unavailability", 8.969802079788645e-05, EXACT),
    ("mttf", 74140.94373229527, EXACT),
    ("unreliability_8760h", 0.11140272719323559, UNIFORMIZED),
];

#[test]
fn a_quorum_with_a_witness() {
    check::model(Witness { replicas: [Replica::Good; 2], witness: true }, WITNESS);
}
