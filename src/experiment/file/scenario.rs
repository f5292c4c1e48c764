//! The script of a system.

use super::reader::{Reader, View};
use super::systems::required_law;
use super::tree::{Node, Value};
use crate::experiment::Diagnostic;
use crate::system::{Fault, KeyPath, Scenario};

pub(super) fn read(reader: &mut Reader<'_>, root: &View<'_>) -> Scenario {
    let mut scenario = Scenario::new();
    let Some((path, entry)) = root.get("scenario") else { return scenario };
    reader.enter(path.clone());
    let Some(view) = reader.table(path, entry, &["random_faults", "fault"]) else { return scenario };
    if let Some((path, entry)) = view.get("random_faults") {
        reader.enter(path.clone());
        scenario.random_faults = reader.flag(&path, &entry.node).unwrap_or(true);
    }
    if let Some((path, entry)) = view.get("fault") {
        reader.enter(path.clone());
        let Value::List(nodes) = &entry.node.value else {
            let message = format!("`{path}` must be a list of tables, not {}", entry.node.kind());
            let help = "write [[scenario.fault]], with two brackets on each side";
            reader.report(Diagnostic::new(entry.key_span.clone(), message).help(help));
            return scenario;
        };
        let faults = nodes.iter().enumerate().map(|(index, node)| fault(reader, &path.index(index), node));
        scenario.faults = faults.collect::<Vec<_>>().into_iter().flatten().collect();
    }
    scenario
}

fn fault(reader: &mut Reader<'_>, path: &KeyPath, node: &Node) -> Option<Fault> {
    let Value::Table(table) = &node.value else {
        reader.not(path, node, "a table with `takes`, `at` and `lasts`");
        return None;
    };
    let keys = ["name", "at", "takes", "cuts", "one_way", "lasts", "every"];
    let view = reader.view(path.clone(), node.span.clone(), table, &keys);
    let name = view.get("name").and_then(|(path, entry)| reader.text(&path, &entry.node)).map(str::to_owned);
    let cuts = cuts(reader, &view);
    let takes = match &cuts {
        Some(_) => Some(String::new()),
        None => {
            let takes = reader.required(&view, "takes", "\"eu/a\"");
            takes.and_then(|(path, entry)| reader.text(&path, &entry.node)).map(str::to_owned)
        }
    };
    let one_way = view.get("one_way").and_then(|(path, entry)| reader.flag(&path, &entry.node));
    let at = required_law(reader, &view, "at", "\"10d 14h\"");
    let lasts = required_law(reader, &view, "lasts", "\"2h\"");
    let every = view
        .get("every")
        .and_then(|(path, entry)| reader.quantity(&path, &entry.node, "a duration such as \"90d\""));
    let (cuts, one_way) = (cuts.unwrap_or_default(), one_way.unwrap_or(false));
    Some(Fault { name, at: at?, takes: takes?, cuts, one_way, lasts: lasts?, every })
}

/// Groups that lose each other, in the place of something that is taken.
fn cuts(reader: &mut Reader<'_>, view: &View<'_>) -> Option<Vec<Vec<String>>> {
    let found = view.get("cuts");
    if let (None, Some((_, entry))) = (&found, view.get("one_way")) {
        let message = "`one_way` is for `cuts`: what is taken is gone altogether";
        reader.report(Diagnostic::new(entry.key_span.clone(), message));
    }
    let (path, entry) = found?;
    if let Some((_, takes)) = view.get("takes") {
        let message = "a fault either takes something or cuts groups off from each other";
        reader.report(Diagnostic::new(takes.key_span.clone(), message).help("make two faults of it"));
    }
    let Value::List(nodes) = &entry.node.value else {
        reader.not(&path, &entry.node, "a list of groups, such as [[\"eu/a\"], [\"eu/b\", \"eu/c\"]]");
        return Some(Vec::new());
    };
    let group = |(index, node)| reader.texts(&path.index(index), node);
    Some(nodes.iter().enumerate().filter_map(group).collect())
}
