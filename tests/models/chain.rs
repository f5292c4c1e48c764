//! Chain replication.

use fivenines::engine::{Levels, Simulator};
use fivenines::process::{
    Arrivals, Clients, Cluster, Fault, Id, Limits, Nemesis, Network, Planned, Schedule, Spells, Target, Wire,
    play, shrink,
};
use fivenines::units::{Duration, Instant, Probability, Span};

use super::shipped::chain::{Chain, Mistake};

fn law(text: &str) -> fivenines::random::Law {
    text.parse().unwrap()
}

fn at(secs: u64) -> Instant {
    Instant::START + Span::from_secs(secs)
}

/// Every hop takes a millisecond.
fn network() -> Network {
    Network::flat(Wire::new(law("constant(1ms)")))
}

/// How long the operations of clients took, in hops, which ask every second, first at 1 s.
fn hops(chain: Chain, clients: u32, secs: u64, limits: Limits) -> Vec<u64> {
    let clients = Clients::new(clients, Arrivals::Open(law("constant(1s)")));
    let cluster = Cluster::new(chain, &network()).clients(clients).limits(limits);
    play(&mut Simulator::new(cluster, 1), 0, at(secs), |cluster| {
        let over = cluster.history().operations().iter().filter(|operation| operation.is_over());
        over.map(|operation| operation.took().as_micros() / 1000).collect()
    })
}

#[test]
fn a_write_goes_once_down_the_chain_and_a_read_to_its_tail() {
    for replicas in 1..=6 {
        let all = |reads| Chain { replicas, reads, ..Chain::default() };
        let k = replicas as u64;
        // To the head, which clients ask first; from each to the next; and back.
        let writes = hops(all(Probability::ZERO), 5, 2, Limits::default());
        assert_eq!(writes, vec![k + 1; 5]);
        // One that the tail has answered asks the tail next, and is sent to the head: two hops more.
        let later = hops(all(Probability::ZERO), 1, 4, Limits::default());
        assert_eq!(later[1..], vec![if k == 1 { 2 } else { k + 3 }; later.len() - 1]);
        // The first read is sent from the head to the tail.
        let reads = hops(all(Probability::ONE), 1, 4, Limits::default());
        assert_eq!(reads[..3], [if k == 1 { 2 } else { 4 }, 2, 2]);
        // Each replica syncs before it passes a write on.
        let sync = Limits { sync: Some(law("constant(2ms)")), ..Limits::default() };
        assert_eq!(hops(all(Probability::ZERO), 5, 2, sync)[0], k + 1 + 2 * k);
    }
}

/// Reads per second of replicas, each call of which takes a time of this law, with so many clients that do not think.
fn reads_per_second(chain: Chain, call: &str, clients: u32, target: Target) -> f64 {
    // Replicas tell the master every ten seconds that they are there, which is two calls.
    let long = Duration::seconds;
    let reads = Probability::ONE;
    let chain = Chain { reads, heartbeat: long(10.0), lease: long(40.0), detect: long(50.0), ..chain };
    let limits = Limits { call: Some(law(call)), ..Limits::default() };
    let clients = Clients::new(clients, Arrivals::Closed(law("constant(0s)")))
        .retries(9, law("constant(1ms)"))
        .target(target);
    let network = Network::flat(Wire::new(law("constant(0s)")));
    let cluster = Cluster::new(chain, &network).limits(limits).clients(clients);
    let read =
        play(&mut Simulator::new(cluster, 1), 0, at(22), |cluster| cluster.history().served(at(1), at(21)).1);
    read as f64 / 20.0
}

#[test]
fn without_craq_the_tail_serves_all_reads() {
    for replicas in 1..=4 {
        let chain = Chain { replicas, ..Chain::default() };
        // A millisecond for each call; within 20 s there are two heartbeats, of two calls each.
        let tail = reads_per_second(chain, "constant(1ms)", 10, Target::Sticky);
        assert!((tail - 999.8).abs() < 0.2, "{replicas}: {tail}");
    }
}

#[test]
fn with_craq_reads_grow_with_the_chain() {
    for replicas in 1..=4 {
        let chain = Chain { replicas, craq: true, ..Chain::default() };
        let (k, clients) = (f64::from(replicas as u32), 30.0 * f64::from(replicas as u32));
        let all = reads_per_second(chain, "exponential(mean 1ms)", clients as u32, Target::Any);
        // A closed network of k queues that are alike, each as likely to be the next (Gordon and Newell, Operations Research 15,
        // 1967): of N requests a queue is idle with probability (k - 1) / (N + k - 1). The count of 20 s has a standard deviation
        // of about sqrt(20,000 k), 0.7% at most; the threshold is four of them.
        let exact = k * 999.8 * clients / (clients + k - 1.0);
        assert!((all / exact - 1.0).abs() < 0.028, "{replicas}: {all} {exact}");
    }
}

#[test]
fn a_replica_that_fails_stops_the_chain_until_it_is_found_and_all_know() {
    for of in 1..=3 {
        let crash = Planned::new(Fault::Crash(Id::new(of)), Duration::seconds(1.05), Duration::seconds(60.0));
        let cluster =
            Cluster::new(Chain::default(), &network()).schedule(Schedule::from(vec![crash.clone()]));
        let levels: Levels = Simulator::new(cluster, 1).levels(0, at(5));
        // At first three hops: the order, the question of what the predecessor has, and its answer. It was last heard of at 1.001 s,
        // so that it is taken out at 1.501 s, and three hops later the others are ready.
        let out = 0.003 + (1.501 + 0.003 - 1.05);
        assert!((levels.mean(0) - (1.0 - out / 5.0)).abs() < 1e-9, "{of}: {}", levels.mean(0));
        // One that comes back gets the history, and is the tail.
        let back = Planned { lasts: Duration::seconds(2.0), ..crash };
        let clients =
            Clients::new(3, Arrivals::Closed(law("constant(1ms)"))).retries(9, law("constant(50ms)"));
        let cluster =
            Cluster::new(Chain::default(), &network()).clients(clients).schedule(Schedule::from(vec![back]));
        let (marks, tail, violation) = play(&mut Simulator::new(cluster, 1), 0, at(8), |cluster| {
            let marks: Vec<&str> = cluster.marks().iter().map(|(_, _, name)| *name).collect();
            let master = cluster.process(Id::new(0)).expect("it is up");
            (marks, master.order.chain.last().copied(), cluster.violation())
        });
        assert_eq!((marks, tail), (vec!["taken out", "new tail"], Some(Id::new(of))));
        assert_eq!(violation, None);
    }
}

fn nemesis() -> Nemesis {
    let spells = |every: &str| Spells::new(every.parse().unwrap(), "uniform(100ms, 3s)".parse().unwrap());
    Nemesis::new(Duration::seconds(20.0))
        .crashes(spells("exponential(mean 4s)"))
        .pauses(spells("exponential(mean 4s)"))
        .partitions(spells("exponential(mean 4s)"))
        .one_way(spells("exponential(mean 8s)"))
        .noise(spells("exponential(mean 8s)"), "10%".parse().unwrap())
        .drifts(spells("exponential(mean 8s)"), 500.0)
        .jumps(spells("exponential(mean 8s)"), 5_000)
        .swarm()
}

fn troubled(craq: bool, mistake: Option<Mistake>) -> Cluster<Chain> {
    let wire = Wire::new(law("exponential(mean 2ms)"))
        .loses("1%".parse().unwrap())
        .duplicates("1%".parse().unwrap());
    let clients = Clients::new(4, Arrivals::Closed(law("exponential(mean 30ms)")))
        .timeout(Duration::millis(200.0))
        .retries(2, law("constant(20ms)"))
        .target(Target::Any);
    let limits = Limits { sync: Some(law("exponential(mean 1ms)")), ..Limits::default() };
    Cluster::new(Chain { craq, mistake, ..Chain::default() }, &Network::flat(wire))
        .clients(clients)
        .limits(limits)
        .nemesis(nemesis())
        .live_within(Duration::seconds(5.0))
}

/// The first of so many trials in which something does not hold.
fn first_violation(craq: bool, mistake: Option<Mistake>, trials: u64) -> Option<u64> {
    let mut simulator = Simulator::new(troubled(craq, mistake), 7);
    (0..trials).find(|trial| play(&mut simulator, *trial, at(30), |cluster| cluster.violation().is_some()))
}

#[test]
fn nothing_is_lost_and_nothing_stale_is_read_whatever_fails() {
    for craq in [false, true] {
        let mut simulator = Simulator::new(troubled(craq, None), 7);
        let mut joined = 0;
        for trial in 0..60 {
            let violation = play(&mut simulator, trial, at(30), |cluster| {
                joined += cluster.marks().iter().filter(|(_, _, name)| *name == "new tail").count();
                cluster.violation()
            });
            assert_eq!(violation, None, "trial {trial}, CRAQ: {craq}");
        }
        assert!(joined > 100, "the chain was changed but {joined} times");
    }
}

#[test]
fn mistakes_are_found() {
    for craq in [false, true] {
        assert_eq!(first_violation(craq, Some(Mistake::NoVersionQuery), 1), Some(0));
        assert_eq!(first_violation(craq, Some(Mistake::HeadAnswers), 1), Some(0));
        assert!(first_violation(craq, Some(Mistake::NoLease), 5).is_some());
    }
}

#[test]
fn a_tail_without_a_lease_needs_but_one_fault_to_read_what_is_stale() {
    let spells = Spells::new(law("exponential(mean 4s)"), law("uniform(100ms, 3s)"));
    let cluster = troubled(false, Some(Mistake::NoLease))
        .nemesis(Nemesis::new(Duration::seconds(20.0)).partitions(spells));
    let mut simulator = Simulator::new(cluster.clone(), 7);
    let trial = (0..3).find(|trial| play(&mut simulator, *trial, at(30), |c| c.violation().is_some()));
    let shrunk = shrink(&cluster, 7, trial.expect("the tail is often cut off"), at(30)).unwrap();
    let [only] = shrunk.schedule.faults() else { panic!("{:?}", shrunk.schedule) };
    // The tail and the master do not hear each other, for longer than the master waits.
    assert!(only.lasts < Duration::seconds(1.0), "{only}");
}

#[test]
fn options_are_read_from_text() {
    let text = r#"{"replicas": 5, "craq": true, "lease": "300ms", "mistake": "no-version-query"}"#;
    let chain: Chain = serde_json::from_str(text).unwrap();
    assert_eq!((chain.replicas, chain.craq, chain.lease), (5, true, Duration::millis(300.0)));
    assert_eq!((chain.batch, chain.mistake), (64, Some(Mistake::NoVersionQuery)));
    assert!(serde_json::from_str::<Chain>(r#"{"replica": 5}"#).is_err());
}
