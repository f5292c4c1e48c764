//! An observer that averages what a model shows over time.

use super::{Digest, Model, Observer, Summary, Watch};
use crate::units::Instant;

/// Time averages of a model's measures over one trial.
///
/// ```
/// use fivenines::engine::Levels;
///
/// let levels = Levels::default();
/// assert_eq!(levels.summary().events, 0);
/// ```
#[derive(Clone, Debug)]
pub struct Levels {
    watch: Watch,
    current: Vec<Level>,
    summary: Summary,
    end: Instant,
}

#[derive(Clone, Copy, Debug)]
struct Level {
    value: f64,
    since: Instant,
    /// Level times microseconds up to `since`.
    area: f64,
    /// When the level first was zero.
    first_down: Instant,
}

impl Default for Levels {
    fn default() -> Levels {
        Levels {
            watch: Watch::default(),
            current: Vec::new(),
            summary: Summary { events: 0, digest: Digest::new() },
            end: Instant::START,
        }
    }
}

impl Levels {
    /// The time average of a measure.
    ///
    /// # Panics
    /// When there is no such measure.
    pub fn mean(&self, measure: usize) -> f64 {
        self.current[measure].area / self.end.as_micros() as f64
    }

    /// A measure's level at the end.
    ///
    /// # Panics
    /// When there is no such measure.
    pub fn last(&self, measure: usize) -> f64 {
        self.current[measure].value
    }

    /// When a measure was first at zero; [`Instant::NEVER`] if it was not.
    ///
    /// # Panics
    /// When there is no such measure.
    pub fn first_down(&self, measure: usize) -> Instant {
        self.current[measure].first_down
    }

    /// Events and digest of the trial.
    pub fn summary(&self) -> Summary {
        self.summary
    }

    pub(super) fn close(&mut self, summary: Summary) {
        self.summary = summary;
    }
}

impl<M: Model> Observer<M> for Levels {
    fn begin(&mut self, model: &M) {
        self.watch.clear();
        model.observe(&mut self.watch);
        let level = |&value: &f64| Level {
            value,
            since: Instant::START,
            area: 0.0,
            first_down: if value == 0.0 { Instant::START } else { Instant::NEVER },
        };
        self.current = self.watch.levels().iter().map(level).collect();
    }

    #[inline]
    fn after(&mut self, model: &M, now: Instant) {
        self.watch.clear();
        model.observe(&mut self.watch);
        if !self.watch.changed() {
            return;
        }
        for (level, &value) in self.current.iter_mut().zip(self.watch.levels()) {
            if level.value != value {
                level.area += level.value * (now - level.since).as_micros() as f64;
                level.since = now;
                level.value = value;
                if value == 0.0 {
                    level.first_down = level.first_down.min(now);
                }
            }
        }
    }

    fn end(&mut self, _: &M, end: Instant) {
        for level in &mut self.current {
            level.area += level.value * (end - level.since).as_micros() as f64;
            level.since = end;
        }
        self.end = end;
    }
}
