//! Ctrl-C and pipes that close.

use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::{Desk, MARKOV};

/// Presses Ctrl-C.
fn interrupt(child: &Child) {
    let id = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
}

/// Starts a run that would take hours, and interrupts it when it is well under way.
fn interrupted(desk: &Desk, arguments: &[&str]) {
    let mut command = desk.command(arguments);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    std::thread::sleep(Duration::from_millis(700));
    interrupt(&child);
    let said = super::Said::new(child.wait_with_output().unwrap());
    let said = said.exits(130).complains("interrupted; nothing was written");
    assert_eq!(said.out, "");
}

#[test]
fn ctrl_c_ends_a_run_and_leaves_nothing() {
    let desk = Desk::markov();
    let long = ["--trials", "1000000000", "--precision", "0.001%", "--method", "simulate"];
    interrupted(&desk, &[&["run", "markov.toml", "--out", "some/where"], &long[..]].concat());
    assert_eq!(desk.names("."), ["markov.toml"]);
}

#[test]
fn ctrl_c_is_heard_within_a_batch_of_long_trials() {
    let desk = Desk::markov();
    // A trial takes most of a second, and the first batch has 200.
    let long = ["--trials", "100000", "--horizon", "50000y", "--method", "simulate", "--precision", "0.001%"];
    interrupted(&desk, &[&["run", "markov.toml"], &long[..]].concat());
    assert_eq!(desk.names("."), ["markov.toml"]);
}

/// One service on many kinds that nothing makes alike: two to the power of their number in states.
fn large(kinds: u32) -> String {
    let mut text = "title = \"T\"\nhorizon = \"1y\"\nseed = 1\nmethod = \"exact\"\n".to_owned();
    let mut names = Vec::new();
    for kind in 0..kinds {
        let (fails, restored) = (100 + kind, 10 + kind);
        text += &format!("[component.k{kind}.mode.m]\nfails = \"exponential(mean {fails}h)\"\n");
        text += &format!("restored = \"exponential(mean {restored}h)\"\n");
        names.push(format!("k{kind}"));
    }
    text + &format!("[service.web]\nruns_on = {names:?}\n")
}

#[test]
fn ctrl_c_ends_the_search_for_an_exact_solution() {
    let desk = Desk::new().with("large.toml", large(21));
    interrupted(&desk, &["run", "large.toml"]);
    assert_eq!(desk.names("."), ["large.toml"]);
}

#[test]
fn a_system_far_too_large_for_an_exact_solution_is_refused_at_once() {
    let desk = Desk::new().with("large.toml", large(40));
    desk.nines(&["run", "large.toml"])
        .exits(2)
        .complains("at least 1.1e12 states, and 3 million are the most");
}

#[test]
fn a_closed_pipe_is_no_mistake() {
    let desk = Desk::new().with("m.toml", MARKOV);
    let binary = env!("CARGO_BIN_EXE_nines");
    for (arguments, code) in [
        ("run m.toml", 0),
        ("check m.toml --resolved", 0),
        ("replay m.toml --design one --trial 0", 0),
        ("run no", 2),
    ] {
        let script = format!("{{ \"$0\" {arguments}; echo $? > code; }} 2> err | true");
        let status =
            Command::new("sh").args(["-c", &script, binary]).current_dir(desk.folder.path()).status();
        assert!(status.unwrap().success());
        // The shell may be gone before the first half of the pipe.
        let mut text = String::new();
        for _ in 0..100 {
            text.clear();
            if let Ok(mut file) = std::fs::File::open(desk.path("code")) {
                file.read_to_string(&mut text).unwrap();
            }
            if text.ends_with('\n') {
                break;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        assert_eq!(text.trim(), code.to_string(), "{arguments}");
        let err = std::fs::read_to_string(desk.path("err")).unwrap();
        assert!(!err.contains("panicked"), "{err}");
        std::fs::remove_file(desk.path("code")).unwrap();
    }
    assert!(desk.path("nines-out/m/report.html").exists(), "files are written though nobody reads");
}
