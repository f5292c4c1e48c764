//! The models that ship: held to published and exact numbers, and their planted mistakes found.

mod chain;
mod load_balancer;
mod quorum_store;
mod swim;
