//! Mistakes in environments and cascades.

use super::{Checker, Problem, at};
use crate::system::place::NONE;
use crate::system::plan::Plan;
use crate::system::{Cascade, KeyPath, Modes};

impl Checker<'_> {
    pub(super) fn environments(&mut self) {
        for (name, environment) in &self.system.environments {
            let path = at("environment", name);
            self.name(&path, "environment", name);
            self.scope(&path, &environment.scope);
            let instant =
                |law: &crate::random::Law| law.mean().is_some_and(|mean| mean.span().as_micros() == 0);
            if instant(&environment.begins) && instant(&environment.lasts) {
                let message =
                    format!("`{name}` begins and ends at once and for ever: one must take some time");
                self.report(Problem::new(path.key("lasts"), message));
            }
            let factor = environment.failure_factor;
            self.factor(&path.key("failure_factor"), factor);
            self.factor(&path.key("load_factor"), environment.load_factor);
            if factor == 1.0 && environment.load_factor == 1.0 && environment.added_load.is_none() {
                let message = format!("the environment `{name}` changes nothing");
                let help = "add failure_factor, such as 10 for failures ten times as often, load_factor or added_load";
                self.report(Problem::new(path, message).help(help));
            }
        }
    }

    fn factor(&mut self, path: &KeyPath, factor: f64) {
        if !(factor.is_finite() && factor >= 0.0) {
            self.report(Problem::new(path.clone(), format!("a factor is 0 or more, and not {factor}")));
        }
    }

    pub(super) fn environments_reach(&mut self, plan: &Plan) {
        for (name, environment) in self.system.environments.keys().zip(&plan.environments) {
            if environment.failure_factor != 1.0 && environment.reach.is_empty() {
                let message = format!("the environment `{name}` reaches no failure mode");
                let help = "each of sites, components, services, replicas and modes narrows what is meant; together they \
                            leave nothing";
                self.report(Problem::new(at("environment", name), message).help(help));
            }
            if environment.cause == NONE && self.system.environments[name].changes_load() {
                let message = format!("the environment `{name}` reaches no service that has a load");
                self.report(Problem::new(at("environment", name), message).help("add [service.NAME.load]"));
            }
        }
    }

    pub(super) fn cascades(&mut self, path: &KeyPath, modes: &Modes) {
        for (name, mode) in modes {
            let Some(cascade) = &mode.cascade else { continue };
            let path = path.key("mode").key(name).key("cascade");
            self.cascade(&path, cascade);
        }
    }

    fn cascade(&mut self, path: &KeyPath, cascade: &Cascade) {
        if cascade.each.is_zero() {
            self.report(Problem::new(path.key("each"), "a cascade that strikes nothing: its chance is zero"));
        }
        if let Some(level) = &cascade.among {
            self.level(&path.key("among"), level);
        }
        if let Some(fails) = &cascade.fails {
            let kinds = self.system.components.values();
            let modes: Vec<&str> = kinds.flat_map(|kind| kind.modes.keys().map(String::as_str)).collect();
            if !modes.contains(&fails.as_str()) {
                let path = path.key("fails");
                self.report(Problem::unknown(path, "failure mode", fails, modes.into_iter()));
            }
        }
    }

    /// What only components' modes can do.
    pub(super) fn only_components(&mut self, path: &KeyPath, modes: &Modes) {
        self.not_of_places(path, modes);
        for (name, _) in modes.iter().filter(|(_, mode)| mode.cascade.is_some()) {
            let path = path.key("mode").key(name).key("cascade");
            let message = "a cascade is for the failure modes of components";
            let help =
                "what a site's failure does to others is said by the site around them, or by a [domain.NAME]";
            self.report(Problem::new(path, message).help(help));
        }
    }
}
