//! Elimination without subtraction for sparse chains, least connected states first.
//!
//! The same arithmetic as in `gth`, on lists. A state with few neighbours leaves few new transitions behind when it
//! is eliminated (minimum degree; Markowitz 1957). What is left at the end is dense and is finished densely.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::csr::Csr;
use super::gth;

/// Work in a sparse merge counts this many dense multiplications.
const MERGE_COST: f64 = 4.0;

/// A chain being eliminated.
struct Elimination {
    /// Fluxes out of each remaining state to remaining states, by ascending target.
    out: Vec<Vec<(u32, f64)>>,
    /// Sources of each remaining state; may list a state twice or one that has gone.
    sources: Vec<Vec<u32>>,
    gone: Vec<bool>,
    /// For each eliminated state, in the order of elimination, what it receives of its later ones' probability.
    steps: Vec<(u32, Vec<(u32, f64)>)>,
    /// Transitions between the remaining states.
    entries: usize,
}

/// The stationary distribution of an irreducible chain without self-loops and duplicate entries, or `None` if it takes more than so many multiplications.
pub(super) fn stationary(rates: &Csr, budget: f64) -> Option<Vec<f64>> {
    let n = rates.rows();
    let mut chain = Elimination::new(rates);
    let mut queue: BinaryHeap<Reverse<(u64, u32)>> =
        (0..n as u32).map(|k| Reverse((chain.degree(k), k))).collect();
    let mut left = n;
    let mut work = 0.0;
    let mut touched = Vec::new();
    // Dense rows pay as soon as a third of the places are filled.
    while left > 1 && 3 * chain.entries < left * left {
        let Reverse((degree, k)) = queue.pop().expect("every remaining state is queued");
        if chain.gone[k as usize] {
            continue;
        }
        chain.tidy_sources(k);
        let now = chain.degree(k);
        if now > degree {
            queue.push(Reverse((now, k)));
            continue;
        }
        touched.clear();
        work += MERGE_COST * chain.eliminate(k, &mut touched);
        left -= 1;
        if work > budget {
            return None;
        }
        for &i in &touched {
            queue.push(Reverse((chain.degree(i), i)));
        }
    }
    if work + (left as f64) * (left as f64) * (left as f64) / 3.0 > budget {
        return None;
    }
    Some(chain.finish())
}

impl Elimination {
    fn new(rates: &Csr) -> Elimination {
        let n = rates.rows();
        let inflow = rates.transposed();
        // Rows of a breadth-first renumbering are not sorted; those of a twice transposed matrix are.
        let sorted = inflow.transposed();
        let row = |m: &Csr, i: usize| m.row(i).0.iter().copied().zip(m.row(i).1.iter().copied()).collect();
        Elimination {
            out: (0..n).map(|i| row(&sorted, i)).collect(),
            sources: (0..n).map(|i| inflow.row(i).0.to_vec()).collect(),
            gone: vec![false; n],
            steps: Vec::with_capacity(n),
            entries: sorted.column.len(),
        }
    }

    /// New transitions that eliminating a state may make, at most.
    fn degree(&self, k: u32) -> u64 {
        self.out[k as usize].len() as u64 * self.sources[k as usize].len() as u64
    }

    fn tidy_sources(&mut self, k: u32) {
        let sources = &mut self.sources[k as usize];
        sources.retain(|&i| !self.gone[i as usize]);
        sources.sort_unstable();
        sources.dedup();
    }

    /// Takes a state out: what flows into it goes on to where it leads. Returns the entries merged.
    fn eliminate(&mut self, k: u32, touched: &mut Vec<u32>) -> f64 {
        let row = std::mem::take(&mut self.out[k as usize]);
        let sources = std::mem::take(&mut self.sources[k as usize]);
        self.gone[k as usize] = true;
        self.entries -= row.len();
        let out: f64 = row.iter().map(|&(_, v)| v).sum();
        let mut received = Vec::with_capacity(sources.len());
        let mut work = 0.0;
        for &i in &sources {
            let old = std::mem::take(&mut self.out[i as usize]);
            let Ok(at) = old.binary_search_by_key(&k, |&(j, _)| j) else {
                self.out[i as usize] = old;
                continue;
            };
            let ratio = old[at].1 / out;
            received.push((i, ratio));
            self.entries -= old.len();
            work += (old.len() + row.len()) as f64;
            let merged = merge(&old, &row, ratio, i, k, |j| self.sources[j as usize].push(i));
            self.entries += merged.len();
            self.out[i as usize] = merged;
            touched.push(i);
        }
        touched.extend(row.iter().map(|&(j, _)| j));
        self.steps.push((k, received));
        work
    }

    /// Solves the remaining states densely and walks back through the eliminated ones.
    fn finish(self) -> Vec<f64> {
        let n = self.out.len();
        let rest: Vec<u32> = (0..n as u32).filter(|&k| !self.gone[k as usize]).collect();
        let m = rest.len();
        let mut local = vec![0usize; n];
        rest.iter().enumerate().for_each(|(a, &k)| local[k as usize] = a);
        let mut dense = vec![0.0; m * m];
        for (a, &k) in rest.iter().enumerate() {
            for &(j, v) in &self.out[k as usize] {
                dense[a * m + local[j as usize]] = v;
            }
        }
        let mut x = vec![0.0; n];
        for (&k, p) in rest.iter().zip(gth::stationary(&mut dense, m)) {
            x[k as usize] = p;
        }
        for (k, received) in self.steps.iter().rev() {
            let sum: f64 = received.iter().map(|&(i, ratio)| x[i as usize] * ratio).sum();
            x[*k as usize] = sum;
            if sum > gth::SCALE_ABOVE {
                x.iter_mut().for_each(|v| *v /= sum);
            }
        }
        gth::normalize(&mut x);
        x
    }
}

/// `old + ratio * row` without the entries for `i` (a return) and `k` (which goes); tells which targets are new.
fn merge(
    old: &[(u32, f64)],
    row: &[(u32, f64)],
    ratio: f64,
    i: u32,
    k: u32,
    mut is_new: impl FnMut(u32),
) -> Vec<(u32, f64)> {
    let mut merged = Vec::with_capacity(old.len() + row.len());
    let (mut a, mut b) = (0, 0);
    while a < old.len() || b < row.len() {
        let next_old = old.get(a).map_or(u32::MAX, |e| e.0);
        let next_row = row.get(b).map_or(u32::MAX, |e| e.0);
        let j = next_old.min(next_row);
        let mut v = 0.0;
        if next_old == j {
            v += old[a].1;
            a += 1;
        }
        if next_row == j {
            v += ratio * row[b].1;
            b += 1;
        }
        if j == i || j == k {
            continue;
        }
        if next_old != j {
            is_new(j);
        }
        merged.push((j, v));
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ring_with_chords(n: u32) -> Csr {
        let mut rates = Csr::new();
        for i in 0..n {
            rates.entry((i + 1) % n, 1.0 + (i * 7 % 11) as f64);
            let chord = (i * i + 3) % n;
            if chord != i && chord != (i + 1) % n {
                rates.entry(chord, if i % 3 == 0 { 1e-9 } else { 1e2 });
            }
            rates.end_row();
        }
        rates
    }

    #[test]
    fn sparse_and_dense_elimination_agree_in_every_component() {
        let rates = ring_with_chords(97);
        let dense = gth::stationary(&mut gth::dense(&rates), 97);
        let sparse = stationary(&rates, 1e9).unwrap();
        for (a, b) in dense.iter().zip(&sparse) {
            assert!((a / b - 1.0).abs() < 1e-13);
        }
    }

    #[test]
    fn a_long_birth_death_chain_costs_no_more_than_its_length() {
        let n = 20_000u32;
        let mut rates = Csr::new();
        for i in 0..n {
            if i + 1 < n {
                rates.entry(i + 1, 0.9);
            }
            if i > 0 {
                rates.entry(i - 1, 1.0);
            }
            rates.end_row();
        }
        let x = stationary(&rates, 1e6).unwrap();
        assert!((x[1000] / x[999] - 0.9).abs() < 1e-14);
        assert!(stationary(&rates, 1e3).is_none());
    }
}
