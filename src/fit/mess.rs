//! What is wrong with the rows of a log, counted by kind: nothing is dropped silently.

use serde::{Serialize, Serializer, ser::SerializeMap};

/// A kind of row that is not what it should be.
///
/// ```
/// use fivenines::fit::Mess;
///
/// assert_eq!(Mess::Duplicate.what(), "the same outage once more");
/// assert_eq!(Mess::Duplicate.then(), "left out");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mess {
    /// Fewer fields than the header: the columns asked for are not there.
    Short,
    /// An empty start.
    NoStart,
    /// A start that is no date.
    BadStart,
    /// An empty unit.
    NoUnit,
    /// An empty end, and no time down either.
    NoEnd,
    /// An end or a time down that cannot be read.
    BadEnd,
    /// An end before its start.
    Backwards,
    /// The time down and the end disagree.
    Disagrees,
    /// No time between start and end.
    Zero,
    /// The same unit, start and end as another row.
    Duplicate,
    /// Overlaps or touches another outage of its unit.
    Merged,
}

impl Mess {
    /// All kinds, in the order of a report.
    pub const ALL: [Mess; 11] = [
        Mess::Short,
        Mess::NoStart,
        Mess::BadStart,
        Mess::NoUnit,
        Mess::NoEnd,
        Mess::BadEnd,
        Mess::Backwards,
        Mess::Disagrees,
        Mess::Zero,
        Mess::Duplicate,
        Mess::Merged,
    ];

    /// What is wrong, in words.
    pub const fn what(self) -> &'static str {
        match self {
            Mess::Short => "fields missing at the end",
            Mess::NoStart => "no start",
            Mess::BadStart => "a start that is no date",
            Mess::NoUnit => "no unit",
            Mess::NoEnd => "no end",
            Mess::BadEnd => "an end that cannot be read",
            Mess::Backwards => "an end before the start",
            Mess::Disagrees => "time down is not end less start",
            Mess::Zero => "no time from start to end",
            Mess::Duplicate => "the same outage once more",
            Mess::Merged => "overlaps or touches an outage of its unit",
        }
    }

    /// What was done about it, in words.
    pub const fn then(self) -> &'static str {
        match self {
            Mess::Short | Mess::NoStart | Mess::BadStart | Mess::NoUnit | Mess::Duplicate => "left out",
            Mess::NoEnd | Mess::BadEnd | Mess::Backwards => "a failure, no repair time",
            Mess::Disagrees => "the time down is taken",
            Mess::Zero => "a failure, not in the repair law",
            Mess::Merged => "made one outage",
        }
    }

    const fn key(self) -> &'static str {
        match self {
            Mess::Short => "short",
            Mess::NoStart => "no_start",
            Mess::BadStart => "bad_start",
            Mess::NoUnit => "no_unit",
            Mess::NoEnd => "no_end",
            Mess::BadEnd => "bad_end",
            Mess::Backwards => "end_before_start",
            Mess::Disagrees => "down_disagrees",
            Mess::Zero => "zero",
            Mess::Duplicate => "duplicate",
            Mess::Merged => "merged",
        }
    }
}

/// How many rows of each kind there were, and where the first was.
///
/// ```
/// use fivenines::fit::{Ledger, Mess};
///
/// let mut ledger = Ledger::default();
/// ledger.note(Mess::NoEnd, 7);
/// ledger.note(Mess::NoEnd, 9);
/// assert_eq!((ledger.count(Mess::NoEnd), ledger.first(Mess::NoEnd)), (2, Some(7)));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    counts: [u64; Mess::ALL.len()],
    first: [Option<u64>; Mess::ALL.len()],
}

impl Ledger {
    /// Counts a row; rows count from 1, the header.
    pub fn note(&mut self, mess: Mess, row: u64) {
        self.counts[mess as usize] += 1;
        self.first[mess as usize].get_or_insert(row);
    }

    /// Counts rows whose places are no longer known.
    pub(super) fn add(&mut self, mess: Mess, many: u64) {
        self.counts[mess as usize] += many;
    }

    /// How many rows of a kind.
    pub fn count(&self, mess: Mess) -> u64 {
        self.counts[mess as usize]
    }

    /// The first row of a kind, where it is known.
    pub fn first(&self, mess: Mess) -> Option<u64> {
        self.first[mess as usize]
    }

    /// The kinds that were seen, with their counts.
    pub fn seen(&self) -> impl Iterator<Item = (Mess, u64)> {
        Mess::ALL.into_iter().map(|mess| (mess, self.count(mess))).filter(|(_, count)| *count > 0)
    }
}

impl Serialize for Ledger {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (mess, count) in self.seen() {
            map.serialize_entry(mess.key(), &count)?;
        }
        map.end()
    }
}
