//! Files in which the processes of a protocol run on the replicas of a system.

use fivenines::experiment::{File, Logs, Options, StudyResults, Unwatched, measure, run_study};
use fivenines::process::{Schedule, What};
use fivenines::report;
use fivenines::units::Instant;

use super::files::{mistakes, models, study};

const FILE: &str = r#"
title = "Numbers on a system's hosts"
model = "numbers"
horizon = "2min"
seed = 6
confidence = "99.9%"
trials = 600
options = { servers = 2 }

[component.server.mode.crash]
fails = "exponential(mean 20s)"
restored = "exponential(mean 1250ms)"
[component.fibre]

[site."eu/{a,b}"]

[service.numbers]
runs_on = "server"
replicas = 2
spread = "zone"
needs = "any"

[hosts]
of = "numbers"

[network]
within = { latency = "1ms" }
[network.link.ab]
between = ["eu/a", "eu/b"]
component = "fibre"
latency = "4ms"

[clients.near]
site = "eu/a"
asks = "exponential(mean 200ms)"
timeout = "300ms"

[clients.far]
site = "eu/b"
asks = "exponential(mean 200ms)"
timeout = "300ms"

[[design]]
name = "as they fail"

[[design]]
name = "one needs both"
set = { "service.numbers.needs" = "all" }
"#;

fn results(threads: usize) -> StudyResults {
    let options = Options { threads: Some(threads), ..Options::default() };
    run_study(&study(FILE), &options, &Unwatched).unwrap()
}

#[test]
fn availability_is_that_of_the_hosts_as_their_clients_see_it() {
    let results = results(2);
    let [any, all] = &results.designs[..] else { panic!("two designs") };
    // One host is up after t with 1 - U (1 - exp(-t/r)), where U = 1.25/21.25 and r = 20 * 1.25 / 21.25 s = 1.176 s; over T = 120 s it
    // is down for U (1 - r (1 - exp(-T/r)) / T) = 5.825% of the time on average, and with p(t) for both at once U^2 (1 - 2 x + y) where x
    // and y are the averages of exp(-t/r) and exp(-2t/r): r/T and r/2T. So both: 0.3460% (1 - 0.0196 + 0.0049) = 0.3409%, and one of
    // them at least: 2 * 5.825% - 0.3409% = 11.31%.
    let unmet = |design: &fivenines::experiment::ProtocolResult| {
        let (name, figure) = &design.unmet[0];
        assert_eq!(name, "numbers");
        *figure
    };
    // Six intervals of 99.9%.
    let holds = |figure: fivenines::experiment::Figure, exact: f64| {
        assert!(figure.lower < exact && exact < figure.upper, "{figure:?} and {exact}");
        // An interval that says nothing would hold anything.
        assert!(figure.upper - figure.lower < 0.6 * exact, "{figure:?}");
    };
    holds(unmet(any), 0.003409);
    holds(unmet(all), 0.1131);
    // What clients see does not hang on what somebody says a service needs: only the first server is asked, and it is down as
    // one host is. A request is not answered if it comes then, or if its answer is lost, which adds the answers of some
    // milliseconds in 20 s: 0.01% and 0.05%.
    assert_eq!((&any.clients, any.digest), (&all.clients, all.digest));
    for (group, lost) in [(1, 0.0005), (2, 0.0001)] {
        let unanswered = any.clients[group].unanswered.unwrap();
        assert!(unanswered.lower < 0.05825 + lost && 0.05825 < unanswered.upper, "{unanswered:?}");
    }
    // 1 ms to the server and back for those who are near; 5 ms for those who are far.
    let half = |group: usize| any.clients[group].latency.as_ref().unwrap().p50_s;
    assert!((half(1) - 0.010).abs() < 1e-5 && (half(2) - 0.002).abs() < 1e-5, "{} {}", half(1), half(2));
}

#[test]
fn results_do_not_depend_on_the_threads() {
    let mut study = study(FILE);
    study.trials = 16;
    let with =
        |threads| run_study(&study, &Options { threads: Some(threads), ..Options::default() }, &Unwatched);
    let one = with(1).unwrap();
    assert_eq!(one, with(3).unwrap());
    assert_eq!(serde_json::from_str::<StudyResults>(&report::protocol_json(&one)).unwrap(), one);
    assert!(one.sources.iter().any(|line| line.path == "component.server.mode.crash"), "{:?}", one.sources);
}

#[test]
fn a_trial_tells_of_the_system_too() {
    let study = study(FILE);
    let end = Instant::START + study.horizon.span();
    let told = study.designs[0].staged.tell(study.seed, 3, end);
    assert_eq!(told.hosts, ["numbers-1", "numbers-2"]);
    let systems = told.lines.iter().filter(|line| matches!(line.what, What::System(_))).count();
    let crashes = told.lines.iter().filter(|line| line.what == What::Crashed).count();
    assert!(crashes > 3 && systems >= 2 * crashes - 2, "{crashes} crashes, {systems} lines");
    let text = report::story_text(&told, Instant::START, end);
    assert!(text.starts_with("p0 runs on numbers-1, p1 runs on numbers-2\n"), "{text}");
    assert!(text.contains("[fails  numbers-1 (server at eu/a): crash]"), "{text}");
    let trace = report::chrome_trace(&told, end);
    assert!(trace.contains("p0 numbers-1") && trace.contains("fails  numbers-1"));
}

#[test]
fn few_faults_of_a_system_break_what_many_did() {
    // The careless one counts anew after each crash.
    let study = study(FILE);
    let end = Instant::START + study.horizon.span();
    let shrunk = study.designs[0].staged.shrink(study.seed, 0, end).expect("it breaks");
    assert_eq!(shrunk.schedule.faults().len(), 1, "{:?}", shrunk.schedule);
    // As a file has it: nothing of the system befalls its hosts, but for this.
    let calm = FILE.replace("[hosts]", "[scenario]\nrandom_faults = false\n\n[hosts]");
    let told = |text: &str| {
        let study = self::study(text);
        study.designs[0].staged.tell(study.seed, 0, end)
    };
    assert_eq!(told(&calm).violation, None);
    assert_eq!(told(&calm).faults, Schedule::default());
    let broken = told(&(calm + &report::schedule_toml(&shrunk.schedule)));
    assert_eq!(broken.faults, shrunk.schedule);
    assert_eq!(broken.violation.map(|it| it.what), Some(shrunk.violation.what));
}

#[test]
fn mistakes_are_shown_at_their_places_in_both_parts() {
    let wrong = FILE
        .replace("between = [\"eu/a\", \"eu/b\"]", "between = [\"eu/a\", \"eu/d\"]")
        .replace("runs_on = \"server\"", "runs_on = \"sever\"")
        .replace("site = \"eu/b\"", "site = \"eu/c\"")
        .replace("of = \"numbers\"", "of = \"number\"\nfail = \"mtbf 60d\"");
    insta::assert_snapshot!(mistakes(&wrong));
    let apart = FILE
        .replace("[network.link.ab]", "[network.node.hub]\n[network.link.ab]")
        .replace("between = [\"eu/a\", \"eu/b\"]", "between = [\"eu/a\", \"hub\"]");
    insta::assert_snapshot!(mistakes(&apart));
    insta::assert_snapshot!(mistakes(
        &FILE.replace("of = \"numbers\"", "fail = \"1min\"\nrestored = \"1s\"")
    ));
    insta::assert_snapshot!(mistakes(&FILE.replace("replicas = 2", "replicas = 3")));
}

#[test]
fn a_log_is_given_by_its_name() {
    let text = FILE
        .replace("[component.server.mode.crash]\nfails = \"exponential(mean 20s)\"\nrestored = \"exponential(mean 1250ms)\"\n", "[component.server]\ntrace = \"log\"\n")
        + "\n[trace.log]\nstart = \"start\"\nend = \"end\"\nby = [\"node\"]\n";
    let mut file = tempfile::NamedTempFile::new().unwrap();
    let rows = "node,start,end\na,2020-01-01 00:00:00,2020-01-01 00:10:00\nb,2020-01-02 00:00:00,2020-01-03 00:00:00\n";
    std::io::Write::write_all(&mut file, rows.as_bytes()).unwrap();
    let logs = |given: bool, needed: bool| Logs {
        given: if given { vec![("log".to_owned(), file.path().to_owned())] } else { vec![] },
        needed,
        folder: None,
    };
    let read = |logs: &Logs| File::parse("x.toml", &text, logs, &models());
    let Ok(File::Study(study)) = read(&logs(true, true)) else { panic!("it is given") };
    assert!(study.unread.is_empty());
    let end = Instant::START + study.horizon.span();
    let down = |trial| !study.designs[0].staged.tell(study.seed, trial, end).faults.faults().is_empty();
    assert!((0..40).any(down), "half of the log is an outage of a node");
    // Without it the rest can be looked at, and nothing can be run.
    let Ok(File::Study(study)) = read(&logs(false, false)) else { panic!("it can be looked at") };
    assert_eq!(study.unread, ["log"]);
    let Err(report) = read(&logs(false, true)) else { panic!("it cannot be run") };
    assert!(report.diagnostics()[0].message.contains("the log that the trace `log` replays is not given"));
}

#[test]
fn options_are_looked_at_where_the_hosts_are_wrong_too() {
    let wrong =
        FILE.replace("of = \"numbers\"", "of = \"numbrs\"").replace("{ servers = 2 }", "{ servres = 2 }");
    let Err(report) = File::parse("x.toml", &wrong, &Logs::default(), &models()) else {
        panic!("it is wrong")
    };
    let said: Vec<&str> = report.diagnostics().iter().map(|it| it.message.as_str()).collect();
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(
        said.iter().any(|it| it.contains("numbrs")) && said.contains(&"the model has no option `servres`"),
        "{said:?}"
    );
}

#[test]
fn an_episode_may_run_on_replicas() {
    let text = FILE.replace("horizon = \"2min\"\n", "").replace("trials = 600", "trials = 400");
    let study = study(&(text + "\n[measure]\nfault = \"process-crash\"\nwithin = \"5s\"\n"));
    let measured = |threads| {
        let options = Options { threads: Some(threads), ..Options::default() };
        measure(&study, &options, &Unwatched).unwrap()
    };
    let one = measured(1);
    assert_eq!(one, measured(3));
    // Hosts fail by themselves too: at most 5.9% of episodes find the only server down that is asked, 24 of 400, with a standard deviation
    // of 5.
    assert!(one.designs[0].unready > 0 && one.designs[0].unready < 50, "{}", one.designs[0].unready);
}

#[test]
fn an_episode_has_a_warm_up_of_its_own_and_a_site_to_lose() {
    let text = FILE.replace("horizon = \"2min\"\n", "warm_up = \"1s\"\n");
    let (above, rest) = text.split_once("[component.fibre]").unwrap();
    let (_, rest) = rest.split_once("[service.numbers]").unwrap();
    let (service, _) = rest.split_once("[network.link.ab]").unwrap();
    let system = format!("{above}[service.numbers]{service}").replace("spread = \"zone\"\n", "");
    let clients = "[clients.near]\nasks = \"200ms\"\n[measure]\nfault = \"site-loss\"\n";
    insta::assert_snapshot!(mistakes(&(system + clients)));
}
