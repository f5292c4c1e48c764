//! What scripted faults did to the service, fault by fault and design by design.

use maud::{Markup, html};

use super::grid::{Cell, Column, Grid, Style, Tone};
use super::markup::{number, number_or_nothing, table};
use super::number::{self, Reading, chance, count_of};
use super::terminal::name;
use super::text::printable;
use crate::experiment::{FaultResult, Results};

/// The place of each fault in the script, with its designs: what is read together stands together.
fn rows(results: &Results) -> Vec<(usize, &str, &FaultResult)> {
    let mut order: Vec<(&str, usize)> = Vec::new();
    let mut rows: Vec<(usize, &str, &FaultResult)> = Vec::new();
    for design in &results.designs {
        for fault in &design.faults {
            // Two faults without a name may be called the same.
            let twin = design.faults.iter().take_while(|other| !std::ptr::eq(*other, fault));
            let key = (fault.fault.as_str(), twin.filter(|other| other.fault == fault.fault).count());
            let place = order.iter().position(|known| *known == key).unwrap_or_else(|| {
                order.push(key);
                order.len() - 1
            });
            rows.push((place, &design.name, fault));
        }
    }
    rows.sort_by_key(|row| row.0);
    rows
}

fn mean(fault: &FaultResult) -> Option<Reading> {
    fault.recovery_s.as_ref().map(|recovery| number::seconds(&recovery.mean))
}

/// Median, 95th percentile and longest time to recover.
fn others(fault: &FaultResult) -> [String; 3] {
    fault.recovery_s.as_ref().map_or_else(Default::default, |recovery| {
        [recovery.median, recovery.p95, recovery.max].map(number::duration)
    })
}

fn title(results: &Results) -> String {
    let service = results.designs.first().map_or("", |design| design.service.name.as_str());
    format!("Scripted faults: what they do to {}, and how long it takes to recover", printable(service))
}

/// How many outages the horizon cut off, where it did.
fn unfinished(results: &Results) -> Option<String> {
    let cut: u64 = results.designs.iter().flat_map(|design| &design.faults).map(|it| it.unfinished).sum();
    (cut > 0).then(|| {
        format!(
            "The horizon cut {} off; their times to recover are counted up to it.",
            count_of(cut, "outage")
        )
    })
}

/// A table for the terminal, where a script was played.
pub(crate) fn terminal(results: &Results, style: Style) -> Option<String> {
    let rows = rows(results);
    if rows.is_empty() {
        return None;
    }
    let mut grid = Grid::new(vec![
        ("Fault", Column::Text(2)),
        ("Design", Column::Text(2)),
        ("Takes it down", Column::Number),
        ("Mean", Column::Number),
        ("Median", Column::Number),
        ("p95", Column::Number),
        ("Max", Column::Number),
    ]);
    let mut above = None;
    for (place, design, fault) in rows {
        let cell = |reading: Reading| Cell::new(reading.value).under(reading.interval);
        // Its name stands above all of its designs, once.
        let first = above.replace(place) != Some(place);
        let fault_name = if first { name(&fault.fault) } else { String::new() };
        let mut row = vec![Cell::new(fault_name), Cell::new(name(design)), cell(chance(&fault.takes_down))];
        row.push(mean(fault).map_or(Cell::new(""), cell));
        row.extend(others(fault).map(Cell::new));
        grid.row(row);
    }
    let mut out = style.paragraph(&title(results), 0, Tone::Bold) + &grid.render(style);
    if let Some(note) = unfinished(results) {
        out += &style.paragraph(&note, 2, Tone::Dim);
    }
    Some(out)
}

/// The same as a section of the page.
pub(crate) fn page(results: &Results) -> Option<Markup> {
    let rows = rows(results);
    if rows.is_empty() {
        return None;
    }
    let head = html! {
        th { "Fault" } th { "Design" } th.number { "Struck" } th.number { "Takes it down" } th.number { "Mean" }
        th.number { "Median" } th.number { "p95" } th.number { "Longest" }
    };
    let body = html! {
        @for (_, design, fault) in &rows {
            tr {
                th scope="row" {
                    (printable(&fault.fault))
                    span.interval { "takes " (printable(&fault.takes)) }
                }
                td { (printable(design)) }
                td.number { (count_of(fault.strikes, "time")) }
                (number(&chance(&fault.takes_down)))
                (number_or_nothing(mean(fault).as_ref()))
                @for text in others(fault) { td.number { (text) } }
            }
        }
    };
    Some(html! {
        section {
            h2 { (title(results)) }
            (table(&head, &body))
            @if let Some(note) = unfinished(results) { p.note { (note) } }
        }
    })
}
