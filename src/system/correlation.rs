//! What fails together across sites: domains that cut through the tree, shocks, and common causes.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Affinity, BurstSize, Mode, Modes, System};
use crate::random::Law;
use crate::units::Probability;

/// Which components are meant: each list that is not empty narrows the choice, and an empty scope means all.
///
/// ```
/// use fivenines::system::Scope;
///
/// // The servers of `db` that are somewhere in eu/a.
/// let scope = Scope::all().components(&["server"]).services(&["db"]).sites(&["eu/a"]);
/// assert_eq!(scope.sites, ["eu/a"]);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Scope {
    /// At one of these sites, or inside it.
    pub sites: Vec<String>,
    /// Of one of these kinds.
    pub components: Vec<String>,
    /// In a replica of one of these services.
    pub services: Vec<String>,
    /// In a replica of one of these numbers, from 1.
    pub replicas: Vec<u32>,
}

impl Scope {
    /// Every component.
    pub fn all() -> Scope {
        Scope::default()
    }

    /// Only at these sites.
    #[must_use]
    pub fn sites(mut self, sites: &[&str]) -> Scope {
        self.sites = owned(sites);
        self
    }

    /// Only of these kinds.
    #[must_use]
    pub fn components(mut self, kinds: &[&str]) -> Scope {
        self.components = owned(kinds);
        self
    }

    /// Only of these services.
    #[must_use]
    pub fn services(mut self, services: &[&str]) -> Scope {
        self.services = owned(services);
        self
    }

    /// Only of replicas with these numbers, from 1.
    #[must_use]
    pub fn replicas(mut self, numbers: &[u32]) -> Scope {
        self.replicas = numbers.to_vec();
        self
    }
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

/// A fault domain that is no place: a power feed across racks, a software version across regions, an account across
/// zones. While one of its modes has failed, all that it covers is down, as with a site; what becomes of a component then
/// is up to its [`SiteOutage`](super::SiteOutage).
///
/// ```
/// use fivenines::random::Law;
/// use fivenines::system::{Domain, Scope};
/// use fivenines::units::Duration;
///
/// let (life, repair) = (Law::exponential(Duration::years(2.0)), Law::exponential(Duration::hours(2.0)));
/// let feed = Domain::new(Scope::all().sites(&["eu/a/rack-1", "eu/b/rack-1"])).mode("outage", life, repair);
/// assert_eq!(feed.modes.len(), 1);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Domain {
    /// What it takes down.
    #[serde(flatten)]
    pub scope: Scope,
    /// The ways it fails.
    pub modes: Modes,
    /// Who measured the numbers, for modes that do not say.
    pub source: Option<String>,
}

impl Domain {
    /// A domain that never fails.
    pub fn new(scope: Scope) -> Domain {
        Domain { scope, modes: BTreeMap::new(), source: None }
    }

    /// Adds a way to fail.
    #[must_use]
    pub fn mode(self, name: &str, fails: Law, restored: Law) -> Domain {
        self.with_mode(name, Mode::new(fails, restored))
    }

    /// Adds a way to fail, with all its details.
    #[must_use]
    pub fn with_mode(mut self, name: &str, mode: Mode) -> Domain {
        self.modes.insert(name.to_owned(), mode);
        self
    }
}

/// Something that hits several components at one instant, each with some chance: a bad release, a wrong configuration, a
/// surge. Those that are hit fail in the named mode and are then restored one by one, as that mode is.
///
/// Where every component has a shock of its own and any set of them another, these are the shocks of Marshall and Olkin
/// (1967, "A multivariate exponential distribution", *JASA* 62); with a chance below 1 they are the binomial failure rate
/// model of Vesely (1977).
///
/// ```
/// use fivenines::random::Law;
/// use fivenines::system::{Scope, Shock};
/// use fivenines::units::Duration;
///
/// let often = Law::exponential(Duration::days(45.0));
/// let release = Shock::new(often, "bad release", Scope::all().services(&["web"]))
///     .each("30%".parse().unwrap())
///     .within("zone");
/// assert_eq!(release.fails, "bad release");
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Shock {
    /// Time from the start, or from one strike, to the next.
    pub strikes: Law,
    /// The failure mode in which what is hit fails. Kinds of component that have no such mode are spared, and so is what
    /// has failed in it already or stands still.
    pub fails: String,
    /// What may be hit.
    #[serde(flatten)]
    pub scope: Scope,
    /// The chance of each to be hit.
    pub each: Probability,
    /// A level: each strike hits one of its sites only, any that holds something in scope, each as likely.
    pub within: Option<String>,
    /// How many it hits, distinct ones drawn at random, instead of each with a chance: a burst (Ford et al. 2010,
    /// "Availability in globally distributed storage systems", OSDI, section 4).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<BurstSize>,
    /// How much a burst keeps to the neighbours of the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub affinity: Option<Affinity>,
    /// What else it hits, wherever that is.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<Hit>,
    /// From the strike to somebody noticing: what it has not reached by then it does not reach.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub noticed: Option<Law>,
    /// Who measured the numbers.
    pub source: Option<String>,
}

impl Shock {
    /// A shock that hits everything in scope.
    pub fn new(strikes: Law, fails: &str, scope: Scope) -> Shock {
        Shock {
            strikes,
            fails: fails.to_owned(),
            scope,
            each: Probability::ONE,
            within: None,
            size: None,
            affinity: None,
            also: Vec::new(),
            noticed: None,
            source: None,
        }
    }

    /// Sets the chance of each component to be hit.
    #[must_use]
    pub fn each(mut self, chance: Probability) -> Shock {
        self.each = chance;
        self
    }

    /// Makes it a burst of this size.
    #[must_use]
    pub fn size(mut self, size: BurstSize) -> Shock {
        self.size = Some(size);
        self
    }

    /// Makes each further component of a burst come from the first one's site of a level, with this chance.
    #[must_use]
    pub fn affinity(mut self, level: &str, chance: Probability) -> Shock {
        self.affinity = Some(Affinity { level: level.to_owned(), chance });
        self
    }

    /// Adds something else that it hits.
    #[must_use]
    pub fn also(mut self, hit: Hit) -> Shock {
        self.also.push(hit);
        self
    }

    /// Says when somebody notices.
    #[must_use]
    pub fn noticed(mut self, noticed: Law) -> Shock {
        self.noticed = Some(noticed);
        self
    }

    /// Keeps each strike to one site of a level.
    #[must_use]
    pub fn within(mut self, level: &str) -> Shock {
        self.within = Some(level.to_owned());
        self
    }
}

/// Something else that a shock hits: the backups that ransomware reaches, the replica that copies what was corrupted.
///
/// ```
/// use fivenines::random::Law;
/// use fivenines::system::{Hit, Scope, Shock};
/// use fivenines::units::Duration;
///
/// let backups = Hit::new(Scope::all().services(&["backup"])).chance("60%".parse().unwrap());
/// let ransomware = Shock::new(Law::exponential(Duration::years(5.0)), "encrypted", Scope::all().services(&["db"]));
/// assert_eq!(ransomware.also(backups).also.len(), 1);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Hit {
    /// What may be hit.
    #[serde(flatten)]
    pub scope: Scope,
    /// The failure mode in which it fails; that of the shock, where it does not say.
    pub fails: Option<String>,
    /// The chance that the shock reaches it at all.
    pub chance: Probability,
    /// The chance of each of its components, then.
    pub each: Probability,
    /// How long after the strike, unless it was noticed before; at once, without it.
    pub after: Option<Law>,
}

impl Hit {
    /// All in a scope, at once, in the shock's failure mode.
    pub fn new(scope: Scope) -> Hit {
        Hit { scope, fails: None, chance: Probability::ONE, each: Probability::ONE, after: None }
    }

    /// Sets the failure mode.
    #[must_use]
    pub fn fails(mut self, mode: &str) -> Hit {
        self.fails = Some(mode.to_owned());
        self
    }

    /// Sets the chance that the shock reaches it.
    #[must_use]
    pub fn chance(mut self, chance: Probability) -> Hit {
        self.chance = chance;
        self
    }

    /// Sets the chance of each component.
    #[must_use]
    pub fn each(mut self, chance: Probability) -> Hit {
        self.each = chance;
        self
    }

    /// Hits it this long after the strike.
    #[must_use]
    pub fn after(mut self, after: Law) -> Hit {
        self.after = Some(after);
        self
    }
}

impl System {
    /// Adds a domain that cuts across sites.
    #[must_use]
    pub fn domain(mut self, name: &str, domain: Domain) -> System {
        self.domains.insert(name.to_owned(), domain);
        self
    }

    /// Adds a shock.
    #[must_use]
    pub fn shock(mut self, name: &str, shock: Shock) -> System {
        self.shocks.insert(name.to_owned(), shock);
        self
    }
}

impl Mode {
    /// Says what share of the failures strikes all replicas of a service at once: the beta factor (Fleming 1974;
    /// NUREG/CR-4780, section 3.3). The rate of the mode is split, so that a single component fails as often as before.
    #[must_use]
    pub fn common_cause(mut self, share: Probability) -> Mode {
        self.common_cause = Some(share);
        self
    }
}
