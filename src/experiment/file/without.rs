//! What a service does without something that it depends on.

use std::collections::BTreeMap;

use super::reader::{Reader, View};
use super::systems::source;
use super::tree::{Entry, Value};
use crate::experiment::Diagnostic;
use crate::system::{KeyPath, Without};

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
    let view = reader.table(path, entry, &["serves", "lasts", "source"])?;
    let serves = reader.required(&view, "serves", "\"80%\"");
    let serves = serves.and_then(|(path, entry)| reader.quantity(&path, &entry.node, SHARE));
    let lasts = view.get("lasts").map(|(path, entry)| reader.law(&path, &entry.node));
    let source = source(reader, &view);
    // A law that could not be read is not one that is missing.
    let lasts = match lasts {
        Some(None) => return None,
        lasts => lasts.flatten(),
    };
    Some(Without { serves: serves?, lasts, source })
}
