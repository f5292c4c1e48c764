//! Autoscaling, as it is said: when replicas are added and taken away, how long that takes, and that it may be refused.

use std::fmt;

use serde::Serialize;

use super::Service;
use crate::random::Law;
use crate::units::{Duration, Probability, Ratio};

/// How a service has as many replicas as its load needs, up to all that there is a place for: target tracking on
/// utilization, as the autoscalers of providers do it.
///
/// ```
/// use fivenines::random::Law;
/// use fivenines::system::{Load, Scaling, Service};
/// use fivenines::units::Duration;
///
/// let minutes = |minutes| Law::constant(Duration::minutes(minutes));
/// let scaling = Scaling::new("60%".parse().unwrap(), minutes(3.0), minutes(2.0)).minimum(3);
/// let shop = Service::replicas("server", 12).load(Load::new("25%".parse().unwrap())).scaling(scaling);
/// assert_eq!(shop.scaling.unwrap().minimum, 3);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Scaling {
    /// The utilization aimed at: demand over the capacity of the replicas that are up or on their way.
    pub target: Ratio,
    /// How many replicas there are at least. All that the service has are the most.
    pub minimum: u32,
    /// From the utilization being too high to the decision to add replicas.
    pub reacts: Law,
    /// From there to a replica serving.
    pub boots: Law,
    /// From there being too many replicas to the decision to take some away; as long as `reacts`, where nothing is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scales_in: Option<Law>,
    /// How long after a decision nothing is decided.
    pub cooldown: Duration,
    /// The chance that a zone has no capacity for what is asked of it in a decision.
    pub refused: Probability,
    /// The same while a site in which the service has a place is down, and everybody else asks too.
    pub refused_in_outage: Probability,
    /// Who measured the numbers.
    pub source: Option<String>,
}

impl Scaling {
    /// Scaling that nothing refuses, and that goes down to one replica.
    pub fn new(target: Ratio, reacts: Law, boots: Law) -> Scaling {
        Scaling {
            target,
            minimum: 1,
            reacts,
            boots,
            scales_in: None,
            cooldown: Duration::ZERO,
            refused: Probability::ZERO,
            refused_in_outage: Probability::ZERO,
            source: None,
        }
    }

    /// How many replicas there are at least.
    #[must_use]
    pub fn minimum(mut self, replicas: u32) -> Scaling {
        self.minimum = replicas;
        self
    }

    /// How long there are too many replicas before some are taken away.
    #[must_use]
    pub fn scales_in(mut self, law: Law) -> Scaling {
        self.scales_in = Some(law);
        self
    }

    /// How long after a decision nothing is decided.
    #[must_use]
    pub fn cooldown(mut self, cooldown: Duration) -> Scaling {
        self.cooldown = cooldown;
        self
    }

    /// The chances that a zone refuses: as a rule, and while a site is down.
    #[must_use]
    pub fn refused(mut self, as_a_rule: Probability, in_outage: Probability) -> Scaling {
        (self.refused, self.refused_in_outage) = (as_a_rule, in_outage);
        self
    }
}

/// `aims at 60%, reacts 3min, boots 2min, from 3 replicas`.
impl fmt::Display for Scaling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "aims at {}, reacts {}, boots {}", self.target, self.reacts, self.boots)?;
        if let Some(law) = &self.scales_in {
            write!(f, ", scales in {law}")?;
        }
        if self.cooldown > Duration::ZERO {
            write!(f, ", cooldown {}", self.cooldown)?;
        }
        if !self.refused.is_zero() || !self.refused_in_outage.is_zero() {
            write!(f, ", refused {}, in an outage {}", self.refused, self.refused_in_outage)?;
        }
        write!(f, ", from {} replicas", self.minimum)
    }
}

impl Service {
    /// Adds replicas, and takes them away, as the load needs it.
    #[must_use]
    pub fn scaling(mut self, scaling: Scaling) -> Service {
        self.scaling = Some(scaling);
        self
    }
}
