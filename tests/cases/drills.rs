//! Drills: what is tried now and then works more often when it is needed.

use fivenines::experiment::{Experiment, Options, Unwatched, run};
use fivenines::random::math::exp;

/// The share of losses of a database that its backup does not make good, by how often somebody tries to restore one. The backup
/// becomes unusable without anybody noticing, once in two years, and is mended when that is found.
fn lost_for_good(drill: &str) -> (f64, f64) {
    let text = format!(
        r#"
title    = "Drills"
horizon  = "40y"
seed     = 11
trials   = 2000
precision = "0.1%"

[component.server.mode.lost]
fails    = "exponential(mean 5y)"
restored = "1h"
destroys = true
[component.bucket.mode.unusable]
fails    = "exponential(mean 2y)"
found    = "{drill}"
restored = "0s"
destroys = true
[service.db]
runs_on = "server"
[service.db.data]
needs = 1
backup.vault = {{ every = "1h", kept_in = "vault", restores = "0s" }}
[service.vault]
runs_on = "bucket"
data    = {{ needs = 1 }}
[objective]
service      = "db"
availability = "90%"
"#
    );
    let experiment = Experiment::parse("drills.toml", &text).expect("a sound file");
    let results = run(&experiment, &Options::default(), &Unwatched).expect("it runs");
    let db = results.designs[0].data.iter().find(|data| data.service == "db").expect("it keeps data");
    let years = 40.0 * results.designs[0].trials as f64;
    let losses = db.losses_per_year.as_ref().expect("some are lost").value;
    (db.lost_for_good_per_year.value / losses, losses * years)
}

#[test]
fn drills_raise_the_chance_that_a_backup_works() {
    // Of an hidden failure at rate a, found every T, the chance to be there at a random time is 1 - (1 - exp(-aT)) / (aT): the
    // unavailability of what is proof-tested (Rausand and Hoyland, System Reliability Theory, 2nd ed., section 10.3).
    for (drill, years) in [("every 30d", 30.0 / 365.0), ("every 90d", 90.0 / 365.0), ("every 365d", 1.0)] {
        let at = 0.5 * years;
        let expected = 1.0 - (1.0 - exp(-at)) / at;
        let (share, losses) = lost_for_good(drill);
        // Each loss is a try: five standard errors, which one seed in two million misses.
        let most = 5.0 * (expected * (1.0 - expected) / losses).sqrt();
        assert!(losses > 10_000.0 && (share - expected).abs() < most, "{drill}: {share} {expected} {most}");
    }
}
