//! The models that a program knows by name.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::de::DeserializeOwned;

use super::stage::{Stage, Staged};
use crate::process::{Cluster, Network, Protocol};

/// Makes what is played from a model's options: it gives the cluster a network, clients and faults.
type Make = fn(toml::Value, &Stage) -> Result<Arc<dyn Staged>, toml::de::Error>;

/// The models that a program knows by name, for experiments to use.
///
/// ```
/// use fivenines::experiment::Models;
///
/// assert!(Models::new().names().next().is_none());
/// ```
#[derive(Clone, Default)]
pub struct Models(BTreeMap<&'static str, (&'static str, Make)>);

impl Models {
    /// None yet.
    pub fn new() -> Models {
        Models::default()
    }

    /// One more: its name in files, and what it is in a few words. The options in a file are what the type reads.
    #[must_use]
    pub fn with<T: Protocol + DeserializeOwned>(mut self, name: &'static str, about: &'static str) -> Models {
        let make: Make = |options, stage| {
            let protocol: T = options.try_into()?;
            let count = protocol.processes().len();
            let cluster = stage.set(Cluster::new(protocol, &stage.network));
            Ok(Arc::new(super::stage::Played { cluster, count }))
        };
        self.0.insert(name, (about, make));
        self
    }

    /// The names, in order.
    pub fn names(&self) -> impl Iterator<Item = &'static str> + Clone {
        self.0.keys().copied()
    }

    /// What a model is, in a few words.
    pub fn about(&self, name: &str) -> Option<&'static str> {
        self.0.get(name).map(|known| known.0)
    }

    /// What is played of a model of this name; nothing where there is none.
    pub(crate) fn make(
        &self,
        name: &str,
        options: toml::Value,
        stage: &Stage,
    ) -> Option<Result<Arc<dyn Staged>, toml::de::Error>> {
        self.0.get(name).map(|(_, make)| make(options, stage))
    }
}

impl fmt::Debug for Models {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.names()).finish()
    }
}

/// A network without anything on it, for what has not been read yet.
pub(super) fn nowhere() -> Network {
    use crate::process::Wire;
    use crate::random::Law;
    use crate::units::Duration;
    Network::flat(Wire::new(Law::constant(Duration::ZERO)))
}
