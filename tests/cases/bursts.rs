//! Bursts, and shocks that reach further, against chains over sets of components that are written down here.

use fivenines::random::Law;
use fivenines::system::{BurstSize, Component, Hit, Need, Scope, Service, Shock, System};
use fivenines::units::Probability;

use super::check::{self, Play, mean, stationary};

/// A strike every 50 hours, a repair in five.
const STRIKES: f64 = 1.0 / 50.0;
const REPAIR: f64 = 1.0 / 5.0;

fn chance(share: f64) -> Probability {
    Probability::new(share).unwrap()
}

/// Four units in racks of two.
fn racks() -> System {
    let unit = Component::new().mode("hit", Law::Never, mean(1.0 / REPAIR));
    System::new()
        .levels(&["rack"])
        .site("a")
        .site("b")
        .component("unit", unit)
        .service("system", Service::replicas("unit", 4).spread("rack").needs(Need::Count(2)))
}

/// The chances of what a burst hits, as sets: every way to draw without putting back, one after the other.
fn bursts(sizes: &[(u32, f64)], affinity: f64) -> Vec<(usize, f64)> {
    fn draw(drawn: &[usize], left: u32, affinity: f64, weight: f64, found: &mut Vec<(usize, f64)>) {
        if left == 0 {
            return found.push((drawn.iter().map(|unit| 1 << unit).sum(), weight));
        }
        let free: Vec<usize> = (0..4).filter(|unit| !drawn.contains(unit)).collect();
        // Replicas go around the racks: 0 and 2 are in one, 1 and 3 in the other.
        let near: Vec<usize> = free.iter().copied().filter(|unit| unit % 2 == drawn[0] % 2).collect();
        let stays = if near.is_empty() { 0.0 } else { affinity };
        for &unit in &free {
            let mut chance = (1.0 - stays) / free.len() as f64;
            if near.contains(&unit) {
                chance += stays / near.len() as f64;
            }
            draw(&[drawn, &[unit]].concat(), left - 1, affinity, weight * chance, found);
        }
    }
    let mut found = Vec::new();
    for &(size, weight) in sizes {
        (0..4).for_each(|first| draw(&[first], size - 1, affinity, weight / 4.0, &mut found));
    }
    found
}

/// The long-run share of time in sets of failed units for which `down` holds.
fn share_down(hits: &[(usize, f64)], down: impl Fn(usize) -> bool) -> f64 {
    let mut rates = Vec::new();
    for failed in 0..16usize {
        let hit = |&(set, chance): &(usize, f64)| (failed, failed | set, STRIKES * chance);
        rates.extend(hits.iter().map(hit).filter(|(from, to, _)| from != to));
        rates.extend(
            (0..4).filter(|unit| failed >> unit & 1 == 1).map(|unit| (failed, failed & !(1 << unit), REPAIR)),
        );
    }
    let shares = stationary(16, &rates);
    (0..16).filter(|&failed| down(failed)).map(|failed| shares[failed]).sum()
}

fn shock() -> Shock {
    Shock::new(mean(1.0 / STRIKES), "hit", Scope::all())
}

#[track_caller]
fn held(shock: Shock, expected: f64) {
    let system = racks().shock("burst", shock);
    check::system(&system, &[("unavailability", expected, "chain of sets")], Play::Outages(300.0));
}

/// Down with three of four units, wherever these are.
#[test]
fn a_burst_hits_so_many_distinct_ones() {
    let sizes = [(1, 0.5), (2, 0.3), (3, 0.2)];
    let table = BurstSize::Table(sizes.map(|(size, share)| (size, chance(share))).to_vec());
    let three = |failed: usize| failed.count_ones() >= 3;
    held(shock().size(table.clone()), share_down(&bursts(&sizes, 0.0), three));
    held(shock().size(table).affinity("rack", chance(0.6)), share_down(&bursts(&sizes, 0.6), three));
    // Of a geometric law of mean two, what is beyond four hits all four.
    let sizes = [(1, 0.5), (2, 0.25), (3, 0.125), (4, 0.125)];
    held(shock().size(BurstSize::Geometric(2.0)), share_down(&bursts(&sizes, 0.0), three));
}

/// Down with both units of the first rack: what an affinity does to neighbours.
#[test]
fn neighbours_are_hit_together() {
    for affinity in [0.0, 0.75, 1.0] {
        let sizes = [(2, 1.0)];
        let both = |failed: usize| failed & 0b101 == 0b101;
        let expected = share_down(&bursts(&sizes, affinity), both);
        let twos = BurstSize::Table(vec![(2, Probability::ONE)]);
        let rack = Service::replicas("unit", 2).within("a");
        let others = Service::replicas("unit", 2).within("b");
        let system = racks()
            .service("system", rack)
            .service("others", others)
            .shock("burst", shock().size(twos).affinity("rack", chance(affinity)));
        check::system(&system, &[("unavailability", expected, "chain of sets")], Play::Outages(300.0));
    }
}

/// Each with a chance is a burst of a binomial size.
#[test]
fn a_burst_of_a_binomial_size_hits_each_with_a_chance() {
    let sizes: Vec<(u32, f64)> = vec![(1, 0.4096), (2, 0.1536), (3, 0.0256), (4, 0.0016)];
    let hits: f64 = sizes.iter().map(|row| row.1).sum();
    let table = sizes.iter().map(|&(size, share)| (size, chance(share / hits))).collect();
    // Strikes that hit nobody do not come at all.
    let burst = Shock::new(mean(1.0 / STRIKES / hits), "hit", Scope::all()).size(BurstSize::Table(table));
    let answer = |shock: Shock| {
        let (model, service) = check::compiled(&racks().shock("burst", shock), "system");
        check::answer(&check::explore(model), service, "unavailability")
    };
    check::close("a burst for chances", answer(burst), answer(shock().each(chance(0.2))), 1e-10);
}

/// A replica that lags by an exponential mean of two hours stays clean if somebody notices within one: two of three
/// times the operator is first. States by primary, laggard, and whether corruption is on its way.
#[test]
fn a_lagging_replica_stays_clean_if_somebody_notices_in_time() {
    let (spreads, notices) = (1.0 / 2.0, 1.0);
    let mut rates = Vec::new();
    for state in 0..8usize {
        let (primary, laggard, on_its_way) = (state & 1, state >> 1 & 1, state >> 2);
        rates.push((state, state | 0b101, STRIKES));
        if primary == 1 {
            rates.push((state, state & !0b001, REPAIR));
        }
        if laggard == 1 {
            rates.push((state, state & !0b010, REPAIR));
        }
        if on_its_way == 1 {
            rates.push((state, state & !0b100 | 0b010, spreads));
            rates.push((state, state & !0b100, notices));
        }
    }
    rates.retain(|(from, to, _)| from != to);
    let shares = stationary(8, &rates);
    let unit = Component::new().mode("corrupt", Law::Never, mean(1.0 / REPAIR));
    let shock = Shock::new(mean(1.0 / STRIKES), "corrupt", Scope::all().replicas(&[1]))
        .also(Hit::new(Scope::all().replicas(&[2])).after(mean(2.0)))
        .noticed(mean(1.0));
    let system = System::new()
        .component("unit", unit)
        .service("system", Service::replicas("unit", 2))
        .shock("corruption", shock);
    let rows = [("unavailability", shares[0b011] + shares[0b111], "chain of sets")];
    check::system(&system, &rows, Play::Outages(300.0));
}

/// Ransomware takes the database always, the backups with a chance of 60% and then all of them; both are needed to be gone.
#[test]
fn backups_are_reached_with_a_chance_of_their_own() {
    let unit = |name: &str| Component::new().mode(name, Law::Never, mean(1.0 / REPAIR));
    let shock = Shock::new(mean(1.0 / STRIKES), "encrypted", Scope::all().services(&["db"]))
        .also(Hit::new(Scope::all().services(&["backup"])).fails("wiped").chance(chance(0.6)));
    let system = System::new()
        .component("server", unit("encrypted"))
        .component("tape", unit("wiped"))
        .service("db", Service::replicas("server", 1))
        .service("backup", Service::replicas("tape", 2).needs(Need::All))
        .service("system", Service::members(&["db", "backup"]))
        .shock("ransomware", shock);
    let mut rates = Vec::new();
    // The database, and each of two tapes.
    for state in 0..8usize {
        rates.push((state, state | 0b111, STRIKES * 0.6));
        rates.push((state, state | 0b001, STRIKES * 0.4));
        rates.extend(
            (0..3).filter(|part| state >> part & 1 == 1).map(|part| (state, state & !(1 << part), REPAIR)),
        );
    }
    rates.retain(|(from, to, _)| from != to);
    let shares = stationary(8, &rates);
    let expected = shares[0b011] + shares[0b101] + shares[0b111];
    check::system(&system, &[("unavailability", expected, "chain of sets")], Play::Outages(300.0));
}
