//! Clients and the queues they stand in, held to closed forms.

use fivenines::engine::Simulator;
use fivenines::process::{
    Arrivals, Clients, Cluster, Fault, Id, Limits, Network, Outcome, Schedule, Target, play,
};
use fivenines::units::{Duration, Instant, Span};

use super::talk::{Play, fault, wire};

fn law(text: &str) -> fivenines::random::Law {
    text.parse().unwrap()
}

fn servers(count: usize, latency_ms: f64) -> Cluster<Play> {
    Cluster::new(Play(vec![vec![]; count]), &Network::flat(wire(latency_ms)))
}

fn at(secs: u64) -> Instant {
    Instant::START + Span::from_secs(secs)
}

#[test]
fn one_server_is_an_m_m_1_queue() {
    // 80 requests a second, 100 served: a request takes 1/(100 - 80) s = 50 ms on average, and longer than t with probability
    // exp(-20 t). Requests of a queue are alike for about 2 / (1 - sqrt(0.8))^2 / 100 s = 1.8 s, so that 20,000 s are about
    // 11,000 independent looks: the standard error is near 50 ms / 105 < 0.5 ms, of the share near 0.005. Thresholds are 5 of them.
    let limits = Limits { call: Some(law("exponential(mean 10ms)")), ..Limits::default() };
    let clients =
        Clients::new(1, Arrivals::Open(law("exponential(mean 12.5ms)"))).timeout(Duration::minutes(1.0));
    let cluster = servers(1, 0.0).limits(limits).clients(clients);
    let took: Vec<f64> = play(&mut Simulator::new(cluster, 5), 0, at(20_000), |cluster| {
        let over = cluster.history().operations().iter().filter(|operation| operation.is_over());
        over.map(|operation| operation.took().as_secs_f64()).collect()
    });
    let mean = took.iter().sum::<f64>() / took.len() as f64;
    assert!((mean - 0.050).abs() < 0.0025, "{mean}");
    let late = took.iter().filter(|took| **took > 0.1).count() as f64 / took.len() as f64;
    assert!((late - 0.1353).abs() < 0.025, "{late}");
}

#[test]
fn a_full_system_of_closed_clients_answers_as_fast_as_the_server_works() {
    // Ten clients that do not think, and a server that always has somebody to serve: one request a millisecond.
    let limits = Limits { call: Some(law("constant(1ms)")), ..Limits::default() };
    let cluster =
        servers(1, 2.0).limits(limits).clients(Clients::new(10, Arrivals::Closed(law("constant(0s)"))));
    let (all, good) =
        play(&mut Simulator::new(cluster, 5), 0, at(10), |cluster| cluster.history().served(at(1), at(9)));
    assert_eq!((all, good), (8000, 8000));
}

/// How the operations of one client ended, who begins every 100 ms, with a server that is down from 1 s to 2 s.
fn through_a_crash(servers_: usize, clients: Clients) -> (usize, usize, f64) {
    let crash = fault(Fault::Crash(Id::new(0)), 1000, 1000);
    let cluster = servers(servers_, 1.0).clients(clients).schedule(Schedule::from(vec![crash]));
    play(&mut Simulator::new(cluster, 5), 0, at(4), |cluster| {
        let over: Vec<_> =
            cluster.history().operations().iter().filter(|operation| operation.is_over()).collect();
        let good = over.iter().filter(|operation| matches!(operation.outcome, Outcome::Done(_))).count();
        let longest = over.iter().map(|operation| operation.took().as_secs_f64()).fold(0.0, f64::max);
        (over.len(), over.len() - good, longest)
    })
}

fn every_100_ms() -> Clients {
    Clients::new(1, Arrivals::Open(law("constant(100ms)"))).timeout(Duration::millis(50.0))
}

#[test]
fn without_retries_what_is_asked_during_an_outage_fails() {
    // Asked at 1.0 s, when the server has just gone, and then ten times until 1.9 s.
    let (all, failed, longest) = through_a_crash(1, every_100_ms());
    assert_eq!((all, failed, longest), (39, 10, 0.05));
}

#[test]
fn retries_mask_an_outage_shorter_than_their_budget() {
    let patient = every_100_ms().retries(20, law("constant(10ms)"));
    let (_, failed, longest) = through_a_crash(1, patient);
    // The first to be hit, at 1.0 s, tries every 60 ms: at 2.02 s it is answered.
    assert_eq!((failed, longest), (0, 1.022));
    let (_, failed, _) = through_a_crash(1, every_100_ms().retries(3, law("constant(10ms)")));
    // Four tries last 180 ms: only those asked from 1.82 s on get through.
    assert_eq!(failed, 9);
}

#[test]
fn a_second_server_takes_over_where_clients_look_for_it() {
    let (_, failed, longest) = through_a_crash(2, every_100_ms().retries(1, law("constant(10ms)")));
    assert_eq!((failed, longest), (0, 0.062));
    // A second request beside the first that is late, and none has to fail first.
    let (_, failed, longest) = through_a_crash(2, every_100_ms().hedge(Duration::millis(20.0)));
    assert_eq!((failed, longest), (0, 0.022));
}

#[test]
fn clients_ask_at_their_own_site_first() {
    let network = Network::new(wire(1.0), wire(40.0)).site("eu", 1).site("us", 1);
    let client = Clients::new(1, Arrivals::Open(law("constant(1s)"))).at("us").target(Target::Nearest);
    let cluster = Cluster::new(Play(vec![vec![]; 2]), &network).clients(client);
    let took =
        play(&mut Simulator::new(cluster, 5), 0, at(2), |cluster| cluster.history().operations()[0].took());
    assert_eq!(took, Span::from_micros(2_000));
}

#[test]
fn one_more_process_or_group_is_nothing_to_the_luck_of_clients() {
    let wire = || fivenines::process::Wire::new(law("exponential(mean 5ms)"));
    let clients = |name: &str| Clients::new(2, Arrivals::Closed(law("exponential(mean 20ms)"))).named(name);
    let seen = |processes: usize, names: &[&str]| {
        let cluster = Cluster::new(Play(vec![vec![]; processes]), &Network::flat(wire()));
        let cluster = names.iter().fold(cluster, |cluster, name| cluster.clients(clients(name)));
        let place = names.iter().position(|name| *name == "shop").expect("it is there") as u32;
        play(&mut Simulator::new(cluster, 5), 0, at(5), |cluster| {
            let of = cluster.client_groups();
            let operations = cluster.history().operations().iter();
            let own = operations.filter(|operation| of[operation.client as usize] == place);
            own.map(|operation| (operation.from, operation.until)).collect::<Vec<_>>()
        })
    };
    let alone = seen(2, &["shop"]);
    assert!(alone.len() > 100);
    // A process answers by luck of its own, which all its clients share: only those of one process are alone with it.
    assert_eq!(seen(3, &["shop"]), alone);
    let asked = |seen: Vec<(Instant, Instant)>| seen[0].0;
    assert_eq!(asked(seen(2, &["before", "shop"])), asked(alone));
}
