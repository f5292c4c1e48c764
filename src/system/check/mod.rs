//! Finds every mistake in a system, before anything runs on it.

mod bursts;
mod chunks;
mod correlation;
mod cost;
mod crews;
mod cycles;
mod data;
mod environment;
mod load;
mod network;
mod places;
mod planned;
mod scaling;
mod scenario;
mod services;
mod shards;
mod supplies;
mod traces;
mod upkeep;

use super::{Component, KeyPath, Mode, Modes, SiteOutage, System};
use crate::units::text::nearest;
use places::Places;

/// A mistake in a system, or in an experiment on one: where it is, what it is, and what may help.
///
/// ```
/// use fivenines::system::{Service, System};
///
/// let system = System::new().service("db", Service::replicas("servr", 3));
/// let problems = system.check();
/// assert_eq!(problems[0].path.to_string(), "service.db.runs_on[0]");
/// assert_eq!(problems[0].message, "there is no component `servr`");
/// assert_eq!(problems[0].to_string(), "service.db.runs_on[0]: there is no component `servr`");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What it is about, as keys of an experiment file.
    pub path: KeyPath,
    /// What is wrong: a lowercase fragment.
    pub message: String,
    /// What to do about it, or what there is to choose from.
    pub help: Option<String>,
}

impl Problem {
    /// A mistake without advice.
    pub fn new(path: KeyPath, message: impl Into<String>) -> Problem {
        Problem { path, message: message.into(), help: None }
    }

    /// Adds advice.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Problem {
        self.help = Some(help.into());
        self
    }

    /// A name that nothing has, with the nearest one that something has, or all of them where they are few.
    pub(crate) fn unknown<'a>(
        path: KeyPath,
        kind: &str,
        name: &str,
        known: impl Iterator<Item = &'a str> + Clone,
    ) -> Problem {
        let (message, help) = unknown(kind, name, known);
        Problem { path, message, help }
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if !self.path.is_root() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.message)
    }
}

/// Message and help about a name that nothing has.
pub(crate) fn unknown<'a>(
    kind: &str,
    name: &str,
    known: impl Iterator<Item = &'a str> + Clone,
) -> (String, Option<String>) {
    let message = format!("there is no {kind} `{name}`");
    // Among thousands of names, looking at all for each of thousands of mistakes would take minutes.
    match nearest(name, known.clone().take(1000)) {
        Some(near) => (format!("{message}; did you mean `{near}`?"), None),
        None if known.clone().next().is_none() => (message, Some(format!("there is no {kind} at all"))),
        None => (message, Some(format!("there is {}", list(known)))),
    }
}

/// Names in backquotes, the first eight of them.
fn list<'a>(names: impl Iterator<Item = &'a str> + Clone) -> String {
    list_of(names.clone(), names.count())
}

/// Names in backquotes, where `count` is how many there are.
fn list_of<'a>(names: impl Iterator<Item = &'a str>, count: usize) -> String {
    let shown = if count > 8 { 7 } else { count };
    let mut names: Vec<String> = names.take(shown).map(|name| format!("`{name}`")).collect();
    if count > shown {
        names.push(format!("and {} more", grouped((count - shown) as u64)));
    }
    names.join(", ")
}

/// A count with its thousands apart.
pub(crate) fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// More components than this would not fit into memory.
const MOST_COMPONENTS: u64 = 10_000_000;

/// Deeper trees than this are mistakes.
const MOST_LEVELS: usize = 32;

impl System {
    /// Finds all mistakes: names that nothing has, numbers that make no sense, placements that cannot be made, cycles.
    ///
    /// In the order of components, levels, sites, crews, spares, domains, shocks, supplies, environments, traces, services,
    /// planned work, loads, network, clients, script, costs; empty for a system that compiles.
    pub fn check(&self) -> Vec<Problem> {
        let mut checker = Checker { system: self, places: Places::new(self), problems: Vec::new() };
        checker.levels();
        checker.components();
        checker.sites();
        checker.crews();
        checker.spares();
        checker.domains();
        checker.shocks();
        checker.supplies();
        checker.circles_of_supplies();
        checker.environments();
        checker.traces();
        checker.services();
        checker.shards();
        checker.loads();
        checker.scalings();
        checker.network();
        checker.clients();
        checker.planned();
        checker.cycles();
        checker.circles_of_repairs();
        checker.size();
        checker.waiting_crews();
        checker.scenario();
        checker.costs();
        checker.routes();
        checker.reach();
        checker.problems
    }
}

/// Collects the problems of one system.
struct Checker<'a> {
    system: &'a System,
    places: Places<'a>,
    problems: Vec<Problem>,
}

fn at(kind: &str, name: &str) -> KeyPath {
    KeyPath::root().key(kind).key(name)
}

impl Checker<'_> {
    fn report(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    /// True when nobody would read on: looking for the names nearest to thousands of unknown ones takes long.
    fn is_full(&self) -> bool {
        self.problems.len() >= 1000
    }

    /// Names become part of the names of random streams, whose segments `/` separates.
    fn name(&mut self, path: &KeyPath, kind: &str, name: &str) {
        if name.trim().is_empty() {
            self.report(Problem::new(path.clone(), format!("a {kind} needs a name")));
        } else if name.contains('/') || name.chars().any(char::is_control) {
            let message = format!(
                "a {kind} cannot be called {name:?}: its name may have no slash and no control character"
            );
            self.report(Problem::new(path.clone(), message));
        }
    }

    fn levels(&mut self) {
        let levels = &self.system.levels;
        if levels.len() > MOST_LEVELS {
            let message =
                format!("there are {} levels; {MOST_LEVELS} is the most there can be", levels.len());
            return self.report(Problem::new(KeyPath::root().key("levels"), message));
        }
        for (index, level) in levels.iter().enumerate() {
            let path = KeyPath::root().key("levels").index(index);
            self.name(&path, "level", level);
            if level == "none" {
                self.report(Problem::new(
                    path,
                    "a level cannot be called `none`: that is a spread over no level",
                ));
            } else if levels[..index].contains(level) {
                self.report(Problem::new(path, format!("the level `{level}` is named twice")));
            }
        }
        for (level, modes) in &self.system.level_modes {
            let path = at("level", level);
            self.level(&path, level);
            self.modes(&path, modes);
            self.no_common_causes(&path, modes);
            self.no_latent_faults(&path, modes);
        }
    }

    /// True when there is such a level.
    fn level(&mut self, path: &KeyPath, level: &str) -> bool {
        let known = self.system.levels.iter().any(|known| known == level);
        if !known {
            let levels = self.system.levels.iter().map(String::as_str);
            self.problems.push(Problem::unknown(path.clone(), "level", level, levels));
        }
        known
    }

    fn components(&mut self) {
        for (kind, component) in &self.system.components {
            let path = at("component", kind);
            self.name(&path, "component", kind);
            self.modes(&path, &component.modes);
            self.cascades(&path, &component.modes);
            for (name, mode) in &component.modes {
                let path = path.key("mode").key(name);
                self.common_cause(&path, mode);
                self.latent_fault(&path, kind, mode);
                self.destroys(&path, kind, mode);
            }
            self.site_outage(&path, component);
        }
    }

    fn site_outage(&mut self, path: &KeyPath, component: &Component) {
        let SiteOutage::Crashes(mode) = &component.site_outage else { return };
        if !component.modes.contains_key(mode) {
            let modes = component.modes.keys().map(String::as_str);
            self.report(Problem::unknown(path.key("site_outage"), "failure mode", mode, modes));
        }
    }

    fn modes(&mut self, path: &KeyPath, modes: &Modes) {
        for (name, mode) in modes {
            let path = path.key("mode").key(name);
            self.name(&path, "failure mode", name);
            self.mode(&path, mode);
        }
    }

    fn mode(&mut self, path: &KeyPath, mode: &Mode) {
        // Below half a microsecond a span is zero: the failure and the repair would go on for ever at one instant.
        if mode.fails.mean().is_some_and(|mean| mean.span().as_micros() == 0) {
            let message = format!("`{}` fails at once and for ever: its mean must be above zero", mode.fails);
            self.report(Problem::new(path.key("fails"), message));
        }
        if let Some(crew) = &mode.repaired_by
            && !self.system.crews.contains_key(crew)
        {
            let crews = self.system.crews.keys().map(String::as_str);
            self.report(Problem::unknown(path.key("repaired_by"), "crew", crew, crews));
        }
        self.upkeep(path, mode);
    }

    fn sites(&mut self) {
        for (site, body) in &self.system.sites {
            let path = at("site", site);
            let depth = site.split('/').count();
            let levels = &self.system.levels;
            if site.split('/').any(|segment| segment.trim().is_empty()) {
                let message = format!("{site:?} is no path of a site: it has an empty segment");
                self.report(Problem::new(path.clone(), message).help("write it as in \"eu/a\""));
            } else if depth > levels.len() {
                let message = format!(
                    "`{site}` is {depth} deep, but there are only {} levels: {}",
                    levels.len(),
                    list(levels.iter().map(String::as_str))
                );
                self.report(
                    Problem::new(path.clone(), message).help("`levels` names the depths, outermost first"),
                );
            }
            self.modes(&path, &body.modes);
            self.no_common_causes(&path, &body.modes);
            self.no_latent_faults(&path, &body.modes);
            self.site_needs_others(&path, site, &body.modes);
        }
    }

    fn crews(&mut self) {
        for (name, crew) in &self.system.crews {
            let path = at("crew", name);
            self.name(&path, "crew", name);
            if crew.size == 0 {
                let message = format!("the crew `{name}` has nobody in it: nothing would ever be repaired");
                self.report(Problem::new(path.key("size"), message));
            }
            self.home(&path, crew.per.as_ref(), "crew");
            self.duty(&path, name, crew);
        }
    }

    /// A limit that is far above what anybody simulates and far below what fills the memory.
    fn size(&mut self) {
        let counts: Vec<(u64, &String)> =
            self.system.services.iter().map(|(name, service)| (service.components(), name)).collect();
        let total = counts.iter().fold(0u64, |total, (count, _)| total.saturating_add(*count));
        if total > MOST_COMPONENTS {
            let (_, most) = counts.iter().max().expect("nothing adds up to more than the limit");
            let (total, limit) = (grouped(total), grouped(MOST_COMPONENTS));
            let message =
                format!("this system would have {total} components; {limit} is the most there can be");
            self.report(Problem::new(at("service", most).key("replicas"), message));
        }
    }
}

#[cfg(test)]
mod network_tests;
#[cfg(test)]
mod tests;
