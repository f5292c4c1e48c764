//! Mistakes in services: what they run on, how many, where, and what they need.

use std::collections::BTreeSet;

use super::{Checker, Problem, at, list_of};
use crate::system::{Body, Checkpoint, Failover, KeyPath, Need, Queue, Service, Spread};

impl Service {
    /// How many components it has of its own.
    pub(super) fn components(&self) -> u64 {
        match &self.body {
            Body::Replicas { runs_on, replicas, .. } => {
                let parts = u64::from(self.part_count());
                u64::from(*replicas).saturating_mul(parts).saturating_mul(runs_on.len() as u64)
            }
            Body::Members(_) | Body::Voters(_) => 0,
        }
    }

    /// True where it runs on nothing of its own.
    pub(super) fn is_made_of_others(&self) -> bool {
        !matches!(self.body, Body::Replicas { .. })
    }
}

/// `3 replicas`, `1 member`.
fn counted(count: u32, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

impl Checker<'_> {
    pub(super) fn services(&mut self) {
        if self.system.services.is_empty() {
            let message = "there is no service, so there is nothing to be available";
            self.report(Problem::new(KeyPath::root().key("service"), message).help("add one: [service.web]"));
        }
        for (name, service) in &self.system.services {
            if self.is_full() {
                return;
            }
            let path = at("service", name);
            self.name(&path, "service", name);
            match &service.body {
                Body::Members(members) => self.members(&path, name, members),
                Body::Voters(voters) => self.voters(&path, name, voters),
                Body::Replicas { runs_on, replicas, spread, within } => {
                    self.runs_on(&path, runs_on);
                    if *replicas == 0 {
                        let message = format!("`{name}` has no replicas: it needs at least one");
                        self.report(Problem::new(path.key("replicas"), message));
                    }
                    let within_is_known = self.within(&path, within);
                    if let Spread::Over { level, over } = spread {
                        let path = path.key("spread");
                        if self.level(&path, level) && within_is_known {
                            let replicas = replicas.saturating_mul(service.part_count());
                            self.spread(&path, name, replicas, (level, *over), within);
                        }
                    }
                }
            }
            self.names_of_services(&path.key("depends_on"), name, &service.depends_on, "depends on");
            self.withouts(&path.key("without"), name, service);
            self.needs(&path, name, service);
            if let Some(failover) = &service.failover {
                self.failover(&path.key("failover"), name, service, failover);
            }
            if let Some(checkpoint) = &service.checkpoint {
                self.checkpoint(&path.key("checkpoint"), name, service, checkpoint);
            }
            if service.resync.is_some() {
                self.resync(&path.key("resync"), name, service);
            }
            if let Some(data) = &service.data {
                self.data(&path.key("data"), name, service, data);
            }
        }
    }

    fn members(&mut self, path: &KeyPath, name: &str, members: &[String]) {
        if members.is_empty() {
            let message = format!("`{name}` has no members: it needs at least one");
            self.report(Problem::new(path.key("members"), message));
        }
        self.names_of_services(&path.key("members"), name, members, "has the member");
    }

    fn voters(&mut self, path: &KeyPath, name: &str, voters: &[String]) {
        let path = path.key("voters");
        if voters.is_empty() {
            self.report(Problem::new(path.clone(), format!("`{name}` has no voters: it needs at least one")));
        }
        self.names_of_services(&path, name, voters, "has the voters");
        for (index, voter) in voters.iter().enumerate() {
            if voter != name && self.system.services.get(voter).is_some_and(Service::is_made_of_others) {
                let message =
                    format!("`{voter}` is made of other services: it has no replicas that could vote");
                self.report(
                    Problem::new(path.index(index), message).help("name the services that run on components"),
                );
            }
        }
    }

    /// How many replicas, members or voters a service has.
    fn count(&self, service: &Service) -> u32 {
        match &service.body {
            Body::Replicas { replicas, .. } => *replicas,
            Body::Members(members) => u32::try_from(members.len()).unwrap_or(u32::MAX),
            Body::Voters(voters) => {
                let replicas =
                    voters.iter().filter_map(|voter| match &self.system.services.get(voter)?.body {
                        Body::Replicas { replicas, .. } => Some(*replicas),
                        _ => None,
                    });
                replicas.fold(0, u32::saturating_add)
            }
        }
    }

    fn resync(&mut self, path: &KeyPath, name: &str, service: &Service) {
        let message = match &service.body {
            Body::Replicas { replicas: 1, .. } => format!("`{name}` has one replica: nobody is ahead of it"),
            Body::Replicas { .. } => return,
            _ => format!("`{name}` is made of other services: it has no replicas that could be stale"),
        };
        self.report(Problem::new(path.clone(), message));
    }

    fn names_of_services(&mut self, path: &KeyPath, name: &str, others: &[String], verb: &str) {
        let mut named = BTreeSet::new();
        for (index, other) in others.iter().enumerate() {
            if self.is_full() {
                return;
            }
            let path = path.index(index);
            if other == name {
                self.report(Problem::new(path, format!("`{name}` {verb} itself")));
            } else if !self.system.services.contains_key(other) {
                let services = self.system.services.keys().map(String::as_str).filter(|known| *known != name);
                self.report(Problem::unknown(path, "service", other, services));
            } else if !named.insert(other) {
                self.report(Problem::new(path, format!("`{name}` {verb} `{other}` twice")));
            }
        }
    }

    /// What a service does without is something that it depends on.
    fn withouts(&mut self, path: &KeyPath, name: &str, service: &Service) {
        for (other, without) in &service.without {
            let path = path.key(other);
            if !service.depends_on.contains(other) {
                let message = format!("`{name}` does not depend on `{other}`: it does without it anyway");
                let help = format!("add {other:?} to its `depends_on`, or leave this out");
                self.report(Problem::new(path, message).help(help));
            } else if let Some(queue) = &without.queue {
                self.queue(&path.key("queue"), name, other, queue, without.lasts.is_some());
            } else if without.lasts.is_none() && without.serves.is_zero() {
                let message =
                    format!("`{name}` serves nothing without `{other}`, and would count as up for ever");
                let help = "leave this out: without what it depends on a service is down";
                self.report(Problem::new(path.key("serves"), message).help(help));
            }
        }
    }

    /// What waits is the load of the other service, which does what it can of it.
    fn queue(&mut self, path: &KeyPath, name: &str, other: &str, queue: &Queue, lasts: bool) {
        if lasts {
            let message =
                format!("a queue says for how long `{name}` does without `{other}`, and so does `lasts`");
            self.report(Problem::new(path.clone(), message).help("leave one of the two out"));
        }
        if queue.oldest.is_none() && queue.holds.is_none() {
            let message =
                format!("nothing is too much for this queue: `{name}` would do without `{other}` for ever");
            self.report(
                Problem::new(path.clone(), message).help("add oldest = \"15min\", or holds = \"2h\""),
            );
        }
        let Some(service) = self.system.services.get(other) else { return };
        match &service.load {
            None => {
                let message = format!("what waits for `{other}` is its load, and it has none");
                self.report(Problem::new(path.clone(), message).help(format!("add [service.{other}.load]")));
            }
            Some(load) if load.down_above.is_some() => {
                let message =
                    format!("`{other}` is down while its load is too much, and what waits could not be done");
                let help = format!("say down_above = \"never\" in [service.{other}.load]");
                self.report(Problem::new(path.clone(), message).help(help));
            }
            Some(_) => {}
        }
    }

    fn checkpoint(&mut self, path: &KeyPath, name: &str, service: &Service, checkpoint: &Checkpoint) {
        if checkpoint.every.span().as_micros() == 0 {
            let message = format!("`{name}` would write checkpoints and never work");
            self.report(Problem::new(path.key("every"), message).help("write every = \"1h\""));
        }
        if service.load.is_some() || !service.without.is_empty() {
            let message = format!("`{name}` does its own work, or serves what is asked of it: not both");
            let help = "leave out `checkpoint`, or `load` and `without`";
            self.report(Problem::new(path.clone(), message).help(help));
        }
    }

    fn runs_on(&mut self, path: &KeyPath, runs_on: &[String]) {
        let path = path.key("runs_on");
        if runs_on.is_empty() {
            let message = "a replica must run on at least one component";
            self.report(Problem::new(path.clone(), message));
        }
        for (index, kind) in runs_on.iter().enumerate() {
            if self.is_full() {
                return;
            }
            let path = path.index(index);
            if !self.system.components.contains_key(kind) {
                let kinds = self.system.components.keys().map(String::as_str);
                self.report(Problem::unknown(path, "component", kind, kinds));
            }
        }
    }

    /// True when all the sites exist.
    fn within(&mut self, path: &KeyPath, within: &[String]) -> bool {
        let mut known = true;
        for (index, site) in within.iter().enumerate() {
            if !self.places.contains(site) && !self.is_full() {
                known = false;
                let sites = self.places.paths();
                let path = path.key("within").index(index);
                self.report(Problem::unknown(path, "site", site, sites.iter().map(String::as_str)));
            }
        }
        known
    }

    fn spread(
        &mut self,
        path: &KeyPath,
        name: &str,
        replicas: u32,
        (level, over): (&str, Option<u32>),
        within: &[String],
    ) {
        let sites = self.places.at(level, within);
        let found = u32::try_from(sites.len()).unwrap_or(u32::MAX);
        let allowed = if within.is_empty() { "" } else { " where it may be" };
        let (message, help) = match over {
            _ if self.places.is_empty() => (
                format!("`{name}` is spread over {level}s, but the system has no sites"),
                Some("add sites, such as [site.\"eu/a\"]".to_owned()),
            ),
            _ if found == 0 => {
                let depth = self.system.levels.iter().position(|known| known == level).unwrap_or(0) + 1;
                (
                    format!("`{name}` is spread over {level}s, but there is no {level}{allowed}"),
                    Some(format!("a {level} is a site whose path has {}", counted(depth as u32, "segment"))),
                )
            }
            Some(0) => (format!("`{name}` is spread over 0 {level}s"), None),
            Some(over) if over > found => {
                let are = if found == 1 { "is" } else { "are" };
                let sites: Vec<String> = sites.iter().take(9).map(|site| site.join("/")).collect();
                let wanted = counted(over, level);
                let sites = list_of(sites.iter().map(String::as_str), found as usize);
                (format!("`{name}` wants {wanted}, but there {are} {found}{allowed}: {sites}"), None)
            }
            Some(over) if over > replicas && replicas > 0 => {
                let (replicas, sites) = (counted(replicas, "replica"), counted(over, level));
                (format!("`{name}` has {replicas}, too few to put one in each of {sites}"), None)
            }
            _ => return,
        };
        self.report(Problem { path: path.clone(), message, help });
    }

    fn needs(&mut self, path: &KeyPath, name: &str, service: &Service) {
        let path = path.key("needs");
        let noun = match service.body {
            Body::Replicas { .. } => "replica",
            Body::Members(_) => "member",
            Body::Voters(_) => "voter",
        };
        let count = self.count(service);
        match service.needs {
            Need::Count(0) => {
                let message = format!("`{name}` needs 0 {noun}s: it would always be up");
                self.report(Problem::new(path, message));
            }
            Need::Share(share) if share.is_zero() => {
                let message = format!("`{name}` needs {share} of its capacity: it would always be up");
                self.report(Problem::new(path, message));
            }
            // Nothing at all is its own mistake.
            need if count > 0 && need.of(count) > count => {
                let message = format!(
                    "`{name}` needs {} but has only {count}: it would never be up",
                    counted(need.of(count), noun)
                );
                self.report(Problem::new(path, message));
            }
            _ => {}
        }
    }

    fn failover(&mut self, path: &KeyPath, name: &str, service: &Service, failover: &Failover) {
        if service.is_made_of_others() {
            let message =
                format!("`{name}` is made of other services: it has no leader that could fail over");
            self.report(
                Problem::new(path.clone(), message).help("give the failover to the service that leads"),
            );
        } else if self.count(service) == 1 {
            let message = format!("`{name}` has one replica: there is nothing to fail over to");
            self.report(Problem::new(path.clone(), message));
        }
        let chances = [
            ("covers", failover.covers, "does not cover failures"),
            ("succeeds", failover.succeeds, "fails"),
        ];
        for (key, chance, what) in chances {
            if !chance.is_one() && failover.manual.is_none() {
                let message = format!(
                    "the failover of `{name}` {what} with probability {}, but nothing says how long a switch by hand takes",
                    chance.complement()
                );
                let help = "add `manual`, such as manual = \"30min\"";
                self.report(Problem::new(path.key(key), message).help(help));
            }
        }
    }
}
