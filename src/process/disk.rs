//! What a process keeps beyond a crash, and what becomes of it.

use super::fault::DiskFault;
use crate::units::Instant;

/// What is written and not yet known to last.
#[derive(Clone, Debug)]
enum Write<R> {
    Append(R),
    Replace(Vec<R>),
}

/// A stable store: a log of records, appended to or replaced as a whole, as a file system does it with append and rename.
///
/// What is written lasts once a [`sync`](super::Context::sync) behind it is over. A crash loses what was written since, which is
/// what a careful file system promises and no more. While its disk lies, a sync ends as always, and lasts nothing.
///
/// ```
/// use fivenines::process::Disk;
/// use fivenines::units::Instant;
///
/// let mut disk: Disk<u32> = Disk::default();
/// disk.append(1);
/// disk.sync(Instant::from_micros(50));
/// disk.append(2);
/// disk.crash(Instant::from_micros(80));
/// assert_eq!(disk.recover().records, [1]);
/// ```
#[derive(Clone, Debug)]
pub struct Disk<R> {
    durable: Vec<R>,
    /// Writes since, in order.
    writes: Vec<Write<R>>,
    /// Syncs under way: how many of the writes they make last, and when.
    syncs: Vec<(usize, Instant)>,
    lies: u16,
    damaged: bool,
}

/// What a process finds on its disk when it comes back.
///
/// ```
/// use fivenines::process::Recovered;
///
/// let found = Recovered { records: &["term 3", "vote p1"], damaged: false };
/// assert_eq!(found.records.last(), Some(&"vote p1"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recovered<'a, R> {
    /// The records that are there, in the order written.
    pub records: &'a [R],
    /// Whether a checksum failed: the records end before the first that is damaged, and there were more.
    pub damaged: bool,
}

impl<R> Default for Disk<R> {
    fn default() -> Disk<R> {
        Disk { durable: Vec::new(), writes: Vec::new(), syncs: Vec::new(), lies: 0, damaged: false }
    }
}

impl<R> Disk<R> {
    /// Writes a record behind the others.
    pub fn append(&mut self, record: R) {
        self.writes.push(Write::Append(record));
    }

    /// Writes these records in place of all that is there, at once: after a crash there are all of the new ones or the old.
    pub fn replace(&mut self, records: Vec<R>) {
        self.writes.push(Write::Replace(records));
    }

    /// Makes all that is written last from `done` on.
    pub fn sync(&mut self, done: Instant) {
        if self.lies == 0 {
            self.syncs.push((self.writes.len(), done));
        }
    }

    /// The machine crashes: what no sync that is over has made last is lost.
    pub fn crash(&mut self, now: Instant) {
        self.settle(now);
        self.writes.clear();
        self.syncs.clear();
    }

    /// Lets the writes last that are synced by now. To be called now and then, so that they do not pile up.
    pub fn settle(&mut self, now: Instant) {
        // A later sync is not over before an earlier one: a process waits for each.
        let over = self.syncs.partition_point(|(_, done)| *done <= now);
        let Some(&(count, _)) = self.syncs[..over].last() else { return };
        self.syncs.drain(..over);
        self.syncs.iter_mut().for_each(|(writes, _)| *writes -= count);
        for write in self.writes.drain(..count) {
            match write {
                Write::Append(record) => self.durable.push(record),
                Write::Replace(records) => self.durable = records,
            }
        }
    }

    /// What is there after a crash.
    pub fn recover(&self) -> Recovered<'_, R> {
        Recovered { records: &self.durable, damaged: self.damaged }
    }

    /// The process has read what was there and goes on from it: damage is behind it.
    pub(super) fn read(&mut self) {
        self.damaged = false;
    }

    /// A fault of the disk begins. `pick` chooses one of so many.
    pub(super) fn strike(&mut self, fault: DiskFault, pick: impl FnOnce(usize) -> usize) {
        match fault {
            DiskFault::Lies => self.lies += 1,
            DiskFault::Erased => {
                self.durable.clear();
                self.writes.clear();
                self.syncs.clear();
            }
            DiskFault::Corrupted if !self.durable.is_empty() => {
                let first = pick(self.durable.len());
                self.durable.truncate(first);
                self.damaged = true;
            }
            DiskFault::Corrupted => {}
        }
    }

    /// A fault that lasts is over.
    pub(super) fn heal(&mut self, fault: DiskFault) {
        if fault == DiskFault::Lies {
            self.lies -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(micros: u64) -> Instant {
        Instant::from_micros(micros)
    }

    #[test]
    fn a_sync_that_is_not_over_at_the_crash_saves_nothing() {
        let mut disk = Disk::default();
        disk.append('a');
        disk.sync(at(10));
        disk.append('b');
        disk.sync(at(20));
        disk.append('c');
        disk.crash(at(19));
        assert_eq!(disk.recover().records, ['a']);
        disk.append('d');
        disk.sync(at(30));
        disk.crash(at(30));
        assert_eq!(disk.recover().records, ['a', 'd']);
    }

    #[test]
    fn a_replacement_is_there_as_a_whole_or_not_at_all() {
        let mut disk = Disk::default();
        "abc".chars().for_each(|c| disk.append(c));
        disk.sync(at(1));
        disk.settle(at(2));
        disk.replace(vec!['S']);
        disk.append('d');
        disk.clone().crash(at(3));
        let mut lost = disk.clone();
        lost.crash(at(3));
        assert_eq!(lost.recover().records, ['a', 'b', 'c']);
        disk.sync(at(4));
        disk.crash(at(4));
        assert_eq!(disk.recover().records, ['S', 'd']);
    }

    #[test]
    fn a_disk_that_lies_loses_what_it_said_it_had() {
        let mut disk = Disk::default();
        disk.append(1);
        disk.sync(at(1));
        disk.strike(DiskFault::Lies, |_| 0);
        disk.append(2);
        disk.sync(at(2));
        disk.heal(DiskFault::Lies);
        let mut honest_again = disk.clone();
        disk.crash(at(5));
        assert_eq!(disk.recover().records, [1]);
        honest_again.append(3);
        honest_again.sync(at(4));
        honest_again.crash(at(5));
        assert_eq!(honest_again.recover().records, [1, 2, 3]);
    }

    #[test]
    fn damage_cuts_the_log_and_is_told_once() {
        let mut disk = Disk::default();
        (0..5).for_each(|n| disk.append(n));
        disk.sync(at(0));
        disk.settle(at(0));
        disk.strike(DiskFault::Corrupted, |count| count - 2);
        assert_eq!(disk.recover(), Recovered { records: &[0, 1, 2][..], damaged: true });
        disk.read();
        disk.strike(DiskFault::Erased, |_| 0);
        assert_eq!(disk.recover(), Recovered { records: &[][..], damaged: false });
    }
}
