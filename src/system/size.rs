//! How large a system's Markov chain is at least, told from its parts without exploring it.

use super::alike::Alike;
use super::model::SystemModel;
use super::place::NONE;
use super::plan::Plan;
use crate::random::Law;

impl SystemModel {
    /// A lower bound on the states of the system's lumped Markov chain; 1 where its parts depend on each other in ways that
    /// this does not look into.
    ///
    /// While no site is down every mode fails and is restored by its own clocks, so every combination of failed and
    /// working modes is reached. Of `r` alike replicas with `m` combinations each, `m + r - 1` over `r` remain when the
    /// solver lumps them; and so for alike sites.
    ///
    /// ```
    /// use fivenines::random::Law;
    /// use fivenines::system::{Component, Service, System, SystemModel};
    /// use fivenines::units::Duration;
    ///
    /// let (life, repair) = (Law::exponential(Duration::days(9.0)), Law::exponential(Duration::hours(1.0)));
    /// let system = System::new()
    ///     .component("server", Component::new().mode("crash", life, repair))
    ///     .service("web", Service::replicas("server", 9));
    /// assert_eq!(SystemModel::new(&system).unwrap().states_at_least(), 10.0);
    /// ```
    pub fn states_at_least(&self) -> f64 {
        let plan = &self.plan;
        if plan.modulates || !plan.cascades.is_empty() || !plan.works.is_empty() {
            return 1.0;
        }
        combinations(plan, plan.alike(), plan.sites())
    }
}

/// Combinations of failed and working modes at a place and in the sites inside.
fn combinations(plan: &Plan, alike: &Alike, place: u32) -> f64 {
    let place = &alike.places[place as usize];
    let replicas = place.replicas.iter().map(|group| multisets(of_replica(plan, group[0]), group.len()));
    let sites = place.sites.iter().map(|group| multisets(combinations(plan, alike, group[0]), group.len()));
    replicas.chain(sites).product()
}

fn of_replica(plan: &Plan, replica: u32) -> f64 {
    let service = &plan.services[plan.replica_service[replica as usize] as usize];
    let first = service.first_component + (replica - service.first_replica) * service.stack;
    let components = first..first + service.stack;
    let modes = components.flat_map(|component| plan.modes_of(plan.places + component));
    modes.filter(|&mode| can_be_failed(plan, mode)).map(|_| 2.0).product()
}

/// Whether a mode spends any time failed, and any time working.
fn can_be_failed(plan: &Plan, mode: u32) -> bool {
    let mode = plan.modes[mode as usize];
    let laws = &plan.laws[mode.law as usize];
    let takes_time = |law: &Law| law.mean().is_none_or(|mean| !mean.is_zero());
    mode.replay == NONE && !laws.fails.is_never() && takes_time(&laws.fails) && takes_time(&laws.restored)
}

/// Ways to put `count` alike things into `ways` conditions each, their order aside.
fn multisets(ways: f64, count: usize) -> f64 {
    (0..count).map(|i| (ways + i as f64) / (i as f64 + 1.0)).product()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::{Component, Crew, Mode, Service, System};
    use crate::units::Duration;

    fn days(days: f64) -> Law {
        Law::exponential(Duration::days(days))
    }

    fn bound(system: &System) -> f64 {
        SystemModel::new(system).unwrap().states_at_least()
    }

    #[test]
    fn independent_services_multiply_and_alike_replicas_do_not() {
        let disk = Component::new().mode("crash", days(9.0), days(1.0)).mode("bit", days(90.0), days(1.0));
        let system = System::new()
            .component("server", Component::new().mode("crash", days(9.0), days(1.0)))
            .component("disk", disk)
            .service("a", Service::replicas("server", 3))
            .service("b", Service::replicas("disk", 2));
        // Four of three servers, and ten multisets of two disks in four conditions.
        assert_eq!(bound(&system), 40.0);
    }

    #[test]
    fn what_never_fails_or_is_never_seen_failed_adds_nothing() {
        let server = Component::new().mode("never", Law::Never, days(1.0)).mode(
            "blink",
            days(1.0),
            Law::constant(Duration::ZERO),
        );
        let system = System::new().component("server", server).service("a", Service::replicas("server", 4));
        assert_eq!(bound(&system), 1.0);
    }

    #[test]
    fn a_crew_makes_no_fewer_states() {
        let mode = Mode::new(days(9.0), days(1.0)).repaired_by("crew");
        let system = System::new()
            .crew("crew", Crew::new(1))
            .component("server", Component::new().with_mode("crash", mode))
            .service("a", Service::replicas("server", 4));
        assert_eq!(bound(&system), 5.0);
    }
}
