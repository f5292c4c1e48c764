//! How far others have come: what a leader counts its majorities by.

use std::fmt;

use super::Id;

/// How far each process has come, in a log or in rounds of questions; none goes back.
///
/// ```
/// use fivenines::process::{Id, Progress};
///
/// let mut has: Progress = Progress::new(5);
/// for (process, upto) in [(1, 7), (2, 3), (3, 9), (3, 4)] {
///     has.reach(Id::new(process), upto);
/// }
/// assert_eq!(has.of(Id::new(3)), 9);
/// let others = (1..5).map(Id::new);
/// assert_eq!(has.reached_by(2, others), 7, "two of them have as much as 7");
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Progress<T = u64>(Vec<T>);

/// As a list, for messages that carry one.
impl<T: fmt::Debug> fmt::Debug for Progress<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<T: Copy + Default + Ord> Progress<T> {
    /// So many processes at the beginning.
    pub fn new(processes: usize) -> Progress<T> {
        Progress(vec![T::default(); processes])
    }

    /// A process has come so far, if not farther.
    ///
    /// # Panics
    /// When there are not so many processes.
    pub fn reach(&mut self, id: Id, upto: T) {
        let at = &mut self.0[id.index()];
        *at = upto.max(*at);
    }

    /// Each has come as far as another knows, if not farther.
    pub fn learn(&mut self, other: &Progress<T>) {
        self.0.iter_mut().zip(&other.0).for_each(|(mine, theirs)| *mine = (*mine).max(*theirs));
    }

    /// How far a process has come.
    ///
    /// # Panics
    /// When there are not so many processes.
    pub fn of(&self, id: Id) -> T {
        self.0[id.index()]
    }

    /// How far so many of these have come: what a majority has, where `count` is one. The beginning, if they are fewer.
    ///
    /// # Panics
    /// When `count` is 0.
    pub fn reached_by(&self, count: usize, of: impl IntoIterator<Item = Id>) -> T {
        let mut those: Vec<T> = of.into_iter().map(|id| self.of(id)).collect();
        those.sort_unstable_by(|a, b| b.cmp(a));
        those.get(count - 1).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// So many of them are there, and not so many are farther.
        #[test]
        fn as_many_as_are_asked_for_have_come_so_far(
            steps in prop::collection::vec((0..5usize, 0..9u64), 0..20),
            those in prop::collection::btree_set((0..5usize).prop_map(Id::new), 0..5),
            count in 1..6usize,
        ) {
            let (mut progress, mut plain) = (Progress::new(5), [0; 5]);
            for (id, upto) in steps {
                progress.reach(Id::new(id), upto);
                plain[id] = plain[id].max(upto);
            }
            let upto: u64 = progress.reached_by(count, those.iter().copied());
            let come = |least: u64| those.iter().filter(|id| plain[id.index()] >= least).count();
            if those.len() < count {
                prop_assert_eq!(upto, 0);
            } else {
                prop_assert!(come(upto) >= count && come(upto + 1) < count);
            }
            let mut other = Progress::new(5);
            other.reach(Id::new(2), 5);
            other.learn(&progress);
            prop_assert_eq!(other.of(Id::new(2)), plain[2].max(5));
            prop_assert_eq!(format!("{progress:?}"), format!("{plain:?}"));
        }
    }
}
