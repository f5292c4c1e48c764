//! Primary and backup with a lease: its failover in closed form, what holds while clocks keep to their bound, and what does not.

use fivenines::engine::{Levels, Simulator};
use fivenines::process::{
    Arrivals, Clients, Cluster, Fault, Id, Limits, Nemesis, Network, Planned, Schedule, Spells, Target,
    Violation, Wire, play, shrink,
};
use fivenines::units::{Duration, Instant, Span};

use super::shipped::primary_backup::{Mistake, PrimaryBackup};

fn at(secs: u64) -> Instant {
    Instant::START + Span::from_secs(secs)
}

/// How long after its crash at this millisecond the primary has a successor, in milliseconds.
fn failover(setup: &PrimaryBackup, crash_ms: u64, latency: &str) -> f64 {
    let crash = Duration::millis(crash_ms as f64);
    let fault = Planned::new(Fault::Crash(Id::new(1)), crash, Duration::minutes(1.0));
    let cluster = Cluster::new(setup.clone(), &Network::flat(Wire::new(latency.parse().unwrap())))
        .schedule(Schedule::from(vec![fault]));
    play(&mut Simulator::new(cluster, 1), 0, at(5), |cluster| {
        let mut marks = cluster.marks().iter().filter(|(_, who, _)| *who == Id::new(2));
        (marks.next().unwrap().0 - (Instant::START + crash.span())).as_secs_f64() * 1e3
    })
}

/// The primary's last heartbeat reaches the arbiter after a latency l; it waits for the lease and the bound, tells the backup (l), and
/// that one asks for the lease (2 l). The crash comes at a phase of the heartbeat: phase + failover = lease + bound + 4 l.
#[test]
fn a_failover_takes_the_lease_the_bound_and_four_messages_less_the_phase_of_the_heartbeat() {
    let setup = PrimaryBackup::default();
    // Heartbeats: at 0 ms and, told that it is the primary, at 2 ms; at 52 ms, and, told at 54 ms that there is a backup, then; and from
    // there every 50 ms.
    let mut sum = 0.0;
    for crash_ms in 1000..1050 {
        let took = failover(&setup, crash_ms, "constant(1ms)");
        sum += took;
        // At one instant the crash comes first: the heartbeat due then is not sent.
        let phase = (crash_ms - 55) as f64 % 50.0 + 1.0;
        assert!((took + phase - 224.0).abs() < 1e-6, "{crash_ms}: {took}");
    }
    // On average half a heartbeat less.
    assert!((sum / 50.0 - (224.0 - 25.5)).abs() < 1e-6, "{}", sum / 50.0);
    let long =
        PrimaryBackup { lease: Duration::seconds(1.0), bound: Duration::millis(300.0), ..setup.clone() };
    let differs = failover(&long, 1010, "constant(1ms)") - failover(&setup, 1010, "constant(1ms)");
    assert!((differs - 1080.0).abs() < 1e-6, "{differs}");
}

/// Cut off from the others, the primary serves until its lease is over, counted from when it asked; its successor begins behind the
/// bound and four messages: whenever the partition comes, nobody holds the lease for that long, and no longer.
#[test]
fn a_partition_costs_the_bound_and_four_messages_whatever_the_lease() {
    let idle = |lease, faults| {
        let setup = PrimaryBackup { lease: Duration::millis(lease), ..PrimaryBackup::default() };
        let network = Network::flat(Wire::new("constant(1ms)".parse().unwrap()));
        let cluster = Cluster::new(setup, &network).schedule(Schedule::from(faults));
        let levels: Levels = Simulator::new(cluster, 1).levels(0, at(5));
        (1.0 - levels.mean(0)) * 5000.0
    };
    for cut_ms in [1000.0, 1013.0, 1037.0] {
        let cut = Fault::partition(&[Id::new(1)], &[Id::new(0), Id::new(2)]);
        let cut = Planned::new(cut, Duration::millis(cut_ms), Duration::minutes(1.0));
        for lease in [200.0, 1000.0] {
            let took = idle(lease, vec![cut.clone()]) - idle(lease, vec![]);
            assert!((took - 24.0).abs() < 1e-6, "{took}");
        }
    }
}

fn cluster(setup: PrimaryBackup, nemesis: Nemesis) -> Cluster<PrimaryBackup> {
    let clients = Clients::new(6, Arrivals::Closed("exponential(mean 20ms)".parse().unwrap()))
        .timeout(Duration::millis(100.0))
        .target(Target::Any)
        .retries(8, "uniform(10ms, 50ms)".parse().unwrap());
    Cluster::new(setup, &Network::flat(Wire::new("exponential(mean 2ms)".parse().unwrap())))
        .limits(Limits { sync: Some("uniform(500us, 2ms)".parse().unwrap()), ..Limits::default() })
        .clients(clients)
        .nemesis(nemesis)
}

fn spells(every: &str, lasts: &str) -> Spells {
    Spells::new(every.parse().unwrap(), lasts.parse().unwrap())
}

/// Clocks gain or lose 5%, and up to four times that where four of these faults come together.
fn nemesis() -> Nemesis {
    let rare = || spells("exponential(mean 4s)", "uniform(100ms, 3s)");
    Nemesis::new(Duration::seconds(16.0))
        .drifts(spells("exponential(mean 3s)", "uniform(1s, 5s)"), 50_000.0)
        .partitions(rare())
        .crashes(rare())
        .pauses(rare())
        .one_way(rare())
        .noise(rare(), "20%".parse().unwrap())
}

/// A lease of 400 ms with a bound that covers clocks of which one gains and one loses 20%: 2 * 0.2 / 0.8 of the lease.
fn covered() -> PrimaryBackup {
    PrimaryBackup {
        lease: Duration::millis(400.0),
        bound: Duration::millis(200.0),
        ..PrimaryBackup::default()
    }
}

fn violation_of(cluster: &Cluster<PrimaryBackup>, trial: u64) -> Option<Violation> {
    play(&mut Simulator::new(cluster.clone(), 1), trial, at(20), |cluster| cluster.violation())
}

#[test]
fn nothing_is_violated_while_clocks_keep_to_the_bound() {
    let cluster = cluster(covered(), nemesis()).live_within(Duration::seconds(3.0));
    let mut simulator = Simulator::new(cluster, 1);
    let (mut asked, mut answered) = (0, 0);
    for trial in 0..60 {
        let (violation, served) = play(&mut simulator, trial, at(20), |cluster| {
            (cluster.violation(), cluster.history().served(Instant::START, at(20)))
        });
        assert_eq!(violation, None, "trial {trial}");
        (asked, answered) = (asked + served.0, answered + served.1);
    }
    assert!(asked > 30_000 && 100 * answered > 80 * asked, "{answered} of {asked}");
}

/// Long leases, and clocks that gain or lose a fifth: while a primary whose clock is slow, or whose arbiter's is fast, is cut off from
/// the others, both it and its successor serve for a while.
fn skewed(mistake: Option<Mistake>) -> Cluster<PrimaryBackup> {
    let skew = Nemesis::new(Duration::seconds(16.0))
        .drifts(spells("exponential(mean 2s)", "uniform(1s, 5s)"), 200_000.0)
        .partitions(spells("exponential(mean 2s)", "uniform(1s, 3s)"));
    // Where two of these faults come together, d is 0.4: 2 * 0.4 / 0.6 of the lease.
    let (lease, bound) = (Duration::seconds(1.0), Duration::seconds(1.5));
    cluster(PrimaryBackup { lease, bound, mistake, ..PrimaryBackup::default() }, skew)
}

#[test]
fn a_lease_without_a_clock_bound_is_found_and_a_slow_clock_and_a_partition_are_enough() {
    let wrong = skewed(Some(Mistake::NoClockBound));
    let trial = (0..10).find(|trial| violation_of(&wrong, *trial).is_some()).expect("in ten trials");
    let shrunk = shrink(&wrong, 1, trial, at(20)).unwrap();
    let faults = shrunk.schedule.faults();
    assert_eq!(faults.len(), 2, "{faults:?}");
    let drifts = |planned: &Planned| matches!(planned.fault, Fault::Drift { .. });
    let cuts = |planned: &Planned| matches!(planned.fault, Fault::Cut { .. });
    assert!(faults.iter().any(drifts) && faults.iter().any(cuts), "{faults:?}");
    assert!(shrunk.violation.what.contains("Read"), "{}", shrunk.violation);
    // Not with the bound, under those faults or any of the kind.
    let right = skewed(None);
    assert_eq!(violation_of(&right.clone().only(shrunk.schedule), trial), None);
    assert!((0..20).all(|trial| violation_of(&right, trial).is_none()));
}

#[test]
fn answers_before_the_backup_has_them_and_backups_that_are_behind_are_found() {
    for (mistake, trials) in [(Mistake::AnswersFirst, 1), (Mistake::StaleBackup, 5)] {
        let wrong = cluster(PrimaryBackup { mistake: Some(mistake), ..covered() }, nemesis());
        let found = (0..trials).find_map(|trial| violation_of(&wrong, trial));
        let what = found.unwrap_or_else(|| panic!("{mistake:?} is not found in {trials} trials")).what;
        assert!(what.starts_with("not linearizable"), "{what}");
    }
}

#[test]
fn options_are_read_from_a_file() {
    let text = r#"
        replicas = 3
        heartbeat = "20ms"
        lease = "1s"
        bound = "10ms"
        keys = 10
        read-share = "90%"
        mistake = "no-clock-bound"
    "#;
    let setup: PrimaryBackup = toml::from_str(text).unwrap();
    assert_eq!((setup.lease, setup.mistake), (Duration::seconds(1.0), Some(Mistake::NoClockBound)));
    assert!(toml::from_str::<PrimaryBackup>("leases = \"1s\"").is_err());
}
