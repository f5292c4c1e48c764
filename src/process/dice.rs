//! Random choices by a stream of one's own.

use crate::engine::{Context, Source};
use crate::random::Law;
use crate::units::{Probability, Span};

/// Random choices: what a workload draws its commands from.
///
/// ```
/// use fivenines::process::Dice;
/// use fivenines::units::Probability;
///
/// /// One key in ten, read three times out of four.
/// fn command<E: Clone>(dice: &mut Dice<'_, E>) -> (usize, bool) {
///     (dice.pick(10), dice.chance(Probability::new(0.75).unwrap()))
/// }
/// # let _ = command::<()>;
/// ```
#[derive(Debug)]
pub struct Dice<'a, E> {
    pub(super) cx: &'a mut Context<E>,
    pub(super) source: Source,
}

impl<E: Clone> Dice<'_, E> {
    /// True with this probability.
    #[inline]
    pub fn chance(&mut self, probability: Probability) -> bool {
        self.cx.chance(self.source, probability.value())
    }

    /// A number below `count`, each as likely.
    ///
    /// # Panics
    /// When `count` is zero.
    #[inline]
    pub fn pick(&mut self, count: usize) -> usize {
        self.cx.number(self.source, count as u64) as usize
    }

    /// A duration drawn from a law.
    #[inline]
    pub fn span(&mut self, law: &Law) -> Span {
        self.cx.span(self.source, law)
    }
}
