//! A piece of the text of a law that knows where it came from.

use super::error::LawError;

/// A part of a text, by byte positions.
#[derive(Clone, Copy)]
pub(super) struct Piece<'a> {
    whole: &'a str,
    start: usize,
    end: usize,
}

impl<'a> Piece<'a> {
    pub fn whole(text: &'a str) -> Piece<'a> {
        Piece { whole: text, start: 0, end: text.len() }.trimmed()
    }

    pub fn text(self) -> &'a str {
        &self.whole[self.start..self.end]
    }

    pub fn is_empty(self) -> bool {
        self.start == self.end
    }

    fn trimmed(self) -> Piece<'a> {
        let text = self.text();
        let start = self.start + (text.len() - text.trim_start().len());
        Piece { start, end: start + text.trim().len(), ..self }
    }

    /// Everything before byte `at` and everything from there, both trimmed.
    pub fn split_at(self, at: usize) -> (Piece<'a>, Piece<'a>) {
        let at = self.start + at;
        (Piece { end: at, ..self }.trimmed(), Piece { start: at, ..self }.trimmed())
    }

    /// Without its first and its last byte.
    pub fn inside(self) -> Piece<'a> {
        Piece { start: self.start + 1, end: self.end - 1, ..self }.trimmed()
    }

    /// What stands before and after a whole word, if the word is there.
    pub fn around(self, word: &str) -> Option<(Piece<'a>, Piece<'a>)> {
        let is_edge = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
        let text = self.text();
        text.match_indices(word).find_map(|(at, _)| {
            let after = at + word.len();
            let alone = is_edge(text[..at].chars().next_back()) && is_edge(text[after..].chars().next());
            alone.then(|| (self.split_at(at).0, self.split_at(after).1))
        })
    }

    /// The pieces between the commas that stand in no brackets.
    pub fn commas(self) -> Vec<Piece<'a>> {
        let (mut pieces, mut depth, mut start) = (Vec::new(), 0, self.start);
        for (at, c) in self.text().char_indices() {
            match c {
                '(' => depth += 1,
                ')' => depth -= 1,
                ',' if depth == 0 => {
                    pieces.push(Piece { start, end: self.start + at, ..self }.trimmed());
                    start = self.start + at + 1;
                }
                _ => {}
            }
        }
        pieces.push(Piece { start, ..self }.trimmed());
        pieces
    }

    /// How many brackets are open at once.
    pub fn depth(self) -> usize {
        let (mut depth, mut deepest) = (0usize, 0);
        for c in self.text().chars() {
            match c {
                '(' => depth += 1,
                ')' => depth = depth.saturating_sub(1),
                _ => {}
            }
            deepest = deepest.max(depth);
        }
        deepest
    }

    /// A mistake at this place.
    pub fn error(self, problem: impl ToString) -> LawError {
        LawError { text: self.whole.to_owned(), range: self.start..self.end, problem: problem.to_string() }
    }
}
