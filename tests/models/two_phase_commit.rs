//! Two-phase commit: how long it blocks, in closed form, and that all decide the same, or are found not to.

use fivenines::engine::Simulator;
use fivenines::process::{
    Arrivals, Clients, Cluster, Fault, Id, Nemesis, Network, Planned, Schedule, Spells, Violation, Wire, play,
};
use fivenines::units::{Duration, Instant, Probability, Span};

use super::shipped::two_phase_commit::{Mistake, TwoPhaseCommit};

fn at(secs: u64) -> Instant {
    Instant::START + Span::from_secs(secs)
}

/// How long the participants do not know the end of the only transaction, in milliseconds, with a latency of 10 ms. The request is
/// sent at 1 s, so that the votes are asked for at 1.010 s.
fn uncertain(crash: Option<(u64, u64)>) -> Vec<f64> {
    let setup = TwoPhaseCommit { refuses: Probability::ZERO, ..TwoPhaseCommit::default() };
    let client = Clients::new(1, Arrivals::Open("constant(1s)".parse().unwrap()))
        .timeout(Duration::minutes(1.0))
        .until(Duration::seconds(1.5));
    let crash = crash.map(|(at_ms, lasts_ms)| {
        let [at, lasts] = [at_ms, lasts_ms].map(|millis| Duration::millis(millis as f64));
        Planned::new(Fault::Crash(Id::new(0)), at, lasts)
    });
    let cluster = Cluster::new(setup, &Network::flat(Wire::new("constant(10ms)".parse().unwrap())))
        .clients(client)
        .schedule(Schedule::from(crash.into_iter().collect::<Vec<_>>()));
    play(&mut Simulator::new(cluster, 1), 0, at(60), |cluster| {
        let marks = |of: usize| cluster.marks().iter().filter(move |(_, who, _)| who.index() == of);
        (1..=3)
            .map(|of| {
                let times: Vec<Instant> = marks(of).map(|(when, ..)| *when).collect();
                assert_eq!(times.len(), 2);
                (times[1] - times[0]).as_secs_f64() * 1e3
            })
            .collect()
    })
}

/// From the vote to the decision: two messages. Where the coordinator crashes with the votes on their way, it is back when it is, and
/// then its decision takes a message: as long as it was down, and as the crash came after the votes were asked for.
#[test]
fn participants_are_blocked_for_as_long_as_the_coordinator_is_down() {
    assert_eq!(uncertain(None), [20.0; 3]);
    for down in [1, 100, 5_000, 40_000] {
        for after in [11, 15, 19] {
            assert_eq!(uncertain(Some((1_010 + after, down))), [(down + after) as f64; 3]);
        }
    }
}

fn cluster(mistake: Option<Mistake>) -> Cluster<TwoPhaseCommit> {
    let spells = |every: &str| Spells::new(every.parse().unwrap(), "uniform(50ms, 2s)".parse().unwrap());
    let nemesis = Nemesis::new(Duration::seconds(16.0))
        .crashes(spells("exponential(mean 1s)"))
        .pauses(spells("exponential(mean 4s)"))
        .partitions(spells("exponential(mean 4s)"))
        .noise(spells("exponential(mean 4s)"), "20%".parse().unwrap())
        .swarm();
    let clients = Clients::new(3, Arrivals::Closed("exponential(mean 20ms)".parse().unwrap()))
        .retries(3, "constant(10ms)".parse().unwrap());
    let setup = TwoPhaseCommit { mistake, ..TwoPhaseCommit::default() };
    Cluster::new(setup, &Network::flat(Wire::new("exponential(mean 5ms)".parse().unwrap())))
        .clients(clients)
        .nemesis(nemesis)
        .live_within(Duration::seconds(1.0))
}

fn violation_of(cluster: &Cluster<TwoPhaseCommit>, trial: u64) -> Option<Violation> {
    play(&mut Simulator::new(cluster.clone(), 1), trial, at(20), |cluster| cluster.violation())
}

#[test]
fn all_decide_the_same_under_faults_and_mistakes_are_found() {
    let right = cluster(None);
    for trial in 0..60 {
        assert_eq!(violation_of(&right, trial), None, "trial {trial}");
    }
    for mistake in [Mistake::DecidesAlone, Mistake::DecisionNotSynced] {
        let wrong = cluster(Some(mistake));
        let found = (0..20).find_map(|trial| violation_of(&wrong, trial));
        let what = found.unwrap_or_else(|| panic!("{mistake:?} is not found in 20 trials")).what;
        assert!(what.contains("Commit") || what.contains("Abort"), "{what}");
    }
}

#[test]
fn options_are_read_from_a_file() {
    let text = r#"
        participants = 5
        refuses = "1%"
        resend = "20ms"
        patience = "1s"
        mistake = "decides-alone"
    "#;
    let setup: TwoPhaseCommit = toml::from_str(text).unwrap();
    assert_eq!((setup.participants, setup.mistake), (5, Some(Mistake::DecidesAlone)));
    assert!(toml::from_str::<TwoPhaseCommit>("patients = 5").is_err());
}
