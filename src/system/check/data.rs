//! Mistakes in what services keep.

use std::collections::BTreeSet;

use super::{Checker, Problem};
use crate::random::Law;
use crate::system::{Body, Data, DataBackup, KeyPath, Service};
use crate::units::Duration;

impl Checker<'_> {
    pub(super) fn data(&mut self, path: &KeyPath, name: &str, service: &Service, data: &Data) {
        let Body::Replicas { replicas, .. } = &service.body else {
            let message =
                format!("`{name}` is made of other services: it has no replicas that could keep data");
            return self
                .report(Problem::new(path.clone(), message).help("give the data to the services below it"));
        };
        match &data.chunks {
            Some(chunks) => self.chunks(path, name, service, (data, chunks)),
            None => self.code(path, name, *replicas, data),
        }
        if !self.system.destroys_data_of(service) && data.lag.is_none() {
            let message = format!("nothing destroys what `{name}` keeps: it would never be lost");
            let help = "add destroys = true to a failure mode of what it runs on, or, where replicas are behind, a lag";
            self.report(Problem::new(path.clone(), message).help(help));
        }
        if data.decision.is_some() && data.backups.is_empty() {
            let message = format!("`{name}` has no backup: there is none to decide about");
            self.report(Problem::new(path.key("decision"), message).help("add one: data.backup.NAME"));
        }
        if data.written.is_some() && data.backups.is_empty() && data.lag.is_none() {
            let message = format!(
                "`{name}` has no backup, nor replicas that are behind: only what these lack is counted by it"
            );
            let help = "add one: data.backup.NAME, or say how far they are: data.lag";
            self.report(Problem::new(path.key("written"), message).help(help));
        }
        if let Some(lag) = &data.lag {
            self.data_lag(&path.key("lag"), name, service, lag);
        }
        for (backup, it) in &data.backups {
            let path = path.key("backup").key(backup);
            self.name(&path, "backup", backup);
            self.data_backup(&path, name, it);
        }
    }

    /// How far replicas are behind whoever leads.
    fn data_lag(&mut self, path: &KeyPath, name: &str, service: &Service, lag: &Law) {
        let alone = matches!(service.body, Body::Replicas { replicas: 1, .. });
        if service.failover.is_none() || alone {
            let message =
                format!("no replica of `{name}` ever takes over: it does not matter how far they are behind");
            let help = "give it a failover and a second replica; a copy that is restored from is a backup";
            self.report(Problem::new(path.clone(), message).help(help));
        }
        if *lag == Law::Never {
            let message = "a replica that never catches up keeps no copy";
            self.report(Problem::new(path.clone(), message));
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
        if backup.lag == Law::Never {
            let message = "a backup that is never complete is none";
            self.report(Problem::new(path.key("lag"), message));
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
