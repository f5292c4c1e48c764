//! The load of a service, and failure modes that go by it or leave a component slow.

use super::environment::number;
use super::reader::{Reader, View};
use super::systems::source;
use super::tree::{Entry, Node, Value};
use crate::experiment::Diagnostic;
use crate::system::{Demand, HourlyLoad, KeyPath, Load, Retries, Stress};
use crate::units::{Probability, Ratio};

const DEMAND: &str = "a load such as \"70%\" or \"1200/s\"";

pub(super) fn load(reader: &mut Reader<'_>, view: &View<'_>) -> Option<Load> {
    let (path, entry) = view.get("load")?;
    let keys = ["base", "capacity", "by_hours", "growth", "down_above", "balancing", "retries", "source"];
    let view = reader.table(path, entry, &keys)?;
    let (path, entry) = reader.required(&view, "base", "\"40%\"")?;
    let mut load = Load::new(demand(reader, &path, &entry.node)?);
    if let Some((path, entry)) = view.get("capacity") {
        load.capacity = reader.quantity(&path, &entry.node, "a rate such as \"500/s\"");
    }
    if let Some((path, entry)) = view.get("by_hours") {
        load.by_hours = by_hours(reader, &path, entry);
    }
    if let Some((path, entry)) = view.get("growth") {
        load.growth = growth(reader, &path, &entry.node).unwrap_or(load.growth);
    }
    if let Some((path, entry)) = view.get("down_above") {
        load.down_above = match &entry.node.value {
            Value::Text(text) if text == "never" => None,
            _ => reader.quantity(&path, &entry.node, "a utilization such as \"110%\", or \"never\""),
        };
    }
    if let Some((path, entry)) = view.get("balancing") {
        let expected = "a way to share it out such as \"even\" or \"nearest zone\"";
        load.balancing = reader.quantity(&path, &entry.node, expected).unwrap_or_default();
    }
    load.retries = retries(reader, &view);
    load.source = source(reader, &view);
    Some(load)
}

pub(super) fn demand(reader: &mut Reader<'_>, path: &KeyPath, node: &Node) -> Option<Demand> {
    reader.quantity(path, node, DEMAND)
}

fn by_hours(reader: &mut Reader<'_>, path: &KeyPath, entry: &Entry) -> Vec<HourlyLoad> {
    let Value::List(nodes) = &entry.node.value else {
        let example = "a list such as [{ hours = \"Mon-Fri 09:00-18:00\", load = \"70%\" }]";
        reader.not(path, &entry.node, example);
        return Vec::new();
    };
    let mut read = |(index, node): (usize, &Node)| {
        let path = path.index(index);
        let Value::Table(table) = &node.value else {
            reader.not(&path, node, "a table with `hours` and `load`");
            return None;
        };
        let view = reader.view(path, node.span.clone(), table, &["hours", "load"]);
        let hours = reader.required(&view, "hours", "\"Mon-Fri 09:00-18:00\"");
        let hours = hours.and_then(|(path, entry)| reader.quantity(&path, &entry.node, "hours of the week"));
        let load = reader.required(&view, "load", "\"70%\"");
        let load = load.and_then(|(path, entry)| demand(reader, &path, &entry.node));
        Some(HourlyLoad { hours: hours?, load: load? })
    };
    nodes.iter().enumerate().filter_map(&mut read).collect()
}

/// What clients do while the service is down. `none` takes away what the file gives, for a design.
fn retries(reader: &mut Reader<'_>, view: &View<'_>) -> Option<Retries> {
    let (path, entry) = view.get("retries")?;
    if let Value::Text(text) = &entry.node.value {
        if text != "none" {
            let help = "write { load_factor = 3, breaker = \"30s\" }, or \"none\"";
            let message = format!("{text:?} does not say how clients try again");
            reader.report(Diagnostic::new(entry.node.span.clone(), message).help(help));
        }
        return None;
    }
    let view = reader.table(path, entry, &["load_factor", "breaker", "probes"])?;
    reader.required(&view, "load_factor", "3");
    let load_factor = number(reader, &view, "load_factor", "a number such as 3");
    let [breaker, probes] =
        ["breaker", "probes"].map(|key| view.get(key).map(|(path, entry)| reader.law(&path, &entry.node)));
    // A law that could not be read is not one that is missing.
    if breaker == Some(None) || probes == Some(None) {
        return None;
    }
    Some(Retries { load_factor: load_factor?, breaker: breaker.flatten(), probes: probes.flatten() })
}

/// `20%/y`: growth is always by the year, and says so.
fn growth(reader: &mut Reader<'_>, path: &KeyPath, node: &Node) -> Option<Ratio> {
    let text = reader.text(path, node)?;
    let read = text.trim().strip_suffix("/y").and_then(|share| share.parse().ok());
    if read.is_none() {
        let message = format!("{text:?} is no growth: write \"20%/y\"");
        reader.report(Diagnostic::new(node.span.clone(), message));
    }
    read
}

/// With what share of its capacity a component goes on working.
pub(super) fn slow(reader: &mut Reader<'_>, view: &View<'_>) -> Option<Probability> {
    let (path, entry) = view.get("slow")?;
    reader.quantity(&path, &entry.node, "a share of its capacity such as \"30%\"")
}

pub(super) fn stress(reader: &mut Reader<'_>, view: &View<'_>) -> Option<Stress> {
    let (path, entry) = view.get("stress")?;
    let view = reader.table(path, entry, &["exponent", "rated_at", "above"])?;
    let exponent = number(reader, &view, "exponent", "a number such as 2").unwrap_or(0.0);
    let mut utilization = |key| {
        let (path, entry) = view.get(key)?;
        reader.quantity(&path, &entry.node, "a utilization such as \"50%\"")
    };
    let (rated_at, above) = (utilization("rated_at").unwrap_or(Ratio::ONE), utilization("above"));
    Some(Stress { exponent, rated_at, above })
}
