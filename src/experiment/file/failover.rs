//! How a service changes leader, and how its replicas catch up.

use super::reader::{Reader, View};
use super::systems::{required_law, source};
use super::tree::{Entry, Value};
use crate::experiment::Diagnostic;
use crate::random::Law;
use crate::system::{Failover, KeyPath, Resync};
use crate::units::Probability;

const KEYS: [&str; 8] = ["detect", "switch", "covers", "succeeds", "manual", "checks", "restart", "source"];

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
    let detect = required_law(reader, &view, "detect", "\"10s\"");
    let switch = required_law(reader, &view, "switch", "\"uniform(20s, 40s)\"");
    let covers = chance(reader, &view, "covers");
    let succeeds = chance(reader, &view, "succeeds");
    let manual = view.get("manual").map(|(path, entry)| reader.law(&path, &entry.node));
    let checks = view.get("checks").and_then(|(path, entry)| reader.flag(&path, &entry.node));
    let restart = view.get("restart").map(|(path, entry)| reader.law(&path, &entry.node));
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
        checks: checks.unwrap_or(false),
        restart: read(restart)?,
        source,
    })
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
