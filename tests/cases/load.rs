//! What makes failures depend on each other without a common cause: cascades, environments and load.

use fivenines::engine::Simulator;
use fivenines::estimate::{Bounds, Confidence, mean_of};
use fivenines::random::Law;
use fivenines::system::{
    Cascade, Component, Crew, Demand, Environment, Fault, Load, Mode, Need, Recorder, Scenario, Scope,
    Service, Stress, System, Window,
};
use fivenines::units::{Duration, Instant, Ratio};

use super::check::{self, EXACT, Play, Row, UNIFORMIZED, mean};

const CASCADE: &[Row] = &[
    ("unavailability", 3.934518428996632e-5, EXACT),
    ("mttf", 8_718.926_960_026_35, EXACT),
    ("unreliability_8760h", 0.6338494905034925, UNIFORMIZED),
];

#[test]
fn a_failure_takes_each_of_the_others_with_it_one_time_in_ten() {
    let fails = Mode::new(mean(1000.0), mean(1.0)).cascade(Cascade::new("10%".parse().unwrap()));
    let system = System::new()
        .component("node", Component::new().with_mode("fails", fails))
        .service("system", Service::replicas("node", 4).needs(Need::Count(2)));
    check::system(&system, CASCADE, Play::Outages(500.0));
}

const STORMS: &[Row] = &[
    ("unavailability", 3.674_916_264_678_064e-5, EXACT),
    ("mttf", 29_899.587_277_990_77, EXACT),
    ("unreliability_8760h", 0.25377236790942814, UNIFORMIZED),
    ("point_unavailability_100h", 3.674719513570513e-5, UNIFORMIZED),
];

#[test]
fn units_fail_a_hundred_times_as_often_in_a_storm() {
    let storm = Environment::new(mean(1000.0), mean(10.0), Scope::all()).failure_factor(100.0);
    let system = System::new()
        .component("unit", Component::new().mode("fails", mean(5000.0), mean(2.0)))
        .environment("storm", storm)
        .service("system", Service::replicas("unit", 3).needs(Need::Majority));
    check::system(&system, STORMS, Play::Outages(500.0));
}

const LOAD_SHARED: &[Row] = &[
    ("unavailability", 5.097_088_393_942_214e-8, EXACT),
    ("mttf", 3.986_887_5e7, EXACT),
    ("unreliability_8760h", 0.00021959607426830132, UNIFORMIZED),
    ("point_unavailability_10h", 4.43859924937566e-8, UNIFORMIZED),
];

fn percent(percent: f64) -> Ratio {
    Ratio::new(percent / 100.0).expect("a ratio")
}

fn share(of_all: f64) -> Load {
    Load::new(Demand::Share(percent(of_all)))
}

/// Four servers at a fifth of what they can do, whose failures go by the square of the utilization.
fn load_shared(of_all: f64) -> System {
    let fails = Mode::new(mean(3000.0), mean(2.0)).repaired_by("crew");
    System::new()
        .crew("crew", Crew::new(1))
        .component(
            "server",
            Component::new().with_mode("fails", fails.stress(Stress::power(2.0, percent(of_all)))),
        )
        .service("system", Service::replicas("server", 4).needs(Need::Count(2)).load(share(of_all)))
}

#[test]
fn survivors_carry_the_load_and_fail_by_its_square() {
    check::system(
        &load_shared(20.0),
        LOAD_SHARED,
        Play::Not("unavailability 5e-8: an outage in five thousand years"),
    );
}

/// The same law as a simulation can see it: one server less is needed when two are down most of the time.
#[test]
fn survivors_fail_faster_in_a_simulation_too() {
    let mut system = load_shared(20.0);
    let server = system.components.get_mut("server").expect("it was added");
    server.modes.get_mut("fails").expect("it was added").fails = mean(30.0);
    check::system(&system, &[], Play::Outages(500.0));
}

/// The chance that of `n` units, each down with `p`, at most `most` are down.
fn at_most(most: u32, n: u32, p: f64) -> f64 {
    let choose = |k: u32| (0..k).fold(1.0, |ways, i| ways * f64::from(n - i) / f64::from(i + 1));
    let power = |x: f64, count: u32| (0..count).fold(1.0, |product, _| product * x);
    (0..=most).map(|k| choose(k) * power(p, k) * power(1.0 - p, n - k)).sum()
}

/// Four units: one is enough below the rush, three in it, and the rush is there a tenth of the time.
#[test]
fn a_surge_needs_more_replicas_while_it_lasts() {
    let surge = Environment::new(mean(90.0), mean(10.0), Scope::all()).load_factor(3.0);
    let system = System::new()
        .component("unit", Component::new().mode("fails", mean(95.0), mean(5.0)))
        .environment("surge", surge)
        .service("system", Service::replicas("unit", 4).load(share(25.0)));
    let down = 0.9 * (1.0 - at_most(3, 4, 0.05)) + 0.1 * (1.0 - at_most(1, 4, 0.05));
    check::system(
        &system,
        &[("unavailability", down, "binomial, conditioned on the surge")],
        Play::Outages(500.0),
    );
}

/// Three units that crash and that get slow, of which each is at full, at half or at no capacity: 60% of three is 1.8.
#[test]
fn slow_units_count_by_their_capacity() {
    let slow = Mode::new(mean(45.0), mean(5.0)).slow("50%".parse().unwrap());
    let unit = Component::new().mode("crash", mean(95.0), mean(5.0)).with_mode("slow", slow);
    let system = System::new()
        .component("unit", unit)
        .service("system", Service::replicas("unit", 3).needs(Need::Share("60%".parse().unwrap())));
    let (full, half, none): (f64, f64, f64) = (0.95 * 0.9, 0.95 * 0.1, 0.05);
    let states = [(1.0, full), (0.5, half), (0.0, none)];
    let mut down = 0.0;
    for a in states {
        for b in states {
            for c in states {
                if a.0 + b.0 + c.0 < 1.8 {
                    down += a.1 * b.1 * c.1;
                }
            }
        }
    }
    check::system(&system, &[("unavailability", down, "sum over 27 states")], Play::Outages(500.0));
}

/// Plays trials of a system's one service; returns the shares of downtime, and their parts by cause.
fn play(system: &System, span: Duration, trials: u64) -> (Vec<f64>, Vec<(String, f64)>) {
    let (model, service) = check::compiled(system, "system");
    let end = Instant::START + span.span();
    let mut recorder = Recorder::new(Window { start: Instant::START, end, length: span.span() });
    let classes: Vec<String> = model.cause_classes().iter().map(ToString::to_string).collect();
    let mut simulator = Simulator::new(model, 20_260_101);
    let (mut shares, mut causes) = (Vec::new(), vec![0.0; classes.len()]);
    for trial in 0..trials {
        simulator.play(trial, end, &mut recorder);
        let record = &recorder.records()[service];
        shares.push(record.downtime.as_secs_f64() / span.secs());
        let booked: u64 = record.causes.iter().map(|cause| cause.1.as_micros()).sum();
        assert_eq!(booked, record.downtime.as_micros(), "every minute is booked");
        record.causes.iter().for_each(|&(cause, time)| causes[cause as usize] += time.as_secs_f64());
    }
    (shares, classes.into_iter().zip(causes).filter(|(_, time)| *time > 0.0).collect())
}

/// Two units, of which office hours need both and the rest of the week one.
#[test]
fn office_hours_need_more() {
    let load = share(40.0).by_hours("Mon-Fri 08:00-18:00".parse().unwrap(), Demand::Share(percent(90.0)));
    let system = System::new()
        .component("unit", Component::new().mode("fails", mean(95.0), mean(5.0)))
        .service("system", Service::replicas("unit", 2).load(load));
    let (shares, causes) = play(&system, Duration::days(7.0 * 52.0), 200);
    let office = 50.0 / 168.0;
    let expected = office * (1.0 - 0.95 * 0.95) + (1.0 - office) * 0.05 * 0.05;
    let interval = mean_of(&shares, Bounds::FRACTION, Confidence::new(0.9995).unwrap()).unwrap().interval();
    assert!(
        interval.lower() <= expected && expected <= interval.upper(),
        "{expected} outside of {interval:?}"
    );
    let names: Vec<&str> = causes.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["unit fails", "system load"], "the evening ends some outages, repairs end others");
}

/// Half of what one unit can do doubles in a year of twelve months, and is above all of it from the thirteenth on.
#[test]
fn growth_ends_in_overload() {
    let system = System::new()
        .component("unit", Component::new())
        .service("system", Service::replicas("unit", 1).load(share(50.0).growth(percent(100.0))));
    let (shares, causes) = play(&system, Duration::years(2.0), 1);
    assert!((shares[0] - 11.0 / 24.0).abs() < 1e-12, "{shares:?}");
    assert_eq!(causes.len(), 1);
    assert_eq!(causes[0].0, "system load");
}

/// Memory runs out in the busy hours only: as often as their share of the week makes it.
#[test]
fn exhaustion_waits_for_the_busy_hours() {
    let load = share(40.0).by_hours("12:00-18:00".parse().unwrap(), Demand::Share(percent(90.0)));
    let exhausted = Mode::new(mean(99.0), Law::constant(Duration::seconds(36.0)));
    let server = Component::new().with_mode("exhausted", exhausted.stress(Stress::above(percent(80.0))));
    let system = System::new()
        .component("server", server)
        .service("system", Service::replicas("server", 1).load(load));
    let (shares, _) = play(&system, Duration::years(5.0), 100);
    // 36 s for every 99 h of running, and it runs a quarter of the time: but for the outages themselves.
    let expected = 0.25 * 0.01 / 99.0;
    let interval = mean_of(&shares, Bounds::FRACTION, Confidence::new(0.9995).unwrap()).unwrap().interval();
    assert!(
        interval.lower() <= expected && expected <= interval.upper(),
        "{expected} outside of {interval:?}"
    );
}

/// A flood of requests takes a service down as long as it lasts; a script that is played alone knows none.
#[test]
fn a_script_alone_knows_no_spells() {
    let flood =
        Environment::new(mean(90.0), mean(10.0), Scope::all()).added_load(Demand::Share(percent(200.0)));
    let system = System::new()
        .component("unit", Component::new())
        .environment("flood", flood)
        .service("system", Service::replicas("unit", 2).load(share(50.0)));
    check::system(&system, &[("unavailability", 0.1, "share of the time")], Play::Outages(500.0));
    let (_, causes) = play(&system, Duration::years(1.0), 1);
    assert_eq!(causes.iter().map(|cause| cause.0.as_str()).collect::<Vec<_>>(), ["flood load"]);
    // One of the two can carry the load.
    let fault =
        Fault::new("system/1", Law::constant(Duration::days(9.0)), Law::constant(Duration::days(1.0)));
    let script = Scenario::new().fault(fault).without_random_faults();
    let (shares, _) = play(&system.scenario(script), Duration::years(1.0), 1);
    assert_eq!(shares, [0.0]);
}
