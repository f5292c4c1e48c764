//! A log of more outages than are fitted as they are.

use std::fmt::Write;

use super::{desk, fit};

/// Four hundred units that fail every five days in turn, for fifteen years, a minute later each time.
fn log(turns: u64) -> String {
    let mut text = "node,at,down\n".to_owned();
    for turn in 0..turns {
        for unit in 0..400 {
            let seconds = 1_262_304_000 + 5 * 86_400 * turn + 600 * unit + 60 * turn;
            writeln!(text, "{unit},{seconds},{}", turn % 90 + 1).unwrap();
        }
    }
    text
}

#[test]
fn the_report_says_when_lengths_are_put_together() {
    let asked = ["log.csv", "--start", "at", "--down", "down", "--by", "node", "--resamples", "0"];
    let told = |turns: u64| {
        let folder = desk(&log(turns));
        let (code, out, err) = fit(folder.path(), &asked);
        assert_eq!((code, err.as_str()), (0, ""), "{out}");
        out.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let note = "those within 0.1% of each other count as their mean";
    let large = told(520);
    // For gaps and for repairs.
    assert_eq!(large.matches(note).count(), 2, "{large}");
    assert!(large.contains("208,000 distinct outages"), "{large}");
    assert_eq!(told(50).matches(note).count(), 0);
}
