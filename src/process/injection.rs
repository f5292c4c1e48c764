//! A fault that is injected: whom it befalls is found out when it strikes.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::cluster::{Cluster, Engine};
use super::dice::Dice;
use super::fault::{Fault, Planned};
use super::{Id, Protocol};
use crate::random::Law;
use crate::units::{Duration, Instant, Span};

/// What is injected. Who leads is the protocol's own account ([`Protocol::leads`]).
///
/// ```
/// use fivenines::process::Injected;
///
/// assert_eq!(Injected::named("leader-crash"), Some(Injected::LeaderCrash));
/// assert_eq!(Injected::SiteLoss.to_string(), "site-loss");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Injected {
    /// The host of the process that leads crashes.
    LeaderCrash,
    /// The process that leads stands still.
    LeaderPause,
    /// No message gets from the process that leads to any other or back. Clients still reach it: they may take it for the one to
    /// ask for as long as it does.
    LeaderPartition,
    /// The process that leads is cut off from all others, and from all clients.
    LeaderIsolation,
    /// The host of a process crashes, any of those that are up being as likely.
    ProcessCrash,
    /// The hosts of all processes crash that are at the site of the one that leads. Clients go on, those at that site too.
    SiteLoss,
}

impl Injected {
    /// All of them.
    pub const ALL: [Injected; 6] = [
        Injected::LeaderCrash,
        Injected::LeaderPause,
        Injected::LeaderPartition,
        Injected::LeaderIsolation,
        Injected::ProcessCrash,
        Injected::SiteLoss,
    ];

    /// What it is called in a file.
    pub const fn name(self) -> &'static str {
        match self {
            Injected::LeaderCrash => "leader-crash",
            Injected::LeaderPause => "leader-pause",
            Injected::LeaderPartition => "leader-partition",
            Injected::LeaderIsolation => "leader-isolation",
            Injected::ProcessCrash => "process-crash",
            Injected::SiteLoss => "site-loss",
        }
    }

    /// The one of this name.
    pub fn named(name: &str) -> Option<Injected> {
        Injected::ALL.into_iter().find(|injected| injected.name() == name)
    }

    /// Whether somebody must lead for it to befall anybody.
    pub const fn needs_leader(self) -> bool {
        !matches!(self, Injected::ProcessCrash)
    }
}

impl fmt::Display for Injected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A fault that is injected into every trial, at an instant of its own.
///
/// It strikes after the warm-up, at an instant that is drawn uniformly from the spread behind it: one of several heartbeats is in
/// no phase with any of them. Where the protocol does not serve then, or nobody leads who should, it befalls nobody.
///
/// ```
/// use fivenines::process::{Injected, Injection};
/// use fivenines::random::Law;
/// use fivenines::units::Duration;
///
/// let injection = Injection {
///     what: Injected::LeaderCrash,
///     warm_up: Duration::seconds(2.0),
///     spread: Duration::seconds(1.0),
///     lasts: Law::constant(Duration::minutes(1.0)),
/// };
/// assert_eq!(injection.latest(), Duration::seconds(3.0));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Injection {
    /// What befalls whom.
    pub what: Injected,
    /// It does not strike before.
    pub warm_up: Duration,
    /// It strikes within so long behind the warm-up.
    pub spread: Duration,
    /// How long it lasts.
    pub lasts: Law,
}

impl Injection {
    /// When it has struck at the latest, from the start of the trial on.
    pub fn latest(&self) -> Duration {
        (self.warm_up.span() + self.spread.span()).into()
    }

    /// When it strikes.
    pub(super) fn draw<E: Clone>(&self, dice: &mut Dice<'_, E>) -> Span {
        let most = self.spread.span().as_micros() as usize;
        self.warm_up.span() + Span::from_micros(dice.pick(most.max(1)) as u64)
    }
}

/// An injected fault that has struck.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Struck {
    pub at: Instant,
    pub victims: Vec<Id>,
    /// How many operations had been asked, and occasions marked, before.
    pub operations: usize,
    pub marks: usize,
}

/// An injected fault strikes.
impl<T: Protocol> Cluster<T> {
    pub(super) fn injects(&mut self, cx: Engine<'_, T>) {
        let Some(injection) = self.injection.clone().filter(|_| self.serves) else { return };
        let lasts = cx.span(self.mischief, &injection.lasts).into();
        let Some((victims, faults)) = self.befalls(injection.what, cx) else { return };
        let (operations, marks) = (self.history().operations().len(), self.marks().len());
        self.struck = Some(Struck { at: cx.now(), victims, operations, marks });
        for fault in faults {
            let planned = Planned::new(fault, cx.now().since_start().into(), lasts);
            let number = self.schedule.faults().len() as u32;
            self.schedule = std::mem::take(&mut self.schedule).and(planned);
            self.strike(cx, number);
        }
    }

    /// Whom it befalls, and the faults that this takes.
    fn befalls(&self, what: Injected, cx: Engine<'_, T>) -> Option<(Vec<Id>, Vec<Fault>)> {
        let view = self.view();
        let processes = view.len();
        let of = if what.needs_leader() {
            self.protocol().leads(&view)?
        } else {
            let up: Vec<Id> = view.up().map(|(id, _)| id).collect();
            *up.get(cx.number(self.mischief, up.len().max(1) as u64) as usize)?
        };
        let cut = |ends: usize| {
            let others: Vec<Id> = (0..ends).map(Id::new).filter(|id| *id != of).collect();
            Fault::partition(&[of], &others)
        };
        Some(match what {
            Injected::LeaderCrash | Injected::ProcessCrash => (vec![of], vec![Fault::Crash(of)]),
            Injected::LeaderPause => (vec![of], vec![Fault::Pause(of)]),
            Injected::LeaderPartition => (vec![of], vec![cut(processes)]),
            Injected::LeaderIsolation => (vec![of], vec![cut(processes + self.groups())]),
            Injected::SiteLoss => {
                let at = |id: &Id| self.network().place_of(id.index());
                let there: Vec<Id> = (0..processes).map(Id::new).filter(|id| at(id) == at(&of)).collect();
                (there.clone(), there.into_iter().map(Fault::Crash).collect())
            }
        })
    }
}
