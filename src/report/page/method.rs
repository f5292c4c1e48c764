//! The page's last part: where the numbers come from, how the answer was computed, and how to compute it again.

use maud::{Markup, html};

use crate::experiment::{Results, SourceLine};
use crate::report::markup::table;
use crate::report::moves::sources_in_brief;
use crate::report::number::{count_of, share};
use crate::report::text::printable;
use crate::report::words;

/// Every number of the model, with its source or marked as an assumption.
pub(super) fn sources(results: &Results) -> Markup {
    let assumed = results.sources.iter().filter(|line| line.source.is_none()).count() as u64;
    let from_catalog = results.sources.iter().any(|line| line.entry.is_some());
    html! {
        @if results.sources.is_empty() {
            p { "The results name no sources: every number in the model is an assumption." }
        } @else {
            p.note {
                @match assumed {
                    0 => "Every number has a source.",
                    _ => { (count_of(assumed, "number")) " of " (results.sources.len()) " without a source." }
                }
            }
            @if from_catalog { @if let Some(brief) = sources_in_brief(results) { p.note { (brief) } } }
            (sourced(&results.sources))
        }
    }
}

/// Numbers with their sources, each in a row.
pub(crate) fn sourced(lines: &[SourceLine]) -> Markup {
    let head = html! { th { "What" } th { "Value" } th { "Source" } };
    let body = html! {
        @for line in lines {
            tr {
                td {
                    code.path { (printable(&line.path)) }
                    @if let Some(entry) = &line.entry { span.interval { "catalog: " (printable(entry)) } }
                }
                td { (printable(&line.value)) }
                td {
                    @match &line.source {
                        Some(source) => (cited(&printable(source))),
                        None => span.assumption { "assumption" },
                    }
                }
            }
        }
    };
    table(&head, &body)
}

/// A source; where it is an assumption, that word stands out.
fn cited(source: &str) -> Markup {
    match source.strip_prefix("assumption: ") {
        Some(why) => html! { span.assumption { "assumption" } " " (linked(why)) },
        None => linked(source),
    }
}

/// The text with its web addresses as links.
fn linked(text: &str) -> Markup {
    html! {
        @for (at, word) in text.split(' ').enumerate() {
            @if at > 0 { " " }
            @let bare = word.trim_end_matches(['.', ',', ';', ')']);
            @if bare.starts_with("https://") || bare.starts_with("http://") {
                a href=(bare) rel="noreferrer" { (bare) }
                (word[bare.len()..])
            } @else {
                (word)
            }
        }
    }
}

/// Method, seed, digest and the command.
pub(super) fn method(results: &Results) -> Markup {
    let mut intervals: Vec<String> =
        results.designs.iter().map(|design| printable(&design.service.interval_method)).collect();
    intervals.sort();
    intervals.dedup();
    let ways = words::methods(results);
    html! {
        @for (names, way) in &ways {
            p {
                @if ways.len() > 1 { strong { (names.join(", ")) ": " } }
                (way) "."
            }
        }
        @for line in crate::report::traces::lines(results) { p { (line) } }
        dl {
            dt { "Intervals" }
            dd { (share(results.confidence)) ", " (intervals.join(", ")) }
            dt { "Horizon" }
            dd {
                (crate::report::number::duration(results.horizon_s))
                @if results.warm_up_s > 0.0 {
                    ", of which the first " (crate::report::number::duration(results.warm_up_s)) " are discarded"
                }
            }
            dt { "Seed" }
            dd { (results.seed) }
            dt { "File" }
            dd { (printable(&results.file)) }
            dt { "Program" }
            dd { "fivenines " (printable(&results.version)) }
            dt { "Digest" }
            dd { code { (results.digest) } }
            @for design in &results.designs {
                @if let Some(check) = words::cross_check(design) { dt { "Check" } dd { (printable(&design.name)) ": " (check) } }
            }
        }
        p { "The same program, file and seed give the same digest, bit for bit:" }
        pre { (printable(&results.command)) }
    }
}
