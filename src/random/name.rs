//! Stable names, by which everything random is addressed.

use siphasher::sip::SipHasher24;
use std::hash::Hasher;

/// The stable name of something that has luck of its own: a path such as `eu/a/host-3/disk`.
///
/// A name is the 64-bit SipHash-2-4 of its path, so it costs eight bytes and does not depend on what else the
/// model contains. Two models that both have `eu/a/host-3/disk` draw the same numbers for it, which is what
/// makes comparisons use common random numbers (Law, *Simulation Modeling and Analysis*, 5th ed., section 11.2).
/// Among a million names the chance that any two collide is about 3e-8.
///
/// ```
/// use fivenines::random::Name;
///
/// let disk = Name::new("eu/a/host-3/disk");
/// assert_eq!(disk, Name::new("eu/a").child("host-3").child("disk"));
/// assert_ne!(Name::new("node").at(1), Name::new("node").at(2));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(u64);

impl Name {
    /// The name of a whole path; `/` separates its segments.
    pub fn new(path: &str) -> Name {
        path.split('/').fold(Name(0), |name, segment| name.segment(segment.as_bytes()))
    }

    /// The name of a part of this: `path` below it.
    pub fn child(self, path: &str) -> Name {
        path.split('/').fold(self, |name, segment| name.segment(segment.as_bytes()))
    }

    /// The name of the `index`-th of several like things.
    pub fn at(self, index: usize) -> Name {
        // A decimal segment, so that `at(3)` and `child("3")` are one name.
        let mut digits = [0u8; 20];
        let mut start = digits.len();
        let mut rest = index;
        loop {
            start -= 1;
            digits[start] = b'0' + (rest % 10) as u8;
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        self.segment(&digits[start..])
    }

    /// The 64 bits themselves.
    #[inline]
    pub const fn bits(self) -> u64 {
        self.0
    }

    fn segment(self, bytes: &[u8]) -> Name {
        // The parent's name keys the hash of the segment: a chain, so the path's structure is part of the name.
        let mut hasher = SipHasher24::new_with_keys(self.0, 0x6e69_6e65_735f_6e61);
        hasher.write(bytes);
        Name(hasher.finish())
    }
}

impl From<&str> for Name {
    fn from(path: &str) -> Name {
        Name::new(path)
    }
}

impl From<String> for Name {
    fn from(path: String) -> Name {
        Name::new(&path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_is_a_decimal_segment() {
        assert_eq!(Name::new("node").at(0), Name::new("node/0"));
        assert_eq!(Name::new("node").at(1234), Name::new("node/1234"));
    }

    #[test]
    fn the_split_of_a_path_matters() {
        assert_ne!(Name::new("ab/c"), Name::new("a/bc"));
        assert_ne!(Name::new("a"), Name::new("a/"));
    }

    /// Names are part of the promise that a seed gives the same numbers: this value must never change.
    #[test]
    fn a_name_has_the_bits_it_always_had() {
        assert_eq!(Name::new("eu/a/host-3/disk").bits(), 16374165876028777133);
    }
}
