//! Power for small random systems.

use fivenines::system::{Backup, Supply, System};
use fivenines::units::Probability;
use proptest::prelude::*;

use super::sketch::law;

#[derive(Clone, Debug)]
pub struct PowerSketch {
    /// Each zone has a feed of its own, and not all zones one.
    pub per_zone: bool,
    /// The first zone has another feed besides.
    pub second: bool,
    pub buffer: bool,
    pub backup: bool,
    /// What it feeds takes its time to be back.
    pub returns: bool,
}

/// Any power.
pub fn power() -> impl Strategy<Value = PowerSketch> {
    (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>()).prop_map(
        |(per_zone, second, buffer, backup, returns)| PowerSketch {
            per_zone,
            second,
            buffer,
            backup,
            returns,
        },
    )
}

impl PowerSketch {
    /// Feeds of the zones, where there are any.
    pub fn with(&self, system: System, scale: f64) -> System {
        if system.sites.is_empty() {
            return system;
        }
        let zones: Vec<String> = system.sites.keys().cloned().collect();
        let zones: Vec<&str> = zones.iter().map(String::as_str).collect();
        let feed = |supply: Supply| {
            let mut supply = supply.mode("utility", law(0, 70.0, scale), law(0, 4.0, scale));
            if self.buffer {
                supply = supply.ride_through(law(0, 1.0, scale)).recharges(law(0, 6.0, scale));
            }
            if self.backup {
                let starts = Probability::new(0.7).expect("a probability");
                let backup = Backup::new(law(0, 0.5, scale)).starts(starts);
                supply = supply.backup(backup.fails(law(0, 9.0, scale), law(0, 5.0, scale)));
            }
            if self.returns { supply.returns(law(0, 1.5, scale)) } else { supply }
        };
        let first = if self.per_zone { Supply::per("zone") } else { Supply::new(&zones) };
        let system = system.power("grid", feed(first));
        if !self.second {
            return system;
        }
        system
            .power("spare", Supply::new(&zones[..1]).mode("utility", law(0, 60.0, scale), law(0, 3.0, scale)))
    }
}
