//! Mistakes in how services scale.

use super::{Checker, Problem, at};
use crate::random::Law;
use crate::system::plan::Plan;
use crate::system::{Body, KeyPath, Scaling, Service};
use crate::units::Duration;

impl Checker<'_> {
    pub(super) fn scalings(&mut self) {
        for (name, service) in &self.system.services {
            let Some(scaling) = &service.scaling else { continue };
            let path = at("service", name).key("scaling");
            // One that is made of others has been told that it has no load.
            let Body::Replicas { replicas, .. } = &service.body else { continue };
            let Some(load) = &service.load else {
                let message = format!("`{name}` scales by its load, and has none");
                self.report(Problem::new(path, message).help(format!("add [service.{name}.load]")));
                continue;
            };
            self.scaling(&path, name, scaling, *replicas);
            if let Some(limit) = load.down_above.filter(|limit| scaling.target.value() > limit.value()) {
                let message = format!(
                    "`{name}` aims at a utilization of {}, and is down above {limit}",
                    scaling.target
                );
                self.report(Problem::new(path.key("target"), message));
            }
            let needed = service.needs.of(*replicas);
            if needed > scaling.minimum && scaling.minimum > 0 {
                let message =
                    format!("`{name}` may go down to {} of {needed} replicas that it needs", scaling.minimum);
                self.report(
                    Problem::new(path.key("minimum"), message)
                        .help("say needs = \"any\": the load says how many"),
                );
            }
            self.stateful(&path, name, service);
        }
    }

    fn scaling(&mut self, path: &KeyPath, name: &str, scaling: &Scaling, replicas: u32) {
        if scaling.target.is_zero() {
            let message = format!("`{name}` cannot aim at a utilization of {}", scaling.target);
            self.report(Problem::new(path.key("target"), message));
        }
        if scaling.minimum == 0 || scaling.minimum > replicas {
            let message = format!(
                "`{name}` has places for {replicas} replicas, and cannot have at least {}",
                scaling.minimum
            );
            let help = "`replicas` are the most that there can be, `minimum` the fewest: 1 or more";
            self.report(Problem::new(path.key("minimum"), message).help(help));
        }
        let is_refused = !scaling.refused.is_zero() || !scaling.refused_in_outage.is_zero();
        let waits = scaling.reacts != Law::constant(Duration::ZERO) || scaling.cooldown > Duration::ZERO;
        if is_refused && !waits {
            let message = format!("`{name}` would ask again for ever at one instant where it is refused");
            self.report(
                Problem::new(path.key("reacts"), message).help("write reacts = \"1min\", or a cooldown"),
            );
        }
    }

    /// What has state is not added and taken away in minutes.
    fn stateful(&mut self, path: &KeyPath, name: &str, service: &Service) {
        let votes = |other: &Service| matches!(&other.body, Body::Voters(voters) if voters.iter().any(|it| it == name));
        let why = if service.failover.is_some() {
            "has a leader"
        } else if service.resync.is_some() {
            "has replicas that catch up"
        } else if service.data.is_some() {
            "keeps data"
        } else if self.system.services.values().any(votes) {
            "has replicas that vote"
        } else {
            return;
        };
        let message = format!("`{name}` {why}: only what has no state scales");
        self.report(Problem::new(path.clone(), message));
    }

    /// Reports work on services that scale, by the plan of a system that has no other problem: what is off has no turn.
    pub(super) fn scaling_reach(&mut self, plan: &Plan) {
        for work in &plan.works {
            let services = work.targets.iter().map(|target| plan.replica_service[target.replica as usize]);
            let scaled = services
                .map(|service| &plan.services[service as usize].name)
                .find(|name| self.system.services.get(*name).is_some_and(|it| it.scaling.is_some()));
            if let Some(name) = scaled {
                let message = format!(
                    "the {} `{}` works on `{name}`, which scales: whether what is off has its turn is not modelled",
                    work.kind, work.name
                );
                self.report(
                    Problem::new(at(work.kind, &work.name), message).help("leave one of the two out"),
                );
            }
        }
    }
}
