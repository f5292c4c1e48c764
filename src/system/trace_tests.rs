//! What a trace must do, in closed form.

use super::super::{Need, Service, SystemModel, naive_unavailability};
use super::*;
use crate::engine::Simulator;
use crate::units::Instant;

const HOUR: u64 = 3600;

fn hours(hours: u64) -> Span {
    Span::from_secs(hours * HOUR)
}

fn trace(window: u64, nodes: &[&[(u64, u64)]]) -> Trace {
    let spans = |outages: &&[(u64, u64)]| outages.iter().map(|it| (hours(it.0), hours(it.1))).collect();
    Trace::new(hours(window), nodes.iter().map(spans).collect()).unwrap()
}

fn group(trace: Trace, replicas: u32, needs: Need) -> System {
    System::new()
        .trace("log", trace)
        .component("node", Component::new().plays("log"))
        .service("group", Service::replicas("node", replicas).needs(needs))
}

/// The availability of the group in one trial.
fn availability(system: &System, trial: u64, horizon: u64) -> f64 {
    let end = Instant::START + hours(horizon);
    Simulator::new(SystemModel::new(system).unwrap(), 42).levels(trial, end).mean(0)
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() < 1e-12
}

#[test]
fn over_whole_windows_a_node_is_down_as_long_as_logged() {
    // Once in the middle, once over both ends of the window, once all the time, and never.
    let cases: [(&[(u64, u64)], f64); 5] = [
        (&[(30, 10)], 0.9),
        (&[(0, 4), (50, 2), (96, 9)], 0.9),
        (&[(0, 100)], 0.0),
        (&[(95, 5), (0, 5)], 0.9),
        (&[], 1.0),
    ];
    for (outages, want) in cases {
        let system = group(trace(100, &[outages]), 1, Need::All);
        for trial in 0..50 {
            for windows in [1, 3] {
                let got = availability(&system, trial, 100 * windows);
                assert!(near(got, want), "{outages:?}, trial {trial}: {got}");
            }
        }
        assert!(near(naive_unavailability(&system).unwrap()[0], 1.0 - want));
    }
}

#[test]
fn an_outage_over_the_end_of_the_window_is_one() {
    let system = group(trace(10, &[&[(8, 2), (0, 1)]]), 1, Need::All);
    let model = SystemModel::new(&system).unwrap();
    let mut recorder = super::super::Recorder::new(super::super::Window {
        start: Instant::START,
        end: Instant::START + hours(100),
        length: hours(100),
    });
    Simulator::new(model, 42).play(0, Instant::START + hours(100), &mut recorder);
    let outages = &recorder.records()[0].outages;
    assert!((10..=11).contains(&outages.len()), "{}", outages.len());
    assert!(outages[1..9].iter().all(|outage| outage.length == hours(3)));
}

#[test]
fn what_fails_together_in_the_log_fails_together() {
    let apart = trace(100, &[&[(10, 10)], &[(50, 10)]]);
    let together = trace(100, &[&[(10, 10)], &[(10, 10)]]);
    for trial in 0..20 {
        let any = |trace: &Trace| availability(&group(trace.clone(), 2, Need::Any), trial, 200);
        assert!(near(any(&apart), 1.0));
        assert!(near(any(&together), 0.9), "the pair is no better than one");
    }
}

#[test]
fn components_play_distinct_nodes_whatever_their_kind_and_service() {
    // One node is always down: of ten players of ten nodes exactly one is down, in every trial.
    let mut nodes: Vec<&[(u64, u64)]> = vec![&[]; 10];
    nodes[3] = &[(0, 10)];
    let service = |needs| Service::replicas("a", 1).needs(needs);
    let system = System::new()
        .trace("log", trace(10, &nodes))
        .component("a", Component::new().plays("log"))
        .component("b", Component::new().plays("log"))
        .service("left", Service::stacked(&["a", "b"], 3).needs(Need::Count(2)))
        .service("right", Service::replicas("b", 3).needs(Need::Count(2)))
        .service("single", service(Need::All))
        .service("all", Service::members(&["left", "right"]).needs(Need::All));
    for trial in 0..50 {
        let trial =
            Simulator::new(SystemModel::new(&system).unwrap(), 1).levels(trial, Instant::START + hours(20));
        let all = SystemModel::new(&system).unwrap().services().position(|name| name == "all").unwrap();
        assert_eq!(trial.mean(all), 1.0, "no two players of a service are down");
    }
}

/// Of three nodes of five, drawn at random, two are down at a random instant with the chance that the log itself gives:
/// the mean over its time of the hypergeometric chance to draw two or three of those that are down.
#[test]
fn a_group_drawn_at_random_has_the_hypergeometric_unavailability_of_the_log() {
    let log = trace(100, &[&[(0, 20)], &[(10, 20)], &[(15, 10), (60, 1)], &[], &[(90, 5)]]);
    // Hours with two down: 10-15 (nodes 0 and 1), 20-25 (1 and 2); with three: 15-20. Of C(5, 3) = 10 groups, two down
    // are both in 3 of them; of three down, at least two are in 7.
    let want = (10.0 * 0.3 + 5.0 * 0.7) / 100.0;
    let system = group(log, 3, Need::Count(2));
    let trials = 4000;
    let down = |trial| 1.0 - availability(&system, trial, 100);
    let mean = (0..trials).map(down).sum::<f64>() / trials as f64;
    // Over a whole window a group's downtime is at most 0.15 with a standard deviation below 0.06; 5 deviations.
    assert!((mean - want).abs() < 5.0 * 0.06 / (trials as f64).sqrt(), "{mean} is not {want}");
}

#[test]
fn sites_go_down_on_top_and_the_log_goes_on() {
    let never = crate::random::Law::Never;
    let at = crate::random::Law::constant(crate::units::Duration::hours(5.0));
    let system = group(trace(10, &[&[(0, 1)]]), 1, Need::All).site("a").site_mode(
        "a",
        "outage",
        super::super::Mode::new(at, never),
    );
    let got = availability(&system, 0, 10);
    assert!((0.4..=0.5).contains(&got), "{got}");
}

#[test]
fn mistakes_are_found() {
    let of = |system: System| system.check().iter().map(ToString::to_string).collect::<Vec<_>>();
    let log = trace(10, &[&[(0, 1)], &[]]);
    assert_eq!(
        of(group(log.clone(), 3, Need::Any)),
        ["component.node.trace: 3 components play the trace `log`, which has 2 nodes"]
    );
    let mut wrong = group(log.clone(), 1, Need::Any);
    wrong.components.get_mut("node").unwrap().trace = Some("logg".into());
    assert_eq!(of(wrong), ["component.node.trace: there is no trace `logg`; did you mean `log`?"]);
    assert_eq!(
        of(group(Trace::absent(), 3, Need::Any)),
        ["trace.log: the log of the trace `log` is not given"]
    );
    let mut frozen = group(log, 1, Need::Any);
    frozen.components.get_mut("node").unwrap().site_outage = super::super::SiteOutage::Frozen;
    assert!(of(frozen)[0].starts_with("component.node.site_outage: a component that plays a log goes on"));
    assert_eq!(
        Trace::new(hours(5), vec![vec![], vec![(hours(5), hours(1))]]),
        Err(TraceError::Outside { node: 1, start: 5 * HOUR, window: 5 * HOUR })
    );
}

#[test]
fn the_digest_knows_one_log_from_another() {
    let of = |nodes: &[&[(u64, u64)]]| trace(10, nodes).digest();
    assert_eq!(of(&[&[(0, 1), (1, 1)]]), of(&[&[(1, 1), (0, 1)]]), "the order of rows does not matter");
    assert_ne!(of(&[&[(0, 1)], &[]]), of(&[&[], &[(0, 1)]]));
    assert_ne!(of(&[&[(0, 1)]]), of(&[&[(0, 2)]]));
}
