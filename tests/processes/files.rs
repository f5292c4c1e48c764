//! Experiments on protocols: read from files, played on any number of threads, told and drawn.

use fivenines::experiment::{File, Models, Options, Study, StudyResults, Style, Told, Unwatched, run_study};
use fivenines::process::{Fate, Id, Line, Schedule, What};
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

pub(super) fn models() -> Models {
    Models::new().with::<Numbers>("numbers", "numbers, each given out once")
}

pub(super) fn study(text: &str) -> Study {
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

/// What would take too long to find out is not passed over: neither the answer, nor the table, nor the page calls it checked.
#[test]
fn what_was_not_decided_is_told() {
    let puzzling =
        FILE.replace("set = { \"options.careful\" = true }", "set = { \"options.puzzles\" = true }");
    let results = run_study(&study(&puzzling), &Options::default(), &Unwatched).unwrap();
    let [puzzles, careless, ..] = &results.designs[..] else { panic!("there are three designs") };
    assert_eq!((puzzles.undecided, puzzles.violations), (24, 0));
    assert!(careless.undecided == 0 && careless.violations > 0);
    let style = report::Style { color: false, width: 200, ascii: false };
    for text in [report::protocol_terminal(&results, style), report::protocol_html(&results)] {
        assert!(text.contains("careful: in 24 of 24 trials it would take too long to find out"), "{text}");
        assert!(text.contains("none seen"), "{text}");
    }
    let told = study(&puzzling).designs[0].staged.tell(3, 0, Instant::START + Span::from_secs(30));
    assert!(told.undecided && told.violation.is_none());
    let alone = puzzling.split("[[design]]\nname = \"careless\"").next().unwrap();
    let results = run_study(&study(alone), &Options::default(), &Unwatched).unwrap();
    let text = report::protocol_terminal(&results, style);
    assert!(text.contains("Nothing that must hold was broken, as far as that was decided."), "{text}");
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
    assert!(careless.violations > 0 && careless.clients[0].latency.is_some());
    assert!(nemesis.adversarial && nemesis.violations > 0);
    assert!(nemesis.clients.is_empty() && nemesis.windows.is_empty() && nemesis.idle.is_none());
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
    // Two lines of metadata for the faults and each of three processes.
    assert_eq!(count("M"), 8);
    assert!(count("X") > 100);
    let down =
        events.iter().filter(|event| event["name"] == "down").map(|event| event["dur"].as_u64().unwrap());
    assert!(down.clone().count() > 3 && down.max().unwrap() <= 30_000_000);

    let svg =
        report::story_svg(&told, ("Title", "trial 0"), Instant::START, Instant::START + Span::from_secs(10));
    assert!(svg.starts_with("<svg") && svg.contains("Seconds since the start"));
}

#[test]
fn messages_are_flows_from_where_they_were_sent_to_where_they_ended() {
    let line = |micros, of, what| Line { at: Instant::from_micros(micros), of: Some(Id::new(of)), what };
    let told = Told {
        lines: vec![
            line(10, 0, What::Sent { to: Id::new(1), number: 7, text: "Vote".into() }),
            line(10, 0, What::Sent { to: Id::new(1), number: 8, text: "Vote".into() }),
            line(25, 1, What::Received { from: Id::new(0), number: 7 }),
            line(30, 1, What::Dropped { number: 8, fate: Fate::Cut }),
            line(40, 1, What::Crashed),
        ],
        faults: Schedule::default(),
        violation: None,
        undecided: false,
        hosts: vec![],
        processes: 2,
    };
    let trace: serde_json::Value =
        serde_json::from_str(&report::chrome_trace(&told, Instant::from_micros(100))).unwrap();
    let flows: Vec<(String, u64, u64, u64)> = trace["traceEvents"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|event| event["cat"] == "message" && event["ph"] != "X")
        .map(|event| {
            let number = |key: &str| event[key].as_u64().unwrap();
            (event["ph"].as_str().unwrap().to_owned(), number("id"), number("pid"), number("ts"))
        })
        .collect();
    let flow = |phase: &str, id, pid, ts| (phase.to_owned(), id, pid, ts);
    assert_eq!(flows, [flow("s", 7, 1, 10), flow("s", 8, 1, 10), flow("f", 7, 2, 25), flow("f", 8, 2, 30)]);
    let down = trace["traceEvents"].as_array().unwrap().iter().find(|event| event["name"] == "down").unwrap();
    assert_eq!((&down["ts"], &down["dur"]), (&40.into(), &60.into()));
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

/// What files may say of partitions that flap and disks that lose everything is what a schedule has, and is written back.
#[test]
fn partitions_that_flap_and_disks_that_are_lost_are_read_and_written() {
    let head = FILE.split("[[design]]").next().unwrap();
    let faults = r#"
[[fault]]
at = "2s"
for = "5s"
flap = { from = [0], to = [1, 3], on = "uniform(10ms, 30ms)", off = "exponential(mean 1s)" }
"#;
    let nemesis = r#"
[nemesis]
until = "25s"
flapping = { every = "exponential(mean 5s)", lasts = "1s", on = "10ms", off = "20ms" }
erased = { every = "exponential(mean 5s)", lasts = "1s" }
corrupted = { every = "exponential(mean 5s)", lasts = "1s" }
"#;
    let told = |text: &str| {
        let study = study(text);
        study.designs[0].staged.tell(study.seed, 0, Instant::START + study.horizon.span()).faults
    };
    let written = report::schedule_toml(&told(&format!("{head}{faults}")));
    assert_eq!(written.trim(), faults.trim());
    let made_up = told(&format!("{head}{nemesis}"));
    let kinds = ["on and off", "is erased", "is damaged"];
    for kind in kinds {
        assert!(made_up.faults().iter().any(|fault| fault.to_string().contains(kind)), "{kind}: {made_up:?}");
    }
    assert_eq!(told(&format!("{head}{}", report::schedule_toml(&made_up))), made_up);
}

/// The mistakes of a file, as its author reads them.
pub(super) fn mistakes(text: &str) -> String {
    let report = File::parse("x.toml", text, &Default::default(), &models()).unwrap_err();
    report.render(Style { width: 90, unicode: true, color: false })
}

#[test]
pub(super) fn mistakes_are_shown_at_their_places() {
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

#[test]
fn what_would_be_ignored_or_never_end_is_a_mistake() {
    let file = r#"
title = "Mistakes"
model = "numbers"
horizon = "30s"
seed = 3

[options]
servers = 0

[network]
within = { latency = "0s", buffer = "1ms" }

[clients.eager]
thinks = "0s"
backoff = "1s"

[clients.endless]
asks = "0s"

[[fault]]
at = "10s"
for = "5s"
jump = { of = 0, by_ms = 0.5 }

[[fault]]
at = "10s"
for = "5s"
disk = { of = 0, what = "erased" }

[[fault]]
at = "10s"
for = "5s"
noise = { delay = "1ms" }

[[fault]]
at = "10s"
for = "5s"
flap = { from = [0], to = [1], on = "1s", off = "0s" }

[nemesis]
until = "10s"
noise = { every = "1s", lasts = "1s" }
flapping = { every = "1s", lasts = "1s", on = "1s" }
erased = { every = "1s" }
"#;
    insta::assert_snapshot!(mistakes(file));
}

#[test]
fn what_was_found_makes_a_page_and_plots() {
    let mut study = study(FILE);
    study.title = "<script>alert(1)</script>".into();
    study.trials = 8;
    let mut results = run_study(&study, &Options::default(), &Unwatched).unwrap();
    let page = report::protocol_html(&results);
    assert!(!page.contains("<script") && page.contains("&lt;script&gt;"));
    for heading in ["What clients saw", "How long answers took", "Which design is better", "What must hold"] {
        assert!(page.contains(heading), "{heading}");
    }
    assert_eq!(page.matches("<svg").count(), 3);
    for plot in report::ProtocolPlot::ALL {
        let svg = plot.svg(&results).unwrap();
        assert!(svg.contains("careful") && !svg.contains("nemesis") && !svg.contains("<script"), "{plot:?}");
        assert!(plot.png(&results).unwrap().starts_with(b"\x89PNG"));
    }
    // Faults that were made up leave nothing to plot.
    results.designs.retain(|design| design.adversarial);
    results.comparisons.clear();
    assert!(report::ProtocolPlot::ALL.iter().all(|plot| plot.svg(&results).is_none()));
    let page = report::protocol_html(&results);
    assert!(!page.contains("<svg") && page.contains("faults made up: no estimates"));
}

#[test]
fn a_start_is_discarded() {
    let with = |warm_up: &str| {
        let mut study = study(&FILE.replace("horizon", &format!("warm_up = \"{warm_up}\"\nhorizon")));
        study.designs.truncate(1);
        run_study(&study, &Options::default(), &Unwatched).unwrap()
    };
    let (all, late) = (with("0s"), with("20s"));
    assert_eq!(all.digest, late.digest, "what is looked at changes nothing");
    let requests = |results: &StudyResults| results.designs[0].clients[0].requests;
    let part = requests(&late) / requests(&all);
    assert!((part - 1.0 / 3.0).abs() < 0.05, "{part}");
    let longest = |results: &StudyResults| results.designs[0].windows.last().unwrap().length_s;
    assert_eq!((longest(&all), longest(&late)), (30.0, 10.0));
    let wrong = FILE.replace("horizon", "warm_up = \"30s\"\nhorizon");
    insta::assert_snapshot!(mistakes(&wrong));
}
