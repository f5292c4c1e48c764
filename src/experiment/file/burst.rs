//! How many components a shock hits, and what else.

use super::correlation::{SCOPE, chance, scope};
use super::reader::{Reader, View};
use super::systems::text;
use super::tree::{Entry, Node, Value};
use crate::system::{Affinity, BurstSize, Hit, KeyPath};
use crate::units::Probability;

/// `"geometric(mean 3)"`, a number, or a table such as `{ 1 = "63%", 2 = "37%" }`.
pub(super) fn size(reader: &mut Reader<'_>, path: &KeyPath, node: &Node) -> Option<BurstSize> {
    match &node.value {
        Value::Text(_) => reader.quantity(path, node, "a size such as \"geometric(mean 3)\""),
        Value::Integer(_) => {
            let size = reader.whole(path, node, u32::MAX)?;
            Some(BurstSize::Table(vec![(size, Probability::ONE)]))
        }
        Value::Table(table) => {
            let rows: Vec<Option<(u32, Probability)>> = table
                .in_order()
                .into_iter()
                .map(|(key, entry)| {
                    let path = path.key(key);
                    let Ok(size) = key.parse() else {
                        let message = format!("{key:?} is no number of components");
                        reader.report(crate::experiment::Diagnostic::new(entry.key_span.clone(), message));
                        return None;
                    };
                    Some((size, reader.quantity(&path, &entry.node, "a probability such as \"63%\"")?))
                })
                .collect();
            let mut rows = rows.into_iter().collect::<Option<Vec<_>>>()?;
            // Which size a draw means must not depend on the order in which they are written.
            rows.sort_unstable_by_key(|(size, _)| *size);
            Some(BurstSize::Table(rows))
        }
        _ => {
            reader.not(path, node, "a size such as \"geometric(mean 3)\", 3 or { 1 = \"63%\", 2 = \"37%\" }");
            None
        }
    }
}

pub(super) fn affinity(reader: &mut Reader<'_>, path: KeyPath, entry: &Entry) -> Option<Affinity> {
    let view = reader.table(path, entry, &["level", "chance"])?;
    let level = reader.required(&view, "level", "\"rack\"");
    let level = level.and_then(|(path, entry)| reader.text(&path, &entry.node)).map(str::to_owned);
    let chance = reader.required(&view, "chance", "\"75%\"");
    let chance =
        chance.and_then(|(path, entry)| reader.quantity(&path, &entry.node, "a probability such as \"75%\""));
    Some(Affinity { level: level?, chance: chance? })
}

/// What else a shock hits: a table, or a list of them.
pub(super) fn also(reader: &mut Reader<'_>, view: &View<'_>) -> Vec<Hit> {
    let Some((path, entry)) = view.get("also") else { return Vec::new() };
    let Value::List(nodes) = &entry.node.value else {
        return hit(reader, &path, &entry.node).into_iter().collect();
    };
    let hits = nodes.iter().enumerate().map(|(index, node)| hit(reader, &path.index(index), node));
    hits.collect::<Vec<_>>().into_iter().flatten().collect()
}

fn hit(reader: &mut Reader<'_>, path: &KeyPath, node: &Node) -> Option<Hit> {
    let Value::Table(table) = &node.value else {
        reader.not(path, node, "a table, such as { services = \"backup\", chance = \"60%\" }");
        return None;
    };
    let keys = [&SCOPE[..], &["fails", "chance", "each", "after"]].concat();
    let view = reader.view(path.clone(), node.span.clone(), table, &keys);
    Some(Hit {
        scope: scope(reader, &view),
        fails: text(reader, &view, "fails"),
        chance: chance(reader, &view, "chance"),
        each: chance(reader, &view, "each"),
        after: view.get("after").and_then(|(path, entry)| reader.law(&path, &entry.node)),
    })
}
