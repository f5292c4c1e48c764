//! Retries that amplify the load of what is down, against chains by hand and arguments at limits.

use fivenines::experiment::{Experiment, Options, Results, Unwatched, run};
use fivenines::random::Law;
use fivenines::system::{Component, Demand, Load, Retries, Service, System};
use fivenines::units::{Duration, Ratio};

use super::check::{self, Play, close, mean, stationary};

/// Two servers that carry three quarters of what they can do together, so that one alone is overloaded.
fn pair(retries: Option<Retries>) -> System {
    let load = Load::new(Demand::Share(Ratio::new(0.75).unwrap()));
    let load = match retries {
        Some(retries) => load.retries(retries),
        None => load,
    };
    System::new()
        .component("server", Component::new().mode("crash", mean(30.0), mean(2.0)))
        .service("system", Service::replicas("server", 2).load(load))
}

/// Twice three quarters is more than both can do: down for one, it stays down until the breaker opens. The states are how many
/// are up, and whether clients try again.
#[test]
fn retries_keep_an_overload_alive_until_a_breaker_opens() {
    let (life, repair, breaker) = (1.0 / 30.0, 1.0 / 2.0, 1.0 / 0.5);
    // Both up and calm; two, one and none up in the storm; one and none up behind the breaker.
    let rates = [
        (0, 2, 2.0 * life),
        (1, 2, 2.0 * life),
        (1, 0, breaker),
        (2, 1, repair),
        (2, 3, life),
        (2, 4, breaker),
        (3, 2, 2.0 * repair),
        (3, 5, breaker),
        (4, 0, repair),
        (4, 5, life),
        (5, 4, 2.0 * repair),
    ];
    let down = 1.0 - stationary(6, &rates)[0];
    let retries = Retries::new(2.0).breaker(mean(0.5));
    let rows = [("unavailability", down, "chain of six states"), ("mttf", 15.0, "the first failure of two")];
    check::system(&pair(Some(retries)), &rows, Play::Outages(400.0));
}

/// A breaker that probes keeps all load off until one succeeds, with one server up as with two; then all comes back, and is too
/// much for one. States as above, and behind the open breaker two, one and none up.
#[test]
fn a_breaker_that_probes_keeps_off_what_could_be_carried() {
    let (life, repair, breaker, probes) = (1.0 / 30.0, 1.0 / 2.0, 1.0 / 0.5, 1.0 / 0.75);
    let rates = [
        (0, 2, 2.0 * life),
        (1, 2, 2.0 * life),
        (1, 4, breaker),
        (2, 1, repair),
        (2, 3, life),
        (2, 5, breaker),
        (3, 2, 2.0 * repair),
        (3, 6, breaker),
        (4, 5, 2.0 * life),
        (4, 0, probes),
        (5, 4, repair),
        (5, 6, life),
        (5, 2, probes),
        (6, 5, 2.0 * repair),
    ];
    let down = 1.0 - stationary(7, &rates)[0];
    let retries = Retries::new(2.0).breaker(mean(0.5)).probes(mean(0.75));
    let rows =
        [("unavailability", down, "chain of seven states"), ("mttf", 15.0, "the first failure of two")];
    check::system(&pair(Some(retries)), &rows, Play::Outages(400.0));
}

/// Without a breaker nothing brings it back.
#[test]
fn a_storm_that_is_more_than_all_can_do_lasts_for_ever() {
    let exact = check::explore(check::compiled(&pair(Some(Retries::new(2.0))), "system").0);
    close("unavailability", check::answer(&exact, 0, "unavailability"), 1.0, 1e-12);
}

/// Who does not ask for more changes nothing, and neither does a breaker that opens at once, nor retries that all replicas
/// together can carry, for these have to be up anyway.
#[test]
fn retries_that_add_nothing_change_nothing() {
    let shares = |retries: Option<Retries>| {
        let (model, place) = check::compiled(&pair(retries), "system");
        check::share_of_downtime(model, place, Duration::years(1.0))
    };
    let plain = shares(None);
    assert!(plain.0 > 0.0);
    assert_eq!(shares(Some(Retries::new(1.0))), plain);
    assert_eq!(shares(Some(Retries::new(9.0).breaker(Law::constant(Duration::ZERO)))), plain);
    assert_eq!(shares(Some(Retries::new(4.0 / 3.0))), plain);
}

fn results(text: &str) -> Results {
    let experiment = Experiment::parse("retries.toml", text).expect("a sound file");
    run(&experiment, &Options::default(), &Unwatched).expect("it runs")
}

/// A fault of an hour at noon, and a load that three times over is carried by night only: with retries the outage lasts
/// until the evening, without them an hour. The hour is booked to the fault and the rest to the retries.
#[test]
fn an_overload_outlives_its_cause_until_the_load_falls() {
    let results = results(
        r#"
        title = "Noon"
        horizon = "24h"
        seed = 1
        trials = 20
        component.server = {}
        [service.api]
        runs_on = "server"
        load = { base = "20%", by_hours = [{ hours = "Mon-Sun 08:00-20:00", load = "80%" }], retries = { load_factor = 3 } }
        [[scenario.fault]]
        name = "fault"
        takes = "api"
        at = "12h"
        lasts = "1h"
        [[design]]
        name = "retries"
        [[design]]
        name = "none"
        set = { "service.api.load.retries" = "none" }
        [[design]]
        name = "a breaker after two hours"
        set = { "service.api.load.retries.breaker" = "2h" }
        [[design]]
        name = "what is too much is shed"
        set = { "service.api.load.down_above" = "never" }
        [[design]]
        name = "a breaker that probes"
        set = { "service.api.load.retries.breaker" = "6min", "service.api.load.retries.probes" = "12min" }
        "#,
    );
    let hours = |design: usize| results.designs[design].service.unavailability.value * 24.0;
    for (design, expected) in [8.0, 1.0, 2.0, 1.0, 1.1].into_iter().enumerate() {
        close(&results.designs[design].name, hours(design), expected, 1e-9);
    }
    let causes = |design: usize| -> Vec<(String, f64)> {
        let causes = results.designs[design].service.causes.iter();
        let mut causes: Vec<(String, f64)> =
            causes.map(|it| (format!("{} {}", it.class, it.mode), it.share)).collect();
        causes.sort_by(|one, other| one.0.cmp(&other.0));
        causes
    };
    assert_eq!(causes(0), [("api retries".to_owned(), 7.0 / 8.0), ("fault ".to_owned(), 1.0 / 8.0)]);
    assert_eq!(causes(2), [("api retries".to_owned(), 0.5), ("fault ".to_owned(), 0.5)]);
    // It opens after six minutes and probes each twelve: the fifth time, at six minutes past one.
    let probed = causes(4);
    assert_eq!([&probed[0].0, &probed[1].0, &probed[2].0], ["api breaker open", "api retries", "fault "]);
    close("booked to the breaker", probed[0].1, 0.1 / 1.1, 1e-9);
    close("booked to what the fault needed", probed[2].1, 0.9 / 1.1, 1e-9);
    // What was asked and not served: eight hours of which seven and a bit are busy.
    let asked = 12.0 * 0.8 + 12.0 * 0.2;
    let lost = results.designs[0].service.unserved.expect("the load varies").value;
    close("lost", lost, 8.0 * 0.8 / asked, 1e-9);
}
