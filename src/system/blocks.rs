//! Where the clocks and the sources of each kind of thing begin.

use super::SupplyStep;
use super::plan::Plan;
use crate::engine::{Clock, Source};

/// The blocks in which a system declares its clocks and sources, in this order, behind the two clocks of each mode.
///
/// Who adds a kind of thing that has clocks adds a block at the end, here and in the declaration.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Blocks {
    /// A clock and a source for each failover.
    pub failovers: Block,
    /// A clock and a source for each shock.
    pub shocks: Block,
    /// Two clocks for each scripted fault.
    pub script: Block,
    /// A source for each trace.
    pub traces: Block,
    /// A clock for each latent mode.
    pub latent: Block,
    /// A source for each shelf of spares.
    pub shelves: Block,
    /// A clock and a source for each crew that has hours or has to be called.
    pub duties: Block,
    /// Seven clocks and a source for each supply.
    pub supplies: Block,
    /// A clock for each environment.
    pub environments: Block,
    /// A source for each cascade.
    pub cascades: Block,
    /// A clock for each service that counts its capacity.
    pub loads: Block,
    /// A clock for each thing that a shock hits later, and for each shock that somebody notices.
    pub spreads: Block,
    /// Three clocks and three sources for each planned work.
    pub works: Block,
    /// Two clocks and a source for each certificate.
    pub certificates: Block,
    /// A clock for each replica that may have to catch up.
    pub resyncs: Block,
    /// A source for each repair that may go wrong.
    pub slips: Block,
    /// A clock for each mode that is replaced at an age.
    pub ages: Block,
    /// A clock and two sources for each service that keeps data.
    pub data: Block,
    /// A clock for each service and what it can do without.
    pub withouts: Block,
    /// A clock for each service that counts its capacity: that of its breaker.
    pub storms: Block,
    /// A clock for each failover: that of its false alarms.
    pub alarms: Block,
    /// A clock for each failover: until it fails back.
    pub failbacks: Block,
    /// Three clocks and a source for each service that scales, and a clock for each of its replicas.
    pub scalings: Block,
    /// A clock for each replica whose copies of chunks are made anew elsewhere.
    pub rebuilds: Block,
    /// Where the next block would begin.
    pub end: Block,
}

/// Where a block begins.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Block {
    clock: u32,
    source: u32,
}

impl Block {
    /// The block's clock of this number.
    #[inline]
    pub fn clock(self, number: u32) -> Clock {
        Clock::from_index((self.clock + number) as usize)
    }

    /// The block's source of this number.
    #[inline]
    pub fn source(self, number: u32) -> Source {
        Source::from_index((self.source + number) as usize)
    }

    /// The clock's number in the block, unless it stands before it.
    pub fn number_of(self, clock: Clock) -> Option<u32> {
        (clock.index() as u32).checked_sub(self.clock)
    }

    /// How many clocks and sources there are before it.
    pub fn before(self) -> (usize, usize) {
        (self.clock as usize, self.source as usize)
    }
}

impl Blocks {
    /// The blocks of a compiled system.
    pub fn new(plan: &Plan) -> Blocks {
        let mut next = Block { clock: 2 * plan.modes.len() as u32, source: 0 };
        let mut block = |clocks: usize, sources: usize| {
            let begin = next;
            next = Block { clock: next.clock + clocks as u32, source: next.source + sources as u32 };
            begin
        };
        Blocks {
            failovers: block(plan.failovers.len(), plan.failovers.len()),
            shocks: block(plan.shocks.len(), plan.shocks.len()),
            script: block(2 * plan.script.len(), 0),
            traces: block(0, plan.traces.len()),
            latent: block(plan.upkeep.latent.len(), 0),
            shelves: block(0, plan.upkeep.shelves.len()),
            duties: block(plan.upkeep.duties.len(), plan.upkeep.duties.len()),
            supplies: block(SupplyStep::COUNT * plan.supplies.len(), plan.supplies.len()),
            environments: block(plan.environments.len(), 0),
            cascades: block(0, plan.cascades.plans.len()),
            loads: block(plan.capacities.len(), 0),
            spreads: block(plan.spreads.len(), 0),
            works: block(3 * plan.works.len(), 3 * plan.works.len()),
            certificates: block(2 * plan.certificates.len(), plan.certificates.len()),
            resyncs: block(
                plan.resyncs.iter().map(|it| plan.services[it.service as usize].count as usize).sum(),
                0,
            ),
            slips: block(0, plan.upkeep.slips.len()),
            ages: block(plan.upkeep.preventives.len(), 0),
            data: block(plan.data.len(), 2 * plan.data.len()),
            withouts: block(plan.withouts.len(), 0),
            storms: block(plan.capacities.len(), 0),
            alarms: block(plan.failovers.len(), 0),
            failbacks: block(plan.failovers.len(), 0),
            scalings: block(plan.scaling_clocks(), plan.scalings.len()),
            rebuilds: block(
                plan.data.iter().filter_map(|it| it.chunks.as_ref()).map(|it| it.rebuilds.len()).sum(),
                0,
            ),
            end: block(0, 0),
        }
    }
}
