//! The models that ship: held to published and exact numbers, and their planted mistakes found.

#[path = "../../models/backup.rs"]
mod backup_model;
#[path = "../../models/primary_backup.rs"]
mod primary_backup_model;
#[path = "../../models/raft.rs"]
mod raft_model;
#[path = "../../models/two_phase_commit.rs"]
mod two_phase_commit_model;
#[path = "../../models/viewstamped.rs"]
mod viewstamped_model;

mod backup;
mod chain;
mod load_balancer;
mod pages;
mod primary_backup;
mod quorum_store;
mod raft;
mod swim;
mod two_phase_commit;
mod viewstamped;
