//! Reference cases: systems whose exact values other tools computed, held against every solver.

mod ageing;
mod bursts;
pub mod check;
mod cost;
mod data;
mod degraded;
mod durability;
mod embedded;
mod failback;
mod health;
mod kofn;
mod load;
mod maintenance;
mod networks;
mod phases;
mod planned;
mod published;
mod queues;
mod retries;
mod scaling;
mod solve;
mod standby;
mod structure;
mod supplies;
mod trees;
mod upkeep;
mod zones;
