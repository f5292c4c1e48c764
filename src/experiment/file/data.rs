//! What a service keeps, as a file says it.

use super::reader::{Reader, View};
use super::systems::{need, required_law, source, text};
use super::tree::{Entry, Value};
use crate::experiment::Diagnostic;
use crate::random::Law;
use crate::system::{Chunks, Data, DataBackup, KeyPath, Need, Placement};
use crate::units::Duration;

const KEYS: [&str; 10] =
    ["needs", "chunks", "local_groups", "size", "written", "lag", "decision", "anew", "backup", "source"];
const OF_CHUNKS: [&str; 4] = ["count", "copies", "placement", "rebuild"];
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
    data.chunks = view.get("chunks").and_then(|(path, entry)| chunks(reader, path, entry));
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

/// A table, or `none`, by which a design takes away what the file gives.
fn chunks(reader: &mut Reader<'_>, path: KeyPath, entry: &Entry) -> Option<Chunks> {
    if matches!(&entry.node.value, Value::Text(text) if text == "none") {
        return None;
    }
    let view = reader.table(path, entry, &OF_CHUNKS)?;
    let mut number = |key: &str, example: &str| {
        let (path, entry) = reader.required(&view, key, example)?;
        reader.whole(&path, &entry.node, u32::MAX)
    };
    let (count, copies) = (number("count", "1_000_000"), number("copies", "3"));
    let said = view.get("placement").map(|(path, entry)| placement(reader, path, entry));
    let rebuild = view
        .get("rebuild")
        .and_then(|(path, entry)| reader.quantity(&path, &entry.node, "a flow of data such as \"10 MB/s\""));
    let placement = said.unwrap_or(Some(Placement::Random))?;
    Some(Chunks { rebuild, ..Chunks::new(count?, copies?, placement) })
}

/// `random`, or a table that names another and its width.
fn placement(reader: &mut Reader<'_>, path: KeyPath, entry: &Entry) -> Option<Placement> {
    let known = "there are \"random\", { window = 10 } and { copysets = { scatter = 10 } }";
    if let Value::Text(text) = &entry.node.value {
        if text == "random" {
            return Some(Placement::Random);
        }
        let message = format!("{text:?} is no placement: {known}");
        reader.report(Diagnostic::new(entry.node.span.clone(), message));
        return None;
    }
    let view = reader.table(path, entry, &["window", "copysets"])?;
    match (view.get("window"), view.get("copysets")) {
        (Some((path, entry)), None) => reader.whole(&path, &entry.node, u32::MAX).map(Placement::Window),
        (None, Some((path, entry))) => {
            let view = reader.table(path, entry, &["scatter"])?;
            let (path, entry) = reader.required(&view, "scatter", "10")?;
            let scatter = reader.whole(&path, &entry.node, u32::MAX)?;
            Some(Placement::Copysets { scatter })
        }
        _ => {
            let message = format!("`{}` must be one placement: {known}", view.path);
            reader.report(Diagnostic::new(view.span.clone(), message));
            None
        }
    }
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
