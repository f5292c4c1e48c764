//! Which logs were replayed, and what became of their rows.

use super::number::{self, count_of};
use super::text::printable;
use crate::experiment::{Results, TraceResult};

/// A line for each log: `Traces: lanl: 2,752 outages of 1,024 nodes ...`.
pub(crate) fn lines(results: &Results) -> Vec<String> {
    let mut lines: Vec<String> = results.traces.iter().map(line).collect();
    if !lines.is_empty() {
        lines.push(
            "Intervals with traces are about which nodes and which instant of the log were drawn; how far one log \
             speaks for other times and places they do not say."
                .to_owned(),
        );
    }
    lines
}

fn line(trace: &TraceResult) -> String {
    let mut line = format!(
        "Traces: {}: {} of {}, {} of them never down, in {}",
        printable(&trace.name),
        count_of(trace.outages, "outage"),
        count_of(trace.nodes, "node"),
        number::count(trace.silent),
        number::duration(trace.window_s)
    );
    if let Some(log) = &trace.log {
        line += &format!(" ({} to {})", log.since, log.until);
        line += &format!("; of {}", count_of(log.rows, "row"));
        let mut parts = Vec::new();
        if log.filtered > 0 {
            parts.push(format!("{} do not meet `where`", number::count(log.filtered)));
        }
        parts.extend(
            log.messy.iter().map(|(what, count)| format!("{} {}", number::count(*count), printable(what))),
        );
        line +=
            &if parts.is_empty() { " all are played".to_owned() } else { format!(", {}", parts.join("; ")) };
    }
    line + &format!("; data digest {}.", trace.digest)
}
