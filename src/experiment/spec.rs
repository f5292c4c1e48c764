//! What an experiment is: designs, how long and how precisely to try them, and what to ask.

use std::collections::BTreeSet;

use serde::Serialize;

use super::{SourceLine, TraceRows, cited};
use crate::catalog::Quantity;
use crate::random::Law;
use crate::system::{Client, Fault, KeyPath, Mode, Problem, System};
use crate::units::{Duration, Probability};

/// An experiment: candidate designs, and how to estimate their availability.
///
/// A file and Rust are two spellings of it; whatever a file can say can be said here, field by field.
///
/// ```
/// use fivenines::experiment::{Design, Experiment};
/// use fivenines::system::{Component, Service, System};
/// use fivenines::units::Duration;
///
/// let system = |replicas| {
///     System::new()
///         .component("server", Component::new())
///         .service("web", Service::replicas("server", replicas))
/// };
/// let mut experiment = Experiment::new("Another replica?", Duration::years(1.0), 1);
/// experiment.designs = vec![Design::new("two", system(2)), Design::new("three", system(3))];
/// assert!(experiment.check().is_empty());
///
/// experiment.warm_up = Duration::years(2.0);
/// assert_eq!(experiment.check()[0].path.to_string(), "warm_up");
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Experiment {
    /// The question in a few words.
    pub title: String,
    /// The question at length.
    pub question: Option<String>,
    /// Length of a trial, warm-up included.
    pub horizon: Duration,
    /// The start of a trial that is discarded.
    pub warm_up: Duration,
    /// What all random numbers derive from.
    pub seed: u64,
    /// Relative half-width asked of the interval of the unavailability; between 0 and 1, both excluded.
    pub precision: Probability,
    /// Confidence of every interval; between 0 and 1, both excluded.
    pub confidence: Probability,
    /// The most trials of a design; at least 1.
    pub trials: u64,
    /// How to find the availability.
    pub method: Method,
    /// What is asked for.
    pub objective: Option<Objective>,
    /// The designs to compare, the first one being the baseline.
    pub designs: Vec<Design>,
    /// How the logs that traces replay were read; nothing for traces made in Rust.
    pub logs: Vec<TraceRows>,
}

/// One candidate.
///
/// ```
/// use fivenines::experiment::Design;
/// use fivenines::system::System;
///
/// let design = Design::new("three zones", System::new());
/// assert!(design.set.is_empty());
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Design {
    /// Its name, with its place in a sweep; no two designs have the same.
    pub name: String,
    /// What it sets in the file, as path and value; nothing for a design made in Rust.
    pub set: Vec<(String, String)>,
    /// The whole system.
    pub system: System,
    /// Which of its values come from the catalog; nothing for a design made in Rust.
    pub uses: Vec<CatalogUse>,
}

/// A value of a design that is the typical value of a figure in the catalog.
///
/// ```
/// use fivenines::experiment::Experiment;
///
/// let experiment = Experiment::parse("x.toml", r#"
/// title = "One disk"
/// horizon = "1y"
/// seed = 1
/// [component.disk]
/// from = "catalog:disk/hdd"
/// [service.data]
/// runs_on = "disk"
/// "#).unwrap();
/// let [fails, restored] = &experiment.designs[0].uses[..] else { unreachable!() };
/// assert_eq!(fails.path, "component.disk.mode.failure.fails");
/// assert_eq!((fails.entry.as_str(), fails.quantity.as_str()), ("disk/hdd", "failure.fails"));
/// assert_eq!(restored.figure.typical.to_string(), "lognormal(median 24h, p95 3d)");
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CatalogUse {
    /// The path of the value in the file, such as `component.disk.mode.failure.fails`.
    pub path: String,
    /// Key of the entry.
    pub entry: String,
    /// Which of the entry's quantities: `failure.fails`; nothing for its only figure.
    pub quantity: String,
    /// The figure.
    pub figure: Quantity,
}

/// How to find the availability of a design.
///
/// ```
/// use fivenines::experiment::Method;
///
/// assert_eq!("exact".parse(), Ok(Method::Exact));
/// assert_eq!(Method::Exact.to_string(), "exact");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Method {
    /// Exactly where the design allows it, and by simulation.
    #[default]
    Auto,
    /// By simulation.
    Simulate,
    /// By solving the Markov chain, which not every design is.
    Exact,
}

/// What is asked of the designs.
///
/// ```
/// use fivenines::experiment::{Objective, Period};
///
/// let objective = Objective::new("web", "99.95% monthly").unwrap();
/// assert_eq!(objective.availability, "99.95%".parse().unwrap());
/// assert_eq!(objective.period, Period::Month);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Objective {
    /// The service it is about.
    pub service: String,
    /// The availability asked for; between 0 and 1, both excluded.
    pub availability: Probability,
    /// Over what time.
    pub period: Period,
    /// As it was written, such as `99.95% monthly`.
    pub text: String,
}

/// The time over which an objective counts.
///
/// ```
/// assert_eq!(fivenines::experiment::Period::Month.to_string(), "month");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Period {
    /// Each month of 730 hours.
    Month,
    /// Each year of 8,760 hours.
    Year,
    /// The long run.
    Ever,
}

/// Why a text is no method.
///
/// ```
/// use fivenines::experiment::Method;
///
/// let error = "exactly".parse::<Method>().unwrap_err();
/// assert_eq!(error.to_string(), "\"exactly\" is no method: write \"auto\", \"simulate\" or \"exact\"");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is no method: write \"auto\", \"simulate\" or \"exact\"")]
pub struct MethodError {
    text: String,
}

/// Why a text is no availability to ask for.
///
/// ```
/// use fivenines::experiment::{Objective, ObjectiveError};
///
/// assert_eq!(Objective::new("web", "100%"), Err(ObjectiveError::Certain { text: "100%".into() }));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ObjectiveError {
    /// Not an availability and a period.
    #[error(
        "{text:?} is no objective: write \"99.95% monthly\", \"99.95% yearly\" or, for the long run, \"99.95%\""
    )]
    Syntax {
        /// What was written.
        text: String,
    },
    /// 0% or 100%.
    #[error("{text:?} is no objective: it is met always or never, so there is nothing to estimate")]
    Certain {
        /// What was written.
        text: String,
    },
}

impl Experiment {
    /// An experiment without designs, with the settings that a file has unless it says otherwise: no warm-up, a
    /// precision of 5% at a confidence of 95%, at most 20,000 trials, the method chosen automatically, no objective.
    pub fn new(title: &str, horizon: Duration, seed: u64) -> Experiment {
        Experiment {
            title: title.to_owned(),
            question: None,
            horizon,
            warm_up: Duration::ZERO,
            seed,
            precision: Probability::new(0.05).expect("5% is a probability"),
            confidence: Probability::new(0.95).expect("95% is a probability"),
            trials: 20_000,
            method: Method::Auto,
            objective: None,
            designs: Vec::new(),
            logs: Vec::new(),
        }
    }

    /// Finds all mistakes: those of the experiment, and those of each design's system, whose message names the design.
    ///
    /// What a file gives has been checked.
    pub fn check(&self) -> Vec<Problem> {
        let mut problems = self.check_settings();
        if self.designs.is_empty() {
            problems.push(Problem::new(KeyPath::root().key("design"), "there is no design to try"));
        }
        let mut names = BTreeSet::new();
        for (index, design) in self.designs.iter().enumerate() {
            let path = KeyPath::root().key("design").index(index).key("name");
            if design.name.trim().is_empty() {
                problems.push(Problem::new(path, "a design needs a name"));
            } else if !names.insert(&design.name) {
                problems.push(Problem::new(path, format!("two designs are called `{}`", design.name)));
            }
            let found = design.system.check().into_iter().chain(self.check_objective(&design.system));
            for problem in found.chain(self.check_script(&design.system)) {
                let message = format!("{} (in design `{}`)", problem.message, design.name);
                problems.push(Problem { message, ..problem });
            }
        }
        problems
    }

    /// Mistakes that have nothing to do with a design.
    pub(super) fn check_settings(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut report = |key: &str, message: String| {
            problems.push(Problem::new(KeyPath::root().key(key), message));
        };
        if self.title.trim().is_empty() {
            report("title", "an experiment needs a title".into());
        }
        if self.horizon.span().as_micros() == 0 {
            report("horizon", format!("the horizon is {}: a trial must take some time", self.horizon));
        } else if self.horizon.span().is_forever() {
            report(
                "horizon",
                format!(
                    "a horizon of {} is longer than simulated time, which ends after 584,000 years",
                    self.horizon
                ),
            );
        } else if self.warm_up.span() >= self.horizon.span() {
            let message =
                format!("a warm-up of {} leaves nothing of a horizon of {}", self.warm_up, self.horizon);
            report("warm_up", message);
        }
        for (key, value) in [("precision", self.precision), ("confidence", self.confidence)] {
            if value.is_zero() || value.is_one() {
                report(key, format!("a {key} of {value} cannot be reached: it must lie between 0% and 100%"));
            }
        }
        if self.trials == 0 {
            report("trials", "there must be at least one trial".into());
        }
        problems
    }

    /// The mistake of asking for what a system has not.
    pub(super) fn check_objective(&self, system: &System) -> Option<Problem> {
        let objective = self.objective.as_ref()?;
        let path = KeyPath::root().key("objective").key("service");
        let services = system.services.keys().map(String::as_str);
        let is_client = system.clients.keys().any(|name| Client::service(name) == objective.service);
        let known =
            is_client || system.services.contains_key(&objective.service) || system.services.is_empty();
        (!known).then(|| Problem::unknown(path, "service", &objective.service, services))
    }

    /// Scripted faults that cannot strike before a trial is over.
    pub(super) fn check_script(&self, system: &System) -> Vec<Problem> {
        let late = |law: &Law| match law {
            Law::Constant(_) => law.mean().is_none_or(|at| at.span() >= self.horizon.span()),
            _ => law.cdf(self.horizon).is_zero(),
        };
        let faults = system.scenario.faults.iter().enumerate().filter(|(_, fault)| late(&fault.at));
        let told = |(index, fault): (usize, &Fault)| {
            let path = KeyPath::root().key("scenario").key("fault").index(index).key("at");
            let message =
                format!("`{}` is beyond the horizon of {}: it would never strike", fault.at, self.horizon);
            Problem::new(path, message)
        };
        faults.map(told).collect()
    }

    /// Where every number of every design comes from, each once.
    pub fn sources(&self) -> Vec<SourceLine> {
        let mut seen = BTreeSet::new();
        let lines = self.designs.iter().flat_map(Design::sources);
        lines
            .filter(|line| seen.insert((line.path.clone(), line.value.clone(), line.source.clone())))
            .collect()
    }
}

impl Design {
    /// Where its numbers come from: a line for each failure mode and each failover, and for each of their values where
    /// any comes from the catalog.
    pub fn sources(&self) -> Vec<SourceLine> {
        let lines = sources(&self.system).into_iter();
        lines.flat_map(|line| cited::split(line, &self.system, &self.uses)).collect()
    }

    /// A design made in a program.
    pub fn new(name: &str, system: System) -> Design {
        Design { name: name.to_owned(), set: Vec::new(), system, uses: Vec::new() }
    }
}

impl Objective {
    /// An availability such as `99.95% monthly`, `99.95% yearly`, or `99.95%` in the long run, asked of a service.
    ///
    /// # Errors
    /// When the text is something else, or asks for 0% or 100%.
    pub fn new(service: &str, text: &str) -> Result<Objective, ObjectiveError> {
        let text = text.trim();
        let (availability, period) = match text.rsplit_once(char::is_whitespace) {
            Some((availability, "monthly")) => (availability, Period::Month),
            Some((availability, "yearly")) => (availability, Period::Year),
            _ => (text, Period::Ever),
        };
        let availability: Probability =
            availability.parse().map_err(|_| ObjectiveError::Syntax { text: text.to_owned() })?;
        if availability.is_zero() || availability.is_one() {
            return Err(ObjectiveError::Certain { text: text.to_owned() });
        }
        Ok(Objective { service: service.to_owned(), availability, period, text: text.to_owned() })
    }
}

impl std::fmt::Display for Period {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(match self {
            Period::Month => "month",
            Period::Year => "year",
            Period::Ever => "ever",
        })
    }
}

impl std::fmt::Display for Method {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(match self {
            Method::Auto => "auto",
            Method::Simulate => "simulate",
            Method::Exact => "exact",
        })
    }
}

impl std::str::FromStr for Method {
    type Err = MethodError;

    fn from_str(text: &str) -> Result<Method, MethodError> {
        match text {
            "auto" => Ok(Method::Auto),
            "simulate" => Ok(Method::Simulate),
            "exact" => Ok(Method::Exact),
            _ => Err(MethodError { text: text.to_owned() }),
        }
    }
}

/// Where every number of a system comes from: a line for each failure mode and each failover.
///
/// ```
/// use fivenines::experiment::sources;
/// use fivenines::random::Law;
/// use fivenines::system::{Component, Mode, System};
///
/// let crash = Mode::new("mtbf 60d".parse().unwrap(), "90s".parse().unwrap()).source("assumption: we reboot");
/// let system = System::new().component("server", Component::new().with_mode("crash", crash));
/// let lines = sources(&system);
/// assert_eq!(lines[0].path, "component.server.mode.crash");
/// assert_eq!(lines[0].value, "fails mtbf 60d, restored 90s");
/// assert_eq!(lines[0].source.as_deref(), Some("assumption: we reboot"));
/// ```
pub fn sources(system: &System) -> Vec<SourceLine> {
    let mut lines = Vec::new();
    let mut mode = |kind: &str, owner: &str, name: &str, mode: &Mode, fallback: Option<&String>| {
        let source = mode.source.as_ref().or(fallback);
        lines.push(cited::line(&[kind, owner, "mode", name], cited::of_mode(mode), source));
    };
    for (owner, component) in &system.components {
        component
            .modes
            .iter()
            .for_each(|(name, it)| mode("component", owner, name, it, component.source.as_ref()));
    }
    for (level, modes) in &system.level_modes {
        modes.iter().for_each(|(name, it)| mode("level", level, name, it, None));
    }
    for (path, site) in &system.sites {
        site.modes.iter().for_each(|(name, it)| mode("site", path, name, it, None));
    }
    for (owner, domain) in &system.domains {
        domain.modes.iter().for_each(|(name, it)| mode("domain", owner, name, it, domain.source.as_ref()));
    }
    for (kind, named) in [("power", &system.power), ("cooling", &system.cooling)] {
        for (owner, supply) in named {
            supply.modes.iter().for_each(|(name, it)| mode(kind, owner, name, it, supply.source.as_ref()));
        }
    }
    for (name, shock) in &system.shocks {
        let value = format!("strikes {}, hits each with {}", shock.strikes, shock.each);
        lines.push(cited::line(&["shock", name], value, shock.source.as_ref()));
    }
    lines.extend(cited::of_supplies(system));
    lines.extend(cited::of_upkeep(system));
    for (name, environment) in &system.environments {
        let value = environment.to_string();
        lines.push(cited::line(&["environment", name], value, environment.source.as_ref()));
    }
    lines.extend(super::planned::sources(system));
    for (name, trace) in &system.traces {
        lines.push(cited::line(&["trace", name], trace.to_string(), trace.source.as_ref()));
    }
    for (name, service) in &system.services {
        if let Some(load) = &service.load {
            lines.push(cited::line(&["service", name, "load"], load.to_string(), load.source.as_ref()));
        }
        if let Some(checkpoint) = &service.checkpoint {
            let (value, source) = (checkpoint.to_string(), checkpoint.source.as_ref());
            lines.push(cited::line(&["service", name, "checkpoint"], value, source));
        }
        if let Some(scaling) = &service.scaling {
            let (value, source) = (scaling.to_string(), scaling.source.as_ref());
            lines.push(cited::line(&["service", name, "scaling"], value, source));
        }
        if let Some(resync) = &service.resync {
            let value = format!("takes {}, manual {}", resync.takes, resync.manual);
            lines.push(cited::line(&["service", name, "resync"], value, resync.source.as_ref()));
        }
        lines.extend(service.data.iter().flat_map(|data| cited::of_data(name, data)));
        for (on, without) in &service.without {
            let lasts = without.lasts.as_ref().map_or(String::new(), |law| format!(", for {law}"));
            let queue = without.queue.as_ref().map_or(String::new(), |queue| format!(", {queue}"));
            let value = format!("serves {}{lasts}{queue}", without.serves);
            lines.push(cited::line(&["service", name, "without", on], value, without.source.as_ref()));
        }
        let Some(failover) = &service.failover else { continue };
        let value = cited::of_failover(failover);
        lines.push(cited::line(&["service", name, "failover"], value, failover.source.as_ref()));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(change: impl FnOnce(&mut Experiment)) -> Vec<String> {
        let mut experiment = Experiment::new("t", Duration::years(1.0), 1);
        change(&mut experiment);
        experiment.check_settings().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn settings_that_make_no_sense_are_found() {
        assert_eq!(problems(|_| {}), [""; 0]);
        assert_eq!(problems(|e| e.title = " ".into()), ["title: an experiment needs a title"]);
        assert!(problems(|e| e.horizon = Duration::ZERO)[0].starts_with("horizon: the horizon is 0s"));
        assert!(problems(|e| e.horizon = Duration::years(1e9))[0].contains("longer than simulated time"));
        assert_eq!(
            problems(|e| e.warm_up = e.horizon),
            ["warm_up: a warm-up of 1y leaves nothing of a horizon of 1y"]
        );
        assert!(problems(|e| e.precision = Probability::ZERO)[0].starts_with("precision: a precision of 0%"));
        assert!(
            problems(|e| e.confidence = Probability::ONE)[0].starts_with("confidence: a confidence of 100%")
        );
        assert_eq!(problems(|e| e.trials = 0), ["trials: there must be at least one trial"]);
    }

    #[test]
    fn designs_have_different_names_and_the_service_that_is_asked_about() {
        let mut experiment = Experiment::new("t", Duration::years(1.0), 1);
        assert_eq!(experiment.check()[0].to_string(), "design: there is no design to try");
        experiment.objective = Some(Objective::new("web", "99%").unwrap());
        let system = System::new()
            .component("c", crate::system::Component::new())
            .service("wbe", crate::system::Service::replicas("c", 1));
        experiment.designs = vec![Design::new("a", system.clone()), Design::new("a", system)];
        let found: Vec<String> = experiment.check().iter().map(ToString::to_string).collect();
        assert_eq!(
            found,
            [
                "objective.service: there is no service `web`; did you mean `wbe`? (in design `a`)",
                "design[1].name: two designs are called `a`",
                "objective.service: there is no service `web`; did you mean `wbe`? (in design `a`)",
            ]
        );
    }

    #[test]
    fn an_objective_has_an_availability_and_a_period() {
        let of = |text: &str| Objective::new("web", text).map(|o| (o.availability.to_string(), o.period));
        assert_eq!(of("99.95% monthly"), Ok(("99.95%".into(), Period::Month)));
        assert_eq!(of(" 0.999  yearly "), Ok(("99.9%".into(), Period::Year)));
        assert_eq!(of("99.999%"), Ok(("99.999%".into(), Period::Ever)));
        assert!(matches!(of("99.95% weekly"), Err(ObjectiveError::Syntax { .. })));
        assert!(matches!(of("120%"), Err(ObjectiveError::Syntax { .. })));
        assert!(matches!(of("100%"), Err(ObjectiveError::Certain { .. })));
    }
}
