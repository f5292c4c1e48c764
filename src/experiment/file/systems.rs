//! The system that a tree describes.
//!
//! Whatever has a name in the file has it in the system too, even where the rest of it could not be read: nobody who
//! mistyped a number wants to hear that the service does not exist.

use super::correlation;
use super::cost;
use super::data;
use super::environment;
use super::load;
use super::planned;
use super::quantities;
use super::reader::{Reader, View};
use super::supplies;
use super::tree::{Entry, Value};
use super::upkeep;
use crate::experiment::Diagnostic;
use crate::random::Law;
use crate::system::{
    Body, Component, KeyPath, Mode, Modes, Need, Service, Shards, Site, SiteOutage, Spread, System,
};

pub(super) fn read(reader: &mut Reader<'_>, root: &View<'_>, levels: &[String]) -> System {
    let mut system = System::new();
    system.levels = levels.to_vec();
    for (path, name, entry) in reader.named(root, "component") {
        reader.enter(path.clone());
        system.components.insert(name.to_owned(), component(reader, path, entry));
    }
    for (path, name, entry) in reader.named(root, "level") {
        reader.enter(path.clone());
        let modes = place(reader, path, entry);
        system.level_modes.insert(name.to_owned(), modes);
    }
    for (path, name, entry) in reader.named(root, "site") {
        reader.enter(path.clone());
        system.sites.insert(name.to_owned(), site(reader, path, entry));
    }
    for (path, name, entry) in reader.named(root, "crew") {
        reader.enter(path.clone());
        system.crews.insert(name.to_owned(), upkeep::crew(reader, path, entry));
    }
    for (path, name, entry) in reader.named(root, "spares") {
        reader.enter(path.clone());
        system.spares.insert(name.to_owned(), upkeep::spares(reader, path, entry));
    }
    for (path, name, entry) in reader.named(root, "domain") {
        reader.enter(path.clone());
        system.domains.insert(name.to_owned(), correlation::domain(reader, path, entry));
    }
    for (path, name, entry) in reader.named(root, "shock") {
        reader.enter(path.clone());
        system.shocks.insert(name.to_owned(), correlation::shock(reader, path, entry));
    }
    for (key, named) in [("power", &mut system.power), ("cooling", &mut system.cooling)] {
        for (path, name, entry) in reader.named(root, key) {
            reader.enter(path.clone());
            named.insert(name.to_owned(), supplies::supply(reader, path, entry));
        }
    }
    for (path, name, entry) in reader.named(root, "environment") {
        reader.enter(path.clone());
        system.environments.insert(name.to_owned(), environment::environment(reader, path, entry));
    }
    for (path, name, entry) in reader.named(root, "change") {
        reader.enter(path.clone());
        system.changes.insert(name.to_owned(), planned::change(reader, path, entry));
    }
    for (path, name, entry) in reader.named(root, "maintenance") {
        reader.enter(path.clone());
        system.maintenance.insert(name.to_owned(), planned::maintenance(reader, path, entry));
    }
    for (path, name, entry) in reader.named(root, "certificate") {
        reader.enter(path.clone());
        system.certificates.insert(name.to_owned(), planned::certificate(reader, path, entry));
    }
    for (path, name, entry) in reader.named(root, "service") {
        reader.enter(path.clone());
        system.services.insert(name.to_owned(), service(reader, path, entry, levels));
    }
    system.network = super::network::read(reader, root);
    system.clients = super::network::clients(reader, root);
    system.scenario = super::scenario::read(reader, root);
    system.costs = cost::read(reader, root);
    reader.enter(KeyPath::root());
    system
}

fn component(reader: &mut Reader<'_>, path: KeyPath, entry: &Entry) -> Component {
    let mut component = Component::new();
    let Some(view) = reader.table(path, entry, &["from", "source", "site_outage", "trace", "cost", "mode"])
    else {
        return component;
    };
    component.source = source(reader, &view);
    component.trace = text(reader, &view, "trace");
    component.cost = cost::rate(reader, &view, "cost");
    component.modes = modes(reader, &view);
    if let Some((path, entry)) = view.get("site_outage") {
        component.site_outage = site_outage(reader, &path, entry, &component.modes).unwrap_or_default();
    }
    component
}

const SITE_OUTAGES: &str = "\"unreachable\", \"frozen\", \"crashes\" or { crashes = \"MODE\" }";

fn site_outage(reader: &mut Reader<'_>, path: &KeyPath, entry: &Entry, modes: &Modes) -> Option<SiteOutage> {
    if matches!(entry.node.value, Value::Table(_)) {
        let view = reader.table(path.clone(), entry, &["crashes"])?;
        let (path, entry) = reader.required(&view, "crashes", "\"MODE\"")?;
        return Some(SiteOutage::Crashes(reader.text(&path, &entry.node)?.to_owned()));
    }
    let message = match reader.text(path, &entry.node)? {
        "unreachable" => return Some(SiteOutage::Unreachable),
        "frozen" => return Some(SiteOutage::Frozen),
        "crashes" => match modes.keys().collect::<Vec<_>>().as_slice() {
            [only] => return Some(SiteOutage::Crashes((*only).clone())),
            [] => "a component without failure modes cannot crash".into(),
            [first, ..] => {
                format!(
                    "there are several failure modes to crash in: write {{ crashes = {first:?} }} or another"
                )
            }
        },
        other => format!("{other:?} is no effect of a site's outage: write {SITE_OUTAGES}"),
    };
    reader.report(Diagnostic::new(entry.node.span.clone(), message));
    None
}

fn site(reader: &mut Reader<'_>, path: KeyPath, entry: &Entry) -> Site {
    let Some(view) = reader.table(path, entry, &["from", "cost", "mode"]) else { return Site::default() };
    Site { modes: modes(reader, &view), cost: cost::rate(reader, &view, "cost") }
}

/// A level.
fn place(reader: &mut Reader<'_>, path: KeyPath, entry: &Entry) -> Modes {
    reader.table(path, entry, &["from", "mode"]).map(|view| modes(reader, &view)).unwrap_or_default()
}

pub(super) fn modes(reader: &mut Reader<'_>, view: &View<'_>) -> Modes {
    let mut modes = Modes::new();
    for (path, name, entry) in reader.named(view, "mode") {
        modes.insert(name.to_owned(), mode(reader, path, entry).unwrap_or(Mode::new(Law::Never, Law::Never)));
    }
    modes
}

fn mode(reader: &mut Reader<'_>, path: KeyPath, entry: &Entry) -> Option<Mode> {
    let keys = [
        "from",
        "fails",
        "restored",
        "repaired_by",
        "common_cause",
        "cascade",
        "slow",
        "stress",
        "cuts",
        "slows",
        "source",
    ];
    let keys = [&keys[..], &upkeep::OF_MODE].concat();
    let view = reader.table(path, entry, &keys)?;
    let fails = required_law(reader, &view, "fails", "\"exponential(mean 60d)\"");
    let restored = required_law(reader, &view, "restored", "\"lognormal(median 90s, p95 6min)\"");
    let repaired_by = text(reader, &view, "repaired_by");
    let common_cause = view
        .get("common_cause")
        .and_then(|(path, entry)| reader.quantity(&path, &entry.node, "a share such as \"5%\""));
    let cascade = environment::cascade(reader, &view);
    let source = source(reader, &view);
    let slow = load::slow(reader, &view);
    let stress = load::stress(reader, &view);
    let on_link = super::network::effect(reader, &view);
    let mut mode = Mode {
        repaired_by,
        common_cause,
        cascade,
        slow,
        stress,
        on_link,
        source,
        ..Mode::new(Law::Never, Law::Never)
    };
    upkeep::mode(reader, &view, &mut mode);
    Some(Mode { fails: fails?, restored: restored?, ..mode })
}

pub(super) fn required_law(
    reader: &mut Reader<'_>,
    view: &View<'_>,
    key: &str,
    example: &str,
) -> Option<Law> {
    let (path, entry) = reader.required(view, key, example)?;
    reader.law(&path, &entry.node)
}

pub(super) fn text(reader: &mut Reader<'_>, view: &View<'_>, key: &str) -> Option<String> {
    let (path, entry) = view.get(key)?;
    reader.text(&path, &entry.node).map(str::to_owned)
}

/// Who measured the numbers. An empty text would pass for an answer.
pub(super) fn source(reader: &mut Reader<'_>, view: &View<'_>) -> Option<String> {
    let (_, entry) = view.get("source")?;
    let source = text(reader, view, "source")?;
    if source.trim().is_empty() {
        let help = "cite who measured the numbers, write \"assumption: ...\", or leave the key out";
        reader.report(Diagnostic::new(entry.node.span.clone(), "this source says nothing").help(help));
    }
    Some(source)
}

const ALONE: [&str; 13] = [
    "runs_on",
    "needs",
    "depends_on",
    "without",
    "failover",
    "resync",
    "load",
    "scaling",
    "checkpoint",
    "sides",
    "data",
    "members",
    "voters",
];
const REPLICATED: [&str; 6] = ["replicas", "spread", "within", "replicates", "shards", "cells"];

fn service(reader: &mut Reader<'_>, path: KeyPath, entry: &Entry, levels: &[String]) -> Service {
    let mut service = Service::members(&[]);
    let keys = [&ALONE[..1], &REPLICATED, &ALONE[1..]].concat();
    let Some(view) = reader.table(path, entry, &keys) else { return service };
    if let Some(body) = body(reader, &view, levels) {
        service.body = body;
    }
    service.needs = needs(reader, &view, &service.body).unwrap_or(Need::Any);
    service.divided = divided(reader, &view);
    if let Some((path, entry)) = view.get("depends_on") {
        service.depends_on = reader.texts(&path, &entry.node).unwrap_or_default();
    }
    service.without = super::without::read(reader, &view);
    service.failover =
        view.get("failover").and_then(|(path, entry)| super::failover::read(reader, path, entry));
    service.resync =
        view.get("resync").and_then(|(path, entry)| super::failover::resync(reader, path, entry));
    service.load = load::load(reader, &view);
    service.scaling = super::scaling::read(reader, &view);
    service.checkpoint = super::checkpoint::read(reader, &view);
    service.sides = super::network::sides(reader, &view);
    service.data = view.get("data").and_then(|(path, entry)| data::read(reader, path, entry));
    service.replicates = view
        .get("replicates")
        .and_then(|(path, entry)| reader.quantity(&path, &entry.node, "a flow of data such as \"20 MB/s\""));
    service
}

/// Into how many parts a service is divided, if it says so.
fn divided(reader: &mut Reader<'_>, view: &View<'_>) -> Option<Shards> {
    let mut read = |key, are_cells| {
        let (path, entry) = view.get(key)?;
        let count = reader.whole(&path, &entry.node, u32::MAX)?;
        Some(Shards { count, are_cells })
    };
    // A design may make one of what the file divides.
    match (read("shards", false), read("cells", true)) {
        (Some(shards), Some(cells)) if shards.count > 1 && cells.count > 1 => {
            let message = format!("`{}` is in shards and in cells: it can only be in one of both", view.path);
            let help = "cells are shards of which each uses its own part of what it depends on";
            let (_, entry) = view.get("cells")?;
            reader.report(Diagnostic::new(entry.key_span.clone(), message).help(help));
            None
        }
        (Some(shards), Some(cells)) => Some(if cells.count == 1 { shards } else { cells }),
        (shards, cells) => shards.or(cells),
    }
}

/// What a service is made of: components, other services, or the replicas of others.
fn body(reader: &mut Reader<'_>, view: &View<'_>, levels: &[String]) -> Option<Body> {
    match (view.get("members"), view.get("voters"), view.get("runs_on")) {
        (Some((path, entry)), None, None) => Some(Body::Members(others(reader, view, &path, entry))),
        (None, Some((path, entry)), None) => Some(Body::Voters(others(reader, view, &path, entry))),
        (None, None, Some((path, entry))) => {
            let runs_on = reader.texts(&path, &entry.node).unwrap_or_default();
            Some(replicas(reader, view, runs_on, levels))
        }
        (Some((_, members)), None, Some(_)) => {
            let message = format!("`{}` has members and runs on components: it can only do one", view.path);
            let help = "make the replicas a service of their own, and a member of this one";
            reader.report(Diagnostic::new(members.key_span.clone(), message).help(help));
            None
        }
        (_, Some((_, voters)), _) => {
            let message =
                format!("`{}` has voters and is made of something else: it can only do one", view.path);
            let help = "make the votes a service of their own, and let this one depend on it";
            reader.report(Diagnostic::new(voters.key_span.clone(), message).help(help));
            None
        }
        (None, None, None) => {
            let message = format!("`runs_on` is missing in `{}`", view.path);
            let help =
                "add runs_on = \"COMPONENT\", or members = [\"SERVICE\", ...] for a service made of others";
            reader.report(Diagnostic::new(view.span.clone(), message).help(help));
            None
        }
    }
}

/// The services that one is made of.
fn others(reader: &mut Reader<'_>, view: &View<'_>, path: &KeyPath, entry: &Entry) -> Vec<String> {
    for key in REPLICATED {
        if let Some((_, entry)) = view.get(key) {
            let message = format!(
                "`{}` is made of other services: `{key}` is for one that runs on components",
                view.path
            );
            reader.report(Diagnostic::new(entry.key_span.clone(), message));
        }
    }
    reader.texts(path, &entry.node).unwrap_or_default()
}

fn replicas(reader: &mut Reader<'_>, view: &View<'_>, runs_on: Vec<String>, levels: &[String]) -> Body {
    let replicas = view.get("replicas").map(|(path, entry)| reader.whole(&path, &entry.node, u32::MAX));
    let within = view.get("within").and_then(|(path, entry)| reader.texts(&path, &entry.node));
    let spread = view.get("spread").and_then(|(path, entry)| {
        let text = reader.text(&path, &entry.node)?;
        let read = quantities::spread(text, levels);
        read.map_err(|message| reader.report(Diagnostic::new(entry.node.span.clone(), message))).ok()
    });
    Body::Replicas {
        runs_on,
        replicas: replicas.map_or(1, |replicas| replicas.unwrap_or(1)),
        spread: spread.unwrap_or(Spread::None),
        within: within.unwrap_or_default(),
    }
}

/// What a service needs must be said where there is a choice: any default would decide the result unseen.
fn needs(reader: &mut Reader<'_>, view: &View<'_>, body: &Body) -> Option<Need> {
    let Some((path, entry)) = view.get("needs") else {
        let (count, noun) = match body {
            Body::Replicas { replicas, .. } => (*replicas as usize, "replicas"),
            Body::Members(members) => (members.len(), "members"),
            // How many replicas they have is not known here.
            Body::Voters(voters) => (2 * voters.len(), "voters"),
        };
        if count > 1 {
            let of = match body {
                Body::Voters(_) => format!("its {noun}"),
                _ => format!("its {count} {noun}"),
            };
            let message = format!("`needs` is missing in `{}`: how many of {of} must work?", view.path);
            let help = "add needs = \"any\", \"majority\", \"all\", a number, or \"60% of capacity\"";
            reader.report(Diagnostic::new(view.span.clone(), message).help(help));
        }
        return None;
    };
    need(reader, &path, entry)
}

/// How many of several are enough.
pub(super) fn need(reader: &mut Reader<'_>, path: &KeyPath, entry: &Entry) -> Option<Need> {
    match &entry.node.value {
        Value::Integer(_) => reader.whole(path, &entry.node, u32::MAX).map(Need::Count),
        Value::Text(text) => {
            let read = quantities::need(text);
            read.map_err(|message| reader.report(Diagnostic::new(entry.node.span.clone(), message))).ok()
        }
        _ => {
            reader.not(path, &entry.node, "\"majority\", \"any\", \"all\", a number or \"60% of capacity\"");
            None
        }
    }
}
