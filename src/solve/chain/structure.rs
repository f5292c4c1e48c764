//! Which states of a chain communicate, which classes are recurrent, and what the initial states reach.

use super::csr::Csr;
use super::rates::{Chain, StateSet};

/// Marks a state not numbered yet.
const UNSEEN: u32 = u32::MAX;

/// The communicating classes of a chain.
///
/// ```
/// use fivenines::solve::chain::{Chain, Structure};
/// let mut rows = Chain::builder();
/// rows.push([(1, 1.0)])?;           // transient
/// rows.push([(0, 1.0), (2, 0.1)])?; // transient
/// rows.push([])?;                   // absorbing
/// let structure = Structure::of(&rows.finish([(0, 1.0)])?);
/// assert_eq!(structure.classes(), 2);
/// assert_eq!(structure.recurrent(), [vec![2]]);
/// # Ok::<(), fivenines::solve::chain::ChainError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Structure {
    class: Vec<u32>,
    classes: usize,
    recurrent: Vec<Vec<u32>>,
    reachable: StateSet,
}

impl Structure {
    /// Finds the classes of a chain (Tarjan 1972, without recursion), in time linear in its transitions.
    pub fn of(chain: &Chain) -> Structure {
        let (class, classes) = components(&chain.rates);
        let mut closed = vec![true; classes];
        for (i, &own) in class.iter().enumerate() {
            let (targets, _) = chain.rates.row(i);
            if targets.iter().any(|&j| class[j as usize] != own) {
                closed[own as usize] = false;
            }
        }
        // Recurrent classes are listed by their lowest state, so that the order does not hang on the search.
        let mut place = vec![UNSEEN; classes];
        let mut recurrent: Vec<Vec<u32>> = Vec::new();
        for (i, &own) in class.iter().enumerate() {
            if closed[own as usize] {
                if place[own as usize] == UNSEEN {
                    place[own as usize] = recurrent.len() as u32;
                    recurrent.push(Vec::new());
                }
                recurrent[place[own as usize] as usize].push(i as u32);
            }
        }
        let order = reach(&chain.rates, chain.initial().iter().map(|&(s, _)| s), |_| true);
        let mut inside = vec![false; chain.states()];
        for &i in &order {
            inside[i as usize] = true;
        }
        let reachable = StateSet::from_fn(chain.states(), |s| inside[s as usize]);
        Structure { class, classes, recurrent, reachable }
    }

    /// Number of communicating classes.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// The communicating class of a state, below [`classes`](Structure::classes).
    ///
    /// # Panics
    /// If there is no such state.
    pub fn class_of(&self, state: u32) -> u32 {
        self.class[state as usize]
    }

    /// The recurrent classes (never left once entered), each with its states ascending, by lowest state.
    pub fn recurrent(&self) -> &[Vec<u32>] {
        &self.recurrent
    }

    /// The absorbing states: recurrent classes of one state.
    pub fn absorbing(&self) -> impl Iterator<Item = u32> + '_ {
        self.recurrent.iter().filter(|class| class.len() == 1).map(|class| class[0])
    }

    /// The states that some initial state reaches, itself included.
    pub fn reachable(&self) -> &StateSet {
        &self.reachable
    }

    /// The recurrent classes that some initial state reaches.
    pub fn reached(&self) -> impl Iterator<Item = &[u32]> + '_ {
        self.recurrent.iter().filter(|class| self.reachable.contains(class[0])).map(Vec::as_slice)
    }
}

/// Breadth-first order of the states reached from `from` through states that `enter` admits.
pub(super) fn reach(rates: &Csr, from: impl Iterator<Item = u32>, enter: impl Fn(u32) -> bool) -> Vec<u32> {
    let mut seen = vec![false; rates.rows()];
    let mut order = Vec::new();
    for state in from {
        if enter(state) && !seen[state as usize] {
            seen[state as usize] = true;
            order.push(state);
        }
    }
    let mut next = 0;
    while next < order.len() {
        let (targets, _) = rates.row(order[next] as usize);
        next += 1;
        for &j in targets {
            if !seen[j as usize] && enter(j) {
                seen[j as usize] = true;
                order.push(j);
            }
        }
    }
    order
}

/// The strongly connected component of every state, and how many there are.
fn components(rates: &Csr) -> (Vec<u32>, usize) {
    let n = rates.rows();
    let mut component = vec![UNSEEN; n];
    let mut index = vec![UNSEEN; n];
    let mut low = vec![0u32; n];
    let mut stack: Vec<u32> = Vec::new();
    let mut path: Vec<(u32, usize)> = Vec::new();
    let (mut counter, mut count) = (0u32, 0u32);
    for root in 0..n as u32 {
        if index[root as usize] != UNSEEN {
            continue;
        }
        path.push((root, rates.start[root as usize]));
        while let Some(&mut (state, ref mut edge)) = path.last_mut() {
            let i = state as usize;
            if index[i] == UNSEEN {
                index[i] = counter;
                low[i] = counter;
                counter += 1;
                stack.push(state);
            }
            if *edge < rates.start[i + 1] {
                let j = rates.column[*edge] as usize;
                *edge += 1;
                if index[j] == UNSEEN {
                    path.push((j as u32, rates.start[j]));
                } else if component[j] == UNSEEN {
                    low[i] = low[i].min(index[j]);
                }
                continue;
            }
            path.pop();
            if let Some(&(parent, _)) = path.last() {
                low[parent as usize] = low[parent as usize].min(low[i]);
            }
            if low[i] == index[i] {
                loop {
                    let member = stack.pop().expect("a component's root is still on the stack");
                    component[member as usize] = count;
                    if member == state {
                        break;
                    }
                }
                count += 1;
            }
        }
    }
    (component, count as usize)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::solve::chain::ChainError;

    fn chain(rows: &[&[(u32, f64)]], initial: u32) -> Result<Chain, ChainError> {
        let mut builder = Chain::builder();
        for row in rows {
            builder.push(row.iter().copied())?;
        }
        builder.finish([(initial, 1.0)])
    }

    #[test]
    fn classes_are_told_apart_and_only_the_reached_ones_count() {
        // 0 <-> 1 leave to {2, 3} or to 4; {5, 6} is closed and out of reach.
        let rows: [&[(u32, f64)]; 7] = [
            &[(1, 1.0)],
            &[(0, 1.0), (2, 1.0), (4, 1.0)],
            &[(3, 1.0)],
            &[(2, 1.0)],
            &[],
            &[(6, 1.0)],
            &[(5, 1.0)],
        ];
        let s = Structure::of(&chain(&rows, 0).unwrap());
        assert_eq!(s.classes(), 4);
        assert_eq!(s.class_of(0), s.class_of(1));
        assert_ne!(s.class_of(0), s.class_of(2));
        assert_eq!(s.recurrent(), [vec![2, 3], vec![4], vec![5, 6]]);
        assert_eq!(s.absorbing().collect::<Vec<_>>(), [4]);
        assert_eq!(s.reached().map(|c| c[0]).collect::<Vec<_>>(), [2, 4]);
        assert!(s.reachable().contains(1) && !s.reachable().contains(5));
    }

    #[test]
    fn a_long_path_needs_no_recursion() {
        let n = 200_000u32;
        let mut rows = Chain::builder();
        for i in 0..n {
            rows.push([((i + 1) % n, 1.0)]).unwrap();
        }
        assert_eq!(Structure::of(&rows.finish([(0, 1.0)]).unwrap()).classes(), 1);
    }
}
