//! What links sites: switches, links, networks of a known shape, and the clients who have to get through.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Service, System};
use crate::network::{Shape, Way};
use crate::units::Duration;

/// The network between sites. Without one everything reaches everything.
///
/// ```
/// use fivenines::system::{Link, Network, Node};
///
/// let network = Network::default()
///     .node("spine", Node::default().component("switch"))
///     .link("a", Link::between("eu/a", "spine"))
///     .link("b", Link::between("eu/b", "spine").component("fibre"));
/// assert_eq!(network.links.len(), 2);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Network {
    /// Switches and routers, by name.
    #[serde(rename = "node")]
    pub nodes: BTreeMap<String, Node>,
    /// Links, by name.
    #[serde(rename = "link")]
    pub links: BTreeMap<String, Link>,
    /// What is said of sites, by path.
    #[serde(rename = "site")]
    pub sites: BTreeMap<String, Gate>,
    /// Networks of a known shape, by name.
    #[serde(rename = "generate")]
    pub fabrics: BTreeMap<String, Fabric>,
}

/// A switch or a router.
///
/// ```
/// use fivenines::system::Node;
///
/// assert_eq!(Node::default().component("switch").at("eu/a").at.as_deref(), Some("eu/a"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Node {
    /// The kind of component it is; without one it never fails.
    pub component: Option<String>,
    /// The site it stands at and is down with.
    pub at: Option<String>,
}

/// A link between two sites or nodes. It carries traffic both ways.
///
/// ```
/// use fivenines::system::Link;
///
/// assert_eq!(Link::between("eu/a", "eu/b").between, ["eu/a", "eu/b"]);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Link {
    /// Its ends: nodes, or sites.
    pub between: [String; 2],
    /// The kind of component it is; without one it never fails.
    pub component: Option<String>,
    /// How long traffic takes from one end to the other.
    pub latency: Duration,
}

/// What a site is to the network.
///
/// ```
/// assert!(fivenines::system::Gate { forwards: false } != fivenines::system::Gate { forwards: true });
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Gate {
    /// Whether traffic passes through the site on its way to others. Where hosts have a link to each of two switches,
    /// they do not carry one switch's traffic to the other.
    pub forwards: bool,
}

/// A network of a known shape between sites. Its nodes and links are named after it and what they link.
///
/// ```
/// use fivenines::network::Shape;
/// use fivenines::system::Fabric;
///
/// let fabric = Fabric::new(Shape::LeafSpine { spines: 2, homes: 1 }, "rack").switch("switch").link("cable");
/// assert_eq!(fabric.level, "rack");
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Fabric {
    /// Its shape.
    #[serde(serialize_with = "written")]
    pub shape: Shape,
    /// The level whose sites it links.
    pub level: String,
    /// Only those that are, or are inside of, one of these sites; all, where empty.
    pub within: Vec<String>,
    /// The kind of component that its switches are.
    pub switch: Option<String>,
    /// The kind that its links between switches are, or between sites where it has no switches.
    pub link: Option<String>,
    /// The kind that its links from sites to switches are.
    pub access: Option<String>,
    /// Where switches stand that are at none of the sites it links.
    pub at: Option<String>,
    /// How long traffic takes along each link.
    pub latency: Duration,
}

/// A shape as people write it.
fn written<S: serde::Serializer>(shape: &Shape, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&match shape {
        Shape::LeafSpine { spines, homes } => format!("leaf-spine, spines = {spines}, homes = {homes}"),
        Shape::FatTree { ports } => format!("fat-tree, ports = {ports}"),
        Shape::FullMesh => "full-mesh".to_owned(),
        Shape::Ring => "ring".to_owned(),
    })
}

/// What a service does while the network is in parts that do not reach each other, each with some of its replicas.
///
/// ```
/// use fivenines::system::{Service, Sides};
///
/// let db = Service::replicas("server", 3).sides(Sides::Stale);
/// assert_eq!(db.sides, Some(Sides::Stale));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Sides {
    /// It serves on one side: the one with the most replicas up.
    One,
    /// It serves on every side on which its need is met.
    Each,
    /// It serves on one side, and while it does, other sides on which a replica is up serve what they last knew.
    Stale,
}

/// Clients at a site, who have to get through to what they use.
///
/// ```
/// use fivenines::system::Client;
///
/// let eu = Client::new("eu/a", "web").depends_on("dns").weight(3.0);
/// assert_eq!((eu.uses.as_str(), eu.weight), ("web", 3.0));
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Client {
    /// Where: a site, or a node of the network.
    pub at: String,
    /// The service that they use.
    pub uses: String,
    /// Services that they need besides, such as name resolution.
    pub depends_on: Vec<String>,
    /// How much they count, against the weights of other clients.
    pub weight: f64,
    /// How long traffic may take to the nearest replica of what they use, one way; longer is as good as down.
    pub within: Option<Duration>,
}

impl Network {
    /// Adds a switch or a router.
    #[must_use]
    pub fn node(mut self, name: &str, node: Node) -> Network {
        self.nodes.insert(name.to_owned(), node);
        self
    }

    /// Adds a link.
    #[must_use]
    pub fn link(mut self, name: &str, link: Link) -> Network {
        self.links.insert(name.to_owned(), link);
        self
    }

    /// Says whether traffic passes through a site.
    #[must_use]
    pub fn site(mut self, path: &str, gate: Gate) -> Network {
        self.sites.insert(path.to_owned(), gate);
        self
    }

    /// Adds a network of a known shape.
    #[must_use]
    pub fn generate(mut self, name: &str, fabric: Fabric) -> Network {
        self.fabrics.insert(name.to_owned(), fabric);
        self
    }

    /// True when there is none.
    pub(super) fn is_empty(&self) -> bool {
        *self == Network::default()
    }
}

impl Node {
    /// Makes it a component of this kind.
    #[must_use]
    pub fn component(mut self, kind: &str) -> Node {
        self.component = Some(kind.to_owned());
        self
    }

    /// Puts it at a site.
    #[must_use]
    pub fn at(mut self, site: &str) -> Node {
        self.at = Some(site.to_owned());
        self
    }
}

impl Link {
    /// A link that never fails and takes no time.
    pub fn between(from: &str, to: &str) -> Link {
        Link { between: [from.to_owned(), to.to_owned()], component: None, latency: Duration::ZERO }
    }

    /// Makes it a component of this kind.
    #[must_use]
    pub fn component(mut self, kind: &str) -> Link {
        self.component = Some(kind.to_owned());
        self
    }

    /// Says how long traffic takes.
    #[must_use]
    pub fn latency(mut self, latency: Duration) -> Link {
        self.latency = latency;
        self
    }
}

impl Fabric {
    /// A network between all sites of a level, none of whose parts fails.
    pub fn new(shape: Shape, level: &str) -> Fabric {
        Fabric {
            shape,
            level: level.to_owned(),
            within: Vec::new(),
            switch: None,
            link: None,
            access: None,
            at: None,
            latency: Duration::ZERO,
        }
    }

    /// Makes its switches components of this kind.
    #[must_use]
    pub fn switch(mut self, kind: &str) -> Fabric {
        self.switch = Some(kind.to_owned());
        self
    }

    /// Makes its links components of this kind.
    #[must_use]
    pub fn link(mut self, kind: &str) -> Fabric {
        self.link = Some(kind.to_owned());
        self
    }

    /// Makes its links from sites to switches components of this kind.
    #[must_use]
    pub fn access(mut self, kind: &str) -> Fabric {
        self.access = Some(kind.to_owned());
        self
    }

    /// Links only sites that are this one or inside it, besides others so named.
    #[must_use]
    pub fn within(mut self, site: &str) -> Fabric {
        self.within.push(site.to_owned());
        self
    }
}

impl Client {
    /// Clients that count once and have all the time in the world.
    pub fn new(at: &str, uses: &str) -> Client {
        let (at, uses) = (at.to_owned(), uses.to_owned());
        Client { at, uses, depends_on: Vec::new(), weight: 1.0, within: None }
    }

    /// What their service is called: the one that is up while these clients get through to what they use.
    ///
    /// ```
    /// assert_eq!(fivenines::system::Client::service("eu"), "client eu");
    /// ```
    pub fn service(name: &str) -> String {
        format!("client {name}")
    }

    /// Adds a service that they need besides.
    #[must_use]
    pub fn depends_on(mut self, service: &str) -> Client {
        self.depends_on.push(service.to_owned());
        self
    }

    /// Says how much they count.
    #[must_use]
    pub fn weight(mut self, weight: f64) -> Client {
        self.weight = weight;
        self
    }

    /// Says how long traffic may take, one way.
    #[must_use]
    pub fn within(mut self, limit: Duration) -> Client {
        self.within = Some(limit);
        self
    }
}

impl Service {
    /// Says what it does while the network is in parts.
    #[must_use]
    pub fn sides(mut self, sides: Sides) -> Service {
        self.sides = Some(sides);
        self
    }

    /// What it does while the network is in parts: one leader serves on one side.
    pub(super) fn policy(&self) -> Sides {
        self.sides.unwrap_or(if self.failover.is_some() { Sides::One } else { Sides::Each })
    }
}

impl System {
    /// Gives the system a network.
    #[must_use]
    pub fn network(mut self, network: Network) -> System {
        self.network = network;
        self
    }

    /// Adds clients.
    #[must_use]
    pub fn client(mut self, name: &str, client: Client) -> System {
        self.clients.insert(name.to_owned(), client);
        self
    }
}

/// What a failure mode of a link does to it.
///
/// ```
/// use fivenines::system::LinkEffect;
///
/// assert_eq!(LinkEffect::default(), LinkEffect::CUT);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub enum LinkEffect {
    /// It carries no traffic that way.
    Cuts(#[serde(serialize_with = "way")] Way),
    /// Traffic takes so many times as long.
    Slows(f64),
}

impl LinkEffect {
    /// No traffic either way: what failure means unless somebody says otherwise.
    pub const CUT: LinkEffect = LinkEffect::Cuts(Way::Both);

    /// True for what failure means unless somebody says otherwise.
    pub(super) fn is_default(&self) -> bool {
        *self == LinkEffect::CUT
    }
}

impl Default for LinkEffect {
    fn default() -> LinkEffect {
        LinkEffect::CUT
    }
}

fn way<S: serde::Serializer>(way: &Way, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(match way {
        Way::Forth => "forth",
        Way::Back => "back",
        Way::Both => "both ways",
    })
}
