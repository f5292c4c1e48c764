//! Measured laws in a system: what a year's downtime is by their mean.

use std::path::Path;

use fivenines::experiment::{Experiment, Options, Unwatched, run};

/// Failures of the leader, 365/30 a year, times the mean of detection and switch: 12.167 of 90 s, or of 45 s, make 1095 s a year, or
/// half of that. A leader is back after an hour, long behind the switch; that all three are down at once comes some
/// 12.2 * (2/720)^2 / 2 times a year, for 20 min on average: 0.06 s. That nobody fails while the service is down takes a part of 90 s
/// in 30 d off, 4 in 100,000.
#[test]
fn the_downtime_of_a_year_is_failures_times_the_measured_mean() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("measured")).unwrap();
    let laws = |detect: &str, switch: &str| {
        format!(
            "schema = \"fivenines.measured/1\"\ncommand = \"by hand\"\n[[design]]\nname = \"as written\"\nfault = \"leader-crash\"\n\
             struck = 4\ndigest = \"none\"\nsucceeds = \"100%\"\ndetect = \"empirical({detect})\"\nswitch = \"empirical({switch})\"\n"
        )
    };
    let write = |path: &str, text: String| std::fs::write(folder.path().join(path), text).unwrap();
    write("measured/slow.toml", laws("20s, 30s, 50s, 100s", "10000000us, 70s"));
    write("measured/fast.toml", laws("10s, 15s, 25s, 50s", "5s, 35s"));
    let file = r#"
title = "Measured"
horizon = "1y"
seed = 4
trials = 3000
precision = "1%"
method = "simulate"
[component.server.mode.crash]
fails = "exponential(mean 30d)"
restored = "1h"
[service.db]
runs_on = "server"
replicas = 3
needs = "any"
failover = { measured = "slow" }
[[design]]
name = "slow"
[[design]]
name = "fast"
set = { "service.db.failover.measured" = "fast" }
"#;
    write("file.toml", file.to_owned());
    let experiment = Experiment::read(&folder.path().join("file.toml")).unwrap();
    let results = run(&experiment, &Options::default(), &Unwatched).unwrap();
    for (design, mean) in results.designs.iter().zip([90.0, 45.0]) {
        let expected = 365.0 / 30.0 * mean;
        let down = &design.service.downtime_s_per_year;
        assert!(down.lower < expected && expected < down.upper, "{}: {down:?} and {expected}", design.name);
        // An interval that holds anything would be no test.
        assert!(down.upper - down.lower < 0.05 * expected, "{down:?}");
    }
}

/// The experiment that ships uses what the measurement that ships writes, and nothing else of it.
#[test]
fn the_laws_that_ship_are_read_and_cited() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("experiments/measured-failover.toml");
    let experiment = Experiment::read(&file).unwrap();
    let failover = experiment.designs[0].system.services["db"].failover.as_ref().unwrap();
    assert!(failover.source.as_ref().unwrap().contains("nines measure experiments/raft-failover.toml"));
    let mean = failover.detect.mean().unwrap().secs() + failover.switch.mean().unwrap().secs();
    let constant = experiment.designs[1].system.services["db"].failover.as_ref().unwrap();
    let stated = constant.detect.mean().unwrap().secs() + constant.switch.mean().unwrap().secs();
    assert!((mean - stated).abs() < 0.002, "the file says {stated} s, the laws {mean} s");
}
