//! `nines fit`: what it prints, writes and turns away, and what it finds in a real log.

use std::path::{Path, PathBuf};
use std::process::Command;

mod lanl;
mod large;
mod made_up;
mod mistakes;

/// The made-up log that comes with the book.
fn made_up() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("book/src/experiments/made-up-failures.csv")
}

/// Runs `nines fit` in a folder; gives the exit code, standard output and standard error.
fn fit(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_nines"))
        .arg("fit")
        .args(arguments)
        .current_dir(folder)
        .env("LC_ALL", "C.UTF-8")
        .env("NO_COLOR", "1")
        .output()
        .expect("the program starts");
    let text = |bytes| String::from_utf8(bytes).expect("it prints UTF-8");
    (output.status.code().expect("an end, not a signal"), text(output.stdout), text(output.stderr))
}

/// A folder with a log in it.
fn desk(log: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    std::fs::write(folder.path().join("log.csv"), log).expect("there is room for a log");
    folder
}
