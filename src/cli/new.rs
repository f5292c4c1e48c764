//! `nines new`: a crate with a model of one's own, and the whole program around it.

use std::path::Path;

use super::Exit;
use super::args::NewArguments;
use super::screen::{complain, say};

/// The files of the crate, as they are in `assets/new`, where it is called `my-model`.
const FILES: [(&str, &str); 5] = [
    ("Cargo.toml", include_str!("../../assets/new/Cargo.toml")),
    ("experiment.toml", include_str!("../../assets/new/experiment.toml")),
    ("src/lib.rs", include_str!("../../assets/new/lib.rs")),
    ("src/main.rs", include_str!("../../assets/new/main.rs")),
    ("tests/model.rs", include_str!("../../assets/new/test.rs")),
];

/// Writes a small working crate into a new folder.
pub fn new(arguments: &NewArguments) -> Exit {
    match attempt(arguments) {
        Ok(()) => Exit::Done,
        Err(message) => complain(&message),
    }
}

fn attempt(arguments: &NewArguments) -> Result<(), String> {
    let folder = &arguments.folder;
    let name = folder.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
    if !name.starts_with(|c: char| c.is_ascii_lowercase()) || !name.chars().all(fits) {
        return Err(format!(
            "`{name}` is no name for a crate: write small letters, digits and -, such as my-model"
        ));
    }
    if folder.exists() {
        return Err(format!("`{}` is there already", folder.display()));
    }
    let failed = |error: std::io::Error| format!("cannot write `{}`: {error}", folder.display());
    for (path, text) in FILES {
        let path = folder.join(path);
        std::fs::create_dir_all(path.parent().expect("a file is in a folder")).map_err(failed)?;
        std::fs::write(path, filled(text, name)).map_err(failed)?;
    }
    say(&format!(
        "{name}: a model in src/lib.rs, an experiment, and a test\n  cd {}\n  cargo run --release -- run experiment.toml\n  \
         cargo test\n",
        folder.display()
    ));
    Ok(())
}

/// A file with the crate's own name in it, and with where the library is.
fn filled(text: &str, name: &str) -> String {
    text.replace("my-model", name)
        .replace("my_model", &name.replace('-', "_"))
        .replace("{ at = \"here\" }", &library())
}

/// The library as a dependency: where its source is, if the program was built from one that is still there.
fn library() -> String {
    let source = Path::new(env!("CARGO_MANIFEST_DIR"));
    match source.join("Cargo.toml").is_file() {
        true => format!("{{ path = {:?} }}", source.display().to_string()),
        false => format!("{:?}", env!("CARGO_PKG_VERSION")),
    }
}
