//! Keeps the books of a trial: downtime, outages and what they are due to, for each service.

use std::collections::{BTreeMap, BTreeSet};

use super::checkpoint::Work;
use super::idle::Idle;
use super::losses::{DataLoss, Losses};
use super::model::{Event, SystemModel};
use super::served::Takings;
use super::{Course, Lookout, Served, Sides, Strike};
use crate::engine::Observer;
use crate::units::{Instant, Span};

/// How long the windows are in which downtime is added up.
///
/// ```
/// use fivenines::system::Window;
/// use fivenines::units::Instant;
///
/// let window = Window { start: Instant::START, end: Instant::from_micros(100), length: fivenines::units::Span::from_micros(50) };
/// assert_eq!(window.count(), 2);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Where the books open: the end of the warm-up.
    pub start: Instant,
    /// Where they close: the horizon.
    pub end: Instant,
    /// Length of a window.
    pub length: Span,
}

impl Window {
    /// How many whole windows there are.
    pub fn count(&self) -> u64 {
        (self.end - self.start).as_micros() / self.length.as_micros()
    }

    /// The part of an interval that is inside the books.
    pub(super) fn inside(&self, from: Instant, to: Instant) -> Span {
        to.min(self.end).saturating_since(from.max(self.start))
    }
}

/// What happened to one service in one trial, between the warm-up and the horizon.
///
/// ```
/// use fivenines::system::ServiceRecord;
/// use fivenines::units::Instant;
///
/// assert_eq!(ServiceRecord::default().downtime.as_micros(), 0);
/// assert_eq!(ServiceRecord::default().first_down, Instant::NEVER);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceRecord {
    /// Time down.
    pub downtime: Span,
    /// The outages, in order.
    pub outages: Vec<OutageRecord>,
    /// Downtime in each window that has any, by number.
    pub windows: Vec<(u32, Span)>,
    /// Downtime by cause class, by number.
    pub causes: Vec<(u32, Span)>,
    /// Time down for maintenance alone that does not count; no part of the downtime.
    pub planned: Span,
    /// What was asked of it and lost; `None` where it serves all or nothing, and always as much is asked.
    pub served: Option<Served>,
    /// How long its replicas were off, all together, where it scales.
    pub off: Span,
    /// Time in which it served on several sides of a network in parts, and what they do then; `None` where it cannot.
    pub divided: Option<(Sides, Span)>,
    /// When the service first went down, warm-up included.
    pub first_down: Instant,
}

/// One outage.
///
/// ```
/// use fivenines::system::OutageRecord;
/// use fivenines::units::{Instant, Span};
///
/// let outage = OutageRecord { start: Instant::START, length: Span::from_secs(90), cause: None };
/// assert_eq!(outage.length.as_secs_f64(), 90.0);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutageRecord {
    /// When it began, or the end of the warm-up if that is later.
    pub start: Instant,
    /// How long it was, up to the horizon.
    pub length: Span,
    /// The class that the largest part of it is booked to.
    pub cause: Option<u32>,
}

impl Default for ServiceRecord {
    fn default() -> ServiceRecord {
        ServiceRecord {
            downtime: Span::ZERO,
            outages: Vec::new(),
            windows: Vec::new(),
            causes: Vec::new(),
            planned: Span::ZERO,
            served: None,
            off: Span::ZERO,
            divided: None,
            first_down: Instant::NEVER,
        }
    }
}

/// An observer that keeps a [`ServiceRecord`] for each service.
///
/// Every minute of an outage is booked to the restoration that came next on the way to its end: of five replicas with
/// three needed and four down, the time up to the first repair goes to what was repaired then, the rest to what was
/// repaired next. What is still being repaired when the service is back up has not ended the outage and is booked
/// nothing; what fails and is mended inside an outage without helping is booked nothing either. So the shares are of what
/// had to be repaired, and they add up to the downtime.
///
/// ```
/// use fivenines::engine::Simulator;
/// use fivenines::random::Law;
/// use fivenines::system::{Component, Recorder, Service, System, SystemModel, Window};
/// use fivenines::units::{Duration, Instant};
///
/// let (life, repair) = (Law::exponential(Duration::days(60.0)), Law::exponential(Duration::hours(1.0)));
/// let system = System::new()
///     .component("server", Component::new().mode("crash", life, repair))
///     .service("web", Service::replicas("server", 1));
/// let end = Instant::START + Duration::years(1.0).span();
/// let mut recorder = Recorder::new(Window { start: Instant::START, end, length: Duration::days(30.0).span() });
/// Simulator::new(SystemModel::new(&system).unwrap(), 42).play(0, end, &mut recorder);
/// let web = &recorder.records()[0];
/// assert_eq!(web.causes.iter().map(|cause| cause.1.as_micros()).sum::<u64>(), web.downtime.as_micros());
/// ```
#[derive(Clone, Debug)]
pub struct Recorder {
    window: Window,
    records: Vec<ServiceRecord>,
    open: Vec<Open>,
    strikes: Vec<Strike>,
    losses: Losses,
    /// How many services are down for maintenance alone that does not count.
    excused: u32,
    /// Of the services that are valued.
    takings: Takings,
    /// What is looked for in the course of one service, and what was found.
    lookout: Option<Lookout>,
    course: Course,
    /// Of those that scale.
    idle: Idle,
    /// Of those that save their work.
    work: Work,
    /// Where there is such maintenance, the services that are down for whatever reason.
    down: BTreeSet<usize>,
}

/// The outage that a service is in, if any, and the maintenance that is none.
#[derive(Clone, Debug, Default)]
struct Open {
    /// When it began, and up to when its time is booked.
    outage: Option<(Instant, Instant)>,
    /// What this outage's time was booked to so far.
    parts: Vec<(u32, u64)>,
    /// The same for all outages before it.
    causes: BTreeMap<u32, u64>,
    /// Since when it is down for maintenance alone that does not count.
    planned: Option<Instant>,
    /// Since when it serves on several sides of a network in parts, and how long it did before.
    divided: (Option<Instant>, Span),
}

impl Open {
    fn book(&mut self, cause: u32, micros: u64) {
        match self.parts.iter_mut().find(|part| part.0 == cause) {
            Some(part) => part.1 += micros,
            None => self.parts.push((cause, micros)),
        }
    }

    /// Ends the outage: adds its parts to the rest and names the largest.
    fn close(&mut self) -> Option<u32> {
        let largest =
            self.parts.iter().max_by_key(|part| (part.1, std::cmp::Reverse(part.0))).map(|part| part.0);
        for (cause, micros) in self.parts.drain(..) {
            *self.causes.entry(cause).or_default() += micros;
        }
        largest
    }
}

impl Recorder {
    /// Empty books.
    pub fn new(window: Window) -> Recorder {
        Recorder {
            window,
            records: Vec::new(),
            open: Vec::new(),
            strikes: Vec::new(),
            losses: Losses::default(),
            excused: 0,
            takings: Takings::default(),
            lookout: None,
            course: Course::default(),
            idle: Idle::default(),
            work: Work::default(),
            down: BTreeSet::new(),
        }
    }

    /// Looks for something in the course of one service, besides.
    #[must_use]
    pub fn looking(mut self, lookout: Lookout) -> Recorder {
        self.takings.follow(lookout.service as u32);
        self.lookout = Some(lookout);
        self
    }

    /// What was found in its course in the last trial; takes it out.
    pub fn take_course(&mut self) -> Course {
        std::mem::take(&mut self.course)
    }

    /// What was recorded of the last trial, by service.
    pub fn records(&self) -> &[ServiceRecord] {
        &self.records
    }

    /// Takes the records out.
    pub fn take(&mut self) -> Vec<ServiceRecord> {
        std::mem::take(&mut self.records)
    }

    /// The scripted faults that struck in the last trial between the warm-up and the horizon, in order; takes them out.
    pub fn take_strikes(&mut self) -> Vec<Strike> {
        std::mem::take(&mut self.strikes)
    }

    /// The losses of data in the last trial that began between the warm-up and the horizon, in order; takes them out.
    pub fn take_losses(&mut self) -> Vec<DataLoss> {
        self.losses.take()
    }

    fn book(&mut self, service: usize, cause: u32, now: Instant) {
        let Some((_, booked)) = self.open[service].outage else { return };
        let span = self.window.inside(booked, now);
        if span > Span::ZERO {
            self.open[service].book(cause, span.as_micros());
        }
        if let Some(outage) = &mut self.open[service].outage {
            outage.1 = now;
        }
    }

    /// A service may have gone down or come up, or be down for another reason.
    fn look_at(&mut self, model: &SystemModel, service: usize, now: Instant) {
        let is_down = model.counts_as_down(service);
        match (!is_down, self.open[service].outage.is_some()) {
            (false, false) => self.goes_down(service, now),
            (true, true) => {
                self.book(service, model.effect.cause, now);
                self.comes_up(service, now);
            }
            // It flipped twice in one event.
            _ => {}
        }
        let is_planned = !is_down && !model.is_up(service);
        match (is_planned, self.open[service].planned) {
            (true, None) => {
                self.open[service].planned = Some(now);
                self.excused += 1;
            }
            (false, Some(since)) => {
                self.open[service].planned = None;
                let span = self.window.inside(since, now);
                self.records[service].planned += span;
                self.excused -= 1;
            }
            _ => {}
        }
    }

    /// Keeps in mind which services are down.
    fn note_flips(&mut self, model: &SystemModel) {
        for service in self.seen(&model.effect.flipped) {
            if model.is_up(service) {
                self.down.remove(&service);
            } else {
                self.down.insert(service);
            }
        }
    }

    /// Those of some services that books are kept of: not of the parts of what is divided.
    fn seen<'s>(&self, services: &'s [u32]) -> impl Iterator<Item = usize> + use<'s> {
        let kept = self.records.len();
        services.iter().map(|&service| service as usize).filter(move |&service| service < kept)
    }

    fn goes_down(&mut self, service: usize, now: Instant) {
        self.open[service].outage = Some((now, now));
    }

    fn comes_up(&mut self, service: usize, now: Instant) {
        let Some((began, _)) = self.open[service].outage.take() else { return };
        let length = self.window.inside(began, now);
        let cause = self.open[service].close();
        let record = &mut self.records[service];
        // A failover that takes no time is no outage, for the exact solver neither.
        if now > began {
            record.first_down = record.first_down.min(began);
        }
        if length == Span::ZERO {
            return;
        }
        record.downtime += length;
        record.outages.push(OutageRecord { start: began.max(self.window.start), length, cause });
        // Spread over the windows it touches.
        let (start, length) = (self.window.start, self.window.length.as_micros());
        let (mut from, to) = (began.max(start), now.min(self.window.end));
        while from < to {
            let since = (from - start).as_micros();
            // Mostly the window of the outage before: a multiplication instead of a division.
            let number = match record.windows.last() {
                Some(&(last, _)) if since - u64::from(last) * length < length => u64::from(last),
                _ => since / length,
            };
            let next = (start + Span::from_micros((number + 1) * length)).min(to);
            match record.windows.last_mut() {
                Some((last, span)) if u64::from(*last) == number => *span += next - from,
                _ => record.windows.push((number as u32, next - from)),
            }
            from = next;
        }
    }
}

impl Recorder {
    /// What an event changes besides taking services down and bringing them back.
    fn look_aside(&mut self, model: &SystemModel, now: Instant, excuses: bool) {
        if !model.valued().is_empty() {
            let down = excuses.then_some(&self.down).into_iter().flatten().map(|&service| service as u32);
            self.takings.change(self.window, now, model, down);
        }
        if !model.effect.scaled.is_empty() {
            self.idle.change(self.window, now, model);
        }
        for &service in &model.effect.divided {
            self.divides(service as usize, now, model.is_divided(service));
        }
    }

    /// A service may begin or end to serve on several sides.
    fn divides(&mut self, service: usize, now: Instant, is_divided: bool) {
        let (since, before) = self.open[service].divided;
        let more = since.map_or(Span::ZERO, |since| self.window.inside(since, now));
        self.open[service].divided = (is_divided.then_some(now), before + more);
    }
}

impl Observer<SystemModel> for Recorder {
    fn begin(&mut self, model: &SystemModel) {
        let services = model.services().len();
        self.records = vec![ServiceRecord::default(); services];
        self.strikes.clear();
        self.losses.begin(model);
        self.excused = 0;
        self.down.clear();
        // The end of a trial leaves no outage open and nothing booked, and keeps the memory.
        self.open.resize(services, Open::default());
        for service in (0..services).filter(|&service| !model.is_up(service)) {
            self.goes_down(service, Instant::START);
            self.down.insert(service);
        }
        self.takings.begin(self.window, model);
        self.idle.begin(model);
        self.work.begin(model);
    }

    #[inline]
    fn before(&mut self, model: &SystemModel, now: Instant, event: &Event) {
        let end = self.window.end;
        match *event {
            // One that falls into the last of its kind does nothing.
            Event::Begins(fault)
                if !model.is_taken(fault as usize) && now >= self.window.start && now < end =>
            {
                self.strikes.push(Strike { fault, start: now, end });
            }
            Event::Ends(fault) => {
                if let Some(strike) = self.strikes.iter_mut().rev().find(|strike| strike.fault == fault) {
                    strike.end = now.min(strike.end);
                }
            }
            _ => {}
        }
    }

    #[inline]
    fn after(&mut self, model: &SystemModel, now: Instant) {
        let effect = &model.effect;
        // What does not count may end or begin without anything going up or down.
        let excuses = model.excused > 0 || self.excused > 0;
        if model.plan.settles {
            self.look_aside(model, now, excuses);
        }
        if effect.flipped.is_empty() && effect.progress.is_empty() && effect.steps.is_empty() && !excuses {
            return;
        }
        self.work.change(self.window, now, model);
        self.losses.book(self.window, model, now);
        if !model.is_excluded(effect.cause) {
            for service in self.seen(&effect.progress) {
                self.book(service, effect.cause, now);
            }
        }
        if model.excludes() {
            self.note_flips(model);
        }
        if excuses {
            // Those that are up and were have nothing to be told about them.
            let flipped = self.seen(&effect.flipped);
            let services: BTreeSet<usize> = self.down.iter().copied().chain(flipped).collect();
            services.into_iter().for_each(|service| self.look_at(model, service, now));
        } else {
            self.seen(&effect.flipped).for_each(|service| self.look_at(model, service, now));
        }
    }

    fn end(&mut self, model: &SystemModel, end: Instant) {
        for service in 0..self.records.len() {
            if let Some(sides) = model.may_divide(service) {
                self.divides(service, end, false);
                let (_, divided) = std::mem::take(&mut self.open[service].divided);
                self.records[service].divided = Some((sides, divided));
            }
            if let Some(since) = self.open[service].planned.take() {
                let span = self.window.inside(since, end);
                self.records[service].planned += span;
            }
            if let Some((_, booked)) = self.open[service].outage {
                // Nobody knows yet what will end this outage: what keeps it open shares the rest equally.
                let mut open = model.open_causes(service as u32);
                open.retain(|&cause| !model.is_excluded(cause));
                // In 128 bits, which a long rest times many causes does not leave.
                let (rest, count) =
                    (u128::from(self.window.inside(booked, end).as_micros()), open.len() as u128);
                for (index, &cause) in (0..).zip(&open) {
                    let part = rest * (index + 1) / count - rest * index / count;
                    self.open[service].book(cause, part as u64);
                }
                self.comes_up(service, end);
            }
            let causes = std::mem::take(&mut self.open[service].causes);
            self.records[service].causes =
                causes.into_iter().map(|(cause, micros)| (cause, Span::from_micros(micros))).collect();
        }
        for (service, off) in self.idle.end(self.window, end, model) {
            self.records[service].off = off;
        }
        for (service, served) in self.takings.end(self.window, end, model) {
            self.records[service as usize].served = Some(served);
        }
        for (service, served) in self.work.end(self.window, &model.plan) {
            self.records[service].served = Some(served);
        }
        if let Some(lookout) = &self.lookout {
            let outages = self.records[lookout.service].outages.iter().map(|it| (it.start, it.length));
            self.course = lookout.look(self.window, self.takings.course(), outages);
        }
    }
}
