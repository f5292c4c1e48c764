//! Power and cooling: batteries, generators and second feeds against closed forms and small chains solved here.

use fivenines::engine::Simulator;
use fivenines::estimate::{Bounds, Confidence, mean_of};
use fivenines::random::Law;
use fivenines::system::{
    Backup, Component, Domain, Need, Recorder, Scope, Service, SiteOutage, Supply, System, Window,
};
use fivenines::units::{Duration, Instant};

use super::check::{self, Play, mean, stationary};

/// The grid fails every 2,000 hours for four.
const LIFE: f64 = 2000.0;
const OUTAGE: f64 = 4.0;

/// A site with a server that never fails by itself.
fn site() -> System {
    System::new()
        .levels(&["site"])
        .site("a")
        .component("server", Component::new())
        .service("system", Service::replicas("server", 1))
}

fn grid() -> Supply {
    Supply::new(&["a"]).mode("utility", mean(LIFE), mean(OUTAGE))
}

/// Holds the exact unavailability of `system` to a value, and its simulation to the exact one.
#[track_caller]
fn held(system: &System, expected: f64) {
    check::system(system, &[("unavailability", expected, "closed form")], Play::Outages(300.0));
}

/// A battery of a mean of half an hour bridges an outage with the chance that it outlasts it: beta / (beta + mu) of the
/// outages are dark, and by the lack of memory for another mean outage each.
#[test]
fn a_battery_bridges_short_outages() {
    let (beta, mu) = (1.0 / 0.5, 1.0 / OUTAGE);
    let dark = beta / (beta + mu) * OUTAGE;
    held(&site().power("a", grid().ride_through(mean(0.5))), dark / (LIFE + OUTAGE));
}

/// The battery has to last until the generator serves: in a race of three, dark with beta / (beta + sigma + mu).
#[test]
fn a_generator_that_always_starts_leaves_the_gap_that_the_battery_does_not_bridge() {
    let (beta, sigma, mu) = (1.0 / 0.1, 1.0 / 0.05, 1.0 / OUTAGE);
    let dark = beta / (beta + sigma + mu) / (sigma + mu);
    let feed = grid().ride_through(mean(0.1)).backup(Backup::new(mean(0.05)));
    held(&site().power("a", feed), dark / (LIFE + OUTAGE));
}

/// A generator that starts in four of five cases, fails after a mean of 20 hours of running, and is repaired in ten; with
/// no battery. States: grid up or down, and the generator ready, starting, serving, or in repair.
#[test]
fn a_generator_that_fails_is_repaired_and_started_again() {
    let (lambda, mu, sigma, starts, fails, rho) =
        (1.0 / LIFE, 1.0 / OUTAGE, 1.0 / 0.25, 0.8, 1.0 / 20.0, 1.0 / 10.0);
    let [ready, starting, serving, dark_repair, repair] = [0, 1, 2, 3, 4];
    let shares = stationary(
        5,
        &[
            (ready, starting, lambda),
            (starting, serving, sigma * starts),
            (starting, dark_repair, sigma * (1.0 - starts)),
            (starting, ready, mu),
            (serving, dark_repair, fails),
            (serving, ready, mu),
            (dark_repair, starting, rho),
            (dark_repair, repair, mu),
            (repair, dark_repair, lambda),
            (repair, ready, rho),
        ],
    );
    let backup = Backup::new(mean(0.25)).starts("80%".parse().unwrap()).fails(mean(20.0), mean(10.0));
    held(&site().power("a", grid().backup(backup)), shares[starting] + shares[dark_repair]);
}

/// Fuel for a mean of six hours and none delivered before the grid is back; and a battery that takes eight hours to charge,
/// which it does behind the grid as behind the generator. States by grid, battery and generator.
#[test]
fn fuel_runs_out_and_batteries_take_time_to_charge() {
    let (lambda, mu, sigma, burn, beta, charge) =
        (1.0 / LIFE, 1.0 / OUTAGE, 1.0 / 0.25, 1.0 / 6.0, 1.0 / 0.5, 1.0 / 8.0);
    // Grid up: the battery full, part empty, empty. Grid down: generator starting, serving, out of fuel, each with the
    // battery draining (or charging, part empty), empty, or full.
    let [full, part, empty] = [0, 1, 2];
    let [start_drain, start_empty, serve_part, serve_empty, serve_full, out_drain, out_empty] =
        [3, 4, 5, 6, 7, 8, 9];
    let shares = stationary(
        10,
        &[
            (full, start_drain, lambda),
            (part, start_drain, lambda),
            (empty, start_empty, lambda),
            (part, full, charge),
            (empty, full, charge),
            (start_drain, part, mu),
            (start_drain, start_empty, beta),
            (start_drain, serve_part, sigma),
            (start_empty, empty, mu),
            (start_empty, serve_empty, sigma),
            (serve_part, part, mu),
            (serve_part, serve_full, charge),
            (serve_part, out_drain, burn),
            (serve_empty, empty, mu),
            (serve_empty, serve_full, charge),
            (serve_empty, out_empty, burn),
            (serve_full, full, mu),
            (serve_full, out_drain, burn),
            (out_drain, part, mu),
            (out_drain, out_empty, beta),
            (out_empty, empty, mu),
        ],
    );
    let backup = Backup::new(mean(0.25)).lasts(mean(6.0));
    let feed = grid().ride_through(mean(0.5)).recharges(mean(8.0)).backup(backup);
    held(&site().power("a", feed), shares[start_empty] + shares[out_empty]);
}

/// Two feeds into one site, 2N: dark while both are out. Power and cooling: dark while either is.
#[test]
fn feeds_of_a_kind_stand_in_for_each_other_and_kinds_do_not() {
    let out = 5.0 / 105.0;
    let feed = || Supply::new(&["a"]).mode("fails", mean(100.0), mean(5.0));
    held(&site().power("a", feed()).power("b", feed()), out * out);
    held(&site().power("a", feed()).cooling("b", feed()), 1.0 - (1.0 - out) * (1.0 - out));
    // The same over a domain in the place of a site.
    let over_domain = |name: &str| Supply { feeds: vec![name.to_owned()], ..feed() };
    let system = site().domain("row", Domain::new(Scope::all().sites(&["a"])));
    held(&system.power("a", over_domain("row")).power("b", over_domain("row")), out * out);
}

/// A grid behind two strings of feed and board: the site is dark with the grid, or when in each string something is out.
/// And a grid that stops the chillers, too, takes the site down once.
#[test]
fn a_supply_that_feeds_others_takes_them_along() {
    let (grid, string) = (5.0 / 105.0, 1.0 - (100.0 / 105.0) * (50.0 / 51.0));
    let feed = |feeds: &str| Supply::new(&[feeds]).mode("fails", mean(100.0), mean(5.0));
    let board = || Supply::new(&["a"]).mode("fails", mean(50.0), mean(1.0));
    let strings = site()
        .power("grid", feed("power feed"))
        .power("feed", feed("power board").copies(2))
        .power("board", board().copies(2));
    held(&strings, 1.0 - (1.0 - grid) * (1.0 - string * string));
    // Feeds and boards that are not as many are not in strings: each feed feeds every board.
    let crossed = site()
        .power("grid", feed("power feed"))
        .power("feed", feed("power board").copies(3))
        .power("board", board().copies(2));
    let (feeds, boards) = (grid * grid * grid, (1.0 / 51.0) * (1.0 / 51.0));
    held(&crossed, 1.0 - (1.0 - grid) * (1.0 - feeds) * (1.0 - boards));
    let chilled = site()
        .power("grid", Supply { feeds: vec!["a".into(), "cooling room".into()], ..feed("a") })
        .cooling("room", board());
    held(&chilled, 1.0 - (1.0 - grid) * (1.0 - 1.0 / 51.0));
}

/// A feed for each of three sites is a way for each site to fail; one feed for all is one for all.
#[test]
fn each_site_of_a_level_may_have_a_feed_of_its_own() {
    let sites = || {
        System::new()
            .levels(&["zone"])
            .site("a")
            .site("b")
            .site("c")
            .component("server", Component::new())
            .service("system", Service::replicas("server", 3).spread("zone").needs(Need::Majority))
    };
    let u: f64 = 5.0 / 105.0;
    let own = Supply::per("zone").mode("fails", mean(100.0), mean(5.0));
    held(&sites().power("grid", own), 3.0 * u * u * (1.0 - u) + u * u * u);
    let shared = Supply::new(&["a", "b", "c"]).mode("fails", mean(100.0), mean(5.0));
    held(&sites().power("grid", shared), u);
}

/// A room that is too hot after a mean of an hour, and then cools down for two once the plant runs. The plant may fail
/// again meanwhile. States: cool, heating, hot, cooling down, and the plant failed again while the room cools.
#[test]
fn a_room_that_was_too_hot_cools_down_first() {
    let (lambda, mu, heats, cools) = (1.0 / LIFE, 1.0 / OUTAGE, 1.0, 0.5);
    let [cool, heating, hot, cooling, again] = [0, 1, 2, 3, 4];
    let shares = stationary(
        5,
        &[
            (cool, heating, lambda),
            (heating, cool, mu),
            (heating, hot, heats),
            (hot, cooling, mu),
            (cooling, cool, cools),
            (cooling, again, lambda),
            (again, cooling, mu),
            (again, hot, heats),
            (again, heating, cools),
        ],
    );
    let plant = Supply::new(&["a"])
        .mode("plant", mean(LIFE), mean(OUTAGE))
        .ride_through(mean(1.0))
        .returns(mean(2.0));
    held(&site().cooling("room", plant), shares[hot] + shares[cooling] + shares[again]);
}

/// A battery of exactly ten minutes and outages of an exponential mean of four hours: exp(-10 min / 4 h) of them are dark,
/// each for another four hours on average. By simulation alone: the law is not exponential.
#[test]
fn a_battery_of_ten_minutes_bridges_the_outages_that_are_shorter() {
    let ups = Law::constant(Duration::minutes(10.0));
    let system = site().power("a", grid().ride_through(ups));
    let (model, service) = check::compiled(&system, "system");
    let length = Duration::years(20.0);
    let end = Instant::START + length.span();
    let mut recorder = Recorder::new(Window { start: Instant::START, end, length: length.span() });
    let mut simulator = Simulator::new(model, 1);
    let (mut shares, mut outages) = (Vec::new(), Vec::new());
    for trial in 0..200 {
        simulator.play(trial, end, &mut recorder);
        let record = &recorder.records()[service];
        shares.push(record.downtime.as_secs_f64() / length.secs());
        outages.push(record.outages.len() as f64 / 20.0);
    }
    let confidence = Confidence::new(0.9995).unwrap();
    let share = mean_of(&shares, Bounds::FRACTION, confidence).unwrap().interval();
    let dark: f64 = 0.959_189_456_572_266_7; // exp(-1/24)
    assert!(share.contains(dark * OUTAGE / (LIFE + OUTAGE)), "{share}");
    let rate = mean_of(&outages, Bounds::NON_NEGATIVE, confidence).unwrap().interval();
    assert!(rate.contains(dark * 8760.0 / (LIFE + OUTAGE)), "{rate}");
}

/// Minutes are booked to what had to be restored, and all of them are.
#[test]
fn the_generator_is_blamed_where_it_is_to_blame() {
    let backup =
        Backup::new(mean(0.05)).starts("70%".parse().unwrap()).fails(mean(5.0), mean(20.0)).lasts(mean(8.0));
    let feed = grid().ride_through(mean(0.2)).recharges(mean(10.0)).backup(backup).returns(mean(0.5));
    let crashing = Component::new()
        .mode("crash", Law::Never, mean(0.1))
        .site_outage(SiteOutage::Crashes("crash".to_owned()));
    let system = site().component("server", crashing).power("a", feed);
    let (model, _) = check::compiled(&system, "system");
    let classes: Vec<String> = model.cause_classes().iter().map(ToString::to_string).collect();
    let end = Instant::START + Duration::years(200.0).span();
    let mut recorder =
        Recorder::new(Window { start: Instant::START, end, length: Duration::years(1.0).span() });
    Simulator::new(model, 3).play(0, end, &mut recorder);
    let record = &recorder.records()[0];
    let booked: u64 = record.causes.iter().map(|cause| cause.1.as_micros()).sum();
    assert_eq!(booked, record.downtime.as_micros());
    let named: Vec<&str> = record.causes.iter().map(|cause| classes[cause.0 as usize].as_str()).collect();
    for cause in [
        "power a utility",
        "power a backup did not start",
        "power a backup failed",
        "power a backup ran out",
        "power a backup starting",
        "power a returning",
        "server crash at a",
    ] {
        assert!(named.contains(&cause), "nothing is booked to {cause}: {named:?}");
    }
}
