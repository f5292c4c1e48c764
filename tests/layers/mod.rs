//! What may use what: layers, doorways to other crates and to the outside, and the size of files and functions.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

mod source;

use source::Source;

/// Every layer, the lowest first, and the layers it may use.
const LAYERS: [(&str, &[&str]); 13] = [
    ("units", &[]),
    ("random", &["units"]),
    ("engine", &["units", "random"]),
    ("network", &["units", "random"]),
    ("system", &["units", "random", "engine", "network"]),
    ("process", &["units", "random", "engine", "network", "system"]),
    ("solve", &["units", "random", "engine"]),
    // Eats numbers: it knows no engine and no system.
    ("estimate", &["units", "random"]),
    ("catalog", &["units", "random"]),
    // Eats logs, and knows no system either: what it finds goes into files as text.
    ("fit", &["units", "random", "estimate"]),
    (
        "experiment",
        &["units", "random", "engine", "network", "system", "process", "solve", "estimate", "catalog", "fit"],
    ),
    // Made from results alone, so that a report can be made again from `results.json`.
    // The lines of a trial's story are those of the processes.
    ("report", &["units", "random", "process", "estimate", "catalog", "fit", "experiment"]),
    ("cli", &["units", "system", "process", "catalog", "fit", "experiment", "report"]),
];

/// Crates and parts of the standard library, and the only places that may name them.
const DOORWAYS: [(&str, &[&str]); 23] = [
    ("rand", &["random"]),
    ("rand_chacha", &["random"]),
    ("rand_xoshiro", &["random"]),
    ("siphasher", &["random", "solve"]),
    ("libm", &["random/math"]),
    ("petgraph", &["network", "system"]),
    ("rayon", &["experiment"]),
    ("hdrhistogram", &["experiment"]),
    ("toml", &["catalog", "experiment"]),
    ("miette", &["experiment"]),
    ("plotters", &["report"]),
    ("maud", &["report"]),
    ("csv", &["fit", "report"]),
    ("clap", &["cli"]),
    ("indicatif", &["cli"]),
    ("ctrlc", &["cli"]),
    ("tempfile", &["cli"]),
    ("std::env", &["cli", "main.rs"]),
    ("std::process", &["cli", "main.rs"]),
    ("std::fs", &["cli", "experiment"]),
    ("std::net", &[]),
    ("std::thread", &[]),
    ("std::time", &[]),
];

/// Macros that print.
const PRINTERS: [&str; 5] = ["println!", "print!", "eprintln!", "eprint!", "dbg!"];

/// Words of the layers above the engine, which must work for models of anything.
const DOMAIN: [&str; 4] = ["node", "replica", "fail", "outage"];

const MOST_LINES: usize = 600;
/// A model is one file, so that copying the file is copying the model.
const MOST_LINES_OF_A_MODEL: usize = 500;
const MOST_LINES_OF_A_FUNCTION: usize = 70;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All Rust files under a folder of the repository, in order, with their paths from there.
fn files(folder: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        for path in entries.map(|entry| entry.expect("a folder can be read").path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    let read = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).expect("a source file is text");
        (path.strip_prefix(root().join(folder)).expect("it lies in the folder").to_owned(), text)
    };
    found.into_iter().map(read).collect()
}

/// `system/model.rs` belongs to `system`, and `lib.rs` to no layer.
fn layer(path: &Path) -> String {
    let first = path.components().next().expect("a path has a first part");
    Path::new(first.as_os_str()).file_stem().expect("it has a name").to_string_lossy().into_owned()
}

#[test]
fn a_layer_uses_only_what_lies_below_it() {
    let place = |name: &str| LAYERS.iter().position(|layer| layer.0 == name);
    for (index, (name, uses)) in LAYERS.iter().enumerate() {
        let below = |used: &str| place(used).is_some_and(|place| place < index);
        assert!(uses.iter().all(|used| below(used)), "the list itself lets `{name}` look up");
    }
    let allowed: BTreeMap<&str, &[&str]> = LAYERS.into_iter().collect();
    let mut wrong = Vec::new();
    for (path, text) in files("src") {
        let layer = layer(&path);
        if layer == "lib" || layer == "main" {
            continue;
        }
        let Some(allowed) = allowed.get(layer.as_str()) else {
            wrong.push(format!("{}: `{layer}` is no layer", path.display()));
            continue;
        };
        for used in Source::new(&text).modules_used() {
            if used != layer && !allowed.contains(&used.as_str()) {
                wrong.push(format!("{}: `{layer}` must not use `{used}`", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn other_crates_and_the_outside_are_reached_through_their_doorways() {
    let mut wrong = Vec::new();
    for (path, text) in files("src") {
        let source = Source::new(&text);
        for (name, places) in DOORWAYS {
            let open = places.iter().any(|place| path.to_string_lossy().starts_with(place));
            if !open && source.names(name) {
                wrong.push(format!("{}: `{name}` belongs in {}", path.display(), places.join(" or ")));
            }
        }
        for printer in PRINTERS {
            if !path.starts_with("cli") && source.calls(printer) {
                wrong.push(format!("{}: only `cli` prints, and `{printer}` does", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_engine_knows_nothing_of_what_it_simulates() {
    let mut wrong = Vec::new();
    for (path, text) in files("src/engine") {
        for word in Source::new(&text).identifiers() {
            let lower = word.to_lowercase();
            if DOMAIN.iter().any(|noun| lower.contains(noun)) {
                wrong.push(format!("engine/{}: `{word}`", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "words of the layers above:\n{}", wrong.join("\n"));
}

#[test]
fn files_say_what_they_are_and_stay_short() {
    let mut wrong = Vec::new();
    for folder in ["src", "tests", "benches", "models"] {
        for (path, text) in files(folder) {
            let path = Path::new(folder).join(path);
            if !text.starts_with("//! ") {
                wrong.push(format!("{}: does not begin with `//! ` and a sentence", path.display()));
            }
            let most = if folder == "models" { MOST_LINES_OF_A_MODEL } else { MOST_LINES };
            let lines = text.lines().count();
            if lines > most {
                wrong.push(format!("{}: {lines} lines; {most} are the most", path.display()));
            }
            for (name, line, lines) in Source::new(&text).functions() {
                if lines > MOST_LINES_OF_A_FUNCTION {
                    wrong.push(format!("{}:{line}: `{name}` has {lines} lines", path.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
