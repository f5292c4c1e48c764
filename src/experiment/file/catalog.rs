//! Puts the catalog's figures into a tree: for `from = "catalog:disk/hdd"`, and for single values.
//!
//! It happens before anything is made of the tree, so that what comes from the catalog is read and checked as if it stood
//! in the file. Keys written beside `from` take the entry's place.

use super::reader::Reader;
use super::tree::{Entry, Node, Table, Value};
use crate::catalog::{Catalog, Entry as Item, EntryMode, Kind, Quantity};
use crate::experiment::{CatalogUse, Diagnostic};
use crate::system::{KeyPath, unknown};

/// What a reference begins with.
const PREFIX: &str = "catalog:";
/// Things that have failure modes.
const OWNERS: [&str; 6] = ["component", "level", "site", "domain", "power", "cooling"];
/// The values of a failure mode that may come from the catalog, and what they must be.
const MODE: [(&str, Kind); 5] = [
    ("fails", Kind::Failure),
    ("restored", Kind::Duration),
    ("found", Kind::Duration),
    ("without", Kind::Duration),
    ("error", Kind::Share),
];
/// The values of a failover that may come from the catalog, and what they must be.
const FAILOVER: [(&str, Kind); 7] = [
    ("false_alarms", Kind::Failure),
    ("detect", Kind::Duration),
    ("switch", Kind::Duration),
    ("covers", Kind::Success),
    ("succeeds", Kind::Success),
    ("manual", Kind::Duration),
    ("restart", Kind::Duration),
];

/// The values of a supply that may come from the catalog, and what they must be.
const SUPPLY: [(&str, Kind); 3] =
    [("ride_through", Kind::Duration), ("recharges", Kind::Duration), ("returns", Kind::Duration)];
/// The same of its backup.
const BACKUP: [(&str, Kind); 5] = [
    ("starts", Kind::Success),
    ("start_time", Kind::Duration),
    ("fails", Kind::Failure),
    ("restored", Kind::Duration),
    ("lasts", Kind::Duration),
];
/// The same of changes, maintenance and certificates.
const PLANNED: [(&str, &[(&str, Kind)]); 3] = [
    (
        "change",
        &[
            ("takes", Kind::Duration),
            ("error", Kind::Share),
            ("bad", Kind::Share),
            ("detected", Kind::Duration),
            ("rolled_back", Kind::Duration),
        ],
    ),
    ("maintenance", &[("takes", Kind::Duration), ("error", Kind::Share)]),
    ("certificate", &[("forgotten", Kind::Share), ("renewed", Kind::Duration)]),
];

/// True for a file that may use the catalog; copying the tree of one that does not would be for nothing.
pub(super) fn may_use(source: &str) -> bool {
    source.contains(PREFIX) || source.contains("from")
}

/// Replaces every reference to the catalog by what it stands for, and says what was used.
pub(super) fn resolve(root: &mut Table, catalog: &Catalog, reader: &mut Reader<'_>) -> Vec<CatalogUse> {
    let mut filler = Filler { catalog, reader, uses: Vec::new() };
    for kind in OWNERS {
        for (name, table) in tables(root, kind) {
            let path = KeyPath::root().key(kind).key(&name);
            filler.reader.enter(path.clone());
            filler.owner(&path, table);
        }
    }
    for (name, shock) in tables(root, "shock") {
        let path = KeyPath::root().key("shock").key(&name);
        filler.reader.enter(path.clone());
        filler.value(&path, shock, "strikes", Kind::Failure);
    }
    for kind in ["power", "cooling"] {
        for (name, supply) in tables(root, kind) {
            let path = KeyPath::root().key(kind).key(&name);
            filler.reader.enter(path.clone());
            for (key, kind) in SUPPLY {
                filler.value(&path, supply, key, kind);
            }
            if let Some(backup) = supply.entries.get_mut("backup").and_then(table_of) {
                for (key, kind) in BACKUP {
                    filler.value(&path.key("backup"), backup, key, kind);
                }
            }
        }
    }
    for (name, environment) in tables(root, "environment") {
        let path = KeyPath::root().key("environment").key(&name);
        filler.reader.enter(path.clone());
        filler.value(&path, environment, "begins", Kind::Failure);
        filler.value(&path, environment, "lasts", Kind::Duration);
    }
    for (kind, values) in PLANNED {
        for (name, table) in tables(root, kind) {
            let path = KeyPath::root().key(kind).key(&name);
            filler.reader.enter(path.clone());
            values.iter().for_each(|(key, kind)| filler.value(&path, table, key, *kind));
        }
    }
    for (name, spares) in tables(root, "spares") {
        let path = KeyPath::root().key("spares").key(&name);
        filler.reader.enter(path.clone());
        filler.value(&path, spares, "lead_time", Kind::Duration);
    }
    for (name, crew) in tables(root, "crew") {
        let path = KeyPath::root().key("crew").key(&name);
        filler.reader.enter(path.clone());
        filler.responses(&path, crew);
    }
    for (name, service) in tables(root, "service") {
        let path = KeyPath::root().key("service").key(&name);
        filler.reader.enter(path.clone());
        filler.service(&path, service);
    }
    filler.reader.enter(KeyPath::root());
    filler.uses
}

/// The tables of a table, by name.
pub(super) fn tables<'t>(table: &'t mut Table, key: &str) -> Vec<(String, &'t mut Table)> {
    let Some(inner) = table.entries.get_mut(key).and_then(table_of) else { return Vec::new() };
    let entries = inner.entries.iter_mut();
    entries.filter_map(|(name, entry)| Some((name.clone(), table_of(entry)?))).collect()
}

pub(super) fn table_of(entry: &mut Entry) -> Option<&mut Table> {
    match &mut entry.node.value {
        Value::Table(table) => Some(table),
        _ => None,
    }
}

/// A reference that was found: class and name, and the mode where one is named.
struct Reference<'c> {
    item: &'c Item,
    mode: Option<String>,
}

struct Filler<'c, 'r, 's> {
    catalog: &'c Catalog,
    reader: &'r mut Reader<'s>,
    uses: Vec<CatalogUse>,
}

impl<'c> Filler<'c, '_, '_> {
    /// A component, a level or a site: its own `from`, that of its modes, and their values.
    fn owner(&mut self, path: &KeyPath, table: &mut Table) {
        if let Some(from) = table.get("from").cloned() {
            match self.thing(path, &from) {
                Some(item) => self.modes(path, table, item, &from),
                // Its modes are said to lack nothing: what they lack was to come from the entry.
                None => tables(table, "mode").into_iter().for_each(|(_, mode)| stand_in(mode, &from)),
            }
        }
        let mode_path = path.key("mode");
        for (name, mode) in tables(table, "mode") {
            self.mode(&mode_path.key(&name), mode);
        }
    }

    /// The entry that a component, a level or a site is from: one that fails, and not a single mode of it.
    fn thing(&mut self, path: &KeyPath, from: &Entry) -> Option<&'c Item> {
        let Reference { item, mode } = self.from(from)?;
        if mode.is_some() {
            let message = "a failure mode of an entry is for a failure mode, not for all of them";
            let help = format!("write [{path}.mode.NAME] with from = {:?}", from.node.shown());
            self.mistake(&from.node, message.into(), Some(help));
            return None;
        }
        if item.modes.is_empty() {
            let message = format!("the catalog's `{}` is a single figure and no thing that fails", item.key);
            self.mistake(&from.node, message, figure_help(item));
            return None;
        }
        Some(item)
    }

    /// Adds the modes of an entry to those in the table; of a mode that is in both, what the table lacks.
    fn modes(&mut self, path: &KeyPath, table: &mut Table, item: &'c Item, from: &Entry) {
        for (name, mode) in &item.modes {
            let modes = table.entries.entry("mode".into()).or_insert_with(|| empty(from));
            let Some(modes) = table_of(modes) else { return };
            let own = modes.entries.entry(name.clone()).or_insert_with(|| empty(from));
            if let Some(own) = table_of(own)
                && own.get("from").is_none()
            {
                self.fill(&path.key("mode").key(name), own, item, name, mode, from);
            }
        }
    }

    /// A mode with a `from` of its own, or with single values from the catalog.
    fn mode(&mut self, path: &KeyPath, table: &mut Table) {
        if let Some(from) = table.get("from").cloned() {
            let reference = self.from(&from);
            match reference.and_then(|it| Some((it.item, self.only_mode(&it, &from.node)?))) {
                Some((item, (name, mode))) => self.fill(path, table, item, name, mode, &from),
                // What was not found has been said; nobody wants to hear that its laws are missing too.
                None => stand_in(table, &from),
            }
        }
        MODE.into_iter().for_each(|(key, kind)| self.value(path, table, key, kind));
        if let Some(preventive) = table.entries.get_mut("preventive").and_then(table_of) {
            self.value(&path.key("preventive"), preventive, "takes", Kind::Duration);
        }
    }

    /// What a service's replicas do to catch up, what it does without others, what becomes of its data, and its failover.
    fn service(&mut self, path: &KeyPath, service: &mut Table) {
        if let Some(resync) = service.entries.get_mut("resync").and_then(table_of) {
            for key in ["takes", "manual"] {
                self.value(&path.key("resync"), resync, key, Kind::Duration);
            }
        }
        if let Some(data) = service.entries.get_mut("data").and_then(table_of) {
            self.data(&path.key("data"), data);
        }
        for (name, without) in tables(service, "without") {
            self.value(&path.key("without").key(&name), without, "lasts", Kind::Duration);
        }
        if let Some(scaling) = service.entries.get_mut("scaling").and_then(table_of) {
            for key in ["reacts", "boots", "scales_in"] {
                self.value(&path.key("scaling"), scaling, key, Kind::Duration);
            }
            for key in ["refused", "refused_in_outage"] {
                self.value(&path.key("scaling"), scaling, key, Kind::Share);
            }
        }
        if let Some(failover) = service.entries.get_mut("failover").and_then(table_of) {
            for (key, kind) in FAILOVER {
                self.value(&path.key("failover"), failover, key, kind);
            }
            if let Some(failback) = failover.entries.get_mut("failback").and_then(table_of) {
                for key in ["switch", "after"] {
                    self.value(&path.key("failover").key("failback"), failback, key, Kind::Duration);
                }
            }
        }
    }

    /// What a service says of its data where they are lost, and of their backups.
    fn data(&mut self, path: &KeyPath, data: &mut Table) {
        ["decision", "anew"].iter().for_each(|key| self.value(path, data, key, Kind::Duration));
        for (name, backup) in tables(data, "backup") {
            let path = path.key("backup").key(&name);
            self.value(&path, backup, "restores", Kind::Duration);
            self.value(&path, backup, "works", Kind::Success);
        }
    }

    /// How long a crew takes to come: a figure, or a list of them by the hour.
    fn responses(&mut self, path: &KeyPath, crew: &mut Table) {
        self.value(path, crew, "responds", Kind::Duration);
        let Some(Value::List(nodes)) = crew.entries.get_mut("responds").map(|entry| &mut entry.node.value)
        else {
            return;
        };
        for (index, node) in nodes.iter_mut().enumerate() {
            if let Value::Table(response) = &mut node.value {
                self.value(&path.key("responds").index(index), response, "takes", Kind::Duration);
            }
        }
    }

    /// Gives a mode what it lacks.
    fn fill(
        &mut self,
        path: &KeyPath,
        table: &mut Table,
        item: &Item,
        name: &str,
        mode: &EntryMode,
        from: &Entry,
    ) {
        let quantities = [("fails", Some(&mode.fails)), ("restored", mode.restored.as_ref())];
        for (key, quantity) in quantities {
            if let Some(quantity) = quantity.filter(|_| table.get(key).is_none()) {
                table.entries.insert(key.to_owned(), text(from, quantity.typical.to_string()));
                self.used(&path.key(key), item, &format!("{name}.{key}"), quantity);
            }
        }
    }

    /// Replaces a single value that refers to the catalog.
    fn value(&mut self, path: &KeyPath, table: &mut Table, key: &str, kind: Kind) {
        let Some(entry) = table.entries.get_mut(key) else { return };
        let Value::Text(text) = &entry.node.value else { return };
        if !text.starts_with(PREFIX) {
            return;
        }
        let node = entry.node.clone();
        let found = self.reference(&node).and_then(|reference| self.quantity(&reference, &node, kind));
        // What was not found has been said; a value that is none would be said to be none once more.
        let shown = match found {
            Some((name, item, quantity)) => {
                self.used(&path.key(key), item, &name, quantity);
                quantity.typical.to_string()
            }
            None if kind == Kind::Success => "100%".into(),
            None if kind == Kind::Share => "0%".into(),
            None => "never".into(),
        };
        entry.node.value = Value::Text(shown);
    }

    /// The quantity of that kind that a reference means.
    fn quantity(
        &mut self,
        reference: &Reference<'c>,
        node: &Node,
        kind: Kind,
    ) -> Option<(String, &'c Item, &'c Quantity)> {
        let item = reference.item;
        if let Some(figure) = &item.figure {
            if figure.kind != kind {
                let message =
                    format!("the catalog's `{}` is a {}; here a {kind} is wanted", item.key, figure.kind);
                self.mistake(node, message, None);
                return None;
            }
            return Some((String::new(), item, figure));
        }
        let (name, mode) = self.only_mode(reference, node)?;
        let (key, quantity) = match kind {
            Kind::Failure => ("fails", Some(&mode.fails)),
            Kind::Duration => ("restored", mode.restored.as_ref()),
            Kind::Success | Kind::Share => ("", None),
        };
        if quantity.is_none() {
            self.mistake(node, format!("the catalog's `{}` has no {kind}", item.key), None);
        }
        Some((format!("{name}.{key}"), item, quantity?))
    }

    /// The mode that a reference names, or the only one that its entry has.
    fn only_mode(&mut self, reference: &Reference<'c>, node: &Node) -> Option<(&'c str, &'c EntryMode)> {
        let Reference { item, mode } = reference;
        let found = match mode {
            Some(name) => item.modes.get_key_value(name),
            None if item.modes.len() == 1 => item.modes.first_key_value(),
            None => None,
        };
        if found.is_none() {
            let (message, help) = match mode {
                Some(name) => {
                    let what = format!("failure mode of the catalog's `{}`", item.key);
                    unknown(&what, name, item.modes.keys().map(String::as_str))
                }
                None => {
                    let message = format!("the catalog's `{}` has no single failure mode", item.key);
                    let modes: Vec<String> = item.modes.keys().map(|mode| format!("`{mode}`")).collect();
                    let help =
                        format!("write \"{PREFIX}{}/MODE\" with one of {}", item.key, modes.join(", "));
                    (message, if modes.is_empty() { figure_help(item) } else { Some(help) })
                }
            };
            self.mistake(node, message, help);
        }
        found.map(|(name, mode)| (name.as_str(), mode))
    }

    /// What a `from` refers to.
    fn from(&mut self, from: &Entry) -> Option<Reference<'c>> {
        let expected = "`from` must be an entry of the catalog, such as \"catalog:disk/hdd\"";
        match &from.node.value {
            Value::Text(text) if text.starts_with(PREFIX) => self.reference(&from.node),
            Value::Text(text) => {
                let help = self.catalog.get(text).map(|item| format!("write \"{PREFIX}{}\"", item.key));
                self.mistake(&from.node, format!("{expected}, not {text:?}"), help);
                None
            }
            _ => {
                self.mistake(&from.node, format!("{expected}, not {}", from.node.kind()), None);
                None
            }
        }
    }

    /// The entry that a text refers to.
    fn reference(&mut self, node: &Node) -> Option<Reference<'c>> {
        let Value::Text(text) = &node.value else { return None };
        let key = text.strip_prefix(PREFIX)?.trim();
        let mode = mode_of(node);
        let key = mode.as_ref().map_or(key, |mode| key[..key.len() - mode.len()].trim_end_matches('/'));
        let found = self.catalog.get(key);
        if found.is_none() {
            let (message, _) = unknown("entry of the catalog", key, self.catalog.keys());
            let class = key.split('/').next().unwrap_or_default();
            let known = self.catalog.entries().any(|item| item.class() == class);
            let words = if known { format!(" {class}") } else { String::new() };
            self.mistake(node, message, Some(format!("`nines catalog{words}` lists the entries")));
        }
        Some(Reference { item: found?, mode })
    }

    fn used(&mut self, path: &KeyPath, item: &Item, name: &str, quantity: &Quantity) {
        self.uses.push(CatalogUse {
            path: path.to_string(),
            entry: item.key.clone(),
            quantity: name.to_owned(),
            figure: quantity.clone(),
        });
    }

    fn mistake(&mut self, node: &Node, message: String, help: Option<String>) {
        self.reader.report(Diagnostic { help, ..Diagnostic::new(node.span.clone(), message) });
    }
}

/// The third part of a reference: `crash` of `catalog:server/crash/crash`.
fn mode_of(node: &Node) -> Option<String> {
    let Value::Text(text) = &node.value else { return None };
    text.strip_prefix(PREFIX)?.trim().splitn(3, '/').nth(2).map(str::to_owned)
}

/// Where a single figure may stand.
fn figure_help(item: &Item) -> Option<String> {
    let place = match item.figure.as_ref()?.kind {
        Kind::Failure => "it may stand where a law of failures does, as in fails",
        Kind::Duration => "it may stand where a law of a duration does, as in restored",
        Kind::Success => "it may stand in succeeds of a failover, or in starts of a backup",
        Kind::Share => "it may stand where such a chance does, as in bad of a change",
    };
    Some(format!("{place} = \"{PREFIX}{}\"", item.key))
}

/// Gives a mode something that reads as a law where the entry that has it was not found.
fn stand_in(mode: &mut Table, from: &Entry) {
    for key in ["fails", "restored"] {
        mode.entries.entry(key.into()).or_insert_with(|| text(from, "never".into()));
    }
}

/// A text that is not in the file, at the place of `from`.
fn text(from: &Entry, text: String) -> Entry {
    let node = Node { span: from.node.span.clone(), value: Value::Text(text) };
    Entry { key_span: from.key_span.clone(), node }
}

/// A table that is not in the file, at the place of `from`.
fn empty(from: &Entry) -> Entry {
    let node = Node { span: from.node.span.clone(), value: Value::Table(Table::default()) };
    Entry { key_span: from.key_span.clone(), node }
}
