//! Messages under way: what becomes of each, between being sent and arriving.

use std::collections::{BTreeMap, VecDeque};

use super::event::{Event, Kind};
use super::network::{Network, Transport, Wire};
use super::story::{Fate, Story};
use super::{Id, Process};
use crate::engine::{Context, Source};
use crate::random::Law;
use crate::units::{Instant, Probability, Span};

/// The life of a receiver that no message cares about.
pub(super) const ANY_LIFE: u32 = u32::MAX;

/// The network at work. Ends are processes and, behind them, groups of clients.
#[derive(Clone, Debug)]
pub(super) struct Traffic<P: Process> {
    /// Where each end is.
    places: Vec<u16>,
    /// How many places there are.
    across: usize,
    /// The lines from each place to each, in rows.
    lines: Vec<Line>,
    /// The source that each end's messages draw from.
    luck: Vec<Source>,
    cuts: Vec<Between>,
    noises: Vec<(u32, Probability, Option<Law>)>,
    delays: Vec<(Between, Span)>,
    /// There are none of these three.
    calm: bool,
    transport: Transport,
    streams: BTreeMap<(Id, Id), Stream<P::Message>>,
    /// Messages sent so far.
    pub sent: u64,
    /// Of them, how many the network has lost.
    pub lost: u64,
}

/// A wire, and until when it is held.
#[derive(Clone, Debug)]
struct Line {
    wire: Wire,
    busy_until: Instant,
    /// Nothing but a latency is on it.
    plain: bool,
}

/// What goes from whom to whom, that a fault of this number is about.
#[derive(Clone, Debug)]
struct Between {
    fault: u32,
    from: Vec<bool>,
    to: Vec<bool>,
    one_way: bool,
}

impl Between {
    fn new(fault: u32, ends: usize, (from, to): (&[Id], &[Id]), one_way: bool) -> Between {
        let side = |ids: &[Id]| {
            let mut side = vec![false; ends];
            ids.iter().for_each(|id| side[id.index()] = true);
            side
        };
        Between { fault, from: side(from), to: side(to), one_way }
    }

    #[inline]
    fn takes_in(&self, from: Id, to: Id) -> bool {
        let sides = |a: &[bool], b: &[bool]| a[from.index()] && b[to.index()];
        sides(&self.from, &self.to) || (!self.one_way && sides(&self.to, &self.from))
    }
}

/// One way of a connection.
#[derive(Clone, Debug)]
struct Stream<M> {
    /// When the last message arrives that is under way.
    last: Instant,
    /// What has not got through since, with its numbers; a try is under way while there is something.
    waits: VecDeque<(u64, M)>,
    since: Instant,
}

/// What becomes of a message that is sent.
enum Passage {
    Lost,
    After(Span),
}

impl<P: Process> Traffic<P> {
    /// An idle network between `processes` and groups of clients at these sites.
    pub fn new(network: &Network, processes: usize, clients: &[String], luck: Vec<Source>) -> Traffic<P> {
        let across = network.sites.len() + 1;
        let of_processes = (0..processes).map(|process| network.place_of(process));
        let of_clients = clients.iter().map(|site| network.place_named(site));
        let line = |index: usize| {
            let wire = network.wire_between(index / across, index % across).clone();
            let plain = wire.loses.is_zero()
                && wire.duplicates.is_zero()
                && wire.reorders.is_none()
                && wire.bandwidth.is_none();
            Line { wire, busy_until: Instant::START, plain }
        };
        Traffic {
            places: of_processes.chain(of_clients).map(|place| place as u16).collect(),
            across,
            lines: (0..across * across).map(line).collect(),
            luck,
            cuts: Vec::new(),
            noises: Vec::new(),
            delays: Vec::new(),
            calm: true,
            transport: network.transport,
            streams: BTreeMap::new(),
            sent: 0,
            lost: 0,
        }
    }

    /// Sends a message of one process to another that lives its `life`th life.
    #[inline]
    pub fn send(
        &mut self,
        cx: &mut Context<Event<P>>,
        story: &mut Story,
        (from, to, life): (Id, Id, u32),
        message: P::Message,
    ) {
        let number = self.sent;
        self.sent += 1;
        story.sent(cx, from, to, number, &message);
        if let Transport::Stream { .. } = self.transport {
            return self.stream(cx, (from, to, life), number, message);
        }
        if let Some(span) = self.unhindered(cx, from, to) {
            return cx.send_after(span, Event(Kind::Arrives { from, to, life: ANY_LIFE, number, message }));
        }
        let Passage::After(span) = self.pass(cx, from, to, P::size(&message)) else {
            return self.lose(cx, story, to, number, Fate::Lost);
        };
        if self.doubles(cx, from, to)
            && let Passage::After(span) = self.pass(cx, from, to, P::size(&message))
        {
            let twin = message.clone();
            cx.send_after(span, Event(Kind::Arrives { from, to, life: ANY_LIFE, number, message: twin }));
        }
        cx.send_after(span, Event(Kind::Arrives { from, to, life: ANY_LIFE, number, message }));
    }

    /// How long something takes where nothing but a latency is on the wire and no fault is about, as for most it is.
    #[inline]
    fn unhindered(&self, cx: &mut Context<Event<P>>, from: Id, to: Id) -> Option<Span> {
        let line = &self.lines[self.line(from, to)];
        let luck = self.luck[from.index()];
        (self.calm && line.plain).then(|| cx.span(luck, &line.wire.latency) + line.wire.distance)
    }

    /// How long something takes from one end to the other, if it gets there.
    fn pass(&mut self, cx: &mut Context<Event<P>>, from: Id, to: Id, size: u64) -> Passage {
        if let Some(span) = self.unhindered(cx, from, to) {
            return Passage::After(span);
        }
        if self.is_cut(from, to) {
            return Passage::Lost;
        }
        let (luck, line) = (self.luck[from.index()], self.line(from, to));
        let line = &mut self.lines[line];
        let mut span = cx.span(luck, &line.wire.latency) + line.wire.distance;
        if !line.plain {
            match line.burden(cx, luck, size) {
                Passage::After(more) => span += more,
                Passage::Lost => return Passage::Lost,
            }
        }
        for (_, loss, delay) in &self.noises {
            if cx.chance(luck, loss.value()) {
                return Passage::Lost;
            }
            span += delay.as_ref().map_or(Span::ZERO, |delay| cx.span(luck, delay));
        }
        for (between, longer) in &self.delays {
            if between.takes_in(from, to) {
                span += *longer;
            }
        }
        Passage::After(span)
    }

    /// How long a request or an answer of a client takes, if it gets there.
    pub fn carry(&mut self, cx: &mut Context<Event<P>>, from: Id, to: Id) -> Option<Span> {
        match self.pass(cx, from, to, 0) {
            Passage::After(span) => Some(span),
            Passage::Lost => None,
        }
    }

    fn doubles(&self, cx: &mut Context<Event<P>>, from: Id, to: Id) -> bool {
        let chance = self.lines[self.line(from, to)].wire.duplicates;
        !chance.is_zero() && cx.chance(self.luck[from.index()], chance.value())
    }

    #[inline]
    fn line(&self, from: Id, to: Id) -> usize {
        usize::from(self.places[from.index()]) * self.across + usize::from(self.places[to.index()])
    }

    pub fn lose(&mut self, cx: &Context<Event<P>>, story: &mut Story, to: Id, number: u64, fate: Fate) {
        self.lost += 1;
        story.dropped(cx, to, number, fate);
    }

    /// Whether messages of one end do not get to the other.
    #[inline]
    pub fn is_cut(&self, from: Id, to: Id) -> bool {
        !self.calm && self.cuts.iter().any(|cut| cut.takes_in(from, to))
    }

    /// A fault cuts ends off.
    pub fn cut(&mut self, fault: u32, from: &[Id], to: &[Id], one_way: bool) {
        self.cuts.push(Between::new(fault, self.places.len(), (from, to), one_way));
        self.calm = false;
    }

    /// A fault makes what goes between these ends take longer.
    pub fn delay(&mut self, fault: u32, ends: (&[Id], &[Id]), by: Span, one_way: bool) {
        self.delays.push((Between::new(fault, self.places.len(), ends, one_way), by));
        self.calm = false;
    }

    /// A fault disturbs all lines.
    pub fn disturb(&mut self, fault: u32, loss: Probability, delay: Option<Law>) {
        self.noises.push((fault, loss, delay));
        self.calm = false;
    }

    /// Whether a fault cuts ends off now.
    pub fn cuts(&self, fault: u32) -> bool {
        self.cuts.iter().any(|cut| cut.fault == fault)
    }

    /// A fault is over.
    pub fn heal(&mut self, fault: u32) {
        self.cuts.retain(|cut| cut.fault != fault);
        self.noises.retain(|noise| noise.0 != fault);
        self.delays.retain(|(between, _)| between.fault != fault);
        self.calm = self.cuts.is_empty() && self.noises.is_empty() && self.delays.is_empty();
    }
}

impl Line {
    /// What a wire that is not plain does to a message: how much longer it takes, if it gets through.
    #[cold]
    fn burden<E: Clone>(&mut self, cx: &mut Context<E>, luck: Source, size: u64) -> Passage {
        let wire = &self.wire;
        let mut span = Span::ZERO;
        if let Some(bandwidth) = wire.bandwidth {
            let now = cx.now();
            let waits = self.busy_until.saturating_since(now);
            if wire.buffer.is_some_and(|longest| waits > longest.span()) {
                return Passage::Lost;
            }
            let holds = Span::from_secs_f64(size as f64 / bandwidth.bytes_per_sec());
            self.busy_until = now + waits + holds;
            span += waits + holds;
        }
        if !wire.loses.is_zero() && cx.chance(luck, wire.loses.value()) {
            return Passage::Lost;
        }
        if let Some((chance, by)) = &wire.reorders
            && cx.chance(luck, chance.value())
        {
            span += cx.span(luck, by);
        }
        Passage::After(span)
    }
}

/// Connections.
impl<P: Process> Traffic<P> {
    fn stream(
        &mut self,
        cx: &mut Context<Event<P>>,
        (from, to, life): (Id, Id, u32),
        number: u64,
        message: P::Message,
    ) {
        let now = cx.now();
        let fresh = || Stream { last: Instant::START, waits: VecDeque::new(), since: now };
        let stream = self.streams.entry((from, to)).or_insert_with(fresh);
        if !stream.waits.is_empty() {
            stream.waits.push_back((number, message));
            return;
        }
        stream.since = now;
        match self.pass(cx, from, to, P::size(&message)) {
            Passage::After(span) => self.arrive(cx, (from, to, life), span, number, message),
            Passage::Lost => {
                self.streams.get_mut(&(from, to)).expect("it is there").waits.push_back((number, message));
                self.resend_later(cx, from, to);
            }
        }
    }

    /// A message gets through, behind those that did before it.
    fn arrive(
        &mut self,
        cx: &mut Context<Event<P>>,
        (from, to, life): (Id, Id, u32),
        span: Span,
        number: u64,
        message: P::Message,
    ) {
        let stream = self.streams.get_mut(&(from, to)).expect("a message goes by its stream");
        stream.last = stream.last.max(cx.now() + span);
        let wait = stream.last - cx.now();
        cx.send_after(wait, Event(Kind::Arrives { from, to, life, number, message }));
    }

    fn resend_later(&mut self, cx: &mut Context<Event<P>>, from: Id, to: Id) {
        let Transport::Stream { resend, .. } = self.transport else { return };
        cx.send_after(resend.span(), Event(Kind::Resend { from, to }));
    }

    /// Tries again to get what waits through. True when the connection has broken instead.
    pub fn resend(
        &mut self,
        cx: &mut Context<Event<P>>,
        story: &mut Story,
        from: Id,
        to: Id,
        life: u32,
    ) -> bool {
        let Transport::Stream { gives_up, .. } = self.transport else { return false };
        let Some(stream) = self.streams.get(&(from, to)) else { return false };
        let Some((_, first)) = stream.waits.front() else { return false };
        if cx.now() - stream.since >= gives_up.span() {
            self.reset(cx, story, from, to);
            return true;
        }
        let Passage::After(span) = self.pass(cx, from, to, P::size(first)) else {
            self.resend_later(cx, from, to);
            return false;
        };
        let waits = std::mem::take(&mut self.streams.get_mut(&(from, to)).expect("it is there").waits);
        for (number, message) in waits {
            self.arrive(cx, (from, to, life), span, number, message);
        }
        false
    }

    /// How long an end that sends to one that has crashed takes to notice; nothing where there are no connections.
    pub fn notices(&self) -> Option<Span> {
        match self.transport {
            Transport::Datagram => None,
            Transport::Stream { gives_up, .. } => Some(gives_up.span()),
        }
    }

    /// Whether a message of a stream may be received in this life.
    #[inline]
    pub fn receives(&self, sent_to: u32, life: u32) -> bool {
        sent_to == ANY_LIFE || sent_to == life
    }

    /// Drops a connection, both ways.
    pub fn reset(&mut self, cx: &Context<Event<P>>, story: &mut Story, one: Id, other: Id) {
        for ends in [(one, other), (other, one)] {
            if let Some(stream) = self.streams.remove(&ends) {
                for (number, _) in stream.waits {
                    self.lose(cx, story, ends.1, number, Fate::Broken);
                }
            }
        }
    }

    /// Drops all connections of one that crashes.
    pub fn forget(&mut self, of: Id) {
        self.streams.retain(|(from, to), _| *from != of && *to != of);
    }
}
