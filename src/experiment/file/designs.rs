//! Designs and sweeps: which values each candidate sets, and how they are written into a tree.

use std::collections::BTreeSet;
use std::ops::Range;
use std::rc::Rc;

use super::keys::{self, joined};
use super::reader::{Reader, View};
use super::tree::{Entry, Node, Table, Value};
use crate::experiment::Diagnostic;
use crate::system::{KeyPath, Segment, grouped};
use crate::units::text::nearest;

/// More designs than this are a mistake in a sweep.
const MOST_POINTS: u64 = 10_000;
/// A sweep over more keys than this has too many points, or is a design.
const MOST_AXES: usize = 20;
/// As many values as all designs together may have: what fits into memory.
const MOST_VALUES: u64 = 20_000_000;
/// What a design may set.
#[derive(Clone, Copy, Debug)]
pub(super) struct Settable {
    /// The tables of the file it may reach into.
    pub tables: &'static [&'static str],
    /// Those of them whose keys are no things with names: the keys are known to the reader.
    pub bare: &'static [&'static str],
}

/// What a design of systems may set.
pub(super) const OF_SYSTEMS: Settable =
    Settable { tables: &joined::<17>(&[&keys::OF_SYSTEMS, &["network", "client", "cost"]]), bare: &["cost"] };

/// One value that a design sets.
#[derive(Clone, Debug)]
pub(super) struct Change {
    pub path: KeyPath,
    pub key_span: Range<usize>,
    pub node: Rc<Node>,
}

/// One candidate: a design at one place of the sweep.
#[derive(Clone, Debug)]
pub(super) struct Point {
    pub name: String,
    pub changes: Vec<Change>,
}

impl Point {
    /// Writes what the candidate sets into a tree; what cannot be written is left out and told.
    pub fn write(&self, root: &mut Table, settable: Settable) -> Vec<Diagnostic> {
        self.changes.iter().filter_map(|change| change.apply(root, settable).err()).collect()
    }

    /// What the candidate sets, as path and value.
    pub fn set(&self) -> Vec<(String, String)> {
        self.changes.iter().map(|change| (change.path.to_string(), change.node.shown())).collect()
    }
}

/// A key of the sweep and its values.
struct Axis {
    path: KeyPath,
    label: String,
    key_span: Range<usize>,
    values: Vec<Rc<Node>>,
}

/// All candidates in the order of the file, the last key of the sweep changing fastest.
pub(super) fn points(reader: &mut Reader<'_>, root: &View<'_>, settable: Settable) -> Vec<Point> {
    let values: u64 =
        settable.tables.iter().filter_map(|key| root.get(key)).map(|(_, entry)| entry.node.size()).sum();
    let designs = designs(reader, root, settable);
    let mut axes = axes(reader, root, settable);
    let swept: BTreeSet<&KeyPath> = axes.iter().map(|axis| &axis.path).collect();
    for change in designs.iter().flat_map(|design| &design.changes) {
        if swept.contains(&change.path) {
            let message = format!("`{}` is set by this design and by the sweep", change.path);
            reader.report(Diagnostic::new(change.key_span.clone(), message));
        }
    }
    let count =
        axes.iter().fold(designs.len() as u64, |count, axis| count.saturating_mul(axis.values.len() as u64));
    if count > MOST_POINTS || count.saturating_mul(values) > MOST_VALUES {
        let (span, what) = match root.get("sweep") {
            Some((_, entry)) if !axes.is_empty() => (entry.key_span.clone(), "this sweep makes"),
            _ => (root.span.clone(), "there are"),
        };
        let most = grouped(MOST_POINTS.min(MOST_VALUES / values.max(1)));
        let message = format!("{what} {} designs; {most} is the most there can be", grouped(count));
        reader.report(Diagnostic::new(span, message).help("shorten a list, or sweep one key at a time"));
        // One place of the sweep is enough to find the other mistakes.
        axes.iter_mut().for_each(|axis| axis.values.truncate(1));
    }
    designs.iter().take(MOST_POINTS as usize).flat_map(|design| grid(design, &axes)).collect()
}

fn grid(design: &Point, axes: &[Axis]) -> Vec<Point> {
    let mut points = vec![design.clone()];
    for axis in axes {
        let at = |(point, value): (&Point, &Rc<Node>)| {
            let mut point = point.clone();
            let separator = if point.name.is_empty() { "" } else { ", " };
            point.name = format!("{}{separator}{} = {}", point.name, axis.label, value.shown());
            point.changes.push(Change {
                path: axis.path.clone(),
                key_span: axis.key_span.clone(),
                node: Rc::clone(value),
            });
            point
        };
        points =
            points.iter().flat_map(|point| axis.values.iter().map(move |value| at((point, value)))).collect();
    }
    if points.len() == 1 && points[0].name.is_empty() {
        points[0].name = "as written".into();
    }
    points
}

fn designs(reader: &mut Reader<'_>, root: &View<'_>, settable: Settable) -> Vec<Point> {
    let Some((path, entry)) = root.get("design") else {
        return vec![Point { name: String::new(), changes: Vec::new() }];
    };
    let Value::List(nodes) = &entry.node.value else {
        let message = format!("`design` must be a list of tables, not {}", entry.node.kind());
        let help = "write [[design]], with two brackets on each side";
        reader.report(Diagnostic::new(entry.key_span.clone(), message).help(help));
        return Vec::new();
    };
    if nodes.is_empty() {
        let message = "there is no design in this list";
        reader.report(
            Diagnostic::new(entry.node.span.clone(), message).help("leave it out, or add a [[design]]"),
        );
    }
    let mut names = BTreeSet::new();
    nodes
        .iter()
        .enumerate()
        .filter_map(|(index, node)| design(reader, &path.index(index), node, &mut names, settable))
        .collect()
}

fn design<'t>(
    reader: &mut Reader<'_>,
    path: &KeyPath,
    node: &'t Node,
    names: &mut BTreeSet<&'t str>,
    settable: Settable,
) -> Option<Point> {
    let Value::Table(table) = &node.value else {
        reader.not(path, node, "a table with a `name` and what to `set`");
        return None;
    };
    let view = reader.view(path.clone(), node.span.clone(), table, &["name", "set"]);
    let mut name = String::new();
    if let Some((path, entry)) = reader.required(&view, "name", "\"three zones\"")
        && let Some(text) = reader.text(&path, &entry.node)
    {
        name = text.trim().to_owned();
        if name.is_empty() {
            reader.report(Diagnostic::new(entry.node.span.clone(), "a design needs a name"));
        } else if !names.insert(text.trim()) {
            reader
                .report(Diagnostic::new(entry.node.span.clone(), format!("two designs are called `{name}`")));
        }
    }
    let (mut changes, mut paths) = (Vec::new(), BTreeSet::new());
    for (path, key_span, node) in
        view.get("set").map(|(path, entry)| set(reader, &path, entry, settable)).unwrap_or_default()
    {
        if !paths.insert(path.clone()) {
            reader.report(Diagnostic::new(key_span, format!("`{path}` is set twice")));
        } else {
            changes.push(Change { path, key_span, node: Rc::new(node) });
        }
    }
    Some(Point { name, changes })
}

fn axes(reader: &mut Reader<'_>, root: &View<'_>, settable: Settable) -> Vec<Axis> {
    let (mut axes, mut paths) = (Vec::new(), BTreeSet::new());
    for (path, key_span, node) in
        root.get("sweep").map(|(path, entry)| set(reader, &path, entry, settable)).unwrap_or_default()
    {
        let Value::List(values) = &node.value else {
            let message = format!("a sweep needs a list of values for `{path}`, such as [1, 3, 5]");
            reader.report(Diagnostic::new(node.span, message));
            continue;
        };
        let mut shown = BTreeSet::new();
        if values.is_empty() {
            reader.report(Diagnostic::new(
                node.span.clone(),
                format!("there is no value for `{path}` in this list"),
            ));
        } else if let Some(twice) = values.iter().find(|value| !shown.insert(value.shown())) {
            let message = format!("the value {} is in this list twice", twice.shown());
            reader.report(Diagnostic::new(twice.span.clone(), message));
        } else if !paths.insert(path.clone()) {
            reader.report(Diagnostic::new(key_span, format!("`{path}` is swept twice")));
        } else {
            let values = values.iter().cloned().map(Rc::new).collect();
            axes.push(Axis { label: path.to_string(), path, key_span, values });
        }
    }
    if let Some(one_more) = axes.get(MOST_AXES) {
        let message = format!("a sweep has {MOST_AXES} keys at most");
        reader.report(Diagnostic::new(one_more.key_span.clone(), message));
        axes.truncate(MOST_AXES);
    }
    shorten(&mut axes);
    axes
}

/// `db.replicas` says enough where no other key of the sweep is called that.
fn shorten(axes: &mut [Axis]) {
    let short = |axis: &Axis| axis.label.split_once('.').map(|(_, rest)| rest.to_owned()).unwrap_or_default();
    let labels: Vec<String> = axes.iter().map(short).collect();
    for (index, axis) in axes.iter_mut().enumerate() {
        if labels.iter().filter(|label| **label == labels[index]).count() == 1 {
            axis.label.clone_from(&labels[index]);
        }
    }
}

/// The paths and values of a `set` or a `sweep`: keys are paths in quotes, or dotted keys, which TOML makes tables of.
fn set(
    reader: &mut Reader<'_>,
    path: &KeyPath,
    entry: &Entry,
    settable: Settable,
) -> Vec<(KeyPath, Range<usize>, Node)> {
    let Value::Table(table) = &entry.node.value else {
        reader.not(path, &entry.node, "a table, such as { \"service.db.replicas\" = 3 }");
        return Vec::new();
    };
    let mut leaves = Vec::new();
    for (key, entry) in table.in_order() {
        match (&entry.node.value, key.parse::<KeyPath>()) {
            (Value::Table(table), _) if settable.tables.contains(&key) => {
                flatten(&KeyPath::root().key(key), table, &mut leaves);
            }
            (_, Ok(path)) => leaves.push((path, entry.key_span.clone(), entry.node.clone())),
            (_, Err(error)) => reader.report(Diagnostic::new(entry.key_span.clone(), error.to_string())),
        }
    }
    leaves.retain(|(path, key_span, _)| match unsettable(path, settable) {
        None => true,
        Some(message) => {
            reader.report(Diagnostic::new(key_span.clone(), message));
            false
        }
    });
    leaves
}

fn flatten(path: &KeyPath, table: &Table, leaves: &mut Vec<(KeyPath, Range<usize>, Node)>) {
    for (key, entry) in table.in_order() {
        let path = path.key(key);
        match &entry.node.value {
            Value::Table(inner) => flatten(&path, inner, leaves),
            _ => leaves.push((path, entry.key_span.clone(), entry.node.clone())),
        }
    }
}

fn unsettable(path: &KeyPath, settable: Settable) -> Option<String> {
    let Some(Segment::Key(first)) = path.segments().first() else { return Some("this sets nothing".into()) };
    if !settable.tables.contains(&first.as_str()) {
        let hint = match nearest(first, settable.tables.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => {
                let (last, others) = settable.tables.split_last().expect("a design can set something");
                format!("it can set what is in {} and {last}", others.join(", "))
            }
        };
        return Some(format!("a design cannot set `{path}`; {hint}"));
    }
    (path.segments().len() == 1).then(|| format!("`{path}` is too much to set at once: say which {first}"))
}

impl Change {
    /// Writes the value into a tree. What is made of it there, and whether there is such a key at all, is for the reader.
    fn apply(&self, root: &mut Table, settable: Settable) -> Result<(), Diagnostic> {
        let wrong = |message: String| Diagnostic::new(self.key_span.clone(), message);
        let keys: Vec<&str> = self.path.segments().iter().filter_map(Segment::as_key).collect();
        let [kind, name, rest @ ..] = keys.as_slice() else { return Err(wrong("this sets nothing".into())) };
        let things = self.inside(root, kind)?;
        let is_table = matches!(self.node.value, Value::Table(_));
        let named = !settable.bare.contains(kind);
        if named && things.get(name).is_none() && !(rest.is_empty() && is_table) {
            let (message, help) = crate::system::unknown(kind, name, things.keys());
            return Err(Diagnostic { help, ..wrong(message) });
        }
        if named && rest.is_empty() && !is_table {
            return Err(wrong(format!("say what of `{}` to set, such as `{0}.KEY`", self.path)));
        }
        let mut table = things;
        let (last, outer) = keys[1..].split_last().expect("a name at least");
        for key in outer {
            table = self.inside(table, key)?;
        }
        let entry = Entry { key_span: self.key_span.clone(), node: (*self.node).clone() };
        table.entries.insert((*last).to_owned(), entry);
        Ok(())
    }

    /// The table of that key, made where there is none.
    fn inside<'t>(&self, table: &'t mut Table, key: &str) -> Result<&'t mut Table, Diagnostic> {
        let entry = table.entries.entry(key.to_owned()).or_insert_with(|| Entry {
            key_span: self.key_span.clone(),
            node: Node { span: self.key_span.clone(), value: Value::Table(Table::default()) },
        });
        let kind = entry.node.kind();
        match &mut entry.node.value {
            Value::Table(table) => Ok(table),
            _ => {
                let message = format!("`{}` cannot be set: `{key}` is {kind} here, not a table", self.path);
                Err(Diagnostic::new(self.key_span.clone(), message))
            }
        }
    }
}
