//! What a process may ask for.

use super::body::Body;
use super::cluster::Hub;
use super::event::{Answer, Event, Kind, Parcel};
use super::story::What;
use super::{Id, Process, Ticket};
use crate::engine;
use crate::random::Law;
use crate::units::{Instant, Probability, Span};

/// All that a process can do: send, wait, draw, write and answer.
///
/// # Time while a process works
///
/// A call takes no time unless the process works: by [`Context::work`], by [`Context::sync`], or by what every call costs
/// ([`Limits`](super::Limits)). Time then passes within the call: what is sent behind it leaves later, timers set
/// behind it count from then, and what comes meanwhile waits. A crash meanwhile takes what has not left.
///
/// # Order
///
/// What is for one process at one instant is handled in the order in which it was sent or set; see the
/// [`Network`](super::Network) for messages under way.
#[derive(Debug)]
pub struct Context<'a, P: Process> {
    pub(super) body: &'a mut Body<P>,
    pub(super) hub: &'a mut Hub<P>,
    pub(super) cx: &'a mut engine::Context<Event<P>>,
    /// How long this call has worked so far.
    pub(super) worked: Span,
}

impl<P: Process> Context<'_, P> {
    /// The process itself.
    #[inline]
    pub fn id(&self) -> Id {
        self.body.id()
    }

    /// How many processes there are.
    #[inline]
    pub fn processes(&self) -> usize {
        self.hub.lives.len()
    }

    /// All other processes, in order.
    pub fn peers(&self) -> impl Iterator<Item = Id> + use<P> {
        let id = self.id();
        (0..self.processes()).map(Id::new).filter(move |peer| *peer != id)
    }

    /// The host's monotonic time, which never jumps, and drifts where its clock does. Timers go by it. Two hosts' times
    /// have nothing to do with each other.
    #[inline]
    pub fn now(&self) -> Instant {
        self.body.clock.monotonic(self.cx.now() + self.worked)
    }

    /// The host's time of day, which may be wrong, drift and jump.
    pub fn time_of_day(&self) -> Instant {
        self.body.clock.time_of_day(self.cx.now() + self.worked)
    }

    /// Sends a message. One to itself goes by the network as any other.
    #[inline]
    pub fn send(&mut self, to: Id, message: P::Message) {
        if self.worked == Span::ZERO {
            let route = (self.body.id(), to, self.hub.lives[to.index()]);
            return self.hub.traffic.send(self.cx, &mut self.hub.story, route, message);
        }
        self.leave(Parcel::Message { to, message });
    }

    /// Sends a message to all other processes.
    pub fn broadcast(&mut self, message: &P::Message) {
        for peer in self.peers() {
            self.send(peer, message.clone());
        }
    }

    /// Sets a timer to run down after so long, in place of its pending firing if it has one, be it that it has run down
    /// and only waits for the process to be free.
    ///
    /// # Panics
    /// When more than [`Process::TIMERS`] would be set at once.
    #[inline]
    pub fn set_timer(&mut self, timer: P::Timer, after: impl Into<Span>) {
        self.body.set_timer(self.cx, timer, self.worked, after.into());
    }

    /// Sets a timer as [`Context::set_timer`] does, to run down after `least` and up to `more` besides: drawn anew, each number of
    /// microseconds as likely. So do those wait who are not to do the same thing at once, candidates in an election, say.
    ///
    /// # Panics
    /// When more than [`Process::TIMERS`] would be set at once.
    pub fn set_timer_between(&mut self, timer: P::Timer, least: impl Into<Span>, more: impl Into<Span>) {
        let more = self.pick(more.into().as_micros() as usize + 1);
        self.set_timer(timer, least.into() + Span::from_micros(more as u64));
    }

    /// Takes a timer back. True when it was set.
    pub fn cancel_timer(&mut self, timer: P::Timer) -> bool {
        self.body.cancel_timer(self.cx, timer)
    }

    /// True with this probability.
    pub fn chance(&mut self, probability: Probability) -> bool {
        self.cx.chance(self.body.luck, probability.value())
    }

    /// A number below `count`, each as likely.
    ///
    /// # Panics
    /// When `count` is zero.
    #[inline]
    pub fn pick(&mut self, count: usize) -> usize {
        self.cx.number(self.body.luck, count as u64) as usize
    }

    /// A duration drawn from a law.
    #[inline]
    pub fn span(&mut self, law: &Law) -> Span {
        self.cx.span(self.body.luck, law)
    }

    /// Works for so long.
    pub fn work(&mut self, span: Span) {
        self.worked += self.body.takes(span);
    }

    /// Writes a record to the disk, behind the others. It does not last before the next [`Context::sync`].
    pub fn append(&mut self, record: P::Record) {
        self.body.disk.append(record);
    }

    /// Writes records in place of all that are on the disk, at once.
    pub fn replace(&mut self, records: Vec<P::Record>) {
        self.body.disk.replace(records);
    }

    /// Makes all that is written last, and waits for that as long as a sync takes ([`Limits`](super::Limits)).
    pub fn sync(&mut self) {
        if let Some(law) = &self.hub.limits.sync {
            let takes = self.cx.span(self.body.luck, law);
            self.work(takes);
        }
        let now = self.cx.now();
        self.body.disk.settle(now);
        self.body.disk.sync(now + self.worked);
        self.hub.story.tell(self.cx, Some(self.body.id()), || What::Synced);
    }

    /// Answers a client's request.
    pub fn reply(&mut self, ticket: Ticket, reply: P::Reply) {
        self.answer(ticket, Answer::Done(reply));
    }

    /// Tells a client that another process is the one to ask. Nothing was done.
    pub fn redirect(&mut self, ticket: Ticket, to: Id) {
        self.answer(ticket, Answer::Ask(to));
    }

    /// Sends a client on to a leader, or tells it that it cannot be served now where none is known. Nothing was done.
    pub fn pass_on(&mut self, ticket: Ticket, leader: Option<Id>) {
        match leader {
            Some(leader) => self.redirect(ticket, leader),
            None => self.refuse(ticket),
        }
    }

    /// Tells a client that it cannot be served now. Nothing was done, and nothing will be.
    pub fn refuse(&mut self, ticket: Ticket) {
        self.answer(ticket, Answer::Refused);
    }

    /// Says something of the process for those who look on: it is asked for only if somebody does.
    #[inline]
    pub fn note(&mut self, text: impl FnOnce() -> String) {
        self.hub.story.tell(self.cx, Some(self.body.id()), || What::Note(text()));
    }

    /// Counts an occasion of this name: "an election", say. What is counted stands in the results, and when it was first seen after
    /// a fault.
    #[inline]
    pub fn mark(&mut self, name: &'static str) {
        let at = self.cx.now() + self.worked;
        self.hub.marks.push((at, self.body.id(), name));
        self.hub.story.tell(self.cx, Some(self.body.id()), || What::Note(name.to_owned()));
    }

    fn answer(&mut self, ticket: Ticket, answer: Answer<P::Reply>) {
        if self.worked == Span::ZERO {
            return self.hub.answer(self.cx, self.body.id(), ticket, answer);
        }
        self.leave(Parcel::Answer { ticket, answer });
    }

    /// What the process had to work for leaves when that is done.
    fn leave(&mut self, parcel: Parcel<P::Message, P::Reply>) {
        let (of, life) = (self.body.id(), self.hub.lives[self.body.id().index()]);
        let leaves = Event(Kind::Leaves { of, life, parcel: Box::new(parcel) });
        self.cx.send_after(self.worked, leaves);
    }
}
