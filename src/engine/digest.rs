//! A rolling digest of a history: the same digest is the proof of the same history.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A 64-bit digest of everything folded into it, in order.
///
/// Not a cryptographic hash: it finds accidents, not forgeries. One multiply a word, so that every event can pay it.
///
/// ```
/// use fivenines::engine::Digest;
///
/// let (mut a, mut b) = (Digest::new(), Digest::new());
/// a.fold(1);
/// a.fold(2);
/// b.fold(2);
/// b.fold(1);
/// assert_ne!(a, b);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Digest(u64);

impl Digest {
    /// The digest of nothing.
    pub const fn new() -> Digest {
        Digest(0xcbf2_9ce4_8422_2325)
    }

    /// Folds one word in.
    #[inline]
    pub fn fold(&mut self, word: u64) {
        // FNV-1a's step on whole words; the rotation carries high bits back down, which a multiply alone never does.
        self.0 = (self.0 ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29);
    }

    /// The digest as a word.
    pub const fn bits(self) -> u64 {
        self.0
    }
}

impl Default for Digest {
    fn default() -> Digest {
        Digest::new()
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl Serialize for Digest {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Digest, D::Error> {
        let text = String::deserialize(deserializer)?;
        u64::from_str_radix(&text, 16).map(Digest).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_prints_as_sixteen_hexadecimal_digits() {
        assert_eq!(Digest::new().to_string(), "cbf29ce484222325");
        let text = serde_json::to_string(&Digest::new()).expect("a digest is a string");
        assert_eq!(serde_json::from_str::<Digest>(&text).expect("what was printed parses"), Digest::new());
    }
}
