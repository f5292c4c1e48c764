//! A Dynamo-style store.

use fivenines::engine::Simulator;
use fivenines::process::kv::Told;
use fivenines::process::{
    Arrivals, Clients, Cluster, Dice, Event, Fault, History, Id, Limits, Nemesis, Network, Planned, Protocol,
    Schedule, Spells, Target, Verdict, Wire, play, shrink,
};
use fivenines::units::{Duration, Instant, Probability, Span};

use super::shipped::quorum_store::{Ask, Mistake, QuorumStore, Server};

fn law(text: &str) -> fivenines::random::Law {
    text.parse().unwrap()
}

fn at(secs: u64) -> Instant {
    Instant::START + Span::from_secs(secs)
}

/// The store, asked in turn to write key 1 and to read it.
#[derive(Clone)]
struct InTurn(QuorumStore);

impl Protocol for InTurn {
    type Process = Server;

    fn processes(&self) -> Vec<Server> {
        self.0.processes()
    }

    fn command(&self, _: usize, nth: u64, _: &mut Dice<'_, Event<Server>>) -> Ask {
        if nth.is_multiple_of(2) { Ask::Put(1, Some(nth)) } else { Ask::Get(1) }
    }

    fn check(&self, history: &History<Ask, Told>) -> Verdict {
        self.0.check(history)
    }
}

/// Reads, and how many of them were stale, that begin so many milliseconds after a write is answered. The coordinator keeps no data,
/// what it sends takes an exponential time of mean 10 ms, and answers take none.
fn stale_reads(n: usize, r: usize, w: usize, after_ms: f64, pairs: u64) -> (u64, u64) {
    let now = Wire::new(law("constant(0s)"));
    let network = Network::flat(now).site("coordinator", 1).site("replicas", n);
    let network = network.wire("coordinator", "replicas", Wire::new(law("exponential(mean 10ms)")));
    let store =
        QuorumStore { servers: n + 1, n, r, w, read_repair: false, hints: false, ..QuorumStore::default() };
    let think = format!("constant({after_ms}ms)");
    let cluster =
        Cluster::new(InTurn(store), &network).clients(Clients::new(1, Arrivals::Closed(law(&think))));
    play(&mut Simulator::new(cluster, 3), 0, at(pairs), |cluster| {
        let answered =
            |operation: &&fivenines::process::Operation<Ask, Told>| operation.outcome.reply().is_some();
        let reads = cluster.history().operations().iter().filter(answered);
        let reads = reads.filter(|operation| matches!(operation.command, Ask::Get(_))).count() as u64;
        (reads, super::shipped::quorum_store::stale(cluster.history()).len() as u64)
    })
}

#[test]
fn reads_are_as_stale_as_theory_has_it() {
    // Bailis et al., section 3.2 (the "WARS" model), with one way exponential and the other none: when the first of n replicas has
    // the write, the first to be read is another with probability (n - 1) / n; that one lacks it still after t with exp(-t / 10 ms); and
    // it is read before it has it with n / (n + 1), as the first of n reads arrives n times as fast as the write.
    for (n, after_ms, exact) in
        [(3, 0.001, 0.5), (2, 0.001, 1.0 / 3.0), (5, 0.001, 2.0 / 3.0), (3, 10.0, 0.5 * 0.367_879_441)]
    {
        let (reads, stale) = stale_reads(n, 1, 1, after_ms, 80);
        let share = stale as f64 / reads as f64;
        let five = 5.0 * (exact * (1.0 - exact) / reads as f64).sqrt();
        assert!(
            reads > 2_500 && (share - exact).abs() < five,
            "n = {n}, {after_ms} ms: {share} of {reads}, {exact}"
        );
    }
}

#[test]
fn reads_that_share_a_replica_with_every_write_are_never_stale() {
    for (n, r, w) in [(3, 2, 2), (3, 1, 3), (3, 3, 1), (5, 3, 3)] {
        let (reads, stale) = stale_reads(n, r, w, 0.001, 100);
        assert!(reads > 2_000 && stale == 0, "{n} {r} {w}: {stale} of {reads}");
    }
    let (_, stale) = stale_reads(5, 2, 3, 0.001, 100);
    assert!(stale > 0);
}

/// Which share of what clients ask is answered while so many of a key's replicas are down.
fn answered(store: &QuorumStore, reads: Probability, down: usize) -> f64 {
    let crash = |id| Planned::new(Fault::Crash(Id::new(id)), Duration::millis(1.0), Duration::hours(1.0));
    // Key 0 is on the first n; clients ask whoever is up.
    let store = QuorumStore { keys: 1, reads, ..store.clone() };
    let schedule = Schedule::from((0..down).map(crash).collect::<Vec<_>>());
    let clients = Clients::new(1, Arrivals::Closed(law("constant(1s)"))).retries(6, law("constant(0s)"));
    let cluster = Cluster::new(store, &Network::flat(Wire::new(law("constant(1ms)")))).clients(clients);
    play(&mut Simulator::new(cluster.schedule(schedule), 1), 0, at(100), |cluster| {
        let (all, good) = cluster.history().served(Instant::START, at(100));
        assert!(all > 10);
        good as f64 / all as f64
    })
}

#[test]
fn writes_go_on_with_w_replicas_and_reads_with_r() {
    let all_or_none = |on: bool| if on { 1.0 } else { 0.0 };
    for (n, r, w) in [(3, 2, 2), (3, 1, 3), (3, 3, 1), (5, 2, 4)] {
        let store = QuorumStore { servers: 7, n, r, w, ..QuorumStore::default() };
        let sloppy = QuorumStore { sloppy: true, ..store.clone() };
        for down in 0..=n {
            let which = format!("{n} {r} {w}, {down} down");
            assert_eq!(answered(&store, Probability::ZERO, down), all_or_none(down + w <= n), "{which}");
            assert_eq!(answered(&store, Probability::ONE, down), all_or_none(down + r <= n), "{which}");
            // Others on the ring stand in for those that are down, as far as there are any.
            let has = n - down + (7 - n).min(down);
            assert_eq!(answered(&sloppy, Probability::ZERO, down), all_or_none(has >= w), "{which}");
        }
    }
}

/// Which versions of its keys a replica lacks that was away while they were written, five seconds after it is back.
fn lacks(store: QuorumStore, reads_until: f64) -> usize {
    let store = QuorumStore { keys: 20, hint_window: Duration::minutes(1.0), ..store };
    let away = Planned::new(Fault::Crash(Id::new(2)), Duration::seconds(2.0), Duration::seconds(10.0));
    let clients = Clients::new(1, Arrivals::Open(law("constant(50ms)"))).retries(3, law("constant(0s)"));
    let cluster = Cluster::new(store.clone(), &Network::flat(Wire::new(law("constant(1ms)"))))
        .clients(clients.until(Duration::seconds(reads_until)))
        .schedule(Schedule::from(vec![away]));
    play(&mut Simulator::new(cluster, 1), 0, at(17), |cluster| {
        let cells = |id| &cluster.process(Id::new(id)).unwrap().cells;
        // Keys of which 2 is the last owner are on 0 and 1 as well.
        let owned = cells(0).iter().filter(|((key, whom), _)| key % 5 == 0 && whom.is_none());
        owned.filter(|(key, cell)| cells(2).get(key) != Some(cell)).count()
    })
}

#[test]
fn who_was_away_gets_what_it_missed_by_hints_or_when_it_is_read() {
    let with = |hints, read_repair| QuorumStore { hints, read_repair, ..QuorumStore::default() };
    assert!(lacks(with(false, false), 11.0) > 0);
    assert_eq!(lacks(with(true, false), 11.0), 0);
    assert_eq!(lacks(QuorumStore { sloppy: true, ..with(true, false) }, 11.0), 0);
    // Nobody reads, so that nothing is repaired; then everything is read.
    assert!(lacks(with(false, true), 11.0) > 0);
    assert_eq!(lacks(with(false, true), 16.9), 0);
}

fn nemesis() -> Nemesis {
    let spells = |every: &str, lasts: &str| Spells::new(every.parse().unwrap(), lasts.parse().unwrap());
    Nemesis::new(Duration::seconds(25.0))
        .crashes(spells("exponential(mean 4s)", "uniform(100ms, 8s)"))
        .pauses(spells("exponential(mean 4s)", "uniform(100ms, 2s)"))
        .partitions(spells("exponential(mean 4s)", "uniform(100ms, 8s)"))
        .one_way(spells("exponential(mean 8s)", "uniform(100ms, 4s)"))
        .noise(spells("exponential(mean 8s)", "uniform(100ms, 4s)"), "10%".parse().unwrap())
        .swarm()
}

/// Hints and tombstones grow old fast, so that trials can be short.
fn troubled(mistake: Option<Mistake>) -> Cluster<QuorumStore> {
    let (hint_window, grace) = (Duration::seconds(1.0), Duration::seconds(4.0));
    let store = QuorumStore {
        hint_window,
        grace,
        keys: 50,
        deletes: Probability::HALF,
        mistake,
        ..QuorumStore::default()
    };
    let wire = Wire::new(law("exponential(mean 2ms)"))
        .loses("1%".parse().unwrap())
        .duplicates("1%".parse().unwrap());
    let limits = Limits { sync: Some(law("exponential(mean 1ms)")), ..Limits::default() };
    let clients = Clients::new(4, Arrivals::Closed(law("exponential(mean 100ms)")))
        .timeout(Duration::millis(400.0))
        .target(Target::Any);
    Cluster::new(store, &Network::flat(wire))
        .clients(clients)
        .limits(limits)
        .nemesis(nemesis())
        .live_within(Duration::millis(1.0))
}

fn first_violation(mistake: Mistake, trials: u64) -> Option<u64> {
    let mut simulator = Simulator::new(troubled(Some(mistake)), 7);
    (0..trials).find(|trial| play(&mut simulator, *trial, at(30), |cluster| cluster.violation().is_some()))
}

#[test]
fn nothing_is_stale_and_nothing_comes_back_whatever_fails() {
    let mut simulator = Simulator::new(troubled(None), 7);
    let mut forgotten = 0;
    for trial in 0..200 {
        let violation = play(&mut simulator, trial, at(30), |cluster| {
            forgotten += cluster.marks().len();
            cluster.violation()
        });
        assert_eq!(violation, None, "trial {trial}");
    }
    assert!(forgotten > 10_000, "but {forgotten} tombstones were forgotten");
}

#[test]
fn a_hint_that_counts_as_a_replica_is_found_out() {
    assert!(first_violation(Mistake::HintsCount, 3).is_some());
}

#[test]
fn what_was_deleted_comes_back_from_one_replica_that_was_away() {
    let trial = first_violation(Mistake::ForgetsTombstones, 3).expect("replicas are often away");
    let shrunk = shrink(&troubled(Some(Mistake::ForgetsTombstones)), 7, trial, at(30)).unwrap();
    let [only] = shrunk.schedule.faults() else { panic!("{:?}", shrunk.schedule) };
    assert!(matches!(only.fault, Fault::Crash(_)), "{only}");
    // Where replicas are repaired by reads alone, and hints are too old, that is all it takes.
    assert!(shrunk.violation.what.ends_with("is stale"), "{}", shrunk.violation);
}

#[test]
fn a_clock_that_is_behind_loses_what_it_stamps() {
    // A server whose time of day is a minute back writes what is older than all there is, and says that it is written.
    let back =
        Planned::new(Fault::Jump { of: Id::new(0), by_ms: -60_000 }, Duration::minutes(2.0), Duration::ZERO);
    let network = Network::flat(Wire::new(law("constant(1ms)")));
    let clients = Clients::new(1, Arrivals::Closed(law("constant(1s)")));
    let cluster = Cluster::new(InTurn(QuorumStore::default()), &network).clients(clients);
    let mut simulator = Simulator::new(cluster.schedule(Schedule::from(vec![back])), 1);
    let stale = play(&mut simulator, 0, at(240), |cluster| {
        super::shipped::quorum_store::stale(cluster.history()).len()
    });
    // A pair of a write and a read takes a little over two seconds: for a minute no write is seen.
    assert!((28..=31).contains(&stale), "{stale}");
}

#[test]
fn options_are_read_from_text() {
    let text = r#"{"n": 5, "hint-window": "3h", "grace": "10 days", "mistake": "forgets-tombstones"}"#;
    let store: QuorumStore = serde_json::from_str(text).unwrap();
    assert_eq!((store.n, store.r, store.hint_window), (5, 2, Duration::hours(3.0)));
    assert_eq!((store.grace, store.mistake), (Duration::days(10.0), Some(Mistake::ForgetsTombstones)));
    assert!(serde_json::from_str::<QuorumStore>(r#"{"N": 5}"#).is_err());
}
