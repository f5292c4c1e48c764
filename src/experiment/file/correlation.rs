//! Domains that cut across sites, and shocks.

use super::burst;
use super::reader::{Reader, View};
use super::systems::{modes, required_law, source, text};
use super::tree::{Entry, Value};
use crate::random::Law;
use crate::system::{Domain, KeyPath, Scope, Shock};
use crate::units::Probability;

/// The keys that say which components are meant.
pub(super) const SCOPE: [&str; 4] = ["sites", "components", "services", "replicas"];

pub(super) fn domain(reader: &mut Reader<'_>, path: KeyPath, entry: &Entry) -> Domain {
    let mut domain = Domain::default();
    let keys = [&SCOPE[..], &["from", "source", "mode"]].concat();
    let Some(view) = reader.table(path, entry, &keys) else { return domain };
    domain.scope = scope(reader, &view);
    domain.source = source(reader, &view);
    domain.modes = modes(reader, &view);
    domain
}

pub(super) fn shock(reader: &mut Reader<'_>, path: KeyPath, entry: &Entry) -> Shock {
    let mut shock = Shock::new(Law::Never, "", Scope::all());
    let own = ["each", "within", "size", "affinity", "also", "noticed", "source"];
    let keys = [&["strikes", "fails"], &SCOPE[..], &own].concat();
    let Some(view) = reader.table(path, entry, &keys) else { return shock };
    if let Some(strikes) = required_law(reader, &view, "strikes", "\"exponential(mean 45d)\"") {
        shock.strikes = strikes;
    }
    if let Some((path, entry)) = reader.required(&view, "fails", "\"MODE\", the failure mode of what is hit")
    {
        shock.fails = reader.text(&path, &entry.node).unwrap_or_default().to_owned();
    }
    shock.scope = scope(reader, &view);
    shock.each = chance(reader, &view, "each");
    shock.size = view.get("size").and_then(|(path, entry)| burst::size(reader, &path, &entry.node));
    shock.affinity = view.get("affinity").and_then(|(path, entry)| burst::affinity(reader, path, entry));
    shock.also = burst::also(reader, &view);
    shock.noticed = view.get("noticed").and_then(|(path, entry)| reader.law(&path, &entry.node));
    shock.within = text(reader, &view, "within");
    shock.source = source(reader, &view);
    shock
}

/// A probability, or certainty where there is none.
pub(super) fn chance(reader: &mut Reader<'_>, view: &View<'_>, key: &str) -> Probability {
    let read = view
        .get(key)
        .and_then(|(path, entry)| reader.quantity(&path, &entry.node, "a probability such as \"30%\""));
    read.unwrap_or(Probability::ONE)
}

pub(super) fn scope(reader: &mut Reader<'_>, view: &View<'_>) -> Scope {
    let mut names = |key| {
        let (path, entry) = view.get(key)?;
        reader.texts(&path, &entry.node)
    };
    let [sites, components, services] =
        ["sites", "components", "services"].map(|key| names(key).unwrap_or_default());
    Scope { sites, components, services, replicas: replicas(reader, view) }
}

/// Numbers of replicas: one, or a list of them.
fn replicas(reader: &mut Reader<'_>, view: &View<'_>) -> Vec<u32> {
    let Some((path, entry)) = view.get("replicas") else { return Vec::new() };
    match &entry.node.value {
        Value::List(nodes) => {
            let number = |(index, node)| reader.whole(&path.index(index), node, u32::MAX);
            nodes.iter().enumerate().filter_map(number).collect()
        }
        _ => reader.whole(&path, &entry.node, u32::MAX).into_iter().collect(),
    }
}
