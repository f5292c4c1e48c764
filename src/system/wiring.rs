//! The network of a system link by link, with the networks of a known shape made.

use std::collections::BTreeMap;

use super::place::{NONE, SiteTree};
use super::{Fabric, System};
use crate::network::{LinkId, Shape, Topology, Vertex};
use crate::units::Span;

/// A part of a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Node(Vertex),
    Link(LinkId),
}

/// A switch or a router.
#[derive(Clone, Debug)]
pub(super) struct NodePart {
    pub vertex: Vertex,
    pub name: String,
    /// The kind of component it is, if it fails.
    pub component: Option<String>,
    /// The site it stands at, or [`NONE`].
    pub site: u32,
}

/// Vertices and links, and what they are to the system.
#[derive(Clone, Debug, Default)]
pub(super) struct Wiring {
    pub topology: Topology,
    pub nodes: Vec<NodePart>,
    /// For each link, the kind of component it is, if it fails.
    pub link_components: Vec<Option<String>>,
    /// For each site, the vertices that stand for it: one for each of its links, where traffic does not pass through
    /// it; none, where nothing links it.
    pub ports: Vec<Vec<Vertex>>,
}

impl Wiring {
    /// Makes the network of a system, all of whose names are known.
    pub fn new(system: &System, tree: &SiteTree) -> Wiring {
        let draft = Draft::new(system, tree);
        draft.ported()
    }

    /// The switch or the link of that name.
    pub fn part(&self, name: &str) -> Option<Part> {
        let node = self.nodes.iter().find(|node| node.name == name).map(|node| Part::Node(node.vertex));
        let mut links = self.topology.all_links();
        node.or_else(|| links.find(|&link| self.topology.details(link).name == name).map(Part::Link))
    }

    /// The vertices of a switch, or of a site and all that is inside it.
    pub fn vertices_called(&self, tree: &SiteTree, name: &str) -> Vec<Vertex> {
        let node = self.nodes.iter().find(|node| node.name == name);
        match (node, site_called(tree, name)) {
            (Some(node), _) => vec![node.vertex],
            (None, Some(site)) => {
                let inside = site..tree.sites[site as usize].end;
                inside.flat_map(|site| self.ports[site as usize].clone()).collect()
            }
            (None, None) => Vec::new(),
        }
    }

    /// The site that stands in the network for a site: the innermost around it that something links, or [`NONE`].
    pub fn linked(&self, tree: &SiteTree, site: u32) -> u32 {
        tree.around(site).find(|&site| !self.ports[site as usize].is_empty()).unwrap_or(NONE)
    }
}

/// A network in which each site is one vertex.
struct Draft<'a> {
    system: &'a System,
    tree: &'a SiteTree,
    wiring: Wiring,
    sites: BTreeMap<u32, Vertex>,
    /// For each site that is linked, whether traffic passes through it unless somebody says otherwise.
    forwards: BTreeMap<u32, bool>,
}

impl<'a> Draft<'a> {
    fn new(system: &'a System, tree: &'a SiteTree) -> Draft<'a> {
        let (wiring, sites, forwards) = (Wiring::default(), BTreeMap::new(), BTreeMap::new());
        let mut draft = Draft { system, tree, wiring, sites, forwards };
        for (name, node) in &system.network.nodes {
            let vertex = draft.wiring.topology.vertex(name);
            let site = node.at.as_ref().map_or(NONE, |at| draft.site_called(at));
            draft.wiring.nodes.push(NodePart {
                vertex,
                name: name.clone(),
                component: node.component.clone(),
                site,
            });
        }
        for (name, link) in &system.network.links {
            let [from, to] = [0, 1].map(|end| draft.end(&link.between[end]));
            draft.wiring.topology.link(name, from, to, link.latency.span());
            draft.wiring.link_components.push(link.component.clone());
        }
        for (name, fabric) in &system.network.fabrics {
            draft.fabric(name, fabric);
        }
        for (path, gate) in &system.network.sites {
            let site = draft.site_called(path);
            draft.vertex_of(site, gate.forwards);
            draft.forwards.insert(site, gate.forwards);
        }
        draft
    }

    fn site_called(&self, path: &str) -> u32 {
        site_called(self.tree, path).expect("a checked network names sites")
    }

    fn vertex_of(&mut self, site: u32, forwards: bool) -> Vertex {
        let topology = &mut self.wiring.topology;
        let name = &self.tree.sites[site as usize].path;
        // Where any of its links makes it an end of the line, it is one.
        *self.forwards.entry(site).or_insert(true) &= forwards;
        *self.sites.entry(site).or_insert_with(|| topology.vertex(name))
    }

    /// The end of a link: a node, or a site.
    fn end(&mut self, name: &str) -> Vertex {
        match self.wiring.nodes.iter().find(|node| node.name == name) {
            Some(node) => node.vertex,
            None => self.vertex_of(self.site_called(name), true),
        }
    }

    fn fabric(&mut self, name: &str, fabric: &Fabric) {
        let forwards = matches!(fabric.shape, Shape::FullMesh | Shape::Ring);
        let sites = sites_of(self.system, self.tree, fabric);
        let places: Vec<Vertex> = sites.iter().map(|&site| self.vertex_of(site, forwards)).collect();
        let latency: Span = fabric.latency.span();
        let topology = &mut self.wiring.topology;
        let first_link = topology.links();
        let switches =
            fabric.shape.build(topology, name, &places, latency).expect("a checked network can be made");
        let is_place = |vertex: Vertex| places.contains(&vertex);
        let kinds = topology.all_links().skip(first_link).map(|link| {
            let (from, to) = topology.ends(link);
            let access = is_place(from) != is_place(to);
            if access { fabric.access.clone() } else { fabric.link.clone() }
        });
        let kinds: Vec<Option<String>> = kinds.collect();
        self.wiring.link_components.extend(kinds);
        let elsewhere = fabric.at.as_ref().map_or(NONE, |at| self.site_called(at));
        for (vertex, place) in switches {
            let place = place.and_then(|place| places.iter().position(|&known| known == place));
            self.wiring.nodes.push(NodePart {
                vertex,
                name: self.wiring.topology.name(vertex).to_owned(),
                component: fabric.switch.clone(),
                site: place.map_or(elsewhere, |place| sites[place]),
            });
        }
    }

    /// The network in which a site that passes nothing on has a vertex for each of its links.
    fn ported(self) -> Wiring {
        let old = &self.wiring.topology;
        let site_of: BTreeMap<Vertex, u32> =
            self.sites.iter().map(|(&site, &vertex)| (vertex, site)).collect();
        let mut topology = Topology::new();
        // For each vertex, those that stand for it now.
        let mut new: Vec<Vec<Vertex>> = Vec::with_capacity(old.vertices());
        for vertex in old.all_vertices() {
            let passes = site_of.get(&vertex).is_none_or(|site| self.forwards[site]);
            let count = if passes { 1 } else { old.around(vertex).count().max(1) };
            new.push((0..count).map(|_| topology.vertex(old.name(vertex))).collect());
        }
        let mut used = vec![0; old.vertices()];
        for link in old.all_links() {
            let mut port = |vertex: Vertex| {
                let ports = &new[vertex.index()];
                let next = &mut used[vertex.index()];
                *next += 1;
                ports[(*next - 1) % ports.len()]
            };
            let (from, to) = old.ends(link);
            let (from, to) = (port(from), port(to));
            topology.link(&old.details(link).name, from, to, old.details(link).latency);
        }
        let mut ports = vec![Vec::new(); self.tree.sites.len()];
        for (&site, vertex) in &self.sites {
            ports[site as usize].clone_from(&new[vertex.index()]);
        }
        let moved = |node: &NodePart| NodePart { vertex: new[node.vertex.index()][0], ..node.clone() };
        let nodes = self.wiring.nodes.iter().map(moved).collect();
        Wiring { topology, nodes, link_components: self.wiring.link_components, ports }
    }
}

/// The number of the site of that path.
pub(super) fn site_called(tree: &SiteTree, path: &str) -> Option<u32> {
    let number = tree.sites.iter().position(|site| site.path == path)?;
    Some(number as u32)
}

/// The sites that a network of a known shape links, in the order of the tree.
pub(super) fn sites_of(system: &System, tree: &SiteTree, fabric: &Fabric) -> Vec<u32> {
    let depth = system.levels.iter().position(|level| *level == fabric.level);
    let allowed = |site: u32| {
        fabric.within.is_empty()
            || tree.around(site).any(|site| fabric.within.contains(&tree.sites[site as usize].path))
    };
    let all = 0..tree.sites.len() as u32;
    all.filter(|&site| Some(tree.sites[site as usize].depth) == depth && allowed(site)).collect()
}

/// The links that are cut where these groups of sites lose each other: every vertex keeps to the group that is the
/// fewest links away, the first of several, and links between those that keep to different groups are cut. Each with
/// whether it leads from an earlier group to a later one.
pub(super) fn between(topology: &Topology, groups: &[Vec<Vertex>]) -> Vec<(LinkId, bool)> {
    let mut group_of: Vec<Option<usize>> = vec![None; topology.vertices()];
    let mut ahead = std::collections::VecDeque::new();
    for (number, vertices) in groups.iter().enumerate() {
        for &vertex in vertices {
            group_of[vertex.index()] = Some(number);
            ahead.push_back(vertex);
        }
    }
    while let Some(vertex) = ahead.pop_front() {
        let mut others: Vec<Vertex> = topology.around(vertex).map(|(_, other, _)| other).collect();
        others.sort_unstable();
        for other in others {
            if group_of[other.index()].is_none() {
                group_of[other.index()] = group_of[vertex.index()];
                ahead.push_back(other);
            }
        }
    }
    let crossing = topology.all_links().filter_map(|link| {
        let (from, to) = topology.ends(link);
        let (from, to) = (group_of[from.index()]?, group_of[to.index()]?);
        (from != to).then_some((link, from < to))
    });
    crossing.collect()
}
