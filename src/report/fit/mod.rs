//! What a person reads after `nines fit`: tables for the terminal, laws to paste, and all of it as JSON.

mod laws;
mod several;
mod single;
mod words;

use super::grid::{Cell, Column};
use super::grid::{Grid, Style, Tone};
use super::number::{count, count_of, share};
use super::plot::FitPlot;
use super::text::printable;
use crate::fit::{Findings, Mess};

pub use laws::laws_toml;
pub(crate) use laws::{label, law_text};
pub(crate) use words::colophon;

/// The findings as text for a terminal, no line wider than the style's width.
///
/// One group is told in full. Of several, each has a row in every table.
pub fn fit_terminal(findings: &Findings, style: Style) -> String {
    let style = Style { width: style.width.max(40), ..style };
    let mut sections = vec![style.paragraph(&title(findings), 0, Tone::Bold)];
    match &findings.groups[..] {
        [only] => {
            sections[0] += &style.paragraph(&words::answer(only), 0, Tone::Plain);
            sections.push(rows(findings, style));
            sections.extend(single::sections(findings, only, style));
        }
        groups => {
            sections[0] += &style.paragraph(&words::answer_of_several(groups), 0, Tone::Plain);
            sections.push(rows(findings, style));
            sections.extend(several::sections(findings, style));
        }
    }
    sections.push(paste(findings, style));
    sections.push(foot(findings, style));
    sections.join("\n")
}

/// The findings as JSON, the content of `fit.json`.
pub fn fit_json(findings: &Findings) -> String {
    let mut text = serde_json::to_string_pretty(findings).expect("findings are plain data");
    text.push('\n');
    text
}

/// All files of a fit, with their names: the findings, the laws and, of each group, the plots that can be drawn.
pub fn fit_files(findings: &Findings) -> Vec<(String, Vec<u8>)> {
    let mut files = vec![
        ("fit.json".to_owned(), fit_json(findings).into_bytes()),
        ("laws.toml".to_owned(), laws_toml(findings).into_bytes()),
    ];
    let plain = |c: char| if c.is_alphanumeric() || c == '-' { c } else { '_' };
    let names = laws::distinct(findings.groups.iter().map(|group| group.name.chars().map(plain).collect()));
    for (index, name) in names.iter().enumerate() {
        let before = if names.len() == 1 { String::new() } else { format!("{name}-") };
        for plot in FitPlot::ALL {
            if let (Some(svg), Some(png)) = (plot.svg(findings, index), plot.png(findings, index)) {
                files.push((format!("{before}{}.svg", plot.name()), svg.into_bytes()));
                files.push((format!("{before}{}.png", plot.name()), png));
            }
        }
    }
    files
}

fn title(findings: &Findings) -> String {
    let file = printable(&findings.file);
    match &findings.groups[..] {
        [only] if !only.name.is_empty() => format!("{file}, {}", label(findings, only)),
        [_] => file,
        groups => format!("{file}: {}", count_of(groups.len() as u64, "group")),
    }
}

/// What the log holds, and what was wrong with its rows.
fn rows(findings: &Findings, style: Style) -> String {
    let mut grid = Grid::new(vec![
        ("Rows", Column::Number),
        ("First", Column::Number),
        ("What they are", Column::Text(3)),
        ("What was done", Column::Text(3)),
    ]);
    let mut row = |many: u64, first: Option<u64>, what: &str, then: &str| {
        let first = first.map_or(String::new(), count);
        grid.row(vec![Cell::new(count(many)), Cell::new(first), Cell::new(what), Cell::new(then)]);
    };
    row(findings.rows, None, "all", "");
    if findings.filtered > 0 {
        row(findings.filtered, None, "do not meet --where", "left out");
    }
    for (mess, many) in findings.messy.seen() {
        row(many, findings.messy.first(mess), mess.what(), mess.then());
    }
    row(findings.outages, None, "distinct outages", "fitted");
    let mut out = style.paragraph("What the log holds", 0, Tone::Bold) + &grid.render(style);
    let good = findings.rows - findings.filtered;
    let lost = [Mess::Short, Mess::NoStart, Mess::BadStart, Mess::NoUnit];
    let lost = lost.into_iter().fold(0, |sum, mess| sum + findings.messy.count(mess));
    let mut warn = |text: String| out += &style.paragraph(&format!("warning: {text}"), 2, Tone::Warn);
    if lost * 20 > good {
        warn(format!("{} of the rows could not be used.", share(lost as f64 / good as f64)));
    }
    if findings.order_is_a_guess {
        warn(
            "no date tells whether the month or the day comes first; the month was taken. Say --dates."
                .into(),
        );
    }
    out
}

fn paste(findings: &Findings, style: Style) -> String {
    let mut out = style.paragraph("To paste into an experiment", 0, Tone::Bold);
    // Not wrapped: what is pasted must stay as it is.
    for line in laws_toml(findings).lines() {
        out += &format!("{line}\n");
    }
    out
}

fn foot(findings: &Findings, style: Style) -> String {
    style.paragraph(&colophon(findings), 2, Tone::Dim)
        + &style.paragraph(&format!("again: {}", printable(&findings.command)), 2, Tone::Dim)
}
