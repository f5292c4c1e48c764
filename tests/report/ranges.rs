//! How far the answer moves: the words, the table and the plot.

use fivenines::experiment::*;
use fivenines::report::{Plot, Style, html, terminal};

use super::fixture;

const PLAIN: Style = Style { color: false, width: 80, ascii: false };

/// What comes of other values: downtimes in minutes a year, and who leads.
fn end(minutes: &[f64], leads: &[&str]) -> EndResult {
    EndResult {
        downtime_s_per_year: minutes
            .iter()
            .map(|it| Figure { value: it * 60.0, lower: it * 54.0, upper: it * 66.0 + 1.0 })
            .collect(),
        meets_objective: minutes.iter().map(|it| Some(*it < 50.0)).collect(),
        contenders: leads.iter().map(|it| (*it).to_owned()).collect(),
    }
}

fn range(entry: &str, quantity: &str, values: [&str; 3], low: EndResult, high: EndResult) -> RangeResult {
    RangeResult {
        entry: entry.into(),
        quantity: quantity.into(),
        paths: vec![format!("component.server.mode.{quantity}")],
        values: values.map(String::from),
        range: "assumption: half and twice".into(),
        low,
        high,
    }
}

/// The checkout service, whose answer depends on a figure; one end has no outage.
pub fn uncertain() -> Results {
    let mut results = fixture::checkout();
    let both = ["two regions", "three zones"];
    let count = results.designs.len();
    let fill = |minutes: [f64; 3]| minutes[..count.min(3)].to_vec();
    let hdd = ["afr 0.93%", "afr 1.36%", "afr 2.28%"];
    results.uncertainty = Some(UncertaintyResult {
        ranges: vec![
            range(
                "zone/outage",
                "outage.fails",
                ["exponential(rate 0.03/y)", "exponential(rate 0.1/y)", "exponential(rate 0.5/y)"],
                end(&fill([31.0, 1.1, 3.2]), &["three zones"]),
                end(&fill([270.0, 24.0, 3.1]), &["two regions"]),
            ),
            range(
                "disk/hdd",
                "failure.fails",
                hdd,
                end(&fill([53.0, 4.6, 0.0]), &both),
                end(&fill([56.0, 5.4, 3.4]), &both),
            ),
            range(
                "failover/rds-event",
                "",
                ["90%", "97.5%", "99.5%"],
                end(&fill([60.0, 9.9, 9.0]), &both),
                end(&fill([52.0, 3.6, 1.6]), &both),
            ),
        ],
        favorable: end(&fill([20.0, 0.6, 0.4]), &both),
        unfavorable: end(&fill([400.0, 71.0, 30.0]), &["two regions"]),
        joint: Some(JointResult {
            draws: 100,
            designs: results
                .designs
                .iter()
                .map(|design| DrawnResult {
                    design: design.name.clone(),
                    p10_s_per_year: 60.0,
                    p50_s_per_year: 200.0,
                    p90_s_per_year: 900.0,
                    among_best: 37,
                    meets_objective: 81,
                })
                .collect(),
        }),
    });
    results.sources[0].entry = Some("server/crash".into());
    results
}

#[test]
fn a_terminal_says_how_far_the_answer_moves() {
    let text = terminal(&uncertain(), PLAIN);
    let from = text.find("How far the answer moves").expect("the section is there");
    insta::assert_snapshot!("uncertain", &text[from..]);
}

#[test]
fn an_answer_that_changes_is_said_to_change() {
    let text = terminal(&uncertain(), PLAIN).replace("\n  ", " ");
    let flips = "but \u{201c}three zones\u{201d} with zone/outage fails at exponential(rate 0.03/y)";
    assert!(!text.contains(flips), "three zones is among the typical contenders: that is no change");
    let mut results = uncertain();
    results.contenders = vec!["two regions".into()];
    let text = terminal(&results, PLAIN).replace("\n  ", " ");
    assert!(text.contains("The answer changes within the ranges") && text.contains(flips), "{text}");
    let moved = results.uncertainty.as_mut().expect("it is uncertain");
    moved.ranges.remove(0);
    let text = terminal(&results, PLAIN).replace("\n  ", " ");
    assert!(text.contains("stays among the best throughout the ranges, but is not always alone"), "{text}");
}

#[test]
fn the_page_has_the_table_and_the_tornado() {
    let page = html(&uncertain());
    assert!(
        page.contains("How far the answer moves within the catalog")
            && page.contains("assumption: half and twice")
    );
    assert_eq!(page.matches("<svg ").count(), 6);
    assert!(page.contains("catalog: server/crash"));
}

#[test]
fn the_tornado_is_as_a_person_has_seen_it() {
    insta::assert_snapshot!(
        "tornado_svg",
        super::plots::without_fonts(&Plot::Tornado.svg(&uncertain()).expect("there is something to plot"))
    );
    assert!(Plot::Tornado.svg(&fixture::checkout()).is_none());
}
