//! The sites of a system as a placement sees them.

use std::collections::BTreeSet;

use crate::system::System;

/// All sites, parents that nobody named included, as segments.
pub(super) struct Places<'a> {
    system: &'a System,
    sites: BTreeSet<Vec<&'a str>>,
}

impl<'a> Places<'a> {
    pub fn new(system: &'a System) -> Places<'a> {
        let mut sites = BTreeSet::new();
        for path in system.sites.keys() {
            let segments: Vec<&str> = path.split('/').collect();
            if segments.contains(&"") {
                continue;
            }
            // Deeper than the levels is a mistake, and said to be one: no need to hold all its parents.
            for depth in 1..=segments.len().min(system.levels.len()) {
                sites.insert(segments[..depth].to_vec());
            }
        }
        Places { system, sites }
    }

    pub fn is_empty(&self) -> bool {
        self.sites.is_empty()
    }

    /// The paths of all sites.
    pub fn paths(&self) -> Vec<String> {
        self.sites.iter().map(|site| site.join("/")).collect()
    }

    pub fn contains(&self, path: &str) -> bool {
        self.sites.contains(&path.split('/').collect::<Vec<_>>())
    }

    /// The sites of a level that can hold replicas allowed in `within` (anywhere, where it is empty): those that lie
    /// inside an allowed site or have one inside them.
    pub fn at(&self, level: &str, within: &[String]) -> Vec<&[&'a str]> {
        let Some(depth) = self.system.levels.iter().position(|name| name == level) else { return Vec::new() };
        let within: Vec<Vec<&str>> = within.iter().map(|path| path.split('/').collect()).collect();
        let allowed = |site: &[&str]| {
            within.is_empty()
                || within.iter().any(|within| {
                    site.starts_with(within) || (within.starts_with(site) && self.sites.contains(within))
                })
        };
        let at_level = self.sites.iter().filter(|site| site.len() == depth + 1);
        at_level.map(Vec::as_slice).filter(|site| allowed(site)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_has_the_sites_inside_and_around_what_is_allowed() {
        let system = ["eu/a/r1", "eu/b", "us/a"].iter().fold(System::new(), |system, path| system.site(path));
        let places = Places::new(&system);
        let at = |level: &str, within: &[&str]| -> Vec<String> {
            let within: Vec<String> = within.iter().map(|&path| path.into()).collect();
            places.at(level, &within).iter().map(|site| site.join("/")).collect()
        };
        assert_eq!(at("zone", &[]), ["eu/a", "eu/b", "us/a"]);
        assert_eq!(at("zone", &["eu"]), ["eu/a", "eu/b"]);
        assert_eq!(at("region", &["eu/a/r1", "us"]), ["eu", "us"]);
        assert_eq!(at("rack", &["us"]), [""; 0]);
        assert!(places.contains("eu") && !places.contains("eu/c"));
    }
}
