//! What a process runs on: its host's condition, its disk, its clock, its timers, and what waits for it.

use std::collections::VecDeque;

use super::disk::Disk;
use super::event::{Event, Kind, Parcel};
use super::host_clock::HostClock;
use super::{Id, Process, Ticket};
use crate::engine::{Class, Clock, Clocks, Context, Source};
use crate::random::Name;
use crate::units::Span;

/// A process and what it runs on.
#[derive(Clone, Debug)]
pub(super) struct Seat<P: Process> {
    pub process: P,
    pub body: Body<P>,
}

/// What a process is called for.
#[derive(Clone, Debug)]
pub(super) enum Input<P: Process> {
    Start,
    Recover,
    Message { from: Id, number: u64, message: P::Message },
    Timer(P::Timer),
    Request { ticket: Ticket, command: P::Command },
    Disconnected(Id),
}

#[derive(Clone, Debug)]
pub(super) struct Body<P: Process> {
    id: Id,
    /// Reasons for it to be down, and to stand still.
    pub down: u16,
    pub paused: u16,
    /// How many times as long everything takes, by each thing that slows it.
    pub slow: Vec<f64>,
    /// It works on something.
    busy: bool,
    inbox: VecDeque<Input<P>>,
    /// What it would have sent, had it not been standing still.
    outbox: Vec<Parcel<P::Message, P::Reply>>,
    timers: Vec<Option<P::Timer>>,
    /// The clock that ends its work, and behind it those of its timers.
    idle: Clock,
    pub luck: Source,
    pub disk: Disk<P::Record>,
    pub clock: HostClock,
}

impl<P: Process> Body<P> {
    /// A host's clocks and streams, by stable names.
    pub fn declare(id: Id, clocks: &mut Clocks) -> Body<P> {
        let name = Name::new("process").at(id.index());
        let idle = clocks.clock(name.child("work"), Class::Control);
        for slot in 0..P::TIMERS {
            clocks.clock(name.child("timer").at(slot), Class::Control);
        }
        Body {
            id,
            down: 0,
            paused: 0,
            slow: Vec::new(),
            busy: false,
            inbox: VecDeque::new(),
            outbox: Vec::new(),
            timers: vec![None; P::TIMERS],
            idle,
            luck: clocks.source(name.child("choices")),
            disk: Disk::default(),
            clock: HostClock::default(),
        }
    }

    pub fn id(&self) -> Id {
        self.id
    }

    #[inline]
    pub fn is_up(&self) -> bool {
        self.down == 0
    }

    /// Whether it handles what comes at once.
    #[inline]
    pub fn is_free(&self) -> bool {
        self.down == 0 && self.paused == 0 && !self.busy && self.inbox.is_empty()
    }

    /// What comes while it is not free waits. False when there is no room.
    pub fn keep(&mut self, input: Input<P>, most: Option<usize>) -> bool {
        let fits = most.is_none_or(|most| self.inbox.len() < most);
        // What is no message takes no room: a timer is not in the queue of the network.
        let keeps = fits || !matches!(input, Input::Message { .. } | Input::Request { .. });
        if keeps {
            self.inbox.push_back(input);
        }
        keeps
    }

    /// What waits longest, if it can be handled now.
    pub fn next(&mut self) -> Option<Input<P>> {
        if self.down > 0 || self.paused > 0 || self.busy {
            return None;
        }
        self.inbox.pop_front()
    }

    /// How long something takes that takes `span` where nothing slows the host.
    #[inline]
    pub fn takes(&self, span: Span) -> Span {
        if self.slow.is_empty() || span.is_forever() {
            return span;
        }
        let times = self.slow.iter().copied().fold(1.0, f64::max);
        Span::from_secs_f64(span.as_secs_f64() * times)
    }

    /// It works for so long.
    pub fn works(&mut self, cx: &mut Context<Event<P>>, span: Span) {
        self.busy = true;
        cx.set_after(self.idle, span, Event(Kind::Idle { of: self.id }));
    }

    /// Its work is done.
    pub fn rests(&mut self) {
        self.busy = false;
    }

    /// What it sends is held back while it stands still; gives it back where it does not.
    pub fn hold(&mut self, parcel: Parcel<P::Message, P::Reply>) -> Option<Parcel<P::Message, P::Reply>> {
        if self.paused == 0 {
            return Some(parcel);
        }
        self.outbox.push(parcel);
        None
    }

    /// What was held back.
    pub fn held(&mut self) -> Vec<Parcel<P::Message, P::Reply>> {
        std::mem::take(&mut self.outbox)
    }

    /// Sets a timer after so long by the host's clock, in place of its pending firing.
    ///
    /// # Panics
    /// When more than [`Process::TIMERS`] would be set at once.
    pub fn set_timer(&mut self, cx: &mut Context<Event<P>>, timer: P::Timer, after: Span, span: Span) {
        self.forget(timer);
        let pending = self.timers.iter().position(|set| *set == Some(timer));
        let slot = pending.or_else(|| self.timers.iter().position(Option::is_none));
        let Some(slot) = slot else {
            panic!("{} has set {} timers and sets {timer:?}: raise Process::TIMERS", self.id, P::TIMERS)
        };
        self.timers[slot] = Some(timer);
        let real = self.clock.real(span);
        cx.set_after(self.timer(slot), after + real, Event(Kind::Timer { of: self.id, slot: slot as u32 }));
    }

    /// Takes a timer back. True when it was set.
    pub fn cancel_timer(&mut self, cx: &mut Context<Event<P>>, timer: P::Timer) -> bool {
        let waited = self.forget(timer);
        let Some(slot) = self.timers.iter().position(|set| *set == Some(timer)) else { return waited };
        self.timers[slot] = None;
        cx.cancel(self.timer(slot))
    }

    /// A timer that has run down and waits for the process to be free does not fire any more. True when there was one.
    fn forget(&mut self, timer: P::Timer) -> bool {
        let before = self.inbox.len();
        if before > 0 {
            self.inbox.retain(|input| !matches!(input, Input::Timer(waits) if *waits == timer));
        }
        self.inbox.len() < before
    }

    /// A timer has run down.
    pub fn fires(&mut self, slot: u32) -> Option<P::Timer> {
        self.timers[slot as usize].take()
    }

    fn timer(&self, slot: usize) -> Clock {
        Clock::from_index(self.idle.index() + 1 + slot)
    }

    /// The host dies: nothing is left but its disk and its clock.
    pub fn dies(&mut self, cx: &mut Context<Event<P>>) {
        self.inbox.clear();
        self.outbox.clear();
        if self.busy {
            self.busy = false;
            cx.cancel(self.idle);
        }
        for slot in 0..self.timers.len() {
            if self.timers[slot].take().is_some() {
                cx.cancel(self.timer(slot));
            }
        }
        self.disk.crash(cx.now());
    }
}
