//! Mistakes in loads, in failures that go by them, and in what is slow.

use super::{Checker, Problem, at};
use crate::random::Law;
use crate::system::{Body, Component, Demand, KeyPath, Load, Modes, Retries, Service, SiteOutage};
use crate::units::Duration;

impl Checker<'_> {
    pub(super) fn loads(&mut self) {
        for (name, service) in &self.system.services {
            let Some(load) = &service.load else { continue };
            let path = at("service", name).key("load");
            match &service.body {
                Body::Members(_) | Body::Voters(_) => {
                    let message =
                        format!("`{name}` is made of other services: it has no capacity of its own");
                    let help = "give the load to the services that run on components";
                    self.report(Problem::new(path, message).help(help));
                }
                Body::Replicas { replicas, .. } => self.load(&path, name, f64::from(*replicas), load),
            }
        }
        self.balancing();
        self.slowness();
        self.stresses();
    }

    /// What is served where it comes from asks for sites, and a load that is not shared out by capacity for failures that do
    /// not go by it.
    fn balancing(&mut self) {
        let system = self.system;
        for (name, service) in &system.services {
            let Some(load) = service.load.as_ref().filter(|load| !load.balancing.is_weighted()) else {
                continue;
            };
            let path = at("service", name).key("load").key("balancing");
            if let Some(level) = load.balancing.level() {
                self.level(&path, level);
            }
            let Body::Replicas { runs_on, .. } = &service.body else { continue };
            let kinds = runs_on.iter().filter_map(|kind| system.components.get(kind));
            if kinds.flat_map(|kind| kind.modes.values()).any(|mode| mode.stress.is_some()) {
                let message =
                    format!("what `{name}` runs on fails by the load of all, and not by that of each");
                self.report(Problem::new(path, message).help("leave out `stress`, or `balancing`"));
            }
        }
    }

    fn load(&mut self, path: &KeyPath, name: &str, replicas: f64, load: &Load) {
        let hourly = load.by_hours.iter().map(|hourly| hourly.load);
        let mut demands = std::iter::once(load.base).chain(hourly);
        let counted = demands.clone().any(|demand| matches!(demand, Demand::Rate(_))) || self.adds_counted();
        match load.capacity {
            None if counted => {
                let message =
                    format!("the load of `{name}` is counted, but nothing says what one replica can do");
                self.report(Problem::new(path.clone(), message).help("add capacity = \"500/s\""));
                return;
            }
            Some(capacity) if capacity.per_sec() <= 0.0 => {
                let message = format!("a replica of `{name}` can do nothing: its capacity is {capacity}");
                self.report(Problem::new(path.key("capacity"), message));
                return;
            }
            Some(_) if !counted => {
                let message = format!("the load of `{name}` is a share of its capacity, whatever that is");
                let help = "write the load as \"1200/s\", or leave the capacity out";
                self.report(Problem::new(path.key("capacity"), message).help(help));
            }
            _ => {}
        }
        if let Some(retries) = &load.retries
            && !(1.0..=1e6).contains(&retries.load_factor)
        {
            let message = format!(
                "who tries again asks for more and not for less: a factor of {} does not do",
                retries.load_factor
            );
            let help = "write how many times as large the load is, such as load_factor = 3";
            self.report(Problem::new(path.key("retries").key("load_factor"), message).help(help));
        }
        if let Some(retries) = &load.retries {
            self.probes(&path.key("retries").key("probes"), retries);
        }
        let Some(limit) = load.down_above else { return };
        let share = |demand: Demand| match (demand, load.capacity) {
            (Demand::Rate(rate), Some(capacity)) => rate.per_sec() / capacity.per_sec() / replicas,
            (Demand::Rate(_), None) => 0.0,
            (Demand::Share(share), _) => share.value(),
        };
        if limit.is_zero() {
            let message = format!("`{name}` is down above {limit} of its capacity: it would never be up");
            self.report(Problem::new(path.key("down_above"), message));
        } else if demands.all(|demand| share(demand) > limit.value() * (1.0 + 1e-9)) {
            let message = format!(
                "the load of `{name}` is never below {limit} of what all its replicas can do: it would never be up"
            );
            self.report(Problem::new(path.key("base"), message));
        }
    }

    /// A breaker that probes half open.
    fn probes(&mut self, path: &KeyPath, retries: &Retries) {
        let Some(law) = &retries.probes else { return };
        if retries.breaker.is_none() {
            let message = "there is no breaker that could probe";
            let help = "say when it opens: breaker = \"20s\"";
            self.report(Problem::new(path.clone(), message).help(help));
        }
        if *law == Law::Never || *law == Law::constant(Duration::ZERO) {
            let message = "a breaker that never probes never closes, and one that always does never opens";
            let help = "write how long it waits, such as probes = \"30s\"";
            self.report(Problem::new(path.clone(), message).help(help));
        }
    }

    /// True where an environment adds a counted load.
    fn adds_counted(&self) -> bool {
        let mut added = self.system.environments.values().filter_map(|environment| environment.added_load);
        added.any(|demand| matches!(demand, Demand::Rate(_)))
    }

    /// What slows a component matters to services that count capacity.
    fn slowness(&mut self) {
        let system = self.system;
        let is_slow = |kind: &str| system.components.get(kind).is_some_and(Component::can_be_slow);
        let counts = system.services.values().any(|service| service.counts_capacity(is_slow));
        for (kind, component) in &system.components {
            for (name, mode) in component.modes.iter().filter(|(_, mode)| mode.slow.is_some()) {
                let path = at("component", kind).key("mode").key(name).key("slow");
                let share = mode.slow.expect("those that are slow were filtered");
                if share.value() < 1e-6 || share.is_one() {
                    let message = format!("a component that works at {share} of its capacity is not slow");
                    self.report(Problem::new(path, message).help("write a share between 0% and 100%"));
                } else if component.site_outage == SiteOutage::Crashes(name.clone()) {
                    let message =
                        format!("`{kind}` crashes with its site in the mode `{name}`, which only slows it");
                    self.report(Problem::new(at("component", kind).key("site_outage"), message));
                } else if !counts {
                    let message = format!("`{kind}` can be slow, but no service counts its capacity");
                    let help = "say needs = \"60% of capacity\", or give a service a load";
                    self.report(Problem::new(path, message).help(help));
                }
            }
        }
    }

    fn stresses(&mut self) {
        for (kind, component) in &self.system.components {
            for (name, mode) in &component.modes {
                let Some(stress) = mode.stress else { continue };
                let path = at("component", kind).key("mode").key(name).key("stress");
                if !(0.0..=100.0).contains(&stress.exponent) {
                    let message =
                        format!("an exponent lies between 0 and 100, and {} does not", stress.exponent);
                    self.report(Problem::new(path.key("exponent"), message));
                } else if stress.exponent == 0.0 && stress.above.is_none() {
                    let message = format!("the failures of `{kind}` in `{name}` do not go by load");
                    let help = "add exponent, such as 2, or above, such as \"80%\"";
                    self.report(Problem::new(path.clone(), message).help(help));
                }
                if stress.rated_at.is_zero() {
                    let message =
                        "nothing is a multiple of no load: the rated utilization must be above zero";
                    self.report(Problem::new(path.key("rated_at"), message));
                }
                self.has_load(&path, kind);
            }
        }
    }

    /// Reports a service without a load that runs on a kind whose failures go by it.
    fn has_load(&mut self, path: &KeyPath, kind: &str) {
        let runs_on = |service: &Service| match &service.body {
            Body::Replicas { runs_on, .. } => runs_on.iter().any(|it| it == kind),
            Body::Members(_) | Body::Voters(_) => false,
        };
        let mut services = self.system.services.iter();
        if let Some((name, _)) = services.find(|(_, service)| runs_on(service) && service.load.is_none()) {
            let message = format!("`{kind}` fails by the load of what runs on it, and `{name}` has none");
            let help = format!("add [service.{name}.load], or give `{name}` a component of its own");
            self.report(Problem::new(path.clone(), message).help(help));
        }
    }

    /// Reports what only components' modes can do.
    pub(super) fn not_of_places(&mut self, path: &KeyPath, modes: &Modes) {
        for (name, mode) in modes {
            let path = path.key("mode").key(name);
            let found = [("slow", mode.slow.is_some()), ("stress", mode.stress.is_some())];
            for (key, _) in found.into_iter().filter(|(_, is_there)| *is_there) {
                let message = format!("`{key}` is for the failure modes of components");
                self.report(Problem::new(path.key(key), message));
            }
        }
    }
}
