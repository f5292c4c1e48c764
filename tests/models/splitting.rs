//! Clusters under the solvers that stop, copy and split trials: the same protocols, as they are.

use fivenines::engine::{Path, Simulator, Unwatched, Watch};
use fivenines::estimate::{Bounds, Confidence, mean_of};
use fivenines::process::{Arrivals, Clients, Cluster, Limits, Nemesis, Network, Spells, Wire};
use fivenines::random::math::exp;
use fivenines::solve::Splitting;
use fivenines::units::{Duration, Instant};

use super::shipped::raft::Raft;

fn at(secs: f64) -> Instant {
    Instant::START + Duration::seconds(secs).span()
}

fn network() -> Network {
    Network::flat(Wire::new("uniform(1ms, 3ms)".parse().unwrap()))
}

/// A cluster in which everything is going on: clients that ask, disks that take time, hosts that fail by chance, and faults
/// of every kind.
fn busy() -> Cluster<Raft> {
    let spells =
        || Spells::new("exponential(mean 3s)".parse().unwrap(), "uniform(200ms, 2s)".parse().unwrap());
    let nemesis = Nemesis::new(Duration::seconds(15.0))
        .crashes(spells())
        .pauses(spells())
        .partitions(spells())
        .drifts(spells(), 1e4)
        .disks(spells());
    let raft = Raft { pre_vote: true, snapshot_every: 50, ..Raft::default() };
    Cluster::new(raft, &network())
        .clients(Clients::new(4, Arrivals::Closed("exponential(mean 20ms)".parse().unwrap())))
        .limits(Limits { sync: Some("uniform(100us, 1ms)".parse().unwrap()), ..Limits::default() })
        .hosts("exponential(mean 10s)".parse().unwrap(), "exponential(mean 1s)".parse().unwrap())
        .nemesis(nemesis)
        .told()
}

fn to_the_end(path: &mut Path<Cluster<Raft>>, end: Instant) {
    while path.step(end, &mut Unwatched) {}
}

/// A cluster that is stopped anywhere and copied goes on as the trial that was never stopped: every line that is told, every
/// answer that clients got, and the digest. By other luck it goes on otherwise, from there and not before.
#[test]
fn a_copy_of_a_cluster_goes_on_as_the_cluster_itself() {
    let end = at(15.0);
    for (trial, stop) in [(0, 0.0), (1, 0.5), (2, 2.0), (3, 7.25), (4, 14.9)] {
        let mut whole = Simulator::new(busy(), 77).path(trial);
        to_the_end(&mut whole, end);
        let mut path = Simulator::new(busy(), 77).path(trial);
        to_the_end(&mut path, at(stop));
        let (mut copy, mut other) = (path.clone(), path);
        other.renew(1);
        let before = copy.model().story().lines().len();
        to_the_end(&mut copy, end);
        to_the_end(&mut other, end);
        assert_eq!(copy.summary(), whole.summary());
        let lines = |path: &Path<Cluster<Raft>>| format!("{:?}", path.model().story().lines());
        assert_eq!(lines(&copy), lines(&whole));
        let asked = |path: &Path<Cluster<Raft>>| format!("{:?}", path.model().history());
        assert_eq!(asked(&copy), asked(&whole));
        assert_ne!(other.summary(), whole.summary());
        let (told, others) = (whole.model().story().lines(), other.model().story().lines());
        assert_eq!(format!("{:?}", &told[..before]), format!("{:?}", &others[..before]));
    }
}

/// Raft on five hosts that fail by themselves, each down for q = 1/201 of the time once that is settled: three or more are down
/// for a share of 10 q^3 (1 - q)^2 + 5 q^4 (1 - q) + q^5, and as long as they are, nobody can lead.
fn on_failing_hosts() -> Cluster<Raft> {
    let raft = Raft {
        election_timeout: Duration::seconds(2.0),
        randomised: Duration::seconds(2.0),
        heartbeat: Duration::seconds(1.0),
        ..Raft::default()
    };
    Cluster::new(raft, &network())
        .hosts("exponential(mean 200s)".parse().unwrap(), "exponential(mean 1s)".parse().unwrap())
}

/// The share of time in which a majority is down, from a start at which all are up: a host is down at t with probability
/// q (1 - exp(-t (1/200 + 1))); integrated by the midpoints of 100,000 steps.
fn majority_down(end: f64) -> f64 {
    const STEPS: u32 = 100_000;
    let share = |step: u32| {
        let t = (f64::from(step) + 0.5) / f64::from(STEPS) * end;
        let down = (1.0 - exp(-t * 1.005)) / 201.0;
        let up = 1.0 - down;
        down * down * down * (10.0 * up * up + 5.0 * down * up + down * down)
    };
    (0..STEPS).map(share).sum::<f64>() / f64::from(STEPS)
}

/// Splitting by how many hosts are down finds for how long no majority is up, 1.2e-6 of the time: held to the interval at 99.9%,
/// whose half must be less than 30% of the value.
#[test]
fn splitting_finds_how_seldom_a_cluster_has_no_majority() {
    // ANCHOR: majority
    let end = at(60.0);
    let down = |cluster: &Cluster<Raft>| (cluster.view().len() - cluster.view().up().count()) as f64;
    let splitting = Splitting::new(on_failing_hosts(), 42, down)
        .watching(move |cluster: &Cluster<Raft>, watch: &mut Watch| watch.up(down(cluster) < 3.0))
        .balanced(&[1.0, 2.0], end, 50)
        .unwrap();
    let trials: Vec<_> = (0..500).map(|trial| splitting.play(trial, end).unwrap()).collect();
    let shares: Vec<f64> = trials.iter().map(|weighed| weighed.down[0]).collect();
    let interval =
        mean_of(&shares, Bounds::NON_NEGATIVE, Confidence::new(0.999).unwrap()).unwrap().interval();
    // ANCHOR_END: majority
    let exact = majority_down(60.0);
    assert!(interval.contains(exact), "{exact:e} not in {interval:?}");
    assert!(interval.half_width() < 0.3 * exact, "{interval:?}");

    // Without splitting so many events are so many minutes, each with so many spells of a third of a second without a majority.
    let events: u64 = trials.iter().map(|weighed| weighed.events).sum();
    let minute = Simulator::new(on_failing_hosts(), 42).play(0, end, &mut Unwatched).events;
    let spells = events as f64 / minute as f64 * 60.0 * exact * 3.0;
    assert!(spells < 0.5, "{events} events, {minute} a minute: {spells}");
}

/// The same trial splits into the same paths, whoever plays it and after whatever others.
#[test]
fn a_trial_splits_into_the_same_paths_again() {
    let down = |cluster: &Cluster<Raft>| (cluster.view().len() - cluster.view().up().count()) as f64;
    let splitting = || Splitting::new(on_failing_hosts(), 42, down).at(&[(1.0, 4), (2.0, 8)]);
    let first = splitting();
    let trials: Vec<_> = (0..4).map(|trial| first.play(trial, at(60.0)).unwrap()).collect();
    for (trial, weighed) in trials.iter().enumerate().rev() {
        assert_eq!(splitting().play(trial as u64, at(60.0)).as_ref(), Ok(weighed));
        assert!(weighed.paths > 1);
    }
    assert_ne!(trials[0].digest, trials[1].digest);
}
