//! One test a kind of mistake in networks, and in what has to get through them.

use super::tests::check;
use crate::network::Shape;
use crate::random::Law;
use crate::system::{
    Cascade, Client, Component, Fabric, Failover, Fault, Gate, Link, LinkEffect, Mode, Need, Network, Node,
    Scenario, Service, Sides, System,
};
use crate::units::{Duration, Probability};

fn law() -> Law {
    Law::exponential(Duration::days(60.0))
}

fn cut() -> Mode {
    Mode::new(law(), law())
}

fn network() -> Network {
    Network::default()
        .node("hub", Node::default())
        .link("a", Link::between("eu/a", "hub").component("fibre"))
        .link("b", Link::between("eu/b", "hub").component("fibre"))
}

fn base() -> System {
    System::new()
        .site("eu/a")
        .site("eu/b")
        .component("server", Component::new())
        .component("fibre", Component::new().with_mode("cut", cut()))
        .service("db", Service::replicas("server", 2).spread("zone"))
}

fn with(change: impl FnOnce(Network) -> Network) -> System {
    base().network(change(network()))
}

#[test]
fn a_sound_network_has_no_problems() {
    check(with(|network| network).client("eu", Client::new("hub", "db")), &[]);
}

#[test]
fn parts_of_networks_name_what_there_is() {
    check(
        with(|network| {
            network
                .node("eu/a", Node::default().component("fiber").at("eu/c"))
                .link("x", Link::between("eu/x", "hubb"))
        }),
        &[
            "network.node.\"eu/a\": a node cannot be called \"eu/a\"",
            "network.node.\"eu/a\": `eu/a` is a site too",
            "network.node.\"eu/a\".component: there is no component `fiber`; did you mean `fibre`?",
            "network.node.\"eu/a\".at: there is no site `eu/c`",
            "network.link.x.between[0]: there is no site or node `eu/x`",
            "network.link.x.between[1]: there is no site or node `hubb`; did you mean `hub`?",
        ],
    );
    check(
        with(|network| network.link("x", Link::between("hub", "hub")).site("eu/c", Gate { forwards: false })),
        &[
            "network.link.x.between: this links `hub` with itself",
            "network.site.\"eu/c\": there is no site `eu/c`",
        ],
    );
}

#[test]
fn what_a_part_of_a_network_cannot_be_is_said() {
    let common = cut().common_cause(Probability::new(0.1).unwrap());
    let fire = cut().cascade(Cascade::new(Probability::new(0.1).unwrap()));
    let slow = cut().on_link(LinkEffect::Slows(2.0));
    let kinds =
        |mode: Mode| base().component("fibre", Component::new().with_mode("cut", mode)).network(network());
    let twice = ["network.link.a.component: `fibre`", "network.link.b.component: `fibre`"];
    let half = kinds(cut().slow(Probability::new(0.5).unwrap()));
    let shared =
        Service::replicas("fibre", 2).within("eu/a").needs(Need::Share(Probability::new(0.5).unwrap()));
    check(half.service("on fibre", shared), &twice);
    check(kinds(common), &twice);
    check(kinds(fire), &twice);
    check(
        kinds(slow).service("on fibre", Service::replicas("fibre", 1).within("eu/a")),
        &["component.fibre.mode.cut: only what is a link everywhere"],
    );
}

#[test]
fn shapes_need_their_sites() {
    let fabric = |shape, level| with(|network| network.generate("f", Fabric::new(shape, level)));
    check(fabric(Shape::FatTree { ports: 3 }, "zone"), &["network.generate.f: the switches of a fat tree"]);
    check(fabric(Shape::Ring, "zone"), &["network.generate.f: there are 2 places to link"]);
    check(fabric(Shape::FullMesh, "zoen"), &["network.generate.f.level: there is no level `zoen`"]);
}

#[test]
fn everything_can_be_reached_while_all_is_up() {
    let island = Network::default().link("a", Link::between("eu/a", "eu/b"));
    check(
        base()
            .site("us/a")
            .network(island.clone())
            .service("db", Service::replicas("server", 3).spread("zone")),
        &["service.db: `db` has a replica at us/a, which nothing links"],
    );
    let apart = island.node("far", Node::default()).node("off", Node::default());
    let apart = apart.link("x", Link::between("far", "off"));
    check(
        base().network(apart).client("far", Client::new("far", "db")),
        &["client.far: no route leads from eu/a to far, even while everything is up"],
    );
    let ends =
        Network::default().link("a", Link::between("eu/a", "eu/b")).link("b", Link::between("eu/a", "eu/b"));
    let ends = ends.site("eu/a", Gate { forwards: false }).site("eu/b", Gate { forwards: false });
    check(base().network(ends), &["network.site.\"eu/a\": `eu/a` and `eu/b` are linked directly"]);
}

#[test]
fn sides_and_clients_make_sense() {
    let one = || Service::replicas("server", 2).spread("zone");
    check(
        base().service("db", one().sides(Sides::One)),
        &["service.db.sides: there is no network that could be in parts"],
    );
    let leading = one().failover(Failover::new(law(), law())).sides(Sides::Each);
    check(with(|network| network).service("db", leading), &["service.db.sides: `db` has one leader"]);
    check(base().client("eu", Client::new("eu/a", "db")), &["client.eu: there is no network"]);
    let client = Client::new("eu", "bd").depends_on("dns").weight(0.0);
    check(
        with(|network| network).client("eu", client),
        &[
            "client.eu.depends_on[0]: there is no service `dns`",
            "client.eu.uses: there is no service `bd`; did you mean `db`?",
            "client.eu.weight: clients of weight 0 do not count",
        ],
    );
    let slow =
        with(|network| network.link("b", Link::between("eu/b", "hub").latency(Duration::seconds(1.0))));
    let near = Client::new("hub", "db").within(Duration::seconds(0.5));
    let far = Client::new("hub", "far").within(Duration::seconds(0.5));
    check(
        slow.service("far", Service::replicas("server", 1).within("eu/b"))
            .client("near", near)
            .client("far", far),
        &["client.far.within: `far` is more than 500ms away, even while everything is up"],
    );
}

#[test]
fn cuts_are_between_groups_that_are_linked() {
    let day = || Law::constant(Duration::days(1.0));
    let script = |groups: &[&[&str]]| {
        with(|network| network).scenario(Scenario::new().fault(Fault::partition(groups, day(), day())))
    };
    check(script(&[&["eu/a"], &["eu/b", "hub"]]), &[]);
    check(script(&[&["eu/a"]]), &["scenario.fault[0].cuts: a cut is between two groups at least"]);
    check(
        script(&[&["eu/a"], &["eu/a", "x"]]),
        &[
            "scenario.fault[0].cuts[1][0]: `eu/a` cannot be cut off from itself",
            "scenario.fault[0].cuts[1][1]: there is no site or node `x`",
        ],
    );
    let alone =
        base().scenario(Scenario::new().fault(Fault::partition(&[&["eu/a"], &["eu/b"]], day(), day())));
    check(alone, &["scenario.fault[0].cuts: there is no network that could be cut"]);
    let taken =
        |what: &str| with(|network| network).scenario(Scenario::new().fault(Fault::new(what, day(), day())));
    check(taken("hub"), &[]);
    check(taken("link a"), &[]);
    check(
        taken("hbu"),
        &["scenario.fault[0].takes: there is no site, domain, service, component, node or link `hbu`"],
    );
}
