//! What a service does without something that it depends on.

use std::collections::BTreeMap;

use super::reader::{Reader, View};
use super::systems::source;
use super::tree::{Entry, Value};
use crate::experiment::Diagnostic;
use crate::system::{KeyPath, Queue, Without};
use crate::units::Duration;

const SHARE: &str = "the share of its value that it then serves, such as \"80%\"";

/// A table by the names of services, or `none`, by which a design takes away what the file gives.
pub(super) fn read(reader: &mut Reader<'_>, view: &View<'_>) -> BTreeMap<String, Without> {
    let Some((_, entry)) = view.get("without") else { return BTreeMap::new() };
    if let Value::Text(text) = &entry.node.value {
        if text != "none" {
            let message = format!("{text:?} does not say what it does without which service");
            let help = "write { SERVICE = \"80%\" }, or \"none\"";
            reader.report(Diagnostic::new(entry.node.span.clone(), message).help(help));
        }
        return BTreeMap::new();
    }
    let named = reader.named(view, "without");
    named
        .into_iter()
        .filter_map(|(path, name, entry)| Some((name.to_owned(), one(reader, path, entry)?)))
        .collect()
}

/// A share, or a table.
fn one(reader: &mut Reader<'_>, path: KeyPath, entry: &Entry) -> Option<Without> {
    if matches!(entry.node.value, Value::Text(_)) {
        return reader.quantity(&path, &entry.node, SHARE).map(Without::serves);
    }
    let view = reader.table(path, entry, &["serves", "lasts", "queue", "source"])?;
    let serves = reader.required(&view, "serves", "\"80%\"");
    let serves = serves.and_then(|(path, entry)| reader.quantity(&path, &entry.node, SHARE));
    let lasts = view.get("lasts").map(|(path, entry)| reader.law(&path, &entry.node));
    let queue = view.get("queue").map(|(path, entry)| queue(reader, path, entry));
    let source = source(reader, &view);
    // A law that could not be read is not one that is missing.
    let lasts = match lasts {
        Some(None) => return None,
        lasts => lasts.flatten(),
    };
    Some(Without { serves: serves?, lasts, queue: queue.unwrap_or(Some(None))?, source })
}

/// A table, or `none`, by which a design takes away what the file gives. Nothing, where it could not be read.
fn queue(reader: &mut Reader<'_>, path: KeyPath, entry: &Entry) -> Option<Option<Queue>> {
    if let Value::Text(text) = &entry.node.value {
        if text == "none" {
            return Some(None);
        }
        let message = format!("{text:?} does not say what may wait");
        let help = "write { oldest = \"15min\", holds = \"2h\" }, or \"none\"";
        reader.report(Diagnostic::new(entry.node.span.clone(), message).help(help));
        return None;
    }
    let view = reader.table(path, entry, &["oldest", "holds"])?;
    let mut span = |key| match view.get(key) {
        Some((path, entry)) => {
            reader.quantity::<Duration>(&path, &entry.node, "a duration such as \"15min\"").map(Some)
        }
        None => Some(None),
    };
    let (oldest, holds) = (span("oldest"), span("holds"));
    Some(Some(Queue { oldest: oldest?, holds: holds? }))
}
