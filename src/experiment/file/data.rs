//! What a service keeps, as a file says it.

use super::reader::{Reader, View};
use super::systems::{need, required_law, source, text};
use super::tree::{Entry, Value};
use crate::experiment::Diagnostic;
use crate::random::Law;
use crate::system::{Data, DataBackup, KeyPath, Need};
use crate::units::Duration;

const KEYS: [&str; 9] =
    ["needs", "local_groups", "size", "written", "lag", "decision", "anew", "backup", "source"];
const OF_BACKUP: [&str; 7] = ["every", "lag", "kept_in", "keeps", "works", "restores", "source"];

/// A table, or `none`, by which a design takes away what the file gives.
pub(super) fn read(reader: &mut Reader<'_>, path: KeyPath, entry: &Entry) -> Option<Data> {
    if let Value::Text(text) = &entry.node.value {
        if text != "none" {
            let message = format!("{text:?} says nothing about data");
            let help = "write { needs = 2 } for data of which two copies are enough, or \"none\"";
            reader.report(Diagnostic::new(entry.node.span.clone(), message).help(help));
        }
        return None;
    }
    let view = reader.table(path, entry, &KEYS)?;
    let needs = reader.required(&view, "needs", "1").and_then(|(path, entry)| need(reader, &path, entry));
    let mut data = Data::new(needs.unwrap_or(Need::Any));
    if let Some((path, entry)) = view.get("local_groups") {
        data.local_groups = reader.whole(&path, &entry.node, u32::MAX).unwrap_or(0);
    }
    data.size = view
        .get("size")
        .and_then(|(path, entry)| reader.quantity(&path, &entry.node, "an amount such as \"4 TB\""));
    data.written = view
        .get("written")
        .and_then(|(path, entry)| reader.quantity(&path, &entry.node, "a flow of data such as \"20 MB/s\""));
    data.lag = law(reader, &view, "lag");
    data.decision = law(reader, &view, "decision");
    data.anew = law(reader, &view, "anew");
    data.source = source(reader, &view);
    for (path, name, entry) in reader.named(&view, "backup") {
        if let Some(backup) = backup(reader, path, entry) {
            data.backups.insert(name.to_owned(), backup);
        }
    }
    needs.map(|_| data)
}

fn law(reader: &mut Reader<'_>, view: &View<'_>, key: &str) -> Option<Law> {
    let (path, entry) = view.get(key)?;
    reader.law(&path, &entry.node)
}

fn duration(reader: &mut Reader<'_>, view: &View<'_>, key: &str) -> Option<Duration> {
    let (path, entry) = view.get(key)?;
    reader.quantity(&path, &entry.node, "a duration such as \"1d\"")
}

/// A table, or `none`, by which a design takes away what the file gives.
fn backup(reader: &mut Reader<'_>, path: KeyPath, entry: &Entry) -> Option<DataBackup> {
    if matches!(&entry.node.value, Value::Text(text) if text == "none") {
        return None;
    }
    let view = reader.table(path, entry, &OF_BACKUP)?;
    let restores = required_law(reader, &view, "restores", "\"4 TB at 200 MB/s\"");
    if view.get("every").is_none() && view.get("lag").is_none() {
        let message = format!("nothing says what `{}` lacks", view.path);
        let help = "add every = \"1d\" for a backup, lag = \"5s\" for a replica that is behind, or both";
        reader.report(Diagnostic::new(view.span.clone(), message).help(help));
    }
    let mut backup = DataBackup::new(restores?);
    backup.every = duration(reader, &view, "every").unwrap_or_default();
    backup.lag = law(reader, &view, "lag").unwrap_or(backup.lag);
    backup.kept_in = text(reader, &view, "kept_in");
    if let Some((path, entry)) = view.get("keeps") {
        backup.keeps = reader.whole(&path, &entry.node, u32::MAX).unwrap_or(1);
    }
    if let Some((path, entry)) = view.get("works") {
        let read = reader.quantity(&path, &entry.node, "a probability such as \"95%\"");
        backup.works = read.unwrap_or(backup.works);
    }
    backup.source = source(reader, &view);
    Some(backup)
}
