//! Changes, planned maintenance and certificates.

use super::correlation::{SCOPE, scope};
use super::reader::{Reader, View};
use super::systems::{required_law, source};
use super::tree::{Entry, Value};
use crate::experiment::Diagnostic;
use crate::random::Law;
use crate::system::{
    BadRelease, Batch, Certificate, Change, KeyPath, Maintenance, OperatorError, Scope, Strategy, Work,
};
use crate::units::{Duration, Probability};

/// Keys that any work has.
const WORK: [&str; 9] = ["every", "hours", "batch", "gap", "takes", "gated", "error", "breaks", "source"];
/// Keys of a release that may be bad, and how they are written.
const BAD: [(&str, &str); 2] = [("detected", "\"15min\""), ("rolled_back", "\"5min\"")];

pub(super) fn change(reader: &mut Reader<'_>, path: KeyPath, entry: &Entry) -> Change {
    let own = ["strategy", "canary", "bake", "changes", "bad", "shows_after", "detected", "rolled_back"];
    let keys = [&SCOPE[..], &WORK, &own].concat();
    let Some(view) = reader.table(path, entry, &keys) else { return Change::rolling(nothing()) };
    // A push of configuration takes nothing out of service.
    let takes = match view.get("takes") {
        Some((path, entry)) => reader.law(&path, &entry.node).unwrap_or(now()),
        None => now(),
    };
    let mut work = work(reader, &view, takes);
    let strategy = strategy(reader, &view);
    if strategy == Strategy::BlueGreen && view.get("batch").is_none() {
        work.batch = Batch::All;
    }
    let changes = view.get("changes").and_then(|(path, entry)| {
        reader.quantity(&path, &entry.node, "how many changes are made in a time, such as \"2/d\"")
    });
    Change { work, strategy, changes, bad: bad(reader, &view) }
}

pub(super) fn maintenance(reader: &mut Reader<'_>, path: KeyPath, entry: &Entry) -> Maintenance {
    let keys = [&SCOPE[..], &WORK, &["rejuvenates", "counted"]].concat();
    let Some(view) = reader.table(path, entry, &keys) else { return Maintenance::new(nothing()) };
    let takes = required_law(reader, &view, "takes", "\"20min\"").unwrap_or(now());
    let mut maintenance = Maintenance::new(work(reader, &view, takes));
    if let Some((path, entry)) = view.get("rejuvenates") {
        maintenance.rejuvenates = reader.texts(&path, &entry.node).unwrap_or_default();
    }
    if let Some((path, entry)) = view.get("counted") {
        maintenance.counted = reader.flag(&path, &entry.node).unwrap_or(true);
    }
    maintenance
}

pub(super) fn certificate(reader: &mut Reader<'_>, path: KeyPath, entry: &Entry) -> Certificate {
    let mut certificate = Certificate::new(Scope::all(), Law::Never, Probability::ZERO, Law::Never);
    let keys = [&SCOPE[..], &["valid", "first", "forgotten", "renewed", "source"]].concat();
    let Some(view) = reader.table(path, entry, &keys) else { return certificate };
    certificate.scope = scope(reader, &view);
    certificate.valid = required_law(reader, &view, "valid", "\"90d\"").unwrap_or(Law::Never);
    certificate.first = view.get("first").and_then(|(path, entry)| reader.law(&path, &entry.node));
    if let Some((path, entry)) = reader.required(&view, "forgotten", "\"1%\"") {
        certificate.forgotten = share(reader, &path, entry).unwrap_or(Probability::ZERO);
    }
    certificate.renewed = required_law(reader, &view, "renewed", "\"4h\"").unwrap_or(Law::Never);
    certificate.source = source(reader, &view);
    certificate
}

/// What stands for work that could not be read.
fn nothing() -> Work {
    Work::new(Law::Never, now(), Scope::all())
}

fn now() -> Law {
    Law::constant(Duration::ZERO)
}

fn share(reader: &mut Reader<'_>, path: &KeyPath, entry: &Entry) -> Option<Probability> {
    reader.quantity(path, &entry.node, "a probability such as \"1%\"")
}

fn work(reader: &mut Reader<'_>, view: &View<'_>, takes: Law) -> Work {
    let scope = scope(reader, view);
    let every = required_law(reader, view, "every", "\"7d\"").unwrap_or(Law::Never);
    let mut work = Work::new(every, takes, scope);
    if let Some((path, entry)) = view.get("hours")
        && let Some(hours) =
            reader.quantity(&path, &entry.node, "hours of the week such as \"Mon-Thu 10:00-16:00\"")
    {
        work.hours = hours;
    }
    if let Some((path, entry)) = view.get("batch") {
        work.batch = batch(reader, &path, entry).unwrap_or_default();
    }
    if let Some((path, entry)) = view.get("gap") {
        work.gap = reader.law(&path, &entry.node).unwrap_or(now());
    }
    if let Some((path, entry)) = view.get("gated") {
        work.gated = reader.flag(&path, &entry.node).unwrap_or(false);
    }
    work.error = error(reader, view);
    work.source = source(reader, view);
    work
}

/// A number of replicas, `all`, `cell` or `shard`, or a level.
fn batch(reader: &mut Reader<'_>, path: &KeyPath, entry: &Entry) -> Option<Batch> {
    match &entry.node.value {
        Value::Text(text) if text == "all" => Some(Batch::All),
        Value::Text(text) if text == "cell" || text == "shard" => Some(Batch::Part),
        Value::Text(level) => Some(Batch::Site(level.clone())),
        Value::Integer(_) => reader.whole(path, &entry.node, u32::MAX).map(Batch::Count),
        _ => {
            reader.not(
                path,
                &entry.node,
                "a number of replicas, \"all\", \"cell\", or a level such as \"zone\"",
            );
            None
        }
    }
}

fn error(reader: &mut Reader<'_>, view: &View<'_>) -> Option<OperatorError> {
    let Some((path, entry)) = view.get("error") else {
        needless(reader, view, &["breaks"], "error");
        return None;
    };
    let chance = share(reader, &path, entry);
    let (path, entry) = reader.required(view, "breaks", "\"MODE\", the failure mode of what is broken")?;
    let breaks = reader.text(&path, &entry.node)?.to_owned();
    Some(OperatorError { chance: chance?, breaks })
}

fn strategy(reader: &mut Reader<'_>, view: &View<'_>) -> Strategy {
    let named = match view.get("strategy") {
        Some((path, entry)) => match reader.text(&path, &entry.node) {
            Some(name @ ("rolling" | "canary" | "blue-green")) => name,
            Some(other) => {
                let message =
                    format!("{other:?} is no strategy: write \"rolling\", \"canary\" or \"blue-green\"");
                let help = "all at once is strategy = \"rolling\" with batch = \"all\"";
                reader.report(Diagnostic::new(entry.node.span.clone(), message).help(help));
                return Strategy::Rolling;
            }
            None => return Strategy::Rolling,
        },
        None => "rolling",
    };
    if named != "canary" {
        for key in ["canary", "bake"] {
            if let Some((_, entry)) = view.get(key) {
                let message = format!("`{key}` is for strategy = \"canary\", and this is {named}");
                reader.report(Diagnostic::new(entry.key_span.clone(), message));
            }
        }
        return if named == "rolling" { Strategy::Rolling } else { Strategy::BlueGreen };
    }
    let replicas = match view.get("canary") {
        Some((path, entry)) => reader.whole(&path, &entry.node, u32::MAX).unwrap_or(1),
        None => 1,
    };
    let bake = required_law(reader, view, "bake", "\"30min\"").unwrap_or(now());
    Strategy::Canary { replicas, bake }
}

fn bad(reader: &mut Reader<'_>, view: &View<'_>) -> Option<BadRelease> {
    let Some((path, entry)) = view.get("bad") else {
        needless(reader, view, &["changes", "shows_after", "detected", "rolled_back"], "bad");
        return None;
    };
    let chance = share(reader, &path, entry);
    let [detected, rolled_back] = BAD.map(|(key, example)| required_law(reader, view, key, example));
    let bad = BadRelease::new(chance?, detected?, rolled_back?);
    match view.get("shows_after") {
        Some((path, entry)) => Some(bad.shows_after(reader.law(&path, &entry.node)?)),
        None => Some(bad),
    }
}

/// Keys that say nothing without another.
pub(super) fn needless(reader: &mut Reader<'_>, view: &View<'_>, keys: &[&str], without: &str) {
    for key in keys {
        if let Some((_, entry)) = view.get(key) {
            let message = format!("`{key}` says nothing without `{without}`");
            reader.report(Diagnostic::new(entry.key_span.clone(), message));
        }
    }
}
