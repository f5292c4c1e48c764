//! The worst windows of each length, and how the error budget is used up.

use maud::{Markup, html};

use super::grid::{Cell, Column, Grid, Style, Tone};
use super::markup::{number, number_or_nothing, table};
use super::number::{self, Reading, duration, plain, share};
use super::terminal::name;
use super::text::printable;
use crate::experiment::{AlertResult, BudgetResult, DesignResult, Results, WindowResult};
use crate::random::math::ln;

const TITLE: &str = "Share served in the worst window of each length, on average over trials";
/// Lengths that a narrow table has, in seconds, besides the longest.
const SHOWN: [f64; 4] = [3600.0, 86_400.0, 7.0 * 86_400.0, 730.0 * 3600.0];
/// A curve that stays closer than this to the line between its ends, as a part of its height, does not bend.
const BEND: f64 = 0.15;

/// The designs whose windows are known, where any has outages to show in them.
fn shown(results: &Results) -> Vec<&DesignResult> {
    let seen = |design: &&DesignResult| design.windows.iter().any(|window| window.worst.value > 0.0);
    if results.designs.iter().any(|design| seen(&design)) {
        results.designs.iter().filter(|design| !design.windows.is_empty()).collect()
    } else {
        Vec::new()
    }
}

/// What lengths are called that are round numbers.
const NAMES: [(f64, &str); 16] = [
    (1.0, "1 s"),
    (10.0, "10 s"),
    (60.0, "1 min"),
    (300.0, "5 min"),
    (600.0, "10 min"),
    (900.0, "15 min"),
    (3600.0, "1 h"),
    (4.0 * 3600.0, "4 h"),
    (6.0 * 3600.0, "6 h"),
    (12.0 * 3600.0, "12 h"),
    (86_400.0, "1 d"),
    (3.0 * 86_400.0, "3 d"),
    (7.0 * 86_400.0, "1 w"),
    (730.0 * 3600.0, "1 mo"),
    (3.0 * 730.0 * 3600.0, "3 mo"),
    (8760.0 * 3600.0, "1 y"),
];

/// What a window's length is called.
pub(super) fn length(seconds: f64) -> String {
    let name = NAMES.iter().find(|name| name.0 == seconds);
    name.map_or_else(|| duration(seconds), |name| name.1.to_owned())
}

/// The length at which a design's curve bends: of windows shorter than that the worst is about as bad, because one outage
/// fills them, and of longer ones it is less so. The point furthest above the straight line between the ends, on
/// logarithmic axes.
pub(super) fn knee(windows: &[WindowResult]) -> Option<&WindowResult> {
    let known: Vec<&WindowResult> = windows.iter().filter(|window| window.worst.value > 0.0).collect();
    let (first, last) = (known.first()?, known.last()?);
    let place = |window: &WindowResult| (ln(window.length_s), ln(window.worst.value));
    let ((x0, y0), (x1, y1)) = (place(first), place(last));
    let (wide, high) = (x1 - x0, y0 - y1);
    if wide <= 0.0 || high <= 0.0 {
        return None;
    }
    let above = |window: &WindowResult| {
        let (x, y) = place(window);
        (y - (y0 - high * (x - x0) / wide)) / high
    };
    let bent = known.into_iter().map(|window| (above(window), window));
    let most = bent.max_by(|a, b| a.0.total_cmp(&b.0))?;
    (most.0 >= BEND).then_some(most.1)
}

/// A table for the terminal, where there is anything to say.
pub(crate) fn terminal(results: &Results, style: Style) -> Option<String> {
    let designs = shown(results);
    let windows = &designs.first()?.windows;
    let places: Vec<usize> = (0..windows.len())
        .filter(|&at| at + 1 == windows.len() || SHOWN.contains(&windows[at].length_s))
        .collect();
    let heads: Vec<String> = places.iter().map(|&at| length(windows[at].length_s)).collect();
    let mut columns = vec![("Design", Column::Text(2))];
    columns.extend(heads.iter().map(|head| (head.as_str(), Column::Number)));
    let mut grid = Grid::new(columns);
    for design in designs {
        let mut row = vec![Cell::new(name(&design.name))];
        row.extend(places.iter().map(|&at| Cell::new(left(&design.windows[at].worst).value)));
        grid.row(row);
    }
    Some(style.paragraph(TITLE, 0, Tone::Bold) + &grid.render(style))
}

/// What is left of all where this share is lost.
pub(super) fn left(lost: &crate::experiment::Figure) -> Reading {
    if lost.value >= 1.0 { Reading::only("0%".into()) } else { number::availability(lost) }
}

/// The same of all lengths as a section of the page, below its plot.
pub(crate) fn page(results: &Results, figure: &Markup) -> Option<Markup> {
    let designs = shown(results);
    let windows = &designs.first()?.windows;
    let head = html! {
        th { "Design" }
        @for window in windows { th.number { (length(window.length_s)) } }
    };
    let body = html! {
        @for design in &designs {
            tr {
                th scope="row" { (printable(&design.name)) }
                @for window in &design.windows {
                    td.number {
                        (left(&window.worst).value)
                        span.interval { "1 in 20 under " (left(&window.p95).value) }
                    }
                }
            }
        }
    };
    Some(html! { section { h2 { (TITLE) } (figure) (table(&head, &body)) } })
}

fn budgets(results: &Results) -> Vec<(&DesignResult, &BudgetResult)> {
    results.designs.iter().filter_map(|design| Some((design, design.budget.as_ref()?))).collect()
}

fn budget_title(budget: &BudgetResult) -> String {
    format!("Error budget, {} a month: how much is used up, and alerts a year", duration(budget.allowed_s))
}

/// `14.4× 1 h`: at what rate, and for how long.
fn alert(alert: &AlertResult) -> String {
    format!("{}\u{d7} {}", alert.burn_rate, length(alert.within_s))
}

fn used(budget: &BudgetResult) -> Reading {
    let spent = &budget.spent;
    let interval =
        (spent.lower < spent.upper).then(|| format!("{}–{}", share(spent.lower), share(spent.upper)));
    Reading { value: share(spent.value), interval }
}

/// How much single months use up, in words: the median month, one in twenty and one in a hundred.
fn months(budget: &BudgetResult) -> [String; 3] {
    match &budget.months {
        Some(months) => [&months.p50, &months.p95, &months.p99].map(|figure| share(figure.value)),
        None => [const { String::new() }; 3],
    }
}

/// How the error budget is used up, for the terminal.
pub(crate) fn budget(results: &Results, style: Style) -> Option<String> {
    let budgets = budgets(results);
    let (_, first) = budgets.first()?;
    let alerts: Vec<String> = first.alerts.iter().map(alert).collect();
    let mut columns = vec![("Design", Column::Text(3)), ("Used", Column::Number)];
    columns.extend([("1 in 20 over", Column::Number), ("1 in 100", Column::Number)]);
    columns.extend(alerts.iter().map(|alert| (alert.as_str(), Column::Number)));
    let mut grid = Grid::new(columns);
    for &(design, budget) in &budgets {
        let used = used(budget);
        let [_, bad, worst] = months(budget);
        let mut row = vec![Cell::new(name(&design.name)), Cell::new(used.value).under(used.interval)];
        row.extend([Cell::new(bad), Cell::new(worst)]);
        row.extend(budget.alerts.iter().map(|alert| Cell::new(plain(&alert.per_year).value)));
        grid.row(row);
    }
    Some(style.paragraph(&budget_title(first), 0, Tone::Bold) + &grid.render(style))
}

/// The same for the page.
pub(crate) fn budget_page(results: &Results) -> Option<Markup> {
    let budgets = budgets(results);
    let (_, first) = budgets.first()?;
    let head = html! {
        th { "Design" } th.number { "Used on average" } th.number { "Median month" } th.number { "1 in 20 is over" }
        th.number { "1 in 100 is over" }
        @for it in &first.alerts { th.number { "Alerts a year, " (alert(it)) } }
    };
    let body = html! {
        @for (design, budget) in &budgets {
            tr {
                th scope="row" { (printable(&design.name)) }
                (number(&used(budget)))
                @for months in months(budget) { (number_or_nothing(Some(&Reading::only(months)))) }
                @for alert in &budget.alerts { (number(&plain(&alert.per_year))) }
            }
        }
    };
    Some(html! { section { h2 { (budget_title(first)) } (table(&head, &body)) } })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::Figure;

    #[test]
    fn a_curve_bends_where_windows_are_as_long_as_an_outage() {
        let window = |length_s: f64, value: f64| {
            let worst = Figure { value, lower: value, upper: value };
            WindowResult { length_s, worst, p95: worst }
        };
        // One outage of an hour: all of any window up to that.
        let lengths = [60.0, 600.0, 3600.0, 36_000.0, 360_000.0];
        let windows = lengths.map(|length| window(length, (3600.0 / length).min(1.0)));
        assert_eq!(knee(&windows).map(|knee| knee.length_s), Some(3600.0));
        // What falls evenly has no bend.
        assert_eq!(knee(&lengths.map(|length| window(length, 1.0 / length))), None);
        assert_eq!(knee(&lengths.map(|length| window(length, 0.0))), None);
    }
}
