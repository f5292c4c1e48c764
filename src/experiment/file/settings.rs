//! What a file says about the experiment as a whole.

use super::reader::{Reader, View};
use crate::experiment::{Diagnostic, Experiment, Method, Objective};
use crate::system::{KeyPath, LEVELS};
use crate::units::Duration;

const DURATION: &str = "a duration such as \"30d\" or \"1y\"";

/// The experiment without its designs. What could not be read is as if it were sound.
pub(super) fn read(reader: &mut Reader<'_>, root: &View<'_>) -> Experiment {
    let mut experiment = Experiment::new("untitled", Duration::YEAR, 1);
    let at = |reader: &mut Reader<'_>, key: &str| reader.enter(KeyPath::root().key(key));
    at(reader, "title");
    if let Some((path, entry)) = reader.required(root, "title", "\"What is to be found out\"") {
        experiment.title = reader.text(&path, &entry.node).unwrap_or("untitled").to_owned();
    }
    if let Some((path, entry)) = root.get("question") {
        experiment.question = reader.text(&path, &entry.node).map(str::to_owned);
    }
    at(reader, "horizon");
    // How long an episode of a measurement is follows from what is measured.
    let horizon = match root.get("measure") {
        None => reader.required(root, "horizon", "\"1y\""),
        Some(_) => root.get("horizon"),
    };
    if let Some((path, entry)) = horizon
        && let Some(horizon) = reader.quantity(&path, &entry.node, DURATION)
    {
        experiment.horizon = horizon;
    }
    at(reader, "warm_up");
    if let Some((path, entry)) = root.get("warm_up")
        && let Some(warm_up) = reader.quantity(&path, &entry.node, DURATION)
    {
        experiment.warm_up = warm_up;
    }
    at(reader, "seed");
    if let Some((path, entry)) = reader.required(root, "seed", "1") {
        experiment.seed = reader.whole(&path, &entry.node, u64::MAX).unwrap_or(1);
    }
    at(reader, "trials");
    if let Some((path, entry)) = root.get("trials") {
        experiment.trials = reader.whole(&path, &entry.node, u64::MAX).unwrap_or(1);
    }
    for (key, value) in [("precision", &mut experiment.precision), ("confidence", &mut experiment.confidence)]
    {
        at(reader, key);
        if let Some((path, entry)) = root.get(key)
            && let Some(read) = reader.quantity(&path, &entry.node, "a percentage such as \"5%\"")
        {
            *value = read;
        }
    }
    at(reader, "method");
    if let Some((path, entry)) = root.get("method")
        && let Some(text) = reader.text(&path, &entry.node)
    {
        match text.parse::<Method>() {
            Ok(method) => experiment.method = method,
            Err(error) => reader.report(Diagnostic::new(entry.node.span.clone(), error.to_string())),
        }
    }
    at(reader, "objective");
    experiment.objective = objective(reader, root);
    reader.enter(KeyPath::root());
    experiment
}

fn objective(reader: &mut Reader<'_>, root: &View<'_>) -> Option<Objective> {
    let (path, entry) = root.get("objective")?;
    let view = reader.table(path, entry, &["service", "availability"])?;
    let service = reader.required(&view, "service", "\"web\"");
    let service = service.and_then(|(path, entry)| reader.text(&path, &entry.node));
    let (path, entry) = reader.required(&view, "availability", "\"99.95% monthly\"")?;
    let text = reader.text(&path, &entry.node)?;
    match Objective::new(service.unwrap_or_default(), text) {
        Ok(objective) => service.is_some().then_some(objective),
        Err(error) => {
            reader.report(Diagnostic::new(entry.node.span.clone(), error.to_string()));
            None
        }
    }
}

/// The names of the depths of sites; nothing where they could not be read.
pub(super) fn levels(reader: &mut Reader<'_>, root: &View<'_>) -> Option<Vec<String>> {
    let Some((path, entry)) = root.get("levels") else {
        return Some(LEVELS.map(str::to_owned).to_vec());
    };
    let levels = reader.texts(&path, &entry.node)?;
    if levels.is_empty() {
        let message = "there is no level in this list";
        reader.report(
            Diagnostic::new(entry.node.span.clone(), message)
                .help("leave `levels` out where there are no sites"),
        );
        return None;
    }
    Some(levels)
}
