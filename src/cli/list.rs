//! `nines list`.

use super::Exit;
use super::args::ListArguments;
use super::screen::{WIDTH, complain, say};
use crate::experiment::Experiment;
use crate::report;

/// Columns before what is said of a file.
const INDENT: usize = 4;

/// Lists the experiment files in a folder with their questions.
pub fn list(arguments: &ListArguments) -> Exit {
    let folder = &arguments.folder;
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => return complain(&format!("cannot list the folder `{}`: {error}", folder.display())),
    };
    let mut files: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.retain(|path| path.extension().is_some_and(|ending| ending == "toml"));
    files.sort();
    if files.is_empty() {
        say(&format!("no experiment files (*.toml) in {}\n", folder.display()));
    }
    for file in files {
        let line = match Experiment::read(&file) {
            Ok(experiment) => {
                // Names may have commas.
                let designs: Vec<String> =
                    experiment.designs.iter().map(|design| format!("`{}`", design.name)).collect();
                let about = [experiment.title.clone(), format!("designs: {}", designs.join(", "))];
                let lines = about.iter().flat_map(|part| report::wrap(part, WIDTH - INDENT));
                let indented: String = lines.map(|line| format!("{:INDENT$}{line}\n", "")).collect();
                format!("{}\n{indented}", file.display())
            }
            Err(report) => {
                let count = report.diagnostics().len();
                let mistakes = if count == 1 { "a mistake" } else { "mistakes" };
                format!("{}\n    has {mistakes}; see `nines check {}`\n", file.display(), file.display())
            }
        };
        say(&line);
    }
    Exit::Done
}
