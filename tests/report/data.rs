//! Durability and recovery: the tables of what becomes of data.

use fivenines::experiment::{DataResult, Figure, TimesResult};
use fivenines::report::{Style, html, terminal};

use super::fixture;

const PLAIN: Style = Style { color: false, width: 80, ascii: false };

fn around(value: f64, half: f64) -> Figure {
    Figure { value, lower: value - half, upper: value + half }
}

fn hours(mean: f64) -> TimesResult {
    let around = |hours: f64| around(hours * 3600.0, hours * 90.0);
    TimesResult {
        mean: around(mean),
        p50: around(mean * 0.9),
        p95: around(mean * 2.0),
        p99: around(mean * 3.0),
    }
}

fn kept() -> DataResult {
    DataResult {
        service: "db".into(),
        losses_per_year: Some(around(0.2, 0.01)),
        lost_for_good_per_year: around(0.02, 0.004),
        loss_chance: Some(around(0.0198, 0.004)),
        durability_nines: Some(around(1.70, 0.09)),
        mean_time_to_loss_s: None,
        lost_bytes_per_year: Some(around(8.2e10, 1.6e10)),
        lost_bytes_per_loss: None,
        recovery_time_s: Some(hours(9.0)),
        recovery_point_s: Some(hours(14.0)),
        losses_seen: 812,
        unfinished: 3,
    }
}

#[test]
fn durability_and_recovery_are_tables() {
    let mut results = fixture::checkout();
    let never = Figure { value: 0.0, lower: 0.0, upper: 0.003 };
    let safe = DataResult {
        lost_for_good_per_year: never,
        loss_chance: Some(never),
        durability_nines: Some(Figure { value: f64::INFINITY, lower: 2.52, upper: f64::INFINITY }),
        lost_bytes_per_year: None,
        recovery_time_s: None,
        recovery_point_s: None,
        unfinished: 0,
        ..kept()
    };
    results.designs[0].data = vec![kept()];
    results.designs[1].data = vec![safe, DataResult { service: "vault".into(), ..kept() }];
    let text = terminal(&results, PLAIN);
    let start = text.find("Durability").expect("there is such a section");
    let end = text[start..].find("\n\nWhy").expect("causes follow");
    insta::assert_snapshot!(&text[start..start + end]);
    let page = html(&results);
    assert!(page.contains("Lost for good in a year") && page.contains("The horizon cut off 6 losses"));
    assert!(!terminal(&fixture::checkout(), PLAIN).contains("Durability"));
}
