//! Mistakes in how services are divided among their users.

use super::{Checker, Problem, at};
use crate::system::shards::Shards;
use crate::system::{Body, KeyPath, Service, System, Work};

impl Checker<'_> {
    pub(super) fn shards(&mut self) {
        let system = self.system;
        for (name, service) in &system.services {
            let Some(shards) = service.divided else { continue };
            let path = at("service", name).key(shards.key());
            if shards.count == 0 {
                let message = format!("`{name}` is in 0 {}: nobody would be served", shards.key());
                self.report(Problem::new(path, message));
                continue;
            }
            if service.is_made_of_others() {
                let message = format!("`{name}` is made of other services: divide those");
                self.report(Problem::new(path, message));
                continue;
            }
            if service.parts().is_none() {
                continue;
            }
            if !system.network.is_empty() {
                let message =
                    format!("in a network `{name}` can't be divided: where its users are is not told");
                let help = "leave out the network, or make each part a service of its own";
                self.report(Problem::new(path.clone(), message).help(help));
            }
            self.no_moving_parts(&path, name, service);
            self.cells_match(&path, name, service, shards);
            self.no_rebuild_from_itself(name, service);
        }
        self.divided_voters();
    }

    /// What each part would have to have of its own, and has not.
    fn no_moving_parts(&mut self, path: &KeyPath, name: &str, service: &Service) {
        let has = |other: &Service| other.without.values().any(|without| without.queue.is_some());
        let queued = self
            .system
            .services
            .values()
            .any(|other| other.without.get(name).is_some_and(|without| without.queue.is_some()));
        for (is_so, what) in [
            (service.scaling.is_some(), "scale"),
            (service.checkpoint.is_some(), "save its work"),
            (has(service) || queued, "have a queue"),
        ] {
            if is_so {
                let message =
                    format!("`{name}` is divided: it can't {what}, which each part would do for itself");
                self.report(Problem::new(path.clone(), message));
            }
        }
    }

    /// Cells use one cell each of what is in cells itself.
    fn cells_match(&mut self, path: &KeyPath, name: &str, service: &Service, shards: Shards) {
        for other in service.depends_on.iter().filter(|_| shards.are_cells) {
            let parts = self.system.services.get(other).and_then(Service::parts);
            let Some(its) = parts.filter(|its| its.are_cells && *its != shards) else { continue };
            let message = format!(
                "`{name}` is in {} cells and `{other}`, which it depends on, in {}: each cell needs one of its own",
                shards.count, its.count
            );
            let help = format!("write the same number, or shards = {} in `{other}`", its.count);
            self.report(Problem::new(path.clone(), message).help(help));
        }
    }

    /// A repair that needs its own service would need all of its parts.
    fn no_rebuild_from_itself(&mut self, name: &str, service: &Service) {
        let Body::Replicas { runs_on, .. } = &service.body else { return };
        for kind in runs_on {
            let Some(component) = self.system.components.get(kind) else { continue };
            for (mode, it) in &component.modes {
                let is_own = it.repair_needs.as_deref().is_some_and(|needs| {
                    needs == name || needs.strip_prefix("service ").is_some_and(|needs| needs == name)
                });
                if is_own {
                    let path = at("component", kind).key("mode").key(mode).key("repair_needs");
                    let message = format!(
                        "`{name}` is divided: a repair that needs it would wait for all of its parts"
                    );
                    self.report(Problem::new(path, message));
                }
            }
        }
    }

    /// Whose votes would those of a part be?
    fn divided_voters(&mut self) {
        let system = self.system;
        for (name, service) in &system.services {
            let Body::Voters(voters) = &service.body else { continue };
            for (index, voter) in voters.iter().enumerate() {
                if system.services.get(voter).and_then(Service::parts).is_some() {
                    let message = format!("`{voter}` is divided: its parts have no vote in common");
                    self.report(Problem::new(at("service", name).key("voters").index(index), message));
                }
            }
        }
    }

    /// Work that goes part by part is about services that have parts.
    pub(super) fn works_by_part(&mut self, path: &KeyPath, work: &Work) {
        let scope = &work.scope;
        let is_meant = |(name, service): &(&String, &Service)| match &service.body {
            Body::Replicas { runs_on, .. } => {
                (scope.services.is_empty() || scope.services.contains(name))
                    && (scope.components.is_empty() || runs_on.iter().any(|it| scope.components.contains(it)))
            }
            Body::Members(_) | Body::Voters(_) => false,
        };
        let system: &System = self.system;
        let whole = system.services.iter().filter(is_meant).find(|(_, service)| service.divided.is_none());
        if let Some((name, _)) = whole {
            let message = format!("this goes part by part, and `{name}` has neither shards nor cells");
            let help = "say with `services` which it is about, or give all of them cells";
            self.report(Problem::new(path.clone(), message).help(help));
        }
    }
}
