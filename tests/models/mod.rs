//! The models that ship, each held to its paper.

#[path = "../../models/primary_backup.rs"]
mod primary_backup_model;
#[path = "../../models/raft.rs"]
mod raft_model;

mod primary_backup;
mod raft;
