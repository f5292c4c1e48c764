//! `nines list`.

use super::Exit;
use super::args::ListArguments;
use super::screen::{WIDTH, complain, say};
use crate::experiment::{File, Logs, Models, read_file};
use crate::report;

/// Columns before what is said of a file.
const INDENT: usize = 4;

/// Lists the experiment files in a folder with their questions.
pub fn list(arguments: &ListArguments, models: &Models) -> Exit {
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
        let read = read_file(&file, &Logs::default(), models).map(|read| match read {
            File::Experiment(experiment) => {
                let names = experiment.designs.iter().map(|design| format!("`{}`", design.name)).collect();
                (experiment.title, names)
            }
            File::Study(study) => {
                let names = study.designs.iter().map(|design| format!("`{}`", design.name)).collect();
                (study.title, names)
            }
        });
        let line = match read {
            Ok((title, designs)) => {
                // Names may have commas.
                let designs: Vec<String> = designs;
                let about = [title, format!("designs: {}", designs.join(", "))];
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
