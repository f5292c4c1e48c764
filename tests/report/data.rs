//! Durability and recovery: the tables of what becomes of data.

use fivenines::experiment::{DataResult, Figure, MeasureDifference, Results, TimesResult};
use fivenines::report::{Plot, Style, answer, html, terminal};

use super::fixture;
use super::plots::without_fonts;

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

/// The three designs with data in chunks: less often and more at a time from the first to the last.
fn in_chunks() -> Results {
    let mut results = fixture::checkout();
    let service = results.designs[0].service.name.clone();
    for (design, (often, half)) in results.designs.iter_mut().zip([(1.0, 0.03), (0.17, 0.01), (0.008, 0.003)])
    {
        let often = around(often, half);
        design.data = vec![DataResult {
            service: service.clone(),
            losses_per_year: Some(often),
            lost_for_good_per_year: often,
            loss_chance: Some(around(often.value * 0.9, half * 0.9)),
            lost_bytes_per_year: Some(around(2e9, 6e7)),
            lost_bytes_per_loss: Some(around(2e9 / often.value, 3e6 / often.value)),
            recovery_time_s: None,
            recovery_point_s: None,
            unfinished: 0,
            ..kept()
        }];
    }
    for pair in &mut results.comparisons {
        pair.measures = vec![
            MeasureDifference {
                measure: "data_lost_for_good_per_year".into(),
                difference: around(-0.5, 0.1),
                verdict: "better".into(),
            },
            MeasureDifference {
                measure: "data_lost_bytes_per_year".into(),
                difference: around(-1.5e8, 2.5e8),
                verdict: "undecided".into(),
            },
        ];
    }
    results
}

#[test]
fn chunks_are_lost_so_often_and_so_many_at_a_time() {
    let results = in_chunks();
    let text = terminal(&results, PLAIN);
    let start = text.find("Durability").expect("there is such a section");
    let end = text[start..].find("\n\nWhy").expect("causes follow");
    insta::assert_snapshot!(&text[start..start + end]);
    let page = html(&results);
    assert!(page.contains("At a time") && page.contains("Amount lost"));
    assert!(page.contains("GB/y"), "what is compared has its unit");
    insta::assert_snapshot!("losses_svg", without_fonts(&Plot::Losses.svg(&results).expect("a plot")));
}

#[test]
fn who_loses_data_less_often_is_said_where_the_best_does_not() {
    let mut results = in_chunks();
    let best = results.ranking[0].clone();
    let position = results.designs.iter().position(|design| design.name == best).expect("it is there");
    let other = results.designs[(position + 1) % 3].name.clone();
    results.comparisons.retain(|pair| pair.design == other && pair.baseline == best);
    if results.comparisons.is_empty() {
        let mut pair = in_chunks().comparisons.remove(0);
        (pair.design, pair.baseline) = (other.clone(), best);
        results.comparisons.push(pair);
    }
    let said = format!("Counting losses of data, \u{201c}{other}\u{201d} is better");
    assert!(answer(&results).contains(&said), "{}", answer(&results));
    results.comparisons[0].measures[0].verdict = "undecided".into();
    assert!(!answer(&results).contains("Counting losses"), "{}", answer(&results));
}
