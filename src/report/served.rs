//! How much of its value each design's service serves, where it may be up and serve less than all.

use maud::{Markup, html};

use super::grid::{Cell, Column, Grid, Style, Tone};
use super::markup::{number, table};
use super::number::{self, Reading, YEAR, per_year};
use super::terminal::name;
use super::text::printable;
use crate::experiment::{Figure, Results, ServiceResult};

const TITLE: &str = "Served: degraded service counts in part, a busy hour for more than a quiet one";

/// A design, how often its service is up, the share that it serves, and what is lost in a year as if it was down.
struct Row<'a> {
    design: &'a str,
    readings: [Reading; 3],
}

/// The service that the answer is about, where it may be up and serve less than all in any of the designs.
fn rows(results: &Results) -> Vec<Row<'_>> {
    let is_said = results.designs.iter().any(|design| design.service.unserved.is_some());
    let designs = results.designs.iter().filter(|_| is_said);
    designs.map(|design| row(&design.name, &design.service)).collect()
}

fn row<'a>(design: &'a str, service: &'a ServiceResult) -> Row<'a> {
    // One that serves all or nothing loses what it is down.
    let unserved = service.unserved.unwrap_or(service.unavailability);
    let of_year = |share: f64| share * YEAR;
    let lost = Figure {
        value: of_year(unserved.value),
        lower: of_year(unserved.lower),
        upper: of_year(unserved.upper),
    };
    let up = number::availability(&service.unavailability);
    Row { design, readings: [up, number::availability(&unserved), per_year(&lost)] }
}

/// A table for the terminal, where there is anything to say.
pub(crate) fn terminal(results: &Results, style: Style) -> Option<String> {
    let rows = rows(results);
    if rows.is_empty() {
        return None;
    }
    let mut grid = Grid::new(vec![
        ("Design", Column::Text(2)),
        ("Up", Column::Number),
        ("Served", Column::Number),
        ("Lost, as downtime", Column::Number),
    ]);
    for row in rows {
        let [up, served, lost] = row.readings;
        grid.row(vec![
            Cell::new(name(row.design)),
            Cell::new(up.value),
            Cell::new(served.value),
            Cell::new(lost.value).under(lost.interval),
        ]);
    }
    Some(style.paragraph(TITLE, 0, Tone::Bold) + &grid.render(style))
}

/// The same as a section of the page.
pub(crate) fn page(results: &Results) -> Option<Markup> {
    let rows = rows(results);
    if rows.is_empty() {
        return None;
    }
    let head = html! {
        th { "Design" } th.number { "Up" } th.number { "Served" } th.number { "Lost, as downtime" }
    };
    let body = html! {
        @for row in &rows {
            tr {
                th scope="row" { (printable(row.design)) }
                @for reading in &row.readings { (number(reading)) }
            }
        }
    };
    Some(html! { section { h2 { (TITLE) } (table(&head, &body)) } })
}
