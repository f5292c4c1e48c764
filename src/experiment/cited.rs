//! Where numbers come from, where some are the catalog's: each value on a line of its own.

use super::{CatalogUse, SourceLine, slot};
use crate::catalog::Amount;
use crate::random::Law;
use crate::system::{Data, Failover, KeyPath, Mode, Preventive, System};
use crate::units::Duration;

/// Where the numbers at a path are from, none of them being the catalog's.
pub(super) fn line(path: &[&str], value: String, source: Option<&String>) -> SourceLine {
    let path = path.iter().fold(KeyPath::root(), |path, key| path.key(key)).to_string();
    SourceLine { path, value, source: source.cloned(), entry: None }
}

/// The figures of a failure mode.
pub(super) fn of_mode(mode: &Mode) -> String {
    let mut value = format!("fails {}", mode.fails);
    if let Some(share) = mode.common_cause {
        value.push_str(&format!(", {share} in common"));
    }
    if let Some(stress) = mode.stress {
        value.push_str(&format!(" {stress}"));
    }
    if let Some(cascade) = &mode.cascade {
        value.push_str(&format!(", strikes each other with {}", cascade.each));
    }
    if let Some(share) = mode.slow {
        value.push_str(&format!(", works at {share} of its capacity"));
    }
    value.push_str(&format!(", restored {}", mode.restored));
    if let Some(found) = &mode.found {
        value.push_str(&format!(", found {found}"));
    }
    if let Some(without) = &mode.without {
        value.push_str(&format!(", without what it needs {without}"));
    }
    if let Some(error) = &mode.error {
        value.push_str(&format!(", error {}", error.chance));
    }
    if let Some(Preventive { age, takes }) = &mode.preventive {
        value.push_str(&format!(", replaced at {age} in {takes}"));
    }
    if mode.destroys {
        value.push_str(", destroys data");
    }
    value
}

/// Shelves of spares, and crews that have to be called.
pub(super) fn of_upkeep(system: &System) -> Vec<SourceLine> {
    let spares = system.spares.iter().map(|(name, spares)| {
        let value = format!("stock {}, lead time {}", spares.stock, spares.lead_time);
        line(&["spares", name], value, spares.source.as_ref())
    });
    let called = system.crews.iter().filter(|(_, crew)| !crew.responds.is_empty());
    let crews = called.map(|(name, crew)| {
        let responds: Vec<String> = crew.responds.iter().map(ToString::to_string).collect();
        line(&["crew", name], format!("responds {}", responds.join(", ")), crew.source.as_ref())
    });
    spares.chain(crews).collect()
}

/// What is said of a service's data where they are lost, and of each of their backups.
pub(super) fn of_data(service: &str, data: &Data) -> Vec<SourceLine> {
    let said = [("lag", &data.lag), ("decision", &data.decision), ("anew", &data.anew)];
    let said = said.iter().filter_map(|(key, law)| Some(format!("{key} {}", law.as_ref()?)));
    let said: Vec<String> = data.chunks.iter().map(ToString::to_string).chain(said).collect();
    let own = (!said.is_empty())
        .then(|| line(&["service", service, "data"], said.join(", "), data.source.as_ref()));
    let backups = data.backups.iter().map(|(name, backup)| {
        let mut value = format!("every {}, lag {}, restores {}", backup.every, backup.lag, backup.restores);
        if !backup.works.is_one() {
            value.push_str(&format!(", works {}", backup.works));
        }
        line(&["service", service, "data", "backup", name], value, backup.source.as_ref())
    });
    own.into_iter().chain(backups).collect()
}

/// More observed durations than this are told by what they are like.
const FEW: usize = 12;

/// A law as it is written, or what it is like where that is too long to read.
fn brief(law: &Law) -> String {
    let observed: Vec<Duration> = match law {
        Law::Empirical(law) => law.observed().collect(),
        _ => Vec::new(),
    };
    match (&observed[..], law.mean()) {
        ([first, .., last], Some(mean)) if observed.len() > FEW => {
            let (count, mean) = (observed.len(), Duration::from(mean.span()));
            format!("empirical of {count} times from {first} to {last}, mean {mean}")
        }
        _ => law.to_string(),
    }
}

/// The figures of a failover.
pub(super) fn of_failover(failover: &Failover) -> String {
    let mut value = format!("detect {}, switch {}", brief(&failover.detect), brief(&failover.switch));
    if !failover.covers.is_one() {
        value.push_str(&format!(", covers {}", failover.covers));
    }
    if let Some(manual) = &failover.manual {
        value.push_str(&format!(", succeeds {}, manual {manual}", failover.succeeds));
    }
    if let Some(law) = &failover.false_alarms {
        value.push_str(&format!(", false alarms {law}"));
    }
    if let Some(restart) = &failover.restart {
        value.push_str(&format!(", restart {restart}"));
    }
    if let Some(failback) = &failover.failback {
        value.push_str(&format!(", failback {} after {}", failback.switch, failback.after));
    }
    value
}

/// The line of a failure mode or a failover as it is, or where any of its values is the catalog's a line for each value.
pub(super) fn split(line: SourceLine, system: &System, uses: &[CatalogUse]) -> Vec<SourceLine> {
    let Ok(path) = line.path.parse::<KeyPath>() else { return vec![line] };
    let of_value = |path: KeyPath| {
        let value = slot::get(system, &path)?;
        let text = path.to_string();
        let used = uses.iter().find(|used| used.path == text);
        let source = used.map_or(line.source.clone(), |used| Some(used.figure.cited()));
        let entry = used.map(|used| used.entry.clone());
        let value = match &value {
            Amount::Law(law) => brief(law),
            Amount::Share(share) => share.to_string(),
        };
        Some(SourceLine { path: text, value, source, entry })
    };
    let lines: Vec<SourceLine> = slot::below(system, &path).into_iter().filter_map(of_value).collect();
    if lines.iter().any(|line| line.entry.is_some()) { lines } else { vec![line] }
}

/// What supplies have besides their modes: a line for what each does by itself, and one for its backup.
pub(super) fn of_supplies(system: &System) -> Vec<SourceLine> {
    let mut lines = Vec::new();
    for (kind, named) in [("power", &system.power), ("cooling", &system.cooling)] {
        for (name, supply) in named {
            let words = [
                ("rides through", supply.ride_through.as_ref()),
                ("recharges", supply.recharges.as_ref()),
                ("returns", supply.returns.as_ref()),
            ];
            let value = told(&words);
            if !value.is_empty() {
                lines.push(line(&[kind, name], value, supply.source.as_ref()));
            }
            let Some(backup) = &supply.backup else { continue };
            let words = [
                ("start_time", Some(&backup.start_time)),
                ("fails", Some(&backup.fails)),
                ("restored", backup.restored.as_ref()),
                ("lasts", Some(&backup.lasts)),
            ];
            let value = format!("starts {}, {}", backup.starts, told(&words));
            let source = backup.source.as_ref().or(supply.source.as_ref());
            lines.push(line(&[kind, name, "backup"], value, source));
        }
    }
    lines
}

/// Laws with their words, those that are there and ever end.
fn told(words: &[(&str, Option<&Law>)]) -> String {
    let there = words.iter().filter_map(|(word, law)| Some((word, law.filter(|law| **law != Law::Never)?)));
    there.map(|(word, law)| format!("{word} {law}")).collect::<Vec<_>>().join(", ")
}
