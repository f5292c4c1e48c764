//! Reads what is measured of a protocol: the fault, when it strikes, and how long is looked behind it.

use super::reader::{Reader, View};
use crate::experiment::{Diagnostic, Measure, Stage};
use crate::process::{Injected, Injection};
use crate::random::Law;
use crate::system::KeyPath;
use crate::units::text::nearest;
use crate::units::{Duration, Span};

/// Episodes of a design where the file does not say.
pub(super) const EPISODES: u64 = 1000;

const KEYS: [&str; 5] = ["fault", "warm_up", "spread", "lasts", "within"];
const DURATION: &str = "a duration such as \"2s\"";

/// What is measured, if the file says so.
pub(super) fn read(reader: &mut Reader<'_>, root: &View<'_>, stage: &Stage) -> Option<Measure> {
    reader.enter(KeyPath::root().key("measure"));
    let (path, entry) = root.get("measure")?;
    for (key, why) in [
        ("horizon", "an episode is as long as its warm_up, spread and within together"),
        ("warm_up", "its episodes have one of their own, in [measure]"),
        ("nemesis", "its faults are chosen to break the protocol, and nothing can be measured under them"),
    ] {
        if let Some((path, entry)) = root.get(key) {
            let message = format!("`{path}` has no place in a file that measures: {why}");
            reader.report(Diagnostic::new(entry.key_span.clone(), message));
        }
    }
    let view = reader.table(path, entry, &KEYS)?;
    let what = fault(reader, &view, stage);
    let warm_up = duration(reader, &view, "warm_up", Duration::seconds(2.0));
    let spread = duration(reader, &view, "spread", Duration::seconds(1.0));
    let within = duration(reader, &view, "within", Duration::seconds(10.0));
    let lasts = match view.get("lasts") {
        Some((path, entry)) => reader.law(&path, &entry.node),
        // For as long as anybody looks.
        None => within.map(Law::constant),
    };
    let (what, warm_up, spread, within, lasts) = (what?, warm_up?, spread?, within?, lasts?);
    if within.is_zero() {
        let (path, entry) = view.get("within")?;
        let message = format!("`{path}` must be longer than nothing");
        reader.report(Diagnostic::new(entry.node.span.clone(), message));
        return None;
    }
    let measure = Measure { injection: Injection { what, warm_up, spread, lasts }, within };
    if measure.length().span() >= Span::FOREVER {
        let message = "this is longer than simulated time can be".to_owned();
        reader.report(Diagnostic::new(view.span.clone(), message));
        return None;
    }
    Some(measure)
}

fn duration(reader: &mut Reader<'_>, view: &View<'_>, key: &str, unless_said: Duration) -> Option<Duration> {
    match view.get(key) {
        Some((path, entry)) => reader.quantity(&path, &entry.node, DURATION),
        None => Some(unless_said),
    }
}

fn fault(reader: &mut Reader<'_>, view: &View<'_>, stage: &Stage) -> Option<Injected> {
    let (path, entry) = reader.required(view, "fault", "\"leader-crash\"")?;
    let name = reader.text(&path, &entry.node)?;
    let Some(what) = Injected::named(name) else {
        let names = Injected::ALL.map(Injected::name);
        let help = match nearest(name, names.into_iter()) {
            Some(near) => format!("did you mean {near:?}?"),
            None => format!("write one of {}", names.join(", ")),
        };
        let message = format!("{name:?} is no fault that can be injected");
        reader.report(Diagnostic::new(entry.node.span.clone(), message).help(help));
        return None;
    };
    if what == Injected::SiteLoss && stage.network.sites().next().is_none() {
        let message = "a site cannot be lost where the network has none: all processes would be";
        let help = match stage.replicas {
            Some(_) => "spread the service over several of [site]",
            None => "write [network.sites], with how many of the processes each has",
        };
        reader.report(Diagnostic::new(entry.node.span.clone(), message).help(help));
        return None;
    }
    Some(what)
}
