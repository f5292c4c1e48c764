//! A Markdown page: its fences, links, includes and tables.

use std::path::{Path, PathBuf};

/// A page and where it lies.
pub struct Page {
    path: PathBuf,
    text: String,
}

/// A fenced block, what it includes put in its place.
pub struct Fence {
    /// The line of its text's first line, from 1.
    pub line: usize,
    /// What stands behind the opening backquotes.
    pub info: String,
    pub text: String,
}

impl Page {
    pub fn read(path: &Path) -> Page {
        let text =
            std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Page { path: path.to_owned(), text }
    }

    /// The path from the root of the repository.
    pub fn name(&self) -> String {
        self.path.strip_prefix(super::root()).unwrap_or(&self.path).display().to_string()
    }

    pub fn folder(&self) -> &Path {
        self.path.parent().expect("a page lies in a folder")
    }

    pub fn lines(&self) -> Vec<String> {
        self.text.lines().map(str::to_owned).collect()
    }

    /// Puts other lines in the place of its own.
    pub fn write(&self, lines: &[String]) {
        let text = lines.join("\n") + "\n";
        if text != self.text {
            std::fs::write(&self.path, text).expect("a page can be written");
        }
    }

    pub fn fences(&self) -> Vec<Fence> {
        let mut fences = Vec::new();
        let mut open: Option<Fence> = None;
        for (index, line) in self.text.lines().enumerate() {
            match (&mut open, line.trim_start().strip_prefix("```")) {
                (None, Some(info)) => {
                    open = Some(Fence { line: index + 2, info: info.trim().to_owned(), text: String::new() });
                }
                (Some(_), Some(_)) => fences.extend(open.take()),
                (Some(fence), None) => {
                    fence.text.push_str(&self.included(line));
                    fence.text.push('\n');
                }
                (None, None) => {}
            }
        }
        assert!(open.is_none(), "{}: a fence is not closed", self.name());
        fences
    }

    /// A line, or what it includes: a file, or the part of one that its anchor names.
    fn included(&self, line: &str) -> String {
        let Some(inner) = line.trim().strip_prefix("{{#include ").and_then(|rest| rest.strip_suffix("}}"))
        else {
            return line.to_owned();
        };
        let (path, anchor) = inner.split_once(':').map_or((inner, None), |(path, part)| (path, Some(part)));
        let text = std::fs::read_to_string(self.folder().join(path.trim()))
            .unwrap_or_else(|error| panic!("{}: {path}: {error}", self.name()));
        let Some(anchor) = anchor else { return text };
        let marks = |line: &str, mark: &str| line.contains(&format!("{mark}: {anchor}"));
        let part = text.lines().skip_while(|line| !marks(line, "ANCHOR")).skip(1);
        part.take_while(|line| !marks(line, "ANCHOR_END")).collect::<Vec<_>>().join("\n")
    }

    /// The text outside of fences.
    pub fn prose(&self) -> String {
        let mut inside = false;
        let outside = self.text.lines().filter(|line| {
            let fence = line.trim_start().starts_with("```");
            inside ^= fence;
            !inside && !fence
        });
        outside.collect::<Vec<_>>().join("\n")
    }

    /// Targets of links and pictures within the repository.
    pub fn links(&self) -> Vec<String> {
        let prose = self.prose();
        let targets = prose.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        let inner = targets.filter(|target| !target.contains("://") && !target.starts_with('#'));
        inner.map(str::to_owned).collect()
    }

    /// Files that it includes.
    pub fn includes(&self) -> Vec<String> {
        let includes = self.text.split("{{#include ").skip(1);
        includes.filter_map(|rest| rest.split("}}").next()).map(|path| path.trim().to_owned()).collect()
    }

    /// The cells of the table that follows a mark, its head left out.
    pub fn table_after(&self, mark: &str) -> Vec<Vec<String>> {
        let lines = self.text.lines().skip_while(|line| line.trim() != mark).skip(1);
        let table = lines.skip_while(|line| !line.starts_with('|')).take_while(|line| line.starts_with('|'));
        table.skip(2).map(cells).collect()
    }
}

/// The cells of a row. A bar inside backquotes would end a cell in Markdown too.
pub fn cells(row: &str) -> Vec<String> {
    row.trim().trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect()
}
