//! Reads experiment files: TOML to values with their places, values to designs, and every mistake on the way.
//!
//! A file is turned into a tree of values that know their bytes. A design's overrides are written into a copy of that
//! tree before anything is made of it, so that a value is read, checked and blamed in the same way wherever it was written.

mod braces;
mod burst;
mod candidates;
mod catalog;
#[cfg(test)]
mod catalog_tests;
mod checkpoint;
mod correlation;
mod cost;
mod data;
mod designs;
mod draft;
mod environment;
mod failover;
mod faults;
mod guard;
mod hosts;
mod keys;
mod load;
mod measure;
mod measured;
mod network;
mod planned;
mod quantities;
mod reader;
mod scaling;
mod scenario;
mod settings;
mod stage;
mod study;
mod supplies;
mod systems;
mod traces;
mod tree;
mod upkeep;
mod without;

use std::path::Path;

pub use draft::Draft;
pub use study::{File, read_file};

use super::{Experiment, Logs, Report};
use crate::system::KeyPath;
use crate::units::Duration;
use candidates::Candidates;
use reader::Reader;
use tree::Table;

/// The keys that a file may have.
const KEYS: [&str; 32] = keys::joined(&[
    &SETTINGS,
    &keys::OF_SYSTEMS,
    &["network", "client", "scenario", "cost", "trace", "objective", "design", "sweep"],
]);
/// Those that stand above all tables.
const SETTINGS: [&str; 10] = [
    "title",
    "question",
    "horizon",
    "warm_up",
    "seed",
    "precision",
    "confidence",
    "trials",
    "method",
    "levels",
];

impl Experiment {
    /// Reads a file, and no logs: what plays a trace can be looked at and not be run.
    ///
    /// # Errors
    /// When it cannot be read, or is not wholly understood: all its mistakes at once.
    pub fn read(path: &Path) -> Result<Experiment, Report> {
        Experiment::read_with(path, &Logs::default())
    }

    /// Reads a file, and the logs that its traces replay.
    ///
    /// # Errors
    /// When it cannot be read, or is not wholly understood, or the same of a log: all mistakes at once.
    pub fn read_with(path: &Path, logs: &Logs) -> Result<Experiment, Report> {
        let name = path.display().to_string();
        let text = guard::read(path, &name)?;
        Experiment::parse_with(&name, &text, &logs.beside(path))
    }

    /// Reads the text of a file. The name is only for messages.
    ///
    /// ```
    /// use fivenines::experiment::Experiment;
    ///
    /// let experiment = Experiment::parse("x.toml", r#"
    /// title = "One server"
    /// horizon = "1y"
    /// seed = 1
    /// [component.server.mode.crash]
    /// fails = "mtbf 60d"
    /// restored = "90s"
    /// [service.web]
    /// runs_on = "server"
    /// "#).unwrap();
    /// assert_eq!(experiment.designs.len(), 1);
    /// ```
    ///
    /// # Errors
    /// When it is not wholly understood: all its mistakes at once.
    pub fn parse(name: &str, text: &str) -> Result<Experiment, Report> {
        Experiment::parse_with(name, text, &Logs::default())
    }

    /// Reads the text of a file, and the logs that its traces replay.
    ///
    /// # Errors
    /// When it is not wholly understood, or a log is not: all mistakes at once.
    pub fn parse_with(name: &str, text: &str, logs: &Logs) -> Result<Experiment, Report> {
        guard::check(name, text)?;
        let root = tree::parse(name, text)?;
        let mut reader = Reader::new(text);
        let experiment = read(&mut reader, root, logs);
        if reader.found.is_empty() { Ok(experiment) } else { Err(Report::new(name, text, reader.found)) }
    }
}

/// Everything but the parsing of TOML. The mistakes are left with the reader.
fn read(reader: &mut Reader<'_>, mut root: Table, logs: &Logs) -> Experiment {
    let mut found = Vec::new();
    braces::expand_names(&mut root, &mut found);
    found.into_iter().for_each(|diagnostic| reader.report(diagnostic));
    let view = reader.root(&root, &KEYS);
    let mut experiment = settings::read(reader, &view);
    for problem in experiment.check_settings() {
        // A warm-up cannot be held against a horizon that could not be read.
        let judged = [problem.path.clone(), KeyPath::root().key("horizon")];
        if !judged.iter().any(|path| reader.poisoned.contains(path)) {
            reader.report(candidates::locate(&root, problem));
        }
    }
    if reader.poisoned.contains(&KeyPath::root().key("horizon")) {
        // Nothing can be held against a horizon that could not be read.
        experiment.horizon = Duration::years(1e5);
    }
    let levels = settings::levels(reader, &view);
    let traces = traces::read(reader, &view, logs);
    let points = designs::points(reader, &view, designs::OF_SYSTEMS);
    let mut candidates = Candidates::new(reader.source(), &root, levels, &experiment, &traces).beside(logs);
    points.into_iter().for_each(|point| candidates.read(point));
    let (designs, mistakes) = candidates.done();
    mistakes.into_iter().for_each(|diagnostic| reader.report(diagnostic));
    experiment.designs = designs;
    experiment.logs = traces.rows;
    experiment
}
