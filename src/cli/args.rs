//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::experiment::Method;
use crate::units::{Duration, Probability};

/// Estimates the availability of replicated systems before anybody builds them.
#[derive(Debug, Parser)]
#[command(name = "nines", version, after_help = EXIT_CODES, max_term_width = 100)]
pub struct Arguments {
    #[command(subcommand)]
    pub command: Command,
}

const EXIT_CODES: &str = "Exit codes: 0 done; 1 no design meets the objective in the file; 2 the file or the command line \
is wrong; 3 the trials ended before the precision asked for; 101 a bug; 130 interrupted.";

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run an experiment: try every design, compare them, write tables, plots and a report.
    Run(RunArguments),
    /// Read an experiment file and say what is wrong with it, without running it.
    Check(CheckArguments),
    /// Play one trial again and tell what failed when, when a service was down, and why.
    Replay(ReplayArguments),
    /// List the experiments in a folder.
    List(ListArguments),
    /// List, show and cite published failure rates and repair times.
    Catalog(CatalogArguments),
}

/// Settings that take the place of the file's.
#[derive(Clone, Debug, Default, Args)]
pub struct Settings {
    /// Seed of all random numbers.
    #[arg(long, value_name = "NUMBER")]
    pub seed: Option<u64>,
    /// Length of a trial, such as 10y.
    #[arg(long, value_name = "TIME")]
    pub horizon: Option<Duration>,
}

#[derive(Debug, Args)]
pub struct RunArguments {
    /// The experiment file.
    pub file: PathBuf,
    #[command(flatten)]
    pub settings: Settings,
    /// The most trials of a design.
    #[arg(long, value_name = "NUMBER")]
    pub trials: Option<u64>,
    /// Relative half-width asked of the downtime, such as 5%.
    #[arg(long, value_name = "SHARE")]
    pub precision: Option<Probability>,
    /// Threads to use [default: all cores]; results do not depend on it.
    #[arg(long, value_name = "NUMBER")]
    pub threads: Option<usize>,
    /// Folder for results, plots and the report [default: nines-out/NAME OF THE FILE].
    #[arg(long, value_name = "FOLDER")]
    pub out: Option<PathBuf>,
    /// How to find the availability: auto, simulate or exact.
    #[arg(long, value_name = "METHOD")]
    pub method: Option<Method>,
    /// Try this design only; may be given several times.
    #[arg(long, value_name = "NAME")]
    pub design: Vec<String>,
    /// Say how far the answer moves within the ranges of the catalog's figures: a run for each end of each.
    #[arg(long)]
    pub uncertainty: bool,
    /// With --uncertainty: also draw all figures at once, so many times, a run for each [default: 0].
    #[arg(long, value_name = "NUMBER", requires = "uncertainty")]
    pub draws: Option<u64>,
}

#[derive(Debug, Args)]
pub struct CheckArguments {
    /// The experiment file.
    pub file: PathBuf,
    /// Print the experiment as it was understood, every design in full, as JSON.
    #[arg(long)]
    pub resolved: bool,
}

#[derive(Debug, Args)]
pub struct ReplayArguments {
    /// The experiment file.
    pub file: PathBuf,
    /// The design; may be left out where there is only one.
    #[arg(long, value_name = "NAME")]
    pub design: Option<String>,
    /// The trial, from 0.
    #[arg(long, value_name = "NUMBER")]
    pub trial: u64,
    #[command(flatten)]
    pub settings: Settings,
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
