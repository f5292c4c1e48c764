//! Load: what clients demand of a service, hour by hour, and failures that go by it.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

use super::{Balancing, Environment, Mode, Retries, Service};
use crate::units::{Hours, Probability, Rate, Ratio, RatioError};

/// How much clients demand: a share of what all replicas can do together, or a number of requests in a time.
///
/// ```
/// use fivenines::system::Demand;
///
/// assert_eq!("70%".parse::<Demand>().unwrap().to_string(), "70%");
/// assert_eq!("1200/s".parse::<Demand>().unwrap().to_string(), "1200/s");
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Demand {
    /// Of the full capacity of the service.
    Share(Ratio),
    /// In requests or anything else that is counted.
    Rate(Rate),
}

/// Why a text is no demand.
///
/// ```
/// use fivenines::system::Demand;
///
/// let error = "lots".parse::<Demand>().unwrap_err();
/// assert!(error.to_string().contains("\"70%\" or \"1200/s\""));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DemandError {
    /// A share that is none.
    #[error(transparent)]
    Share(#[from] RatioError),
    /// A rate that is none.
    #[error("{0:?} is no load: write \"70%\" or \"1200/s\"")]
    Rate(String),
}

impl FromStr for Demand {
    type Err = DemandError;

    fn from_str(text: &str) -> Result<Demand, DemandError> {
        let text = text.trim();
        if text.ends_with('%') {
            return Ok(Demand::Share(text.parse()?));
        }
        text.parse().map(Demand::Rate).map_err(|_| DemandError::Rate(text.to_owned()))
    }
}

impl fmt::Display for Demand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Demand::Share(share) => share.fmt(f),
            Demand::Rate(rate) => rate.fmt(f),
        }
    }
}

impl Serialize for Demand {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The load of a service. The replicas that are up carry all of it, each in proportion to its capacity unless it says otherwise.
///
/// ```
/// use fivenines::system::{Load, Service};
///
/// // Two of three replicas can carry what offices demand; one can carry the rest of the week.
/// let load = Load::new("30%".parse().unwrap())
///     .by_hours("Mon-Fri 09:00-18:00".parse().unwrap(), "60%".parse().unwrap());
/// let shop = Service::replicas("server", 3).load(load);
/// assert_eq!(shop.load.unwrap().down_above, Some("100%".parse().unwrap()));
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Load {
    /// The demand at all hours that `by_hours` does not name.
    pub base: Demand,
    /// What one replica can do, where demand is counted.
    pub capacity: Option<Rate>,
    /// The demand at some hours of the week; where several name an hour, the first one counts.
    pub by_hours: Vec<HourlyLoad>,
    /// By how much the demand grows in a year, a twelfth of the way each month of 730 hours.
    pub growth: Ratio,
    /// The utilization of the replicas that are up above which the service is down; never, where there is none.
    pub down_above: Option<Ratio>,
    /// How it is shared out over the replicas that are up.
    #[serde(skip_serializing_if = "Balancing::is_weighted")]
    pub balancing: Balancing,
    /// What clients do while the service is down; without it they ask as ever.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retries: Option<Retries>,
    /// Who measured the numbers.
    pub source: Option<String>,
}

/// Hours of the week and the demand in them.
///
/// ```
/// use fivenines::system::HourlyLoad;
///
/// let office = HourlyLoad { hours: "Mon-Fri 09:00-18:00".parse().unwrap(), load: "70%".parse().unwrap() };
/// assert_eq!(office.load.to_string(), "70%");
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct HourlyLoad {
    /// When.
    pub hours: Hours,
    /// How much.
    pub load: Demand,
}

impl Load {
    /// The same load always, above 100% of which the service is down.
    pub fn new(base: Demand) -> Load {
        let (growth, down_above) = (Ratio::new(0.0).expect("zero is a ratio"), Some(Ratio::ONE));
        let balancing = Balancing::Weighted;
        let (capacity, by_hours) = (None, Vec::new());
        Load { base, capacity, by_hours, growth, down_above, balancing, retries: None, source: None }
    }

    /// Says what one replica can do.
    #[must_use]
    pub fn capacity(mut self, capacity: Rate) -> Load {
        self.capacity = Some(capacity);
        self
    }

    /// Another load at some hours of the week.
    #[must_use]
    pub fn by_hours(mut self, hours: Hours, load: Demand) -> Load {
        self.by_hours.push(HourlyLoad { hours, load });
        self
    }

    /// Growth in a year.
    #[must_use]
    pub fn growth(mut self, growth: Ratio) -> Load {
        self.growth = growth;
        self
    }

    /// The utilization above which the service is down; `None` for a service that is never down for its load.
    #[must_use]
    pub fn down_above(mut self, utilization: Option<Ratio>) -> Load {
        self.down_above = utilization;
        self
    }
}

/// `30%, 60% at Mon-Fri 09:00-18:00, down above 100%`.
impl fmt::Display for Load {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.base.fmt(f)?;
        for HourlyLoad { hours, load } in &self.by_hours {
            write!(f, ", {load} at {hours}")?;
        }
        if !self.growth.is_zero() {
            write!(f, ", {} more each year", self.growth)?;
        }
        if let Some(capacity) = self.capacity {
            write!(f, ", {capacity} by each replica")?;
        }
        match self.down_above {
            Some(utilization) => write!(f, ", down above {utilization}")?,
            None => f.write_str(", never down for it")?,
        }
        if !self.balancing.is_weighted() {
            write!(f, ", balanced {}", self.balancing)?;
        }
        let Some(Retries { load_factor, breaker, probes }) = &self.retries else { return Ok(()) };
        write!(f, ", {load_factor} times as large while it is down")?;
        breaker.iter().try_for_each(|law| write!(f, " until a breaker opens after {law}"))?;
        probes.iter().try_for_each(|law| write!(f, " and probes every {law}"))
    }
}

impl Service {
    /// Says what clients demand.
    #[must_use]
    pub fn load(mut self, load: Load) -> Service {
        self.load = Some(load);
        self
    }
}

/// How the time to failure goes by the utilization of the service's replicas that are up: the inverse power law of
/// accelerated life testing (Nelson, *Accelerated Testing*, Wiley 1990), above a threshold where there is one. The replicas
/// of one service share its load, so that each failure hastens the next: the load-sharing models of reliability (Kvam and
/// Peña, "Estimating load-sharing properties in a dynamic reliability system", *JASA* 100, 2005).
///
/// ```
/// use fivenines::system::Stress;
///
/// // As measured at half of the load; four times as often at twice that.
/// let wear = Stress::power(2.0, "50%".parse().unwrap());
/// // Memory runs out above 80% only.
/// let exhaustion = Stress::above("80%".parse().unwrap());
/// assert_eq!((wear.above, exhaustion.exponent), (None, 0.0));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Stress {
    /// The time to failure runs down as fast as the utilization, over the rated one, to this power.
    pub exponent: f64,
    /// The utilization at which the law of failures holds as written.
    pub rated_at: Ratio,
    /// The utilization up to which it stands still.
    pub above: Option<Ratio>,
}

impl Stress {
    /// Failures that go by a power of the utilization.
    pub fn power(exponent: f64, rated_at: Ratio) -> Stress {
        Stress { exponent, rated_at, above: None }
    }

    /// Failures that happen only above a utilization.
    pub fn above(utilization: Ratio) -> Stress {
        Stress { exponent: 0.0, rated_at: Ratio::ONE, above: Some(utilization) }
    }
}

/// `by the load to the power of 2, as rated at 50%`.
impl fmt::Display for Stress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(above) = self.above {
            write!(f, "above {above} of the capacity")?;
        }
        match (self.exponent, self.above) {
            (0.0, _) => Ok(()),
            (exponent, None) => {
                write!(f, "by the load to the power of {exponent}, as rated at {}", self.rated_at)
            }
            (exponent, Some(_)) => write!(f, " by its power of {exponent}, as rated at {}", self.rated_at),
        }
    }
}

impl Mode {
    /// Makes its failures go by the load.
    #[must_use]
    pub fn stress(mut self, stress: Stress) -> Mode {
        self.stress = Some(stress);
        self
    }

    /// Makes its failures leave the component at work, with this share of its capacity.
    #[must_use]
    pub fn slow(mut self, capacity: Probability) -> Mode {
        self.slow = Some(capacity);
        self
    }
}

impl Environment {
    /// Multiplies the load of the services in scope while it lasts.
    #[must_use]
    pub fn load_factor(mut self, factor: f64) -> Environment {
        self.load_factor = factor;
        self
    }

    /// Puts this on top of the load of each service in scope while it lasts.
    #[must_use]
    pub fn added_load(mut self, demand: Demand) -> Environment {
        self.added_load = Some(demand);
        self
    }
}
