//! The context of simulation: clocks really run, by numbers drawn from their streams.

use std::sync::Arc;

use super::messages::Messages;
use super::queue::Queue;
use super::sources::Sources;
use super::{Clock, Clocks, Digest, Source};
use crate::random::{Draw, Foreseen, Law, Purpose, Stream, StreamKey, UNFORESEEN};
use crate::units::{Instant, Span};

/// Pending firings, the streams they are drawn from, and the present instant.
#[derive(Clone, Debug)]
pub(super) struct Timeline<E> {
    pub now: Instant,
    clocks: Arc<Clocks>,
    seed: u64,
    trial: u64,
    /// Slots of clocks, each with its dial, and behind them slots of messages.
    queue: Queue<Dial<E>>,
    /// What messages bring that are under way.
    messages: Messages<E>,
    sources: Sources,
    /// How fast each clock runs, once any has left speed 1.
    speeds: Vec<Speed>,
    digest: Digest,
    fired: u64,
}

/// What a clock draws from and brings.
#[derive(Clone, Debug)]
struct Dial<E> {
    /// An earlier trial's rubbish while `ahead` is [`CLOSED`].
    stream: Stream,
    /// The exponential number that the stream will give next, [`UNFORESEEN`] or [`CLOSED`].
    ahead: f64,
    /// What fires, while the clock is pending.
    event: Option<E>,
}

/// A stream that has not been opened in this trial: that happens at its first draw.
const CLOSED: f64 = -2.0;

/// How fast a pending clock runs down, and what is left to run: kept here too, because to look into the queue for it is to
/// wait for memory, and a model may change the speed of many clocks at once.
#[derive(Clone, Copy, Debug)]
struct Speed {
    factor: f64,
    left: Left,
}

#[derive(Clone, Copy, Debug)]
enum Left {
    /// It fires then, if it is in the queue.
    Until(Instant),
    /// It stands still, with so much to run in time at speed 1.
    Parked(Span),
}

impl Speed {
    fn full(at: Instant) -> Speed {
        Speed { factor: 1.0, left: Left::Until(at) }
    }

    fn is_parked(&self) -> bool {
        matches!(self.left, Left::Parked(_))
    }
}

impl<E: Clone> Timeline<E> {
    pub fn new(clocks: Arc<Clocks>, seed: u64) -> Timeline<E> {
        Timeline {
            now: Instant::START,
            queue: Queue::default(),
            messages: Messages::new(clocks.len()),
            sources: Sources::new(clocks.clone(), seed),
            clocks,
            seed,
            trial: 0,
            speeds: Vec::new(),
            digest: Digest::new(),
            fired: 0,
        }
    }

    /// Makes ready for a trial, keeping the memory of the one before.
    pub fn reset(&mut self, trial: u64) {
        let stream = Stream::closed();
        self.now = Instant::START;
        self.trial = trial;
        self.queue.reset(self.clocks.len(), || Dial { stream: stream.clone(), ahead: CLOSED, event: None });
        self.messages.clear();
        self.sources.reset(trial);
        self.speeds.clear();
        self.digest = Digest::new();
        self.fired = 0;
    }

    pub fn digest(&self) -> Digest {
        self.digest
    }

    pub fn fired(&self) -> u64 {
        self.fired
    }

    /// Moves on to the next firing no later than `until`.
    #[inline(always)]
    pub fn next(&mut self, until: Instant) -> Option<E> {
        let (at, slot, dial) = self.queue.pop(self.now, until)?;
        self.now = at;
        self.fired += 1;
        self.digest.fold(at.as_micros());
        self.digest.fold(u64::from(slot));
        match dial {
            Some(dial) => dial.event.take(),
            None => self.messages.take(slot),
        }
    }

    /// Whether a handful of events has come near since this was last asked, in a model too large for the cache.
    #[inline]
    pub fn turned(&mut self) -> bool {
        self.queue.turned()
    }

    /// Brings near what the next few events need of the engine, and has the model do the same: their cache misses overlap,
    /// where each by itself would be waited for.
    #[cold]
    pub fn fetch(&self, foresee: impl Fn(&E, Near<'_, E>)) {
        for slot in self.queue.upcoming() {
            let event = match self.queue.kept(slot) {
                Some(dial) => dial.event.as_ref(),
                None => self.messages.get(slot),
            };
            if let Some(event) = event {
                foresee(event, Near { timeline: self });
            }
        }
    }

    #[inline]
    pub fn set(&mut self, clock: Clock, law: &Law, event: E) {
        let dial = self.dial(clock);
        let span = law.sample(&mut Foreseen { stream: &mut dial.stream, ahead: &mut dial.ahead });
        self.set_after(clock, span, event);
    }

    #[inline]
    pub fn set_after(&mut self, clock: Clock, span: Span, event: E) {
        let at = self.now + span;
        if !self.speeds.is_empty() {
            self.speeds[clock.index()] = Speed::full(at);
        }
        if at == Instant::NEVER {
            self.queue.cancel(clock.0);
            return;
        }
        self.queue.kept_mut(clock.0).expect("a clock has a dial").event = Some(event);
        self.queue.set(clock.0, at, self.now);
    }

    #[inline]
    pub fn cancel(&mut self, clock: Clock) -> bool {
        let parked = match self.speeds.get_mut(clock.index()) {
            Some(speed) => std::mem::replace(speed, Speed::full(Instant::NEVER)).is_parked(),
            None => false,
        };
        self.queue.cancel(clock.0) || parked
    }

    #[inline]
    pub fn is_set(&self, clock: Clock) -> bool {
        self.queue.is_set(clock.0) || self.speeds.get(clock.index()).is_some_and(Speed::is_parked)
    }

    pub fn set_speed(&mut self, clock: Clock, factor: f64) {
        if self.speeds.is_empty() {
            if factor == 1.0 {
                return;
            }
            let fires = |clock| self.queue.when(clock, self.now).unwrap_or(Instant::NEVER);
            self.speeds = (0..self.clocks.len() as u32).map(|clock| Speed::full(fires(clock))).collect();
        }
        let speed = self.speeds[clock.index()];
        if factor == speed.factor {
            return;
        }
        let left = match speed.left {
            Left::Parked(left) => left,
            // Speed belongs to a pending firing; a clock that is not set has none.
            Left::Until(_) if !self.queue.is_set(clock.0) => return,
            Left::Until(at) if speed.factor == 1.0 => at - self.now,
            Left::Until(at) => Span::from_secs_f64((at - self.now).as_secs_f64() * speed.factor),
        };
        if factor == 0.0 {
            self.queue.cancel(clock.0);
            self.speeds[clock.index()] = Speed { factor, left: Left::Parked(left) };
        } else {
            let wait = if factor == 1.0 { left } else { Span::from_secs_f64(left.as_secs_f64() / factor) };
            let at = self.now + wait;
            self.speeds[clock.index()] = Speed { factor, left: Left::Until(at) };
            self.queue.set(clock.0, at, self.now);
        }
    }

    #[inline]
    pub fn send(&mut self, source: Source, law: &Law, event: E) {
        let span = law.sample(self.sources.stream(source));
        self.send_after(span, event);
    }

    #[inline]
    pub fn send_after(&mut self, span: Span, event: E) {
        let at = self.now + span;
        if at == Instant::NEVER {
            return;
        }
        self.queue.send(self.messages.put(event), at, self.now);
    }

    /// A clock's dial, its stream open.
    #[inline]
    fn dial(&mut self, clock: Clock) -> &mut Dial<E> {
        let dial = self.queue.kept_mut(clock.0).expect("a clock has a dial");
        if dial.ahead == CLOSED {
            let (name, purpose) = (self.clocks.clock_name(clock.0), Purpose::Duration);
            open(dial, StreamKey { seed: self.seed, trial: self.trial, name, purpose });
        }
        dial
    }

    #[inline]
    pub fn word(&mut self, source: Source) -> u64 {
        self.sources.stream(source).word()
    }

    #[inline]
    pub fn uniform(&mut self, source: Source) -> f64 {
        Draw::uniform(self.sources.stream(source))
    }
}

#[cold]
fn open<E>(dial: &mut Dial<E>, key: StreamKey) {
    dial.stream = key.open();
    dial.ahead = UNFORESEEN;
}

/// Brings random streams near that a model is about to draw from; see [`Model::foresee`](super::Model::foresee). It changes
/// nothing but the time that drawing takes.
///
/// ```
/// use fivenines::engine::{Clocks, Context, Model, Near, Source, Watch};
///
/// /// A node for each number, which draws from its own source when it hears something.
/// #[derive(Clone)]
/// struct Nodes;
///
/// impl Model for Nodes {
///     type Event = usize;
/// #   fn clocks(&mut self, _: &mut Clocks) {}
/// #   fn start(&mut self, _: &mut Context<usize>) {}
/// #   fn on(&mut self, _: usize, _: &mut Context<usize>) {}
/// #   fn observe(&self, _: &mut Watch) {}
///     fn foresee(&self, node: &usize, near: Near<'_, usize>) {
///         near.source(Source::from_index(*node));
///     }
/// }
/// # let _ = Nodes;
/// ```
#[derive(Debug)]
pub struct Near<'a, E> {
    timeline: &'a Timeline<E>,
}

impl<E> Clone for Near<'_, E> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<E> Copy for Near<'_, E> {}

impl<E> Near<'_, E> {
    /// A clock other than the one that fires, which is near already.
    #[inline]
    pub fn clock(self, clock: Clock) {
        std::hint::black_box(self.timeline.queue.kept(clock.0).map(|dial| dial.ahead));
    }

    /// The stream of a source.
    #[inline]
    pub fn source(self, source: Source) {
        self.timeline.sources.touch(source);
    }
}

// Beside its place in the queue, the dial of an event of eight bytes fills a cache line and no more.
const _: () = assert!(size_of::<Dial<u32>>() <= 56);
