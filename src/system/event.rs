//! What fires in a system at work.

use super::work::Tick;
use super::{ScaleStep, SupplyStep};

/// What fires in a compiled system. The numbers are those of its tables.
///
/// ```
/// use fivenines::system::Event;
///
/// assert_ne!(Event::Fails(0), Event::Restored(0));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Event {
    /// A mode's failure.
    Fails(u32),
    /// A mode's restoration.
    Restored(u32),
    /// A failover's detection, switch or manual switch has run its time.
    Failover(u32),
    /// A shock.
    Strikes(u32),
    /// A scripted fault begins.
    Begins(u32),
    /// A scripted fault is over.
    Ends(u32),
    /// What a shock did reaches something else, or is noticed.
    Spreads(u32),
    /// A mode's latent failure is found.
    Found(u32),
    /// A spare is delivered to a shelf.
    Delivered(u32),
    /// Somebody who was called arrives.
    Arrives(u32),
    /// A crew's hours begin or end.
    Shift(u32),
    /// A supply's buffer or backup has done something, or what it feeds is back.
    Supply(u32, SupplyStep),
    /// An environment's spell begins or is over.
    Environment(u32),
    /// A service's load changes with the hour, or grows.
    Load(u32),
    /// Something about a change or a maintenance.
    Work(u32, Tick),
    /// A certificate's date of expiry.
    Expires(u32),
    /// A certificate that had expired is renewed.
    Renewed(u32),
    /// A mode has reached the age at which it is replaced.
    Ages(u32),
    /// A stale replica has caught up, or is declared good.
    CaughtUp(u32),
    /// Lost data are decided about, restored or replaced.
    Data(u32),
    /// A service has done without something for as long as it can.
    Spent(u32),
    /// The clients of a service stop trying again.
    Breaker(u32),
    /// A leader that works is taken for one that has failed.
    Alarm(u32),
    /// The replica that leads by preference has been up for long enough.
    Failback(u32),
    /// Something about a service that scales.
    Scale(u32, ScaleStep),
    /// Others have made anew the copies of chunks that a replica had.
    Rebuilt(u32),
}
