//! Terminal tables, CSV and JSON.

use fivenines::experiment::Results;
use fivenines::report::{Style, csv, json, terminal};
use unicode_width::UnicodeWidthStr;

use super::fixture;

const PLAIN: Style = Style { color: false, width: 80, ascii: false };

#[test]
fn a_terminal_of_80_columns_shows_the_checkout_service() {
    insta::assert_snapshot!("checkout", terminal(&fixture::checkout(), PLAIN));
}

#[test]
fn the_hard_cases_read_well() {
    insta::assert_snapshot!("one_design", terminal(&fixture::one_design(), PLAIN));
    insta::assert_snapshot!("no_outage", terminal(&fixture::no_outage(), PLAIN));
    insta::assert_snapshot!("scripted", terminal(&fixture::scripted(), PLAIN));
    insta::assert_snapshot!("exact_only", terminal(&fixture::exact_only(), PLAIN));
    insta::assert_snapshot!("never_fails", terminal(&fixture::never_fails(), PLAIN));
    insta::assert_snapshot!("twelve_designs", terminal(&fixture::sweep(12), PLAIN));
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    for (name, results) in fixture::all() {
        for width in [40, 60, 80, 132] {
            for line in terminal(&results, Style { width, ..PLAIN }).lines() {
                assert!(line.width() <= width, "{name} at {width}: {line}");
            }
        }
    }
}

#[test]
fn color_adds_nothing_but_escapes() {
    for (_, results) in fixture::all() {
        let colored = terminal(&results, Style { color: true, ..PLAIN });
        let mut bare = String::new();
        let mut parts = colored.split("\u{1b}[");
        bare += parts.next().expect("a split has a first part");
        parts.for_each(|part| bare += part.split_once('m').expect("an escape ends").1);
        assert_eq!(bare, terminal(&results, PLAIN));
    }
}

#[test]
fn ascii_style_keeps_to_ascii() {
    let mut results = fixture::checkout();
    results.designs.iter_mut().for_each(|design| design.service.causes.retain(|cause| cause.site.is_ascii()));
    let text = terminal(&results, Style { ascii: true, ..PLAIN });
    let odd: Vec<char> = text.chars().filter(|c| !c.is_ascii()).collect();
    assert!(odd.is_empty(), "{odd:?}");
}

#[test]
fn csv_has_a_line_for_every_service() {
    insta::assert_snapshot!("csv", csv(&fixture::checkout()));
    assert_eq!(csv(&fixture::sweep(12)).lines().count(), 1 + 2 * 12);
}

#[test]
fn json_reads_back_as_the_same_results() {
    for (name, results) in fixture::all() {
        let text = json(&results);
        let back: Results = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(json(&back) == text, "{name}");
    }
}
