//! Files that cannot be read at all.

use std::io::Write;
use std::path::Path;

use fivenines::experiment::{Experiment, Style};

/// The report on a file of that content, whose name is cut out of it.
fn refused(content: &[u8]) -> String {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(content).unwrap();
    let report = Experiment::read(file.path()).unwrap_err();
    report.render(Style::PLAIN).replace(&file.path().display().to_string(), "FILE")
}

#[test]
fn a_missing_file_and_a_directory_are_named() {
    let report = Experiment::read(Path::new("no/such.toml")).unwrap_err();
    assert_eq!(report.to_string(), "error: no/such.toml: there is no such file\n");
    let report = Experiment::read(Path::new("tests")).unwrap_err();
    assert_eq!(report.to_string(), "error: tests: this is a directory, not an experiment file\n");
}

#[test]
fn a_file_of_100_mb_is_refused_unread() {
    let file = tempfile::NamedTempFile::new().unwrap();
    file.as_file().set_len(100_000_000).unwrap();
    let report = Experiment::read(file.path()).unwrap_err();
    assert!(
        report.diagnostics()[0]
            .message
            .starts_with("this file is 100 MB; an experiment file is text of a few kB")
    );
}

#[test]
fn a_device_without_end_is_refused() {
    if let Err(report) = Experiment::read(Path::new("/dev/zero")) {
        assert!(report.diagnostics().len() == 1);
    }
}

/// Opening it would wait for a writer for ever.
#[cfg(unix)]
#[test]
fn a_pipe_without_a_writer_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe.toml");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let report = Experiment::read(&pipe).unwrap_err();
    assert_eq!(report.diagnostics()[0].message, "this is a pipe or a device, not an experiment file");
}

#[test]
fn what_is_not_utf_8_is_refused_with_its_line() {
    let text = refused(b"title = \"T\"\nquestion = \"caf\xe9\"\n");
    assert!(text.starts_with("error: line 2 is not UTF-8 text: it contains the byte 0xe9"), "{text}");
    assert!(text.contains("[FILE:2:16]"), "{text}");
}

#[test]
fn zero_bytes_are_refused() {
    assert!(
        refused(b"title = \"T\"\n\0\0\0").starts_with("error: this is not text: it contains a zero byte")
    );
}

/// Each of these would exhaust the stack of a reader that recurses without bounds.
#[test]
fn deep_nesting_is_refused() {
    let many = 1_000_000;
    for text in [
        format!("a = {}", "[".repeat(many)),
        format!("a = {}{}", "[".repeat(many), "]".repeat(many)),
        format!("a = {}", "{a=".repeat(many)),
        format!("{}a = 1", "a.".repeat(many)),
        format!("[{}a]", "a.".repeat(many)),
        format!("[[{}a]]", "'a' . ".repeat(many / 2)),
        format!("a = {}", "{a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a=".repeat(79)) + "1" + &"}".repeat(79),
        format!("[service.db]\nruns_on = \"x\"\nneeds = \"{}\"", "(".repeat(many)),
        format!("[component.x.mode.y]\nfails = \"{}\"", "mixture(50% ".repeat(many / 10)),
        "[[a]]\n[[a.b]]\n".repeat(10_000),
        ".".repeat(many),
    ] {
        let report = Experiment::parse("deep.toml", &text).unwrap_err();
        assert!(!report.render(Style::PLAIN).is_empty());
    }
}
