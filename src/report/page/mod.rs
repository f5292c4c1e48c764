//! The results as one page of HTML that can be forwarded: no scripts, nothing fetched, everything inside.

mod method;
mod tables;

pub(crate) use method::sourced;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::answer::answer;
use super::clients;
use super::cost;
use super::data_loss;
use super::faults;
use super::moves::{caution, verdict};
use super::plot::Plot;
use super::plot::font::faces;
use super::served;
use super::surprise::surprises;
use super::sweep;
use super::terminal::objective_title;
use super::text::printable;
use super::windows;
use super::words;
use crate::experiment::Results;

const STYLE: &str = include_str!("../../../assets/report.css");

/// The results as a self-contained page: the answer, the tables and plots behind it, what was assumed and where each
/// number comes from, and how to compute it again.
///
/// Reads well on paper, on a phone and in the dark; loads nothing and runs nothing.
pub fn html(results: &Results) -> String {
    let main = html! {
        (warnings(results))
        main { (sections(results)) }
    };
    whole((&results.title, &results.version), (&answer(results), &words::colophon(results)), &main)
}

/// A page of these sections, with its title, the program's version, the answer and the facts below it.
pub(crate) fn document(title: (&str, &str), head: (&str, &str), sections: &Markup) -> String {
    whole(title, head, &html! { main { (sections) } })
}

fn whole((title, version): (&str, &str), (answer, facts): (&str, &str), main: &Markup) -> String {
    let title = printable(title);
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                // Holds even if a text should ever escape its escaping.
                meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; font-src data:";
                meta name="generator" content={ "fivenines " (printable(version)) };
                title { (title) }
                style { (PreEscaped(faces(true))) (PreEscaped(STYLE)) }
            }
            body {
                header {
                    h1 { (title) }
                    p.answer { (answer) }
                    p.facts { (facts) }
                }
                (main)
            }
        }
    };
    page.into_string()
}

fn sections(results: &Results) -> Markup {
    html! {
        section {
            h2 { "Availability by design" }
            (tables::designs(results))
            (figure(results, Plot::Downtime))
        }
        @if let Some(table) = tables::objective(results) {
            section {
                h2 { (results.objective.as_ref().map_or_else(|| "Bad years".into(), objective_title)) }
                (table)
                (figure(results, Plot::Years))
            }
        }
        (windows::budget_page(results).unwrap_or_default())
        (windows::page(results, &figure(results, Plot::Windows)).unwrap_or_default())
        (clients::page(results).unwrap_or_default())
        (served::page(results).unwrap_or_default())
        (faults::page(results).unwrap_or_default())
        (data_loss::page(results, &figure(results, Plot::Losses)).unwrap_or_default())
        @if let Some(table) = tables::causes(results) {
            section { h2 { "Why it is down" } (figure(results, Plot::Causes)) (table) }
        }
        (surprising(results).unwrap_or_default())
        (over_a_sweep(results).unwrap_or_default())
        @if let Some((title, table)) = cost::page(results) {
            section {
                h2 { (title) }
                (figure(results, Plot::Pareto))
                @if let Some(sentence) = cost::worth(results) { p { (sentence) } }
                (table)
            }
        }
        @if let Some(table) = tables::comparisons(results) {
            section {
                h2 { "Which design is better" }
                @if results.comparisons.iter().any(|comparison| comparison.trials > 0) {
                p.note { "Designs are compared trial by trial under the same luck, so that a difference is known better than each design alone." }
                }
                (table)
            }
        }
        section {
            h2 { "What multiplying independent failures would have promised" }
            p.note {
                "A spreadsheet multiplies the availabilities of parts as if they failed independently and failed over at once. "
                "This is its promise beside what was found."
            }
            (tables::naive(results))
        }
        @if let Some(table) = tables::ranges(results) {
            section {
                h2 { "How far the answer moves within the catalog's ranges" }
                @for sentence in verdict(results) { p { (sentence) } }
                (figure(results, Plot::Tornado))
                (table)
                p.note { (caution(results)) }
                @if let Some((title, table)) = tables::draws(results) { h3 { (title) } (table) }
            }
        }
        @if let Some(figure) = plot(results, Plot::Timeline) {
            section { h2 { "One trial" } (figure) }
        }
        @if let Some(table) = tables::others(results) {
            section { h2 { "The other services" } (table) }
        }
        section { h2 { "Assumptions and sources" } (method::sources(results)) }
        section { h2 { "How it was computed" } (method::method(results)) }
    }
}

fn surprising(results: &Results) -> Option<Markup> {
    let sentences = surprises(results);
    let section = html! { section { h2 { "What one might not expect" } @for sentence in &sentences { p { (sentence) } } } };
    (!sentences.is_empty()).then_some(section)
}

fn over_a_sweep(results: &Results) -> Option<Markup> {
    let (sweep, figure) = (sweep::sweep(results)?, plot(results, Plot::Sweep)?);
    Some(html! {
        section {
            h2 { "Over " (printable(sweep.path)) }
            (figure)
            @for sentence in sweep.sentences() { p { (sentence) } }
        }
    })
}

fn warnings(results: &Results) -> Markup {
    html! {
        @if !results.warnings.is_empty() {
            div.warnings role="note" {
                strong { "Check before trusting this" }
                ul { @for warning in &results.warnings { li { (printable(warning)) } } }
            }
        }
    }
}

fn plot(results: &Results, plot: Plot) -> Option<Markup> {
    let svg = plot.inline(results)?;
    Some(html! { figure { (PreEscaped(svg)) } })
}

fn figure(results: &Results, which: Plot) -> Markup {
    plot(results, which).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::plot::palette::{GRID, INK, MUTED, PAPER};

    #[test]
    fn the_style_sheet_knows_the_colors_of_the_plots() {
        for (attribute, color) in
            [("fill", PAPER), ("fill", INK), ("fill", MUTED), ("stroke", INK), ("stroke", GRID)]
        {
            let selector = format!("svg [{attribute}=\"#{:02X}{:02X}{:02X}\"]", color.0, color.1, color.2);
            assert!(STYLE.contains(&selector), "{selector}");
        }
    }
}
