//! Where replicas go: the site tree in order, and the placement of a service on it.

use std::ops::Range;

use super::{Body, Service, Spread, System};

/// No site, no crew, nothing.
pub(super) const NONE: u32 = u32::MAX;

/// The sites of a system in preorder, parents that nobody named included, so that what is inside a site follows it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct SiteTree {
    pub sites: Vec<SiteNode>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct SiteNode {
    pub path: String,
    /// Segments in the path, less one.
    pub depth: usize,
    /// The site around it, or [`NONE`].
    pub parent: u32,
    /// One past the last site inside it.
    pub end: u32,
}

impl SiteTree {
    pub fn new(system: &System) -> SiteTree {
        let mut paths: Vec<Vec<&str>> = Vec::new();
        for path in system.sites.keys() {
            let segments: Vec<&str> = path.split('/').collect();
            paths.extend((1..=segments.len()).map(|depth| segments[..depth].to_vec()));
        }
        // Segment by segment, not byte by byte: `eu-west` must not come between `eu` and `eu/a`.
        paths.sort_unstable();
        paths.dedup();
        let mut sites: Vec<SiteNode> = Vec::with_capacity(paths.len());
        let mut around: Vec<usize> = Vec::new();
        for (index, segments) in paths.iter().enumerate() {
            while around.last().is_some_and(|&outer| !segments.starts_with(&paths[outer])) {
                let left = around.pop().expect("there is a last one");
                sites[left].end = index as u32;
            }
            sites.push(SiteNode {
                path: segments.join("/"),
                depth: segments.len() - 1,
                parent: around.last().map_or(NONE, |&parent| parent as u32),
                end: paths.len() as u32,
            });
            around.push(index);
        }
        SiteTree { sites }
    }

    /// The site and all around it, from the inside out.
    pub fn around(&self, site: u32) -> impl Iterator<Item = u32> + '_ {
        std::iter::successors((site != NONE).then_some(site), |&site| {
            let parent = self.sites[site as usize].parent;
            (parent != NONE).then_some(parent)
        })
    }

    /// How many sites a level has.
    pub fn count_at(&self, system: &System, level: &str) -> usize {
        let depth = system.levels.iter().position(|name| name == level);
        self.sites.iter().filter(|site| Some(site.depth) == depth).count()
    }

    /// The outermost depth at which two sites lie in different ones; nothing where one lies in the other, or is none.
    pub fn parted_at(&self, one: u32, other: u32) -> Option<usize> {
        if one == NONE || other == NONE {
            return None;
        }
        let (one, other) = (&self.sites[one as usize].path, &self.sites[other as usize].path);
        one.split('/').zip(other.split('/')).position(|(one, other)| one != other)
    }

    /// Sites inside `within` (all, where it is empty) that have none inside them.
    fn leaves(&self, within: &[String]) -> Vec<u32> {
        let allowed = |site: u32| {
            within.is_empty()
                || self.around(site).any(|site| within.contains(&self.sites[site as usize].path))
        };
        let is_leaf = |&site: &u32| self.sites[site as usize].end == site + 1;
        (0..self.sites.len() as u32).filter(is_leaf).filter(|&site| allowed(site)).collect()
    }

    /// Sites of a depth that hold replicas of a service allowed in `within`, each with its leaves.
    fn domains(&self, depth: usize, within: &[String]) -> Vec<Vec<u32>> {
        let mut domains: Vec<(u32, Vec<u32>)> = Vec::new();
        for leaf in self.leaves(within) {
            let Some(domain) = self.around(leaf).find(|&site| self.sites[site as usize].depth == depth)
            else {
                continue;
            };
            match domains.last_mut() {
                Some((last, leaves)) if *last == domain => leaves.push(leaf),
                _ => domains.push((domain, vec![leaf])),
            }
        }
        domains.into_iter().map(|(_, leaves)| leaves).collect()
    }

    /// The site of each of a service's replicas, [`NONE`] where the system has no sites; those of one part after those of
    /// another.
    pub fn place(&self, system: &System, service: &Service) -> Vec<u32> {
        self.place_those(system, service, 0..service.all_replicas())
    }

    /// The same for one part of a service.
    pub fn place_part(&self, system: &System, service: &Service, part: u32) -> Vec<u32> {
        let each = service.all_replicas() / service.part_count();
        self.place_those(system, service, part * each..(part + 1) * each)
    }

    fn place_those(&self, system: &System, service: &Service, those: Range<u32>) -> Vec<u32> {
        let Body::Replicas { spread, within, .. } = &service.body else { return Vec::new() };
        match spread {
            Spread::None => {
                let first = self.leaves(within).first().copied().unwrap_or(NONE);
                vec![first; those.len()]
            }
            Spread::Over { level, over } => {
                let (depth, all) = (
                    system.levels.iter().position(|name| name == level).unwrap_or(0),
                    service.all_replicas(),
                );
                let mut domains = self.domains(depth, within);
                domains.truncate(over.unwrap_or(all).min(all) as usize);
                if domains.is_empty() {
                    return vec![NONE; those.len()];
                }
                let place = |replica: usize| {
                    // Around the domains first, then around the places inside each.
                    let leaves = &domains[replica % domains.len()];
                    leaves[replica / domains.len() % leaves.len()]
                };
                those.map(|replica| place(replica as usize)).collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn system() -> System {
        ["us/a", "eu/a", "eu/b", "eu-west/a"].iter().fold(System::new(), |system, path| system.site(path))
    }

    fn places(service: Service) -> Vec<String> {
        let system = system();
        let tree = SiteTree::new(&system);
        tree.place(&system, &service).iter().map(|&site| tree.sites[site as usize].path.clone()).collect()
    }

    #[test]
    fn the_tree_is_in_preorder_with_parents_that_nobody_named() {
        let tree = SiteTree::new(&system());
        let paths: Vec<&str> = tree.sites.iter().map(|site| site.path.as_str()).collect();
        assert_eq!(paths, ["eu", "eu/a", "eu/b", "eu-west", "eu-west/a", "us", "us/a"]);
        assert_eq!(tree.sites[0].end, 3);
        assert_eq!(tree.around(2).collect::<Vec<_>>(), [2, 0]);
    }

    #[test]
    fn replicas_go_around_the_domains_and_then_around_the_places_inside() {
        assert_eq!(places(Service::replicas("x", 4).spread("region")), ["eu/a", "eu-west/a", "us/a", "eu/b"]);
        assert_eq!(places(Service::replicas("x", 3).spread("zone")), ["eu/a", "eu/b", "eu-west/a"]);
        assert_eq!(places(Service::replicas("x", 2)), ["eu/a", "eu/a"]);
        assert_eq!(places(Service::replicas("x", 3).spread("zone").within("eu")), ["eu/a", "eu/b", "eu/a"]);
        // Of two shards one goes on where the other ends.
        let shards = Service::replicas("x", 2).spread("zone").shards(2);
        assert_eq!(places(shards), ["eu/a", "eu/b", "eu-west/a", "us/a"]);
        let over = Spread::Over { level: "region".into(), over: Some(2) };
        assert_eq!(places(Service::replicas("x", 3).placed(over)), ["eu/a", "eu-west/a", "eu/b"]);
    }
}
