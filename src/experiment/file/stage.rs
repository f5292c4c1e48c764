//! Reads what is around a protocol: network, clients, limits and faults.

use super::reader::{Reader, View};
use super::tree::{Entry, Node, Table, Value};
use crate::experiment::{Diagnostic, Stage};
use crate::process::{
    Arrivals, Clients, DiskFault, Fault, Id, Limits, Nemesis, Network, Planned, Schedule, Spells, Target,
    Transport, Wire,
};
use crate::random::Law;
use crate::system::KeyPath;
use crate::units::text::nearest;
use crate::units::{Duration, Probability};

const DURATION: &str = "a duration such as \"200ms\"";
const CHANCE: &str = "a chance such as \"1%\"";
const WIRE: [&str; 6] = ["latency", "loses", "duplicates", "reorders", "bandwidth", "buffer"];
const FAULTS: [&str; 10] = ["at", "for", "crash", "pause", "cut", "flap", "noise", "drift", "jump", "disk"];

/// The stage, and the names of the groups of clients.
pub(super) fn read(reader: &mut Reader<'_>, root: &View<'_>) -> (Stage, Vec<String>) {
    let (network, limits) = (network(reader, root), limits(reader, root));
    let mut stage = Stage { network, limits, ..Stage::default() };
    let mut names = Vec::new();
    let mut groups = reader.named(root, "clients");
    // Not in the order of the file: that must not change anybody's luck.
    groups.sort_by_key(|(_, name, _)| *name);
    for (path, name, entry) in groups {
        reader.enter(path.clone());
        if let Some(clients) = clients(reader, path.clone(), entry) {
            at_a_site(reader, &stage.network, &path, entry, &clients);
            waits_for_something(reader, &path, entry, &stage);
            stage.clients.push(clients.named(name));
        }
        names.push(name.to_owned());
    }
    stage.hosts = hosts(reader, root);
    stage.schedule = faults(reader, root);
    stage.nemesis = nemesis(reader, root);
    stage.live_within = quantity(reader, root, "live_within", DURATION);
    (stage, names)
}

/// What can only be said once it is known how many processes the model has.
pub(super) fn check(reader: &mut Reader<'_>, root: &Table, stage: &Stage, processes: usize) {
    let at = |path: KeyPath| root.locate(&path).unwrap_or(0..0);
    let ends = processes + stage.clients.len();
    for (number, planned) in stage.schedule.faults().iter().enumerate() {
        let path = KeyPath::root().key("fault").index(number);
        let cuts = matches!(planned.fault, Fault::Cut { .. } | Fault::Flap { .. });
        let most = if cuts { ends } else { processes };
        if let Some(id) = planned.fault.names().into_iter().find(|id| id.index() >= most) {
            let last = Id::new(processes.saturating_sub(1));
            let message = format!("there is no process {id}: the last is {last}");
            reader.report(Diagnostic::new(at(path), message));
        }
    }
    let placed = stage.network.placed();
    if placed > processes {
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

fn law(reader: &mut Reader<'_>, view: &View<'_>, key: &str) -> Option<Law> {
    let (path, entry) = view.get(key)?;
    reader.law(&path, &entry.node)
}

fn network(reader: &mut Reader<'_>, root: &View<'_>) -> Network {
    reader.enter(KeyPath::root().key("network"));
    let Some((path, entry)) = reader.required(root, "network", "{ within = { latency = \"1ms\" } }") else {
        return Network::default();
    };
    let Some(view) = reader.table(path, entry, &["within", "between", "sites", "wire", "transport"]) else {
        return Network::default();
    };
    let within = reader.required(&view, "within", "{ latency = \"1ms\" }");
    let Some(within) = within.and_then(|(path, entry)| wire(reader, path, entry)) else {
        return Network::default();
    };
    let between = view.get("between").and_then(|(path, entry)| wire(reader, path, entry));
    let mut network = Network::new(within.clone(), between.unwrap_or(within));
    let mut sites = Vec::new();
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
fn at_once(law: &Law) -> bool {
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
fn at_a_site(reader: &mut Reader<'_>, network: &Network, path: &KeyPath, entry: &Entry, clients: &Clients) {
    let Some(site) = clients.site().filter(|site| network.sites().all(|known| known != *site)) else {
        return;
    };
    let sites: Vec<&str> = network.sites().collect();
    let message = format!("there is no site `{site}` for `{path}`");
    let help = match nearest(site, sites.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if sites.is_empty() => {
            "write [network.sites], with how many of the processes each has".to_owned()
        }
        None => format!("the sites are {}", sites.join(", ")),
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

fn faults(reader: &mut Reader<'_>, root: &View<'_>) -> Schedule {
    reader.enter(KeyPath::root().key("fault"));
    let Some((path, entry)) = root.get("fault") else { return Schedule::default() };
    let Value::List(nodes) = &entry.node.value else {
        let message = format!("`fault` must be a list of tables, not {}", entry.node.kind());
        let help = "write [[fault]], with two brackets on each side";
        reader.report(Diagnostic::new(entry.key_span.clone(), message).help(help));
        return Schedule::default();
    };
    let read = nodes.iter().enumerate().filter_map(|(index, node)| fault(reader, &path.index(index), node));
    Schedule::from(read.collect::<Vec<_>>())
}

fn fault(reader: &mut Reader<'_>, path: &KeyPath, node: &Node) -> Option<Planned> {
    let Value::Table(table) = &node.value else {
        reader.not(path, node, "a table with `at`, `for` and what happens");
        return None;
    };
    let view = reader.view(path.clone(), node.span.clone(), table, &FAULTS);
    let at = reader.required(&view, "at", "\"10s\"");
    let at = at.and_then(|(path, entry)| reader.quantity(&path, &entry.node, DURATION));
    let mut kinds = FAULTS[2..].iter().filter(|kind| table.get(kind).is_some());
    let (Some(kind), None) = (kinds.next(), kinds.next()) else {
        let message = "a fault is one of crash, pause, cut, flap, noise, drift, jump and disk";
        reader.report(Diagnostic::new(node.span.clone(), message));
        return None;
    };
    let (path, entry) = view.get(kind).expect("it was found");
    let what = what(reader, kind, path, entry)?;
    let lasts = match view.get("for") {
        Some((path, entry)) if what.is_instant() => {
            let message = format!("`{path}` says nothing: this fault is over as soon as it has begun");
            reader.report(Diagnostic::new(entry.key_span.clone(), message));
            return None;
        }
        Some((path, entry)) => reader.quantity(&path, &entry.node, DURATION)?,
        None if what.is_instant() => Duration::ZERO,
        None => {
            reader.required(&view, "for", "\"5s\"");
            return None;
        }
    };
    Some(Planned::new(what, at?, lasts))
}

fn what(reader: &mut Reader<'_>, kind: &str, path: KeyPath, entry: &Entry) -> Option<Fault> {
    match kind {
        "crash" => Some(Fault::Crash(id(reader, &path, &entry.node)?)),
        "pause" => Some(Fault::Pause(id(reader, &path, &entry.node)?)),
        "cut" => {
            let view = reader.table(path, entry, &["from", "to", "one_way"])?;
            let from = reader
                .required(&view, "from", "[0, 1]")
                .and_then(|(path, entry)| ids(reader, &path, &entry.node));
            let to =
                reader.required(&view, "to", "[2]").and_then(|(path, entry)| ids(reader, &path, &entry.node));
            let one_way = view.get("one_way").and_then(|(path, entry)| reader.flag(&path, &entry.node));
            Some(Fault::Cut { from: from?, to: to?, one_way: one_way.unwrap_or(false) })
        }
        "flap" => {
            let view = reader.table(path, entry, &["from", "to", "on", "off"])?;
            let from = reader.required(&view, "from", "[0, 1]");
            let from = from.and_then(|(path, entry)| ids(reader, &path, &entry.node));
            let to = reader.required(&view, "to", "[2]");
            let to = to.and_then(|(path, entry)| ids(reader, &path, &entry.node));
            let (on, off) = flaps(reader, &view)?;
            Some(Fault::Flap { from: from?, to: to?, on, off })
        }
        "noise" => {
            let view = reader.table(path, entry, &["loss", "delay"])?;
            let loss = chance(reader, &view);
            let delay = law(reader, &view, "delay");
            Some(Fault::Noise { loss: loss?, delay })
        }
        "drift" => {
            let view = reader.table(path, entry, &["of", "ppm"])?;
            let of =
                reader.required(&view, "of", "0").and_then(|(path, entry)| id(reader, &path, &entry.node));
            let ppm = reader
                .required(&view, "ppm", "200")
                .and_then(|(path, entry)| number(reader, &path, &entry.node));
            Some(Fault::Drift { of: of?, ppm: ppm? })
        }
        "jump" => {
            let view = reader.table(path, entry, &["of", "by_ms"])?;
            let of =
                reader.required(&view, "of", "0").and_then(|(path, entry)| id(reader, &path, &entry.node));
            let by = reader
                .required(&view, "by_ms", "-3000")
                .and_then(|(path, entry)| number(reader, &path, &entry.node));
            let by = by?;
            if by.fract() != 0.0 {
                let (path, entry) = view.get("by_ms").expect("it was read");
                reader.not(&path, &entry.node, "a whole number of milliseconds");
            }
            Some(Fault::Jump { of: of?, by_ms: by as i64 })
        }
        _ => {
            let view = reader.table(path, entry, &["of", "what"])?;
            let of =
                reader.required(&view, "of", "0").and_then(|(path, entry)| id(reader, &path, &entry.node));
            let (path, entry) = reader.required(&view, "what", "\"lies\"")?;
            let what = match reader.text(&path, &entry.node)? {
                "lies" => DiskFault::Lies,
                "erased" => DiskFault::Erased,
                "corrupted" => DiskFault::Corrupted,
                _ => {
                    reader.not(&path, &entry.node, "\"lies\", \"erased\" or \"corrupted\"");
                    return None;
                }
            };
            Some(Fault::Disk { of: of?, what })
        }
    }
}

/// How long a partition that comes and goes is there each time, and how long not.
fn flaps(reader: &mut Reader<'_>, view: &View<'_>) -> Option<(Law, Law)> {
    let on = reader.required(view, "on", "\"uniform(50ms, 500ms)\"");
    let on = on.and_then(|(path, entry)| reader.law(&path, &entry.node));
    let (path, entry) = reader.required(view, "off", "\"uniform(50ms, 500ms)\"")?;
    let off = reader.law(&path, &entry.node)?;
    if at_once(&off) {
        let message = format!("`{path}` must be longer than nothing: such a partition would not come and go");
        reader.report(Diagnostic::new(entry.node.span.clone(), message));
        return None;
    }
    Some((on?, off))
}

/// The chance that noise swallows a message.
fn chance(reader: &mut Reader<'_>, view: &View<'_>) -> Option<Probability> {
    let loss = reader.required(view, "loss", "\"5%\"");
    loss.and_then(|(path, entry)| reader.quantity(&path, &entry.node, CHANCE))
}

fn id(reader: &mut Reader<'_>, path: &KeyPath, node: &Node) -> Option<Id> {
    reader.whole(path, node, 1_000_000u64).map(|number| Id::new(number as usize))
}

fn ids(reader: &mut Reader<'_>, path: &KeyPath, node: &Node) -> Option<Vec<Id>> {
    let Value::List(nodes) = &node.value else {
        reader.not(path, node, "a list of processes such as [0, 1]");
        return None;
    };
    let read = |(index, node)| id(reader, &path.index(index), node);
    nodes.iter().enumerate().map(read).collect::<Vec<_>>().into_iter().collect()
}

/// A number that may be negative or have a fraction.
fn number(reader: &mut Reader<'_>, path: &KeyPath, node: &Node) -> Option<f64> {
    let read = match &node.value {
        Value::Integer(text) | Value::Float(text) => {
            text.parse().ok().filter(|number: &f64| number.is_finite())
        }
        _ => None,
    };
    if read.is_none() {
        reader.not(path, node, "a number");
    }
    read
}

fn nemesis(reader: &mut Reader<'_>, root: &View<'_>) -> Option<Nemesis> {
    let kinds = [
        "crashes",
        "pauses",
        "partitions",
        "flapping",
        "one_way",
        "noise",
        "drifts",
        "jumps",
        "disks",
        "erased",
        "corrupted",
    ];
    reader.enter(KeyPath::root().key("nemesis"));
    let (path, entry) = root.get("nemesis")?;
    let keys: Vec<&str> = ["until", "swarm"].into_iter().chain(kinds).collect();
    let view = reader.table(path, entry, &keys)?;
    let until = reader.required(&view, "until", "\"50s\"");
    let mut nemesis =
        Nemesis::new(until.and_then(|(path, entry)| reader.quantity(&path, &entry.node, DURATION))?);
    if let Some((path, entry)) = view.get("swarm")
        && reader.flag(&path, &entry.node)?
    {
        nemesis = nemesis.swarm();
    }
    for kind in kinds {
        let Some((path, entry)) = view.get(kind) else { continue };
        let more: &[&str] = match kind {
            "flapping" => &["every", "lasts", "on", "off"],
            "noise" => &["every", "lasts", "loss"],
            "drifts" => &["every", "lasts", "ppm"],
            "jumps" => &["every", "most_ms"],
            _ => &["every", "lasts"],
        };
        let view = reader.table(path, entry, more)?;
        let every = reader.required(&view, "every", "\"exponential(mean 20s)\"");
        let every = every.and_then(|(path, entry)| reader.law(&path, &entry.node));
        let lasts = match kind {
            "jumps" => Some(Law::constant(Duration::ZERO)),
            _ => {
                let lasts = reader.required(&view, "lasts", "\"uniform(1s, 10s)\"");
                lasts.and_then(|(path, entry)| reader.law(&path, &entry.node))
            }
        };
        let spells = Spells::new(every?, lasts?);
        nemesis = match kind {
            "crashes" => nemesis.crashes(spells),
            "pauses" => nemesis.pauses(spells),
            "partitions" => nemesis.partitions(spells),
            "flapping" => {
                let (on, off) = flaps(reader, &view)?;
                nemesis.flapping(spells, on, off)
            }
            "one_way" => nemesis.one_way(spells),
            "noise" => nemesis.noise(spells, chance(reader, &view)?),
            "drifts" => {
                let ppm = reader
                    .required(&view, "ppm", "500")
                    .and_then(|(path, entry)| number(reader, &path, &entry.node));
                nemesis.drifts(spells, ppm?)
            }
            "jumps" => {
                let most = reader.required(&view, "most_ms", "5000");
                nemesis.jumps(
                    spells,
                    most.and_then(|(path, entry)| reader.whole(&path, &entry.node, 86_400_000u32))?,
                )
            }
            "disks" => nemesis.disks(spells),
            "erased" => nemesis.erased(spells),
            _ => nemesis.corrupted(spells),
        };
    }
    Some(nemesis)
}
