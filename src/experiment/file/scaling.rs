//! How a service scales.

use super::failover::check;
use super::reader::{Reader, View};
use super::systems::{required_law, source};
use super::tree::Value;
use crate::experiment::Diagnostic;
use crate::random::Law;
use crate::system::Scaling;
use crate::units::{Duration, Probability};

const KEYS: [&str; 9] = [
    "target",
    "minimum",
    "reacts",
    "boots",
    "scales_in",
    "cooldown",
    "refused",
    "refused_in_outage",
    "source",
];

/// A table, or `none`, by which a design takes away what the file gives.
pub(super) fn read(reader: &mut Reader<'_>, view: &View<'_>) -> Option<Scaling> {
    let (path, entry) = view.get("scaling")?;
    if let Value::Text(text) = &entry.node.value {
        if text != "none" {
            let message = format!("{text:?} does not say how it scales");
            let help =
                "write { target = \"60%\", minimum = 3, reacts = \"3min\", boots = \"2min\" }, or \"none\"";
            reader.report(Diagnostic::new(entry.node.span.clone(), message).help(help));
        }
        return None;
    }
    let view = reader.table(path, entry, &KEYS)?;
    let target = reader.required(&view, "target", "\"60%\"");
    let target =
        target.and_then(|(path, entry)| reader.quantity(&path, &entry.node, "a utilization such as \"60%\""));
    let minimum = reader.required(&view, "minimum", "3");
    let minimum = minimum.and_then(|(path, entry)| reader.whole(&path, &entry.node, u64::from(u32::MAX)));
    let reacts = check(reader, &view, "reacts", "breaches");
    let boots = required_law(reader, &view, "boots", "\"2min\"");
    let scales_in = view.get("scales_in").map(|_| check(reader, &view, "scales_in", "breaches"));
    let cooldown = view
        .get("cooldown")
        .map(|(path, entry)| reader.quantity::<Duration>(&path, &entry.node, "a duration such as \"5min\""));
    let refused = chance(reader, &view, "refused");
    let refused_in_outage = chance(reader, &view, "refused_in_outage");
    let source = source(reader, &view);
    let mut scaling = Scaling::new(target?, reacts?, boots?).minimum(minimum? as u32);
    let read: Option<Option<Law>> = scales_in.map_or(Some(None), |law| law.map(Some));
    scaling.scales_in = read?;
    scaling.cooldown = cooldown.unwrap_or(Some(Duration::ZERO))?;
    scaling.refused = refused?.unwrap_or(Probability::ZERO);
    // What is refused as a rule is refused in an outage.
    scaling.refused_in_outage = refused_in_outage?.unwrap_or(scaling.refused);
    scaling.source = source;
    Some(scaling)
}

/// Nothing where it could not be read.
fn chance(reader: &mut Reader<'_>, view: &View<'_>, key: &str) -> Option<Option<Probability>> {
    let Some((path, entry)) = view.get(key) else { return Some(None) };
    reader.quantity(&path, &entry.node, "a probability such as \"20%\"").map(Some)
}
