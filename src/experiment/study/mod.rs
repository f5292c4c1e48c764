//! Experiments on protocols: a model in Rust, on a network, with clients and faults, in several designs.

mod clients;
mod compare;
mod models;
mod results;
mod run;
mod stage;

pub(crate) use models::Misread;
pub use models::Models;
pub use results::{GroupResult, LatencyResult, ProtocolComparison, ProtocolResult, StudyResults};
pub use run::run_study;
pub(super) use run::{in_order, threads};
pub use stage::{Seen, Stage, Staged, Told, Watch};

use std::fmt;
use std::sync::Arc;

use super::SourceLine;
use crate::estimate::Confidence;
use crate::experiment::Measure;
use crate::units::Duration;

/// An experiment on a protocol.
///
/// ```
/// use fivenines::experiment::{File, Models, read_file};
/// # use fivenines::process::{Context, Dice, Event, Id, Process, Protocol, Recovered, Ticket};
/// # #[derive(Clone, Default)]
/// # struct Echo;
/// # impl Process for Echo {
/// #     type Message = ();
/// #     type Timer = ();
/// #     type Record = ();
/// #     type Command = u64;
/// #     type Reply = u64;
/// #     fn start(&mut self, _: &mut Context<Self>) {}
/// #     fn recover(&mut self, _: Recovered<()>, _: &mut Context<Self>) {}
/// #     fn message(&mut self, _: Id, _: (), _: &mut Context<Self>) {}
/// #     fn timer(&mut self, _: (), _: &mut Context<Self>) {}
/// #     fn request(&mut self, ticket: Ticket, n: u64, cx: &mut Context<Self>) { cx.reply(ticket, n) }
/// # }
/// #[derive(Clone, serde::Deserialize)]
/// #[serde(deny_unknown_fields)]
/// struct Echoes {
///     servers: usize,
/// }
/// # impl Protocol for Echoes {
/// #     type Process = Echo;
/// #     fn processes(&self) -> Vec<Echo> { vec![Echo; self.servers] }
/// #     fn command(&self, _: usize, nth: u64, _: &mut Dice<'_, Event<Echo>>) -> u64 { nth }
/// # }
///
/// let models = Models::new().with::<Echoes>("echo", "servers that say what they are told");
/// let text = r#"
/// title = "Is anybody there?"
/// model = "echo"
/// horizon = "10s"
/// seed = 1
/// options.servers = 2
/// network.within.latency = "1ms"
/// clients.caller = { count = 3, thinks = "exponential(mean 50ms)" }
/// "#;
/// let File::Study(study) = File::parse("x.toml", text, &Default::default(), &models).unwrap() else {
///     panic!("it names a model")
/// };
/// assert_eq!((study.designs.len(), study.clients[0].as_str()), (1, "caller"));
/// # let _ = read_file;
/// ```
#[derive(Clone, Debug)]
pub struct Study {
    /// The question in a few words.
    pub title: String,
    /// The question at length.
    pub question: Option<String>,
    /// The model's name.
    pub model: String,
    /// Length of a trial; of a file that measures, of its longest episode.
    pub horizon: Duration,
    /// Its discarded start.
    pub warm_up: Duration,
    /// What all random numbers derive from.
    pub seed: u64,
    /// Trials of a design; at least 1.
    pub trials: u64,
    /// Confidence of every interval.
    pub confidence: Confidence,
    /// Names of the groups of clients.
    pub clients: Vec<String>,
    /// Traces whose logs were not given: they may be looked at, as if nothing had ever failed in them, and not be run.
    pub unread: Vec<String>,
    /// The designs.
    pub designs: Vec<StudyDesign>,
}

/// One candidate.
///
/// ```
/// use fivenines::experiment::StudyDesign;
///
/// fn name(design: &StudyDesign) -> &str {
///     &design.name
/// }
/// # let _ = name;
/// ```
#[derive(Clone)]
pub struct StudyDesign {
    /// Its name; no two designs have the same.
    pub name: String,
    /// What it sets in the file, as path and value.
    pub set: Vec<(String, String)>,
    /// The options that it gives its model, as key and value.
    pub options: Vec<(String, String)>,
    /// Whether faults are made up to break the protocol: then there are no estimates.
    pub adversarial: bool,
    /// What is measured, if the file says so.
    pub measure: Option<Measure>,
    /// Where the figures of its hosts are from, where these are a system's.
    pub sources: Vec<SourceLine>,
    /// What is played.
    pub staged: Arc<dyn Staged>,
}

impl fmt::Debug for StudyDesign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StudyDesign")
            .field("name", &self.name)
            .field("set", &self.set)
            .finish_non_exhaustive()
    }
}
