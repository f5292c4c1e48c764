//! The page's tables of numbers.

use maud::{Markup, html};

use crate::experiment::{
    ComparisonResult, DesignResult, EndResult, MeasureDifference, Results, ServiceResult,
};
use crate::report::causes::top;
use crate::report::data_loss::bytes_difference;
use crate::report::markup::{number, table};
use crate::report::moves::{apart, at_end, joint_row, joint_title, label};
use crate::report::number::{
    self, Reading, amount_difference, chance, difference_per_year, duration, per_year, plain, share,
};
use crate::report::text::printable;
use crate::report::words;

fn maybe(reading: Option<Reading>) -> Markup {
    reading.map_or_else(|| html! { td.number { span.interval { "not known" } } }, |reading| number(&reading))
}

fn numbers_of(service: &ServiceResult) -> Markup {
    html! {
        (number(&number::availability(&words::told(service, &service.unavailability))))
        (number(&number::nines(&words::told_nines(service))))
        (number(&per_year(&words::told(service, &service.downtime_s_per_year))))
        (number(&plain(&service.outages_per_year)))
        (maybe(service.mttr_s.as_ref().map(number::seconds)))
    }
}

fn numbers_head(first: &Markup) -> Markup {
    html! {
        (first)
        th.number { "Availability" } th.number { "Nines" } th.number { "Downtime" }
        th.number { "Outages a year" } th.number { "Mean outage" }
    }
}

/// The headline service under every design.
pub(super) fn designs(results: &Results) -> Markup {
    let body = html! {
        @for design in &results.designs {
            tr {
                th scope="row" {
                    (printable(&design.name))
                    @if let Some(note) = words::nothing_seen(results, design) { span.interval { (note) } }
                    @for note in words::planned(design).into_iter().chain(words::divided(design)) { span.interval { (note) } }
                }
                (numbers_of(&design.service))
            }
        }
    };
    table(&numbers_head(&html! { th { "Design" } }), &body)
}

/// The other services, where there are any.
pub(super) fn others(results: &Results) -> Option<Markup> {
    if results.designs.iter().all(|design| design.others.is_empty()) {
        return None;
    }
    let body = html! {
        @for design in &results.designs {
            @for service in &design.others {
                tr { th scope="row" { (printable(&service.name)) } td { (printable(&design.name)) } (numbers_of(service)) }
            }
        }
    };
    Some(table(&numbers_head(&html! { th { "Service" } th { "Design" } }), &body))
}

/// Single months and years, against the objective where there is one.
pub(super) fn objective(results: &Results) -> Option<Markup> {
    let any = |pick: fn(&DesignResult) -> bool| results.designs.iter().any(pick);
    let month = any(|design| design.service.month_meets.is_some());
    let year = any(|design| design.service.year_meets.is_some());
    let bad = any(|design| design.service.yearly_downtime_s.is_some());
    let asked = results.objective.is_some();
    if !asked && !bad {
        return None;
    }
    let head = html! {
        th { "Design" }
        @if asked { th { "Objective" } }
        @if month { th.number { "Months that meet it" } }
        @if year { th.number { "Years that meet it" } }
        @if bad { th.number { "Median year" } th.number { "1 year in 20 is over" } th.number { "1 in 100 is over" } }
    };
    let body = html! {
        @for design in &results.designs {
            @let service = &design.service;
            @let years = service.yearly_downtime_s.as_ref();
            tr {
                th scope="row" { (printable(&design.name)) }
                @if asked { td { (met(results, design)) } }
                @if month { (maybe(service.month_meets.as_ref().map(chance))) }
                @if year { (maybe(service.year_meets.as_ref().map(chance))) }
                @if bad {
                    (maybe(years.map(|years| number::seconds(&years.p50))))
                    (maybe(years.map(|years| number::seconds(&years.p95))))
                    (maybe(years.map(|years| number::seconds(&years.p99))))
                }
            }
        }
    };
    Some(table(&head, &body))
}

fn met(results: &Results, design: &DesignResult) -> Markup {
    match words::objective_met(results, design) {
        Some("met") => html! { span.good { "met" } },
        Some("missed") => html! { span.bad { "missed" } },
        other => html! { (other.unwrap_or_default()) },
    }
}

/// The largest causes of each design.
pub(super) fn causes(results: &Results) -> Option<Markup> {
    if results.designs.iter().all(|design| design.service.causes.is_empty()) {
        return None;
    }
    let body = html! {
        @for design in &results.designs {
            @let (causes, rest) = top(&design.service, 5);
            @let total = design.service.downtime_s_per_year.value;
            @for (at, cause) in causes.iter().enumerate() {
                tr {
                    @if at == 0 { th scope="row" rowspan=(causes.len() + usize::from(rest.is_some())) { (printable(&design.name)) } }
                    td { (cause.label) (cause.place) }
                    td.number { (share(cause.share)) }
                    td.number { (duration(cause.share * total)) "/y" }
                }
            }
            @if let Some((rest, many)) = rest {
                tr { td { (many) " others" } td.number { (share(rest)) } td.number { (duration(rest * total)) "/y" } }
            }
        }
    };
    let head = html! { th { "Design" } th { "Cause" } th.number { "Share of its downtime" } th.number { "Downtime" } };
    Some(table(&head, &body))
}

/// The designs compared.
pub(super) fn comparisons(results: &Results) -> Option<Markup> {
    if results.comparisons.is_empty() {
        return None;
    }
    let measures = [
        ("unserved_s_per_year", "Not served, as downtime"),
        ("outages_per_year", "Outages a year"),
        ("cost_per_year", "Cost a year"),
        ("data_losses_per_year", "Losses of data a year"),
        ("data_lost_for_good_per_year", "For good"),
        ("data_lost_bytes_per_year", "Amount lost"),
    ];
    let measures: Vec<(&str, &str)> =
        measures.into_iter().filter(|(measure, _)| has(results, measure)).collect();
    let body = html! {
        @for comparison in &results.comparisons {
            @let verdict = words::verdict(results, comparison);
            @let class = match comparison.verdict.as_str() { "better" => "good", "worse" => "bad", _ => "undecided" };
            tr {
                th scope="row" {
                    (printable(&comparison.design))
                    span.interval { "against " (printable(&comparison.baseline)) }
                }
                (number(&difference_per_year(&comparison.difference_s_per_year)))
                @for (measure, _) in &measures { (other_measure(comparison, measure)) }
                td {
                    span class=(class) { (verdict.value) }
                    @if let Some(interval) = &verdict.interval { span.interval { (interval) } }
                }
            }
        }
    };
    let head = html! {
        th { "Design" } th.number { "Difference in downtime" }
        @for (_, title) in &measures { th.number { (title) } }
        th { "Verdict" }
    };
    Some(table(&head, &body))
}

fn measured<'a>(comparison: &'a ComparisonResult, wanted: &str) -> Option<&'a MeasureDifference> {
    comparison.measures.iter().find(|measure| measure.measure == wanted)
}

fn has(results: &Results, wanted: &str) -> bool {
    results.comparisons.iter().any(|comparison| measured(comparison, wanted).is_some())
}

/// By how much two designs differ in something besides downtime.
fn other_measure(comparison: &ComparisonResult, wanted: &str) -> Markup {
    let Some(measure) = measured(comparison, wanted) else { return html! { td {} } };
    number(&match wanted {
        "unserved_s_per_year" => difference_per_year(&measure.difference),
        "data_lost_bytes_per_year" => bytes_difference(&measure.difference),
        _ => amount_difference(&measure.difference),
    })
}

/// Every figure of the catalog at its ends, all at once first.
pub(super) fn ranges(results: &Results) -> Option<Markup> {
    let moved = results.uncertainty.as_ref()?;
    let row = |what: &Markup, low: &EndResult, high: &EndResult| {
        html! {
            @for (index, design) in results.designs.iter().enumerate() {
                tr {
                    @if index == 0 { th scope="row" rowspan=(results.designs.len()) { (what) } }
                    td { (printable(&design.name)) }
                    td.number { (at_end(low, index)) }
                    td.number { (per_year(&design.service.downtime_s_per_year).value) }
                    td.number { (at_end(high, index)) }
                    td.number {
                        @if let Some((low, high)) = low.downtime_s_per_year.get(index).zip(high.downtime_s_per_year.get(index)) {
                            (apart(low, high))
                        }
                    }
                }
            }
        }
    };
    let body = html! {
        (row(&html! { "all, favorable to unfavorable" }, &moved.favorable, &moved.unfavorable))
        @for range in &moved.ranges {
            @let [low, typical, high] = [0, 1, 2].map(|which: usize| printable(&range.values[which]));
            @let what = html! {
                (label(moved, range))
                span.interval { (low) " \u{2013} " (typical) " \u{2013} " (high) }
                span.interval { (printable(&range.range)) }
            };
            (row(&what, &range.low, &range.high))
        }
    };
    let head = html! {
        th { "Figure" } th { "Design" } th.number { "At low" } th.number { "Typical" } th.number { "At high" }
        th.number { "Apart" }
    };
    Some(table(&head, &body))
}

/// All figures drawn at once: what it is about, and the designs.
pub(super) fn draws(results: &Results) -> Option<(String, Markup)> {
    let joint = results.uncertainty.as_ref()?.joint.as_ref()?;
    let asked = results.objective.is_some();
    let body = html! {
        @for drawn in &joint.designs {
            tr {
                th scope="row" { (printable(&drawn.design)) }
                @for cell in joint_row(drawn, joint.draws).iter().take(if asked { 5 } else { 4 }) {
                    td.number { (cell) }
                }
            }
        }
    };
    let head = html! {
        th { "Design" } th.number { "1 in 10 below" } th.number { "Half below" } th.number { "9 in 10 below" }
        th.number { "Among the best" }
        @if asked { th.number { "Meets the objective" } }
    };
    Some((joint_title(joint.draws), table(&head, &body)))
}

/// The naive promise beside what was found.
pub(super) fn naive(results: &Results) -> Markup {
    let body = html! {
        @for design in &results.designs {
            tr {
                th scope="row" { (printable(&design.name)) }
                td { (words::naive(design)) }
            }
        }
    };
    table(&html! { th { "Design" } th { "Naive independence against this" } }, &body)
}
