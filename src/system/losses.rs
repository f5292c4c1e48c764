//! The books about data: each loss, what it cost, and how long it took to be over.

use super::data_plan::DataPlan;
use super::keeping::DataStep;
use super::model::SystemModel;
use super::record::Window;
use crate::units::{Instant, Span};

/// A loss of a service's data: fewer copies were left than are needed, or another replica took over without the last writes.
///
/// ```
/// use fivenines::system::{DataLoss, LossEnd};
/// use fivenines::units::Instant;
///
/// let start = Instant::START;
/// let loss = DataLoss { data: 0, part: 0, start, end: None, ending: LossEnd::Open, chunks: None };
/// assert!(loss.end.is_none());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DataLoss {
    /// Whose, by its place in [`SystemModel::kept_data`].
    pub data: u32,
    /// Of which part of the service, from 0; of its only one, where it is whole.
    pub part: u32,
    /// When.
    pub start: Instant,
    /// When there were data again; nothing where the horizon came first.
    pub end: Option<Instant>,
    /// What became of them.
    pub ending: LossEnd,
    /// How many chunks were lost, where data are in chunks; all that there is, where they are not.
    pub chunks: Option<u64>,
}

/// What becomes of lost data.
///
/// ```
/// use fivenines::system::LossEnd;
///
/// assert_ne!(LossEnd::Open, LossEnd::ForGood);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LossEnd {
    /// Nobody knows before the horizon.
    Open,
    /// A backup is restored, or another replica has taken over, and what was written in so much time before the loss is
    /// missing: the recovery point.
    Restored(Span),
    /// They are lost for good.
    ForGood,
}

/// The losses of a trial.
#[derive(Clone, Debug, Default)]
pub(super) struct Losses {
    seen: Vec<DataLoss>,
    /// For each service with data, by its number, when its leader was last seen to go.
    stopped: Vec<Option<Instant>>,
}

impl Losses {
    /// Opens the books of a trial.
    pub fn begin(&mut self, model: &SystemModel) {
        self.seen.clear();
        self.stopped.clear();
        self.stopped.resize(model.plan.data.len(), None);
    }

    /// Takes them out.
    pub fn take(&mut self) -> Vec<DataLoss> {
        std::mem::take(&mut self.seen)
    }

    /// Adds what an event did to data; only losses that begin inside the window count.
    pub fn book(&mut self, window: Window, model: &SystemModel, now: Instant) {
        for &(number, step) in &model.effect.steps {
            let plan = &model.plan.data[number as usize];
            let (data, part) = (plan.kept, plan.part);
            let stopped = &mut self.stopped[number as usize];
            let mut begins = |start, end, ending, chunks| {
                if (window.start..window.end).contains(&start) {
                    self.seen.push(DataLoss { data, part, start, end, ending, chunks });
                }
            };
            match step {
                DataStep::Stopped => *stopped = Some(now),
                // Where all was lost meanwhile, that was the loss.
                DataStep::LeftBehind(lag) => {
                    stopped
                        .take()
                        .into_iter()
                        .for_each(|start| begins(start, Some(now), LossEnd::Restored(lag), None));
                }
                DataStep::Lost => {
                    *stopped = None;
                    begins(now, None, LossEnd::Open, None);
                }
                DataStep::Restored(..) | DataStep::Gone | DataStep::Anew => self.goes_on(plan, step, now),
                // That is all there is to it: nobody waits for them.
                DataStep::Chunks(count) => begins(now, Some(now), LossEnd::ForGood, Some(count)),
                DataStep::Rebuilt(_) => {}
            }
        }
    }

    /// Something became of data that were lost.
    fn goes_on(&mut self, plan: &DataPlan, step: DataStep, now: Instant) {
        let is_meant =
            |loss: &&mut DataLoss| (loss.data, loss.part) == (plan.kept, plan.part) && loss.end.is_none();
        let Some(loss) = self.seen.iter_mut().rev().find(is_meant) else { return };
        match step {
            DataStep::Restored(backup, before, lag) => {
                let backup = &plan.backups[backup as usize];
                loss.ending = LossEnd::Restored(backup.point(loss.start, before, lag));
                loss.end = Some(now);
            }
            DataStep::Gone => loss.ending = LossEnd::ForGood,
            _ => loss.end = Some(now),
        }
    }
}
