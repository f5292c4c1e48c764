//! Message-passing processes: protocols written in Rust, on hosts that crash and links that lose.
//!
//! A [`Process`] is a plain struct that handles messages, timers and requests; a [`Protocol`] says which processes there are
//! and what must hold. A [`Cluster`] is both at work, with a [`Network`] between them, [`Clients`] that ask, and a
//! [`Schedule`] of faults or a [`Nemesis`] that makes one up; it is a [`Model`](crate::engine::Model), so the
//! [`Simulator`](crate::engine::Simulator) plays it.
//!
//! How a protocol deals with a fault is measured by an [`Injection`] of one, and the [`Episode`] that comes of it.
//!
//! What is promised of time, order, crashes and messages under way stands in [`Context`] and [`Network`].

mod befalling;
mod body;
mod check;
mod clients;
mod cluster;
mod context;
mod dice;
mod disk;
mod episode;
mod event;
mod fault;
mod history;
mod host_clock;
mod hosts;
mod ids;
mod injection;
pub mod kv;
mod lead;
pub mod ledger;
pub mod log;
mod nemesis;
mod network;
mod play;
mod progress;
mod protocol;
mod routing;
mod shrink;
mod story;
mod traffic;

pub use check::{Sequential, Verdict, linearizable};
pub use clients::{Arrivals, Clients, Target};
pub use cluster::{Cluster, Limits, Violation};
pub use context::Context;
pub use dice::Dice;
pub use disk::{Disk, Recovered};
pub use episode::Episode;
pub use event::Event;
pub use fault::{DiskFault, Fault, Planned, Schedule};
pub use history::{History, Operation, Outcome};
pub use hosts::{Hosts, TrialOfHosts};
pub use ids::{Id, Ticket};
pub use injection::{Injected, Injection};
pub use lead::Lead;
pub use nemesis::{Nemesis, Spells};
pub use network::{Network, Transport, Wire};
pub use play::play;
pub use progress::Progress;
pub use protocol::{Milestones, Process, Protocol, View, keep_to};
pub use shrink::{Shrunk, shrink};
pub use story::{Fate, Line, Story, What};
