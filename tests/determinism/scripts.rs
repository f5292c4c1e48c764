//! Scripted faults in whole runs: threads, figures that are known, and what cannot be solved.

use fivenines::experiment::{Design, Experiment, Method, Options, RunError, Unwatched, run};
use fivenines::random::Law;
use fivenines::report;
use fivenines::solve::{Limits, Markov};
use fivenines::system::{Component, Fault, Need, Scenario, Service, System, SystemModel};
use fivenines::units::Duration;

use super::played;

/// Three zones of which zone a is off for two hours of day 10 and every 90 days again, and nothing else happens.
fn game_days() -> Experiment {
    let hours = |hours| Law::constant(Duration::hours(hours));
    let fault = Fault::new("a", hours(240.0), hours(2.0)).every(Duration::days(90.0)).named("zone a is off");
    let system = |need| {
        let (life, repair) = (Law::exponential(Duration::days(3.0)), Law::exponential(Duration::hours(5.0)));
        System::new()
            .levels(&["zone"])
            .site("a")
            .site("b")
            .site("c")
            .component("server", Component::new().mode("crash", life, repair))
            .service("db", Service::replicas("server", 3).spread("zone").needs(Need::Count(need)))
            .scenario(Scenario::new().fault(fault.clone()).without_random_faults())
    };
    let mut experiment = Experiment::new("Game days", Duration::years(1.0), 1);
    experiment.trials = 300;
    experiment.designs = vec![Design::new("two of three", system(2)), Design::new("all", system(3))];
    experiment
}

#[test]
fn a_zone_costs_nothing_or_exactly_its_outage() {
    let results = played(&game_days(), 2);
    let [two, all] = &results.designs[..] else { panic!("two designs") };
    let (spare, needed) = (&two.faults[0], &all.faults[0]);
    // Days 10, 100, 190 and 280 of each trial.
    assert_eq!((spare.strikes, needed.strikes), (4 * two.trials, 4 * all.trials));
    assert_eq!((spare.outages, spare.takes_down.value, spare.recovery_s.as_ref()), (0, 0.0, None));
    assert_eq!((needed.outages, needed.takes_down.value, needed.unfinished), (needed.strikes, 1.0, 0));
    let recovery = needed.recovery_s.as_ref().unwrap();
    assert_eq!(
        (recovery.mean.value, recovery.median, recovery.p95, recovery.max),
        (7200.0, 7200.0, 7200.0, 7200.0)
    );
    assert_eq!(all.service.outages_per_year.value, 4.0);
    assert_eq!((two.service.unavailability.value, two.naive_unavailability), (0.0, 0.0));
    let cause = &all.service.causes[0];
    assert_eq!((cause.kind.as_str(), cause.class.as_str(), cause.share), ("scenario", "zone a is off", 1.0));
    assert!(
        two.method_reason.contains("scripted faults strike at times of the trial"),
        "{}",
        two.method_reason
    );
}

#[test]
fn strikes_in_the_warm_up_do_not_count_and_the_horizon_cuts_off() {
    let mut experiment = game_days();
    experiment.warm_up = Duration::days(50.0);
    experiment.horizon = Duration::days(100.0) + Duration::hours(1.0);
    let all = &played(&experiment, 2).designs[1];
    let fault = &all.faults[0];
    assert_eq!((fault.strikes, fault.unfinished), (all.trials, all.trials));
    assert_eq!(fault.recovery_s.as_ref().unwrap().max, 3600.0);
}

#[test]
fn scripted_results_do_not_depend_on_the_threads() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/experiments/game-day.toml");
    let mut experiment = Experiment::read(std::path::Path::new(file)).unwrap();
    experiment.trials = 250;
    let one = played(&experiment, 1);
    assert!(one.designs.iter().all(|design| design.faults.len() == 1));
    assert!(report::json(&played(&experiment, 3)) == report::json(&one));
}

#[test]
fn a_script_has_no_exact_solution() {
    let mut experiment = game_days();
    experiment.method = Method::Exact;
    let error = run(&experiment, &Options::default(), &Unwatched).unwrap_err();
    assert!(matches!(error, RunError::NotExact { .. }));
    assert_eq!(
        error.to_string(),
        "no exact solution for design `two of three`: scripted faults strike at times of the trial, which a Markov \
         chain does not know; simulate it, with `--method simulate`"
    );
}

#[test]
fn the_explorer_refuses_any_script_and_names_the_fault() {
    let refusal = |at: Law| {
        let lasts = Law::exponential(Duration::hours(1.0));
        let scenario = Scenario::new().fault(Fault::new("a", at, lasts).named("game day"));
        let system = game_days().designs.swap_remove(0).system.scenario(scenario);
        Markov::explore(SystemModel::new(&system).unwrap(), Limits::BRIEF).unwrap_err().to_string()
    };
    assert_eq!(
        refusal(Law::constant(Duration::hours(9.0))),
        "not Markovian: the start of the scripted fault `game day` is `9h`, which is not made of exponential stages"
    );
    // One whose laws are exponential breaks the symmetry that states are lumped by.
    assert!(refusal(Law::exponential(Duration::days(9.0))).contains("depends on the time"));
}
