//! What a service keeps, and what becomes of it: copies that failures destroy, and backups of all of them.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Body, Chunks, Mode, Need, Service, System};
use crate::random::Law;
use crate::units::{Bandwidth, Bytes, Duration, Probability};

/// Data that a service's replicas keep: a copy each, or a fragment of an erasure code.
///
/// A failure mode that [destroys](Mode::destroys) takes its replica's copy with it until it is restored. Data of which
/// fewer copies are left than are needed are lost; they are restored from the first [backup](DataBackup) that has them, or
/// lost for good. Until they are there again the service is down.
///
/// ```
/// use fivenines::system::{Data, Need, Service};
///
/// let code = Service::replicas("disk", 9).needs(Need::Count(6)).keeps(Data::new(Need::Count(6)));
/// assert!(code.data.is_some());
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Data {
    /// How many copies, or fragments, that are not destroyed are enough to have all; of those of a chunk, where data are in
    /// chunks.
    pub needs: Need,
    /// The chunks into which they are cut; without, every replica has a copy or a fragment of all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chunks: Option<Chunks>,
    /// A local reconstruction code (Huang et al., *Erasure coding in Windows Azure Storage*, USENIX ATC 2012): so many
    /// groups of fragments have a parity of their own each; 0 for a code without groups.
    #[serde(skip_serializing_if = "is_zero")]
    pub local_groups: u32,
    /// How much there is; only the amount lost asks for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<Bytes>,
    /// How much is written all the time: what a restored backup, or a replica that takes over, lacks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub written: Option<Bandwidth>,
    /// How far replicas are behind the one that leads: what is lost when a failover makes another one lead. Nothing for
    /// those that are written at the same time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lag: Option<Law>,
    /// From the loss to the decision to restore a backup; at once where nothing is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision: Option<Law>,
    /// Backups by name. The one that lacks the least is restored first.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub backups: BTreeMap<String, DataBackup>,
    /// From a loss for good to the service having new data; at once where nothing is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub anew: Option<Law>,
    /// Who measured the numbers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

fn is_zero(count: &u32) -> bool {
    *count == 0
}

/// A backup of a service's data, or an asynchronous replica of it: what was there some time ago.
///
/// ```
/// use fivenines::random::Law;
/// use fivenines::system::DataBackup;
/// use fivenines::units::Duration;
///
/// let nightly = DataBackup::new(Law::constant(Duration::hours(6.0))).every(Duration::days(1.0)).keeps(30);
/// assert_eq!(nightly.keeps, 30);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DataBackup {
    /// From one copy to the next, at fixed times of the trial; zero for a replica that is always being written.
    pub every: Duration,
    /// How long it takes until a copy is complete, or how far a replica is behind.
    pub lag: Law,
    /// The service that keeps the copies; without one they are always at hand.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kept_in: Option<String>,
    /// How many copies are kept.
    pub keeps: u32,
    /// The chance that restoring a copy works. Where it does not, the copy before is tried.
    pub works: Probability,
    /// How long it takes to restore a copy.
    pub restores: Law,
    /// Who measured the numbers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

impl Data {
    /// Data of which so many copies are enough, without a backup.
    pub fn new(needs: Need) -> Data {
        Data {
            needs,
            chunks: None,
            local_groups: 0,
            size: None,
            written: None,
            lag: None,
            decision: None,
            backups: BTreeMap::new(),
            anew: None,
            source: None,
        }
    }

    /// Gives so many groups of fragments a parity of their own each.
    #[must_use]
    pub fn local_groups(mut self, groups: u32) -> Data {
        self.local_groups = groups;
        self
    }

    /// Says how much there is.
    #[must_use]
    pub fn size(mut self, size: Bytes) -> Data {
        self.size = Some(size);
        self
    }

    /// Says how much is written all the time.
    #[must_use]
    pub fn written(mut self, flow: Bandwidth) -> Data {
        self.written = Some(flow);
        self
    }

    /// Says how far replicas are behind the one that leads.
    #[must_use]
    pub fn lag(mut self, law: Law) -> Data {
        self.lag = Some(law);
        self
    }

    /// Says how long it takes to decide that a backup is restored.
    #[must_use]
    pub fn decision(mut self, law: Law) -> Data {
        self.decision = Some(law);
        self
    }

    /// Adds a backup.
    #[must_use]
    pub fn backup(mut self, name: &str, backup: DataBackup) -> Data {
        self.backups.insert(name.to_owned(), backup);
        self
    }

    /// Says how long the service is without data after a loss for good.
    #[must_use]
    pub fn anew(mut self, law: Law) -> Data {
        self.anew = Some(law);
        self
    }
}

impl DataBackup {
    /// One copy that is always up to date, always at hand and always works.
    pub fn new(restores: Law) -> DataBackup {
        DataBackup {
            every: Duration::ZERO,
            lag: Law::constant(Duration::ZERO),
            kept_in: None,
            keeps: 1,
            works: Probability::ONE,
            restores,
            source: None,
        }
    }

    /// Takes a copy at fixed times.
    #[must_use]
    pub fn every(mut self, period: Duration) -> DataBackup {
        self.every = period;
        self
    }

    /// Says how long a copy takes to be complete, or how far a replica is behind.
    #[must_use]
    pub fn lag(mut self, law: Law) -> DataBackup {
        self.lag = law;
        self
    }

    /// Names the service that keeps the copies.
    #[must_use]
    pub fn kept_in(mut self, service: &str) -> DataBackup {
        self.kept_in = Some(service.to_owned());
        self
    }

    /// Says how many copies are kept.
    #[must_use]
    pub fn keeps(mut self, copies: u32) -> DataBackup {
        self.keeps = copies;
        self
    }

    /// Says how likely it is that a copy can be restored.
    #[must_use]
    pub fn works(mut self, chance: Probability) -> DataBackup {
        self.works = chance;
        self
    }
}

impl System {
    /// True where something destroys what a service's replicas keep, so that it can be lost for good.
    pub(crate) fn destroys_data_of(&self, service: &Service) -> bool {
        let Body::Replicas { runs_on, .. } = &service.body else { return false };
        let kinds = runs_on.iter().filter_map(|kind| self.components.get(kind));
        kinds.flat_map(|kind| kind.modes.values()).any(|mode| mode.destroys)
    }
}

impl Mode {
    /// Makes its failures destroy the copy of the data that the replica keeps.
    #[must_use]
    pub fn destroys(mut self) -> Mode {
        self.destroys = true;
        self
    }
}

impl Service {
    /// Makes its replicas keep data.
    #[must_use]
    pub fn keeps(mut self, data: Data) -> Service {
        self.data = Some(data);
        self
    }
}
