//! The numbers of changes, maintenance and certificates: where they come from, and each by its key.

use super::SourceLine;
use crate::catalog::Amount;
use crate::random::Law;
use crate::system::{Certificate, Change, KeyPath, Maintenance, Strategy, System, Work};
use crate::units::Probability;

/// Values of a change.
pub(super) const OF_CHANGE: [&str; 9] =
    ["every", "gap", "takes", "error", "bake", "bad", "shows_after", "detected", "rolled_back"];
/// Values of a maintenance.
pub(super) const OF_MAINTENANCE: [&str; 4] = ["every", "gap", "takes", "error"];
/// Values of a certificate.
pub(super) const OF_CERTIFICATE: [&str; 4] = ["valid", "first", "forgotten", "renewed"];

/// The place of a value.
enum Slot<'a> {
    Law(&'a mut Law),
    Share(&'a mut Probability),
}

impl Slot<'_> {
    fn amount(&self) -> Amount {
        match self {
            Slot::Law(law) => Amount::Law((*law).clone()),
            Slot::Share(share) => Amount::Share(**share),
        }
    }

    /// Puts another value there, if it is of the same kind.
    fn put(self, amount: &Amount) {
        match (self, amount) {
            (Slot::Law(slot), Amount::Law(law)) => *slot = law.clone(),
            (Slot::Share(slot), Amount::Share(share)) => *slot = *share,
            _ => {}
        }
    }
}

fn of_work<'a>(work: &'a mut Work, key: &str) -> Option<Slot<'a>> {
    match key {
        "every" => Some(Slot::Law(&mut work.every)),
        "gap" => Some(Slot::Law(&mut work.gap)),
        "takes" => Some(Slot::Law(&mut work.takes)),
        "error" => work.error.as_mut().map(|error| Slot::Share(&mut error.chance)),
        _ => None,
    }
}

fn of_change<'a>(change: &'a mut Change, key: &str) -> Option<Slot<'a>> {
    match (key, &mut change.strategy, &mut change.bad) {
        ("bake", Strategy::Canary { bake, .. }, _) => Some(Slot::Law(bake)),
        ("bad", _, Some(bad)) => Some(Slot::Share(&mut bad.chance)),
        ("shows_after", _, Some(bad)) => Some(Slot::Law(&mut bad.shows_after)),
        ("detected", _, Some(bad)) => Some(Slot::Law(&mut bad.detected)),
        ("rolled_back", _, Some(bad)) => Some(Slot::Law(&mut bad.rolled_back)),
        _ => of_work(&mut change.work, key),
    }
}

fn of_certificate<'a>(certificate: &'a mut Certificate, key: &str) -> Option<Slot<'a>> {
    match key {
        "valid" => Some(Slot::Law(&mut certificate.valid)),
        "first" => certificate.first.as_mut().map(Slot::Law),
        "forgotten" => Some(Slot::Share(&mut certificate.forgotten)),
        "renewed" => Some(Slot::Law(&mut certificate.renewed)),
        _ => None,
    }
}

/// The value of a change, a maintenance or a certificate.
pub(super) fn get(system: &System, kind: &str, name: &str, key: &str) -> Option<Amount> {
    match kind {
        "change" => Some(of_change(&mut system.changes.get(name)?.clone(), key)?.amount()),
        "maintenance" => Some(of_work(&mut system.maintenance.get(name)?.work.clone(), key)?.amount()),
        _ => Some(of_certificate(&mut system.certificates.get(name)?.clone(), key)?.amount()),
    }
}

/// Puts another value there. Where there is none, or one of another kind, nothing changes.
pub(super) fn set(system: &mut System, kind: &str, name: &str, key: &str, amount: &Amount) {
    let slot = match kind {
        "change" => system.changes.get_mut(name).and_then(|change| of_change(change, key)),
        "maintenance" => system.maintenance.get_mut(name).and_then(|it| of_work(&mut it.work, key)),
        _ => system.certificates.get_mut(name).and_then(|it| of_certificate(it, key)),
    };
    if let Some(slot) = slot {
        slot.put(amount);
    }
}

/// A line for each change, maintenance and certificate of a system.
pub(super) fn sources(system: &System) -> Vec<SourceLine> {
    let line = |kind: &str, name: &str, value: String, source: &Option<String>| SourceLine {
        path: KeyPath::root().key(kind).key(name).to_string(),
        value,
        source: source.clone(),
        entry: None,
    };
    let changes = system.changes.iter().map(|(name, change)| {
        let Change { work, bad, .. } = change;
        let mut value = said(work);
        if let Some(bad) = bad {
            value.push_str(&format!(
                ", bad {}, detected {}, rolled back {}",
                bad.chance, bad.detected, bad.rolled_back
            ));
            if let Some(changes) = change.changes {
                value.push_str(&format!(", changes {changes}"));
            }
        }
        line("change", name, value, &work.source)
    });
    let maintenance = system
        .maintenance
        .iter()
        .map(|(name, Maintenance { work, .. })| line("maintenance", name, said(work), &work.source));
    let certificates = system.certificates.iter().map(|(name, it)| {
        let value = format!("valid {}, forgotten {}, renewed {}", it.valid, it.forgotten, it.renewed);
        line("certificate", name, value, &it.source)
    });
    changes.chain(maintenance).chain(certificates).collect()
}

fn said(work: &Work) -> String {
    let mut value = format!("every {}, takes {}", work.every, work.takes);
    if let Some(error) = &work.error {
        value.push_str(&format!(", error {}", error.chance));
    }
    value
}
