//! The baseline: what an expert writes in an afternoon.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use fivenines::engine::Digest;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::{ARRIVAL, DELAY, DOWN, Outcome, SEED, SERVICE, TIMEOUT, UP};

/// Pending entries: integer time, sequence number, what.
type Heap<T> = BinaryHeap<Reverse<(u64, u64, T)>>;

struct Plain<T: Ord> {
    heap: Heap<T>,
    rng: ChaCha8Rng,
    sequence: u64,
    now: u64,
    events: u64,
}

impl<T: Ord> Plain<T> {
    fn new() -> Plain<T> {
        let mut seed = [0; 32];
        seed[0] = SEED as u8;
        Plain { heap: BinaryHeap::new(), rng: ChaCha8Rng::from_seed(seed), sequence: 0, now: 0, events: 0 }
    }

    /// Exponential, in microseconds.
    #[inline]
    #[allow(clippy::disallowed_methods, reason = "the plain loop uses the platform's logarithm")]
    fn exponential(&mut self, mean_micros: f64) -> u64 {
        let u: f64 = self.rng.random();
        (-(1.0 - u).ln() * mean_micros + 0.5) as u64
    }

    #[inline]
    fn push(&mut self, delay: u64, what: T) {
        self.heap.push(Reverse((self.now + delay, self.sequence, what)));
        self.sequence += 1;
    }

    #[inline]
    fn pop(&mut self, end: u64) -> Option<T> {
        let Reverse((at, _, what)) = self.heap.pop()?;
        if at > end {
            return None;
        }
        self.now = at;
        Some(what)
    }

    fn outcome(&self, value: f64) -> Outcome {
        let mut digest = Digest::new();
        digest.fold(self.events);
        digest.fold(value.to_bits());
        Outcome { events: self.events, digest, value }
    }
}

pub fn plain_components(count: u32, end: u64) -> Outcome {
    let (up_mean, down_mean) = (UP.micros(), DOWN.micros());
    let mut plain = Plain::new();
    let mut up = vec![true; count as usize];
    for component in 0..count {
        let delay = plain.exponential(up_mean);
        plain.push(delay, component);
    }
    let (mut down, mut since, mut good) = (0u32, 0, 0u64);
    while let Some(component) = plain.pop(end) {
        plain.events += 1;
        let was_good = down <= 1;
        let state = &mut up[component as usize];
        *state = !*state;
        let up = *state;
        down = if up { down - 1 } else { down + 1 };
        if was_good != (down <= 1) {
            if was_good {
                good += plain.now - since;
            }
            since = plain.now;
        }
        let delay = plain.exponential(if up { up_mean } else { down_mean });
        plain.push(delay, component);
    }
    if down <= 1 {
        good += end - since;
    }
    plain.outcome(good as f64 / end as f64)
}

pub fn plain_messages(count: u32, end: u64) -> Outcome {
    let mean = DELAY.micros();
    let mut plain = Plain::new();
    let mut received = vec![0u32; count as usize];
    for node in 0..count {
        let delay = plain.exponential(mean);
        plain.push(delay, node);
    }
    while let Some(node) = plain.pop(end) {
        plain.events += 1;
        received[node as usize] += 1;
        let to = plain.rng.random_range(0..count);
        let delay = plain.exponential(mean);
        plain.push(delay, to);
    }
    plain.outcome(f64::from(received[0]))
}

/// A timeout carries the generation it was set in: one from before is dead and skipped when it comes up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tick {
    Receipt(u32),
    Timeout(u32, u32),
}

pub fn plain_timeouts(count: u32, end: u64) -> Outcome {
    let (mean, timeout) = (DELAY.micros(), TIMEOUT.micros() as u64);
    let mut plain = Plain::new();
    let mut generation = vec![0u32; count as usize];
    let mut expired = 0u64;
    for node in 0..count {
        let delay = plain.exponential(mean);
        plain.push(delay, Tick::Receipt(node));
        plain.push(timeout, Tick::Timeout(node, 0));
    }
    while let Some(tick) = plain.pop(end) {
        match tick {
            Tick::Receipt(node) => {
                plain.events += 1;
                generation[node as usize] += 1;
                plain.push(timeout, Tick::Timeout(node, generation[node as usize]));
                let to = plain.rng.random_range(0..count);
                let delay = plain.exponential(mean);
                plain.push(delay, Tick::Receipt(to));
            }
            Tick::Timeout(node, set) if set == generation[node as usize] => {
                plain.events += 1;
                expired += 1;
            }
            Tick::Timeout(..) => {}
        }
    }
    plain.outcome(expired as f64)
}

pub fn plain_queue(end: u64) -> Outcome {
    let (arrival, service) = (ARRIVAL.micros(), SERVICE.micros());
    let mut plain = Plain::new();
    let delay = plain.exponential(arrival);
    plain.push(delay, true);
    let (mut jobs, mut since, mut area) = (0u64, 0u64, 0.0);
    while let Some(arrives) = plain.pop(end) {
        plain.events += 1;
        area += jobs as f64 * (plain.now - since) as f64;
        since = plain.now;
        if arrives {
            jobs += 1;
            let delay = plain.exponential(arrival);
            plain.push(delay, true);
            if jobs == 1 {
                let delay = plain.exponential(service);
                plain.push(delay, false);
            }
        } else {
            jobs -= 1;
            if jobs > 0 {
                let delay = plain.exponential(service);
                plain.push(delay, false);
            }
        }
    }
    area += jobs as f64 * (end - since) as f64;
    plain.outcome(area / end as f64)
}
