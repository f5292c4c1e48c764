//! The worst windows and the error budget, against what is counted by hand.

use fivenines::experiment::{DesignResult, Experiment, Options, Unwatched, run};

use super::check::close;

fn design(text: &str) -> DesignResult {
    let text = format!("title = \"t\"\nseed = 1\n{text}");
    let experiment = Experiment::parse("windows.toml", &text).expect("a sound file");
    run(&experiment, &Options::default(), &Unwatched).expect("it runs").designs.remove(0)
}

/// The share that is lost in the worst window of a length in hours.
fn lost(design: &DesignResult, hours: f64) -> f64 {
    let window = design.windows.iter().find(|window| window.length_s == hours * 3600.0);
    window.expect("a window of this length").worst.value
}

/// Half an hour each ten days, from the fifth on: 146 in four years, and no chance in it.
const SCRIPT: &str = r#"
horizon = "1460d"
trials = 20
component.rock = {}
service.web = { runs_on = "rock" }
objective = { service = "web", availability = "99.9% monthly" }
[[scenario.fault]]
takes = "web"
at = "5d"
lasts = "30min"
every = "10d"
"#;

#[test]
fn scripted_outages_fill_windows_as_counted() {
    let design = design(SCRIPT);
    // One of half an hour in all that are shorter than ten days.
    for (hours, expected) in [(1.0 / 60.0, 1.0), (0.25, 1.0), (1.0, 0.5), (24.0, 0.5 / 24.0)] {
        close(&format!("{hours} h"), lost(&design, hours), expected, 1e-9);
    }
    // A month of 730 hours is 30.4 days: four of them, which begin within 30 days and half an hour.
    close("month", lost(&design, 730.0), 4.0 * 0.5 / 730.0, 1e-9);
    // The whole is the availability.
    close("all", lost(&design, 1460.0 * 24.0), design.service.unavailability.value, 1e-12);
    let falls = design.windows.windows(2).all(|pair| pair[0].worst.value >= pair[1].worst.value);
    assert!(falls, "each outage in a window is in a longer one, {:?}", design.windows);
}

#[test]
fn a_month_uses_up_its_budget_as_counted() {
    let budget = design(SCRIPT).budget.expect("an objective");
    close("allowed", budget.allowed_s, 730.0 * 3600.0 * 0.001, 1e-9);
    // Of 48 months most have three outages of half an hour and some four, and 43.8 minutes may be down.
    close("spent", budget.spent.value, 146.0 * 1800.0 / (48.0 * budget.allowed_s), 2e-2);
    let months = budget.months.expect("48 months of 20 trials");
    close("median", months.p50.value, 3.0 * 1800.0 / budget.allowed_s, 1e-9);
    // Half an hour is 500 times what an hour may have; and 83 times what six hours, and 7 times what three days may have.
    let rates: Vec<(f64, f64)> = budget.alerts.iter().map(|it| (it.burn_rate, it.per_year.value)).collect();
    assert_eq!(rates.len(), 3);
    for (rate, (burn, per_year)) in [14.4, 6.0, 1.0].into_iter().zip(rates) {
        assert_eq!(burn, rate);
        close("alerts a year", per_year, 146.0 / 4.0, 1e-9);
    }
}

/// 7.5 minutes in each of 40 hours are 125 times too much for 0.1% of an hour, and 3.1 times for 40; for 99% they are 12.5
/// times in an hour and twice in six, and too much in no three days.
#[test]
fn alerts_go_by_the_rate_at_which_the_budget_burns() {
    let alerts = |availability: &str| {
        let budget = design(&format!(
            "horizon = \"400d\"\ntrials = 20\ncomponent.rock = {{}}\nservice.web = {{ runs_on = \"rock\" }}\n\
             objective = {{ service = \"web\", availability = {availability:?} }}\n\
             [[scenario.fault]]\ntakes = \"web\"\nat = \"5h\"\nlasts = \"7.5min\"\nevery = \"40h\""
        ));
        let budget = budget.budget.expect("an objective");
        budget.alerts.iter().map(|it| it.per_year.value * 400.0 / 365.0).collect::<Vec<f64>>()
    };
    let rounded = |alerts: Vec<f64>| alerts.iter().map(|count| count.round() as u64).collect::<Vec<u64>>();
    // Two in three days are always too much: one alert that is never over.
    assert_eq!(rounded(alerts("99.9%")), [240, 240, 1]);
    assert_eq!(rounded(alerts("99%")), [0, 0, 0]);
    // Whoever may be down a tenth of the time can not burn 14 times as fast.
    assert_eq!(rounded(alerts("90%")), [0, 0]);
}

/// With half of its cells down, half is served: windowed user-uptime counts users, and availability those that are all up.
#[test]
fn a_window_counts_what_is_served() {
    let design = design(
        "horizon = \"100d\"\ntrials = 20\ncomponent.rock = {}\n\
         service.web = { runs_on = \"rock\", cells = 4 }\n\
         [[scenario.fault]]\ntakes = \"web/1\"\nat = \"5d\"\nlasts = \"2h\"\n\
         [[scenario.fault]]\ntakes = \"web/2\"\nat = \"121h\"\nlasts = \"2h\"",
    );
    close("minute", lost(&design, 1.0 / 60.0), 0.5, 1e-9);
    // Both for an hour of it, and one for an hour before and after.
    close("four hours", lost(&design, 4.0), (2.0 + 2.0) * 0.25 / 4.0, 1e-9);
    close("all", lost(&design, 2400.0), design.service.unserved.expect("it has cells").value, 1e-9);
}

/// Without downtime nothing is lost in any window.
#[test]
fn what_is_never_down_has_no_bad_window() {
    let design =
        design("horizon = \"1y\"\ntrials = 20\ncomponent.rock = {}\nservice.web = { runs_on = \"rock\" }");
    assert!(design.windows.iter().all(|window| window.worst.value == 0.0) && !design.windows.is_empty());
    assert_eq!(design.budget, None);
}
