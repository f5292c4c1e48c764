//! What hosts do: crash, stand still, keep time and keep data.

use fivenines::engine::Simulator;
use fivenines::process::{DiskFault, Fault, Id, Limits, Schedule, play};
use fivenines::units::Instant;

use super::talk::{Does, Saw, cluster, fault, saw, wire};

fn zero() -> Id {
    Id::new(0)
}

#[test]
fn a_crash_takes_what_was_not_synced() {
    let part = vec![(100, Does::Sync(1)), (200, Does::Write(2)), (600, Does::Write(3))];
    let crash = vec![fault(Fault::Crash(zero()), 300, 100)];
    let after = saw(cluster(vec![part], wire(1.0)), crash, 0);
    assert_eq!(after, [(400, Saw::Records(vec![1], false)), (600, Saw::Did(2))]);
}

#[test]
fn a_sync_takes_its_time_and_what_follows_it_waits() {
    let limits = Limits { sync: Some("constant(50ms)".parse().unwrap()), ..Limits::default() };
    let crash = |at| vec![fault(Fault::Crash(zero()), at, 100)];
    let part = || vec![vec![(100, Does::Sync(1)), (120, Does::Send(1, vec![7]))], vec![]];
    let actors = || cluster(part(), wire(1.0)).limits(limits.clone());
    // The second timer is due while the sync lasts.
    assert_eq!(saw(actors(), vec![], 1), [(151, Saw::Message(7))]);
    assert_eq!(saw(actors(), crash(149), 0), [(249, Saw::Records(vec![], false))]);
    assert_eq!(saw(actors(), crash(149), 1), []);
    assert_eq!(saw(actors(), crash(150), 0), [(250, Saw::Records(vec![1], false))]);
}

#[test]
fn work_makes_what_comes_meanwhile_wait_in_order() {
    let part = vec![(100, Does::Work(50)), (130, Does::Work(5)), (140, Does::Send(1, vec![9]))];
    let others = vec![(110, Does::Send(0, vec![1, 2]))];
    let seen = saw(cluster(vec![part, others], wire(1.0)), vec![], 0);
    let expected = [
        (150, Saw::Did(0)),
        (150, Saw::Message(1)),
        (150, Saw::Message(2)),
        (155, Saw::Did(1)),
        (155, Saw::Did(2)),
    ];
    assert_eq!(seen, expected);
}

#[test]
fn a_timer_that_waits_for_its_process_can_still_be_set_anew_or_taken_back() {
    let part = |does| vec![vec![(100, Does::Work(50)), (110, does), (120, Does::Write(7))]];
    let did = |does| saw(cluster(part(does), wire(1.0)), vec![], 0);
    assert_eq!(did(Does::Write(1)), [(150, Saw::Did(0)), (150, Saw::Did(1)), (150, Saw::Did(2))]);
    assert_eq!(did(Does::Set(2, 30)), [(150, Saw::Did(0)), (150, Saw::Did(1)), (180, Saw::Did(2))]);
    assert_eq!(did(Does::Cancel(2)), [(150, Saw::Did(0)), (150, Saw::Did(1))]);
}

#[test]
fn a_pause_stops_a_process_without_killing_it() {
    let part = vec![(100, Does::Write(1)), (250, Does::Send(1, vec![7]))];
    let others = vec![(150, Does::Send(0, vec![3]))];
    let pause = || vec![fault(Fault::Pause(zero()), 120, 200)];
    let actors = || cluster(vec![part.clone(), others.clone()], wire(1.0));
    assert_eq!(saw(actors(), pause(), 0), [(100, Saw::Did(0)), (320, Saw::Message(3)), (320, Saw::Did(1))]);
    assert_eq!(saw(actors(), pause(), 1), [(150, Saw::Did(0)), (321, Saw::Message(7))]);
    // What it was about to send when it was stopped leaves when it goes on.
    let part = vec![vec![(100, Does::Work(50)), (101, Does::Send(1, vec![7]))], vec![]];
    let pause = vec![fault(Fault::Pause(zero()), 120, 200)];
    assert_eq!(saw(cluster(part, wire(1.0)), pause, 1), [(321, Saw::Message(7))]);
}

#[test]
fn a_full_inbox_turns_messages_away_and_not_timers() {
    let limits = Limits { inbox: Some(3), ..Limits::default() };
    let part = vec![(100, Does::Work(100)), (150, Does::Write(1)), (160, Does::Write(2))];
    let others = vec![(110, Does::Send(0, (0..10).collect()))];
    let seen = saw(cluster(vec![part, others], wire(1.0)).limits(limits), vec![], 0);
    let messages = seen.iter().filter(|(_, saw)| matches!(saw, Saw::Message(_))).count();
    let did = seen.iter().filter(|(_, saw)| matches!(saw, Saw::Did(_))).count();
    assert_eq!((messages, did), (3, 3));
}

#[test]
fn a_clock_that_runs_fast_makes_its_timers_come_early() {
    // 10% fast from the start on: its 220 ms are the world's 200.
    let part = vec![vec![(220, Does::Send(1, vec![7]))], vec![]];
    let drift = fault(Fault::Drift { of: zero(), ppm: 1e5 }, 0, 900);
    // The timer is set at the start, before the drift begins; a process that comes back sets it anew.
    let crash = fault(Fault::Crash(zero()), 10, 1);
    let fast = saw(cluster(part.clone(), wire(1.0)), vec![drift.clone(), crash], 1);
    assert_eq!(fast, [(201, Saw::Message(7))]);
    assert_eq!(saw(cluster(part, wire(1.0)), vec![drift], 1), [(221, Saw::Message(7))]);
}

#[test]
fn disks_lie_and_lose_and_rot() {
    let part = || vec![vec![(100, Does::Sync(1)), (200, Does::Sync(2)), (300, Does::Sync(3))]];
    let crash = || fault(Fault::Crash(zero()), 400, 10);
    let disk = |what, at, lasts| fault(Fault::Disk { of: zero(), what }, at, lasts);
    let found = |faults| saw(cluster(part(), wire(1.0)), faults, 0).remove(0).1;
    assert_eq!(found(vec![crash()]), Saw::Records(vec![1, 2, 3], false));
    // A sync after it has stopped lying makes all last that came before.
    assert_eq!(found(vec![disk(DiskFault::Lies, 150, 100), crash()]), Saw::Records(vec![1, 2, 3], false));
    assert_eq!(found(vec![disk(DiskFault::Lies, 150, 300), crash()]), Saw::Records(vec![1], false));
    assert_eq!(found(vec![disk(DiskFault::Erased, 350, 0), crash()]), Saw::Records(vec![], false));
    let Saw::Records(records, true) = found(vec![disk(DiskFault::Corrupted, 350, 0), crash()]) else {
        panic!("damage is told")
    };
    assert!(records.len() < 3 && [1, 2, 3].starts_with(&records), "{records:?}");
}

#[test]
fn two_reasons_to_be_down_are_over_when_both_are() {
    let crashes = vec![fault(Fault::Crash(zero()), 100, 300), fault(Fault::Crash(zero()), 200, 400)];
    let seen = saw(cluster(vec![vec![(700, Does::Write(1))]], wire(1.0)), crashes, 0);
    assert_eq!(seen, [(600, Saw::Records(vec![], false)), (700, Saw::Did(0))]);
}

#[test]
fn one_who_looks_on_sees_clocks_and_who_stands_still() {
    let faults = vec![
        fault(Fault::Drift { of: zero(), ppm: 1e5 }, 0, 2000),
        fault(Fault::Pause(Id::new(1)), 500, 2000),
        fault(Fault::Crash(Id::new(2)), 400, 2000),
        fault(Fault::Pause(Id::new(2)), 450, 2000),
    ];
    let cluster = cluster(vec![vec![], vec![], vec![]], wire(1.0)).schedule(Schedule::from(faults));
    let at = |millis: u64| Instant::from_micros(millis * 1000);
    play(&mut Simulator::new(cluster, 1), 0, at(1000), |cluster| {
        let view = cluster.view();
        // As of the last event.
        assert_eq!(view.now(), at(500));
        let times = [0, 1, 2, 3].map(|id| view.time_on(Id::new(id)));
        assert_eq!(times, [Some(at(550)), Some(at(500)), Some(at(500)), None]);
        let paused = [0, 1, 2, 3].map(|id| view.is_paused(Id::new(id)));
        assert_eq!(paused, [false, true, false, false], "one that is down does not stand still");
    });
}
