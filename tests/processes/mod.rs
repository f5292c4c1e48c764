//! Message-passing processes: what is promised of time, messages, crashes, disks and clients.

mod files;
mod hosts;
mod mischief;
mod queues;
mod replicas;
mod replicas_in_files;
mod talk;
mod wires;
