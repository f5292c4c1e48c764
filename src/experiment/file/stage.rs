//! Reads what is around a protocol: network, clients and limits, with the faults of `faults.rs`.

use super::faults;
use super::reader::{Reader, View};
use super::tree::{Entry, Table, Value};
use crate::experiment::{Diagnostic, Stage};
use crate::process::{Arrivals, Clients, Fault, Hosts, Id, Limits, Network, Target, Transport, Wire};
use crate::random::Law;
use crate::system::KeyPath;
use crate::units::Duration;
use crate::units::text::nearest;

pub(super) const DURATION: &str = "a duration such as \"200ms\"";
pub(super) const CHANCE: &str = "a chance such as \"1%\"";
const WIRE: [&str; 6] = ["latency", "loses", "duplicates", "reorders", "bandwidth", "buffer"];

/// The stage, and the names of the groups of clients.
pub(super) fn read(
    reader: &mut Reader<'_>,
    root: &View<'_>,
    replicas: Option<Hosts>,
) -> (Stage, Vec<String>) {
    let (network, limits) = (network(reader, root, replicas.as_ref()), limits(reader, root));
    let mut stage = Stage { network, limits, replicas, ..Stage::default() };
    let mut names = Vec::new();
    let mut groups = reader.named(root, "clients");
    // Not in the order of the file: that must not change anybody's luck.
    groups.sort_by_key(|(_, name, _)| *name);
    for (path, name, entry) in groups {
        reader.enter(path.clone());
        if let Some(clients) = clients(reader, path.clone(), entry) {
            at_a_site(reader, &stage, &path, entry, &clients);
            waits_for_something(reader, &path, entry, &stage);
            stage.clients.push(clients.named(name));
        }
        names.push(name.to_owned());
    }
    match &stage.replicas {
        Some(replicas) => stage.network = replicas.lay(stage.network, &stage.clients),
        None => stage.hosts = hosts(reader, root),
    }
    stage.schedule = faults::schedule(reader, root);
    stage.nemesis = faults::nemesis(reader, root);
    stage.live_within = quantity(reader, root, "live_within", DURATION);
    (stage, names)
}

/// What can only be said once it is known how many processes the model has.
pub(super) fn check(reader: &mut Reader<'_>, root: &Table, stage: &Stage, processes: usize) {
    let at = |path: KeyPath| root.locate(&path).unwrap_or(0..0);
    let ends = processes + stage.clients.len();
    for (number, planned) in stage.schedule.faults().iter().enumerate() {
        let path = KeyPath::root().key("fault").index(number);
        let cuts = matches!(planned.fault, Fault::Cut { .. } | Fault::Flap { .. } | Fault::Delay { .. });
        let most = if cuts { ends } else { processes };
        if let Some(id) = planned.fault.names().into_iter().find(|id| id.index() >= most) {
            let last = Id::new(processes.saturating_sub(1));
            let message = format!("there is no process {id}: the last is {last}");
            reader.report(Diagnostic::new(at(path), message));
        }
    }
    let placed = stage.network.placed();
    if let Some(replicas) = &stage.replicas {
        if replicas.len() != processes {
            let hosts = replicas.len();
            let message =
                format!("the model has {processes} processes, and there are {hosts} replicas for them");
            let path = KeyPath::root().key("hosts").key("of");
            reader
                .report(Diagnostic::new(at(path), message).help("each process runs on a replica of its own"));
        }
    } else if placed > processes {
        let path = KeyPath::root().key("network").key("sites");
        let message = format!("the sites have room for {placed} processes, and the model has {processes}");
        reader.report(Diagnostic::new(at(path), message));
    }
}

fn quantity<T: std::str::FromStr>(
    reader: &mut Reader<'_>,
    view: &View<'_>,
    key: &str,
    expected: &str,
) -> Option<T>
where
    T::Err: std::fmt::Display,
{
    let (path, entry) = view.get(key)?;
    reader.quantity(&path, &entry.node, expected)
}

/// A key that means nothing without another.
fn needs(reader: &mut Reader<'_>, view: &View<'_>, key: &str, other: &str, why: &str) {
    if let Some((path, entry)) = view.get(key)
        && view.get(other).is_none()
    {
        let message = format!("`{path}` needs `{other}`: {why}");
        reader.report(Diagnostic::new(entry.key_span.clone(), message));
    }
}

pub(super) fn law(reader: &mut Reader<'_>, view: &View<'_>, key: &str) -> Option<Law> {
    let (path, entry) = view.get(key)?;
    reader.law(&path, &entry.node)
}

fn network(reader: &mut Reader<'_>, root: &View<'_>, replicas: Option<&Hosts>) -> Network {
    reader.enter(KeyPath::root().key("network"));
    let Some((path, entry)) = reader.required(root, "network", "{ within = { latency = \"1ms\" } }") else {
        return Network::default();
    };
    let keys = ["within", "between", "wire", "transport", "sites"];
    let keys = &keys[..keys.len() - usize::from(replicas.is_some())];
    let Some(view) = reader.table(path, entry, keys) else { return Network::default() };
    let within = reader.required(&view, "within", "{ latency = \"1ms\" }");
    let Some(within) = within.and_then(|(path, entry)| wire(reader, path, entry)) else {
        return Network::default();
    };
    let between = view.get("between").and_then(|(path, entry)| wire(reader, path, entry));
    let mut network = Network::new(within.clone(), between.unwrap_or(within));
    // The sites of a system are put into the network with the replicas there.
    let mut sites: Vec<&str> = replicas.map_or_else(Vec::new, |replicas| replicas.sites().collect());
    for (path, name, entry) in reader.named(&view, "sites") {
        if let Some(count) = reader.whole(&path, &entry.node, 1_000_000u64) {
            network = network.site(name, count as usize);
            sites.push(name);
        }
    }
    for (path, name, entry) in reader.named(&view, "wire") {
        let ends: Vec<&str> = name.split("->").map(str::trim).collect();
        let [from, to] = ends[..] else {
            let message = format!("`{name}` is no way from a site to another");
            let help = "write [network.wire.\"eu -> us\"]";
            reader.report(Diagnostic::new(entry.key_span.clone(), message).help(help));
            continue;
        };
        if let Some(unknown) = [from, to].into_iter().find(|end| !sites.contains(end)) {
            let message = format!("there is no site `{unknown}`");
            let help = match nearest(unknown, sites.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("the sites are {}", sites.join(", ")),
            };
            reader.report(Diagnostic::new(entry.key_span.clone(), message).help(help));
        } else if let Some(wire) = wire(reader, path, entry) {
            network = network.wire(from, to, wire);
        }
    }
    match transport(reader, &view) {
        Some(transport) => network.transport(transport),
        None => network,
    }
}

fn transport(reader: &mut Reader<'_>, network: &View<'_>) -> Option<Transport> {
    let (path, entry) = network.get("transport")?;
    if let Value::Text(text) = &entry.node.value {
        if text == "datagram" {
            return Some(Transport::Datagram);
        }
        reader.not(&path, &entry.node, "\"datagram\" or { resend = \"200ms\", gives_up = \"15s\" }");
        return None;
    }
    let view = reader.table(path, entry, &["resend", "gives_up"])?;
    let resend = reader.required(&view, "resend", "\"200ms\"");
    let resend = resend.and_then(|(path, entry)| reader.quantity(&path, &entry.node, DURATION));
    let gives_up = reader.required(&view, "gives_up", "\"15s\"");
    let gives_up = gives_up.and_then(|(path, entry)| reader.quantity(&path, &entry.node, DURATION));
    let resend: Duration = resend?;
    if resend.is_zero() {
        let message = "what is lost cannot be sent again at once: the network would do nothing else";
        reader.report(Diagnostic::new(view.span.clone(), message));
        return None;
    }
    Some(Transport::Stream { resend, gives_up: gives_up? })
}

fn wire(reader: &mut Reader<'_>, path: KeyPath, entry: &Entry) -> Option<Wire> {
    let view = reader.table(path, entry, &WIRE)?;
    let latency = reader.required(&view, "latency", "\"1ms\"");
    let latency = latency.and_then(|(path, entry)| reader.law(&path, &entry.node))?;
    let mut wire = Wire::new(latency);
    if let Some(chance) = quantity(reader, &view, "loses", CHANCE) {
        wire = wire.loses(chance);
    }
    if let Some(chance) = quantity(reader, &view, "duplicates", CHANCE) {
        wire = wire.duplicates(chance);
    }
    if let Some((path, entry)) = view.get("reorders")
        && let Some(view) = reader.table(path, entry, &["chance", "by"])
        && let Some(chance) = quantity(reader, &view, "chance", CHANCE)
        && let Some(by) = law(reader, &view, "by")
    {
        wire = wire.reorders(chance, by);
    }
    if let Some(bandwidth) = quantity(reader, &view, "bandwidth", "a bandwidth such as \"1 Gbit/s\"") {
        wire = wire.bandwidth(bandwidth);
    }
    if let Some(longest) = quantity(reader, &view, "buffer", DURATION) {
        needs(reader, &view, "buffer", "bandwidth", "without it no message waits");
        wire = wire.buffer(longest);
    }
    Some(wire)
}

fn clients(reader: &mut Reader<'_>, path: KeyPath, entry: &Entry) -> Option<Clients> {
    let keys =
        ["count", "asks", "thinks", "site", "timeout", "retries", "backoff", "hedge", "target", "until"];
    let view = reader.table(path, entry, &keys)?;
    let count = match view.get("count") {
        Some((path, entry)) => reader.whole(&path, &entry.node, 1_000_000u32)?,
        None => 1,
    };
    let (asks, thinks) = (law(reader, &view, "asks"), law(reader, &view, "thinks"));
    let arrivals = match (view.get("asks"), view.get("thinks")) {
        (Some(_), None) => Arrivals::Open(asks?),
        (None, Some(_)) => Arrivals::Closed(thinks?),
        _ => {
            let message = format!("`{}` needs one of `asks` and `thinks`", view.path);
            let help = "asks: the time between requests, answered or not; thinks: the pause after an answer";
            reader.report(Diagnostic::new(view.span.clone(), message).help(help));
            return None;
        }
    };
    if let Arrivals::Open(asks) = &arrivals
        && at_once(asks)
    {
        let (path, entry) = view.get("asks").expect("it was read");
        let message =
            format!("`{path}` must be longer than nothing: the clients would ask without end at one instant");
        reader.report(Diagnostic::new(entry.node.span.clone(), message));
        return None;
    }
    let mut clients = Clients::new(count, arrivals);
    if let Some((path, entry)) = view.get("site") {
        clients = clients.at(reader.text(&path, &entry.node)?);
    }
    if let Some(timeout) = quantity(reader, &view, "timeout", DURATION) {
        clients = clients.timeout(timeout);
    }
    needs(reader, &view, "backoff", "retries", "without them there is nothing to wait for");
    let backoff = law(reader, &view, "backoff").unwrap_or_else(|| Law::constant(Duration::ZERO));
    if let Some((path, entry)) = view.get("retries") {
        clients = clients.retries(reader.whole(&path, &entry.node, 1_000_000u32)?, backoff);
    }
    if let Some(after) = quantity(reader, &view, "hedge", DURATION) {
        clients = clients.hedge(after);
    }
    if let Some((path, entry)) = view.get("target") {
        clients = clients.target(match reader.text(&path, &entry.node)? {
            "any" => Target::Any,
            "sticky" => Target::Sticky,
            "nearest" => Target::Nearest,
            _ => {
                reader.not(&path, &entry.node, "\"any\", \"sticky\" or \"nearest\"");
                return None;
            }
        });
    }
    if let Some(end) = quantity(reader, &view, "until", DURATION) {
        clients = clients.until(end);
    }
    Some(clients)
}

/// Whether a duration of this law is none.
pub(super) fn at_once(law: &Law) -> bool {
    law.mean().is_some_and(|mean| mean.is_zero())
}

/// A client that does not think must wait for something, or it asks without end at one instant.
fn waits_for_something(reader: &mut Reader<'_>, path: &KeyPath, entry: &Entry, stage: &Stage) {
    let Value::Table(table) = &entry.node.value else { return };
    let Some(thinks) = table.get("thinks") else { return };
    let idle = reader.law(&path.key("thinks"), &thinks.node).is_some_and(|law| at_once(&law));
    if idle && stage.network.is_instant() && stage.limits.call.as_ref().is_none_or(at_once) {
        let message = format!("`{path}` does not think, and neither network nor processes take any time");
        let help = "give one of thinks, the network's latency and limits.call a duration";
        reader.report(Diagnostic::new(thinks.node.span.clone(), message).help(help));
    }
}

/// Clients are where the network has a site.
fn at_a_site(reader: &mut Reader<'_>, stage: &Stage, path: &KeyPath, entry: &Entry, clients: &Clients) {
    let Some(site) = clients.site() else { return };
    let sites: Vec<&str> = match &stage.replicas {
        Some(replicas) => replicas.sites().collect(),
        None => stage.network.sites().collect(),
    };
    let (message, help) = if !sites.contains(&site) {
        let help = match nearest(site, sites.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None if sites.is_empty() => {
                "write [network.sites], with how many of the processes each has".to_owned()
            }
            None => format!("the sites are {}", sites.join(", ")),
        };
        (format!("there is no site `{site}` for `{path}`"), help)
    } else if stage.replicas.as_ref().is_some_and(|replicas| replicas.is_out_of_reach(site)) {
        let message = format!("no link leads from `{site}` to where processes run");
        (message, "write one in [network.link]".to_owned())
    } else {
        return;
    };
    let place = match &entry.node.value {
        Value::Table(table) => table.get("site").map(|entry| entry.node.span.clone()),
        _ => None,
    };
    reader.report(Diagnostic::new(place.unwrap_or(entry.key_span.clone()), message).help(help));
}

fn limits(reader: &mut Reader<'_>, root: &View<'_>) -> Limits {
    let mut limits = Limits::default();
    reader.enter(KeyPath::root().key("limits"));
    if let Some((path, entry)) = root.get("limits")
        && let Some(view) = reader.table(path, entry, &["call", "inbox", "sync"])
    {
        limits.call = law(reader, &view, "call");
        limits.sync = law(reader, &view, "sync");
        limits.inbox = view
            .get("inbox")
            .and_then(|(path, entry)| reader.whole(&path, &entry.node, 1_000_000_000u64))
            .map(|most| most as usize);
    }
    limits
}

fn hosts(reader: &mut Reader<'_>, root: &View<'_>) -> Option<(Law, Law)> {
    reader.enter(KeyPath::root().key("hosts"));
    let (path, entry) = root.get("hosts")?;
    let view = reader.table(path, entry, &["fail", "restored"])?;
    let fail = reader.required(&view, "fail", "\"mtbf 60d\"");
    let fail = fail.and_then(|(path, entry)| reader.law(&path, &entry.node));
    let restored = reader.required(&view, "restored", "\"lognormal(median 90s, p95 6min)\"");
    let restored = restored.and_then(|(path, entry)| reader.law(&path, &entry.node));
    Some((fail?, restored?))
}
