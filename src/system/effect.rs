//! What an event leaves for observers, and for what has to wait until the counters are right again.

use super::keeping::DataStep;
use super::scale::Decision;

/// What an event did, for whoever keeps books.
#[derive(Clone, Debug, Default)]
pub(super) struct Effect {
    /// Services that went up or down, in order; one may do both.
    pub flipped: Vec<u32>,
    /// Services that are down and came a step nearer to being up.
    pub progress: Vec<u32>,
    /// Class of what was restored.
    pub cause: u32,
    /// Failovers to look at when the counters are right again.
    pub touched: Vec<u32>,
    /// Capacities by which failure clocks go, to look at when the counters are right again.
    pub strained: Vec<u32>,
    /// Modes that go by them and that something else has happened to.
    pub paced: Vec<u32>,
    /// Modes in which a shock or an error made components fail.
    pub struck: Vec<u32>,
    /// Modes whose latent failures were found.
    pub found: Vec<u32>,
    /// Whether a failover chose what is dead.
    pub was_dead: bool,
    /// Modes that ask for their repair when the counters are right again.
    pub asks: Vec<u32>,
    /// Services whose replicas may begin or end to catch up.
    pub copies: Vec<u32>,
    /// Whether data may be lost or there again, or what is restored may go on.
    pub data: bool,
    /// What became of data, by their numbers.
    pub steps: Vec<(u32, DataStep)>,
    /// Where services may begin or end to do without something.
    pub reserves: Vec<u32>,
    /// Services that scale, by their scalings, to look at when the counters are right again.
    pub scalings: Vec<u32>,
    /// Scalings by which replicas were turned on or off.
    pub scaled: Vec<u32>,
    /// What one of them has decided.
    pub decision: Decision,
    /// Capacities of services whose clients may begin or end to try again.
    pub storms: Vec<u32>,
    /// Services that may be of another value now although they went neither up nor down.
    pub revalued: Vec<u32>,
    /// Services that begin or end to serve on several sides of a network in parts.
    pub divided: Vec<u32>,
    /// What repairs rest on that went up or down.
    pub supports: Vec<u32>,
    /// Works that may have what they waited for.
    pub waiting: Vec<u32>,
}

impl Effect {
    /// Forgets what the event before did besides finding what has failed, taking services down and bringing them back.
    pub fn forget(&mut self) {
        self.was_dead = false;
        self.steps.clear();
        self.scaled.clear();
        self.decision = Decision::default();
        self.revalued.clear();
        self.divided.clear();
    }

    /// Whether nothing of that kind was done.
    pub fn is_plain(&self) -> bool {
        let lists = [&self.scaled, &self.revalued, &self.divided];
        lists.iter().all(|list| list.is_empty()) && self.steps.is_empty() && !self.was_dead
    }

    /// Whether nothing is left to be looked at before the event is over.
    pub fn is_settled(&self) -> bool {
        let services = [&self.touched, &self.reserves, &self.copies, &self.supports, &self.waiting];
        services.iter().all(|left| left.is_empty())
            && self.scalings.is_empty()
            && self.asks.is_empty()
            && self.strained.is_empty()
            && self.paced.is_empty()
            && !self.data
    }
}
