//! The program `nines`; all of it is in the library, so that a crate with models of its own is as short as this.

#[path = "../models/mod.rs"]
mod models;

fn main() -> std::process::ExitCode {
    fivenines::cli::main(&models::all())
}
