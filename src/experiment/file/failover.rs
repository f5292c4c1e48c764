//! The failover of a service.

use super::reader::Reader;
use super::systems::{required_law, source};
use super::tree::{Entry, Value};
use crate::experiment::Diagnostic;
use crate::system::{Failover, KeyPath};
use crate::units::Probability;

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
    let view = reader.table(path, entry, &["detect", "switch", "succeeds", "manual", "source"])?;
    let detect = required_law(reader, &view, "detect", "\"10s\"");
    let switch = required_law(reader, &view, "switch", "\"uniform(20s, 40s)\"");
    let succeeds = match view.get("succeeds") {
        Some((path, entry)) => reader.quantity(&path, &entry.node, "a probability such as \"99%\""),
        None => Some(Probability::ONE),
    };
    let manual = view.get("manual").map(|(path, entry)| reader.law(&path, &entry.node));
    let source = source(reader, &view);
    // A law by hand that could not be read is not one that is missing.
    let manual = match manual {
        Some(law) => Some(law?),
        None => None,
    };
    Some(Failover { detect: detect?, switch: switch?, succeeds: succeeds?, manual, source })
}
