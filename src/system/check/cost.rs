//! Mistakes in what things cost.

use super::{Checker, Problem};
use crate::system::{Agreement, KeyPath};

impl Checker<'_> {
    /// One currency, known names, and credits that can fall due.
    pub(super) fn costs(&mut self) {
        let system = self.system;
        let costs = KeyPath::root().key("cost");
        let prices = system.prices();
        if let Some((first, currency)) = prices.first()
            && let Some((path, other)) = prices.iter().find(|(_, other)| other != currency)
        {
            let message = format!("this is in {other}, and `{first}` is in {currency}");
            self.report(Problem::new(path.clone(), message).help("give all costs in one currency"));
        }
        for level in system.costs.transfer.keys() {
            if !system.levels.contains(level) {
                let known = system.levels.iter().map(String::as_str);
                let path = costs.key("transfer").key(level);
                self.report(Problem::unknown(path, "level", level, known));
            }
        }
        let earners = system.earners();
        let named = system.costs.lost.keys().map(|name| ("lost", name));
        for (key, name) in named.chain(system.costs.agreements.keys().map(|name| ("agreement", name))) {
            if !earners.contains(name) {
                let known = earners.iter().map(String::as_str);
                self.report(Problem::unknown(costs.key(key).key(name), "service", name, known));
            }
        }
        for (name, agreement) in &system.costs.agreements {
            self.agreement(&costs.key("agreement").key(name), agreement);
        }
    }

    fn agreement(&mut self, path: &KeyPath, agreement: &Agreement) {
        for (index, credit) in agreement.credits.iter().enumerate() {
            let path = path.key("credits").index(index);
            if credit.below.is_zero() {
                let message = "no month has less than no availability: this credit is never due";
                self.report(Problem::new(path.key("below"), message));
            }
            let larger = agreement.credits.iter().find(|other| {
                other.below.value() >= credit.below.value() && other.share.value() > credit.share.value()
            });
            if let Some(other) = larger {
                let message = format!(
                    "whenever these {} are due, the {} for months below {} are due as well, and more",
                    credit.share, other.share, other.below
                );
                self.report(Problem::new(path, message).help("a worse month must give more back"));
            }
        }
    }
}
