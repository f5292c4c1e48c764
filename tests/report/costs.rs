//! Costs: the table, the sentence about what is worth its cost, and the plot against downtime.

use fivenines::experiment::{CostResult, Figure, MeasureDifference, Results};
use fivenines::report::{Plot, Style, html, terminal};

use super::fixture;
use super::plots::without_fonts;

const PLAIN: Style = Style { color: false, width: 80, ascii: false };

fn around(value: f64, half: f64) -> Figure {
    Figure { value, lower: value - half, upper: value + half }
}

/// The checkout service with prices: the second region costs more than three zones, and is not shown to be down less.
fn priced() -> Results {
    let mut results = fixture::checkout();
    let running = [21_000.0, 24_500.0, 52_000.0];
    for (design, running) in results.designs.iter_mut().zip(running) {
        let lost = design.service.downtime_s_per_year.value / 3600.0 * 6000.0;
        design.cost = Some(CostResult {
            currency: "USD".into(),
            infrastructure: running * 0.8,
            traffic: running * 0.05,
            operations: running * 0.15,
            lost_revenue: around(lost, lost * 0.06),
            credits: Some(around(lost * 0.1, lost * 0.02)),
            total: Some(around(running + lost * 1.1, lost * 0.07)),
        });
    }
    let total = |name: &str| {
        let design = results.designs.iter().find(|design| design.name == name).expect("a design");
        design.cost.as_ref().and_then(|cost| cost.total).expect("all is known").value
    };
    let differences: Vec<f64> =
        results.comparisons.iter().map(|pair| total(&pair.design) - total(&pair.baseline)).collect();
    for (pair, difference) in results.comparisons.iter_mut().zip(differences) {
        pair.measures = vec![MeasureDifference {
            measure: "cost_per_year".into(),
            difference: around(difference, 90.0),
            verdict: if difference < 0.0 { "better" } else { "worse" }.into(),
        }];
    }
    results
}

/// The part of a text from this line to the next empty one.
fn section<'a>(text: &'a str, title: &str) -> &'a str {
    let start = text.find(title).expect("there is such a section");
    text[start..].split("\n\n").next().expect("there is a first part")
}

#[test]
fn costs_are_a_table_and_a_sentence() {
    let text = terminal(&priced(), PLAIN);
    insta::assert_snapshot!(section(&text, "Cost a year in USD"));
    let page = html(&priced());
    assert!(page.contains("Cost a year in USD") && page.contains("Infrastructure"));
    assert!(!terminal(&fixture::checkout(), PLAIN).contains("Cost a year"));
}

#[test]
fn downtime_against_cost_is_as_a_person_has_seen_it() {
    let svg = Plot::Pareto.svg(&priced()).expect("there is something to plot");
    insta::assert_snapshot!(without_fonts(&svg));
    assert!(Plot::Pareto.svg(&fixture::checkout()).is_none(), "nothing has a price");
}

#[test]
fn what_is_not_known_is_not_plotted() {
    let mut results = priced();
    let cost = results.designs[1].cost.as_mut().expect("it has a price");
    (cost.credits, cost.total) = (None, None);
    assert!(Plot::Pareto.svg(&results).is_none());
    let text = terminal(&results, PLAIN);
    assert!(section(&text, "Cost a year in USD").contains("not known"));
}
