//! The models that a program knows by name.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::de::DeserializeOwned;

use super::stage::{Stage, Staged};
use crate::process::{Cluster, Protocol};

/// Makes what is played from a model's options: it gives the cluster a network, clients and faults.
type Make = fn(toml::Value, &Stage) -> Result<Arc<dyn Staged>, Misread>;

/// What is wrong with a model's options.
pub(crate) enum Misread {
    /// They are not what the model reads.
    Form(toml::de::Error),
    /// They make no sense.
    Sense(String),
}

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
            let protocol: T = options.try_into().map_err(Misread::Form)?;
            protocol.sound().map_err(Misread::Sense)?;
            let count = protocol.processes().len();
            if count == 0 || protocol.doors().is_empty() {
                return Err(Misread::Sense(
                    "with these options there is no process that clients could ask".to_owned(),
                ));
            }
            let cluster = stage.set(Cluster::new(protocol, &stage.network));
            let replicas = stage.replicas.clone().map(|hosts| (hosts, stage.clients.clone()));
            Ok(Arc::new(super::stage::Played { cluster, count, replicas }))
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
    ) -> Option<Result<Arc<dyn Staged>, Misread>> {
        self.0.get(name).map(|(_, make)| make(options, stage))
    }
}

impl fmt::Debug for Models {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.names()).finish()
    }
}
