//! What the terminal can show, and what goes wrong on it.

use std::io::{IsTerminal, Write};
use std::path::Path;

use crate::experiment::{self, Design, Experiment, File, Logs, Models, Report};
use crate::report;
use crate::report::quoted;
use crate::system::Problem;

use super::Exit;
use super::args::{Effort, Settings, TraceArguments};

/// The width of a page where nobody says.
pub const WIDTH: usize = 80;

/// Whether to use color on a stream: on a terminal that does not say `NO_COLOR` (no-color.org).
fn color(is_terminal: bool) -> bool {
    let set = |name: &str| variable(name).is_some_and(|value| !value.is_empty());
    is_terminal && !set("NO_COLOR") && variable("TERM").as_deref() != Some("dumb")
}

fn variable(name: &str) -> Option<String> {
    #[allow(
        clippy::disallowed_methods,
        reason = "how to print is the terminal's business, and reaches no result"
    )]
    std::env::var(name).ok()
}

/// True where the locale can show more than ASCII.
fn unicode() -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
        .into_iter()
        .find_map(|name| variable(name).filter(|it| !it.is_empty()));
    // Without a locale, as in most containers and all of Windows, terminals take UTF-8 nowadays.
    locale.is_none_or(|it| it.to_ascii_uppercase().replace('-', "").contains("UTF8"))
}

/// How results are shown on standard output.
pub fn results_style() -> report::Style {
    report::Style { color: color(std::io::stdout().is_terminal()), width: WIDTH, ascii: !unicode() }
}

/// How mistakes are shown on standard error.
fn mistakes_style() -> experiment::Style {
    experiment::Style { width: 100, unicode: unicode(), color: color(std::io::stderr().is_terminal()) }
}

/// Prints to standard output. A pipe that was closed is no error: somebody has seen enough.
pub fn say(text: &str) {
    let _ = std::io::stdout().write_all(text.as_bytes());
}

/// Prints a mistake to standard error.
pub fn complain(message: &str) -> Exit {
    let _ = writeln!(std::io::stderr(), "error: {message}");
    Exit::BadInput
}

/// Prints mistakes that have no place in a file.
pub fn complain_of(problems: &[Problem]) -> Exit {
    problems.iter().for_each(|problem| {
        complain(&problem.to_string());
    });
    Exit::BadInput
}

/// Reads a file of either kind, or says what is wrong with it.
pub fn read_any(file: &Path, logs: &Logs, models: &Models) -> Result<File, Exit> {
    experiment::read_file(file, logs, models).map_err(|report| show_mistakes(&report))
}

/// The logs that the command line names.
pub fn logs(logs: &TraceArguments, needed: bool) -> Logs {
    let given = logs.traces.iter().map(|log| (log.name.clone(), log.path.clone()));
    Logs { given: given.collect(), needed, folder: None }
}

/// Shows what is wrong with a file.
pub fn show_mistakes(report: &Report) -> Exit {
    let _ = std::io::stderr().write_all(report.render(mistakes_style()).as_bytes());
    Exit::BadInput
}

/// Puts the command line's settings in the place of the file's, and checks the whole again.
pub fn adjust(experiment: &mut Experiment, settings: &Settings) -> Result<(), Exit> {
    settings.apply(experiment);
    let problems = experiment.check();
    if problems.is_empty() { Ok(()) } else { Err(complain_of(&problems)) }
}

/// More threads than this take longer to start than a run takes.
const MOST_THREADS: usize = 1024;

/// Complains of a number of threads that cannot be.
pub fn check_threads(asked: Option<usize>) -> Result<(), Exit> {
    match asked {
        Some(0) => Err(complain("--threads 0: there must be at least one thread")),
        Some(count) if count > MOST_THREADS => {
            Err(complain(&format!("--threads {count}: {MOST_THREADS} is the most there can be")))
        }
        _ => Ok(()),
    }
}

/// Finds a design by name, or suggests one.
pub fn find_design<'a>(experiment: &'a Experiment, name: &str) -> Result<&'a Design, Exit> {
    let named = experiment.designs.iter().find(|design| design.name == name);
    named.ok_or_else(|| {
        let names: Vec<String> =
            experiment.designs.iter().map(|design| format!("`{}`", design.name)).collect();
        complain(&format!("there is no design `{name}`; the file has {}", names.join(", ")))
    })
}

/// The flags that differ from the file, as they go into the command that reproduces results.
pub fn flags(settings: &Settings, effort: &Effort, logs: &TraceArguments) -> String {
    let mut flags = String::new();
    let mut add = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            flags.push_str(&format!(" --{name} {value}"));
        }
    };
    add("seed", settings.seed.map(|seed| seed.to_string()));
    add("horizon", settings.horizon.map(|horizon| horizon.to_string()));
    add("trials", effort.trials.map(|trials| trials.to_string()));
    add("precision", effort.precision.map(|precision| precision.to_string()));
    add("method", effort.method.map(|method| method.to_string()));
    for log in &logs.traces {
        add("trace", Some(quoted(&format!("{}={}", log.name, log.path.display()))));
    }
    flags
}
