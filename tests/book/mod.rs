//! The book and the README are held against the program: commands and what they print, experiments, links, tables.
//!
//! Set `UPDATE_BOOK` to write what the program says now into the pages, and read the difference before committing it.

use std::path::{Path, PathBuf};

use fivenines::experiment::Experiment;
use fivenines::random::Law;

#[path = "../../book/src/code/checkout.rs"]
mod checkout;
pub mod console;
pub mod page;
#[path = "../../book/src/code/pair.rs"]
mod pair;
mod schema;
mod tables;

use page::{Fence, Page};

pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// True where pages are to be rewritten instead of checked.
fn updating() -> bool {
    #[allow(clippy::disallowed_methods, reason = "a switch for the person at the keyboard, not for a result")]
    std::env::var_os("UPDATE_BOOK").is_some()
}

/// The README, the pages beside it that the book shows, and all pages of the book.
fn pages() -> Vec<Page> {
    let mut paths = vec![root().join("README.md"), root().join("ARCHITECTURE.md")];
    paths.extend(book_pages());
    paths.iter().map(|path| Page::read(path)).collect()
}

/// Those in its folder, and in the one of the models.
fn book_pages() -> Vec<PathBuf> {
    let folders = ["book/src", "book/src/models"].map(|folder| root().join(folder));
    let entries = folders.iter().flat_map(|folder| std::fs::read_dir(folder).expect("the book has pages"));
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("it can be read").path()).collect();
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "md"));
    paths.sort();
    paths
}

/// One test, because bringing a page up to date must not be done by two at once.
#[test]
fn every_command_and_every_table_says_what_the_program_says() {
    tables::validation();
    tables::vault();
    schema::check();
    for page in pages() {
        console::check(&page);
    }
}

#[test]
fn every_page_is_in_the_summary() {
    let summary = Page::read(&root().join("book/src/SUMMARY.md"));
    let linked: Vec<String> = summary.links();
    for path in book_pages() {
        let name = path.strip_prefix(root().join("book/src")).expect("it is in the book");
        let name = name.to_string_lossy().into_owned();
        assert!(name == "SUMMARY.md" || linked.contains(&name), "{name} is not in SUMMARY.md");
    }
}

#[test]
fn every_link_and_every_include_leads_to_a_file() {
    for page in pages() {
        for link in page.links().into_iter().chain(page.includes()) {
            let target = page.folder().join(link.split(['#', ':']).next().expect("a split has a first part"));
            assert!(target.exists(), "{}: {link} leads nowhere", page.name());
        }
    }
}

#[test]
fn every_experiment_in_the_book_is_sound() {
    for page in pages() {
        for Fence { line, info, text } in page.fences() {
            let at = format!("{}:{line}", page.name());
            match info.as_str() {
                "toml" => {
                    if let Err(report) = Experiment::parse(&at, &text) {
                        panic!(
                            "{}",
                            report.render(fivenines::experiment::Style {
                                width: 100,
                                unicode: true,
                                color: false
                            })
                        );
                    }
                }
                "toml,fragment" => {
                    toml::from_str::<toml::Table>(&text).unwrap_or_else(|error| panic!("{at}: {error}"));
                }
                _ => assert!(!info.starts_with("toml"), "{at}: say `toml` or `toml,fragment`"),
            }
        }
    }
}

/// The table of laws in the reference: each form in the first column parses, with the mean that the third one states.
#[test]
fn every_law_in_the_reference_parses() {
    let page = Page::read(&root().join("book/src/file.md"));
    let rows = page.table_after("<!-- laws -->");
    assert!(rows.len() >= 14, "a law is missing: there are {}", rows.len());
    for cells in rows {
        for form in cells[0].split(", `").map(|form| form.trim_matches('`')) {
            let law: Law = form.parse().unwrap_or_else(|error| panic!("{form}: {error}"));
            let mean = law.mean().map_or("never".to_owned(), |mean| mean.to_string());
            assert!(!mean.is_empty());
        }
    }
}

/// Files and folders that the text names in backquotes exist.
#[test]
fn the_architecture_names_only_what_there_is() {
    let page = Page::read(&root().join("ARCHITECTURE.md"));
    let text = page.prose();
    let named = text.split('`').skip(1).step_by(2).filter(|word| !word.contains([' ', '(', '<', '$']));
    let mut count = 0;
    for path in named.filter(|word| word.contains('/') || word.ends_with(".toml") || word.ends_with(".rs")) {
        assert!(root().join(path).exists(), "ARCHITECTURE.md names `{path}`, which does not exist");
        count += 1;
    }
    assert!(count > 10, "ARCHITECTURE.md should name the parts of the program, and names {count}");
}
