//! A crate of one's own: written, built and run.

use std::process::Command;

use super::Desk;
use crate::book::page::Page;
use crate::book::{console, root};

#[test]
fn a_new_crate_is_written_once_and_under_its_own_name() {
    let desk = Desk::new();
    let said = desk.nines(&["new", "half-a-quorum"]).exits(0);
    assert!(said.out.contains("cargo run --release -- run experiment.toml"), "{said:#?}");
    assert_eq!(desk.names("half-a-quorum"), ["Cargo.toml", "experiment.toml", "src", "tests"]);
    assert_eq!(desk.names("half-a-quorum/src"), ["lib.rs", "main.rs"]);
    let main = std::fs::read_to_string(desk.path("half-a-quorum/src/main.rs")).unwrap();
    assert!(main.contains("fivenines::cli::main(&half_a_quorum::models())"), "{main}");
    let manifest: toml::Table =
        std::fs::read_to_string(desk.path("half-a-quorum/Cargo.toml")).unwrap().parse().unwrap();
    assert_eq!(manifest["package"]["name"].as_str(), Some("half-a-quorum"));
    assert!(manifest["dependencies"]["fivenines"].get("path").is_some(), "{manifest:?}");

    desk.nines(&["new", "half-a-quorum"]).exits(2).complains("is there already");
    desk.nines(&["new", "Half a quorum"]).exits(2).complains("is no name for a crate");
}

/// It does all that the book's lesson does, and says what that shows. The library is built once more for it, in the release profile:
/// `.ci/run` does that, after it has built everything else so.
#[test]
#[ignore = "builds a crate in the release profile, which takes minutes where nothing is built yet"]
fn a_new_crate_builds_runs_and_passes_its_test() {
    let desk = Desk::new();
    let lesson = Page::read(&root().join("book/src/lesson.md"));
    let folder = desk.path("counter");
    let cargo = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO"));
        let words = [&arguments[..1], &["--offline", "--release"], &arguments[1..]].concat();
        command.args(words).current_dir(&folder).env("CARGO_TARGET_DIR", root().join("target"));
        let output = command.env("NO_COLOR", "1").env("LC_ALL", "C.UTF-8").output().unwrap();
        // What cargo says of its own goes elsewhere.
        (output.status.code().unwrap_or(-1), String::from_utf8(output.stdout).unwrap())
    };
    console::play(&lesson, "console,new", &|step, at| match step.command.as_str() {
        "nines new counter" => {
            let said = console::run(step, folder.parent().expect("it is on the desk"), at);
            // The same versions of everything, so that nothing has to be fetched.
            std::fs::copy(root().join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
            said
        }
        "cd counter" => (0, String::new()),
        "cargo test --release" => cargo(&["test"]),
        command => match command.strip_prefix("cargo run --release -- ") {
            Some(rest) => {
                let words = console::words(rest);
                let words: Vec<&str> = words.iter().map(String::as_str).collect();
                cargo(&[&["run", "--"], &words[..]].concat())
            }
            None => console::run(step, &folder, at),
        },
    });
}
