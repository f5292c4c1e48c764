//! What things cost, as a file says it.

use std::collections::BTreeMap;

use super::reader::{Reader, View};
use super::tree::{Entry, Value};
use crate::experiment::Diagnostic;
use crate::system::{Agreement, Costs, Credit, KeyPath};
use crate::units::CostRate;

const RATE: &str = "a cost such as \"0.20 USD/h\" or \"300 USD/mo\"";

/// The price of something that is there all the time.
pub(super) fn rate(reader: &mut Reader<'_>, view: &View<'_>, key: &str) -> Option<CostRate> {
    let (path, entry) = view.get(key)?;
    reader.quantity(&path, &entry.node, RATE)
}

pub(super) fn read(reader: &mut Reader<'_>, root: &View<'_>) -> Costs {
    let mut costs = Costs::default();
    let Some((path, entry)) = root.get("cost") else { return costs };
    reader.enter(path.clone());
    let Some(view) = reader.table(path, entry, &["operations", "transfer", "lost", "agreement"]) else {
        return costs;
    };
    costs.operations = rate(reader, &view, "operations");
    costs.transfer = by_name(reader, &view, "transfer", "what data cost, such as \"0.01 USD/GB\"");
    costs.lost = by_name(reader, &view, "lost", "a loss such as \"5000 USD/h\"");
    for (path, name, entry) in reader.named(&view, "agreement") {
        if let Some(agreement) = agreement(reader, path, entry) {
            costs.agreements.insert(name.to_owned(), agreement);
        }
    }
    costs
}

fn by_name<T>(reader: &mut Reader<'_>, view: &View<'_>, key: &str, expected: &str) -> BTreeMap<String, T>
where
    T: std::str::FromStr<Err: std::fmt::Display>,
{
    let entries = reader.named(view, key).into_iter();
    let read = |(path, name, entry): (KeyPath, &str, &Entry)| {
        Some((name.to_owned(), reader.quantity(&path, &entry.node, expected)?))
    };
    entries.filter_map(read).collect()
}

fn agreement(reader: &mut Reader<'_>, path: KeyPath, entry: &Entry) -> Option<Agreement> {
    let view = reader.table(path, entry, &["bill", "credits"])?;
    let bill = reader.required(&view, "bill", "\"20000 USD/mo\"");
    let bill = bill.and_then(|(path, entry)| reader.quantity(&path, &entry.node, RATE));
    let example = "[{ below = \"99.9%\", share = \"10%\" }]";
    let credits = reader.required(&view, "credits", example);
    let credits = credits.map(|(path, entry)| credits_of(reader, &path, entry, example));
    Some(Agreement { bill: bill?, credits: credits? })
}

fn credits_of(reader: &mut Reader<'_>, path: &KeyPath, entry: &Entry, example: &str) -> Vec<Credit> {
    let Value::List(nodes) = &entry.node.value else {
        reader.not(path, &entry.node, &format!("a list such as {example}"));
        return Vec::new();
    };
    if nodes.is_empty() {
        let message = "an agreement without credits costs nothing";
        reader.report(Diagnostic::new(entry.node.span.clone(), message).help(format!("add {example}")));
    }
    let mut credits = Vec::new();
    for (index, node) in nodes.iter().enumerate() {
        let path = path.index(index);
        let Value::Table(table) = &node.value else {
            reader.not(&path, node, "a table such as { below = \"99.9%\", share = \"10%\" }");
            continue;
        };
        let view = reader.view(path, node.span.clone(), table, &["below", "share"]);
        let mut share = |key: &str, example: &str| {
            let (path, entry) = reader.required(&view, key, example)?;
            reader.quantity(&path, &entry.node, "a percentage such as \"10%\"")
        };
        if let (Some(below), Some(share)) = (share("below", "\"99.9%\""), share("share", "\"10%\"")) {
            credits.push(Credit { below, share });
        }
    }
    credits
}
