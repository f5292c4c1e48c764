//! The context of simulation: clocks really run, by numbers drawn from their streams.

use std::sync::Arc;

use super::messages::Messages;
use super::queue::Queue;
use super::renewal::{Drawn, branch_seed};
use super::sources::Sources;
use super::speed::{Speed, Turn};
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
    /// What each clock was set by, where somebody may want other luck.
    drawn: Option<Box<Drawn>>,
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
            drawn: None,
            digest: Digest::new(),
            fired: 0,
        }
    }

    /// For the same clocks under another seed.
    pub fn under(&self, seed: u64) -> Timeline<E> {
        Timeline::new(Arc::clone(&self.clocks), seed)
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
        self.drawn = None;
        self.digest = Digest::new();
        self.fired = 0;
    }

    /// Keeps in mind from now on what each clock is set by, for [`Timeline::renew`].
    pub fn keep_laws(&mut self) {
        self.drawn = Some(Box::new(Drawn::new(self.clocks.len())));
    }

    /// Draws all that is to come from other streams, those of this branch, and anew what clocks set by a law have left.
    pub fn renew(&mut self, branch: u64) {
        self.seed = branch_seed(self.seed, self.trial, branch);
        self.sources.reseed(self.seed);
        for slot in 0..self.clocks.len() as u32 {
            self.queue.kept_mut(slot).expect("a clock has a dial").ahead = CLOSED;
        }
        let Some(mut drawn) = self.drawn.take() else { return };
        for clock in (0..self.clocks.len()).map(Clock::from_index) {
            let Some(left) = self.left(clock) else { continue };
            let dial = self.dial(clock);
            if let Some(left) = drawn.again(clock, left, &mut dial.stream) {
                self.put_off(clock, left);
            }
        }
        self.drawn = Some(drawn);
    }

    /// What a pending clock has left to run, in time at speed 1.
    fn left(&self, clock: Clock) -> Option<Span> {
        match self.speeds.get(clock.index()) {
            Some(speed) => speed.left(self.now, || self.queue.is_set(clock.0)),
            None => self.queue.when(clock.0, self.now).map(|at| at - self.now),
        }
    }

    /// A pending clock has this to run in place of what it had, in time at speed 1, and keeps its speed.
    fn put_off(&mut self, clock: Clock, left: Span) {
        let factor = self.speeds.get(clock.index()).map_or(1.0, |speed| speed.factor);
        let event = self.queue.kept_mut(clock.0).and_then(|dial| dial.event.take());
        self.arm(clock, left, event.expect("a pending clock brings something"));
        if factor != 1.0 {
            self.set_speed(clock, factor);
        }
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
        if self.queue.is_worn() {
            self.renumber();
        }
        loop {
            let (at, slot, dial) = self.queue.pop(self.now, until)?;
            if let Some(speed) = self.speeds.get_mut(slot as usize) {
                match speed.turn(at) {
                    Turn::Fires => {}
                    Turn::Moves { at, sequence } => {
                        self.queue.file(slot, at, sequence);
                        continue;
                    }
                    Turn::Stands => continue,
                }
            }
            self.now = at;
            self.fired += 1;
            self.digest.fold(at.as_micros());
            self.digest.fold(u64::from(slot));
            return match dial {
                Some(dial) => dial.event.take(),
                None => self.messages.take(slot),
            };
        }
    }

    /// Gives pending entries small sequence numbers, each where it belongs.
    #[cold]
    fn renumber(&mut self) {
        for (slot, speed) in (0..).zip(&mut self.speeds) {
            if let Some((at, sequence)) = speed.overdue() {
                self.queue.cancel(slot);
                self.queue.file(slot, at, sequence);
            }
        }
        self.queue.renumber();
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
        if let Some(drawn) = &mut self.drawn {
            drawn.by_law(clock, law, span);
        }
        self.arm(clock, span, event);
    }

    #[inline]
    pub fn set_after(&mut self, clock: Clock, span: Span, event: E) {
        if let Some(drawn) = &mut self.drawn {
            drawn.for_certain(clock);
        }
        self.arm(clock, span, event);
    }

    #[inline]
    fn arm(&mut self, clock: Clock, span: Span, event: E) {
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
        let (now, queue) = (self.now, &mut self.queue);
        if self.speeds.is_empty() {
            if factor == 1.0 {
                return;
            }
            let fires = |clock| queue.when(clock, now).unwrap_or(Instant::NEVER);
            self.speeds = (0..self.clocks.len() as u32).map(|clock| Speed::full(fires(clock))).collect();
        }
        let speed = &mut self.speeds[clock.index()];
        if factor == speed.factor {
            return;
        }
        // Speed belongs to a pending firing; a clock that is not set has none.
        let Some(left) = speed.left(now, || queue.is_set(clock.0)) else { return };
        if factor == 0.0 {
            if !speed.park(left, now) {
                queue.cancel(clock.0);
            }
            return;
        }
        let wait = if factor == 1.0 { left } else { Span::from_secs_f64(left.as_secs_f64() / factor) };
        if !speed.run(factor, now + wait, now, || queue.take_number()) {
            queue.set(clock.0, now + wait, now);
        }
    }

    #[inline]
    pub fn send(&mut self, source: Source, law: &Law, event: E) {
        let span = self.span(source, law);
        self.send_after(span, event);
    }

    #[inline]
    pub fn span(&mut self, source: Source, law: &Law) -> Span {
        law.sample(self.sources.stream(source))
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::engine::Class;
    use crate::random::Name;

    /// The obviously right clocks: a list of those that are pending, in which every change of speed is carried out.
    #[derive(Default)]
    struct Plain {
        /// Time at which it fires, order of setting, clock, and speed.
        running: Vec<(Instant, u64, u32, f64)>,
        /// What is left in time at speed 1, and the clock.
        parked: Vec<(Span, u32)>,
        order: u64,
    }

    impl Plain {
        fn cancel(&mut self, clock: u32) -> bool {
            let before = self.running.len() + self.parked.len();
            self.running.retain(|entry| entry.2 != clock);
            self.parked.retain(|entry| entry.1 != clock);
            self.running.len() + self.parked.len() < before
        }

        fn set(&mut self, clock: u32, at: Instant, factor: f64) {
            self.cancel(clock);
            self.running.push((at, self.order, clock, factor));
            self.order += 1;
        }

        fn set_speed(&mut self, clock: u32, factor: f64, now: Instant) {
            let running = self.running.iter().find(|entry| entry.2 == clock && entry.3 != factor);
            let left = match running {
                Some(entry) if entry.3 == 1.0 => entry.0 - now,
                Some(entry) => Span::from_secs_f64((entry.0 - now).as_secs_f64() * entry.3),
                None => match self.parked.iter().find(|entry| entry.1 == clock && factor != 0.0) {
                    Some(entry) => entry.0,
                    None => return,
                },
            };
            if factor == 0.0 {
                self.cancel(clock);
                self.parked.push((left, clock));
            } else {
                let wait =
                    if factor == 1.0 { left } else { Span::from_secs_f64(left.as_secs_f64() / factor) };
                self.set(clock, now + wait, factor);
            }
        }

        fn next(&mut self, until: Instant) -> Option<(Instant, u32)> {
            let first = self.running.iter().filter(|entry| entry.0 <= until).min_by_key(|it| (it.0, it.1))?;
            let fired = (first.0, first.2);
            self.cancel(fired.1);
            Some(fired)
        }
    }

    proptest! {
        /// Stopping, slowing and resuming leave entries where they stand; nothing that can be seen may tell. Delays are few,
        /// so that many clocks fire at the same instant, and numbers wear out on the way.
        #[test]
        fn clocks_fire_as_if_every_change_of_speed_were_carried_out_at_once(
            steps in prop::collection::vec((0u32..12, 0u64..9, 0u8..10), 1..400),
            worn in 0u64..600,
        ) {
            let mut clocks = Clocks::default();
            (0..12).for_each(|number| { clocks.clock(Name::new("clock").at(number), Class::Fault); });
            let mut timeline: Timeline<u32> = Timeline::new(Arc::new(clocks), 1);
            timeline.reset(0);
            timeline.queue.wear_out_after(worn);
            let mut plain = Plain::default();
            for (number, delay, action) in steps {
                let (clock, now) = (Clock::from_index(number as usize), timeline.now);
                match action {
                    0..3 => {
                        timeline.set_after(clock, Span::from_micros(delay), number);
                        plain.set(number, now + Span::from_micros(delay), 1.0);
                    }
                    3 => prop_assert_eq!(timeline.cancel(clock), plain.cancel(number)),
                    4..8 => {
                        let factor = [0.0, 0.0, 0.5, 1.0, 1.0, 1.0, 2.0, 3.0, 0.25][delay as usize];
                        timeline.set_speed(clock, factor);
                        plain.set_speed(number, factor, now);
                    }
                    _ => {
                        let until = now + Span::from_micros(delay);
                        let fired = timeline.next(until).map(|number| (timeline.now, number));
                        prop_assert_eq!(fired, plain.next(until));
                    }
                }
                let is_set = plain.running.iter().any(|entry| entry.2 == number)
                    || plain.parked.iter().any(|entry| entry.1 == number);
                prop_assert_eq!(timeline.is_set(clock), is_set);
            }
            while let Some(fired) = plain.next(Instant::NEVER) {
                prop_assert_eq!(timeline.next(Instant::NEVER).map(|it| (timeline.now, it)), Some(fired));
            }
            prop_assert_eq!(timeline.next(Instant::NEVER), None);
        }
    }
}
