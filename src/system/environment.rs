//! Environments: spells in which things fail faster, such as a storm or a heat wave.

use std::fmt;

use serde::Serialize;

use super::compile::Builder;
use super::model::{Condition, Event, SystemModel};
use super::place::NONE;
use super::plan::Plan;
use super::{Demand, Scope, System};
use crate::engine::{Class, Clocks, Context};
use crate::random::{Law, Name};
use crate::units::Duration;

/// A spell that comes and goes and while it lasts makes things fail faster: a storm, a heat wave, a season of bad batches.
///
/// Two states by turns, in each of which failures have a rate of their own, are a Markov-modulated failure process (Özekici
/// and Soyer, "Reliability modeling and analysis in random environments", in *Mathematical Reliability: An Expository
/// Perspective*, Springer 2004). Units that share an environment do not fail independently, although each fails by itself.
///
/// ```
/// use fivenines::random::Law;
/// use fivenines::system::{Environment, Scope};
/// use fivenines::units::Duration;
///
/// let (calm, storm) = (Law::exponential(Duration::hours(1000.0)), Law::exponential(Duration::hours(10.0)));
/// let storm = Environment::new(calm, storm, Scope::all().sites(&["eu"])).failure_factor(100.0);
/// assert_eq!(storm.failure_factor, 100.0);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Environment {
    /// Time from the start, or from the end of the last spell, to the beginning of the next.
    pub begins: Law,
    /// How long a spell is.
    pub lasts: Law,
    /// What is in it: components, and where no more than `sites` narrows it, the sites as well; where nothing does,
    /// domains too.
    #[serde(flatten)]
    pub scope: Scope,
    /// Names of the failure modes that it is about; all, where empty.
    pub modes: Vec<String>,
    /// How many times as fast the time to failure runs down while it lasts.
    pub failure_factor: f64,
    /// How many times as large the load of the services in scope is while it lasts.
    pub load_factor: f64,
    /// What comes on top of it.
    pub added_load: Option<Demand>,
    /// Who measured the numbers.
    pub source: Option<String>,
}

impl Environment {
    /// A spell that does nothing yet.
    pub fn new(begins: Law, lasts: Law, scope: Scope) -> Environment {
        Environment {
            begins,
            lasts,
            scope,
            modes: Vec::new(),
            failure_factor: 1.0,
            load_factor: 1.0,
            added_load: None,
            source: None,
        }
    }

    /// Makes what is in scope fail so many times as fast.
    #[must_use]
    pub fn failure_factor(mut self, factor: f64) -> Environment {
        self.failure_factor = factor;
        self
    }

    /// Makes it about these failure modes only.
    #[must_use]
    pub fn modes(mut self, names: &[&str]) -> Environment {
        self.modes = names.iter().map(|&name| name.to_owned()).collect();
        self
    }

    /// True where it changes how large a load is.
    pub(super) fn changes_load(&self) -> bool {
        self.load_factor != 1.0 || self.added_load.is_some()
    }

    /// Says who measured the numbers.
    #[must_use]
    pub fn source(mut self, source: &str) -> Environment {
        self.source = Some(source.to_owned());
        self
    }
}

/// `begins mean 30d, lasts mean 6h, failures times 10`.
impl fmt::Display for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "begins {}, lasts {}", self.begins, self.lasts)?;
        if self.failure_factor != 1.0 {
            write!(f, ", failures times {}", self.failure_factor)?;
        }
        if self.load_factor != 1.0 {
            write!(f, ", load times {}", self.load_factor)?;
        }
        self.added_load.map_or(Ok(()), |load| write!(f, ", load plus {load}"))
    }
}

impl System {
    /// Adds an environment.
    #[must_use]
    pub fn environment(mut self, name: &str, environment: Environment) -> System {
        self.environments.insert(name.to_owned(), environment);
        self
    }
}

/// A compiled environment.
#[derive(Clone, Debug)]
pub(super) struct EnvironmentPlan {
    pub name: String,
    pub begins: Law,
    pub lasts: Law,
    pub failure_factor: f64,
    /// The modes that it changes, in order.
    pub reach: Vec<u32>,
    /// The class of downtime that ends with it, or [`NONE`] where it changes no load.
    pub cause: u32,
}

impl EnvironmentPlan {
    /// Share of the time that it lasts, in the long run.
    fn share(&self) -> f64 {
        let mean = |law: &Law| law.mean().map_or(f64::INFINITY, Duration::secs);
        let (calm, spell) = (mean(&self.begins), mean(&self.lasts));
        if spell.is_infinite() { 1.0 } else { spell / (calm + spell) }
    }
}

impl Plan {
    /// For each mode, how many times as fast it fails on average over the spells, as if they were independent of all else.
    pub fn mean_failure_factors(&self) -> Vec<f64> {
        let mut factors = vec![1.0; self.modes.len()];
        for environment in &self.environments {
            let mean = 1.0 + environment.share() * (environment.failure_factor - 1.0);
            environment.reach.iter().for_each(|&mode| factors[mode as usize] *= mean);
        }
        factors
    }
}

impl Builder<'_> {
    /// Makes the environments.
    pub fn environments(&mut self) {
        for (name, environment) in &self.system.environments {
            let Scope { sites, components, services, replicas } = &environment.scope;
            let narrow = !(components.is_empty() && services.is_empty() && replicas.is_empty());
            let places = match (narrow, sites.is_empty()) {
                (true, _) => Vec::new(),
                (false, true) => (0..self.plan.places).collect(),
                (false, false) => self.sites_in(sites),
            };
            let components = self.in_scope(&environment.scope).into_iter();
            let units = places.into_iter().chain(components.map(|component| self.plan.places + component));
            let meant = |&mode: &u32| {
                environment.modes.is_empty()
                    || environment.modes.iter().any(|name| name == self.plan.mode_name(mode))
            };
            let reach: Vec<u32> = units.flat_map(|unit| self.plan.modes_of(unit)).filter(meant).collect();
            self.plan.environments.push(EnvironmentPlan {
                name: name.clone(),
                // A script alone: no spell comes of itself.
                begins: if self.system.scenario.random_faults {
                    environment.begins.clone()
                } else {
                    Law::Never
                },
                lasts: environment.lasts.clone(),
                failure_factor: environment.failure_factor,
                reach,
                cause: NONE,
            });
        }
    }

    /// The named sites and those inside them.
    fn sites_in(&self, paths: &[String]) -> Vec<u32> {
        let tree = &self.plan.tree;
        let meant = |&site: &u32| tree.around(site).any(|it| paths.contains(&tree.sites[it as usize].path));
        (0..self.plan.sites()).filter(meant).collect()
    }
}

impl SystemModel {
    /// A clock for each environment.
    pub(super) fn environment_clocks(&self, clocks: &mut Clocks) {
        for environment in &self.plan.environments {
            clocks.clock(Name::new("environment").child(&environment.name), Class::Control);
        }
    }

    pub(super) fn start_environments(&self, cx: &mut Context<Event>) {
        for (number, environment) in (0..).zip(&self.plan.environments) {
            let clock = self.plan.blocks.environments.clock(number);
            cx.set(clock, &environment.begins, Event::Environment(number));
        }
    }

    /// A spell begins or is over.
    pub(super) fn environment_turns(&mut self, number: u32, cx: &mut Context<Event>) {
        let plan = self.plan.clone();
        let environment = &plan.environments[number as usize];
        let on = &mut self.spells[number as usize];
        *on = !*on;
        let next = if *on { &environment.lasts } else { &environment.begins };
        cx.set(plan.blocks.environments.clock(number), next, Event::Environment(number));
        for &mode in &environment.reach {
            if self.modes[mode as usize] == Condition::Works {
                self.retime_failure(mode, cx);
            }
        }
        if environment.cause != NONE {
            self.surge_turns(number);
        }
    }

    /// What the spells that last make of a mode's tempo.
    pub(super) fn spell_factor(&self, mode: u32) -> f64 {
        let lasting = self.plan.environments.iter().zip(&self.spells).filter(|(_, on)| **on);
        let reaching = lasting.filter(|(environment, _)| environment.reach.binary_search(&mode).is_ok());
        // In their order, so that the same spells make the same factor to the last bit.
        reaching.map(|(environment, _)| environment.failure_factor).product()
    }

    /// An environment's name, and whether a spell of it lasts.
    pub(super) fn spell(&self, number: u32) -> (&str, bool) {
        (&self.plan.environments[number as usize].name, self.spells[number as usize])
    }

    /// What people call one of the environments' clocks, by its number among them.
    pub(super) fn environment_label(&self, number: u32) -> String {
        format!("the next turn of the environment `{}`", self.plan.environments[number as usize].name)
    }
}
