//! Results for other programs: CSV with a line for each service of each design, and JSON.

use serde::Serialize;

use super::answer::answer;
use crate::experiment::{DesignResult, Figure, Results, ServiceResult};

/// The results as JSON, indented; infinite figures are null.
///
/// This is `results.json` itself: every table, plot and page can be made again from it.
pub fn json(results: &Results) -> String {
    let results = WithAnswer { answer: answer(results), results };
    let text = serde_json::to_string_pretty(&results).expect("results are numbers, texts and lists of them");
    text + "\n"
}

/// The answer in words goes first, for people who open the file; it is made from the rest.
#[derive(Serialize)]
struct WithAnswer<'a> {
    answer: String,
    #[serde(flatten)]
    results: &'a Results,
}

const FIGURES: [&str; 22] = [
    "availability",
    "unavailability",
    "nines",
    "downtime_s_per_year",
    "planned_s_per_year",
    "unserved",
    "outages_per_year",
    "mtbf_s",
    "mttr_s",
    "month_meets",
    "year_meets",
    "year_p50_s",
    "year_p95_s",
    "year_p99_s",
    "worst_1h_unserved",
    "worst_1d_unserved",
    "worst_1w_unserved",
    "worst_1mo_unserved",
    "budget_spent",
    "data_losses_per_year",
    "data_lost_for_good_per_year",
    "data_loss_chance",
];

/// Lengths of the windows in seconds.
const WINDOWS: [f64; 4] = [3600.0, 86_400.0, 7.0 * 86_400.0, 730.0 * 3600.0];

/// A line for every service of every design, the headline service of a design first: windows and the error budget are known
/// of that alone.
///
/// Times are in seconds. A figure has three columns: itself, `_lower` and `_upper`. What is not known is empty, what is
/// infinite is `inf`.
pub fn csv(results: &Results) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let head = [
        "design",
        "service",
        "headline",
        "method",
        "trials",
        "stop",
        "outages_seen",
        "outage_mean_s",
        "outage_median_s",
        "outage_p95_s",
    ]
    .map(String::from);
    let figures = FIGURES.iter().flat_map(|name| ["", "_lower", "_upper"].map(|end| format!("{name}{end}")));
    let tail =
        ["naive_unavailability", "exact_unavailability", "meets_objective", "seed", "confidence", "digest"]
            .map(String::from);
    let mut rows = vec![head.into_iter().chain(figures).chain(tail).collect::<Vec<_>>()];
    for design in &results.designs {
        rows.push(row(results, design, &design.service, true));
        rows.extend(design.others.iter().map(|service| row(results, design, service, false)));
    }
    for row in rows {
        writer.write_record(&row).expect("memory takes every row, and all have the same length");
    }
    let bytes = writer.into_inner().expect("memory takes what is left");
    String::from_utf8(bytes).expect("made of texts")
}

fn row(results: &Results, design: &DesignResult, service: &ServiceResult, headline: bool) -> Vec<String> {
    let years = service.yearly_downtime_s.as_ref();
    let windows = WINDOWS.map(|length| {
        let window = design.windows.iter().find(|window| window.length_s == length);
        window.filter(|_| headline).map(|window| &window.worst)
    });
    let data = design.data.iter().find(|data| data.service == service.name);
    let figures: [Option<&Figure>; 22] = [
        Some(&service.availability),
        Some(&service.unavailability),
        Some(&service.nines),
        Some(&service.downtime_s_per_year),
        service.planned_s_per_year.as_ref(),
        service.unserved.as_ref(),
        Some(&service.outages_per_year),
        service.mtbf_s.as_ref(),
        service.mttr_s.as_ref(),
        service.month_meets.as_ref(),
        service.year_meets.as_ref(),
        years.map(|years| &years.p50),
        years.map(|years| &years.p95),
        years.map(|years| &years.p99),
        windows[0],
        windows[1],
        windows[2],
        windows[3],
        design.budget.as_ref().filter(|_| headline).map(|budget| &budget.spent),
        data.and_then(|data| data.losses_per_year.as_ref()),
        data.map(|data| &data.lost_for_good_per_year),
        data.and_then(|data| data.loss_chance.as_ref()),
    ];
    let mut row = vec![
        design.name.clone(),
        service.name.clone(),
        headline.to_string(),
        design.method.clone(),
        design.trials.to_string(),
        design.stop.clone(),
        service.outages_seen.to_string(),
    ];
    let length = service.outage_s.as_ref().map(|length| [length.mean, length.median, length.p95]);
    row.extend(
        length.map_or([const { String::new() }; 3], |length| length.map(|seconds| seconds.to_string())),
    );
    row.extend(figures.into_iter().flat_map(|figure| {
        let ends = figure.map(|figure| [figure.value, figure.lower, figure.upper]);
        ends.map_or_else(|| [const { String::new() }; 3], |ends| ends.map(|end| end.to_string()))
    }));
    let of_headline = |text: Option<String>| text.filter(|_| headline).unwrap_or_default();
    let exact = design.exact.as_ref().and_then(|exact| exact.unavailability);
    row.extend([
        of_headline(Some(design.naive_unavailability.to_string())),
        of_headline(exact.map(|exact| exact.to_string())),
        of_headline(design.meets_objective.map(|met| met.to_string())),
        results.seed.to_string(),
        results.confidence.to_string(),
        design.digest.to_string(),
    ]);
    row
}
