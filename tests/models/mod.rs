//! The models that ship, each held to its paper.

#[path = "../../models/primary_backup.rs"]
mod primary_backup_model;
#[path = "../../models/raft.rs"]
mod raft_model;
#[path = "../../models/two_phase_commit.rs"]
mod two_phase_commit_model;

mod primary_backup;
mod raft;
mod two_phase_commit;
