//! What an experiment on a protocol found, as text for a terminal.

use super::grid::{Cell, Column, Grid, Style, Tone};
use super::number::{count, count_of, duration, fixed, plain, rough};
use super::terminal::name;
use super::text::printable;
use crate::experiment::{Figure, ProtocolResult, StudyResults};

/// The results of an experiment on a protocol as text, no line wider than the style's width.
///
/// Where faults were made up to break the protocol there are no figures of availability, only whether it broke.
pub fn protocol_terminal(results: &StudyResults, style: Style) -> String {
    let style = Style { width: style.width.max(40), ..style };
    let mut sections = vec![
        style.paragraph(&printable(&results.title), 0, Tone::Bold)
            + &style.paragraph(&answer(results), 0, Tone::Plain),
    ];
    sections.extend(served(results, style));
    sections.extend(unmet(results, style));
    sections.extend(latencies(results, style));
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

fn answer(results: &StudyResults) -> String {
    let broken: Vec<&ProtocolResult> =
        results.designs.iter().filter(|design| design.violations > 0).collect();
    let estimated: Vec<&ProtocolResult> =
        results.designs.iter().filter(|design| !design.adversarial).collect();
    let mut words = Vec::new();
    if let Some(first) = broken.first() {
        let others = match broken.len() {
            1 => String::new(),
            2 => ", and so does another design".to_owned(),
            more => format!(", and so do {} other designs", more - 1),
        };
        words.push(format!(
            "“{}” breaks what must hold, in {} of {}{others}.",
            name(&first.name),
            count(first.violations),
            count_of(first.trials, "trial")
        ));
    } else {
        words.push("Nothing that must hold was broken.".to_owned());
    }
    // With several designs the table tells: which is best is for pairs of trials to say.
    if let [only] = estimated[..]
        && let Some(figure) = unanswered(only)
    {
        words.push(format!("{} of requests were not answered.", share_of(figure)));
    }
    words.join(" ")
}

fn unanswered(design: &ProtocolResult) -> Option<&Figure> {
    design.clients.first()?.unanswered.as_ref()
}

/// A share in percent, with its interval.
fn share_of(figure: &Figure) -> String {
    let percent =
        Figure { value: 100.0 * figure.value, lower: 100.0 * figure.lower, upper: 100.0 * figure.upper };
    let reading = plain(&percent);
    match (reading.value.as_str(), reading.interval) {
        ("none", _) => "none".to_owned(),
        (value, Some(interval)) => format!("{value}% ({interval}%)"),
        (value, None) => format!("{value}%"),
    }
}

fn share_cell(figure: Option<&Figure>) -> Cell {
    let Some(figure) = figure else { return Cell::new("–") };
    let percent =
        Figure { value: 100.0 * figure.value, lower: 100.0 * figure.lower, upper: 100.0 * figure.upper };
    let reading = plain(&percent);
    let value = if reading.value == "none" { reading.value } else { format!("{}%", reading.value) };
    Cell::new(value).under(reading.interval.map(|interval| format!("{interval}%")))
}

fn served(results: &StudyResults, style: Style) -> Option<String> {
    let mut grid = Grid::new(vec![
        ("design", Column::Text(2)),
        ("clients", Column::Text(2)),
        ("requests", Column::Number),
        ("unanswered", Column::Number),
        ("client time down", Column::Number),
        ("not serving", Column::Number),
    ]);
    let mut any = false;
    for design in results.designs.iter().filter(|design| !design.adversarial) {
        for (at, group) in design.clients.iter().enumerate() {
            any = true;
            grid.row(vec![
                Cell::new(if at == 0 { name(&design.name) } else { String::new() }),
                Cell::new(printable(&group.name)),
                Cell::new(count(group.requests as u64)),
                share_cell(group.unanswered.as_ref()),
                share_cell(group.unavailable_time.as_ref()),
                if at == 0 { share_cell(design.idle.as_ref()) } else { Cell::new("") },
            ]);
        }
    }
    any.then(|| grid.render(style))
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
    for design in &results.designs {
        if let Some(latency) = &design.latency {
            any = true;
            let times = [latency.p50, latency.p95, latency.p99, latency.p999, latency.most];
            let cells = times.into_iter().map(|seconds| Cell::new(duration(seconds)));
            grid.row(std::iter::once(Cell::new(name(&design.name))).chain(cells).collect());
        }
    }
    any.then(|| grid.render(style))
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
        let broken = match design.violations {
            0 => Cell::toned("none", Tone::Good),
            many => Cell::toned(count(many), Tone::Bad),
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
                &format!("{}, trial {trial}, {}", name(&design.name), printable(what)),
                2,
                Tone::Bad,
            );
            let which = if results.designs.len() > 1 {
                format!(" --design '{}'", design.name)
            } else {
                String::new()
            };
            for word in ["replay", "shrink"] {
                text += &format!("  nines {word} {}{which} --trial {trial}\n", results.file);
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
        "model {}, {} a trial, seed {}, {}% intervals, digest {}",
        printable(&results.model),
        duration(results.horizon),
        results.seed,
        fixed(100.0 * results.confidence, 0),
        results.digest
    );
    text + &style.paragraph(&line, 0, Tone::Dim)
}
