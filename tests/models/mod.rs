//! The models that ship: held to published and exact numbers, and their planted mistakes found.

#[path = "../../models/mod.rs"]
mod shipped;

mod backup;
mod chain;
mod load_balancer;
mod pages;
mod primary_backup;
mod quorum_store;
mod raft;
mod splitting;
mod swim;
mod two_phase_commit;
mod viewstamped;
