//! What a person reads after `nines run`: the answer, then the numbers behind it.

use super::answer::answer;
use super::causes::top;
use super::clients;
use super::cost;
use super::data_loss;
use super::faults;
use super::grid::{Cell, Column, Grid, Style, Tone};
use super::moves;
use super::number::{self, Reading, asked, chance, difference_per_year, per_year, plain, share};
use super::served;
use super::surprise::surprises;
use super::sweep;
use super::text::{cut_middle, printable};
use super::words;
use crate::experiment::{
    ComparisonResult, DesignResult, Figure, ObjectiveResult, OutageLength, Quantiles, Results,
};

/// Comparisons shown before the rest is only counted.
const COMPARISONS: usize = 10;
/// Longest name of a design, in columns.
const NAME: usize = 44;

/// The results as text for a terminal, no line wider than the style's width.
///
/// Everything a user wrote is stripped of control characters. Works without color: the words say it all.
pub fn terminal(results: &Results, style: Style) -> String {
    let style = Style { width: style.width.max(40), ..style };
    let mut sections = vec![
        style.paragraph(&printable(&results.title), 0, Tone::Bold)
            + &style.paragraph(&answer(results), 0, Tone::Plain),
        designs(results, style),
    ];
    sections.extend(clients::terminal(results, style));
    sections.extend(served::terminal(results, style));
    sections.extend(objective(results, style));
    sections.extend(outages(results, style));
    sections.extend(years(results, style));
    sections.extend(first_outage(results, style));
    sections.extend(faults::terminal(results, style));
    sections.extend(data_loss::terminal(results, style));
    sections.extend(causes(results, style));
    sections.extend(surprising(results, style));
    sections.extend(cost::terminal(results, style));
    sections.extend(sweeps(results, style));
    sections.extend(comparisons(results, style));
    sections.push(naive(results, style));
    sections.extend(moves::terminal(results, style));
    sections.extend(warnings(results, style));
    sections.push(foot(results, style));
    sections.join("\n")
}

pub(crate) fn name(design: &str) -> String {
    cut_middle(&printable(design), NAME)
}

fn cell(reading: Reading) -> Cell {
    Cell::new(reading.value).under(reading.interval)
}

fn designs(results: &Results, style: Style) -> String {
    let service = results.designs.first().map_or("", |design| design.service.name.as_str());
    let mut out = style.paragraph(&format!("Availability of {}", printable(service)), 0, Tone::Bold);
    let mut grid = Grid::new(vec![
        ("Design", Column::Text(2)),
        ("Availability", Column::Number),
        ("Nines", Column::Number),
        ("Downtime", Column::Number),
        ("Outages/y", Column::Number),
    ]);
    let mut notes = Vec::new();
    for design in &results.designs {
        let service = &design.service;
        grid.row(vec![
            Cell::new(name(&design.name)),
            Cell::new(number::availability(&words::told(service, &service.unavailability)).value),
            cell(number::nines(&words::told_nines(service))),
            cell(per_year(&words::told(service, &service.downtime_s_per_year))),
            cell(plain(&service.outages_per_year)),
        ]);
        let note = words::nothing_seen(results, design);
        let notes_of = note.into_iter().chain(words::planned(design)).chain(words::divided(design));
        notes.extend(notes_of.map(|note| format!("{}: {note}.", name(&design.name))));
    }
    out += &grid.render(style);
    for note in notes {
        out += &style.paragraph(&note, 2, Tone::Dim);
    }
    out
}

/// Single months and years against the objective.
fn objective(results: &Results, style: Style) -> Option<String> {
    let designs = &results.designs;
    let kept = |pick: fn(&DesignResult) -> bool| designs.iter().any(pick);
    let month = kept(|design| design.service.month_meets.is_some());
    let year = kept(|design| design.service.year_meets.is_some());
    let objective = results.objective.as_ref()?;
    let mut columns = vec![("Design", Column::Text(2))];
    columns.push(("Objective", Column::Text(2)));
    columns.extend(month.then_some(("Months that meet it", Column::Number)));
    columns.extend(year.then_some(("Years", Column::Number)));
    let mut grid = Grid::new(columns);
    for design in designs {
        let service = &design.service;
        let mut row = vec![Cell::new(name(&design.name))];
        row.push(match words::objective_met(results, design) {
            Some("met") => Cell::toned("met", Tone::Good),
            Some("missed") => Cell::toned("missed", Tone::Bad),
            other => Cell::new(other.unwrap_or_default()),
        });
        let reading = |figure: Option<Reading>| figure.map_or(Cell::new("not known"), cell);
        row.extend(month.then(|| reading(service.month_meets.as_ref().map(chance))));
        row.extend(year.then(|| reading(service.year_meets.as_ref().map(chance))));
        grid.row(row);
    }
    Some(style.paragraph(&objective_title(objective), 0, Tone::Bold) + &grid.render(style))
}

/// How far outages are apart, and how long they last: mean, median and 95th percentile.
fn outages(results: &Results, style: Style) -> Option<String> {
    if !results.designs.iter().any(|design| design.service.mtbf_s.is_some()) {
        return None;
    }
    let mut grid = Grid::new(vec![
        ("Design", Column::Text(2)),
        ("MTBF", Column::Number),
        ("MTTR", Column::Number),
        ("Median", Column::Number),
        ("p95", Column::Number),
    ]);
    for design in &results.designs {
        let service = &design.service;
        let length = |pick: fn(&OutageLength) -> f64| {
            Cell::new(
                service.outage_s.as_ref().map_or(String::new(), |length| number::duration(pick(length))),
            )
        };
        let reading =
            |figure: Option<&Figure>| figure.map_or(Cell::new(""), |figure| cell(number::seconds(figure)));
        grid.row(vec![
            Cell::new(name(&design.name)),
            reading(service.mtbf_s.as_ref()),
            match service.saw_too_few() {
                true => Cell::new("too few seen"),
                false => reading(service.mttr_s.as_ref()),
            },
            length(|length| length.median),
            length(|length| length.p95),
        ]);
    }
    Some(
        style.paragraph("Outages: time between them and how long they last", 0, Tone::Bold)
            + &grid.render(style),
    )
}

/// What the median year is like, a bad one and a very bad one.
fn years(results: &Results, style: Style) -> Option<String> {
    if !results.designs.iter().any(|design| design.service.yearly_downtime_s.is_some()) {
        return None;
    }
    let mut grid = Grid::new(vec![
        ("Design", Column::Text(2)),
        ("Half are over", Column::Number),
        ("1 in 20 is over", Column::Number),
        ("1 in 100 is over", Column::Number),
    ]);
    for design in &results.designs {
        let years = design.service.yearly_downtime_s.as_ref();
        let reading = |pick: fn(&Quantiles) -> &Figure| {
            years.map_or(Cell::new("not known"), |years| cell(number::seconds(pick(years))))
        };
        grid.row(vec![
            Cell::new(name(&design.name)),
            reading(|years| &years.p50),
            reading(|years| &years.p95),
            reading(|years| &years.p99),
        ]);
    }
    Some(style.paragraph("Downtime of single years", 0, Tone::Bold) + &grid.render(style))
}

/// What an exact solution says of the first outage.
fn first_outage(results: &Results, style: Style) -> Option<String> {
    let mut grid = Grid::new(vec![
        ("Design", Column::Text(2)),
        ("Mean time to it", Column::Number),
        ("Its chance", Column::Number),
    ]);
    let mut any = false;
    for design in &results.designs {
        let Some(exact) = &design.exact else { continue };
        any = true;
        grid.row(vec![
            Cell::new(name(&design.name)),
            Cell::new(exact.mttf_s.map_or("never".into(), number::duration)),
            Cell::new(exact.outage_chance.map_or("takes too long".into(), small_chance)),
        ]);
    }
    let title =
        format!("First outage from all up, and its chance within {}", number::duration(results.horizon_s));
    any.then(|| style.paragraph(&title, 0, Tone::Bold) + &grid.render(style))
}

/// A chance that may be far too small for a percentage.
fn small_chance(chance: f64) -> String {
    if chance >= 1e-3 { number::share(chance) } else { format!("{chance:.4e}") }
}

/// `Objective: web 99.95% monthly`.
pub(crate) fn objective_title(objective: &ObjectiveResult) -> String {
    let text = printable(&objective.text);
    let text = if text.is_empty() { asked(objective.availability) } else { text };
    format!("Objective: {} {text}", printable(&objective.service))
}

fn causes(results: &Results, style: Style) -> Option<String> {
    let mut grid = Grid::new(vec![("Design", Column::Text(2)), ("Share of its downtime", Column::Text(4))]);
    let mut any = false;
    for design in &results.designs {
        let (causes, rest) = top(&design.service, 4);
        if causes.is_empty() {
            continue;
        }
        any = true;
        let mut parts: Vec<String> = causes
            .iter()
            .map(|cause| format!("{} {}{}", share(cause.share), cause.label, cause.place))
            .collect();
        parts.extend(rest.map(|(rest, many)| format!("{} {many} others", share(rest))));
        grid.row(vec![Cell::new(name(&design.name)), Cell::new(parts.join(", "))]);
    }
    any.then(|| style.paragraph("Why it is down", 0, Tone::Bold) + &grid.render(style))
}

/// What is not as one would expect, and why.
fn surprising(results: &Results, style: Style) -> Option<String> {
    let sentences = surprises(results);
    let mut out = style.paragraph("What one might not expect", 0, Tone::Bold);
    sentences.iter().for_each(|sentence| out += &style.paragraph(sentence, 2, Tone::Plain));
    (!sentences.is_empty()).then_some(out)
}

/// Where the downtime bends over the values of a sweep.
fn sweeps(results: &Results, style: Style) -> Option<String> {
    let sweep = sweep::sweep(results)?;
    let mut out = style.paragraph(&format!("Over {}", printable(sweep.path)), 0, Tone::Bold);
    for sentence in sweep.sentences() {
        out += &style.paragraph(&sentence, 2, Tone::Plain);
    }
    Some(out)
}

fn comparisons(results: &Results, style: Style) -> Option<String> {
    if results.comparisons.is_empty() {
        return None;
    }
    let mut grid = Grid::new(vec![
        ("Design", Column::Text(2)),
        ("Difference", Column::Number),
        ("Verdict", Column::Text(2)),
    ]);
    let (best, first) = (results.ranking.first(), results.designs.first().map(|design| &design.name));
    let (of_best, others): (Vec<_>, Vec<_>) =
        results.comparisons.iter().partition(|comparison| Some(&comparison.design) == best);
    let of_first = |pair: &&ComparisonResult| Some(&pair.baseline) == first;
    // Where not all can be shown, those that the answer rests on are.
    let shown: Vec<&ComparisonResult> = match results.comparisons.len() > COMPARISONS {
        true => of_best.into_iter().chain(others.into_iter().filter(of_first)).collect(),
        false => results.comparisons.iter().collect(),
    };
    let shown = &shown[..shown.len().min(COMPARISONS)];
    for comparison in shown {
        let tone = match comparison.verdict.as_str() {
            "better" => Tone::Good,
            "worse" => Tone::Bad,
            _ => Tone::Warn,
        };
        let verdict = words::verdict(results, comparison);
        grid.row(vec![
            Cell::new(name(&comparison.design))
                .under(Some(format!("against {}", name(&comparison.baseline)))),
            cell(difference_per_year(&comparison.difference_s_per_year)),
            Cell::toned(verdict.value, tone).under(verdict.interval),
        ]);
    }
    let mut out = style.paragraph("Which is better", 0, Tone::Bold) + &grid.render(style);
    if let Some(more) = results.comparisons.len().checked_sub(shown.len()).filter(|more| *more > 0) {
        out += &style.paragraph(
            &format!("and {} more in the report.", number::count_of(more as u64, "comparison")),
            0,
            Tone::Dim,
        );
    }
    Some(out)
}

fn naive(results: &Results, style: Style) -> String {
    let mut out = style.paragraph("What multiplying independent failures would have said", 0, Tone::Bold);
    let mut grid =
        Grid::new(vec![("Design", Column::Text(2)), ("Naive independence against this", Column::Text(2))]);
    for design in &results.designs {
        grid.row(vec![Cell::new(name(&design.name)), Cell::new(words::naive(design))]);
    }
    out += &grid.render(style);
    out
}

fn warnings(results: &Results, style: Style) -> Option<String> {
    let lines: Vec<String> = results
        .warnings
        .iter()
        .map(|warning| style.paragraph(&format!("warning: {}", printable(warning)), 2, Tone::Warn))
        .collect();
    (!lines.is_empty()).then(|| lines.concat())
}

fn foot(results: &Results, style: Style) -> String {
    let ways = words::methods(results);
    let several = ways.len() > 1;
    let mut out = String::new();
    for (names, way) in ways {
        let names = match names.as_slice() {
            _ if !several => String::new(),
            [first, second, rest @ ..] if rest.len() > 1 => {
                format!("{}, {} and {} others: ", name(first), name(second), rest.len())
            }
            names => format!("{}: ", names.iter().map(|design| name(design)).collect::<Vec<_>>().join(", ")),
        };
        out += &style.paragraph(&format!("{names}{way}."), 2, Tone::Dim);
    }
    for line in super::traces::lines(results) {
        out += &style.paragraph(&line, 2, Tone::Dim);
    }
    if let Some(sources) = moves::sources_in_brief(results) {
        out += &style.paragraph(&sources, 2, Tone::Dim);
    }
    out += &style.paragraph(&words::colophon(results), 2, Tone::Dim);
    out + &style.paragraph(&format!("again: {}", printable(&results.command)), 2, Tone::Dim)
}
