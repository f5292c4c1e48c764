//! The models that ship, each held to its paper.

#[path = "../../models/raft.rs"]
mod raft_model;

mod raft;
