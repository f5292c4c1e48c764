//! What a user writes: a process, and the protocol that processes follow together.

use std::collections::BTreeSet;
use std::fmt::Debug;

use super::body::Seat;
use super::{Context, Dice, Event, History, Id, Recovered, Ticket, Verdict};
use crate::units::Instant;

/// A process: a plain struct that handles what happens to it.
///
/// The value is what is lost at a crash. What must last is written to the disk, as records; a process that comes back
/// starts from the value it was made with and what [`Process::recover`] reads. Nothing is called at a crash: a process that
/// dies does nothing any more.
///
/// All that happens must come from the value, the arguments and the context.
///
/// ```
/// use fivenines::process::{Context, Id, Process, Recovered, Ticket};
///
/// /// Counts on what its disk keeps, and tells everybody.
/// #[derive(Clone, Default)]
/// struct Counter {
///     count: u64,
/// }
///
/// impl Process for Counter {
///     type Message = u64;
///     type Timer = ();
///     type Record = u64;
///     type Command = ();
///     type Reply = u64;
///
///     fn start(&mut self, _: &mut Context<Self>) {}
///
///     fn recover(&mut self, found: Recovered<u64>, _: &mut Context<Self>) {
///         self.count = found.records.last().copied().unwrap_or(0);
///     }
///
///     fn message(&mut self, _: Id, count: u64, _: &mut Context<Self>) {
///         self.count = self.count.max(count);
///     }
///
///     fn timer(&mut self, _: (), _: &mut Context<Self>) {}
///
///     fn request(&mut self, ticket: Ticket, _: (), cx: &mut Context<Self>) {
///         self.count += 1;
///         cx.append(self.count);
///         cx.sync();
///         cx.broadcast(&self.count);
///         cx.reply(ticket, self.count);
///     }
/// }
/// # let _ = Counter::default();
/// ```
pub trait Process: Clone + Send + Sync + 'static {
    /// What processes tell each other.
    type Message: Clone + Debug + Send + Sync;
    /// What a process waits for; each has at most one pending firing.
    type Timer: Copy + PartialEq + Debug + Send + Sync;
    /// What the disk keeps.
    type Record: Clone + Debug + Send + Sync;
    /// What clients ask.
    type Command: Clone + Debug + Send + Sync;
    /// What they are answered.
    type Reply: Clone + Debug + Send + Sync;

    /// The most timers that are set at once.
    const TIMERS: usize = 8;

    /// The process starts for the first time.
    fn start(&mut self, cx: &mut Context<'_, Self>);

    /// The process starts after a crash, and finds this on its disk.
    fn recover(&mut self, found: Recovered<'_, Self::Record>, cx: &mut Context<'_, Self>);

    /// A message has come.
    fn message(&mut self, from: Id, message: Self::Message, cx: &mut Context<'_, Self>);

    /// A timer has run down.
    fn timer(&mut self, timer: Self::Timer, cx: &mut Context<'_, Self>);

    /// A client asks.
    fn request(&mut self, ticket: Ticket, command: Self::Command, cx: &mut Context<'_, Self>);

    /// A connection has broken, and messages to this peer may be lost; only [`Transport::Stream`](super::Transport::Stream)
    /// has connections.
    fn disconnected(&mut self, peer: Id, cx: &mut Context<'_, Self>) {
        let _ = (peer, cx);
    }

    /// Bytes on the wire, for links with a bandwidth.
    fn size(message: &Self::Message) -> u64 {
        let _ = message;
        0
    }
}

/// A protocol: which processes there are, what clients ask of them, and what must hold.
///
/// ```
/// use fivenines::process::{Dice, Event, Protocol, View};
/// # use fivenines::process::{Context, Id, Process, Recovered, Ticket};
/// # #[derive(Clone, Default)]
/// # struct Counter { count: u64 }
/// # impl Process for Counter {
/// #     type Message = u64;
/// #     type Timer = ();
/// #     type Record = u64;
/// #     type Command = ();
/// #     type Reply = u64;
/// #     fn start(&mut self, _: &mut Context<Self>) {}
/// #     fn recover(&mut self, _: Recovered<u64>, _: &mut Context<Self>) {}
/// #     fn message(&mut self, _: Id, _: u64, _: &mut Context<Self>) {}
/// #     fn timer(&mut self, _: (), _: &mut Context<Self>) {}
/// #     fn request(&mut self, _: Ticket, _: (), _: &mut Context<Self>) {}
/// # }
///
/// #[derive(Clone)]
/// struct Counters(usize);
///
/// impl Protocol for Counters {
///     type Process = Counter;
///
///     fn processes(&self) -> Vec<Counter> {
///         vec![Counter::default(); self.0]
///     }
///
///     fn command(&self, _: usize, _: u64, _: &mut Dice<'_, Event<Counter>>) {}
///
///     fn invariant(&self, view: &View<'_, Counter>) -> Result<(), String> {
///         match view.up().find(|(_, counter)| counter.count > 1_000) {
///             Some((id, counter)) => Err(format!("{id} has counted to {}", counter.count)),
///             None => Ok(()),
///         }
///     }
/// }
/// # let _ = Counters(3);
/// ```
pub trait Protocol: Clone + Send + Sync + 'static {
    /// What the processes are.
    type Process: Process;

    /// Whether the options make sense, asked before anything else where they come from a file: what would play for ever at one
    /// instant, such as a heartbeat every 0 s, is to be turned away here.
    ///
    /// # Errors
    /// What is wrong, in words; an option in backquotes is shown at its place.
    fn sound(&self) -> Result<(), String> {
        Ok(())
    }

    /// The processes, each as it starts and as it comes back after a crash.
    fn processes(&self) -> Vec<Self::Process>;

    /// The processes that clients may ask; all of them, by default.
    fn doors(&self) -> Vec<Id> {
        (0..self.processes().len()).map(Id::new).collect()
    }

    /// What a client asks next: the client's number, and how many commands it has had before this.
    fn command(
        &self,
        client: usize,
        nth: u64,
        dice: &mut Dice<'_, Event<Self::Process>>,
    ) -> <Self::Process as Process>::Command;

    /// What must hold after every event.
    ///
    /// # Errors
    /// What is wrong, in words.
    fn invariant(&self, view: &View<'_, Self::Process>) -> Result<(), String> {
        let _ = view;
        Ok(())
    }

    /// Whether the protocol is able to serve, by what its processes think: a leader is known, say. It is watched as a level, and
    /// held to [`Cluster::live_within`](super::Cluster::live_within).
    fn serves(&self, view: &View<'_, Self::Process>) -> bool {
        let _ = view;
        true
    }

    /// The operations whose answers were wrong, by their places in the history: stale reads, say. A client that was answered
    /// wrongly was not served. Looked at when a trial ends.
    fn wrong(&self, history: &HistoryOf<Self>) -> Vec<usize> {
        let _ = history;
        Vec::new()
    }

    /// Who is in charge, by what the processes themselves think: the one whose loss is to be measured. Nobody at the moment, or
    /// nobody ever, where no process of the protocol stands above the others.
    fn leads(&self, view: &View<'_, Self::Process>) -> Option<Id> {
        let _ = view;
        None
    }

    /// Which [marks](super::Context::mark) of the processes say how a failure is dealt with; none, where nothing is said.
    fn milestones(&self) -> Milestones {
        Milestones::default()
    }

    /// What must hold of all that clients asked and were answered, looked at when a trial ends.
    fn check(&self, history: &HistoryOf<Self>) -> Verdict {
        let _ = history;
        Verdict::Holds
    }
}

/// The marks by which a protocol says how it deals with a failure.
///
/// ```
/// use fivenines::process::Milestones;
///
/// let raft = Milestones { noticed: &["suspects"], taken_over: &["leader"] };
/// assert!(raft.noticed.contains(&"suspects") && Milestones::default().noticed.is_empty());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Milestones {
    /// Somebody takes a process for failed.
    pub noticed: &'static [&'static str],
    /// Somebody stands in for it.
    pub taken_over: &'static [&'static str],
}

/// What a protocol's options must keep to: the words of the first of these rules that does not hold.
///
/// # Errors
/// When one does not.
///
/// ```
/// use fivenines::process::keep_to;
///
/// let (servers, keys) = (3, 0);
/// let rules = [(servers > 0, "`servers` must be 1 or more"), (keys > 0, "`keys` must be 1 or more")];
/// assert_eq!(keep_to(&rules), Err("`keys` must be 1 or more".to_owned()));
/// ```
pub fn keep_to(rules: &[(bool, &str)]) -> Result<(), String> {
    match rules.iter().find(|(holds, _)| !holds) {
        Some((_, words)) => Err((*words).to_owned()),
        None => Ok(()),
    }
}

/// The history of a protocol's clients.
pub type HistoryOf<T> =
    History<<<T as Protocol>::Process as Process>::Command, <<T as Protocol>::Process as Process>::Reply>;

/// The processes of a cluster, as one who sees them all sees them.
///
/// ```
/// use fivenines::process::{Process, View};
///
/// fn most_are_up<P: Process>(view: &View<'_, P>) -> bool {
///     2 * view.up().count() > view.len()
/// }
/// # fn _unused<P: Process>() { let _ = most_are_up::<P>; }
/// ```
#[derive(Debug)]
pub struct View<'a, P: Process> {
    pub(super) seats: &'a [Seat<P>],
    pub(super) touched: Option<Id>,
    pub(super) now: Instant,
}

impl<'a, P: Process> View<'a, P> {
    /// How many processes there are, up or down.
    #[allow(clippy::len_without_is_empty, reason = "a cluster has processes")]
    pub fn len(&self) -> usize {
        self.seats.len()
    }

    /// A process, if it is up. One that is paused is up.
    pub fn get(&self, id: Id) -> Option<&'a P> {
        let seat = self.seats.get(id.index())?;
        seat.body.is_up().then_some(&seat.process)
    }

    /// Those that are up, with their numbers, in order.
    pub fn up(&self) -> impl Iterator<Item = (Id, &'a P)> + use<'a, P> {
        let up = self.seats.iter().filter(|seat| seat.body.is_up());
        up.map(|seat| (seat.body.id(), &seat.process))
    }

    /// The process that the last event was for, if it was for one: an invariant that only its state can have broken needs to
    /// look at no other.
    pub fn touched(&self) -> Option<Id> {
        self.touched
    }

    /// The process that the last event was for, if it is up, with each of the others that are, in order: what must hold between any
    /// two only it can have broken.
    pub fn pairs(&self) -> impl Iterator<Item = ((Id, &'a P), (Id, &'a P))> + use<'a, P> {
        let touched = self.touched.and_then(|id| Some((id, self.get(id)?)));
        let others = self.up().filter(move |(id, _)| Some(*id) != touched.map(|(id, _)| id));
        others.filter_map(move |other| Some((touched?, other)))
    }

    /// Those that are up of which this holds.
    pub fn those(&self, hold: impl Fn(Id, &P) -> bool) -> BTreeSet<Id> {
        self.up().filter(|(id, process)| hold(*id, process)).map(|(id, _)| id).collect()
    }

    /// Of those that are up and have a rank, such as the term that one leads in, the one with the highest.
    pub fn foremost<R: Ord>(&self, rank: impl Fn(Id, &P) -> Option<R>) -> Option<Id> {
        let ranked = self.up().filter_map(|(id, process)| Some((rank(id, process)?, id)));
        ranked.max_by(|one, other| one.0.cmp(&other.0)).map(|(_, id)| id)
    }

    /// The world's time, which no process knows.
    pub fn now(&self) -> Instant {
        self.now
    }

    /// The monotonic time on a process's host, be it up or down, by which its own reckoning goes; nothing for one that does
    /// not exist.
    pub fn time_on(&self, id: Id) -> Option<Instant> {
        Some(self.seats.get(id.index())?.body.clock.monotonic(self.now))
    }

    /// Whether a process is up and stands still.
    pub fn is_paused(&self, id: Id) -> bool {
        self.seats.get(id.index()).is_some_and(|seat| seat.body.is_up() && seat.body.paused > 0)
    }
}
