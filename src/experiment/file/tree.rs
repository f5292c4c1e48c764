//! The values of a file, each with the bytes it came from.

use std::collections::BTreeMap;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::experiment::{Diagnostic, Report};
use crate::system::{KeyPath, Segment};

/// A value and its bytes.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub span: Range<usize>,
    pub value: Value,
}

#[derive(Clone, Debug)]
pub(super) enum Value {
    Text(String),
    /// Digits, as in the file but for underscores.
    Integer(String),
    Float(String),
    Boolean(bool),
    Other(&'static str),
    List(Vec<Node>),
    Table(Table),
}

/// Keys and values.
#[derive(Clone, Debug, Default)]
pub(super) struct Table {
    pub entries: BTreeMap<String, Entry>,
}

/// A key's bytes, and its value.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub key_span: Range<usize>,
    pub node: Node,
}

/// Parses TOML. Where it is none, nothing can be said about the rest.
pub(super) fn parse(name: &str, text: &str) -> Result<Table, Report> {
    let (table, errors) = DeTable::parse_recoverable(text);
    if errors.is_empty() {
        return Ok(convert_table(table.get_ref()));
    }
    let diagnostics = errors.iter().take(100).map(|error| {
        let message = match error.message() {
            deep if deep.contains("recursion") => {
                "brackets are nested deeper here than anything is".to_owned()
            }
            message => message.lines().collect::<Vec<_>>().join(", "),
        };
        let span = error.span().unwrap_or(0..0);
        let diagnostic = Diagnostic::new(span.clone(), message);
        match error.message() {
            "duplicate key" => {
                first_of(text, table.get_ref(), &span).into_iter().fold(diagnostic, Diagnostic::help)
            }
            _ => diagnostic,
        }
    });
    Err(Report::new(name, text, diagnostics.collect()))
}

/// Where a key that is given twice stands first: a heading where the same is written, another key where the last of its
/// name is since the heading of its table.
fn first_of(text: &str, table: &DeTable<'_>, again: &Range<usize>) -> Option<String> {
    let name = text.get(again.clone())?.trim_matches(['"', '\'']);
    let line_start = text[..again.start].rfind('\n').map_or(0, |at| at + 1);
    let heading = |line: &str| line.trim_start().starts_with('[').then(|| line.trim().to_owned());
    let own = heading(text[line_start..].lines().next().unwrap_or_default());
    let (mut at, mut since, mut same) = (0, 0, None);
    for line in text[..line_start].split_inclusive('\n') {
        let above = heading(line);
        if above.is_some() {
            since = at;
        }
        same = same.or_else(|| (own.is_some() && above == own).then_some(at));
        at += line.len();
    }
    let mut places = Vec::new();
    named(table, name, &mut places);
    let last = places.into_iter().filter(|place| (since..again.start).contains(place)).max();
    let (line, _) = crate::experiment::diagnostic::position(text, if own.is_some() { same? } else { last? });
    Some(format!("line {line} has it already"))
}

/// Where the keys of a name are, in a table and all inside.
fn named(table: &DeTable<'_>, name: &str, places: &mut Vec<usize>) {
    for (key, value) in table {
        if key.get_ref() == name {
            places.push(key.span().start);
        }
        if let DeValue::Table(inner) = value.get_ref() {
            named(inner, name, places);
        }
    }
}

fn convert_table(table: &DeTable<'_>) -> Table {
    let entry = |(key, value): (&Spanned<_>, &Spanned<DeValue<'_>>)| {
        let key: &Spanned<std::borrow::Cow<'_, str>> = key;
        (key.get_ref().to_string(), Entry { key_span: key.span(), node: convert(value) })
    };
    Table { entries: table.iter().map(entry).collect() }
}

fn convert(value: &Spanned<DeValue<'_>>) -> Node {
    let span = value.span();
    let value = match value.get_ref() {
        DeValue::String(text) => Value::Text(text.to_string()),
        DeValue::Integer(integer) if integer.radix() == 10 => Value::Integer(integer.as_str().to_owned()),
        DeValue::Integer(integer) => match i128::from_str_radix(integer.as_str(), integer.radix()) {
            Ok(number) => Value::Integer(number.to_string()),
            Err(_) => Value::Integer(integer.to_string()),
        },
        DeValue::Float(float) => Value::Float(float.as_str().to_owned()),
        DeValue::Boolean(value) => Value::Boolean(*value),
        DeValue::Datetime(_) => Value::Other("a date or time"),
        DeValue::Array(values) => Value::List(values.iter().map(convert).collect()),
        DeValue::Table(table) => Value::Table(convert_table(table)),
    };
    Node { span, value }
}

impl Node {
    /// What it is, for a message that expected something else.
    pub fn kind(&self) -> &'static str {
        match self.value {
            Value::Text(_) => "a text",
            Value::Integer(_) | Value::Float(_) => "a number",
            Value::Boolean(_) => "true or false",
            Value::Other(kind) => kind,
            Value::List(_) => "a list",
            Value::Table(_) => "a table",
        }
    }

    /// How people would write it, without the quotes of a text.
    pub fn shown(&self) -> String {
        match &self.value {
            Value::Text(text) | Value::Integer(text) | Value::Float(text) => text.clone(),
            Value::Boolean(value) => value.to_string(),
            Value::Other(kind) => (*kind).to_owned(),
            Value::List(nodes) => {
                format!("[{}]", nodes.iter().map(Node::shown).collect::<Vec<_>>().join(", "))
            }
            Value::Table(table) if table.entries.is_empty() => "{}".into(),
            Value::Table(table) => {
                let entries = table.in_order().into_iter();
                let shown: Vec<String> =
                    entries.map(|(key, entry)| format!("{key} = {}", entry.node.shown())).collect();
                format!("{{ {} }}", shown.join(", "))
            }
        }
    }

    /// How many values there are in it, itself included.
    pub fn size(&self) -> u64 {
        match &self.value {
            Value::List(nodes) => 1 + nodes.iter().map(Node::size).sum::<u64>(),
            Value::Table(table) => 1 + table.size(),
            _ => 1,
        }
    }
}

impl Table {
    pub fn get(&self, key: &str) -> Option<&Entry> {
        self.entries.get(key)
    }

    pub fn keys(&self) -> impl Iterator<Item = &str> + Clone {
        self.entries.keys().map(String::as_str)
    }

    /// The entries in the order of the file.
    pub fn in_order(&self) -> Vec<(&str, &Entry)> {
        let mut entries: Vec<(&str, &Entry)> =
            self.entries.iter().map(|(key, entry)| (key.as_str(), entry)).collect();
        entries.sort_by_key(|(_, entry)| entry.key_span.start);
        entries
    }

    /// How many values there are in it.
    pub fn size(&self) -> u64 {
        self.entries.values().map(|entry| entry.node.size()).sum()
    }

    /// The bytes that a path is about: as deep as it leads, the value; for a table its key.
    pub fn locate(&self, path: &KeyPath) -> Option<Range<usize>> {
        let mut segments = path.segments().iter();
        let Some(Segment::Key(first)) = segments.next() else { return None };
        let mut entry = self.get(first)?;
        let mut span = place(entry);
        let mut node = &entry.node;
        for segment in segments {
            match (segment, &node.value) {
                (Segment::Key(key), Value::Table(table)) => match table.get(key) {
                    Some(inner) => {
                        entry = inner;
                        (span, node) = (place(entry), &entry.node);
                    }
                    None => break,
                },
                (Segment::Index(index), Value::List(nodes)) => match nodes.get(*index) {
                    Some(inner) => (span, node) = (inner.span.clone(), inner),
                    None => break,
                },
                _ => break,
            }
        }
        Some(span)
    }
}

fn place(entry: &Entry) -> Range<usize> {
    if matches!(entry.node.value, Value::Table(_)) { entry.key_span.clone() } else { entry.node.span.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn help(text: &str) -> Option<String> {
        parse("x.toml", text).unwrap_err().diagnostics()[0].help.clone()
    }

    #[test]
    fn a_key_given_twice_is_said_where_it_was_given_first() {
        assert_eq!(help("seed = 1\ntitle = \"T\"\nseed = 2"), Some("line 1 has it already".into()));
        let modes = "[a]\nfails = 1\n[b]\nx = 1\nfails = 1\nfails = 2\n";
        assert_eq!(help(modes), Some("line 5 has it already".into()));
        assert_eq!(help("[s.web]\na = 1\n[s.db]\n[s.web]\n"), Some("line 1 has it already".into()));
        assert_eq!(help("[s.web]\na = 1\n[t.web]\n[t.web]\n"), Some("line 3 has it already".into()));
    }
}
