//! Which vertices reach each other, kept right as links and vertices go down and come back.

use std::sync::Arc;

use petgraph::algo::kosaraju_scc;
use petgraph::graph::DiGraph;

use super::split::Search;
use super::{LinkId, Topology, Vertex};
use crate::units::Span;

/// The way along a link.
///
/// ```
/// use fivenines::network::Way;
///
/// assert!(Way::Both.includes(Way::Back) && !Way::Forth.includes(Way::Back));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Way {
    /// From its first end to its second.
    Forth,
    /// From its second end to its first.
    Back,
    /// Both.
    Both,
}

impl Way {
    /// True when this way is, or is part of, the other.
    pub fn includes(self, other: Way) -> bool {
        self == Way::Both || self == other
    }
}

/// Vertices that reach each other: there is a route from each to each other, and one back. Equal within one
/// [`Reach`] between two of its changes, and not to be compared across them.
///
/// ```
/// use fivenines::network::{Reach, Topology};
///
/// let mut topology = Topology::new();
/// let (a, b) = (topology.vertex("a"), topology.vertex("b"));
/// let reach = Reach::new(topology);
/// assert_ne!(reach.class(a), reach.class(b));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Class(pub(super) u32);

/// What a vertex that is down is in.
pub(super) const DOWN: u32 = u32::MAX;

/// A topology at work: what is down in it, and which of its vertices reach each other.
///
/// Classes of vertices that reach each other are kept exact from change to change. While every link carries traffic
/// both ways or not at all, a change costs what it cuts off or joins: when something goes down, searches start from all
/// around it in turns until they have met or all but one have come to an end, and what has ended is a class of its own;
/// when something comes back, the smaller class takes the larger one's name. While some link is down in one way only, all
/// classes are worked out anew (Kosaraju's algorithm), in time proportional to the topology.
///
/// ```
/// use fivenines::network::{Reach, Topology, Way};
/// use fivenines::units::Span;
///
/// let mut ring = Topology::new();
/// let [a, b, c] = ["a", "b", "c"].map(|name| ring.vertex(name));
/// let links = [(a, b), (b, c), (c, a)].map(|(from, to)| ring.link("fibre", from, to, Span::ZERO));
/// let mut reach = Reach::new(ring);
/// reach.cut(links[0], Way::Both);
/// assert_eq!(reach.class(a), reach.class(b), "the long way around");
/// reach.cut(links[1], Way::Both);
/// assert_ne!(reach.class(a), reach.class(b));
/// reach.mend(links[0], Way::Both);
/// assert_eq!(reach.class(a), reach.class(b));
/// ```
#[derive(Clone, Debug)]
pub struct Reach {
    pub(super) topology: Arc<Topology>,
    /// For each link, how many things keep it down, forth and back.
    pub(super) cuts: Vec<[u16; 2]>,
    /// For each vertex, how many things keep it down.
    stops: Vec<u16>,
    /// How long traffic takes along each link now.
    pub(super) latencies: Vec<Span>,
    /// For each vertex, the class it is in, or [`DOWN`].
    pub(super) classes: Vec<u32>,
    /// For each class, how many vertices are in it.
    sizes: Vec<u32>,
    /// Classes that nothing is in.
    free: Vec<u32>,
    /// Links that are down in one way only.
    one_way: u32,
    /// Vertices that came into another class since they were last asked for.
    moved: Vec<Vertex>,
    search: Search,
}

impl Reach {
    /// A topology in which everything works.
    pub fn new(topology: Topology) -> Reach {
        let vertices = topology.vertices();
        let mut reach = Reach {
            cuts: vec![[0; 2]; topology.links()],
            stops: vec![0; vertices],
            latencies: topology.all_links().map(|link| topology.details(link).latency).collect(),
            classes: vec![DOWN; vertices],
            sizes: vec![0; vertices],
            free: Vec::new(),
            one_way: 0,
            moved: Vec::new(),
            search: Search::new(vertices),
            topology: Arc::new(topology),
        };
        reach.recompute();
        reach.moved.clear();
        reach
    }

    /// The topology.
    pub fn topology(&self) -> &Arc<Topology> {
        &self.topology
    }

    /// The class that a vertex is in, unless it is down.
    pub fn class(&self, vertex: Vertex) -> Option<Class> {
        let class = self.classes[vertex.index()];
        (class != DOWN).then_some(Class(class))
    }

    /// How many vertices are in a class.
    pub fn size(&self, class: Class) -> usize {
        self.sizes[class.0 as usize] as usize
    }

    /// True when a link carries traffic that way, as far as its ends are up.
    pub fn carries(&self, link: LinkId, way: Way) -> bool {
        let [forth, back] = self.cuts[link.index()].map(|cuts| cuts == 0);
        match way {
            Way::Forth => forth,
            Way::Back => back,
            Way::Both => forth && back,
        }
    }

    /// How long traffic takes along a link now.
    pub fn latency(&self, link: LinkId) -> Span {
        self.latencies[link.index()]
    }

    /// Makes a link slower or faster.
    pub fn set_latency(&mut self, link: LinkId, latency: Span) {
        self.latencies[link.index()] = latency;
    }

    /// Vertices that came into another class, went down or came back since this was last asked, and those that are alone
    /// in their class now or were before; in the order in which they did, with repeats.
    pub fn take_moved(&mut self) -> Vec<Vertex> {
        std::mem::take(&mut self.moved)
    }

    /// True when some vertex did.
    pub fn has_moved(&self) -> bool {
        !self.moved.is_empty()
    }

    /// One more thing keeps a link down, one way or both.
    pub fn cut(&mut self, link: LinkId, way: Way) {
        let before = self.ways(link);
        self.count(link, way, |cuts| cuts + 1);
        self.link_changed(link, before);
    }

    /// One thing fewer keeps a link down, one way or both.
    pub fn mend(&mut self, link: LinkId, way: Way) {
        let before = self.ways(link);
        self.count(link, way, |cuts| cuts - 1);
        self.link_changed(link, before);
    }

    /// One more thing keeps a vertex down: it passes nothing on, and reaches nothing.
    pub fn stop(&mut self, vertex: Vertex) {
        self.stops[vertex.index()] += 1;
        if self.stops[vertex.index()] > 1 {
            return;
        }
        if self.one_way > 0 {
            return self.recompute();
        }
        let class = std::mem::replace(&mut self.classes[vertex.index()], DOWN);
        self.moved.push(vertex);
        self.sizes[class as usize] -= 1;
        if self.sizes[class as usize] == 0 {
            return self.free.push(class);
        }
        // Where one is left, it was linked with this one.
        let topology = Arc::clone(&self.topology);
        let carried = topology.around(vertex).filter(|&(link, _, way)| self.carries(link, way));
        let around: Vec<Vertex> =
            carried.map(|(_, other, _)| other).filter(|other| self.classes[other.index()] != DOWN).collect();
        self.separate(&around);
    }

    /// One thing fewer keeps a vertex down.
    pub fn restart(&mut self, vertex: Vertex) {
        self.stops[vertex.index()] -= 1;
        if self.stops[vertex.index()] > 0 {
            return;
        }
        if self.one_way > 0 {
            return self.recompute();
        }
        let class = self.new_class();
        self.classes[vertex.index()] = class;
        self.sizes[class as usize] = 1;
        self.moved.push(vertex);
        let topology = Arc::clone(&self.topology);
        for (link, other, way) in topology.around(vertex) {
            if self.carries(link, way) && self.classes[other.index()] != DOWN {
                self.join(vertex, other);
            }
        }
    }

    fn ways(&self, link: LinkId) -> [bool; 2] {
        self.cuts[link.index()].map(|cuts| cuts == 0)
    }

    fn count(&mut self, link: LinkId, way: Way, change: impl Fn(u16) -> u16) {
        for (side, cuts) in [Way::Forth, Way::Back].into_iter().zip(&mut self.cuts[link.index()]) {
            if way.includes(side) {
                *cuts = change(*cuts);
            }
        }
    }

    fn link_changed(&mut self, link: LinkId, before: [bool; 2]) {
        let now = self.ways(link);
        if now == before {
            return;
        }
        let is_odd = |ways: [bool; 2]| u32::from(ways[0] != ways[1]);
        let was_odd = self.one_way > 0;
        self.one_way = self.one_way + is_odd(now) - is_odd(before);
        let (from, to) = self.topology.ends(link);
        if self.classes[from.index()] == DOWN || self.classes[to.index()] == DOWN {
            return;
        }
        if was_odd || self.one_way > 0 {
            self.recompute();
        } else if now[0] {
            self.join(from, to);
        } else {
            self.separate(&[from, to]);
        }
    }

    /// Classes anew, where ways along links differ.
    fn recompute(&mut self) {
        let topology = Arc::clone(&self.topology);
        let mut up: DiGraph<(), (), u32> = DiGraph::with_capacity(topology.vertices(), 2 * topology.links());
        topology.all_vertices().for_each(|_| {
            up.add_node(());
        });
        let is_up = |vertex: Vertex| self.stops[vertex.index()] == 0;
        for link in topology.all_links() {
            let (from, to) = topology.ends(link);
            if is_up(from) && is_up(to) {
                let [from, to] = [from, to].map(|vertex| petgraph::graph::NodeIndex::new(vertex.index()));
                let [forth, back] = self.ways(link);
                if forth {
                    up.add_edge(from, to, ());
                }
                if back {
                    up.add_edge(to, from, ());
                }
            }
        }
        let mut parts: Vec<Vec<u32>> = kosaraju_scc(&up)
            .into_iter()
            .map(|part| part.into_iter().map(|vertex| vertex.index() as u32).collect::<Vec<u32>>())
            .filter(|part| self.stops[part[0] as usize] == 0)
            .collect();
        // The largest keeps its name, so that the fewest move.
        parts.iter_mut().for_each(|part| part.sort_unstable());
        parts.sort_by_key(|part| (std::cmp::Reverse(part.len()), part[0]));
        let mut taken = vec![false; topology.vertices()];
        let mut names: Vec<u32> = Vec::with_capacity(parts.len());
        for part in &parts {
            let kept = self.classes[part[0] as usize];
            let is_free = kept != DOWN && !std::mem::replace(&mut taken[kept as usize], true);
            names.push(if is_free { kept } else { DOWN });
        }
        let mut free: Vec<u32> =
            (0..taken.len() as u32).rev().filter(|&class| !taken[class as usize]).collect();
        let was_alone: Vec<bool> =
            self.classes.iter().map(|&class| class != DOWN && self.sizes[class as usize] == 1).collect();
        self.sizes.fill(0);
        let mut classes = vec![DOWN; topology.vertices()];
        for (part, name) in parts.iter().zip(names) {
            let name = if name == DOWN { free.pop().expect("there are as many as vertices") } else { name };
            self.sizes[name as usize] = part.len() as u32;
            part.iter().for_each(|&vertex| classes[vertex as usize] = name);
        }
        let is_alone = |class: u32| class != DOWN && self.sizes[class as usize] == 1;
        let changed = |vertex: &usize| {
            let (new, old) = (classes[*vertex], self.classes[*vertex]);
            new != old || is_alone(new) != was_alone[*vertex]
        };
        let changed: Vec<Vertex> =
            (0..classes.len()).filter(changed).map(|vertex| Vertex(vertex as u32)).collect();
        self.moved.extend(changed);
        (self.classes, self.free) = (classes, free);
    }

    fn new_class(&mut self) -> u32 {
        self.free.pop().expect("there are as many classes as vertices")
    }

    /// These, which were in one class, may have lost each other: all routes go both ways.
    fn separate(&mut self, from: &[Vertex]) {
        let mut search = std::mem::take(&mut self.search);
        let whole = self.classes[from[0].index()];
        for part in search.run(self, from) {
            let (old, new) = (self.classes[part[0].index()], self.new_class());
            self.sizes[old as usize] -= part.len() as u32;
            self.sizes[new as usize] = part.len() as u32;
            part.iter().for_each(|vertex| self.classes[vertex.index()] = new);
            self.moved.extend(part);
        }
        if self.sizes[whole as usize] == 1 {
            self.moved.extend(from.iter().filter(|vertex| self.classes[vertex.index()] == whole));
        }
        self.search = search;
    }

    /// These reach each other now: all routes go both ways.
    fn join(&mut self, a: Vertex, b: Vertex) {
        let size = |vertex: Vertex| self.sizes[self.classes[vertex.index()] as usize];
        let (small, large) = if size(a) <= size(b) { (a, b) } else { (b, a) };
        let (old, new) = (self.classes[small.index()], self.classes[large.index()]);
        if old == new {
            return;
        }
        if self.sizes[new as usize] == 1 {
            self.moved.push(large);
        }
        let topology = Arc::clone(&self.topology);
        let first = self.moved.len();
        self.classes[small.index()] = new;
        self.moved.push(small);
        let mut next = first;
        while let Some(&vertex) = self.moved.get(next) {
            next += 1;
            for (link, other, way) in topology.around(vertex) {
                if self.classes[other.index()] == old && self.carries(link, way) {
                    self.classes[other.index()] = new;
                    self.moved.push(other);
                }
            }
        }
        let joined = (self.moved.len() - first) as u32;
        self.sizes[old as usize] -= joined;
        self.sizes[new as usize] += joined;
        debug_assert_eq!(self.sizes[old as usize], 0, "a class is connected");
        self.free.push(old);
    }
}
