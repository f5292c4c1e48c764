//! A model of two functions, and an observer that writes down when which event fired.

use fivenines::engine::{Class, Clock, Clocks, Context, Model, Observer, Simulator, Watch};
use fivenines::random::Name;
use fivenines::units::{Instant, Span};

pub type Act = fn(&'static str, &mut Context<&'static str>);

/// Does what its function says at the event "start" and at every other.
#[derive(Clone)]
pub struct Script(pub Act);

impl Model for Script {
    type Event = &'static str;

    fn clocks(&mut self, clocks: &mut Clocks) {
        (0..100).for_each(|index| {
            clocks.clock(Name::new("clock").at(index), Class::Control);
        });
        clocks.source("source");
    }

    fn start(&mut self, cx: &mut Context<&'static str>) {
        (self.0)("start", cx);
    }

    fn on(&mut self, event: &'static str, cx: &mut Context<&'static str>) {
        (self.0)(event, cx);
    }

    fn observe(&self, watch: &mut Watch) {
        watch.up(true);
    }
}

/// Every event and its microsecond.
#[derive(Default)]
pub struct Log<E>(pub Vec<(u64, E)>);

impl<M: Model> Observer<M> for Log<M::Event> {
    fn before(&mut self, _: &M, now: Instant, event: &M::Event) {
        self.0.push((now.as_micros(), event.clone()));
    }

    fn after(&mut self, _: &M, _: Instant) {}
}

/// What fires within a second, and when.
pub fn play(act: Act) -> Vec<(u64, &'static str)> {
    let mut log = Log::default();
    Simulator::new(Script(act), 1).play(0, Instant::START + Span::from_secs(1), &mut log);
    log.0
}

pub fn clock(index: usize) -> Clock {
    Clock::from_index(index)
}

pub fn micros(micros: u64) -> Span {
    Span::from_micros(micros)
}
