//! A measurement as text for a terminal.

use super::{of_what, struck, unnoticed};
use crate::experiment::{Figure, MeasureResults, MeasuredLaw, MeasuredResult, MilestoneResult};
use crate::report::grid::{Cell, Column, Grid, Style, Tone};
use crate::report::number::{self, Reading, amount, chance, count, count_of, duration, fixed, share};
use crate::report::terminal::name;
use crate::report::text::printable;

/// The results of a measurement as text, no line of its own wider than the style's width.
pub fn measure_terminal(results: &MeasureResults, style: Style) -> String {
    let style = Style { width: style.width.max(40), ..style };
    let mut sections = vec![
        style.paragraph(&printable(&results.title), 0, Tone::Bold)
            + &style.paragraph(&answer(results), 0, Tone::Plain),
    ];
    sections.extend(assumed(results, style));
    sections.push(times(results, style));
    sections.push(clients(results, style) + &notes(results, style));
    sections.extend(violations(results, style));
    sections.push(foot(results, style));
    sections.join("\n")
}

/// Of the first design, and what the others do to the mean.
fn answer(results: &MeasureResults) -> String {
    let told = |design: &MeasuredResult| {
        let whose = if results.designs.len() > 1 {
            format!("“{}”", name(&design.name))
        } else {
            printable(&results.model)
        };
        let recovery = &design.recovery;
        let Some(mean) = &recovery.mean else {
            return format!(
                "{whose} answers nobody within {} of a {}.",
                duration(design.within_s),
                design.fault
            );
        };
        let tail = match recovery.quantiles.last() {
            Some((_, figure)) if figure.value < design.within_s => {
                format!(", and within {} in 99 of 100 episodes", number::seconds(figure).value)
            }
            _ => String::new(),
        };
        let left = if recovery.seen < recovery.of { " where it does" } else { "" };
        format!(
            "{whose} answers again {} after a {} on average{left}{tail}.",
            number::seconds(mean).line(),
            design.fault
        )
    };
    // More of them are read off the table.
    let said: Vec<String> = results.designs.iter().take(3).map(told).collect();
    said.join(" ")
}

/// The file that stands for what was not said, as it can be kept and changed.
fn assumed(results: &MeasureResults, style: Style) -> Option<String> {
    let text = results.assumed.as_ref()?;
    let words = "Only the model was named. The rest is assumed, as in this file:";
    let shown = |line: &str| format!("  {}", style.tint(Tone::Dim, line)).trim_end().to_owned() + "\n";
    let lines: String = text.lines().map(shown).collect();
    Some(style.paragraph(words, 0, Tone::Plain) + &lines)
}

/// The rows of a design.
fn rows(design: &MeasuredResult) -> impl Iterator<Item = (&'static str, &MilestoneResult)> {
    let detection = design.detection.as_ref().map(|it| ("detection", it));
    // Where nobody says that it was noticed the fault is what it is counted from.
    let switch = design.switch.as_ref().or(design.taken_over.as_ref().filter(|_| design.detection.is_none()));
    let recovery = Some(("recovery", &design.recovery));
    [detection, switch.map(|it| ("switch", it)), recovery].into_iter().flatten()
}

fn times(results: &MeasureResults, style: Style) -> String {
    let several = results.designs.len() > 1;
    let mut grid = Grid::new(vec![
        ("time to", Column::Text(2)),
        ("mean", Column::Number),
        ("5%", Column::Number),
        ("half", Column::Number),
        ("95%", Column::Number),
        ("99%", Column::Number),
    ]);
    for design in &results.designs {
        if several {
            let mut row = vec![Cell::toned(name(&design.name), Tone::Bold)];
            row.resize(6, Cell::new(""));
            grid.row(row);
        }
        for (what, milestone) in rows(design) {
            let seen = (milestone.seen < milestone.of)
                .then(|| format!("{} of {}", count(milestone.seen), count(milestone.of)));
            let mut row = vec![Cell::new(what).under(seen)];
            row.push(milestone.mean.as_ref().map_or(Cell::new("–"), |mean| time(mean, f64::INFINITY)));
            row.extend(milestone.quantiles.iter().map(|(_, figure)| time(figure, design.within_s)));
            grid.row(row);
        }
    }
    let mut words = "detection: from the fault to the first mark of it; ".to_owned();
    if results.designs.iter().any(|design| design.switch.is_some()) {
        words += "switch: from there to somebody standing in; ";
    }
    words += "recovery: from the fault to the first answer to a request that was asked after it";
    if results.designs.iter().all(|design| design.detection.is_none()) {
        words = words.replace("detection: from the fault to the first mark of it; ", "");
    }
    grid.render(style) + &style.paragraph(&words, 2, Tone::Dim)
}

/// A time and its interval, whose unit is said once; what is as long as can be is longer.
fn time(figure: &Figure, longest: f64) -> Cell {
    if figure.value >= longest {
        let from = (figure.lower < longest).then(|| format!("from {}", duration(figure.lower)));
        return Cell::new(format!("> {}", duration(longest))).under(from);
    }
    let Reading { value, interval } = number::seconds(&Figure {
        upper: if figure.upper >= longest { figure.value } else { figure.upper },
        ..*figure
    });
    let unit = value.split_once(' ').map_or("", |(_, unit)| unit);
    let bare = interval.map(|interval| match interval.strip_suffix(unit) {
        Some(bare) if !bare.contains(char::is_alphabetic) => bare.trim_end().to_owned(),
        _ => interval,
    });
    let interval = match figure.upper >= longest {
        true => Some(format!("from {}", duration(figure.lower))),
        false => bare,
    };
    Cell::new(value).under(interval)
}

fn clients(results: &MeasureResults, style: Style) -> String {
    let mut grid = Grid::new(vec![
        ("design", Column::Text(2)),
        ("episodes", Column::Number),
        ("recovered", Column::Number),
        ("unanswered", Column::Number),
        ("answer takes", Column::Number),
        ("asked every", Column::Number),
    ]);
    for design in &results.designs {
        let recovered = match design.recovery.seen == design.recovery.of {
            true => Cell::new("all").under(Some(format!("at least {}", share_down(design.recovers.lower)))),
            false => cell(chance(&design.recovers)),
        };
        let time = |seconds: Option<f64>| Cell::new(seconds.map_or("–".to_owned(), duration));
        grid.row(vec![
            Cell::new(name(&design.name)),
            Cell::new(count(struck(design))),
            recovered,
            cell(amount(&design.unanswered)),
            time(design.answer_s),
            time(design.between_requests_s),
        ]);
    }
    grid.render(style)
}

fn cell(reading: Reading) -> Cell {
    Cell::new(reading.value).under(reading.interval)
}

/// A lower bound stays one.
fn share_down(bound: f64) -> String {
    format!("{}%", fixed((bound * 1000.0).floor() / 10.0, 1))
}

/// What the figures are, and what they leave out.
fn notes(results: &MeasureResults, style: Style) -> String {
    let mut out = String::new();
    let several = results.designs.len() > 1;
    for design in &results.designs {
        let whose = if several { format!("{}: ", name(&design.name)) } else { String::new() };
        if design.unready > 0 {
            let note = format!(
                "{whose}in {} of {} the protocol did not serve, or nobody led, when the fault was to strike; they are left out.",
                count(design.unready),
                count_of(design.episodes, "episode")
            );
            out += &style.paragraph(&note, 2, Tone::Warn);
        }
        let lost = design.recovery.of - design.recovery.seen;
        if lost > 0 {
            let note = format!(
                "{whose}{} did not recover within {}: in the quantiles they are longer than all others, and the mean is that of \
                 the others.",
                count_of(lost, "episode"),
                duration(design.within_s)
            );
            out += &style.paragraph(&note, 2, Tone::Warn);
        }
        if let Some(note) = unnoticed(design) {
            out += &style.paragraph(&format!("{whose}{note}"), 2, Tone::Warn);
        }
        if let Some(law) = &design.law {
            out += &style.paragraph(&format!("{whose}{}", as_failover(law)), 2, Tone::Dim);
        }
    }
    out
}

fn as_failover(law: &MeasuredLaw) -> String {
    let mean =
        |law: &crate::random::Law| duration(law.mean().map_or(f64::INFINITY, crate::units::Duration::secs));
    let together = law.correlation.map_or(String::new(), |correlation| {
        format!("; over episodes their correlation is {}", fixed(correlation, 2))
    });
    format!(
        "as a failover: detect {}, switch from there to the first answer {} on average, succeeds {}{together}",
        mean(&law.detect),
        mean(&law.switch),
        share(law.succeeds.value())
    )
}

fn violations(results: &MeasureResults, style: Style) -> Option<String> {
    let mut text = String::new();
    for design in results.designs.iter().filter(|design| design.violations > 0) {
        let Some((trial, what)) = &design.first_violation else { continue };
        let words = format!(
            "{}: what must hold was broken in {}, first in trial {trial}, {}",
            name(&design.name),
            count_of(design.violations, "episode"),
            printable(what)
        );
        text += &style.paragraph(&words, 2, Tone::Bad);
        let which =
            if results.designs.len() > 1 { format!(" --design '{}'", design.name) } else { String::new() };
        for word in ["replay", "shrink"].iter().filter(|_| results.assumed.is_none()) {
            text += &format!("  nines {word} {}{which} --trial {trial}\n", results.file);
        }
    }
    (!text.is_empty()).then_some(text)
}

fn foot(results: &MeasureResults, style: Style) -> String {
    let first = &results.designs[0];
    let alike = results.designs.iter().all(|design| design.fault == first.fault);
    let what = if alike { of_what(first) } else { "several faults".to_owned() };
    let line = format!(
        "model {}, {what}, seed {}, {}% intervals (quantiles: order statistics), digest {}",
        printable(&results.model),
        results.seed,
        fixed(100.0 * results.confidence, 0),
        results.digest
    );
    style.paragraph(&line, 0, Tone::Dim)
}
