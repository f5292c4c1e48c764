//! Mistakes in what repairs wait for.

use super::{Checker, Problem, at};
use crate::system::scenario::Target;
use crate::system::{Body, Crew, Discipline, Found, KeyPath, Mode, Modes, Preventive, RepairError, Service};

impl<'a> Checker<'a> {
    /// What a mode of anything says of its upkeep.
    pub(super) fn upkeep(&mut self, path: &KeyPath, mode: &Mode) {
        if let Some(spares) = &mode.replaced_from
            && !self.system.spares.contains_key(spares)
        {
            let known = self.system.spares.keys().map(String::as_str);
            self.report(Problem::unknown(path.key("replaced_from"), "shelf of spares", spares, known));
        }
        match &mode.repair_needs {
            Some(what) => self.support(&path.key("repair_needs"), what),
            None if mode.without.is_some() => {
                let message = "this is how long a repair takes without what it needs, and it needs nothing";
                self.report(
                    Problem::new(path.key("without"), message)
                        .help("add repair_needs = \"SERVICE\", or a site or a domain"),
                );
            }
            None => {}
        }
        if mode.priority.is_some() {
            self.priority(&path.key("priority"), mode);
        }
        if let Some(RepairError { chance, breaks: None }) = &mode.error
            && chance.is_one()
        {
            let message = "a repair that always fails is done again for ever";
            self.report(Problem::new(path.key("error"), message));
        }
        if let Some(Preventive { age, .. }) = &mode.preventive
            && age.mean().is_some_and(|mean| mean.span().as_micros() == 0)
        {
            let message = format!("`{age}` is for ever at one instant: its mean must be above zero");
            self.report(Problem::new(path.key("preventive").key("age"), message));
        }
    }

    /// Whom a repair of a component may break.
    fn neighbours(&mut self, path: &KeyPath, kind: &str, fails: &str) {
        let system = self.system;
        let services = system.services.values().filter_map(|service| match &service.body {
            Body::Replicas { runs_on, replicas, .. } if runs_on.iter().any(|it| it == kind) => {
                Some((runs_on, *replicas))
            }
            _ => None,
        });
        let services: Vec<(&Vec<String>, u32)> = services.collect();
        let kinds = services.iter().flat_map(|(runs_on, _)| *runs_on);
        let modes = kinds.filter_map(|kind| system.components.get(kind)).flat_map(|it| it.modes.keys());
        let modes: Vec<&str> = modes.map(String::as_str).collect();
        if !modes.contains(&fails) {
            self.report(Problem::unknown(path.clone(), "failure mode", fails, modes.into_iter()));
        } else if services.iter().all(|(_, replicas)| *replicas == 1) {
            let message =
                format!("every service on `{kind}` has one replica: there is no other one to break");
            self.report(Problem::new(path.clone(), message));
        }
    }

    fn priority(&mut self, path: &KeyPath, mode: &Mode) {
        let crew = mode.repaired_by.as_ref().and_then(|name| self.system.crews.get_key_value(name));
        let message = match crew {
            Some((_, crew)) if crew.discipline.asks() => return,
            Some((name, _)) => format!("the crew `{name}` does not ask how urgent a repair is"),
            None if mode.repaired_by.is_some() => return,
            None => "nobody asks how urgent a repair is that no crew has to do".to_owned(),
        };
        let help = "give it a crew with discipline = \"priority\" or \"preemptive\"";
        self.report(Problem::new(path.clone(), message).help(help));
    }

    /// A service, a site or a domain that has to be up.
    fn support(&mut self, path: &KeyPath, what: &str) {
        let system = self.system;
        match system.supports(what)[..] {
            [_] => {}
            [] => {
                let places = system.sites.keys().chain(system.domains.keys());
                let known = places.chain(system.services.keys()).map(String::as_str);
                self.report(Problem::unknown(path.clone(), "service, site or domain", what, known));
            }
            [first, second, ..] => {
                let (first, second) = (first.kind(), second.kind());
                let message = format!("`{what}` is a {first} and a {second}");
                let help = format!("write \"{first} {what}\" or \"{second} {what}\"");
                self.report(Problem::new(path.clone(), message).help(help));
            }
        }
    }

    /// A failure of a place is noticed, and no place stands by.
    pub(super) fn no_latent_faults(&mut self, path: &KeyPath, modes: &Modes) {
        for (name, mode) in modes {
            let path = path.key("mode").key(name);
            if mode.found.is_some() {
                let message =
                    "what is down here is noticed: latent faults are for the failure modes of components";
                self.report(Problem::new(path.key("found"), message));
            }
            if mode.error.as_ref().is_some_and(|error| error.breaks.is_some()) {
                let message = "a site or domain has no other replica to break: that is for the failure modes of components";
                self.report(Problem::new(path.key("breaks"), message));
            }
            if mode.after_failover {
                let message = "what is down here has no failover to wait for: that is for the failure modes of components";
                self.report(Problem::new(path.key("after_failover"), message));
            }
            if mode.dormancy.is_some() {
                let message =
                    "a site or domain does not stand by: dormancy is for the failure modes of components";
                self.report(Problem::new(path.key("dormancy"), message));
            }
        }
    }

    /// A site is not repaired before it is up.
    pub(super) fn site_needs_others(&mut self, path: &KeyPath, site: &str, modes: &Modes) {
        for (name, mode) in modes {
            let Some(what) = &mode.repair_needs else { continue };
            let is_inside =
                |other: &str| other == site || other.strip_prefix(site).is_some_and(|it| it.starts_with('/'));
            if let [Target::Site(other)] = self.system.supports(what)[..]
                && is_inside(other)
                && mode.without.is_none()
            {
                let message = format!("`{other}` is down with `{site}`: this repair would never begin");
                self.report(Problem::new(path.key("mode").key(name).key("repair_needs"), message));
            }
        }
    }

    /// What a mode of a component says about being found and standing by.
    pub(super) fn latent_fault(&mut self, path: &KeyPath, kind: &str, mode: &Mode) {
        if let Some(Found::Every { period, .. }) = &mode.found
            && period.span().as_micros() == 0
        {
            let message =
                format!("an inspection every {period} is for ever at one instant: say a time above zero");
            self.report(Problem::new(path.key("found"), message));
        }
        if mode.found == Some(Found::AtFailover) && !self.fails_over(kind) {
            let message = format!("no service on `{kind}` fails over: this would never be found");
            let help =
                "say when it is inspected, such as found = \"every 30d\", or give the service a failover";
            self.report(Problem::new(path.key("found"), message).help(help));
        }
        if let Some(fails) = mode.error.as_ref().and_then(|error| error.breaks.as_ref()) {
            self.neighbours(&path.key("breaks"), kind, fails);
        }
        if mode.after_failover && !self.fails_over(kind) {
            let message = format!("no service on `{kind}` fails over: there is no failover to wait for");
            self.report(
                Problem::new(path.key("after_failover"), message).help("give the service a failover"),
            );
        }
        if mode.dormancy.is_some() && !self.fails_over(kind) {
            let message = format!("no service on `{kind}` fails over: none of them stands by");
            self.report(Problem::new(path.key("dormancy"), message).help("give the service a failover"));
        }
    }

    /// True where some service on a kind of component has a failover.
    fn fails_over(&self, kind: &str) -> bool {
        let runs = |service: &Service| match &service.body {
            Body::Replicas { runs_on, .. } => runs_on.iter().any(|it| it == kind),
            Body::Members(_) | Body::Voters(_) => false,
        };
        self.system.services.values().any(|service| service.failover.is_some() && runs(service))
    }

    pub(super) fn spares(&mut self) {
        for (name, spares) in &self.system.spares {
            let path = at("spares", name);
            self.name(&path, "shelf of spares", name);
            if spares.stock == 0 {
                let message = format!(
                    "the shelf `{name}` is empty for ever: what is ordered takes a place that was used up"
                );
                let help = "say how many there are, or put the vendor's time into `restored`";
                self.report(Problem::new(path.key("stock"), message).help(help));
            }
            self.home(&path, spares.per.as_ref(), "shelf");
        }
    }

    /// The level that has one of a kind in each of its sites.
    pub(super) fn home(&mut self, path: &KeyPath, per: Option<&String>, what: &str) {
        if let Some(level) = per
            && self.level(&path.key("per"), level)
            && self.places.at(level, &[]).is_empty()
        {
            let message = format!("there is no {level} to have a {what} in");
            self.report(Problem::new(path.key("per"), message));
        }
    }

    /// When a crew works, and how it comes.
    pub(super) fn duty(&mut self, path: &KeyPath, name: &str, crew: &Crew) {
        if crew.discipline == Discipline::Batch && crew.size > 1 {
            let message = format!("the crew `{name}` mends all in one visit: more people make no difference");
            self.report(Problem::new(path.key("size"), message).help("write size = 1"));
        }
        if crew.discipline == Discipline::Shared && !crew.responds.is_empty() {
            let message = format!("the crew `{name}` is always at work on everything: nobody is called");
            self.report(
                Problem::new(path.key("responds"), message)
                    .help("a crew that is called has another discipline, such as \"fifo\""),
            );
        }
        let all_hours = crew.responds.iter().position(|response| response.hours.is_none());
        match all_hours {
            None if !crew.responds.is_empty() => {
                let message = format!("nothing says how long the crew `{name}` takes at all other hours");
                let help = "add a last one without hours, { takes = \"45min\" }";
                self.report(Problem::new(path.key("responds"), message).help(help));
            }
            Some(index) if index + 1 < crew.responds.len() => {
                let message = "what comes after a response at all hours never counts";
                self.report(Problem::new(path.key("responds").index(index + 1), message));
            }
            _ => {}
        }
        if let Some(what) = &crew.works_while {
            let path = path.key("works_while");
            match self.depth(what) {
                Some(depth) => {
                    let per = crew.per.as_ref().and_then(|level| self.depth(level));
                    if per.is_none_or(|per| per < depth) {
                        let message = format!("the crew `{name}` is at no {what} of its own");
                        let help = format!("add per = \"{what}\", or name a site");
                        self.report(Problem::new(path, message).help(help));
                    }
                }
                None => {
                    self.support(&path, what);
                    self.mends_its_own(&path, name, what);
                }
            }
        }
    }

    fn depth(&self, level: &str) -> Option<usize> {
        self.system.levels.iter().position(|known| known == level)
    }

    /// A crew that works only while something is up cannot be the one that brings it back.
    fn mends_its_own(&mut self, path: &KeyPath, crew: &str, what: &str) {
        let system = self.system;
        let by_crew = |modes: &Modes| modes.values().any(|mode| mode.repaired_by.as_deref() == Some(crew));
        let mended = match system.supports(what).first() {
            Some(Target::Service(name)) => match system.services.get(*name).map(|service| &service.body) {
                Some(Body::Replicas { runs_on, .. }) => runs_on
                    .iter()
                    .find(|kind| system.components.get(*kind).is_some_and(|it| by_crew(&it.modes)))
                    .cloned(),
                _ => None,
            },
            Some(Target::Site(site)) => {
                system.sites.get(*site).filter(|body| by_crew(&body.modes)).map(|_| (*site).to_owned())
            }
            Some(Target::Domain(name)) => {
                system.domains.get(*name).filter(|domain| by_crew(&domain.modes)).map(|_| (*name).to_owned())
            }
            _ => None,
        };
        if let Some(mended) = mended {
            let message = format!(
                "the crew `{crew}` works only while `{what}` is up, and it is who repairs `{mended}`: once down, for ever down"
            );
            self.report(Problem::new(path.clone(), message).help("give one of them another crew"));
        }
    }
}
