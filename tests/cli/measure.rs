//! `nines measure`, and what becomes of it in an experiment.

use std::path::Path;

use super::{Desk, Said};

/// The experiments that ship, where commands name them as they do in the repository.
fn desk() -> Desk {
    let desk = Desk::new();
    std::fs::create_dir_all(desk.path("experiments/measured")).unwrap();
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("experiments");
    for name in ["raft-failover.toml", "measured-failover.toml", "measured/raft-election.toml"] {
        std::fs::copy(shipped.join(name), desk.path("experiments").join(name)).unwrap();
    }
    desk
}

/// The laws that ship are what the file that ships gives, byte by byte.
#[test]
fn the_laws_that_ship_are_measured_again() {
    let desk = desk();
    let arguments = ["measure", "experiments/raft-failover.toml", "--name", "raft-election"];
    let said = desk.nines(&arguments).exits(0);
    assert!(
        said.out.contains("failover = { measured = \"raft-election\" }")
            || said.out.contains("raft-election.toml")
    );
    assert_eq!(
        desk.names("nines-out/raft-failover"),
        ["measured.png", "measured.svg", "raft-election.toml", "results.json"]
    );
    let read = |path: &str| std::fs::read_to_string(desk.path(path)).unwrap();
    assert_eq!(
        read("nines-out/raft-failover/raft-election.toml"),
        read("experiments/measured/raft-election.toml"),
        "the laws that ship are not what is measured now: measure them again"
    );
}

#[test]
fn a_model_is_measured_by_its_name_with_what_is_assumed_told() {
    let desk = desk();
    let few = |seed: &str| {
        desk.nines(&[
            "measure",
            "primary-backup",
            "--fault",
            "leader-isolation",
            "--trials",
            "20",
            "--seed",
            seed,
        ])
        .exits(0)
    };
    let said = few("1");
    assert!(said.out.contains("Only the model was named.") && said.out.contains("asks    = "), "{said:#?}");
    assert_eq!(said.out, few("1").out);
    assert_ne!(said.out, few("2").out);
    let laws = std::fs::read_to_string(desk.path("nines-out/primary-backup/primary-backup.toml")).unwrap();
    assert!(
        laws.contains(
            "command    = \"nines measure primary-backup --fault leader-isolation --seed 2 --trials 20\""
        ),
        "{laws}"
    );
    // What was assumed is a file that gives the same.
    let text: toml::Table = laws.parse().unwrap();
    std::fs::write(desk.path("own.toml"), text["assumed"].as_str().unwrap()).unwrap();
    desk.nines(&["measure", "own.toml", "--trials", "20", "--seed", "2"]).exits(0);
    let again: toml::Table =
        std::fs::read_to_string(desk.path("nines-out/own/own.toml")).unwrap().parse().unwrap();
    assert_eq!((&again["digest"], &again["design"]), (&text["digest"], &text["design"]));
}

#[test]
fn an_episode_is_replayed_by_its_number() {
    let desk = desk();
    let span = ["--from", "2s", "--until", "4.5s"];
    let told = |trial: &str| {
        let arguments = ["replay", "experiments/raft-failover.toml", "--trial", trial];
        desk.nines(&[&arguments[..], &span].concat()).exits(0).out
    };
    let story = told("7");
    let at = |what: &str| story.find(what).unwrap_or_else(|| panic!("{what}: {story}"));
    assert!(at("from now on p") < at("(suspects)") && at("(suspects)") < at("(leader)"), "{story}");
}

#[track_caller]
fn refused(arguments: &[&str], part: &str) -> Said {
    desk().nines(arguments).exits(2).complains(part)
}

#[test]
fn what_cannot_be_measured_is_said() {
    refused(&["run", "experiments/raft-failover.toml"], "nines measure experiments/raft-failover.toml");
    refused(&["measure", "raff"], "`raff` is neither a file nor a model; the models are backup, chain");
    refused(&["measure", "raff.toml"], "there is no such file");
    refused(&["measure", "experiments/measured-failover.toml"], "only protocols can be measured");
    refused(&["measure", "raft", "--fault", "leader-crush"], "write one of leader-crash, leader-pause");
    refused(&["measure", "experiments/raft-failover.toml", "--fault", "site-loss"], "--fault is for a model");
    refused(&["measure", "experiments/raft-failover.toml", "--name", "a/b"], "letters, digits, - and _");
    refused(&["measure", "experiments/raft-failover.toml", "--design", "x"], "there is no design `x`");
    refused(&["measure", "raft", "--trials", "0"], "at least one episode");
    refused(&["measure", "swim", "--trials", "3"], "in none of 3 episodes could leader-crash strike");
}

#[test]
fn what_is_measured_is_not_solved_for() {
    let solve = |path: &str| {
        refused(
            &[
                "solve",
                "experiments/measured-failover.toml",
                "--for",
                path,
                "--design",
                "as measured",
                "--objective",
                "99.999%",
            ],
            "",
        )
    };
    let said = solve("service.db.failover.detect");
    assert!(said.err.contains("is measured: it is what the laws `raft-election` say"), "{said:#?}");
}

#[test]
fn check_shows_what_was_measured() {
    let desk = desk();
    let said = desk.nines(&["check", "experiments/raft-failover.toml"]).exits(0);
    assert!(said.out.contains("3 processes, measures a leader-crash"), "{said:#?}");
    let said = desk.nines(&["check", "experiments/measured-failover.toml", "--resolved"]).exits(0);
    let resolved: serde_json::Value = serde_json::from_str(&said.out).unwrap();
    let failover = &resolved["designs"][0]["system"]["services"]["db"]["failover"];
    assert!(failover["detect"].as_str().unwrap().starts_with("empirical("), "{failover}");
    assert!(failover["source"].as_str().unwrap().starts_with("measured: `nines measure"), "{failover}");
}
