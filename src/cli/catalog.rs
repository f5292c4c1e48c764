//! `nines catalog`.

use super::Exit;
use super::args::CatalogArguments;
use super::screen::{complain, results_style, say};
use crate::catalog::{Catalog, Entry};
use crate::report;
use crate::units::text::nearest;

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
        let near = match words[..] {
            [word] => near(&catalog, word.strip_prefix("catalog:").unwrap_or(word)),
            _ => None,
        };
        let words = words.join(" ");
        let near = near.map_or(String::new(), |near| format!(" (did you mean `{near}`?)"));
        return complain(&format!(
            "no entry of the catalog has {words:?} in it{near}; `nines catalog` lists all {}",
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

/// The key nearest to a word that is in no entry, or the part of a key.
fn near(catalog: &Catalog, word: &str) -> Option<String> {
    let parts = catalog.keys().flat_map(|key| key.split('/'));
    nearest(word, catalog.keys()).or_else(|| nearest(word, parts)).map(str::to_owned)
}
