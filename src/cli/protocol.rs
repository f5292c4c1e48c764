//! `nines run`, `replay` and `shrink` of protocols.

use std::path::Path;

use super::Exit;
use super::args::{Effort, ReplayArguments, RunArguments, ShrinkArguments};
use super::output::Folder;
use super::progress::Progress;
use super::screen::{WIDTH, complain, flags, logs, read_any, results_style, say};
use crate::experiment::{File, Models, Options, RunError, Study, StudyDesign};
use crate::report::quoted;
use crate::units::Instant;
use crate::{experiment, report};

/// Plays every design of a protocol.
pub fn run(mut study: Study, arguments: &RunArguments, options: &Options, out: &Path) -> Result<Exit, Exit> {
    let unused = [
        (arguments.effort.precision.is_some(), "--precision"),
        (arguments.effort.method.is_some(), "--method"),
        (arguments.uncertainty, "--uncertainty"),
    ];
    if let Some((_, flag)) = unused.into_iter().find(|(given, _)| *given) {
        return Err(complain(&format!("{flag}: an experiment on a protocol has no use for it")));
    }
    if study.designs.iter().any(|design| design.measure.is_some()) {
        let file = quoted(&arguments.file.display().to_string());
        return Err(complain(&format!("this file has a [measure], which is not run: nines measure {file}")));
    }
    study.seed = arguments.settings.seed.unwrap_or(study.seed);
    study.horizon = arguments.settings.horizon.unwrap_or(study.horizon);
    study.trials = arguments.effort.trials.unwrap_or(study.trials);
    if study.trials == 0 {
        return Err(complain("--trials 0: there must be at least one trial"));
    }
    if study.horizon.is_zero() {
        return Err(complain("--horizon: a trial must be longer than nothing"));
    }
    if study.horizon <= study.warm_up {
        let message = format!("--horizon {}: the warm-up alone takes {}", study.horizon, study.warm_up);
        return Err(complain(&message));
    }
    let again = again(&mut study, arguments)?;
    let folder = Folder::open(out).map_err(|message| complain(&message))?;
    let progress = Progress::new();
    let results = experiment::run_study(&study, options, &progress);
    progress.finish();
    let mut results = results.map_err(|error| {
        complain(&error.to_string());
        if matches!(error, RunError::Interrupted) { Exit::Interrupted } else { Exit::BadInput }
    })?;
    results.again = again;
    say(&report::protocol_terminal(&results, results_style()));
    let files = folder.write_protocol(&results).map_err(|message| complain(&message))?;
    let line = format!("{} files in {}: {}", files.len(), folder.path().display(), files.join(", "));
    say(&format!("\n{}\n", report::wrap(&line, WIDTH).join("\n")));
    Ok(if results.designs.iter().any(|design| design.violations > 0) { Exit::Missed } else { Exit::Done })
}

/// Leaves the designs that are asked for, and says with which options one of their trials is played again.
fn again(study: &mut Study, arguments: &RunArguments) -> Result<String, Exit> {
    let mut again = flags(&arguments.settings, &Effort::default(), &arguments.logs);
    let of = study.designs.len();
    choose(study, &arguments.design)?;
    if let ([design], true) = (&study.designs[..], of > 1) {
        // The results do not show that the file has others.
        again.push_str(&format!(" --design {}", quoted(&design.name)));
    }
    Ok(again.trim_start().to_owned())
}

/// Plays one trial again and tells its story.
pub fn replay(mut study: Study, arguments: &ReplayArguments) -> Result<Exit, Exit> {
    study.seed = arguments.settings.seed.unwrap_or(study.seed);
    study.horizon = arguments.settings.horizon.unwrap_or(study.horizon);
    let design = find(&study, arguments.design.as_deref())?;
    let end = Instant::START + study.horizon.span();
    let from = Instant::START + arguments.from.unwrap_or_default().span();
    let until = arguments.until.map_or(end, |until| (Instant::START + until.span()).min(end));
    if from > until {
        return Err(complain("--from lies behind --until, or behind the end of the trial"));
    }
    let told = design.staged.tell(study.seed, arguments.trial, end);
    let heading = format!("{}, trial {}, seed {}", design.name, arguments.trial, study.seed);
    let mut files: Vec<(&Path, String)> = Vec::new();
    for path in arguments.files() {
        files.push((path, report::chrome_trace(&told, end)));
    }
    if let Some(path) = &arguments.svg {
        files.push((path, report::story_svg(&told, (&study.title, &heading), from, until)));
    }
    if files.is_empty() {
        say(&format!("{}\n{heading}\n\n{}", study.title, report::story_text(&told, from, until)));
    }
    for (path, text) in files {
        std::fs::write(path, text)
            .map_err(|error| complain(&format!("cannot write `{}`: {error}", path.display())))?;
        say(&format!("wrote {}\n", path.display()));
    }
    let verdict = match &told.violation {
        Some(violation) => format!("broken: {violation}\n"),
        None if told.undecided => "what clients saw would take too long to check\n".to_owned(),
        None => "nothing that must hold was broken\n".to_owned(),
    };
    say(&format!("\n{verdict}"));
    Ok(if told.violation.is_some() { Exit::Missed } else { Exit::Done })
}

/// Makes the faults of a trial few.
pub fn shrink(arguments: &ShrinkArguments, models: &Models) -> Exit {
    match attempt(arguments, models) {
        Ok(exit) | Err(exit) => exit,
    }
}

fn attempt(arguments: &ShrinkArguments, models: &Models) -> Result<Exit, Exit> {
    let File::Study(study) = read_any(&arguments.file, &logs(&arguments.logs, true), models)? else {
        return Err(complain("this file has no `model`: only the faults of protocols can be made few"));
    };
    let design = find(&study, arguments.design.as_deref())?;
    let seed = arguments.settings.seed.unwrap_or(study.seed);
    let end = Instant::START + arguments.settings.horizon.unwrap_or(study.horizon).span();
    let Some(shrunk) = design.staged.shrink(seed, arguments.trial, end) else {
        say(&format!("{}, trial {}: nothing that must hold was broken\n", design.name, arguments.trial));
        return Ok(Exit::Done);
    };
    let count = shrunk.schedule.faults().len();
    let faults = match count {
        0 => "no fault at all".to_owned(),
        1 => "one fault".to_owned(),
        count => format!("{count} faults"),
    };
    say(&format!(
        "# {}, trial {}, seed {seed}: {faults} of {}, found in {} plays.\n# {}\n# Without a [nemesis], these in its place break it:\n\n{}",
        design.name,
        arguments.trial,
        shrunk.of,
        shrunk.plays,
        shrunk.violation,
        report::schedule_toml(&shrunk.schedule)
    ));
    Ok(Exit::Missed)
}

/// Leaves these designs, where any are named.
pub fn choose(study: &mut Study, names: &[String]) -> Result<(), Exit> {
    let mut chosen: Vec<StudyDesign> = Vec::new();
    for name in names {
        let design = find(study, Some(name))?;
        if chosen.iter().all(|other| other.name != design.name) {
            chosen.push(design.clone());
        }
    }
    if !chosen.is_empty() {
        study.designs = chosen;
    }
    Ok(())
}

/// A design by its name, or the only one.
fn find<'a>(study: &'a Study, name: Option<&str>) -> Result<&'a StudyDesign, Exit> {
    let names = || {
        let names: Vec<String> = study.designs.iter().map(|design| format!("`{}`", design.name)).collect();
        names.join(", ")
    };
    match (name, &study.designs[..]) {
        (None, [only]) => Ok(only),
        (None, _) => Err(complain(&format!("which design? --design with one of {}", names()))),
        (Some(name), designs) => designs
            .iter()
            .find(|design| design.name == name)
            .ok_or_else(|| complain(&format!("there is no design `{name}`; the file has {}", names()))),
    }
}
