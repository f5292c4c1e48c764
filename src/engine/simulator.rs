//! Plays a model's trials: independent seeded histories.

use std::sync::Arc;

use super::context::Backend;
use super::timeline::Timeline;
use super::{Clocks, Context, Digest, Levels, Model, Path};
use crate::units::Instant;

/// Looks on while a trial is played. It sees everything and changes nothing.
///
/// ```
/// use fivenines::engine::{Model, Observer};
/// use fivenines::units::Instant;
///
/// /// Counts events.
/// struct Count(u64);
///
/// impl<M: Model> Observer<M> for Count {
///     fn after(&mut self, _: &M, _: Instant) {
///         self.0 += 1;
///     }
/// }
/// # let _ = Count(0);
/// ```
pub trait Observer<M: Model> {
    /// The trial begins in this state.
    fn begin(&mut self, model: &M) {
        let _ = model;
    }

    /// An event is about to be handled.
    #[inline]
    fn before(&mut self, model: &M, now: Instant, event: &M::Event) {
        let _ = (model, now, event);
    }

    /// An event has been handled: the model is in this state from `now` on.
    fn after(&mut self, model: &M, now: Instant);

    /// The trial ends, in this state since the last event.
    fn end(&mut self, model: &M, end: Instant) {
        let _ = (model, end);
    }
}

/// Two observers at once.
impl<M: Model, A: Observer<M>, B: Observer<M>> Observer<M> for (A, B) {
    fn begin(&mut self, model: &M) {
        self.0.begin(model);
        self.1.begin(model);
    }

    fn before(&mut self, model: &M, now: Instant, event: &M::Event) {
        self.0.before(model, now, event);
        self.1.before(model, now, event);
    }

    fn after(&mut self, model: &M, now: Instant) {
        self.0.after(model, now);
        self.1.after(model, now);
    }

    fn end(&mut self, model: &M, end: Instant) {
        self.0.end(model, end);
        self.1.end(model, end);
    }
}

impl<M: Model, O: Observer<M>> Observer<M> for &mut O {
    fn begin(&mut self, model: &M) {
        O::begin(self, model);
    }

    fn before(&mut self, model: &M, now: Instant, event: &M::Event) {
        O::before(self, model, now, event);
    }

    fn after(&mut self, model: &M, now: Instant) {
        O::after(self, model, now);
    }

    fn end(&mut self, model: &M, end: Instant) {
        O::end(self, model, end);
    }
}

/// How a trial went, as far as the engine can tell.
///
/// ```
/// use fivenines::engine::{Digest, Summary};
///
/// let summary = Summary { events: 0, digest: Digest::new() };
/// assert_eq!(summary.events, 0);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Summary {
    /// How many events fired.
    pub events: u64,
    /// The digest of every firing: when, and which clock or message.
    pub digest: Digest,
}

/// Plays trials of one model under one seed, one after the other, in the same memory.
///
/// Trial `k` is the same history whichever trials were played before it.
///
/// ```
/// # use fivenines::engine::{Class, Clock, Clocks, Context, Model, Simulator, Watch};
/// # use fivenines::random::Law;
/// # use fivenines::units::{Duration, Instant};
/// # #[derive(Clone, Default)]
/// # struct Machine { up: bool, clock: Clock }
/// # impl Model for Machine {
/// #     type Event = ();
/// #     fn clocks(&mut self, clocks: &mut Clocks) { self.clock = clocks.clock("m", Class::Fault); }
/// #     fn start(&mut self, cx: &mut Context<()>) { self.on((), cx) }
/// #     fn on(&mut self, _: (), cx: &mut Context<()>) {
/// #         self.up = !self.up;
/// #         cx.set(self.clock, &Law::exponential(Duration::hours(1.0)), ());
/// #     }
/// #     fn observe(&self, watch: &mut Watch) { watch.up(self.up); }
/// # }
/// let end = Instant::START + Duration::days(30.0).span();
/// let mut simulator = Simulator::new(Machine::default(), 42);
/// let seventh = simulator.levels(7, end);
/// simulator.levels(8, end);
/// assert_eq!(simulator.levels(7, end).summary(), seventh.summary());
/// ```
#[derive(Clone, Debug)]
pub struct Simulator<M: Model> {
    template: M,
    context: Context<M::Event>,
}

impl<M: Model> Simulator<M> {
    /// Declares the model's clocks and makes ready to play it.
    pub fn new(mut model: M, seed: u64) -> Simulator<M> {
        let mut clocks = Clocks::default();
        model.clocks(&mut clocks);
        let timeline = Timeline::new(Arc::new(clocks), seed);
        Simulator { template: model, context: Context { backend: Backend::Timeline(timeline) } }
    }

    /// The model as every trial starts from it, its clocks declared.
    pub fn model(&self) -> &M {
        &self.template
    }

    /// Plays trial `trial` up to and including `end`.
    pub fn play(&mut self, trial: u64, end: Instant, observer: &mut impl Observer<M>) -> Summary {
        let mut model = self.template.clone();
        self.timeline().reset(trial);
        model.start(&mut self.context);
        observer.begin(&model);
        while advance(&mut model, &mut self.context, end, observer) {}
        observer.end(&model, end);
        let timeline = self.timeline();
        Summary { events: timeline.fired(), digest: timeline.digest() }
    }

    /// Plays a trial and gives the time average of each measure.
    pub fn levels(&mut self, trial: u64, end: Instant) -> Levels {
        let mut levels = Levels::default();
        let summary = self.play(trial, end, &mut levels);
        levels.close(summary);
        levels
    }

    /// The same model under another seed, its clocks as they were declared.
    pub fn under(&self, seed: u64) -> Simulator<M> {
        let context = Context { backend: Backend::Timeline(timeline_of(&self.context).under(seed)) };
        Simulator { template: self.template.clone(), context }
    }

    /// A trial at its start, to be gone through step by step.
    pub fn path(&self, trial: u64) -> Path<M> {
        Path::new(self.template.clone(), self.context.clone(), trial)
    }

    #[inline]
    fn timeline(&mut self) -> &mut Timeline<M::Event> {
        timeline(&mut self.context)
    }
}

/// Handles the next event no later than `end`; false when there is none.
#[inline(always)]
pub(super) fn advance<M: Model>(
    model: &mut M,
    context: &mut Context<M::Event>,
    end: Instant,
    observer: &mut impl Observer<M>,
) -> bool {
    let Some(event) = timeline(context).next(end) else { return false };
    let now = timeline(context).now;
    if timeline(context).turned() {
        timeline(context).fetch(|event, near| model.foresee(event, near));
    }
    observer.before(model, now, &event);
    model.on(event, context);
    observer.after(model, now);
    true
}

pub(super) fn timeline_of<E>(context: &Context<E>) -> &Timeline<E> {
    match &context.backend {
        Backend::Timeline(timeline) => timeline,
        Backend::Ledger(_) => unreachable!("a simulator's context is a timeline"),
    }
}

#[inline]
pub(super) fn timeline<E>(context: &mut Context<E>) -> &mut Timeline<E> {
    match &mut context.backend {
        Backend::Timeline(timeline) => timeline,
        Backend::Ledger(_) => unreachable!("a simulator's context is a timeline"),
    }
}
