//! Grouping strongly coupled states, and the coarse chain of the groups.

use super::csr::Csr;

/// An entry inside a group: it has no place in the coarse chain.
const INSIDE: u32 = u32::MAX;

/// Fluxes below this carry too few digits to correct anything by; their states are left to the sweeps.
const UNDERFLOW: f64 = 1e-300;

/// A chain between groups of states of a finer one, both by inflow: row `j` lists the sources of `j`.
#[derive(Debug)]
pub(super) struct Coarse {
    /// The group of every finer state.
    pub(super) group: Vec<u32>,
    /// For every entry of the finer matrix its place in `inflow`, or [`INSIDE`].
    place: Vec<u32>,
    /// Fluxes between groups.
    pub(super) inflow: Csr,
    /// Flux out of every group.
    pub(super) outflow: Vec<f64>,
}

impl Coarse {
    /// Groups the states of a chain by the fluxes of its present iterate; `None` if they cannot be grouped usefully.
    ///
    /// Two rounds of pairwise matching along the largest fluxes (Notay, ETNA 37, 2010, does so for M-matrices) give
    /// groups of about four. States between which much probability flows equalize within a few sweeps; what is left
    /// for the coarse chain are the slow exchanges between groups, which is the point of aggregation (Koury, McAllister
    /// and Stewart 1984; Horton and Leutenegger 1994).
    pub(super) fn new(inflow: &Csr, x: &[f64]) -> Option<Coarse> {
        let pairs = matching(inflow, x);
        let middle = Coarse::of_groups(inflow, pairs, x);
        let ones = vec![1.0; middle.outflow.len()];
        let fours = matching(&middle.inflow, &ones);
        let group: Vec<u32> = middle.group.iter().map(|&pair| fours[pair as usize]).collect();
        drop(middle);
        let coarse = Coarse::of_groups(inflow, group, x);
        (coarse.outflow.len() * 10 <= x.len() * 9).then_some(coarse)
    }

    /// The coarse chain of given groups, numbered from zero without gaps.
    fn of_groups(inflow: &Csr, group: Vec<u32>, x: &[f64]) -> Coarse {
        let n = inflow.rows();
        let groups = group.iter().map(|&g| g as usize + 1).max().unwrap_or(0);
        let mut start = vec![0usize; groups + 1];
        for &g in &group {
            start[g as usize + 1] += 1;
        }
        for g in 0..groups {
            start[g + 1] += start[g];
        }
        let mut members = vec![0u32; n];
        let mut next = start.clone();
        for (i, &g) in group.iter().enumerate() {
            members[next[g as usize]] = i as u32;
            next[g as usize] += 1;
        }
        let mut place = vec![INSIDE; inflow.column.len()];
        let mut coarse = Csr::new();
        let mut entry_of = vec![INSIDE; groups];
        for g in 0..groups {
            let row_start = coarse.column.len();
            for &j in &members[start[g]..start[g + 1]] {
                for at in inflow.start[j as usize]..inflow.start[j as usize + 1] {
                    let source = group[inflow.column[at] as usize];
                    if source as usize == g {
                        continue;
                    }
                    if entry_of[source as usize] == INSIDE {
                        entry_of[source as usize] = coarse.column.len() as u32;
                        coarse.entry(source, 0.0);
                    }
                    place[at] = entry_of[source as usize];
                }
            }
            for &source in &coarse.column[row_start..] {
                entry_of[source as usize] = INSIDE;
            }
            coarse.end_row();
        }
        let mut coarse = Coarse { group, place, inflow: coarse, outflow: vec![0.0; groups] };
        coarse.refresh(inflow, x);
        coarse
    }

    /// Takes the fluxes of a new iterate. Inflows and outflows are sums of the same fluxes, so they balance exactly.
    pub(super) fn refresh(&mut self, inflow: &Csr, x: &[f64]) {
        self.inflow.value.fill(0.0);
        self.outflow.fill(0.0);
        for (&place, (&source, &rate)) in self.place.iter().zip(inflow.column.iter().zip(&inflow.value)) {
            if place != INSIDE {
                let flux = rate * x[source as usize];
                if flux < UNDERFLOW {
                    continue;
                }
                self.inflow.value[place as usize] += flux;
                self.outflow[self.group[source as usize] as usize] += flux;
            }
        }
    }
}

/// Matches every state with the free neighbour of largest flux, and gives the rest to their strongest neighbour's group.
fn matching(inflow: &Csr, x: &[f64]) -> Vec<u32> {
    const FREE: u32 = u32::MAX;
    let n = inflow.rows();
    let outflow = inflow.transposed();
    let mut group = vec![FREE; n];
    let mut groups = 0u32;
    let mut near = Neighbours::new(n);
    for j in 0..n {
        if group[j] != FREE {
            continue;
        }
        near.collect(j, inflow, &outflow, x);
        let strongest = near.list.iter().fold(0.0, |a: f64, &i| a.max(near.flux[i as usize]));
        let mut best: Option<u32> = None;
        for &i in &near.list {
            let flux = near.flux[i as usize];
            if group[i as usize] == FREE
                && flux >= 0.25 * strongest
                && flux > 0.0
                && best.is_none_or(|b| flux > near.flux[b as usize])
            {
                best = Some(i);
            }
        }
        if let Some(i) = best {
            group[j] = groups;
            group[i as usize] = groups;
            groups += 1;
        }
        near.clear();
    }
    // States whose fluxes have all underflowed share a group that no correction reaches.
    let mut faded = FREE;
    // Without this a hub and its spokes would make one pair and as many groups as before.
    for j in 0..n {
        if group[j] != FREE {
            continue;
        }
        near.collect(j, inflow, &outflow, x);
        let mut best: Option<u32> = None;
        for &i in &near.list {
            let flux = near.flux[i as usize];
            if group[i as usize] != FREE && flux > 0.0 && best.is_none_or(|b| flux > near.flux[b as usize]) {
                best = Some(i);
            }
        }
        group[j] = match best {
            Some(i) => group[i as usize],
            None if near.list.is_empty() && faded != FREE => faded,
            None => {
                groups += 1;
                groups - 1
            }
        };
        if near.list.is_empty() {
            faded = group[j];
        }
        near.clear();
    }
    group
}

/// Scratch for the neighbours of one state with the flux exchanged, in both directions together.
struct Neighbours {
    flux: Vec<f64>,
    list: Vec<u32>,
}

impl Neighbours {
    fn new(n: usize) -> Neighbours {
        Neighbours { flux: vec![0.0; n], list: Vec::new() }
    }

    fn collect(&mut self, j: usize, inflow: &Csr, outflow: &Csr, x: &[f64]) {
        let (sources, rates) = inflow.row(j);
        for (&i, &rate) in sources.iter().zip(rates) {
            self.add(i, rate * x[i as usize]);
        }
        let (targets, rates) = outflow.row(j);
        for (&i, &rate) in targets.iter().zip(rates) {
            self.add(i, rate * x[j]);
        }
    }

    fn add(&mut self, i: u32, flux: f64) {
        if flux < UNDERFLOW {
            return;
        }
        if self.flux[i as usize] == 0.0 {
            self.list.push(i);
        }
        self.flux[i as usize] += flux;
    }

    fn clear(&mut self) {
        for &i in &self.list {
            self.flux[i as usize] = 0.0;
        }
        self.list.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Inflow matrix of a chain given as (from, to, rate).
    fn inflow(n: usize, rates: &[(u32, u32, f64)]) -> Csr {
        let mut out = Csr::new();
        for i in 0..n as u32 {
            for &(_, to, rate) in rates.iter().filter(|r| r.0 == i) {
                out.entry(to, rate);
            }
            out.end_row();
        }
        out.transposed()
    }

    #[test]
    fn fast_exchanges_end_up_inside_groups() {
        let rates = [
            (0, 1, 1e3),
            (1, 0, 1e3),
            (2, 3, 1e3),
            (3, 2, 1e3),
            (1, 2, 1e-3),
            (2, 1, 1e-3),
            (4, 5, 1e3),
            (5, 4, 1e3),
            (0, 5, 1e-4),
            (5, 0, 1e-4),
        ];
        let pairs = matching(&inflow(6, &rates), &[1.0; 6]);
        assert_eq!(pairs, [0, 0, 1, 1, 2, 2]);
    }

    #[test]
    fn a_hub_takes_its_spokes() {
        let spokes: Vec<_> = (1..100u32).flat_map(|i| [(0, i, 1.0), (i, 0, 1.0)]).collect();
        let coarse = Coarse::new(&inflow(100, &spokes), &[1.0; 100]).unwrap();
        assert!(coarse.outflow.len() <= 2);
    }

    #[test]
    fn coarse_fluxes_balance() {
        let rates = [(0, 1, 2.0), (1, 0, 1.0), (1, 2, 0.1), (2, 3, 5.0), (3, 2, 4.0), (3, 0, 0.3)];
        let coarse = Coarse::of_groups(&inflow(4, &rates), vec![0, 0, 1, 1], &[1.0, 2.0, 3.0, 4.0]);
        assert_eq!(coarse.outflow, [0.1 * 2.0, 0.3 * 4.0]);
        assert_eq!(coarse.inflow.row_sum(0), coarse.outflow[1]);
    }
}
