//! Recounts every counter of a system at work from its modes, after every event.

use super::crew::CrewState;
use super::failover::Phase;
use super::feed::{Buffer, Output, Standby};
use super::model::{Condition, SystemModel};
use super::place::NONE;
use super::plan::OutagePlan;
use super::script::Taken;
use super::without::Reserve;
use super::work_state::Hold;
use super::{
    Backup, Body, Cascade, Component, Crew, Demand, Discipline, Domain, Environment, Failback, Failover,
    Fault, Load, Mode, Need, Scenario, Scope, Service, Shock, Stress, Supply,
};
use super::{Found, Preventive, RepairError, Response, Resync, Scaling, SiteOutage, Spares, System, Without};
use crate::engine::{Observer, Simulator};
use crate::random::Law;
use crate::units::{Duration, Hours, Instant, Probability, Ratio};

/// Panics where a counter and what it counts differ.
struct Audit {
    events: u64,
}

impl Observer<SystemModel> for Audit {
    fn after(&mut self, model: &SystemModel, _: Instant) {
        self.events += 1;
        audit_supplies(model);
        audit_components(model);
        audit_services(model);
        audit_capacities(model);
        audit_shelves(model);
        (0..model.crews.len()).for_each(|crew| audit_crew(model, crew));
    }
}

fn failed(model: &SystemModel, unit: u32) -> u16 {
    let failed = |&mode: &u32| model.modes[mode as usize] != Condition::Works && !model.plan.is_slow(mode);
    model.plan.modes_of(unit).filter(failed).count() as u16
}

/// How many scripted faults take a site, or else a component, by name.
fn taken(model: &SystemModel, part: Result<u32, u32>) -> u16 {
    let lasting = model.plan.script.iter().zip(&model.taken).filter(|(_, taken)| **taken);
    let takes = |target: &Taken| match (target, part) {
        (Taken::Places(taken), Ok(site)) => taken.contains(&site),
        (Taken::Components(taken), Err(component)) => taken.contains(&component),
        _ => false,
    };
    lasting.filter(|(fault, _)| takes(&fault.target)).count() as u16
}

/// Counters of supplies, and that what they give is what they have.
fn audit_supplies(model: &SystemModel) {
    let plan = &model.plan;
    for (number, gate) in plan.gates.iter().enumerate() {
        let serves = |&&supply: &&u32| model.supplies[supply as usize].output == Output::Serves;
        assert_eq!(usize::from(model.serving[number]), gate.supplies.iter().filter(serves).count());
    }
    for (state, supply) in model.supplies.iter().zip(&plan.supplies) {
        let up = model.site_failed[supply.place as usize] == 0;
        let carried = up || state.buffer == Buffer::Drains || state.backup == Standby::Serves;
        assert_eq!(state.output == Output::Out, !carried, "{supply}: {state:?}");
        assert!(!up || !matches!(state.backup, Standby::Starts | Standby::Serves | Standby::RanOut));
        let fed = up || state.backup == Standby::Serves;
        assert!(
            fed || state.buffer != Buffer::Holds
                && (state.buffer != Buffer::Full || supply.ride_through.is_none())
        );
        assert!(!fed || state.buffer != Buffer::Drains);
    }
}

/// How many gates that feed a place give nothing.
fn dark(model: &SystemModel, place: u32) -> u16 {
    let gates = model.plan.gates.iter().zip(&model.serving);
    gates.filter(|(gate, serving)| gate.places.contains(&place) && **serving == 0).count() as u16
}

fn audit_components(model: &SystemModel) {
    let plan = &model.plan;
    for site in 0..plan.places {
        let expected = failed(model, site) + taken(model, Ok(site)) + dark(model, site);
        assert_eq!(model.site_failed[site as usize], expected);
    }
    for (number, component) in plan.components.iter().enumerate() {
        let around = plan.tree.around(component.site).chain(plan.domains_of(number as u32));
        let blocked = around.filter(|&site| model.site_failed[site as usize] > 0).count() as u16;
        assert_eq!(model.blocked[number], blocked, "sites around component {number} that are down");
        let off = u16::from(model.held.get(number) == Some(&Hold::Off));
        let causes =
            blocked + failed(model, plan.places + number as u32) + taken(model, Err(number as u32)) + off;
        assert_eq!(model.causes[number], causes, "what keeps component {number} down");
        if let OutagePlan::Crashes(offset) = plan.kinds[component.kind as usize].outage {
            let mode = plan.modes_of(plan.places + number as u32).start + offset;
            let crashed = model.modes[mode as usize] != Condition::Works;
            assert!(blocked == 0 || crashed, "component {number} works in a site that is down");
        }
    }
    for replica in 0..plan.replica_service.len() {
        let components = plan.components.iter().zip(&model.causes);
        let down =
            components.filter(|(component, causes)| component.replica == replica as u32 && **causes > 0);
        let down = down.count() + usize::from(model.staleness(replica as u32));
        assert_eq!(usize::from(model.replica_down[replica]), down, "replica {replica}");
    }
}

fn audit_services(model: &SystemModel) {
    for (number, service) in model.plan.services.iter().enumerate() {
        let replica_up = |&replica: &u32| model.replica_down[(service.first_replica + replica) as usize] == 0;
        let up = if !service.voters.is_empty() {
            let voters = service.voters.iter().map(|&voter| &model.plan.services[voter as usize]);
            let replicas = voters.flat_map(|voter| voter.first_replica..voter.first_replica + voter.count);
            replicas.filter(|&replica| model.runs(replica)).count()
        } else if service.members.is_empty() {
            (0..service.count).filter(replica_up).count()
        } else {
            service.members.iter().filter(|&&member| model.broken[member as usize] == 0).count()
        };
        assert_eq!(model.up_count[number] as usize, up, "what is up of {}", service.name);
        let mut broken = u32::from(model.up_count[number] < service.need);
        let capacity = model.capacities.get(service.capacity as usize);
        broken += u32::from(capacity.is_some_and(|capacity| capacity.is_short()));
        broken +=
            service.dependencies.iter().filter(|&&other| model.broken[other as usize] > 0).count() as u32;
        let spent = |&&edge: &&u32| model.reserves[edge as usize] == Reserve::Spent;
        broken += service.withouts.iter().filter(spent).count() as u32;
        for &edge in &service.withouts {
            let is_full = model.reserves[edge as usize] == Reserve::Full;
            assert_eq!(is_full, !model.is_missing(edge), "what {} does without", service.name);
        }
        if service.failover != NONE {
            let leader = model.leaders[service.failover as usize];
            broken += u32::from(leader.phase != Phase::Steady);
            let leads = replica_up(&leader.replica);
            assert!(leads || leader.phase != Phase::Steady, "nobody leads {}", service.name);
            assert!(!leads || !leader.phase.waits_for_leader(), "{} waits for its leader", service.name);
        }
        broken += u32::from(!model.has_data(number as u32));
        assert_eq!(model.broken[number], broken, "why {} is down", service.name);
    }
}

/// What the replicas that are up can do, each as slow as the slowest mode that has failed in it.
fn audit_capacities(model: &SystemModel) {
    for (capacity, plan) in model.capacities.iter().zip(&model.plan.capacities) {
        let service = &model.plan.services[plan.service as usize];
        let mut up = 0;
        for replica in service.first_replica..service.first_replica + service.count {
            if !model.is_usable(replica) {
                continue;
            }
            let mine = |mode: &u32| {
                let component = model.plan.modes[*mode as usize].unit.checked_sub(model.plan.places);
                component.is_some_and(|it| model.plan.components[it as usize].replica == replica)
            };
            let failed = |mode: &u32| model.modes[*mode as usize] != Condition::Works && mine(mode);
            let slow =
                (0..model.modes.len() as u32).filter(failed).map(|mode| model.plan.slow[mode as usize]);
            up += u64::from(slow.min().unwrap_or(NONE).min(1_000_000));
        }
        assert_eq!(capacity.up, up, "capacity of {}", service.name);
        assert!(capacity.able == up || plan.balance.is_some(), "what {} is able to do", service.name);
        assert_eq!(capacity.required, plan.required(capacity.demand), "what {} requires", service.name);
    }
}

/// Spares are on the shelf, taken, or on order, and only what has failed and is known has taken one.
fn audit_shelves(model: &SystemModel) {
    for (shelf, plan) in model.upkeep.shelves.iter().zip(&model.plan.upkeep.shelves) {
        assert!(shelf.stock + shelf.taken.len() as u32 <= plan.stock, "spares out of nothing");
        assert!(shelf.stock == 0 || shelf.queue.is_empty(), "somebody waits beside a full shelf");
        for &mode in shelf.taken.iter().chain(&shelf.queue) {
            let condition = model.modes[mode as usize];
            assert!(
                matches!(condition, Condition::Waits | Condition::Repaired),
                "{condition:?} with a spare"
            );
        }
    }
    for (support, waiting) in model.upkeep.waiting.iter().enumerate() {
        assert_eq!(model.upkeep.stands[support], model.stands(support as u32), "what rests on {support}");
        assert!(waiting.is_empty() || !model.upkeep.stands[support], "somebody waits for what is up");
    }
}

fn audit_crew(model: &SystemModel, crew: usize) {
    let plan = &model.plan;
    let CrewState { active, queue, coming, stopped } = &model.crews[crew];
    let is_shared = plan.crews[crew].discipline == Discipline::Shared;
    for (number, mode) in plan.modes.iter().enumerate().filter(|(_, mode)| mode.crew == crew as u32) {
        let times = |modes: &mut dyn Iterator<Item = &u32>| modes.filter(|&&m| m == number as u32).count();
        let (under_repair, waits) = (times(&mut active.iter()), times(&mut queue.iter()));
        let component = mode.unit.checked_sub(plan.places);
        let blocked = component.is_some_and(|component| model.blocked[component as usize] > 0);
        let outage =
            component.map(|component| plan.kinds[plan.components[component as usize].kind as usize].outage);
        let expected = match (model.modes[number], blocked, outage) {
            (Condition::Works | Condition::Unfound | Condition::Renewed, ..)
            | (Condition::Waits, true, Some(OutagePlan::Crashes(_))) => (0, 0),
            (Condition::Repaired, true, Some(OutagePlan::Frozen)) if is_shared => (0, 0),
            (Condition::Repaired, true, Some(OutagePlan::Crashes(_))) => panic!("a repair in a down site"),
            (Condition::Repaired, ..) => (1, 0),
            // One who waits does so in one place only.
            (Condition::Waits, ..) => (0, 1 - elsewhere(model, number as u32)),
        };
        assert_eq!((under_repair, waits), expected, "mode {number} and its crew");
    }
    let size = plan.crews[crew].size as usize;
    if is_shared {
        assert!(queue.is_empty(), "nobody waits for a crew that is shared");
    } else {
        let people = active.len() + *coming as usize;
        // One visit ends all repairs at one instant.
        assert!(
            people <= size || plan.crews[crew].discipline == Discipline::Batch,
            "more repairs than people"
        );
        let is_off = *stopped > 0 || *coming as usize >= queue.len();
        assert!(is_off || people >= size, "somebody waits for a crew that is free");
    }
}

/// In how many queues other than a crew's a mode waits.
fn elsewhere(model: &SystemModel, mode: u32) -> usize {
    let for_spare = model.upkeep.shelves.iter().filter(|shelf| shelf.queue.contains(&mode));
    let for_support = model.upkeep.waiting.iter().filter(|waiting| waiting.contains(&mode));
    let for_failover = model.upkeep.held.iter().filter(|&&held| held == mode);
    for_spare.count() + for_support.count() + for_failover.count()
}

fn hours(hours: f64) -> Law {
    Law::exponential(Duration::hours(hours))
}

/// A feed with all that it may have.
fn grid(supply: Supply, start_time: Duration) -> Supply {
    let backup = Backup::new(Law::constant(start_time))
        .starts(Probability::new(0.7).unwrap())
        .fails(hours(6.0), hours(5.0))
        .lasts(Law::constant(Duration::hours(4.0)));
    supply
        .mode("utility", hours(40.0), hours(5.0))
        .ride_through(Law::constant(Duration::hours(0.2)))
        .recharges(hours(3.0))
        .backup(backup)
}

/// The same with power and cooling.
fn supplied(system: System, instant: bool) -> System {
    let start_time = if instant { Duration::ZERO } else { Duration::hours(0.3) };
    system
        .power("grid", Supply { feeds: vec!["r".into()], ..grid(Supply::per("zone"), start_time) })
        .power("north", grid(Supply::new(&["s", "s/a", "feed", "cooling plant"]), start_time).copies(2))
        .power("intake", Supply::new(&["power north", "power grid"]).mode("fire", hours(70.0), hours(3.0)))
        .power("south", grid(Supply::new(&["s/a"]), Duration::ZERO).returns(hours(1.0)))
        .cooling(
            "plant",
            Supply::new(&["r/b", "s"]).mode("stop", hours(45.0), hours(2.0)).ride_through(hours(1.0)),
        )
}

/// A service that can do without another for half an hour.
fn without_db(service: Service) -> Service {
    let without = Without::serves(Probability::new(0.5).unwrap()).lasts(hours(0.5));
    service.depends_on("db").without("db", without)
}

/// Something of everything, with failures often enough to meet each other.
fn everything(outages: [SiteOutage; 2], crew: Crew, instant: bool) -> System {
    let mode = |life, repair| Mode::new(hours(life), hours(repair)).repaired_by("crew");
    let glitch = Mode::new(hours(15.0), Law::constant(Duration::hours(0.5)))
        .stress(Stress::power(2.0, Ratio::new(0.5).unwrap()))
        .cascade(Cascade::new(Probability::new(0.2).unwrap()).among("zone"));
    let kind = |outage: &SiteOutage| {
        Component::new()
            .with_mode("crash", mode(20.0, 3.0))
            .with_mode("wear", mode(35.0, 4.0))
            .with_mode("glitch", glitch.clone())
            .with_mode("drag", mode(25.0, 5.0).slow(Probability::new(0.4).unwrap()))
            .with_mode("jam", Mode::new(hours(45.0), hours(5.0)).slow(Probability::new(0.3).unwrap()))
            .site_outage(outage.clone())
    };
    let load = Load::new(Demand::Share(Ratio::new(0.3).unwrap()))
        .by_hours("08:00-16:00".parse().unwrap(), Demand::Share(Ratio::new(0.6).unwrap()));
    let scaling = Scaling::new(Ratio::new(0.8).unwrap(), hours(0.3), hours(0.2)).minimum(3);
    let delay = |hours: f64| if instant { Duration::ZERO } else { Duration::hours(hours) };
    let failover = Failover::new(Law::constant(delay(0.2)), Law::constant(delay(0.4)))
        .succeeds(Probability::new(0.6).unwrap(), hours(2.0));
    ["r/a", "r/b", "s/a", "s/b"]
        .iter()
        .fold(System::new().levels(&["region", "zone"]), |system, site| system.site(site))
        .level_mode("region", "outage", Mode::new(hours(60.0), hours(4.0)))
        .level_mode("zone", "outage", Mode::new(hours(40.0), hours(5.0)).repaired_by("electricians"))
        .level_mode("zone", "flood", Mode::new(hours(80.0), hours(6.0)))
        .crew("crew", crew)
        // Not the same crew: one that waits beside a component which stands still would wait for itself.
        .crew("electricians", Crew::new(1))
        .component("one", kind(&outages[0]))
        .component("two", kind(&outages[1]))
        .service(
            "db",
            Service::stacked(&["one", "two"], 5).spread("zone").failover(failover.clone()).load(load.clone()),
        )
        .service(
            "cache",
            Service::replicas("two", 4)
                .spread("region")
                .needs(Need::Majority)
                .failover(failover)
                .load(load.clone().down_above(None)),
        )
        .service(
            "web",
            Service::replicas("one", 6)
                .spread("zone")
                .needs(Need::Share(Probability::new(0.4).unwrap()))
                .depends_on("db")
                .load(load.clone())
                .scaling(scaling),
        )
        .service("both", Service::members(&["web", "cache"]).needs(Need::All))
        .service("front", without_db(Service::replicas("one", 2).within("s").depends_on("both").load(load)))
        .environment(
            "rush",
            Environment::new(hours(30.0), hours(6.0), Scope::all()).load_factor(1.5).failure_factor(2.0),
        )
        .service("any", Service::members(&["front", "cache", "both"]))
        .domain("feed", Domain::new(Scope::all().replicas(&[1, 3])).mode("outage", hours(50.0), hours(2.0)))
        .shock(
            "surge",
            Shock::new(hours(30.0), "wear", Scope::all().components(&["two"]))
                .each(Probability::new(0.5).unwrap())
                .within("zone"),
        )
}

/// Faults often enough to meet each other, and everything else.
fn script() -> Scenario {
    let fault = |takes: &str, every| Fault::new(takes, hours(30.0), hours(5.0)).every(Duration::hours(every));
    ["r", "r/a", "s/b", "db/1", "component two", "web", "feed", "power north", "power grid at r/a"]
        .iter()
        .zip([31.0, 17.0, 23.0, 19.0, 61.0, 41.0, 29.0, 37.0, 43.0])
        .fold(Scenario::new(), |script, (takes, every)| script.fault(fault(takes, every)))
}

#[test]
fn counters_agree_with_what_they_count_after_every_event() {
    let outages = [SiteOutage::Unreachable, SiteOutage::Frozen, SiteOutage::Crashes("crash".to_owned())];
    let crews = [Crew::new(1), Crew::new(2).shared(), Crew::new(3).per("region"), Crew::new(1).per("zone")];
    for one in &outages {
        for two in &outages {
            for (number, crew) in crews.iter().enumerate() {
                let instant = number % 2 == 0;
                let system = everything([one.clone(), two.clone()], crew.clone(), instant);
                let system = supplied(system, instant);
                let model = SystemModel::new(&system.scenario(script())).unwrap();
                let mut audit = Audit { events: 0 };
                let end = Instant::START + Duration::hours(400.0).span();
                Simulator::new(model, 5).play(number as u64, end, &mut audit);
                assert!(audit.events > 300, "{} events", audit.events);
            }
        }
    }
}

/// The same with repairs that go wrong and replacements at an age.
fn with_slips(system: System) -> System {
    let mut system = system;
    for (name, component) in &mut system.components {
        let wear = component.modes.get_mut("wear").expect("everything wears");
        let error = RepairError::new(Probability::new(0.3).unwrap());
        wear.error = Some(if name == "two" { error.breaks("crash") } else { error });
        wear.preventive = Some(Preventive::new(hours(40.0), hours(1.0)));
    }
    system
}

/// The same with failovers that cover some and look at all, replicas that catch up, and votes.
fn in_pairs(system: System, number: usize) -> System {
    let mut system = system;
    let mut voters = Vec::new();
    for (name, service) in &mut system.services {
        if let Some(failover) = &mut service.failover {
            failover.covers = Probability::new(0.7).unwrap();
            failover.manual = Some(hours(1.0));
            failover.checks = number % 2 == 1;
            failover.failback = number.is_multiple_of(2).then(|| Failback::new(hours(0.5)).after(hours(1.0)));
            failover.restart = (!number.is_multiple_of(3)).then(|| hours(0.2));
        }
        if let Body::Replicas { replicas: 2.., .. } = service.body {
            service.resync = (number % 3 != 1).then(|| Resync::new(hours(2.0), hours(9.0)));
            service.scaling = None;
            voters.push(name.clone());
        }
    }
    assert!(voters.len() > 1, "several services have votes");
    let voters: Vec<&str> = voters.iter().map(String::as_str).collect();
    system.service("votes", Service::voters(&voters))
}

/// The same with failures that are found late, spares, repairs that need a service, and crews of every kind.
#[test]
fn counters_agree_while_repairs_wait() {
    let office: Hours = "Mon-Fri 08:00-18:00".parse().unwrap();
    let on_call =
        Crew::new(2).responds(Response::at(office.clone(), hours(0.2))).responds(Response::new(hours(1.0)));
    let crews = [
        on_call.clone().discipline(Discipline::Preemptive),
        Crew::new(1).discipline(Discipline::Batch).responds(Response::new(hours(2.0))),
        Crew::new(3).discipline(Discipline::Priority).hours(office.clone()),
        Crew::new(2).discipline(Discipline::Preemptive).per("zone").works_while("zone"),
        Crew::new(2).shared().hours(office).works_while("feed"),
    ];
    let outages = [SiteOutage::Unreachable, SiteOutage::Frozen, SiteOutage::Crashes("crash".to_owned())];
    for (number, crew) in crews.iter().enumerate() {
        for outage in &outages {
            let kinds = [outage.clone(), SiteOutage::Crashes("wear".to_owned())];
            let mut system = supplied(everything(kinds, crew.clone(), number % 2 == 0), number % 2 == 0)
                .spares("parts", Spares::new(2, hours(10.0)).per("region"));
            let every = Found::Every { period: Duration::hours(24.0), staggered: number % 2 == 0 };
            let found = [Found::After(hours(5.0)), every, Found::AtFailover][number % 3].clone();
            for (name, component) in &mut system.components {
                let wear = component.modes.get_mut("wear").expect("everything wears");
                wear.replaced_from = Some("parts".to_owned());
                wear.found = Some(found.clone());
                wear.dormancy = Some(Probability::new(0.5).unwrap());
                wear.after_failover = number.is_multiple_of(2);
                let crash = component.modes.get_mut("crash").expect("everything crashes");
                crash.repair_needs = Some("cache".to_owned());
                crash.without = (name == "two").then(|| hours(9.0));
                crash.priority = crew.discipline.asks().then_some(1);
            }
            let system = in_pairs(with_slips(system), number);
            let model = SystemModel::new(&system.scenario(script())).unwrap();
            let mut audit = Audit { events: 0 };
            let end = Instant::START + Duration::hours(600.0).span();
            Simulator::new(model, 5).play(number as u64, end, &mut audit);
            assert!(audit.events > 300, "{} events", audit.events);
        }
    }
}
