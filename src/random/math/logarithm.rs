//! The natural logarithm, by a table and a short polynomial in nothing but IEEE +, - and *.
//!
//! Every exponential duration takes one logarithm, and `libm::log`, which divides, was nearly half the cost of an
//! event. This one is as fast as a platform's own and has an error below 1 unit in the last place, which is what
//! `libm` promises (0.96 at worst near 0.998, where neither high part nor remainder is exact, and 0.5 to 0.6 nearly
//! everywhere). It has the same bits everywhere, because it uses only operations that IEEE 754 rounds exactly and Rust
//! never fuses.
//!
//! The method is P. T. P. Tang's ("Table-driven implementation of the logarithm function in IEEE floating-point
//! arithmetic", ACM TOMS 16, 1990): x = 2^k z with z near 1; c is the number of 7 fraction bits nearest to z, and
//! ln x = k ln 2 + ln c + ln(1 + r) with r = (z - c) / c, so that |r| <= 2^-8 and seven terms of the series suffice.

/// Fraction bits of c; the table has 2^7 entries.
const BITS: u32 = 7;
const SIZE: usize = 1 << BITS;
const SHIFT: u32 = 52 - BITS;
/// Where the interval of z starts: [0.703, 1.406) holds 1 well inside, so that near 1 nothing cancels.
const OFFSET: u64 = 0.703125f64.to_bits();

/// Integers stand for multiples of 2^-100 while the table is computed.
const FIXED: u32 = 100;
/// High parts are multiples of 2^-42: with k below 2^11 the sum `k ln 2 + ln c` of high parts is exact.
const HIGH: u32 = 42;

/// What is known of one c: 1/c and ln c, each as a rounded part and the rest.
#[derive(Clone, Copy)]
struct Entry {
    inverse: f64,
    inverse_rest: f64,
    log: f64,
    log_rest: f64,
}

static TABLE: [Entry; SIZE] = table();
const LN_2: (f64, f64) = split(series(1, 3));

/// Natural logarithm.
#[inline]
pub(super) fn ln(x: f64) -> f64 {
    let bits = x.to_bits();
    // Zero, subnormal, negative, infinite or NaN.
    if bits.wrapping_sub(1 << 52) >= (0x7ff << 52) - (1 << 52) {
        return rare(x);
    }
    ln_normal(x)
}

/// Natural logarithm of a positive normal number.
#[inline]
pub(super) fn ln_normal(x: f64) -> f64 {
    let bits = x.to_bits();
    // Half a step up, so that cutting off the low bits rounds to the nearest c.
    let above = bits.wrapping_sub(OFFSET).wrapping_add(1 << (SHIFT - 1));
    let index = (above >> SHIFT) as usize % SIZE;
    let k = (above as i64 >> 52) as f64;
    let z = f64::from_bits(bits.wrapping_sub(above & (0xfff << 52)));
    let entry = &TABLE[index];

    // Exact, because z and c are close.
    let d = z - grid(index);
    let r = d * entry.inverse;
    let r2 = r * r;
    let high = k * LN_2.0 + entry.log;
    let sum = high + r;
    let rest = (high - sum) + r + (k * LN_2.1 + entry.log_rest + d * entry.inverse_rest);
    let head = -0.5 + r * (1.0 / 3.0);
    let tail = (-0.25 + r * 0.2) + r2 * (-1.0 / 6.0 + r * (1.0 / 7.0));
    // Estrin's scheme: two short chains instead of a long one, since what an event waits for is this latency.
    sum + ((rest + r2 * head) + (r2 * r2) * tail)
}

#[cold]
fn rare(x: f64) -> f64 {
    libm::log(x)
}

/// The c of a table entry: a multiple of 1/256.
#[inline]
const fn grid(index: usize) -> f64 {
    f64::from_bits(OFFSET + ((index as u64) << SHIFT))
}

const fn table() -> [Entry; SIZE] {
    let mut entries = [Entry { inverse: 0.0, inverse_rest: 0.0, log: 0.0, log_rest: 0.0 }; SIZE];
    let mut index = 0;
    while index < SIZE {
        let c = (grid(index) * 256.0) as i128;
        let (log, log_rest) = split(series(c - 256, c + 256));
        let exact = (256i128 << FIXED) / c;
        let inverse = exact as f64;
        let inverse_rest = (exact - inverse as i128) as f64;
        entries[index] = Entry {
            inverse: inverse * power(-(FIXED as i64)),
            inverse_rest: inverse_rest * power(-(FIXED as i64)),
            log,
            log_rest,
        };
        index += 1;
    }
    entries
}

/// `ln((q + p) / (q - p)) = 2 (s + s^3/3 + s^5/5 + ...)` with s = p/q, in multiples of 2^-100.
const fn series(p: i128, q: i128) -> i128 {
    let mut power = (2i128 << FIXED) * p / q;
    let (mut sum, mut n) = (0, 1);
    while power != 0 {
        sum += power / n;
        power = power * (p * p) / (q * q);
        n += 2;
    }
    sum
}

/// A number in multiples of 2^-100 as a multiple of 2^-42 and the rest.
const fn split(fixed: i128) -> (f64, f64) {
    let high = fixed >> (FIXED - HIGH);
    let rest = fixed - (high << (FIXED - HIGH));
    (high as f64 * power(-(HIGH as i64)), rest as f64 * power(-(FIXED as i64)))
}

/// 2 to the power of `n`.
const fn power(n: i64) -> f64 {
    f64::from_bits(((1023 + n) as u64) << 52)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many floating-point numbers lie between this logarithm and `libm`'s.
    fn ulps_from_libm(x: f64) -> i64 {
        ln(x).to_bits().wrapping_sub(libm::log(x).to_bits()) as i64
    }

    /// SplitMix64: arguments need no better.
    fn words() -> impl Iterator<Item = u64> {
        let mut state = 1u64;
        std::iter::repeat_with(move || {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut word = state;
            word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            word ^ (word >> 31)
        })
    }

    #[test]
    fn it_is_within_one_unit_in_the_last_place_of_libm() {
        let mut apart = 0;
        for word in words().take(1_000_000) {
            // Any positive normal number, then one in (0, 1), then one close to 1.
            let any = f64::from_bits(word >> 1);
            let unit = ((word >> 12) as f64 + 0.5) / (1u64 << 52) as f64;
            let near = 1.0 + (unit - 0.5) * 0.1;
            for x in [any, unit, near] {
                if x.is_normal() {
                    let ulps = ulps_from_libm(x);
                    assert!(ulps.abs() <= 1, "ln({x:e}) is {ulps} units from libm's");
                    apart += u64::from(ulps != 0);
                }
            }
        }
        // Both are rounded correctly nearly always, hence nearly always agree.
        assert!(apart < 3_000_000 / 10, "{apart} of 3e6 differ from libm");
    }

    #[test]
    fn edges_are_as_in_libm() {
        assert_eq!(ln(1.0).to_bits(), 0.0f64.to_bits());
        assert_eq!(ln(0.0), f64::NEG_INFINITY);
        assert_eq!(ln(f64::INFINITY), f64::INFINITY);
        assert!(ln(-1.0).is_nan() && ln(f64::NAN).is_nan());
        for x in
            [f64::MIN_POSITIVE, f64::MAX, 5e-324, f64::MIN_POSITIVE / 3.0, 1.0 - 2f64.recip() * f64::EPSILON]
        {
            assert!((ln(x) - libm::log(x)).abs() <= libm::log(x).abs() * f64::EPSILON, "{x:e}");
        }
    }
}
