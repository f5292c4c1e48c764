//! The context of simulation: clocks really run, by numbers drawn from their streams.

use std::sync::Arc;

use super::queue::{Queue, check_slots};
use super::{Clock, Clocks, Digest, Source};
use crate::random::{Foreseen, Law, Purpose, Stream, StreamKey, UNFORESEEN};
use crate::units::{Instant, Span};

/// Pending firings, the streams they are drawn from, and the present instant.
#[derive(Clone, Debug)]
pub(super) struct Timeline<E> {
    pub now: Instant,
    queue: Queue,
    /// The event of each pending slot: clocks first, messages behind them.
    events: Vec<Option<E>>,
    /// Message slots that are free again.
    free: Vec<u32>,
    streams: Streams,
    /// How fast each clock runs, once any has left speed 1.
    speeds: Vec<Speed>,
    digest: Digest,
    fired: u64,
}

/// How fast a pending clock runs down.
#[derive(Clone, Copy, Debug)]
struct Speed {
    factor: f64,
    /// What is left to run, in time at speed 1, while the clock stands still.
    parked: Option<Span>,
}

const FULL: Speed = Speed { factor: 1.0, parked: None };

impl<E: Clone> Timeline<E> {
    pub fn new(clocks: Arc<Clocks>, seed: u64) -> Timeline<E> {
        Timeline {
            now: Instant::START,
            queue: Queue::default(),
            events: Vec::new(),
            free: Vec::new(),
            streams: Streams::new(clocks, seed),
            speeds: Vec::new(),
            digest: Digest::new(),
            fired: 0,
        }
    }

    /// Makes ready for a trial, keeping the memory of the one before.
    pub fn reset(&mut self, trial: u64) {
        let clocks = self.streams.clocks.len();
        self.now = Instant::START;
        self.queue.reset(clocks);
        self.events.clear();
        self.events.resize(clocks, None);
        self.free.clear();
        self.streams.reset(trial);
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
        let (at, slot) = self.queue.pop(self.now, until)?;
        self.now = at;
        self.fired += 1;
        self.digest.fold(at.as_micros());
        self.digest.fold(u64::from(slot));
        if slot as usize >= self.streams.first_source {
            self.free.push(slot);
        }
        self.events[slot as usize].take()
    }

    /// Whether a handful of events has come near since this was last asked, in a model too large for the cache.
    #[inline]
    pub fn turned(&mut self) -> bool {
        self.queue.turned()
    }

    /// Brings near what the next few events need of the engine, and has the model do the same: their cache misses overlap,
    /// where each by itself would be waited for.
    #[cold]
    pub fn fetch(&self, foresee: impl Fn(&E, Near<'_>)) {
        for slot in self.queue.upcoming() {
            if (slot as usize) < self.streams.first_source {
                self.streams.touch(slot as usize);
            }
            if let Some(event) = &self.events[slot as usize] {
                foresee(event, Near { streams: &self.streams });
            }
        }
    }

    #[inline]
    pub fn set(&mut self, clock: Clock, law: &Law, event: E) {
        let span = law.sample(&mut self.streams.of_clock(clock));
        self.set_after(clock, span, event);
    }

    #[inline]
    pub fn set_after(&mut self, clock: Clock, span: Span, event: E) {
        if !self.speeds.is_empty() {
            self.speeds[clock.index()] = FULL;
        }
        let at = self.now + span;
        if at == Instant::NEVER {
            self.queue.cancel(clock.0);
            return;
        }
        self.events[clock.index()] = Some(event);
        self.queue.set(clock.0, at, self.now);
    }

    #[inline]
    pub fn cancel(&mut self, clock: Clock) -> bool {
        let parked = match self.speeds.get_mut(clock.index()) {
            Some(speed) => std::mem::replace(speed, FULL).parked.is_some(),
            None => false,
        };
        self.queue.cancel(clock.0) || parked
    }

    #[inline]
    pub fn is_set(&self, clock: Clock) -> bool {
        self.queue.is_set(clock.0)
            || self.speeds.get(clock.index()).is_some_and(|speed| speed.parked.is_some())
    }

    pub fn set_speed(&mut self, clock: Clock, factor: f64) {
        if self.speeds.is_empty() {
            if factor == 1.0 {
                return;
            }
            self.speeds.resize(self.streams.clocks.len(), FULL);
        }
        let speed = self.speeds[clock.index()];
        let left = match (speed.parked, self.queue.when(clock.0, self.now)) {
            (Some(left), _) => left,
            (None, Some(at)) if speed.factor == 1.0 => at - self.now,
            (None, Some(at)) => Span::from_secs_f64((at - self.now).as_secs_f64() * speed.factor),
            // Speed belongs to a pending firing; a clock that is not set has none.
            (None, None) => return,
        };
        if factor == speed.factor {
            return;
        }
        if factor == 0.0 {
            self.queue.cancel(clock.0);
            self.speeds[clock.index()] = Speed { factor, parked: Some(left) };
        } else {
            self.speeds[clock.index()] = Speed { factor, parked: None };
            let wait = if factor == 1.0 { left } else { Span::from_secs_f64(left.as_secs_f64() / factor) };
            self.queue.set(clock.0, self.now + wait, self.now);
        }
    }

    #[inline]
    pub fn send(&mut self, source: Source, law: &Law, event: E) {
        let span = law.sample(self.streams.of_source(source));
        self.send_after(span, event);
    }

    #[inline]
    pub fn send_after(&mut self, span: Span, event: E) {
        let at = self.now + span;
        if at == Instant::NEVER {
            return;
        }
        let slot = match self.free.pop() {
            Some(slot) => {
                self.events[slot as usize] = Some(event);
                slot
            }
            None => {
                let slot = self.events.len();
                check_slots(slot + 1);
                self.events.push(Some(event));
                slot as u32
            }
        };
        self.queue.set(slot, at, self.now);
    }

    #[inline]
    pub fn word(&mut self, source: Source) -> u64 {
        self.streams.of_source(source).word()
    }

    #[inline]
    pub fn uniform(&mut self, source: Source) -> f64 {
        self.streams.of_source(source).uniform()
    }
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
///     fn foresee(&self, node: &usize, near: Near<'_>) {
///         near.source(Source::from_index(*node));
///     }
/// }
/// # let _ = Nodes;
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Near<'a> {
    streams: &'a Streams,
}

impl Near<'_> {
    /// The stream of a clock other than the one that fires, whose stream is near already.
    #[inline]
    pub fn clock(self, clock: Clock) {
        self.streams.touch(clock.index());
    }

    /// The stream of a source.
    #[inline]
    pub fn source(self, source: Source) {
        self.streams.touch(self.streams.first_source + source.0 as usize);
    }
}

/// The streams of a model's clocks and sources in one trial, opened at their first draw.
#[derive(Clone, Debug)]
struct Streams {
    clocks: Arc<Clocks>,
    seed: u64,
    trial: u64,
    /// Clocks first, sources behind them. A stream that is not open holds an earlier trial's rubbish.
    streams: Vec<Stream>,
    /// For each clock, the exponential number that its stream will give next.
    ahead: Vec<f64>,
    /// How many clocks there are.
    first_source: usize,
    /// One bit a stream: is it open in this trial.
    open: Vec<u64>,
}

impl Streams {
    fn new(clocks: Arc<Clocks>, seed: u64) -> Streams {
        let count = clocks.len() + clocks.sources();
        let closed =
            StreamKey { seed: 0, trial: 0, name: "closed".into(), purpose: Purpose::Duration }.open();
        Streams {
            first_source: clocks.len(),
            ahead: vec![UNFORESEEN; clocks.len()],
            clocks,
            seed,
            trial: 0,
            streams: vec![closed; count],
            open: vec![0; count.div_ceil(64)],
        }
    }

    fn reset(&mut self, trial: u64) {
        self.trial = trial;
        self.open.fill(0);
    }

    #[inline]
    fn of_clock(&mut self, clock: Clock) -> Foreseen<'_> {
        self.ensure_open(clock.index());
        Foreseen { stream: &mut self.streams[clock.index()], ahead: &mut self.ahead[clock.index()] }
    }

    #[inline]
    fn of_source(&mut self, source: Source) -> &mut Stream {
        let index = self.first_source + source.0 as usize;
        self.ensure_open(index);
        &mut self.streams[index]
    }

    #[inline]
    fn ensure_open(&mut self, index: usize) {
        if self.open[index / 64] >> (index % 64) & 1 == 0 {
            self.open_stream(index);
        }
    }

    /// Brings a stream near, if there is one of that index.
    #[inline]
    fn touch(&self, index: usize) {
        if let Some(stream) = self.streams.get(index) {
            stream.touch();
        }
        std::hint::black_box(self.ahead.get(index).copied());
    }

    #[cold]
    fn open_stream(&mut self, index: usize) {
        self.open[index / 64] |= 1 << (index % 64);
        if let Some(ahead) = self.ahead.get_mut(index) {
            *ahead = UNFORESEEN;
        }
        let (name, purpose) = match index.checked_sub(self.clocks.len()) {
            None => (self.clocks.clock_name(index as u32), Purpose::Duration),
            Some(source) => (self.clocks.source_name(source as u32), Purpose::Choice),
        };
        self.streams[index] = StreamKey { seed: self.seed, trial: self.trial, name, purpose }.open();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_that_have_arrived_leave_their_memory_to_the_next() {
        let mut timeline = Timeline::new(Arc::new(Clocks::default()), 1);
        for trial in 0..3 {
            timeline.reset(trial);
            (0..10).for_each(|number| timeline.send_after(Span::from_micros(number), number));
            for number in 10..1000 {
                assert_eq!(timeline.next(Instant::NEVER), Some(number - 10));
                timeline.send_after(Span::from_micros(9), number);
            }
            assert_eq!(timeline.events.len(), 10);
        }
    }
}
