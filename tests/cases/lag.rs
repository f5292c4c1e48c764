//! Replicas that are behind: what a failover loses, against scripts counted by hand and a chain.

use std::f64::consts::{LN_2, LN_10};

use fivenines::experiment::{DataResult, Experiment, Figure, Options, Unwatched, run};

use super::check::{close, stationary};

fn data_of(text: &str) -> DataResult {
    let experiment = Experiment::parse("lag.toml", text).expect("a sound file");
    let mut results = run(&experiment, &Options::default(), &Unwatched).expect("it runs");
    results.designs.remove(0).data.remove(0)
}

/// Days on which the leader and then its successor fail, for an hour each, with so much of the data.
fn scripted(data: &str, failover: &str) -> DataResult {
    data_of(&format!(
        r#"
        title = "Failovers by script"
        horizon = "1y"
        seed = 1
        trials = 10
        component.server.mode.crash = {{ fails = "never", restored = "1h" }}
        [service.db]
        runs_on = "server"
        replicas = 2
        needs = "any"
        failover = {{ detect = "10s", switch = "20s"{failover} }}
        data = {{ needs = 1, written = "2 MB/s"{data} }}
        [scenario]
        random_faults = false
        [[scenario.fault]]
        takes = "db/1"
        at = "10d"
        lasts = "1h"
        every = "20d"
        [[scenario.fault]]
        takes = "db/2"
        at = "20d"
        lasts = "1h"
        every = "20d"
        "#
    ))
}

/// Thirty-six failovers in a year, each of which leaves five seconds behind and takes half a minute.
#[test]
fn a_failover_to_a_replica_that_is_behind_loses_what_it_lacks() {
    let data = scripted(", lag = \"5s\"", "");
    close("losses", data.losses_per_year.expect("seen").value, 36.0, 1e-12);
    assert_eq!(data.lost_for_good_per_year.value, 0.0);
    let (point, time) = (data.recovery_point_s.expect("seen"), data.recovery_time_s.expect("seen"));
    close("recovery point", point.mean.value, 5.0, 1e-12);
    close("longest recovery point", point.p99.upper, 5.0, 1e-12);
    close("recovery time", time.mean.value, 30.0, 1e-12);
    close("bytes", data.lost_bytes_per_year.expect("a flow").value, 36.0 * 5.0 * 2e6, 1e-12);
}

/// A synchronous replica lacks nothing, and who comes back before anybody else leads has all that was written.
#[test]
fn nothing_is_lost_where_nothing_is_missing() {
    let lost = |data: &DataResult| data.losses_per_year.expect("known").value;
    assert_eq!(lost(&scripted(", lag = \"0s\"", "")), 0.0);
    let by_hand = ", succeeds = \"0%\", manual = \"2h\"";
    assert_eq!(lost(&scripted(", lag = \"5s\"", by_hand)), 0.0);
}

/// The way back is planned: the first replica has all before it leads. Only what took it down left anything behind.
#[test]
fn a_failback_leaves_nothing_behind() {
    let data = scripted(", lag = \"5s\"", ", failback = { switch = \"5s\" }");
    close("losses", data.losses_per_year.expect("seen").value, 18.0, 1e-12);
}

/// Two replicas by a chain: the leader fails, and whoever is up when the switch ends leads, each as likely.
#[test]
fn trials_agree_with_a_chain_and_points_have_their_law() {
    let (life, repair, switch) = (1.0 / 200.0, 1.0 / 4.0, 1.0 / 1.0);
    // Led, with both up or one; while switching, what is up: the other, both, none, the old leader; nobody to choose.
    let rates = [
        (0, 2, life),
        (0, 1, life),
        (1, 0, repair),
        (1, 4, life),
        (2, 3, repair),
        (2, 4, life),
        (2, 1, switch),
        (3, 2, life),
        (3, 5, life),
        (3, 0, switch),
        (4, 5, repair),
        (4, 2, repair),
        (4, 6, switch),
        (5, 4, life),
        (5, 3, repair),
        (5, 1, switch),
        (6, 1, repair),
        (6, 2, repair),
    ];
    let shares = stationary(7, &rates);
    let losses = (shares[2] + shares[3] / 2.0) * switch * 8760.0;
    let data = data_of(
        r#"
        title = "Failovers by chance"
        horizon = "20y"
        warm_up = "1y"
        seed = 11
        method = "simulate"
        trials = 200
        precision = "0.1%"
        confidence = "99.9%"
        component.server.mode.crash = { fails = "exponential(mean 200h)", restored = "exponential(mean 4h)" }
        [service.db]
        runs_on = "server"
        replicas = 2
        needs = "any"
        failover = { detect = "0s", switch = "exponential(mean 1h)" }
        data = { needs = 1, lag = "exponential(mean 4s)" }
        "#,
    );
    let inside = |it: Figure, value: f64| {
        assert!(it.lower <= value && value <= it.upper, "{value} is outside of {} to {}", it.lower, it.upper);
    };
    inside(data.losses_per_year.expect("seen"), losses);
    let points = data.recovery_point_s.expect("many");
    inside(points.mean, 4.0);
    inside(points.p50, 4.0 * LN_2);
    inside(points.p95, 4.0 * (LN_2 + LN_10));
}

/// A backup may be behind by a law, too.
#[test]
fn a_backup_is_behind_by_a_law() {
    let data = data_of(
        r#"
        title = "A replica that is restored from"
        horizon = "20y"
        seed = 5
        trials = 500
        precision = "0.1%"
        confidence = "99.9%"
        component.server.mode.lost = { fails = "mtbf 30d", restored = "1h", destroys = true }
        [service.db]
        runs_on = "server"
        data = { needs = 1, backup.replica = { lag = "exponential(mean 4s)", restores = "5min" } }
        "#,
    );
    let points = data.recovery_point_s.expect("many");
    for (figure, expected) in [(points.mean, 4.0), (points.p95, 4.0 * (LN_2 + LN_10))] {
        assert!(figure.lower <= expected && expected <= figure.upper, "{figure:?} without {expected}");
    }
}
