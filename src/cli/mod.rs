//! The program `nines`: arguments and the terminal. The only layer that prints, reads the environment or writes files.

mod args;
mod catalog;
mod check;
mod fit;
mod list;
mod measure;
mod new;
mod output;
mod progress;
mod protocol;
mod replay;
mod run;
mod screen;
mod solve;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser;

use crate::experiment::Models;
use args::{Arguments, Command};

/// What the program's exit code says. 101 is a bug: a panic.
///
/// ```
/// use fivenines::cli::Exit;
///
/// assert_eq!(Exit::BadInput as u8, 2);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// All is well.
    Done = 0,
    /// No design that was tried meets the objective in the file, or a protocol broke what must hold.
    Missed = 1,
    /// The file or the command line is wrong, or something could not be read or written.
    BadInput = 2,
    /// The trials ended before the precision asked for was reached.
    Imprecise = 3,
    /// Stopped by Ctrl-C.
    Interrupted = 130,
}

/// The whole program, with the process's arguments and these models.
pub fn main(models: &Models) -> ExitCode {
    run_with(std::env::args_os(), models)
}

/// The whole program, with these arguments and models; the first argument is the program's name.
pub fn run_with(arguments: impl IntoIterator<Item = OsString>, models: &Models) -> ExitCode {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version are no errors, and clap knows on which stream and with which code each of its
            // messages belongs. Nothing can be done about a stream that does not take it.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { Exit::BadInput as u8 } else { Exit::Done as u8 });
        }
    };
    let exit = match arguments.command {
        Command::Run(arguments) => run::run(&arguments, models),
        Command::Solve(arguments) => solve::run(&arguments),
        Command::Check(arguments) => check::check(&arguments, models),
        Command::Replay(arguments) => replay::replay(&arguments, models),
        Command::Shrink(arguments) => protocol::shrink(&arguments, models),
        Command::Measure(arguments) => measure::measure(&arguments, models),
        Command::New(arguments) => new::new(&arguments),
        Command::List(arguments) => list::list(&arguments, models),
        Command::Catalog(arguments) => catalog::catalog(&arguments),
        Command::Fit(arguments) => fit::fit(&arguments),
    };
    ExitCode::from(exit as u8)
}
