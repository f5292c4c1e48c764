//! How a service saves its work.

use super::reader::{Reader, View};
use super::systems::source;
use super::tree::Value;
use crate::experiment::Diagnostic;
use crate::system::Checkpoint;
use crate::units::Duration;

/// A table, or `none`, by which a design takes away what the file gives.
pub(super) fn read(reader: &mut Reader<'_>, view: &View<'_>) -> Option<Checkpoint> {
    let (path, entry) = view.get("checkpoint")?;
    if let Value::Text(text) = &entry.node.value {
        if text != "none" {
            let message = format!("{text:?} does not say how it saves its work");
            let help = "write { every = \"1h\", takes = \"2min\" }, or \"none\"";
            reader.report(Diagnostic::new(entry.node.span.clone(), message).help(help));
        }
        return None;
    }
    let view = reader.table(path, entry, &["every", "takes", "source"])?;
    let mut duration = |key, example| {
        let (path, entry) = reader.required(&view, key, example)?;
        reader.quantity::<Duration>(&path, &entry.node, "a duration such as \"1h\"")
    };
    let (every, takes) = (duration("every", "\"1h\""), duration("takes", "\"2min\""));
    let source = source(reader, &view);
    Some(Checkpoint { every: every?, takes: takes?, source })
}
