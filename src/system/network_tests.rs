//! Networks in trials: scripted partitions, and what minutes without a route are booked to.

use super::{
    Client, Component, Fabric, Failover, Fault, Gate, Link, LinkEffect, Mode, Narrator, Need, Network, Node,
    Recorder, Scenario, Service, Sides, System, SystemModel, What, Window,
};
use crate::engine::{Observer, Simulator};
use crate::network::{Shape, Way};
use crate::random::Law;
use crate::units::{Duration, Instant, Span};

const END: Instant = Instant::from_micros(30 * 86_400 * 1_000_000);

/// Three zones in a mesh, a replica in each, clients in the first.
fn mesh(service: Service) -> System {
    let sites =
        ["a", "b", "c"].iter().fold(System::new().levels(&["zone"]), |system, site| system.site(site));
    sites
        .component("server", Component::new())
        .service("db", service.spread("zone"))
        .network(Network::default().generate("wan", Fabric::new(Shape::FullMesh, "zone")))
        .client("a", Client::new("a", "db"))
        .client("b", Client::new("b", "db"))
}

fn hours(hours: f64) -> Law {
    Law::constant(Duration::hours(hours))
}

/// Plays a script alone; gives the downtime of each service in hours, by name.
fn played(system: System, fault: Fault) -> Vec<(String, f64)> {
    let system = system.scenario(Scenario::new().fault(fault).without_random_faults());
    let model = SystemModel::new(&system).unwrap();
    let names: Vec<String> = model.services().map(str::to_owned).collect();
    let mut recorder = Recorder::new(Window { start: Instant::START, end: END, length: END.since_start() });
    Simulator::new(model, 1).play(0, END, &mut recorder);
    let down = recorder.records().iter().map(|record| record.downtime.as_secs_f64() / 3600.0);
    names.into_iter().zip(down).collect()
}

fn down(found: &[(String, f64)], name: &str) -> f64 {
    found.iter().find(|(known, _)| known == name).expect("there is such a service").1
}

#[test]
fn a_partition_leaves_the_majority_serving_and_the_others_waiting() {
    let parted = |one_way: bool| {
        let fault = Fault::partition(&[&["a"], &["b", "c"]], hours(24.0), hours(2.0));
        if one_way { fault.one_way() } else { fault }
    };
    let db = || Service::replicas("server", 3).needs(Need::Majority);
    // A request that gets there is not answered where nothing comes back.
    for one_way in [false, true] {
        let found = played(mesh(db()), parted(one_way));
        assert_eq!(["db", "client a", "client b"].map(|name| down(&found, name)), [0.0, 2.0, 0.0]);
    }
    let stale = played(mesh(db().sides(Sides::Stale)), parted(false));
    assert_eq!(["db", "client a", "client b"].map(|name| down(&stale, name)), [0.0, 0.0, 0.0]);
    let apart = Fault::partition(&[&["a"], &["b"], &["c"]], hours(24.0), hours(2.0));
    let found = played(mesh(db().sides(Sides::Stale)), apart);
    assert_eq!(["db", "client a", "client b"].map(|name| down(&found, name)), [2.0, 2.0, 2.0]);
}

#[test]
fn links_and_nodes_can_be_taken() {
    let hub = || {
        let network = Network::default()
            .node("hub", Node::default())
            .link("to a", Link::between("a", "hub"))
            .link("to b", Link::between("b", "hub"))
            .link("to c", Link::between("c", "hub"));
        mesh(Service::replicas("server", 1).within("b")).network(network)
    };
    let take = |what: &str| Fault::new(what, hours(1.0), hours(3.0));
    assert_eq!(down(&played(hub(), take("hub")), "client a"), 3.0);
    assert_eq!(down(&played(hub(), take("to a")), "client a"), 3.0);
    assert_eq!(down(&played(hub(), take("to c")), "client a"), 0.0);
    assert_eq!(down(&played(mesh(Service::replicas("server", 1)), take("wan/a - b")), "client b"), 0.0);
}

/// A switch that fails for hours, on the only way from clients to what they use.
fn behind_a_switch() -> System {
    let law = |hours| Law::exponential(Duration::hours(hours));
    let network = Network::default()
        .node("hub", Node::default().component("switch"))
        .link("a", Link::between("a", "hub").component("fibre"))
        .link("b", Link::between("hub", "b"));
    System::new()
        .levels(&["zone"])
        .site("a")
        .site("b")
        .component("server", Component::new().mode("crash", law(100.0), law(1.0)))
        .component("switch", Component::new().with_mode("failure", Mode::new(law(60.0), law(5.0))))
        .component("fibre", Component::new().with_mode("cut", Mode::new(law(80.0), law(4.0))))
        .service("web", Service::replicas("server", 1).within("b"))
        .network(network)
        .client("a", Client::new("a", "web"))
}

#[test]
fn every_minute_without_a_route_is_booked_to_what_came_back() {
    let model = SystemModel::new(&behind_a_switch()).unwrap();
    let classes: Vec<String> = model.cause_classes().iter().map(ToString::to_string).collect();
    let mut recorder = Recorder::new(Window { start: Instant::START, end: END, length: END.since_start() });
    let mut simulator = Simulator::new(model, 5);
    let mut booked = vec![Span::ZERO; classes.len()];
    for trial in 0..50 {
        simulator.play(trial, END, &mut recorder);
        let client = &recorder.records()[1];
        let total = client.causes.iter().fold(Span::ZERO, |total, cause| total + cause.1);
        assert_eq!(total, client.downtime, "trial {trial}");
        client.causes.iter().for_each(|&(cause, span)| booked[cause as usize] += span);
    }
    let mut named: Vec<&str> = classes
        .iter()
        .zip(&booked)
        .filter(|(_, span)| **span > Span::ZERO)
        .map(|(name, _)| name.as_str())
        .collect();
    named.sort_unstable();
    assert_eq!(named, ["fibre cut", "server crash at b", "switch failure"]);
}

#[test]
fn the_story_names_what_is_in_the_way() {
    let model = SystemModel::new(&behind_a_switch()).unwrap();
    let mut narrator = Narrator::default();
    Simulator::new(model, 5).play(0, END, &mut narrator);
    let told = |wanted: &[&str]| {
        narrator.story().iter().any(|happening| match &happening.what {
            What::Down { service, because } => service == "client a" && because == wanted,
            _ => false,
        })
    };
    assert!(told(&["switch failure"]) && told(&["fibre cut"]) && told(&["server crash at b"]));
    assert!(!told(&[]), "{:#?}", narrator.story());
}

/// Decides for all services anew after every event: what was kept from event to event must be what comes of it.
struct Audit;

impl Observer<SystemModel> for Audit {
    fn after(&mut self, model: &SystemModel, now: Instant) {
        let (plan, state) = (model.plan.network.as_ref().unwrap(), model.network.as_ref().unwrap());
        for (station, &up) in (0..).zip(&state.up) {
            let here = (0..plan.replica_stations.len() as u32)
                .filter(|&replica| plan.replica_stations[replica as usize] == station);
            let here: Vec<u32> = here.collect();
            let found = here.iter().filter(|&&replica| model.replica_down[replica as usize] == 0).count();
            assert!(here.is_empty() || found as u32 == up, "{now}: station {station}");
        }
        let mut anew = model.clone();
        let services = 0..plan.service;
        let ahead = services.map(|service| (plan.ranks[service as usize], service));
        anew.network.as_mut().unwrap().look_at_all(ahead);
        anew.settle_sides();
        let fresh = anew.network.as_ref().unwrap();
        assert_eq!(fresh.cut, state.cut, "{now}: who is cut off");
        assert_eq!(fresh.unserved, state.unserved, "{now}: who is not served");
        assert_eq!(fresh.offers, state.offers, "{now}: where one is served");
        assert_eq!((anew.up_count, anew.broken), (model.up_count.clone(), model.broken.clone()), "{now}");
    }
}

/// Two regions of racks with two leaves each, links between the regions, services on services, and clients everywhere.
fn everything(sides: Option<Sides>, one_way: bool) -> System {
    let law = |hours| Law::exponential(Duration::hours(hours));
    let way = if one_way { Way::Back } else { Way::Both };
    let wire = Component::new()
        .with_mode("cut", Mode::new(law(70.0), law(6.0)).on_link(LinkEffect::Cuts(way)))
        .with_mode("slow", Mode::new(law(90.0), law(9.0)).on_link(LinkEffect::Slows(20.0)));
    let fabric = |region: &str| {
        let shape = Shape::LeafSpine { spines: 2, homes: 2 };
        let fabric = Fabric::new(shape, "rack").within(region).switch("switch").link("wire").access("wire");
        Fabric { latency: Duration::millis(1.0), ..fabric }
    };
    let trunk =
        |from: &str, to: &str| Link::between(from, to).component("wire").latency(Duration::millis(5.0));
    let network = Network::default()
        .generate("one", fabric("r1"))
        .generate("two", fabric("r2"))
        .node("core-1", Node::default().component("switch").at("r1"))
        .node("core-2", Node::default().component("switch").at("r2"))
        .link("long", trunk("core-1", "core-2"))
        .link("1", trunk("r1", "core-1"))
        .link("2", trunk("r2", "core-2"))
        .link("1a", trunk("r1/a", "core-1"))
        .link("2a", trunk("r2/a", "core-2"))
        .site("r1/a", Gate { forwards: true })
        .site("r2/a", Gate { forwards: true });
    let racks = ["r1/a", "r1/b", "r1/c", "r2/a", "r2/b"];
    let system =
        racks.iter().fold(System::new().levels(&["region", "rack"]), |system, rack| system.site(rack));
    let failover = Failover::new(law(0.1), law(0.2));
    let db = Service::replicas("server", 5).spread("rack").needs(Need::Majority);
    let db = if sides == Some(Sides::Each) { db } else { db.failover(failover) };
    let db = Service { sides, ..db };
    system
        .level_mode("rack", "outage", Mode::new(law(200.0), law(5.0)))
        .component("server", Component::new().mode("crash", law(50.0), law(3.0)))
        .component("switch", Component::new().mode("failure", law(60.0), law(5.0)))
        .component("wire", wire)
        .network(network)
        .service("db", db)
        .service("web", Service::replicas("server", 6).spread("rack").needs(Need::Count(2)).depends_on("db"))
        .service("cache", Service::replicas("server", 2).spread("rack").within("r2"))
        .service("shop", Service::members(&["web", "cache"]).needs(Need::Any))
        .client("a", Client::new("r1/a", "shop").depends_on("cache"))
        .client("b", Client::new("r2/b", "web").within(Duration::millis(12.0)))
        .client("c", Client::new("core-1", "db").within(Duration::millis(7.0)))
}

#[test]
fn what_is_kept_from_event_to_event_is_what_comes_of_deciding_anew() {
    for sides in [None, Some(Sides::Each), Some(Sides::Stale)] {
        for one_way in [false, true] {
            let model = SystemModel::new(&everything(sides, one_way)).unwrap();
            let mut simulator = Simulator::new(model, 3);
            let events: u64 = (0..4).map(|trial| simulator.play(trial, END, &mut Audit).events).sum();
            assert!(events > 2000, "only {events} events");
        }
    }
}
