//! `nines measure`.

use std::path::{Path, PathBuf};

use super::Exit;
use super::args::MeasureArguments;
use super::output::Folder;
use super::progress::Progress;
use super::protocol;
use super::screen::{WIDTH, check_threads, complain, logs, read_any, results_style, say, show_mistakes};
use crate::experiment::{File, MeasureError, Models, Options, RunError, Study};
use crate::process::Injected;
use crate::report::quoted;
use crate::{experiment, report};

/// Measures how a protocol deals with a fault.
pub fn measure(arguments: &MeasureArguments, models: &Models) -> Exit {
    match attempt(arguments, models) {
        Ok(exit) | Err(exit) => exit,
    }
}

fn attempt(arguments: &MeasureArguments, models: &Models) -> Result<Exit, Exit> {
    check_threads(arguments.threads)?;
    let (mut study, assumed) = subject(arguments, models)?;
    study.seed = arguments.seed.unwrap_or(study.seed);
    study.trials = arguments.trials.unwrap_or(study.trials);
    if study.trials == 0 {
        return Err(complain("--trials 0: there must be at least one episode"));
    }
    protocol::choose(&mut study, &arguments.design)?;
    let name = name(arguments)?;
    let out = arguments.out.clone().unwrap_or_else(|| Path::new("nines-out").join(stem(arguments)));
    let folder = Folder::open(&out).map_err(|message| complain(&message))?;
    let options = Options {
        threads: arguments.threads,
        file: arguments.what.display().to_string(),
        command: command(arguments),
    };
    let progress = Progress::new();
    let results = experiment::measure(&study, &options, &progress);
    progress.finish();
    let mut results = results.map_err(failed)?;
    results.assumed = assumed;
    say(&report::measure_terminal(&results, results_style()));
    let files = folder.keep(&report::measure_files(&results, &name)).map_err(|message| complain(&message))?;
    let mut line = format!("{} files in {}: {}", files.len(), folder.path().display(), files.join(", "));
    if files.contains(&format!("{name}.toml")) {
        line += &format!(
            ". An experiment with {name}.toml in a folder measured/ beside it can say failover = {{ measured = {name:?} }}."
        );
    }
    say(&format!("\n{}\n", report::wrap(&line, WIDTH).join("\n")));
    Ok(if results.designs.iter().any(|design| design.violations > 0) { Exit::Missed } else { Exit::Done })
}

/// What is measured: a file's study, or a model's, with the file that stands for what was not said of it.
fn subject(arguments: &MeasureArguments, models: &Models) -> Result<(Study, Option<String>), Exit> {
    let name = arguments.what.to_string_lossy();
    if arguments.what.exists() || models.about(&name).is_none() {
        if !arguments.what.exists() && !name.contains(['.', '/', '\\']) {
            let known: Vec<&str> = models.names().collect();
            return Err(complain(&format!(
                "`{name}` is neither a file nor a model; the models are {}",
                known.join(", ")
            )));
        }
        if arguments.fault.is_some() {
            return Err(complain("--fault is for a model by its name: a file says fault in its [measure]"));
        }
        return match read_any(&arguments.what, &logs(&arguments.logs, true), models)? {
            File::Study(study) => Ok((*study, None)),
            File::Experiment(_) => Err(complain("this file has no `model`: only protocols can be measured")),
        };
    }
    let fault = match &arguments.fault {
        None => Injected::LeaderCrash,
        Some(fault) => Injected::named(fault).ok_or_else(|| {
            let names = Injected::ALL.map(Injected::name);
            complain(&format!("--fault {fault}: write one of {}", names.join(", ")))
        })?,
    };
    let Some(text) = experiment::assumed(&name, fault, models) else {
        return Err(complain(&format!("`{name}` needs options: write a file with a [measure]")));
    };
    match File::parse(&name, &text, &Default::default(), models) {
        Ok(File::Study(study)) => Ok((*study, Some(text))),
        Ok(File::Experiment(_)) => unreachable!("it names a model"),
        Err(report) => Err(show_mistakes(&report)),
    }
}

fn stem(arguments: &MeasureArguments) -> PathBuf {
    PathBuf::from(arguments.what.file_stem().unwrap_or_default())
}

/// What the laws are called.
fn name(arguments: &MeasureArguments) -> Result<String, Exit> {
    let name = arguments.name.clone().unwrap_or_else(|| stem(arguments).to_string_lossy().into_owned());
    match experiment::is_measured_name(&name) {
        true => Ok(name),
        false => Err(complain(&format!(
            "--name {}: a name is made of letters, digits, - and _, such as raft-election",
            quoted(&name)
        ))),
    }
}

fn failed(error: MeasureError) -> Exit {
    complain(&error.to_string());
    if matches!(error, MeasureError::Run(RunError::Interrupted)) { Exit::Interrupted } else { Exit::BadInput }
}

/// The command that gives these results again.
fn command(arguments: &MeasureArguments) -> String {
    let mut command = format!("nines measure {}", quoted(&arguments.what.display().to_string()));
    let mut add = |flag: &str, value: Option<String>| {
        if let Some(value) = value {
            command.push_str(&format!(" --{flag} {}", quoted(&value)));
        }
    };
    add("fault", arguments.fault.clone());
    add("seed", arguments.seed.map(|seed| seed.to_string()));
    add("trials", arguments.trials.map(|trials| trials.to_string()));
    arguments.design.iter().for_each(|design| add("design", Some(design.clone())));
    add("name", arguments.name.clone());
    command
}
