//! Networks and clients.

use std::collections::BTreeMap;

use super::reader::{Reader, View};
use super::systems::text;
use super::tree::{Entry, Value};
use crate::experiment::Diagnostic;
use crate::network::{Shape, Way};
use crate::system::{Client, Fabric, Gate, KeyPath, Link, LinkEffect, Network, Node, Sides};
use crate::units::Duration;

pub(super) fn read(reader: &mut Reader<'_>, root: &View<'_>) -> Network {
    let mut network = Network::default();
    let Some((path, entry)) = root.get("network") else { return network };
    reader.enter(path.clone());
    let Some(view) = reader.table(path, entry, &["node", "link", "site", "generate"]) else { return network };
    // Each kind of thing by itself: what could not be read of links makes no node wrong.
    reader.enter(view.path.key("node"));
    for (path, name, entry) in reader.named(&view, "node") {
        let node = reader.table(path, entry, &["component", "at"]).map_or(Node::default(), |view| Node {
            component: text(reader, &view, "component"),
            at: text(reader, &view, "at"),
        });
        network.nodes.insert(name.to_owned(), node);
    }
    reader.enter(view.path.key("link"));
    for (path, name, entry) in reader.named(&view, "link") {
        network.links.insert(name.to_owned(), link(reader, path, entry));
    }
    reader.enter(view.path.key("site"));
    for (path, name, entry) in reader.named(&view, "site") {
        let view = reader.table(path, entry, &["forwards"]);
        let forwards = view.and_then(|view| {
            let (path, entry) = reader.required(&view, "forwards", "false")?;
            reader.flag(&path, &entry.node)
        });
        network.sites.insert(name.to_owned(), Gate { forwards: forwards.unwrap_or(true) });
    }
    reader.enter(view.path.key("generate"));
    for (path, name, entry) in reader.named(&view, "generate") {
        network.fabrics.insert(name.to_owned(), fabric(reader, path, entry));
    }
    network
}

fn link(reader: &mut Reader<'_>, path: KeyPath, entry: &Entry) -> Link {
    let mut link = Link::between("", "");
    let Some(view) = reader.table(path, entry, &["between", "component", "latency"]) else { return link };
    if let Some((path, entry)) = reader.required(&view, "between", "[\"eu/a\", \"eu/b\"]") {
        match reader.texts(&path, &entry.node).map(<[String; 2]>::try_from) {
            Some(Ok(ends)) => link.between = ends,
            Some(Err(_)) => reader.not(&path, &entry.node, "two ends, such as [\"eu/a\", \"eu/b\"]"),
            None => {}
        }
    }
    link.component = text(reader, &view, "component");
    link.latency = latency(reader, &view, "latency").unwrap_or(Duration::ZERO);
    link
}

fn latency(reader: &mut Reader<'_>, view: &View<'_>, key: &str) -> Option<Duration> {
    let (path, entry) = view.get(key)?;
    reader.quantity(&path, &entry.node, "a duration such as \"2ms\"")
}

fn fabric(reader: &mut Reader<'_>, path: KeyPath, entry: &Entry) -> Fabric {
    let mut fabric = Fabric::new(Shape::FullMesh, "");
    let keys =
        ["shape", "level", "within", "spines", "homes", "ports", "switch", "link", "access", "at", "latency"];
    let Some(view) = reader.table(path, entry, &keys) else { return fabric };
    if let Some(shape) = shape(reader, &view) {
        fabric.shape = shape;
    }
    if let Some((path, entry)) = reader.required(&view, "level", "\"rack\", the level whose sites it links") {
        fabric.level = reader.text(&path, &entry.node).unwrap_or_default().to_owned();
    }
    if let Some((path, entry)) = view.get("within") {
        fabric.within = reader.texts(&path, &entry.node).unwrap_or_default();
    }
    fabric.switch = text(reader, &view, "switch");
    fabric.link = text(reader, &view, "link");
    fabric.access = text(reader, &view, "access");
    fabric.at = text(reader, &view, "at");
    fabric.latency = latency(reader, &view, "latency").unwrap_or(Duration::ZERO);
    fabric
}

const SHAPES: &str = "\"leaf-spine\", \"fat-tree\", \"full-mesh\" or \"ring\"";

/// The shape, with the keys that only it has.
fn shape(reader: &mut Reader<'_>, view: &View<'_>) -> Option<Shape> {
    let (path, entry) = reader.required(view, "shape", SHAPES)?;
    let name = reader.text(&path, &entry.node)?;
    let (own, shape): (&[&str], Shape) = match name {
        "leaf-spine" => {
            let spines = number(reader, view, "spines", "2");
            let homes = view.get("homes").map_or(Some(1), |_| number(reader, view, "homes", "1"));
            (&["spines", "homes"], Shape::LeafSpine { spines: spines?, homes: homes? })
        }
        "fat-tree" => (&["ports"], Shape::FatTree { ports: number(reader, view, "ports", "4")? }),
        "full-mesh" => (&[], Shape::FullMesh),
        "ring" => (&[], Shape::Ring),
        other => {
            let message = format!("{other:?} is no shape of a network: write {SHAPES}");
            reader.report(Diagnostic::new(entry.node.span.clone(), message));
            return None;
        }
    };
    for key in ["spines", "homes", "ports"].into_iter().filter(|key| !own.contains(key)) {
        if let Some((_, entry)) = view.get(key) {
            let message = format!("a {name} network has no `{key}`");
            reader.report(Diagnostic::new(entry.key_span.clone(), message));
        }
    }
    if let Shape::FullMesh | Shape::Ring = shape {
        for key in ["switch", "access", "at"] {
            if let Some((_, entry)) = view.get(key) {
                let message = format!("a {name} network has no switches, so `{key}` says nothing");
                reader.report(Diagnostic::new(entry.key_span.clone(), message));
            }
        }
    }
    Some(shape)
}

fn number(reader: &mut Reader<'_>, view: &View<'_>, key: &str, example: &str) -> Option<u32> {
    let (path, entry) = reader.required(view, key, example)?;
    reader.whole(&path, &entry.node, u32::MAX)
}

/// What a failure mode does to a link.
pub(super) fn effect(reader: &mut Reader<'_>, view: &View<'_>) -> LinkEffect {
    let cuts = view.get("cuts").map(|(path, entry)| match reader.text(&path, &entry.node) {
        Some("both ways") | None => LinkEffect::CUT,
        Some("forth") => LinkEffect::Cuts(Way::Forth),
        Some("back") => LinkEffect::Cuts(Way::Back),
        Some(other) => {
            let message =
                format!("{other:?} is no way along a link: write \"both ways\", \"forth\" or \"back\"");
            reader.report(Diagnostic::new(entry.node.span.clone(), message));
            LinkEffect::CUT
        }
    });
    let Some((path, entry)) = view.get("slows") else { return cuts.unwrap_or_default() };
    if cuts.is_some() {
        let message = "a failure either cuts a link or slows it down";
        reader.report(Diagnostic::new(entry.key_span.clone(), message).help("make two failure modes of it"));
    }
    let factor = match &entry.node.value {
        Value::Integer(text) | Value::Float(text) => text.parse().ok().filter(|factor| *factor > 1.0),
        _ => None,
    };
    match factor {
        Some(factor) if f64::is_finite(factor) => LinkEffect::Slows(factor),
        _ => {
            reader.not(&path, &entry.node, "a number above 1: so many times as long does traffic take");
            LinkEffect::CUT
        }
    }
}

/// What a service does while the network is in parts.
pub(super) fn sides(reader: &mut Reader<'_>, view: &View<'_>) -> Option<Sides> {
    let (path, entry) = view.get("sides")?;
    let message = match reader.text(&path, &entry.node)? {
        "one" => return Some(Sides::One),
        "each" => return Some(Sides::Each),
        "stale" => return Some(Sides::Stale),
        other => {
            format!("{other:?} does not say on which sides it serves: write \"one\", \"each\" or \"stale\"")
        }
    };
    reader.report(Diagnostic::new(entry.node.span.clone(), message));
    None
}

pub(super) fn clients(reader: &mut Reader<'_>, root: &View<'_>) -> BTreeMap<String, Client> {
    let mut clients = BTreeMap::new();
    for (path, name, entry) in reader.named(root, "client") {
        reader.enter(path.clone());
        clients.insert(name.to_owned(), client(reader, path, entry));
    }
    clients
}

fn client(reader: &mut Reader<'_>, path: KeyPath, entry: &Entry) -> Client {
    let mut client = Client::new("", "");
    let keys = ["at", "uses", "depends_on", "weight", "within"];
    let Some(view) = reader.table(path, entry, &keys) else { return client };
    for (key, example, value) in [("at", "\"eu/a\"", &mut client.at), ("uses", "\"web\"", &mut client.uses)] {
        if let Some((path, entry)) = reader.required(&view, key, example) {
            *value = reader.text(&path, &entry.node).unwrap_or_default().to_owned();
        }
    }
    if let Some((path, entry)) = view.get("depends_on") {
        client.depends_on = reader.texts(&path, &entry.node).unwrap_or_default();
    }
    if let Some((path, entry)) = view.get("weight") {
        client.weight = weight(reader, &path, entry).unwrap_or(1.0);
    }
    client.within = latency(reader, &view, "within");
    client
}

/// A number, or a share.
fn weight(reader: &mut Reader<'_>, path: &KeyPath, entry: &Entry) -> Option<f64> {
    match &entry.node.value {
        Value::Integer(text) | Value::Float(text) => text.parse().ok(),
        _ => {
            let share: Option<crate::units::Probability> =
                reader.quantity(path, &entry.node, "a number, or a share such as \"60%\"");
            share.map(|share| share.value())
        }
    }
}
