//! Takes typed values out of a tree, and notes every mistake instead of stopping at the first.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::ops::Range;
use std::str::FromStr;

use super::tree::{Entry, Node, Table, Value};
use crate::experiment::Diagnostic;
use crate::random::Law;
use crate::system::KeyPath;
use crate::units::text::nearest;

/// Reads one tree, and keeps what is wrong with it.
pub(super) struct Reader<'a> {
    source: &'a str,
    pub found: Vec<Diagnostic>,
    /// The thing being read, such as `service.db`.
    scope: KeyPath,
    /// Things whose reading failed somewhere: what else seems wrong with them may follow from that.
    pub poisoned: BTreeSet<KeyPath>,
}

/// A table, and what it is called.
pub(super) struct View<'t> {
    pub path: KeyPath,
    /// Where to say that something is missing.
    pub span: Range<usize>,
    pub table: &'t Table,
}

impl<'t> View<'t> {
    pub fn get(&self, key: &str) -> Option<(KeyPath, &'t Entry)> {
        Some((self.path.key(key), self.table.get(key)?))
    }
}

impl<'a> Reader<'a> {
    pub fn new(source: &'a str) -> Reader<'a> {
        Reader { source, found: Vec::new(), scope: KeyPath::root(), poisoned: BTreeSet::new() }
    }

    /// The text of the file.
    pub fn source(&self) -> &'a str {
        self.source
    }

    /// Notes a mistake of the thing being read.
    pub fn report(&mut self, diagnostic: Diagnostic) {
        self.poisoned.insert(self.scope.clone());
        self.found.push(diagnostic);
    }

    /// Says what is being read.
    pub fn enter(&mut self, scope: KeyPath) {
        self.scope = scope;
    }

    /// The outermost table.
    pub fn root<'t>(&mut self, table: &'t Table, keys: &[&str]) -> View<'t> {
        let span = table.in_order().first().map_or(0..0, |(_, entry)| entry.key_span.clone());
        self.view(KeyPath::root(), span, table, keys)
    }

    /// A table with these keys, and no others.
    pub fn table<'t>(&mut self, path: KeyPath, entry: &'t Entry, keys: &[&str]) -> Option<View<'t>> {
        match &entry.node.value {
            Value::Table(table) => Some(self.view(path, entry.key_span.clone(), table, keys)),
            _ => {
                let message = format!("`{path}` must be a table, not {}", entry.node.kind());
                self.report(Diagnostic::new(entry.node.span.clone(), message));
                None
            }
        }
    }

    pub fn view<'t>(
        &mut self,
        path: KeyPath,
        span: Range<usize>,
        table: &'t Table,
        keys: &[&str],
    ) -> View<'t> {
        for (key, entry) in table.in_order() {
            if !keys.contains(&key) {
                let diagnostic = unknown_key(&path, key, entry, table, keys);
                self.report(diagnostic);
            }
        }
        View { path, span, table }
    }

    /// A table of things with names of their own, in the order of the file.
    pub fn named<'t>(&mut self, view: &View<'t>, key: &str) -> Vec<(KeyPath, &'t str, &'t Entry)> {
        let Some((path, entry)) = view.get(key) else { return Vec::new() };
        match &entry.node.value {
            Value::Table(table) => {
                table.in_order().into_iter().map(|(name, entry)| (path.key(name), name, entry)).collect()
            }
            _ => {
                let message = format!("`{path}` must be a table, not {}", entry.node.kind());
                self.report(
                    Diagnostic::new(entry.node.span.clone(), message).help(format!("write [{path}.NAME]")),
                );
                Vec::new()
            }
        }
    }

    /// A key that must be there.
    pub fn required<'t>(
        &mut self,
        view: &View<'t>,
        key: &str,
        example: &str,
    ) -> Option<(KeyPath, &'t Entry)> {
        let found = view.get(key);
        if found.is_none() {
            let place = if view.path.is_root() { String::new() } else { format!(" in `{}`", view.path) };
            let message = format!("`{key}` is missing{place}");
            let label = if view.path.is_root() { "above this" } else { "in this table" };
            let help = format!("add {key} = {example}");
            self.report(Diagnostic::new(view.span.clone(), message).label(label).help(help));
        }
        found
    }

    /// A mistake of a value that should be something else.
    pub fn not(&mut self, path: &KeyPath, node: &Node, expected: &str) {
        let found = match &node.value {
            Value::Integer(text) | Value::Float(text) => text.as_str(),
            _ => node.kind(),
        };
        self.report(Diagnostic::new(node.span.clone(), format!("`{path}` must be {expected}, not {found}")));
    }

    /// A text.
    pub fn text<'t>(&mut self, path: &KeyPath, node: &'t Node) -> Option<&'t str> {
        match &node.value {
            Value::Text(text) => Some(text),
            _ => {
                self.not(path, node, "a text in quotes");
                None
            }
        }
    }

    /// A text, or a list of them.
    pub fn texts(&mut self, path: &KeyPath, node: &Node) -> Option<Vec<String>> {
        match &node.value {
            Value::Text(text) => Some(vec![text.clone()]),
            Value::List(nodes) => {
                let read = |(index, node)| self.text(&path.index(index), node).map(str::to_owned);
                let texts: Vec<Option<String>> = nodes.iter().enumerate().map(read).collect();
                texts.into_iter().collect()
            }
            _ => {
                self.not(path, node, "a text in quotes, or a list of them");
                None
            }
        }
    }

    /// Yes or no.
    pub fn flag(&mut self, path: &KeyPath, node: &Node) -> Option<bool> {
        match node.value {
            Value::Boolean(value) => Some(value),
            _ => {
                self.not(path, node, "true or false, without quotes");
                None
            }
        }
    }

    /// A whole number.
    pub fn whole<T: TryFrom<u64> + Display>(&mut self, path: &KeyPath, node: &Node, most: T) -> Option<T> {
        let read = match &node.value {
            Value::Integer(digits) => digits.parse().ok().and_then(|number: u64| T::try_from(number).ok()),
            _ => None,
        };
        if read.is_none() {
            self.not(path, node, &format!("a whole number from 0 to {most}"));
        }
        read
    }

    /// A quantity with a unit: a text, or the number that lacks one.
    pub fn quantity<T: FromStr>(&mut self, path: &KeyPath, node: &Node, expected: &str) -> Option<T>
    where
        T::Err: Display,
    {
        let text = match &node.value {
            Value::Text(text) | Value::Integer(text) | Value::Float(text) => text,
            _ => {
                self.not(path, node, expected);
                return None;
            }
        };
        match text.parse() {
            Ok(quantity) => Some(quantity),
            Err(error) => {
                self.report(Diagnostic::new(node.span.clone(), error.to_string()));
                None
            }
        }
    }

    /// A law, whose mistakes know their place within it.
    pub fn law(&mut self, path: &KeyPath, node: &Node) -> Option<Law> {
        let text = match &node.value {
            Value::Text(text) | Value::Integer(text) | Value::Float(text) => text,
            _ => {
                self.not(path, node, "a law such as \"exponential(mean 60d)\" or \"30s\"");
                return None;
            }
        };
        match text.parse::<Law>() {
            Ok(law) => Some(law),
            Err(error) => {
                let span = self.within(node, text, error.range());
                self.report(Diagnostic::new(span, error.problem()));
                None
            }
        }
    }

    /// The bytes of a part of a text: those in the file, where the text stands there as it is.
    fn within(&self, node: &Node, text: &str, part: Range<usize>) -> Range<usize> {
        let written = self.source.get(node.span.clone()).unwrap_or("");
        let inner = written.get(1..written.len().saturating_sub(1));
        if inner == Some(text) && !part.is_empty() {
            node.span.start + 1 + part.start..node.span.start + 1 + part.end
        } else {
            node.span.clone()
        }
    }
}

/// A key that nothing knows, with the nearest one that is not there yet.
fn unknown_key(path: &KeyPath, key: &str, entry: &Entry, table: &Table, keys: &[&str]) -> Diagnostic {
    let place = if path.is_root() { String::new() } else { format!(" in `{path}`") };
    let message = format!("unknown key `{key}`{place}");
    let free = keys.iter().copied().filter(|known| table.get(known).is_none());
    // `site` where there is `sites` is no key of the experiment that went astray.
    let plural = keys.iter().any(|known| known.strip_suffix('s') == Some(key));
    if !path.is_root() && !plural && super::KEYS.contains(&key) {
        let help = match super::SETTINGS.contains(&key) {
            true => format!("`{key}` is about the whole experiment: move it above the first table"),
            false => format!(
                "`{key}` is a table of its own in an experiment, [{key}]; the keys here are {}",
                list(keys)
            ),
        };
        return Diagnostic::new(entry.key_span.clone(), message).help(help);
    }
    match nearest(key, free).or_else(|| nearest(key, keys.iter().copied())) {
        Some(near) => Diagnostic::new(entry.key_span.clone(), format!("{message}; did you mean `{near}`?")),
        None => {
            let help = format!("the keys here are {}", list(keys));
            Diagnostic::new(entry.key_span.clone(), message).help(help)
        }
    }
}

fn list(keys: &[&str]) -> String {
    keys.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ")
}
