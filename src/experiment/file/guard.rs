//! What must hold of a file before it is parsed: that it exists, is text, is small, and is not nested without end.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::ops::Range;
use std::path::Path;

use crate::experiment::{Diagnostic, Report};

/// An experiment of a thousand services is a few hundred kB.
const MOST_BYTES: u64 = 4 << 20;
/// The longest keys of the schema have seven names: `design.set.component.server.mode.crash.fails`.
const MOST_DOTS: usize = 16;

/// The text of a file.
pub(super) fn read(path: &Path, name: &str) -> Result<String, Report> {
    let refuse = |message: String| Report::new(name, "", vec![Diagnostic::nowhere(message)]);
    let failed = |error: std::io::Error| {
        refuse(match error.kind() {
            ErrorKind::NotFound => "there is no such file".into(),
            ErrorKind::PermissionDenied => "this file may not be read".into(),
            _ => format!("this file cannot be read: {error}"),
        })
    };
    let metadata = std::fs::metadata(path).map_err(failed)?;
    if metadata.is_dir() {
        return Err(refuse("this is a directory, not an experiment file".into()));
    }
    // Whoever opens a pipe without a writer waits for ever; what a shell hands over has one.
    let handed_over = ["/dev/stdin", "/dev/fd/", "/proc/self/fd/"].iter().any(|door| name.starts_with(door));
    if !metadata.is_file() && !handed_over {
        return Err(refuse("this is a pipe or a device, not an experiment file".into()));
    }
    if metadata.len() > MOST_BYTES {
        return Err(refuse(too_big(&size(metadata.len()))));
    }
    let mut bytes = Vec::new();
    // A pipe has length 0 and may have no end.
    File::open(path).map_err(failed)?.take(MOST_BYTES + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(refuse(too_big("more than 4 MB")));
    }
    String::from_utf8(bytes).map_err(|error| not_text(name, &error))
}

/// Refuses a text that is too big, is not for people, or would take a parser to its limits.
pub(super) fn check(name: &str, text: &str) -> Result<(), Report> {
    let refuse = |diagnostic: Diagnostic| Err(Report::new(name, text, vec![diagnostic]));
    if text.len() as u64 > MOST_BYTES {
        return refuse(Diagnostic::new(0..0, too_big(&size(text.len() as u64))));
    }
    if let Some(at) = text.find('\0') {
        return refuse(Diagnostic::new(at..at + 1, "this is not text: it contains a zero byte"));
    }
    if let Some(span) = too_deep(text) {
        let message = format!("a key with more than {MOST_DOTS} dots is nested deeper than anything here");
        return refuse(Diagnostic::new(span, message));
    }
    Ok(())
}

fn size(bytes: u64) -> String {
    match bytes {
        0..10_000_000 => format!("{:.1} MB", bytes as f64 / 1e6),
        10_000_000..10_000_000_000 => format!("{:.0} MB", bytes as f64 / 1e6),
        _ => format!("{:.0} GB", bytes as f64 / 1e9),
    }
}

fn too_big(size: &str) -> String {
    format!("this file is {size}; an experiment file is text of a few kB, and 4 MB is the most that is read")
}

fn not_text(name: &str, error: &std::string::FromUtf8Error) -> Report {
    let at = error.utf8_error().valid_up_to();
    let byte = error.as_bytes()[at];
    // The replacement character stands where the first wrong byte was.
    let shown = String::from_utf8_lossy(error.as_bytes());
    let (line, _) = crate::experiment::diagnostic::position(&shown, at);
    let message = format!("line {line} is not UTF-8 text: it contains the byte 0x{byte:02x}");
    let help = "save the file as UTF-8";
    Report::new(name, &shown, vec![Diagnostic::new(at..at + 1, message).help(help)])
}

/// A key of so many segments that the tables it names, each inside the one before, could exhaust the stack.
///
/// The TOML parser bounds the nesting of brackets, but not this.
fn too_deep(text: &str) -> Option<Range<usize>> {
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        // A comment; or inside a text of many lines, where no key is either.
        if !line.trim_start().starts_with('#')
            && let Some(span) = long_key(line)
        {
            return Some(start + span.start..start + span.end);
        }
        start += line.len();
    }
    None
}

/// The first run of names with dots between them that has too many of them.
fn long_key(line: &str) -> Option<Range<usize>> {
    let (mut dots, mut start, mut after_name) = (0, 0, false);
    let mut chars = line.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let is_name = match c {
            '.' => {
                dots += 1;
                after_name = false;
                if dots > MOST_DOTS {
                    return Some(start..at);
                }
                continue;
            }
            ' ' | '\t' => continue,
            '"' | '\'' => {
                let mut escaped = false;
                for (_, inner) in chars.by_ref() {
                    if inner == c && !escaped {
                        break;
                    }
                    escaped = inner == '\\' && !escaped && c == '"';
                }
                true
            }
            _ if c.is_alphanumeric() || c == '_' || c == '-' => {
                while chars.next_if(|&(_, c)| c.is_alphanumeric() || c == '_' || c == '-').is_some() {}
                true
            }
            _ => false,
        };
        // Two names without a dot between them belong to two keys, or to prose.
        if !is_name || after_name || dots == 0 {
            (dots, start) = (0, if is_name { at } else { at + c.len_utf8() });
        }
        after_name = is_name;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deep(text: &str) -> bool {
        too_deep(text).is_some()
    }

    #[test]
    fn only_keys_of_many_segments_are_too_deep() {
        let chain = |segment: &str, count: usize| vec![segment; count].join(".");
        assert!(deep(&format!("x = 1\n{} = 1", chain("a", 18))));
        assert!(deep(&format!("[{}]", chain("\"a b\"", 18))));
        assert!(deep(&format!("a = {{ {} = 1 }}", chain(" 'a' ", 18))));
        assert!(deep(&"a.".repeat(1000)));
        assert!(deep(&".".repeat(1000)));
        assert!(!deep(&format!("{} = 1", chain("a", 17))));
        assert!(!deep(&format!("# {}", ".".repeat(80))));
        assert!(!deep(&format!("a = \"{}\"", ".".repeat(80))));
        assert!(!deep(&"A short sentence. And another one. ".repeat(30)));
        assert!(!deep(&"a.b = 1.5, c.d = [1.0, 2.0]\n".repeat(30)));
    }

    #[test]
    fn the_long_key_is_what_is_underlined() {
        let text = format!("x = 1\n  y = {{ {} = 1 }}", vec!["a"; 20].join("."));
        let span = too_deep(&text).unwrap();
        assert!(text[span].starts_with("a.a.a"));
    }

    #[test]
    fn sizes_read_well() {
        assert_eq!(size(100_000_000), "100 MB");
        assert_eq!(size(5_250_000), "5.2 MB");
        assert_eq!(size(20_000_000_000), "20 GB");
    }
}
