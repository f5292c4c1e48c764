//! The plain loop that an expert writes in an afternoon, to measure against.
//!
//! One `BinaryHeap`, one ChaCha8 generator, the platform's logarithm: no names, no streams of their own, no digest, no
//! cancel, no causes.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

/// What a loop did: events, and the share of time that the service was up.
pub struct Plain {
    pub events: u64,
    pub up: f64,
}

/// Exponential, in microseconds.
#[inline]
#[allow(clippy::disallowed_methods, reason = "the plain loop uses the platform's logarithm")]
fn exponential(rng: &mut ChaCha8Rng, mean_micros: f64) -> u64 {
    let u: f64 = rng.random();
    (-(1.0 - u).ln() * mean_micros + 0.5) as u64
}

/// `count` components that fail and are restored, means in microseconds, up to `end`; up while at most one is down.
pub fn components(count: u32, up_mean: f64, down_mean: f64, end: u64) -> Plain {
    let mut rng = ChaCha8Rng::from_seed([42; 32]);
    let mut heap = BinaryHeap::new();
    let mut is_up = vec![true; count as usize];
    let mut sequence = 0u64;
    for component in 0..count {
        heap.push(Reverse((exponential(&mut rng, up_mean), sequence, component)));
        sequence += 1;
    }
    let (mut down, mut since, mut good, mut events) = (0u32, 0u64, 0u64, 0u64);
    while let Some(Reverse((now, _, component))) = heap.pop() {
        if now > end {
            break;
        }
        events += 1;
        let was_good = down <= 1;
        let state = &mut is_up[component as usize];
        *state = !*state;
        let up = *state;
        down = if up { down - 1 } else { down + 1 };
        if was_good != (down <= 1) {
            if was_good {
                good += now - since;
            }
            since = now;
        }
        let delay = exponential(&mut rng, if up { up_mean } else { down_mean });
        heap.push(Reverse((now + delay, sequence, component)));
        sequence += 1;
    }
    if down <= 1 {
        good += end - since;
    }
    Plain { events, up: good as f64 / end as f64 }
}
