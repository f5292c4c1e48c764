//! A sample path under way: stopped at any event, copied, and gone on with by other luck.

use super::simulator::{advance, timeline, timeline_of};
use super::{Context, Model, Observer, Summary};
use crate::units::Instant;

/// A trial as far as it has come: the model's state, all that is pending, and the streams of what is still to be drawn.
///
/// A clone goes on bit for bit as the path itself does, until one of them gets [other luck](Path::renew): what splitting needs
/// of an engine (Villén-Altamirano and Villén-Altamirano, "RESTART: a method for accelerating rare event simulations",
/// ITC-13, 1991), and what lets somebody stop a trial, look at it, and ask what else might have come of it.
///
/// ```
/// # use fivenines::engine::{Class, Clock, Clocks, Context, Model, Simulator, Unwatched, Watch};
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
/// let mut path = Simulator::new(Machine::default(), 42).path(0);
/// for _ in 0..10 {
///     path.step(end, &mut Unwatched);
/// }
/// let (mut same, mut other) = (path.clone(), path.clone());
/// other.renew(1);
/// assert!(path.step(end, &mut Unwatched) && same.step(end, &mut Unwatched) && other.step(end, &mut Unwatched));
/// assert_eq!(path.summary(), same.summary());
/// assert_ne!(path.summary(), other.summary());
/// ```
#[derive(Clone, Debug)]
pub struct Path<M: Model> {
    model: M,
    context: Context<M::Event>,
}

/// An observer that looks at nothing.
///
/// ```
/// use fivenines::engine::{Model, Path, Unwatched};
/// use fivenines::units::Instant;
///
/// fn goes_on<M: Model>(path: &mut Path<M>, end: Instant) -> bool {
///     path.step(end, &mut Unwatched)
/// }
/// # fn _unused<M: Model>() { let _ = goes_on::<M>; }
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Unwatched;

impl<M: Model> Observer<M> for Unwatched {
    #[inline]
    fn after(&mut self, _: &M, _: Instant) {}
}

impl<M: Model> Path<M> {
    pub(super) fn new(mut model: M, mut context: Context<M::Event>, trial: u64) -> Path<M> {
        let timeline = timeline(&mut context);
        timeline.reset(trial);
        timeline.keep_laws();
        model.start(&mut context);
        Path { model, context }
    }

    /// Goes on to the next event no later than `end`. False when there is none: the path then stays where it is.
    #[inline]
    pub fn step(&mut self, end: Instant, observer: &mut impl Observer<M>) -> bool {
        advance(&mut self.model, &mut self.context, end, observer)
    }

    /// Other luck from here on, of this number: none of the draws to come is one of those that the path, or a copy of it with
    /// another number, would have made.
    ///
    /// A clock that runs by a law is drawn anew as well, given how long it has run already: all that has been seen of it is that
    /// it has not fired yet, so that what is left of it is as much in the dark as what is not set. Without that, copies made at
    /// the failure of one of two machines would all know when the other fails. What was set for a certain time, and messages
    /// that are under way, keep their times. Among equal times, a clock that was drawn anew counts as set now.
    pub fn renew(&mut self, branch: u64) {
        timeline(&mut self.context).renew(branch);
    }

    /// The state.
    pub fn model(&self) -> &M {
        &self.model
    }

    /// The instant of the last event.
    pub fn now(&self) -> Instant {
        self.context.now()
    }

    /// The events so far, those before it was copied among them, and their digest.
    pub fn summary(&self) -> Summary {
        let timeline = timeline_of(&self.context);
        Summary { events: timeline.fired(), digest: timeline.digest() }
    }
}
