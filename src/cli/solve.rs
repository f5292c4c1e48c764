//! `nines solve`.

use std::collections::BTreeSet;
use std::io::Write;

use super::Exit;
use super::args::SolveArguments;
use super::output::Folder;
use super::progress::Progress;
use super::screen::{check_threads, complain, find_design, flags, logs, results_style, say, show_mistakes};
use crate::experiment::{
    Draft, Experiment, Objective, Options, Quest, RunError, SolveError, SolveResult, solve,
};
use crate::report;
use crate::report::quoted;

/// Says what it would take to meet an objective.
pub fn run(arguments: &SolveArguments) -> Exit {
    match attempt(arguments) {
        Ok(exit) | Err(exit) => exit,
    }
}

fn attempt(arguments: &SolveArguments) -> Result<Exit, Exit> {
    check_threads(arguments.threads)?;
    let draft = Draft::read(&arguments.file, &logs(&arguments.logs, true))
        .map_err(|report| show_mistakes(&report))?;
    let experiment = draft.experiment().map_err(|report| show_mistakes(&report))?;
    let design = match (&arguments.design, &experiment.designs[..]) {
        (Some(name), _) => find_design(&experiment, name)?.name.clone(),
        (None, [only]) => only.name.clone(),
        (None, designs) => {
            let names: Vec<String> =
                designs.iter().take(8).map(|design| format!("`{}`", design.name)).collect();
            return Err(complain(&format!(
                "say which design with --design; the file has {}",
                names.join(", ")
            )));
        }
    };
    let objective = objective(arguments, &experiment)?;
    let folder = match &arguments.out {
        Some(out) => Some(Folder::open(out).map_err(|message| complain(&message))?),
        None => None,
    };
    let adjust = |experiment: &mut Experiment| {
        arguments.settings.apply(experiment);
        arguments.effort.apply(experiment);
    };
    let options = Options {
        threads: arguments.threads,
        file: arguments.file.display().to_string(),
        command: command(arguments, &design),
    };
    let quest = Quest { draft: &draft, design: &design, path: &arguments.path, objective, adjust: &adjust };
    let progress = Progress::new();
    let found = solve(&quest, &options, &progress);
    progress.finish();
    let found = found.map_err(failed)?;
    say(&report::solve_terminal(&found, results_style()));
    if let Some(folder) = folder {
        let file = ("solve.json".to_owned(), report::solve_json(&found).into_bytes());
        let names = folder.keep(&[file]).map_err(|message| complain(&message))?;
        say(&format!("\n{} in {}\n", names.join(", "), folder.path().display()));
    }
    Ok(verdict(&found))
}

/// The objective of the command line, or the file's.
fn objective(arguments: &SolveArguments, experiment: &Experiment) -> Result<Objective, Exit> {
    let service = match (&arguments.service, &experiment.objective, &experiment.designs[..]) {
        (Some(service), ..) => service.clone(),
        (None, Some(objective), _) => objective.service.clone(),
        (None, None, designs) => {
            let services = designs.iter().flat_map(|design| design.system.services.keys());
            let services: BTreeSet<&String> = services.collect();
            match services.first() {
                Some(only) if services.len() == 1 => (*only).clone(),
                _ => return Err(complain("say which service the objective is about with --service")),
            }
        }
    };
    match (&arguments.objective, &experiment.objective) {
        (Some(text), _) => {
            Objective::new(&service, text).map_err(|error| complain(&format!("--objective: {error}")))
        }
        (None, Some(objective)) => Ok(Objective { service, ..objective.clone() }),
        (None, None) => {
            Err(complain("the file has no objective: say what to reach, such as --objective 99.99%"))
        }
    }
}

fn failed(error: SolveError) -> Exit {
    match error {
        SolveError::Mistakes(report) => show_mistakes(&report),
        SolveError::Run(RunError::Interrupted) => {
            let _ = writeln!(std::io::stderr(), "error: {}", RunError::Interrupted);
            Exit::Interrupted
        }
        error => complain(&error.to_string()),
    }
}

fn verdict(found: &SolveResult) -> Exit {
    if found.answer.is_none() && !found.met_already { Exit::Missed } else { Exit::Done }
}

/// The command that gives this answer again.
fn command(arguments: &SolveArguments, design: &str) -> String {
    let file = quoted(&arguments.file.display().to_string());
    let mut command = format!("nines solve {file} --for {}", quoted(&arguments.path.to_string()));
    if arguments.design.is_some() {
        command.push_str(&format!(" --design {}", quoted(design)));
    }
    for (name, value) in [("objective", &arguments.objective), ("service", &arguments.service)] {
        if let Some(value) = value {
            command.push_str(&format!(" --{name} {}", quoted(value)));
        }
    }
    command.push_str(&flags(&arguments.settings, &arguments.effort, &arguments.logs));
    command
}
