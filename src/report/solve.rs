//! What it would take, in words and as a table.

use super::causes::top_of;
use super::grid::{Cell, Column, Grid, Style, Tone};
use super::number::{availability, per_year, share};
use super::text::printable;
use crate::experiment::{Figure, SolveResult, TriedResult};

/// Values shown: those around the answer.
const SHOWN: usize = 12;

/// The answer in a few sentences.
pub fn solve_answer(found: &SolveResult) -> String {
    let (path, service, asked) =
        (printable(&found.path), printable(&found.service), printable(&found.objective));
    let start = found.tried.iter().find(|tried| tried.value == found.start);
    let as_written = start.map_or(String::new(), available);
    let start = printable(&found.start);
    match (&found.answer, found.met_already) {
        (Some(answer), false) => format!(
            "It takes {path} = {}: {service} is then available {}. As written, with {start}, it is available {as_written}, \
             and {asked} is asked for.",
            printable(answer),
            found.best.as_ref().map_or(String::new(), available),
        ),
        (Some(answer), true) => format!(
            "{service} is available {as_written} as written, with {path} = {start}, and {asked} is asked for: it is still \
             enough up to {}.",
            printable(answer)
        ),
        (None, true) => {
            let next = match &found.best {
                Some(next) => {
                    format!("With {} it would not be enough: {}.", printable(&next.value), available(next))
                }
                None => "No value that was tried is too little.".into(),
            };
            format!(
                "{service} is available {as_written} as written, with {path} = {start}, and {asked} is asked for. {next}"
            )
        }
        (None, false) => {
            let best = found.best.as_ref();
            let causes = match top_of(&found.causes, 2).0.as_slice() {
                [] => String::new(),
                causes => {
                    let parts = causes.iter().map(|it| format!("{} ({})", it.label, share(it.share)));
                    format!(" What takes it down then is {}.", parts.collect::<Vec<_>>().join(", then "))
                }
            };
            format!(
                "No {path} is enough for {asked}: with {}, the best that was tried, {service} is available {}.{causes}",
                best.map_or(String::new(), |best| printable(&best.value)),
                best.map_or(String::new(), available)
            )
        }
    }
}

fn available(tried: &TriedResult) -> String {
    availability(&complement(&tried.availability)).value
}

fn complement(up: &Figure) -> Figure {
    Figure { value: 1.0 - up.value, lower: 1.0 - up.upper, upper: 1.0 - up.lower }
}

/// How sure the answer is: where trials show the objective met, and where missed.
fn certainty(found: &SolveResult) -> Option<String> {
    let undecided: Vec<&TriedResult> =
        found.tried.iter().filter(|tried| tried.objective == "undecided").collect();
    let (first, last) = (undecided.first()?, undecided.last()?);
    let between = match first.value == last.value {
        true => format!("With {}", printable(&first.value)),
        false => format!("Between {} and {}", printable(&first.value), printable(&last.value)),
    };
    let asked = share(found.confidence);
    Some(format!(
        "{between}, the trials do not tell at {asked} confidence: more of them, or --precision, do."
    ))
}

/// The answer and the values behind it, as text for a terminal.
pub fn solve_terminal(found: &SolveResult, style: Style) -> String {
    let (service, asked) = (printable(&found.service), printable(&found.objective));
    let title = format!("What would it take for {service} to be available {asked}?");
    let mut out = style.paragraph(&title, 0, Tone::Bold);
    out += &style.paragraph(&solve_answer(found), 0, Tone::Plain);
    let heading = format!("{} of “{}”", printable(&found.path), printable(&found.design));
    out += "\n";
    out += &style.paragraph(&heading, 0, Tone::Bold);
    let mut grid = Grid::new(vec![
        ("Value", Column::Text(2)),
        ("Availability", Column::Number),
        ("Downtime", Column::Number),
        ("Objective", Column::Text(2)),
    ]);
    for tried in around(found) {
        let marked = match &tried.value {
            value if Some(value) == found.answer.as_ref() => format!("{} (answer)", printable(value)),
            value if *value == found.start => format!("{} (as written)", printable(value)),
            value => printable(value),
        };
        let downtime = per_year(&tried.downtime_s_per_year);
        grid.row(vec![
            Cell::new(marked),
            Cell::new(available(tried)),
            Cell::new(downtime.value).under(downtime.interval),
            match tried.objective.as_str() {
                "met" => Cell::toned("met", Tone::Good),
                "missed" => Cell::toned("missed", Tone::Bad),
                _ => Cell::toned("not told apart", Tone::Warn),
            },
        ]);
    }
    out += &grid.render(style);
    if let Some(sentence) = certainty(found) {
        out += &style.paragraph(&sentence, 2, Tone::Dim);
    }
    out += "\n";
    out + &style.paragraph(&format!("again: {}", printable(&found.command)), 2, Tone::Dim)
}

/// The tried values, those nearest to the answer where they are many, and that which is written.
fn around(found: &SolveResult) -> Vec<&TriedResult> {
    let all = &found.tried;
    let middle = found.answer.as_ref().or(found.best.as_ref().map(|best| &best.value));
    let middle = middle.and_then(|value| all.iter().position(|tried| tried.value == *value)).unwrap_or(0);
    let first = middle.saturating_sub(SHOWN / 2).min(all.len().saturating_sub(SHOWN));
    let near = first..all.len().min(first + SHOWN);
    let kept = all.iter().enumerate().filter(|(at, tried)| near.contains(at) || tried.value == found.start);
    kept.map(|(_, tried)| tried).collect()
}

/// The answer as JSON.
pub fn solve_json(found: &SolveResult) -> String {
    serde_json::to_string_pretty(found).expect("results are numbers, texts and lists of them") + "\n"
}
