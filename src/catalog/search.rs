//! Finds entries by words.

use super::{Catalog, Entry};

impl Catalog {
    /// The entries in which every one of the words occurs: in the key, the title, what was measured, or a source. Capital
    /// and small letters are alike. Without words, all.
    ///
    /// ```
    /// use fivenines::catalog::Catalog;
    ///
    /// let catalog = Catalog::shipped();
    /// let found = catalog.find(&["rack", "Ford"]);
    /// assert!(found.iter().any(|entry| entry.key == "rack/unavailable"));
    /// ```
    pub fn find(&self, words: &[&str]) -> Vec<&Entry> {
        let words: Vec<String> = words.iter().map(|word| word.to_lowercase()).collect();
        let has_all = |entry: &&Entry| {
            let text = text_of(entry);
            words.iter().all(|word| text.contains(word))
        };
        self.entries().filter(has_all).collect()
    }
}

fn text_of(entry: &Entry) -> String {
    let mut text = format!("{}\n{}\n{}", entry.key, entry.title, entry.about.as_deref().unwrap_or_default());
    for (_, quantity) in entry.quantities() {
        text.push_str(&format!("\n{}\n{}", quantity.cited_in_short(), quantity.cited()));
    }
    text.to_lowercase()
}
