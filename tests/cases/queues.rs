//! Servers that go around: the fault-tolerant workstation cluster, and a polling server.

use fivenines::engine::{Clocks, Context, Model, Watch};
use fivenines::solve::Markov;

use super::check::{self, ELIMINATED, EXACT, Row, UNIFORMIZED, clock, declare, race};

const CLASSES: usize = 5;
const REPAIR: usize = 2 * CLASSES;
/// Left and right workstations, left and right switch, backbone: failures and repairs per hour.
const FAILURES: [f64; CLASSES] = [1.0 / 500.0, 1.0 / 500.0, 1.0 / 4000.0, 1.0 / 4000.0, 1.0 / 5000.0];
const REPAIRS: [f64; CLASSES] = [2.0, 2.0, 0.25, 0.25, 0.125];

/// Two sub-clusters of workstations behind switches, and one repair unit that goes from class to class. Class `c` has
/// clock `c` to its next failure and clock `5 + c` to the arrival of the repair unit.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Cluster {
    size: u32,
    /// How many work, by class.
    working: [u32; CLASSES],
    /// The class under repair.
    busy: Option<usize>,
}

impl Cluster {
    fn new(size: u32) -> Cluster {
        Cluster { size, working: [size, size, 1, 1, 1], busy: None }
    }

    fn total(&self, class: usize) -> u32 {
        if class < 2 { self.size } else { 1 }
    }

    /// Sets every clock that the state calls for.
    fn settle(&self, cx: &mut Context<usize>) {
        for (class, &working) in self.working.iter().enumerate() {
            race(cx, class, FAILURES[class], f64::from(working));
            let calls = self.busy.is_none() && working < self.total(class);
            race(cx, CLASSES + class, 10.0, f64::from(u8::from(calls)));
        }
        match self.busy {
            Some(class) => race(cx, REPAIR, REPAIRS[class], 1.0),
            None => race(cx, REPAIR, 1.0, 0.0),
        }
    }

    /// At least `k` workstations behind one switch, or in both halves together.
    fn serves(&self, k: u32) -> bool {
        let [left, right, left_switch, right_switch, backbone] = self.working;
        let together = left + right >= k && left_switch + right_switch + backbone == 3;
        left >= k && left_switch == 1 || right >= k && right_switch == 1 || together
    }
}

impl Model for Cluster {
    type Event = usize;

    fn clocks(&mut self, clocks: &mut Clocks) {
        declare(clocks, REPAIR + 1);
    }

    fn start(&mut self, cx: &mut Context<usize>) {
        self.settle(cx);
    }

    fn on(&mut self, event: usize, cx: &mut Context<usize>) {
        match event {
            REPAIR => {
                let class = self.busy.take().expect("somebody is being repaired");
                self.working[class] += 1;
            }
            class if class < CLASSES => self.working[class] -= 1,
            arrival => self.busy = Some(arrival - CLASSES),
        }
        self.settle(cx);
    }

    fn observe(&self, watch: &mut Watch) {
        watch.up(self.serves(self.size * 3 / 4));
        watch.up(self.serves(self.size));
    }
}

const CLUSTER2: &[Row] = &[
    ("unavailability", 2.3398233646470147e-06, EXACT),
    ("mttf", 1721636.159773197, EXACT),
    ("unreliability_100h", 5.546125470441717e-05, UNIFORMIZED),
    ("point_unavailability_100h", 2.3397873548343403e-06, UNIFORMIZED),
    ("expected_downtime_100h", 0.00021352836742432398, UNIFORMIZED),
];

#[test]
fn a_cluster_of_two_and_two_workstations() {
    let exact = check::explore(Cluster::new(2));
    assert_eq!(exact.chain().states(), 276);
    check::table(&exact, 0, CLUSTER2);
    // `not_premium`, Storm 1.14, exact.
    check::table(&exact, 1, &[("unavailability", 3.8466437637154163e-5, EXACT)]);
}

const CLUSTER4: &[Row] = &[
    ("unavailability", 3.7011298647145506e-06, ELIMINATED),
    ("mttf", 1093407.8795927707, EXACT),
    ("unreliability_100h", 8.606779858093371e-05, UNIFORMIZED),
    ("point_unavailability_100h", 3.700862734208581e-06, UNIFORMIZED),
    ("expected_downtime_100h", 0.00033100275862639044, UNIFORMIZED),
];

#[test]
fn a_cluster_of_four_and_four_workstations() {
    let exact = check::explore(Cluster::new(4));
    assert_eq!(exact.chain().states(), 820);
    check::table(&exact, 0, CLUSTER4);
    // `not_premium`, Storm 1.14.
    check::table(&exact, 1, &[("unavailability", 7.875914862061973e-5, ELIMINATED)]);
    // Published with PRISM's model.
    check::table(&exact, 0, &[("unreliability_2000h", 1.8221051490216614e-3, "PRISM's regression suite")]);
}

const STATIONS: usize = 5;
const SERVER: usize = STATIONS;

/// A server that polls stations with one buffer each; times in hours stand for its unit of time.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Polling {
    full: [bool; STATIONS],
    at: usize,
    serving: bool,
    /// Ends when station 1 or 2 is served; the station that was.
    ends: bool,
    ended: Option<usize>,
}

impl Model for Polling {
    type Event = usize;

    fn clocks(&mut self, clocks: &mut Clocks) {
        declare(clocks, STATIONS + 1);
    }

    fn start(&mut self, cx: &mut Context<usize>) {
        (0..STATIONS).for_each(|station| race(cx, station, 0.2, 1.0));
        race(cx, SERVER, 200.0, 1.0);
    }

    fn on(&mut self, event: usize, cx: &mut Context<usize>) {
        match event {
            SERVER if self.serving => {
                self.serving = false;
                self.full[self.at] = false;
                race(cx, self.at, 0.2, 1.0);
                self.at = (self.at + 1) % STATIONS;
                race(cx, SERVER, 200.0, 1.0);
            }
            SERVER if self.full[self.at] => {
                self.serving = true;
                race(cx, SERVER, 1.0, 1.0);
                if self.ends && self.at < 2 {
                    self.ended = Some(self.at);
                    (0..=SERVER).for_each(|index| {
                        cx.cancel(clock(index));
                    });
                }
            }
            SERVER => {
                self.at = (self.at + 1) % STATIONS;
                race(cx, SERVER, 200.0, 1.0);
            }
            station => self.full[station] = true,
        }
    }

    fn observe(&self, watch: &mut Watch) {
        // Down while station 1 has a job that is not in service; down once station 1 was served first.
        watch.up(!(self.full[0] && !(self.serving && self.at == 0)));
        watch.up(self.ended != Some(0));
    }
}

fn polling(ends: bool) -> Markov {
    check::explore(Polling { full: [false; STATIONS], at: 0, serving: false, ends, ended: None })
}

#[test]
fn a_server_that_polls_five_stations() {
    let exact = polling(false);
    assert_eq!(exact.chain().states(), 240);
    // `s1_waiting` and `s1_before_s2`, Storm 1.14, exact.
    check::table(&exact, 0, &[("unavailability", 1.4492709367584382e-1, EXACT)]);
    check::table(&polling(true), 1, &[("unavailability", 5.357405856065404e-1, EXACT)]);
}
