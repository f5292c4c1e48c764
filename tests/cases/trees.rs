//! Dynamic fault trees: spares, triggers and priorities, without repair or with inspections.

use std::collections::BTreeSet;

use fivenines::engine::{Clocks, Context, Model, Watch};
use fivenines::random::Law;
use fivenines::units::Duration;

use super::check::{self, ELIMINATED, EXACT, FAULT_TREE, Row, UNIFORMIZED, clock, declare, race};

/// A fault tree without repair: a history of failures, and what it means.
///
/// Basic events have clocks whose speeds follow from who has failed, in which order; once the top event has occurred
/// nothing changes any more. Of the order only what the tree's gates ask for makes states different.
#[derive(Clone, Debug)]
pub struct Tree {
    /// Failures in order.
    pub history: Vec<usize>,
    /// Rate of each basic event in use.
    pub rates: &'static [f64],
    /// Has the top event occurred?
    pub top: fn(&[usize]) -> bool,
    /// At which share of its rate a basic event that has not failed fails now.
    pub use_of: fn(&[usize], usize) -> f64,
    /// What fails at once because another has failed.
    pub drags: fn(usize) -> &'static [usize],
    /// The pairs whose order matters; nothing else of the order is kept.
    pub pairs: &'static [(usize, usize)],
}

impl PartialEq for Tree {
    fn eq(&self, other: &Tree) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Tree {}

impl std::hash::Hash for Tree {
    fn hash<H: std::hash::Hasher>(&self, hasher: &mut H) {
        self.key().hash(hasher);
    }
}

impl Tree {
    /// Who has failed, and the order of the pairs that have.
    fn key(&self) -> (bool, BTreeSet<usize>, Vec<bool>) {
        if self.is_down() {
            return (true, BTreeSet::new(), Vec::new());
        }
        let set = self.history.iter().copied().collect();
        (false, set, self.pairs.iter().map(|&(a, b)| before(&self.history, a, b)).collect())
    }

    fn is_down(&self) -> bool {
        (self.top)(&self.history)
    }

    fn settle(&self, cx: &mut Context<usize>) {
        for (event, &rate) in self.rates.iter().enumerate() {
            let idle = self.is_down() || failed(&self.history, event);
            race(cx, event, rate, if idle { 0.0 } else { (self.use_of)(&self.history, event) });
        }
    }
}

impl Model for Tree {
    type Event = usize;

    fn clocks(&mut self, clocks: &mut Clocks) {
        declare(clocks, self.rates.len());
    }

    fn start(&mut self, cx: &mut Context<usize>) {
        self.settle(cx);
    }

    fn on(&mut self, event: usize, cx: &mut Context<usize>) {
        self.history.push(event);
        for &dragged in (self.drags)(event) {
            if !failed(&self.history, dragged) {
                self.history.push(dragged);
            }
        }
        self.settle(cx);
    }

    fn observe(&self, watch: &mut Watch) {
        watch.up(!self.is_down());
    }
}

fn failed(history: &[usize], event: usize) -> bool {
    history.contains(&event)
}

fn all(history: &[usize], events: std::ops::Range<usize>) -> bool {
    events.into_iter().all(|event| failed(history, event))
}

/// Both have failed, `a` first.
fn before(history: &[usize], a: usize, b: usize) -> bool {
    let when = |event| history.iter().position(|&other| other == event);
    matches!((when(a), when(b)), (Some(a), Some(b)) if a < b)
}

/// A tree in which everything is in use and nothing drags another down.
fn plain(rates: &'static [f64], top: fn(&[usize]) -> bool, pairs: &'static [(usize, usize)]) -> Tree {
    Tree { history: Vec::new(), rates, top, use_of: |_, _| 1.0, drags: |_| &[], pairs }
}

const CARDIAC: &[Row] = &[
    ("mttf", 8597.360003706615, FAULT_TREE),
    ("unreliability_100", 0.004061225631398849, FAULT_TREE),
    ("unreliability_1000", 0.04603136979797068, FAULT_TREE),
    ("unreliability_10000", 0.6579002969690537, FAULT_TREE),
];

// Processors, crossbar switch and supervisor, motor switch and motors, pumps.
const P: usize = 0;
const B: usize = 1;
const CS: usize = 2;
const SS: usize = 3;
const MS: usize = 4;
const MA: usize = 5;
const MB: usize = 6;
const PA: usize = 7;
const PB: usize = 8;
const PS: usize = 9;

#[test]
fn a_cardiac_assist_system() {
    let tree = Tree {
        history: Vec::new(),
        rates: &[5e-5, 5e-5, 2e-5, 2e-5, 1e-6, 1e-4, 1e-4, 1e-4, 1e-4, 1e-4],
        top: |history| {
            let cpu = failed(history, P) && failed(history, B);
            let motor = failed(history, MA) && failed(history, MB) || before(history, MS, MA);
            cpu || motor || [PA, PB, PS].iter().all(|&pump| failed(history, pump))
        },
        use_of: |history, event| match event {
            B if !failed(history, P) => 0.5,
            MB if !failed(history, MA) => 0.0,
            PS if !failed(history, PA) && !failed(history, PB) => 0.0,
            _ => 1.0,
        },
        drags: |event| if event == CS || event == SS { &[P, B] } else { &[] },
        pairs: &[(MS, MA)],
    };
    check::model(tree, CARDIAC);
}

const FILTERS: &[Row] = &[
    ("mttf", 1.3648851820989594, FAULT_TREE),
    ("unreliability_0.01", 0.005990966018950766, FAULT_TREE),
    ("unreliability_1", 0.49121044189274665, FAULT_TREE),
    ("unreliability_5", 0.9823386301927127, FAULT_TREE),
];

#[test]
fn a_sensor_filter_network() {
    // Two filters of E1, E2, E3, E4, EC1, EC2, EC3.
    fn filter(history: &[usize], first: usize) -> bool {
        let [e1, e2, e3, e4, ec1, ec2, ec3] = [0, 1, 2, 3, 4, 5, 6].map(|event| first + event);
        failed(history, e2)
            || before(history, ec1, e3)
            || before(history, e1, e4)
            || before(history, ec1, ec2) && before(history, ec2, ec3)
    }
    const RATES: [f64; 14] = [0.25, 0.3, 0.2, 0.2, 0.2, 0.2, 0.2, 0.25, 0.3, 0.2, 0.2, 0.2, 0.2, 0.2];
    let pairs = &[(4, 2), (0, 3), (4, 5), (5, 6), (11, 9), (7, 10), (11, 12), (12, 13)];
    check::model(plain(&RATES, |history| filter(history, 0) || filter(history, 7), pairs), FILTERS);
}

/// Counts of alike basic events that have failed, which is all that matters of them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Cascaded {
    /// Failed components of A, C and D.
    groups: [u32; 3],
    /// Whether C failed before D, and A before B.
    in_order: bool,
}

impl Cascaded {
    fn settle(&self, cx: &mut Context<usize>) {
        for (group, &failed) in self.groups.iter().enumerate() {
            race(cx, group, 1.0, if self.in_order { f64::from(4 - failed) } else { 0.0 });
        }
    }
}

impl Model for Cascaded {
    type Event = usize;

    fn clocks(&mut self, clocks: &mut Clocks) {
        declare(clocks, 3);
    }

    fn start(&mut self, cx: &mut Context<usize>) {
        self.settle(cx);
    }

    fn on(&mut self, group: usize, cx: &mut Context<usize>) {
        self.groups[group] += 1;
        let [a, c, d] = self.groups.map(|failed| failed == 4);
        // D before C, or B (that is D) before A, and the top event can never occur.
        if group == 2 && d && !(a && c) {
            self.in_order = false;
        }
        self.settle(cx);
    }

    fn observe(&self, watch: &mut Watch) {
        watch.up(!(self.in_order && self.groups == [4; 3]));
    }
}

const CASCADED: &[Row] = &[
    ("unreliability_0.1", 1.8385411202887134e-13, FAULT_TREE),
    ("unreliability_0.3", 3.062896697948674e-08, FAULT_TREE),
    ("unreliability_1", 0.00135668095906608, FAULT_TREE),
];

#[test]
fn cascaded_priority_gates() {
    check::model(Cascaded { groups: [0; 3], in_order: true }, CASCADED);
    // In closed form: any order of A, C and D is as likely, and two of the six have C before D and A before D.
    let exact = check::explore(Cascaded { groups: [0; 3], in_order: true });
    for &(quantity, _, _) in CASCADED {
        let time: f64 = quantity.trim_start_matches("unreliability_").parse().unwrap();
        let part = -fivenines::random::math::exp_m1(-time);
        let expected = fivenines::random::math::pow(part, 12.0) / 3.0;
        check::close("closed form", check::answer(&exact, 0, quantity), expected, 1e-10);
    }
}

/// Rates of the parts of one computer: processors, memory units, buses, hardware, software.
const PARTS: [f64; 5] = [1e-4, 6e-5, 1e-6, 5e-5, 6e-5];
const INSPECTION: usize = 10;

/// Computers of two active processors and a cold spare, five memory units, two buses, hardware and software: failed
/// parts of each kind. Part `p` of computer `c` has clock `5 c + p`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Computers {
    failed: Vec<[u32; 5]>,
    /// Inspections restore everything; without them the first outage is the last event.
    inspected: bool,
}

impl Computers {
    fn is_up(&self) -> bool {
        let up = |&[processors, memory, buses, hardware, software]: &[u32; 5]| {
            processors < 3 && memory < 3 && buses < 2 && hardware == 0 && software == 0
        };
        self.failed.iter().all(up)
    }

    fn settle(&self, cx: &mut Context<usize>) {
        let stops = !self.inspected && !self.is_up();
        for (computer, failed) in self.failed.iter().enumerate() {
            // A third processor is dormant until one of the other two has failed.
            let working = [2.min(3 - failed[0]), 5 - failed[1], 2 - failed[2], 1 - failed[3], 1 - failed[4]];
            for (part, &count) in working.iter().enumerate() {
                race(cx, 5 * computer + part, PARTS[part], if stops { 0.0 } else { f64::from(count) });
            }
        }
    }

    fn inspect(&self, cx: &mut Context<usize>) {
        if self.inspected {
            let law = Law::erlang(2, Duration::hours(0.5)).expect("two stages");
            cx.set(clock(INSPECTION), &law, INSPECTION);
        }
    }
}

impl Model for Computers {
    type Event = usize;

    fn clocks(&mut self, clocks: &mut Clocks) {
        declare(clocks, INSPECTION + 1);
    }

    fn start(&mut self, cx: &mut Context<usize>) {
        self.settle(cx);
        self.inspect(cx);
    }

    fn on(&mut self, event: usize, cx: &mut Context<usize>) {
        if event == INSPECTION {
            self.failed.iter_mut().for_each(|failed| *failed = [0; 5]);
            self.inspect(cx);
        } else {
            self.failed[event / 5][event % 5] += 1;
        }
        self.settle(cx);
    }

    fn observe(&self, watch: &mut Watch) {
        watch.up(self.is_up());
    }
}

const HECS1: &[Row] = &[
    ("mttf", 5737.440970693932, FAULT_TREE),
    ("unreliability_1", 0.00010999395404759998, FAULT_TREE),
    ("unreliability_100", 0.010942480585988951, FAULT_TREE),
    ("unreliability_10000", 0.8436642238184574, FAULT_TREE),
];

#[test]
fn an_example_computer() {
    check::model(Computers { failed: vec![[0; 5]], inspected: false }, HECS1);
}

const HECS2: &[Row] = &[
    ("mttf", 3382.9519448004685, FAULT_TREE),
    ("unreliability_1", 0.00021997580942527287, FAULT_TREE),
    ("unreliability_100", 0.021765223290603167, FAULT_TREE),
    ("unreliability_1000", 0.2013209016983106, FAULT_TREE),
];

#[test]
fn two_example_computers() {
    check::model(Computers { failed: vec![[0; 5]; 2], inspected: false }, HECS2);
}

const INSPECTED: &[Row] = &[
    ("unavailability", 4.1248488464244254e-05, ELIMINATED),
    ("unreliability_1", 0.00010999395176255164, UNIFORMIZED),
    ("mttf", 9090.908853768478, EXACT),
];

#[test]
fn an_example_computer_that_is_inspected() {
    let exact = check::explore(Computers { failed: vec![[0; 5]], inspected: true });
    assert_eq!(exact.chain().states(), 576);
    check::table(&exact, 0, INSPECTED);
}

/// One gate with the spares that `use_of` says, which fails when `top` does: mean time to failure, by rates of 0.5.
fn spares(rates: &'static [f64], top: fn(&[usize]) -> bool, use_of: fn(&[usize], usize) -> f64) -> f64 {
    let tree = Tree { history: Vec::new(), rates, top, use_of, drags: |_| &[], pairs: &[] };
    check::answer(&check::explore(tree), 0, "mttf")
}

/// Storm's regression tests, exact: rates of 0.5, dormancy 0.3 where nothing else is said.
#[test]
fn warm_spares_fail_more_slowly_while_they_wait() {
    const RATES: [f64; 4] = [0.5; 4];
    let pair = spares(&RATES[..2], |h| all(h, 0..2), |h, e| if e == 1 && !failed(h, 0) { 0.3 } else { 1.0 });
    check::close("a warm pair", pair, 46.0 / 13.0, 1e-12);
    // Two primaries share a spare and either's end is the system's: two failures among the three.
    let either = |h: &[usize]| h.len() >= 2;
    let shared = |h: &[usize], e: usize| if e == 2 && h.is_empty() { 0.3 } else { 1.0 };
    check::close("two pairs sharing a spare", spares(&RATES[..3], either, shared), 43.0 / 23.0, 1e-12);
    let three = |h: &[usize], e: usize| if e == 3 && h.is_empty() { 0.3 } else { 1.0 };
    check::close("three primaries sharing a spare", spares(&RATES, either, three), 14.0 / 11.0, 1e-12);
    let or = |h: &[usize]| failed(h, 2) || all(h, 0..2);
    let half = |h: &[usize], e: usize| if e == 1 && !failed(h, 0) { 0.5 } else { 1.0 };
    check::close("a part or a warm pair", spares(&RATES[..3], or, half), 7.0 / 5.0, 1e-12);
}
