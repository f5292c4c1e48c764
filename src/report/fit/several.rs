//! The tables of several groups: a row each.

use super::laws::label;
use super::single::figure;
use crate::fit::{Family, Findings, Fit, GroupFit};
use crate::report::grid::{Cell, Column, Grid, Style, Tone};
use crate::report::number::{count, duration, fixed, plain, seconds, share};
use crate::report::text::cut_middle;

/// Longest name of a group, in columns.
const NAME: usize = 24;

pub(super) fn sections(findings: &Findings, style: Style) -> Vec<String> {
    vec![failures(findings, style), repairs(findings, style), together(findings, style)]
}

fn name(findings: &Findings, group: &GroupFit) -> Cell {
    Cell::new(cut_middle(&label(findings, group), NAME))
}

fn best(fit: &Fit) -> Cell {
    Cell::new(fit.best().map_or("", |law| law.family.name()))
}

fn failures(findings: &Findings, style: Style) -> String {
    let mut grid = Grid::new(vec![
        ("Group", Column::Text(2)),
        ("Units", Column::Number),
        ("Failures", Column::Number),
        ("Best law", Column::Text(1)),
        ("Weibull shape", Column::Number),
        ("MTBF", Column::Number),
    ]);
    for group in &findings.groups {
        let fit = &group.failures;
        let shape = fit.law(Family::Weibull).and_then(|law| law.shape);
        let per_failure = match (&fit.bound, &fit.mean_s) {
            (Some(bound), _) => format!("> {}", duration(bound.mean_at_least_s)),
            (None, Some(mean)) => seconds(&figure(mean)).value,
            _ => String::new(),
        };
        grid.row(vec![
            name(findings, group),
            Cell::new(count(group.watch.units)),
            Cell::new(count(fit.ended)),
            best(fit),
            Cell::new(shape.map_or("too few".into(), |shape| plain(&figure(&shape)).line())),
            Cell::new(per_failure),
        ]);
    }
    let note = "MTBF: unit time over failures, whatever the law. > is a bound, for fewer than 10 failures.";
    let many = findings.groups.iter().find_map(|group| super::words::in_cells(&group.failures));
    let note = many.map_or(note.to_owned(), |many| format!("{note} {many}"));
    style.paragraph("Time to failure", 0, Tone::Bold)
        + &grid.render(style)
        + &style.paragraph(&note, 2, Tone::Dim)
}

fn repairs(findings: &Findings, style: Style) -> String {
    let mut grid = Grid::new(vec![
        ("Group", Column::Text(2)),
        ("Repairs", Column::Number),
        ("Best law", Column::Text(1)),
        ("Median", Column::Number),
        ("Mean", Column::Number),
        ("Lognormal sigma", Column::Number),
    ]);
    for group in &findings.groups {
        let fit = &group.repairs;
        let sigma = fit.law(Family::LogNormal).and_then(|law| law.shape);
        grid.row(vec![
            name(findings, group),
            Cell::new(count(fit.ended)),
            best(fit),
            Cell::new(if fit.ended > 0 { duration(fit.median_s) } else { String::new() }),
            Cell::new(match (&fit.bound, &fit.mean_s) {
                (None, Some(mean)) => seconds(&figure(mean)).line(),
                (_, mean) => mean.map_or(String::new(), |mean| duration(mean.value)),
            }),
            Cell::new(sigma.map_or("too few".into(), |sigma| plain(&figure(&sigma)).line())),
        ]);
    }
    style.paragraph("Time to repair", 0, Tone::Bold) + &grid.render(style)
}

fn together(findings: &Findings, style: Style) -> String {
    let mut grid = Grid::new(vec![
        ("Group", Column::Text(2)),
        ("In bursts", Column::Number),
        ("By chance", Column::Number),
        ("Day to day", Column::Number),
        ("Week to week", Column::Number),
        ("Var/mean", Column::Number),
    ]);
    for group in &findings.groups {
        let together = &group.together;
        let all = together.failures.max(1) as f64;
        let auto = |of: &str| {
            let found = together.autocorrelation.iter().find(|auto| auto.of == of && auto.apart == 1);
            found.map_or(String::new(), |auto| {
                format!(
                    "{}{}",
                    super::words::hundredths(auto.value),
                    if auto.value.abs() > auto.band { "*" } else { " " }
                )
            })
        };
        let several = group.watch.units > 1;
        let shown = |part: f64| if several { share(part / all) } else { String::new() };
        grid.row(vec![
            name(findings, group),
            Cell::new(shown(together.near as f64)),
            Cell::new(shown(together.near_by_chance)),
            Cell::new(auto("day")),
            Cell::new(auto("week")),
            Cell::new(
                together
                    .dispersion
                    .map_or(String::new(), |it| if it < 10.0 { format!("{it:.1}") } else { fixed(it, 0) }),
            ),
        ]);
    }
    let window = findings.groups.first().map_or(0.0, |group| group.together.window_s);
    let notes = format!(
        "In bursts: failures within {} of another unit's. Day to day, week to week: autocorrelation of counts; * is \
         beyond what independent counts show in 95 of 100 cases. Var/mean: variance over mean of the failures of units, 1 if \
         they are alike and fail at a constant rate.",
        super::words::round_time(window)
    );
    style.paragraph("What single units do not show", 0, Tone::Bold)
        + &grid.render(style)
        + &style.paragraph(&notes, 2, Tone::Dim)
        + &warnings(findings, style)
}

/// Groups whose units fell silent or began to fail.
fn warnings(findings: &Findings, style: Style) -> String {
    let mut out = String::new();
    for group in &findings.groups {
        let text = super::words::changed(group);
        let text = text.map(|text| format!("warning: {}: {text}", label(findings, group)));
        out += &text.map_or(String::new(), |text| style.paragraph(&text, 2, Tone::Warn));
    }
    out
}
