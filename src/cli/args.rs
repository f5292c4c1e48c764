//! The command line.

use std::num::{IntErrorKind, ParseIntError};
use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::experiment::{Experiment, Method};
use crate::fit::Condition;
use crate::system::KeyPath;
use crate::units::{Duration, Probability};

/// Estimates the availability of replicated systems before anybody builds them.
#[derive(Debug, Parser)]
#[command(name = "nines", version, after_help = EXIT_CODES, max_term_width = 100)]
pub struct Arguments {
    #[command(subcommand)]
    pub command: Command,
}

const EXIT_CODES: &str = "Exit codes: 0 done; 1 no design meets the objective in the file, or a protocol broke what must \
hold; 2 the file or the command line \
is wrong; 3 the trials ended before the precision asked for; 101 a bug; 130 interrupted.";

/// Reads a whole number: a negative one or a word is called what it is, in the words of a user.
fn whole<T: FromStr<Err = ParseIntError>>(text: &str) -> Result<T, String> {
    text.parse().map_err(|error: ParseIntError| match error.kind() {
        IntErrorKind::PosOverflow => "this number is too large".to_owned(),
        _ => "write a whole number, 0 or more, such as 1000".to_owned(),
    })
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run an experiment: try every design, compare them, write tables, plots and a report.
    Run(RunArguments),
    /// Say what it would take: the smallest change of one value that reaches an objective.
    Solve(SolveArguments),
    /// Read an experiment file and say what is wrong with it, without running it.
    Check(CheckArguments),
    /// Play one trial again and tell what failed when, when a service was down, and why.
    Replay(ReplayArguments),
    /// Look for the fewest and shortest faults under which a trial of a protocol still breaks what must hold.
    Shrink(ShrinkArguments),
    /// Measure how a protocol deals with a fault: inject one into many episodes, and write the laws of what came of it.
    Measure(MeasureArguments),
    /// Write a small crate with a model of your own, and the whole program around it.
    New(NewArguments),
    /// List the experiments in a folder.
    List(ListArguments),
    /// List, show and cite published failure rates and repair times.
    Catalog(CatalogArguments),
    /// Fit laws for time to failure and repair to a failure log, ready to paste into an experiment.
    Fit(Box<FitArguments>),
}

/// Settings that take the place of the file's.
#[derive(Clone, Debug, Default, Args)]
pub struct Settings {
    /// Seed of all random numbers.
    #[arg(long, value_name = "NUMBER", value_parser = whole::<u64>, allow_hyphen_values = true)]
    pub seed: Option<u64>,
    /// Length of a trial, such as 10y.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub horizon: Option<Duration>,
}

impl Settings {
    pub fn apply(&self, experiment: &mut Experiment) {
        experiment.seed = self.seed.unwrap_or(experiment.seed);
        experiment.horizon = self.horizon.unwrap_or(experiment.horizon);
    }
}

/// How well to know an answer, in the place of the file's.
#[derive(Clone, Debug, Default, Args)]
pub struct Effort {
    /// The most trials of a design.
    #[arg(long, value_name = "NUMBER", value_parser = whole::<u64>, allow_hyphen_values = true)]
    pub trials: Option<u64>,
    /// Relative half-width asked of the downtime, such as 5%.
    #[arg(long, value_name = "SHARE", allow_hyphen_values = true)]
    pub precision: Option<Probability>,
    /// How to find the availability: auto, simulate or exact.
    #[arg(long, value_name = "METHOD")]
    pub method: Option<Method>,
}

impl Effort {
    pub fn apply(&self, experiment: &mut Experiment) {
        experiment.trials = self.trials.unwrap_or(experiment.trials);
        experiment.precision = self.precision.unwrap_or(experiment.precision);
        experiment.method = self.method.unwrap_or(experiment.method);
    }
}

/// Where the logs are that traces replay.
#[derive(Clone, Debug, Default, Args)]
pub struct TraceArguments {
    /// The log that a trace of the file replays; once for each trace.
    #[arg(long = "trace", value_name = "NAME=PATH")]
    pub traces: Vec<TraceLog>,
}

/// A trace's name and the path of its log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceLog {
    pub name: String,
    pub path: PathBuf,
}

impl FromStr for TraceLog {
    type Err = String;

    fn from_str(text: &str) -> Result<TraceLog, String> {
        match text.split_once('=') {
            Some((name, path)) if !name.trim().is_empty() && !path.is_empty() => {
                Ok(TraceLog { name: name.trim().to_owned(), path: PathBuf::from(path) })
            }
            _ => Err("write the name of a trace, = and the path of its log: lanl=failures.csv".to_owned()),
        }
    }
}

#[derive(Debug, Args)]
pub struct RunArguments {
    /// The experiment file.
    pub file: PathBuf,
    #[command(flatten)]
    pub settings: Settings,
    #[command(flatten)]
    pub logs: TraceArguments,
    #[command(flatten)]
    pub effort: Effort,
    /// Threads to use [default: all cores]; results do not depend on it.
    #[arg(long, value_name = "NUMBER", value_parser = whole::<usize>, allow_hyphen_values = true)]
    pub threads: Option<usize>,
    /// Folder for results, plots and the report [default: nines-out/NAME OF THE FILE].
    #[arg(long, value_name = "FOLDER")]
    pub out: Option<PathBuf>,
    /// Try this design only; may be given several times.
    #[arg(long, value_name = "NAME")]
    pub design: Vec<String>,
    /// Say how far the answer moves within the ranges of the catalog's figures: a run for each end of each.
    #[arg(long)]
    pub uncertainty: bool,
    /// With --uncertainty: also draw all figures at once, so many times, a run for each [default: 0].
    #[arg(long, value_name = "NUMBER", value_parser = whole::<u64>, allow_hyphen_values = true, requires = "uncertainty")]
    pub draws: Option<u64>,
}

#[derive(Debug, Args)]
pub struct SolveArguments {
    /// The experiment file.
    pub file: PathBuf,
    /// The value to change: a whole number, a time, a share or a law, such as service.db.failover.detect.
    #[arg(long = "for", value_name = "PATH")]
    pub path: KeyPath,
    /// What to reach, such as 99.99% [default: the file's objective].
    #[arg(long, value_name = "AVAILABILITY")]
    pub objective: Option<String>,
    /// The service it is about [default: that of the file's objective, or the only one].
    #[arg(long, value_name = "NAME")]
    pub service: Option<String>,
    /// The design to change; may be left out where there is only one.
    #[arg(long, value_name = "NAME")]
    pub design: Option<String>,
    #[command(flatten)]
    pub settings: Settings,
    #[command(flatten)]
    pub logs: TraceArguments,
    #[command(flatten)]
    pub effort: Effort,
    /// Threads to use [default: all cores]; results do not depend on it.
    #[arg(long, value_name = "NUMBER", value_parser = whole::<usize>, allow_hyphen_values = true)]
    pub threads: Option<usize>,
    /// Folder for solve.json [default: nothing is written].
    #[arg(long, value_name = "FOLDER")]
    pub out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct CheckArguments {
    /// The experiment file.
    pub file: PathBuf,
    /// Print the experiment as it was understood, every design in full, as JSON.
    #[arg(long)]
    pub resolved: bool,
    #[command(flatten)]
    pub logs: TraceArguments,
}

#[derive(Debug, Args)]
pub struct ReplayArguments {
    /// The experiment file.
    pub file: PathBuf,
    /// The design; may be left out where there is only one.
    #[arg(long, value_name = "NAME")]
    pub design: Option<String>,
    /// The trial, from 0.
    #[arg(long, value_name = "NUMBER", value_parser = whole::<u64>, allow_hyphen_values = true)]
    pub trial: u64,
    #[command(flatten)]
    pub settings: Settings,
    /// The log that a trace of the file replays, once for each trace; or, of a protocol, the file to write the trial to as a
    /// trace that the Perfetto viewer opens.
    #[arg(long = "trace", value_name = "NAME=PATH | FILE")]
    pub traces: Vec<TraceOrFile>,
    /// Of a protocol: the file to write a drawing of the trial to.
    #[arg(long, value_name = "FILE")]
    pub svg: Option<PathBuf>,
    /// Of a protocol: tell what happened from this time on [default: the start].
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub from: Option<Duration>,
    /// Of a protocol: tell what happened until this time [default: the end].
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub until: Option<Duration>,
}

/// The log of a trace, or a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TraceOrFile {
    Log(TraceLog),
    File(PathBuf),
}

impl FromStr for TraceOrFile {
    type Err = String;

    fn from_str(text: &str) -> Result<TraceOrFile, String> {
        match text.contains('=') {
            true => text.parse().map(TraceOrFile::Log),
            false if text.is_empty() => Err("write the path of a file, or NAME=PATH".to_owned()),
            false => Ok(TraceOrFile::File(PathBuf::from(text))),
        }
    }
}

impl ReplayArguments {
    /// The logs that traces replay.
    pub fn logs(&self) -> TraceArguments {
        let log = |trace: &TraceOrFile| match trace {
            TraceOrFile::Log(log) => Some(log.clone()),
            TraceOrFile::File(_) => None,
        };
        TraceArguments { traces: self.traces.iter().filter_map(log).collect() }
    }

    /// The files to write the trial to as a trace.
    pub fn files(&self) -> impl Iterator<Item = &PathBuf> {
        self.traces.iter().filter_map(|trace| match trace {
            TraceOrFile::File(path) => Some(path),
            TraceOrFile::Log(_) => None,
        })
    }
}

#[derive(Debug, Args)]
pub struct ShrinkArguments {
    /// The experiment file.
    pub file: PathBuf,
    #[command(flatten)]
    pub logs: TraceArguments,
    /// The design; may be left out where there is only one.
    #[arg(long, value_name = "NAME")]
    pub design: Option<String>,
    /// The trial, from 0.
    #[arg(long, value_name = "NUMBER", value_parser = whole::<u64>, allow_hyphen_values = true)]
    pub trial: u64,
    #[command(flatten)]
    pub settings: Settings,
}

#[derive(Debug, Args)]
pub struct MeasureArguments {
    /// The experiment file, with a [measure]; or a model's name, measured with a network and clients that are assumed and shown.
    #[arg(value_name = "FILE | MODEL")]
    pub what: PathBuf,
    #[command(flatten)]
    pub logs: TraceArguments,
    /// Of a model by its name: what is injected [default: leader-crash].
    #[arg(long, value_name = "FAULT")]
    pub fault: Option<String>,
    /// Seed of all random numbers.
    #[arg(long, value_name = "NUMBER", value_parser = whole::<u64>, allow_hyphen_values = true)]
    pub seed: Option<u64>,
    /// Episodes of a design.
    #[arg(long, value_name = "NUMBER", value_parser = whole::<u64>, allow_hyphen_values = true)]
    pub trials: Option<u64>,
    /// Threads to use [default: all cores]; results do not depend on it.
    #[arg(long, value_name = "NUMBER", value_parser = whole::<usize>, allow_hyphen_values = true)]
    pub threads: Option<usize>,
    /// Folder for the results, the plot and the laws [default: nines-out/NAME OF THE FILE].
    #[arg(long, value_name = "FOLDER")]
    pub out: Option<PathBuf>,
    /// Measure this design only; may be given several times.
    #[arg(long, value_name = "NAME")]
    pub design: Vec<String>,
    /// What the laws are called, and so the file NAME.toml that has them [default: the name of the file].
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
}

#[derive(Debug, Args)]
pub struct NewArguments {
    /// The folder to make; its name is the crate's.
    pub folder: PathBuf,
}

#[derive(Debug, Args)]
pub struct ListArguments {
    /// The folder.
    #[arg(default_value = "experiments")]
    pub folder: PathBuf,
}

#[derive(Debug, Args)]
pub struct CatalogArguments {
    /// Words that must all occur in an entry, or the key of one to show it in full; all entries without.
    pub words: Vec<String>,
    /// Print the entries as JSON.
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
#[command(after_help = FIT_EXAMPLE)]
pub struct FitArguments {
    /// The log: comma-separated values with a header, a row for each outage.
    pub file: PathBuf,
    /// Column with the start of an outage.
    #[arg(long, value_name = "COLUMN")]
    pub start: String,
    /// Column with its end. Without it and --down there are no times to repair, as in a log of replacements.
    #[arg(long, value_name = "COLUMN")]
    pub end: Option<String>,
    /// Column with the time down, in minutes or with a unit such as 90s; taken before the end.
    #[arg(long, value_name = "COLUMN")]
    pub down: Option<String>,
    /// Column that identifies a unit, such as the node; several make one name. Without it the whole group is one unit.
    #[arg(long, value_name = "COLUMN")]
    pub by: Vec<String>,
    /// Column whose every value gets laws of its own, such as the system; several make one name.
    #[arg(long, value_name = "COLUMN")]
    pub group: Vec<String>,
    /// Use only rows that meet a condition: COLUMN=VALUE, !=, <, <=, > or >=; may be given several times.
    #[arg(long = "where", value_name = "CONDITION")]
    pub conditions: Vec<Condition>,
    /// Number of units, those that never failed with them: a number, GROUP=NUMBER, or a column [default: those that appear].
    #[arg(long, value_name = "NUMBER")]
    pub population: Vec<String>,
    /// Date at which units were new [default: a group's first outage].
    #[arg(long, value_name = "DATE")]
    pub from: Option<String>,
    /// Leave failures before this date out; what ran then enters with its age.
    #[arg(long, value_name = "DATE")]
    pub since: Option<String>,
    /// Date at which watching ended; what ran then is censored [default: a group's last outage].
    #[arg(long, value_name = "DATE")]
    pub until: Option<String>,
    /// Whether 6/7/2005 is in June (mdy) or in July (dmy) [default: what other dates in the log show].
    #[arg(long, value_name = "ORDER")]
    pub dates: Option<DateOrder>,
    /// Failures of different units within this time make a burst [default: 2min].
    #[arg(long, value_name = "TIME")]
    pub window: Option<Duration>,
    /// How often units are drawn again for the intervals; 0 for none.
    #[arg(long, value_name = "NUMBER", value_parser = whole::<u64>, allow_hyphen_values = true, default_value_t = 200)]
    pub resamples: u64,
    /// Seed of that drawing.
    #[arg(long, value_name = "NUMBER", value_parser = whole::<u64>, allow_hyphen_values = true, default_value_t = 1)]
    pub seed: u64,
    /// Folder for fit.json, laws.toml and the plots [default: nothing is written].
    #[arg(long, value_name = "FOLDER")]
    pub out: Option<PathBuf>,
}

/// Which number of a date comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DateOrder {
    /// 6/21/2005
    Mdy,
    /// 21/6/2005
    Dmy,
}

const FIT_EXAMPLE: &str = "Example: nines fit failures.csv --start down --end up --by node --group cluster \
--population 'east=200' --population 'west=150' --out fitted";
