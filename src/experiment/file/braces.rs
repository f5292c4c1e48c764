//! Patterns of names: `{eu,us}/{a,b,c}` is six sites, `eu/a/host-{1..40}` forty, and `{cart,stock}` two services.

use std::collections::BTreeSet;

use super::tree::{Entry, Table, Value};
use crate::experiment::Diagnostic;
use crate::system::grouped;

/// More things of a kind than this are a mistake.
const MOST_NAMES: u64 = 100_000;
/// And so are more values about them.
const MOST_VALUES: u64 = 2_000_000;
/// No name is that long.
const LONGEST: usize = 300;

/// What may be named by a pattern: the table that names it, and what several of it are called.
struct Kind {
    table: &'static str,
    many: &'static str,
}

const KINDS: [Kind; 2] = [Kind { table: "site", many: "sites" }, Kind { table: "service", many: "services" }];

/// Replaces patterns among the names of sites and services by what they stand for. What is also named in full keeps its own
/// values and takes the pattern's for the rest.
pub(super) fn expand_names(root: &mut Table, found: &mut Vec<Diagnostic>) {
    for kind in &KINDS {
        if let Some(Entry { node, .. }) = root.entries.get_mut(kind.table)
            && let Value::Table(named) = &mut node.value
        {
            kind.expand_all(named, found);
        }
    }
}

impl Kind {
    fn expand_all(&self, named: &mut Table, found: &mut Vec<Diagnostic>) {
        let patterns: Vec<String> =
            named.keys().filter(|key| key.contains(['{', '}'])).map(str::to_owned).collect();
        let mut made = BTreeSet::new();
        for pattern in patterns {
            let entry = named.entries.remove(&pattern).expect("it was just listed");
            let room = MOST_NAMES.saturating_sub(named.entries.len() as u64);
            // What is said of one is said of each: the copies count too.
            let room = room.min(MOST_VALUES / (1 + entry.node.size()));
            match self.expand(&pattern, room) {
                Err(message) => found.push(Diagnostic::new(entry.key_span.clone(), message)),
                Ok(paths) => {
                    for path in paths {
                        if !made.insert(path.clone()) {
                            let message = format!("the {} `{path}` comes out of two patterns", self.table);
                            found.push(Diagnostic::new(entry.key_span.clone(), message));
                        } else if let Some(exact) = named.entries.get_mut(&path) {
                            fill(exact, &entry);
                        } else {
                            named.entries.insert(path, entry.clone());
                        }
                    }
                }
            }
        }
    }

    /// All that a pattern stands for, at most so many.
    fn expand(&self, pattern: &str, most: u64) -> Result<Vec<String>, String> {
        if pattern.len() > LONGEST {
            return Err(format!("a pattern of {} has {LONGEST} characters at most", self.many));
        }
        let mut pieces: Vec<Vec<String>> = Vec::new();
        let mut rest = pattern;
        while let Some(open) = rest.find(['{', '}']) {
            let inner = rest[open..].strip_prefix('{').ok_or_else(|| self.unbalanced(pattern))?;
            let close = inner.find(['{', '}']).filter(|&at| inner[at..].starts_with('}'));
            let close = close.ok_or_else(|| self.unbalanced(pattern))?;
            pieces.push(vec![rest[..open].to_owned()]);
            pieces.push(self.choices(pattern, &inner[..close], most)?);
            rest = &inner[close + 1..];
        }
        pieces.push(vec![rest.to_owned()]);
        let count = pieces.iter().fold(1u64, |count, choices| count.saturating_mul(choices.len() as u64));
        if count > most {
            return Err(self.too_many(pattern, count, most));
        }
        let mut paths = vec![String::new()];
        for choices in &pieces {
            paths = paths
                .iter()
                .flat_map(|path| choices.iter().map(move |choice| format!("{path}{choice}")))
                .collect();
        }
        Ok(paths)
    }

    /// `a,b,c` or `1..40`.
    fn choices(&self, pattern: &str, inner: &str, most: u64) -> Result<Vec<String>, String> {
        if let Some((first, last)) = inner.split_once("..")
            && let (Ok(first), Ok(last)) = (first.trim().parse::<u32>(), last.trim().parse::<u32>())
        {
            if last < first {
                return Err(format!("the range {{{inner}}} of the {} {pattern:?} is empty", self.many));
            }
            let count = u64::from(last - first) + 1;
            if count > most {
                return Err(self.too_many(pattern, count, most));
            }
            return Ok((first..=last).map(|number| number.to_string()).collect());
        }
        let choices: Vec<String> = inner.split(',').map(|choice| choice.trim().to_owned()).collect();
        if choices.iter().any(String::is_empty) {
            return Err(format!("{{{inner}}} of the {} {pattern:?} has an empty choice", self.many));
        }
        Ok(choices)
    }

    fn too_many(&self, pattern: &str, count: u64, most: u64) -> String {
        format!(
            "the pattern {pattern:?} stands for {} {}; {} is the most there can be",
            grouped(count),
            self.many,
            grouped(most)
        )
    }

    fn unbalanced(&self, pattern: &str) -> String {
        format!(
            "the braces of the {} {pattern:?} do not match: write them as in \"{{eu,us}}/{{a,b,c}}\"",
            self.many
        )
    }
}

/// Adds to `exact` what it lacks and `pattern` has, table by table.
fn fill(exact: &mut Entry, pattern: &Entry) {
    if let (Value::Table(exact), Value::Table(pattern)) = (&mut exact.node.value, &pattern.node.value) {
        for (key, entry) in &pattern.entries {
            match exact.entries.get_mut(key) {
                // A mode of the same name takes the pattern's place as a whole.
                Some(own) if key == "mode" => fill(own, entry),
                Some(_) => {}
                None => {
                    exact.entries.insert(key.clone(), entry.clone());
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(pattern: &str) -> Result<Vec<String>, String> {
        KINDS[0].expand(pattern, 1000)
    }

    #[test]
    fn patterns_multiply() {
        assert_eq!(of("{eu,us}/{a, b}").unwrap(), ["eu/a", "eu/b", "us/a", "us/b"]);
        assert_eq!(of("eu/host-{9..11}").unwrap(), ["eu/host-9", "eu/host-10", "eu/host-11"]);
        assert_eq!(of("eu").unwrap(), ["eu"]);
    }

    #[test]
    fn mistakes_in_patterns_are_named() {
        assert!(of("{eu,us/a").unwrap_err().contains("do not match"));
        assert!(of("eu}").unwrap_err().contains("do not match"));
        assert!(of("{a,{b}}").unwrap_err().contains("do not match"));
        assert!(of("{a,}").unwrap_err().contains("empty choice"));
        assert!(of("{3..1}").unwrap_err().contains("is empty"));
        assert!(of("{1..4000000000}").unwrap_err().contains("stands for 4,000,000,000 sites"));
        assert!(of("{1..100}{1..100}").unwrap_err().contains("stands for 10,000 sites"));
    }
}
