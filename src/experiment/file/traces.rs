//! Traces: what a file says about a log to replay, and the reading of that log.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use super::reader::{Reader, View};
use super::systems::{source, text};
use super::tree::Entry;
use crate::experiment::{Diagnostic, Logs, TraceRows};
use crate::fit::{Columns, Condition, Log, LogError, Mess, Moment, Order, Spans};
use crate::system::{KeyPath, Trace, unknown};
use crate::units::Span;

const KEYS: [&str; 10] =
    ["start", "end", "down", "by", "where", "population", "since", "until", "dates", "source"];
const DATE: &str = "a date such as \"2003-05-06\"";

/// What a file's traces came to.
#[derive(Default)]
pub(super) struct Traces {
    pub traces: BTreeMap<String, Trace>,
    pub rows: Vec<TraceRows>,
    /// Those of which more is wrong than a designer needs to hear again.
    pub unread: Vec<KeyPath>,
}

/// What a trace says of its log.
struct Description {
    columns: Columns,
    population: Option<u64>,
    since: Option<Moment>,
    until: Option<Moment>,
    source: Option<String>,
}

pub(super) fn read(reader: &mut Reader<'_>, root: &View<'_>, logs: &Logs) -> Traces {
    let mut found = Traces::default();
    let named = reader.named(root, "trace");
    for (name, _) in &logs.given {
        if !named.iter().any(|(_, known, _)| known == name) {
            let (message, help) = unknown("trace", name, named.iter().map(|it| it.1));
            reader.report(Diagnostic { help, ..Diagnostic::nowhere(message) });
        }
    }
    for (path, name, entry) in named {
        reader.enter(path.clone());
        let description = describe(reader, path.clone(), entry);
        let log = logs.given.iter().rev().find(|(known, _)| known == name);
        let trace = match (description, log) {
            (Some(it), Some((_, log))) => load(reader, name, entry, &it, log, &mut found.rows),
            (Some(it), None) => {
                if logs.needed {
                    reader.report(not_given(name, entry, it.source.as_deref()));
                }
                None
            }
            (None, _) => None,
        };
        if trace.is_none() {
            found.unread.push(path);
        }
        found.traces.insert(name.to_owned(), trace.unwrap_or_else(Trace::absent));
    }
    reader.enter(KeyPath::root());
    found
}

fn not_given(name: &str, entry: &Entry, source: Option<&str>) -> Diagnostic {
    let message = format!("the log that the trace `{name}` replays is not given");
    let from = source.map_or(String::new(), |source| format!("; it is from: {source}"));
    let help = format!("say where it is: --trace {name}=PATH{from}");
    Diagnostic::new(entry.key_span.clone(), message).help(help)
}

fn describe(reader: &mut Reader<'_>, path: KeyPath, entry: &Entry) -> Option<Description> {
    let before = reader.found.len();
    let view = reader.table(path, entry, &KEYS)?;
    let mut columns = Columns { order: order(reader, &view), ..Columns::default() };
    if let Some((path, entry)) = reader.required(&view, "start", "\"COLUMN\", where an outage begins") {
        columns.start = reader.text(&path, &entry.node).unwrap_or_default().to_owned();
    }
    (columns.end, columns.down) = (text(reader, &view, "end"), text(reader, &view, "down"));
    if view.get("end").or(view.get("down")).is_none() {
        let message = format!("`end` is missing in `{}`", view.path);
        let help = "add end = \"COLUMN\", where an outage ends, or down = \"COLUMN\", how long it was";
        reader.report(Diagnostic::new(view.span.clone(), message).label("in this table").help(help));
    }
    if let Some((path, entry)) = reader.required(&view, "by", "\"COLUMN\", which tells nodes apart") {
        columns.units = reader.texts(&path, &entry.node).unwrap_or_default();
    }
    if let Some((path, entry)) = view.get("where") {
        for text in reader.texts(&path, &entry.node).unwrap_or_default() {
            match text.parse::<Condition>() {
                Ok(condition) => columns.conditions.push(condition),
                Err(error) => reader.report(Diagnostic::new(entry.node.span.clone(), error.to_string())),
            }
        }
    }
    let population =
        view.get("population").and_then(|(path, entry)| reader.whole(&path, &entry.node, 10_000_000));
    let (since, until) =
        (date(reader, &view, "since", columns.order), date(reader, &view, "until", columns.order));
    let source = source(reader, &view);
    (reader.found.len() == before).then_some(Description { columns, population, since, until, source })
}

fn order(reader: &mut Reader<'_>, view: &View<'_>) -> Option<Order> {
    let (path, entry) = view.get("dates")?;
    match reader.text(&path, &entry.node)? {
        "mdy" => Some(Order::MonthFirst),
        "dmy" => Some(Order::DayFirst),
        other => {
            let message = format!(
                "{other:?} is no order of dates: write \"mdy\" where 6/7/2005 is in June, or \"dmy\""
            );
            reader.report(Diagnostic::new(entry.node.span.clone(), message));
            None
        }
    }
}

fn date(reader: &mut Reader<'_>, view: &View<'_>, key: &str, order: Option<Order>) -> Option<Moment> {
    let (path, entry) = view.get(key)?;
    let text = reader.text(&path, &entry.node)?;
    let moment = Moment::parse(text, order.unwrap_or(Order::MonthFirst));
    if moment.is_none() {
        let message = format!("{text:?} is no date: write {DATE}");
        reader.report(Diagnostic::new(entry.node.span.clone(), message));
    }
    moment
}

/// Reads the log. What is wrong with it is told at what the file says of it.
fn load(
    reader: &mut Reader<'_>,
    name: &str,
    entry: &Entry,
    description: &Description,
    path: &Path,
    rows: &mut Vec<TraceRows>,
) -> Option<Trace> {
    let shown = path.display();
    let mut refuse = |message: String| {
        reader.report(Diagnostic::new(entry.key_span.clone(), format!("{shown}: {message}")));
    };
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) => {
            refuse(format!("this log cannot be read: {error}"));
            return None;
        }
    };
    let log = match Log::read(BufReader::new(file), &description.columns) {
        Ok(log) => log,
        Err(error) => {
            let span = column_span(entry, &error);
            let span = span.unwrap_or_else(|| entry.key_span.clone());
            reader.report(Diagnostic::new(span, format!("{shown}: {error}")));
            return None;
        }
    };
    let group = log.groups().first()?;
    let spans = match log.spans(group, description.since, description.until, description.population) {
        Ok(spans) => spans,
        Err(error) => {
            refuse(error.to_string());
            return None;
        }
    };
    if spans.units.iter().all(Vec::is_empty) {
        let (since, until) = (spans.since, spans.until);
        refuse(format!("no outage of this log is between {since} and {until}"));
        return None;
    }
    rows.push(told(name, &log, &spans));
    let micros = |milliseconds: u64| Span::from_micros(milliseconds * 1000);
    let window = micros(spans.window_ms());
    let outages = |unit: Vec<(u64, u64)>| unit.into_iter().map(|it| (micros(it.0), micros(it.1))).collect();
    match Trace::new(window, spans.units.into_iter().map(outages).collect()) {
        Ok(mut trace) => {
            trace.source.clone_from(&description.source);
            Some(trace)
        }
        Err(error) => {
            refuse(error.to_string());
            None
        }
    }
}

/// Where the file names the column that the log has not.
fn column_span(entry: &Entry, error: &LogError) -> Option<std::ops::Range<usize>> {
    let LogError::NoColumn(missing) = error else { return None };
    let super::tree::Value::Table(table) = &entry.node.value else { return None };
    let names = |key: &&str| {
        let Some(entry) = table.get(key) else { return false };
        match &entry.node.value {
            super::tree::Value::Text(text) => text.contains(&missing.name),
            super::tree::Value::List(nodes) => nodes.iter().any(
                |node| matches!(&node.value, super::tree::Value::Text(text) if text.contains(&missing.name)),
            ),
            _ => false,
        }
    };
    let key = ["start", "end", "down", "by", "where"].into_iter().find(names)?;
    table.get(key).map(|entry| entry.node.span.clone())
}

/// The ledger of `nines fit`, in the words of a replay.
fn told(name: &str, log: &Log, spans: &Spans) -> TraceRows {
    let mut messy: Vec<(String, u64)> = Vec::new();
    for (mess, count) in log.ledger().seen() {
        let then = match mess {
            Mess::Short | Mess::NoStart | Mess::BadStart | Mess::NoUnit | Mess::Duplicate => "left out",
            Mess::NoEnd | Mess::BadEnd | Mess::Backwards | Mess::Zero => "not played",
            Mess::Disagrees => "the time down is taken",
            Mess::Merged => "made one outage",
        };
        messy.push((format!("{}: {then}", mess.what()), count));
    }
    if spans.outside > 0 {
        messy.push(("outside the window: not played".to_owned(), spans.outside));
    }
    if log.order_is_a_guess() {
        messy.push((
            "dates of which day and month are guessed: say dates = \"mdy\" or \"dmy\"".into(),
            log.rows(),
        ));
    }
    TraceRows {
        trace: name.to_owned(),
        since: spans.since.to_string(),
        until: spans.until.to_string(),
        rows: log.rows(),
        filtered: log.filtered(),
        messy,
    }
}
