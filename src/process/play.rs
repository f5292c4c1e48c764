//! A trial, and what can be said at its end.

use super::cluster::Cluster;
use super::protocol::Protocol;
use crate::engine::{Observer, Simulator};
use crate::units::Instant;

/// Asks a cluster at the end of a trial.
struct AtEnd<F, R> {
    ask: F,
    said: Option<R>,
}

impl<T: Protocol, R, F: FnMut(&Cluster<T>) -> R> Observer<Cluster<T>> for AtEnd<F, R> {
    #[inline]
    fn after(&mut self, _: &Cluster<T>, _: Instant) {}

    fn end(&mut self, cluster: &Cluster<T>, _: Instant) {
        self.said = Some((self.ask)(cluster));
    }
}

/// Plays a trial up to and including `end`, and gives what `ask` gives of the cluster as it then is.
///
/// ```
/// use fivenines::engine::Simulator;
/// use fivenines::process::{Cluster, Protocol, play};
/// use fivenines::units::{Duration, Instant};
///
/// fn answered<T: Protocol>(cluster: Cluster<T>) -> usize {
///     let end = Instant::START + Duration::minutes(1.0).span();
///     play(&mut Simulator::new(cluster, 42), 0, end, |cluster| cluster.history().operations().len())
/// }
/// # fn _unused<T: Protocol>() { let _ = answered::<T>; }
/// ```
pub fn play<T: Protocol, R>(
    simulator: &mut Simulator<Cluster<T>>,
    trial: u64,
    end: Instant,
    ask: impl FnMut(&Cluster<T>) -> R,
) -> R {
    let mut observer = AtEnd { ask, said: None };
    simulator.play(trial, end, &mut observer);
    observer.said.expect("a trial has an end")
}
