//! How events go their way through a cluster: to processes, to clients, or nowhere.

use super::body::{Input, Seat};
use super::cluster::{Cluster, CommandOf, Engine, Hub, MessageOf, ParcelOf, ReplyOf};
use super::context::Context;
use super::dice::Dice;
use super::event::{Answer, Event, Kind, Parcel};
use super::story::{Fate, What};
use super::{Id, Process, Protocol, Recovered, Ticket};
use crate::units::Span;

/// How events go their way.
impl<T: Protocol> Cluster<T> {
    pub(super) fn parts(&mut self) -> (&mut [Seat<T::Process>], &mut Hub<T::Process>) {
        (&mut self.seats, self.hub.as_mut().expect("a simulator declares the clocks first"))
    }

    /// A process is called, at once.
    pub(super) fn call(&mut self, cx: Engine<'_, T>, of: Id, input: Input<T::Process>) {
        self.touched = Some(of);
        let (seats, hub) = self.parts();
        let Seat { process, body } = &mut seats[of.index()];
        let worked = match &hub.limits.call {
            Some(law) => body.takes(cx.span(body.luck, law)),
            None => Span::ZERO,
        };
        let mut context = Context { body, hub, cx, worked };
        match input {
            Input::Message { from, number, message } => {
                context.hub.story.tell(context.cx, Some(of), || What::Received { from, number });
                process.message(from, message, &mut context);
            }
            Input::Timer(timer) => {
                context.hub.story.tell(context.cx, Some(of), || What::Timer(format!("{timer:?}")));
                process.timer(timer, &mut context);
            }
            Input::Request { ticket, command } => {
                context
                    .hub
                    .story
                    .tell(context.cx, Some(of), || What::Asked { ticket, text: format!("{command:?}") });
                process.request(ticket, command, &mut context);
            }
            Input::Disconnected(peer) => {
                context.hub.story.tell(context.cx, Some(of), || What::Disconnected(peer));
                process.disconnected(peer, &mut context);
            }
            Input::Start => {
                context.hub.story.tell(context.cx, Some(of), || What::Started);
                process.start(&mut context);
            }
            Input::Recover => {
                context.hub.story.tell(context.cx, Some(of), || What::Recovered);
                let Recovered { records, damaged } = context.body.disk.recover();
                let records = records.to_vec();
                context.body.disk.read();
                process.recover(Recovered { records: &records, damaged }, &mut context);
            }
        }
        let worked = context.worked;
        if worked > Span::ZERO {
            seats[of.index()].body.works(cx, worked);
        }
    }

    /// Something is for a process: it is handled now, waits, or finds no room. False where it found none, or nobody.
    #[inline]
    pub(super) fn bring(&mut self, cx: Engine<'_, T>, of: Id, input: Input<T::Process>) -> bool {
        let body = &mut self.seats[of.index()].body;
        if body.is_free() {
            self.call(cx, of, input);
            return true;
        }
        let most = self.hub.as_ref().and_then(|hub| hub.limits.inbox);
        body.is_up() && body.keep(input, most)
    }

    /// A process that has become free handles what waits.
    pub(super) fn catch_up(&mut self, cx: Engine<'_, T>, of: Id) {
        while let Some(input) = self.seats[of.index()].body.next() {
            self.call(cx, of, input);
        }
    }

    #[inline]
    pub(super) fn arrives(
        &mut self,
        cx: Engine<'_, T>,
        (from, to, life, number): (Id, Id, u32, u64),
        message: MessageOf<T>,
    ) {
        let (seats, hub) = self.parts();
        let body = &seats[to.index()].body;
        let fate = if hub.traffic.is_cut(from, to) {
            Fate::Cut
        } else if !body.is_up() {
            Fate::Down
        } else if !hub.traffic.receives(life, hub.lives[to.index()]) {
            Fate::Broken
        } else if self.bring(cx, to, Input::Message { from, number, message }) {
            return;
        } else {
            Fate::Overflow
        };
        let (_, hub) = self.parts();
        hub.traffic.lose(cx, &mut hub.story, to, number, fate);
        if let (Fate::Down | Fate::Broken, Some(wait)) = (fate, hub.traffic.notices()) {
            let wait = if fate == Fate::Broken { Span::ZERO } else { wait };
            cx.send_after(wait, Event(Kind::Breaks { of: from, peer: to }));
        }
    }

    pub(super) fn leaves(&mut self, cx: Engine<'_, T>, of: Id, parcel: ParcelOf<T>) {
        let (seats, hub) = self.parts();
        match seats[of.index()].body.hold(parcel) {
            Some(Parcel::Message { to, message }) => {
                let route = (of, to, hub.lives[to.index()]);
                hub.traffic.send(cx, &mut hub.story, route, message);
            }
            Some(Parcel::Answer { ticket, answer }) => hub.answer(cx, of, ticket, answer),
            None => {}
        }
    }

    pub(super) fn resend(&mut self, cx: Engine<'_, T>, from: Id, to: Id) {
        let (_, hub) = self.parts();
        let life = hub.lives[to.index()];
        if hub.traffic.resend(cx, &mut hub.story, from, to, life) {
            self.breaks(cx, from, to);
            self.breaks(cx, to, from);
        }
    }

    /// A process that is up learns that a connection is gone.
    pub(super) fn breaks(&mut self, cx: Engine<'_, T>, of: Id, peer: Id) {
        let (_, hub) = self.parts();
        hub.traffic.reset(cx, &mut hub.story, of, peer);
        self.bring(cx, of, Input::Disconnected(peer));
    }

    pub(super) fn asked(
        &mut self,
        cx: Engine<'_, T>,
        (to, life, ticket): (Id, u32, Ticket),
        command: CommandOf<T>,
    ) {
        let (_, hub) = self.parts();
        let end = hub.crowd.end_of(ticket.client());
        // A request goes by a connection: one to a host that has crashed meanwhile is gone.
        if hub.lives[to.index()] == life && !hub.traffic.is_cut(end, to) {
            self.bring(cx, to, Input::Request { ticket, command });
        }
    }

    pub(super) fn answered(
        &mut self,
        cx: Engine<'_, T>,
        from: Id,
        ticket: Ticket,
        answer: Answer<ReplyOf<T>>,
    ) {
        let (_, hub) = self.parts();
        if !hub.traffic.is_cut(from, hub.crowd.end_of(ticket.client())) {
            hub.answered(cx, from, ticket, answer);
        }
    }

    pub(super) fn issue(&mut self, cx: Engine<'_, T>, client: u32) {
        let hub = self.hub.as_mut().expect("a simulator declares the clocks first");
        if !hub.asks(cx, client) {
            return;
        }
        let (source, nth) = hub.crowd.turn(client);
        let command = self.protocol.command(client as usize, nth, &mut Dice { cx, source });
        hub.issue(cx, client, command);
    }
}
