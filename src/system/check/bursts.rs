//! Mistakes in how many components a shock hits, and what else.

use super::{Checker, Problem};
use crate::system::{BurstSize, KeyPath, Shock};
use crate::units::Probability;

/// More sizes than this in a table are a slip.
const LARGEST_BURST: u32 = 1_000_000;

impl Checker<'_> {
    pub(super) fn burst(&mut self, path: &KeyPath, shock: &Shock) {
        if let Some(affinity) = &shock.affinity {
            self.level(&path.key("affinity").key("level"), &affinity.level);
            if shock.size.is_none() {
                let message = "an affinity is for a burst, and this shock has no size";
                let help = "add size = \"geometric(mean 3)\", or keep strikes to one site with `within`";
                self.report(Problem::new(path.key("affinity"), message).help(help));
            }
        }
        let Some(size) = &shock.size else { return };
        if shock.each < Probability::ONE {
            let message = "a burst of this size hits so many, and not each with a chance";
            self.report(Problem::new(path.key("size"), message).help("take away `size` or `each`"));
        }
        match size {
            BurstSize::Geometric(mean) if *mean < 1.0 => {
                let message = format!("a burst hits one at least: a mean of {mean} is too small");
                self.report(Problem::new(path.key("size"), message));
            }
            BurstSize::Geometric(_) => {}
            BurstSize::Table(rows) => {
                let total: f64 = rows.iter().map(|(_, chance)| chance.value()).sum();
                if let Some((size, _)) = rows.iter().find(|(size, _)| !(1..=LARGEST_BURST).contains(size)) {
                    let message = format!("a burst hits 1 to {LARGEST_BURST} components, not {size}");
                    self.report(Problem::new(path.key("size"), message));
                } else if (total - 1.0).abs() > 1e-9 {
                    let message = format!("the chances of the sizes add up to {:.6}%", 100.0 * total);
                    self.report(Problem::new(path.key("size"), message).help("they must add up to 100%"));
                }
            }
        }
    }

    pub(super) fn also(&mut self, path: &KeyPath, shock: &Shock) {
        for (index, hit) in shock.also.iter().enumerate() {
            let path = path.key("also").index(index);
            self.scope(&path, &hit.scope);
            self.mode_in_scope(&path.key("fails"), &hit.scope, hit.fails.as_deref().unwrap_or(&shock.fails));
        }
        if shock.noticed.is_some() && shock.also.iter().all(|hit| hit.after.is_none()) {
            let message = "there is nothing that noticing it could still keep from harm";
            let help = "give what it reaches later an `after`: also = [{ replicas = 3, after = \"1h\" }]";
            self.report(Problem::new(path.key("noticed"), message).help(help));
        }
    }
}
