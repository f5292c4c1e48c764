//! Reads the hosts of processes where they are replicas of a system: the system beside the protocol in one file.

use std::borrow::Cow;

use super::candidates::Candidates;
use super::keys::{self, joined};
use super::reader::{Reader, View};
use super::scenario;
use super::tree::{Entry, Node, Table, Value};
use crate::experiment::{Design, Diagnostic, SourceLine};
use crate::process::Hosts;
use crate::system::{KeyPath, Trace};
use crate::units::Span;

/// What of `network` is the system's.
const OF_ITS_NETWORK: [&str; 4] = ["node", "link", "site", "generate"];
/// What of a file is of systems and may stand in one on a protocol. Costs and clients are its own.
const TABLES: [&str; 15] = joined(&[&keys::OF_SYSTEMS, &["scenario"]]);

/// Nodes of a log that is not at hand: more than anybody has processes for.
const MOST_NODES: usize = 100_000;

/// Hosts that are replicas, and where the figures about them are from.
pub(super) struct Replicas {
    pub hosts: Hosts,
    pub sources: Vec<SourceLine>,
}

/// Whether processes run on replicas; where they do not, what is said of a system says nothing.
pub(super) fn are_replicas(reader: &mut Reader<'_>, root: &Table) -> bool {
    let of = root.get("hosts").is_some_and(|entry| match &entry.node.value {
        Value::Table(hosts) => hosts.get("of").is_some(),
        _ => false,
    });
    if !of {
        for key in TABLES.iter().chain(&["levels", "trace"]) {
            if let Some(entry) = root.get(key) {
                let message = format!("`{key}` says nothing here: processes run on no system");
                let help = "hosts.of = \"db\" has them run on the replicas of the service `db`";
                reader.report(Diagnostic::new(entry.key_span.clone(), message).help(help));
            }
        }
    }
    of
}

/// The hosts, and the file without what is the system's alone.
pub(super) fn read(reader: &mut Reader<'_>, root: &mut Table, systems: &Candidates<'_>) -> Option<Replicas> {
    let mut of_system = Table::default();
    for key in TABLES {
        if let Some(entry) = root.entries.get(key) {
            of_system.entries.insert(key.to_owned(), entry.clone());
        }
    }
    if let Some(Entry { key_span, node: Node { span, value: Value::Table(network) } }) =
        root.entries.get_mut("network")
    {
        let mut links = Table::default();
        for key in OF_ITS_NETWORK {
            links.entries.extend(network.entries.remove_entry(key));
        }
        if !links.entries.is_empty() {
            let node = Node { span: span.clone(), value: Value::Table(links) };
            of_system.entries.insert("network".to_owned(), Entry { key_span: key_span.clone(), node });
        }
    }
    let before = reader.found.len();
    let calm = is_calm(reader, &mut of_system);
    let (mut system, uses) = systems.system(&mut Cow::Owned(of_system), reader);
    let view = View { path: KeyPath::root(), span: 0..0, table: root };
    let services = services(reader, &view)?;
    if reader.found.len() > before {
        return None;
    }
    for trace in system.traces.values_mut().filter(|trace| trace.is_absent()) {
        // Its log is not at hand: as if nothing had ever failed in it, so that the rest can be looked at.
        let nodes = vec![Vec::new(); MOST_NODES];
        *trace = Trace::new(Span::from_secs(1), nodes).expect("a second has some length");
    }
    let names: Vec<&str> = services.iter().map(String::as_str).collect();
    let hosts = match Hosts::of(&system, &names) {
        Ok(hosts) => hosts,
        Err(problems) => {
            for problem in problems {
                let span = root.locate(&problem.path).unwrap_or(0..0);
                reader.report(Diagnostic { help: problem.help, ..Diagnostic::new(span, problem.message) });
            }
            return None;
        }
    };
    let design = Design { name: String::new(), set: Vec::new(), system, uses };
    Some(Replicas { hosts: if calm { hosts.calm() } else { hosts }, sources: design.sources() })
}

/// Whether nothing befalls them of itself, and nothing is scripted: a scenario of its own would have to have some fault.
fn is_calm(reader: &mut Reader<'_>, root: &mut Table) -> bool {
    let view = View { path: KeyPath::root(), span: 0..0, table: root };
    let scenario = scenario::read(&mut Reader::new(reader.source()), &view);
    let is_calm = !scenario.random_faults && scenario.faults.is_empty();
    let only = root.get("scenario").is_some_and(|entry| match &entry.node.value {
        Value::Table(scenario) => scenario.keys().all(|key| key == "random_faults"),
        _ => false,
    });
    if is_calm && only {
        root.entries.remove("scenario");
    }
    is_calm && only
}

/// The services that `hosts.of` names.
fn services(reader: &mut Reader<'_>, root: &View<'_>) -> Option<Vec<String>> {
    let (path, entry) = root.get("hosts")?;
    reader.enter(path.clone());
    let view = reader.table(path, entry, &["of", "fail", "restored"])?;
    for key in ["fail", "restored"] {
        if let Some((path, entry)) = view.get(key) {
            let message = format!("`{path}` says nothing: these hosts fail as their components do");
            reader.report(Diagnostic::new(entry.key_span.clone(), message));
        }
    }
    let (path, entry) = view.get("of")?;
    let services = match &entry.node.value {
        Value::Text(name) => vec![name.clone()],
        _ => reader.texts(&path, &entry.node)?,
    };
    if services.is_empty() {
        reader.not(&path, &entry.node, "a service, or several");
        return None;
    }
    reader.enter(KeyPath::root());
    Some(services)
}
