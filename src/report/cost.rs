//! What designs cost a year, and which of them are worth it.

use maud::{Markup, html};

use super::frontier::{Offer, keep_data, offers};
use super::grid::{Cell, Column, Grid, Style, Tone};
use super::markup::{number, table};
use super::number::{Reading, amount};
use super::terminal::name;
use super::text::{listed, printable};
use crate::experiment::{CostResult, Figure, Results};

/// A sum of money that is certain.
fn certain(value: f64) -> Reading {
    amount(&Figure { value, lower: value, upper: value })
}

/// The currency, where any design has costs.
fn currency(results: &Results) -> Option<&str> {
    results.designs.iter().find_map(|design| design.cost.as_ref()).map(|cost| cost.currency.as_str())
}

fn known(figure: Option<&Figure>) -> Reading {
    figure.map_or_else(|| Reading { value: "not known".into(), interval: None }, amount)
}

fn running(cost: &CostResult) -> f64 {
    cost.infrastructure + cost.traffic + cost.operations
}

/// Which designs no other beats, in a sentence.
pub(super) fn worth(results: &Results) -> Option<String> {
    let offers = offers(results).filter(|offers| offers.len() > 1)?;
    let quoted = |offer: &Offer<'_>| format!("“{}”", name(&offer.design.name));
    let (beaten, kept): (Vec<&Offer<'_>>, Vec<&Offer<'_>>) =
        offers.iter().partition(|offer| offer.beaten_by.is_some());
    let list = |offers: &[&Offer<'_>]| listed(&offers.iter().map(|offer| quoted(offer)).collect::<Vec<_>>());
    let keep_data = keep_data(results);
    Some(match (beaten.as_slice(), kept.as_slice()) {
        ([], _) if keep_data => {
            "Whoever pays more here is down less, or loses less data: no design is beaten by another.".into()
        }
        (_, [only]) if keep_data => format!(
            "{} is the one to take: every other is worse in cost, downtime or losses of data, and better in none.",
            quoted(only)
        ),
        (_, kept) if keep_data => format!(
            "Worth their cost: {}. Each other design is worse than one of these in cost, downtime or losses of data, and not shown to be better in any.",
            list(kept)
        ),
        ([], _) => "Whoever pays more here is down less: no design is beaten by another.".into(),
        (_, [only]) => format!(
            "{} is the one to take: every other costs more and is down no less, or is down more and costs no less.",
            quoted(only)
        ),
        (_, kept) => format!(
            "Worth their cost: {}. Each other design costs more than one of these and is not shown to be down less, or the other way round.",
            list(kept)
        ),
    })
}

/// A table for the terminal, where anything has a price.
pub(super) fn terminal(results: &Results, style: Style) -> Option<String> {
    let currency = currency(results)?;
    let mut grid = Grid::new(vec![
        ("Design", Column::Text(2)),
        ("Running", Column::Number),
        ("Lost revenue", Column::Number),
        ("Credits", Column::Number),
        ("Total", Column::Number),
    ]);
    let cell = |reading: Reading| Cell::new(reading.value).under(reading.interval);
    for design in &results.designs {
        let Some(cost) = &design.cost else { continue };
        grid.row(vec![
            Cell::new(name(&design.name)),
            cell(certain(running(cost))),
            cell(amount(&cost.lost_revenue)),
            cell(known(cost.credits.as_ref())),
            cell(known(cost.total.as_ref())),
        ]);
    }
    let title = format!("Cost a year in {}", printable(currency));
    let mut out = style.paragraph(&title, 0, Tone::Bold) + &grid.render(style);
    if let Some(sentence) = worth(results) {
        out += &style.paragraph(&sentence, 2, Tone::Dim);
    }
    Some(out)
}

/// The same as a table of the page, with what running costs are made of.
pub(super) fn page(results: &Results) -> Option<(String, Markup)> {
    let currency = currency(results)?;
    let head = html! {
        th { "Design" } th.number { "Infrastructure" } th.number { "Traffic" } th.number { "Operations" }
        th.number { "Lost revenue" } th.number { "Credits" } th.number { "Total" }
    };
    let body = html! {
        @for design in &results.designs {
            @if let Some(cost) = &design.cost {
                tr {
                    th scope="row" { (printable(&design.name)) }
                    (number(&certain(cost.infrastructure)))
                    (number(&certain(cost.traffic)))
                    (number(&certain(cost.operations)))
                    (number(&amount(&cost.lost_revenue)))
                    (number(&known(cost.credits.as_ref())))
                    (number(&known(cost.total.as_ref())))
                }
            }
        }
    };
    Some((format!("Cost a year in {}", printable(currency)), table(&head, &body)))
}
