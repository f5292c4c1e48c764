//! The catalog: how often things fail and how long repairs take, as published, each figure with its source.
//!
//! The data are the files in `catalog/`, which travel in the program. Every figure is a low, a typical and a high value,
//! and says who measured it or that it is an assumption. Facts are taken from the sources; sentences are our own.

mod parse;
mod quantity;
mod search;

use std::collections::BTreeMap;

use serde::Serialize;

pub use parse::CatalogError;
pub use quantity::{Amount, Evidence, Kind, Quantity, Source};

/// The files of the catalog, each about one part of a system.
const FILES: [(&str, &str); 8] = [
    ("hardware.toml", include_str!("../../catalog/hardware.toml")),
    ("network.toml", include_str!("../../catalog/network.toml")),
    ("site.toml", include_str!("../../catalog/site.toml")),
    ("software.toml", include_str!("../../catalog/software.toml")),
    ("people.toml", include_str!("../../catalog/people.toml")),
    ("cloud.toml", include_str!("../../catalog/cloud.toml")),
    ("repair.toml", include_str!("../../catalog/repair.toml")),
    ("incident.toml", include_str!("../../catalog/incident.toml")),
];
/// Who is cited.
const SOURCES: &str = include_str!("../../catalog/sources.toml");

/// All entries by their key, such as `disk/hdd`.
///
/// ```
/// use fivenines::catalog::Catalog;
///
/// let catalog = Catalog::shipped();
/// let disk = catalog.get("disk/hdd").unwrap();
/// let fails = &disk.modes["failure"].fails;
/// assert_eq!(fails.typical.to_string(), "afr 1.36%");
/// assert!(fails.cited().starts_with("Backblaze"));
/// assert!(catalog.entries().count() >= 60);
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Catalog {
    entries: BTreeMap<String, Entry>,
}

/// One thing that fails, or one figure that belongs to no single thing.
///
/// ```
/// use fivenines::catalog::Catalog;
///
/// let catalog = Catalog::shipped();
/// let swap = catalog.get("repair/server-swap").unwrap();
/// assert_eq!(swap.class(), "repair");
/// assert!(swap.modes.is_empty() && swap.figure.is_some());
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Entry {
    /// `class/name`, in small letters, digits and hyphens.
    pub key: String,
    /// What it is, in a line.
    pub title: String,
    /// What was measured: how many of what, where, when.
    pub about: Option<String>,
    /// What the figures do not say, and how they are misread.
    pub mind: Vec<String>,
    /// The ways it fails, by name; none for a single figure.
    pub modes: BTreeMap<String, EntryMode>,
    /// The figure, of an entry that has no failure modes.
    pub figure: Option<Quantity>,
}

/// A failure mode of an entry.
///
/// ```
/// use fivenines::catalog::Catalog;
///
/// let catalog = Catalog::shipped();
/// let mode = &catalog.get("rack/unavailable").unwrap().modes["outage"];
/// assert_eq!(mode.fails.typical.to_string(), "mtbf 10.2y");
/// assert!(mode.restored.is_some());
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EntryMode {
    /// Law of the time to the failure.
    pub fails: Quantity,
    /// Law of the time to the restoration; where nobody knows it, the experiment must say it.
    pub restored: Option<Quantity>,
}

impl Entry {
    /// The part of the key before the slash.
    pub fn class(&self) -> &str {
        self.key.split('/').next().unwrap_or_default()
    }

    /// All its quantities, by what an experiment calls them: `failure.fails`, `failure.restored`, or nothing for the
    /// only figure.
    pub fn quantities(&self) -> Vec<(String, &Quantity)> {
        let modes = self.modes.iter().flat_map(|(name, mode)| {
            let fails = (format!("{name}.fails"), &mode.fails);
            let restored = mode.restored.iter().map(move |it| (format!("{name}.restored"), it));
            std::iter::once(fails).chain(restored)
        });
        modes.chain(self.figure.iter().map(|figure| (String::new(), figure))).collect()
    }
}

impl Catalog {
    /// The catalog that comes with the program.
    ///
    /// # Panics
    /// Never: a test reads the same files.
    pub fn shipped() -> Catalog {
        Catalog::parse(SOURCES, &FILES).expect("the shipped catalog keeps its own rules")
    }

    /// The entry of that key.
    pub fn get(&self, key: &str) -> Option<&Entry> {
        self.entries.get(key)
    }

    /// All entries in the order of their keys.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> + Clone {
        self.entries.values()
    }

    /// All keys in their order.
    pub fn keys(&self) -> impl Iterator<Item = &str> + Clone {
        self.entries.keys().map(String::as_str)
    }
}

#[cfg(test)]
mod tests;
