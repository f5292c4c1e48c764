//! How figures of protocols are read.

use crate::experiment::{Figure, GroupResult, LatencyResult, ProtocolResult, StudyResults};
use crate::report::number::{Reading, count, count_of, plain};
use crate::report::terminal::name;
use crate::report::text::{printable, quoted};

/// A share in percent.
pub(in crate::report) fn percent(share: &Figure) -> Reading {
    let percent =
        Figure { value: 100.0 * share.value, lower: 100.0 * share.lower, upper: 100.0 * share.upper };
    let reading = plain(&percent);
    let value = if reading.value == "none" { reading.value } else { format!("{}%", reading.value) };
    Reading { value, interval: reading.interval.map(|interval| format!("{interval}%")) }
}

/// Designs that estimates come from, with what all their clients saw.
pub(in crate::report) fn estimated(
    results: &StudyResults,
) -> impl Iterator<Item = (&ProtocolResult, &GroupResult)> + Clone {
    results.designs.iter().filter_map(|design| Some((design, design.clients.first()?)))
}

/// Whether some answers were wrong, in any design.
pub(in crate::report) fn some_are_wrong(results: &StudyResults) -> bool {
    let mut wrong = estimated(results).filter_map(|(_, all)| all.wrong);
    wrong.any(|share| share.value > 0.0)
}

/// Designs of which the worst windows are known, where any lost something.
pub(in crate::report) fn with_windows(results: &StudyResults) -> impl Iterator<Item = &ProtocolResult> {
    let lost = |design: &ProtocolResult| design.windows.iter().any(|window| window.worst.value > 0.0);
    let any = results.designs.iter().any(lost);
    results.designs.iter().filter(move |design| any && !design.windows.is_empty())
}

/// Half of the answers, 95%, 99%, 99.9% and all of them took no longer, in seconds.
pub(in crate::report) fn times(latency: &LatencyResult) -> [f64; 5] {
    [latency.p50_s, latency.p95_s, latency.p99_s, latency.p999_s, latency.most_s]
}

/// The command that plays a trial of a design again, by `nines replay` or `nines shrink`.
pub(in crate::report) fn again(results: &StudyResults, design: &str, word: &str, trial: u64) -> String {
    let mut command = format!("nines {word} {}", quoted(&results.file));
    if !results.again.is_empty() {
        command.push_str(&format!(" {}", results.again));
    }
    if results.designs.len() > 1 {
        command.push_str(&format!(" --design {}", quoted(design)));
    }
    printable(&format!("{command} --trial {trial}"))
}

/// For each design of which not all histories were decided, how many were not.
pub(in crate::report) fn undecided(results: &StudyResults) -> impl Iterator<Item = String> {
    results.designs.iter().filter(|design| design.undecided > 0).map(|design| {
        format!(
            "{}: in {} of {} it would take too long to find out whether what clients saw is as it must be; these trials were not \
             checked for it. Ask less, of more keys, or play shorter trials.",
            name(&design.name),
            count(design.undecided),
            count_of(design.trials, "trial")
        )
    })
}

/// In which trial something broke, and what; a violation that has an instant says it first.
pub(in crate::report) fn broken_in(trial: u64, what: &str) -> String {
    let joint = if what.starts_with("at ") { "," } else { ":" };
    format!("trial {trial}{joint} {what}")
}
