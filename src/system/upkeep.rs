//! What repairs wait for: somebody to notice, a spare, a crew on its way, and what else has to be up.

use std::fmt;

use serde::{Serialize, Serializer};

use super::{Crew, Discipline, Mode, System};
use crate::random::Law;
use crate::units::{CostRate, Duration, Hours, Probability};

/// When a failure is noticed that nobody notices at once: a latent fault (IEC 60050-192: latent, or undetected, fault).
///
/// Until then the component is down and believed to be up: nobody repairs it, and a failover may choose it.
///
/// ```
/// use fivenines::system::Found;
/// use fivenines::units::Duration;
///
/// let scrub = Found::Every { period: Duration::days(14.0), staggered: true };
/// assert_eq!(scrub.to_string(), "every 14d, staggered");
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum Found {
    /// After a time drawn from a law.
    After(Law),
    /// At the next of the inspections, which come at fixed times of the trial.
    Every {
        /// From one inspection to the next, the first one a period after the start.
        period: Duration,
        /// Spreads the inspections of a service's replicas evenly over the period, instead of all at once.
        staggered: bool,
    },
    /// Only when a failover has chosen it, or has noticed that it leads no more.
    AtFailover,
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Found::After(law) => law.fmt(f),
            Found::Every { period, staggered: false } => write!(f, "every {period}"),
            Found::Every { period, staggered: true } => write!(f, "every {period}, staggered"),
            Found::AtFailover => f.write_str("at failover"),
        }
    }
}

impl Serialize for Found {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Parts on a shelf, which repairs use up and which a vendor delivers.
///
/// A repair takes one from the shelf before it asks for its crew, and waits for the next one where there is none. When it
/// is done an order goes out; each arrives by itself.
///
/// ```
/// use fivenines::random::Law;
/// use fivenines::system::Spares;
/// use fivenines::units::Duration;
///
/// let disks = Spares::new(2, Law::constant(Duration::days(3.0))).per("region");
/// assert_eq!(disks.stock, 2);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Spares {
    /// How many are on the shelf to begin with.
    pub stock: u32,
    /// From an order to its delivery.
    pub lead_time: Law,
    /// The level that has such a shelf in each of its sites; without one there is a single shelf for all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per: Option<String>,
    /// What it costs to keep each of them there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost: Option<CostRate>,
    /// Who measured the numbers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

/// How long a crew needs from a call until it is at work, at some hours or at all others.
///
/// ```
/// use fivenines::random::Law;
/// use fivenines::system::Response;
/// use fivenines::units::Duration;
///
/// let by_day = Response::at("Mon-Fri 09:00-18:00".parse().unwrap(), Law::constant(Duration::minutes(5.0)));
/// assert!(by_day.hours.is_some());
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Response {
    /// When the call is made; without hours, whenever no other response has them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hours: Option<Hours>,
    /// From the call to the start of work.
    pub takes: Law,
}

impl fmt::Display for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.hours {
            Some(hours) => write!(f, "{} at {hours}", self.takes),
            None => self.takes.fmt(f),
        }
    }
}

impl Response {
    /// At all hours that no other response has.
    pub fn new(takes: Law) -> Response {
        Response { hours: None, takes }
    }

    /// At these hours.
    pub fn at(hours: Hours, takes: Law) -> Response {
        Response { hours: Some(hours), takes }
    }
}

impl Spares {
    /// One shelf for all, without a source.
    pub fn new(stock: u32, lead_time: Law) -> Spares {
        Spares { stock, lead_time, per: None, cost: None, source: None }
    }

    /// Puts a shelf like this in each site of a level.
    #[must_use]
    pub fn per(mut self, level: &str) -> Spares {
        self.per = Some(level.to_owned());
        self
    }
}

impl System {
    /// Adds a shelf of spares.
    #[must_use]
    pub fn spares(mut self, name: &str, spares: Spares) -> System {
        self.spares.insert(name.to_owned(), spares);
        self
    }
}

impl Mode {
    /// Says when a failure is noticed.
    #[must_use]
    pub fn found(mut self, found: Found) -> Mode {
        self.found = Some(found);
        self
    }

    /// Makes a repair use up a spare.
    #[must_use]
    pub fn replaced_from(mut self, spares: &str) -> Mode {
        self.replaced_from = Some(spares.to_owned());
        self
    }

    /// Names a service, a site or a domain that has to be up for the repair to go on.
    #[must_use]
    pub fn repair_needs(mut self, what: &str) -> Mode {
        self.repair_needs = Some(what.to_owned());
        self
    }

    /// How long the repair takes when what it needs is down as it begins.
    #[must_use]
    pub fn without(mut self, law: Law) -> Mode {
        self.without = Some(law);
        self
    }

    /// Lets the repair begin only when no failover of the service is under way.
    #[must_use]
    pub fn after_failover(mut self) -> Mode {
        self.after_failover = true;
        self
    }

    /// How urgent the repair is to a crew that asks: 1 comes first.
    #[must_use]
    pub fn priority(mut self, priority: u32) -> Mode {
        self.priority = Some(priority);
        self
    }

    /// How much of the failure rate is left while the replica does not lead.
    #[must_use]
    pub fn dormancy(mut self, dormancy: Probability) -> Mode {
        self.dormancy = Some(dormancy);
        self
    }
}

impl Crew {
    /// Says in which order repairs are done.
    #[must_use]
    pub fn discipline(mut self, discipline: Discipline) -> Crew {
        self.discipline = discipline;
        self
    }

    /// Says how long it takes from a call to the start of work.
    #[must_use]
    pub fn responds(mut self, response: Response) -> Crew {
        self.responds.push(response);
        self
    }

    /// Lets the crew work at these hours only.
    #[must_use]
    pub fn hours(mut self, hours: Hours) -> Crew {
        self.hours = Some(hours);
        self
    }

    /// Lets the crew work only while a service, a site, a domain, or its own site of a level is up.
    #[must_use]
    pub fn works_while(mut self, what: &str) -> Crew {
        self.works_while = Some(what.to_owned());
        self
    }
}
