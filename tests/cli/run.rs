//! `nines run`: files, exit codes, methods, the terminal.

use fivenines::experiment::Results;
use unicode_width::UnicodeWidthStr;

use super::{Desk, MARKOV, shipped};

fn results(desk: &Desk, folder: &str) -> Results {
    let text = std::fs::read_to_string(desk.path(folder).join("results.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

const PLOTS: [&str; 10] = [
    "causes.png",
    "causes.svg",
    "downtime.png",
    "downtime.svg",
    "timeline.png",
    "timeline.svg",
    "windows.png",
    "windows.svg",
    "years.png",
    "years.svg",
];

#[test]
fn a_run_writes_a_report_tables_and_plots() {
    let desk = Desk::markov();
    let said = desk.nines(&["run", "markov.toml", "--out", "deep/out"]).exits(0);
    let mut expected: Vec<&str> = PLOTS.to_vec();
    expected.extend(["report.html", "results.csv", "results.json"]);
    expected.sort_unstable();
    assert_eq!(desk.names("deep/out"), expected);
    expected.iter().for_each(|name| assert!(said.out.contains(name), "{name} is not named"));

    let read = |name: &str| std::fs::read(desk.path("deep/out").join(name)).unwrap();
    assert!(read("report.html").starts_with(b"<!DOCTYPE html>"));
    assert!(read("results.csv").len() > 100);
    for plot in PLOTS {
        let start: &[u8] = if plot.ends_with("png") { b"\x89PNG" } else { b"<svg" };
        assert!(read(plot).starts_with(start), "{plot}");
    }
    let results = results(&desk, "deep/out");
    assert_eq!((results.seed, results.version.as_str()), (1, env!("CARGO_PKG_VERSION")));
    assert_eq!(results.file, "markov.toml");
    assert_eq!(results.designs.len(), 2);
    assert_eq!(results.designs[0].method, "exact");
    assert!(results.sources.iter().any(|line| line.source.as_deref() == Some("assumption")));
    assert!(said.out.contains(&results.digest.to_string()), "the digest is shown");
}

#[test]
fn results_are_as_readable_as_other_files() {
    let desk = Desk::markov();
    desk.nines(&["run", "markov.toml", "--method", "exact"]).exits(0);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let file = desk.path("nines-out/markov/results.json");
        assert_eq!(std::fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o644);
    }
    assert!(desk.path("nines-out/markov/report.html").exists(), "the folder is named after the file");
}

#[test]
fn a_second_run_takes_the_place_of_the_first() {
    let desk = Desk::markov();
    desk.nines(&["run", "markov.toml", "--out", "out"]).exits(0);
    let names = desk.names("out");
    desk.nines(&["run", "markov.toml", "--out", "out", "--seed", "2"]).exits(0);
    assert_eq!(desk.names("out"), names);
    assert_eq!(results(&desk, "out").seed, 2);
}

#[test]
fn no_plot_of_an_earlier_run_stays_beside_a_new_report() {
    let desk = Desk::markov().with("notes.txt", "mine");
    desk.nines(&["run", "markov.toml", "--out", "."]).exits(0);
    desk.nines(&["run", "markov.toml", "--out", ".", "--method", "exact"]).exits(0);
    let left = [
        "downtime.png",
        "downtime.svg",
        "markov.toml",
        "notes.txt",
        "report.html",
        "results.csv",
        "results.json",
    ];
    assert_eq!(desk.names("."), left);
}

#[test]
fn a_solution_without_trials_has_a_digest_of_its_own() {
    let desk = Desk::markov().with("other.toml", MARKOV.replace("30d", "31d"));
    let digests = |file: &str| {
        desk.nines(&["run", file, "--method", "exact", "--out", "out"]).exits(0);
        let results = results(&desk, "out");
        let designs = results.designs.iter().map(|design| design.digest);
        designs.chain([results.digest]).map(|digest| digest.to_string()).collect::<Vec<_>>()
    };
    let (first, again, other) = (digests("markov.toml"), digests("markov.toml"), digests("other.toml"));
    assert_eq!(first, again);
    for (at, digest) in first.iter().enumerate() {
        assert_ne!(*digest, other[at], "digest {at} does not depend on the model");
    }
}

#[test]
fn an_objective_that_too_few_trials_cannot_decide_is_not_called_met() {
    let objective = "[objective]\nservice = \"web\"\navailability = \"99.9999%\"\n\n[component";
    let rare = MARKOV.replacen("[component", objective, 1).replace("30d", "300y");
    let desk = Desk::new().with("rare.toml", rare);
    let said = desk.nines(&[
        "run",
        "rare.toml",
        "--method",
        "simulate",
        "--trials",
        "30",
        "--design",
        "two, or more",
    ]);
    let said = said.exits(3);
    let words = said.out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("whether it meets the objective of 99.9999% cannot be told"), "{}", said.out);
    assert!(words.contains("undecided") && !words.contains("; it meets"), "{}", said.out);
}

#[test]
fn the_command_in_the_results_gives_them_again() {
    let desk = Desk::new().with("it's mine.toml", MARKOV);
    let flags = ["--seed", "7", "--horizon", "400d", "--trials", "300", "--precision", "70%"];
    let more = ["--method", "simulate", "--design", "two, or more", "--out", "a"];
    desk.nines(&[&["run", "it's mine.toml"], &flags[..], &more[..]].concat()).exits(0);
    let first = results(&desk, "a");
    assert_eq!(first.horizon_s, 400.0 * 86_400.0);
    if cfg!(unix) {
        let script = format!("{} --out b", first.command.replacen("nines", "\"$0\"", 1));
        let mut shell = std::process::Command::new("sh");
        shell.args(["-c", &script, env!("CARGO_BIN_EXE_nines")]).current_dir(desk.folder.path());
        super::Said::new(shell.output().unwrap()).exits(0);
        assert_eq!(first, results(&desk, "b"));
    }
}

#[test]
fn an_objective_that_no_design_meets_is_exit_code_1() {
    let objective = |availability: &str| {
        format!("{MARKOV}\n[objective]\nservice = \"web\"\navailability = \"{availability}\"\n")
    };
    let desk =
        Desk::new().with("hard.toml", objective("99.99999%")).with("easy.toml", objective("99% yearly"));
    desk.nines(&["run", "hard.toml"]).exits(1);
    desk.nines(&["run", "easy.toml"]).exits(0);
    // What was found is written all the same.
    assert_eq!(results(&desk, "nines-out/hard").designs[0].meets_objective, Some(false));
}

#[test]
fn trials_that_end_before_the_precision_are_exit_code_3() {
    let desk = Desk::markov();
    let flags = ["run", "markov.toml", "--method", "simulate", "--precision", "0.1%", "--trials", "50"];
    let said = desk.nines(&flags).exits(3);
    assert!(said.out.contains("before the precision asked"), "{said:?}");
    assert_eq!(results(&desk, "nines-out/markov").designs[0].stop, "budget");
}

#[test]
fn the_methods_are_what_they_are_called() {
    let desk = Desk::markov();
    let method = |name: &str| {
        desk.nines(&["run", "markov.toml", "--method", name, "--out", name]).exits(0);
        results(&desk, name)
    };
    let (auto, exact, simulate) = (method("auto"), method("exact"), method("simulate"));
    for index in 0..2 {
        let unavailability = |results: &Results| results.designs[index].service.unavailability.value;
        assert_eq!(unavailability(&auto), unavailability(&exact));
        assert_eq!((exact.designs[index].trials, &*exact.designs[index].stop), (0, "exact"));
        assert!(auto.designs[index].trials > 0 && auto.designs[index].exact.is_some());
        assert!(simulate.designs[index].exact.is_none());
        assert_eq!(auto.designs[index].digest, simulate.designs[index].digest, "the same trials");
    }
}

#[test]
fn exact_on_laws_that_are_not_exponential_says_which() {
    let desk = Desk::new();
    let file = shipped("three-zones.toml");
    let said = desk.nines(&["run", &file, "--method", "exact"]).exits(2);
    for part in ["one zone", "outage", "eu", "lognormal(median 4h, p95 15h)"] {
        assert!(said.err.contains(part), "{part}: {}", said.err);
    }
    assert!(desk.names(".").is_empty(), "{:?}", desk.names("."));
}

#[test]
fn designs_are_picked_by_name_in_the_order_of_the_command_line() {
    let desk = Desk::markov();
    let pick = |names: &[&str]| -> Vec<String> {
        let mut arguments = vec!["run", "markov.toml", "--method", "exact"];
        names.iter().for_each(|&name| arguments.extend(["--design", name]));
        desk.nines(&arguments).exits(0);
        results(&desk, "nines-out/markov").designs.into_iter().map(|design| design.name).collect()
    };
    assert_eq!(pick(&["two, or more", "one"]), ["two, or more", "one"]);
    assert_eq!(pick(&["one"]), ["one"]);
    assert_eq!(pick(&["one", "one"]), ["one"], "asked twice, tried once");
}

#[test]
fn nothing_but_text_goes_into_a_pipe_and_no_line_is_too_long() {
    let desk = Desk::new().with("m.toml", MARKOV);
    let zones = shipped("three-zones.toml");
    std::fs::copy(&zones, desk.path("zones.toml")).unwrap();
    for arguments in [&["run", "m.toml"][..], &["run", "zones.toml", "--trials", "60"]] {
        for no_color in [false, true] {
            let mut command = desk.command(arguments);
            if no_color {
                command.env("NO_COLOR", "1");
            }
            let said = super::Said::new(command.output().unwrap());
            assert!([0, 3].contains(&said.code), "{said:?}");
            assert_eq!(said.err, "", "no progress bar");
            assert!(!said.out.contains(['\u{1b}', '\r']), "{}", said.out);
            for line in said.out.lines() {
                assert!(line.width() <= 80, "{} columns: {line}", line.width());
            }
        }
    }
}

#[test]
fn a_plain_locale_gets_plain_signs() {
    let desk = Desk::markov();
    let said = super::Said::new(desk.command(&["run", "markov.toml"]).env("LC_ALL", "C").output().unwrap());
    assert!(said.out.is_ascii(), "{}", said.out);
}
