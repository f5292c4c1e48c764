//! `nines run`.

use std::path::{Path, PathBuf};

use super::Exit;
use super::args::RunArguments;
use super::output::Folder;
use super::progress::Progress;
use super::protocol;
use super::screen::{
    WIDTH, adjust, check_threads, complain, complain_of, find_design, flags, logs, read_any, results_style,
    say,
};
use crate::experiment::{Experiment, File, MOST_DRAWS, Models, Options, Results, RunError};
use crate::report::quoted;
use crate::{experiment, report};

/// Runs an experiment file.
pub fn run(arguments: &RunArguments, models: &Models) -> Exit {
    match attempt(arguments, models) {
        Ok(exit) | Err(exit) => exit,
    }
}

fn attempt(arguments: &RunArguments, models: &Models) -> Result<Exit, Exit> {
    check_flags(arguments)?;
    let out = arguments.out.clone().unwrap_or_else(|| default_folder(&arguments.file));
    let options = Options {
        threads: arguments.threads,
        file: arguments.file.display().to_string(),
        command: command(arguments),
    };
    let experiment = match read_any(&arguments.file, &logs(&arguments.logs, true), models)? {
        File::Experiment(experiment) => prepare(*experiment, arguments)?,
        File::Study(study) => return protocol::run(*study, arguments, &options, &out),
    };
    let folder = Folder::open(&out).map_err(|message| complain(&message))?;
    let progress = Progress::new();
    let results = results(&experiment, arguments, &options, &progress);
    progress.finish();
    let results = results?;
    say(&report::terminal(&results, results_style()));
    let files = folder.write(&results).map_err(|message| complain(&message))?;
    let files = format!("{} files in {}: {}", files.len(), folder.path().display(), files.join(", "));
    say(&format!("\n{}\n", report::wrap(&files, WIDTH).join("\n")));
    Ok(verdict(&results))
}

/// Runs the experiment, and once more for every end of the catalog's figures where that is asked for.
fn results(
    experiment: &Experiment,
    arguments: &RunArguments,
    options: &Options,
    progress: &Progress,
) -> Result<Results, Exit> {
    if arguments.uncertainty && experiment.designs.iter().all(|design| design.uses.is_empty()) {
        return Err(complain(
            "--uncertainty: no value of this file is from the catalog, so there are no ranges; \
             see `nines catalog` and write from = \"catalog:KEY\"",
        ));
    }
    let mut results = experiment::run(experiment, options, progress).map_err(failed)?;
    if arguments.uncertainty {
        let draws = arguments.draws.unwrap_or(0);
        let moved = experiment::uncertainty(experiment, &results, draws, options, progress);
        results.uncertainty = moved.map_err(failed)?;
    }
    Ok(results)
}

/// Says what no run can be given.
fn check_flags(arguments: &RunArguments) -> Result<(), Exit> {
    check_threads(arguments.threads)?;
    if let Some(draws) = arguments.draws.filter(|&draws| draws > MOST_DRAWS) {
        return Err(complain(&format!("--draws {draws}: {MOST_DRAWS} is the most there can be")));
    }
    Ok(())
}

/// Puts the command line's settings in the place of the file's own.
fn prepare(mut experiment: Experiment, arguments: &RunArguments) -> Result<Experiment, Exit> {
    if !arguments.design.is_empty() {
        let mut chosen = Vec::new();
        for name in &arguments.design {
            let design = find_design(&experiment, name)?;
            if !chosen.contains(design) {
                chosen.push(design.clone());
            }
        }
        experiment.designs = chosen;
    }
    arguments.effort.apply(&mut experiment);
    adjust(&mut experiment, &arguments.settings)?;
    Ok(experiment)
}

fn failed(error: RunError) -> Exit {
    match error {
        RunError::Mistakes { problems } => complain_of(&problems),
        RunError::Interrupted => {
            complain(&error.to_string());
            Exit::Interrupted
        }
        error => complain(&error.to_string()),
    }
}

/// What the results mean for somebody who looks at the exit code only.
fn verdict(results: &Results) -> Exit {
    let asked = results.designs.iter().filter_map(|design| design.meets_objective);
    if results.objective.is_some() && !asked.clone().any(|meets| meets) {
        return Exit::Missed;
    }
    let imprecise =
        |design: &experiment::DesignResult| design.method == "simulate" && design.stop != "precise";
    if results.designs.iter().any(imprecise) { Exit::Imprecise } else { Exit::Done }
}

fn default_folder(file: &Path) -> PathBuf {
    Path::new("nines-out").join(file.file_stem().unwrap_or_default())
}

/// The command that gives these results again.
fn command(arguments: &RunArguments) -> String {
    let mut command = format!("nines run {}", quoted(&arguments.file.display().to_string()));
    command.push_str(&flags(&arguments.settings, &arguments.effort, &arguments.logs));
    for design in &arguments.design {
        command.push_str(&format!(" --design {}", quoted(design)));
    }
    if arguments.uncertainty {
        command.push_str(" --uncertainty");
    }
    if let Some(draws) = arguments.draws {
        command.push_str(&format!(" --draws {draws}"));
    }
    command
}
