//! What befalls a cluster: faults that begin and end, and what must hold all the same.

use super::body::{Input, Seat};
use super::cluster::{Cluster, Engine, Violation};
use super::event::{Event, Kind};
use super::fault::{Fault, Planned};
use super::protocol::View;
use super::story::What;
use super::{Id, Protocol};
use crate::engine::Clock;
use crate::units::Instant;

/// What befalls a cluster.
impl<T: Protocol> Cluster<T> {
    pub(super) fn strike(&mut self, cx: Engine<'_, T>, number: u32) {
        let planned = self.schedule.faults()[number as usize].clone();
        let (now, mischief) = (cx.now(), self.mischief);
        let (seats, hub) = self.parts();
        hub.story.tell(cx, None, || What::Strike(planned.fault.to_string()));
        match &planned.fault {
            Fault::Crash(of) => self.crash(cx, *of),
            Fault::Pause(of) => {
                seats[of.index()].body.paused += 1;
                hub.story.tell(cx, Some(*of), || What::Paused);
            }
            Fault::Cut { from, to, one_way } => hub.traffic.cut(number, from, to, *one_way),
            Fault::Flap { from, to, on, .. } => {
                hub.traffic.cut(number, from, to, false);
                cx.send(self.flapping, on, Event(Kind::Flip(number)));
            }
            Fault::Noise { loss, delay } => hub.traffic.disturb(number, *loss, delay.clone()),
            Fault::Slow { of, times } => seats[of.index()].body.slow.push(*times),
            Fault::Delay { from, to, by, one_way } => {
                hub.traffic.delay(number, (from, to), by.span(), *one_way);
            }
            Fault::Drift { of, ppm } => seats[of.index()].body.clock.skew(now, *ppm),
            Fault::Jump { of, by_ms } => seats[of.index()].body.clock.jump(by_ms.saturating_mul(1000)),
            Fault::Disk { of, what } => {
                let disk = &mut seats[of.index()].body.disk;
                disk.settle(now);
                disk.strike(*what, |count| cx.number(mischief, count as u64) as usize);
            }
        }
        if !planned.fault.is_instant() {
            self.active += 1;
            cx.send_after(planned.lasts.span(), Event(Kind::Heal(number)));
        }
    }

    pub(super) fn heal(&mut self, cx: Engine<'_, T>, number: u32) {
        let fault = self.schedule.faults()[number as usize].fault.clone();
        let now = cx.now();
        self.active -= 1;
        let (seats, hub) = self.parts();
        if !matches!(fault, Fault::Flap { .. }) || hub.traffic.cuts(number) {
            hub.story.tell(cx, None, || What::Heal(fault.to_string()));
        }
        match fault {
            Fault::Crash(of) => self.revive(cx, of),
            Fault::Pause(of) => self.resume(cx, of),
            Fault::Cut { .. } | Fault::Flap { .. } | Fault::Noise { .. } | Fault::Delay { .. } => {
                hub.traffic.heal(number);
            }
            Fault::Slow { of, times } => {
                let slow = &mut seats[of.index()].body.slow;
                let over = slow.iter().position(|known| *known == times).expect("what is over has begun");
                slow.swap_remove(over);
            }
            Fault::Drift { of, ppm } => seats[of.index()].body.clock.skew(now, -ppm),
            Fault::Disk { of, what } => seats[of.index()].body.disk.heal(what),
            Fault::Jump { .. } => {}
        }
    }

    /// A partition that comes and goes does either, until the fault is over.
    pub(super) fn flip(&mut self, cx: Engine<'_, T>, number: u32) {
        let Planned { at, lasts, fault } = self.schedule.faults()[number as usize].clone();
        let Fault::Flap { from, to, on, off } = &fault else { return };
        if cx.now() >= Instant::START + at.span() + lasts.span() {
            return;
        }
        let flapping = self.flapping;
        let (_, hub) = self.parts();
        let law = if hub.traffic.cuts(number) {
            hub.story.tell(cx, None, || What::Heal(fault.to_string()));
            hub.traffic.heal(number);
            off
        } else {
            hub.story.tell(cx, None, || What::Strike(fault.to_string()));
            hub.traffic.cut(number, from, to, false);
            on
        };
        cx.send(flapping, law, Event(Kind::Flip(number)));
    }

    /// A host works until it fails.
    pub(super) fn ages(&mut self, cx: Engine<'_, T>, of: Id) {
        if let Some((fail, _)) = &self.hosts {
            cx.set(Clock::from_index(self.first_host + of.index()), fail, Event(Kind::Fails { of }));
        }
    }

    /// A host fails, until it is restored.
    pub(super) fn fails(&mut self, cx: Engine<'_, T>, of: Id) {
        if let Some((_, restored)) = &self.hosts {
            cx.set(Clock::from_index(self.first_host + of.index()), restored, Event(Kind::Restored { of }));
            self.active += 1;
            self.crash(cx, of);
        }
    }

    pub(super) fn crash(&mut self, cx: Engine<'_, T>, of: Id) {
        let template = self.templates[of.index()].clone();
        let (seats, hub) = self.parts();
        let Seat { process, body } = &mut seats[of.index()];
        body.down += 1;
        if body.down > 1 {
            return;
        }
        body.dies(cx);
        *process = template;
        hub.lives[of.index()] += 1;
        hub.traffic.forget(of);
        hub.story.tell(cx, Some(of), || What::Crashed);
    }

    pub(super) fn revive(&mut self, cx: Engine<'_, T>, of: Id) {
        let body = &mut self.seats[of.index()].body;
        body.down -= 1;
        if body.down == 0 {
            self.bring(cx, of, Input::Recover);
        }
    }

    pub(super) fn resume(&mut self, cx: Engine<'_, T>, of: Id) {
        let (seats, hub) = self.parts();
        let body = &mut seats[of.index()].body;
        body.paused -= 1;
        if body.paused > 0 {
            return;
        }
        hub.story.tell(cx, Some(of), || What::Resumed);
        for parcel in body.held() {
            self.leaves(cx, of, parcel);
        }
        self.catch_up(cx, of);
    }

    /// Looks whether what must hold does.
    #[inline]
    pub(super) fn inspect(&mut self, cx: Engine<'_, T>) {
        self.now = cx.now();
        let view = View { seats: &self.seats, touched: self.touched, now: self.now };
        if self.violation.is_none()
            && let Err(what) = self.protocol.invariant(&view)
        {
            self.violates(cx, what);
        }
        let view = View { seats: &self.seats, touched: self.touched, now: self.now };
        self.serves = self.protocol.serves(&view);
        if self.serves || self.active > 0 {
            self.idle_since = None;
        } else if self.idle_since.is_none() {
            self.idle_since = Some(cx.now());
            if let Some(within) = self.live_within {
                cx.send_after(within.span(), Event(Kind::Look));
            }
        }
    }

    /// It may be that the protocol should long be serving.
    pub(super) fn look(&mut self, cx: Engine<'_, T>) {
        let (Some(since), Some(within)) = (self.idle_since, self.live_within) else { return };
        if self.violation.is_none() && cx.now() - since >= within.span() {
            self.violates(cx, format!("nothing is wrong, and yet nobody has been served for {within}"));
        }
    }

    #[cold]
    pub(super) fn violates(&mut self, cx: Engine<'_, T>, what: String) {
        let (_, hub) = self.parts();
        hub.story.tell(cx, None, || What::Violation(what.clone()));
        self.violation = Some(Violation { at: Some(cx.now()), what });
    }
}
