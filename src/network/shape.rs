//! Networks of a known shape, made instead of written down link by link.

use super::{Topology, Vertex};
use crate::units::Span;

/// The shape of a network between places.
///
/// ```
/// use fivenines::network::{Shape, Topology};
/// use fivenines::units::Span;
///
/// let mut topology = Topology::new();
/// let racks: Vec<_> = (1..=8).map(|rack| topology.vertex(&format!("rack-{rack}"))).collect();
/// let shape = Shape::LeafSpine { spines: 2, homes: 1 };
/// let switches = shape.build(&mut topology, "fabric", &racks, Span::ZERO).unwrap();
/// assert_eq!(switches.len(), 2 + 8);
/// // A leaf at each rack, two spines, and links from each leaf to its rack and to both spines.
/// assert_eq!((topology.vertices(), topology.links()), (8 + 8 + 2, 8 + 16));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Leaf switches at each place, and spine switches above: every leaf is linked with every spine.
    LeafSpine {
        /// How many spines.
        spines: u32,
        /// How many leaves each place has; hosts there hang on all of them.
        homes: u32,
    },
    /// Switches of so many ports in three tiers (Al-Fares, Loukissas and Vahdat, *A scalable, commodity data center
    /// network architecture*, SIGCOMM 2008): as many pods as ports, each with half as many edge switches and as many
    /// aggregation switches, all of a pod's linked with each other, and a quarter of the square of the ports core
    /// switches. Places hang on the edge switches, evenly and in order.
    FatTree {
        /// Ports of a switch: an even number, two at least.
        ports: u32,
    },
    /// A link between any two places.
    FullMesh,
    /// A link from each place to the next, and from the last to the first.
    Ring,
}

/// Why there is no such network.
///
/// ```
/// use fivenines::network::{Shape, ShapeError, Topology};
/// use fivenines::units::Span;
///
/// let mut topology = Topology::new();
/// let places = [topology.vertex("a"), topology.vertex("b")];
/// let odd = Shape::FatTree { ports: 3 }.build(&mut topology, "fabric", &places, Span::ZERO);
/// assert_eq!(odd, Err(ShapeError::OddPorts(3)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ShapeError {
    /// A leaf-spine network without spines or without leaves.
    #[error("a leaf-spine network needs at least one spine, and each place at least one leaf")]
    NoSwitches,
    /// A fat tree of switches whose ports cannot be halved.
    #[error("the switches of a fat tree have an even number of ports, and not {0}")]
    OddPorts(u32),
    /// Fewer places than make a network of this shape.
    #[error("there are {found} places to link, and this takes at least {least}")]
    FewPlaces {
        /// How many there are.
        found: usize,
        /// How many there must be.
        least: usize,
    },
    /// More vertices and links than fit into memory.
    #[error("this network would have {0} switches and links; {MOST} is the most there can be")]
    TooLarge(u64),
}

/// More switches and links than this are a mistake.
const MOST: u64 = 10_000_000;

impl Shape {
    /// Adds switches and links between places to a topology. Their names begin with that of the network; switches and
    /// links are added in an order that depends on the shape and the places only. Gives the switches in that order,
    /// each with the place it stands at, if it stands at one.
    ///
    /// # Errors
    /// When there is no such network; then nothing was added.
    pub fn build(
        self,
        topology: &mut Topology,
        name: &str,
        places: &[Vertex],
        latency: Span,
    ) -> Result<Vec<(Vertex, Option<Vertex>)>, ShapeError> {
        self.check(places.len())?;
        let mut builder = Builder { topology, name, latency, switches: Vec::new() };
        match self {
            Shape::LeafSpine { spines, homes } => builder.leaf_spine(places, spines, homes),
            Shape::FatTree { ports } => builder.fat_tree(places, ports),
            Shape::FullMesh => builder.full_mesh(places),
            Shape::Ring => builder.ring(places),
        }
        Ok(builder.switches)
    }

    /// Whether there is such a network between so many places.
    ///
    /// # Errors
    /// When there is none.
    pub fn check(self, places: usize) -> Result<(), ShapeError> {
        let least = match self {
            Shape::LeafSpine { spines: 0, .. } | Shape::LeafSpine { homes: 0, .. } => {
                return Err(ShapeError::NoSwitches);
            }
            Shape::FatTree { ports } if ports == 0 || !ports.is_multiple_of(2) => {
                return Err(ShapeError::OddPorts(ports));
            }
            Shape::LeafSpine { .. } | Shape::FatTree { .. } => 1,
            Shape::FullMesh => 2,
            Shape::Ring => 3,
        };
        if places < least {
            return Err(ShapeError::FewPlaces { found: places, least });
        }
        let size = self.size(places as u64);
        if size > MOST { Err(ShapeError::TooLarge(size)) } else { Ok(()) }
    }

    /// How many switches and links it has.
    fn size(self, places: u64) -> u64 {
        let times = u64::saturating_mul;
        match self {
            Shape::LeafSpine { spines, homes } => {
                let (spines, leaves) = (u64::from(spines), times(places, u64::from(homes)));
                spines.saturating_add(times(leaves, 2)).saturating_add(times(leaves, spines))
            }
            Shape::FatTree { ports } => {
                let half = u64::from(ports / 2);
                times(5, times(half, half))
                    .saturating_add(times(4, times(half, times(half, half))))
                    .saturating_add(places)
            }
            Shape::FullMesh => times(places, places - 1) / 2,
            Shape::Ring => places,
        }
    }
}

struct Builder<'a> {
    topology: &'a mut Topology,
    name: &'a str,
    latency: Span,
    switches: Vec<(Vertex, Option<Vertex>)>,
}

impl Builder<'_> {
    fn switch(&mut self, name: &str, at: Option<Vertex>) -> Vertex {
        let switch = self.topology.vertex(&format!("{}/{name}", self.name));
        self.switches.push((switch, at));
        switch
    }

    fn link(&mut self, from: Vertex, to: Vertex) {
        let short = |vertex| {
            let name = self.topology.name(vertex);
            name.strip_prefix(self.name).and_then(|rest| rest.strip_prefix('/')).unwrap_or(name).to_owned()
        };
        let name = format!("{}/{} - {}", self.name, short(from), short(to));
        self.topology.link(&name, from, to, self.latency);
    }

    fn leaf_spine(&mut self, places: &[Vertex], spines: u32, homes: u32) {
        let spines: Vec<Vertex> =
            (1..=spines).map(|spine| self.switch(&format!("spine-{spine}"), None)).collect();
        for &place in places {
            let at = self.topology.name(place).to_owned();
            for leaf in 1..=homes {
                let leaf = if homes == 1 {
                    self.switch(&format!("leaf {at}"), Some(place))
                } else {
                    self.switch(&format!("leaf-{leaf} {at}"), Some(place))
                };
                self.link(place, leaf);
                spines.iter().for_each(|&spine| self.link(leaf, spine));
            }
        }
    }

    fn fat_tree(&mut self, places: &[Vertex], ports: u32) {
        let half = ports as usize / 2;
        let cores: Vec<Vertex> =
            (1..=half * half).map(|core| self.switch(&format!("core-{core}"), None)).collect();
        let mut edges = Vec::new();
        for pod in 1..=ports {
            let aggregation: Vec<Vertex> = (1..=half)
                .map(|number| self.switch(&format!("pod-{pod} aggregation-{number}"), None))
                .collect();
            for number in 1..=half {
                let edge = self.switch(&format!("pod-{pod} edge-{number}"), None);
                aggregation.iter().for_each(|&above| self.link(edge, above));
                edges.push(edge);
            }
            for (&switch, cores) in aggregation.iter().zip(cores.chunks(half)) {
                cores.iter().for_each(|&core| self.link(switch, core));
            }
        }
        for (number, &place) in places.iter().enumerate() {
            self.link(place, edges[number * edges.len() / places.len()]);
        }
    }

    fn full_mesh(&mut self, places: &[Vertex]) {
        for (index, &from) in places.iter().enumerate() {
            places[index + 1..].iter().for_each(|&to| self.link(from, to));
        }
    }

    fn ring(&mut self, places: &[Vertex]) {
        let next = places.iter().cycle().skip(1);
        places.iter().zip(next).for_each(|(&from, &to)| self.link(from, to));
    }
}
