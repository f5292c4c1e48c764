//! How a service changes leader: detection, switch, and what happens when the switch fails.

use super::model::{Event, SystemModel};
use super::place::NONE;
use super::plan::{FailoverPlan, Plan};
use crate::engine::{Class, Clock, Clocks, Context};
use crate::random::Name;

/// Who leads a service, and how sure that is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Leader {
    /// The leading replica, counted within its service.
    pub replica: u32,
    pub phase: Phase,
}

/// Where a failover is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Phase {
    /// The leader leads.
    Steady,
    /// The leader is down and nobody has noticed.
    Detecting,
    /// It was noticed; another replica is taking over.
    Switching,
    /// The switch failed; somebody has to do it by hand.
    ByHand,
    /// The switch is done, or given up, but too few replicas are up to choose a leader from.
    Vacant,
    /// Enough are up again, and one of them is about to serve.
    Restarting,
    /// The replica that leads by preference takes over again, as planned.
    Returning,
}

impl Phase {
    /// True while the old leader's return would end the failover.
    pub fn waits_for_leader(self) -> bool {
        matches!(self, Phase::Detecting | Phase::ByHand | Phase::Vacant | Phase::Restarting)
    }

    /// True while one replica takes over from another.
    fn is_under_way(self) -> bool {
        matches!(self, Phase::Detecting | Phase::Switching | Phase::ByHand)
    }
}

impl Plan {
    /// True for a mode whose repair waits while a failover is under way.
    pub fn is_held_by_failover(&self, mode: u32) -> bool {
        let care = self.upkeep.cares.get(self.modes[mode as usize].care as usize);
        care.is_some_and(|care| self.upkeep.rules[care.rule as usize].after_failover)
    }
}

impl SystemModel {
    fn failover_clock(&self, failover: u32) -> Clock {
        self.plan.blocks.failovers.clock(failover)
    }

    /// A clock for each failover: that of its false alarms.
    pub(super) fn alarm_clocks(&self, clocks: &mut Clocks) {
        for failover in &self.plan.failovers {
            let service = &self.plan.services[failover.service as usize].name;
            clocks.clock(Name::new("service").child(service).child("false alarms"), Class::Fault);
        }
    }

    /// Somebody leads from now on, who may be taken for dead.
    pub(super) fn await_alarm(&self, failover: u32, cx: &mut Context<Event>) {
        if let Some(law) = &self.plan.failovers[failover as usize].false_alarms {
            cx.set(self.plan.blocks.alarms.clock(failover), law, Event::Alarm(failover));
        }
    }

    /// A leader that works is taken for one that has failed: the switch begins as after a detection.
    pub(super) fn false_alarm(&mut self, failover: u32, cx: &mut Context<Event>) {
        let plan = &self.plan.failovers[failover as usize];
        let service = plan.service;
        cx.set(self.failover_clock(failover), &plan.switch, Event::Failover(failover));
        self.leaders[failover as usize].phase = Phase::Switching;
        self.writes_stop(service);
        self.breaks(service);
        self.look_at_failback(failover, cx);
    }

    /// The class of the downtime of a failover that is under way, or is over with this event.
    pub(super) fn failover_cause(&self, failover: u32) -> u32 {
        match self.leaders[failover as usize].phase {
            Phase::Returning => self.failback_cause(failover),
            phase => self.plan.failover_cause(failover, phase == Phase::ByHand),
        }
    }

    /// A phase of a failover has run its time.
    pub(super) fn failover_moves(&mut self, failover: u32, cx: &mut Context<Event>) {
        let clock = self.failover_clock(failover);
        self.effect.cause = self.failover_cause(failover);
        match self.leaders[failover as usize].phase {
            Phase::Detecting => self.detected(failover, cx),
            Phase::Switching if !self.switch_works(failover, cx) => {
                // The time so far went to the switch; what follows goes to whoever mends it.
                self.comes_nearer(self.plan.failovers[failover as usize].service);
                self.leaders[failover as usize].phase = Phase::ByHand;
                cx.set(clock, &self.plan.failovers[failover as usize].manual, Event::Failover(failover));
                self.effect.touched.push(failover);
            }
            Phase::Switching | Phase::ByHand | Phase::Restarting => self.choose_leader(failover, cx),
            Phase::Returning => self.has_failed_back(failover, cx),
            Phase::Steady | Phase::Vacant => unreachable!("no clock runs in these phases"),
        }
        self.look_at_failback(failover, cx);
    }

    /// The leader's failure is known: the switch begins, or somebody has to do it by hand, or there is nobody to switch to.
    fn detected(&mut self, failover: u32, cx: &mut Context<Event>) {
        let FailoverPlan { service, covers, checks, ref restart, .. } =
            self.plan.failovers[failover as usize];
        let gives_up = restart.is_some();
        self.look_at_own(failover, self.leaders[failover as usize].replica, cx);
        if checks {
            let count = self.plan.services[service as usize].count;
            (0..count).for_each(|replica| self.look_at_own(failover, replica, cx));
        }
        if gives_up && !self.has_candidates(failover) {
            return self.stays_vacant(failover);
        }
        let source = self.plan.blocks.failovers.source(failover);
        let is_covered = covers.is_one() || cx.chance(source, covers.value());
        if !is_covered {
            // Detection was not the hand's doing.
            self.comes_nearer(service);
        }
        self.leaders[failover as usize].phase = if is_covered { Phase::Switching } else { Phase::ByHand };
        let plan = &self.plan.failovers[failover as usize];
        let law = if is_covered { &plan.switch } else { &plan.manual };
        cx.set(self.failover_clock(failover), law, Event::Failover(failover));
    }

    /// True while enough replicas seem to be up to choose a leader from.
    fn has_candidates(&self, failover: u32) -> bool {
        let service = self.plan.failovers[failover as usize].service;
        // A service that needs nothing still needs somebody to lead it.
        self.seeming(failover) >= self.plan.services[service as usize].need.max(1)
    }

    fn switch_works(&self, failover: u32, cx: &mut Context<Event>) -> bool {
        let succeeds = self.plan.failovers[failover as usize].succeeds;
        cx.chance(self.plan.blocks.failovers.source(failover), succeeds.value())
    }

    /// One of the replicas that are up leads from now on, each as likely, if enough are up. A choice by name would
    /// make replicas that are alike differ, and the exact solver lump what it must not.
    fn choose_leader(&mut self, failover: u32, cx: &mut Context<Event>) {
        let service = self.plan.failovers[failover as usize].service;
        let plan = &self.plan.services[service as usize];
        if !self.has_candidates(failover) {
            // Waiting for replicas is not the failover's doing: its share ends here.
            self.comes_nearer(service);
            return self.stays_vacant(failover);
        }
        let is_latent = self.plan.failovers[failover as usize].latent;
        let is_down = |replica: u32| self.replica_down[(plan.first_replica + replica) as usize] > 0;
        let seems_up = |&replica: &u32| match is_latent {
            true => self.seems_up(service, plan.first_replica + replica),
            false => self.is_usable(plan.first_replica + replica),
        };
        let seeming = self.seeming(failover) as usize;
        let chosen = cx.pick(self.plan.blocks.failovers.source(failover), seeming);
        let replica =
            (0..plan.count).filter(seems_up).nth(chosen).expect("the count of replicas that are up is right");
        if is_down(replica) {
            return self.found_dead(failover, replica, cx);
        }
        self.leads_from_now(failover, replica, cx);
    }

    /// A replica leads, and the service is up again as far as its leader goes.
    pub(super) fn leads_from_now(&mut self, failover: u32, replica: u32, cx: &mut Context<Event>) {
        let service = self.plan.failovers[failover as usize].service;
        let before =
            std::mem::replace(&mut self.leaders[failover as usize], Leader { replica, phase: Phase::Steady });
        // Who takes over as planned waits for the last writes.
        if before.replica != replica && before.phase != Phase::Returning {
            self.leaves_behind(service, cx);
        }
        if !self.plan.upkeep.cares.is_empty() {
            self.retime_replica(service, before.replica, cx);
            self.retime_replica(service, replica, cx);
        }
        self.comes_nearer(service);
        self.mends(service);
        self.await_alarm(failover, cx);
    }

    /// The chosen replica is dead and nobody knew. Now somebody does, and the switch, or the switch by hand, was for
    /// nothing: another begins, if enough others seem to be up.
    fn found_dead(&mut self, failover: u32, replica: u32, cx: &mut Context<Event>) {
        let clock = self.failover_clock(failover);
        let phase = self.leaders[failover as usize].phase;
        let service = self.plan.failovers[failover as usize].service;
        self.effect.was_dead = true;
        self.comes_nearer(service);
        self.look_at_own(failover, replica, cx);
        if !self.has_candidates(failover) {
            return self.stays_vacant(failover);
        }
        let plan = &self.plan.failovers[failover as usize];
        let law = match (phase, &plan.restart) {
            (Phase::ByHand, _) => &plan.manual,
            (Phase::Restarting, Some(restart)) => restart,
            _ => &plan.switch,
        };
        cx.set(clock, law, Event::Failover(failover));
    }

    /// There are too few to choose from.
    fn stays_vacant(&mut self, failover: u32) {
        self.leaders[failover as usize].phase = Phase::Vacant;
        // The old leader may have come back while the switch went on.
        self.effect.touched.push(failover);
    }

    /// What is latent in one of the service's replicas is found.
    fn look_at_own(&mut self, failover: u32, replica: u32, cx: &mut Context<Event>) {
        let FailoverPlan { service, latent, .. } = self.plan.failovers[failover as usize];
        if latent {
            self.look_at_replica(service, self.plan.services[service as usize].first_replica + replica, cx);
        }
    }

    /// A replica leads from now on, or does no more.
    fn retime_replica(&mut self, service: u32, replica: u32, cx: &mut Context<Event>) {
        let plan = &self.plan.services[service as usize];
        let components = plan.components_of(plan.first_replica + replica);
        components.for_each(|component| self.retime_component(component, cx));
    }

    /// Replicas of a service with a failover went up or down.
    pub(super) fn look_at_leader(&mut self, failover: u32, cx: &mut Context<Event>) {
        match self.leaders[failover as usize].phase {
            Phase::Returning => self.look_at_return(failover, cx),
            _ => self.look_at_old_leader(failover, cx),
        }
        self.look_at_failback(failover, cx);
    }

    fn look_at_old_leader(&mut self, failover: u32, cx: &mut Context<Event>) {
        let plan = &self.plan.failovers[failover as usize];
        let number = plan.service;
        let service = &self.plan.services[number as usize];
        let clock = self.failover_clock(failover);
        let Leader { replica, phase } = self.leaders[failover as usize];
        let leads = self.is_usable(service.first_replica + replica);
        // Counted only where it is asked: the common case is a leader that leads.
        let enough = phase != Phase::Steady && phase != Phase::Detecting && self.has_candidates(failover);
        let gives_up = plan.restart.is_some() && !enough;
        let leader = &mut self.leaders[failover as usize];
        match phase {
            Phase::Steady if !leads => {
                leader.phase = Phase::Detecting;
                cx.set(clock, &plan.detect, Event::Failover(failover));
                if plan.false_alarms.is_some() {
                    cx.cancel(self.plan.blocks.alarms.clock(failover));
                }
                self.writes_stop(number);
                self.breaks(number);
            }
            _ if leads && phase.waits_for_leader() => {
                cx.cancel(clock);
                leader.phase = Phase::Steady;
                self.await_alarm(failover, cx);
                self.mends(number);
            }
            Phase::Switching | Phase::ByHand | Phase::Restarting if gives_up => {
                cx.cancel(clock);
                leader.phase = Phase::Vacant;
            }
            Phase::Vacant if enough => {
                let (next, law) = match &plan.restart {
                    Some(restart) => (Phase::Restarting, restart),
                    None => (Phase::Switching, &plan.switch),
                };
                leader.phase = next;
                cx.set(clock, law, Event::Failover(failover));
            }
            _ => {}
        }
    }

    /// The failover of a mode's component's service, or [`NONE`].
    fn failover_of(&self, mode: u32) -> u32 {
        let service = self.plan.modes[mode as usize].service;
        self.plan.services.get(service as usize).map_or(NONE, |service| service.failover)
    }

    /// True while a mode's repair may not begin, because of a failover.
    pub(super) fn failover_holds(&self, mode: u32) -> bool {
        let leader = self.leaders.get(self.failover_of(mode) as usize);
        self.rule(mode).is_some_and(|rule| rule.after_failover)
            && leader.is_some_and(|leader| leader.phase.is_under_way())
    }

    /// Repairs that waited for a failover which is over go on their way.
    pub(super) fn look_at_held(&mut self, cx: &mut Context<Event>) {
        if self.upkeep.held.is_empty() {
            return;
        }
        for mode in std::mem::take(&mut self.upkeep.held) {
            self.ask_support(mode, cx);
        }
    }

    /// True while a failover looks at a mode's component, so that its failure is noticed at once.
    pub(super) fn is_checked(&self, mode: u32) -> bool {
        let failover = self.failover_of(mode) as usize;
        self.plan.failovers.get(failover).is_some_and(|plan| plan.checks)
            && !matches!(self.leaders[failover].phase, Phase::Steady | Phase::Detecting | Phase::Returning)
    }
}
