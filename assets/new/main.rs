//! The whole program `nines`, with this model in it.

fn main() -> std::process::ExitCode {
    fivenines::cli::main(&my_model::models())
}
