//! What a model is: a state, named clocks, and what happens when one fires.

use std::fmt::Debug;

use super::{Clock, Clocks, Context, Near, Runs};

/// A generalized semi-Markov process (Glynn, *A GSMP formalism for discrete event systems*, Proc. IEEE 77, 1989).
///
/// The value itself is the state. Clocks run down by their laws; when one fires, [`Model::on`] gets the event it was
/// set with, changes the state and sets or cancels clocks. A model is plain code with no notion of which solver looks
/// at it: simulation draws how long a clock runs and which branch a choice takes, the exact solver follows them all.
///
/// All that happens must come from the state, the event and the context: no clock of the machine's own, no random
/// numbers of one's own, no iteration in an order that differs from one process to the next.
///
/// ```
/// use fivenines::engine::{Class, Clock, Clocks, Context, Model, Watch};
/// use fivenines::random::Law;
/// use fivenines::units::{Duration, Instant};
///
/// /// One machine that fails and is repaired.
/// #[derive(Clone)]
/// struct Machine {
///     up: bool,
///     clock: Clock,
///     life: Law,
///     repair: Law,
/// }
///
/// impl Model for Machine {
///     type Event = ();
///
///     fn clocks(&mut self, clocks: &mut Clocks) {
///         self.clock = clocks.clock("machine", Class::Fault);
///     }
///
///     fn start(&mut self, cx: &mut Context<()>) {
///         cx.set(self.clock, &self.life, ());
///     }
///
///     fn on(&mut self, _: (), cx: &mut Context<()>) {
///         self.up = !self.up;
///         cx.set(self.clock, if self.up { &self.life } else { &self.repair }, ());
///     }
///
///     fn observe(&self, watch: &mut Watch) {
///         watch.up(self.up);
///     }
/// }
///
/// let mut machine = Machine {
///     up: true,
///     clock: Clock::default(),
///     life: Law::exponential(Duration::hours(99.0)),
///     repair: Law::exponential(Duration::hours(1.0)),
/// };
/// let mut simulator = fivenines::engine::Simulator::new(machine, 42);
/// let trial = simulator.levels(0, Instant::START + Duration::years(10.0).span());
/// assert!((trial.mean(0) - 0.99).abs() < 0.005);
/// ```
pub trait Model: Clone {
    /// What a clock or a message brings when it fires. A small `Copy` type is the fast choice.
    type Event: Clone + Debug;

    /// Declares the model's clocks and sources, once, before any trial. The handles belong in the model.
    fn clocks(&mut self, clocks: &mut Clocks);

    /// Sets the first clocks. The state is the one the model was built with.
    fn start(&mut self, cx: &mut Context<Self::Event>);

    /// Changes the state because `event` has fired.
    fn on(&mut self, event: Self::Event, cx: &mut Context<Self::Event>);

    /// Says what can be seen of the state: is the service up, at what capacity. Called after every event.
    fn observe(&self, watch: &mut Watch);

    /// Reads into the cache what `on` will need for an event that is about to fire, and changes nothing. Only a model with
    /// far more state than fits the cache gains by it; the simulator asks for a handful of events at a time, so that
    /// the waits for memory overlap.
    #[inline]
    fn foresee(&self, event: &Self::Event, near: Near<'_, Self::Event>) {
        let _ = (event, near);
    }

    /// Names of what [`Model::observe`] shows, in its order.
    fn measures(&self) -> Vec<String> {
        vec!["up".to_owned()]
    }

    /// A clock's name for people; used in traces and in a solver's refusals.
    fn label(&self, clock: Clock) -> String {
        format!("clock {}", clock.index())
    }

    /// For each pending firing the place of one that stands for it, because both lead to the same states up to the names
    /// of interchangeable parts, and as fast: the exact solver then follows only that one, for all it stands for. Comes
    /// filled with each firing standing for itself, as it stays by default; one that stands for others stands for
    /// itself.
    fn stand_ins(&self, runs: &Runs<Self::Event>, places: &mut [u32]) {
        let _ = (runs, places);
    }

    /// Renames interchangeable parts into one order, so that states which differ only in *which* of several identical
    /// parts is in which condition become one state of the exact solver's chain (lumping by symmetry; Buchholz,
    /// J. Appl. Prob. 31, 1994). Must only permute parts that are truly alike. The default changes nothing.
    fn canonical(&mut self, runs: &mut Runs<Self::Event>) {
        let _ = runs;
    }
}

/// What is seen of a model's state: one level for each measure, in the order of [`Model::measures`].
///
/// A level is 1 while a service is up, 0 while it is down, or anything in between or beyond, such as a share of
/// capacity or a number of waiting jobs.
///
/// ```
/// use fivenines::engine::Watch;
///
/// let mut watch = Watch::default();
/// watch.up(true);
/// watch.level(0.75);
/// assert_eq!(watch.levels(), [1.0, 0.75]);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Watch {
    /// Levels of the present look, and behind them those of the last one.
    levels: Vec<f64>,
    /// How many levels the present look has shown.
    seen: usize,
    changed: bool,
}

impl Watch {
    /// The next measure is up or down.
    #[inline]
    pub fn up(&mut self, up: bool) {
        self.level(if up { 1.0 } else { 0.0 });
    }

    /// The next measure's level.
    #[inline]
    pub fn level(&mut self, level: f64) {
        match self.levels.get_mut(self.seen) {
            Some(last) => {
                self.changed |= *last != level;
                *last = level;
            }
            None => {
                self.changed = true;
                self.levels.push(level);
            }
        }
        self.seen += 1;
    }

    /// The levels observed, in order.
    #[inline]
    pub fn levels(&self) -> &[f64] {
        &self.levels[..self.seen]
    }

    /// Forgets what was observed, keeping the memory.
    #[inline]
    pub fn clear(&mut self) {
        self.seen = 0;
        self.changed = false;
    }

    /// Whether any level is another than at the look before this one, as long as all looks show the same measures.
    #[inline]
    pub(super) fn changed(&self) -> bool {
        self.changed
    }
}

impl PartialEq for Watch {
    fn eq(&self, other: &Watch) -> bool {
        self.levels() == other.levels()
    }
}
