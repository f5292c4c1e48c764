//! What keeps a failure from reaching all: versions that do not share their bugs, and pools that do not share their load.

use fivenines::solve::{Limits, Markov};
use fivenines::system::{
    Component, Demand, Domain, Environment, Load, Need, Scope, Service, System, SystemModel,
};

use super::check::{close, mean};

/// Long-run unavailability of a service.
fn down(system: &System, service: &str) -> f64 {
    let model = SystemModel::new(system).expect("the system is sound");
    let place = model.services().position(|name| name == service).expect("there is such a service");
    let exact = Markov::explore(model, Limits::PATIENT).expect("the system is Markovian");
    exact.unavailability(&exact.steady().expect("there is a long run"), place)
}

/// Three replicas, of which two have to agree.
fn voting() -> System {
    System::new()
        .component("server", Component::new().mode("crash", mean(99.0), mean(1.0)))
        .service("vote", Service::replicas("server", 3).needs(Need::Majority))
}

/// Chance that two of three are down, each with this chance.
fn two_of_three(p: f64) -> f64 {
    3.0 * p * p * (1.0 - p) + p * p * p
}

/// N-version programming (Avizienis, IEEE TSE SE-11, 1985): a bug of one version takes one replica, that of a shared version
/// all three.
#[test]
fn versions_that_share_no_bug_outvote_it() {
    let bug = || Domain::new(Scope::all()).mode("bug", mean(999.0), mean(1.0));
    let shared = voting().domain("version", bug());
    let expected = 1e-3 + (1.0 - 1e-3) * two_of_three(1e-2);
    close("one version", down(&shared, "vote"), expected, 1e-9);
    let versions = (1..=3u32).fold(voting(), |system, number| {
        let own = Domain::new(Scope::all().replicas(&[number]));
        system.domain(&format!("version-{number}"), own.mode("bug", mean(999.0), mean(1.0)))
    });
    let either = 1.0 - (1.0 - 1e-2) * (1.0 - 1e-3);
    close("three versions", down(&versions, "vote"), two_of_three(either), 1e-9);
}

/// Bulkheads (Nygard, *Release It!*, 2007): a rush of one caller overloads the pool that both use, or only its own half of it.
#[test]
fn a_rush_stays_in_its_pool() {
    let rush = |services: &[&str]| {
        Environment::new(mean(90.0), mean(10.0), Scope::all().services(services)).load_factor(3.0)
    };
    let pool = |system: System, name: &str, size: u32, load: &str| {
        let demand = Demand::Share(load.parse().expect("a share"));
        system.service(name, Service::replicas("unit", size).load(Load::new(demand)))
    };
    let base = System::new().component("unit", Component::new());
    let shared = pool(base.clone(), "pool", 4, "40%").environment("rush", rush(&["pool"]));
    close("all feel it", down(&shared, "pool"), 0.1, 1e-9);
    let walls = pool(pool(base, "one", 2, "40%"), "other", 2, "40%").environment("rush", rush(&["one"]));
    close("who rushes feels it", down(&walls, "one"), 0.1, 1e-9);
    assert_eq!(down(&walls, "other"), 0.0);
}
