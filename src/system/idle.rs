//! For how long replicas of services that scale are off, and cost nothing.

use super::model::SystemModel;
use super::record::Window;
use crate::units::{Instant, Span};

/// Adds up the time for which each replica of a service that scales is off, over its replicas.
#[derive(Clone, Debug, Default)]
pub(super) struct Idle {
    scalings: Vec<Counted>,
}

#[derive(Clone, Copy, Debug)]
struct Counted {
    since: Instant,
    off: u32,
    sum: Span,
}

impl Counted {
    fn add_up(&mut self, window: Window, now: Instant) {
        let span = window.inside(self.since, now);
        self.sum += Span::from_micros(span.as_micros().saturating_mul(u64::from(self.off)));
        self.since = now;
    }
}

impl Idle {
    /// A trial begins.
    pub fn begin(&mut self, model: &SystemModel) {
        self.scalings.clear();
        let count = model.plan.scalings.len() as u32;
        let counted = |scaling| Counted { since: Instant::START, off: model.off(scaling), sum: Span::ZERO };
        self.scalings.extend((0..count).map(counted));
    }

    /// An event has happened.
    pub fn change(&mut self, window: Window, now: Instant, model: &SystemModel) {
        for &scaling in &model.effect.scaled {
            let counted = &mut self.scalings[scaling as usize];
            counted.add_up(window, now);
            counted.off = model.off(scaling);
        }
    }

    /// A trial ends: how long replicas were off, by the numbers of their services.
    pub fn end<'a>(
        &'a mut self,
        window: Window,
        now: Instant,
        model: &'a SystemModel,
    ) -> impl Iterator<Item = (usize, Span)> + 'a {
        let services = model.plan.scalings.iter().map(|scaling| scaling.service as usize);
        services.zip(self.scalings.iter_mut()).map(move |(service, counted)| {
            counted.add_up(window, now);
            (service, counted.sum)
        })
    }
}
