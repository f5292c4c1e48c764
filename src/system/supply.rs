//! What a designer writes of the power and the cooling of sites.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Mode, Modes, System};
use crate::random::Law;
use crate::units::Probability;

/// What sites cannot do without for long: a power feed with its battery and its generator, or the cooling of a room with
/// the heat that it takes up and a spare chiller.
///
/// The supply fails in its modes. Then the buffer drains and the backup is started, and the supply is *out* from when the
/// buffer is empty until the backup serves or the failed modes are restored. What several supplies of a kind feed is down
/// only while all of them are out: two feeds into one site make it 2N. Power and cooling are kinds of their own; a site
/// that has both needs both. A supply that feeds another, as the grid feeds two feeds, or a feed the chillers, fails it
/// when it is out.
///
/// ```
/// use fivenines::random::Law;
/// use fivenines::system::{Backup, Supply};
/// use fivenines::units::Duration;
///
/// let hours = |hours| Law::constant(Duration::hours(hours));
/// let generator = Backup::new(Law::constant(Duration::seconds(30.0)))
///     .starts("99.5%".parse().unwrap())
///     .fails(Law::exponential(Duration::hours(1506.0)), hours(24.0))
///     .lasts(hours(48.0));
/// let feed = Supply::new(&["eu/a"])
///     .mode("utility", Law::exponential(Duration::days(260.0)), Law::exponential(Duration::hours(4.0)))
///     .ride_through(Law::constant(Duration::minutes(10.0)))
///     .backup(generator);
/// assert_eq!(feed.feeds, ["eu/a"]);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Supply {
    /// What it feeds: sites and domains, with all that is inside them, and other supplies, such as `power a`.
    pub feeds: Vec<String>,
    /// A level: each of its sites, those inside `feeds` or all, has a supply like this of its own.
    pub per: Option<String>,
    /// How many such supplies there are side by side, each with a buffer and a backup of its own: two make it 2N.
    pub copies: u32,
    /// The ways it fails; it works while none has.
    pub modes: Modes,
    /// How long a full buffer lasts: a battery, or the time until a room is too hot. Without it there is none.
    pub ride_through: Option<Law>,
    /// From the supply, or its backup, serving again to the buffer being full; what was left of it is kept until then.
    /// Without it the buffer is full at once.
    pub recharges: Option<Law>,
    /// What takes over.
    pub backup: Option<Backup>,
    /// Once it was out: from its serving again to the places that it feeds being back. At once, without it.
    pub returns: Option<Law>,
    /// Who measured the numbers, for modes and a backup that do not say.
    pub source: Option<String>,
}

/// What takes over when a supply fails: a generator, a spare chiller.
///
/// It is asked to start whenever the supply fails, and serves when it has started. One that does not start, or fails while
/// it serves, is repaired and then, if still needed, started again.
///
/// ```
/// use fivenines::random::Law;
/// use fivenines::system::Backup;
/// use fivenines::units::Duration;
///
/// let generator = Backup::new(Law::constant(Duration::seconds(30.0)));
/// assert_eq!(generator.lasts, Law::Never);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Backup {
    /// The chance that it starts when asked.
    pub starts: Probability,
    /// From being asked to serving.
    pub start_time: Law,
    /// Time to its failure, in time that it serves.
    pub fails: Law,
    /// From not starting, or failing, to being ready again.
    pub restored: Option<Law>,
    /// How long it serves on what it holds, such as fuel, which is full again once the supply is back.
    pub lasts: Law,
    /// Who measured the numbers.
    pub source: Option<String>,
}

impl Supply {
    /// A supply for each site of a level, that never fails and has neither buffer nor backup.
    pub fn per(level: &str) -> Supply {
        Supply { per: Some(level.to_owned()), ..Supply::new(&[]) }
    }

    /// A supply that never fails and has neither buffer nor backup.
    pub fn new(feeds: &[&str]) -> Supply {
        Supply {
            feeds: feeds.iter().map(|&place| place.to_owned()).collect(),
            per: None,
            copies: 1,
            modes: Modes::new(),
            ride_through: None,
            recharges: None,
            backup: None,
            returns: None,
            source: None,
        }
    }

    /// Sets how many there are side by side.
    #[must_use]
    pub fn copies(mut self, copies: u32) -> Supply {
        self.copies = copies;
        self
    }

    /// Adds a way to fail.
    #[must_use]
    pub fn mode(self, name: &str, fails: Law, restored: Law) -> Supply {
        self.with_mode(name, Mode::new(fails, restored))
    }

    /// Adds a way to fail, with all its details.
    #[must_use]
    pub fn with_mode(mut self, name: &str, mode: Mode) -> Supply {
        self.modes.insert(name.to_owned(), mode);
        self
    }

    /// Gives it a buffer that lasts this long when it is full.
    #[must_use]
    pub fn ride_through(mut self, lasts: Law) -> Supply {
        self.ride_through = Some(lasts);
        self
    }

    /// Says how long the buffer takes to be full again.
    #[must_use]
    pub fn recharges(mut self, takes: Law) -> Supply {
        self.recharges = Some(takes);
        self
    }

    /// Gives it a backup.
    #[must_use]
    pub fn backup(mut self, backup: Backup) -> Supply {
        self.backup = Some(backup);
        self
    }

    /// Says how long what it feeds takes to be back after it was out.
    #[must_use]
    pub fn returns(mut self, takes: Law) -> Supply {
        self.returns = Some(takes);
        self
    }
}

impl Backup {
    /// A backup that always starts, in this time, never fails and never runs out.
    pub fn new(start_time: Law) -> Backup {
        let (fails, lasts) = (Law::Never, Law::Never);
        Backup { starts: Probability::ONE, start_time, fails, restored: None, lasts, source: None }
    }

    /// Sets the chance that it starts when asked.
    #[must_use]
    pub fn starts(mut self, chance: Probability) -> Backup {
        self.starts = chance;
        self
    }

    /// Says how long it serves before it fails, and how long its repair takes, also when it did not start.
    #[must_use]
    pub fn fails(mut self, fails: Law, restored: Law) -> Backup {
        (self.fails, self.restored) = (fails, Some(restored));
        self
    }

    /// Says how long it serves on what it holds.
    #[must_use]
    pub fn lasts(mut self, lasts: Law) -> Backup {
        self.lasts = lasts;
        self
    }
}

impl System {
    /// Adds a power supply of sites or domains.
    #[must_use]
    pub fn power(mut self, name: &str, supply: Supply) -> System {
        self.power.insert(name.to_owned(), supply);
        self
    }

    /// Adds a cooling supply of sites or domains.
    #[must_use]
    pub fn cooling(mut self, name: &str, supply: Supply) -> System {
        self.cooling.insert(name.to_owned(), supply);
        self
    }

    /// The supplies of each kind, by the word for the kind, in the order in which they are numbered.
    pub(crate) fn supplies_by_kind(&self) -> [(&'static str, &BTreeMap<String, Supply>); 2] {
        [("power", &self.power), ("cooling", &self.cooling)]
    }

    /// All supplies: the word for the kind, the name and the supply.
    pub(crate) fn supplies(&self) -> impl Iterator<Item = (&'static str, &String, &Supply)> + Clone {
        let of_kind = |(kind, named): (&'static str, _)| {
            let named: &BTreeMap<String, Supply> = named;
            named.iter().map(move |(name, supply)| (kind, name, supply))
        };
        self.supplies_by_kind().into_iter().flat_map(of_kind)
    }
}
