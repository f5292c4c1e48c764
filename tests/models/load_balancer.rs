//! A load balancer.

use fivenines::engine::Simulator;
use fivenines::process::{
    Arrivals, Clients, Cluster, Fault, Id, Nemesis, Network, Planned, Schedule, Spells, Wire, play, shrink,
};
use fivenines::units::{Duration, Instant, Span};

use super::shipped::load_balancer::{LoadBalancer, Mistake, Next};

fn law(text: &str) -> fivenines::random::Law {
    text.parse().unwrap()
}

fn at(secs: u64) -> Instant {
    Instant::START + Span::from_secs(secs)
}

fn flat(latency: &str) -> Network {
    Network::flat(Wire::new(law(latency)))
}

/// How long requests take on average, in milliseconds, where four servers do 100 a second each and 320 come.
fn takes(next: Next, at_once: usize) -> f64 {
    let hour = Duration::hours(1.0);
    let balancer = LoadBalancer {
        next,
        at_once,
        waiting: 10_000,
        check: hour,
        timeout: hour,
        ..LoadBalancer::default()
    };
    let clients = Clients::new(1, Arrivals::Open(law("exponential(mean 3.125ms)"))).timeout(hour);
    let cluster = Cluster::new(balancer, &flat("constant(0s)")).clients(clients);
    play(&mut Simulator::new(cluster, 5), 0, at(1_000), |cluster| {
        let over = cluster.history().operations().iter().filter(|operation| operation.is_over());
        let took: Vec<f64> = over.map(|operation| operation.took().as_secs_f64()).collect();
        1000.0 * took.iter().sum::<f64>() / took.len() as f64
    })
}

#[test]
fn one_queue_is_erlangs_and_a_queue_for_each_at_random_is_four_of_one_server() {
    // M/M/4 with a load of 3.2: Erlang's C is 0.5964, so that a request waits 0.5964 / (400 - 320) s = 7.46 ms and takes 17.46 ms.
    let terms: Vec<f64> = (0..4)
        .scan(1.0, |term, k| {
            let now = *term;
            *term *= 3.2 / (f64::from(k) + 1.0);
            Some(now)
        })
        .collect();
    let last = terms[3] * 3.2 / 4.0 / (1.0 - 0.8);
    let waits = last / (terms.iter().sum::<f64>() + last);
    let exact = 10.0 + 1000.0 * waits / 80.0;
    // Of a queue that is busy for 80% of the time, 1,000 s hold about 1,000 / 0.18 independent looks for each server (relaxation time
    // 2 / (1 - sqrt(0.8))^2 / 100 s = 1.8 s; for four together a quarter): thresholds are 10%, above five standard errors.
    let shared = takes(Next::Fewest, 1);
    assert!((shared / exact - 1.0).abs() < 0.1, "{shared} {exact}");
    // Four M/M/1 with a load of 0.8 each: 1 / (100 - 80) s.
    let random = takes(Next::Any, 0);
    assert!((random / 50.0 - 1.0).abs() < 0.1, "{random}");
    // The fewest requests first comes close to one queue, without knowing which is the first to be done.
    let fewest = takes(Next::Fewest, 0);
    assert!(fewest > shared && fewest < 1.5 * shared, "{fewest} {shared}");
}

fn crash(of: usize, at: f64, lasts: f64) -> Schedule {
    Schedule::from(vec![Planned::new(
        Fault::Crash(Id::new(of)),
        Duration::seconds(at),
        Duration::seconds(lasts),
    )])
}

#[test]
fn a_crash_is_noticed_after_as_many_checks_as_are_asked_for() {
    for fall in 1..5 {
        let balancer = LoadBalancer { fall, ..LoadBalancer::default() };
        let cluster = Cluster::new(balancer, &flat("constant(1ms)")).schedule(crash(2, 10.25, 20.0));
        let marks = play(&mut Simulator::new(cluster, 1), 0, at(60), |cluster| cluster.marks().to_vec());
        let when: Vec<(f64, &str)> =
            marks.iter().map(|(at, _, name)| (at.since_start().as_secs_f64(), *name)).collect();
        // The first check behind the crash is at 11 s, and half a second later has failed; the first behind its end is at 31 s.
        assert_eq!(when, [(11.0 + f64::from(fall - 1) + 0.5, "taken out"), (32.5, "put back")]);
    }
}

/// How many requests fail of those that come every 10 ms, while one of four servers is down for a minute.
fn lost(balancer: LoadBalancer) -> u64 {
    let clients = Clients::new(1, Arrivals::Open(law("constant(10ms)"))).timeout(Duration::seconds(5.0));
    let balancer = LoadBalancer { work: law("constant(1ms)"), ..balancer };
    let cluster =
        Cluster::new(balancer, &flat("constant(0s)")).clients(clients).schedule(crash(2, 10.005, 60.0));
    play(&mut Simulator::new(cluster, 1), 0, at(110), |cluster| {
        let (all, good) = cluster.history().served(Instant::START, at(100));
        all - good
    })
}

#[test]
fn breakers_lose_less_than_checks_and_both_less_than_none() {
    // One request in four, and so one every 40 ms, goes to the server that is down.
    let never = Duration::hours(1.0);
    let only_checks = LoadBalancer { breaks_after: 0, ..LoadBalancer::default() };
    let only_breakers = LoadBalancer { check: never, ..LoadBalancer::default() };
    let neither = LoadBalancer { check: never, ..only_checks.clone() };
    // For all of the minute.
    assert_eq!(lost(neither), 60 * 25);
    // Until 13.5 s: 3.495 s.
    let checks = lost(only_checks);
    assert!((87..=88).contains(&checks), "{checks}");
    // The fifth fails by 11.2 s; then one every six seconds, five of rest and one of waiting.
    let breakers = lost(only_breakers);
    let first = (1.0 + 4.0 * 0.04) / 0.04;
    let later = (60.0 - 1.0 - 5.0 * 0.04) / 6.0;
    assert!((breakers as f64 - first - later).abs() <= 2.0, "{breakers} {first} {later}");
}

#[test]
fn the_pool_follows_the_load_by_one_look_and_the_time_to_start() {
    let balancer = LoadBalancer {
        servers: 8,
        least: 1,
        work: law("constant(1ms)"),
        scale: Duration::seconds(10.0),
        boot: Duration::seconds(5.0),
        ..LoadBalancer::default()
    };
    // 150 requests a second, and 175 more for a minute, at 50 for each server.
    let steady = Clients::new(15, Arrivals::Open(law("constant(100ms)")));
    let more = Clients::new(35, Arrivals::Open(law("constant(200ms)"))).until(Duration::minutes(1.0));
    let cluster = Cluster::new(balancer, &flat("constant(0s)")).clients(steady).clients(more);
    let (marks, all, good) = play(&mut Simulator::new(cluster, 1), 0, at(100), |cluster| {
        let (all, good) = cluster.history().served(Instant::START, at(95));
        (cluster.marks().to_vec(), all, good)
    });
    let at_secs = |name: &str| -> Vec<u64> {
        let named = marks.iter().filter(|(.., mark)| *mark == name);
        named.map(|(at, ..)| at.since_start().as_micros() / 1_000_000).collect()
    };
    // 325 / 50 and 150 / 50, rounded up; one server, which can do 1,000 a second, is there from the first.
    assert_eq!(at_secs("started"), [10; 6]);
    assert_eq!(at_secs("stopped"), [70; 4]);
    assert_eq!(all, good);
}

fn troubled(mistake: Option<Mistake>) -> Cluster<LoadBalancer> {
    let spells = |every: &str| Spells::new(every.parse().unwrap(), "uniform(100ms, 8s)".parse().unwrap());
    let nemesis = Nemesis::new(Duration::seconds(60.0))
        .crashes(spells("exponential(mean 8s)"))
        .pauses(spells("exponential(mean 8s)"))
        .partitions(spells("exponential(mean 10s)"))
        .one_way(spells("exponential(mean 10s)"))
        .noise(spells("exponential(mean 10s)"), "10%".parse().unwrap())
        .swarm();
    let clients =
        Clients::new(5, Arrivals::Closed(law("exponential(mean 30ms)"))).timeout(Duration::seconds(2.0));
    Cluster::new(LoadBalancer { mistake, ..LoadBalancer::default() }, &flat("constant(1ms)"))
        .clients(clients)
        .nemesis(nemesis)
        .live_within(Duration::seconds(20.0))
}

/// The first of three trials in which something does not hold, with as few faults as that takes.
fn found(mistake: Mistake) -> (Vec<Planned>, String) {
    let cluster = troubled(Some(mistake));
    let mut simulator = Simulator::new(cluster.clone(), 7);
    let trial = (0..3).find(|trial| play(&mut simulator, *trial, at(100), |c| c.violation().is_some()));
    let shrunk = shrink(&cluster, 7, trial.expect("it is found soon"), at(100)).unwrap();
    (shrunk.schedule.faults().to_vec(), shrunk.violation.what)
}

#[test]
fn every_server_that_is_well_is_used_again_whatever_has_failed() {
    let mut simulator = Simulator::new(troubled(None), 7);
    for trial in 0..60 {
        assert_eq!(
            play(&mut simulator, trial, at(100), |cluster| cluster.violation()),
            None,
            "trial {trial}"
        );
    }
}

#[test]
fn a_late_answer_goes_to_another_client_where_answers_are_paired_by_their_order() {
    let (faults, what) = found(Mistake::PairsByOrder);
    // One server that stands still for longer than its requests are waited for, or loses one of them.
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert!(what.ends_with("got the answer of another"), "{what}");
}

#[test]
fn a_breaker_that_stays_open_is_found() {
    let (faults, what) = found(Mistake::StaysOpen);
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert!(what.starts_with("nothing is wrong, and yet nobody has been served"), "{what}");
}

#[test]
fn options_are_read_from_text() {
    let text = r#"{"servers": 9, "next": "fewest", "work": "constant(2ms)", "mistake": "stays-open"}"#;
    let balancer: LoadBalancer = serde_json::from_str(text).unwrap();
    assert_eq!((balancer.servers, balancer.least, balancer.next), (9, 4, Next::Fewest));
    assert_eq!((balancer.work, balancer.mistake), (law("constant(2ms)"), Some(Mistake::StaysOpen)));
    assert!(serde_json::from_str::<LoadBalancer>(r#"{"server": 9}"#).is_err());
}
