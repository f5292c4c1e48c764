//! Classes kept from change to change are those of a search from scratch, and shapes have the size of their formulas.

use proptest::prelude::*;

use super::*;
use crate::units::Span;

/// What a change does to a number that names a link or a vertex.
#[derive(Clone, Copy, Debug)]
enum Change {
    Link(usize, Way),
    Vertex(usize),
}

/// For each pair of vertices, whether there is a route from the first to the second.
fn routes(reach: &Reach) -> Vec<Vec<bool>> {
    let topology = reach.topology();
    let from = |start: Vertex| {
        let mut seen = vec![false; topology.vertices()];
        let mut ahead: Vec<Vertex> = reach.class(start).map(|_| start).into_iter().collect();
        while let Some(vertex) = ahead.pop() {
            if std::mem::replace(&mut seen[vertex.index()], true) {
                continue;
            }
            let carried = topology.around(vertex).filter(|&(link, _, way)| reach.carries(link, way));
            ahead.extend(carried.map(|(_, other, _)| other).filter(|&other| reach.class(other).is_some()));
        }
        seen
    };
    topology.all_vertices().map(from).collect()
}

/// Holds the classes against a search from every vertex, and what is said to have moved against what has.
fn is_right(reach: &mut Reach, before: &[(Option<Class>, bool)]) {
    let (routes, topology) = (routes(reach), Topology::clone(reach.topology()));
    for a in topology.all_vertices() {
        for b in topology.all_vertices() {
            let together = reach.class(a).is_some() && reach.class(a) == reach.class(b);
            let mutual = routes[a.index()][b.index()] && routes[b.index()][a.index()];
            assert_eq!(together, mutual, "{a:?} and {b:?}");
        }
        if let Some(class) = reach.class(a) {
            let size = topology.all_vertices().filter(|&b| reach.class(b) == Some(class)).count();
            assert_eq!(reach.size(class), size);
        }
    }
    let moved = reach.take_moved();
    for vertex in topology.all_vertices() {
        assert!(
            before[vertex.index()] == standing(reach, vertex) || moved.contains(&vertex),
            "{vertex:?} moved"
        );
    }
}

/// A vertex's class, and whether it is alone there.
fn standing(reach: &Reach, vertex: Vertex) -> (Option<Class>, bool) {
    let class = reach.class(vertex);
    (class, class.is_some_and(|class| reach.size(class) == 1))
}

fn change() -> impl Strategy<Value = Change> {
    let way = prop_oneof![6 => Just(Way::Both), 1 => Just(Way::Forth), 1 => Just(Way::Back)];
    prop_oneof![
        3 => (any::<prop::sample::Index>(), way).prop_map(|(link, way)| Change::Link(link.index(1 << 20), way)),
        1 => any::<prop::sample::Index>().prop_map(|vertex| Change::Vertex(vertex.index(1 << 20))),
    ]
}

proptest! {
    #[test]
    fn classes_are_those_of_a_search_from_scratch(
        vertices in 2..9usize,
        ends in proptest::collection::vec((0..9usize, 0..9usize), 1..16),
        changes in proptest::collection::vec(change(), 1..60),
    ) {
        let mut topology = Topology::new();
        let all: Vec<Vertex> = (0..vertices).map(|name| topology.vertex(&name.to_string())).collect();
        let links: Vec<LinkId> = ends
            .iter()
            .map(|(from, to)| topology.link("", all[from % vertices], all[to % vertices], Span::ZERO))
            .collect();
        let mut reach = Reach::new(topology);
        let mut undone: Vec<Change> = Vec::new();
        for change in changes {
            let before: Vec<_> = all.iter().map(|&vertex| standing(&reach, vertex)).collect();
            // Every third change takes back an earlier one, the oldest first.
            match (undone.len() % 3, change) {
                (2, _) => match undone.remove(0) {
                    Change::Link(link, way) => reach.mend(links[link % links.len()], way),
                    Change::Vertex(vertex) => reach.restart(all[vertex % vertices]),
                },
                (_, Change::Link(link, way)) => {
                    reach.cut(links[link % links.len()], way);
                    undone.push(change);
                }
                (_, Change::Vertex(vertex)) => {
                    reach.stop(all[vertex % vertices]);
                    undone.push(change);
                }
            }
            is_right(&mut reach, &before);
        }
        // All of it taken back is as good as new.
        for change in undone {
            match change {
                Change::Link(link, way) => reach.mend(links[link % links.len()], way),
                Change::Vertex(vertex) => reach.restart(all[vertex % vertices]),
            }
        }
        let fresh = Reach::new(Topology::clone(reach.topology()));
        for &a in &all {
            for &b in &all {
                prop_assert_eq!(reach.class(a) == reach.class(b), fresh.class(a) == fresh.class(b));
            }
        }
    }
}

fn places(topology: &mut Topology, count: usize) -> Vec<Vertex> {
    (1..=count).map(|place| topology.vertex(&format!("place-{place}"))).collect()
}

/// Switches and links besides the places, and whether everything reaches everything.
fn built(shape: Shape, count: usize) -> (usize, usize) {
    let mut topology = Topology::new();
    let places = places(&mut topology, count);
    shape.build(&mut topology, "net", &places, Span::ZERO).unwrap();
    let reach = Reach::new(topology);
    let class = reach.class(places[0]).unwrap();
    assert_eq!(reach.size(class), reach.topology().vertices());
    (reach.topology().vertices() - count, reach.topology().links())
}

#[test]
fn shapes_have_the_sizes_of_their_formulas() {
    // Al-Fares et al. 2008, section 2.2: 5k²/4 switches, k³/4 hosts; k = 4 gives 20 switches, k = 28 gives 980.
    assert_eq!(built(Shape::FatTree { ports: 4 }, 16), (20, 16 + 32));
    assert_eq!(built(Shape::FatTree { ports: 28 }, 392), (980, 392 + 2 * 28 * 14 * 14));
    assert_eq!(built(Shape::LeafSpine { spines: 4, homes: 2 }, 10), (24, 20 + 80));
    assert_eq!(built(Shape::FullMesh, 5), (0, 10));
    assert_eq!(built(Shape::Ring, 5), (0, 5));
}

#[test]
fn shapes_that_are_none_say_so() {
    let mut topology = Topology::new();
    let places = places(&mut topology, 2);
    let mut build = |shape: Shape, count| shape.build(&mut topology, "net", &places[..count], Span::ZERO);
    assert_eq!(build(Shape::LeafSpine { spines: 0, homes: 1 }, 2), Err(ShapeError::NoSwitches));
    assert_eq!(build(Shape::FatTree { ports: 0 }, 2), Err(ShapeError::OddPorts(0)));
    assert_eq!(build(Shape::Ring, 2), Err(ShapeError::FewPlaces { found: 2, least: 3 }));
    let huge = build(Shape::FatTree { ports: u32::MAX - 1 }, 2);
    assert!(matches!(huge, Err(ShapeError::TooLarge(_))), "{huge:?}");
    assert_eq!(topology.links(), 0);
}

#[test]
fn a_leaf_with_two_links_outlives_one_and_not_both() {
    let mut topology = Topology::new();
    let racks = places(&mut topology, 3);
    Shape::LeafSpine { spines: 2, homes: 1 }.build(&mut topology, "net", &racks, Span::ZERO).unwrap();
    let mut reach = Reach::new(topology);
    let uplinks: Vec<LinkId> = reach
        .topology()
        .all_links()
        .filter(|&link| reach.topology().details(link).name.starts_with("net/leaf place-1 - spine"))
        .collect();
    assert_eq!(uplinks.len(), 2);
    reach.cut(uplinks[0], Way::Both);
    assert!(reach.take_moved().is_empty());
    reach.cut(uplinks[1], Way::Both);
    // The leaf and its rack, or all others, whichever the searches ended with.
    assert_eq!(reach.size(reach.class(racks[0]).unwrap()), 2);
    assert_eq!(reach.class(racks[1]), reach.class(racks[2]));
}

#[test]
fn a_slow_link_sends_traffic_around() {
    let mut topology = Topology::new();
    let ring = places(&mut topology, 3);
    Shape::Ring.build(&mut topology, "net", &ring, Span::from_micros(1)).unwrap();
    let mut reach = Reach::new(topology);
    let direct = reach.topology().all_links().next().unwrap();
    let hops = |reach: &Reach, limit| {
        reach
            .route(ring[0], Span::from_micros(limit), |vertex| vertex == ring[1])
            .map(|(_, links)| links.len())
    };
    assert_eq!(hops(&reach, 1), Some(1));
    reach.set_latency(direct, Span::from_micros(10));
    assert_eq!((hops(&reach, 1), hops(&reach, 2)), (None, Some(2)));
    reach.stop(ring[2]);
    assert_eq!((hops(&reach, 2), hops(&reach, 10)), (None, Some(1)));
}
