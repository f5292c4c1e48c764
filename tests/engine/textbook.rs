//! Processes whose long run every textbook has, written as a user would write them.

use fivenines::engine::{Class, Clock, Clocks, Context, Model, Observer, Simulator, Source, Watch};
use fivenines::random::{Law, Name};
use fivenines::units::{Duration, Instant};

use super::hold::{self, Mean, Trials, birth_death};

fn mean(seconds: f64) -> Law {
    Law::exponential(Duration::seconds(seconds))
}

/// One indicator a state.
fn indicate(watch: &mut Watch, state: u32, last: u32) {
    (0..=last).for_each(|k| watch.up(k == state));
}

fn indicators(last: u32) -> Vec<String> {
    (0..=last).map(|k| format!("in state {k}")).collect()
}

/// M/M/1/K: arrivals every second, service of 0.8 s, room for K jobs; who finds no room is lost.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Loss {
    jobs: u32,
    room: u32,
}

const ARRIVAL: u32 = 0;
const SERVICE: u32 = 1;

impl Model for Loss {
    type Event = u32;

    fn clocks(&mut self, clocks: &mut Clocks) {
        clocks.clock("arrival", Class::Control);
        clocks.clock("service", Class::Control);
    }

    fn start(&mut self, cx: &mut Context<u32>) {
        cx.set(Clock::from_index(0), &mean(1.0), ARRIVAL);
    }

    fn on(&mut self, event: u32, cx: &mut Context<u32>) {
        let before = self.jobs;
        if event == ARRIVAL {
            cx.set(Clock::from_index(0), &mean(1.0), ARRIVAL);
            self.jobs = self.room.min(before + 1);
        } else {
            self.jobs -= 1;
        }
        if self.jobs > 0 && (event == SERVICE || before == 0) {
            cx.set(Clock::from_index(1), &mean(0.8), SERVICE);
        }
    }

    fn observe(&self, watch: &mut Watch) {
        indicate(watch, self.jobs, self.room);
    }

    fn measures(&self) -> Vec<String> {
        indicators(self.room)
    }
}

/// Counts arrivals and those that find no room.
#[derive(Default)]
struct Lost {
    arrived: u64,
    lost: u64,
}

impl Observer<Loss> for Lost {
    fn before(&mut self, model: &Loss, _: Instant, event: &u32) {
        self.arrived += u64::from(*event == ARRIVAL);
        self.lost += u64::from(*event == ARRIVAL && model.jobs == model.room);
    }

    fn after(&mut self, _: &Loss, _: Instant) {}
}

/// The relaxation time of M/M/1 is 1 / (sqrt(mu) - sqrt(lambda))^2 = 72 s at most; the empty start biases a trial by
/// its share of 20,000 s, far below the standard error.
#[test]
fn a_queue_with_little_room_has_its_distribution() {
    let exact = birth_death(|_| 1.0, |_| 1.0 / 0.8, 4);
    hold::all(Loss { jobs: 0, room: 4 }, &exact, Trials { count: 25, seconds: 2e4 });
}

/// Poisson arrivals see time averages (Wolff 1982), so the share that is lost is the share of time without room.
#[test]
fn a_queue_with_little_room_loses_whom_it_has_no_room_for() {
    let room = 3;
    let exact = birth_death(|_| 1.0, |_| 1.0 / 0.8, room)[room as usize];
    let mut simulator = Simulator::new(Loss { jobs: 0, room }, 2);
    let end = Trials { count: 25, seconds: 1e4 }.end();
    let shares: Vec<f64> = (0..25)
        .map(|trial| {
            let mut lost = Lost::default();
            simulator.play(trial, end, &mut lost);
            lost.lost as f64 / lost.arrived as f64
        })
        .collect();
    Mean::of(&shares).holds(exact, "share lost");
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Machine {
    Working,
    Waiting,
    InRepair,
}

/// Machines that work for 10 s and are repaired in 2 s, first come first served by so many crews.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Workshop {
    machines: Vec<Machine>,
    waiting: Vec<u32>,
    crews: u32,
}

impl Workshop {
    fn new(machines: usize, crews: u32) -> Workshop {
        Workshop { machines: vec![Machine::Working; machines], waiting: Vec::new(), crews }
    }

    fn down(&self) -> u32 {
        self.machines.iter().filter(|machine| **machine != Machine::Working).count() as u32
    }

    fn in_repair(&self) -> u32 {
        self.machines.iter().filter(|machine| **machine == Machine::InRepair).count() as u32
    }
}

impl Model for Workshop {
    type Event = u32;

    fn clocks(&mut self, clocks: &mut Clocks) {
        (0..self.machines.len()).for_each(|index| {
            clocks.clock(Name::new("machine").at(index), Class::Fault);
        });
    }

    fn start(&mut self, cx: &mut Context<u32>) {
        (0..self.machines.len() as u32).for_each(|machine| {
            cx.set(Clock::from_index(machine as usize), &mean(10.0), machine);
        });
    }

    fn on(&mut self, machine: u32, cx: &mut Context<u32>) {
        let state = &mut self.machines[machine as usize];
        if *state == Machine::Working {
            *state = Machine::Waiting;
            self.waiting.push(machine);
        } else {
            *state = Machine::Working;
            cx.set(Clock::from_index(machine as usize), &mean(10.0), machine);
        }
        while self.in_repair() < self.crews && !self.waiting.is_empty() {
            let next = self.waiting.remove(0);
            self.machines[next as usize] = Machine::InRepair;
            cx.set(Clock::from_index(next as usize), &mean(2.0), next);
        }
    }

    fn observe(&self, watch: &mut Watch) {
        indicate(watch, self.down(), self.machines.len() as u32);
    }

    fn measures(&self) -> Vec<String> {
        indicators(self.machines.len() as u32)
    }
}

/// The machine-repair model (Kleinrock, *Queueing Systems* 1, section 3.8): a birth-death process.
#[test]
fn machines_and_crews_have_their_distribution() {
    for crews in 1..=4 {
        let failures = |down| f64::from(4 - down) / 10.0;
        let exact = birth_death(failures, |down| f64::from(down.min(crews)) / 2.0, 4);
        hold::all(Workshop::new(4, crews), &exact, Trials { count: 25, seconds: 1e4 });
    }
}

/// Up for 9 s on average, then repaired in stages that take 1 s together: by one law, or each by its own clock.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Staged {
    by_law: bool,
    /// Stages to go; none while it is up.
    left: u32,
}

const STAGES: u32 = 4;

impl Model for Staged {
    type Event = ();

    fn clocks(&mut self, clocks: &mut Clocks) {
        clocks.clock("life", Class::Fault);
        clocks.clock("repair", Class::Restoration);
    }

    fn start(&mut self, cx: &mut Context<()>) {
        cx.set(Clock::from_index(0), &mean(9.0), ());
    }

    fn on(&mut self, (): (), cx: &mut Context<()>) {
        let stages = if self.by_law { 1 } else { STAGES };
        self.left = if self.left == 0 { stages } else { self.left - 1 };
        if self.left == 0 {
            cx.set(Clock::from_index(0), &mean(9.0), ());
        } else if self.by_law {
            let law = Law::erlang(STAGES, Duration::seconds(1.0)).expect("four stages make a law");
            cx.set(Clock::from_index(1), &law, ());
        } else {
            cx.set(Clock::from_index(1), &mean(1.0 / f64::from(STAGES)), ());
        }
    }

    fn observe(&self, watch: &mut Watch) {
        watch.up(self.left == 0);
    }
}

/// An alternating renewal process is up for its share of a cycle, whatever the laws (Barlow and Proschan 1975).
#[test]
fn a_repair_in_stages_has_the_availability_of_its_means() {
    for by_law in [true, false] {
        hold::all(Staged { by_law, left: 0 }, &[0.9], Trials { count: 25, seconds: 1e4 });
    }
}

/// Jobs that go around three single servers: from the first to the second or third, and back.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Network {
    jobs: [u32; 3],
}

const SERVICES: [f64; 3] = [0.4, 1.0, 0.5];
/// How often a job comes by for each time it passes the first server.
const VISITS: [f64; 3] = [1.0, 0.3, 0.7];

impl Network {
    fn arrive(&mut self, station: usize, cx: &mut Context<usize>) {
        self.jobs[station] += 1;
        if self.jobs[station] == 1 {
            cx.set(Clock::from_index(station), &mean(SERVICES[station]), station);
        }
    }
}

impl Model for Network {
    type Event = usize;

    fn clocks(&mut self, clocks: &mut Clocks) {
        for name in ["cpu", "disk", "net"] {
            clocks.clock(name, Class::Control);
        }
        clocks.source("route");
    }

    fn start(&mut self, cx: &mut Context<usize>) {
        let jobs = std::mem::take(&mut self.jobs[0]);
        (0..jobs).for_each(|_| self.arrive(0, cx));
    }

    fn on(&mut self, station: usize, cx: &mut Context<usize>) {
        self.jobs[station] -= 1;
        if self.jobs[station] > 0 {
            cx.set(Clock::from_index(station), &mean(SERVICES[station]), station);
        }
        let next = if station == 0 { 1 + cx.choose(Source::default(), &[3.0, 7.0]) } else { 0 };
        self.arrive(next, cx);
    }

    fn observe(&self, watch: &mut Watch) {
        self.jobs.iter().for_each(|jobs| watch.level(f64::from(*jobs)));
    }

    fn measures(&self) -> Vec<String> {
        ["cpu", "disk", "net"].map(str::to_owned).to_vec()
    }
}

/// Mean numbers of jobs by mean value analysis (Reiser and Lavenberg 1980), which is exact for such a network
/// (Gordon and Newell 1967).
fn mean_value_analysis(jobs: u32) -> [f64; 3] {
    let mut lengths = [0.0; 3];
    for n in 1..=jobs {
        let residences: [f64; 3] = std::array::from_fn(|k| VISITS[k] * SERVICES[k] * (1.0 + lengths[k]));
        let throughput = f64::from(n) / residences.iter().sum::<f64>();
        lengths = residences.map(|residence| throughput * residence);
    }
    lengths
}

#[test]
fn jobs_that_go_around_queue_as_mean_value_analysis_says() {
    hold::all(Network { jobs: [5, 0, 0] }, &mean_value_analysis(5), Trials { count: 25, seconds: 5e3 });
}
