//! What a spreadsheet would say: independent failures, instant failover, nothing in common.

use std::collections::BTreeSet;

use super::plan::Plan;
use super::{System, SystemModel};
use crate::random::Law;
use crate::random::math::{erfc, exp, ln, ln_1p};

/// More cells than this in the table of a sum of coins, and a normal law does.
const LARGEST_TABLE: u64 = 50_000_000;

/// The unavailability of each service, in the order of [`SystemModel::services`], from multiplying availabilities.
///
/// Each mode has the availability MTTF / (MTTF + MTTR); a replica has all modes of its components and of the sites
/// and domains around it, all shocks and cascades that hit it, all changes and maintenance that go through it, and all
/// certificates that it uses, as if each replica had these to itself; a supply is down when its backup is too, and by its
/// ride-through shorter; environments count
/// with the rates that they make on average; data are away while too few copies are left, and have no backup; services
/// depend on and consist of others as if these were independent, nobody tries again or is taken for dead, what a service can
/// do without for a while as if it could not, and for ever as if it were never down; crews are never busy, spares never out,
/// faults never latent, what scales has always what it needs on average, nothing that a repair needs is down, nothing is
/// rejuvenated or replaced at an age, failovers take no time, and no network is ever in the way; a supply is down when its
/// backup is too, and by its ride-through shorter. What plays a
/// trace is down as often as a node of it is on average. The report shows it beside the estimate.
///
/// ```
/// use fivenines::random::Law;
/// use fivenines::system::{Component, Service, System, naive_unavailability};
/// use fivenines::units::Duration;
///
/// let (life, repair) = (Law::exponential(Duration::hours(99.0)), Law::exponential(Duration::hours(1.0)));
/// let system = System::new()
///     .component("server", Component::new().mode("crash", life, repair))
///     .service("web", Service::replicas("server", 2));
/// let naive = naive_unavailability(&system).unwrap();
/// assert!((naive[0] - 1e-4).abs() < 1e-15);
/// ```
///
/// # Errors
/// Every mistake in the system.
pub fn naive_unavailability(system: &System) -> Result<Vec<f64>, Vec<super::Problem>> {
    Ok(SystemModel::new(system)?.naive_unavailability())
}

impl SystemModel {
    /// [`naive_unavailability`] of the system that this was compiled from.
    pub fn naive_unavailability(&self) -> Vec<f64> {
        let plan = &*self.plan;
        let naive = Naive { plan, struck: plan.strike_rates(), hastened: plan.mean_failure_factors() };
        let mut services = vec![None; plan.services.len()];
        (0..plan.seen().len()).map(|service| naive.service_down(service, &mut services)).collect()
    }
}

/// A plan, and how often shocks fail each of its modes in a second, as if each component had them to itself.
struct Naive<'a> {
    plan: &'a Plan,
    struck: Vec<f64>,
    /// How many times as fast environments make each fail on average.
    hastened: Vec<f64>,
}

/// The chance that a series of things works, kept as minus its logarithm, which adds up without losing small ones.
#[derive(Clone, Copy)]
struct Series(f64);

impl Series {
    fn add(&mut self, down: f64) {
        self.0 -= ln_1p(-down);
    }

    fn down(self) -> f64 {
        -crate::random::math::exp_m1(-self.0)
    }
}

impl Naive<'_> {
    fn service_down(&self, service: usize, known: &mut [Option<f64>]) -> f64 {
        if let Some(down) = known[service] {
            return down;
        }
        let this = &self.plan.services[service];
        let mut series = Series(0.0);
        let for_a_while = |&edge: &u32| {
            let without = &self.plan.withouts[edge as usize];
            without.lasts.is_some().then_some(without.on)
        };
        for dependency in
            this.dependencies.iter().copied().chain(this.withouts.iter().filter_map(for_a_while))
        {
            series.add(self.service_down(dependency as usize, known));
        }
        let parts: Vec<f64> = if !this.voters.is_empty() {
            this.voters.iter().flat_map(|&voter| self.replicas_down(voter as usize, false)).collect()
        } else if this.members.is_empty() && this.stack == 0 {
            // Clients, who always get through.
            vec![0.0; this.count as usize]
        } else if this.members.is_empty() {
            self.replicas_down(service, true)
        } else {
            this.members.iter().map(|&member| self.service_down(member as usize, known)).collect()
        };
        // What scales has as many as it needs on average.
        let parts = &parts[..parts.len().min(self.plan.mean_count(service) as usize)];
        let short = fewer_than(self.plan.mean_need(service), parts);
        // What destroys a copy takes its replica down as well: one of the two comes first.
        series.add(short.max(self.data_lost(service)));
        let down = series.down();
        known[service] = Some(down);
        down
    }

    /// How much of the time fewer copies of a service's data are left than are needed, without a backup.
    fn data_lost(&self, service: usize) -> f64 {
        let this = &self.plan.services[service];
        let Some(data) = self.plan.data.get(this.data as usize) else { return 0.0 };
        let destroyed = |replica: u32| {
            let mut series = Series(0.0);
            let first = self.plan.places + this.first_component + replica * this.stack;
            let modes = (first..first + this.stack).flat_map(|unit| self.plan.modes_of(unit));
            for mode in modes.filter(|&mode| self.plan.destroys(mode)) {
                series.add(self.mode_down(mode, 0.0));
            }
            series.down()
        };
        let copies: Vec<f64> = (0..this.count).map(destroyed).collect();
        fewer_than(data.needs(), &copies)
    }

    /// For each replica of a service, how much of the time it is down, or stale where that counts.
    fn replicas_down(&self, service: usize, counts_stale: bool) -> Vec<f64> {
        let this = &self.plan.services[service];
        let resync = self.plan.resyncs.get(this.resync as usize).filter(|_| counts_stale);
        let stale = resync.map_or(0.0, |resync| mean(&resync.takes));
        let replica = |replica: u32| {
            let first = this.first_component + replica * this.stack;
            self.replica_down(first..first + this.stack, stale)
        };
        (0..this.count).map(replica).collect()
    }

    /// How much of the time a replica of these components is down, if it is stale for so many seconds after each failure.
    fn replica_down(&self, components: std::ops::Range<u32>, stale: f64) -> f64 {
        let plan = self.plan;
        let mut series = Series(0.0);
        let site = plan.components[components.start as usize].site;
        // One that covers several components of the replica takes it down once.
        let domains: BTreeSet<u32> =
            components.clone().flat_map(|component| plan.domains_of(component)).collect();
        let replica = plan.components[components.start as usize].replica;
        let works = plan.replica_works.get(replica as usize).into_iter().flatten();
        works.for_each(|&(work, _)| series.add(plan.works[work as usize].share_down()));
        for certificate in &plan.certificates {
            if components.clone().any(|component| certificate.components.binary_search(&component).is_ok()) {
                series.add(certificate.share_down());
            }
        }
        let own = components.map(|component| plan.places + component);
        let places: Vec<u32> = plan.tree.around(site).chain(domains).collect();
        let gates = plan.gates.iter().filter(|gate| gate.places.iter().any(|place| places.contains(place)));
        for gate in gates {
            series.add(gate.supplies.iter().map(|&supply| self.supply_down(supply)).product());
        }
        let units = places.into_iter().chain(own);
        // What is slow works, to a spreadsheet.
        for mode in units.flat_map(|unit| plan.modes_of(unit)).filter(|&mode| !plan.is_slow(mode)) {
            let replay = plan.modes[mode as usize].replay;
            if let Some(replay) = plan.replays.get(replay as usize) {
                series.add(plan.traces[replay.trace as usize].trace.unavailability());
                continue;
            }
            series.add(self.mode_down(mode, stale));
        }
        series.down()
    }

    /// How much of the time a mode has failed, or what it took down is stale after it.
    fn mode_down(&self, mode: u32, stale: f64) -> f64 {
        let (plan, law) = (self.plan, self.plan.law(mode));
        let hastened = self.hastened[mode as usize] * plan.mean_stress(mode);
        let rate = hastened / mean(&law.fails) + self.struck[mode as usize];
        let repair = mean(&law.restored) * plan.repairs_needed(mode);
        share_down(1.0 / rate, repair + stale)
    }

    /// The share of time that a supply is out: of the outages of its modes what is longer than the mean ride-through, if
    /// its backup is down as often as one that serves all the time.
    fn supply_down(&self, supply: u32) -> f64 {
        let plan = &self.plan.supplies[supply as usize];
        let mut series = Series(0.0);
        for gate in self.plan.gates.iter().filter(|gate| gate.places.contains(&plan.place)) {
            series.add(gate.supplies.iter().map(|&above| self.supply_down(above)).product());
        }
        let rides = plan.ride_through.as_ref().map_or(0.0, mean);
        for mode in self.plan.modes_of(plan.place) {
            let law = self.plan.law(mode);
            let (life, repair) = (mean(&law.fails) / self.hastened[mode as usize], mean(&law.restored));
            let unbridged = if repair.is_finite() { (1.0 - rides / repair).max(0.0) } else { 1.0 };
            series.add(share_down(life, repair) * unbridged);
        }
        let backup = plan.backup.as_ref().map_or(1.0, |backup| {
            1.0 - backup.starts * (1.0 - share_down(mean(&backup.fails), mean(&backup.restored)))
        });
        series.down() * backup
    }
}

fn mean(law: &Law) -> f64 {
    law.mean().map_or(f64::INFINITY, crate::units::Duration::secs)
}

/// The share of time that something is down, by its mean times in seconds.
fn share_down(life: f64, repair: f64) -> f64 {
    match (life.is_finite(), repair.is_finite()) {
        (false, _) => 0.0,
        (true, false) => 1.0,
        (true, true) => repair / (life + repair),
    }
}

/// The chance that fewer than `need` of these are up, each down with its own probability.
fn fewer_than(need: u32, down: &[f64]) -> f64 {
    // Down when at least this many are down.
    let enough = (down.len() + 1).saturating_sub(need as usize);
    if enough == 0 {
        return 1.0;
    }
    if enough as u64 * down.len() as u64 > LARGEST_TABLE {
        return normal_tail(enough, down);
    }
    if down.windows(2).all(|pair| pair[0] == pair[1]) {
        return binomial_tail(enough, down.len(), down.first().copied().unwrap_or(0.0));
    }
    // counts[d] is the chance that d of those seen so far are down; the last cell collects the rest. Only sums and
    // products of what is not negative, so that small chances keep their digits.
    let mut counts = vec![0.0; enough + 1];
    counts[0] = 1.0;
    for &p in down {
        counts[enough] += counts[enough - 1] * p;
        for d in (1..enough).rev() {
            counts[d] = counts[d] * (1.0 - p) + counts[d - 1] * p;
        }
        counts[0] *= 1.0 - p;
    }
    counts[enough]
}

fn binomial_tail(enough: usize, n: usize, p: f64) -> f64 {
    if p == 0.0 || p == 1.0 {
        return p;
    }
    let ln_factorial = |k: usize| crate::random::math::ln_gamma(k as f64 + 1.0);
    let term = |k: usize| {
        let choose = ln_factorial(n) - ln_factorial(k) - ln_factorial(n - k);
        exp(choose + k as f64 * ln(p) + (n - k) as f64 * ln_1p(-p))
    };
    if n <= 64 {
        // Exactly, by Pascal's rule: the logarithms above cost digits that a small system need not lose.
        let mut choose = 1.0;
        let mut total = 0.0;
        for k in 0..=n {
            if k >= enough {
                let power = |x: f64, count: usize| (0..count).fold(1.0, |product, _| product * x);
                total += choose * power(p, k) * power(1.0 - p, n - k);
            }
            choose = choose * (n - k) as f64 / (k + 1) as f64;
        }
        return total;
    }
    (enough..=n).rev().map(term).sum::<f64>().min(1.0)
}

fn normal_tail(enough: usize, down: &[f64]) -> f64 {
    let mean: f64 = down.iter().sum();
    let variance: f64 = down.iter().map(|p| p * (1.0 - p)).sum();
    // With the continuity correction of half a count.
    0.5 * erfc((enough as f64 - 0.5 - mean) / (2.0 * variance).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Law;
    use crate::system::{Component, Domain, Scope, Service, Shock};
    use crate::units::{Duration, Probability};

    /// Values of `published.md` among the reference cases: node unavailability 0.01, closed form.
    #[test]
    fn a_majority_of_independent_nodes_has_its_closed_form() {
        assert!((fewer_than(2, &[0.01; 3]) - 2.98e-4).abs() < 1e-17);
        assert!((fewer_than(3, &[0.01; 5]) - 9.8506e-6).abs() < 1e-18);
    }

    /// A domain counts once for each replica, whichever of its components it covers, and a shock at its own rate.
    #[test]
    fn domains_and_shocks_count_as_if_each_replica_had_them_to_itself() {
        let hours = |hours: f64| Law::exponential(Duration::hours(hours));
        let system = || {
            System::new()
                .component("server", Component::new())
                .component("disk", Component::new().mode("surge", Law::Never, hours(1.0)))
                .service("web", Service::stacked(&["server", "disk"], 2))
        };
        let naive = |system: System| naive_unavailability(&system).unwrap()[0];
        for scope in [Scope::all(), Scope::all().components(&["disk"])] {
            let feed = Domain::new(scope).mode("outage", hours(99.0), hours(1.0));
            assert!((naive(system().domain("feed", feed)) - 1e-4).abs() < 1e-15);
        }
        let shock = Shock::new(hours(49.5), "surge", Scope::all()).each(Probability::new(0.5).unwrap());
        assert!((naive(system().shock("surge", shock)) - 1e-4).abs() < 1e-15);
    }

    #[test]
    fn unlike_nodes_and_like_nodes_agree() {
        let like = [0.01; 5];
        let mut unlike = like;
        unlike[2] = 0.01 + 1e-15;
        assert!((fewer_than(3, &like) / fewer_than(3, &unlike) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn many_nodes_agree_with_few_at_the_border_of_the_methods() {
        let tail = |n| binomial_tail(3, n, 0.01);
        // One node more moves the tail by less than 6%; a jump would show a seam at 64.
        assert!(tail(65) > tail(64) && tail(65) < tail(64) * 1.06);
    }
}
