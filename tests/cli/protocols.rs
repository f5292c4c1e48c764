//! `nines run`, `replay` and `shrink` of protocols.

use super::Desk;

/// A database that loses what it has answered when its disk goes, on hosts that fail as a log says.
const FILE: &str = r#"
title = "What does a lost disk cost?"
model = "backup"
horizon = "1h"
seed = 1
trials = 2
options = { loses-disk = "100%", detect = "1s", ship-every = "10s", size = "0 B" }

[component.server]
trace = "log"

[trace.log]
start = "start"
end = "end"
by = ["node"]

[service.data]
runs_on = "server"
replicas = 2
needs = "any"

[hosts]
of = "data"

[network]
within = { latency = "1ms" }

[clients.writer]
asks = "exponential(mean 100ms)"
timeout = "1s"

[[design]]
name = "what is asked for"

[[design]]
name = "it's less"
set = { "options.rpo" = "100ms" }
"#;

/// Each node is down for a second in every minute of an hour, half a minute behind the other.
fn log() -> String {
    let mut rows = "node,start,end\n".to_owned();
    for (node, second) in [("a", 10), ("b", 40)] {
        for minute in 0..60 {
            let at = |second| format!("2020-01-01 00:{minute:02}:{second:02}");
            rows += &format!("{node},{},{}\n", at(second), at(second + 1));
        }
    }
    rows
}

/// What is printed can be pasted: the log, the seed, the length of a trial and the design go with it.
#[cfg(unix)]
#[test]
fn a_broken_trial_is_played_again_by_the_line_that_is_printed() {
    let desk = Desk::new().with("it's lost.toml", FILE).with("a log.csv", log());
    let run = ["run", "it's lost.toml", "--trace", "log=a log.csv", "--seed", "5", "--horizon", "10min"];
    let all = desk.nines(&run).exits(1);
    let one = desk.nines(&[&run[..], &["--design", "it's less"]].concat()).exits(1);
    let said = |out: &str| -> Vec<String> {
        let lines = out.lines().map(str::trim);
        lines
            .filter(|line| line.starts_with("nines replay") || line.starts_with("nines shrink"))
            .map(str::to_owned)
            .collect()
    };
    let file = r"'it'\''s lost.toml' --seed 5 --horizon 10min --trace 'log=a log.csv' --design 'it'\''s less' --trial 0";
    let lines = [format!("nines replay {file}"), format!("nines shrink {file}")];
    assert_eq!((said(&all.out), said(&one.out)), (lines.to_vec(), lines.to_vec()));
    let broken = "before a loss is gone";
    for line in lines {
        let told = desk.pasted(&line).exits(1);
        assert!(told.out.contains(broken) && told.out.contains("seed 5"), "{line}\n{}", told.out);
    }
    let page = std::fs::read_to_string(desk.path("nines-out/it's lost/report.html")).unwrap();
    assert!(page.contains("--trace 'log=a log.csv'"), "the page has it too");
}

/// A copy every 10 s, and what the log has got: half of the trial is half of the messages and of the copies.
#[test]
fn messages_and_marks_of_the_start_are_discarded_too() {
    let (head, _) = FILE.split_once("[component.server]").unwrap();
    let (_, rest) = FILE.split_once("[network]").unwrap();
    let (rest, _) = rest.split_once("[[design]]").unwrap();
    let counted = |warm_up: &str| {
        let options = "options = { copying = \"1s\", copy-every = \"10s\", size = \"0 B\" }";
        let head = head.lines().filter(|line| !line.starts_with("options")).collect::<Vec<_>>().join("\n");
        let text = format!("{head}\nwarm_up = \"{warm_up}\"\n{options}\n[network]{rest}");
        let desk = Desk::new().with("copies.toml", text);
        desk.nines(&["run", "copies.toml"]).exits(0);
        let json = std::fs::read_to_string(desk.path("nines-out/copies/results.json")).unwrap();
        let results: serde_json::Value = serde_json::from_str(&json).unwrap();
        let design = &results["designs"][0];
        (design["marks"][0][1].as_f64().unwrap(), design["messages"][0].as_f64().unwrap())
    };
    let ((marks, messages), (late_marks, late_messages)) = (counted("0s"), counted("30min"));
    assert!((marks - 360.0).abs() <= 1.0 && (late_marks - 180.0).abs() <= 1.0, "{marks} and {late_marks}");
    assert!((late_messages / messages - 0.5).abs() < 0.01, "{late_messages} of {messages}");
}
