//! `nines fit`.

use std::fs::File;
use std::io::BufReader;

use super::Exit;
use super::args::{DateOrder, FitArguments};
use super::output::Folder;
use super::screen::{WIDTH, complain, results_style, say};
use crate::fit::{Columns, Findings, Group, Log, Moment, Order, Room, Settings, fit_group};
use crate::report;

/// Outages that are kept in memory; 16 bytes of each go to a temporary file beyond.
const IN_MEMORY: usize = 1 << 20;

/// Names of files that are listed: those of one group.
const MOST_NAMES: usize = 12;

/// Fits laws to a failure log.
pub fn fit(arguments: &FitArguments) -> Exit {
    match attempt(arguments) {
        Ok(()) => Exit::Done,
        Err(message) => complain(&message),
    }
}

fn attempt(arguments: &FitArguments) -> Result<(), String> {
    let populations = Populations::new(&arguments.population)?;
    let columns = columns(arguments, &populations);
    let settings = settings(arguments)?;
    let folder = arguments.out.as_ref().map(|out| Folder::open(out)).transpose()?;
    let file = arguments.file.display().to_string();
    let source = File::open(&arguments.file).map_err(|error| format!("cannot read `{file}`: {error}"))?;
    let room = Room::with_scratch(IN_MEMORY, tempfile::tempfile);
    let log = Log::read_within(BufReader::new(source), &columns, &room)
        .map_err(|error| format!("{file}: {error}"))?;
    populations.check(log.groups())?;
    let mut groups = Vec::new();
    for group in log.groups() {
        let settings = Settings { population: populations.of(group), ..settings };
        let of = if group.name().is_empty() { String::new() } else { format!(" group `{}`:", group.name()) };
        groups.push(fit_group(&log, group, &settings).map_err(|error| format!("{file}:{of} {error}"))?);
    }
    let findings = Findings::new(&file, &command(), &log, &columns, &settings, groups);
    drop(log);
    say(&report::fit_terminal(&findings, results_style()));
    let Some(folder) = folder else { return Ok(()) };
    let names = folder.keep(&report::fit_files(&findings))?;
    let more = names.len().saturating_sub(MOST_NAMES);
    let mut shown = names[..names.len() - more].join(", ");
    if more > 0 {
        shown += &format!(" and {more} more");
    }
    let files = format!("{} files in {}: {shown}", names.len(), folder.path().display());
    say(&format!("\n{}\n", report::wrap(&files, WIDTH).join("\n")));
    Ok(())
}

fn columns(arguments: &FitArguments, populations: &Populations) -> Columns {
    Columns {
        start: arguments.start.clone(),
        end: arguments.end.clone(),
        down: arguments.down.clone(),
        units: arguments.by.clone(),
        groups: arguments.group.clone(),
        population: populations.column.clone(),
        conditions: arguments.conditions.clone(),
        order: arguments.dates.map(|order| match order {
            DateOrder::Mdy => Order::MonthFirst,
            DateOrder::Dmy => Order::DayFirst,
        }),
    }
}

fn settings(arguments: &FitArguments) -> Result<Settings, String> {
    let order = if arguments.dates == Some(DateOrder::Dmy) { Order::DayFirst } else { Order::MonthFirst };
    let date = |flag: &str, text: &Option<String>| match text {
        None => Ok(None),
        Some(text) => Moment::parse(text, order).map(Some).ok_or_else(|| {
            format!("--{flag} {text}: no date; write it as 2005-06-21 or \"2005-06-21 10:54\"")
        }),
    };
    if arguments.resamples < 20 && arguments.resamples != 0 {
        return Err(format!("--resamples {}: 20 is the least that gives an interval", arguments.resamples));
    }
    Ok(Settings {
        population: None,
        from: date("from", &arguments.from)?,
        since: date("since", &arguments.since)?,
        until: date("until", &arguments.until)?,
        window: arguments.window.unwrap_or(Settings::default().window),
        resamples: arguments.resamples,
        seed: arguments.seed,
    })
}

/// How many units there are: for the only group, for groups by name, or in a column.
struct Populations {
    only: Option<u64>,
    by_name: Vec<(String, u64)>,
    column: Option<String>,
}

impl Populations {
    fn new(texts: &[String]) -> Result<Populations, String> {
        let mut found = Populations { only: None, by_name: Vec::new(), column: None };
        for text in texts {
            if let Ok(number) = text.parse() {
                found.only = Some(number);
            } else if let Some((name, number)) = text.rsplit_once('=') {
                let number = number
                    .trim()
                    .parse()
                    .map_err(|_| format!("--population {text}: a group's number of units is whole"))?;
                found.by_name.push((name.trim().to_owned(), number));
            } else {
                found.column = Some(text.clone());
            }
        }
        Ok(found)
    }

    fn check(&self, groups: &[Group]) -> Result<(), String> {
        if let (Some(number), [_, _, ..]) = (self.only, groups) {
            let name = groups[0].name();
            return Err(format!(
                "--population {number}: there are {} groups; say --population {name}={number} for each, or name a column",
                groups.len()
            ));
        }
        let names: Vec<&str> = groups.iter().map(Group::name).collect();
        match self.by_name.iter().find(|(name, _)| !names.contains(&name.as_str())) {
            Some((name, number)) => {
                let some: Vec<String> = names.iter().take(30).map(|name| format!("`{name}`")).collect();
                Err(format!(
                    "--population {name}={number}: there is no group `{name}`; there are {}",
                    some.join(", ")
                ))
            }
            None => Ok(()),
        }
    }

    fn of(&self, group: &Group) -> Option<u64> {
        let named = self.by_name.iter().find(|(name, _)| name == group.name()).map(|(_, number)| *number);
        named.or(self.only)
    }
}

/// The command as it was given, to be pasted into a shell.
fn command() -> String {
    let quoted = |word: String| {
        let plain = word.chars().all(|c| c.is_alphanumeric() || "-_./=:%+,".contains(c));
        if plain && !word.is_empty() { word } else { format!("'{}'", word.replace('\'', "'\\''")) }
    };
    let words = std::env::args_os().skip(1).map(|word| quoted(word.to_string_lossy().into_owned()));
    std::iter::once("nines".to_owned()).chain(words).collect::<Vec<_>>().join(" ")
}
