//! Exit code 2: every mistake in a file or on the command line is named, and nothing is written.

use super::{Desk, MARKOV, shipped};

/// Runs a file of this content, which must be refused with these words.
#[track_caller]
fn refused(text: impl AsRef<[u8]>, parts: &[&str]) {
    let desk = Desk::new().with("file.toml", text);
    for command in ["run", "check"] {
        let said = desk.nines(&[command, "file.toml"]).exits(2);
        parts.iter().for_each(|part| assert!(said.err.contains(part), "{part}\n{}", said.err));
        assert_eq!(said.out, "");
        assert!(!said.err.contains('\u{1b}'), "no escape codes into a pipe");
    }
    assert_eq!(desk.names("."), ["file.toml"], "nothing was written");
}

/// The small file with one text in the place of another.
fn changed(from: &str, to: &str) -> String {
    assert!(MARKOV.contains(from), "{from}");
    MARKOV.replacen(from, to, 1)
}

#[test]
fn a_file_that_cannot_be_read_is_refused() {
    let desk = Desk::new();
    desk.nines(&["run", "nope.toml"]).exits(2).complains("nope.toml: there is no such file");
    desk.nines(&["run", "."]).exits(2).complains("this is a directory, not an experiment file");
    assert!(desk.names(".").is_empty());
    let huge = std::fs::File::create(desk.path("huge.toml")).unwrap();
    huge.set_len(100_000_000).unwrap();
    desk.nines(&["run", "huge.toml"]).exits(2).complains("this file is 100 MB");
    refused(b"title = \"caf\xe9\"", &["line 1 is not UTF-8 text", "file.toml:1:13"]);
    refused(format!("a = {}", "[".repeat(100_000)), &["brackets are nested deeper"]);
    refused("title = \"T", &["file.toml:1"]);
    refused("", &["title"]);
}

#[test]
fn a_mistyped_key_is_shown_in_its_place_with_the_nearest_one() {
    let text = changed("replicas = 2", "replcas = 2");
    refused(text, &["replcas", "did you mean `replicas`?", "file.toml:15:1", "───"]);
}

#[test]
fn quantities_that_cannot_be_are_refused() {
    refused(changed("mean 1d", "mean 1 parsec"), &["parsec", "file.toml:10"]);
    refused(changed("mean 1d", "mean -1d"), &["-1d", "negative"]);
    refused(changed("\"90%\"", "\"110%\""), &["110%", "0% to 100%"]);
    refused(changed("\"1y\"", "\"-1y\""), &["-1y", "negative"]);
    refused(changed("replicas = 2", "replicas = 0"), &["`web` has no replicas"]);
    refused(changed("\"any\"", "3"), &["needs 3 replicas but has only 2"]);
}

#[test]
fn systems_that_cannot_be_are_refused() {
    let circle = format!(
        "{MARKOV}\n[service.a]\nmembers = [\"b\"]\nneeds = 1\n[service.b]\nmembers = [\"a\"]\nneeds = 1\n"
    );
    refused(circle, &["in a circle: a -> b -> a"]);
    let zones = changed("[service.web]", "[site.\"{a,b}\"]\n[service.web]\nspread = \"3 zones\"");
    let zones = zones
        .replacen("seed = 1", "seed = 1\nlevels = [\"zone\"]", 1)
        .replace("replicas = 2", "replicas = 3");
    refused(zones, &["`web` wants 3 zones, but there are 2: `a`, `b`"]);
}

#[test]
fn a_sweep_over_billions_of_points_is_refused_at_once() {
    let numbers = format!("{:?}", (1..=1000).collect::<Vec<u32>>());
    let mut text = MARKOV.to_owned();
    let services = ["a", "b", "c"];
    services
        .iter()
        .for_each(|name| text += &format!("[service.{name}]\nruns_on = \"server\"\nneeds = \"any\"\n"));
    text += "[sweep]\n";
    services.iter().for_each(|name| text += &format!("service.{name}.replicas = {numbers}\n"));
    refused(text, &["2,000,000,000 designs"]);
}

#[test]
fn all_mistakes_are_shown_at_once() {
    let text = changed("mean 1d", "mean 1 parsec").replacen("replicas = 2", "replcas = 2", 1);
    refused(text.replacen("\"90%\"", "\"110%\"", 1), &["parsec", "replcas", "110%"]);
}

#[test]
fn flags_that_make_no_sense_are_refused() {
    let desk = Desk::markov();
    for (flags, part) in [
        (&["--threads", "0"][..], "at least one thread"),
        (&["--threads", "100000"], "1024 is the most"),
        (&["--trials", "0"], "at least one trial"),
        (&["--precision", "0%"], "a precision of 0%"),
        (&["--precision", "110%"], "0% to 100%"),
        (&["--method", "guess"], "\"guess\" is no method: write \"auto\", \"simulate\" or \"exact\""),
        (&["--horizon", "0s"], "a trial must take some time"),
        (&["--horizon", "1 parsec"], "parsec"),
        (&["--horizon=-1d"], "negative"),
        (&["--horizon", "-1d"], "\"-1d\" is negative"),
        (&["--horizon", "600000y"], "584,000 years"),
        (&["--precision", "-5%"], "\"-5%\" is no probability"),
        (&["--trials", "-1"], "'-1' for '--trials <NUMBER>': write a whole number, 0 or more"),
        (&["--threads", "1.5"], "write a whole number"),
        (&["--seed", "one"], "'one' for '--seed <NUMBER>': write a whole number"),
        (&["--seed", "99999999999999999999"], "this number is too large"),
        (&["--design", "three"], "there is no design `three`; the file has `one`, `two, or more`"),
        (&["--sed", "1"], "--seed"),
        (&["other.toml"], "other.toml"),
    ] {
        desk.nines(&[&["run", "markov.toml"], flags].concat()).exits(2).complains(part);
    }
    desk.nines(&[]).exits(2).complains("Usage: nines");
    desk.nines(&["walk"]).exits(2).complains("walk");
    desk.nines(&["replay", "markov.toml", "--trial", "0"]).exits(2).complains("`one`, `two, or more`");
    desk.nines(&["replay", "markov.toml", "--design", "one"]).exits(2).complains("--trial");
    assert_eq!(desk.names("."), ["markov.toml"], "nothing was written");
}

#[test]
fn a_folder_that_cannot_be_made_is_refused_before_the_run() {
    let desk = Desk::markov().with("file", "");
    for out in ["file", "file/below", "file/far/below"] {
        let said = desk.nines(&["run", "markov.toml", "--out", out]).exits(2);
        let said = said.complains(&format!("cannot write to the folder `{out}`"));
        assert_eq!(said.out, "", "it did not run");
    }
    assert_eq!(desk.names("."), ["file", "markov.toml"]);
}

#[test]
fn what_was_there_stays_when_a_run_comes_to_nothing() {
    let desk = Desk::new();
    std::fs::create_dir(desk.path("out")).unwrap();
    let zones = shipped("three-zones.toml");
    desk.nines(&["run", &zones, "--method", "exact", "--out", "out/new"]).exits(2);
    assert_eq!(desk.names("."), ["out"]);
    assert!(desk.names("out").is_empty());
}
