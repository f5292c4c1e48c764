//! How far others have come: what a leader counts its majorities by.

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
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress<T = u64>(Vec<T>);

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

/// What a leader knows of the logs of those who follow it: up to where each agrees with its own, and what to send it next.
///
/// ```
/// use fivenines::process::{Followers, Id};
///
/// let (leader, follower) = (Id::new(0), Id::new(1));
/// let mut followers = Followers::new(leader, 3, 10);
/// assert_eq!(followers.send(follower, 12), 10, "what is behind the tenth entry is to be sent");
/// assert_eq!(followers.send(follower, 13), 12, "and takes it for received");
/// followers.answered(follower, Err(4), 13);
/// assert_eq!(followers.send(follower, 13), 4, "it has no more than four");
/// followers.answered(follower, Ok(13), 13);
/// assert_eq!(followers.reached_by(2, [leader, follower]), 13);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Followers {
    agrees: Progress,
    /// The last entry that each was sent, and is taken to have.
    sent: Vec<u64>,
}

impl Followers {
    /// Of a leader whose log has a last entry, and who knows nothing yet of the others. It has all of its own.
    pub fn new(leader: Id, processes: usize, last: u64) -> Followers {
        let mut agrees = Progress::new(processes);
        agrees.reach(leader, u64::MAX);
        Followers { agrees, sent: vec![last; processes] }
    }

    /// The entry behind which a follower is to be sent all up to the last. It is taken to have them until it says otherwise.
    pub fn send(&mut self, to: Id, last: u64) -> u64 {
        std::mem::replace(&mut self.sent[to.index()], last)
    }

    /// A follower says up to where its log agrees, or up to where it may, and the leader's log has this last entry.
    pub fn answered(&mut self, from: Id, upto: Result<u64, u64>, last: u64) {
        let sent = &mut self.sent[from.index()];
        match upto {
            Ok(index) => {
                self.agrees.reach(from, index);
                *sent = index.max(*sent);
            }
            Err(index) => *sent = index.min(last).max(self.agrees.of(from)),
        }
    }

    /// Up to where so many of these agree with the leader: see [`Progress::reached_by`]. The leader agrees up to any index.
    ///
    /// # Panics
    /// When `count` is 0.
    pub fn reached_by(&self, count: usize, of: impl IntoIterator<Item = Id>) -> u64 {
        self.agrees.reached_by(count, of)
    }
}
