//! Services that do without others: what they serve, for how long, and what is asked of them, against closed forms.

use fivenines::experiment::{Experiment, Options, Results, Unwatched, run};
use fivenines::random::Law;
use fivenines::system::{Component, Need, Service, System, Without};
use fivenines::units::Duration;

use super::check::{self, Play, close, mean};

fn results(text: &str) -> Results {
    let experiment = Experiment::parse("degraded.toml", text).expect("a sound file");
    run(&experiment, &Options::default(), &Unwatched).expect("it runs")
}

/// What is not served of what is asked of the headline service.
fn unserved(results: &Results, design: usize) -> f64 {
    results.designs[design].service.unserved.expect("it is valued").value
}

const UNAVAILABILITY: f64 = 0.05;

/// A shop on a server that is down a hundredth of the time, and reviews that are down a twentieth.
fn shop(without: &str) -> String {
    format!(
        r#"
        title = "Shop"
        horizon = "100y"
        seed = 1
        method = "exact"
        component.server.mode.crash = {{ fails = "exponential(mean 99h)", restored = "exponential(mean 1h)" }}
        component.cache.mode.crash = {{ fails = "exponential(mean 19h)", restored = "exponential(mean 1h)" }}
        [service.shop]
        runs_on = "server"
        depends_on = ["reviews"]
        {without}
        [service.reviews]
        runs_on = "cache"
        "#
    )
}

/// Meyer's reward: up with everything counts 1, up without reviews 0.8. The horizon is long beside what is left of the start.
#[test]
fn an_optional_dependency_costs_its_share_while_it_is_down() {
    let results = results(&shop("without.reviews = \"80%\""));
    let lost = 1.0 - 0.99 * (1.0 - 0.2 * UNAVAILABILITY);
    close("lost", unserved(&results, 0), lost, 1e-4);
    close("down", results.designs[0].service.unavailability.value, 0.01, 1e-4);
    // Steady state has no start at all.
    let system = System::new()
        .component("server", Component::new().mode("crash", mean(99.0), mean(1.0)))
        .component("cache", Component::new().mode("crash", mean(19.0), mean(1.0)))
        .service("reviews", Service::replicas("cache", 1))
        .service(
            "system",
            Service::replicas("server", 1).depends_on("reviews").without("reviews", share("80%")),
        );
    let (model, place) = check::compiled(&system, "system");
    let exact = check::explore(model.clone());
    let steady = exact.steady().unwrap();
    assert_eq!(model.valued(), [place as u32]);
    let rate = |measure: usize| steady.mean(|state| exact.levels(measure)[state as usize]);
    close("lost", rate(2) / rate(3), lost, 1e-12);
}

fn share(share: &str) -> Without {
    Without::serves(share.parse().unwrap())
}

/// A front that never fails by itself, on something that is down a twentieth of the time.
fn front(without: Option<Without>) -> System {
    let service = Service::replicas("rock", 1).depends_on("db");
    System::new()
        .component("rock", Component::new())
        .component("server", Component::new().mode("crash", mean(19.0), mean(1.0)))
        .service("db", Service::replicas("server", 1))
        .service(
            "system",
            match without {
                Some(without) => service.without("db", without),
                None => service,
            },
        )
}

/// Of the time that the dependency is down, what is left when an exponential grace is over: the race of the grace with the
/// repair, both without memory, so that the time behind it is a repair time again.
#[test]
fn a_grace_leaves_of_an_outage_what_is_longer() {
    let (grace, repair) = (0.5, 1.0);
    let lost = repair / (grace + repair);
    let rows = [
        ("unavailability", UNAVAILABILITY * lost, "race of grace and repair"),
        // As many cycles of 20 hours as there are until one is lost, the last of them only up to its grace's end.
        (
            "mttf",
            19.0 / lost + (1.0 / lost) * (grace * repair) / (grace + repair),
            "geometric number of cycles",
        ),
    ];
    check::system(&front(Some(share("100%").lasts(mean(grace)))), &rows, Play::Outages(400.0));
}

/// What outages of an hour leave of it: an outage of length L counts L less the budget of the retries that mask its start.
#[test]
fn retries_mask_the_outages_that_are_shorter_than_their_budget() {
    let lengths = [("0s", 60.0), ("10min", 50.0), ("59min", 1.0), ("60min", 0.0), ("2h", 0.0)];
    for (budget, minutes) in lengths {
        let results = results(&format!(
            r#"
            title = "Retries"
            horizon = "1y"
            seed = 1
            trials = 20
            component.rock = {{}}
            component.server.mode.stop = {{ fails = "9h", restored = "1h" }}
            [service.db]
            runs_on = "server"
            [service.users]
            runs_on = "rock"
            depends_on = ["db"]
            without.db = {{ serves = "100%", lasts = "{budget}" }}
            "#
        ));
        let down = results.designs[0].service.unavailability.value;
        assert!((down - minutes / 600.0).abs() < 1e-9, "{budget}: {down}");
        assert!((unserved(&results, 0) - down).abs() < 1e-9, "what is masked is served");
    }
}

/// A grace of nothing is a dependency like any other, and one that never ends is none.
#[test]
fn no_grace_is_a_hard_dependency_and_endless_grace_an_optional_one() {
    let year = Duration::years(1.0);
    let shares = |without: Option<Without>| {
        let (model, place) = check::compiled(&front(without), "system");
        check::share_of_downtime(model, place, year)
    };
    assert_eq!(shares(Some(share("0%").lasts(Law::constant(Duration::ZERO)))), shares(None));
    let endless = shares(Some(share("50%").lasts(Law::Never)));
    assert_eq!(endless, shares(Some(share("50%"))));
    assert!(endless.0 == 0.0 && shares(None).0 > 0.0);
}

/// Half of the requests is lost while one of two replicas that are asked for all they can do is down, and all while both are.
#[test]
fn what_is_shed_is_lost() {
    let results = results(
        r#"
        title = "Shed"
        horizon = "100y"
        seed = 1
        method = "exact"
        component.server.mode.crash = { fails = "exponential(mean 19h)", restored = "exponential(mean 1h)" }
        [service.api]
        runs_on = "server"
        replicas = 2
        needs = "any"
        load = { base = "100%", down_above = "never" }
        "#,
    );
    close("lost", unserved(&results, 0), UNAVAILABILITY, 1e-4);
    close("down", results.designs[0].service.unavailability.value, UNAVAILABILITY * UNAVAILABILITY, 1e-4);
}

/// An hour at noon counts for four at night: of a day's 12 hours at 80% and 12 at 20% it is one part in fifteen.
#[test]
fn busy_hours_count_for_more() {
    let results = results(
        r#"
        title = "Noon"
        horizon = "7d"
        seed = 1
        trials = 20
        component.server = {}
        [service.api]
        runs_on = "server"
        load = { base = "20%", by_hours = [{ hours = "Mon-Sun 08:00-20:00", load = "80%" }] }
        [[scenario.fault]]
        takes = "api"
        at = "12h"
        lasts = "1h"
        every = "1d"
        "#,
    );
    close("lost", unserved(&results, 0), 0.8 / (12.0 * 0.8 + 12.0 * 0.2), 1e-9);
    close("down", results.designs[0].service.unavailability.value, 1.0 / 24.0, 1e-9);
}

/// Two halves of a catalogue, of which one is enough to be up, and both to show all; and what shows less by itself.
#[test]
fn what_a_service_needs_counts_by_how_well_it_is_served() {
    let cache = || Component::new().mode("crash", mean(19.0), mean(1.0));
    let system = System::new()
        .component("rock", Component::new())
        .component("cache", cache())
        .service("reviews", Service::replicas("cache", 1))
        .service("shop", Service::replicas("rock", 1).depends_on("reviews").without("reviews", share("80%")))
        .service("pages", Service::members(&["shop"]).needs(Need::All))
        .service("system", Service::replicas("rock", 1).depends_on("pages").without("pages", share("50%")));
    let (model, _) = check::compiled(&system, "system");
    let exact = check::explore(model.clone());
    let steady = exact.steady().unwrap();
    let names: Vec<String> = fivenines::engine::Model::measures(&model);
    let lost = |service: &str| {
        let place = names.iter().position(|name| *name == format!("{service}, lost")).expect("it is valued");
        steady.mean(|state| exact.levels(place)[state as usize])
    };
    close("pages", lost("pages"), 0.2 * UNAVAILABILITY, 1e-12);
    close("system", lost("system"), 0.5 * 0.2 * UNAVAILABILITY, 1e-12);
}
