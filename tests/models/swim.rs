//! SWIM.

use fivenines::engine::Simulator;
use fivenines::process::{
    Cluster, Fault, Id, Nemesis, Network, Planned, Schedule, Spells, Wire, play, shrink,
};
use fivenines::random::math::ln;
use fivenines::units::{Duration, Instant, Span};

use super::shipped::swim::{Belief, Mistake, Swim, Targets};

fn wire() -> Wire {
    Wire::new("constant(1ms)".parse().unwrap())
}

fn at(secs: u64) -> Instant {
    Instant::START + Span::from_secs(secs)
}

/// A group, the first of which dies for good so late.
fn bereft(swim: Swim, died: f64) -> Simulator<Cluster<Swim>> {
    let crash = Planned::new(Fault::Crash(Id::new(0)), Duration::seconds(died), Duration::hours(1.0));
    let cluster = Cluster::new(swim, &Network::flat(wire())).schedule(Schedule::from(vec![crash]));
    Simulator::new(cluster, 5)
}

/// When members first took the first for dead, in seconds from the beginning.
fn found_dead(simulator: &mut Simulator<Cluster<Swim>>, trial: u64, secs: u64) -> Vec<f64> {
    play(simulator, trial, at(secs), |cluster| {
        let dead = cluster.marks().iter().filter(|(_, _, name)| *name == "dead");
        dead.map(|(at, ..)| at.since_start().as_secs_f64()).collect()
    })
}

#[test]
fn a_crash_is_found_as_fast_as_the_paper_says() {
    // Section 3.1: 1 / (1 - (1 - 1/(n-1))^(n-1)) periods until somebody pings it, e / (e - 1) = 1.58 for large groups; a geometric
    // count, whose standard deviation is sqrt(1 - p) / p. It dies just before a period begins, and is found when one ends.
    for (members, trials) in [(2, 20), (3, 2000), (10, 2000), (40, 1000)] {
        let swim = Swim { members, targets: Targets::Random, suspicion: 0, in_step: true, ..Swim::default() };
        let mut simulator = bereft(swim, 1.999);
        let periods = |trial| found_dead(&mut simulator, trial, 30)[0] - 2.0;
        let mean = (0..trials).map(periods).sum::<f64>() / trials as f64;
        let missed = (1..members).fold(1.0, |missed, _| missed * (1.0 - 1.0 / (members as f64 - 1.0)));
        let (exact, deviation) = (1.0 / (1.0 - missed), missed.sqrt() / (1.0 - missed));
        assert!(
            (mean - exact).abs() <= 5.0 * deviation / (trials as f64).sqrt(),
            "{members}: {mean} {exact}"
        );
    }
}

#[test]
fn in_a_shuffled_order_everybody_finds_out_within_a_bounded_time() {
    // Section 4.3: nobody waits longer than 2 n - 1 periods for its turn, here among the n - 1 others; the answer is waited for until
    // a period is over. Nobody tells anybody.
    let swim = Swim { members: 8, suspicion: 0, piggyback: 0, knock: 0, ..Swim::default() };
    let latest = |swim: &Swim, died, trials| {
        let mut simulator = bereft(swim.clone(), died);
        let times = (0..trials).map(|trial| {
            let times = found_dead(&mut simulator, trial, 300);
            assert_eq!(times.len(), 7);
            times[6] - died
        });
        times.fold(0.0, f64::max)
    };
    // It dies at any place of the round that the others are in.
    let longest = (0..7).map(|later| latest(&swim, 20.0 + f64::from(later), 50)).fold(0.0, f64::max);
    assert!(longest > 12.0 && longest <= 14.0, "{longest}");
    // Not so where targets are random.
    let random = latest(&Swim { targets: Targets::Random, ..swim }, 20.0, 50);
    assert!(random > 20.0, "{random}");
}

#[test]
fn probes_fail_by_chance_as_often_as_the_paper_says() {
    // Section 3.1: the ping or its answer is lost, and of each of k indirect pings one of four messages.
    for helpers in 0..4 {
        let lossy = wire().loses("10%".parse().unwrap());
        // Nobody is suspected for long enough to be taken for dead.
        let swim = Swim { helpers, suspicion: 1_000_000, ..Swim::default() };
        let mut simulator = Simulator::new(Cluster::new(swim, &Network::flat(lossy)), 5);
        let failed = play(&mut simulator, 0, at(3_000), |cluster| {
            cluster.marks().iter().filter(|(_, _, name)| *name == "no answer").count()
        });
        let q: f64 = 0.9;
        let exact = (0..helpers).fold(1.0 - q * q, |missed, _| missed * (1.0 - q * q * q * q));
        let probes = 10.0 * 2_998.0;
        let five = 5.0 * (exact * (1.0 - exact) / probes).sqrt();
        assert!(
            (failed as f64 / probes - exact).abs() < five,
            "{helpers}: {} {exact}",
            failed as f64 / probes
        );
    }
}

#[test]
fn the_load_of_a_member_is_two_messages_a_period_whatever_the_size() {
    for members in [2, 10, 60] {
        let swim = Swim { members, in_step: true, ..Swim::default() };
        let mut simulator = Simulator::new(Cluster::new(swim, &Network::flat(wire())), 5);
        let (sent, _) =
            play(&mut simulator, 0, at(20) + Span::from_micros(500_000), |cluster| cluster.messages());
        assert_eq!(sent, 2 * 20 * members as u64);
    }
}

#[test]
fn news_reaches_all_in_a_time_that_grows_as_the_logarithm() {
    // Section 4.1: news that 1 knows is known to x(t) = n / (1 + (n - 1) exp(-2 t)) after t periods, as each member talks to two others
    // in each, so that it goes from one to all but one in ln(n - 1) periods.
    // Some find out by themselves meanwhile, so that it is faster.
    for members in [16usize, 64, 256] {
        let mut simulator = bereft(Swim { members, suspicion: 0, knock: 0, ..Swim::default() }, 5.0);
        let trials = 20;
        let spread = |trial| {
            let times = found_dead(&mut simulator, trial, 40);
            assert_eq!(times.len(), members - 1);
            times[members - 2] - times[0]
        };
        let mean = (0..trials).map(spread).sum::<f64>() / f64::from(trials as u32);
        let share = mean / ln(members as f64 - 1.0);
        assert!((0.7..1.0).contains(&share), "{members}: {mean} periods, {share} of the paper's");
    }
}

fn nemesis() -> Nemesis {
    let spells = |every: &str| Spells::new(every.parse().unwrap(), "uniform(1s, 20s)".parse().unwrap());
    Nemesis::new(Duration::seconds(120.0))
        .crashes(spells("exponential(mean 20s)"))
        .pauses(spells("exponential(mean 20s)"))
        .partitions(spells("exponential(mean 30s)"))
        .one_way(spells("exponential(mean 30s)"))
        .noise(spells("exponential(mean 30s)"), "20%".parse().unwrap())
        .drifts(spells("exponential(mean 30s)"), 500.0)
        .swarm()
}

/// Within so long after the last fault everybody takes everybody for alive.
fn troubled(mistake: Option<Mistake>) -> Cluster<Swim> {
    Cluster::new(Swim { mistake, ..Swim::default() }, &Network::flat(wire()))
        .nemesis(nemesis())
        .live_within(Duration::minutes(2.0))
}

#[test]
fn a_group_comes_together_again_whatever_has_failed() {
    let mut simulator = Simulator::new(troubled(None), 7);
    for trial in 0..100 {
        assert_eq!(play(&mut simulator, trial, at(300), |cluster| cluster.violation()), None, "{trial}");
    }
}

#[test]
fn one_that_cannot_deny_its_death_stays_dead() {
    let cluster = troubled(Some(Mistake::SameIncarnation));
    let mut simulator = Simulator::new(cluster.clone(), 7);
    let found =
        (0..3).find(|trial| play(&mut simulator, *trial, at(300), |cluster| cluster.violation().is_some()));
    let shrunk = shrink(&cluster, 7, found.expect("somebody is suspected"), at(300)).unwrap();
    let [only] = shrunk.schedule.faults() else { panic!("{:?}", shrunk.schedule) };
    // Not to be heard for a moment is enough to be suspected.
    assert!(only.lasts <= Duration::seconds(2.0), "{only}");
}

#[test]
fn who_is_down_is_known_to_be_by_all_who_are_up() {
    let mut simulator = bereft(Swim::default(), 20.0);
    for trial in 0..20 {
        play(&mut simulator, trial, at(60), |cluster| {
            assert!(cluster.view().up().all(|(_, member)| member.belief(Id::new(0)) == Belief::Dead));
        });
    }
}

#[test]
fn who_is_suspected_has_the_time_to_deny_it() {
    // Section 4.2: with one message in ten lost, and nobody down.
    let taken_for_dead = |suspicion| {
        let lossy = wire().loses("10%".parse().unwrap());
        let cluster = Cluster::new(Swim { suspicion, ..Swim::default() }, &Network::flat(lossy));
        play(&mut Simulator::new(cluster, 5), 0, at(1_000), |cluster| {
            cluster.marks().iter().filter(|(_, _, name)| *name == "dead").count()
        })
    };
    // A probe fails with probability 0.19 * 0.3439^3 = 0.77%: 77 of 10,000, and most of the others hear of each.
    let at_once = taken_for_dead(0);
    assert!(at_once > 77 * 4, "{at_once}");
    assert_eq!(taken_for_dead(5), 0);
}

#[test]
fn options_are_read_from_text() {
    let text = r#"{"members": 50, "period": "2s", "targets": "random", "mistake": "same-incarnation"}"#;
    let swim: Swim = serde_json::from_str(text).unwrap();
    assert_eq!((swim.members, swim.period, swim.helpers), (50, Duration::seconds(2.0), 3));
    assert_eq!((swim.targets, swim.mistake), (Targets::Random, Some(Mistake::SameIncarnation)));
    assert!(serde_json::from_str::<Swim>(r#"{"member": 50}"#).is_err());
}
