//! Mistakes in how data are cut into chunks and placed.

use super::{Checker, Problem};
use crate::system::{Body, Chunks, Data, KeyPath, Placement, Service};

/// More sets of replicas than this take more memory than a run has.
const MOST_SETS: u64 = 10_000_000;

impl Checker<'_> {
    pub(super) fn chunks(
        &mut self,
        path: &KeyPath,
        name: &str,
        service: &Service,
        (data, chunks): (&Data, &Chunks),
    ) {
        let Body::Replicas { replicas, .. } = service.body else { return };
        self.beside_chunks(path, name, service, data);
        let (needs, path) = (data.needs.of(chunks.copies), path.key("chunks"));
        if chunks.count == 0 {
            self.report(Problem::new(
                path.key("count"),
                format!("`{name}` has no chunks: there is nothing to lose"),
            ));
        }
        if chunks.copies > replicas {
            let Chunks { copies, .. } = chunks;
            let message = format!("`{name}` has {replicas} replicas, too few for {copies} copies of a chunk");
            return self.report(Problem::new(path.key("copies"), message));
        }
        if needs == 0 || needs > chunks.copies {
            let message =
                format!("a chunk needs {needs} of its {} copies: it is never or always lost", chunks.copies);
            return self.report(Problem::new(path.key("copies"), message).help("say it in needs = 1"));
        }
        if let Some((key, message)) = wrong_width(name, replicas, chunks) {
            let path = path.key("placement");
            self.report(Problem::new(key.iter().fold(path, |path, key| path.key(key)), message));
        }
        if chunks.rebuild.is_some() {
            let path = path.key("rebuild");
            if chunks.copies < 2 {
                let message =
                    format!("`{name}` has one copy of each chunk: there is nothing to rebuild one from");
                self.report(Problem::new(path, message));
            } else if data.size.is_none() {
                let message = format!("nothing says how much of `{name}` there is to rebuild");
                self.report(
                    Problem::new(path, message).help("add size to the data, such as size = \"1 PB\""),
                );
            }
        }
    }

    /// What is said of data that are lost as a whole.
    fn beside_chunks(&mut self, path: &KeyPath, name: &str, service: &Service, data: &Data) {
        if service.parts().is_some() {
            let message = format!("`{name}` is divided: that says already which replicas have what");
            self.report(Problem::new(path.key("chunks"), message));
        }
        for (key, has) in [
            ("local_groups", data.local_groups > 0),
            ("backup", !data.backups.is_empty()),
            ("anew", data.anew.is_some()),
            ("lag", data.lag.is_some()),
        ] {
            if has {
                let message = format!("`{name}` keeps chunks, which are lost for good one by one");
                let help =
                    "leave it out, or the chunks: only what is lost as a whole is restored, or left behind";
                self.report(Problem::new(path.key(key), message).help(help));
            }
        }
    }
}

/// What is wrong with the width of a placement, and below which keys.
fn wrong_width(name: &str, replicas: u32, chunks: &Chunks) -> Option<(&'static [&'static str], String)> {
    let (key, width): (&'static [&'static str], u32) = match chunks.placement {
        Placement::Random => return None,
        Placement::Window(width) => (&["window"], width),
        Placement::Copysets { scatter } => (&["copysets", "scatter"], scatter),
    };
    let (copies, sets) = (chunks.copies, chunks.placement.sets(replicas, chunks.copies));
    let message = if copies < 2 {
        "one copy of a chunk has no others to be near to".to_owned()
    } else if width < copies - 1 {
        format!("{copies} copies of a chunk take {} replicas besides the first, not {width}", copies - 1)
    } else if width >= replicas {
        format!("`{name}` has {} replicas besides any of them, not {width}", replicas - 1)
    } else if let Some(sets) = sets.filter(|&sets| sets > MOST_SETS) {
        format!("that makes {sets} sets of replicas, more than {MOST_SETS}")
    } else {
        return None;
    };
    Some((key, message))
}
