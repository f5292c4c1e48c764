//! Mistakes in what services keep.

use std::collections::BTreeSet;

use super::{Checker, Problem};
use crate::random::Law;
use crate::system::{Body, Data, DataBackup, KeyPath, Service};
use crate::units::Duration;

impl Checker<'_> {
    pub(super) fn data(&mut self, path: &KeyPath, name: &str, service: &Service, data: &Data) {
        let Body::Replicas { replicas, runs_on, .. } = &service.body else {
            let message =
                format!("`{name}` is made of other services: it has no replicas that could keep data");
            return self
                .report(Problem::new(path.clone(), message).help("give the data to the services below it"));
        };
        match &data.chunks {
            Some(chunks) => self.chunks(path, name, service, (data, chunks)),
            None => self.code(path, name, *replicas, data),
        }
        let kinds = runs_on.iter().filter_map(|kind| self.system.components.get(kind));
        if !kinds.flat_map(|kind| kind.modes.values()).any(|mode| mode.destroys) {
            let message = format!("nothing destroys what `{name}` keeps: it would never be lost");
            let help = "add destroys = true to a failure mode of what it runs on";
            self.report(Problem::new(path.clone(), message).help(help));
        }
        for (key, has, why) in [
            ("decision", data.decision.is_some(), "there is no backup to decide about"),
            ("written", data.written.is_some(), "only what a backup lacks is counted by it"),
        ] {
            if has && data.backups.is_empty() {
                let message = format!("`{name}` has no backup: {why}");
                self.report(Problem::new(path.key(key), message).help("add one: data.backup.NAME"));
            }
        }
        for (backup, it) in &data.backups {
            let path = path.key("backup").key(backup);
            self.name(&path, "backup", backup);
            self.data_backup(&path, name, it);
        }
    }

    /// How many copies are enough, and how an erasure code divides them.
    fn code(&mut self, path: &KeyPath, name: &str, replicas: u32, data: &Data) {
        let (needs, groups) = (data.needs.of(replicas), data.local_groups);
        if needs == 0 {
            let message = format!("what `{name}` keeps needs no copy at all: it would never be lost");
            return self.report(Problem::new(path.key("needs"), message));
        }
        if replicas > 0 && needs > replicas {
            let message =
                format!("what `{name}` keeps needs {needs} copies but has only {replicas}: always lost");
            return self.report(Problem::new(path.key("needs"), message));
        }
        if groups == 0 {
            return;
        }
        let path = path.key("local_groups");
        if needs % groups > 0 {
            let message = format!("{needs} fragments of data can't be divided evenly over {groups} groups");
            self.report(Problem::new(path, message));
        } else if replicas < needs.saturating_add(groups) {
            let parities = replicas - needs;
            let message =
                format!("`{name}` has {parities} parities, too few to give each of {groups} groups its own");
            self.report(Problem::new(path, message));
        }
    }

    fn data_backup(&mut self, path: &KeyPath, name: &str, backup: &DataBackup) {
        if backup.keeps == 0 {
            let message = "a backup of which no copy is kept restores nothing";
            self.report(Problem::new(path.key("keeps"), message));
        }
        if backup.keeps > 1 && backup.every == Duration::ZERO {
            let message = "what is always being written has one copy: the last";
            self.report(
                Problem::new(path.key("keeps"), message).help("say how often one is taken: every = \"1d\""),
            );
        }
        if backup.works.is_zero() {
            let message = "a backup that never works is none";
            self.report(Problem::new(path.key("works"), message));
        }
        if backup.restores == Law::Never {
            let message = "a restoration that never ends is none";
            self.report(Problem::new(path.key("restores"), message));
        }
        let Some(store) = &backup.kept_in else { return };
        let path = path.key("kept_in");
        let services = &self.system.services;
        match services.get(store) {
            None => {
                self.report(Problem::unknown(path, "service", store, services.keys().map(String::as_str)))
            }
            Some(service) if service.data.as_ref().is_some_and(|data| data.chunks.is_some()) => {
                let message = format!(
                    "`{store}` keeps chunks, each of which is lost by itself: no backup can be kept there"
                );
                self.report(Problem::new(path, message).help("give the backup a service of its own"));
            }
            Some(_) if self.rests_on(store, name) => {
                let message =
                    format!("`{store}` is down while `{name}` is: it could never be restored from there");
                self.report(Problem::new(path, message));
            }
            Some(_) => {}
        }
    }

    /// True where a service is another, or needs it.
    fn rests_on(&self, service: &str, other: &str) -> bool {
        let (mut seen, mut ahead) = (BTreeSet::new(), vec![service]);
        while let Some(name) = ahead.pop() {
            if name == other {
                return true;
            }
            if let Some(service) = self.system.services.get(name).filter(|_| seen.insert(name)) {
                ahead.extend(service.depends_on.iter().map(String::as_str));
            }
        }
        false
    }
}
