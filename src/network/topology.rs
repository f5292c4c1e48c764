//! Vertices and the links between them.

use petgraph::Direction;
use petgraph::graph::{DiGraph, EdgeIndex, NodeIndex};
use petgraph::visit::EdgeRef;

use super::Way;
use crate::units::Span;

/// A vertex of a topology: a place, a switch, a router.
///
/// ```
/// use fivenines::network::{Topology, Vertex};
///
/// let mut topology = Topology::new();
/// let a: Vertex = topology.vertex("eu/a");
/// assert_eq!(topology.name(a), "eu/a");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Vertex(pub(super) u32);

impl Vertex {
    /// Its number, in the order in which vertices were added.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// A link of a topology, by its number.
///
/// ```
/// use fivenines::network::{LinkId, Topology};
/// use fivenines::units::Span;
///
/// let mut topology = Topology::new();
/// let (a, b) = (topology.vertex("a"), topology.vertex("b"));
/// let link: LinkId = topology.link("a - b", a, b, Span::ZERO);
/// assert_eq!(link.index(), 0);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LinkId(pub(super) u32);

impl LinkId {
    /// Its number, in the order in which links were added.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// What a topology knows of a link. Traffic goes forth, from its first end to its second, and back.
///
/// ```
/// use fivenines::network::Topology;
/// use fivenines::units::Span;
///
/// let mut topology = Topology::new();
/// let (a, b) = (topology.vertex("a"), topology.vertex("b"));
/// let fibre = topology.link("fibre", a, b, Span::from_micros(400));
/// assert_eq!(topology.details(fibre).latency, Span::from_micros(400));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// What people call it.
    pub name: String,
    /// How long traffic takes from one end to the other.
    pub latency: Span,
}

/// Vertices and links between them, all of them working.
///
/// ```
/// use fivenines::network::Topology;
/// use fivenines::units::Span;
///
/// let mut topology = Topology::new();
/// let ends = ["eu/a", "eu/b"].map(|name| topology.vertex(name));
/// let spine = topology.vertex("spine");
/// for end in ends {
///     topology.link("uplink", end, spine, Span::from_micros(5));
/// }
/// assert_eq!((topology.vertices(), topology.links()), (3, 2));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Topology {
    graph: DiGraph<String, Link>,
}

impl Topology {
    /// Nothing yet.
    pub fn new() -> Topology {
        Topology::default()
    }

    /// Adds a vertex. Names are for people; two vertices may share one.
    pub fn vertex(&mut self, name: &str) -> Vertex {
        Vertex(self.graph.add_node(name.to_owned()).index() as u32)
    }

    /// Adds a link that carries traffic both ways. There may be several between the same vertices.
    pub fn link(&mut self, name: &str, from: Vertex, to: Vertex, latency: Span) -> LinkId {
        let link = Link { name: name.to_owned(), latency };
        LinkId(self.graph.add_edge(node(from), node(to), link).index() as u32)
    }

    /// How many vertices there are.
    pub fn vertices(&self) -> usize {
        self.graph.node_count()
    }

    /// How many links there are.
    pub fn links(&self) -> usize {
        self.graph.edge_count()
    }

    /// The name of a vertex.
    pub fn name(&self, vertex: Vertex) -> &str {
        &self.graph[node(vertex)]
    }

    /// What is known of a link.
    pub fn details(&self, link: LinkId) -> &Link {
        &self.graph[EdgeIndex::new(link.index())]
    }

    /// The ends of a link, the first one first.
    pub fn ends(&self, link: LinkId) -> (Vertex, Vertex) {
        let ends = self.graph.edge_endpoints(EdgeIndex::new(link.index()));
        let (from, to) = ends.expect("a link has ends");
        (Vertex(from.index() as u32), Vertex(to.index() as u32))
    }

    /// The links at a vertex: each with its other end, and the way in which it leads there.
    pub fn around(&self, vertex: Vertex) -> impl Iterator<Item = (LinkId, Vertex, Way)> + '_ {
        let leading = |direction, way| {
            self.graph.edges_directed(node(vertex), direction).map(move |edge| {
                let other = if way == Way::Forth { edge.target() } else { edge.source() };
                (LinkId(edge.id().index() as u32), Vertex(other.index() as u32), way)
            })
        };
        leading(Direction::Outgoing, Way::Forth).chain(leading(Direction::Incoming, Way::Back))
    }

    /// Every link by its number.
    pub fn all_links(&self) -> impl Iterator<Item = LinkId> + use<> {
        (0..self.links() as u32).map(LinkId)
    }

    /// Every vertex by its number.
    pub fn all_vertices(&self) -> impl Iterator<Item = Vertex> + use<> {
        (0..self.vertices() as u32).map(Vertex)
    }
}

fn node(vertex: Vertex) -> NodeIndex {
    NodeIndex::new(vertex.index())
}
