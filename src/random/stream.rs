//! Random streams keyed by (seed, trial, name, purpose).

use rand::Rng as _;
use rand::rand_core::SeedableRng as _;
use rand_chacha::ChaCha8Rng;
use rand_xoshiro::Xoshiro256PlusPlus;

use super::Name;
use super::math::ln_normal;

/// What a stream's numbers are for: one thing may need several independent streams.
///
/// ```
/// use fivenines::random::Purpose;
///
/// assert_ne!(Purpose::Duration, Purpose::Choice);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// How long a clock runs.
    Duration = 0,
    /// Which of several branches is taken.
    Choice = 1,
    /// Numbers about the experiment itself, such as bootstrap resamples.
    Analysis = 2,
}

/// The address of a stream.
///
/// ```
/// use fivenines::random::{Name, Purpose, StreamKey};
///
/// let key = StreamKey { seed: 1, trial: 7, name: Name::new("db/1/crash"), purpose: Purpose::Duration };
/// let (mut once, mut again) = (key.open(), key.open());
/// assert_eq!(once.word(), again.word());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct StreamKey {
    /// The experiment's seed.
    pub seed: u64,
    /// The trial's number.
    pub trial: u64,
    /// Whose luck it is.
    pub name: Name,
    /// What for.
    pub purpose: Purpose,
}

impl StreamKey {
    /// Opens the stream at its start.
    ///
    /// The address is the whole 256-bit key of one ChaCha8 block, whose first 256 bits seed a xoshiro256++
    /// generator. Unrelated addresses so have unrelated streams, as ChaCha promises, while the running state
    /// stays at 32 bytes: a model of a million clocks does not fit a cache with ChaCha's own 320.
    /// Two random starting points among xoshiro's 2^256 overlap within n draws with a chance of about n 2^-255.
    pub fn open(self) -> Stream {
        let mut key = [0u8; 32];
        key[0..8].copy_from_slice(&self.seed.to_le_bytes());
        key[8..16].copy_from_slice(&self.trial.to_le_bytes());
        key[16..24].copy_from_slice(&self.name.bits().to_le_bytes());
        key[24..32].copy_from_slice(&(self.purpose as u64).to_le_bytes());
        let mut start = [0u8; 32];
        ChaCha8Rng::from_seed(key).fill_bytes(&mut start);
        Stream(Xoshiro256PlusPlus::from_seed(start))
    }
}

/// A stream of random words, 32 bytes of state.
///
/// ```
/// use fivenines::random::{Draw, Name, Purpose, StreamKey};
///
/// let key = StreamKey { seed: 1, trial: 0, name: Name::new("db/1/crash"), purpose: Purpose::Duration };
/// let mut stream = key.open();
/// let u = stream.uniform();
/// assert!(0.0 < u && u < 1.0);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stream(Xoshiro256PlusPlus);

impl Stream {
    /// The next 64-bit word.
    #[inline]
    pub fn word(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// The next number in the open interval (0, 1): the middle of one of 2^52 equal cells, so that neither
    /// quantile 0 nor quantile 1 is ever asked for, and `1 - u` is as exact as `u`.
    #[inline]
    pub fn uniform(&mut self) -> f64 {
        unit(self.word())
    }

    /// Stands in for a stream that nobody has opened yet.
    pub(crate) fn closed() -> Stream {
        Stream(Xoshiro256PlusPlus::from_seed([0xff; 32]))
    }
}

/// Where laws draw from.
///
/// ```
/// use fivenines::random::{Draw, Name, Purpose, StreamKey};
///
/// let key = StreamKey { seed: 1, trial: 0, name: Name::new("db/1/crash"), purpose: Purpose::Duration };
/// assert!(key.open().exponential() > 0.0);
/// ```
pub trait Draw {
    /// The next number in the open interval (0, 1).
    fn uniform(&mut self) -> f64;

    /// The next exponential number of mean 1: exactly `-ln(uniform())`, from the same one word.
    fn exponential(&mut self) -> f64;
}

impl Draw for Stream {
    #[inline]
    fn uniform(&mut self) -> f64 {
        self.uniform()
    }

    #[inline]
    fn exponential(&mut self) -> f64 {
        -ln_normal(self.uniform())
    }
}

/// A stream whose next exponential number is worked out a draw ahead.
///
/// The logarithm is half the time that a simulated event has to wait for, and what comes next often depends on it; a
/// draw ahead, nobody waits for it. The numbers are the stream's own, whatever is drawn in whatever order.
#[derive(Debug)]
pub(crate) struct Foreseen<'a> {
    pub stream: &'a mut Stream,
    /// What the next exponential number will be, or [`UNFORESEEN`].
    pub ahead: &'a mut f64,
}

/// Nothing has been worked out ahead.
pub(crate) const UNFORESEEN: f64 = -1.0;

impl Draw for Foreseen<'_> {
    #[inline]
    fn uniform(&mut self) -> f64 {
        *self.ahead = UNFORESEEN;
        self.stream.uniform()
    }

    #[inline]
    fn exponential(&mut self) -> f64 {
        let word = self.stream.word();
        let now = if *self.ahead == UNFORESEEN { at_once(word) } else { *self.ahead };
        *self.ahead = -ln_normal(self.stream.clone().uniform());
        now
    }
}

#[cold]
fn at_once(word: u64) -> f64 {
    -ln_normal(unit(word))
}

/// Maps a word to the open interval (0, 1).
#[inline]
fn unit(word: u64) -> f64 {
    // 52 bits and a half: with 53 the largest value would round up to 1. The bits become the fraction of a number in
    // [1, 2), which takes half the time of a conversion, and what is subtracted leaves the same number exactly.
    f64::from_bits(1f64.to_bits() | word >> 12) - (1.0 - 1.0 / (1u64 << 53) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(trial: u64, name: &str, purpose: Purpose) -> StreamKey {
        StreamKey { seed: 42, trial, name: Name::new(name), purpose }
    }

    #[test]
    fn every_part_of_the_address_changes_the_stream() {
        let words: Vec<u64> = [
            key(0, "a", Purpose::Duration),
            key(1, "a", Purpose::Duration),
            key(0, "b", Purpose::Duration),
            key(0, "a", Purpose::Choice),
            StreamKey { seed: 43, ..key(0, "a", Purpose::Duration) },
        ]
        .into_iter()
        .map(|key| key.open().word())
        .collect();
        for (i, a) in words.iter().enumerate() {
            assert!(words[i + 1..].iter().all(|b| a != b));
        }
    }

    #[test]
    fn uniform_never_reaches_its_ends() {
        assert!(unit(0) > 0.0);
        assert!(unit(u64::MAX) < 1.0);
        assert_eq!(unit(u64::MAX), 1.0 - unit(0));
    }

    #[test]
    fn what_is_foreseen_comes_whatever_is_drawn_in_between() {
        let (mut stream, mut plain) =
            (key(0, "a", Purpose::Duration).open(), key(0, "a", Purpose::Duration).open());
        let mut turns = key(0, "turns", Purpose::Choice).open();
        let mut ahead = UNFORESEEN;
        for _ in 0..10_000 {
            let mut foreseen = Foreseen { stream: &mut stream, ahead: &mut ahead };
            if turns.word().is_multiple_of(4) {
                assert_eq!(foreseen.uniform().to_bits(), plain.uniform().to_bits());
            } else {
                assert_eq!(foreseen.exponential().to_bits(), plain.exponential().to_bits());
            }
            assert_eq!(stream, plain);
        }
    }

    /// The raw stream is part of the promise: a new version of a generator crate must not move it.
    #[test]
    fn the_stream_has_the_bits_it_always_had() {
        let mut stream = key(3, "eu/a/host-3/disk", Purpose::Duration).open();
        assert_eq!([stream.word(), stream.word()], [4996572901443072785, 13811471023097972373]);
    }
}
