//! Reads the catalog's files, and holds them to the catalog's rules.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use serde::Deserialize;

use super::quantity::{Amount, Evidence, Kind, Quantity, Source};
use super::{Catalog, Entry, EntryMode};
use crate::random::Law;
use crate::units::Probability;

/// What is wrong with a catalog: every mistake, with its entry.
///
/// ```
/// use fivenines::catalog::Catalog;
///
/// let text = "[\"disk/hdd\"]\ntitle = \"A disk\"\n";
/// let error = Catalog::parse("", &[("x.toml", text)]).unwrap_err();
/// assert_eq!(error.to_string(), "x.toml: disk/hdd: it has neither failure modes nor a figure");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", mistakes.join("\n"))]
pub struct CatalogError {
    /// All mistakes.
    pub mistakes: Vec<String>,
}

/// `catalog/sources.toml`: who is cited, by a short key.
type SourcesFile = BTreeMap<String, SourceText>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SourceText {
    short: String,
    cite: String,
}

/// A file of entries, by their keys.
type EntriesFile = BTreeMap<String, EntryText>;

/// An entry as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EntryText {
    title: String,
    about: Option<String>,
    #[serde(default)]
    mind: Vec<String>,
    #[serde(default)]
    mode: BTreeMap<String, ModeText>,
    figure: Option<QuantityText>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ModeText {
    fails: QuantityText,
    restored: Option<QuantityText>,
}

/// A quantity as it is written; `low` and `high` may be left out where there is no range. A single figure says what kind
/// of value it is; in a failure mode that is plain.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct QuantityText {
    kind: Option<Kind>,
    low: Option<String>,
    typical: String,
    high: Option<String>,
    evidence: Evidence,
    #[serde(default)]
    source: Vec<String>,
    basis: String,
    formula: Option<String>,
    range: Option<String>,
}

/// Words that a range begins with.
const RANGES: [&str; 3] = ["published: ", "derived: ", "assumption: "];

/// Reads, and collects what is wrong.
struct Reading<'a> {
    sources: &'a BTreeMap<String, Source>,
    used: BTreeSet<String>,
    /// File, entry and quantity that is being read.
    place: String,
    mistakes: Vec<String>,
}

impl Catalog {
    /// Reads the text of a file of sources, and named texts of files of entries.
    ///
    /// # Errors
    /// When a text is not TOML of the schema, an entry's key is not of the form `class/name` or is there twice, a value
    /// cannot be read, low, typical and high are not in their order, a quantity lacks its source or an assumption cites
    /// one, or a source is not cited by anything.
    pub fn parse(sources: &str, files: &[(&str, &str)]) -> Result<Catalog, CatalogError> {
        let wrong = |message: String| CatalogError { mistakes: vec![message] };
        let texts: SourcesFile =
            toml::from_str(sources).map_err(|error| wrong(format!("sources: {error}")))?;
        let sources: BTreeMap<String, Source> = texts
            .into_iter()
            .map(|(key, text)| (key, Source { short: text.short, cite: text.cite }))
            .collect();
        let mut reading =
            Reading { sources: &sources, used: BTreeSet::new(), place: String::new(), mistakes: Vec::new() };
        let mut catalog = Catalog::default();
        for (name, text) in files {
            let entries: EntriesFile =
                toml::from_str(text).map_err(|error| wrong(format!("{name}: {error}")))?;
            for (key, text) in entries {
                reading.place = format!("{name}: {key}");
                let entry = reading.entry(&key, text);
                if catalog.entries.insert(key, entry).is_some() {
                    reading.wrong("this key is there twice");
                }
            }
        }
        for key in sources.keys().filter(|key| !reading.used.contains(*key)) {
            reading.mistakes.push(format!("sources: nothing cites `{key}`"));
        }
        let mistakes = reading.mistakes;
        if mistakes.is_empty() { Ok(catalog) } else { Err(CatalogError { mistakes }) }
    }
}

/// `disk/hdd`: two words of small letters, digits and hyphens.
fn is_key(key: &str) -> bool {
    let word = |word: &str| {
        !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
    };
    key.split_once('/').is_some_and(|(class, name)| word(class) && word(name))
}

impl Reading<'_> {
    fn wrong(&mut self, message: impl std::fmt::Display) {
        self.mistakes.push(format!("{}: {message}", self.place));
    }

    fn entry(&mut self, key: &str, text: EntryText) -> Entry {
        if !is_key(key) {
            self.wrong("a key is written class/name, in small letters, digits and hyphens");
        }
        if text.title.trim().is_empty() || text.title.contains('\n') {
            self.wrong("a title is one line");
        }
        match (text.mode.is_empty(), text.figure.is_some()) {
            (true, false) => self.wrong("it has neither failure modes nor a figure"),
            (false, true) => self.wrong("it has failure modes and a figure: it can only have one"),
            _ => {}
        }
        let entry_place = self.place.clone();
        let mut modes = BTreeMap::new();
        for (name, mode) in text.mode {
            let mut read = |text: QuantityText, what: &str, kind: Kind| {
                self.place = format!("{entry_place}: {name}.{what}");
                self.quantity(kind, text)
            };
            let fails = read(mode.fails, "fails", Kind::Failure);
            let restored = mode.restored.map(|text| read(text, "restored", Kind::Duration));
            // What could not be read has been noted.
            if let (Some(fails), Some(restored)) = (fails, restored.map_or(Some(None), |it| it.map(Some))) {
                modes.insert(name, EntryMode { fails, restored });
            }
        }
        self.place = entry_place;
        let figure = text.figure.and_then(|text| {
            let kind = text.kind;
            if kind.is_none() {
                self.wrong("a figure says of which kind it is");
            }
            self.quantity(kind?, text)
        });
        Entry { key: key.to_owned(), title: text.title, about: text.about, mind: text.mind, modes, figure }
    }

    fn quantity(&mut self, kind: Kind, text: QuantityText) -> Option<Quantity> {
        let (low, high) = (text.low.as_ref(), text.high.as_ref());
        if low.is_some() != high.is_some() {
            self.wrong("a range has a low and a high end");
        }
        let typical = self.amount(kind, &text.typical);
        let low = low.map_or(typical.clone(), |low| self.amount(kind, low))?;
        let high = high.map_or(typical.clone(), |high| self.amount(kind, high))?;
        let typical = typical?;
        if order(kind, &low) > order(kind, &typical) || order(kind, &typical) > order(kind, &high) {
            self.wrong(format!("low {low}, typical {typical} and high {high} are not in their order"));
        }
        let sources = self.sources_of(&text);
        if text.basis.trim().is_empty() {
            self.wrong("the basis is empty: what does the source say, or why was this assumed?");
        }
        if text.evidence == Evidence::Derived && text.formula.is_none() {
            self.wrong("what is derived says by which formula");
        }
        match &text.range {
            None if low != high => self.wrong("a range says where it comes from"),
            Some(range) if !RANGES.iter().any(|word| range.starts_with(word)) => {
                self.wrong("a range begins with `published: `, `derived: ` or `assumption: `");
            }
            Some(_) if low == high => self.wrong("it speaks of a range and has none"),
            _ => {}
        }
        let QuantityText { evidence, basis, formula, range, .. } = text;
        Some(Quantity { kind, low, typical, high, evidence, sources, basis, formula, range })
    }

    fn sources_of(&mut self, text: &QuantityText) -> Vec<Source> {
        match (text.evidence, text.source.is_empty()) {
            (Evidence::Assumption, false) => self.wrong("an assumption cites nobody"),
            (Evidence::Assumption, true) | (_, false) => {}
            (_, true) => self.wrong("it has no source and is not called an assumption"),
        }
        let mut sources = Vec::new();
        for key in &text.source {
            match self.sources.get(key) {
                Some(source) => {
                    self.used.insert(key.clone());
                    sources.push(source.clone());
                }
                None => self.wrong(format!("there is no source `{key}`")),
            }
        }
        sources
    }

    fn amount(&mut self, kind: Kind, text: &str) -> Option<Amount> {
        fn read<T: FromStr>(text: &str) -> Result<T, String>
        where
            T::Err: std::fmt::Display,
        {
            text.parse().map_err(|error: T::Err| error.to_string())
        }
        let read = match kind {
            Kind::Failure | Kind::Duration => read::<Law>(text).map(Amount::Law),
            Kind::Success | Kind::Share => read::<Probability>(text).map(Amount::Share),
        };
        read.map_err(|error| self.wrong(error)).ok()
    }
}

/// What low and high are about: how often it fails, how long it takes, how large the share is.
fn order(kind: Kind, amount: &Amount) -> f64 {
    match (kind, amount) {
        (_, Amount::Share(share)) => share.value(),
        (Kind::Failure, Amount::Law(law)) => law.mean().map_or(0.0, |mean| 1.0 / mean.secs()),
        (_, Amount::Law(law)) => law.mean().map_or(f64::INFINITY, |mean| mean.secs()),
    }
}
