//! A system and an experiment written in Rust: the same types that a file fills.

// ANCHOR: system
use fivenines::experiment::{Design, Experiment, Options, Unwatched, run};
use fivenines::random::Law;
use fivenines::system::{Component, Mode, Need, Service, System};
use fivenines::units::Duration;

/// A database on three servers, in one zone or in three.
fn database(spread: bool) -> System {
    let crash = Mode::new("mtbf 60d".parse().expect("a law"), Law::exponential(Duration::minutes(6.0)));
    let outage =
        Mode::new("exponential(rate 0.1/y)".parse().expect("a law"), Law::exponential(Duration::hours(3.0)));
    let service = Service::replicas("server", 3).needs(Need::Majority);
    System::new()
        .levels(&["zone"])
        .site("a")
        .site("b")
        .site("c")
        .level_mode("zone", "outage", outage)
        .component("server", Component::new().with_mode("crash", crash))
        .service("db", if spread { service.spread("zone") } else { service })
}

pub fn experiment() -> Experiment {
    let mut experiment = Experiment::new("One zone, or three?", Duration::years(1.0), 1);
    experiment.designs = vec![Design::new("one", database(false)), Design::new("three", database(true))];
    experiment
}
// ANCHOR_END: system

// ANCHOR: run
#[test]
fn three_zones_beat_one() {
    let results = run(&experiment(), &Options::default(), &Unwatched).unwrap();
    assert_eq!(results.ranking, ["three", "one"]);
    // Every law is exponential here, so both designs were solved exactly as well as simulated.
    assert!(results.designs.iter().all(|design| design.method == "exact"));
}
// ANCHOR_END: run
