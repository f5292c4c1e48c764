//! What is wrong with the text of a law, and where.

use std::fmt;
use std::ops::Range;

/// A mistake in the text of a law: what it is, and the bytes it is at, so that a caller can underline them.
///
/// ```
/// use fivenines::random::Law;
///
/// let error = "lognormal(median 90s, p95 6 mins ago)".parse::<Law>().unwrap_err();
/// assert_eq!(error.fragment(), "6 mins ago");
/// assert_eq!(error.range(), 26..36);
/// assert!(error.problem().starts_with("\"6 mins ago\" is not a duration"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LawError {
    pub(super) text: String,
    pub(super) range: Range<usize>,
    pub(super) problem: String,
}

impl LawError {
    /// The bytes of the text that are wrong.
    pub fn range(&self) -> Range<usize> {
        self.range.clone()
    }

    /// The part of the text that is wrong.
    pub fn fragment(&self) -> &str {
        &self.text[self.range.clone()]
    }

    /// What is wrong, for a caller that shows the place itself.
    pub fn problem(&self) -> &str {
        &self.problem
    }
}

impl fmt::Display for LawError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.problem)?;
        // The problem quotes its fragment; the rest of a short law helps to find it.
        if self.fragment() != self.text && self.text.len() <= 100 {
            write!(f, " (in {:?})", self.text)?;
        }
        Ok(())
    }
}

impl std::error::Error for LawError {}
