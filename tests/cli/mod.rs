//! The program `nines` as its users meet it: what it prints, writes and returns.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

mod catalog;
mod measure;
mod mistakes;
mod new;
mod others;
mod protocols;
mod run;
#[cfg(unix)]
mod signals;
mod solve;
mod traces;

/// Exponential throughout: it can be solved exactly, and simulated in a moment.
const MARKOV: &str = r#"
title = "One server or two?"
horizon = "1y"
seed = 1
trials = 400
precision = "90%"

[component.server.mode.crash]
fails = "exponential(mean 30d)"
restored = "exponential(mean 1d)"
source = "assumption"

[service.web]
runs_on = "server"
replicas = 2
needs = "any"

[[design]]
name = "one"
set = { "service.web.replicas" = 1 }
[[design]]
name = "two, or more"
"#;

/// A folder to work in, which goes away with the test.
struct Desk {
    folder: tempfile::TempDir,
}

impl Desk {
    fn new() -> Desk {
        Desk { folder: tempfile::tempdir().unwrap() }
    }

    /// A desk with `markov.toml`.
    fn markov() -> Desk {
        Desk::new().with("markov.toml", MARKOV)
    }

    fn with(self, name: &str, text: impl AsRef<[u8]>) -> Desk {
        std::fs::write(self.path(name), text).unwrap();
        self
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The program, in this folder, as a person without any settings would have it.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_nines"));
        command.args(arguments).current_dir(self.folder.path());
        ["NO_COLOR", "LC_ALL", "LC_CTYPE", "LANG"].iter().for_each(|name| {
            command.env_remove(name);
        });
        command
    }

    fn nines(&self, arguments: &[&str]) -> Said {
        Said::new(self.command(arguments).output().unwrap())
    }

    /// What a shell makes of a line that was printed.
    #[cfg(unix)]
    fn pasted(&self, line: &str) -> Said {
        let program = format!("'{}'", env!("CARGO_BIN_EXE_nines"));
        let line = line.replacen("nines", &program, 1);
        let mut command = Command::new("sh");
        command.args(["-c", &line]).current_dir(self.folder.path()).env("NO_COLOR", "1");
        Said::new(command.output().unwrap())
    }

    /// Names of everything in a folder below this one, in order.
    fn names(&self, folder: &str) -> Vec<String> {
        let mut names: Vec<String> = std::fs::read_dir(self.path(folder))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

/// What the program said, and its exit code.
#[derive(Debug)]
struct Said {
    code: i32,
    out: String,
    err: String,
}

impl Said {
    fn new(output: Output) -> Said {
        Said {
            code: output.status.code().expect("an end, not a signal"),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    #[track_caller]
    fn exits(self, code: i32) -> Said {
        assert_eq!(self.code, code, "{self:#?}");
        self
    }

    #[track_caller]
    fn complains(self, part: &str) -> Said {
        assert!(self.err.contains(part), "{part}\n{self:#?}");
        self
    }
}

/// A file that comes with the program.
fn shipped(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("experiments").join(name).to_str().unwrap().to_owned()
}
