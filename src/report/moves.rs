//! How far the answer moves within the ranges of the catalog's figures: in words, and as rows for tables and the plot.

use super::grid::{Cell, Column, Grid, Style, Tone};
use super::number::{self, duration, factor, per_year, share};
use super::terminal::name;
use super::text::{listed, printable};
use crate::experiment::{DrawnResult, EndResult, Figure, RangeResult, Results, UncertaintyResult};

/// Ranges shown on a terminal.
const RANGES: usize = 6;
/// Ends named in a sentence.
const NAMED: usize = 3;

/// What is varied: `disk/hdd fails`, or `disk/hdd failure.fails` where that says too little.
pub(crate) fn label(moved: &UncertaintyResult, range: &RangeResult) -> String {
    let key = |range: &RangeResult| range.quantity.rsplit('.').next().unwrap_or_default().to_owned();
    let short = key(range);
    let alike = moved.ranges.iter().filter(|other| other.entry == range.entry && key(other) == short).count();
    let quantity = if alike > 1 { &range.quantity } else { &short };
    printable(format!("{} {quantity}", range.entry).trim())
}

/// A downtime at an end: `54 min/y`, or a bound where no outage was seen.
pub(crate) fn at_end(end: &EndResult, design: usize) -> String {
    end.downtime_s_per_year.get(design).map_or(String::new(), |figure| per_year(figure).value)
}

/// By which factor the ends differ: `3.1×`; nothing where one of them is no estimate.
pub(crate) fn apart(low: &Figure, high: &Figure) -> String {
    let (small, large) =
        if low.value < high.value { (low.value, high.value) } else { (high.value, low.value) };
    if small > 0.0 { factor(large / small) } else { String::new() }
}

/// Whether another design is the best, or an objective is missed, within the ranges: a sentence or two.
pub(crate) fn verdict(results: &Results) -> Vec<String> {
    let Some(moved) = &results.uncertainty else { return Vec::new() };
    let mut sentences = vec![leaders(results, moved)];
    sentences.extend(objective(results, moved));
    sentences
}

/// All ends with what they are called: each figure's, then all at once.
fn ends(moved: &UncertaintyResult) -> Vec<(String, &EndResult)> {
    let each = moved.ranges.iter().flat_map(|range| {
        let named = |which: usize| format!("{} at {}", label(moved, range), printable(&range.values[which]));
        [(named(0), &range.low), (named(2), &range.high)]
    });
    let all = [
        ("all figures at their favorable ends".to_owned(), &moved.favorable),
        ("all figures at their unfavorable ends".to_owned(), &moved.unfavorable),
    ];
    each.chain(all).collect()
}

fn quoted(designs: &[String]) -> String {
    let names: Vec<String> =
        designs.iter().map(|design| format!("\u{201c}{}\u{201d}", printable(design))).collect();
    listed(&names)
}

/// The first few of several, and how many more there are.
fn few(what: &[String]) -> String {
    let more = what.len().saturating_sub(NAMED);
    let shown = what[..what.len() - more].join("; ");
    if more > 0 { format!("{shown}; and at {} more", number::count_of(more as u64, "end")) } else { shown }
}

/// Does another design lead anywhere?
fn leaders(results: &Results, moved: &UncertaintyResult) -> String {
    let base = &results.contenders;
    if results.designs.len() < 2 {
        return "There is one design, so the ranges cannot change which is the best.".into();
    }
    let ends = ends(moved);
    let leads = |end: &EndResult| end.contenders.iter().any(|design| base.contains(design));
    let flips: Vec<String> = ends
        .iter()
        .filter(|(_, end)| !leads(end))
        .map(|(what, end)| format!("{} with {what}", quoted(&end.contenders)))
        .collect();
    if !flips.is_empty() {
        return format!(
            "The answer changes within the ranges: with typical figures {} has the least downtime, but {}.",
            quoted(base),
            few(&flips)
        );
    }
    let open: Vec<String> = ends
        .iter()
        .filter(|(_, end)| end.contenders.iter().any(|design| !base.contains(design)))
        .map(|(what, end)| format!("{} with {what}", quoted(&end.contenders)))
        .collect();
    if !open.is_empty() {
        return format!(
            "{} stays among the best throughout the ranges, but is not always alone: {}.",
            quoted(base),
            few(&open)
        );
    }
    if base.len() == 1 {
        return format!(
            "The answer holds throughout the ranges: {} has the least downtime at both ends of every figure, alone and \
             all at once.",
            quoted(base)
        );
    }
    let undecided = format!("With typical figures {} cannot be told apart", quoted(base));
    let decided: Vec<String> = ends
        .iter()
        .filter(|(_, end)| end.contenders.len() < base.len())
        .map(|(what, end)| format!("{} with {what}", quoted(&end.contenders)))
        .collect();
    match decided.is_empty() {
        true => format!("{undecided}, and they lead at both ends of every figure, alone and all at once."),
        false => format!("{undecided}; some ends decide between them: {}.", few(&decided)),
    }
}

/// Is an objective met here and missed there?
fn objective(results: &Results, moved: &UncertaintyResult) -> Option<String> {
    results.objective.as_ref()?;
    let ends = ends(moved);
    let mut parts = Vec::new();
    for (index, design) in results.designs.iter().enumerate() {
        let met = design.meets_objective?;
        let differs = |end: &EndResult| end.meets_objective.get(index).copied().flatten() == Some(!met);
        let others: Vec<String> =
            ends.iter().filter(|(_, end)| differs(end)).map(|(what, _)| what.clone()).collect();
        let (now, then) = if met { ("meets", "misses") } else { ("misses", "meets") };
        let name = quoted(std::slice::from_ref(&design.name));
        if !others.is_empty() {
            parts.push(format!(
                "{name} {now} the objective with typical figures and {then} it with {}",
                few(&others)
            ));
        }
    }
    Some(match parts.is_empty() {
        true => "No design changes between meeting and missing the objective.".into(),
        false => format!("{}.", parts.join(". ")),
    })
}

/// What the table of joint draws is about.
pub(crate) fn joint_title(draws: u64) -> String {
    format!(
        "All figures at once, {}: low, typical and high with chances of 30%, 40% and 30%",
        number::count_of(draws, "draw")
    )
}

/// A design over joint draws, cell by cell: least, median and most downtime of four in five, and two shares of the draws.
pub(crate) fn joint_row(drawn: &DrawnResult, draws: u64) -> [String; 5] {
    let of = |count: u64| share(count as f64 / draws.max(1) as f64);
    let a_year = |seconds: f64| format!("{}/y", duration(seconds));
    [
        a_year(drawn.p10_s_per_year),
        a_year(drawn.p50_s_per_year),
        a_year(drawn.p90_s_per_year),
        of(drawn.among_best),
        of(drawn.meets_objective),
    ]
}

/// The table of joint draws for a terminal.
fn joint(results: &Results, moved: &UncertaintyResult, style: Style) -> Option<String> {
    let joint = moved.joint.as_ref()?;
    let asked = results.objective.is_some();
    let mut columns = vec![
        ("Design", Column::Text(2)),
        ("1 in 10 below", Column::Number),
        ("Half below", Column::Number),
        ("9 in 10 below", Column::Number),
        ("Among best", Column::Number),
    ];
    columns.extend(asked.then_some(("Meets", Column::Number)));
    let mut grid = Grid::new(columns);
    for drawn in &joint.designs {
        let cells = joint_row(drawn, joint.draws);
        let shown = if asked { 5 } else { 4 };
        let cells = cells.into_iter().take(shown).map(Cell::new);
        grid.row(std::iter::once(Cell::new(name(&drawn.design))).chain(cells).collect());
    }
    Some(style.paragraph(&joint_title(joint.draws), 0, Tone::Bold) + &grid.render(style))
}

/// The section for a terminal.
pub(crate) fn terminal(results: &Results, style: Style) -> Option<String> {
    let moved = results.uncertainty.as_ref()?;
    let mut out = style.paragraph("How far the answer moves within the catalog's ranges", 0, Tone::Bold);
    let mut grid = Grid::new(vec![
        ("Figure", Column::Text(3)),
        ("Design", Column::Text(2)),
        ("At low", Column::Number),
        ("At high", Column::Number),
        ("Apart", Column::Number),
    ]);
    let mut rows = |what: &str, low: &EndResult, high: &EndResult| {
        for (index, design) in results.designs.iter().enumerate() {
            let figures = low.downtime_s_per_year.get(index).zip(high.downtime_s_per_year.get(index));
            grid.row(vec![
                Cell::new(if index == 0 { what } else { "" }),
                Cell::new(name(&design.name)),
                Cell::new(at_end(low, index)),
                Cell::new(at_end(high, index)),
                Cell::new(figures.map_or(String::new(), |(low, high)| apart(low, high))),
            ]);
        }
    };
    rows("all, favorable to unfavorable", &moved.favorable, &moved.unfavorable);
    for range in moved.ranges.iter().take(RANGES) {
        rows(&label(moved, range), &range.low, &range.high);
    }
    out += &grid.render(style);
    let hidden = moved.ranges.len().saturating_sub(RANGES);
    if hidden > 0 {
        let more = number::count_of(hidden as u64, "figure");
        out += &style.paragraph(&format!("and {more} that move it less, in the report."), 2, Tone::Dim);
    }
    for sentence in verdict(results) {
        out += &style.paragraph(&sentence, 2, Tone::Plain);
    }
    out += &style.paragraph(&caution(results), 2, Tone::Dim);
    Some(out + &joint(results, moved, style).map_or(String::new(), |table| format!("\n{table}")))
}

/// What small moves mean.
pub(crate) fn caution(results: &Results) -> String {
    if results.designs.iter().all(|design| design.method == "exact") {
        "Each value is exact, all other figures typical.".into()
    } else {
        format!(
            "Each value is a run of its own with the same seed, all other figures typical; moves within the precision \
             asked, ±{}, may be chance.",
            share(results.precision)
        )
    }
}

/// Where the numbers come from, in brief: for the foot of a terminal, and only where the catalog was used.
pub(crate) fn sources_in_brief(results: &Results) -> Option<String> {
    results.sources.iter().find(|line| line.entry.is_some())?;
    let mut cited: Vec<String> = Vec::new();
    let mut assumed = 0;
    for line in &results.sources {
        match line.source.as_deref().map(str::trim) {
            Some(source) if !source.to_lowercase().starts_with("assumption") => {
                let source = printable(source);
                if !cited.contains(&source) {
                    cited.push(source);
                }
            }
            _ => assumed += 1,
        }
    }
    let assumed = match assumed {
        0 => "none is an assumption".to_owned(),
        1 => "1 is an assumption".to_owned(),
        many => format!("{many} are assumptions"),
    };
    let from = if cited.is_empty() { String::new() } else { format!(" Sources: {}.", cited.join("; ")) };
    Some(format!("Of {}, {assumed}.{from}", number::count_of(results.sources.len() as u64, "number")))
}
