//! Services divided among their users: shards and cells, of which each serves a part of them.
//!
//! A shard is a service of its own behind those of the system, with its own replicas, need and leader. The service that
//! was divided has the shards as members: it is up while all of them are, and serves the share of its users whose shard is.

use std::ops::Range;

use serde::Serialize;

use super::compile::Builder;
use super::model::SystemModel;
use super::place::NONE;
use super::plan::{Plan, ServicePlan};
use super::served::Rates;
use super::without::Reserve;
use super::{Body, Service, System};

/// How a service is divided: each user belongs to one of its parts, which has replicas of its own, and is served while
/// that part is.
///
/// The parts of a service in **cells** use the parts of the same number of what they depend on, where that is in as many cells.
/// So a cell is a whole system in small, and what befalls one is no concern of the users of another (AWS, *Reducing the
/// scope of impact with cell-based architecture*, 2023). Shards use all of what they depend on.
///
/// ```
/// use fivenines::system::{Need, Service, Shards};
///
/// let db = Service::replicas("server", 3).needs(Need::Majority).shards(8);
/// assert_eq!(db.divided, Some(Shards { count: 8, are_cells: false }));
/// let shop = Service::replicas("server", 3).depends_on("db").cells(8);
/// assert!(shop.divided.unwrap().are_cells);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Shards {
    /// How many; a single one is the whole service.
    pub count: u32,
    /// Whether each uses its own part of what it depends on.
    pub are_cells: bool,
}

impl Shards {
    /// `shards` or `cells`.
    pub(super) fn key(self) -> &'static str {
        if self.are_cells { "cells" } else { "shards" }
    }
}

impl Service {
    /// Divides its users among so many shards, each with as many replicas as the service has without them.
    #[must_use]
    pub fn shards(mut self, count: u32) -> Service {
        self.divided = Some(Shards { count, are_cells: false });
        self
    }

    /// The same for cells, which use cells of what they depend on.
    #[must_use]
    pub fn cells(mut self, count: u32) -> Service {
        self.divided = Some(Shards { count, are_cells: true });
        self
    }

    /// How it is divided, if it is.
    pub(super) fn parts(&self) -> Option<Shards> {
        self.divided.filter(|shards| shards.count > 1)
    }

    /// In how many parts; 1 where it is whole.
    pub fn part_count(&self) -> u32 {
        self.parts().map_or(1, |shards| shards.count)
    }

    /// How many replicas all its parts have together.
    pub(super) fn all_replicas(&self) -> u32 {
        match &self.body {
            Body::Replicas { replicas, .. } => replicas.saturating_mul(self.part_count()),
            Body::Members(_) | Body::Voters(_) => 0,
        }
    }
}

impl System {
    /// What a service's part is called, from 1.
    pub(super) fn part_name(name: &str, part: u32) -> String {
        format!("{name}/{}", part + 1)
    }
}

/// A service of the system, or one part of one that is divided: what has replicas, members or voters of its own.
pub(super) struct Whole<'a> {
    /// Its number in the plan.
    pub number: u32,
    /// The service's name, also where this is a part of it.
    pub name: &'a str,
    pub service: &'a Service,
    /// Which part it is, from 0.
    pub part: u32,
}

impl<'a> Builder<'a> {
    /// Everything that compiles as a service by itself, in the order of the plan.
    pub fn wholes(&self) -> Vec<Whole<'a>> {
        let named = (0..).zip(&self.system.services);
        let undivided = named.clone().filter(|(_, (_, service))| service.parts().is_none());
        let undivided = undivided.map(|(number, (name, service))| Whole { number, name, service, part: 0 });
        let parts = named.filter(|(_, (_, service))| service.parts().is_some());
        let parts = parts.flat_map(|(number, (name, service))| {
            let first = self.first_part(number);
            (0..service.part_count()).map(move |part| Whole { number: first + part, name, service, part })
        });
        undivided.chain(parts).collect()
    }

    /// The number of the first part of a divided service: parts come behind the services of the system, in their order.
    fn first_part(&self, service: u32) -> u32 {
        let before = self.system.services.values().take(service as usize);
        let parts = before.filter_map(Service::parts).map(|shards| shards.count);
        self.system.services.len() as u32 + parts.sum::<u32>()
    }

    /// The number of what a part of a service uses when that depends on another: all of it, or in cells its own part.
    pub fn used(&self, whole: &Whole<'_>, other: &str) -> u32 {
        let number = self.system.services.keys().position(|name| name == other);
        let number = number.expect("a checked system names its services") as u32;
        match (whole.service.parts(), self.system.services[other].parts()) {
            (Some(own), Some(its)) if own.are_cells && own == its => self.first_part(number) + whole.part,
            _ => number,
        }
    }

    /// Makes the parts of divided services. Comes when all other services have numbers.
    pub fn shards(&mut self) {
        self.plan.named = self.plan.services.len() as u32;
        let parts = self.wholes().into_iter().filter(|whole| whole.service.parts().is_some());
        for whole in parts {
            let number = self.plan.services.len() as u32;
            debug_assert_eq!(number, whole.number, "parts come in the order in which they are counted");
            self.whole(&whole);
            let parent = self.system.services.keys().position(|name| name == whole.name);
            let parent = parent.expect("it is one of them") as u32;
            self.plan.services[number as usize].part_of = parent;
            self.plan.services[parent as usize].members.push(number);
        }
    }
}

impl Plan {
    /// The parts of a service that is divided; none of one that is not.
    pub fn parts_of(&self, service: u32) -> Range<u32> {
        let plan = &self.services[service as usize];
        match plan.members.first() {
            Some(&first) if self.is_part(first) => first..first + plan.members.len() as u32,
            _ => 0..0,
        }
    }

    pub fn is_part(&self, service: u32) -> bool {
        self.services[service as usize].part_of != NONE
    }

    /// Which part of its service this is, from 0; 0 too where the service is whole.
    pub fn part_number(&self, service: u32) -> u32 {
        match self.services[service as usize].part_of {
            NONE => 0,
            whole => service - self.parts_of(whole).start,
        }
    }

    /// True where some service is divided.
    pub fn is_divided(&self) -> bool {
        self.services.last().is_some_and(|last| last.part_of != NONE)
    }

    /// The service that people know: the one that this is a part of, or itself.
    pub fn whole_of(&self, service: u32) -> u32 {
        match self.services[service as usize].part_of {
            NONE => service,
            whole => whole,
        }
    }

    /// The name that people gave it.
    pub fn known_as(&self, service: u32) -> &str {
        &self.services[self.whole_of(service) as usize].name
    }
}

/// How well a service is served whose parts or needs may be up in part: by the values of what it needs.
impl SystemModel {
    /// What each user is served on average, one as much as another.
    pub(super) fn mean_value(&self, parts: Range<u32>, values: &[f64]) -> f64 {
        let count = f64::from(parts.end - parts.start);
        parts.map(|part| values[part as usize]).sum::<f64>() / count
    }

    /// What is asked of all parts together, and lost.
    pub(super) fn mean_rate(&self, parts: Range<u32>, values: &[f64]) -> Rates {
        let count = f64::from(parts.end - parts.start);
        let rates = parts.map(|part| self.rate(part, values));
        let sum = rates.fold(Rates::default(), |sum, rates| Rates {
            asked: sum.asked + rates.asked,
            lost: sum.lost + rates.lost,
        });
        Rates { asked: sum.asked / count, lost: sum.lost / count }
    }

    /// A service that is down, for all its users or for some, has one reason more or less to be.
    pub(super) fn touch_value(&mut self, service: u32) {
        if self.plan.is_divided() {
            self.effect.revalued.push(service);
        }
    }

    /// True where a service is down for all of its users: not only because something that it needs is down for some.
    pub(super) fn is_down_for_all(&self, service: u32) -> bool {
        let reasons = self.broken[service as usize];
        if reasons == 0 || !self.plan.is_divided() {
            return reasons > 0;
        }
        let plan: &ServicePlan = &self.plan.services[service as usize];
        let is_down = |&&on: &&u32| self.broken[on as usize] > 0;
        let is_spent = |&&edge: &&u32| self.reserves[edge as usize] == Reserve::Spent;
        let elsewhere = plan.dependencies.iter().filter(is_down).count()
            + plan.withouts.iter().filter(is_spent).count()
            + usize::from(!plan.members.is_empty() && self.up_count[service as usize] < plan.need);
        reasons as usize > elsewhere
    }
}
