//! What becomes of the data that services keep: how often they are lost, and how backups make good for it.

use maud::{Markup, html};

use super::grid::{Cell, Column, Grid, Style, Tone};
use super::markup::{number, number_or_nothing, table};
use super::number::{self, Reading, chance, count, plain};
use super::terminal::name;
use super::text::printable;
use crate::experiment::{DataResult, DesignResult, Figure, Results, TimesResult};

/// Units of amounts of data.
const UNITS: [(&str, f64); 6] =
    [("PB", 1e15), ("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3), ("B", 1.0)];

/// The data of each service, design by design; where a design has those of several, with the service's name.
fn rows(results: &Results) -> Vec<(String, &DataResult)> {
    let mut rows = Vec::new();
    for design in &results.designs {
        for data in &design.data {
            let title = match design.data.len() {
                1 => design.name.clone(),
                _ => format!("{}, {}", design.name, data.service),
            };
            rows.push((title, data));
        }
    }
    rows
}

/// Those of the service that the answer is about, which is down without them; all of them where it keeps none. Who
/// keeps its backups is in the page.
fn headline_rows(results: &Results) -> Vec<(String, &DataResult)> {
    let own = |design: &DesignResult| design.data.iter().any(|data| data.service == design.service.name);
    if !results.designs.iter().any(own) {
        return rows(results);
    }
    let of =
        |design: &'_ DesignResult| design.data.iter().position(|data| data.service == design.service.name);
    let designs = results.designs.iter();
    designs.filter_map(|design| Some((design.name.clone(), &design.data[of(design)?]))).collect()
}

fn has_recoveries(rows: &[(String, &DataResult)]) -> bool {
    rows.iter().any(|(_, data)| data.recovery_time_s.is_some())
}

/// The unit in which to write amounts of which this is the largest, and a figure in it.
fn in_unit(figure: &Figure, largest: f64) -> (&'static str, Figure) {
    let (unit, size) = *UNITS.iter().find(|(_, size)| largest >= *size).unwrap_or(&("B", 1.0));
    (unit, Figure { value: figure.value / size, lower: figure.lower / size, upper: figure.upper / size })
}

/// A round amount of data, such as `10 GB`.
pub(super) fn bytes(amount: f64) -> String {
    let (unit, size) = *UNITS.iter().find(|(_, size)| amount >= 0.999 * size).unwrap_or(&("B", 1.0));
    format!("{} {unit}", number::fixed(amount / size, 0))
}

/// A difference between amounts of data a year.
pub(super) fn bytes_difference(figure: &Figure) -> Reading {
    let largest = figure.value.abs().max(figure.lower.abs()).max(figure.upper.abs());
    let (unit, scaled) = in_unit(figure, largest);
    let reading = number::amount_difference(&scaled);
    Reading { value: format!("{} {unit}/y", reading.value), ..reading }
}

/// How much is lost at a time, where that is told.
fn at_a_time(data: &DataResult) -> Reading {
    let Some(figure) = &data.lost_bytes_per_loss else { return known(None) };
    let (unit, scaled) = in_unit(figure, figure.value);
    // Sets of as many chunks, give or take one, lose as much each time, give or take nothing that anybody asks for.
    let is_the_same = figure.upper - figure.lower < 0.005 * figure.value;
    let least = Figure { lower: scaled.value * 0.995, upper: scaled.value * 1.005, ..scaled };
    let reading = plain(if is_the_same { &least } else { &scaled });
    Reading {
        value: format!("{} {unit}", reading.value),
        interval: reading.interval.filter(|_| !is_the_same).map(|interval| format!("{interval} {unit}")),
    }
}

/// An amount of data a year.
fn amount(figure: &Figure) -> Reading {
    let largest = if figure.value > 0.0 { figure.value } else { figure.upper };
    let (unit, scaled) = in_unit(figure, largest);
    let reading = plain(&scaled);
    // Where so few were seen, one unit cannot serve both ends of the interval.
    let far = figure.lower < figure.upper && figure.upper > 100.0 * figure.value;
    if far && figure.value > 0.0 {
        let most = amount(&Figure { value: 0.0, lower: 0.0, upper: figure.upper }).value;
        return Reading { value: format!("{} {unit}/y", reading.value), interval: Some(most) };
    }
    match reading.value.as_str() {
        "none" => reading,
        _ => Reading {
            value: format!("{} {unit}/y", reading.value),
            interval: reading.interval.map(|interval| format!("{interval} {unit}/y")),
        },
    }
}

fn known(reading: Option<Reading>) -> Reading {
    reading.unwrap_or_else(|| Reading { value: "not known".into(), interval: None })
}

/// Whether some data are lost chunk by chunk, so that a loss is not always of all there is.
fn in_chunks(rows: &[(String, &DataResult)]) -> bool {
    rows.iter().any(|(_, data)| data.lost_bytes_per_loss.is_some())
}

/// The chance of a loss for good, its nines, losses a year whether or not they are made good, and what they cost.
fn durability(data: &DataResult) -> [Reading; 4] {
    [
        known(data.loss_chance.as_ref().map(chance)),
        known(data.durability_nines.as_ref().map(number::nines)),
        known(data.losses_per_year.as_ref().map(plain)),
        known(data.lost_bytes_per_year.as_ref().map(amount)),
    ]
}

/// Mean, median, 95th and 99th percentile.
fn times(times: Option<&TimesResult>) -> [Option<Reading>; 4] {
    let Some(times) = times else { return [None, None, None, None] };
    [&times.mean, &times.p50, &times.p95, &times.p99].map(|figure| Some(number::seconds(figure)))
}

/// How many losses the horizon cut off, where it did.
fn unfinished(rows: &[(String, &DataResult)]) -> Option<String> {
    let cut: u64 = rows.iter().map(|(_, data)| data.unfinished).sum();
    let losses = if cut == 1 { "1 loss".to_owned() } else { format!("{} losses", count(cut)) };
    (cut > 0).then(|| format!("The horizon cut off {losses}; their times to recover are counted up to it."))
}

/// Tables for the terminal, where a service keeps data.
pub(super) fn terminal(results: &Results, style: Style) -> Option<String> {
    let rows = headline_rows(results);
    if rows.is_empty() {
        return None;
    }
    let in_chunks = in_chunks(&rows);
    let mut columns = vec![
        ("Design", Column::Text(2)),
        ("Lost in a year", Column::Number),
        ("Nines", Column::Number),
        ("Losses/y", Column::Number),
        ("Amount lost", Column::Number),
    ];
    columns.extend(in_chunks.then_some(("At a time", Column::Number)));
    let mut grid = Grid::new(columns);
    for (title, data) in &rows {
        let mut row = vec![Cell::new(name(title))];
        row.extend(durability(data).map(|it| Cell::new(it.value).under(it.interval)));
        row.extend(in_chunks.then(|| Cell::new(at_a_time(data).value)));
        grid.row(row);
    }
    let mut out = style.paragraph("Durability", 0, Tone::Bold) + &grid.render(style);
    if has_recoveries(&rows) {
        let mut grid = Grid::new(vec![
            ("Design", Column::Text(2)),
            ("RPO mean", Column::Number),
            ("p95", Column::Number),
            ("p99", Column::Number),
            ("RTO mean", Column::Number),
            ("p95", Column::Number),
            ("p99", Column::Number),
        ]);
        for (title, data) in &rows {
            let mut row = vec![Cell::new(name(title))];
            for of in [data.recovery_point_s.as_ref(), data.recovery_time_s.as_ref()] {
                let [mean, _, p95, p99] = times(of);
                row.extend([mean, p95, p99].map(|it| Cell::new(it.map_or(String::new(), |it| it.value))));
            }
            grid.row(row);
        }
        out += "\n";
        out += &style.paragraph("Recovery of lost data", 0, Tone::Bold);
        out += &grid.render(style);
    }
    if let Some(note) = unfinished(&rows) {
        out += &style.paragraph(&note, 2, Tone::Dim);
    }
    Some(out)
}

/// The same as a section of the page.
pub(super) fn page(results: &Results, figure: &Markup) -> Option<Markup> {
    let rows = rows(results);
    if rows.is_empty() {
        return None;
    }
    let (recoveries, in_chunks) = (has_recoveries(&rows), in_chunks(&rows));
    let head = html! {
        th { "Design" } th.number { "Lost for good in a year" } th.number { "Nines" } th.number { "Losses a year" }
        th.number { "Amount lost" }
        @if in_chunks { th.number { "At a time" } }
    };
    let body = html! {
        @for (title, data) in &rows {
            tr {
                th scope="row" { (printable(title)) }
                @for reading in &durability(data) { (number(reading)) }
                @if in_chunks { (number(&at_a_time(data))) }
            }
        }
    };
    Some(html! {
        section {
            h2 { "Durability" }
            (figure)
            (table(&head, &body))
            p.note {
                "Losses are all times that fewer copies are left than are needed, also those that a backup makes good, and \
                 failovers that leave the last writes behind."
            }
            @if recoveries { (recovery_table(&rows)) }
            @if let Some(note) = unfinished(&rows) { p.note { (note) } }
        }
    })
}

/// Recovery points and recovery times, a row each for every design.
fn recovery_table(rows: &[(String, &DataResult)]) -> Markup {
    let head = html! {
        th { "Design" } th { "Recovery" } th.number { "Mean" } th.number { "Median" } th.number { "p95" } th.number { "p99" }
    };
    let body = html! {
        @for (title, data) in rows {
            @for (of, what) in [(&data.recovery_point_s, "point"), (&data.recovery_time_s, "time")] {
                tr {
                    th scope="row" { (printable(title)) }
                    td { (what) }
                    @for reading in &times(of.as_ref()) { (number_or_nothing(reading.as_ref())) }
                }
            }
        }
    };
    table(&head, &body)
}
