//! `nines catalog`, and files that use it.

use unicode_width::UnicodeWidthStr;

use super::{Desk, MARKOV, shipped};

/// The small file with its crashes from the catalog, exactly solvable.
fn from_the_catalog() -> String {
    let own = "[component.server.mode.crash]\nfails = \"exponential(mean 30d)\"\nrestored = \"exponential(mean 1d)\"\n\
               source = \"assumption\"\n";
    assert!(MARKOV.contains(own));
    MARKOV.replacen(
        own,
        "[component.server]\nfrom = \"catalog:server/crash\"\nmode.crash.restored = \"exponential(mean 1d)\"\n",
        1,
    )
}

#[test]
fn the_list_fits_a_terminal_and_has_every_entry() {
    let desk = Desk::new();
    for words in [&["catalog"][..], &["catalog", "a"]] {
        let said = desk.nines(words).exits(0);
        let wide: Vec<&str> = said.out.lines().filter(|line| line.width() > 80).collect();
        assert!(wide.is_empty(), "{wide:#?}");
    }
    let said = desk.nines(&["catalog"]).exits(0);
    assert!(said.out.lines().count() > 60);
    assert!(
        said.out
            .lines()
            .any(|line| line.starts_with("disk/hdd ") && line.contains("Hard disk, mean of a fleet"))
    );
    assert!(said.out.contains("nines catalog WORDS"), "{}", said.out);
    assert!(desk.names(".").is_empty());
}

#[test]
fn words_filter_and_a_key_shows_everything() {
    let desk = Desk::new();
    let said = desk.nines(&["catalog", "rack", "ford"]).exits(0);
    assert!(said.out.contains("outage.fails mtbf 10.2y; Ford 2010"), "{}", said.out);
    assert!(!said.out.contains("disk/hdd"), "{}", said.out);
    let said = desk.nines(&["catalog", "disk/hdd"]).exits(0);
    assert_eq!(said.out, desk.nines(&["catalog", "catalog:disk/hdd"]).exits(0).out);
    insta::assert_snapshot!(said.out);
    let said = desk.nines(&["catalog", "failover/rds-event"]).exits(0);
    assert!(
        said.out.contains("in a file: succeeds or starts = \"catalog:failover/rds-event\""),
        "{}",
        said.out
    );
    desk.nines(&["catalog", "perpetuum", "mobile"]).exits(2).complains("has \"perpetuum mobile\" in it");
}

#[test]
fn a_key_that_is_not_there_suggests_the_nearest() {
    let desk = Desk::new();
    let near = |word: &str, meant: &str| {
        desk.nines(&["catalog", word]).exits(2).complains(&format!("(did you mean `{meant}`?)"));
    };
    near("disk/hddd", "disk/hdd");
    near("catalog:rack/unavailabel", "rack/unavailable");
    near("swich", "switch");
    let far = desk.nines(&["catalog", "perpetuum"]).exits(2);
    assert!(!far.err.contains("did you mean"), "{}", far.err);
}

#[test]
fn json_has_what_the_text_has() {
    let desk = Desk::new();
    let all = desk.nines(&["catalog", "--json"]).exits(0).out;
    let all: serde_json::Value = serde_json::from_str(&all).unwrap();
    assert!(all.as_array().unwrap().len() >= 60);
    let one = desk.nines(&["catalog", "rack/unavailable", "--json"]).exits(0).out;
    let one: serde_json::Value = serde_json::from_str(&one).unwrap();
    let fails = &one[0]["modes"]["outage"]["fails"];
    assert_eq!((&fails["typical"], &fails["evidence"]), (&"mtbf 10.2y".into(), &"quoted".into()));
    assert_eq!(fails["sources"][0]["short"], "Ford 2010");
}

#[test]
fn check_resolved_shows_values_and_sources() {
    let desk = Desk::new().with("file.toml", from_the_catalog());
    let json = desk.nines(&["check", "file.toml", "--resolved"]).exits(0).out;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let design = &json["designs"][0];
    let crash = &design["system"]["components"]["server"]["modes"]["crash"];
    assert_eq!(
        (&crash["fails"], &crash["restored"]),
        (&"exponential(rate 2/y)".into(), &"exponential(mean 1d)".into())
    );
    let used = &design["uses"][0];
    assert_eq!(
        (&used["entry"], &used["path"]),
        (&"server/crash".into(), &"component.server.mode.crash.fails".into())
    );
    assert!(used["figure"]["sources"][0]["cite"].as_str().unwrap().contains("LADIS 2009"));
}

#[test]
fn the_report_names_the_sources() {
    let desk = Desk::new().with("file.toml", from_the_catalog());
    let said = desk.nines(&["run", "file.toml", "--method", "exact"]).exits(0);
    assert!(said.out.contains("Sources: Dean, keynote at LADIS 2009"), "{}", said.out);
    let read = |name: &str| std::fs::read_to_string(desk.path("nines-out/file").join(name)).unwrap();
    let json: serde_json::Value = serde_json::from_str(&read("results.json")).unwrap();
    assert_eq!(json["sources"][0]["entry"], "server/crash");
    assert!(json["sources"][0]["source"].as_str().unwrap().ends_with("(secondary source)"));
    assert!(json.get("uncertainty").is_none());
    assert!(read("report.html").contains("catalog: server/crash"));
}

#[test]
fn uncertainty_says_how_far_the_answer_moves() {
    let desk = Desk::new().with("file.toml", from_the_catalog());
    let arguments = ["run", "file.toml", "--method", "exact", "--uncertainty", "--draws", "5"];
    let said = desk.nines(&arguments).exits(0);
    for part in [
        "How far the answer moves within the catalog's ranges",
        "server/crash fails",
        "The answer holds throughout the ranges",
        "All figures at once, 5 draws",
        "again: nines run file.toml --method exact --uncertainty --draws 5",
        "tornado.png",
    ] {
        assert!(said.out.contains(part), "{part}\n{}", said.out);
    }
    assert!(said.out.lines().all(|line| line.width() <= 80), "{}", said.out);
    let text = std::fs::read_to_string(desk.path("nines-out/file/results.json")).unwrap();
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(json["uncertainty"]["ranges"][0]["entry"], "server/crash");
    assert_eq!(json["uncertainty"]["joint"]["draws"], 5);
}

#[test]
fn uncertainty_without_the_catalog_is_refused() {
    let desk = Desk::markov();
    desk.nines(&["run", "markov.toml", "--uncertainty"])
        .exits(2)
        .complains("no value of this file is from the catalog");
    desk.nines(&["run", "markov.toml", "--draws", "5"]).exits(2).complains("--uncertainty");
    let hardware = shipped("catalog-hardware.toml");
    desk.nines(&["run", &hardware, "--uncertainty", "--draws", "99999"])
        .exits(2)
        .complains("10000 is the most");
    assert_eq!(desk.names("."), ["markov.toml"]);
}
