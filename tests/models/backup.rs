//! Backup and restore: what is lost and how long it takes in closed form, what was promised, and what planted mistakes break.

use fivenines::engine::Simulator;
use fivenines::process::ledger::Ledger;
use fivenines::process::{
    Arrivals, Clients, Cluster, Fault, Id, Nemesis, Network, Planned, Protocol as _, Schedule, Spells,
    Violation, Wire, play, shrink,
};
use fivenines::units::{Bytes, Duration, Instant, Probability, Span};

use super::shipped::backup::{Backup, Mistake};

fn at(secs: u64) -> Instant {
    Instant::START + Span::from_secs(secs)
}

fn crash(at_ms: f64, lasts_ms: f64) -> Planned {
    Planned::new(Fault::Crash(Id::new(0)), Duration::millis(at_ms), Duration::millis(lasts_ms))
}

/// The store is 10 ms away, by a wire of 100 MB/s.
fn network() -> Network {
    let far = Wire::new("constant(10ms)".parse().unwrap()).bandwidth("800 Mbit/s".parse().unwrap());
    Network::new(Wire::new("constant(1ms)".parse().unwrap()), far).site("here", 1).site("there", 1)
}

/// Every crash takes the disk; copies cost nothing, so that the log is never kept waiting.
fn lossy() -> Backup {
    Backup {
        size: Bytes::new(0).unwrap(),
        record: Bytes::new(500_000).unwrap(),
        loses_disk: Probability::ONE,
        copy_every: Duration::minutes(10.0),
        patience: Duration::seconds(60.0),
        read_share: Probability::ZERO,
        ..Backup::default()
    }
}

fn cluster(setup: &Backup, every: &str, faults: Vec<Planned>) -> Cluster<Backup> {
    let clients = Clients::new(1, Arrivals::Open(every.parse().unwrap())).at("here");
    Cluster::new(setup.clone(), &network()).clients(clients).schedule(Schedule::from(faults))
}

/// What is answered and lost when the database's disk goes at this second; `cut` says for how long its site is cut off as well.
fn lost(crash_secs: f64, cut: Option<f64>) -> f64 {
    let mut faults = vec![crash(crash_secs * 1e3, 5000.0)];
    faults.extend(cut.map(|secs| {
        let cut = Fault::partition(&[Id::new(0)], &[Id::new(1)]);
        Planned::new(cut, Duration::seconds(crash_secs), Duration::seconds(secs))
    }));
    play(&mut Simulator::new(cluster(&lossy(), "constant(100ms)", faults), 1), 0, at(200), |cluster| {
        assert_eq!(cluster.violation(), None);
        assert!(cluster.marks().iter().any(|(_, _, name)| *name == "restored"));
        Ledger::of(cluster.history()).lost().count() as f64 * 0.1
    })
}

/// One write in 100 ms is answered, and the log shipped every 10 s: 50 MB in 0.51 s. A loss comes at any phase: what was answered
/// since the last shipment is gone, 5 s on average. A disaster that takes the wire as well takes what is on its way: 0.51 s more.
#[test]
fn what_is_lost_is_half_the_time_between_shipments_and_with_its_wire_the_transfer() {
    let phases = || (0..100).map(|n| 0.05 + 0.1 * f64::from(n));
    for phase in phases() {
        let took = lost(100.0 + phase, None);
        assert!((took - phase).abs() < 0.1, "{phase}: {took}");
    }
    let mean = |cut| phases().map(|phase| lost(100.0 + phase, cut)).sum::<f64>() / 100.0;
    let (disk, site) = (mean(None), mean(Some(3.0)));
    assert!((disk - 5.0).abs() < 0.06, "{disk}");
    assert!((site - 5.51).abs() < 0.06, "{site}");
}

/// Until it is seen that the disk is gone; a question, and the copy of 2 GB with the log behind it; the log redone; and a question
/// and an answer for the new timeline.
#[test]
fn a_restore_takes_the_detection_the_transfer_the_replay_and_four_messages() {
    let setup = Backup {
        size: Bytes::new(2_000_000_000).unwrap(),
        detect: Duration::seconds(17.0),
        replay: Duration::millis(2.0),
        ..lossy()
    };
    // The first copy is of nothing, and read for 10 s; the second begins at 600 s.
    for crash_secs in [405.0, 505.0] {
        let faults = vec![crash(crash_secs * 1e3, 5000.0)];
        let cluster = cluster(&setup, "constant(100ms)", faults);
        let took = play(&mut Simulator::new(cluster, 1), 0, at(600), |cluster| {
            let when = |what| {
                let mark = cluster.marks().iter().find(|(_, _, name)| *name == what);
                mark.unwrap().0.since_start().as_secs_f64()
            };
            when("restored") - when("lost its disk")
        });
        // All that was shipped 5 s before: ten writes a second.
        let writes = (crash_secs - 5.0) * 10.0 - 1.0;
        let exact = 17.0 + 20.0 + writes * 0.005 + writes * 0.002 + 4.0 * 0.01;
        assert!((took - exact).abs() < 1e-6, "{took} {exact}");
    }
}

fn promise(mistake: Option<Mistake>) -> Backup {
    Backup {
        size: Bytes::new(50_000_000).unwrap(),
        record: Bytes::new(10_000).unwrap(),
        loses_disk: Probability::HALF,
        copy_every: Duration::seconds(20.0),
        copying: Duration::seconds(4.0),
        ship_every: Duration::seconds(2.0),
        patience: Duration::seconds(5.0),
        detect: Duration::seconds(1.0),
        damage: "30%".parse().unwrap(),
        verify: Some(Duration::seconds(3.0)),
        mistake,
        ..Backup::default()
    }
}

/// Hosts crash, the store's as well, and the wire between them loses messages and breaks.
fn troubled(setup: Backup) -> Cluster<Backup> {
    let spells = |every: &str, lasts: &str| Spells::new(every.parse().unwrap(), lasts.parse().unwrap());
    let nemesis = Nemesis::new(Duration::seconds(160.0))
        .crashes(spells("exponential(mean 15s)", "uniform(100ms, 5s)"))
        .partitions(spells("exponential(mean 30s)", "uniform(1s, 10s)"))
        .noise(spells("exponential(mean 30s)", "uniform(1s, 10s)"), "30%".parse().unwrap());
    let clients = Clients::new(3, Arrivals::Closed("exponential(mean 100ms)".parse().unwrap()))
        .at("here")
        .timeout(Duration::millis(500.0))
        .retries(2, "constant(100ms)".parse().unwrap());
    Cluster::new(setup, &network()).clients(clients).nemesis(nemesis)
}

fn violation_of(cluster: &Cluster<Backup>, trial: u64) -> Option<Violation> {
    play(&mut Simulator::new(cluster.clone(), 1), trial, at(180), |cluster| cluster.violation())
}

#[test]
fn what_was_promised_comes_back() {
    let cluster = troubled(promise(None));
    let mut restores = 0;
    for trial in 0..40 {
        let (violation, restored) =
            play(&mut Simulator::new(cluster.clone(), 1), trial, at(180), |cluster| {
                (
                    cluster.violation(),
                    cluster.marks().iter().filter(|(_, _, name)| *name == "restored").count(),
                )
            });
        assert_eq!(violation, None, "trial {trial}");
        restores += restored;
    }
    assert!(restores > 80, "{restores}");
}

/// The first of so many trials in which something does not hold, and what.
fn found(setup: Backup, trials: u64) -> (Cluster<Backup>, u64, String) {
    let wrong = troubled(setup.clone());
    let first = (0..trials).find_map(|trial| Some((trial, violation_of(&wrong, trial)?.what)));
    let (trial, what) = first.unwrap_or_else(|| panic!("{:?}: not in {trials} trials", setup.mistake));
    (wrong, trial, what)
}

#[test]
fn gaps_and_damaged_copies_and_promises_without_a_copy_are_found() {
    let stale = "which is not what was written last";
    assert!(found(promise(Some(Mistake::PositionAtEnd)), 10).2.ends_with(stale));
    let unread = Backup { verify: None, ..promise(Some(Mistake::UsesDamaged)) };
    assert!(found(unread, 20).2.ends_with(stale));
    let dropped = Backup { keep: 1, ..promise(Some(Mistake::DropsVerified)) };
    assert!(found(dropped, 20).2.contains("writes were said to be in the store"));
    // Not with the right retention, however few are kept.
    let kept = troubled(Backup { keep: 1, ..promise(None) });
    assert!((0..40).all(|trial| violation_of(&kept, trial).is_none()));
}

#[test]
fn what_is_taken_for_stored_when_it_is_sent_is_found_at_once_and_two_faults_are_enough() {
    let setup = Backup { loses_disk: Probability::ONE, ..promise(Some(Mistake::DoneWhenSent)) };
    let (wrong, trial, what) = found(setup, 2);
    assert!(what.contains("writes were said to be in the store"), "{what}");
    let shrunk = shrink(&wrong, 1, trial, at(180)).unwrap();
    assert!(shrunk.schedule.faults().len() <= 2, "{shrunk:?}");
}

/// A copy that nobody restores for a trial may be damaged, and then the log behind it is worth nothing.
#[test]
fn copies_that_are_never_verified_do_not_keep_the_promise() {
    let (.., what) = found(Backup { verify: None, ..promise(None) }, 10);
    assert!(what.ends_with("and 0 came back"), "{what}");
}

/// Shipments every 2 s bear a recovery point of 5 s while nothing else is wrong, and not one of 1 s.
#[test]
fn a_recovery_point_is_checked() {
    let within = |rpo: f64| {
        let rpo = Some(Duration::seconds(rpo));
        let setup = Backup { rpo, ship_every: Duration::seconds(2.0), ..lossy() };
        let cluster = cluster(&setup, "constant(100ms)", vec![crash(101_500.0, 1000.0)]);
        play(&mut Simulator::new(cluster, 1), 0, at(200), |cluster| cluster.violation())
    };
    assert_eq!(within(5.0), None);
    assert_eq!(within(1.0).unwrap().what, "what was answered 1.4s before a loss is gone");
}

#[test]
fn options_are_read_from_a_file() {
    let text = r#"
        size = "2 TB"
        copy-every = "1d"
        keep = 7
        damage = "0.1%"
        verify = "4h"
        loses-disk = "5%"
        mistake = "position-at-end"
    "#;
    let setup: Backup = toml::from_str(text).unwrap();
    assert_eq!((setup.verify, setup.keep), (Some(Duration::hours(4.0)), 7));
    assert!(toml::from_str::<Backup>("copies = 7").is_err());
    let hasty = Backup { copying: Duration::hours(2.0), ..Backup::default() };
    assert!(hasty.sound().is_err());
}
