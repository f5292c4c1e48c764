//! What designs have to spare: part of the schema of `results.json`.

use serde::{Deserialize, Serialize};

use crate::system::System;

/// How much a service has of what it needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RedundancyResult {
    /// The service.
    pub service: String,
    /// What it has of: `replica`, `member` or `vote`.
    pub part: String,
    /// How many of them it has.
    pub replicas: u32,
    /// How many of them it needs.
    pub needed: u32,
    /// For each level of sites, the outermost first, at how many of them its replicas stand.
    pub sites: Vec<(String, u32)>,
}

impl RedundancyResult {
    /// How many of them the service can lose.
    pub fn spare(&self) -> u32 {
        self.replicas.saturating_sub(self.needed)
    }
}

/// That of each service of a system, by name.
pub(super) fn redundancy(system: &System) -> Vec<RedundancyResult> {
    let counted = system.redundancy().into_iter();
    counted
        .map(|it| RedundancyResult {
            service: it.service,
            part: it.part.to_owned(),
            replicas: it.replicas,
            needed: it.needed,
            sites: it.sites,
        })
        .collect()
}
