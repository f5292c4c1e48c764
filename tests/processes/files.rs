//! Experiments on protocols: read from files, played on any number of threads, told and drawn.

use fivenines::experiment::{File, Models, Options, Study, StudyResults, Style, Unwatched, run_study};
use fivenines::report;
use fivenines::units::{Instant, Span};

use super::mischief::Numbers;

const FILE: &str = r#"
title = "Is no number given out twice?"
model = "numbers"
horizon = "30s"
seed = 3
trials = 24

[network]
within = { latency = "1ms" }

[clients.one]
count = 2
thinks = "exponential(mean 50ms)"
timeout = "300ms"

[clients.other]
asks = "exponential(mean 200ms)"
timeout = "300ms"

[hosts]
fail = "exponential(mean 20s)"
restored = "uniform(500ms, 2s)"

[[design]]
name = "careful"
set = { "options.careful" = true }

[[design]]
name = "careless"

[[design]]
name = "careless, with a nemesis"
set = { "nemesis.until" = "20s", "nemesis.crashes.every" = "exponential(mean 3s)", "nemesis.crashes.lasts" = "1s", "nemesis.pauses.every" = "exponential(mean 3s)", "nemesis.pauses.lasts" = "200ms" }
"#;

fn models() -> Models {
    Models::new().with::<Numbers>("numbers", "numbers, each given out once")
}

fn study(text: &str) -> Study {
    match File::parse("x.toml", text, &Default::default(), &models()) {
        Ok(File::Study(study)) => *study,
        Ok(File::Experiment(_)) => panic!("it names a model"),
        Err(report) => panic!("{}", report.render(Style { width: 100, unicode: true, color: false })),
    }
}

fn results(threads: usize) -> StudyResults {
    let options =
        Options { threads: Some(threads), file: "x.toml".into(), command: "nines run x.toml".into() };
    run_study(&study(FILE), &options, &Unwatched).unwrap()
}

#[test]
fn results_do_not_depend_on_the_threads() {
    let one = results(1);
    assert_eq!(one, results(3));
    assert_eq!(serde_json::from_str::<StudyResults>(&report::protocol_json(&one)).unwrap(), one);
}

#[test]
fn what_was_found_is_told() {
    let style = report::Style { color: false, width: 80, ascii: false };
    insta::assert_snapshot!(report::protocol_terminal(&results(2), style));
}

#[test]
fn a_host_is_down_as_long_as_its_laws_say() {
    // Up for 20 s and down for 1.25 s on average: 1.25 / 21.25 = 5.9%, less at the start, where all are up: over T = 30 s the share
    // is lower by the factor 1 - (1 - exp(-T / t)) t / T with t = 20 * 1.25 / 21.25 s (were the repair exponential; how it is
    // spread shifts the start alone), which is 0.96: 5.65%. In 2,000 trials there are some 2,800 failures: a relative standard error of
    // 1.1 / 53 = 2%. The threshold is 5 of them.
    let mut study = study(FILE);
    study.trials = 2_000;
    study.designs.truncate(1);
    study.clients.clear();
    let results = run_study(&study, &Options::default(), &Unwatched).unwrap();
    let idle = results.designs[0].idle.as_ref().unwrap().value;
    assert!((idle / 0.0565 - 1.0).abs() < 0.1, "{idle}");
}

#[test]
fn from_a_nemesis_comes_no_estimate() {
    let results = results(2);
    let [careful, careless, nemesis] = &results.designs[..] else { unreachable!() };
    assert_eq!((careful.violations, careful.clients.len()), (0, 3));
    assert!(careless.violations > 0 && careless.latency.is_some());
    assert!(nemesis.adversarial && nemesis.violations > 0);
    assert!(nemesis.clients.is_empty() && nemesis.latency.is_none() && nemesis.idle.is_none());
}

#[test]
fn a_trial_is_told_drawn_and_traced() {
    let study = study(FILE);
    let end = Instant::START + study.horizon.span();
    let told = study.designs[2].staged.tell(study.seed, 0, end);
    let text = report::story_text(&told, Instant::START, Instant::START + Span::from_secs(5));
    insta::assert_snapshot!(text.lines().take(24).collect::<Vec<_>>().join("\n"));

    let trace: serde_json::Value = serde_json::from_str(&report::chrome_trace(&told, end)).unwrap();
    let events = trace["traceEvents"].as_array().unwrap();
    let count = |phase: &str| events.iter().filter(|event| event["ph"] == phase).count();
    // Two lines of metadata for the faults and each of three processes; a flow that ends has begun.
    assert_eq!(count("M"), 8);
    assert!(count("f") <= count("s") && count("X") > 100);
    let down =
        events.iter().filter(|event| event["name"] == "down").map(|event| event["dur"].as_u64().unwrap());
    assert!(down.clone().count() > 3 && down.max().unwrap() <= 30_000_000);

    let svg =
        report::story_svg(&told, ("Title", "trial 0"), Instant::START, Instant::START + Span::from_secs(10));
    assert!(svg.starts_with("<svg") && svg.contains("Seconds since the start"));
}

#[test]
fn faults_made_few_are_a_file_that_still_breaks_it() {
    let study = study(FILE);
    let end = Instant::START + study.horizon.span();
    let shrunk = study.designs[2].staged.shrink(study.seed, 0, end).unwrap();
    assert!(shrunk.of > 5 && shrunk.schedule.faults().len() <= 1, "{shrunk:?}");
    let written = report::schedule_toml(&shrunk.schedule);
    let again = self::study(&format!("{}\n{written}", FILE.split("[[design]]").next().unwrap()));
    let seen = again.designs[0].staged.tell(again.seed, 0, end);
    assert_eq!(seen.violation, Some(shrunk.violation));
    assert_eq!(seen.faults, shrunk.schedule);
}

/// The mistakes of a file, as its author reads them.
fn mistakes(text: &str) -> String {
    let report = File::parse("x.toml", text, &Default::default(), &models()).unwrap_err();
    report.render(Style { width: 90, unicode: true, color: false })
}

#[test]
fn mistakes_are_shown_at_their_places() {
    let file = r#"
title = "Mistakes"
model = "numbers"
horizon = "30s"
seed = 3
live_within = "soon"

[options]
carefull = true

[network]
within = { latency = "1ms", loses = "200%" }
sites = { eu = 5 }

[clients.one]
thinks = "exponential(mean 50ms)"
asks = "1s"

[clients.two]
thinks = "1s"
site = "us"
target = "closest"

[[fault]]
at = "10s"
for = "5s"
crash = 7

[[fault]]
at = "10s"
crash = 1

[[fault]]
at = "10s"
for = "1s"

[nemesis]
crashes = { every = "10s" }

[[design]]
name = "other"
set = { "opions.careful" = true }
"#;
    insta::assert_snapshot!(mistakes(file));
    insta::assert_snapshot!(mistakes("title = \"T\"\nmodel = \"number\"\nhorizon = \"1s\"\nseed = 1\n"));
    let wrong = FILE.replace("\"options.careful\" = true", "\"options.careful\" = \"yes\"");
    insta::assert_snapshot!(mistakes(&wrong));
}
