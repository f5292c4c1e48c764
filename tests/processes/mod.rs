//! Message-passing processes: what is promised of time, messages, crashes, disks and clients.

mod episodes;
mod files;
mod hosts;
mod logs;
mod measures;
mod mischief;
mod queues;
mod replicas;
mod replicas_in_files;
mod stale;
mod talk;
mod wires;
