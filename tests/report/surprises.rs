//! Answers that are not what one would expect: what the report says of them, from designs that were really played.

use fivenines::experiment::{Experiment, Options, Results, Unwatched, run};
use fivenines::report::{Style, html, terminal};

const PLAIN: Style = Style { color: false, width: 100, ascii: false };
const TITLE: &str = "What one might not expect";

fn played(text: &str) -> Results {
    let experiment = Experiment::parse("test.toml", text).unwrap_or_else(|report| panic!("{report}"));
    run(&experiment, &Options::default(), &Unwatched).expect("it can be played")
}

/// What stands in the section, on one line; nothing where there is none.
fn said(results: &Results) -> String {
    let text = terminal(results, PLAIN);
    assert_eq!(html(results).contains(TITLE), text.contains(TITLE), "the page says as much as the terminal");
    let Some((_, rest)) = text.split_once(TITLE) else { return String::new() };
    rest.split("\n\n").next().unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ")
}

const MAJORITY: &str = r#"
title = "More replicas"
horizon = "10y"
seed = 1
trials = 2000
[site.a]
[site.b]
[component.server.mode.crash]
fails = "exponential(mean 50d)"
restored = "exponential(mean 12h)"
[service.db]
runs_on = "server"
replicas = 3
needs = "majority"
[[design]]
name = "three"
"#;

/// Four replicas need three, so that the loss of any two is an outage: 6 pairs instead of 3.
#[test]
fn a_fourth_replica_of_a_majority_is_told_from_what_fails() {
    let results =
        played(&format!("{MAJORITY}[[design]]\nname = \"four\"\nset.\"service.db.replicas\" = 4\n"));
    insta::assert_snapshot!(said(&results));
}

/// Five are better than three, which nobody has to be told.
#[test]
fn what_is_as_one_expects_is_not_mentioned() {
    let results =
        played(&format!("{MAJORITY}[[design]]\nname = \"five\"\nset.\"service.db.replicas\" = 5\n"));
    assert_eq!(said(&results), "");
}

/// A hundred slow failovers a year: a third replica is no help against them.
#[test]
fn what_more_replicas_do_not_help_against_is_named() {
    let pair = MAJORITY.replace("replicas = 3\nneeds = \"majority\"", "replicas = 2\nneeds = \"any\"");
    let pair = pair.replace("name = \"three\"", "name = \"two\"");
    let failover = "[service.db.failover]\ndetect = \"1min\"\nswitch = \"5min\"\n[[design]]";
    let results = played(&format!(
        "{}[[design]]\nname = \"three\"\nset.\"service.db.replicas\" = 3\n",
        pair.replace("[[design]]", failover).replace("mean 50d", "mean 5d").replace("mean 12h", "mean 10min")
    ));
    insta::assert_snapshot!(said(&results));
}

/// What stands in two rooms has all that breaks in either, where it needs both.
#[test]
fn another_place_may_be_another_thing_to_break() {
    let text = MAJORITY.replace("replicas = 3\nneeds = \"majority\"", "replicas = 2\nneeds = 2");
    let sites = "levels = [\"room\"]\n[level.room.mode.flood]\nfails = \"exponential(mean 20d)\"\n\
                 restored = \"exponential(mean 6h)\"\n[site.a]";
    let text = text.replace("[site.a]", sites).replace("name = \"three\"", "name = \"one room\"");
    let spread = "[[design]]\nname = \"two rooms\"\nset.\"service.db.spread\" = \"room\"\n";
    insta::assert_snapshot!(said(&played(&format!("{text}{spread}"))));
}
