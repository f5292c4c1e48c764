//! `nines catalog`.

use super::Exit;
use super::args::CatalogArguments;
use super::screen::{complain, results_style, say};
use crate::catalog::{Catalog, Entry};
use crate::report;

/// Lists the entries that have all the words, or shows the one whose key is given.
pub fn catalog(arguments: &CatalogArguments) -> Exit {
    let catalog = Catalog::shipped();
    let words: Vec<&str> = arguments.words.iter().map(String::as_str).collect();
    let exact = match words[..] {
        [key] => catalog.get(key.strip_prefix("catalog:").unwrap_or(key)),
        _ => None,
    };
    let found: Vec<&Entry> = exact.map_or_else(|| catalog.find(&words), |entry| vec![entry]);
    if found.is_empty() {
        let words = words.join(" ");
        return complain(&format!(
            "no entry of the catalog has {words:?} in it; `nines catalog` lists all {}",
            catalog.entries().count()
        ));
    }
    let style = results_style();
    if arguments.json {
        say(&report::catalog_json(&found));
    } else if let Some(entry) = exact {
        say(&report::catalog_entry(entry, style));
    } else {
        say(&report::catalog_list(&found, !words.is_empty(), style));
        let more =
            if words.is_empty() { "WORDS to see figures, KEY for everything" } else { "KEY for everything" };
        let entries = if found.len() == 1 { "entry" } else { "entries" };
        say(&format!("{} {entries}; nines catalog {more}\n", found.len()));
    }
    Exit::Done
}
