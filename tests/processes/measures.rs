//! Measurements: read from files, played on any number of threads, written as laws and read back.

use fivenines::experiment::{
    Experiment, File, MeasureError, MeasureResults, Models, Options, Study, Style, Unwatched, assumed,
    measure,
};
use fivenines::process::Injected;
use fivenines::random::Law;
use fivenines::report;

use super::episodes::Watched;
use super::mischief::Numbers;

const FILE: &str = r#"
title = "How long is nobody served when the leader crashes?"
model = "watched"
seed = 3
trials = 60

[network]
within = { latency = "1ms" }

[clients.probe]
asks = "constant(1ms)"
timeout = "20ms"
target = "any"

[measure]
fault = "leader-crash"
warm_up = "500ms"
spread = "1s"
within = "600ms"

[[design]]
name = "as it is"

[[design]]
name = "watched closely"
set = { "options.timeout" = "200ms" }

[[design]]
name = "paused"
set = { "measure.fault" = "leader-pause", "measure.lasts" = "uniform(100ms, 1s)" }
"#;

fn models() -> Models {
    Models::new()
        .with::<Watched>("watched", "a leader and a standby that watches it")
        .with::<Numbers>("numbers", "numbers, each given out once")
}

fn study(text: &str) -> Study {
    match File::parse("x.toml", text, &Default::default(), &models()) {
        Ok(File::Study(study)) => *study,
        Ok(File::Experiment(_)) => panic!("it names a model"),
        Err(report) => panic!("{}", report.render(Style { width: 100, unicode: true, color: false })),
    }
}

fn results(text: &str, threads: usize) -> MeasureResults {
    let options = Options {
        threads: Some(threads),
        file: "x.toml".into(),
        command: "nines measure x.toml --name pair".into(),
    };
    measure(&study(text), &options, &Unwatched).unwrap()
}

#[test]
fn results_do_not_depend_on_the_threads() {
    let one = results(FILE, 1);
    assert_eq!(one, results(FILE, 3));
    assert_eq!(serde_json::from_str::<MeasureResults>(&report::measure_json(&one)).unwrap(), one);
}

#[test]
fn what_was_measured_is_told() {
    let style = report::Style { color: false, width: 80, ascii: false };
    insta::assert_snapshot!(report::measure_terminal(&results(FILE, 2), style));
}

/// Detection is uniform over 201 to 301 ms, and the switch takes 50 ms: closed forms of `episodes.rs`, here as results have them.
#[test]
fn intervals_hold_what_is_known() {
    let results = results(&FILE.replace("trials = 60", "trials = 400"), 2);
    let [first, closely, _] = &results.designs[..] else { unreachable!() };
    for (design, mean) in [(first, 0.251), (closely, 0.151)] {
        let detection = design.detection.as_ref().unwrap();
        let figure = detection.mean.unwrap();
        // The standard error is 1.4 ms: three of them.
        assert!((figure.value - mean).abs() < 0.0044, "{figure:?}");
        assert!(figure.lower < figure.value && figure.value < figure.upper && figure.upper < mean + 0.01);
        let switch = design.switch.as_ref().unwrap().mean.unwrap();
        assert!((switch.value - 0.05).abs() < 1e-9);
        let median = detection.quantiles[1].1;
        // Of a uniform law over 100 ms the median of 400 has a standard error of 2.5 ms.
        assert!((median.value - mean).abs() < 0.0075 && median.lower > mean - 0.02, "{median:?}");
        assert_eq!((design.recovery.seen, design.unready), (400, 0));
        let law = design.law.as_ref().unwrap();
        let sum = law.detect.mean().unwrap().secs() + law.switch.mean().unwrap().secs();
        // Each of the two is rounded to half a microsecond over 200.
        assert!((sum - design.recovery.mean.unwrap().value).abs() < 1e-8, "{sum}");
    }
}

/// Where a pause is over before 600 ms it recovers, if not by the standby then by itself; the standby needs 351 ms at most.
#[test]
fn what_does_not_recover_is_counted_and_not_dropped() {
    let short = FILE.replace("within = \"600ms\"", "within = \"300ms\"");
    let results = results(&short, 2);
    let recovery = &results.designs[0].recovery;
    assert!(recovery.seen > 0 && recovery.seen < recovery.of, "{recovery:?}");
    let (_, longest) = recovery.quantiles[3];
    assert_eq!((longest.value, longest.upper), (0.3, 0.3));
    let share = recovery.seen as f64 / recovery.of as f64;
    let law = results.designs[0].law.as_ref().unwrap();
    assert!((law.succeeds.value() - share).abs() < 1e-12 && law.succeeds_at_least.value() < share);
    let style = report::Style { color: false, width: 80, ascii: false };
    let told = report::measure_terminal(&results, style);
    assert!(told.contains("did not recover within 0.30 s") && told.contains("> 0.30 s"), "{told}");
}

/// One design or several, with milestones or without.
#[test]
fn every_measurement_is_drawn() {
    let one = FILE.split("[[design]]").next().unwrap().to_owned();
    let plain = one.replace("watched", "numbers").replace("leader-crash", "process-crash");
    for (text, sides) in [(FILE.to_owned(), 2), (one, 2), (plain, 1)] {
        let files = report::measure_files(&results(&text, 2), "pair");
        let names: Vec<&str> = files.iter().map(|file| file.0.as_str()).collect();
        assert_eq!(names, ["results.json", "measured.svg", "measured.png", "pair.toml"]);
        let svg = String::from_utf8(files[1].1.clone()).unwrap();
        assert!(svg.starts_with("<svg") && svg.contains("Time since the fault"));
        assert_eq!(svg.contains("Time since it was noticed"), sides == 2);
        assert_eq!(svg.contains("watched closely"), text == FILE);
    }
}

/// An experiment with what was measured under these designs, and what a design's failover says.
fn experiment(text: &str, failover: &str) -> Result<Experiment, String> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("measured")).unwrap();
    std::fs::write(folder.path().join("measured/pair.toml"), text).unwrap();
    let file = folder.path().join("file.toml");
    let text = format!(
        r#"
title = "Measured"
horizon = "1y"
seed = 1
[component.server.mode.crash]
fails = "exponential(mean 30d)"
restored = "1h"
[service.db]
runs_on = "server"
replicas = 3
needs = "any"
failover = {{ {failover} }}
"#
    );
    std::fs::write(&file, text).unwrap();
    Experiment::read(&file).map_err(|report| {
        let shown = report.render(Style { width: 100, unicode: false, color: false });
        shown.replace(&folder.path().display().to_string(), "FOLDER")
    })
}

/// What an experiment reads is what was measured, microsecond by microsecond.
#[test]
fn laws_are_written_and_read_back() {
    let results = results(FILE, 2);
    let text = report::measured_toml(&results, "pair").unwrap();
    let micros = |law: &Law| match law {
        Law::Empirical(law) => law.observed().map(|time| time.span().as_micros()).collect::<Vec<_>>(),
        law => vec![law.mean().unwrap().span().as_micros()],
    };
    for design in &results.designs {
        let law = design.law.as_ref().unwrap();
        let manual = "manual = \"1h\"";
        let named = format!("measured = {{ name = \"pair\", design = {:?} }}, {manual}", design.name);
        let read = experiment(&text, &named).unwrap();
        let failover = read.designs[0].system.services["db"].failover.clone().unwrap();
        assert_eq!(micros(&failover.detect), micros(&law.detect), "{}", design.name);
        assert_eq!(micros(&failover.switch), micros(&law.switch));
        assert_eq!(failover.succeeds, law.succeeds);
        let source = failover.source.unwrap();
        assert!(
            source.contains("nines measure x.toml --name pair") && source.contains("60 episodes"),
            "{source}"
        );
        assert!(source.contains(&design.digest.to_string()), "{source}");
        let line = read.sources().into_iter().find(|line| line.path == "service.db.failover").unwrap();
        assert!(
            line.value.starts_with("detect empirical of 60 times from ") && line.value.len() < 300,
            "{line:?}"
        );
    }
}

#[test]
fn what_is_wrong_with_measured_laws_is_said_where_they_are_used() {
    let mut results = results(FILE, 2);
    let several = report::measured_toml(&results, "pair").unwrap();
    results.designs.truncate(1);
    let one = report::measured_toml(&results, "pair").unwrap();
    let of = |text: &str, failover: &str| experiment(text, failover).map(|_| ()).unwrap_err();
    let all = [
        of(&one, "measured = \"pear\""),
        of(&one, "measured = \"raft-election\""),
        of(&one, "measured = \"../pair\""),
        of(&one, "measured = \"pair\", detect = \"10s\", succeeds = \"99%\""),
        of(&several, "measured = \"pair\""),
        of(&several, "measured = { name = \"pair\", design = \"pause\" }"),
        of(&one.replace("measured/1", "measured/9"), "measured = \"pair\""),
        of(&one.replace("empirical(", "empiric("), "measured = \"pair\""),
        of("schema = ", "measured = \"pair\""),
        of(&one.replace("succeeds   = \"100%\"", "succeeds   = \"98%\""), "measured = \"pair\""),
        of(&one, "measured = 3"),
    ];
    insta::assert_snapshot!(all.join("\n"));
    let text = "title = \"T\"\nhorizon = \"1y\"\nseed = 1\n[component.c.mode.m]\nfails = \"mtbf 1d\"\nrestored = \"1h\"\n\
                [service.s]\nruns_on = \"c\"\nreplicas = 2\nneeds = \"any\"\nfailover = { measured = \"pair\" }\n";
    let nowhere = Experiment::parse("x.toml", text).unwrap_err();
    assert!(nowhere.diagnostics()[0].message.contains("beside the experiment's file"));
}

/// The mistakes of a file, as its author reads them.
fn mistakes(text: &str) -> String {
    let report = File::parse("x.toml", text, &Default::default(), &models()).unwrap_err();
    report.render(Style { width: 90, unicode: true, color: false })
}

#[test]
fn mistakes_are_shown_at_their_places() {
    let with = |from: &str, to: &str| mistakes(&FILE.replace(from, to));
    let all = [
        with("seed = 3", "seed = 3\nhorizon = \"1min\""),
        with("fault = \"leader-crash\"\n", ""),
        with("\"leader-crash\"", "\"leader-crush\""),
        with("\"leader-crash\"", "\"site-loss\""),
        with("within = \"600ms\"", "within = \"0s\"\nlast = \"3s\""),
        with("warm_up = \"500ms\"", "warm_up = \"soon\""),
        with(
            "[measure]",
            "[nemesis]\nuntil = \"1s\"\ncrashes = { every = \"1s\", lasts = \"1s\" }\n[measure]",
        ),
        with("trials = 60", "trials = 0"),
    ];
    insta::assert_snapshot!(all.join("\n"));
}

#[test]
fn a_protocol_in_which_nobody_leads_says_so() {
    let text = FILE.split("[[design]]").next().unwrap();
    let text = text.replace("watched", "numbers").replace("trials = 60", "trials = 8");
    let run = |text: &str| measure(&study(text), &Options::default(), &Unwatched);
    let error = run(&text).unwrap_err();
    assert!(matches!(error, MeasureError::Nobody { .. }));
    assert!(error.to_string().contains("in none of 8 episodes could leader-crash strike"), "{error}");
    assert!(run(&text.replace("leader-crash", "process-crash")).is_ok());
    let plain = text.split("[measure]").next().unwrap().replace("seed = 3", "seed = 3\nhorizon = \"1s\"");
    assert!(matches!(run(&plain).unwrap_err(), MeasureError::Nothing));
}

#[test]
fn what_is_assumed_of_a_model_is_a_file() {
    let text = assumed("watched", Injected::SiteLoss, &models()).unwrap();
    let study = study(&text);
    assert_eq!((study.trials, study.designs[0].staged.processes()), (1000, 2));
    assert_eq!(study.designs[0].measure.as_ref().unwrap().injection.what, Injected::SiteLoss);
}
