//! A crate of one's own: written, built and run.

use std::path::Path;
use std::process::Command;

use super::{Desk, Said};

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

/// The library is built once more for it, in the release profile: `.ci/run` does that, after it has built everything else so.
#[test]
#[ignore = "builds a crate in the release profile, which takes minutes where nothing is built yet"]
fn a_new_crate_builds_runs_and_passes_its_test() {
    let desk = Desk::new();
    desk.nines(&["new", "my-model"]).exits(0);
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    // The same versions of everything, so that nothing has to be fetched.
    std::fs::copy(root.join("Cargo.lock"), desk.path("my-model/Cargo.lock")).unwrap();
    let cargo = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO"));
        command
            .args(arguments)
            .current_dir(desk.path("my-model"))
            .env("CARGO_TARGET_DIR", root.join("target"));
        Said::new(command.output().unwrap())
    };
    let run = cargo(&["run", "--offline", "--release", "--", "run", "experiment.toml"]).exits(1);
    assert!(run.out.contains("“does not” breaks what must hold"), "{run:#?}");
    assert!(run.out.contains("was handed out twice"), "{run:#?}");
    cargo(&["test", "--offline", "--release"]).exits(0);
}
