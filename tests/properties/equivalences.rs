//! Systems that are said in two ways, or changed in a way whose effect is known.

use fivenines::random::Law;
use fivenines::system::{
    Body, Change, Client, Component, Crew, Domain, Environment, Failover, Maintenance, Mode, Need, Network,
    Scope, Service, ServiceRecord, Shock, SiteOutage, Supply, System, Window, Work,
};
use fivenines::units::{Duration, Instant, Span};
use proptest::prelude::*;

use super::exactness::assert_alike;
use super::held::{compiled, explored, holds};
use super::histories::histories;
use super::sketch::{Sketch, StormSketch, law, sketch};

/// Holds the answers of two systems against each other, service by service in the order of names.
fn assert_same(one: &System, other: &System, scale: f64) -> bool {
    let (Some(first), Some(second)) = (explored(one), explored(other)) else { return false };
    let services = compiled(one).services().len();
    assert_alike(&first, &second, services, scale, 1e-10);
    true
}

fn renamed_work(work: &Work, backwards: &impl Fn(&String) -> String) -> Work {
    let mut work = work.clone();
    work.scope.services.iter_mut().for_each(|name| *name = backwards(name));
    work.error.iter_mut().for_each(|error| error.breaks = backwards(&error.breaks));
    work
}

fn renamed_change(change: &Change, backwards: &impl Fn(&String) -> String) -> Change {
    Change { work: renamed_work(&change.work, backwards), ..change.clone() }
}

fn renamed_maintenance(maintenance: &Maintenance, backwards: &impl Fn(&String) -> String) -> Maintenance {
    let mut renamed = Maintenance { work: renamed_work(&maintenance.work, backwards), ..maintenance.clone() };
    renamed.rejuvenates.iter_mut().for_each(|mode| *mode = backwards(mode));
    renamed
}

fn renamed_shock(shock: &Shock, backwards: &impl Fn(&String) -> String) -> Shock {
    let mut shock = shock.clone();
    shock.fails = backwards(&shock.fails);
    for scope in std::iter::once(&mut shock.scope).chain(shock.also.iter_mut().map(|hit| &mut hit.scope)) {
        scope.components.iter_mut().chain(&mut scope.services).for_each(|name| *name = backwards(name));
    }
    shock
}

fn renamed_network(
    network: &Network,
    place: &impl Fn(&String) -> String,
    backwards: &impl Fn(&String) -> String,
) -> Network {
    let mut network = network.clone();
    for link in network.links.values_mut() {
        link.between = [0, 1].map(|end| place(&link.between[end]));
        link.component = link.component.as_ref().map(backwards);
    }
    network
}

/// A prefix for everything, with the order of components and services turned around.
fn renamed(system: &System) -> System {
    let backwards = |name: &String| {
        let turned: String = name.chars().map(|c| if c.is_ascii_digit() { flip(c) } else { c }).collect();
        format!("the {turned}")
    };
    let place = |path: &String| format!("other {path}");
    let component = |component: &Component| {
        let mut component = component.clone();
        component.modes =
            component.modes.iter().map(|(name, mode)| (backwards(name), mode.clone())).collect();
        if let SiteOutage::Crashes(mode) = &mut component.site_outage {
            *mode = backwards(mode);
        }
        component
    };
    let service = |service: &Service| {
        let mut service = service.clone();
        match &mut service.body {
            Body::Replicas { runs_on, .. } => runs_on.iter_mut().for_each(|name| *name = backwards(name)),
            Body::Members(members) | Body::Voters(members) => {
                members.iter_mut().for_each(|name| *name = backwards(name))
            }
        }
        service.depends_on.iter_mut().for_each(|name| *name = backwards(name));
        service.without = service.without.iter().map(|(on, it)| (backwards(on), it.clone())).collect();
        service
    };
    let client =
        |client: &Client| Client { at: place(&client.at), uses: backwards(&client.uses), ..client.clone() };
    let supply = |supply: &Supply| {
        let feeds = supply.feeds.iter().map(place).collect();
        Supply { feeds, ..supply.clone() }
    };
    let environment = |environment: &Environment| {
        let mut environment = environment.clone();
        environment.scope.sites.iter_mut().for_each(|path| *path = place(path));
        environment
    };
    System {
        levels: system.levels.clone(),
        level_modes: system.level_modes.clone(),
        sites: system.sites.iter().map(|(path, site)| (place(path), site.clone())).collect(),
        components: system.components.iter().map(|(name, c)| (backwards(name), component(c))).collect(),
        crews: system.crews.clone(),
        spares: system.spares.clone(),
        traces: system.traces.clone(),
        power: system.power.iter().map(|(name, s)| (name.clone(), supply(s))).collect(),
        cooling: system.cooling.clone(),
        domains: system.domains.clone(),
        environments: system.environments.iter().map(|(name, e)| (name.clone(), environment(e))).collect(),
        shocks: system.shocks.iter().map(|(name, s)| (name.clone(), renamed_shock(s, &backwards))).collect(),
        changes: system
            .changes
            .iter()
            .map(|(name, it)| (name.clone(), renamed_change(it, &backwards)))
            .collect(),
        maintenance: system
            .maintenance
            .iter()
            .map(|(name, it)| (name.clone(), renamed_maintenance(it, &backwards)))
            .collect(),
        certificates: system.certificates.clone(),
        services: system.services.iter().map(|(name, s)| (backwards(name), service(s))).collect(),
        // A script has no exact solution to compare.
        scenario: system.scenario.clone(),
        network: renamed_network(&system.network, &place, &backwards),
        clients: system.clients.iter().map(|(name, c)| (name.clone(), client(c))).collect(),
        costs: system.costs.clone(),
    }
}

fn flip(digit: char) -> char {
    char::from(b'0' + b'9' - digit as u8)
}

#[test]
fn names_change_nothing() {
    holds(45, sketch(), |sketch| {
        if sketch.queues_by_name() {
            return true;
        }
        let (system, other) = (sketch.system(), renamed(&sketch.system()));
        let (Some(one), Some(two)) = (explored(&system), explored(&other)) else { return false };
        // The first service of one is the last of the other, before the one made of all.
        let order: Vec<usize> = {
            let names: Vec<String> = compiled(&other).services().map(str::to_owned).collect();
            let find = |name: &str| {
                let turned: String =
                    name.chars().map(|c| if c.is_ascii_digit() { flip(c) } else { c }).collect();
                let turned = if name.starts_with("client") { turned } else { format!("the {turned}") };
                names.iter().position(|other| *other == turned).expect("its new name")
            };
            compiled(&system).services().map(find).collect()
        };
        let (steady, other_steady) = (one.steady().unwrap(), two.steady().unwrap());
        for (service, &new) in order.iter().enumerate() {
            let (a, b) = (one.unavailability(&steady, service), two.unavailability(&other_steady, new));
            assert!(a == b || (a / b - 1.0).abs() < 1e-10, "{a:e} and {b:e}");
            let (a, b) = (one.mean_time_to_down(service).unwrap(), two.mean_time_to_down(new).unwrap());
            assert!(a == b || (a / b - 1.0).abs() < 1e-10, "{a:e} and {b:e}");
        }
        true
    });
}

#[test]
fn slower_time_changes_nothing() {
    holds(40, sketch(), |sketch| {
        let (system, slower) = (sketch.system(), sketch.scaled(2.0));
        let window = |hours: f64| Window {
            start: Instant::START,
            end: Instant::START + Duration::hours(hours).span(),
            length: Duration::hours(hours).span(),
        };
        // The same luck, but for the rounding of each draw to a microsecond.
        let fast = histories(&system, window(400.0), &[0, 1]);
        let slow = histories(&slower, window(800.0), &[0, 1]);
        for ((_, fast), (_, slow)) in fast.iter().zip(&slow) {
            for (fast, slow) in fast.iter().zip(slow) {
                assert_eq!(fast.outages.len(), slow.outages.len());
                let difference = fast.downtime.as_secs_f64() - slow.downtime.as_secs_f64() / 2.0;
                assert!(difference.abs() < 0.01, "downtimes differ by {difference} s");
            }
        }
        assert_same(&system, &slower, 2.0)
    });
}

fn instant(system: &System, failover: bool) -> System {
    let mut system = system.clone();
    let now = Law::constant(Duration::ZERO);
    for service in system.services.values_mut() {
        let replicated = matches!(service.body, Body::Replicas { replicas: 2.., .. });
        service.failover = (failover && replicated).then(|| Failover::new(now.clone(), now.clone()));
    }
    system
}

#[test]
fn a_failover_without_delay_or_failure_is_none() {
    let end = Instant::START + Duration::hours(500.0).span();
    let window = Window { start: Instant::START, end, length: Duration::hours(500.0).span() };
    holds(60, sketch(), |mut sketch| {
        // Between equal sides of a network it is the leader that decides.
        sketch.network = None;
        // And a failover that takes no time still begins a grace anew, with another draw.
        sketch.without_grace();
        let (plain, leading) = (instant(&sketch.system(), false), instant(&sketch.system(), true));
        for ((_, one), (_, two)) in
            histories(&plain, window, &[0, 1]).iter().zip(histories(&leading, window, &[0, 1]))
        {
            for (one, two) in one.iter().zip(&two) {
                // When and how long; what it is booked to may differ, for a failover is a cause of its own.
                let times = |record: &ServiceRecord| -> Vec<(Instant, Span)> {
                    record.outages.iter().map(|outage| (outage.start, outage.length)).collect()
                };
                assert_eq!(times(one), times(two));
                assert_eq!(one.first_down, two.first_down);
                assert_eq!(one.windows, two.windows);
            }
        }
        assert_same(&plain, &leading, 1.0)
    });
}

fn without_crews(system: &System) -> System {
    let mut system = system.clone();
    system.components.values_mut().flat_map(|component| component.modes.values_mut()).for_each(|mode| {
        mode.repaired_by = None;
    });
    system
}

#[test]
fn a_crew_with_enough_people_is_none() {
    holds(40, sketch(), |sketch| {
        let mut crew = Crew::new(1000);
        crew.discipline = sketch.system().crews["crew"].discipline;
        let system = sketch.system().crew("crew", crew);
        assert_same(&system, &without_crews(&system), 1.0)
    });
}

/// The first service as members with one replica each, if it has neither sites nor a leader.
#[test]
fn replicas_are_members_with_one_replica_each() {
    holds(40, (sketch(), 1..=3u32), |(mut sketch, need): (Sketch, u32)| {
        sketch.services.truncate(1);
        sketch.members = false;
        sketch.services[0].failover = false;
        sketch.services[0].spread = false;
        sketch.services[0].divided = None;
        // What covers replicas by number, or strikes or works on a service's replicas, tells the two apart.
        (sketch.domain, sketch.shock, sketch.work) = (None, None, None);
        // A load is shared by the replicas of one service.
        sketch.load = false;
        // Clients go by its name.
        sketch.network = None;
        sketch.storm = sketch.storm.filter(|storm| !matches!(storm, StormSketch::Replicas(_)));
        for mode in sketch.kinds.iter_mut().flat_map(|kind| &mut kind.modes) {
            (mode.common, mode.cascades) = (false, false);
        }
        let need = Need::Count(need.min(sketch.services[0].replicas));
        let mut replicated = sketch.system();
        let service = replicated.services.remove("service-0").expect("the one service");
        let Body::Replicas { replicas, .. } = service.body.clone() else { unreachable!("it has replicas") };
        let mut grouped = replicated.clone();
        let names: Vec<String> = (0..replicas).map(|member| format!("member-{member}")).collect();
        for name in &names {
            let mut member = service.clone();
            let Body::Replicas { replicas, .. } = &mut member.body else { unreachable!("it has replicas") };
            *replicas = 1;
            grouped = grouped.service(name, member.needs(Need::Any));
        }
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        // In the order of names the group comes first.
        grouped = grouped.service("a service", Service::members(&names).needs(need));
        replicated = replicated.service("a service", service.needs(need));
        assert_same(&replicated, &grouped, 1.0)
    });
}

/// `n` alike units with mean life and repair in hours and a crew.
fn alike(n: u32, k: u32, crew: Crew, life: f64, repair: f64) -> System {
    let law = |hours| Law::exponential(Duration::hours(hours));
    System::new()
        .crew("crew", crew)
        .component(
            "unit",
            Component::new().with_mode("fails", Mode::new(law(life), law(repair)).repaired_by("crew")),
        )
        .service("units", Service::replicas("unit", n).needs(Need::Count(k)))
}

fn unavailability(system: &System) -> f64 {
    let exact = explored(system).expect("alike units are few states");
    exact.unavailability(&exact.steady().unwrap(), 0)
}

#[test]
fn another_repairer_or_a_lower_need_never_hurts_alike_units() {
    let systems = (1..=6u32, 1..=6u32, 1..=6u32, any::<bool>(), 1.0..1000.0, 0.1..100.0);
    holds(60, systems, |(n, k, size, shared, life, repair)| {
        let k = k.min(n);
        let crew = |size| if shared { Crew::new(size).shared() } else { Crew::new(size) };
        let now = unavailability(&alike(n, k, crew(size), life, repair));
        let more = unavailability(&alike(n, k, crew(size + 1), life, repair));
        assert!(more <= now * (1.0 + 1e-12), "{now:e} becomes {more:e} with one more in the crew");
        if k > 1 {
            let less = unavailability(&alike(n, k - 1, crew(size), life, repair));
            assert!(less <= now * (1.0 + 1e-12), "{now:e} becomes {less:e} with a lower need");
        }
        true
    });
}

#[test]
fn a_lower_need_never_hurts() {
    holds(40, sketch(), |mut sketch| {
        sketch.services.iter_mut().for_each(|service| service.failover = false);
        let down = |need: usize| {
            let mut sketch = sketch.clone();
            sketch.services[0].need = need;
            let exact = explored(&sketch.system())?;
            let steady = exact.steady().unwrap();
            Some((0..exact_services(&sketch)).map(|s| exact.unavailability(&steady, s)).collect::<Vec<_>>())
        };
        let (Some(any), Some(majority), Some(all)) = (down(0), down(1), down(2)) else { return false };
        for (low, high) in any.iter().zip(&majority).chain(majority.iter().zip(&all)) {
            assert!(*low <= high * (1.0 + 1e-10), "{high:e} becomes {low:e} with a lower need");
        }
        true
    });
}

fn exact_services(sketch: &Sketch) -> usize {
    sketch.services.len() + usize::from(sketch.members)
}

/// A way in which a zone fails is a domain over what is in the zone.
#[test]
fn a_domain_over_a_zone_is_the_zone() {
    holds(40, sketch(), |mut sketch: Sketch| {
        sketch.sites.zones = sketch.sites.zones.max(1);
        (sketch.domain, sketch.shock, sketch.work, sketch.sites.odd_zone) = (None, None, None, false);
        // Traffic passes through a zone in which everything is down, but not through one that is.
        sketch.network = None;
        // One that is not everywhere reaches zones and not domains.
        sketch.storm = sketch.storm.filter(|storm| matches!(storm, StormSketch::Everywhere));
        let system = sketch.system();
        let zone = if sketch.sites.nested { "region/a" } else { "a" };
        if !system.services.values().any(|service| matches!(service.body, Body::Replicas { .. })) {
            return false;
        }
        let flood = Mode::new(law(0, 50.0, 1.0), law(0, 1.0, 1.0));
        let with_domain = Domain::new(Scope::all().sites(&[zone])).with_mode("flood", flood.clone());
        let domain = system.clone().domain("valley", with_domain);
        if !domain.check().is_empty() {
            return false;
        }
        assert_same(&system.site_mode(zone, "flood", flood), &domain, 1.0)
    });
}
