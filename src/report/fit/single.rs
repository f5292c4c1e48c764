//! The tables of one group: its laws, its hazard, and what its failures have to do with each other.

use super::laws::{counted, parameters, unknown};
use super::words;
use crate::experiment::Figure;
use crate::fit::{Findings, Fit, GroupFit, Measured};
use crate::report::grid::{Cell, Column, Grid, Style, Tone};
use crate::report::number::{self, Reading, YEAR, count, duration, fixed, plain, seconds};

pub(super) fn sections(_: &Findings, group: &GroupFit, style: Style) -> Vec<String> {
    let watch = &group.watch;
    let watched = format!(
        "Time to failure: {}; {} of which {} appear, {} to {}",
        counted(&group.failures, "failure"),
        number::count_of(watch.units, "unit"),
        count(group.appear),
        watch.since,
        watch.until
    );
    let mut sections = vec![
        laws(&watched, &group.failures, "failure", style),
        hazard(&group.failures, style),
        laws(&repairs_title(group), &group.repairs, "repair", style),
    ];
    let lines = words::together(group);
    let changed = words::changed(group);
    let warning =
        changed.map_or(String::new(), |text| style.paragraph(&format!("warning: {text}"), 2, Tone::Warn));
    if !lines.is_empty() {
        let lines = lines.iter().map(|line| style.paragraph(line, 2, Tone::Plain));
        let title = style.paragraph("What single units do not show", 0, Tone::Bold);
        sections.push(title + &lines.collect::<String>() + &warning);
    }
    sections.retain(|section| !section.is_empty());
    sections
}

fn repairs_title(group: &GroupFit) -> String {
    let mut title = format!("Time to repair: {}", counted(&group.repairs, "repair"));
    if group.zero_repairs > 0 {
        title += &format!("; {} of no length left out", count(group.zero_repairs));
    }
    if group.unknown_repairs > 0 {
        title += &format!("; {} of unknown length", count(group.unknown_repairs));
    }
    title
}

/// An interval narrower than this, relative to its value, is not shown: nothing hangs on it, and its digits are many.
const NARROW: f64 = 0.004;

/// A measured value as a figure of the reports.
pub(super) fn figure(measured: &Measured) -> Figure {
    let value = measured.value;
    let wide = measured.interval.filter(|(lower, upper)| upper - lower > NARROW * value);
    let (lower, upper) = wide.unwrap_or((value, value));
    Figure { value, lower, upper }
}

fn cell(reading: Reading) -> Cell {
    Cell::new(reading.value).under(reading.interval)
}

fn laws(title: &str, fit: &Fit, what: &str, style: Style) -> String {
    let mut out = style.paragraph(title, 2, Tone::Bold);
    if fit.laws.is_empty() {
        return out + &style.paragraph(&format!("No law: {}.", unknown(fit, what)), 2, Tone::Plain);
    }
    let mut grid = Grid::new(vec![
        ("Law", Column::Text(2)),
        ("Shape, sigma", Column::Number),
        ("Scale, median", Column::Number),
        ("Mean", Column::Number),
        ("ΔAIC", Column::Number),
        ("Distance", Column::Number),
        ("Chance", Column::Number),
    ]);
    for law in &fit.laws {
        let mut row = vec![Cell::new(law.family.name())];
        let given = parameters(law);
        for is_time in [false, true] {
            row.push(
                given.iter().find(|(_, _, time)| *time == is_time).map_or(Cell::new(""), |(_, value, _)| {
                    cell(if is_time { seconds(&figure(value)) } else { plain(&figure(value)) })
                }),
            );
        }
        row.push(cell(seconds(&figure(&law.mean_s))));
        row.push(Cell::new(if law.delta_aic > 9999.0 {
            ">9999".to_owned()
        } else {
            fixed(law.delta_aic, 0)
        }));
        row.push(Cell::new(fixed(law.distance, 3)));
        row.push(law.chance.map_or(Cell::new(""), |chance| {
            Cell::toned(shown_chance(chance), if chance < 0.05 { Tone::Warn } else { Tone::Plain })
        }));
        grid.row(row);
    }
    out += &grid.render(style);
    out + &style.paragraph(&notes(fit), 2, Tone::Dim)
}

/// A chance by counting resamples has no more digits than they give.
fn shown_chance(chance: f64) -> String {
    if chance < 0.01 { "< 1%".to_owned() } else { format!("{:.0}%", chance * 100.0) }
}

fn notes(fit: &Fit) -> String {
    let mean = fit.mean_s.as_ref().map(|mean| seconds(&figure(mean)).line());
    let mut text = format!(
        "Whatever the law: mean {}, median of those seen {}, 95th percentile {}. Distance: largest to the \
         Kaplan-Meier curve; chance: of such a distance if the law were true.",
        mean.unwrap_or_default(),
        duration(fit.median_s),
        duration(fit.p95_s)
    );
    // Without resamples there is nothing to win.
    if let Some(best) = fit.best().filter(|best| best.chance.is_some() && best.wins < 0.9) {
        text += &format!(" The best law is the best in only {:.0}% of the resamples.", 100.0 * best.wins);
    }
    // A step of a second in times of days changes nothing.
    if fit.resolution_s > 0.0 && fit.resolution_s > fit.median_s / 500.0 {
        text += &format!(
            " Times are whole multiples of {}: distances allow for that, likelihoods do not.",
            words::round_time(fit.resolution_s)
        );
    }
    text += &words::in_cells(fit).map_or(String::new(), |note| format!(" {note}"));
    text
}

fn hazard(fit: &Fit, style: Style) -> String {
    if fit.ended == 0 {
        return String::new();
    }
    let mut grid = Grid::new(vec![
        ("Since the last repair", Column::Text(1)),
        ("Failures", Column::Number),
        ("Unit-years", Column::Number),
        ("Failures per unit and year", Column::Number),
    ]);
    for piece in &fit.hazard {
        let range = if piece.to_s > 100.0 * YEAR {
            format!("more than {}", words::round_time(piece.from_s))
        } else if piece.from_s == 0.0 {
            format!("up to {}", words::round_time(piece.to_s))
        } else {
            format!("{} to {}", words::round_time(piece.from_s), words::round_time(piece.to_s))
        };
        let rate = Figure { value: piece.rate * YEAR, lower: piece.lower * YEAR, upper: piece.upper * YEAR };
        let reading = if piece.ended > 0.0 {
            plain(&rate).line()
        } else {
            format!("< {}", fixed(rate.upper, if rate.upper < 10.0 { 2 } else { 0 }))
        };
        let years = piece.exposure_s / YEAR;
        grid.row(vec![
            Cell::new(range),
            Cell::new(count(piece.ended as u64)),
            Cell::new(fixed(years, if years < 10.0 { 2 } else { 0 })),
            Cell::new(reading),
        ]);
    }
    style.paragraph("Failures by time since the last repair", 0, Tone::Bold) + &grid.render(style)
}
