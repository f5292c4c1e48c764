//! What a designer writes, checked and compiled to a model.
//!
//! A [`System`] is plain data: [sites](Site) in a tree of fault domains, kinds of [component](Component) with their failure
//! modes, repair [crews](Crew), and [services](Service) with replicas, needs and dependencies. [`System::check`] finds every
//! mistake in it.

mod builder;
mod check;
mod path;
mod spec;

pub use builder::LEVELS;
pub use check::Problem;
pub(crate) use check::{grouped, unknown};
pub use path::{KeyPath, KeyPathError, Segment};
pub use spec::{
    Body, Component, Crew, Discipline, Failover, Mode, Modes, Need, Service, Site, SiteOutage, Spread, System,
};
