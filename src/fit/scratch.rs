//! Sorted words that need not fit in memory: an external merge sort (Knuth 1998, *The Art of Computer Programming* 3, 2nd
//! ed., section 5.4), so that a log of any length is read in the same memory and nothing of it is lost.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fmt::{Debug, Formatter};
use std::io::{Read, Result, Seek, SeekFrom, Write};
use std::marker::PhantomData;
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard};

/// What can be written and read again from anywhere: a file.
trait Medium: Read + Write + Seek + Send {}

impl<T: Read + Write + Seek + Send> Medium for T {}

/// How many outages of a log are kept in memory, and where those beyond go.
///
/// ```
/// use fivenines::fit::{Columns, Log, Room};
///
/// let text = "down,up\n2024-01-02,2024-01-03\n2024-03-01,2024-03-02\n2024-02-01,2024-02-02\n";
/// let columns = Columns { start: "down".into(), end: Some("up".into()), ..Columns::default() };
/// // A file in practice. What is found does not depend on the room.
/// let room = Room::with_scratch(2, || Ok(std::io::Cursor::new(Vec::new())));
/// assert_eq!(Log::read_within(text.as_bytes(), &columns, &room).unwrap().outages(), 3);
/// ```
#[derive(Clone)]
pub struct Room {
    words: usize,
    open: Option<Arc<Opener>>,
}

type Opener = dyn Fn() -> Result<Box<dyn Medium>> + Send + Sync;

impl Room {
    /// Everything is kept in memory: 16 bytes for each outage, and 8 more while bursts are looked for.
    pub fn memory() -> Room {
        Room { words: usize::MAX, open: None }
    }

    /// So many outages at once are kept in memory, two at least; more go to files that `open` makes, empty ones, of
    /// which two are open at a time, with 16 bytes for each outage.
    pub fn with_scratch<M: Read + Write + Seek + Send + 'static>(
        outages: usize,
        open: impl Fn() -> Result<M> + Send + Sync + 'static,
    ) -> Room {
        let open = move || open().map(|medium| Box::new(medium) as Box<dyn Medium>);
        Room { words: outages.max(2), open: Some(Arc::new(open)) }
    }
}

impl Debug for Room {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Room").field("outages", &self.words).finish_non_exhaustive()
    }
}

/// What can be sorted: a few bytes, the same number for each.
pub(super) trait Word: Copy + Ord {
    const BYTES: usize;

    fn write(self, to: &mut Vec<u8>);

    /// From as many bytes as were written.
    fn read(from: &[u8]) -> Self;
}

/// Words on a medium, by place.
pub(super) struct Tape<W> {
    medium: Mutex<Box<dyn Medium>>,
    words: PhantomData<W>,
}

impl<W: Word> Tape<W> {
    fn open(open: &Opener) -> Result<Tape<W>> {
        Ok(Tape { medium: Mutex::new(open()?), words: PhantomData })
    }

    fn seek(&self, at: u64) -> Result<MutexGuard<'_, Box<dyn Medium>>> {
        let mut medium = self.medium.lock().expect("nothing panics while it holds the medium");
        medium.seek(SeekFrom::Start(at * W::BYTES as u64))?;
        Ok(medium)
    }

    fn write(&self, at: u64, words: &[W]) -> Result<()> {
        let mut bytes = Vec::with_capacity(words.len().min(BLOCK) * W::BYTES);
        let mut medium = self.seek(at)?;
        for part in words.chunks(BLOCK) {
            bytes.clear();
            part.iter().for_each(|word| word.write(&mut bytes));
            medium.write_all(&bytes)?;
        }
        Ok(())
    }

    fn read(&self, at: u64, count: usize, words: &mut Vec<W>) -> Result<()> {
        let mut bytes = vec![0; count.min(BLOCK) * W::BYTES];
        let mut medium = self.seek(at)?;
        words.clear();
        while words.len() < count {
            let part = &mut bytes[..(count - words.len()).min(BLOCK) * W::BYTES];
            medium.read_exact(part)?;
            words.extend(part.chunks_exact(W::BYTES).map(W::read));
        }
        Ok(())
    }
}

/// Words that are read or written at once.
const BLOCK: usize = 4096;

/// Words as they come, in any order.
pub(super) struct Pile<W> {
    room: Room,
    words: Vec<W>,
    /// What did not fit, in runs as long as the room.
    runs: Option<Tape<W>>,
    written: u64,
}

impl<W: Word> Pile<W> {
    pub fn new(room: &Room) -> Pile<W> {
        Pile { room: room.clone(), words: Vec::new(), runs: None, written: 0 }
    }

    pub fn is_empty(&self) -> bool {
        self.words.is_empty() && self.written == 0
    }

    pub fn push(&mut self, word: W) -> Result<()> {
        if self.words.len() == self.room.words {
            self.spill()?;
        }
        self.words.push(word);
        Ok(())
    }

    fn spill(&mut self) -> Result<()> {
        let Some(open) = &self.room.open else { return Ok(()) };
        if self.runs.is_none() {
            self.runs = Some(Tape::open(&**open)?);
        }
        self.runs.iter().try_for_each(|runs| runs.write(self.written, &self.words))?;
        self.written += self.words.len() as u64;
        self.words.clear();
        Ok(())
    }

    /// The words, each as `change` makes it, in order, without those that `sift` does not give on. It is asked for each
    /// word, and at the end without one, and never gives more than it took.
    pub fn sorted(
        mut self,
        change: impl Fn(W) -> W,
        mut sift: impl FnMut(Option<W>) -> Option<W>,
    ) -> Result<Sorted<W>> {
        if self.runs.is_some() {
            self.spill()?;
        }
        let (Some(runs), Some(open)) = (self.runs, &self.room.open) else {
            let mut words = self.words;
            words.iter_mut().for_each(|word| *word = change(*word));
            words.sort_unstable();
            let mut kept = 0;
            for at in 0..words.len() {
                let word = sift(Some(words[at]));
                word.into_iter().for_each(|word| {
                    words[kept] = word;
                    kept += 1;
                });
            }
            words.truncate(kept);
            words.extend(sift(None));
            return Ok(Sorted::Memory(Arc::new(words)));
        };
        let mut words = self.words;
        let long = self.room.words as u64;
        let starts = (0..self.written).step_by(self.room.words);
        let each: Vec<Range<u64>> = starts.map(|at| at..(at + long).min(self.written)).collect();
        for run in &each {
            runs.read(run.start, (run.end - run.start) as usize, &mut words)?;
            words.iter_mut().for_each(|word| *word = change(*word));
            words.sort_unstable();
            runs.write(run.start, &words)?;
        }
        drop(words);
        merge(Sorted::Tape(Arc::new(runs), self.written), &each, self.room.words, Tape::open(&**open)?, sift)
    }
}

/// Merges sorted runs in the memory of so many words.
fn merge<W: Word>(
    runs: Sorted<W>,
    each: &[Range<u64>],
    words: usize,
    to: Tape<W>,
    mut sift: impl FnMut(Option<W>) -> Option<W>,
) -> Result<Sorted<W>> {
    let block = (words / each.len()).clamp(BLOCK.min(words), 16 * BLOCK);
    let mut cursors: Vec<_> = each.iter().map(|run| runs.cursor(run.clone()).in_blocks(block)).collect();
    let mut heap = BinaryHeap::new();
    for (run, cursor) in cursors.iter_mut().enumerate() {
        heap.extend(cursor.next()?.map(|word| Reverse((word, run))));
    }
    let (mut out, mut written) = (Vec::with_capacity(BLOCK), 0);
    while let Some(Reverse((word, run))) = heap.pop() {
        heap.extend(cursors[run].next()?.map(|word| Reverse((word, run))));
        out.extend(sift(Some(word)));
        if out.len() == BLOCK {
            to.write(written, &out)?;
            written += out.len() as u64;
            out.clear();
        }
    }
    out.extend(sift(None));
    to.write(written, &out)?;
    Ok(Sorted::Tape(Arc::new(to), written + out.len() as u64))
}

/// Words in order, in memory or on a tape.
pub(super) enum Sorted<W> {
    Memory(Arc<Vec<W>>),
    Tape(Arc<Tape<W>>, u64),
}

impl<W> Clone for Sorted<W> {
    fn clone(&self) -> Sorted<W> {
        match self {
            Sorted::Memory(words) => Sorted::Memory(words.clone()),
            Sorted::Tape(tape, len) => Sorted::Tape(tape.clone(), *len),
        }
    }
}

impl<W> Sorted<W> {
    pub fn len(&self) -> u64 {
        match self {
            Sorted::Memory(words) => words.len() as u64,
            Sorted::Tape(_, len) => *len,
        }
    }

    /// A reader of the words at these places.
    pub fn cursor(&self, places: Range<u64>) -> Cursor<'_, W> {
        Cursor { of: self, at: places.start, end: places.end, size: BLOCK, block: Vec::new(), first: 0 }
    }
}

impl<W> Debug for Sorted<W> {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} sorted words", self.len())
    }
}

/// Reads sorted words one after the other.
pub(super) struct Cursor<'a, W> {
    of: &'a Sorted<W>,
    at: u64,
    end: u64,
    /// Words read from a tape at once.
    size: usize,
    block: Vec<W>,
    /// Place of the block's first word.
    first: u64,
}

impl<W: Word> Cursor<'_, W> {
    fn in_blocks(self, size: usize) -> Self {
        Cursor { size, ..self }
    }

    /// The place of the next word.
    pub fn at(&self) -> u64 {
        self.at
    }

    /// The next word, which stays the next one.
    pub fn peek(&mut self) -> Result<Option<W>> {
        if self.at >= self.end {
            return Ok(None);
        }
        match self.of {
            Sorted::Memory(words) => Ok(Some(words[self.at as usize])),
            Sorted::Tape(tape, _) => {
                if self.at >= self.first + self.block.len() as u64 {
                    let count = (self.end - self.at).min(self.size as u64);
                    tape.read(self.at, count as usize, &mut self.block)?;
                    self.first = self.at;
                }
                Ok(Some(self.block[(self.at - self.first) as usize]))
            }
        }
    }

    pub fn next(&mut self) -> Result<Option<W>> {
        let word = self.peek()?;
        self.at += u64::from(word.is_some());
        Ok(word)
    }

    pub fn each(mut self, mut to: impl FnMut(W)) -> Result<()> {
        while let Some(word) = self.next()? {
            to(word);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor as Bytes, Error};

    use super::*;

    impl Word for u64 {
        const BYTES: usize = 8;

        fn write(self, to: &mut Vec<u8>) {
            to.extend_from_slice(&self.to_le_bytes());
        }

        fn read(from: &[u8]) -> u64 {
            u64::from_le_bytes(from.try_into().expect("eight bytes"))
        }
    }

    fn sorted(words: &[u64], room: &Room) -> Result<Vec<u64>> {
        let mut pile = Pile::new(room);
        words.iter().try_for_each(|word| pile.push(*word))?;
        // Every even word, a step late, and one more, as cleaning does it.
        let mut held = None;
        let sift = |word: Option<u64>| match word {
            Some(word) if word % 2 == 1 => None,
            next => std::mem::replace(&mut held, next),
        };
        let sorted = pile.sorted(|word| word + 1, sift)?;
        let mut found = Vec::new();
        sorted.cursor(0..sorted.len()).each(|word| found.push(word))?;
        assert_eq!(found.len() as u64, sorted.len());
        Ok(found)
    }

    #[test]
    fn what_is_sorted_does_not_depend_on_the_room() {
        for count in [0_u64, 1, 2, 5, 6, 7, 1000, 9001] {
            let words: Vec<u64> = (0..count).map(|at| at * 7919 % 9973).collect();
            let mut want: Vec<u64> = words.iter().map(|word| word + 1).filter(|word| word % 2 == 0).collect();
            want.sort_unstable();
            for room in [2, 3, 7, 1000, 5000] {
                let room = Room::with_scratch(room, || Ok(Bytes::new(Vec::new())));
                assert_eq!(sorted(&words, &room).unwrap(), want);
            }
            assert_eq!(sorted(&words, &Room::memory()).unwrap(), want);
        }
    }

    #[test]
    fn a_disk_that_is_full_is_an_error_and_no_panic() {
        let no_file = Room::with_scratch(10, || Err::<Bytes<Vec<u8>>, _>(Error::other("no file")));
        assert_eq!(sorted(&[1; 10], &no_file).unwrap(), vec![2; 10]);
        assert_eq!(sorted(&[1; 11], &no_file).unwrap_err().to_string(), "no file");
        let full = Room::with_scratch(10, || Ok(Bytes::new(vec![0_u8; 64].into_boxed_slice())));
        assert!(sorted(&[1; 11], &full).is_err());
    }
}
