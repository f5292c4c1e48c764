//! Crews that could wait for ever beside what stands still, while the outage that stops it waits for them.

use std::collections::{BTreeMap, BTreeSet};

use super::{Checker, Problem, at};
use crate::system::place::{NONE, SiteTree};
use crate::system::wiring::Wiring;
use crate::system::{Crew, Discipline, KeyPath, Mode, Modes, SiteOutage};

/// A crew where it works: its name, and its site where there is one of its kind in each.
type Team<'a> = (&'a str, u32);

/// A team that waits beside a frozen component until a site is back.
struct Wait<'a> {
    team: Team<'a>,
    component: &'a str,
    mode: &'a str,
    site: u32,
    /// Who mends the site.
    mender: Team<'a>,
}

impl<'a> Checker<'a> {
    /// Reports crews of which every member can wait beside components that are frozen by an outage, while the repair
    /// of that outage waits for the same crew, or for one that waits for it. Looks at real placements, so only at a
    /// system that has no other problem.
    pub(super) fn waiting_crews(&mut self) {
        let system = self.system;
        let holds = |component: &crate::system::Component| {
            component.site_outage == SiteOutage::Frozen
                && component.modes.values().any(|mode| self.fifo(mode).is_some())
        };
        if !self.problems.is_empty() || !system.components.values().any(holds) {
            return;
        }
        let tree = SiteTree::new(system);
        let mut held: BTreeMap<Team, u64> = BTreeMap::new();
        let mut waits = Vec::new();
        for ((component, site), count) in self.frozen(&tree) {
            for (name, mode) in &system.components[component].modes {
                let Some(team) = self.team(&tree, site, mode) else { continue };
                *held.entry(team).or_default() += count;
                for around in tree.around(site) {
                    let menders = self.site_modes(&tree, around);
                    let menders: BTreeSet<Team> =
                        menders.values().filter_map(|mode| self.team(&tree, around, mode)).collect();
                    waits.extend(menders.into_iter().map(|mender| Wait {
                        team,
                        component,
                        mode: name,
                        site: around,
                        mender,
                    }));
                }
            }
        }
        // A crew with a member to spare is never all waiting.
        waits.retain(|wait| held[&wait.team] >= u64::from(system.crews[wait.team.0].size));
        let mut said = BTreeSet::new();
        for wait in &waits {
            if reaches(&waits, wait.mender, wait.team) && said.insert(wait.team.0) {
                self.report(wait.problem(&tree));
            }
        }
    }

    /// How many components of each kind stand still with each site.
    fn frozen(&self, tree: &SiteTree) -> BTreeMap<(&'a str, u32), u64> {
        let mut frozen = BTreeMap::new();
        for service in self.system.services.values() {
            let crate::system::Body::Replicas { runs_on, .. } = &service.body else { continue };
            let stands_still =
                |kind: &&String| self.system.components[kind.as_str()].site_outage == SiteOutage::Frozen;
            let kinds: Vec<&String> = runs_on.iter().filter(stands_still).collect();
            if kinds.is_empty() {
                continue;
            }
            for site in tree.place(self.system, service).into_iter().filter(|&site| site != NONE) {
                for kind in &kinds {
                    *frozen.entry((kind.as_str(), site)).or_default() += 1;
                }
            }
        }
        if !self.system.network.is_empty() {
            let wiring = Wiring::new(self.system, tree);
            for node in wiring.nodes.iter().filter(|node| node.site != NONE) {
                let kind =
                    node.component.as_ref().and_then(|kind| self.system.components.get_key_value(kind));
                if let Some((kind, component)) = kind
                    && component.site_outage == SiteOutage::Frozen
                {
                    *frozen.entry((kind.as_str(), node.site)).or_default() += 1;
                }
            }
        }
        frozen
    }

    /// The crew that repairs a mode one thing after the other, if one does.
    fn fifo(&self, mode: &Mode) -> Option<(&'a str, &'a Crew)> {
        let (name, crew) = self.system.crews.get_key_value(mode.repaired_by.as_ref()?)?;
        (crew.discipline != Discipline::Shared).then_some((name.as_str(), crew))
    }

    fn team(&self, tree: &SiteTree, site: u32, mode: &Mode) -> Option<Team<'a>> {
        let (name, crew) = self.fifo(mode)?;
        let depth =
            crew.per.as_ref().and_then(|level| self.system.levels.iter().position(|known| known == level));
        let place = depth
            .and_then(|depth| tree.around(site).find(|&around| tree.sites[around as usize].depth == depth));
        Some((name, place.unwrap_or(NONE)))
    }

    /// A site's modes: its level's, and its own in their place.
    fn site_modes(&self, tree: &SiteTree, site: u32) -> BTreeMap<&'a str, &'a Mode> {
        let node = &tree.sites[site as usize];
        let level = self.system.levels.get(node.depth).and_then(|level| self.system.level_modes.get(level));
        let own = self.system.sites.get(&node.path).map(|site| &site.modes);
        let named = |modes: &'a Modes| modes.iter().map(|(name, mode)| (name.as_str(), mode));
        level.into_iter().chain(own).flat_map(named).collect()
    }
}

/// True where a team, or a team it waits for, and so on, waits for another.
fn reaches(waits: &[Wait], from: Team, to: Team) -> bool {
    let (mut seen, mut open) = (BTreeSet::from([from]), vec![from]);
    while let Some(team) = open.pop() {
        if team == to {
            return true;
        }
        let next = waits.iter().filter(|wait| wait.team == team).map(|wait| wait.mender);
        open.extend(next.filter(|&team| seen.insert(team)));
    }
    false
}

impl Wait<'_> {
    fn problem(&self, tree: &SiteTree) -> Problem {
        let Wait { component, mode, team: (crew, _), mender: (mender, _), .. } = self;
        let site = &tree.sites[self.site as usize].path;
        let waits = if crew == mender { "waits for it" } else { "waits for it in turn" };
        let message = format!(
            "the crew `{crew}` could wait for ever beside `{component}`, which stands still while `{site}` is down, \
             and the repair of `{site}` {waits}"
        );
        let path: KeyPath = at("component", component).key("mode").key(mode).key("repaired_by");
        Problem::new(path, message)
            .help("give sites a crew of their own, or share it out: discipline = \"shared\"")
    }
}
