//! Reads and checks the system of each candidate, and says each mistake once.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::ops::Range;

use super::braces;
use super::catalog;
use super::designs::{OF_SYSTEMS, Point};
use super::reader::{Reader, View};
use super::systems;
use super::traces::Traces;
use super::tree::{Node, Table, Value};
use crate::catalog::Catalog;
use crate::experiment::{CatalogUse, Design, Diagnostic, Experiment};
use crate::system::{KeyPath, LEVELS, Problem, System};

/// More different mistakes than this nobody reads at once.
const ENOUGH: usize = 200;

/// The designs read so far, and what is wrong with them.
pub(super) struct Candidates<'a> {
    source: &'a str,
    root: &'a Table,
    /// The part of it that candidates may change: copying the designs for each design would take long.
    stem: Table,
    /// Nothing where they could not be read: then no placement can be judged.
    levels: Option<Vec<String>>,
    experiment: &'a Experiment,
    traces: &'a Traces,
    /// Read when first asked for: most files do without it.
    catalog: OnceCell<Catalog>,
    designs: Vec<Design>,
    tried: usize,
    /// By place and message: the mistake, and the candidates that have it.
    mistakes: BTreeMap<(usize, usize, String), Mistake>,
}

struct Mistake {
    diagnostic: Diagnostic,
    /// The first candidates that have it, and how many do.
    names: Vec<String>,
    count: usize,
}

impl<'a> Candidates<'a> {
    pub fn new(
        source: &'a str,
        root: &'a Table,
        levels: Option<Vec<String>>,
        experiment: &'a Experiment,
        traces: &'a Traces,
    ) -> Candidates<'a> {
        let (designs, mistakes) = (Vec::new(), BTreeMap::new());
        let read = |key: &str| OF_SYSTEMS.tables.contains(&key) || key == "scenario";
        let entries = root.entries.iter().filter(|(key, _)| read(key));
        let stem = Table { entries: entries.map(|(key, entry)| (key.clone(), entry.clone())).collect() };
        let catalog = OnceCell::new();
        Candidates { source, root, stem, levels, experiment, traces, catalog, designs, tried: 0, mistakes }
    }

    /// Reads and checks one candidate.
    pub fn read(&mut self, point: Point) {
        if self.mistakes.len() >= ENOUGH {
            return;
        }
        self.tried += 1;
        let mut reader = Reader::new(self.source);
        let mut written = self.written(&point, &mut reader);
        let (system, uses) = self.system(&mut written, &mut reader);
        for diagnostic in reader.found {
            self.note(&point.name, diagnostic);
        }
        let set = point.set();
        self.designs.push(Design { name: point.name, set, system, uses });
    }

    /// The system that a tree describes, and what it has from the catalog. Its mistakes are left with the reader.
    pub fn system(&self, written: &mut Cow<'_, Table>, reader: &mut Reader<'_>) -> (System, Vec<CatalogUse>) {
        let mut uses = Vec::new();
        if catalog::may_use(self.source) {
            let catalog = self.catalog.get_or_init(Catalog::shipped);
            uses = catalog::resolve(written.to_mut(), catalog, reader);
        }
        let view = View { path: KeyPath::root(), span: start(self.root), table: written };
        let default = LEVELS.map(str::to_owned);
        let mut system = systems::read(reader, &view, self.levels.as_deref().unwrap_or(&default));
        system.traces = self.traces.traces.clone();
        reader.poisoned.extend(self.traces.unread.iter().cloned());
        if self.levels.is_some() && !reader.poisoned.contains(&KeyPath::root()) {
            let experiment = self.experiment;
            let problems = system.check().into_iter().chain(experiment.check_objective(&system));
            let problems = problems.chain(experiment.check_script(&system));
            // What could not be read has been said: what seems wrong with the rest of it may follow from that.
            let sound = |problem: &Problem| !reader.poisoned.contains(&problem.path.first(2));
            let found: Vec<Problem> = problems.filter(sound).collect();
            let place = |problem: &Problem| {
                let place = written.locate(&problem.path).or_else(|| self.root.locate(&problem.path));
                place.unwrap_or_else(|| start(self.root))
            };
            reader.found.extend(found.into_iter().map(|problem| told(place(&problem), problem)));
        }
        (system, uses)
    }

    /// What a key has for a value in a candidate, be it from the catalog.
    pub fn value(&self, point: &Point, path: &KeyPath) -> Option<Node> {
        // What is wrong here is found when the candidate is read.
        let mut reader = Reader::new(self.source);
        let mut written = self.written(point, &mut reader);
        if catalog::may_use(self.source) {
            let catalog = self.catalog.get_or_init(Catalog::shipped);
            catalog::resolve(written.to_mut(), catalog, &mut reader);
        }
        let mut segments = path.segments().iter();
        let first = written.get(segments.next()?.as_key()?)?;
        let last = segments.try_fold(&first.node, |node, segment| match &node.value {
            Value::Table(table) => Some(&table.get(segment.as_key()?)?.node),
            _ => None,
        });
        last.cloned()
    }

    /// The tree with the candidate's values written into it.
    fn written(&self, point: &Point, reader: &mut Reader<'_>) -> Cow<'_, Table> {
        if point.changes.is_empty() {
            return Cow::Borrowed(&self.stem);
        }
        let mut root = self.stem.clone();
        let mut found = point.write(&mut root, OF_SYSTEMS);
        braces::expand_names(&mut root, &mut found);
        // Not the fault of anything that will be read now: the scope is the change itself.
        reader.enter(KeyPath::root().key("set"));
        found.into_iter().for_each(|diagnostic| reader.report(diagnostic));
        reader.enter(KeyPath::root());
        Cow::Owned(root)
    }

    fn note(&mut self, name: &str, diagnostic: Diagnostic) {
        let span = diagnostic.span.clone().unwrap_or(0..0);
        let key = (span.start, span.end, diagnostic.message.clone());
        let known = self.mistakes.entry(key);
        let mistake = known.or_insert(Mistake { diagnostic, names: Vec::new(), count: 0 });
        mistake.count += 1;
        if mistake.names.len() < 2 {
            mistake.names.push(format!("`{name}`"));
        }
    }

    /// The designs, and the mistakes; those that only some designs make say which.
    pub fn done(mut self) -> (Vec<Design>, Vec<Diagnostic>) {
        self.take()
    }

    /// The same, to go on with no designs.
    pub fn take(&mut self) -> (Vec<Design>, Vec<Diagnostic>) {
        let tried = std::mem::take(&mut self.tried);
        let tell = |mistake: Mistake| {
            let mut diagnostic = mistake.diagnostic;
            if mistake.count < tried {
                let (plural, names) = (if mistake.count == 1 { "" } else { "s" }, mistake.names.join(", "));
                let more = mistake.count - mistake.names.len();
                let more = if more > 0 { format!(" and {more} more") } else { String::new() };
                diagnostic.message.push_str(&format!(" (in design{plural} {names}{more})"));
            }
            diagnostic
        };
        let mistakes = std::mem::take(&mut self.mistakes);
        (std::mem::take(&mut self.designs), mistakes.into_values().map(tell).collect())
    }
}

/// A problem of the experiment as a whole, with the place in the file that its path leads to.
pub(super) fn locate(root: &Table, problem: Problem) -> Diagnostic {
    told(root.locate(&problem.path).unwrap_or_else(|| start(root)), problem)
}

fn told(span: Range<usize>, problem: Problem) -> Diagnostic {
    Diagnostic { help: problem.help, ..Diagnostic::new(span, problem.message) }
}

/// The first key of a file: where to say what has no place.
fn start(root: &Table) -> Range<usize> {
    root.in_order().first().map_or(0..0, |(_, entry)| entry.key_span.clone())
}
