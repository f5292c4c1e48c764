//! Puts measured laws into a tree: for `failover = { measured = "raft-election" }`.
//!
//! As with figures of the catalog, it happens before anything is made of the tree, so that what was measured is read and checked
//! as if it stood in the file. Laws are found in the folder `measured/` beside the experiment, and nowhere else.

use std::ops::Range;
use std::path::Path;

use super::catalog::{table_of, tables};
use super::guard;
use super::reader::Reader;
use super::tree::{self, Entry, Node, Table, Value};
use crate::experiment::{Diagnostic, is_measured_name};
use crate::random::Law;
use crate::system::{KeyPath, unknown};
use crate::units::Probability;
use crate::units::text::nearest;

/// Name and version of the form of such a file.
const SCHEMA: &str = "fivenines.measured/1";
/// What is measured of a failover.
const GIVEN: [&str; 3] = ["detect", "switch", "succeeds"];

/// What is measured, as a file has it.
struct Found {
    values: [(&'static str, String); 3],
    source: String,
}

/// A mistake, and what may help.
type Wrong = (String, Option<String>);

/// True for a file that may use measured laws.
pub(super) fn may_use(source: &str) -> bool {
    source.contains("measured")
}

/// Replaces what refers to measured laws by the laws; `folder` is that of the experiment, where it is a file.
pub(super) fn resolve(root: &mut Table, folder: Option<&Path>, reader: &mut Reader<'_>) {
    for (name, service) in tables(root, "service") {
        let path = KeyPath::root().key("service").key(&name);
        reader.enter(path.clone());
        if let Some(failover) = service.entries.get_mut("failover").and_then(table_of) {
            failover_of(failover, &path.key("failover"), folder, reader);
        }
    }
    reader.enter(KeyPath::root());
}

fn failover_of(failover: &mut Table, path: &KeyPath, folder: Option<&Path>, reader: &mut Reader<'_>) {
    let Some(measured) = failover.entries.remove("measured") else { return };
    for key in GIVEN {
        if let Some(entry) = failover.entries.remove(key) {
            let message = format!("`{}` is measured already: `measured` says it", path.key(key));
            let help = "leave one of the two out".to_owned();
            reader.report(Diagnostic::new(entry.key_span, message).help(help));
        }
    }
    let before = reader.found.len();
    let reference = reference(&measured, path, reader);
    let found = reference.and_then(|(name, design, span)| {
        look_up(name, design, folder)
            .map_err(|(message, help)| {
                reader.report(Diagnostic { help, ..Diagnostic::new(span, message) });
            })
            .ok()
    });
    debug_assert!(found.is_some() || reader.found.len() > before, "what was not found is told");
    let values: Vec<(&str, String)> = match found {
        Some(found) => {
            let source = match failover.entries.remove("source").map(|entry| entry.node.value) {
                // It is about what else the failover says.
                Some(Value::Text(source)) => format!("{}; else: {source}", found.source),
                _ => found.source,
            };
            let values = found.values.into_iter();
            values.chain([("source", source)]).collect()
        }
        // Nobody wants to hear that what was not found is missing.
        None => vec![("detect", "never".to_owned()), ("switch", "never".to_owned())],
    };
    for (key, text) in values {
        let node = Node { span: measured.node.span.clone(), value: Value::Text(text) };
        failover.entries.insert(key.to_owned(), Entry { key_span: measured.key_span.clone(), node });
    }
}

/// The name of the laws, the design where one is named, and where the file says so.
fn reference<'t>(
    entry: &'t Entry,
    path: &KeyPath,
    reader: &mut Reader<'_>,
) -> Option<(&'t str, Option<&'t str>, Range<usize>)> {
    let path = path.key("measured");
    let (name, design) = match &entry.node.value {
        Value::Table(_) => {
            let view = reader.table(path, entry, &["name", "design"])?;
            let (path, name) = reader.required(&view, "name", "\"raft-election\"")?;
            let name = (reader.text(&path, &name.node)?, name.node.span.clone());
            match view.get("design") {
                Some((path, design)) => (name, Some(reader.text(&path, &design.node)?)),
                None => (name, None),
            }
        }
        _ => ((reader.text(&path, &entry.node)?, entry.node.span.clone()), None),
    };
    if is_measured_name(name.0) {
        return Some((name.0, design, name.1));
    }
    let message = format!("{:?} is no name of measured laws", name.0);
    let help = "it is made of letters, digits, - and _; the laws are in measured/NAME.toml beside this file";
    reader.report(Diagnostic::new(name.1, message).help(help));
    None
}

/// Finds measured laws.
fn look_up(name: &str, design: Option<&str>, folder: Option<&Path>) -> Result<Found, Wrong> {
    let Some(folder) = folder else {
        let message = format!("measured laws such as `{name}` are looked for beside the experiment's file");
        return Err((message, Some("this is a text that is in no file".into())));
    };
    let path = folder.join("measured").join(format!("{name}.toml"));
    let shown = path.display().to_string();
    if !path.exists() {
        let names = names(&folder.join("measured"));
        let near = nearest(name, names.iter().map(String::as_str));
        let how = format!(
            "`nines measure FILE --name {name}` writes {name}.toml, which belongs into the folder measured/ beside this file"
        );
        let near = near.map_or(String::new(), |near| format!("; did you mean `{near}`?"));
        return Err((format!("there are no measured laws `{name}`: there is no {shown}{near}"), Some(how)));
    }
    let broken = |report: &crate::experiment::Report| {
        let what = report.diagnostics().first().map_or("", |diagnostic| diagnostic.message.as_str());
        (format!("{shown}: {what}"), None)
    };
    let text = guard::read(&path, &shown).map_err(|report| broken(&report))?;
    guard::check(&shown, &text).map_err(|report| broken(&report))?;
    let root = tree::parse(&shown, &text).map_err(|report| broken(&report))?;
    if text_at(&root, "schema") != Some(SCHEMA) {
        let message = format!("{shown} has no measured laws in a form that is known here, {SCHEMA}");
        return Err((message, Some("`nines measure` writes such files".into())));
    }
    found(name, design, &root).map_err(|(message, help)| (format!("{shown}: {message}"), help))
}

/// The names of all measured laws in a folder.
fn names(folder: &Path) -> Vec<String> {
    let entries =
        std::fs::read_dir(folder).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path()));
    let files = entries.filter(|path| path.extension().is_some_and(|ending| ending == "toml"));
    let mut names: Vec<String> =
        files.filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned())).collect();
    names.sort();
    names
}

fn text_at<'t>(table: &'t Table, key: &str) -> Option<&'t str> {
    match &table.get(key)?.node.value {
        Value::Text(text) | Value::Integer(text) => Some(text),
        _ => None,
    }
}

/// The laws of the design that is meant, or of the only one.
fn found(name: &str, design: Option<&str>, root: &Table) -> Result<Found, Wrong> {
    let nodes = match root.get("design").map(|entry| &entry.node.value) {
        Some(Value::List(nodes)) => nodes.as_slice(),
        _ => &[],
    };
    let designs: Vec<(&str, &Table)> = nodes
        .iter()
        .filter_map(|node| match &node.value {
            Value::Table(table) => Some((text_at(table, "name")?, table)),
            _ => None,
        })
        .collect();
    let names = designs.iter().map(|(name, _)| *name);
    let table = match (design, &designs[..]) {
        (None, [(_, only)]) => only,
        (None, []) => return Err(("it has no laws".into(), None)),
        (None, _) => {
            let listed = names.map(|name| format!("{name:?}")).collect::<Vec<_>>().join(", ");
            let help = format!("write measured = {{ name = {name:?}, design = ... }} with one of {listed}");
            return Err(("it has laws of several designs".into(), Some(help)));
        }
        (Some(wanted), designs) => {
            let known = designs.iter().find(|(name, _)| *name == wanted);
            &known.ok_or_else(|| unknown("measured design", wanted, names))?.1
        }
    };
    let value = |key: &'static str| {
        let text = text_at(table, key).ok_or_else(|| (format!("`{key}` is missing"), None))?.trim();
        let wrong = match key {
            "succeeds" => text.parse::<Probability>().err().map(|error| error.to_string()),
            _ => text.parse::<Law>().err().map(|error| error.problem().to_owned()),
        };
        match wrong {
            None => Ok((key, text.to_owned())),
            Some(problem) => Err((format!("`{key}`: {problem}"), None)),
        }
    };
    let said = |table: &Table, key: &str| text_at(table, key).unwrap_or("?").to_owned();
    let source = format!(
        "measured: `{}`, {} episodes of {}, digest {}",
        said(root, "command"),
        said(table, "struck"),
        said(table, "fault"),
        said(table, "digest")
    );
    Ok(Found { values: [value("detect")?, value("switch")?, value("succeeds")?], source })
}
