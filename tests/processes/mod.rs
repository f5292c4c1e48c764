//! Message-passing processes: what is promised of time, messages, crashes, disks and clients.

mod hosts;
mod mischief;
mod queues;
mod talk;
mod wires;
