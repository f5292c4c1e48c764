//! Key paths: how a mistake says which part of a system it is about.

use std::fmt;
use std::str::FromStr;

/// One step of a [`KeyPath`].
///
/// ```
/// use fivenines::system::{KeyPath, Segment};
///
/// let path = KeyPath::root().key("service").index(0);
/// assert_eq!(path.segments(), [Segment::Key("service".into()), Segment::Index(0)]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Segment {
    /// Into a table, by key.
    Key(String),
    /// Into a list, from 0.
    Index(usize),
}

impl Segment {
    /// The key, where it is one.
    pub fn as_key(&self) -> Option<&str> {
        match self {
            Segment::Key(key) => Some(key),
            Segment::Index(_) => None,
        }
    }
}

/// The way to a value from the outermost table in, such as `service.db.replicas`.
///
/// It prints and parses as a dotted TOML key; segments with dots, slashes or spaces stand in quotes. Places in a list
/// count from 0: `service.web.depends_on[1]`.
///
/// ```
/// use fivenines::system::KeyPath;
///
/// let path = KeyPath::root().key("site").key("eu/a").key("mode");
/// assert_eq!(path.to_string(), "site.\"eu/a\".mode");
/// assert_eq!(path.to_string().parse(), Ok(path));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeyPath(Vec<Segment>);

/// Why a text is no key path.
///
/// ```
/// use fivenines::system::{KeyPath, KeyPathError};
///
/// assert_eq!("service..db".parse::<KeyPath>(), Err(KeyPathError::EmptySegment));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyPathError {
    /// Nothing between two dots.
    #[error("a key path needs a name on each side of every dot, as in `service.db.replicas`")]
    EmptySegment,
    /// A quote that is never closed.
    #[error("a quoted name in a key path is not closed")]
    Unclosed,
    /// Something between a closing quote and the next dot.
    #[error("a quoted name in a key path must be followed by a dot or by nothing")]
    AfterQuote,
}

impl KeyPath {
    /// The outermost table itself.
    pub fn root() -> KeyPath {
        KeyPath::default()
    }

    /// This path and then a key.
    #[must_use]
    pub fn key(&self, key: &str) -> KeyPath {
        self.then(Segment::Key(key.to_owned()))
    }

    /// This path and then a place in a list, from 0.
    #[must_use]
    pub fn index(&self, index: usize) -> KeyPath {
        self.then(Segment::Index(index))
    }

    fn then(&self, segment: Segment) -> KeyPath {
        let mut segments = self.0.clone();
        segments.push(segment);
        KeyPath(segments)
    }

    /// The steps.
    pub fn segments(&self) -> &[Segment] {
        &self.0
    }

    /// Its first steps, at most so many.
    #[must_use]
    pub fn first(&self, count: usize) -> KeyPath {
        KeyPath(self.0.iter().take(count).cloned().collect())
    }

    /// True for the outermost table itself.
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }
}

fn is_bare(key: &str) -> bool {
    !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
}

impl fmt::Display for KeyPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, segment) in self.0.iter().enumerate() {
            match segment {
                Segment::Index(index) => write!(f, "[{index}]")?,
                Segment::Key(key) => {
                    if at > 0 {
                        f.write_str(".")?;
                    }
                    if is_bare(key) {
                        f.write_str(key)?;
                    } else {
                        write!(f, "\"{}\"", key.replace('\\', "\\\\").replace('"', "\\\""))?;
                    }
                }
            }
        }
        Ok(())
    }
}

impl FromStr for KeyPath {
    type Err = KeyPathError;

    /// Reads keys only: a place in a list cannot be named.
    fn from_str(text: &str) -> Result<KeyPath, KeyPathError> {
        let mut path = KeyPath::root();
        let mut rest = text.trim();
        loop {
            let (key, after) = match rest.chars().next() {
                Some(quote @ ('"' | '\'')) => quoted(&rest[1..], quote)?,
                _ => {
                    let end = rest.find('.').unwrap_or(rest.len());
                    (rest[..end].trim().to_owned(), &rest[end..])
                }
            };
            if key.is_empty() {
                return Err(KeyPathError::EmptySegment);
            }
            path.0.push(Segment::Key(key));
            let after = after.trim_start();
            match after.strip_prefix('.') {
                Some(more) => rest = more.trim_start(),
                None if after.is_empty() => return Ok(path),
                None => return Err(KeyPathError::AfterQuote),
            }
        }
    }
}

/// A quoted segment, from behind its opening quote, and what follows the closing one.
fn quoted(text: &str, quote: char) -> Result<(String, &str), KeyPathError> {
    let mut key = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            _ if c == quote => return Ok((key, &text[at + 1..])),
            '\\' if quote == '"' => key.push(chars.next().ok_or(KeyPathError::Unclosed)?.1),
            _ => key.push(c),
        }
    }
    Err(KeyPathError::Unclosed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn odd_segments_are_quoted() {
        let path = KeyPath::root().key("a.b").key("c d").key("e-f_1").key("").index(3).key("say \"x\"\\");
        assert_eq!(path.to_string(), r#""a.b"."c d".e-f_1.""[3]."say \"x\"\\""#);
    }

    #[test]
    fn people_write_paths_in_many_ways() {
        let path = KeyPath::root().key("site").key("eu/a").key("mode");
        for text in [r#"site."eu/a".mode"#, "site.'eu/a'.mode", "site.eu/a.mode", r#" site . "eu/a" . mode "#]
        {
            assert_eq!(text.parse(), Ok(path.clone()), "{text}");
        }
        assert_eq!("".parse::<KeyPath>(), Err(KeyPathError::EmptySegment));
        assert_eq!("a.".parse::<KeyPath>(), Err(KeyPathError::EmptySegment));
        assert_eq!("a.\"b".parse::<KeyPath>(), Err(KeyPathError::Unclosed));
        assert_eq!("\"a\"b".parse::<KeyPath>(), Err(KeyPathError::AfterQuote));
    }

    proptest! {
        #[test]
        fn what_is_printed_parses_back(keys in proptest::collection::vec(".+", 1..4)) {
            let path = keys.iter().fold(KeyPath::root(), |path, key| path.key(key));
            prop_assert_eq!(path.to_string().parse(), Ok(path));
        }
    }
}
