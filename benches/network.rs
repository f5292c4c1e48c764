//! What an event in a network costs: classes kept from change to change against a search from scratch, and a year of a
//! data center.
//!
//! `cargo bench --bench network` measures; without `--bench` (as under `cargo test`) or with `--quick` everything runs
//! small, so that the code cannot rot.

use fivenines::engine::Simulator;
use fivenines::network::{LinkId, Reach, Shape, Topology, Vertex, Way};
use fivenines::random::Law;
use fivenines::system::{Client, Component, Fabric, Need, Network, Service, System, SystemModel};
use fivenines::units::{Duration, Instant, Span};

/// Nanoseconds that `work` takes, and what it did.
#[allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "a benchmark measures the wall clock")]
fn timed<T>(work: impl FnOnce() -> T) -> (f64, T) {
    let start = std::time::Instant::now();
    let outcome = std::hint::black_box(work());
    (start.elapsed().as_nanos() as f64, outcome)
}

/// A fat tree with a rack on each edge switch.
fn fat_tree(ports: u32) -> Topology {
    let mut topology = Topology::new();
    let racks: Vec<Vertex> =
        (0..ports * ports / 2).map(|rack| topology.vertex(&format!("rack-{rack}"))).collect();
    Shape::FatTree { ports }
        .build(&mut topology, "fabric", &racks, Span::ZERO)
        .expect("there is such a tree");
    topology
}

/// How many vertices a search from scratch finds in each part: what the classes replace.
fn searched(reach: &Reach) -> usize {
    let topology = reach.topology();
    let mut seen = vec![false; topology.vertices()];
    let mut parts = 0;
    for start in topology.all_vertices() {
        if seen[start.index()] || reach.class(start).is_none() {
            continue;
        }
        parts += 1;
        let mut ahead = vec![start];
        seen[start.index()] = true;
        while let Some(vertex) = ahead.pop() {
            for (link, other, way) in topology.around(vertex) {
                let passes = reach.carries(link, way) && reach.class(other).is_some();
                if passes && !std::mem::replace(&mut seen[other.index()], true) {
                    ahead.push(other);
                }
            }
        }
    }
    parts
}

/// Each link fails and is restored in turn, while every twentieth is down all along; then each switch.
fn events(ports: u32) {
    let mut reach = Reach::new(fat_tree(ports));
    let links: Vec<LinkId> = reach.topology().all_links().collect();
    let vertices: Vec<Vertex> = reach.topology().all_vertices().collect();
    let (down, others): (Vec<LinkId>, Vec<LinkId>) =
        links.iter().partition(|link| link.index() % 20 == 7 && link.index() + 1 < links.len());
    down.iter().for_each(|&link| reach.cut(link, Way::Both));
    let switches = 5 * ports * ports / 4;
    let (scratch, parts) = timed(|| searched(&reach));
    println!("\n{switches} switches, {} links, {parts} parts; from scratch {scratch:.0} ns", links.len());
    let print = |what: &str, count: usize, (nanos, moved): (f64, usize)| {
        let each = nanos / (2 * count) as f64;
        println!("{what:<28} {each:>10.0} ns   {:>8.4} of a search   {moved} moved", each / scratch);
    };
    let cost = timed(|| {
        others.iter().fold(0, |moved, &link| {
            reach.cut(link, Way::Both);
            reach.mend(link, Way::Both);
            moved + reach.take_moved().len()
        })
    });
    print("a link fails or is back", others.len(), cost);
    let cost = timed(|| {
        vertices.iter().fold(0, |moved, &vertex| {
            reach.stop(vertex);
            reach.restart(vertex);
            moved + reach.take_moved().len()
        })
    });
    print("a switch fails or is back", vertices.len(), cost);
    let few = others.len().min(200);
    let cost = timed(|| {
        others[..few].iter().fold(0, |moved, &link| {
            reach.cut(link, Way::Forth);
            reach.mend(link, Way::Forth);
            moved + reach.take_moved().len()
        })
    });
    print("one way of a link", few, cost);
}

/// Racks of servers behind a fat tree, in which switches and links fail, and clients at a core switch.
fn center(ports: u32, servers: u32) -> System {
    let law = |hours| Law::exponential(Duration::hours(hours));
    let part = || Component::new().mode("failure", law(8760.0), law(1.0));
    let racks = ports * ports / 2;
    let system =
        (0..racks).fold(System::new().levels(&["rack"]), |system, rack| system.site(&format!("r{rack}")));
    let fabric = Fabric::new(Shape::FatTree { ports }, "rack").switch("switch").link("link").access("link");
    system
        .component("server", Component::new().mode("crash", law(1440.0), law(0.1)))
        .component("switch", part())
        .component("link", part())
        .network(Network::default().generate("fabric", fabric))
        .service(
            "web",
            Service::replicas("server", servers).spread("rack").needs(Need::Count(servers * 9 / 10)),
        )
        .client("outside", Client::new("r0", "web"))
}

/// From a description to a simulator, and a year.
fn year(ports: u32, servers: u32, days: f64) {
    let (compile, simulator) = timed(|| {
        let model = SystemModel::new(&center(ports, servers)).expect("the system is sound");
        Simulator::new(model, 42)
    });
    let mut simulator = simulator;
    let end = Instant::START + Duration::days(days).span();
    let (nanos, trial) = timed(|| simulator.levels(0, end));
    let events = trial.summary().events;
    println!(
        "\n{servers} servers, {} switches: ready in {:.2} s; {days} days are {events} events, {:.2} s, {:.0} ns each",
        5 * ports * ports / 4,
        compile / 1e9,
        nanos / 1e9,
        nanos / events as f64
    );
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let has = |word: &str| arguments.iter().any(|argument| argument == word);
    if !has("--bench") || has("--quick") {
        events(4);
        return year(4, 80, 30.0);
    }
    // 5 k² / 4: k = 28 makes 980 switches, k = 30 makes 1,125.
    events(30);
    year(30, 22_500, 365.0);
}
