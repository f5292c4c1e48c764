//! Models that ship with the program, each in one file that sees the public API alone: to use one, copy it.

use fivenines::experiment::Models;

pub mod chain;

/// All of them, by name.
pub fn all() -> Models {
    Models::new().with::<chain::Chain>("chain", "chain replication, with CRAQ reads as an option")
}
