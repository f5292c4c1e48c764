//! The program `nines`; all of it is in the library, so that a crate with models of its own is as short as this.

fn main() -> std::process::ExitCode {
    fivenines::cli::main()
}
