//! The power and the cooling of sites.

use super::reader::{Reader, View};
use super::systems::{modes, required_law, source, text};
use super::tree::{Entry, Value};
use crate::experiment::Diagnostic;
use crate::random::Law;
use crate::system::{Backup, KeyPath, Supply};
use crate::units::Probability;

pub(super) fn supply(reader: &mut Reader<'_>, path: KeyPath, entry: &Entry) -> Supply {
    let mut supply = Supply::new(&[]);
    let keys = [
        "feeds",
        "per",
        "copies",
        "from",
        "mode",
        "ride_through",
        "recharges",
        "backup",
        "returns",
        "source",
    ];
    let Some(view) = reader.table(path, entry, &keys) else { return supply };
    if let Some((path, entry)) = view.get("feeds") {
        supply.feeds = reader.texts(&path, &entry.node).unwrap_or_default();
    }
    supply.per = text(reader, &view, "per");
    if let Some((path, entry)) = view.get("copies") {
        supply.copies = reader.whole(&path, &entry.node, u32::MAX).unwrap_or(1);
    }
    supply.modes = modes(reader, &view);
    [supply.ride_through, supply.recharges, supply.returns] =
        ["ride_through", "recharges", "returns"].map(|key| law_or_none(reader, &view, key));
    supply.backup = view.get("backup").and_then(|(path, entry)| backup(reader, path, entry));
    supply.source = source(reader, &view);
    supply
}

/// A law, or `none`, by which a design takes away what the file gives.
fn law_or_none(reader: &mut Reader<'_>, view: &View<'_>, key: &str) -> Option<Law> {
    let (path, entry) = view.get(key)?;
    match &entry.node.value {
        Value::Text(text) if text == "none" => None,
        _ => reader.law(&path, &entry.node),
    }
}

/// A table, or `none`.
fn backup(reader: &mut Reader<'_>, path: KeyPath, entry: &Entry) -> Option<Backup> {
    if let Value::Text(text) = &entry.node.value {
        if text != "none" {
            let message = format!("{text:?} is no backup");
            let help = "write { starts = \"99.5%\", start_time = \"30s\", restored = \"8h\" }, or \"none\"";
            reader.report(Diagnostic::new(entry.node.span.clone(), message).help(help));
        }
        return None;
    }
    let keys = ["starts", "start_time", "fails", "restored", "lasts", "source"];
    let view = reader.table(path, entry, &keys)?;
    let start_time = required_law(reader, &view, "start_time", "\"30s\"");
    let starts = match view.get("starts") {
        Some((path, entry)) => reader.quantity(&path, &entry.node, "a probability such as \"99.5%\""),
        None => Some(Probability::ONE),
    };
    // A law that could not be read is not one that is missing.
    let mut law = |key| view.get(key).map(|(path, entry)| reader.law(&path, &entry.node));
    let [fails, restored, lasts] = ["fails", "restored", "lasts"].map(&mut law);
    Some(Backup {
        starts: starts?,
        start_time: start_time?,
        fails: fails.unwrap_or(Some(Law::Never))?,
        restored: restored.map_or(Some(None), |law| law.map(Some))?,
        lasts: lasts.unwrap_or(Some(Law::Never))?,
        source: source(reader, &view),
    })
}
