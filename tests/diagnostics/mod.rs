//! Every mistake in an experiment file is found, at its place, in words for the person who made it.
//!
//! Each file in `tests/diagnostics` says in comments what is wrong with the next line: `# error 12-20: part of the
//! message` for the columns from 12 up to and without 20, counted from 1. All mistakes are expected, and no others.

use std::path::{Path, PathBuf};

use fivenines::experiment::{Diagnostic, Experiment, Report, Style};

mod mutations;
mod unreadable;

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/diagnostics")
}

/// Line, first column, column after the last, part of the message.
type Expected = (usize, usize, usize, String);

fn expected(text: &str) -> Vec<Expected> {
    let mut expected = Vec::new();
    let mut waiting: Vec<(usize, usize, String)> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        if let Some(rest) = line.trim_start().strip_prefix("# error ") {
            let (columns, message) = rest.split_once(": ").expect("`# error 12-20: message`");
            let (first, end) = columns.split_once('-').expect("columns are written 12-20");
            waiting.push((first.parse().unwrap(), end.parse().unwrap(), message.to_owned()));
        } else if !line.trim_start().starts_with('#') {
            let here = waiting.drain(..).map(|(first, end, message)| (index + 1, first, end, message));
            expected.extend(here);
        }
    }
    assert!(waiting.is_empty(), "an expected error has no line after it");
    expected
}

fn found(report: &Report, diagnostic: &Diagnostic) -> Expected {
    let span = diagnostic.span.clone().expect("a file that was read has places");
    let (line, first) = report.position(span.start);
    let (last_line, end) = report.position(span.end);
    assert_eq!(line, last_line, "{diagnostic:?}");
    (line, first, end, diagnostic.message.clone())
}

/// Holds what is found in a file against what its comments expect.
fn check(name: &str, text: &str) -> Result<(), String> {
    let expected = expected(text);
    let report = match Experiment::parse(name, text) {
        Ok(_) if expected.is_empty() => return Ok(()),
        Ok(_) => return Err(format!("{name}: no mistake was found")),
        Err(report) => report,
    };
    let found: Vec<Expected> =
        report.diagnostics().iter().map(|diagnostic| found(&report, diagnostic)).collect();
    let same = |found: &Expected, expected: &Expected| {
        (found.0, found.1, found.2) == (expected.0, expected.1, expected.2) && found.3.contains(&expected.3)
    };
    let missing = expected.iter().filter(|expected| !found.iter().any(|found| same(found, expected)));
    let surplus = found.iter().filter(|found| !expected.iter().any(|expected| same(found, expected)));
    let lines: Vec<String> = missing
        .map(|expected| ("missing", expected))
        .chain(surplus.map(|found| ("surplus", found)))
        .map(|(what, (line, first, end, message))| {
            format!("{name}:{line}: {what}: # error {first}-{end}: {message}")
        })
        .collect();
    if lines.is_empty() { Ok(()) } else { Err(lines.join("\n")) }
}

#[test]
fn mistakes_are_found_where_they_are_and_nowhere_else() {
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(directory()).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    files.sort();
    assert!(files.len() >= 20, "the files are gone");
    let failures: Vec<String> = files
        .iter()
        .filter_map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap();
            check(name, &std::fs::read_to_string(path).unwrap()).err()
        })
        .collect();
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
}

fn render(file: &str, style: Style) -> String {
    let text = std::fs::read_to_string(directory().join(file)).unwrap();
    let report = Experiment::parse(file, &text).unwrap_err();
    report.render(style)
}

#[test]
fn a_mistyped_key_is_shown_with_the_nearest_one() {
    insta::assert_snapshot!(render("mistyped.toml", Style::PLAIN));
}

#[test]
fn a_law_is_underlined_where_it_is_wrong() {
    insta::assert_snapshot!(render("laws.toml", Style::PLAIN));
}

#[test]
fn a_circle_of_services_is_named() {
    insta::assert_snapshot!(render("circle.toml", Style::PLAIN));
}

#[test]
fn a_designs_own_mistake_is_blamed_on_the_design() {
    insta::assert_snapshot!(render("overrides.toml", Style::PLAIN));
}

#[test]
fn a_script_that_takes_what_there_is_not_is_shown_with_the_nearest() {
    insta::assert_snapshot!(render("scenario.toml", Style::PLAIN));
}

#[test]
fn an_entry_that_the_catalog_has_not_is_shown_with_the_nearest_one() {
    insta::assert_snapshot!(render("catalog.toml", Style::PLAIN));
}
