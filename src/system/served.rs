//! How much of its value a service serves: what counts degraded service in part, and busy hours for more.
//!
//! A state's reward, as in J. F. Meyer, *On evaluating the performability of degradable computing systems*, IEEE Trans.
//! Computers 29(8), 1980; weighted by demand it is the share of requests that are served, as in T. Hauer et al.,
//! *Meaningful availability*, NSDI 2020.

use std::collections::BTreeSet;

use super::capacity::FULL;
use super::compile::Builder;
use super::model::SystemModel;
use super::plan::Plan;
use super::record::Window;
use super::without::Reserve;
use crate::engine::Watch;
use crate::units::Instant;

/// What is asked of a service at an instant, and how much of that it fails to serve. What is asked is 1 at a load of its full
/// capacity, and 1 always where it has no load.
///
/// ```
/// use fivenines::system::Rates;
///
/// let rates = Rates { asked: 0.5, lost: 0.1 };
/// assert!(rates.lost <= rates.asked);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rates {
    /// What is asked of it.
    pub asked: f64,
    /// What it does not serve of that.
    pub lost: f64,
}

impl Builder<'_> {
    /// Finds the services that may be up and serve less than all, or of which more is asked at times; what they depend on comes
    /// before them.
    pub fn valued(&mut self) {
        let mut looked_at = vec![None; self.plan.services.len()];
        for service in 0..self.plan.services.len() as u32 {
            self.is_valued(service, &mut looked_at);
        }
        if self.plan.reckoned.is_empty() {
            return;
        }
        let mut valued_by = vec![Vec::new(); self.plan.services.len()];
        for (place, &service) in (0..).zip(&self.plan.reckoned) {
            for below in self.plan.below(service).into_iter().chain([service]) {
                valued_by[below as usize].push(place);
            }
        }
        self.plan.valued_by = valued_by;
    }

    fn is_valued(&mut self, service: u32, looked_at: &mut [Option<bool>]) -> bool {
        if let Some(known) = looked_at[service as usize] {
            return known;
        }
        let plan = &self.plan.services[service as usize];
        let load =
            self.plan.capacities.get(plan.capacity as usize).and_then(|capacity| capacity.load.as_ref());
        let is_divided = !self.plan.parts_of(service).is_empty();
        let mut valued =
            is_divided || !plan.withouts.is_empty() || load.is_some_and(|load| load.sheds() || load.varies());
        for below in self.plan.below(service) {
            valued |= self.is_valued(below, looked_at);
        }
        looked_at[service as usize] = Some(valued);
        if valued && service != self.plan.hidden_service {
            self.plan.reckoned.push(service);
            if self.plan.is_seen(service) {
                self.plan.valued.push(service);
            }
        }
        valued
    }
}

impl Plan {
    /// What a service depends on, whether it can do without it or not, and consists of.
    fn below(&self, service: u32) -> Vec<u32> {
        let plan = &self.services[service as usize];
        let softly = plan.withouts.iter().map(|&edge| self.withouts[edge as usize].on);
        plan.dependencies.iter().chain(&plan.members).copied().chain(softly).collect()
    }
}

impl SystemModel {
    /// The services that may serve less than all without being down for everybody, or of which more is asked at times, by
    /// their places in [`SystemModel::services`].
    pub fn valued(&self) -> &[u32] {
        &self.plan.valued
    }

    /// For each of them, in their order, what is asked of it and lost now.
    pub fn rates(&self) -> Vec<Rates> {
        let all = self.plan.reckoned.iter().zip(self.all_rates());
        all.filter(|(service, _)| self.plan.is_seen(**service)).map(|(_, rates)| rates).collect()
    }

    /// The same with those of parts of services.
    fn all_rates(&self) -> Vec<Rates> {
        let mut values: Vec<f64> = (0..self.broken.len() as u32).map(|service| self.up(service)).collect();
        let rate = |&service: &u32| {
            values[service as usize] = self.value(service, &values);
            self.rate(service, &values)
        };
        self.plan.reckoned.iter().map(rate).collect()
    }

    /// What is asked of a service and lost now, by the values of all services.
    pub(super) fn rate(&self, service: u32, values: &[f64]) -> Rates {
        let parts = self.plan.parts_of(service);
        if !parts.is_empty() {
            return self.mean_rate(parts, values);
        }
        let is_down = self.counts_as_down(service as usize);
        if !is_down && !self.is_up(service as usize) {
            // Maintenance that does not count.
            return Rates::default();
        }
        let asked = self.asked(service);
        Rates { asked, lost: asked * (1.0 - values[service as usize]) }
    }

    /// The value of a service that serves all or nothing.
    fn up(&self, service: u32) -> f64 {
        if self.broken[service as usize] == 0 { 1.0 } else { 0.0 }
    }

    /// The share of its value that a service serves, by the values of what it needs. What it needs and has counts by how
    /// well that is served itself: a service that serves `s` without it serves `s + (1 - s) v` with one whose value is `v`.
    fn value(&self, service: u32, values: &[f64]) -> f64 {
        let parts = self.plan.parts_of(service);
        if !parts.is_empty() {
            return self.mean_value(parts, values);
        }
        if self.is_down_for_all(service) {
            return 0.0;
        }
        let plan = &self.plan.services[service as usize];
        let mut value: f64 = plan.dependencies.iter().map(|&on| values[on as usize]).product();
        for &edge in &plan.withouts {
            let without = &self.plan.withouts[edge as usize];
            // What is out of reach is worth nothing; what is down for some of its users is worth something to the others.
            let is_cut = self.network.is_some() && self.is_missing(edge);
            let other = if is_cut { 0.0 } else { values[without.on as usize] };
            let is_spent = self.reserves[edge as usize] == Reserve::Spent;
            let serves = if is_spent { 0.0 } else { without.serves };
            value *= serves + (1.0 - serves) * other;
        }
        if !plan.members.is_empty() {
            // Clients get to the best of them, as many as are needed.
            let mut members: Vec<f64> = plan.members.iter().map(|&member| values[member as usize]).collect();
            members.sort_by(|a, b| b.total_cmp(a));
            let need = plan.need.max(1) as usize;
            value *= match self.up_count[service as usize] < plan.need {
                false => members.iter().take(need).sum::<f64>() / need as f64,
                // Some of these are down for some: who is served needs them all.
                true => members.get(need - 1).copied().unwrap_or(0.0),
            };
        }
        if let Some(capacity) = self.capacities.get(plan.capacity as usize)
            && capacity.demand > capacity.able
            && self.plan.capacities[plan.capacity as usize].load.as_ref().is_some_and(|load| load.sheds())
        {
            value *= self.carried(plan.capacity) as f64 / capacity.demand as f64;
        }
        value
    }

    /// What is asked of a service, as a share of what all its replicas can do.
    fn asked(&self, service: u32) -> f64 {
        let plan = &self.plan.services[service as usize];
        match self.capacities.get(plan.capacity as usize) {
            Some(capacity) => match &self.plan.capacities[plan.capacity as usize].load {
                // Who asks again asks for no more than before, and who is kept off for no less.
                Some(load) => {
                    let usual = load.demand(capacity.level, capacity.months, &self.spells);
                    usual as f64 / (f64::from(plan.count) * f64::from(FULL))
                }
                None => 1.0,
            },
            None => 1.0,
        }
    }

    /// Shows for each valued service what is lost and asked.
    pub(super) fn show_rates(&self, watch: &mut Watch) {
        for Rates { asked, lost } in self.rates() {
            watch.level(lost);
            watch.level(asked);
        }
    }
}

/// What a rate of 1 adds up to in a microsecond: in whole numbers, so that sums do not depend on their order.
const ONE: f64 = 1e9;

/// What was asked of a service over a time, and how much of that it did not serve, in units of which only the ratio means
/// something.
///
/// ```
/// use fivenines::system::Served;
///
/// assert_eq!(Served { asked: 4, lost: 1 }.lost_share(), 0.25);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Served {
    /// What was asked of it.
    pub asked: u128,
    /// What it did not serve of that.
    pub lost: u128,
}

impl Served {
    /// The share that it did not serve; 0 where nothing was asked.
    pub fn lost_share(self) -> f64 {
        if self.asked == 0 { 0.0 } else { self.lost as f64 / self.asked as f64 }
    }
}

/// Adds up what valued services are asked and lose in a trial.
#[derive(Clone, Debug, Default)]
pub(super) struct Takings {
    services: Vec<Taking>,
    /// The value of each service of the system.
    values: Vec<f64>,
    /// Places of those to be looked at; empty but while they are. In order, since what a service needs is before it.
    ahead: BTreeSet<u32>,
    /// Of which service all rates are kept, and these rates, each from its instant on.
    followed: Option<u32>,
    course: Vec<(Instant, Rates)>,
}

/// What one of them was asked and lost: added up when it changes, which for most of them is seldom.
#[derive(Clone, Copy, Debug, Default)]
struct Taking {
    /// Up to when it is added up.
    until: Instant,
    /// What holds since then.
    rates: Rates,
    sum: Served,
}

impl Taking {
    fn add_up(&mut self, window: Window, now: Instant) {
        let span = window.inside(self.until, now);
        let whole = |rate: f64| (rate * ONE).round() as u128;
        self.sum.asked += whole(self.rates.asked) * u128::from(span.as_micros());
        self.sum.lost += whole(self.rates.lost) * u128::from(span.as_micros());
        self.until = now;
    }
}

impl Takings {
    /// A trial begins.
    pub fn begin(&mut self, window: Window, model: &SystemModel) {
        self.services.clear();
        self.services.resize(model.plan.reckoned.len(), Taking::default());
        self.values = (0..model.broken.len() as u32).map(|service| model.up(service)).collect();
        self.course.clear();
        self.ahead.extend(0..model.plan.reckoned.len() as u32);
        self.look_ahead(window, Instant::START, model);
    }

    /// An event has happened. What it changed is looked at, with what follows from that, and these services that are down:
    /// whether that counts may change while they stay as they are.
    pub fn change(
        &mut self,
        window: Window,
        now: Instant,
        model: &SystemModel,
        down: impl Iterator<Item = u32>,
    ) {
        let (flipped, revalued) = (&model.effect.flipped, &model.effect.revalued);
        for service in flipped.iter().chain(revalued).copied().chain(down) {
            // Right for a service of which no more than this is known; the others are about to be looked at.
            self.values[service as usize] = model.up(service);
            self.ahead.extend(&model.plan.valued_by[service as usize]);
        }
        self.look_ahead(window, now, model);
        debug_assert!(
            model.all_rates().iter().eq(self.services.iter().map(|taking| &taking.rates)),
            "an event changed what a service serves and did not say so"
        );
    }

    fn look_ahead(&mut self, window: Window, now: Instant, model: &SystemModel) {
        while let Some(place) = self.ahead.pop_first() {
            let service = model.plan.reckoned[place as usize];
            let value = model.value(service, &self.values);
            if value != self.values[service as usize] {
                self.values[service as usize] = value;
                let above = model.plan.valued_by[service as usize].iter().filter(|&&above| above != place);
                self.ahead.extend(above);
            }
            let (taking, rates) = (&mut self.services[place as usize], model.rate(service, &self.values));
            if taking.rates != rates {
                taking.add_up(window, now);
                taking.rates = rates;
                if self.followed == Some(service) {
                    self.course.push((now, rates));
                }
            }
        }
    }

    /// Keeps all rates of a service from the next trial on.
    pub fn follow(&mut self, service: u32) {
        self.followed = Some(service);
    }

    /// The rates of the service that is followed, each from its instant on; none where it is not valued.
    pub fn course(&self) -> &[(Instant, Rates)] {
        &self.course
    }

    /// A trial ends: what each of [`SystemModel::valued`] was asked and lost.
    pub fn end<'a>(
        &'a mut self,
        window: Window,
        now: Instant,
        model: &'a SystemModel,
    ) -> impl Iterator<Item = (u32, Served)> + 'a {
        let all = model.plan.reckoned.iter().zip(&mut self.services);
        all.filter(|(service, _)| model.plan.is_seen(**service)).map(move |(&service, taking)| {
            taking.add_up(window, now);
            (service, taking.sum)
        })
    }
}
