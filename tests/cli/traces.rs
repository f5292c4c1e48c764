//! Logs that traces replay: what is said of them, and what is wrong with them.

use fivenines::experiment::Results;

use super::Desk;

/// Ten days of four nodes. Node a is down for a day, b and c together for two; d does not appear.
const LOG: &str = "site,node,down,up
eu,a,2024-01-03 00:00,2024-01-04 00:00
eu,b,2024-01-06 00:00,2024-01-08 00:00
eu,c,2024-01-06 00:00,2024-01-07 00:00
eu,c,2024-01-06 12:00,2024-01-08 00:00
eu,c,2024-01-06 12:00,2024-01-08 00:00
eu,a,2023-12-01 00:00,2023-12-02 00:00
eu,b,2024-01-09 00:00,
us,a,2024-01-01 00:00,2024-01-11 00:00
eu,a,soon,2024-01-11 00:00
";

const FILE: &str = r#"title = "Replayed"
horizon = "10d"
seed = 1
trials = 600
precision = "90%"

[trace.log]
start = "down"
end = "up"
by = "node"
where = "site = eu"
population = 4
since = "2024-01-01"
until = "2024-01-11"
source = "our own log"

[component.node]
trace = "log"

[service.group]
runs_on = "node"
replicas = 2
needs = "any"
"#;

fn desk() -> Desk {
    Desk::new().with("file.toml", FILE).with("log.csv", LOG)
}

const RUN: [&str; 4] = ["run", "file.toml", "--trace", "log=log.csv"];

fn results(desk: &Desk, folder: &str) -> Results {
    serde_json::from_slice(&std::fs::read(desk.path(folder).join("results.json")).unwrap()).unwrap()
}

#[test]
fn a_log_is_replayed_and_its_rows_are_accounted_for() {
    let desk = desk();
    let said = desk.nines(&RUN).exits(0);
    insta::assert_snapshot!(said.out);
    let results = results(&desk, "nines-out/file");
    let [trace] = &results.traces[..] else { panic!("{:?}", results.traces) };
    assert_eq!((trace.nodes, trace.silent, trace.outages), (4, 1, 3));
    assert_eq!(trace.unavailability, 5.0 / 40.0);
    assert_eq!(trace.window_s, 10.0 * 86_400.0);
    // Of six pairs of nodes one, b and c, is down: for two of ten days. Over whole windows that is exact in each trial,
    // so that the standard deviation is 0.2 (5/36)^(1/2) = 0.075; five of them over 600 trials.
    let unavailability = results.designs[0].service.unavailability.value;
    let trials = results.designs[0].trials as f64;
    assert!((unavailability - 0.2 / 6.0).abs() < 5.0 * 0.075 / trials.sqrt(), "{unavailability}");
    // What multiplying says: each is down an eighth of the time.
    assert!((results.designs[0].naive_unavailability - 1.0 / 64.0).abs() < 1e-15);
    assert_eq!(results.designs[0].service.causes[0].mode, "logged");
    assert_eq!(results.command, "nines run file.toml --trace log=log.csv");
    assert!(results.sources.iter().any(|line| line.source.as_deref() == Some("our own log")));
}

#[test]
fn a_replay_does_not_depend_on_threads_or_the_order_of_rows() {
    let mut rows: Vec<&str> = LOG.lines().collect();
    rows[1..].reverse();
    let desk = desk().with("reversed.csv", rows.join("\n"));
    desk.nines(&[&RUN[..], &["--threads", "1", "--out", "a"]].concat()).exits(0);
    desk.nines(&[&RUN[..], &["--threads", "5", "--out", "b"]].concat()).exits(0);
    let reversed = ["run", "file.toml", "--trace", "log=reversed.csv", "--out", "c"];
    desk.nines(&reversed).exits(0);
    assert_eq!(results(&desk, "a"), results(&desk, "b"));
    let (first, other) = (results(&desk, "a"), results(&desk, "c"));
    assert_eq!(first.digest, other.digest);
    assert_eq!(first.traces[0].digest, other.traces[0].digest);
}

#[test]
fn check_and_replay_take_logs_too() {
    let desk = desk();
    let said = desk.nines(&["check", "file.toml"]).exits(0);
    assert!(said.out.contains("the log of the trace `log` was not given and not looked at"), "{said:?}");
    let said = desk.nines(&["check", "file.toml", "--trace", "log=log.csv"]).exits(0);
    assert!(!said.out.contains("not given"), "{said:?}");
    // The first trial that has something to tell tells the same twice.
    let tell = |trial: &str| {
        desk.nines(&["replay", "file.toml", "--trace", "log=log.csv", "--trial", trial]).exits(0).out
    };
    let story = ["0", "1", "2", "3"].map(tell).into_iter().find(|story| story.contains("fails  group-"));
    assert!(story.unwrap().contains("(node): logged"));
    assert_eq!(tell("3"), tell("3"));
}

#[test]
fn there_is_no_exact_solution_of_a_log() {
    desk()
        .nines(&[&RUN[..], &["--method", "exact"]].concat())
        .exits(2)
        .complains("`node` plays the trace `log`, and what a log says is no law with exponential stages");
}

#[test]
fn a_log_that_is_not_given_is_asked_for() {
    let said = desk().nines(&["run", "file.toml"]).exits(2);
    insta::assert_snapshot!(said.err);
    let said = desk().nines(&["replay", "file.toml", "--trial", "0"]).exits(2);
    said.complains("the log that the trace `log` replays is not given");
}

#[test]
fn what_is_wrong_with_a_log_is_said_at_what_the_file_says_of_it() {
    let changed = |from: &str, to: &str| {
        assert!(FILE.contains(from), "{from}");
        Desk::new().with("file.toml", FILE.replacen(from, to, 1)).with("log.csv", LOG)
    };
    let mut said = String::new();
    let mut refuse = |desk: Desk, trace: &str| {
        for command in ["run", "check"] {
            let refused = desk.nines(&[command, "file.toml", "--trace", trace]).exits(2);
            assert_eq!(refused.out, "");
            if command == "run" {
                said += &refused.err;
            }
        }
    };
    refuse(desk(), "lgo=log.csv");
    refuse(desk(), "log=nowhere.csv");
    refuse(desk(), "log");
    refuse(changed("start = \"down\"", "start = \"dwon\""), "log=log.csv");
    refuse(changed("site = eu", "stie = eu"), "log=log.csv");
    refuse(changed("site = eu", "site = moon"), "log=log.csv");
    refuse(changed("population = 4", "population = 2"), "log=log.csv");
    refuse(changed("since = \"2024-01-01\"", "since = \"2024-01-10\""), "log=log.csv");
    refuse(changed("since = \"2024-01-01\"", "since = \"2025-01-01\""), "log=log.csv");
    refuse(changed("replicas = 2", "replicas = 5"), "log=log.csv");
    insta::assert_snapshot!(said);
}

#[test]
fn a_trial_that_counts_more_than_the_window_is_warned_of() {
    let said = desk().nines(&[&RUN[..], &["--horizon", "1y"]].concat()).exits(0);
    assert!(said.out.contains("warning: the trace `log` is of 0.03 years and begins again"), "{said:?}");
}

/// The numbers of the book's chapter, where the log (LA-UR-05-7318, not shipped) is at hand.
#[test]
fn the_log_of_los_alamos_says_what_the_book_says() {
    #[allow(clippy::disallowed_methods, reason = "where a file is, not what is in it")]
    let named = std::env::var_os("NINES_LANL_LOG").map(std::path::PathBuf::from);
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let beside = ["../shared", "../../shared"].map(|folder| root.join(folder).join("data/lanl/failures.csv"));
    let Some(log) = named.into_iter().chain(beside).find(|path| path.exists()) else {
        println!("skipped: the log of Los Alamos is not here; say where with NINES_LANL_LOG");
        return;
    };
    let trace = format!("lanl={}", log.display());
    let desk = Desk::new();
    let file = super::shipped("lanl-replay.toml");
    let run = ["run", &file, "--trace", &trace, "--trials", "20000", "--out", "out"];
    desk.nines(&[&run[..], &["--design", "2 of 3, replayed"]].concat());
    let results = results(&desk, "out");
    let [trace] = &results.traces[..] else { panic!("{:?}", results.traces) };
    assert_eq!((trace.nodes, trace.silent, trace.outages), (1024, 125, 2750));
    assert!((trace.unavailability / 3.2479e-4 - 1.0).abs() < 1e-3);
    // By the hypergeometric chance, over the log's time, that two of three nodes are among those that are down.
    let found = results.designs[0].service.unavailability;
    assert!(found.lower < 8.752e-7 && 8.752e-7 < found.upper, "{found:?}");
}
