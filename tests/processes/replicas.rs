//! Processes on the replicas of a system: whatever befalls hosts, sites and links befalls them.

use fivenines::engine::Simulator;
use fivenines::network::Way;
use fivenines::process::{Arrivals, Clients, Hosts, Network, Schedule, Wire};
use fivenines::random::Law;
use fivenines::system::{
    Component, Fault, Link, LinkEffect, Mode, Need, Scenario, Service, SiteOutage, System, SystemModel,
};
use fivenines::units::{Duration, Instant};

fn at(seconds: f64) -> Law {
    Law::constant(Duration::seconds(seconds))
}

fn end(seconds: f64) -> Instant {
    Instant::START + Duration::seconds(seconds).span()
}

/// What befalls the replicas of `db`, and clients at these sites, in the first trial.
fn faults(system: &System, clients: &[&str], seconds: f64) -> Vec<String> {
    let hosts = Hosts::of(system, &["db"]).unwrap();
    let clients: Vec<Clients> =
        clients.iter().map(|site| Clients::new(1, Arrivals::Closed(at(1.0))).at(site)).collect();
    let told = |schedule: Schedule| schedule.faults().iter().map(ToString::to_string).collect();
    told(hosts.fate(1, 0, end(seconds), &clients).faults)
}

/// Three servers, one in each zone, and a script.
fn zones(server: Component, script: Vec<Fault>) -> System {
    let scenario = script.into_iter().fold(Scenario::new().without_random_faults(), Scenario::fault);
    System::new()
        .site("eu/a")
        .site("eu/b")
        .site("eu/c")
        .component("server", server)
        .service("db", Service::replicas("server", 3).spread("zone").needs(Need::Majority))
        .scenario(scenario)
}

#[test]
fn a_site_that_is_down_reaches_nobody_and_its_hosts_do_what_they_say() {
    let outage = || vec![Fault::new("eu/b", at(10.0), at(5.0))];
    let cut = "at 10s for 5s: p1 and p0 p2 p3 are cut off from each other";
    let server = || Component::new().mode("crash", Law::Never, at(2.0));
    assert_eq!(faults(&zones(server(), outage()), &["eu/a"], 60.0), [cut]);
    let frozen = zones(server().site_outage(SiteOutage::Frozen), outage());
    assert_eq!(faults(&frozen, &["eu/a"], 60.0), ["at 10s for 5s: p1 stands still", cut]);
    // It is repaired once the site is back.
    let crashes = zones(server().site_outage(SiteOutage::Crashes("crash".to_owned())), outage());
    assert_eq!(faults(&crashes, &["eu/a"], 60.0), ["at 10s for 7s: p1 is down", cut]);
    // Who is in it as well reaches it.
    let near = faults(&zones(server(), outage()), &["eu/b"], 60.0);
    assert_eq!(near, ["at 10s for 5s: p1 p3 and p0 p2 are cut off from each other"]);
}

#[test]
fn what_lasts_at_the_end_goes_on_beyond_it() {
    let outage = vec![Fault::new("eu/a", at(10.0), at(500.0))];
    let told = faults(&zones(Component::new().mode("crash", Law::Never, at(2.0)), outage), &[], 60.0);
    assert_eq!(told, ["at 10s for 51s: p0 and p1 p2 are cut off from each other"]);
}

#[test]
fn links_cut_delay_and_lead_around() {
    let effect = |effect, from: f64| Mode::new(at(from), at(2.0)).on_link(effect);
    let fibre = |mode: Mode| Component::new().with_mode("fails", mode);
    let millis = |count: f64| Duration::millis(count);
    let system = |mode: Mode| {
        let link = |ends: [&str; 2], takes| Link::between(ends[0], ends[1]).latency(millis(takes));
        let network = fivenines::system::Network::default()
            .link("ab", link(["eu/a", "eu/b"], 1.0).component("fibre"))
            .link("bc", link(["eu/b", "eu/c"], 2.0))
            .link("ca", link(["eu/c", "eu/a"], 4.0));
        let mut system = zones(Component::new(), Vec::new()).component("fibre", fibre(mode)).network(network);
        system.scenario = Scenario::new();
        system
    };
    // From a to b by way of c: 6 ms in place of 1; from a to c by the direct link, 4 in place of 3.
    let around = [
        "at 10s for 2s: messages of p0 to and from p1 take 5ms longer",
        "at 10s for 2s: messages of p0 to and from p2 take 1ms longer",
    ];
    assert_eq!(faults(&system(effect(LinkEffect::CUT, 10.0)), &[], 15.0), around);
    let forth = [
        "at 10s for 2s: messages of p0 to p1 take 5ms longer",
        "at 10s for 2s: messages of p0 to p2 take 1ms longer",
    ];
    assert_eq!(faults(&system(effect(LinkEffect::Cuts(Way::Forth), 10.0)), &[], 15.0), forth);
    let slow = faults(&system(effect(LinkEffect::Slows(3.0), 10.0)), &[], 15.0);
    let three = [
        "at 10s for 2s: messages of p0 to and from p1 take 2ms longer",
        "at 10s for 2s: messages of p0 to and from p2 take 1ms longer",
    ];
    assert_eq!(slow, three);
}

#[test]
fn the_length_of_links_adds_to_latency() {
    let network = fivenines::system::Network::default()
        .link("ab", Link::between("eu/a", "eu/b").latency(Duration::millis(10.0)))
        .link("bc", Link::between("eu/b", "eu/c").latency(Duration::millis(20.0)));
    let mut system = zones(Component::new(), Vec::new()).network(network);
    system.scenario = Scenario::new();
    let hosts = Hosts::of(&system, &["db"]).unwrap();
    let wire = || Wire::new(Law::constant(Duration::millis(1.0)));
    let laid = hosts.lay(Network::flat(wire()), &[]);
    let by_hand = ["eu/a", "eu/b", "eu/c"].iter().fold(Network::flat(wire()), |it, site| it.site(site, 1));
    let far = |network: Network, from: &str, to: &str, by: f64| {
        let wire = || wire().farther(Duration::millis(by));
        network.wire(from, to, wire()).wire(to, from, wire())
    };
    let by_hand = far(by_hand, "eu/a", "eu/b", 10.0);
    let by_hand = far(by_hand, "eu/a", "eu/c", 30.0);
    let by_hand = far(by_hand, "eu/b", "eu/c", 20.0);
    let all = |network: &Network| -> Vec<Wire> {
        let pairs = (0..3).flat_map(|from| (0..3).map(move |to| (from, to)));
        pairs.map(|(from, to)| network.wire_from(from, to).clone()).collect()
    };
    assert_eq!(all(&laid), all(&by_hand));
}

#[test]
fn slow_hosts_and_lost_disks() {
    let half = "50%".parse().unwrap();
    let gray = Component::new().with_mode("gray", Mode::new(at(10.0), at(4.0)).slow(half));
    let system = System::new()
        .component("server", gray)
        .service("db", Service::replicas("server", 1).needs(Need::Share("60%".parse().unwrap())));
    assert_eq!(faults(&system, &[], 20.0), ["at 10s for 4s: p0 is 2 times as slow"]);

    let disk = Component::new().with_mode("dies", Mode::new(at(10.0), at(4.0)).destroys());
    let mut system = System::new()
        .component("server", Component::new())
        .component("disk", disk)
        .service("db", Service::stacked(&["server", "disk"], 1));
    let data = fivenines::system::Data::new(Need::Any);
    system.services.get_mut("db").unwrap().data = Some(data);
    assert_eq!(faults(&system, &[], 20.0), ["at 10s: p0's disk is erased", "at 10s for 4s: p0 is down"]);
}

#[test]
fn the_system_has_the_luck_that_it_has_alone() {
    let server = Component::new().mode(
        "crash",
        Law::exponential(Duration::seconds(60.0)),
        Law::exponential(Duration::seconds(20.0)),
    );
    let mut system = zones(server, Vec::new());
    system.scenario = Scenario::new();
    let hosts = Hosts::of(&system, &["db"]).unwrap();
    let mut alone = Simulator::new(SystemModel::new(&system).unwrap(), 7);
    for trial in 0..20 {
        let unmet = hosts.fate(7, trial, end(600.0), &[]).unmet;
        let levels = alone.levels(trial, end(600.0));
        assert!((unmet[0].1 - (1.0 - levels.mean(0))).abs() < 1e-12, "trial {trial}");
        assert!(unmet[0].1 > 0.0, "something fails in ten minutes");
    }
}

#[test]
fn processes_run_on_replicas() {
    let system = System::new()
        .component("server", Component::new())
        .service("db", Service::replicas("server", 2))
        .service("both", Service::members(&["db"]));
    let message = |services: &[&str]| Hosts::of(&system, services).unwrap_err()[0].message.clone();
    assert_eq!(message(&["both"]), "there is no service `both` with replicas for processes to run on");
    assert_eq!(message(&["web"]), "there is no service `web` with replicas for processes to run on");
    let help = Hosts::of(&system, &["dbs"]).unwrap_err()[0].help.clone();
    assert_eq!(help.as_deref(), Some("did you mean `db`?"));
    assert_eq!(Hosts::of(&system, &["db"]).unwrap().name(1), "db-2");
}

#[test]
fn what_failed_in_a_log_fails_here() {
    let second = |seconds: u64| fivenines::units::Span::from_secs(seconds);
    let log = fivenines::system::Trace::new(second(1000), vec![vec![(second(10), second(5))]; 2]).unwrap();
    let system = System::new()
        .trace("log", log)
        .component("server", Component::new().plays("log"))
        .service("db", Service::replicas("server", 2));
    // A trial begins anywhere in the log, in which both nodes failed at once.
    let told = faults(&system, &[], 1000.0);
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].ends_with("for 5s: p0 is down") && told[1].ends_with("for 5s: p1 is down"), "{told:?}");
}
