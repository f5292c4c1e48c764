//! How long the exact solver takes for a chain of a million states, from the system to its figures.
//!
//! `cargo bench --bench exact` solves ten services of three replicas each, 4^10 = 1,048,576 lumped states and 15,728,640
//! transitions; without `--bench` (as under `cargo test`) or with `--quick` it is four services. All failures and repairs
//! are independent, so every figure has a closed form to be held against.

use fivenines::random::Law;
use fivenines::solve::chain::Budget;
use fivenines::solve::{Limits, Markov};
use fivenines::system::{Component, Need, Service, System, SystemModel};
use fivenines::units::Duration;

/// Wall-clock seconds that `work` takes, and what it did.
#[allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "a benchmark measures the wall clock")]
fn timed<T>(work: impl FnOnce() -> T) -> (f64, T) {
    let start = std::time::Instant::now();
    let outcome = std::hint::black_box(work());
    (start.elapsed().as_secs_f64(), outcome)
}

/// Mean time to failure in days and to restoration in hours of the k-th service's components.
fn means(k: u32) -> (f64, f64) {
    (10.0 * f64::from(k), f64::from(k))
}

/// Services of three replicas, of which two are needed, and one service that needs them all.
fn system(services: u32) -> System {
    let names: Vec<String> = (1..=services).map(|k| format!("s{k}")).collect();
    let with = |system: System, (k, name): (u32, &String)| {
        let (days, hours) = means(k);
        let (life, repair) =
            (Law::exponential(Duration::days(days)), Law::exponential(Duration::hours(hours)));
        let service = Service::replicas(name, 3).needs(Need::Majority);
        system.component(name, Component::new().mode("crash", life, repair)).service(name, service)
    };
    let members: Vec<&str> = names.iter().map(String::as_str).collect();
    (1..).zip(&names).fold(System::new(), with).service("all", Service::members(&members).needs(Need::All))
}

/// One minus the product of independent services' availabilities, each up while at most one of three is down.
fn closed_form(services: u32) -> f64 {
    let up: f64 = (1..=services)
        .map(|k| {
            let (days, hours) = means(k);
            let down = hours / (24.0 * days + hours);
            1.0 - down * down * (3.0 - 2.0 * down)
        })
        .product();
    1.0 - up
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let asked = |word: &str| arguments.iter().any(|argument| argument == word);
    let services = if asked("--bench") && !asked("--quick") { 10 } else { 4 };
    let model = SystemModel::new(&system(services)).expect("the system is right");
    let all = model.services().position(|name| name == "all").expect("it is one of them");
    let (exploring, markov) =
        timed(|| Markov::explore(model.clone(), Limits::PATIENT).expect("it is Markovian and fits"));
    let chain = markov.chain();
    println!("{} states, {} transitions: {exploring:.1} s", chain.states(), chain.transitions());
    let (solving, steady) = timed(|| markov.steady().expect("it converges"));
    let down = markov.unavailability(&steady, all);
    let error = (down / closed_form(services) - 1.0).abs();
    println!(
        "long run by {}: {solving:.1} s, {} sweeps, residual {:.1e}; unavailability {down:.12e}, {error:.1e} off",
        steady.method, steady.sweeps, steady.residual
    );
    let (passing, mean) = timed(|| markov.mean_time_to_down(all).expect("it converges"));
    println!("mean time to the first outage: {passing:.1} s, {:.6} d", mean / 86_400.0);
    let year = Duration::YEAR.secs();
    let (following, spent) = timed(|| markov.transient(Budget::default()).occupancy(0.0, year));
    match spent {
        Ok(_) => println!("a year followed: {following:.1} s"),
        Err(error) => println!("a year not followed: {following:.1} s; {error}"),
    }
    assert_eq!(chain.states(), 1 << (2 * services));
    assert!(steady.residual < 1e-12 && error < 1e-9, "{error:e} off");
    println!("in all {:.1} s", exploring + solving + passing + following);
}
