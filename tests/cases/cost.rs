//! What designs cost, against sums by hand.

use fivenines::experiment::{CostResult, Experiment, Options, Results, Unwatched, run};

const HOURS: f64 = 8760.0;

fn results(text: &str) -> Results {
    let experiment = Experiment::parse("cost.toml", text).expect("a sound file");
    run(&experiment, &Options::default(), &Unwatched).expect("it runs")
}

fn cost(results: &Results, design: usize) -> &CostResult {
    results.designs[design].cost.as_ref().expect("something has a price")
}

fn near(one: f64, other: f64) -> bool {
    (one / other - 1.0).abs() < 1e-9
}

/// Six servers and three sites; the leader sends 1 MB/s to five others: to one in its own zone for nothing, to two in
/// another zone of its region, to two in another region.
#[test]
fn prices_are_added_up_over_components_sites_and_ways() {
    let results = results(
        r#"
        title = "Sums"
        horizon = "1y"
        seed = 1
        method = "exact"
        levels = ["region", "zone"]
        [component.server]
        cost = "0.50 USD/h"
        mode.crash = { fails = "exponential(mean 30d)", restored = "exponential(mean 1h)" }
        [site."eu/a"]
        cost = "100 USD/mo"
        [site."eu/b"]
        cost = "100 USD/mo"
        [site."us/a"]
        [service.db]
        runs_on = "server"
        replicas = 6
        spread = "zone"
        needs = "any"
        replicates = "1 MB/s"
        [cost]
        operations = "10 USD/h"
        transfer = { zone = "0.01 USD/GB", region = "0.05 USD/GB" }
        "#,
    );
    let cost = cost(&results, 0);
    assert_eq!(cost.currency, "USD");
    assert!(near(cost.infrastructure, 6.0 * 0.5 * HOURS + 2.0 * 1200.0), "{}", cost.infrastructure);
    // 3.6 GB an hour on each way.
    assert!(near(cost.traffic, 3.6 * (2.0 * 0.01 + 2.0 * 0.05) * HOURS), "{}", cost.traffic);
    assert!(near(cost.operations, 10.0 * HOURS));
    let total = cost.total.expect("no credits are to be known");
    assert!(near(total.value, cost.infrastructure + cost.traffic + cost.operations));
    assert_eq!(total.lower, total.upper);
}

/// One server that is down for an hour of every 730: each month has 99.863% and gives a tenth of the bill back.
#[test]
fn months_below_a_threshold_give_their_credit_and_no_more() {
    let results = results(
        r#"
        title = "Credits"
        horizon = "1y"
        seed = 1
        method = "simulate"
        trials = 200
        [component.server]
        mode.stop = { fails = "729h", restored = "1h" }
        [service.web]
        runs_on = "server"
        [cost]
        lost.web = "600 USD/h"
        [cost.agreement.web]
        bill = "1000 USD/mo"
        credits = [{ below = "99.9%", share = "10%" }, { below = "99%", share = "30%" }]
        [[design]]
        name = "as it is"
        [[design]]
        name = "a little better"
        set = { "component.server.mode.stop.restored" = "30min" }
        [[design]]
        name = "with somebody to look after it"
        set = { "cost.operations" = "10 USD/h", "cost.lost.web" = "60 USD/h" }
        "#,
    );
    let down = cost(&results, 0);
    assert!(near(down.lost_revenue.value, 12.0 * 600.0), "{:?}", down.lost_revenue);
    assert!(near(down.credits.expect("months were simulated").value, 1200.0), "{:?}", down.credits);
    assert!(near(down.total.expect("all is known").value, 8400.0));
    let better = cost(&results, 1);
    assert_eq!(better.credits.expect("months were simulated").value, 0.0);
    let watched = cost(&results, 2);
    assert!(near(watched.operations, 10.0 * HOURS) && near(watched.lost_revenue.value, 12.0 * 60.0));
    let compared = results.comparisons[0].measures.iter().find(|it| it.measure == "cost_per_year");
    assert_eq!(compared.expect("both have costs").verdict, "better");
}

/// An exact solution says how much is lost, not how months are; with trials beside it both are known.
#[test]
fn an_exact_solution_knows_what_is_lost_and_not_what_months_give_back() {
    let file = |method: &str, credits: &str| {
        results(&format!(
            r#"
            title = "Exact"
            horizon = "50y"
            seed = 1
            trials = 400
            method = "{method}"
            [component.server]
            mode.crash = {{ fails = "exponential(mean 99h)", restored = "exponential(mean 1h)" }}
            [service.web]
            runs_on = "server"
            [cost]
            lost.web = "100 USD/h"
            {credits}
            "#
        ))
    };
    let agreement =
        "agreement.web = { bill = \"1000 USD/mo\", credits = [{ below = \"98%\", share = \"10%\" }] }";
    let exact = file("exact", "");
    let unavailability = exact.designs[0].service.unavailability.value;
    let lost = cost(&exact, 0).lost_revenue;
    assert!(near(lost.value, 100.0 * HOURS * unavailability) && lost.lower == lost.upper, "{lost:?}");
    let unknown = file("exact", agreement);
    assert_eq!((cost(&unknown, 0).credits, cost(&unknown, 0).total), (None, None));
    let both = file("auto", agreement);
    assert_eq!(cost(&both, 0).lost_revenue, lost);
    let credits = cost(&both, 0).credits.expect("months were simulated");
    let total = cost(&both, 0).total.expect("all is known");
    assert!(0.0 < credits.lower && credits.lower < credits.upper, "{credits:?}");
    assert!(near(total.value, lost.value + credits.value));
}
