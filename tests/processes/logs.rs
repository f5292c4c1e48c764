//! The replicated log that the library keeps, against a plain one: entries by index, and what a crash leaves of them.

use std::collections::{BTreeMap, BTreeSet};

use fivenines::engine::Simulator;
use fivenines::process::log::{Entry, Log, Record, Snapshot, What};
use fivenines::process::{
    Cluster, Context, Dice, Event, Fault, Id, Limits, Network, Planned, Process, Protocol, Recovered,
    Schedule, Ticket, Wire, play,
};
use fivenines::units::{Duration, Instant, Span};
use proptest::prelude::*;

type Kept = Log<u64, u64, Vec<u64>>;
type Stored = Record<u64, u64, Vec<u64>>;

/// What is done to a log. Entries are told by their terms: those of one index and term are one.
#[derive(Clone, Debug)]
enum Does {
    Append(u64),
    /// So many entries before the last, or behind it, with these terms; the one before them has its term, or another.
    Merge(u64, Vec<u64>, bool),
    Commit(u64),
    Cut(u64),
    /// So many entries behind what is committed, and the term there.
    Install(u64, u64),
    Keep(u64),
    Settle,
}

fn entry(index: u64, term: u64) -> Entry<u64> {
    match (index + term) % 5 {
        0 => Entry(term, What::Nothing),
        1 => Entry(term, What::Members(members(index))),
        _ => Entry(term, What::Do(Ticket::new(0, index), index * 100 + term)),
    }
}

fn members(index: u64) -> BTreeSet<Id> {
    (0..=index as usize % 4).map(Id::new).collect()
}

/// What a log is to be.
#[derive(Clone, Debug, Default, PartialEq)]
struct Plain {
    base: (u64, u64),
    base_members: BTreeSet<Id>,
    terms: BTreeMap<u64, u64>,
    committed: u64,
    state: Vec<u64>,
    meta: u64,
    dirty: bool,
}

impl Plain {
    fn last(&self) -> u64 {
        self.terms.last_key_value().map_or(self.base.0, |(index, _)| *index)
    }

    fn term(&self, index: u64) -> Option<u64> {
        if index == self.base.0 { Some(self.base.1) } else { self.terms.get(&index).copied() }
    }

    fn members_at(&self, index: u64) -> BTreeSet<Id> {
        let those = self.terms.range(..=index).rev().map(|(index, term)| entry(*index, *term).1);
        let found =
            those.filter_map(|what| if let What::Members(those) = what { Some(those) } else { None }).next();
        found.unwrap_or_else(|| self.base_members.clone())
    }

    fn commit(&mut self, upto: u64) {
        for index in self.committed + 1..=upto.min(self.last()) {
            if let What::Do(_, value) = entry(index, self.terms[&index]).1 {
                self.state.push(value);
            }
            self.committed = index;
        }
    }

    fn merge(&mut self, prev: (u64, u64), new: &[u64]) -> Result<u64, u64> {
        if prev.0 > self.last() {
            return Err(self.last());
        }
        if self.term(prev.0).is_some_and(|term| term != prev.1) {
            return Err(self.committed);
        }
        for (index, term) in (prev.0 + 1..).zip(new).filter(|(index, _)| *index > self.base.0) {
            if self.terms.get(&index) != Some(term) {
                self.terms.retain(|had, _| *had < index);
                self.terms.insert(index, *term);
                self.dirty = true;
            }
        }
        Ok(prev.0 + new.len() as u64)
    }

    fn cut(&mut self, index: u64, term: u64, members: BTreeSet<Id>) {
        (self.base, self.base_members, self.dirty) = ((index, term), members, true);
        self.terms.retain(|had, _| *had > index);
    }

    /// What a crash leaves, where all is written: nothing is known to be committed behind the snapshot.
    fn recovered(mut self, states: &BTreeMap<u64, Vec<u64>>) -> Plain {
        self.committed = self.base.0;
        self.state = states[&self.base.0].clone();
        self
    }
}

#[track_caller]
fn assert_same(log: &Kept, plain: &Plain) {
    assert_eq!((log.last(), log.committed(), *log.meta()), (plain.last(), plain.committed, plain.meta));
    assert_eq!(log.state, plain.state);
    for index in 0..=plain.last() + 1 {
        assert_eq!(log.term_at(index), plain.term(index), "{index}");
    }
    let entries: Vec<Entry<u64>> = plain.terms.iter().map(|(index, term)| entry(*index, *term)).collect();
    assert_eq!(log.behind(0), entries);
    assert_eq!(log.up_to_date(), (plain.term(plain.last()).unwrap(), plain.last()));
    assert_eq!(*log.members(), plain.members_at(plain.last()));
    assert_eq!(*log.settled_members(), plain.members_at(plain.committed));
    assert_eq!(log.since(plain.base.0).unwrap(), (plain.base, entries));
    assert!(plain.base.0 == 0 || log.since(plain.base.0 - 1).is_err());
}

/// A process that does all of this as it starts, looks at its log behind each step, and knows what a crash is to leave.
#[derive(Clone, Debug, Default)]
struct Keeper {
    does: Vec<Does>,
    log: Kept,
    left: Plain,
    came_back: bool,
}

impl Keeper {
    fn act(&mut self, does: &Does, plain: &mut Plain, cx: &mut Context<'_, Keeper>) {
        match does {
            Does::Append(term) => {
                let index = plain.last() + 1;
                plain.terms.insert(index, *term);
                plain.dirty = true;
                self.log.append(entry(index, *term), cx);
            }
            Does::Merge(back, terms, honest) => {
                let index = (plain.last() + 2).saturating_sub(*back);
                let prev = (index, plain.term(index).unwrap_or(0) + u64::from(!honest));
                let mut tried = plain.clone();
                let said = tried.merge(prev, terms);
                // What is committed is in every leader's log.
                let kept = (plain.base.0 + 1..=plain.committed).all(|had| tried.term(had) == plain.term(had));
                if kept {
                    *plain = tried;
                    let new = (index + 1..).zip(terms).map(|(index, term)| entry(index, *term)).collect();
                    assert_eq!(self.log.merge(prev, new, cx), said);
                }
            }
            Does::Commit(more) => {
                let upto = plain.committed + more;
                plain.commit(upto);
                while let Some((_, value)) = self.log.commit(upto) {
                    self.log.state.push(value);
                }
            }
            Does::Cut(every) => {
                let (index, members) = (plain.committed, plain.members_at(plain.committed));
                if *every > 0 && index - plain.base.0 >= *every {
                    plain.cut(index, plain.term(index).unwrap(), members);
                }
                self.log.cut(*every, cx);
            }
            Does::Install(ahead, term) => {
                let (index, state) = (plain.committed + ahead, vec![plain.committed, *ahead]);
                let (term, members) = (*term, members(index));
                if *ahead > 0 {
                    if plain.term(index) != Some(term) {
                        plain.terms.clear();
                    }
                    plain.cut(index, term, members.clone());
                    (plain.committed, plain.state) = (index, state.clone());
                }
                let snapshot = Snapshot { index, term, members, state };
                assert_eq!(self.log.install(snapshot.into(), cx), *ahead > 0);
            }
            Does::Keep(meta) => {
                (plain.meta, plain.dirty) = (*meta, true);
                self.log.keep(*meta, cx);
            }
            Does::Settle => {
                let before = cx.now();
                self.log.settle(cx);
                assert_eq!(cx.now() > before, plain.dirty, "it syncs if something is written and not synced");
                plain.dirty = false;
            }
        }
    }

    /// What is on the disk after a crash, by what is done.
    fn play(&mut self, cx: &mut Context<'_, Keeper>) -> Plain {
        let mut plain = Plain::default();
        let (mut states, mut left) = (BTreeMap::from([(0, Vec::new())]), plain.clone());
        for does in self.does.clone() {
            self.act(&does, &mut plain, cx);
            assert_same(&self.log, &plain);
            states.insert(plain.committed, plain.state.clone());
            if !plain.dirty {
                left = plain.clone().recovered(&states);
            }
        }
        left
    }
}

impl Process for Keeper {
    type Message = ();
    type Timer = ();
    type Record = Stored;
    type Command = ();
    type Reply = ();

    fn start(&mut self, cx: &mut Context<'_, Keeper>) {
        self.left = self.play(cx);
    }

    fn recover(&mut self, found: Recovered<'_, Stored>, _: &mut Context<'_, Keeper>) {
        self.log.recover(found.records);
        self.came_back = true;
    }

    fn message(&mut self, _: Id, (): (), _: &mut Context<'_, Keeper>) {}

    fn timer(&mut self, (): (), _: &mut Context<'_, Keeper>) {}

    fn request(&mut self, _: Ticket, (): (), _: &mut Context<'_, Keeper>) {}
}

#[derive(Clone)]
struct Keepers(Vec<Does>);

impl Protocol for Keepers {
    type Process = Keeper;

    fn processes(&self) -> Vec<Keeper> {
        vec![Keeper { does: self.0.clone(), ..Keeper::default() }]
    }

    fn command(&self, _: usize, _: u64, _: &mut Dice<'_, Event<Keeper>>) {}
}

fn what_is_done() -> impl Strategy<Value = Vec<Does>> {
    let terms = || prop::collection::vec(1..4u64, 0..4);
    let one = prop_oneof![
        3 => (1..4u64).prop_map(Does::Append),
        3 => (0..8u64, terms(), prop::bool::weighted(0.8)).prop_map(|(back, terms, honest)| {
            Does::Merge(back, terms, honest)
        }),
        3 => (0..4u64).prop_map(Does::Commit),
        1 => (0..4u64).prop_map(Does::Cut),
        1 => (0..4u64, 1..4u64).prop_map(|(ahead, term)| Does::Install(ahead, term)),
        1 => (0..9u64).prop_map(Does::Keep),
        2 => Just(Does::Settle),
    ];
    prop::collection::vec(one, 0..40)
}

proptest! {
    #[test]
    fn a_log_is_what_a_plain_one_is_and_a_crash_leaves_what_was_settled(does in what_is_done()) {
        let crash = |at, lasts| {
            let (at, lasts) = (Duration::seconds(at), Duration::seconds(lasts));
            Schedule::from(vec![Planned::new(Fault::Crash(Id::new(0)), at, lasts)])
        };
        let cluster = Cluster::new(Keepers(does), &Network::flat(Wire::new("constant(1ms)".parse().unwrap())))
            .limits(Limits { sync: Some("constant(1ms)".parse().unwrap()), ..Limits::default() });
        let keeper = |cluster: Cluster<Keepers>| {
            let end = Instant::START + Span::from_secs(3);
            play(&mut Simulator::new(cluster, 1), 0, end, |cluster| cluster.process(Id::new(0)).unwrap().clone())
        };
        let went_on = keeper(cluster.clone());
        let came_back = keeper(cluster.schedule(crash(1.0, 1.0)));
        prop_assert!(came_back.came_back && !went_on.came_back);
        assert_same(&came_back.log, &went_on.left);
    }
}
