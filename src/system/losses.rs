//! The books about data: each loss, what it cost, and how long it took to be over.

use super::keeping::DataStep;
use super::model::SystemModel;
use super::record::Window;
use crate::units::{Instant, Span};

/// A loss of a service's data: fewer copies were left than are needed.
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
    /// A backup is restored, and what was written in so much time before the loss is missing: the recovery point.
    Restored(Span),
    /// They are lost for good.
    ForGood,
}

/// Adds what an event did to data to the losses of a trial; only those that begin inside the window count.
pub(super) fn book(losses: &mut Vec<DataLoss>, window: Window, model: &SystemModel, now: Instant) {
    for &(number, step) in &model.effect.steps {
        let plan = &model.plan.data[number as usize];
        let (data, part, start) = (plan.kept, plan.part, now);
        let loss = match step {
            DataStep::Lost => {
                Some(DataLoss { data, part, start, end: None, ending: LossEnd::Open, chunks: None })
            }
            // That is all there is to it: nobody waits for them.
            DataStep::Chunks(count) => {
                let (end, chunks) = (Some(now), Some(count));
                Some(DataLoss { data, part, start, end, ending: LossEnd::ForGood, chunks })
            }
            _ => None,
        };
        if let Some(loss) = loss {
            losses.extend((window.start..window.end).contains(&now).then_some(loss));
            continue;
        }
        let is_meant = |loss: &&mut DataLoss| (loss.data, loss.part) == (data, part) && loss.end.is_none();
        let open = losses.iter_mut().rev().find(is_meant);
        let Some(loss) = open else { continue };
        match step {
            DataStep::Restored(backup, before) => {
                let backup = &plan.backups[backup as usize];
                loss.ending = LossEnd::Restored(backup.point(loss.start, before));
                loss.end = Some(now);
            }
            DataStep::Gone => loss.ending = LossEnd::ForGood,
            DataStep::Anew => loss.end = Some(now),
            DataStep::Lost | DataStep::Chunks(_) | DataStep::Rebuilt(_) => {}
        }
    }
}
