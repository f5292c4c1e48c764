//! Shards and cells: who is down when, against products of independent parts, and one part against none.

use fivenines::engine::Simulator;
use fivenines::estimate::nines;
use fivenines::experiment::{DataResult, Experiment, Options, Results, Unwatched, run};
use fivenines::random::Law;
use fivenines::system::{
    Component, Failover, Need, Recorder, Service, System, SystemModel, Window, naive_unavailability,
};
use fivenines::units::{Duration, Instant};

use super::check::{self, Play, close, mean};

/// Beside a hundred years the start, with all up, is nothing; four of a simulation take long enough.
fn results(method: &str, system: &str) -> Results {
    let horizon = if method == "exact" { "100y" } else { "4y" };
    let text = format!(
        "title = \"t\"\nhorizon = {horizon:?}\nseed = 1\ntrials = 400\nmethod = {method:?}\n{system}"
    );
    let experiment = Experiment::parse("shards.toml", &text).expect("a sound file");
    run(&experiment, &Options::default(), &Unwatched).expect("it runs")
}

fn power(base: f64, exponent: u32) -> f64 {
    (0..exponent).fold(1.0, |product, _| product * base)
}

/// Pairs of servers that are each down a tenth of the time.
fn pairs(shards: u32) -> System {
    System::new()
        .component("server", Component::new().mode("crash", mean(9.0), mean(1.0)))
        .service("system", Service::replicas("server", 2).shards(shards))
}

/// A shard is down for a hundredth of the time: one of four is for 1 - 0.99^4, and nobody else is for any of it.
#[test]
fn one_of_several_shards_is_down_more_often_and_as_many_users_are_served() {
    let (shards, down) = (4, 0.01);
    let some = 1.0 - power(1.0 - down, 4);
    let system = pairs(shards);
    check::system(&system, &[("unavailability", some, "1 - (1 - u)^4")], Play::Outages(400.0));
    let (model, place) = check::compiled(&system, "system");
    assert_eq!(model.valued(), [place as u32]);
    assert_eq!(model.services().collect::<Vec<_>>(), ["system"], "parts are nobody's business");
    let exact = check::explore(model);
    let steady = exact.steady().unwrap();
    let rate = |measure: usize| steady.mean(|state| exact.levels(measure)[state as usize]);
    close("lost", rate(1) / rate(2), down, 1e-12);
    close("naive", naive_unavailability(&system).unwrap()[0], some, 1e-12);
}

/// What is served is simulated as it is solved.
#[test]
fn a_simulation_agrees_about_the_share_that_is_served() {
    let text = "component.server.mode.crash = { fails = \"exponential(mean 9d)\", restored = \"exponential(mean 1d)\" }\n\
        service.system = { runs_on = \"server\", replicas = 2, needs = \"any\", shards = 5 }";
    let exact = results("exact", text).designs.remove(0).service;
    let simulated = results("simulate", text).designs.remove(0).service;
    let (known, found) = (exact.unserved.unwrap().value, simulated.unserved.unwrap());
    close("exact", known, 0.01, 1e-3);
    assert!(found.lower <= known && known <= found.upper, "{found:?}");
    let (known, found) = (exact.unavailability.value, simulated.unavailability);
    assert!(found.lower <= known && known <= found.upper, "{found:?}");
}

/// Digest, events and books of ten trials.
fn played(system: &System) -> Vec<String> {
    let end = Instant::START + Duration::years(1.0).span();
    let mut recorder =
        Recorder::new(Window { start: Instant::START, end, length: Duration::days(30.0).span() });
    let mut simulator = Simulator::new(SystemModel::new(system).unwrap(), 7);
    let mut play = |trial| {
        let summary = simulator.play(trial, end, &mut recorder);
        format!("{summary:?} {:?}", recorder.take())
    };
    (0..10).map(&mut play).collect()
}

#[test]
fn one_shard_is_none() {
    let seconds = |seconds| Law::constant(Duration::seconds(seconds));
    let system = |divide: fn(Service) -> Service| {
        let server = Component::new().mode("crash", mean(90.0), mean(1.0));
        let db = Service::replicas("server", 3)
            .needs(Need::Majority)
            .failover(Failover::new(seconds(10.0), seconds(30.0)));
        System::new()
            .component("server", server)
            .service("db", divide(db))
            .service("web", divide(Service::replicas("server", 2).depends_on("db")))
    };
    let whole = played(&system(|service| service));
    assert_eq!(played(&system(|service| service.shards(1))), whole);
    assert_eq!(played(&system(|service| service.cells(1))), whole);
    assert_ne!(played(&system(|service| service.cells(2))), whole);
}

/// A server and a database, each down a tenth of the time: a user of shards needs two things that are chosen apart, a user
/// of a cell two that belong together, and so does everybody in one large cell.
#[test]
fn cells_keep_to_themselves_and_shards_do_not() {
    let system = |key: &str, count: u32| {
        format!(
            "component.server.mode.crash = {{ fails = \"exponential(mean 9h)\", restored = \"exponential(mean 1h)\" }}\n\
             service.db = {{ runs_on = \"server\", {key} = {count} }}\n\
             service.web = {{ runs_on = \"server\", {key} = {count}, depends_on = [\"db\"] }}"
        )
    };
    let web = |key: &str, count| results("exact", &system(key, count)).designs.remove(0).service;
    let both = 0.9 * 0.9;
    for (key, count) in [("shards", 2), ("cells", 2), ("cells", 3)] {
        let web = web(key, count);
        assert_eq!(web.name, "web", "the database is needed by its parts");
        close("served", 1.0 - web.unserved.unwrap().value, both, 1e-4);
        close("all served", web.availability.value, power(both, count), 1e-4);
    }
    // One large cell is all or nothing, so that nothing has to be told apart.
    assert_eq!(web("cells", 1).unserved, None);
}

/// Without the database a page is worth half: with half of the shards down, three quarters.
#[test]
fn what_does_without_a_shard_serves_its_users_in_part() {
    let system = "component.rock = {}\n\
        component.server.mode.crash = { fails = \"exponential(mean 9h)\", restored = \"exponential(mean 1h)\" }\n\
        service.db = { runs_on = \"server\", shards = 2 }\n\
        service.web = { runs_on = \"rock\", depends_on = [\"db\"], without.db = \"50%\" }";
    let web = results("exact", system).designs.remove(0).service;
    close("lost", web.unserved.unwrap().value, 0.1 * 0.5, 1e-4);
    assert_eq!(web.unavailability.value, 0.0);
    // When the half of it has lasted, it is as good as none.
    let spent = system.replace("\"50%\"", "{ serves = \"50%\", lasts = \"0s\" }");
    let web = results("simulate", &spent).designs.remove(0).service;
    let lost = web.unserved.unwrap();
    assert!(lost.lower <= 0.1 && 0.1 <= lost.upper, "{lost:?}");
    let down = web.unavailability;
    assert!(down.lower <= 0.19 && 0.19 <= down.upper, "{down:?}");
}

/// Shards on a pool of four hosts, two replicas each: what a host takes down, it takes from each of its shards.
#[test]
fn shards_share_a_pool_of_hosts() {
    let system = r#"
        levels = ["host"]
        site."{1..4}" = {}
        level.host.mode.crash = { fails = "exponential(mean 9h)", restored = "exponential(mean 1h)" }
        component.process = {}
        service.db = { runs_on = "process", replicas = 2, needs = "any", spread = "host", shards = 4 }
    "#;
    let db = results("exact", system).designs.remove(0).service;
    // Shards 1 and 3 are on hosts 1 and 2, shards 2 and 4 on hosts 3 and 4: two pairs, not four.
    close("some are down", db.unavailability.value, 1.0 - 0.99 * 0.99, 1e-4);
    close("lost", db.unserved.unwrap().value, 0.01, 1e-4);
}

/// Each of two shards loses its data at the rate of one that is alone: twice as many losses of half as much.
#[test]
fn shards_lose_their_data_each_for_itself() {
    let system = |parts: u32| {
        format!(
            "component.disk.mode.dies = {{ fails = \"exponential(mean 1000h)\", restored = \"exponential(mean 10h)\", \
             destroys = true }}\n\
             service.db = {{ runs_on = \"disk\", replicas = 2, needs = \"any\", shards = {parts}, \
             data = {{ needs = 1, size = \"4 TB\" }} }}"
        )
    };
    let data = |method, parts| results(method, &system(parts)).designs.remove(0).data.remove(0);
    let (one, two) = (data("exact", 1), data("exact", 2));
    let losses = |data: &DataResult| data.losses_per_year.expect("known");
    close("losses", losses(&two).value, 2.0 * losses(&one).value, 1e-9);
    close("bytes", two.lost_bytes_per_year.unwrap().value, one.lost_bytes_per_year.unwrap().value, 1e-9);
    let chance = 1.0 - power(1.0 - one.loss_chance.unwrap().value, 2);
    close("chance", two.loss_chance.unwrap().value, chance, 1e-9);
    close("nines", two.durability_nines.unwrap().value, nines(chance), 1e-9);
    let played = data("simulate", 2);
    assert_eq!(played.service, "db");
    let (found, known) = (losses(&played), losses(&two).value);
    assert!(found.lower <= known && known <= found.upper, "{found:?} without {known}");
}

/// A load in requests is shared among the shards; a share of the capacity is what each has to carry.
#[test]
fn shards_share_the_load() {
    let system = |load: &str| {
        format!(
            "component.server.mode.crash = {{ fails = \"exponential(mean 9h)\", restored = \"exponential(mean 1h)\" }}\n\
             service.api = {{ runs_on = \"server\", replicas = 2, needs = \"any\", shards = 2, load = {{ {load}, \
             down_above = \"never\" }} }}"
        )
    };
    let lost = |load: &str| results("exact", &system(load)).designs.remove(0).service.unserved.unwrap().value;
    // Four replicas that do 100 each are asked for all they can do: what is down is lost.
    close("rate", lost("base = \"400/s\", capacity = \"100/s\""), 0.1, 1e-4);
    close("share", lost("base = \"100%\""), 0.1, 1e-4);
}

/// Of three cells one is down for an hour in a hundred by script.
#[test]
fn a_script_takes_one_part() {
    let system = "component.rock = {}\n\
        service.api = { runs_on = \"rock\", replicas = 2, needs = \"any\", cells = 4 }\n\
        [[scenario.fault]]\ntakes = \"api/3\"\nat = \"10h\"\nlasts = \"1h\"\nevery = \"100h\"";
    let api = results("simulate", system).designs.remove(0).service;
    close("down", api.unavailability.value, 0.01, 5e-3);
    close("lost", api.unserved.unwrap().value, 0.01 / 4.0, 5e-3);
}

/// A bad release that goes cell by cell is noticed in the first, and all that is down is that cell's.
#[test]
fn a_bad_release_takes_one_cell() {
    let system = |batch: &str| {
        format!(
            "component.rock = {{}}\n\
             service.api = {{ runs_on = \"rock\", replicas = 2, needs = \"any\", cells = 4 }}\n\
             [change.release]\nservices = \"api\"\nevery = \"100h\"\nbatch = {batch}\ngap = \"2h\"\n\
             bad = \"100%\"\ndetected = \"30min\"\nrolled_back = \"30min\""
        )
    };
    let api = |batch: &str| results("simulate", &system(batch)).designs.remove(0).service;
    let (cells, all) = (api("\"cell\""), api("\"all\""));
    close("down", cells.unavailability.value, 0.01, 5e-3);
    close("down", all.unavailability.value, 0.01, 5e-3);
    close("lost by cell", cells.unserved.unwrap().value, 0.01 / 4.0, 5e-3);
    close("lost at once", all.unserved.unwrap().value, 0.01, 5e-3);
}

/// One group is down less often than its cells, and serves less: both are compared trial by trial, and the answer says so.
#[test]
fn designs_are_compared_in_what_they_serve() {
    let text = |method: &str| {
        format!(
            "title = \"t\"\nhorizon = \"4y\"\nseed = 1\ntrials = 200\nmethod = {method:?}\n\
             component.rock.mode.crash = {{ fails = \"exponential(mean 9d)\", restored = \"exponential(mean 1h)\" }}\n\
             service.api = {{ runs_on = \"rock\", replicas = 4, needs = \"all\" }}\n\
             [[design]]\nname = \"one group\"\n\
             [[design]]\nname = \"cells\"\nset = {{ \"service.api.cells\" = 5, \"service.api.replicas\" = 1 }}"
        )
    };
    for method in ["simulate", "exact"] {
        let experiment = Experiment::parse("shards.toml", &text(method)).expect("a sound file");
        let results = run(&experiment, &Options::default(), &Unwatched).expect("it runs");
        let comparison = &results.comparisons[0];
        assert_eq!((comparison.design.as_str(), comparison.verdict.as_str()), ("cells", "worse"));
        let unserved = comparison.measures.iter().find(|it| it.measure == "unserved_s_per_year");
        let unserved = unserved.expect("cells serve in part");
        assert_eq!(unserved.verdict, "better", "{method}");
        let group = results.designs[0].service.unavailability.value;
        let difference = results.designs[1].service.unserved.unwrap().value - group;
        close("difference", unserved.difference.value, difference * 8760.0 * 3600.0, 1e-6);
        let answer = fivenines::report::answer(&results);
        assert!(answer.contains("Counting how many are served, \u{201c}cells\u{201d} is better"), "{answer}");
    }
}
