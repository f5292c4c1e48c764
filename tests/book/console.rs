//! Runs the commands in `console` blocks and compares what they print with what is shown.
//!
//! All blocks of a page run one after the other in one fresh folder that holds the experiments, as if it were the
//! repository. Shown output must be all of the output, in which a line `...` stands for any number of lines; a command
//! that shows nothing may print anything. A command must end with code 0, unless `echo $?` follows and shows another.

use std::path::Path;
use std::process::{Command, Stdio};

use super::page::Page;
use super::{root, updating};

/// A command and what stands below it.
pub struct Step {
    pub command: String,
    /// Lines between the command and the end of its input, for `cat >> FILE <<'END'`.
    input: Vec<String>,
    /// Where the shown lines begin and end in the page, from 0.
    shown: std::ops::Range<usize>,
}

/// Checks a page, or brings it up to date.
pub fn check(page: &Page) {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    for experiments in ["experiments", "experiments/measured", "book/src/experiments"] {
        copy_folder(&root().join(experiments), &folder.path().join(experiments));
    }
    play(page, "console", &|step, at| run(step, folder.path(), at));
}

/// Does what blocks of this kind say, and compares what comes of it: a code and what is printed.
pub fn play(page: &Page, kind: &str, run: &dyn Fn(&Step, &str) -> (i32, String)) {
    let mut lines = page.lines();
    let steps: Vec<Step> = page
        .fences()
        .iter()
        .filter(|fence| fence.info == kind)
        .flat_map(|fence| steps(&lines, fence.line - 1, fence.text.lines().count()))
        .collect();
    let mut written = Vec::new();
    let mut code = 0;
    for (index, step) in steps.iter().enumerate() {
        let at = format!("{}:{}: {}", page.name(), step.shown.start, step.command);
        let shown = lines[step.shown.clone()].to_vec();
        let echo = step.command == "echo $?";
        let (new_code, output) = if echo { (0, format!("{code}\n")) } else { run(step, &at) };
        let asks_for_code = steps.get(index + 1).is_some_and(|next| next.command == "echo $?");
        assert!(new_code == 0 || asks_for_code, "{at}: ended with {new_code}\n{output}");
        code = new_code;
        let output: Vec<String> = output.trim_end().lines().map(|line| line.trim_end().to_owned()).collect();
        if updating() {
            written.push((step.shown.clone(), brought_up_to_date(&shown, &output, &at)));
        } else {
            compare(&shown, &output, &at);
        }
    }
    // From the last to the first, so that places stay right.
    for (place, new) in written.into_iter().rev() {
        lines.splice(place, new);
    }
    page.write(&lines);
}

fn steps(lines: &[String], first: usize, count: usize) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut at = first;
    while at < first + count {
        if let Some(command) = lines[at].strip_prefix("$ ") {
            let mut input = Vec::new();
            if command.ends_with("<<'END'") {
                at += 1;
                while lines[at] != "END" {
                    input.push(lines[at].clone());
                    at += 1;
                }
            }
            steps.push(Step { command: command.to_owned(), input, shown: at + 1..at + 1 });
        } else {
            steps.last_mut().expect("a console block begins with a command").shown.end = at + 1;
        }
        at += 1;
    }
    steps
}

fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder can be made");
    for entry in std::fs::read_dir(from).expect("the folder is there") {
        let path = entry.expect("it can be read").path();
        if path.is_file() {
            std::fs::copy(&path, to.join(path.file_name().expect("a file has a name"))).expect("room for it");
        }
    }
}

/// Runs a command: the program itself, or one of the few that a reader needs beside it.
pub fn run(step: &Step, folder: &Path, at: &str) -> (i32, String) {
    let command = step.command.strip_prefix("cargo run --release -- ").map(|rest| format!("nines {rest}"));
    let words = words(command.as_deref().unwrap_or(&step.command));
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["nines", ..] => program(&words[1..], folder),
        ["cp", from, to] if to.starts_with("book/src/plots/") => {
            keep_plot(&folder.join(from), &root().join(to), at);
            (0, String::new())
        }
        ["cp", from, to] => {
            std::fs::copy(folder.join(from), folder.join(to)).expect("the page copies what is there");
            (0, String::new())
        }
        ["cat", ">>", file, "<<END"] => {
            let path = folder.join(file);
            let text = std::fs::read_to_string(&path).expect("the page adds to what is there");
            std::fs::write(path, text + &step.input.join("\n") + "\n").expect("room for it");
            (0, String::new())
        }
        ["grep", "digest", file] => {
            let text = std::fs::read_to_string(folder.join(file)).expect("the page looks into what is there");
            let found: Vec<&str> = text.lines().filter(|line| line.contains("digest")).collect();
            (i32::from(found.is_empty()), found.join("\n"))
        }
        _ => panic!("{at}: the test does not know this command"),
    }
}

fn program(arguments: &[String], folder: &Path) -> (i32, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_nines"))
        .args(arguments)
        .current_dir(folder)
        .env("LC_ALL", "C.UTF-8")
        .env("NO_COLOR", "1")
        .stdin(Stdio::null())
        .output()
        .expect("the program starts");
    let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).expect("it prints UTF-8"));
    (output.status.code().unwrap_or(-1), text.concat())
}

/// A plot in the book is the one that the commands before it make.
fn keep_plot(made: &Path, kept: &Path, at: &str) {
    let new = std::fs::read(made).unwrap_or_else(|error| panic!("{at}: {error}"));
    if updating() {
        std::fs::write(kept, &new).expect("the book takes its plots");
    } else {
        assert!(std::fs::read(kept).is_ok_and(|old| old == new), "{at}: the plot in the book is another");
    }
}

/// A command's words, quotes respected.
pub fn words(command: &str) -> Vec<String> {
    let (mut words, mut quote, mut open) = (Vec::<String>::new(), None, false);
    for c in command.chars() {
        if quote.is_none() && c == ' ' {
            open = false;
            continue;
        }
        if !open {
            words.push(String::new());
            open = true;
        }
        match quote {
            Some(end) if c == end => quote = None,
            None if matches!(c, '"' | '\'') => quote = Some(c),
            _ => words.last_mut().expect("one is open").push(c),
        }
    }
    words
}

/// The shown lines, cut where `...` stands.
fn segments(shown: &[String]) -> Vec<&[String]> {
    shown.split(|line| line.trim() == "...").collect()
}

/// Where a run of lines stands in the output.
fn find(segment: &[String], output: &[String], from: usize) -> Option<usize> {
    (from..=output.len().checked_sub(segment.len())?).find(|&at| output[at..].starts_with(segment))
}

fn compare(shown: &[String], output: &[String], at: &str) {
    if shown.is_empty() {
        return;
    }
    let wrong = |segment: &[String]| -> ! {
        let help = "run the tests with UPDATE_BOOK=1 to take over what the program says";
        panic!("{at}\nshown:\n{}\nprinted:\n{}\n({help})", segment.join("\n"), output.join("\n"))
    };
    let segments = segments(shown);
    let mut from = 0;
    for (index, segment) in segments.iter().enumerate() {
        let Some(place) = find(segment, output, from) else { wrong(segment) };
        if index == 0 && place != 0 {
            wrong(segment);
        }
        from = place + segment.len();
    }
    let last = segments[segments.len() - 1];
    if !output.ends_with(last) {
        wrong(last);
    }
}

/// The output with the same parts left out: a part begins at its first line, which must still be there, and has as many
/// paragraphs as before; the last one goes to the end.
fn brought_up_to_date(shown: &[String], output: &[String], at: &str) -> Vec<String> {
    let segments = segments(shown);
    if shown.is_empty() || segments.len() == 1 {
        return if shown.is_empty() { Vec::new() } else { output.to_vec() };
    }
    let mut lines = Vec::new();
    let mut from = 0;
    for (index, segment) in segments.iter().enumerate() {
        if index > 0 {
            lines.push("...".to_owned());
        }
        let Some(first) = segment.first() else { continue };
        let found = output[from..].iter().position(|line| line == first);
        let place = from + found.unwrap_or_else(|| panic!("{at}: {first:?} is no longer printed"));
        let is_last = index + 1 == segments.len();
        from = if is_last { output.len() } else { place + paragraphs(&output[place..], ends(segment)) };
        lines.extend_from_slice(&output[place..from]);
    }
    lines
}

/// How many paragraphs end in these lines.
fn ends(lines: &[String]) -> usize {
    (0..lines.len()).filter(|&at| ends_at(lines, at)).count()
}

fn ends_at(lines: &[String], at: usize) -> bool {
    !lines[at].is_empty() && lines.get(at + 1).is_none_or(String::is_empty)
}

/// How many lines the first so many paragraphs have.
fn paragraphs(lines: &[String], count: usize) -> usize {
    (0..lines.len()).filter(|&at| ends_at(lines, at)).nth(count - 1).map_or(lines.len(), |at| at + 1)
}
