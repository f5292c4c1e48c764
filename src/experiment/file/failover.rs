//! How a service changes leader, and how its replicas catch up.

use super::reader::{Reader, View};
use super::systems::{required_law, source};
use super::tree::{Entry, Value};
use crate::experiment::Diagnostic;
use crate::random::Law;
use crate::system::{Failback, Failover, KeyPath, Resync};
use crate::units::{Duration, Probability};

const KEYS: [&str; 10] = [
    "detect",
    "switch",
    "covers",
    "succeeds",
    "manual",
    "false_alarms",
    "checks",
    "restart",
    "failback",
    "source",
];

/// A table, or `none`, by which a design takes away what the file gives.
pub(super) fn read(reader: &mut Reader<'_>, path: KeyPath, entry: &Entry) -> Option<Failover> {
    if let Value::Text(text) = &entry.node.value {
        if text != "none" {
            let message = format!("{text:?} is no failover");
            let help = "write { detect = \"10s\", switch = \"30s\" }, or \"none\"";
            reader.report(Diagnostic::new(entry.node.span.clone(), message).help(help));
        }
        return None;
    }
    let view = reader.table(path, entry, &KEYS)?;
    let detect = check(reader, &view, "detect", "failures");
    let false_alarms = view.get("false_alarms").map(|(path, entry)| reader.law(&path, &entry.node));
    let switch = required_law(reader, &view, "switch", "\"uniform(20s, 40s)\"");
    let covers = chance(reader, &view, "covers");
    let succeeds = chance(reader, &view, "succeeds");
    let manual = view.get("manual").map(|(path, entry)| reader.law(&path, &entry.node));
    let checks = view.get("checks").and_then(|(path, entry)| reader.flag(&path, &entry.node));
    let restart = view.get("restart").map(|(path, entry)| reader.law(&path, &entry.node));
    let failback = view.get("failback").map(|(path, entry)| failback(reader, path, entry));
    let source = source(reader, &view);
    // A law that could not be read is not one that is missing.
    let read = |law: Option<Option<Law>>| match law {
        Some(None) => None,
        law => Some(law.flatten()),
    };
    Some(Failover {
        detect: detect?,
        switch: switch?,
        covers: covers?,
        succeeds: succeeds?,
        manual: read(manual)?,
        false_alarms: read(false_alarms)?,
        checks: checks.unwrap_or(false),
        restart: read(restart)?,
        failback: failback.unwrap_or(Some(None))?,
        source,
    })
}

/// A table, or `none`, by which a design takes away what the file gives. Nothing, where it could not be read.
fn failback(reader: &mut Reader<'_>, path: KeyPath, entry: &Entry) -> Option<Option<Failback>> {
    if let Value::Text(text) = &entry.node.value {
        if text == "none" {
            return Some(None);
        }
        let message = format!("{text:?} is no failback");
        let help = "write { switch = \"5s\" }, or \"none\"";
        reader.report(Diagnostic::new(entry.node.span.clone(), message).help(help));
        return None;
    }
    let view = reader.table(path, entry, &["switch", "after", "hours"])?;
    let mut failback = Failback::new(required_law(reader, &view, "switch", "\"5s\"")?);
    if let Some((path, entry)) = view.get("after") {
        failback.after = reader.law(&path, &entry.node)?;
    }
    if let Some((path, entry)) = view.get("hours") {
        failback.hours = Some(reader.quantity(&path, &entry.node, "hours of the week")?);
    }
    Some(Some(failback))
}

/// A law, or the check from which it follows: what it looks for is somewhere between two checks, of which so many must then
/// say so in a row, and the last is given up after its timeout. `counted` is what these are called.
pub(super) fn check(reader: &mut Reader<'_>, view: &View<'_>, key: &str, counted: &str) -> Option<Law> {
    let (path, entry) = reader.required(view, key, "\"10s\"")?;
    if !matches!(entry.node.value, Value::Table(_)) {
        return reader.law(&path, &entry.node);
    }
    let view = reader.table(path, entry, &["every", counted, "timeout"])?;
    let every = reader.required(&view, "every", "\"5s\"");
    let every: Option<Duration> =
        every.and_then(|(path, entry)| reader.quantity(&path, &entry.node, "a duration such as \"5s\""));
    let times = reader.required(&view, counted, "3");
    let times = times.and_then(|(path, entry)| {
        let count = reader.whole(&path, &entry.node, 1_000_000_u64)?;
        if count == 0 {
            let message = format!("a check without {counted} detects nothing");
            reader.report(Diagnostic::new(entry.node.span.clone(), message).help("write 1 or more"));
        }
        (count > 0).then_some(count)
    });
    let timeout = view
        .get("timeout")
        .map(|(path, entry)| reader.quantity::<Duration>(&path, &entry.node, "a duration such as \"1s\""));
    let (every, times) = (every?, times? as f64);
    let timeout = timeout.unwrap_or(Some(Duration::ZERO))?;
    let after = |intervals: f64| Duration::seconds(intervals * every.secs() + timeout.secs());
    match Law::uniform(after(times - 1.0), after(times)) {
        Ok(law) => Some(law),
        // No interval: it is noticed at once.
        Err(_) => Some(Law::constant(timeout)),
    }
}

/// Without the key, it is certain.
fn chance(reader: &mut Reader<'_>, view: &View<'_>, key: &str) -> Option<Probability> {
    match view.get(key) {
        Some((path, entry)) => reader.quantity(&path, &entry.node, "a probability such as \"99%\""),
        None => Some(Probability::ONE),
    }
}

/// A table, or `none`, by which a design takes away what the file gives.
pub(super) fn resync(reader: &mut Reader<'_>, path: KeyPath, entry: &Entry) -> Option<Resync> {
    if let Value::Text(text) = &entry.node.value {
        if text != "none" {
            let message = format!("{text:?} is no resynchronisation");
            let help = "write { takes = \"3h\", manual = \"12h\" }, or \"none\"";
            reader.report(Diagnostic::new(entry.node.span.clone(), message).help(help));
        }
        return None;
    }
    let view = reader.table(path, entry, &["takes", "manual", "source"])?;
    let takes = required_law(reader, &view, "takes", "\"lognormal(median 1h, p95 6h)\"");
    let manual = required_law(reader, &view, "manual", "\"lognormal(median 2h, p95 12h)\"");
    let source = source(reader, &view);
    Some(Resync { takes: takes?, manual: manual?, source })
}
