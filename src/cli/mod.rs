//! The program `nines`: arguments and the terminal. The only layer that prints, reads the environment or writes files.

mod args;
mod catalog;
mod check;
mod fit;
mod list;
mod output;
mod progress;
mod replay;
mod run;
mod screen;
mod solve;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser;

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
    /// No design that was tried meets the objective in the file.
    Missed = 1,
    /// The file or the command line is wrong, or something could not be read or written.
    BadInput = 2,
    /// The trials ended before the precision asked for was reached.
    Imprecise = 3,
    /// Stopped by Ctrl-C.
    Interrupted = 130,
}

/// The whole program, with the process's arguments.
pub fn main() -> ExitCode {
    run_with(std::env::args_os())
}

/// The whole program, with these arguments; the first is the program's name.
pub fn run_with(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
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
        Command::Run(arguments) => run::run(&arguments),
        Command::Solve(arguments) => solve::run(&arguments),
        Command::Check(arguments) => check::check(&arguments),
        Command::Replay(arguments) => replay::replay(&arguments),
        Command::List(arguments) => list::list(&arguments),
        Command::Catalog(arguments) => catalog::catalog(&arguments),
        Command::Fit(arguments) => fit::fit(&arguments),
    };
    ExitCode::from(exit as u8)
}
