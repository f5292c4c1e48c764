//! What counts as downtime, where some maintenance does not.

use super::failover::Phase;
use super::model::SystemModel;
use super::place::NONE;
use super::work_state::Hold;
use crate::engine::Watch;

impl SystemModel {
    /// True while a service, by its place in [`SystemModel::services`], is down in a way that counts: not for maintenance
    /// alone that is excluded.
    #[inline]
    pub fn counts_as_down(&self, service: usize) -> bool {
        self.broken[service] > 0 && (self.excused == 0 || self.is_down_anyway(service as u32))
    }

    /// True when a service would be down now if nothing were being worked on that is excused. A failover under way counts,
    /// whatever it came from. A walk over what the service needs; for the time of such work only.
    fn is_down_anyway(&self, service: u32) -> bool {
        if self.broken[service as usize] == 0 {
            return false;
        }
        if self.network.is_some() || self.votes_or_catches_up(service) {
            return self.something_else_is_in_the_way(service);
        }
        let plan = &self.plan.services[service as usize];
        let is_down = |&other: &u32| self.is_down_anyway(other);
        // A vacant lead waits for replicas, so that it is up to these whether it counts.
        let phase = self.leaders.get(plan.failover as usize).map_or(Phase::Steady, |leader| leader.phase);
        let fails_over = !matches!(phase, Phase::Steady | Phase::Vacant);
        let spent = self.spent(service).any(|on| self.is_down_anyway(on));
        if fails_over
            || spent
            || self.is_late(service)
            || !self.has_data(service)
            || self.breaker_cause(plan.capacity).is_some()
            || plan.dependencies.iter().any(is_down)
        {
            return true;
        }
        let least = u32::from(plan.failover != NONE);
        let (need, parts) = (plan.need.max(least) as usize, plan.count as usize);
        let works = |component: u32| !self.fails_anyway(component);
        let replica = |number: usize| {
            let first = plan.first_component + number as u32 * plan.stack;
            (first..first + plan.stack).all(works)
        };
        let up = match plan.members.is_empty() {
            true => (0..parts).filter(|&number| replica(number)).take(need).count(),
            false => plan.members.iter().filter(|member| !is_down(member)).take(need).count(),
        };
        if up < need || plan.capacity == NONE {
            return up < need;
        }
        let working = |number: usize| self.working(plan.first_replica + number as u32, service);
        let can = |number: usize| if replica(number) { working(number) } else { 0 };
        let can: Vec<u64> = (0..parts).map(can).collect();
        let able = match &self.plan.capacities[plan.capacity as usize].balance {
            Some(balance) => balance.able(&can),
            None => can.iter().sum(),
        };
        able < self.capacities[plan.capacity as usize].required
    }

    /// True while something other than such work keeps a component down.
    fn fails_anyway(&self, component: u32) -> bool {
        let excused = u16::from(self.held[component as usize] == Hold::Excused);
        self.causes[component as usize] > excused
    }

    /// True when one of the causes for which a service is down is no such work. Who would reach whom
    /// without the work, or be stale, is not played twice: an outage counts as soon as this is so. What is found quickly
    /// comes first.
    fn something_else_is_in_the_way(&self, service: u32) -> bool {
        let plan = &self.plan.services[service as usize];
        let is_down = |&other: &u32| self.is_down_anyway(other);
        let phase = self.leaders.get(plan.failover as usize).map_or(Phase::Steady, |leader| leader.phase);
        if phase != Phase::Steady || plan.dependencies.iter().any(is_down) {
            return true;
        }
        let lacks = self.up_count[service as usize] < plan.need || self.is_short(service);
        let mut parts = plan.components();
        if lacks && (plan.members.iter().any(is_down) || parts.any(|component| self.fails_anyway(component)))
        {
            return true;
        }
        self.open_causes(service).iter().any(|&cause| !self.is_excluded(cause))
    }

    /// True where a service is up by votes, or by replicas that catch up.
    fn votes_or_catches_up(&self, service: u32) -> bool {
        let plan = &self.plan.services[service as usize];
        plan.catches_up() || !plan.voters.is_empty()
    }

    /// Shows for each service whether it is up, or down in a way that does not count; and behind them, where some maintenance
    /// does not count, whether it is not down for that. Last what valued services lose and what is asked of them, and what
    /// became of data.
    #[inline]
    pub(super) fn show(&self, watch: &mut Watch) {
        let services = 0..self.plan.seen().len();
        if self.excludes() {
            services.clone().for_each(|service| watch.up(!self.counts_as_down(service)));
            services.for_each(|service| watch.up(self.is_up(service) || self.counts_as_down(service)));
        } else {
            self.broken[services].iter().for_each(|&broken| watch.up(broken == 0));
        }
        if !self.plan.reckoned.is_empty() {
            self.show_rates(watch);
        }
        self.show_data(watch);
    }

    /// Names of what is shown.
    pub(super) fn shown(&self) -> Vec<String> {
        let services = self.services().map(str::to_owned);
        let apart = self.services().filter(|_| self.excludes());
        let name = |&service: &u32| self.plan.services[service as usize].name.clone();
        let valued = self.plan.valued.iter().map(name);
        let rates = valued.flat_map(|name| [format!("{name}, lost"), format!("{name}, asked")]);
        let planned = apart.map(|service| format!("{service}, planned"));
        services.chain(planned).chain(rates).chain(self.shown_data()).collect()
    }

    /// True when some maintenance is no downtime.
    pub fn excludes(&self) -> bool {
        self.plan.excludes
    }

    /// True when downtime of this class is none.
    pub(super) fn is_excluded(&self, cause: u32) -> bool {
        self.excludes() && self.plan.works.iter().any(|work| work.excluded && work.cause == cause)
    }
}
