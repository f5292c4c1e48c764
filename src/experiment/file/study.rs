//! Reads files that name a model: experiments on protocols.

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use super::candidates::Candidates;
use super::designs::{self, Point, Settable};
use super::keys::{self, joined};
use super::reader::{Reader, View};
use super::tree::{self, Node, Table, Value};
use super::{braces, guard, hosts, measure, settings, stage, traces};
use crate::estimate::Confidence;
use crate::experiment::{
    Diagnostic, Experiment, Logs, Misread, Models, Report, Stage, Staged, Study, StudyDesign,
};
use crate::system::KeyPath;
use crate::units::text::nearest;

/// The keys that such a file may have.
const KEYS: [&str; 36] = joined(&[&OWN, &["levels"], &keys::OF_SYSTEMS, &["scenario", "trace"]]);
/// Those that are not of the system whose replicas processes run on.
const OWN: [&str; 19] = [
    "title",
    "question",
    "model",
    "horizon",
    "warm_up",
    "seed",
    "trials",
    "confidence",
    "live_within",
    "options",
    "network",
    "clients",
    "limits",
    "hosts",
    "measure",
    "fault",
    "nemesis",
    "design",
    "sweep",
];

/// What a design of a protocol may set.
const OF_PROTOCOLS: Settable =
    Settable { tables: &joined::<21>(&[&["clients"], &BARE, &keys::OF_SYSTEMS]), bare: &BARE };
/// Tables whose keys are no things with names.
const BARE: [&str; 6] = ["options", "network", "limits", "hosts", "nemesis", "measure"];

/// Trials of a design where the file does not say.
const TRIALS: u64 = 100;

/// What a file is about.
///
/// ```
/// use fivenines::experiment::{File, Models};
///
/// let text = r#"
/// title = "Raft"
/// model = "raff"
/// horizon = "1min"
/// seed = 1
/// network.within.latency = "1ms"
/// "#;
/// let report = File::parse("x.toml", text, &Default::default(), &Models::new()).unwrap_err();
/// assert_eq!(report.diagnostics()[0].message, "there is no model `raff`");
/// ```
#[derive(Clone, Debug)]
pub enum File {
    /// Systems.
    Experiment(Box<Experiment>),
    /// A protocol.
    Study(Box<Study>),
}

/// Reads a file of either kind.
///
/// # Errors
/// When it cannot be read, or is not wholly understood: all its mistakes at once.
pub fn read_file(path: &Path, logs: &Logs, models: &Models) -> Result<File, Report> {
    let name = path.display().to_string();
    let text = guard::read(path, &name)?;
    File::parse(&name, &text, &logs.beside(path), models)
}

impl File {
    /// Reads the text of a file. The name is only for messages.
    ///
    /// # Errors
    /// When it is not wholly understood: all its mistakes at once.
    pub fn parse(name: &str, text: &str, logs: &Logs, models: &Models) -> Result<File, Report> {
        guard::check(name, text)?;
        let root = tree::parse(name, text)?;
        if root.get("model").is_none() {
            return Experiment::parse_with(name, text, logs).map(|read| File::Experiment(Box::new(read)));
        }
        let mut reader = Reader::new(text);
        let study = read(&mut reader, root, models, logs);
        match study {
            Some(study) if reader.found.is_empty() => Ok(File::Study(Box::new(study))),
            _ => Err(Report::new(name, text, reader.found)),
        }
    }
}

/// Everything but the parsing of TOML. The mistakes are left with the reader.
fn read(reader: &mut Reader<'_>, mut root: Table, models: &Models, logs: &Logs) -> Option<Study> {
    let mut found = Vec::new();
    braces::expand_names(&mut root, &mut found);
    found.into_iter().for_each(|diagnostic| reader.report(diagnostic));
    let root = &root;
    let view = reader.root(root, &KEYS);
    let common = settings::read(reader, &view);
    let mut trials = if view.get("measure").is_some() { measure::EPISODES } else { TRIALS };
    if let Some((path, entry)) = view.get("trials") {
        trials = reader.whole(&path, &entry.node, u64::MAX).unwrap_or(trials);
        if trials == 0 {
            reader.not(&path, &entry.node, "a whole number from 1 on");
        }
    }
    check_times(reader, &view, &common);
    let confidence = Confidence::new(common.confidence.value()).ok();
    if confidence.is_none()
        && let Some((path, entry)) = view.get("confidence")
    {
        reader.not(&path, &entry.node, "between 0 and 1, both excluded");
    }
    let model = model(reader, &view, models)?;
    let points = designs::points(reader, &view, OF_PROTOCOLS);
    let on_replicas = hosts::are_replicas(reader, root);
    let levels = settings::levels(reader, &view);
    let traces = traces::read(reader, &view, logs);
    let absent = traces.traces.iter().filter(|(_, trace)| trace.is_absent());
    let unread = absent.map(|(name, _)| name.clone()).collect();
    let systems = Candidates::new(reader.source(), root, levels, &common, &traces).beside(logs);
    let systems = on_replicas.then_some(&systems);
    let (mut designs, mut told) = (Vec::new(), BTreeSet::new());
    let mut clients = Vec::new();
    for point in points {
        let mut inner = Reader::new(reader.source());
        let design = design(&mut inner, (root, systems), &point, (model, models), &mut clients);
        for diagnostic in inner.found {
            let span = diagnostic.span.clone().unwrap_or(0..0);
            // What is wrong with the file is wrong in every design of it.
            if told.insert((span.start, span.end, diagnostic.message.clone())) {
                reader.report(diagnostic);
            }
        }
        designs.extend(design);
    }
    let longest = designs.iter().filter_map(|it| Some(it.measure.as_ref()?.length()));
    Some(Study {
        title: common.title.clone(),
        question: common.question.clone(),
        model: model.to_owned(),
        horizon: longest.fold(None, |most, length| most.max(Some(length))).unwrap_or(common.horizon),
        warm_up: common.warm_up,
        seed: common.seed,
        trials,
        confidence: confidence?,
        clients,
        unread,
        designs,
    })
}

/// The horizon takes some time, and the warm-up not all of it.
fn check_times(reader: &mut Reader<'_>, view: &View<'_>, common: &Experiment) {
    if common.horizon.is_zero()
        && let Some((path, entry)) = view.get("horizon")
    {
        reader.report(Diagnostic::new(
            entry.node.span.clone(),
            format!("`{path}` must be longer than nothing"),
        ));
    }
    if let Some((path, entry)) = view.get("warm_up")
        && common.warm_up >= common.horizon
        && !reader.poisoned.contains(&KeyPath::root().key("horizon"))
    {
        let message = format!("`{path}` must be shorter than the horizon of {}", common.horizon);
        reader.report(Diagnostic::new(entry.node.span.clone(), message));
    }
}

/// The model's name, known or not.
fn model<'t>(reader: &mut Reader<'_>, root: &View<'t>, models: &Models) -> Option<&'t str> {
    let (path, entry) = root.get("model")?;
    let model = reader.text(&path, &entry.node)?;
    if models.about(model).is_none() {
        let message = format!("there is no model `{model}`");
        let names: Vec<String> = models.names().map(|name| format!("`{name}`")).collect();
        let help = match nearest(model, models.names()) {
            Some(near) => format!("did you mean `{near}`?"),
            None if names.is_empty() => "this program has none".to_owned(),
            None => format!("this program has {}", names.join(", ")),
        };
        reader.report(Diagnostic::new(entry.node.span.clone(), message).help(help));
    }
    Some(model)
}

fn design(
    reader: &mut Reader<'_>,
    (root, systems): (&Table, Option<&Candidates<'_>>),
    point: &Point,
    (model, models): (&str, &Models),
    clients: &mut Vec<String>,
) -> Option<StudyDesign> {
    let mut root = root.clone();
    let mut found = point.write(&mut root, OF_PROTOCOLS);
    braces::expand_names(&mut root, &mut found);
    found.into_iter().for_each(|diagnostic| reader.report(diagnostic));
    let replicas = systems.map(|systems| hosts::read(reader, &mut root, systems));
    let empty = Node { span: 0..0, value: Value::Table(Table::default()) };
    let options = root.get("options").map_or(empty, |entry| entry.node.clone());
    if let Some(None) = replicas {
        // What stands on these hosts cannot be looked at; what the model says of its options can.
        make(reader, (&root, &options), (model, models), &Stage::default());
        return None;
    }
    let replicas = replicas.flatten();
    let view = View { path: KeyPath::root(), span: 0..0, table: &root };
    let (hosts, sources) = replicas.map(|found| (found.hosts, found.sources)).unzip();
    let (mut stage, names) = stage::read(reader, &view, hosts);
    *clients = names;
    let measure = measure::read(reader, &view, &stage);
    stage.injection = measure.as_ref().map(|measure| measure.injection.clone());
    let staged = make(reader, (&root, &options), (model, models), &stage)?;
    stage::check(reader, &root, &stage, staged.processes());
    let adversarial = stage.nemesis.is_some();
    let said = match &options.value {
        Value::Table(table) => table.in_order(),
        _ => Vec::new(),
    };
    let options = said.into_iter().map(|(key, entry)| (key.to_owned(), entry.node.shown())).collect();
    let (name, set, sources) = (point.name.clone(), point.set(), sources.unwrap_or_default());
    Some(StudyDesign { name, set, options, adversarial, measure, sources, staged })
}

/// The protocol on its stage; a mistake in the options is shown where it is.
fn make(
    reader: &mut Reader<'_>,
    (root, options): (&Table, &Node),
    (model, models): (&str, &Models),
    stage: &Stage,
) -> Option<Arc<dyn Staged>> {
    match models.make(model, plain(options), stage)? {
        Ok(staged) => return Some(staged),
        Err(Misread::Form(error)) => reader.report(misread(options, root, &error.to_string())),
        Err(Misread::Sense(words)) => {
            let named = words.split('`').nth(1);
            reader.report(Diagnostic::new(option(options, root, named), words.clone()));
        }
    }
    None
}

/// A value as serde reads it.
fn plain(node: &Node) -> toml::Value {
    match &node.value {
        Value::Text(text) => toml::Value::String(text.clone()),
        Value::Integer(digits) => match digits.parse() {
            Ok(number) => toml::Value::Integer(number),
            Err(_) => toml::Value::String(digits.clone()),
        },
        Value::Float(text) => match text.parse() {
            Ok(number) => toml::Value::Float(number),
            Err(_) => toml::Value::String(text.clone()),
        },
        Value::Boolean(value) => toml::Value::Boolean(*value),
        Value::Other(kind) => toml::Value::String((*kind).to_owned()),
        Value::List(nodes) => toml::Value::Array(nodes.iter().map(plain).collect()),
        Value::Table(table) => {
            let entries = table.in_order().into_iter();
            toml::Value::Table(entries.map(|(key, entry)| (key.to_owned(), plain(&entry.node))).collect())
        }
    }
}

/// What a model says of its options, at the option it is about as far as its words tell.
fn misread(options: &Node, root: &Table, words: &str) -> Diagnostic {
    let said: Vec<&str> = words.lines().filter(|line| !line.trim().is_empty()).collect();
    let message = said.first().copied().unwrap_or("the options cannot be read").to_owned();
    let Value::Table(table) = &options.value else {
        return Diagnostic::new(options.span.clone(), "`options` must be a table");
    };
    // serde names an unknown field first, and the place of a wrong value in a line of its own.
    let field = |prefix: &str| words.split_once(prefix).and_then(|(_, rest)| rest.split('`').next());
    if let Some(unknown) = field("unknown field `") {
        let known: Vec<&str> = words.split('`').skip(3).step_by(2).collect();
        let help = match nearest(unknown, known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None if known.is_empty() => "this model has no options".to_owned(),
            None => format!("the options are {}", known.join(", ")),
        };
        let start = option(options, root, None);
        let span = table.get(unknown).map_or(start, |entry| entry.key_span.clone());
        return Diagnostic::new(span, format!("the model has no option `{unknown}`")).help(help);
    }
    let named = field("in `").and_then(|path| path.split('.').next());
    Diagnostic::new(option(options, root, named), message)
}

/// Where an option is, or all of them where it is not named or not written.
fn option(options: &Node, root: &Table, named: Option<&str>) -> Range<usize> {
    let value = match (&options.value, named) {
        (Value::Table(table), Some(name)) => table.get(name).map(|entry| entry.node.span.clone()),
        _ => None,
    };
    let all = || root.get("options").or(root.get("model")).map_or(0..0, |entry| entry.key_span.clone());
    value.unwrap_or_else(all)
}
