//! What is linked with what, and who reaches whom while some of it is down.
//!
//! A [`Topology`] is vertices and links between them, written down by hand or by a [`Shape`]. A [`Reach`] is one at work:
//! vertices and links go down and come back, and it always knows which vertices reach each other.

mod reach;
mod route;
mod shape;
mod split;
#[cfg(test)]
mod tests;
mod topology;

pub use reach::{Class, Reach, Way};
pub use shape::{Shape, ShapeError};
pub use topology::{Link, LinkId, Topology, Vertex};
