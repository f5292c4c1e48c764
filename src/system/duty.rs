//! When crews work, and how they come: shifts, calls, and what has to be up.

use super::compile::Builder;
use super::model::{Event, SystemModel};
use super::place::NONE;
use super::{Crew, Discipline, Response};
use crate::engine::{Class, Clocks, Context};
use crate::random::Name;
use crate::units::Hours;

/// A crew that does not just work always and at once.
#[derive(Clone, Debug)]
pub(super) struct DutyPlan {
    pub crew: u32,
    pub name: String,
    /// The site it is at; empty for the one for all.
    pub site: String,
    pub responds: Vec<Response>,
    pub hours: Option<Hours>,
}

impl Discipline {
    /// True where the crew asks how urgent a repair is.
    pub(super) fn asks(self) -> bool {
        matches!(self, Discipline::Priority | Discipline::Preemptive)
    }
}

impl Builder<'_> {
    /// The number of a crew's duty, if it has one: `crew` is the number of its kind at a place.
    pub fn duty(&mut self, crew: u32, name: &str, said: &Crew, place: u32) -> u32 {
        if let Some(what) = &said.works_while {
            let level = self.system.levels.iter().position(|level| level == what);
            let tree = &self.plan.tree;
            let around = level
                .and_then(|depth| tree.around(place).find(|&site| tree.sites[site as usize].depth == depth));
            let what = around.map_or(what.clone(), |site| tree.sites[site as usize].path.clone());
            let support = self.support(&what);
            self.plan.upkeep.supports[support as usize].crews.push(crew);
        } else if said.responds.is_empty() && said.hours.is_none() {
            return NONE;
        }
        let site = self.plan.tree.sites.get(place as usize).map(|site| site.path.clone());
        let duties = &mut self.plan.upkeep.duties;
        duties.push(DutyPlan {
            crew,
            name: name.to_owned(),
            site: site.unwrap_or_default(),
            responds: said.responds.clone(),
            hours: said.hours.clone(),
        });
        duties.len() as u32 - 1
    }
}

impl SystemModel {
    /// A clock for each crew's shifts and a source for its ways.
    pub(super) fn duty_clocks(&self, clocks: &mut Clocks) {
        for duty in &self.plan.upkeep.duties {
            let name = Name::new("crew").child(&duty.name).child(&duty.site);
            clocks.clock(name.child("shift"), Class::Control);
            clocks.source(name.child("responds"));
        }
    }

    pub(super) fn start_duties(&mut self, cx: &mut Context<Event>) {
        for duty in 0..self.plan.upkeep.duties.len() as u32 {
            let DutyPlan { crew, hours, .. } = &self.plan.upkeep.duties[duty as usize];
            let (crew, begins_off) = (*crew, hours.as_ref().is_some_and(|hours| !hours.contains(cx.now())));
            if begins_off {
                self.crew_stops(crew, cx);
            }
            self.set_shift(duty, cx);
        }
    }

    fn set_shift(&self, duty: u32, cx: &mut Context<Event>) {
        let Some(hours) = &self.plan.upkeep.duties[duty as usize].hours else { return };
        let now = cx.now();
        if let Some(next) = hours.next_change(now) {
            cx.set_after(self.plan.blocks.duties.clock(duty), next - now, Event::Shift(duty));
        }
    }

    /// A crew's hours begin or end.
    pub(super) fn shift_changes(&mut self, duty: u32, cx: &mut Context<Event>) {
        let DutyPlan { crew, hours, .. } = &self.plan.upkeep.duties[duty as usize];
        let (crew, works) = (*crew, hours.as_ref().is_none_or(|hours| hours.contains(cx.now())));
        self.set_shift(duty, cx);
        if works { self.crew_starts(crew, cx) } else { self.crew_stops(crew, cx) }
    }

    /// One more reason for a crew not to work. Repairs stand still, and keep their members.
    pub(super) fn crew_stops(&mut self, crew: u32, cx: &mut Context<Event>) {
        self.crews[crew as usize].stopped += 1;
        self.share_out(crew, cx);
    }

    /// One reason fewer.
    pub(super) fn crew_starts(&mut self, crew: u32, cx: &mut Context<Event>) {
        self.crews[crew as usize].stopped -= 1;
        self.share_out(crew, cx);
        if self.plan.crews[crew as usize].discipline != Discipline::Shared {
            self.turn_to_work(crew, cx);
        }
    }

    /// A member is called from rest.
    pub(super) fn calls(&mut self, crew: u32, cx: &mut Context<Event>) {
        let number = self.plan.crews[crew as usize].duty;
        let responds = &self.plan.upkeep.duties[number as usize].responds;
        // A crew that comes as fast at all hours does not ask for the time, and can be solved exactly.
        let now = |response: &&Response| response.hours.as_ref().is_none_or(|hours| hours.contains(cx.now()));
        let response = responds.iter().find(now).expect("a checked crew responds at all hours");
        let source = self.plan.blocks.duties.source(number);
        cx.send(source, &response.takes, Event::Arrives(number));
        self.crews[crew as usize].coming += 1;
    }

    /// A member arrives, and turns to who waits; if nobody does, goes home.
    pub(super) fn arrives(&mut self, duty: u32, cx: &mut Context<Event>) {
        let crew = self.plan.upkeep.duties[duty as usize].crew;
        let state = &mut self.crews[crew as usize];
        state.coming -= 1;
        if state.stopped == 0 {
            self.takes_next(crew, cx);
        }
    }
}
