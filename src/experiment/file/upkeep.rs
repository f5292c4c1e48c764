//! What repairs wait for: when failures are found, spares, and how crews work.

use super::planned::needless;
use super::reader::{Reader, View};
use super::systems::{required_law, source, text};
use super::tree::{Entry, Value};
use crate::experiment::Diagnostic;
use crate::random::Law;
use crate::system::{Crew, Discipline, Found, KeyPath, Mode, Preventive, RepairError, Response, Spares};
use crate::units::{Duration, Hours, Probability};

/// The keys of a failure mode that are about its upkeep.
pub(super) const OF_MODE: [&str; 10] = [
    "found",
    "replaced_from",
    "repair_needs",
    "without",
    "after_failover",
    "error",
    "breaks",
    "preventive",
    "priority",
    "dormancy",
];

/// Reads what a failure mode says of its upkeep.
pub(super) fn mode(reader: &mut Reader<'_>, view: &View<'_>, mode: &mut Mode) {
    mode.found = view.get("found").and_then(|(path, entry)| found(reader, &path, entry));
    mode.replaced_from = text(reader, view, "replaced_from");
    mode.repair_needs = text(reader, view, "repair_needs");
    mode.without = view.get("without").and_then(|(path, entry)| reader.law(&path, &entry.node));
    let after = view.get("after_failover").and_then(|(path, entry)| reader.flag(&path, &entry.node));
    mode.after_failover = after.unwrap_or(false);
    mode.error = error(reader, view);
    mode.preventive = view.get("preventive").and_then(|(path, entry)| preventive(reader, path, entry));
    mode.priority = view.get("priority").and_then(|(path, entry)| reader.whole(&path, &entry.node, u32::MAX));
    mode.dormancy = view.get("dormancy").and_then(|(path, entry)| {
        reader.quantity::<Probability>(&path, &entry.node, "a share such as \"20%\"")
    });
}

fn error(reader: &mut Reader<'_>, view: &View<'_>) -> Option<RepairError> {
    let Some((path, entry)) = view.get("error") else {
        needless(reader, view, &["breaks"], "error");
        return None;
    };
    let chance = reader.quantity::<Probability>(&path, &entry.node, "a probability such as \"1%\"")?;
    Some(RepairError { chance, breaks: text(reader, view, "breaks") })
}

/// A table, or `none`, by which a design takes away what the file gives.
fn preventive(reader: &mut Reader<'_>, path: KeyPath, entry: &Entry) -> Option<Preventive> {
    if let Value::Text(text) = &entry.node.value {
        if text != "none" {
            let message = format!("{text:?} is no replacement at an age");
            let help = "write { age = \"3y\", takes = \"1h\" }, or \"none\"";
            reader.report(Diagnostic::new(entry.node.span.clone(), message).help(help));
        }
        return None;
    }
    let view = reader.table(path, entry, &["age", "takes"])?;
    let age = required_law(reader, &view, "age", "\"3y\"");
    let takes = required_law(reader, &view, "takes", "\"1h\"");
    Some(Preventive { age: age?, takes: takes? })
}

/// `at failover`, `every 14d`, `every 14d, staggered`, or a law.
fn found(reader: &mut Reader<'_>, path: &KeyPath, entry: &Entry) -> Option<Found> {
    let Value::Text(text) = &entry.node.value else {
        return reader.law(path, &entry.node).map(Found::After);
    };
    let text = text.trim();
    if text == "at failover" {
        return Some(Found::AtFailover);
    }
    let Some(period) = text.strip_prefix("every ") else {
        return reader.law(path, &entry.node).map(Found::After);
    };
    let (period, staggered) = match period.split_once(',') {
        Some((period, word)) if word.trim() == "staggered" => (period, true),
        Some((_, word)) => {
            let word = word.trim();
            let message = format!("{word:?} says nothing about inspections: write \"every 14d, staggered\"");
            reader.report(Diagnostic::new(entry.node.span.clone(), message));
            return None;
        }
        None => (period, false),
    };
    match period.trim().parse::<Duration>() {
        Ok(period) => Some(Found::Every { period, staggered }),
        Err(error) => {
            reader.report(Diagnostic::new(entry.node.span.clone(), error.to_string()));
            None
        }
    }
}

pub(super) fn spares(reader: &mut Reader<'_>, path: KeyPath, entry: &Entry) -> Spares {
    let mut spares = Spares::new(1, Law::Never);
    let Some(view) = reader.table(path, entry, &["stock", "lead_time", "per", "cost", "source"]) else {
        return spares;
    };
    if let Some((path, entry)) = reader.required(&view, "stock", "2") {
        spares.stock = reader.whole(&path, &entry.node, u32::MAX).unwrap_or(1);
    }
    if let Some(law) = required_law(reader, &view, "lead_time", "\"lognormal(median 3d, p95 14d)\"") {
        spares.lead_time = law;
    }
    spares.per = text(reader, &view, "per");
    spares.cost = super::cost::rate(reader, &view, "cost");
    spares.source = source(reader, &view);
    spares
}

const DISCIPLINES: [(&str, Discipline); 5] = [
    ("fifo", Discipline::Fifo),
    ("shared", Discipline::Shared),
    ("priority", Discipline::Priority),
    ("preemptive", Discipline::Preemptive),
    ("batch", Discipline::Batch),
];

pub(super) fn crew(reader: &mut Reader<'_>, path: KeyPath, entry: &Entry) -> Crew {
    let mut crew = Crew::new(1);
    let keys = ["size", "discipline", "per", "responds", "hours", "works_while", "source"];
    let Some(view) = reader.table(path, entry, &keys) else { return crew };
    if let Some((path, entry)) = reader.required(&view, "size", "2") {
        crew.size = reader.whole(&path, &entry.node, u32::MAX).unwrap_or(1);
    }
    if let Some((path, entry)) = view.get("discipline")
        && let Some(name) = reader.text(&path, &entry.node)
    {
        match DISCIPLINES.iter().find(|known| known.0 == name) {
            Some((_, discipline)) => crew.discipline = *discipline,
            None => {
                let known = DISCIPLINES.map(|(name, _)| format!("{name:?}")).join(", ");
                let message = format!("{name:?} is no discipline: there are {known}");
                reader.report(Diagnostic::new(entry.node.span.clone(), message));
            }
        }
    }
    crew.per = text(reader, &view, "per");
    crew.responds =
        view.get("responds").map(|(path, entry)| responses(reader, &path, entry)).unwrap_or_default();
    crew.hours = hours(reader, &view);
    crew.works_while = text(reader, &view, "works_while");
    crew.source = source(reader, &view);
    crew
}

fn hours(reader: &mut Reader<'_>, view: &View<'_>) -> Option<Hours> {
    let (path, entry) = view.get("hours")?;
    reader.quantity(&path, &entry.node, "hours of the week such as \"Mon-Fri 08:00-18:00\"")
}

/// A law, or a list of laws, each at its hours.
fn responses(reader: &mut Reader<'_>, path: &KeyPath, entry: &Entry) -> Vec<Response> {
    let Value::List(nodes) = &entry.node.value else {
        return reader.law(path, &entry.node).map(Response::new).into_iter().collect();
    };
    let mut responses = Vec::new();
    for (index, node) in nodes.iter().enumerate() {
        let path = path.index(index);
        let Value::Table(table) = &node.value else {
            reader.not(&path, node, "a table such as { hours = \"Mon-Fri 09:00-18:00\", takes = \"5min\" }");
            continue;
        };
        let view = reader.view(path, node.span.clone(), table, &["hours", "takes"]);
        let hours = hours(reader, &view);
        if let Some(takes) = required_law(reader, &view, "takes", "\"5min\"") {
            responses.push(Response { hours, takes });
        }
    }
    responses
}
