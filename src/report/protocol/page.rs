//! What an experiment on a protocol found, as one page of HTML that can be forwarded.

use maud::{Markup, PreEscaped, html};

use super::answer::answer;
use super::reading::{again, broken_in, estimated, percent, some_are_wrong, times, undecided, with_windows};
use crate::experiment::{Figure, StudyResults};
use crate::report::markup::{number, number_or_nothing, table};
use crate::report::number::{count, count_of, duration, factors, rough, share, share_difference};
use crate::report::page::{document, sourced};
use crate::report::plot::ProtocolPlot;
use crate::report::text::printable;
use crate::report::windows::{left, length};

/// The results of an experiment on a protocol as a self-contained page: no scripts, nothing fetched.
pub fn protocol_html(results: &StudyResults) -> String {
    let facts = format!(
        "Model {}, {} a trial, {} confidence, seed {}",
        printable(&results.model),
        duration(results.horizon_s),
        share(results.confidence),
        results.seed
    );
    document((&results.title, &results.version), (&answer(results), &facts), &sections(results))
}

fn sections(results: &StudyResults) -> Markup {
    html! {
        @if let Some(question) = &results.question { p { (printable(question)) } }
        @if estimated(results).next().is_some() {
            section { h2 { "What clients saw" } (figure(results, ProtocolPlot::Down)) (clients(results)) }
            @if let Some(table) = unmet(results) {
                section {
                    h2 { "What the hosts alone would allow" }
                    p.note { "The share of time in which too few replicas were up for what the service says it needs." }
                    (table)
                }
            }
            section { h2 { "How long answers took" } (figure(results, ProtocolPlot::Latency)) (latencies(results)) }
            @if let Some(table) = windows(results) {
                section {
                    h2 { "Client time up in the worst window of each length, on average over trials" }
                    (figure(results, ProtocolPlot::Windows))
                    (table)
                }
            }
        }
        @if !results.comparisons.is_empty() {
            section {
                h2 { "Which design is better" }
                p.note { "Designs are compared trial by trial under the same luck, in the share of client time that was down." }
                (comparisons(results))
            }
        }
        section { h2 { "What must hold" } (checks(results)) }
        @if !results.sources.is_empty() { section { h2 { "Assumptions and sources" } (sourced(&results.sources)) } }
        section { h2 { "How it was computed" } (method(results)) }
    }
}

fn figure(results: &StudyResults, plot: ProtocolPlot) -> Markup {
    html! { @if let Some(svg) = plot.inline(results) { figure { (PreEscaped(svg)) } } }
}

fn maybe(share: Option<&Figure>) -> Markup {
    number_or_nothing(share.map(percent).as_ref())
}

fn clients(results: &StudyResults) -> Markup {
    let wrong = some_are_wrong(results);
    let head = html! {
        th { "Design" } th { "Clients" } th.number { "Requests" } th.number { "Unanswered" }
        @if wrong { th.number { "Answered wrongly" } }
        th.number { "Client time down" } th.number { "Not serving" }
    };
    let body = html! {
        @for (design, _) in estimated(results) {
            @for (at, group) in design.clients.iter().enumerate() {
                tr {
                    th scope="row" { @if at == 0 { (printable(&design.name)) } }
                    td { (printable(&group.name)) }
                    td.number { (count(group.requests as u64)) }
                    (maybe(group.unanswered.as_ref()))
                    @if wrong { (maybe(group.wrong.as_ref())) }
                    (maybe(group.unavailable_time.as_ref()))
                    (maybe(design.idle.as_ref().filter(|_| at == 0)))
                }
            }
        }
    };
    table(&head, &body)
}

fn unmet(results: &StudyResults) -> Option<Markup> {
    let rows = || results.designs.iter().flat_map(|design| design.unmet.iter().map(move |it| (design, it)));
    rows().next()?;
    let head = html! { th { "Design" } th { "Service" } th.number { "Too few up" } };
    let body = html! {
        @for (design, (service, share)) in rows() {
            tr { th scope="row" { (printable(&design.name)) } td { (printable(service)) } (number(&percent(share))) }
        }
    };
    Some(table(&head, &body))
}

fn latencies(results: &StudyResults) -> Markup {
    let head = html! {
        th { "Design" } th { "Clients" }
        @for name in ["Half", "95%", "99%", "99.9%", "Longest"] { th.number { (name) } }
    };
    let body = html! {
        @for (design, _) in estimated(results) {
            @for (at, group) in design.clients.iter().enumerate() {
                @if let Some(latency) = &group.latency {
                    tr {
                        th scope="row" { @if at == 0 { (printable(&design.name)) } }
                        td { (printable(&group.name)) }
                        @for seconds in times(latency) { td.number { (duration(seconds)) } }
                    }
                }
            }
        }
    };
    table(&head, &body)
}

fn windows(results: &StudyResults) -> Option<Markup> {
    let first = with_windows(results).next()?;
    let head = html! {
        th { "Design" }
        @for window in &first.windows { th.number { (length(window.length_s)) } }
    };
    let body = html! {
        @for design in with_windows(results) {
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
    Some(table(&head, &body))
}

fn comparisons(results: &StudyResults) -> Markup {
    let head = html! { th { "Design" } th { "Against" } th.number { "Difference" } th.number { "Times" } th { "Verdict" } };
    let body = html! {
        @for comparison in &results.comparisons {
            @let class = match comparison.verdict.as_str() { "better" => "good", "worse" => "bad", _ => "" };
            tr {
                th scope="row" { (printable(&comparison.design)) }
                td { (printable(&comparison.baseline)) }
                (number(&share_difference(&comparison.difference)))
                (number_or_nothing(comparison.ratio.as_ref().map(factors).as_ref()))
                td { span class=(class) { (comparison.verdict) } }
            }
        }
    };
    table(&head, &body)
}

fn checks(results: &StudyResults) -> Markup {
    let head = html! {
        th { "Design" } th.number { "Trials" } th.number { "Broken in" } th.number { "Messages a trial" }
        th.number { "Not delivered" } th { "Marks a trial" }
    };
    let body = html! {
        @for design in &results.designs {
            @let (sent, lost) = design.messages;
            tr {
                th scope="row" {
                    (printable(&design.name))
                    @if design.adversarial { span.interval { "faults made up: no estimates" } }
                }
                td.number { (count(design.trials)) }
                td.number {
                    @if design.violations == 0 && design.undecided == 0 { span.good { "none" } }
                    @else if design.violations == 0 { "none seen" }
                    @else { span.bad { (count(design.violations)) } }
                }
                td.number { (count(sent.round() as u64)) }
                td.number { @if lost == 0.0 { "none" } @else { (rough(100.0 * lost)) "%" } }
                td { (design.marks.iter().map(|(mark, many)| format!("{} {}", rough(*many), printable(mark))).collect::<Vec<_>>().join(", ")) }
            }
        }
    };
    html! {
        (table(&head, &body))
        @for line in undecided(results) { p { (line) } }
        @for design in &results.designs {
            @if let Some((trial, what)) = &design.first_violation {
                p { strong { (printable(&design.name)) } ", " (broken_in(*trial, &printable(what))) }
                pre { (again(results, &design.name, "replay", *trial)) }
            }
        }
    }
}

fn method(results: &StudyResults) -> Markup {
    let events: u64 = results.designs.iter().map(|design| design.events).sum();
    html! {
        p {
            "Each trial plays every message and every timer. A client's time is, from the end of one request to the end of the next, what the former "
            "said: up where it was answered rightly (user-uptime; Hauer et al., “Meaningful Availability”, NSDI 2020)."
        }
        dl {
            dt { "Intervals" } dd { (share(results.confidence)) }
            dt { "Horizon" }
            dd {
                (duration(results.horizon_s))
                @if results.warm_up_s > 0.0 { ", of which the first " (duration(results.warm_up_s)) " are discarded" }
            }
            dt { "Events" } dd { (count_of(events, "event")) }
            dt { "Seed" } dd { (results.seed) }
            dt { "File" } dd { (printable(&results.file)) }
            dt { "Program" } dd { "fivenines " (printable(&results.version)) }
            dt { "Digest" } dd { code { (results.digest) } }
        }
        p { "The same program, file and seed give the same digest, bit for bit:" }
        pre { (printable(&results.command)) }
    }
}
