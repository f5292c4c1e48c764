//! Text that must fit: its width on a terminal, cut and wrapped to it.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Columns that the text takes on a terminal.
pub(crate) fn width(text: &str) -> usize {
    text.width()
}

/// The text on one line: what is not printable (also a newline or an escape in a name) becomes a replacement sign, so
/// that a name can neither break a table nor speak to a terminal, and XML accepts it.
pub(crate) fn printable(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\n' | '\t' => ' ',
            // Marks that change the direction of the text after them would reorder a whole row.
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{fffe}' | '\u{ffff}' => '\u{fffd}',
            c if c.is_control() => '\u{fffd}',
            c => c,
        })
        .collect()
}

/// A word that a shell takes as one.
pub(crate) fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:,=".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

/// `a`, `a and b`, `a, b and c`.
pub(crate) fn listed(items: &[String]) -> String {
    match items {
        [rest @ .., last] if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        items => items.concat(),
    }
}

/// The text, cut to `columns` with an ellipsis where it is longer.
pub(crate) fn cut(text: &str, columns: usize) -> String {
    cut_by(text, |part| width(part) <= columns)
}

/// The longest start of the text that `fits` with an ellipsis, or the text itself.
pub(crate) fn cut_by(text: &str, fits: impl Fn(&str) -> bool) -> String {
    if fits(text) {
        return text.to_owned();
    }
    let mut kept: Vec<char> = text.chars().collect();
    while kept.pop().is_some() {
        let part: String = kept.iter().collect::<String>().trim_end().to_owned() + "…";
        if fits(&part) {
            return part;
        }
    }
    String::new()
}

/// As [`cut`], but in the middle: the designs of a sweep have names that differ at the end.
pub(crate) fn cut_middle(text: &str, columns: usize) -> String {
    cut_middle_by(text, |part| width(part) <= columns)
}

/// The longest start and end of the text that fit with an ellipsis between, the start a little longer; or the text.
pub(crate) fn cut_middle_by(text: &str, fits: impl Fn(&str) -> bool) -> String {
    if fits(text) {
        return text.to_owned();
    }
    let letters: Vec<char> = text.chars().collect();
    for kept in (0..letters.len()).rev() {
        let end = kept * 2 / 5;
        let start: String = letters[..kept - end].iter().collect();
        let tail: String = letters[letters.len() - end..].iter().collect();
        let part = format!("{}…{}", start.trim_end(), tail.trim_start());
        if fits(&part) {
            return part;
        }
    }
    String::new()
}

/// The text in lines of at most `columns`, broken at spaces; only a word longer than a line is broken itself.
pub(crate) fn wrap(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(1);
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        if !line.is_empty() && width(&line) + 1 + width(word) > columns {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        for c in word.chars() {
            if width(&line) + c.width().unwrap_or(0) > columns && !line.is_empty() {
                lines.push(std::mem::take(&mut line));
            }
            line.push(c);
        }
    }
    lines.push(line);
    lines
}

/// The report's own signs in ASCII; what a user wrote stays.
pub(crate) fn ascii(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '–' | '—' | '−' | '─' => out.push('-'),
            '\u{201c}' | '\u{201d}' => out.push('"'),
            '×' => out.push('x'),
            '…' => out.push('~'),
            '·' => out.push('|'),
            'µ' => out.push('u'),
            '±' => out += "+-",
            '∞' => out += "inf",
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_long_is_cut_with_an_ellipsis() {
        assert_eq!(cut("three zones", 11), "three zones");
        assert_eq!(cut("three zones", 7), "three…");
        assert_eq!(cut("東京リージョン", 8), "東京リ…");
        assert_eq!(cut("anything", 0), "");
        assert_eq!(cut_middle("replicas over zones #11", 16), "replicas…es #11");
    }

    #[test]
    fn lines_break_at_spaces_and_never_exceed_their_width() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("incomprehensibilities in", 10), ["incomprehe", "nsibilitie", "s in"]);
        assert_eq!(wrap("", 10), [""]);
        for columns in 1..30 {
            assert!(
                wrap("a wide 東京 and a narrow one", columns.max(2))
                    .iter()
                    .all(|line| width(line) <= columns.max(2))
            );
        }
    }

    #[test]
    fn a_name_cannot_speak_to_the_terminal() {
        assert_eq!(printable("a\u{1b}[31mb\nc\u{202e}"), "a\u{fffd}[31mb c\u{fffd}");
    }
}
