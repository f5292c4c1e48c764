//! Models that ship with the program, each in one file that sees the public API alone: to use one, copy it.

use fivenines::experiment::Models;

pub mod backup;
pub mod chain;
pub mod load_balancer;
pub mod primary_backup;
pub mod quorum_store;
pub mod raft;
pub mod swim;
pub mod two_phase_commit;
pub mod viewstamped;

/// All of them, by name.
pub fn all() -> Models {
    Models::new()
        .with::<backup::Backup>("backup", "a database, its copies and its log at another site, and restores")
        .with::<chain::Chain>("chain", "chain replication, with CRAQ reads as an option")
        .with::<load_balancer::LoadBalancer>(
            "load-balancer",
            "a pool behind health checks, circuit breakers and an autoscaler",
        )
        .with::<primary_backup::PrimaryBackup>("primary-backup", "a primary and a backup, with a lease")
        .with::<quorum_store::QuorumStore>(
            "quorum-store",
            "a quorum store with read repair and hinted handoff",
        )
        .with::<raft::Raft>("raft", "Raft: elections, logs, snapshots, changes of the membership")
        .with::<swim::Swim>("swim", "SWIM: who is there, by probes and gossip")
        .with::<two_phase_commit::TwoPhaseCommit>(
            "two-phase-commit",
            "two-phase commit, which a coordinator can block",
        )
        .with::<viewstamped::Viewstamped>(
            "viewstamped",
            "Viewstamped Replication, with recovery without disks",
        )
}
