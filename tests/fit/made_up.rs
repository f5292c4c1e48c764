//! The made-up log, whose laws are known: in the east 60 nodes, Weibull of shape 0.65 and scale 95 d; in the west 25,
//! exponential of mean 150 d; repairs lognormal with a median of 72 min and sigma 1.1; two losses of power of a rack.

use std::path::Path;

use fivenines::experiment::Experiment;

use super::{desk, fit, made_up};

const POPULATION: [&str; 6] =
    ["--population", "east=60", "--population", "west=25", "--population", "south=20"];
const COLUMNS: [&str; 11] = [
    "made-up.csv",
    "--start",
    "down",
    "--end",
    "up",
    "--by",
    "node",
    "--from",
    "2023-01-01",
    "--until",
    "2025-01-01",
];

fn run(folder: &Path, more: &[&str]) -> String {
    std::fs::copy(made_up(), folder.join("made-up.csv")).unwrap();
    let (code, out, err) = fit(folder, &[&COLUMNS[..], more].concat());
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    assert!(out.lines().all(|line| line.chars().count() <= 80 || line.contains("source   =")), "{out}");
    out
}

#[test]
fn one_group_is_told_in_full() {
    let folder = tempfile::tempdir().unwrap();
    insta::assert_snapshot!("east", run(folder.path(), &["--where", "site=east", "--population", "60"]));
}

#[test]
fn several_groups_have_a_row_each() {
    let folder = tempfile::tempdir().unwrap();
    let groups = [&["--group", "site"][..], &POPULATION].concat();
    insta::assert_snapshot!("sites", run(folder.path(), &groups));
}

#[test]
fn the_folder_has_everything_and_the_laws_can_be_pasted() {
    let folder = tempfile::tempdir().unwrap();
    let groups = [&["--group", "site", "--out", "fitted", "--resamples", "40"][..], &POPULATION].concat();
    run(folder.path(), &groups);
    let read = |name: &str| std::fs::read_to_string(folder.path().join("fitted").join(name)).unwrap();
    let laws = read("laws.toml");
    let service = "[service.s]\nruns_on = \"site-east\"\nreplicas = 2\nneeds = \"any\"\n";
    let text = format!("title = \"pasted\"\nhorizon = \"1y\"\nseed = 1\n\n{laws}\n{service}");
    assert!(Experiment::parse("pasted.toml", &text).is_ok(), "{text}");
    let json: serde_json::Value = serde_json::from_str(&read("fit.json")).unwrap();
    assert_eq!(json["groups"].as_array().unwrap().len(), 3);
    assert_eq!(json["groups"][0]["failures"]["laws"][0]["family"], "weibull");
    // South has two failures: nothing to plot.
    let plots =
        ["failure-survival", "failure-hazard", "failure-quantiles", "repair-survival", "repair-quantiles"];
    for plot in plots {
        for site in ["east", "west"] {
            assert!(read(&format!("{site}-{plot}.svg")).contains("</svg>"));
            assert!(folder.path().join(format!("fitted/{site}-{plot}.png")).exists());
        }
        assert!(!folder.path().join(format!("fitted/south-{plot}.svg")).exists());
    }
    // Neither the order of rows nor a second time changes a byte.
    let before = read("fit.json");
    run(folder.path(), &groups);
    assert_eq!(before, read("fit.json"));
}

/// Twenty disks that are replaced every hundred days, a day later each time: no ends, and times to failure all the same.
#[test]
fn a_log_of_replacements_gives_times_to_failure() {
    let mut log = "rack,slot,at\n".to_owned();
    for turn in 0..15 {
        for disk in 0..20 {
            let seconds = 1_262_304_000 + 86_400 * (100 * turn + turn * disk / 2 + 3 * disk);
            log += &format!("{},{},{seconds}\n", disk / 10, disk % 10);
        }
    }
    let folder = desk(&log);
    let (code, out, err) = fit(folder.path(), &["log.csv", "--start", "at", "--by", "rack", "--by", "slot"]);
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    let said = out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains("299 failures, 20 censored; 20 units of which 20 appear"), "{out}");
    assert!(said.contains("0 repairs; 300 of unknown length"), "{out}");
    assert!(
        said.contains("No repair of known length (--end or --down names the column that has it)."),
        "{out}"
    );
    assert!(!said.contains("no end"), "{out}");
    // What is missing keeps the block from being taken as it is.
    assert!(out.contains("# [component.unit.mode.failure]") && out.contains("# fails    = "), "{out}");
}

#[test]
fn groups_whose_names_differ_in_case_only_have_tables_and_files_of_their_own() {
    let rows = std::fs::read_to_string(made_up()).unwrap();
    // The west becomes the East, capitalized.
    let folder = desk(&rows.replace("west", "East"));
    let asked =
        ["log.csv", "--start", "down", "--end", "up", "--by", "node", "--group", "site", "--resamples", "0"];
    let (code, out, err) = fit(folder.path(), &[&asked[..], &["--out", "fitted"]].concat());
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    let table = |name: &str| out.contains(&format!("[component.{name}.mode.failure]"));
    assert!(table("site-east") && table("site-east-2"), "{out}");
    assert!(out.contains("22 files in fitted: fit.json, laws.toml,") && out.contains("and 10 more"), "{out}");
    let laws = std::fs::read_to_string(folder.path().join("fitted/laws.toml")).unwrap();
    let service = "[service.s]\nruns_on = \"site-east-2\"\nreplicas = 2\nneeds = \"any\"\n";
    let text = format!("title = \"pasted\"\nhorizon = \"1y\"\nseed = 1\n\n{laws}\n{service}");
    assert!(Experiment::parse("pasted.toml", &text).is_ok(), "{text}");
}
