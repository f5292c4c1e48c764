//! Environments, and what a failure mode does to others.

use super::correlation::{SCOPE, scope};
use super::reader::{Reader, View};
use super::systems::{required_law, source, text};
use super::tree::{Entry, Value};
use crate::random::Law;
use crate::system::{Cascade, Environment, KeyPath, Scope};

pub(super) fn environment(reader: &mut Reader<'_>, path: KeyPath, entry: &Entry) -> Environment {
    let mut environment = Environment::new(Law::Never, Law::Never, Scope::all());
    let keys = [
        &["begins", "lasts"],
        &SCOPE[..],
        &["modes", "failure_factor", "load_factor", "added_load", "source"],
    ]
    .concat();
    let Some(view) = reader.table(path, entry, &keys) else { return environment };
    if let Some(begins) = required_law(reader, &view, "begins", "\"exponential(mean 30d)\"") {
        environment.begins = begins;
    }
    if let Some(lasts) = required_law(reader, &view, "lasts", "\"exponential(mean 6h)\"") {
        environment.lasts = lasts;
    }
    environment.scope = scope(reader, &view);
    if let Some((path, entry)) = view.get("modes") {
        environment.modes = reader.texts(&path, &entry.node).unwrap_or_default();
    }
    if let Some(factor) = number(reader, &view, "failure_factor", "a number such as 10") {
        environment.failure_factor = factor;
    }
    if let Some(factor) = number(reader, &view, "load_factor", "a number such as 3") {
        environment.load_factor = factor;
    }
    if let Some((path, entry)) = view.get("added_load") {
        environment.added_load = super::load::demand(reader, &path, &entry.node);
    }
    environment.source = source(reader, &view);
    environment
}

pub(super) fn cascade(reader: &mut Reader<'_>, view: &View<'_>) -> Option<Cascade> {
    let (path, entry) = view.get("cascade")?;
    let view = reader.table(path, entry, &["each", "fails", "among"])?;
    let (path, entry) = reader.required(&view, "each", "\"10%\"")?;
    let each = reader.quantity(&path, &entry.node, "a probability such as \"10%\"")?;
    Some(Cascade { each, fails: text(reader, &view, "fails"), among: text(reader, &view, "among") })
}

/// A plain number, without quotes.
pub(super) fn number(reader: &mut Reader<'_>, view: &View<'_>, key: &str, expected: &str) -> Option<f64> {
    let (path, entry) = view.get(key)?;
    match &entry.node.value {
        Value::Integer(_) | Value::Float(_) => reader.quantity(&path, &entry.node, expected),
        _ => {
            reader.not(&path, &entry.node, expected);
            None
        }
    }
}
