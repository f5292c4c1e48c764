//! What a model may ask for: time, clocks, messages and choices.

use super::ledger::Ledger;
use super::timeline::Timeline;
use super::{Clock, Source};
use crate::random::Law;
use crate::units::{Instant, Span};

/// The solver's side of a model: the only way to time, randomness and the future.
///
/// # Ordering guarantees
///
/// 1. Events fire in order of time, and at equal times in the order in which they were set. A clock that is set again
///    counts from its last setting. Messages and clocks share one order.
/// 2. What is set for the present instant fires in it, after everything that was set for that instant before.
/// 3. An event that is cancelled or set anew does not fire at its old time, even if that is the present instant.
///
/// ```
/// use fivenines::engine::{Class, Clock, Clocks, Context, Model, Simulator, Watch};
/// use fivenines::units::{Instant, Span};
///
/// /// Two messages for one instant arrive in the order sent.
/// #[derive(Clone, Default)]
/// struct Post(Vec<&'static str>);
///
/// impl Model for Post {
///     type Event = &'static str;
///     fn clocks(&mut self, _: &mut Clocks) {}
///     fn start(&mut self, cx: &mut Context<&'static str>) {
///         cx.send_after(Span::from_secs(1), "first");
///         cx.send_after(Span::from_secs(1), "second");
///     }
///     fn on(&mut self, event: &'static str, _: &mut Context<&'static str>) {
///         self.0.push(event);
///     }
///     fn observe(&self, watch: &mut Watch) {
///         watch.up(self.0 == ["first", "second"]);
///     }
/// }
///
/// let end = Instant::START + Span::from_secs(2);
/// assert_eq!(Simulator::new(Post::default(), 1).levels(0, end).last(0), 1.0);
/// ```
#[derive(Clone, Debug)]
pub struct Context<E> {
    pub(super) backend: Backend<E>,
}

/// Which solver is looking.
#[derive(Clone, Debug)]
#[allow(
    clippy::large_enum_variant,
    reason = "there is one for each simulator or explorer, and it never moves"
)]
pub(super) enum Backend<E> {
    Timeline(Timeline<E>),
    Ledger(Ledger<E>),
}

impl<E: Clone> Context<E> {
    /// The present instant. A model whose behaviour depends on it is not a Markov chain, and the exact solver will
    /// say so.
    #[inline]
    pub fn now(&self) -> Instant {
        match &self.backend {
            Backend::Timeline(timeline) => timeline.now,
            Backend::Ledger(ledger) => ledger.now(),
        }
    }

    /// Sets the clock to fire with `event` after a time drawn from `law`, in place of its pending firing if it has
    /// one. A law that never fires leaves the clock unset.
    #[inline]
    pub fn set(&mut self, clock: Clock, law: &Law, event: E) {
        match &mut self.backend {
            Backend::Timeline(timeline) => timeline.set(clock, law, event),
            Backend::Ledger(ledger) => ledger.set(clock, law, event),
        }
    }

    /// Sets the clock to fire after exactly `span`. [`Span::FOREVER`] leaves it unset.
    #[inline]
    pub fn set_after(&mut self, clock: Clock, span: Span, event: E) {
        match &mut self.backend {
            Backend::Timeline(timeline) => timeline.set_after(clock, span, event),
            Backend::Ledger(ledger) => ledger.set_after(clock, span, event),
        }
    }

    /// Takes back the clock's pending firing. True when there was one.
    #[inline]
    pub fn cancel(&mut self, clock: Clock) -> bool {
        match &mut self.backend {
            Backend::Timeline(timeline) => timeline.cancel(clock),
            Backend::Ledger(ledger) => ledger.cancel(clock),
        }
    }

    /// True while the clock has a pending firing, running or standing still.
    #[inline]
    pub fn is_set(&self, clock: Clock) -> bool {
        match &self.backend {
            Backend::Timeline(timeline) => timeline.is_set(clock),
            Backend::Ledger(ledger) => ledger.is_set(clock),
        }
    }

    /// Makes the clock's pending firing run down `factor` times as fast from now on: 0 stops it where it is, 1/2 is a
    /// crew shared by two. Every new setting starts at speed 1; a clock that is not set is left alone. Among equal
    /// times, a clock whose speed has changed counts as set at the change.
    ///
    /// # Panics
    /// When `factor` is negative, infinite or NaN.
    pub fn set_speed(&mut self, clock: Clock, factor: f64) {
        assert!(
            factor >= 0.0 && factor.is_finite(),
            "a clock's speed is finite and not negative, got {factor}"
        );
        match &mut self.backend {
            Backend::Timeline(timeline) => timeline.set_speed(clock, factor),
            Backend::Ledger(ledger) => ledger.set_speed(clock, factor),
        }
    }

    /// Sends a one-shot message that arrives as `event` after a delay drawn from `law` and the source's stream.
    /// Any number may be under way; they cannot be taken back.
    #[inline]
    pub fn send(&mut self, source: Source, law: &Law, event: E) {
        match &mut self.backend {
            Backend::Timeline(timeline) => timeline.send(source, law, event),
            Backend::Ledger(ledger) => ledger.send(law, event),
        }
    }

    /// Sends a one-shot message that arrives after exactly `span`.
    #[inline]
    pub fn send_after(&mut self, span: Span, event: E) {
        match &mut self.backend {
            Backend::Timeline(timeline) => timeline.send_after(span, event),
            Backend::Ledger(ledger) => ledger.send_after(span, event),
        }
    }

    /// A duration drawn from `law` for whoever keeps books. What follows must not depend on it: the exact solver, which keeps
    /// none, draws nothing and says zero.
    #[inline]
    pub fn note(&mut self, source: Source, law: &Law) -> Span {
        match &mut self.backend {
            Backend::Timeline(timeline) => timeline.span(source, law),
            Backend::Ledger(_) => Span::ZERO,
        }
    }

    /// True with this probability.
    ///
    /// # Panics
    /// When `probability` is not in [0, 1].
    #[inline]
    pub fn chance(&mut self, source: Source, probability: f64) -> bool {
        assert!((0.0..=1.0).contains(&probability), "a probability lies in [0, 1], got {probability}");
        match &mut self.backend {
            Backend::Timeline(timeline) => timeline.uniform(source) < probability,
            Backend::Ledger(ledger) => ledger.branch(&[probability, 1.0 - probability]) == 0,
        }
    }

    /// One of several branches, each with a probability in proportion to its weight.
    ///
    /// # Panics
    /// When the weights are empty, negative, not finite or all zero.
    pub fn choose(&mut self, source: Source, weights: &[f64]) -> usize {
        let total: f64 = weights.iter().sum();
        assert!(
            total > 0.0 && total.is_finite() && weights.iter().all(|w| *w >= 0.0),
            "weights are finite, not negative and not all zero"
        );
        match &mut self.backend {
            Backend::Timeline(timeline) => {
                let mut rest = timeline.uniform(source) * total;
                for (index, weight) in weights.iter().enumerate() {
                    rest -= weight;
                    if rest < 0.0 {
                        return index;
                    }
                }
                // Rounding can leave a crumb behind the last branch that can be taken.
                weights.iter().rposition(|weight| *weight > 0.0).expect("not all weights are zero")
            }
            Backend::Ledger(ledger) => {
                let shares: Vec<f64> = weights.iter().map(|weight| weight / total).collect();
                ledger.branch(&shares)
            }
        }
    }

    /// A number below `count`, each as likely. For counts that no solver can follow one by one: the exact one refuses, and
    /// where a few branches are meant, [`Context::pick`] is for them.
    ///
    /// # Panics
    /// When `count` is zero.
    #[inline]
    pub fn number(&mut self, source: Source, count: u64) -> u64 {
        assert!(count > 0, "there is nothing to draw from");
        match &mut self.backend {
            // The high word of a product: a bias of at most count / 2^64.
            Backend::Timeline(timeline) => {
                ((u128::from(timeline.word(source)) * u128::from(count)) >> 64) as u64
            }
            Backend::Ledger(ledger) => ledger.countless(),
        }
    }

    /// A duration drawn from `law` and the source's stream, for models that put durations together. Exact solvers follow the
    /// durations of clocks and messages alone, and refuse.
    #[inline]
    pub fn span(&mut self, source: Source, law: &Law) -> Span {
        match &mut self.backend {
            Backend::Timeline(timeline) => timeline.span(source, law),
            Backend::Ledger(ledger) => Span::from_micros(ledger.countless()),
        }
    }

    /// One of `count` equally likely branches.
    ///
    /// # Panics
    /// When `count` is zero.
    #[inline]
    pub fn pick(&mut self, source: Source, count: usize) -> usize {
        assert!(count > 0, "there is nothing to pick from");
        match &mut self.backend {
            // The high word of a product: a bias of at most count / 2^64.
            Backend::Timeline(timeline) => ((timeline.word(source) as u128 * count as u128) >> 64) as usize,
            Backend::Ledger(ledger) => ledger.branch(&vec![1.0 / count as f64; count]),
        }
    }
}
