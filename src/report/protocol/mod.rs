//! What an experiment on a protocol found, as text for a terminal.

mod answer;
mod page;
mod reading;

pub use page::protocol_html;

use crate::experiment::{Figure, ProtocolResult, StudyResults};
use crate::report::grid::{Cell, Column, Grid, Style, Tone};
use crate::report::number::{count, count_of, duration, factors, fixed, rough};
use crate::report::terminal::name;
use crate::report::text::printable;
use crate::report::windows::{left, length};
use reading::{again, broken_in, some_are_wrong, times, undecided, with_windows};
pub(super) use reading::{estimated, percent};

/// Pairs that are shown.
const PAIRS: usize = 10;

/// The results of an experiment on a protocol as text, no line wider than the style's width.
///
/// Where faults were made up to break the protocol there are no figures of availability, only whether it broke.
pub fn protocol_terminal(results: &StudyResults, style: Style) -> String {
    let style = Style { width: style.width.max(40), ..style };
    let mut sections = vec![
        style.paragraph(&printable(&results.title), 0, Tone::Bold)
            + &style.paragraph(&answer::answer(results), 0, Tone::Plain),
    ];
    sections.extend(served(results, style));
    sections.extend(unmet(results, style));
    sections.extend(latencies(results, style));
    sections.extend(worst_windows(results, style));
    sections.extend(comparisons(results, style));
    sections.push(checks(results, style));
    sections.extend(violations(results, style));
    sections.push(foot(results, style));
    sections.join("\n")
}

/// The results as JSON.
///
/// # Panics
/// Never: results are plain data.
pub fn protocol_json(results: &StudyResults) -> String {
    let mut text = serde_json::to_string_pretty(results).expect("results are plain data");
    text.push('\n');
    text
}

fn share_cell(figure: Option<&Figure>) -> Cell {
    let Some(figure) = figure else { return Cell::new("–") };
    let reading = percent(figure);
    Cell::new(reading.value).under(reading.interval)
}

fn served(results: &StudyResults, style: Style) -> Option<String> {
    let wrong = some_are_wrong(results);
    let mut columns = vec![
        ("design", Column::Text(2)),
        ("clients", Column::Text(2)),
        ("requests", Column::Number),
        ("unanswered", Column::Number),
    ];
    columns.extend(wrong.then_some(("answered wrongly", Column::Number)));
    columns.extend([("client time down", Column::Number), ("not serving", Column::Number)]);
    let mut grid = Grid::new(columns);
    for design in results.designs.iter().filter(|design| !design.adversarial) {
        for (at, group) in design.clients.iter().enumerate() {
            let mut row = vec![
                Cell::new(if at == 0 { name(&design.name) } else { String::new() }),
                Cell::new(printable(&group.name)),
                Cell::new(count(group.requests as u64)),
                share_cell(group.unanswered.as_ref()),
            ];
            row.extend(wrong.then(|| share_cell(group.wrong.as_ref())));
            row.push(share_cell(group.unavailable_time.as_ref()));
            row.push(if at == 0 { share_cell(design.idle.as_ref()) } else { Cell::new("") });
            grid.row(row);
        }
    }
    estimated(results).next().map(|_| grid.render(style))
}

/// What the replicas that processes run on would allow.
fn unmet(results: &StudyResults, style: Style) -> Option<String> {
    let mut grid = Grid::new(vec![
        ("hosts alone", Column::Text(2)),
        ("service", Column::Text(2)),
        ("too few up", Column::Number),
    ]);
    let mut any = false;
    for design in &results.designs {
        for (at, (service, share)) in design.unmet.iter().enumerate() {
            any = true;
            grid.row(vec![
                Cell::new(if at == 0 { name(&design.name) } else { String::new() }),
                Cell::new(printable(service)),
                share_cell(Some(share)),
            ]);
        }
    }
    any.then(|| grid.render(style))
}

fn latencies(results: &StudyResults, style: Style) -> Option<String> {
    let mut grid = Grid::new(vec![
        ("how long answers took", Column::Text(2)),
        ("half", Column::Number),
        ("95%", Column::Number),
        ("99%", Column::Number),
        ("99.9%", Column::Number),
        ("longest", Column::Number),
    ]);
    let mut any = false;
    for (design, all) in estimated(results) {
        if let Some(latency) = &all.latency {
            any = true;
            let cells = times(latency).into_iter().map(|seconds| Cell::new(duration(seconds)));
            grid.row(std::iter::once(Cell::new(name(&design.name))).chain(cells).collect());
        }
    }
    any.then(|| grid.render(style))
}

/// The worst windows of client time, where there was anything to lose.
fn worst_windows(results: &StudyResults, style: Style) -> Option<String> {
    let designs: Vec<&ProtocolResult> = with_windows(results).collect();
    let windows = &designs.first()?.windows;
    let heads: Vec<String> = windows.iter().map(|window| length(window.length_s)).collect();
    let mut columns = vec![("client time up in the worst", Column::Text(2))];
    columns.extend(heads.iter().map(|head| (head.as_str(), Column::Number)));
    let mut grid = Grid::new(columns);
    for design in designs {
        let cells = design.windows.iter().map(|window| Cell::new(left(&window.worst).value));
        grid.row(std::iter::once(Cell::new(name(&design.name))).chain(cells).collect());
    }
    Some(grid.render(style))
}

/// The designs in pairs, the first of them.
fn comparisons(results: &StudyResults, style: Style) -> Option<String> {
    let mut grid = Grid::new(vec![
        ("client time down, in pairs of trials", Column::Text(2)),
        ("against", Column::Text(2)),
        ("times", Column::Number),
        ("verdict", Column::Text(1)),
    ]);
    for comparison in results.comparisons.iter().take(PAIRS) {
        let tone = match comparison.verdict.as_str() {
            "better" => Tone::Good,
            "worse" => Tone::Bad,
            _ => Tone::Plain,
        };
        let ratio = comparison.ratio.as_ref().map(factors);
        grid.row(vec![
            Cell::new(name(&comparison.design)),
            Cell::new(name(&comparison.baseline)),
            ratio.map_or_else(|| Cell::new("–"), |ratio| Cell::new(ratio.value).under(ratio.interval)),
            Cell::toned(comparison.verdict.clone(), tone),
        ]);
    }
    let more = results.comparisons.len().saturating_sub(PAIRS) as u64;
    let note =
        (more > 0).then(|| style.paragraph(&format!("and {} more", count_of(more, "pair")), 2, Tone::Dim));
    (!results.comparisons.is_empty()).then(|| grid.render(style) + &note.unwrap_or_default())
}

fn checks(results: &StudyResults, style: Style) -> String {
    let mut grid = Grid::new(vec![
        ("what must hold", Column::Text(2)),
        ("trials", Column::Number),
        ("broken in", Column::Number),
        ("messages a trial", Column::Number),
        ("not delivered", Column::Number),
    ]);
    for design in &results.designs {
        let (sent, lost) = design.messages;
        let broken = match (design.violations, design.undecided) {
            (0, 0) => Cell::toned("none", Tone::Good),
            (0, _) => Cell::toned("none seen", Tone::Plain),
            (many, _) => Cell::toned(count(many), Tone::Bad),
        };
        grid.row(vec![
            Cell::new(name(&design.name)),
            Cell::new(count(design.trials)),
            broken,
            Cell::new(count(sent.round() as u64)),
            Cell::new(if lost == 0.0 { "none".to_owned() } else { format!("{}%", rough(100.0 * lost)) }),
        ]);
    }
    let mut text = grid.render(style);
    for line in undecided(results) {
        text += &style.paragraph(&line, 2, Tone::Warn);
    }
    for design in &results.designs {
        let marks = design.marks.iter().map(|(mark, many)| format!("{} {}", rough(*many), printable(mark)));
        let marks: Vec<String> = marks.collect();
        if !marks.is_empty() {
            text += &style.paragraph(
                &format!("{}: a trial has {}.", name(&design.name), marks.join(", ")),
                2,
                Tone::Dim,
            );
        }
    }
    text
}

fn violations(results: &StudyResults, style: Style) -> Option<String> {
    let mut text = String::new();
    for design in &results.designs {
        if let Some((trial, what)) = &design.first_violation {
            text += &style.paragraph(
                &format!("{}, {}", name(&design.name), broken_in(*trial, &printable(what))),
                2,
                Tone::Bad,
            );
            for word in ["replay", "shrink"] {
                text += &format!("  {}\n", again(results, &design.name, word, *trial));
            }
        }
    }
    (!text.is_empty()).then_some(text)
}

fn foot(results: &StudyResults, style: Style) -> String {
    let adversarial = results.designs.iter().any(|design| design.adversarial);
    let mut text = String::new();
    if adversarial {
        let note = "Faults of a nemesis are chosen to break the protocol: no estimate comes from them.";
        text += &style.paragraph(note, 0, Tone::Dim);
    }
    let line = format!(
        "model {}, {} a trial{}, seed {}, {}% intervals, digest {}",
        printable(&results.model),
        duration(results.horizon_s),
        match results.warm_up_s {
            0.0 => String::new(),
            seconds => format!(", the first {} of it discarded", duration(seconds)),
        },
        results.seed,
        fixed(100.0 * results.confidence, 0),
        results.digest
    );
    text + &style.paragraph(&line, 0, Tone::Dim)
}
