//! `nines check`.

use super::Exit;
use super::args::CheckArguments;
use super::screen::{complain, logs, read_any, say};
use crate::experiment::{File, Models, Study};

/// Reads a file and says that it is right, or what is wrong.
pub fn check(arguments: &CheckArguments, models: &Models) -> Exit {
    let experiment = match read_any(&arguments.file, &logs(&arguments.logs, false), models) {
        Ok(File::Experiment(experiment)) => experiment,
        Ok(File::Study(study)) => return check_study(&study, arguments),
        Err(exit) => return exit,
    };
    if arguments.resolved {
        let text = serde_json::to_string_pretty(&experiment).expect("an experiment is plain data");
        say(&format!("{text}\n"));
        return Exit::Done;
    }
    let mut text = format!("{}: no mistakes\n{}\n", arguments.file.display(), experiment.title);
    for design in &experiment.designs {
        let services = design.system.services.len();
        let sites = design.system.sites.len();
        let count = |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
        text.push_str(&format!(
            "  {}: {}, {}",
            design.name,
            count(services, "service"),
            count(sites, "site")
        ));
        let set: Vec<String> = design.set.iter().map(|(path, value)| format!("{path} = {value}")).collect();
        text.push_str(&if set.is_empty() { "\n".to_owned() } else { format!("; {}\n", set.join(", ")) });
    }
    let absent = |design: &crate::experiment::Design| {
        let traces = design.system.traces.iter().filter(|(_, trace)| trace.is_absent());
        traces.map(|(name, _)| name.clone()).collect::<Vec<_>>()
    };
    for name in experiment.designs.first().map(absent).unwrap_or_default() {
        text.push_str(&not_looked_at(&name));
    }
    say(&text);
    Exit::Done
}

fn check_study(study: &Study, arguments: &CheckArguments) -> Exit {
    if arguments.resolved {
        return complain("--resolved: a protocol is code, and has no such form");
    }
    let mut text = format!("{}: no mistakes\n{}\n", arguments.file.display(), study.title);
    for design in &study.designs {
        let processes = design.staged.processes();
        let measures = design.measure.as_ref();
        let measures = measures.map_or(String::new(), |it| format!(", measures a {}", it.injection.what));
        text.push_str(&format!(
            "  {}: model {}, {processes} processes{measures}\n",
            design.name, study.model
        ));
    }
    for name in &study.unread {
        text.push_str(&not_looked_at(name));
    }
    say(&text);
    Exit::Done
}

/// What is said of a trace whose log was not given.
fn not_looked_at(name: &str) -> String {
    format!("  the log of the trace `{name}` was not given and not looked at: --trace {name}=PATH\n")
}
