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
/// let loss = DataLoss { data: 0, part: 0, start: Instant::START, end: None, ending: LossEnd::Open };
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
        let (data, part) = (plan.kept, plan.part);
        if step == DataStep::Lost {
            if (window.start..window.end).contains(&now) {
                losses.push(DataLoss { data, part, start: now, end: None, ending: LossEnd::Open });
            }
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
            DataStep::Anew | DataStep::Lost => loss.end = Some(now),
        }
    }
}
