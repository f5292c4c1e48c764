//! Single trials: a replay is the trial of the run, and a service's luck is its own.

use fivenines::experiment::{Design, Experiment, OutageResult, Replay, replay};
use fivenines::random::Law;
use fivenines::system::{CauseClass, Component, Crew, Mode, Service, System, SystemModel};
use fivenines::units::{Duration, Span};

use super::{played, three_zones};

fn outages(trial: &Replay, service: &str, classes: &[CauseClass]) -> Vec<OutageResult> {
    let index = trial.services.iter().position(|name| name == service).unwrap();
    let outages = trial.records[index].outages.iter().map(|outage| OutageResult {
        start_s: outage.start.since_start().as_secs_f64(),
        length_s: outage.length.as_secs_f64(),
        cause: outage.cause.map_or(String::new(), |cause| classes[cause as usize].to_string()),
    });
    outages.collect()
}

#[test]
fn a_replay_has_the_outages_of_the_run() {
    let mut experiment = three_zones(100);
    experiment.warm_up = Duration::days(20.0);
    let results = played(&experiment, 2);
    for (design, result) in experiment.designs.iter().zip(&results.designs) {
        let timeline = result.timeline.as_ref().unwrap();
        let trial = replay(&experiment, design, timeline.trial).unwrap();
        let classes = SystemModel::new(&design.system).unwrap().cause_classes().to_vec();
        assert!(!timeline.outages.is_empty());
        assert_eq!(outages(&trial, &result.service.name, &classes), timeline.outages);
    }
}

#[test]
fn replays_add_up_to_the_run() {
    let experiment = three_zones(40);
    let results = played(&experiment, 2);
    for (design, result) in experiment.designs.iter().zip(&results.designs) {
        let mut digest = fivenines::engine::Digest::new();
        let (mut events, mut seen, mut years) = (0, 0, Vec::new());
        for number in 0..experiment.trials {
            let trial = replay(&experiment, design, number).unwrap();
            digest.fold(trial.summary.digest.bits());
            trial.records.iter().for_each(|record| digest.fold(record.downtime.as_micros()));
            events += trial.summary.events;
            let headline = trial.services.iter().position(|name| *name == result.service.name).unwrap();
            seen += trial.records[headline].outages.len() as u64;
            // A trial is a year of twelve months here.
            let months: Vec<Span> = trial.records[headline].windows.iter().map(|window| window.1).collect();
            years.push(months.iter().map(|down| down.as_micros()).sum::<u64>());
        }
        years.sort_unstable();
        let years: Vec<f64> =
            years.into_iter().map(|micros| Span::from_micros(micros).as_secs_f64()).collect();
        assert_eq!((digest, events, seen), (result.digest, result.events, result.service.outages_seen));
        assert_eq!(years, result.service.years_s);
    }
}

fn server(mean_days: f64) -> Component {
    let restored: Law = "lognormal(median 30min, p95 2h)".parse().unwrap();
    Component::new().mode("crash", Law::exponential(Duration::days(mean_days)), restored)
}

/// Downtime, outages and the rest of one service in some trials.
fn history(system: &System, service: &str) -> Vec<fivenines::system::ServiceRecord> {
    let experiment = Experiment::new("T", Duration::years(1.0), 5);
    let design = Design::new("d", system.clone());
    let record = |trial| {
        let trial = replay(&experiment, &design, trial).unwrap();
        let index = trial.services.iter().position(|name| name == service).unwrap();
        let mut record = trial.records[index].clone();
        // Classes of causes are numbered within a system.
        record.causes.clear();
        record.outages.iter_mut().for_each(|outage| outage.cause = None);
        record
    };
    (0..20).map(record).collect()
}

#[test]
fn a_services_luck_is_its_own() {
    let base = System::new()
        .levels(&["zone"])
        .site("a")
        .site("b")
        .level_mode(
            "zone",
            "outage",
            Mode::new(Law::exponential(Duration::days(90.0)), Law::constant(Duration::hours(2.0))),
        )
        .component("server", server(20.0))
        .service("web", Service::replicas("server", 2).spread("zone"));
    let history_of = |system: &System| history(system, "web");
    let before = history_of(&base);
    assert!(before.iter().any(|record| !record.outages.is_empty()));

    // Names before and after its own, another crew, another zone, services that need it.
    let more = base
        .clone()
        .component("aardvark", server(3.0))
        .component("zebra", server(5.0))
        .crew("ops", Crew::new(1))
        .site("c")
        .service("all", Service::members(&["web", "zoo"]))
        .service("an", Service::replicas("aardvark", 3).depends_on("web"))
        .service("zoo", Service::stacked(&["zebra", "server"], 4).spread("zone"));
    assert_eq!(before, history_of(&more));

    // Another replica leaves the first two alone: the third can only help.
    let three = base.clone().service("web", Service::replicas("server", 3).spread("zone"));
    for (two, three) in before.iter().zip(history_of(&three)) {
        assert!(three.downtime <= two.downtime);
    }

    // What it runs on does matter.
    assert_ne!(before, history_of(&base.component("server", server(21.0))));
}
