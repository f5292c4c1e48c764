//! Faults that are made up, found to break something, and made few.

use fivenines::engine::{Digest, Levels, Simulator};
use fivenines::process::{
    Arrivals, Clients, Cluster, Context, Dice, DiskFault, Event, Fault, Id, Nemesis, Network, Process,
    Protocol, Recovered, Schedule, Spells, Ticket, Verdict, View, keep_to, play, shrink,
};
use fivenines::units::{Duration, Instant, Span};

use super::talk::{fault, wire};

/// Hands out numbers and is sure that no two are the same: it forgets to sync.
#[derive(Clone, Debug, Default)]
pub struct Counter {
    last: u64,
    careful: bool,
    /// It has crashed.
    came_back: bool,
}

impl Process for Counter {
    type Message = ();
    type Timer = ();
    type Record = u64;
    type Command = ();
    type Reply = u64;

    fn start(&mut self, _: &mut Context<'_, Counter>) {}

    fn recover(&mut self, found: Recovered<'_, u64>, _: &mut Context<'_, Counter>) {
        self.last = found.records.last().copied().unwrap_or(0);
        self.came_back = true;
    }

    fn message(&mut self, _: Id, (): (), _: &mut Context<'_, Counter>) {}

    fn timer(&mut self, (): (), _: &mut Context<'_, Counter>) {}

    fn request(&mut self, ticket: Ticket, (): (), cx: &mut Context<'_, Counter>) {
        self.last += 1;
        cx.append(self.last);
        if self.careful {
            cx.sync();
        }
        cx.reply(ticket, self.last);
    }
}

#[derive(Clone, Debug, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Numbers {
    pub servers: usize,
    pub careful: bool,
    /// One that has crashed serves no more, though it is up.
    pub tires: bool,
    /// Whether numbers were given out twice is too hard to tell.
    pub puzzles: bool,
}

impl Default for Numbers {
    fn default() -> Numbers {
        // Three that have nothing to do with each other: clients ask the first.
        Numbers { servers: 3, careful: false, tires: false, puzzles: false }
    }
}

impl Protocol for Numbers {
    type Process = Counter;

    fn sound(&self) -> Result<(), String> {
        keep_to(&[(self.servers > 0, "`servers` must be 1 or more")])
    }

    fn processes(&self) -> Vec<Counter> {
        vec![Counter { careful: self.careful, ..Counter::default() }; self.servers]
    }

    fn doors(&self) -> Vec<Id> {
        vec![Id::new(0)]
    }

    fn command(&self, _: usize, _: u64, _: &mut Dice<'_, Event<Counter>>) {}

    fn serves(&self, view: &View<'_, Counter>) -> bool {
        view.get(Id::new(0)).is_some_and(|counter| !(self.tires && counter.came_back))
    }

    fn check(&self, history: &fivenines::process::History<(), u64>) -> Verdict {
        if self.puzzles {
            return Verdict::Undecided;
        }
        let mut given: Vec<u64> =
            history.operations().iter().filter_map(|operation| operation.outcome.reply().copied()).collect();
        given.sort_unstable();
        match given.windows(2).find(|pair| pair[0] == pair[1]) {
            Some(pair) => Verdict::Broken(format!("{} was given out twice", pair[0])),
            None => Verdict::Holds,
        }
    }
}

fn nemesis() -> Nemesis {
    let spells = |every: &str| Spells::new(every.parse().unwrap(), "uniform(100ms, 2s)".parse().unwrap());
    Nemesis::new(Duration::seconds(50.0))
        .crashes(spells("exponential(mean 5s)"))
        .pauses(spells("exponential(mean 5s)"))
        .partitions(spells("exponential(mean 5s)"))
        .one_way(spells("exponential(mean 10s)"))
        .noise(spells("exponential(mean 10s)"), "10%".parse().unwrap())
        .drifts(spells("exponential(mean 10s)"), 500.0)
        .jumps(spells("exponential(mean 10s)"), 5_000)
}

fn numbers(careful: bool) -> Cluster<Numbers> {
    let clients = Clients::new(3, Arrivals::Closed("exponential(mean 50ms)".parse().unwrap()));
    Cluster::new(Numbers { careful, ..Numbers::default() }, &Network::flat(wire(1.0))).clients(clients)
}

fn end() -> Instant {
    Instant::START + Span::from_secs(60)
}

fn digest(cluster: Cluster<Numbers>, trial: u64) -> Digest {
    Simulator::new(cluster, 3).levels(trial, end()).summary().digest
}

#[test]
fn a_trial_is_the_same_again_and_so_it_is_with_the_faults_it_had() {
    let cluster = numbers(false).nemesis(nemesis());
    let mut simulator = Simulator::new(cluster.clone(), 3);
    for trial in [4, 0, 4] {
        let faults = play(&mut simulator, trial, end(), |cluster| cluster.faults().clone());
        assert!(faults.faults().len() > 20, "{}", faults.faults().len());
        assert_eq!(digest(cluster.clone(), trial), digest(cluster.clone().told(), trial));
        let histories = [cluster.clone(), cluster.clone().only(faults)].map(|cluster| {
            play(&mut Simulator::new(cluster, 3), trial, end(), |cluster| cluster.history().clone())
        });
        assert!(histories[0] == histories[1]);
    }
    assert_ne!(digest(cluster.clone(), 0), digest(cluster, 1));
}

#[test]
fn a_swarm_leaves_kinds_out() {
    let cluster = numbers(true).nemesis(nemesis().swarm());
    let mut simulator = Simulator::new(cluster, 3);
    // Seven kinds, each there with an even chance: that any of three kinds is in all of 20 trials, or in none, happens by chance
    // in 3 * 2 / 2^20 of seeds.
    let mut seen = [0; 3];
    for trial in 0..20 {
        let faults = play(&mut simulator, trial, end(), |cluster| cluster.faults().clone());
        let has = |kind: fn(&Fault) -> bool| usize::from(faults.faults().iter().any(|f| kind(&f.fault)));
        seen[0] += has(|fault| matches!(fault, Fault::Crash(_)));
        seen[1] += has(|fault| matches!(fault, Fault::Pause(_)));
        seen[2] += has(|fault| matches!(fault, Fault::Noise { .. }));
    }
    assert!(seen.iter().all(|count| (1..20).contains(count)), "{seen:?}");
}

#[test]
fn a_mistake_is_found_and_its_faults_made_few() {
    let cluster = numbers(false).nemesis(nemesis());
    let mut simulator = Simulator::new(cluster.clone(), 3);
    let trial = (0..10).find(|trial| play(&mut simulator, *trial, end(), |c| c.violation().is_some()));
    let shrunk = shrink(&cluster, 3, trial.expect("a crash of the first is never far"), end()).unwrap();
    let [only] = shrunk.schedule.faults() else { panic!("{:?}", shrunk.schedule) };
    assert_eq!(only.fault, Fault::Crash(Id::new(0)));
    assert!(only.lasts <= Duration::millis(2.0), "{only}");
    assert!(shrunk.violation.what.ends_with("was given out twice"), "{}", shrunk.violation);
    // Not so where the mistake is mended.
    let careful = numbers(true).nemesis(nemesis());
    let mut simulator = Simulator::new(careful.clone(), 3);
    assert!((0..10).all(|trial| play(&mut simulator, trial, end(), |c| c.violation().is_none())));
    assert_eq!(shrink(&careful, 3, 0, end()), None);
}

#[test]
fn what_must_be_live_is_held_to_it_once_all_is_well() {
    let live = |tires, faults| {
        let cluster =
            Cluster::new(Numbers { careful: true, tires, ..Numbers::default() }, &Network::flat(wire(1.0)))
                .live_within(Duration::seconds(5.0))
                .schedule(Schedule::from(faults));
        play(&mut Simulator::new(cluster, 3), 0, end(), |cluster| cluster.violation())
    };
    let crash = || fault(Fault::Crash(Id::new(0)), 1_000, 30_000);
    assert_eq!(live(false, vec![crash()]), None);
    let violation = live(true, vec![crash()]).unwrap();
    assert_eq!(violation.to_string(), "at 36s: nothing is wrong, and yet nobody has been served for 5s");
    // While something else is wrong nothing is owed.
    assert_eq!(live(true, vec![crash(), fault(Fault::Pause(Id::new(2)), 20_000, 60_000)]), None);
}

#[test]
fn whether_a_protocol_serves_is_a_level() {
    let crash = fault(Fault::Crash(Id::new(0)), 6_000, 15_000);
    let cluster = numbers(true).schedule(Schedule::from(vec![crash]));
    let levels: Levels = Simulator::new(cluster, 3).levels(0, end());
    assert!((levels.mean(0) - 0.75).abs() < 1e-9, "{}", levels.mean(0));
}

/// A partition that is there for 100 ms and away for 300 ms, ten times: of requests every 10 ms those that are asked, arrive or are
/// answered meanwhile are lost, and of each 400 ms that is the first 100 and what was under way.
#[test]
fn a_partition_that_flaps_comes_and_goes_until_its_spell_is_over() {
    let clients = Clients::new(1, Arrivals::Open("constant(10ms)".parse().unwrap()));
    let flap = |on: &str, off: &str| Fault::Flap {
        from: vec![Id::new(0)],
        to: vec![Id::new(3)],
        on: on.parse().unwrap(),
        off: off.parse().unwrap(),
    };
    let lost = |fault: Fault| {
        let numbers = Numbers { careful: true, ..Numbers::default() };
        let cluster = Cluster::new(numbers, &Network::flat(wire(1.0)))
            .clients(clients.clone().timeout(Duration::millis(100.0)))
            .schedule(Schedule::from(vec![super::talk::fault(fault, 10_005, 4_000)]));
        play(&mut Simulator::new(cluster, 3), 0, end(), |cluster| {
            let (asked, answered) = cluster.history().served(Instant::START, end());
            asked - answered
        })
    };
    assert_eq!(lost(flap("100ms", "300ms")), 100);
    // Half of the time, by laws, the last of its spells cut short by the end.
    let half = lost(flap("exponential(mean 20ms)", "exponential(mean 20ms)")) as f64;
    assert!((half - 200.0).abs() < 5.0 * (200.0f64).sqrt(), "{half}");
    assert_eq!(lost(flap("1h", "1s")), 400);
}

/// The faults of a nemesis that does nothing else, and what is broken when the disk is as good as it may be.
fn broken_by(nemesis: Nemesis) -> Schedule {
    let cluster = numbers(true).nemesis(nemesis);
    let mut simulator = Simulator::new(cluster.clone(), 3);
    let trial = (0..10).find(|trial| play(&mut simulator, *trial, end(), |c| c.violation().is_some()));
    shrink(&cluster, 3, trial.expect("the first is hit in one of ten"), end()).unwrap().schedule
}

#[test]
fn a_nemesis_takes_what_disks_keep_with_a_crash() {
    let spells =
        || Spells::new("exponential(mean 15s)".parse().unwrap(), "uniform(100ms, 2s)".parse().unwrap());
    let nemesis = || Nemesis::new(Duration::seconds(50.0));
    for (nemesis, what) in [
        (nemesis().erased(spells()), DiskFault::Erased),
        (nemesis().corrupted(spells()), DiskFault::Corrupted),
        (nemesis().disks(spells()), DiskFault::Lies),
    ] {
        let faults = broken_by(nemesis);
        let [crash, disk] = faults.faults() else { panic!("{faults:?}") };
        assert_eq!(
            (&crash.fault, &disk.fault),
            (&Fault::Crash(Id::new(0)), &Fault::Disk { of: Id::new(0), what })
        );
    }
}

#[test]
fn a_nemesis_makes_partitions_flap_by_the_laws_it_was_given() {
    let spells = Spells::new("exponential(mean 5s)".parse().unwrap(), "2s".parse().unwrap());
    let (short, long) = ("uniform(1ms, 20ms)".parse().unwrap(), "uniform(30ms, 50ms)".parse().unwrap());
    let cluster = numbers(true).nemesis(Nemesis::new(Duration::seconds(50.0)).flapping(spells, short, long));
    let faults = play(&mut Simulator::new(cluster.clone(), 3), 0, end(), |cluster| cluster.faults().clone());
    assert!(faults.faults().len() > 3, "{faults:?}");
    for planned in faults.faults() {
        let Fault::Flap { from, to, on, off } = &planned.fault else { panic!("{planned}") };
        assert_eq!(
            (from.len() + to.len(), &on.to_string()[..], &off.to_string()[..]),
            (3, "uniform(1ms, 20ms)", "uniform(30ms, 50ms)")
        );
    }
    // The same again from its faults alone.
    assert_eq!(digest(cluster.clone(), 0), digest(cluster, 0));
}
