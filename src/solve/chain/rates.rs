//! A continuous-time Markov chain as plain data: off-diagonal rates and an initial distribution.

use thiserror::Error;

use super::csr::Csr;

/// Why a chain cannot be built or solved.
///
/// ```
/// use fivenines::solve::chain::{Chain, ChainError};
/// let mut rows = Chain::builder();
/// rows.push([(7, 1.0)])?;
/// let error = rows.finish([(0, 1.0)]).unwrap_err();
/// assert_eq!(error, ChainError::UnknownState { state: 7, states: 1 });
/// assert_eq!(error.to_string(), "state 7 does not exist (the chain has 1 states)");
/// # Ok::<(), ChainError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Error)]
pub enum ChainError {
    /// The chain has no states.
    #[error("the chain has no states")]
    Empty,
    /// The initial distribution has no states.
    #[error("no initial state is given")]
    NoInitialState,
    /// The initial probabilities do not add to one.
    #[error("the initial probabilities add to {sum}, not 1")]
    InitialMass {
        /// What they add to.
        sum: f64,
    },
    /// A transition or an initial probability names a state that does not exist.
    #[error("state {state} does not exist (the chain has {states} states)")]
    UnknownState {
        /// The state named.
        state: u32,
        /// How many there are.
        states: usize,
    },
    /// A rate or an initial probability is negative, infinite or not a number.
    #[error("{value} is not a rate or a probability (state {state})")]
    BadNumber {
        /// The row or initial state it stands at.
        state: u32,
        /// The number.
        value: f64,
    },
    /// A time is negative, infinite or not a number.
    #[error("{seconds} s is not a time")]
    BadTime {
        /// The time given.
        seconds: f64,
    },
    /// A set or a reward vector was made for another chain.
    #[error("made for {found} states, but the chain has {states}")]
    WrongLength {
        /// States of the set or vector.
        found: usize,
        /// States of the chain.
        states: usize,
    },
    /// More states than a 32-bit index can name.
    #[error("more than {limit} states")]
    TooLarge {
        /// The largest number of states.
        limit: usize,
    },
    /// The iteration stopped improving before its residual was small enough to trust.
    #[error("not converged: relative residual {residual:.1e} after {sweeps} sweeps")]
    NotConverged {
        /// Largest relative imbalance of a state's inflow and outflow.
        residual: f64,
        /// Sweeps over the chain that were made.
        sweeps: u64,
    },
    /// A transient solution would need more operations than its budget allows.
    #[error("needs up to {needed:.0e} operations, more than the budget of {budget:.0e}")]
    OverBudget {
        /// Multiplications the whole solution may need.
        needed: f64,
        /// Multiplications allowed.
        budget: f64,
    },
}

/// Largest number of states of a chain.
pub const STATES_MAX: usize = (u32::MAX - 2) as usize;

/// A continuous-time Markov chain: states `0..states()`, rates per second, an initial distribution.
///
/// ```
/// use fivenines::solve::chain::Chain;
/// let mut rows = Chain::builder();
/// rows.push([(1, 0.001)])?; // state 0 fails
/// rows.push([(0, 0.1)])?;   // state 1 is repaired
/// let chain = rows.finish([(0, 1.0)])?;
/// assert_eq!(chain.states(), 2);
/// assert_eq!(chain.exit_rate(1), 0.1);
/// # Ok::<(), fivenines::solve::chain::ChainError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Chain {
    pub(super) rates: Csr,
    initial: Vec<(u32, f64)>,
}

impl Chain {
    /// A builder that takes the rows in state order.
    pub fn builder() -> ChainBuilder {
        ChainBuilder { rates: Csr::new(), row: Vec::new() }
    }

    /// Number of states.
    pub fn states(&self) -> usize {
        self.rates.rows()
    }

    /// Number of transitions with a positive rate.
    pub fn transitions(&self) -> usize {
        self.rates.column.len()
    }

    /// The transitions out of a state: targets in ascending order with their rates per second.
    ///
    /// # Panics
    /// If there is no such state.
    pub fn row(&self, state: u32) -> impl Iterator<Item = (u32, f64)> + '_ {
        let (targets, rates) = self.rates.row(state as usize);
        targets.iter().copied().zip(rates.iter().copied())
    }

    /// Total rate out of a state, per second; zero for an absorbing state.
    ///
    /// # Panics
    /// If there is no such state.
    pub fn exit_rate(&self, state: u32) -> f64 {
        self.rates.row_sum(state as usize)
    }

    /// The initial states with their positive probabilities, in ascending order; they add to one.
    pub fn initial(&self) -> &[(u32, f64)] {
        &self.initial
    }
}

/// Takes a chain's rows in state order; see [`Chain::builder`].
///
/// ```
/// use fivenines::solve::chain::Chain;
/// let mut rows = Chain::builder();
/// // Duplicates are added, self-loops and zero rates dropped: they change nothing.
/// rows.push([(1, 1.0), (0, 7.0), (1, 2.0)])?;
/// rows.push([])?;
/// assert_eq!(rows.finish([(0, 1.0)])?.row(0).collect::<Vec<_>>(), [(1, 3.0)]);
/// # Ok::<(), fivenines::solve::chain::ChainError>(())
/// ```
#[derive(Clone, Debug)]
pub struct ChainBuilder {
    rates: Csr,
    row: Vec<(u32, f64)>,
}

impl ChainBuilder {
    /// Number of rows pushed so far: the state the next row belongs to.
    pub fn states(&self) -> usize {
        self.rates.rows()
    }

    /// Adds the row of the next state: targets, which may come later, with rates per second. Returns the state.
    pub fn push(&mut self, row: impl IntoIterator<Item = (u32, f64)>) -> Result<u32, ChainError> {
        if self.states() >= STATES_MAX {
            return Err(ChainError::TooLarge { limit: STATES_MAX });
        }
        let state = self.states() as u32;
        self.row.clear();
        self.row.extend(row);
        // The sort is stable, so that duplicates are added in the order given.
        self.row.sort_by_key(|&(target, _)| target);
        let row_start = self.rates.column.len();
        for &(target, rate) in &self.row {
            if !(rate >= 0.0 && rate.is_finite()) {
                self.rates.column.truncate(row_start);
                self.rates.value.truncate(row_start);
                return Err(ChainError::BadNumber { state, value: rate });
            }
            if target == state || rate == 0.0 {
                continue;
            }
            let last = self.rates.column.len();
            if last > row_start && self.rates.column[last - 1] == target {
                self.rates.value[last - 1] += rate;
            } else {
                self.rates.entry(target, rate);
            }
        }
        self.rates.end_row();
        Ok(state)
    }

    /// The chain, started from this distribution, whose probabilities must add to one within 1e-9.
    pub fn finish(self, initial: impl IntoIterator<Item = (u32, f64)>) -> Result<Chain, ChainError> {
        let mut rates = self.rates;
        let states = rates.rows();
        if states == 0 {
            return Err(ChainError::Empty);
        }
        if let Some(&state) = rates.column.iter().find(|&&target| target as usize >= states) {
            return Err(ChainError::UnknownState { state, states });
        }
        rates.column.shrink_to_fit();
        rates.value.shrink_to_fit();
        Ok(Chain { rates, initial: distribution(initial, states)? })
    }
}

/// A checked, sorted, merged and normalized initial distribution.
fn distribution(
    given: impl IntoIterator<Item = (u32, f64)>,
    states: usize,
) -> Result<Vec<(u32, f64)>, ChainError> {
    let mut given: Vec<(u32, f64)> = given.into_iter().collect();
    given.sort_by_key(|&(state, _)| state);
    let mut merged: Vec<(u32, f64)> = Vec::with_capacity(given.len());
    for (state, value) in given {
        if state as usize >= states {
            return Err(ChainError::UnknownState { state, states });
        }
        if !(value >= 0.0 && value.is_finite()) {
            return Err(ChainError::BadNumber { state, value });
        }
        match merged.last_mut() {
            Some(last) if last.0 == state => last.1 += value,
            _ if value > 0.0 => merged.push((state, value)),
            _ => {}
        }
    }
    if merged.is_empty() {
        return Err(ChainError::NoInitialState);
    }
    let sum: f64 = merged.iter().map(|&(_, p)| p).sum();
    if (sum - 1.0).abs() > 1e-9 {
        return Err(ChainError::InitialMass { sum });
    }
    for (_, p) in &mut merged {
        *p /= sum;
    }
    Ok(merged)
}

/// A set of a chain's states.
///
/// ```
/// use fivenines::solve::chain::StateSet;
/// let down = StateSet::from_fn(4, |state| state >= 2);
/// assert!(down.contains(3) && !down.contains(0));
/// assert_eq!(down.members().collect::<Vec<_>>(), [2, 3]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateSet {
    member: Vec<bool>,
}

impl StateSet {
    /// The states, of `states` altogether, that a predicate holds for.
    pub fn from_fn(states: usize, holds: impl FnMut(u32) -> bool) -> StateSet {
        StateSet { member: (0..states as u32).map(holds).collect() }
    }

    /// Whether a state is in the set; false for one that does not exist.
    pub fn contains(&self, state: u32) -> bool {
        self.member.get(state as usize).copied().unwrap_or(false)
    }

    /// The states in the set, ascending.
    pub fn members(&self) -> impl Iterator<Item = u32> + '_ {
        self.member.iter().enumerate().filter(|&(_, &inside)| inside).map(|(state, _)| state as u32)
    }

    /// Whether no state is in the set.
    pub fn is_empty(&self) -> bool {
        !self.member.contains(&true)
    }

    /// Refuses a set made for another number of states.
    pub(super) fn check(&self, chain: &Chain) -> Result<(), ChainError> {
        check_length(self.member.len(), chain)
    }
}

/// Refuses data made for another number of states.
pub(super) fn check_length(found: usize, chain: &Chain) -> Result<(), ChainError> {
    match chain.states() {
        states if states == found => Ok(()),
        states => Err(ChainError::WrongLength { found, states }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_sorted_merged_and_free_of_self_loops() {
        let mut rows = Chain::builder();
        assert_eq!(rows.push([(2, 1.0), (1, 2.0), (0, 9.0), (2, 0.5), (1, 0.0)]), Ok(0));
        rows.push([]).unwrap();
        rows.push([(0, 4.0)]).unwrap();
        let chain = rows.finish([(0, 0.25), (2, 0.5), (0, 0.25), (1, 0.0)]).unwrap();
        assert_eq!(chain.row(0).collect::<Vec<_>>(), [(1, 2.0), (2, 1.5)]);
        assert_eq!((chain.transitions(), chain.exit_rate(0), chain.exit_rate(1)), (3, 3.5, 0.0));
        assert_eq!(chain.initial(), [(0, 0.5), (2, 0.5)]);
    }

    #[test]
    fn mistakes_are_refused_with_their_place() {
        assert_eq!(Chain::builder().finish([(0, 1.0)]), Err(ChainError::Empty));
        let one = |row: Vec<(u32, f64)>, initial: Vec<(u32, f64)>| {
            let mut rows = Chain::builder();
            rows.push(row)?;
            rows.finish(initial)
        };
        assert_eq!(
            one(vec![(3, 1.0)], vec![(0, 1.0)]),
            Err(ChainError::UnknownState { state: 3, states: 1 })
        );
        assert_eq!(
            one(vec![(0, -1.0)], vec![(0, 1.0)]),
            Err(ChainError::BadNumber { state: 0, value: -1.0 })
        );
        assert!(matches!(one(vec![(0, f64::NAN)], vec![(0, 1.0)]), Err(ChainError::BadNumber { .. })));
        assert_eq!(one(vec![], vec![]), Err(ChainError::NoInitialState));
        assert_eq!(one(vec![], vec![(0, 0.5)]), Err(ChainError::InitialMass { sum: 0.5 }));
        assert_eq!(one(vec![], vec![(1, 1.0)]), Err(ChainError::UnknownState { state: 1, states: 1 }));
    }
}
