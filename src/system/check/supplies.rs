//! Mistakes in the power and the cooling of sites.

use super::{Checker, Problem, at};
use crate::random::Law;
use crate::system::hookup::supply_named;
use crate::system::plan::Plan;
use crate::system::{Backup, KeyPath, Supply};
use crate::units::Probability;

/// More feeds side by side than this nobody builds.
const MOST_COPIES: u32 = 100;

impl Checker<'_> {
    pub(super) fn supplies(&mut self) {
        for (kind, name, supply) in self.system.supplies() {
            let path = at(kind, name);
            self.name(&path, kind, name);
            self.modes(&path, &supply.modes);
            self.no_common_causes(&path, &supply.modes);
            self.feeds(&path, kind, supply);
            if supply.recharges.is_some() && supply.ride_through.is_none() {
                let message = "there is nothing to recharge";
                let help = "add ride_through, the time that a full battery lasts";
                self.report(Problem::new(path.key("recharges"), message).help(help));
            }
            if !(1..=MOST_COPIES).contains(&supply.copies) {
                let message = format!("{} copies: 1 to {MOST_COPIES} is what there can be", supply.copies);
                self.report(Problem::new(path.key("copies"), message));
            }
            if let Some(backup) = &supply.backup {
                self.backup(&path.key("backup"), backup);
            }
        }
    }

    fn feeds(&mut self, path: &KeyPath, kind: &str, supply: &Supply) {
        let system = self.system;
        if let Some(level) = &supply.per {
            self.level(&path.key("per"), level);
        } else if supply.feeds.is_empty() {
            let message = format!("this {kind} feeds nothing");
            let help = "add feeds = \"SITE\", a site or a domain, or per = \"LEVEL\"";
            self.report(Problem::new(path.clone(), message).help(help));
        }
        for (index, place) in supply.feeds.iter().enumerate() {
            let path = path.key("feeds").index(index);
            let is_supply = supply_named(place)
                .is_some_and(|named| system.supplies().any(|known| (known.0, known.1.as_str()) == named));
            match (self.places.contains(place), system.domains.contains_key(place) || is_supply) {
                (true, false) => {}
                (false, true) if supply.per.is_none() => {}
                (false, true) => {
                    let message = format!("`{place}` is no site, and has none inside it");
                    let help = "with `per`, `feeds` narrows the sites that have a supply of their own";
                    self.report(Problem::new(path, message).help(help));
                }
                (true, true) => {
                    let message = format!("`{place}` is a site and something else");
                    self.report(Problem::new(path, message).help("give one of them another name"));
                }
                (false, false) => {
                    let supplies: Vec<String> =
                        system.supplies().map(|(kind, name, _)| format!("{kind} {name}")).collect();
                    let sites = self.places.paths();
                    let known = sites.iter().chain(system.domains.keys()).chain(&supplies);
                    let known = known.map(String::as_str);
                    self.report(Problem::unknown(path, "site, domain or supply", place, known));
                }
            }
        }
    }

    /// Reports supplies that feed each other in a circle.
    pub(super) fn circles_of_supplies(&mut self) {
        // Takes away what nothing that is left feeds, until nothing more goes; the rest is in circles or hangs on one.
        let mut left: Vec<(&str, &String, &Supply)> = self.system.supplies().collect();
        let feeds = |(_, _, supply): &(&str, &String, &Supply), (kind, name): (&str, &str)| {
            supply.feeds.iter().any(|place| supply_named(place) == Some((kind, name)))
        };
        loop {
            let before = left.clone();
            left.retain(|(kind, name, _)| before.iter().any(|above| feeds(above, (kind, name))));
            if left.len() == before.len() {
                break;
            }
        }
        let all = left.clone();
        left.retain(|supply| all.iter().any(|(kind, name, _)| feeds(supply, (kind, name))));
        if let Some((kind, name, _)) = left.first() {
            let named: Vec<String> = left.iter().map(|(kind, name, _)| format!("`{kind} {name}`")).collect();
            let message = format!("supplies feed each other in a circle: {}", named.join(", "));
            self.report(Problem::new(at(kind, name).key("feeds"), message));
        }
    }

    fn backup(&mut self, path: &KeyPath, backup: &Backup) {
        let instant = |law: &Law| law.mean().is_some_and(|mean| mean.span().as_micros() == 0);
        if instant(&backup.fails) {
            let message =
                format!("`{}` fails at once and for ever: its mean must be above zero", backup.fails);
            self.report(Problem::new(path.key("fails"), message));
        }
        match &backup.restored {
            None if backup.starts < Probability::ONE || backup.fails != Law::Never => {
                let message = "a backup that may fail needs a law of its repair";
                let help = "add restored = \"lognormal(median 4h, p95 24h)\", or what you know of it";
                self.report(Problem::new(path.clone(), message).help(help));
            }
            Some(restored)
                if backup.starts < Probability::ONE && instant(restored) && instant(&backup.start_time) =>
            {
                let message = "a backup that does not start would be started again for ever at one instant";
                let help = "its start_time or its repair must take time";
                self.report(Problem::new(path.key("restored"), message).help(help));
            }
            _ => {}
        }
    }

    /// Reports supplies of each site of a level where there is none. Looks at real places, so only at a system that has no
    /// other problem.
    pub(super) fn wired(&mut self, plan: &Plan) {
        for (kind, name, supply) in self.system.supplies() {
            let has = |wired: &crate::system::feed::SupplyPlan| (wired.kind, &wired.name) == (kind, name);
            if let Some(level) = &supply.per
                && !plan.supplies.iter().any(has)
            {
                let message = format!("there is no {level} that this {kind} could feed");
                self.report(Problem::new(at(kind, name).key("per"), message));
            }
        }
    }
}
