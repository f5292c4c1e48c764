//! What came of an injected fault: when it was noticed, when somebody stood in, and when clients were answered again.

use super::cluster::Cluster;
use super::{Id, Operation, Protocol};
use crate::units::{Instant, Span};

/// What came of an injected fault, as far as it came within some time behind it.
///
/// ```
/// use fivenines::process::Episode;
/// use fivenines::units::{Instant, Span};
///
/// let episode = Episode {
///     at: Instant::from_micros(2_400_000),
///     victims: vec![],
///     noticed: Some(Span::from_micros(180_000)),
///     taken_over: Some(Span::from_micros(200_000)),
///     recovered: Some(Span::from_micros(215_000)),
///     asked: 44,
///     unanswered: 40,
///     usual: None,
/// };
/// // From being noticed to serving again.
/// assert_eq!(episode.phases().unwrap().1, Span::from_micros(35_000));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Episode {
    /// When the fault struck.
    pub at: Instant,
    /// Whom it befell.
    pub victims: Vec<Id>,
    /// From the fault to the first mark of having [noticed](super::Milestones::noticed), whomever it is about.
    pub noticed: Option<Span>,
    /// From the fault to the first mark of having [taken over](super::Milestones::taken_over), behind the one of having noticed where
    /// the protocol has such.
    pub taken_over: Option<Span>,
    /// From the fault to the first answer to a request that was asked behind it: later than the protocol could answer by up to
    /// the time between two requests, and by as long as an answer takes.
    pub recovered: Option<Span>,
    /// Requests that were asked between the fault and that answer: the more, the less of [`Episode::recovered`] is their wait.
    pub asked: u64,
    /// Requests that ended without an answer, from the fault on.
    pub unanswered: u64,
    /// How long requests took that were answered before the fault, on average.
    pub usual: Option<Span>,
}

impl Episode {
    /// From the fault to its being noticed, and from there to the first answer; what was answered before anybody had noticed, or
    /// where nobody ever says so, is all in the first. Nothing where it did not recover.
    pub fn phases(&self) -> Option<(Span, Span)> {
        let recovered = self.recovered?;
        let noticed = self.noticed.map_or(recovered, |noticed| noticed.min(recovered));
        Some((noticed, recovered - noticed))
    }
}

impl<T: Protocol> Cluster<T> {
    /// What came of the fault that was [injected](Cluster::inject) into this trial, within so long behind it; nothing where it
    /// befell nobody.
    ///
    /// # Panics
    /// Before a [`Simulator`](crate::engine::Simulator) has taken the cluster.
    pub fn episode(&self, within: Span) -> Option<Episode> {
        let struck = self.struck.as_ref()?;
        let milestones = self.protocol().milestones();
        let since = |at: Instant| Some(at.saturating_since(struck.at)).filter(|span| *span <= within);
        let first = |names: &[&str], from: Instant| {
            let marks = self.marks()[struck.marks..].iter();
            marks.filter(|(at, _, name)| *at >= from && names.contains(name)).map(|mark| mark.0).min()
        };
        let noticed = first(milestones.noticed, struck.at).and_then(since);
        let taken_over = match noticed {
            None if !milestones.noticed.is_empty() => None,
            noticed => {
                first(milestones.taken_over, struck.at + noticed.unwrap_or(Span::ZERO)).and_then(since)
            }
        };
        let (before, behind) = self.history().operations().split_at(struck.operations);
        let answers = behind.iter().filter(|operation| operation.outcome.reply().is_some());
        let recovered = answers.map(|operation| operation.until).min().and_then(since);
        let until = struck.at + recovered.unwrap_or(within);
        let asked = behind.iter().take_while(|operation| operation.from < until).count();
        let failed = |until: Instant| until >= struck.at && since(until).is_some();
        let unanswered = before.iter().chain(behind);
        let unanswered = unanswered.filter(|it| it.outcome.reply().is_none() && failed(it.until)).count();
        let usual = usual(before, struck.at);
        let victims = struck.victims.clone();
        Some(Episode {
            at: struck.at,
            victims,
            noticed,
            taken_over,
            recovered,
            asked: asked as u64,
            unanswered: unanswered as u64,
            usual,
        })
    }
}

/// How long it takes to be answered, of those that were before some instant.
fn usual<C, R>(operations: &[Operation<C, R>], until: Instant) -> Option<Span> {
    let answered = operations.iter().filter(|it| it.outcome.reply().is_some() && it.until < until);
    let (count, total) = answered.fold((0, 0), |(count, total), operation| {
        (count + 1, total + u128::from(operation.took().as_micros()))
    });
    (count > 0).then(|| Span::from_micros((total / count) as u64))
}
