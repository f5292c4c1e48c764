//! Mistakes in traces, and in what plays them.

use super::{Checker, Problem, at, grouped};
use crate::system::replay::LOGGED;
use crate::system::{Body, Component, KeyPath, Service, SiteOutage};

impl Checker<'_> {
    pub(super) fn traces(&mut self) {
        for (name, trace) in &self.system.traces {
            let path = at("trace", name);
            self.name(&path, "trace", name);
            if trace.is_absent() {
                self.report(Problem::new(path, format!("the log of the trace `{name}` is not given")));
            }
        }
        let system = self.system;
        for (kind, component) in &system.components {
            let path = at("component", kind);
            let Some(name) = &component.trace else { continue };
            match system.traces.get(name) {
                None => {
                    let names = system.traces.keys().map(String::as_str);
                    self.report(Problem::unknown(path.key("trace"), "trace", name, names));
                }
                Some(trace) if !trace.is_absent() => self.players(&path, name, trace.nodes() as u64),
                Some(_) => {}
            }
            self.player(&path, component);
        }
    }

    fn player(&mut self, path: &KeyPath, component: &Component) {
        if component.site_outage != SiteOutage::Unreachable {
            let message = "a component that plays a log goes on playing it while its site is down";
            let help = "leave site_outage out, or write site_outage = \"unreachable\"";
            self.report(Problem::new(path.key("site_outage"), message).help(help));
        }
        if component.modes.contains_key(LOGGED) {
            let message = format!("`{LOGGED}` is what the outages of a component's log are called");
            let help = "give this failure mode another name";
            self.report(Problem::new(path.key("mode").key(LOGGED), message).help(help));
        }
    }

    /// Each component has a node to itself, those of other kinds that play the same log too.
    fn players(&mut self, path: &KeyPath, trace: &str, nodes: u64) {
        let system = self.system;
        let plays = |kind: &&String| {
            system.components.get(*kind).is_some_and(|component| component.trace.as_deref() == Some(trace))
        };
        let count = |service: &Service| match &service.body {
            Body::Replicas { runs_on, .. } => {
                runs_on.iter().filter(plays).count() as u64 * u64::from(service.all_replicas())
            }
            Body::Members(_) | Body::Voters(_) => 0,
        };
        let players = system.services.values().map(count).sum::<u64>();
        if players > nodes {
            let message = format!(
                "{} components play the trace `{trace}`, which has {} nodes",
                grouped(players),
                grouped(nodes)
            );
            let help = "each plays a node of its own: say with `population` how many there are, or use fewer";
            self.report(Problem::new(path.key("trace"), message).help(help));
        }
    }
}
