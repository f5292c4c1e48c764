//! What services keep: losses of copies and fragments, and what backups make good.

use fivenines::estimate::nines;
use fivenines::experiment::{DataResult, Experiment, Figure, Options, Unwatched, run};

use super::check::{close, stationary};

const HOUR: f64 = 3600.0;

/// What became of the data of the only design.
fn data_of(text: &str) -> Vec<DataResult> {
    let experiment = Experiment::parse("data.toml", text).expect("a sound file");
    let mut results = run(&experiment, &Options::default(), &Unwatched).expect("it runs");
    results.designs.remove(0).data
}

fn exact(system: &str) -> DataResult {
    data_of(&format!("title = \"t\"\nhorizon = \"1y\"\nseed = 1\nmethod = \"exact\"\n{system}")).remove(0)
}

/// Holds the mean time to a loss in hours and the chance of one within a year to a case.
#[track_caller]
fn holds(system: &str, mean_hours: f64, chance: f64) {
    let data = exact(system);
    close("mttdl", data.mean_time_to_loss_s.expect("a mean") / HOUR, mean_hours, 1e-9);
    close("p_loss_8760h", data.loss_chance.expect("a chance").value, chance, 1e-9);
    close("nines", data.durability_nines.expect("nines").value, nines(chance), 1e-9);
}

#[test]
fn three_replicas_of_a_file() {
    let system = r#"
[component.disk.mode.dies]
fails    = "exponential(mean 50000h)"
restored = "exponential(mean 10h)"
destroys = true

[service.object]
runs_on  = "disk"
replicas = 3
needs    = "any"
data     = { needs = 1 }
"#;
    holds(system, 416958425000.0, 2.097332463963825e-08);
}

const RS9_6: &str = r#"
[component.disk.mode.dies]
fails    = "exponential(mean 400000h)"
restored = "exponential(mean 12h)"
destroys = true

[service.stripe]
runs_on  = "disk"
replicas = 9
needs    = "any"
data     = { needs = 6 }
"#;

#[test]
fn six_of_nine_fragments_of_a_file_rebuilt_at_once() {
    holds(RS9_6, 29404175629259994.0, 2.971687331160382e-13);
}

#[test]
fn six_of_nine_fragments_of_a_file_that_share_a_bandwidth() {
    let shared = RS9_6.replace("destroys = true", "destroys = true\nrepaired_by = \"bandwidth\"");
    holds(
        &format!("{shared}\n[crew.bandwidth]\nsize = 1\ndiscipline = \"shared\""),
        4901284299649961.0,
        1.7799416374278318e-12,
    );
}

#[test]
fn latent_faults_and_scrubbing_of_a_file() {
    // One fault in six shows itself, the others wait for the scrubbing: rates 1/100000 and 1/20000.
    let system = r#"
[component.disk.mode.faulty]
fails    = "exponential(rate 0.00006/h)"
restored = "exponential(mean 10h)"
found    = "mixture(1/6 0s, 5/6 exponential(mean 168h))"
destroys = true

[service.object]
runs_on  = "disk"
replicas = 2
needs    = "any"
data     = { needs = 1 }
"#;
    holds(system, 951858.6324804546, 0.008993419527799149);
}

/// A server whose loss takes all data with it, with two copies of a backup that work in three cases of four.
const BACKED_UP: &str = r#"
[component.server.mode.lost]
fails    = "exponential(mean 400h)"
restored = "exponential(mean 20h)"
destroys = true

[service.db]
runs_on = "server"

[service.db.data]
needs    = 1
size     = "1 TB"
written  = "1 MB/s"
decision = "exponential(mean 2h)"
anew     = "exponential(mean 100h)"

[service.db.data.backup.nightly]
every    = "24h"
lag      = "2h"
keeps    = 2
works    = "75%"
restores = "exponential(mean 8h)"
"#;

/// How often a year data are lost, and lost for good, by balance equations of their own.
fn backed_up_by_hand() -> (f64, f64) {
    let (fails, repaired) = (1.0 / 400.0, 1.0 / 20.0);
    let (decided, restored, anew) = (1.0 / 2.0, 1.0 / 8.0, 1.0 / 100.0);
    // The server works, or it does not while it is decided, the first or the second copy waits, or all is gone.
    let (up, decides, first, second, gone, new) = (0, [1, 2], [3, 4], [5, 6], [7, 8], 9);
    // What is being restored when the server fails goes on for nothing.
    let (first_on, second_on) = (10, 11);
    let mut rates = vec![(up, decides[1], fails), (new, up, repaired)];
    for state in [decides, gone] {
        rates.extend([(state[0], state[1], fails), (state[1], state[0], repaired)]);
    }
    for (state, on) in [(first, first_on), (second, second_on)] {
        rates.extend([(state[0], on, fails), (on, state[0], repaired), (state[1], state[0], repaired)]);
        rates.extend([(on, state[1], restored), (state[0], up, 0.75 * restored)]);
    }
    rates.extend([(decides[0], first[0], decided), (decides[1], first[1], decided)]);
    rates.extend([(first[0], second[0], 0.25 * restored), (second[0], gone[0], 0.25 * restored)]);
    rates.extend([(gone[0], up, anew), (gone[1], new, anew)]);
    let shares = stationary(12, &rates);
    (shares[up] * fails * 8760.0, shares[second[0]] * 0.25 * restored * 8760.0)
}

#[test]
fn a_backup_that_may_not_work_is_as_balance_equations_say() {
    let data = exact(BACKED_UP);
    let (losses, for_good) = backed_up_by_hand();
    close("losses a year", data.losses_per_year.expect("exact").value, losses, 1e-9);
    close("lost for good", data.lost_for_good_per_year.value, for_good, 1e-9);
    assert!(data.lost_bytes_per_year.is_none(), "only trials know how old a backup is");
}

#[test]
fn trials_agree_and_recovery_points_are_uniform() {
    let head = "title = \"t\"\nhorizon = \"20y\"\nseed = 7\nmethod = \"simulate\"\ntrials = 400\nprecision = \"0.1%\"\nconfidence = \"99.9%\"\n";
    let data = data_of(&format!("{head}{BACKED_UP}")).remove(0);
    let (losses, for_good) = backed_up_by_hand();
    let inside = |it: Figure, value: f64| {
        assert!(it.lower <= value && value <= it.upper, "{value} is outside of {} to {}", it.lower, it.upper);
    };
    inside(data.losses_per_year.expect("seen"), losses);
    inside(data.lost_for_good_per_year, for_good);
    // A copy is between 2 and 26 hours old, and where it does not work the one before is a day older: one in five of those
    // restored.
    let points = data.recovery_point_s.expect("many were restored");
    inside(points.mean, (14.0 + 24.0 * 0.2) * HOUR);
    inside(points.p50, (2.0 + 24.0 * 0.5 / 0.8) * HOUR);
    inside(points.p95, (26.0 + 24.0 * 0.15 / 0.2) * HOUR);
    let a_loss = (points.mean.value * 1e6 * (losses - for_good) + for_good * 1e12).round();
    let lost = data.lost_bytes_per_year.expect("sizes are given");
    assert!((lost.value / a_loss - 1.0).abs() < 0.05, "{} instead of about {a_loss}", lost.value);
    let times = data.recovery_time_s.expect("many losses");
    assert!(times.p50.value < times.p95.value && times.p95.value < times.p99.value);
    assert!(times.mean.value > 8.0 * HOUR);
}

#[test]
fn a_backup_that_is_hit_as_well_is_none() {
    // In three of five attacks. Everything else is so quick that no two attacks meet.
    let system = r#"
[component.server.mode.encrypted]
fails    = "never"
restored = "exponential(mean 1s)"
destroys = true

[shock.attack]
strikes  = "exponential(mean 1y)"
fails    = "encrypted"
services = "db"
also     = [{ services = "vault", chance = "60%" }]

[service.vault]
runs_on = "server"
data    = { needs = 1 }

[service.db]
runs_on  = "server"
replicas = 2
needs    = "any"

[service.db.data]
needs = 1
backup.vault = { every = "1d", kept_in = "vault", restores = "exponential(mean 1s)" }
"#;
    let data = exact(system);
    assert_eq!(data.service, "db");
    close("losses", data.losses_per_year.expect("exact").value, 1.0, 1e-6);
    close("lost for good", data.lost_for_good_per_year.value, 0.6, 1e-6);
}

#[test]
fn local_groups_are_as_balance_equations_say() {
    // Two fragments of data in two groups, a parity for each group and one for all: five disks, whose places matter.
    let system = r#"
[component.disk.mode.dies]
fails    = "exponential(mean 1000h)"
restored = "exponential(mean 100h)"
destroys = true

[service.stripe]
runs_on  = "disk"
replicas = 5
needs    = "any"
data     = { needs = 2, local_groups = 2 }
"#;
    let (fails, repaired) = (1e-3, 1e-2);
    let lost = |state: usize| {
        let group = |first: usize| (state >> first & 1) + (state >> (first + 1) & 1);
        let beyond = |count: usize| count.saturating_sub(1);
        beyond(group(0)) + beyond(group(2)) + (state >> 4) > 1
    };
    let flips = |state: usize| (0..5).map(move |disk| (state, state ^ (1 << disk)));
    let rates: Vec<(usize, usize, f64)> = (0..32)
        .flat_map(flips)
        .map(|(from, to)| (from, to, if to > from { fails } else { repaired }))
        .collect();
    let shares = stationary(32, &rates);
    let losing = rates.iter().filter(|(from, to, _)| !lost(*from) && lost(*to));
    let expected: f64 = losing.map(|(from, _, rate)| shares[*from] * rate * 8760.0).sum();
    close("losses a year", exact(system).lost_for_good_per_year.value, expected, 1e-9);
}

/// What is said of data is part of an exact digest, and of a comparison.
#[test]
fn exact_digests_and_comparisons_know_what_becomes_of_data() {
    let text = "title = \"t\"\nhorizon = \"1y\"\nseed = 1\nmethod = \"exact\"\n\
        component.disk.mode.dies = { fails = \"exponential(mean 1000h)\", restored = \"exponential(mean 10h)\", \
        destroys = true }\n\
        service.db = { runs_on = \"disk\", replicas = 2, needs = \"any\", data = { needs = 1 } }\n\
        [[design]]\nname = \"no backup\"\n\
        [[design]]\nname = \"backup\"\nset = { \"service.db.data.backup\" = { vault = { lag = \"5s\", restores = \"0s\" } } }";
    let experiment = Experiment::parse("data.toml", text).expect("a sound file");
    let results = run(&experiment, &Options::default(), &Unwatched).expect("it runs");
    let [bare, backed] = &results.designs[..] else { panic!("two designs") };
    let same = backed.service.unavailability.value / bare.service.unavailability.value;
    assert!((same - 1.0).abs() < 1e-9, "data are there as soon as a disk is: {same}");
    assert_ne!(bare.digest, backed.digest);
    let for_good =
        results.comparisons[0].measures.iter().find(|it| it.measure == "data_lost_for_good_per_year");
    let for_good = for_good.expect("both keep data");
    assert_eq!(for_good.verdict, "better");
    close("difference", for_good.difference.value, -bare.data[0].lost_for_good_per_year.value, 1e-9);
}
