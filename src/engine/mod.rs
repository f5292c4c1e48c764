//! The discrete-event engine: clocks, events and time, and nothing about what they stand for.
//!
//! A [`Model`] is a state with named [`Clock`]s. A solver gives it a [`Context`] and calls [`Model::on`] for every event.
//! [`Simulator`] plays seeded histories and shows them to an [`Observer`]; [`Explorer`] follows every path instead, for
//! the exact solver. A [`Path`] is a trial that can be stopped, copied and gone on with by other luck. The order in which events fire is promised in [`Context`].
//!
//! What is deliberately absent: components, failures, repairs, services and networks. They are the business of the
//! layers above, which compile to a model.

mod calendar;
mod clocks;
mod context;
mod digest;
mod explorer;
mod heap;
mod ledger;
mod levels;
mod messages;
mod model;
mod path;
mod places;
mod queue;
mod renewal;
mod run;
mod simulator;
mod sources;
mod speed;
mod timeline;
mod trace;

pub use clocks::{Class, Clock, Clocks, Source};
pub use context::Context;
pub use digest::Digest;
pub use explorer::{Branch, Explorer};
pub use ledger::{Refusal, Run, Runs};
pub use levels::Levels;
pub use model::{Model, Watch};
pub use path::{Path, Unwatched};
pub use simulator::{Observer, Simulator, Summary};
pub use timeline::Near;
pub use trace::Trace;
