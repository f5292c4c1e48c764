//! Reads what befalls processes: faults at their times, and one who makes some up.

use super::reader::{Reader, View};
use super::stage::{CHANCE, DURATION, at_once, law};
use super::tree::{Entry, Node, Value};
use crate::experiment::Diagnostic;
use crate::process::{DiskFault, Fault, Id, Nemesis, Planned, Schedule, Spells};
use crate::random::Law;
use crate::system::KeyPath;
use crate::units::{Duration, Probability};

const FAULTS: [&str; 12] =
    ["at", "for", "crash", "pause", "cut", "flap", "noise", "slow", "delay", "drift", "jump", "disk"];

/// The faults of every trial.
pub(super) fn schedule(reader: &mut Reader<'_>, root: &View<'_>) -> Schedule {
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
        let message = "a fault is one of crash, pause, cut, flap, noise, slow, delay, drift, jump and disk";
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
            let (from, to, one_way) = sides(reader, &view)?;
            Some(Fault::Cut { from, to, one_way })
        }
        "flap" => {
            let view = reader.table(path, entry, &["from", "to", "on", "off"])?;
            let (from, to, _) = sides(reader, &view)?;
            let (on, off) = flaps(reader, &view)?;
            Some(Fault::Flap { from, to, on, off })
        }
        "noise" => {
            let view = reader.table(path, entry, &["loss", "delay"])?;
            let loss = chance(reader, &view);
            let delay = law(reader, &view, "delay");
            Some(Fault::Noise { loss: loss?, delay })
        }
        "slow" => {
            let view = reader.table(path, entry, &["of", "times"])?;
            let of = required_id(reader, &view);
            let (path, entry) = reader.required(&view, "times", "4")?;
            let times = number(reader, &path, &entry.node)?;
            if times < 1.0 {
                reader.not(&path, &entry.node, "a number of at least 1");
            }
            Some(Fault::Slow { of: of?, times })
        }
        "delay" => {
            let view = reader.table(path, entry, &["from", "to", "by", "one_way"])?;
            let (from, to, one_way) = sides(reader, &view)?;
            let by = reader.required(&view, "by", "\"50ms\"");
            let by = by.and_then(|(path, entry)| reader.quantity(&path, &entry.node, DURATION));
            Some(Fault::Delay { from, to, by: by?, one_way })
        }
        "drift" => {
            let view = reader.table(path, entry, &["of", "ppm"])?;
            let of = required_id(reader, &view);
            let ppm = reader
                .required(&view, "ppm", "200")
                .and_then(|(path, entry)| number(reader, &path, &entry.node));
            Some(Fault::Drift { of: of?, ppm: ppm? })
        }
        "jump" => {
            let view = reader.table(path, entry, &["of", "by_ms"])?;
            let of = required_id(reader, &view);
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
        _ => disk(reader, path, entry),
    }
}

fn disk(reader: &mut Reader<'_>, path: KeyPath, entry: &Entry) -> Option<Fault> {
    let view = reader.table(path, entry, &["of", "what"])?;
    let of = required_id(reader, &view);
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

fn required_id(reader: &mut Reader<'_>, view: &View<'_>) -> Option<Id> {
    reader.required(view, "of", "0").and_then(|(path, entry)| id(reader, &path, &entry.node))
}

/// Who sends and who receives, and whether it is about that way only.
fn sides(reader: &mut Reader<'_>, view: &View<'_>) -> Option<(Vec<Id>, Vec<Id>, bool)> {
    let from = reader.required(view, "from", "[0, 1]");
    let from = from.and_then(|(path, entry)| ids(reader, &path, &entry.node));
    let to = reader.required(view, "to", "[2]");
    let to = to.and_then(|(path, entry)| ids(reader, &path, &entry.node));
    let one_way = view.get("one_way").and_then(|(path, entry)| reader.flag(&path, &entry.node));
    Some((from?, to?, one_way.unwrap_or(false)))
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

/// One who makes up faults.
pub(super) fn nemesis(reader: &mut Reader<'_>, root: &View<'_>) -> Option<Nemesis> {
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
        // One that is wrong does not keep the others from being looked at.
        if let Some((path, entry)) = view.get(kind)
            && let Some(more) = with(reader, kind, path, entry, nemesis.clone())
        {
            nemesis = more;
        }
    }
    Some(nemesis)
}

/// The same, who knows one kind more.
fn with(
    reader: &mut Reader<'_>,
    kind: &str,
    path: KeyPath,
    entry: &Entry,
    nemesis: Nemesis,
) -> Option<Nemesis> {
    let keys: &[&str] = match kind {
        "flapping" => &["every", "lasts", "on", "off"],
        "noise" => &["every", "lasts", "loss"],
        "drifts" => &["every", "lasts", "ppm"],
        "jumps" => &["every", "most_ms"],
        _ => &["every", "lasts"],
    };
    let view = reader.table(path, entry, keys)?;
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
    Some(match kind {
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
            let ppm = reader.required(&view, "ppm", "500");
            nemesis.drifts(spells, ppm.and_then(|(path, entry)| number(reader, &path, &entry.node))?)
        }
        "jumps" => {
            let most = reader.required(&view, "most_ms", "5000");
            let most = most.and_then(|(path, entry)| reader.whole(&path, &entry.node, 86_400_000u32));
            nemesis.jumps(spells, most?)
        }
        "disks" => nemesis.disks(spells),
        "erased" => nemesis.erased(spells),
        _ => nemesis.corrupted(spells),
    })
}
