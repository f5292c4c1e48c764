//! Spares at work: what is on a shelf, who waits for the next delivery, and what is on order.

use std::collections::VecDeque;

use super::Mode;
use super::compile::Builder;
use super::model::{Event, SystemModel};
use super::place::NONE;
use crate::engine::{Clocks, Context, Source};
use crate::random::{Law, Name};

/// A compiled shelf.
#[derive(Clone, Debug)]
pub(super) struct ShelfPlan {
    pub name: String,
    /// The site it is at; empty for the one for all.
    pub site: String,
    pub stock: u32,
    pub lead_time: Law,
}

/// What is on a shelf, and who waits for it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Shelf {
    /// Spares that nobody has taken.
    pub stock: u32,
    /// Modes that have taken one, in order of number.
    pub taken: Vec<u32>,
    /// Modes that wait for one, the first to ask first.
    pub queue: VecDeque<u32>,
}

impl Shelf {
    pub fn full(plan: &ShelfPlan) -> Shelf {
        Shelf { stock: plan.stock, taken: Vec::new(), queue: VecDeque::new() }
    }

    fn take(&mut self, mode: u32) {
        let at = self.taken.partition_point(|&other| other < mode);
        self.taken.insert(at, mode);
    }

    /// Gives modes other numbers.
    pub fn rename(&mut self, mode: impl Fn(u32) -> u32) {
        self.taken.iter_mut().for_each(|entry| *entry = mode(*entry));
        self.taken.sort_unstable();
        self.queue.iter_mut().for_each(|entry| *entry = mode(*entry));
    }

    /// What a mode has of the shelf, in a number that compares.
    pub fn key(&self, mode: u32) -> u64 {
        let waits = self.queue.iter().position(|&waiting| waiting == mode);
        let has = u64::from(self.taken.binary_search(&mode).is_ok());
        waits.map_or(has, |position| position as u64 + 2)
    }

    /// True where the mode had taken one.
    fn give_up(&mut self, mode: u32) -> bool {
        let found = self.taken.binary_search(&mode);
        found.map(|at| self.taken.remove(at)).is_ok()
    }
}

impl<'a> Builder<'a> {
    /// The shelf of a mode's spares: the one at the unit's site of the shelf's level, or the one for all.
    pub fn shelf(&mut self, unit: u32, mode: &Mode) -> u32 {
        let Some(name) = &mode.replaced_from else { return NONE };
        let system = self.system;
        let (name, spares) = system.spares.get_key_value(name).expect("a checked system names its spares");
        let place = self.place_at(unit, spares.per.as_deref());
        let shelves = &mut self.plan.upkeep.shelves;
        let site = self.plan.tree.sites.get(place as usize).map(|site| site.path.clone());
        *self.shelves.entry((name.as_str(), place)).or_insert_with(|| {
            shelves.push(ShelfPlan {
                name: name.clone(),
                site: site.unwrap_or_default(),
                stock: spares.stock,
                lead_time: spares.lead_time.clone(),
            });
            shelves.len() as u32 - 1
        })
    }
}

impl SystemModel {
    pub(super) fn shelf_sources(&self, clocks: &mut Clocks) {
        for shelf in &self.plan.upkeep.shelves {
            clocks.source(Name::new("spares").child(&shelf.name).child(&shelf.site).child("lead time"));
        }
    }

    fn shelf_source(&self, shelf: u32) -> Source {
        self.plan.blocks.shelves.source(shelf)
    }

    fn shelf_of(&self, mode: u32) -> u32 {
        let care = self.plan.modes[mode as usize].care;
        if care == NONE { NONE } else { self.plan.upkeep.cares[care as usize].shelf }
    }

    /// A repair takes a spare. False where it has to wait for one.
    pub(super) fn takes_spare(&mut self, mode: u32) -> bool {
        let shelf = self.shelf_of(mode);
        let Some(shelf) = self.upkeep.shelves.get_mut(shelf as usize) else { return true };
        if shelf.stock > 0 {
            shelf.stock -= 1;
            shelf.take(mode);
            return true;
        }
        shelf.queue.push_back(mode);
        false
    }

    /// A repair is done: its spare is used up, and the next is ordered.
    pub(super) fn uses_spare(&mut self, mode: u32, cx: &mut Context<Event>) {
        let shelf = self.shelf_of(mode);
        let Some(state) = self.upkeep.shelves.get_mut(shelf as usize) else { return };
        if state.give_up(mode) {
            let source = self.shelf_source(shelf);
            cx.send(source, &self.plan.upkeep.shelves[shelf as usize].lead_time, Event::Delivered(shelf));
        }
    }

    /// A repair that is called off leaves its spare, or its place among those who wait.
    pub(super) fn returns_spare(&mut self, mode: u32, cx: &mut Context<Event>) {
        let shelf = self.shelf_of(mode);
        let Some(state) = self.upkeep.shelves.get_mut(shelf as usize) else { return };
        state.queue.retain(|&waiting| waiting != mode);
        if state.give_up(mode) {
            self.delivered(shelf, cx);
        }
    }

    /// A spare has come: who waits longest takes it.
    pub(super) fn delivered(&mut self, shelf: u32, cx: &mut Context<Event>) {
        let state = &mut self.upkeep.shelves[shelf as usize];
        match state.queue.pop_front() {
            Some(mode) => {
                state.take(mode);
                self.ask_support(mode, cx);
            }
            None => state.stock += 1,
        }
    }
}
