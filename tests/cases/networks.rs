//! Networks: who gets through, which side serves, and what a degraded link does, each with its closed form.

use fivenines::engine::Simulator;
use fivenines::network::{Shape, Way};
use fivenines::solve::{Limits, Markov};
use fivenines::system::{
    Client, Component, Crew, Domain, Fabric, Failover, Gate, Link, LinkEffect, Mode, Need, Network, Node,
    Recorder, Resync, Scope, Service, Sides, System, SystemModel, Window,
};
use fivenines::units::{Duration, Instant};

use super::check::{self, EXACT, Play, Row, UNIFORMIZED, close, mean};

/// Unavailability of a part that lives 100 hours and is repaired in 5.
const U: f64 = 5.0 / 105.0;

fn part() -> Component {
    Component::new().mode("cut", mean(100.0), mean(5.0))
}

fn sites(names: &[&str]) -> System {
    let system = System::new().levels(&["zone"]).component("server", Component::new());
    names.iter().fold(system, |system, name| system.site(name))
}

/// Holds the long-run unavailability of some services to closed forms.
#[track_caller]
fn holds(system: &System, expected: &[(&str, f64)]) {
    let model = SystemModel::new(system).expect("the system is sound");
    let names: Vec<String> = model.services().map(str::to_owned).collect();
    let exact = Markov::explore(model, Limits::PATIENT).expect("the system is Markovian");
    let steady = exact.steady().expect("there is a long run");
    for (name, value) in expected {
        let service = names.iter().position(|known| known == name).expect("there is such a service");
        let found = exact.unavailability(&steady, service);
        if *value == 0.0 {
            assert_eq!(found, 0.0, "{name}");
        } else {
            close(name, found, *value, 1e-9);
        }
    }
}

const BRIDGE: &[Row] = &[
    ("unavailability", 0.00010343694922118069, EXACT),
    ("mttf", 49325.50903914434, EXACT),
    ("unreliability_8760h", 0.16264746514219525, UNIFORMIZED),
];

#[test]
fn clients_get_through_a_bridge_while_some_route_is_up() {
    let cut = Mode::new(mean(1000.0), mean(5.0)).repaired_by("crew");
    let ends = [("s", "a"), ("s", "b"), ("a", "b"), ("a", "t"), ("b", "t")];
    let network = Network::default().node("a", Node::default()).node("b", Node::default());
    let network = ends.iter().fold(network, |network, (from, to)| {
        network.link(&format!("{from}{to}"), Link::between(from, to).component("link"))
    });
    let system = sites(&["s", "t"])
        .crew("crew", Crew::new(1).shared())
        .component("link", Component::new().with_mode("cut", cut))
        .service("target", Service::replicas("server", 1).within("t"))
        .network(network)
        .client("s", Client::new("s", "target"));
    check::measure(&system, "client s", BRIDGE, Play::Outages(500.0));
}

/// Two routes of a switch and two links each: down when both are, each independently.
#[test]
fn two_routes_are_down_when_both_are() {
    let network = Network::default()
        .node("x", Node::default().component("part"))
        .node("y", Node::default().component("part"))
        .link("sx", Link::between("s", "x").component("part"))
        .link("xt", Link::between("x", "t").component("part"))
        .link("sy", Link::between("s", "y").component("part"))
        .link("yt", Link::between("y", "t").component("part"));
    let system = sites(&["s", "t"])
        .component("part", part())
        .service("target", Service::replicas("server", 1).within("t"))
        .network(network)
        .client("s", Client::new("s", "target"));
    let works = 1.0 - U;
    let route = 1.0 - works * works * works;
    holds(&system, &[("target", 0.0), ("client s", route * route)]);
}

/// Three sites linked with each other, a replica of each in each.
fn mesh(service: Service) -> System {
    let network = Network::default().generate("wan", Fabric::new(Shape::FullMesh, "zone").link("part"));
    sites(&["a", "b", "c"])
        .component("part", part())
        .service("db", service.spread("zone"))
        .network(network)
        .client("a", Client::new("a", "db"))
}

/// A majority of three needs one link that is up; clients need one at their own site, or else the other two sites
/// serve without them. With three links down nobody serves, whatever is done with what is stale.
#[test]
fn a_majority_is_on_one_side_and_clients_on_the_other_wait() {
    let db = || Service::replicas("server", 3).needs(Need::Majority);
    holds(&mesh(db()), &[("db", U * U * U), ("client a", U * U)]);
    holds(&mesh(db().sides(Sides::One)), &[("db", U * U * U), ("client a", U * U)]);
    holds(&mesh(db().sides(Sides::Stale)), &[("db", U * U * U), ("client a", U * U * U)]);
}

/// Where any replica will do, each side serves its own clients; where one of them leads, only its side does.
#[test]
fn what_needs_any_replica_serves_on_each_side() {
    holds(&mesh(Service::replicas("server", 3)), &[("db", 0.0), ("client a", 0.0)]);
    // Three sites apart: the first of equals serves, and that is where these clients are.
    let one = Service::replicas("server", 3).sides(Sides::One);
    holds(&mesh(one), &[("db", 0.0), ("client a", U * U * (1.0 - U))]);
}

/// What depends on something is of use only on a side that reaches it.
#[test]
fn a_replica_is_of_use_where_it_reaches_what_it_needs() {
    let network = Network::default().link("ab", Link::between("a", "b").component("part"));
    let system = sites(&["a", "b"])
        .component("part", part())
        .service("db", Service::replicas("server", 1).within("b"))
        .service("near", Service::replicas("server", 1).within("b").depends_on("db"))
        .service("far", Service::replicas("server", 1).within("a").depends_on("db"))
        .service("both", Service::replicas("server", 2).spread("zone").depends_on("db"))
        .service("pair", Service::members(&["near", "far"]).needs(Need::Any))
        .network(network)
        .client("a", Client::new("a", "both"))
        .client("b", Client::new("b", "both"))
        .client("pair", Client::new("a", "pair"));
    let expected = [("near", 0.0), ("far", U), ("both", 0.0), ("pair", 0.0)];
    holds(&system, &expected);
    holds(&system, &[("client a", U), ("client b", 0.0), ("client pair", U)]);
}

/// A link that is down in one way only still carries the other, and two such make a route there and a route back.
#[test]
fn a_route_back_may_be_another() {
    let one_way = |way| Mode::new(mean(100.0), mean(5.0)).on_link(LinkEffect::Cuts(way));
    let link = Component::new().with_mode("forth", one_way(Way::Forth)).with_mode("back", one_way(Way::Back));
    let network = Network::default()
        .link("one", Link::between("a", "b").component("link"))
        .link("two", Link::between("b", "a").component("link"));
    let system = sites(&["a", "b"])
        .component("link", link)
        .service("target", Service::replicas("server", 1).within("b"))
        .network(network)
        .client("a", Client::new("a", "target"));
    let there = 1.0 - U * U;
    holds(&system, &[("client a", 1.0 - there * there)]);
}

/// A direct link of 10 ms that is ten times as slow at times, and a way around of 40 ms whose links break.
#[test]
fn a_slow_link_is_down_to_clients_in_a_hurry() {
    let slow = Mode::new(mean(100.0), mean(5.0)).on_link(LinkEffect::Slows(10.0));
    let millis = Duration::millis;
    let network = Network::default()
        .node("x", Node::default())
        .link("direct", Link::between("a", "b").component("slow").latency(millis(10.0)))
        .link("ax", Link::between("a", "x").component("part").latency(millis(20.0)))
        .link("xb", Link::between("x", "b").component("part").latency(millis(20.0)));
    let around = 1.0 - (1.0 - U) * (1.0 - U);
    let client = |limit: f64| Client::new("a", "target").within(millis(limit));
    let system = sites(&["a", "b"])
        .component("slow", Component::new().with_mode("congested", slow))
        .component("part", part())
        .service("target", Service::replicas("server", 1).within("b"))
        .network(network)
        .client("hurried", client(39.9))
        .client("patient", client(40.0))
        .client("any", client(100.0));
    holds(&system, &[("client hurried", U), ("client patient", U * around), ("client any", 0.0)]);
}

/// Hosts with a link to each of two switches do not carry traffic from one to the other: with both links between the
/// switches down, a site on the first and one on the second lose each other, and a third on both reaches either.
#[test]
fn a_partial_partition_parts_some_and_not_others() {
    let network = Network::default()
        .node("one", Node::default())
        .node("two", Node::default())
        .link("trunk", Link::between("one", "two").component("part"))
        .link("a", Link::between("a", "one"))
        .link("b", Link::between("b", "two"))
        .link("c-1", Link::between("c", "one"))
        .link("c-2", Link::between("c", "two"));
    let parted = network.clone().site("c", Gate { forwards: false });
    let system = |network| {
        sites(&["a", "b", "c"])
            .component("part", part())
            .service("target", Service::replicas("server", 1).within("b"))
            .service("db", Service::replicas("server", 3).spread("zone").needs(Need::All))
            .service("quorum", Service::replicas("server", 3).spread("zone").needs(Need::Majority))
            .network(network)
            .client("a", Client::new("a", "target"))
            .client("c", Client::new("c", "target"))
            .client("quorum", Client::new("c", "quorum"))
    };
    let expected = [("db", U), ("quorum", 0.0), ("client a", U), ("client c", 0.0), ("client quorum", 0.0)];
    holds(&system(parted), &expected);
    holds(&system(network), &[("db", 0.0), ("client a", 0.0), ("client c", 0.0)]);
}

/// A site that is down takes its switch along and passes nothing on.
#[test]
fn a_site_that_is_down_passes_nothing_on() {
    let system = |at: &str| {
        let network = Network::default()
            .node("hub", Node::default().at(at))
            .link("ax", Link::between("a", "hub"))
            .link("xb", Link::between("hub", "b"))
            .link("am", Link::between("a", "m"))
            .link("mb", Link::between("m", "b").component("part"));
        sites(&["a", "b", "m"])
            .site_mode("m", "outage", Mode::new(mean(100.0), mean(5.0)))
            .component("part", part())
            .service("target", Service::replicas("server", 1).within("b"))
            .network(network)
            .client("a", Client::new("a", "target"))
            .client("m", Client::new("m", "target"))
    };
    holds(&system("a"), &[("client a", 0.0), ("client m", U)]);
    holds(&system("m"), &[("client a", U), ("client m", U)]);
}

/// A leader on the smaller side is given up, and one on the larger side is chosen: five replicas, the first leading,
/// behind a link of their own each; a switch-over takes as long as a failure of the link is detected and not longer.
#[test]
fn a_leader_that_is_cut_off_is_replaced() {
    let failover = Failover::new(mean(1e-3), mean(1e-3));
    let links = ["a", "b", "c"];
    let network = links.iter().fold(Network::default().node("hub", Node::default()), |network, site| {
        network.link(site, Link::between(site, "hub").component("part"))
    });
    let db = Service::replicas("server", 3).spread("zone").needs(Need::Majority).failover(failover);
    let system = sites(&links).component("part", part()).service("db", db).network(network);
    let model = SystemModel::new(&system).unwrap();
    let exact = Markov::explore(model, Limits::PATIENT).unwrap();
    let found = exact.unavailability(&exact.steady().unwrap(), 0);
    // Without the switch-overs: two of three links down.
    let parted = 3.0 * U * U * (1.0 - U) + U * U * U;
    assert!(found > parted && found < parted + 3.0 * 2e-3 / 100.0, "{found} for {parted}");
}

/// Two replicas with data and a witness, each at a site of a triangle: the votes of two count where they meet, over a link
/// that is up, and one of two always has the data. Clients need a link of their own site, as far as others agree without it.
#[test]
fn a_witness_votes_on_the_side_that_it_reaches() {
    let network = Network::default().generate("wan", Fabric::new(Shape::FullMesh, "zone").link("part"));
    let data = Scope::all().components(&["server"]).sites(&["b"]);
    let system = sites(&["a", "b", "c"])
        .component("part", part())
        .service("db", Service::replicas("server", 2).spread("zone").depends_on("quorum"))
        .service("witness", Service::replicas("server", 1).within("c"))
        .service("quorum", Service::voters(&["db", "witness"]))
        .network(network)
        .client("a", Client::new("a", "db"));
    holds(&system, &[("quorum", U * U * U), ("db", U * U * U), ("client a", U * U)]);
    // While a replica is down, the other and the witness have to agree, over their link, or around by the third site.
    let failing = system.domain("disk", Domain::new(data).mode("dies", mean(100.0), mean(5.0)));
    let around = 1.0 - (1.0 - U) * (1.0 - U);
    let quorum = (1.0 - U) * (U * U * U) + U * U * around;
    holds(&failing, &[("quorum", quorum), ("db", quorum)]);
}

/// A replica that fails is stale when it is back, and copies only while it reaches the other: three conditions of it, two of
/// the link, and the balance of six states by hand.
#[test]
fn a_stale_replica_that_is_cut_off_waits() {
    // A replica fails, is repaired and catches up; the link is cut and mended: rates in 1/h.
    let (fails, repaired, copied, cut, mended) =
        (1.0 / 200.0, 1.0 / 20.0, 1.0 / 10.0, 1.0 / 50.0, 1.0 / 30.0);
    let mine = Scope::all().components(&["server"]).sites(&["a"]);
    let link = Component::new().mode("cut", mean(1.0 / cut), mean(1.0 / mended));
    let resync = Resync::new(mean(1.0 / copied), mean(1e6));
    let system = sites(&["a", "b"])
        .component("link", link)
        .domain("disk", Domain::new(mine).mode("dies", mean(1.0 / fails), mean(1.0 / repaired)))
        .service("db", Service::replicas("server", 2).spread("zone").resync(resync))
        .network(Network::default().link("ab", Link::between("a", "b").component("link")))
        .client("a", Client::new("a", "db"));
    // Relative to the state in which the replica is good and the link is up: good and cut off, then stale and down, with
    // the link and without. What is stale may fail anew.
    let good_cut = cut / (fails + mended);
    let stale = fails * (fails + cut + mended) / ((fails + mended) * copied);
    let (link, all) = (cut + mended, fails + repaired + cut + mended);
    let stale_cut = (cut * stale * (copied + all) + repaired * fails * good_cut) / (mended * all);
    let down = ((copied + cut + fails) * stale - mended * stale_cut) / repaired;
    let down_cut = ((mended + fails) * stale_cut - cut * stale) / repaired;
    let sum = 1.0 + good_cut + stale + down + stale_cut + down_cut;
    let is_cut = good_cut + stale_cut + down_cut;
    assert!((is_cut / sum - cut / link).abs() < 1e-12, "the link does not care");
    holds(&system, &[("db", 0.0), ("client a", (down_cut + stale_cut) / sum)]);
}

/// A site with two leaves is on both sides when one of them is cut off: that is one replica, and no split brain.
#[test]
fn a_site_on_both_sides_divides_nothing() {
    let network =
        ["a", "b", "c"].iter().fold(Network::default().node("spine", Node::default()), |network, site| {
            let leaves = [1, 2].map(|leaf| format!("leaf-{leaf}-{site}"));
            leaves.iter().fold(network, |network, leaf| {
                let network = network.node(leaf, Node::default()).link(leaf, Link::between(site, leaf));
                network.link(&format!("{leaf}-up"), Link::between(leaf, "spine").component("part"))
            })
        });
    let system = sites(&["a", "b", "c"])
        .component("part", part())
        .service("db", Service::replicas("server", 3).spread("zone").sides(Sides::Each))
        .network(network);
    let end = Instant::START + Duration::years(100.0).span();
    let mut recorder =
        Recorder::new(Window { start: Instant::START, end, length: Duration::years(1.0).span() });
    Simulator::new(SystemModel::new(&system).unwrap(), 42).play(0, end, &mut recorder);
    let (_, divided) = recorder.records()[0].divided.expect("it may serve on several sides");
    // Divided while some site has no link to the spine: a share of 1 - (1 - U * U)^3, of which 0.7% is 22 outages a year
    // with a relative error of 3% in a hundred years; five times that.
    let share = 1.0 - (1.0 - U * U) * (1.0 - U * U) * (1.0 - U * U);
    let found = divided.as_secs_f64() / end.since_start().as_secs_f64();
    assert!((found / share - 1.0).abs() < 0.15, "{found} for {share}");
}

/// Two replicas on either end of a link: while it is cut and both are up, both serve, as a split brain or with stale reads;
/// where one side is all that serves, they never do.
#[test]
fn both_sides_serve_while_the_link_between_them_is_cut() {
    let divided = |sides: Sides| {
        let system = sites(&["a", "b"])
            .component("part", part())
            .component("node", Component::new().mode("crash", mean(300.0), mean(30.0)))
            .service("db", Service::replicas("node", 2).spread("zone").sides(sides))
            .network(Network::default().link("ab", Link::between("a", "b").component("part")));
        let end = Instant::START + Duration::years(1000.0).span();
        let window = Window { start: Instant::START, end, length: Duration::years(1.0).span() };
        let mut recorder = Recorder::new(window);
        Simulator::new(SystemModel::new(&system).unwrap(), 42).play(0, end, &mut recorder);
        let divided = recorder.records()[0].divided;
        divided.map(|(sides, span)| (sides, span.as_secs_f64() / end.since_start().as_secs_f64()))
    };
    let both_up = (10.0 / 11.0) * (10.0 / 11.0);
    for sides in [Sides::Each, Sides::Stale] {
        let (said, found) = divided(sides).expect("it may serve on both sides");
        assert_eq!(said, sides);
        // 83,000 cuts: their sum is known to 0.4%, and that of whether both are up meanwhile to 0.2%; four times both.
        let error = (found / (U * both_up) - 1.0).abs();
        assert!(error < 0.024, "{found} for {}", U * both_up);
    }
    assert_eq!(divided(Sides::One), None);
}
