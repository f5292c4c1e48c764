//! Rust source without its comments and literals, as far as the checks need to understand it.

/// The code of a file: comments, texts and characters are blanked, so that what is left is code; lines keep their places.
pub struct Source(String);

impl Source {
    pub fn new(text: &str) -> Source {
        Source(blanked(text))
    }

    /// The modules of this crate that are named, each once: `crate::units::Rate` and `use crate::{report, units}`.
    pub fn modules_used(&self) -> Vec<String> {
        let mut used = Vec::new();
        for (at, _) in self.0.match_indices("crate::") {
            if self.0[..at].ends_with(is_part_of_a_name) {
                continue;
            }
            let rest = &self.0[at + "crate::".len()..];
            match rest.strip_prefix('{') {
                Some(group) => used.extend(first_names(group)),
                None => used.push(name_at(rest)),
            }
        }
        used.sort();
        used.dedup();
        used
    }

    /// True where a path begins with this one: `rand` in `rand::rng()` and in `use rand;`, not in `crate::rand`.
    pub fn names(&self, path: &str) -> bool {
        self.0.match_indices(path).any(|(at, _)| {
            let (before, after) = (&self.0[..at], &self.0[at + path.len()..]);
            let begins = !before.ends_with(is_part_of_a_name) && !before.ends_with("::");
            let imported = before.ends_with("use ") && after.starts_with([';', ' ']);
            begins && (after.starts_with("::") || imported)
        })
    }

    /// True where this macro is called.
    pub fn calls(&self, name: &str) -> bool {
        self.0.match_indices(name).any(|(at, _)| !self.0[..at].ends_with(is_part_of_a_name))
    }

    /// All names, with repeats.
    pub fn identifiers(&self) -> impl Iterator<Item = &str> {
        self.0.split(|c| !is_part_of_a_name(c)).filter(|word| word.starts_with(|c: char| !c.is_ascii_digit()))
    }

    /// Every function that has a body: its name, its first line from 1, and how many lines it has.
    pub fn functions(&self) -> Vec<(String, usize, usize)> {
        let mut found = Vec::new();
        for (at, _) in self.0.match_indices("fn ") {
            let name = name_at(&self.0[at + 3..]);
            if name.is_empty() || self.0[..at].ends_with(is_part_of_a_name) {
                continue;
            }
            let Some(end) = end_of_body(&self.0[at..]) else { continue };
            let line = self.0[..at].matches('\n').count() + 1;
            found.push((name, line, self.0[at..at + end].matches('\n').count() + 1));
        }
        found
    }
}

fn is_part_of_a_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn name_at(text: &str) -> String {
    text.chars().take_while(|&c| is_part_of_a_name(c)).collect()
}

/// The first name of each path in a group, up to the brace that closes it.
fn first_names(group: &str) -> Vec<String> {
    let (mut depth, mut expected, mut names) = (0, true, Vec::new());
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => expected = true,
            _ if expected && is_part_of_a_name(c) => {
                names.push(name_at(&group[at..]));
                expected = false;
            }
            _ => {}
        }
    }
    names
}

/// Where the braces of a function end; nothing for one without a body. A `;` inside `[u8; 4]` ends nothing.
fn end_of_body(text: &str) -> Option<usize> {
    let (mut braces, mut brackets) = (0, 0);
    for (at, c) in text.char_indices() {
        match c {
            '[' | '(' => brackets += 1,
            ']' | ')' => brackets -= 1,
            ';' if braces == 0 && brackets == 0 => return None,
            '{' => braces += 1,
            '}' => {
                braces -= 1;
                if braces == 0 {
                    return Some(at);
                }
            }
            _ => {}
        }
    }
    None
}

/// The text with blanks for comments, texts and characters.
fn blanked(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let length = literal(rest, out.chars().next_back());
        if length == 0 {
            out.push(c);
            rest = &rest[c.len_utf8()..];
        } else {
            out.extend(rest[..length].chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
            rest = &rest[length..];
        }
    }
    out
}

/// Length of the comment or literal that begins here; 0 where none does.
fn literal(text: &str, before: Option<char>) -> usize {
    let until = |end: &str| text.find(end).unwrap_or(text.len());
    if text.starts_with("//") {
        return until("\n");
    }
    if text.starts_with("/*") {
        return text.find("*/").map_or(text.len(), |at| at + 2);
    }
    if let Some(rest) = text.strip_prefix('"') {
        return 1 + closing(rest, '"');
    }
    let raw = text.strip_prefix('r').filter(|_| !before.is_some_and(is_part_of_a_name));
    if let Some(raw) = raw {
        let hashes = raw.len() - raw.trim_start_matches('#').len();
        if raw[hashes..].starts_with('"') {
            let end = format!("\"{}", "#".repeat(hashes));
            let body = 2 + hashes;
            return text[body..].find(&end).map_or(text.len(), |at| body + at + end.len());
        }
    }
    // A lifetime has no closing quote.
    let mut chars = text.chars();
    match (chars.next(), chars.next(), chars.next()) {
        (Some('\''), Some('\\'), Some(escaped)) => {
            let body = 2 + escaped.len_utf8();
            body + text[body..].find('\'').map_or(0, |at| at + 1)
        }
        (Some('\''), Some(c), Some('\'')) => 2 + c.len_utf8(),
        _ => 0,
    }
}

/// Length up to and with the closing quote, escapes skipped.
fn closing(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        if c == quote && !escaped {
            return at + c.len_utf8();
        }
        escaped = c == '\\' && !escaped;
    }
    text.len()
}

#[test]
fn comments_and_literals_are_no_code() {
    let text = "use crate::{a::B, c}; // crate::d\nlet s = \"crate::e {\"; let c = '{'; let r = r#\"fn x() {\"#;\n\
                fn f<'a>(x: [u8; 2]) -> &'a str {\n    rand::rng();\n}\nfn g();\n";
    let source = Source::new(text);
    assert_eq!(source.modules_used(), ["a", "c"]);
    assert_eq!(source.functions(), [("f".to_owned(), 3, 3)]);
    assert!(source.names("rand") && !source.names("ran"));
    assert!(!Source::new("crate::rand::x(); operand::y(); use rand_chacha::Z;").names("rand"));
}
