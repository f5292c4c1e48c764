//! Models that ship with the program, each in one file that sees the public API alone: to use one, copy it.

use fivenines::experiment::Models;

mod chain;
mod quorum_store;

/// All of them, by name.
pub fn all() -> Models {
    Models::new()
        .with::<chain::Chain>("chain", "chain replication, with CRAQ reads as an option")
        .with::<quorum_store::QuorumStore>("quorum-store", "a quorum store with read repair and hinted handoff")
}
