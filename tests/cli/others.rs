//! `nines check`, `replay`, `list`, and help.

use super::{Desk, MARKOV, shipped};

#[test]
fn every_shipped_experiment_passes_its_check() {
    let desk = Desk::new();
    let folder = shipped("");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|ending| ending == "toml"));
    assert!(files.len() >= 3);
    for file in files {
        let said = desk.nines(&["check", file.to_str().unwrap()]).exits(0);
        assert!(said.out.contains(": no mistakes\n"), "{}", said.out);
        assert_eq!(said.err, "");
    }
}

#[test]
fn check_says_what_it_understood() {
    let desk = Desk::markov();
    let said = desk.nines(&["check", "markov.toml"]).exits(0);
    assert_eq!(
        said.out,
        "markov.toml: no mistakes\nOne server or two?\n  one: 1 service, 0 sites; service.web.replicas = 1\n  \
         two, or more: 1 service, 0 sites\n"
    );
    let said = desk.nines(&["check", "markov.toml", "--resolved"]).exits(0);
    let json: serde_json::Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(json["title"], "One server or two?");
    assert_eq!(json["designs"].as_array().unwrap().len(), 2);
    assert_eq!(desk.names("."), ["markov.toml"]);
}

#[test]
fn replay_tells_the_same_story_twice() {
    let desk = Desk::new();
    let zones = shipped("three-zones.toml");
    let replay =
        |trial: &str| desk.nines(&["replay", &zones, "--design", "one zone", "--trial", trial]).exits(0).out;
    let story = replay("3");
    assert_eq!(story, replay("3"));
    assert_ne!(story, replay("4"));
    for part in [
        "design one zone, trial 3, seed 1, 1y",
        "fails  db-2 (server at eu/a): crash",
        "DOWN",
        "UP",
        "digest ",
    ] {
        assert!(story.contains(part), "{part}\n{story}");
    }
    assert!(desk.names(".").is_empty());
}

#[test]
fn replay_tells_scripted_faults() {
    let desk = Desk::new();
    let game_day = shipped("game-day.toml");
    let said = desk.nines(&["replay", &game_day, "--design", "software", "--trial", "1", "--horizon", "11d"]);
    insta::assert_snapshot!(said.exits(0).out);
}

#[test]
fn replay_needs_no_design_where_there_is_one_and_takes_the_settings() {
    let text = MARKOV.replacen("[[design]]\nname = \"two, or more\"\n", "", 1);
    let desk = Desk::new().with("one.toml", text);
    let said = desk.nines(&["replay", "one.toml", "--trial", "0", "--horizon", "1s", "--seed", "9"]).exits(0);
    assert!(said.out.contains("trial 0, seed 9, 1s"), "{}", said.out);
    assert!(said.out.contains("nothing failed\n\nweb: never down\n0 events"), "{}", said.out);
    desk.nines(&["replay", "one.toml", "--trial", "18446744073709551615"]).exits(0);
}

#[test]
fn list_names_the_experiments_and_the_broken_ones() {
    let desk = Desk::new();
    std::fs::create_dir(desk.path("experiments")).unwrap();
    let said = desk.nines(&["list"]).exits(0);
    assert_eq!(said.out, "no experiment files (*.toml) in experiments\n");
    std::fs::write(desk.path("experiments/b.toml"), MARKOV).unwrap();
    std::fs::write(desk.path("experiments/a.toml"), "title = 1").unwrap();
    std::fs::write(desk.path("experiments/readme.txt"), "not one").unwrap();
    let said = desk.nines(&["list"]).exits(0);
    let b = "experiments/b.toml\n    One server or two?\n    designs: `one`, `two, or more`\n";
    assert!(said.out.ends_with(b), "{}", said.out);
    assert!(said.out.starts_with("experiments/a.toml\n    has "), "{}", said.out);
    assert!(said.out.contains("see `nines check experiments/a.toml`"), "{}", said.out);
    assert!(!said.out.contains("readme"));
    desk.nines(&["list", "nowhere"]).exits(2).complains("cannot list the folder `nowhere`");
    let said = desk.nines(&["list", &shipped("")]).exits(0);
    assert!(said.out.contains("Checkout: one zone, three zones, or two regions?"), "{}", said.out);
}

#[test]
fn help_and_version_are_no_mistakes() {
    let desk = Desk::new();
    let said = desk.nines(&["--help"]).exits(0);
    assert!(said.out.contains("Exit codes:") && said.err.is_empty());
    for command in ["run", "check", "replay", "list", "catalog", "fit"] {
        assert!(desk.nines(&[command, "--help"]).exits(0).out.contains("Usage: nines"));
    }
    assert_eq!(desk.nines(&["--version"]).exits(0).out, format!("nines {}\n", env!("CARGO_PKG_VERSION")));
}
