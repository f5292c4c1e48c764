//! What was measured of a protocol: for a terminal, as laws that an experiment reads, and as files.

mod laws;
mod terminal;

pub use laws::measured_toml;
pub use terminal::measure_terminal;

use super::number::{count, count_of};
use super::plot;
use crate::experiment::{MeasureResults, MeasuredResult};

/// The results as JSON.
///
/// # Panics
/// Never: results are plain data.
pub fn measure_json(results: &MeasureResults) -> String {
    let mut text = serde_json::to_string_pretty(results).expect("results are plain data");
    text.push('\n');
    text
}

/// The files of a measurement: results, the plot, and the laws, of this name, where there are any.
pub fn measure_files(results: &MeasureResults, name: &str) -> Vec<(String, Vec<u8>)> {
    let mut files = vec![("results.json".to_owned(), measure_json(results).into_bytes())];
    let (svg, png) = plot::measured(results);
    files.push(("measured.svg".to_owned(), svg.into_bytes()));
    files.push(("measured.png".to_owned(), png));
    if let Some(text) = measured_toml(results, name) {
        files.push((format!("{name}.toml"), text.into_bytes()));
    }
    files
}

/// Where clients were answered though nobody had noticed: what that says of the laws.
fn unnoticed(design: &MeasuredResult) -> Option<String> {
    (design.answered_unnoticed > 0).then(|| {
        format!(
            "{} of {} that recovered had a client answered before anybody had noticed: the fault did not stop all requests, or \
             was over by then. They are all detection.",
            count(design.answered_unnoticed),
            count_of(design.recovery.seen, "episode")
        )
    })
}

/// Episodes in which the fault befell somebody.
fn struck(design: &MeasuredResult) -> u64 {
    design.episodes - design.unready
}

/// `1,000 episodes of leader-crash`.
fn of_what(design: &MeasuredResult) -> String {
    format!("{} of {}", count_of(struck(design), "episode"), design.fault)
}
