//! What clients get, all together and each by themselves, design by design.

use maud::{Markup, html};

use super::grid::{Cell, Column, Grid, Style, Tone};
use super::markup::{number, table};
use super::number::{self, Reading, per_year, share};
use super::terminal::name;
use super::text::printable;
use crate::experiment::{DesignResult, Figure, Results, ServiceResult};

/// Some clients under a design: who they are, their availability, its nines, and their downtime.
struct Row<'a> {
    design: &'a str,
    clients: String,
    readings: [Reading; 3],
}

fn readings(unavailability: &Figure, nines: &Figure, downtime: &Figure) -> [Reading; 3] {
    [number::availability(unavailability), number::nines(nines), per_year(downtime)]
}

fn service<'a>(design: &'a DesignResult, wanted: &str) -> Option<&'a ServiceResult> {
    design.others.iter().chain([&design.service]).find(|service| service.name == wanted)
}

fn rows(results: &Results) -> Vec<Row<'_>> {
    let mut rows = Vec::new();
    for design in &results.designs {
        let Some(clients) = &design.clients else { continue };
        rows.push(Row {
            design: &design.name,
            clients: "all, by weight".to_owned(),
            readings: readings(&clients.unavailability, &clients.nines, &clients.downtime_s_per_year),
        });
        for client in &clients.shares {
            let Some(service) = service(design, &client.client) else { continue };
            let short = client.client.strip_prefix("client ").unwrap_or(&client.client);
            rows.push(Row {
                design: &design.name,
                clients: format!("{} ({})", name(short), share(client.share)),
                readings: readings(&service.unavailability, &service.nines, &service.downtime_s_per_year),
            });
        }
    }
    rows
}

const TITLE: &str = "Clients: how often they get through";

/// A table for the terminal, where there are clients.
pub(crate) fn terminal(results: &Results, style: Style) -> Option<String> {
    let rows = rows(results);
    if rows.is_empty() {
        return None;
    }
    let mut grid = Grid::new(vec![
        ("Design", Column::Text(2)),
        ("Clients", Column::Text(2)),
        ("Availability", Column::Number),
        ("Nines", Column::Number),
        ("Downtime", Column::Number),
    ]);
    let mut above = None;
    for row in rows {
        // The design's name stands above all of its clients, once.
        let first = above.replace(row.design) != Some(row.design);
        let [availability, nines, downtime] = row.readings;
        grid.row(vec![
            Cell::new(if first { name(row.design) } else { String::new() }),
            Cell::new(row.clients),
            Cell::new(availability.value),
            Cell::new(nines.value).under(nines.interval),
            Cell::new(downtime.value).under(downtime.interval),
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
        th { "Design" } th { "Clients" } th.number { "Availability" } th.number { "Nines" } th.number { "Downtime" }
    };
    let body = html! {
        @for row in &rows {
            tr {
                th scope="row" { (printable(row.design)) }
                td { (row.clients) }
                @for reading in &row.readings { (number(reading)) }
            }
        }
    };
    Some(html! { section { h2 { (TITLE) } (table(&head, &body)) } })
}
