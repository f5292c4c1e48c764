//! Reading a failure log row by row: a name of each unit is kept, and 16 bytes of each outage, in memory or in a file.

use std::collections::BTreeMap;
use std::io::Read;
use std::ops::Range;

use csv::{ByteRecord, Reader, ReaderBuilder};

use super::columns::{Columns, NoColumn, Places};
use super::date::{Hints, Moment, Order};
use super::mess::{Ledger, Mess};
use super::outage::{Cleaner, Outage};
use super::scratch::{Cursor, Pile, Room, Sorted};
use crate::units::Duration;

/// Rows looked at before the order of day and month is decided.
const LOOK_AHEAD: usize = 10_000;
/// Between the fields of a key; sorts before everything that a field may hold.
const FIELD: u8 = 0x1f;
/// Between the group and the unit of a key.
const PART: u8 = 0x1e;
/// A row whose time down and whose end disagree by no more than a minute agrees: logs round.
const AGREES_MS: u64 = 60_000;

/// A failure log: its outages by group and unit, cleaned, and what was wrong with its rows.
///
/// ```
/// use fivenines::fit::{Columns, Log};
///
/// let text = "node,down,up\na,2024-01-02 10:00,2024-01-02 11:00\na,2024-03-01 08:00,2024-03-01 08:20\n";
/// let columns = Columns { start: "down".into(), end: Some("up".into()), units: vec!["node".into()], ..Columns::default() };
/// let log = Log::read(text.as_bytes(), &columns).unwrap();
/// assert_eq!((log.rows(), log.groups().len(), log.outages()), (2, 1, 2));
/// ```
#[derive(Clone, Debug)]
pub struct Log {
    rows: u64,
    filtered: u64,
    ledger: Ledger,
    order: Order,
    order_is_a_guess: bool,
    groups: Vec<Group>,
    outages: Sorted<Outage>,
    room: Room,
}

/// A group of units in a log.
///
/// ```
/// use fivenines::fit::{Columns, Log};
///
/// let text = "began,ended,site\n2024-01-02,2024-01-03,eu\n";
/// let columns = Columns {
///     start: "began".into(), end: Some("ended".into()), groups: vec!["site".into()], ..Columns::default()
/// };
/// let log = Log::read(text.as_bytes(), &columns).unwrap();
/// assert_eq!(log.groups()[0].name(), "eu");
/// ```
#[derive(Clone, Debug)]
pub struct Group {
    name: String,
    population: Option<u64>,
    first_unit: u32,
    units: u32,
    first: u64,
    last: u64,
    places: Range<u64>,
}

impl Group {
    /// Its value in the group columns, or nothing where the log is one group.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How many of its units appear in the log.
    pub fn units(&self) -> u64 {
        u64::from(self.units)
    }

    /// How many units it has, where a column says so.
    pub fn population(&self) -> Option<u64> {
        self.population
    }

    /// When its first outage began.
    pub(super) fn first(&self) -> Moment {
        Moment::unpacked(self.first)
    }

    /// When its last outage began.
    pub(super) fn last(&self) -> Moment {
        Moment::unpacked(self.last)
    }

    pub(super) fn first_unit(&self) -> u32 {
        self.first_unit
    }
}

/// Why a log cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// A column is missing.
    #[error(transparent)]
    NoColumn(#[from] NoColumn),
    /// The file is no table, or reading broke off.
    #[error("row {row}: {source}")]
    Unreadable {
        /// The row, from 1, the header.
        row: u64,
        /// What the reader says.
        source: csv::Error,
    },
    /// Nothing to read.
    #[error("the log has no rows{0}")]
    Empty(&'static str),
    /// Most starts are no dates: the wrong column, or a form of date that is not known.
    #[error(
        "column {column:?}: {bad} of {rows} starts are no dates that can be read; the first is {text:?} in row {row} \
         (known are 2005-06-21 10:54, 6/21/2005 10:54, 21.6.2005 10:54, 21 Jun 2005 10:54, and seconds since 1970)"
    )]
    NoDates {
        /// The column.
        column: String,
        /// How many.
        bad: u64,
        /// Of how many.
        rows: u64,
        /// The first of them.
        text: String,
        /// Its row, from 1, the header.
        row: u64,
    },
    /// More than 4,294,967,295 units.
    #[error("the log has too many units")]
    TooManyUnits,
    /// What does not fit in memory cannot be written or read again.
    #[error("a temporary file for what does not fit in memory: {0}")]
    Scratch(std::io::Error),
}

impl Log {
    /// Reads a log with a header, as comma-separated values, into memory.
    ///
    /// # Errors
    /// When a column is missing, the text is no table, no row is left, or most starts are no dates.
    pub fn read(source: impl Read, columns: &Columns) -> Result<Log, LogError> {
        Log::read_within(source, columns, &Room::memory())
    }

    /// Reads a log, keeping no more outages in memory than there is room. The log is the same whatever the room.
    ///
    /// # Errors
    /// Those of [`Log::read`], and when what does not fit cannot be written.
    pub fn read_within(source: impl Read, columns: &Columns, room: &Room) -> Result<Log, LogError> {
        let mut rows = ReaderBuilder::new().flexible(true).from_reader(source);
        let header = rows.headers().map_err(|source| LogError::Unreadable { row: 1, source })?;
        // A byte order mark, which spreadsheets write, is no part of the first name.
        let header: Vec<String> =
            header.iter().map(|name| name.trim_start_matches('\u{feff}').to_owned()).collect();
        let mut tally = Tally::new(columns.places(&header)?, room);
        let ahead = look_ahead(&mut rows)?;
        tally.settle_order(columns.order, &ahead);
        for record in ahead {
            tally.row(&record)?;
        }
        let mut record = ByteRecord::new();
        while next(&mut rows, &mut record)? {
            tally.row(&record)?;
        }
        tally.check_dates(columns)?;
        tally.finish(columns)
    }

    /// Rows below the header.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Rows that do not meet the conditions.
    pub fn filtered(&self) -> u64 {
        self.filtered
    }

    /// What was wrong with the others.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// In which order dates were read that do not say it themselves.
    pub fn order(&self) -> Order {
        self.order
    }

    /// True where neither the caller nor any date told the order, and it matters.
    pub fn order_is_a_guess(&self) -> bool {
        self.order_is_a_guess
    }

    /// The groups, numbers before texts, in order.
    pub fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// Distinct outages.
    pub fn outages(&self) -> u64 {
        self.outages.len()
    }

    /// Outages of a group, by unit and start.
    pub(super) fn outages_of(&self, group: &Group) -> Cursor<'_, Outage> {
        self.outages.cursor(group.places.clone())
    }

    pub(super) fn room(&self) -> &Room {
        &self.room
    }
}

fn next(rows: &mut Reader<impl Read>, record: &mut ByteRecord) -> Result<bool, LogError> {
    let row = rows.position().line();
    rows.read_byte_record(record).map_err(|source| LogError::Unreadable { row, source })
}

fn look_ahead(rows: &mut Reader<impl Read>) -> Result<Vec<ByteRecord>, LogError> {
    let mut ahead = Vec::new();
    let mut record = ByteRecord::new();
    while ahead.len() < LOOK_AHEAD && next(rows, &mut record)? {
        ahead.push(record.clone());
    }
    Ok(ahead)
}

/// What has been read so far.
struct Tally {
    places: Places,
    order: Order,
    order_is_a_guess: bool,
    rows: u64,
    filtered: u64,
    ledger: Ledger,
    bad_start: Option<String>,
    units: BTreeMap<Vec<u8>, u32>,
    populations: BTreeMap<Vec<u8>, u64>,
    outages: Pile<Outage>,
    room: Room,
    key: Vec<u8>,
}

impl Tally {
    fn new(places: Places, room: &Room) -> Tally {
        Tally {
            places,
            order: Order::MonthFirst,
            order_is_a_guess: false,
            rows: 0,
            filtered: 0,
            ledger: Ledger::default(),
            bad_start: None,
            units: BTreeMap::new(),
            populations: BTreeMap::new(),
            outages: Pile::new(room),
            room: room.clone(),
            key: Vec::new(),
        }
    }

    fn settle_order(&mut self, asked: Option<Order>, ahead: &[ByteRecord]) {
        let mut hints = Hints::default();
        for record in ahead {
            hints.learn(field(record, self.places.start).unwrap_or(""));
        }
        let seen = if hints.day_first { Order::DayFirst } else { Order::MonthFirst };
        self.order = asked.unwrap_or(seen);
        self.order_is_a_guess = asked.is_none() && hints.matters && hints.day_first == hints.month_first;
    }

    fn row(&mut self, record: &ByteRecord) -> Result<(), LogError> {
        self.rows += 1;
        // A row may be several lines; what a spreadsheet calls a row is what is counted.
        let row = self.rows + 1;
        let unmet = |(place, condition): &(usize, super::Condition)| {
            !condition.holds(field(record, *place).unwrap_or(""))
        };
        if self.places.conditions.iter().any(unmet) {
            self.filtered += 1;
            return Ok(());
        }
        if record.len() < self.places.least {
            self.ledger.note(Mess::Short, row);
            return Ok(());
        }
        let text = field(record, self.places.start).unwrap_or("\u{fffd}");
        let Some(start) = Moment::parse(text, self.order) else {
            let mess = if text.is_empty() { Mess::NoStart } else { Mess::BadStart };
            self.ledger.note(mess, row);
            if mess == Mess::BadStart {
                self.bad_start.get_or_insert_with(|| text.to_owned());
            }
            return Ok(());
        };
        if !self
            .places
            .units
            .iter()
            .all(|place| record.get(*place).is_some_and(|field| !field.trim_ascii().is_empty()))
        {
            self.ledger.note(Mess::NoUnit, row);
            return Ok(());
        }
        let unit = self.unit(record)?;
        let length = self.length(record, start, row);
        self.outages.push(Outage::new(unit, start.packed(), length)).map_err(LogError::Scratch)
    }

    /// How long the outage took, in milliseconds, where the row says it.
    fn length(&mut self, record: &ByteRecord, start: Moment, row: u64) -> Option<u64> {
        // Without either column nobody expects it to.
        self.places.down.or(self.places.end)?;
        let text = |place: Option<usize>| place.and_then(|place| field(record, place)).unwrap_or("");
        let (down, end) = (text(self.places.down), text(self.places.end));
        let by_down = milliseconds(down);
        let by_end = Moment::parse(end, self.order);
        let length = by_end.and_then(|end| end.packed().checked_sub(start.packed()));
        let known = by_down.or(length);
        let mess = match known {
            Some(0) => Some(Mess::Zero),
            Some(known) if length.is_some_and(|length| length.abs_diff(known) > AGREES_MS) => {
                Some(Mess::Disagrees)
            }
            Some(_) if by_down.is_some() && by_end.is_some() && length.is_none() => Some(Mess::Disagrees),
            Some(_) => None,
            None if by_end.is_some() => Some(Mess::Backwards),
            None if down.is_empty() && end.is_empty() => Some(Mess::NoEnd),
            None => Some(Mess::BadEnd),
        };
        mess.into_iter().for_each(|mess| self.ledger.note(mess, row));
        known
    }

    /// The number of a row's unit, in the order of first appearance.
    fn unit(&mut self, record: &ByteRecord) -> Result<u32, LogError> {
        self.key.clear();
        for place in &self.places.groups {
            self.key.extend_from_slice(record.get(*place).unwrap_or(b"").trim_ascii());
            self.key.push(FIELD);
        }
        if let Some(population) =
            self.places.population.and_then(|place| field(record, place)?.parse::<u64>().ok())
        {
            match self.populations.get_mut(&self.key) {
                Some(known) => *known = population.max(*known),
                None => drop(self.populations.insert(self.key.clone(), population)),
            }
        }
        self.key.push(PART);
        for place in &self.places.units {
            self.key.extend_from_slice(record.get(*place).unwrap_or(b"").trim_ascii());
            self.key.push(FIELD);
        }
        if let Some(unit) = self.units.get(&self.key) {
            return Ok(*unit);
        }
        let unit = u32::try_from(self.units.len()).map_err(|_| LogError::TooManyUnits)?;
        self.units.insert(self.key.clone(), unit);
        Ok(unit)
    }

    fn check_dates(&self, columns: &Columns) -> Result<(), LogError> {
        let (bad, rows) = (self.ledger.count(Mess::BadStart), self.rows - self.filtered);
        match (&self.bad_start, self.ledger.first(Mess::BadStart)) {
            (Some(text), Some(row)) if 2 * bad > rows => Err(LogError::NoDates {
                column: columns.start.clone(),
                bad,
                rows,
                text: text.chars().take(40).collect(),
                row,
            }),
            _ => Ok(()),
        }
    }

    /// Sorts and cleans. Units are numbered anew, by group and name, so that nothing depends on the order of the rows.
    fn finish(mut self, columns: &Columns) -> Result<Log, LogError> {
        if self.outages.is_empty() {
            let filtered = self.filtered > 0 && self.filtered == self.rows;
            return Err(LogError::Empty(if filtered {
                " that meet the conditions"
            } else {
                " that can be used"
            }));
        }
        let (mut groups, numbers) = self.number(columns);
        let mut cleaner = Cleaner::default();
        let renumber = |outage: Outage| outage.of_unit(numbers[outage.unit() as usize]);
        let outages =
            self.outages.sorted(renumber, |outage| cleaner.next(outage)).map_err(LogError::Scratch)?;
        self.ledger.add(Mess::Duplicate, cleaner.repeats);
        self.ledger.add(Mess::Merged, cleaner.joined);
        place(&mut groups, &outages).map_err(LogError::Scratch)?;
        Ok(Log {
            rows: self.rows,
            filtered: self.filtered,
            ledger: self.ledger,
            order: self.order,
            order_is_a_guess: self.order_is_a_guess,
            groups,
            outages,
            room: self.room,
        })
    }

    /// The groups in the order of a report, and the new number of each unit.
    fn number(&mut self, columns: &Columns) -> (Vec<Group>, Vec<u32>) {
        let mut by_group: Vec<(Vec<u8>, Vec<u32>)> = Vec::new();
        for (key, unit) in std::mem::take(&mut self.units) {
            let part = key.iter().position(|byte| *byte == PART).expect("every key has two parts");
            match by_group.last_mut().filter(|(name, _)| *name == key[..part]) {
                Some((_, units)) => units.push(unit),
                None => by_group.push((key[..part].to_owned(), vec![unit])),
            }
        }
        // Numbers in their own order, so that system 2 comes before system 18.
        let rank = |name: &[u8]| -> f64 { shown(name).parse().unwrap_or(f64::INFINITY) };
        by_group.sort_by(|(a, _), (b, _)| rank(a).total_cmp(&rank(b)).then_with(|| a.cmp(b)));
        let mut numbers = vec![0; by_group.iter().map(|(_, units)| units.len()).sum()];
        let (mut groups, mut next) = (Vec::new(), 0);
        for (name, units) in by_group {
            groups.push(Group {
                name: if columns.groups.is_empty() { String::new() } else { shown(&name) },
                population: self.populations.get(&name).copied(),
                first_unit: next,
                units: units.len() as u32,
                first: u64::MAX,
                last: 0,
                places: 0..0,
            });
            for unit in units {
                numbers[unit as usize] = next;
                next += 1;
            }
        }
        (groups, numbers)
    }
}

/// Finds where each group's outages are, and when the first and the last of them began.
fn place(groups: &mut [Group], outages: &Sorted<Outage>) -> std::io::Result<()> {
    let (mut group, mut at) = (0, 0);
    outages.cursor(0..outages.len()).each(|outage| {
        while outage.unit() - groups[group].first_unit >= groups[group].units {
            group += 1;
            groups[group].places = at..at;
        }
        at += 1;
        let group = &mut groups[group];
        group.places.end = at;
        group.first = group.first.min(outage.start());
        group.last = group.last.max(outage.start());
    })
}

/// A key's fields as a person reads them.
fn shown(key: &[u8]) -> String {
    let text = String::from_utf8_lossy(key).replace(char::from(FIELD), " ");
    let text = text.trim();
    if text.is_empty() { "(none)".to_owned() } else { text.to_owned() }
}

/// A field without the blanks around it; nothing where there is none or it is no text.
fn field(record: &ByteRecord, place: usize) -> Option<&str> {
    record.get(place).and_then(|field| std::str::from_utf8(field).ok()).map(str::trim)
}

/// A time down: minutes, or a duration with its unit.
fn milliseconds(text: &str) -> Option<u64> {
    let duration = match text.parse::<f64>() {
        Ok(minutes) => Duration::from_secs(minutes * 60.0).ok()?,
        Err(_) => text.parse::<Duration>().ok()?,
    };
    Some((duration.secs() * 1000.0).round() as u64)
}

#[cfg(test)]
#[path = "log_tests.rs"]
mod tests;
