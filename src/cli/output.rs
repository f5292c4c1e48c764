//! The folder of results: found writable before anything runs, and never left half-written.

use std::io::Write;
use std::path::{Path, PathBuf};

use crate::experiment::{Results, StudyResults};
use crate::report::{self, Plot, ProtocolPlot};

/// A folder that can be written to.
pub struct Folder {
    path: PathBuf,
}

impl Folder {
    /// Makes the folder, with those around it, and tries to write to it. What was not there before is taken away
    /// again, so that a run that comes to nothing leaves nothing.
    pub fn open(path: &Path) -> Result<Folder, String> {
        let made: Vec<&Path> = path.ancestors().take_while(|folder| !is_there(folder)).collect();
        let tried = std::fs::create_dir_all(path).and_then(|()| tempfile::NamedTempFile::new_in(path));
        let tried = tried.map(drop).map_err(|error| cannot_use(path, &error));
        for folder in made {
            // Somebody may have put a file there meanwhile: then it stays.
            let _ = std::fs::remove_dir(folder);
        }
        tried.map(|()| Folder { path: path.to_owned() })
    }

    /// Writes results, tables, plots and the report, and takes away plots of an earlier run that these results have
    /// none of: beside the new report they would tell of another experiment. Returns the names of the files.
    pub fn write(&self, results: &Results) -> Result<Vec<String>, String> {
        let files = vec![
            ("report.html".to_owned(), report::html(results).into_bytes()),
            ("results.json".to_owned(), report::json(results).into_bytes()),
            ("results.csv".to_owned(), report::csv(results).into_bytes()),
        ];
        let plots = Plot::ALL.map(|plot| (plot.name(), plot.svg(results).zip(plot.png(results))));
        self.with_plots(files, plots)
    }

    /// The same for an experiment on a protocol.
    pub fn write_protocol(&self, results: &StudyResults) -> Result<Vec<String>, String> {
        let files = vec![
            ("report.html".to_owned(), report::protocol_html(results).into_bytes()),
            ("results.json".to_owned(), report::protocol_json(results).into_bytes()),
        ];
        let plots = ProtocolPlot::ALL.map(|plot| (plot.name(), plot.svg(results).zip(plot.png(results))));
        self.with_plots(files, plots)
    }

    /// Writes files and plots, and takes away those of the plots that there are none of.
    fn with_plots(
        &self,
        mut files: Vec<(String, Vec<u8>)>,
        plots: impl IntoIterator<Item = (&'static str, Option<(String, Vec<u8>)>)>,
    ) -> Result<Vec<String>, String> {
        let mut absent = Vec::new();
        for (name, drawn) in plots {
            let [svg, png] = ["svg", "png"].map(|ending| format!("{name}.{ending}"));
            match drawn {
                Some((vector, bitmap)) => files.extend([(svg, vector.into_bytes()), (png, bitmap)]),
                None => absent.extend([svg, png]),
            }
        }
        let names = self.keep(&files)?;
        absent.iter().try_for_each(|name| self.take_away(name))?;
        Ok(names)
    }

    fn take_away(&self, name: &str) -> Result<(), String> {
        let target = self.path.join(name);
        match std::fs::remove_file(&target) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(format!("cannot take away `{}`, of an earlier run: {error}", target.display()))
            }
            _ => Ok(()),
        }
    }

    /// Writes files, each whole or not at all. Returns their names.
    pub fn keep(&self, files: &[(String, Vec<u8>)]) -> Result<Vec<String>, String> {
        std::fs::create_dir_all(&self.path).map_err(|error| cannot_use(&self.path, &error))?;
        for (name, content) in files {
            self.write_file(name, content)?;
        }
        Ok(files.iter().map(|file| file.0.clone()).collect())
    }

    /// Writes beside the file and then renames, so that the file is there whole or not at all.
    fn write_file(&self, name: &str, content: &[u8]) -> Result<(), String> {
        let target = self.path.join(name);
        let cannot = |error: std::io::Error| format!("cannot write `{}`: {error}", target.display());
        let mut file = tempfile::NamedTempFile::new_in(&self.path).map_err(cannot)?;
        file.write_all(content).map_err(cannot)?;
        share(&file).map_err(cannot)?;
        file.persist(&target).map_err(|error| cannot(error.error))?;
        Ok(())
    }

    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// True for an existing file or folder, and for the nameless one around a relative path: the current one.
fn is_there(path: &Path) -> bool {
    path.as_os_str().is_empty() || path.exists()
}

fn cannot_use(path: &Path, error: &std::io::Error) -> String {
    format!("cannot write to the folder `{}`: {error}", path.display())
}

/// Temporary files are private; results are as readable as other files.
#[cfg(unix)]
fn share(file: &tempfile::NamedTempFile) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.as_file().set_permissions(std::fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn share(_: &tempfile::NamedTempFile) -> std::io::Result<()> {
    Ok(())
}
