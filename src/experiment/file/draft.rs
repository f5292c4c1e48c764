//! A file of which a value is tried out: what it is under a design, and the design with another one.

use std::path::Path;
use std::rc::Rc;

use super::candidates::Candidates;
use super::designs::{Change, OF_SYSTEMS, Point, points};
use super::reader::Reader;
use super::tree::{Node, Value};
use super::{KEYS, braces, guard, settings, traces, tree};
use crate::experiment::{Experiment, Logs, Report};
use crate::system::KeyPath;

/// An experiment file of which a value can be tried out.
///
/// ```
/// use fivenines::experiment::Draft;
///
/// let draft = Draft::parse("x.toml", r#"
/// title = "Web"
/// horizon = "1y"
/// seed = 1
/// [component.server.mode.crash]
/// fails = "mtbf 60d"
/// restored = "90s"
/// [service.web]
/// runs_on = "server"
/// replicas = 2
/// needs = "any"
/// "#).unwrap();
/// let path = "service.web.replicas".parse().unwrap();
/// assert_eq!(draft.value("as written", &path).as_deref(), Some("2"));
/// let three = draft.with("as written", &path, "3").unwrap();
/// assert_eq!(three.designs[0].set[0].1, "3");
/// assert!(draft.with("as written", &path, "many").is_err());
/// ```
#[derive(Clone, Debug)]
pub struct Draft {
    name: String,
    text: String,
    logs: Logs,
}

impl Draft {
    /// Reads a file, and the logs that its traces replay.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn read(path: &Path, logs: &Logs) -> Result<Draft, Report> {
        let name = path.display().to_string();
        let text = guard::read(path, &name)?;
        Ok(Draft { logs: logs.beside(path), ..Draft::parse(&name, &text)? })
    }

    /// Takes the text of a file. The name is only for messages.
    ///
    /// # Errors
    /// When it is far too large or too deep.
    pub fn parse(name: &str, text: &str) -> Result<Draft, Report> {
        guard::check(name, text)?;
        Ok(Draft { name: name.to_owned(), text: text.to_owned(), logs: Logs::default() })
    }

    /// The experiment as it is written.
    ///
    /// # Errors
    /// When it is not wholly understood: all its mistakes at once.
    pub fn experiment(&self) -> Result<Experiment, Report> {
        Experiment::parse_with(&self.name, &self.text, &self.logs)
    }

    /// What a key has for a value under a design, without the quotes of a text; nothing where the file, with that design,
    /// has no such key.
    pub fn value(&self, design: &str, path: &KeyPath) -> Option<String> {
        self.within(|_, candidates, points| {
            let point = points.iter().find(|point| point.name == design)?;
            Some(candidates.value(point, path)?.shown())
        })
        .ok()
        .flatten()
    }

    /// The experiment with this design alone, and another value for a key. What reads as a whole number is one, anything
    /// else is a text.
    ///
    /// # Errors
    /// When the file, with that value, is not wholly understood.
    pub fn with(&self, design: &str, path: &KeyPath, value: &str) -> Result<Experiment, Report> {
        self.within(|experiment, candidates, points| {
            let mut experiment = experiment.clone();
            let whole = !value.is_empty() && value.chars().all(|c| c.is_ascii_digit());
            let value = if whole { Value::Integer(value.to_owned()) } else { Value::Text(value.to_owned()) };
            for point in points.iter().filter(|point| point.name == design) {
                let mut point = point.clone();
                let known = point.changes.iter().position(|change| change.path == *path);
                let key_span = known.map_or(0..0, |at| point.changes[at].key_span.clone());
                let node = Rc::new(Node { span: key_span.clone(), value: value.clone() });
                point.changes.retain(|change| change.path != *path);
                point.changes.push(Change { path: path.clone(), key_span, node });
                candidates.read(point);
            }
            let (designs, mistakes) = candidates.take();
            experiment.designs = designs;
            (experiment, mistakes)
        })
        .and_then(|(experiment, mistakes)| match mistakes.is_empty() {
            true => Ok(experiment),
            false => Err(Report::new(&self.name, &self.text, mistakes)),
        })
    }

    /// Reads all but the designs, for something to be made of these.
    fn within<T>(
        &self,
        make: impl FnOnce(&Experiment, &mut Candidates<'_>, Vec<Point>) -> T,
    ) -> Result<T, Report> {
        let mut root = tree::parse(&self.name, &self.text)?;
        let mut reader = Reader::new(&self.text);
        let mut found = Vec::new();
        braces::expand_names(&mut root, &mut found);
        let view = reader.root(&root, &KEYS);
        let mut experiment = settings::read(&mut reader, &view);
        let levels = settings::levels(&mut reader, &view);
        let traces = traces::read(&mut reader, &view, &self.logs);
        let points = points(&mut reader, &view, OF_SYSTEMS);
        experiment.logs.clone_from(&traces.rows);
        let mut candidates =
            Candidates::new(&self.text, &root, levels, &experiment, &traces).beside(&self.logs);
        Ok(make(&experiment, &mut candidates, points))
    }
}
