//! What is said where few outages were seen, and of the best design against the others.

use fivenines::experiment::{Design, Experiment, Method, Options, Results, Unwatched, run};
use fivenines::random::Law;
use fivenines::report::{Style, terminal};
use fivenines::system::{Component, Service, System};
use fivenines::units::Duration;

fn design(name: &str, mean_years: f64) -> Design {
    let (life, repair) =
        (Law::exponential(Duration::years(mean_years)), Law::exponential(Duration::hours(4.0)));
    let server = Component::new().mode("crash", life, repair);
    Design::new(
        name,
        System::new().component("server", server).service("web", Service::replicas("server", 1)),
    )
}

fn results(designs: Vec<Design>) -> Results {
    let mut experiment = Experiment::new("Few", Duration::years(1.0), 1);
    experiment.trials = 400;
    experiment.method = Method::Simulate;
    experiment.designs = designs;
    run(&experiment, &Options::default(), &Unwatched).unwrap()
}

#[test]
fn too_few_outages_are_called_that_and_bounded() {
    let results = results(vec![design("rare", 400.0)]);
    let service = &results.designs[0].service;
    assert!(service.saw_too_few(), "{} seen", service.outages_seen);
    assert_eq!((&service.mttr_s, &service.outage_s), (&None, &None));
    // The truth lies in what is left: 1/400 a year, and so the time between them.
    let rate = service.outages_per_year;
    assert!(rate.lower < 0.0025 && 0.0025 < rate.upper && rate.upper < 0.04, "{rate:?}");
    let apart = service.mtbf_s.unwrap();
    let mean = Duration::years(400.0).secs();
    assert!(apart.lower < mean && mean < apart.upper && apart.upper.is_finite(), "{apart:?}");
    let years = service.yearly_downtime_s.as_ref().unwrap();
    assert!(years.p99.upper <= Duration::YEAR.secs());
    let said = terminal(&results, Style { color: false, width: 80, ascii: false });
    assert!(said.contains(&format!("too few outages seen ({}", service.outages_seen)), "{said}");
    assert!(said.contains("web is down < "), "{said}");
}

#[test]
fn the_best_design_is_compared_with_every_other() {
    let results = results(vec![design("poor", 0.05), design("good", 2.0), design("fair", 0.2)]);
    assert_eq!(results.ranking, ["good", "fair", "poor"]);
    let pairs: Vec<(&str, &str, &str)> = results
        .comparisons
        .iter()
        .map(|pair| (pair.design.as_str(), pair.baseline.as_str(), pair.verdict.as_str()))
        .collect();
    let wanted = [("good", "poor", "better"), ("fair", "poor", "better"), ("good", "fair", "better")];
    assert_eq!(pairs, wanted);
    for pair in &results.comparisons {
        let ratio = pair.ratio.unwrap();
        assert!(pair.difference_s_per_year.upper < 0.0 && ratio.upper < 1.0, "{pair:?}");
    }
}
