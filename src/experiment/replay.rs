//! Plays one trial again, alone, with its story.

use super::run::RunPlan;
use super::{Design, Experiment};
use crate::engine::{Simulator, Summary};
use crate::system::{Happening, Narrator, Problem, Recorder, ServiceRecord, SystemModel};

/// One trial of one design.
///
/// ```
/// use fivenines::experiment::{Design, Experiment, replay};
/// use fivenines::random::Law;
/// use fivenines::system::{Component, Service, System};
/// use fivenines::units::Duration;
///
/// let (life, repair) = (Law::exponential(Duration::days(9.0)), Law::exponential(Duration::hours(1.0)));
/// let server = Component::new().mode("crash", life, repair);
/// let system = System::new().component("server", server).service("web", Service::replicas("server", 1));
/// let experiment = Experiment::new("One server", Duration::years(1.0), 1);
/// let trial = replay(&experiment, &Design::new("one", system), 7).unwrap();
/// assert_eq!(trial.services, ["web"]);
/// assert_eq!(trial.records.len(), 1);
/// ```
#[derive(Clone, Debug)]
pub struct Replay {
    /// What happened, in order.
    pub story: Vec<Happening>,
    /// Names of the services.
    pub services: Vec<String>,
    /// The books of each service.
    pub records: Vec<ServiceRecord>,
    /// Events and digest.
    pub summary: Summary,
}

/// Plays trial `trial` of a design: the same history, bit for bit, as in a run of the whole experiment.
///
/// # Errors
/// Every mistake in the design's system.
pub fn replay(experiment: &Experiment, design: &Design, trial: u64) -> Result<Replay, Vec<Problem>> {
    let model = SystemModel::new(&design.system)?;
    let services = model.services().map(str::to_owned).collect();
    let window = RunPlan::new(experiment).window;
    let mut observers = (Narrator::default(), Recorder::new(window));
    let summary = Simulator::new(model, experiment.seed).play(trial, window.end, &mut observers);
    let (narrator, mut recorder) = observers;
    Ok(Replay { story: narrator.story().to_vec(), services, records: recorder.take(), summary })
}
