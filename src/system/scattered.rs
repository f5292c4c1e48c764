//! Chunks of data at work: whose copies are gone, which chunks are lost with them, and copies that are made anew elsewhere.

use super::data_plan::DataPlan;
use super::keeping::DataStep;
use super::model::{Event, SystemModel};
use super::placed::{ChunkPlan, Layout, Sets};
use crate::engine::{Class, Clock, Clocks, Context, Source};
use crate::random::{Name, binomial};

/// The chunks of a service's data. Lists are of replicas, by their numbers in the service and in order.
///
/// Where chunks are placed by luck, nobody knows where each is: of those that are lost each has its copies on any replicas
/// that lose it, of the others each on any that do not, and so after every event anew. That is exact while copies only go, of
/// many replicas at once or one after the other; and whatever comes back in between, what is lost at an instant has
/// the law that it has under a placement drawn for that instant, because failures do not ask where chunks are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct ChunkState {
    /// Whose copies are gone.
    gone: Vec<u32>,
    /// Whose copies are gone and were not when chunks were last looked at.
    fallen: Vec<u32>,
    /// Whose copies are there and were not.
    risen: Vec<u32>,
    /// How many chunks are lost that are placed by luck.
    lost: u64,
}

/// Adds a number to a list in order, or takes it out. True where that changed something.
fn put(list: &mut Vec<u32>, number: u32, is_in: bool) -> bool {
    match (list.binary_search(&number), is_in) {
        (Err(at), true) => list.insert(at, number),
        (Ok(at), false) => drop(list.remove(at)),
        _ => return false,
    }
    true
}

fn has(list: &[u32], number: u32) -> bool {
    list.binary_search(&number).is_ok()
}

impl ChunkState {
    /// The copies of a replica are destroyed, or there again.
    pub fn turn(&mut self, replica: u32, is_gone: bool) {
        if !put(&mut self.gone, replica, is_gone) {
            return;
        }
        let (back, forth) = match is_gone {
            true => (&mut self.risen, &mut self.fallen),
            false => (&mut self.fallen, &mut self.risen),
        };
        // What goes and comes within an event has done neither.
        if !put(back, replica, false) {
            put(forth, replica, true);
        }
    }

    /// How many chunks are lost now and were not when they were last looked at.
    fn newly_lost(
        &mut self,
        plan: &ChunkPlan,
        replicas: u32,
        source: Source,
        cx: &mut Context<Event>,
    ) -> u64 {
        let (fallen, risen) = (std::mem::take(&mut self.fallen), std::mem::take(&mut self.risen));
        if let Layout::Sets(sets) = &plan.layout {
            return self.lost_sets(plan, sets, &fallen, &risen);
        }
        let exposure = |gone: &[u32]| plan.layout.exposure(replicas, gone);
        let mut uniform = || (cx.number(source, 1 << 52) as f64 + 0.5) / (1_u64 << 52) as f64;
        let stayed: Vec<u32> = self.gone.iter().copied().filter(|&it| !has(&fallen, it)).collect();
        let at_stake = exposure(&stayed);
        if self.lost > 0 && !risen.is_empty() {
            let mut before = stayed;
            before.extend(risen);
            before.sort_unstable();
            self.lost = binomial(uniform(), self.lost, (at_stake / exposure(&before)).min(1.0));
        }
        let now = exposure(&self.gone);
        // Luck is asked for only where something is at stake.
        let chance = if now > at_stake { ((now - at_stake) / (1.0 - at_stake)).min(1.0) } else { 0.0 };
        let new = match chance {
            0.0 => 0,
            _ => binomial(uniform(), plan.count - self.lost, chance),
        };
        self.lost += new;
        new
    }

    /// The chunks in sets of which too few members have their copies now, but had enough before.
    fn lost_sets(&self, plan: &ChunkPlan, sets: &Sets, fallen: &[u32], risen: &[u32]) -> u64 {
        let mut new = 0;
        for &replica in fallen {
            for &set in sets.of(replica) {
                let members = || sets.members(set).iter();
                // Each set once, at the first of its members.
                if members().any(|&other| other < replica && has(fallen, other)) {
                    continue;
                }
                let now = members().filter(|&&it| has(&self.gone, it)).count();
                let before = members()
                    .filter(|&&it| if has(&self.gone, it) { !has(fallen, it) } else { has(risen, it) });
                let fatal = sets.fatal as usize;
                if now >= fatal && before.count() < fatal {
                    new += plan.in_set(sets, set);
                }
            }
        }
        new
    }
}

impl SystemModel {
    /// The first service whose data are in chunks, if one has such.
    pub fn scatters(&self) -> Option<&str> {
        let data = self.plan.data.iter().find(|data| data.chunks.is_some())?;
        Some(&self.plan.services[data.service as usize].name)
    }

    /// A clock for each replica whose copies are made anew elsewhere.
    pub(super) fn rebuild_clocks(&self, clocks: &mut Clocks) {
        for data in &self.plan.data {
            let Some(chunks) = &data.chunks else { continue };
            let name = Name::new("service").child(&self.plan.services[data.service as usize].name);
            for number in 1..=chunks.rebuilds.len() {
                clocks.clock(name.at(number).child("rebuilt"), Class::Restoration);
            }
        }
    }

    /// What people call one of these clocks, by its number among them.
    pub(super) fn rebuild_label(&self, number: u32) -> Option<String> {
        let first = |data: &&DataPlan| data.chunks.as_ref().is_some_and(|it| it.first_clock <= number);
        let data = self.plan.data.iter().rfind(first)?;
        let first = data.chunks.as_ref()?.first_clock;
        let replica = self.plan.services[data.service as usize].first_replica + number - first;
        Some(format!("the rebuild of what `{}` had", self.plan.replica_label(replica)))
    }

    /// The clock on which copies of a replica are made anew elsewhere, if they are, with the replica's number in its service.
    fn rebuild_clock(&self, data: usize, replica: u32) -> Option<Clock> {
        let chunks = self.plan.data[data].chunks.as_ref()?;
        let rebuilds = !chunks.rebuilds.is_empty();
        rebuilds.then(|| self.plan.blocks.rebuilds.clock(chunks.first_clock + replica))
    }

    /// A mode is restored whose failure had destroyed the copies of a replica: they are there again, unless others are
    /// already making them anew.
    pub(super) fn scattered_copy_is_back(&mut self, data: usize, replica: u32, cx: &Context<Event>) {
        let is_under_way = self.rebuild_clock(data, replica).is_some_and(|clock| cx.is_set(clock));
        if !is_under_way && let Some(chunks) = &mut self.data[data].chunks {
            chunks.turn(replica, false);
        }
    }

    /// A failure is known: others begin to make anew what it has destroyed.
    pub(super) fn begins_rebuild(&mut self, mode: u32, cx: &mut Context<Event>) {
        let Some((data, replica)) = self.copy_of(mode) else { return };
        let Some(clock) = self.rebuild_clock(data, replica) else { return };
        let (plan, state) = (&self.plan.data[data], &self.data[data]);
        let (Some(plan), Some(state)) = (&plan.chunks, &state.chunks) else { return };
        if has(&state.gone, replica) && !cx.is_set(clock) {
            let first = self.plan.services[self.plan.data[data].service as usize].first_replica;
            cx.set_after(clock, plan.rebuilds[replica as usize], Event::Rebuilt(first + replica));
        }
    }

    /// Others have made anew what a replica had.
    pub(super) fn rebuilt(&mut self, replica: u32) {
        let plan = &self.plan;
        let service = &plan.services[plan.replica_service[replica as usize] as usize];
        let number = service.data;
        let own = replica - service.first_replica;
        if let Some(chunks) = &mut self.data[number as usize].chunks {
            chunks.turn(own, false);
        }
        self.effect.cause = plan.data[number as usize].cause_of(self.data[number as usize].phase);
        self.effect.data = true;
        self.effect.steps.push((number, DataStep::Rebuilt(own)));
    }

    /// The counters are right again: chunks may be lost.
    pub(super) fn look_at_chunks(&mut self, number: u32, data: &DataPlan, cx: &mut Context<Event>) {
        let (Some(plan), Some(state)) = (&data.chunks, &mut self.data[number as usize].chunks) else {
            return;
        };
        let source = self.plan.blocks.data.source(number);
        let replicas = self.plan.services[data.service as usize].count;
        let new = state.newly_lost(plan, replicas, source, cx);
        if new > 0 {
            self.effect.steps.push((number, DataStep::Chunks(new)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Purpose, StreamKey};
    use crate::system::{Chunks, Data, Need, Placement};

    /// Whatever goes and comes, sets are lost as if each was looked at by itself.
    #[test]
    fn sets_are_lost_when_too_few_members_are_left() {
        let chunks = Chunks::new(100, 4, Placement::Copysets { scatter: 9 });
        let plan = ChunkPlan::new("store", 13, &Data::new(Need::Count(2)), &chunks, 0);
        let Layout::Sets(sets) = &plan.layout else { panic!("copysets are sets") };
        let key = StreamKey { seed: 1, trial: 0, name: Name::new("test"), purpose: Purpose::Choice };
        let (mut stream, mut state, mut is_gone) = (key.open(), ChunkState::default(), [false; 13]);
        let is_lost = |set: u32, is_gone: &[bool; 13]| {
            sets.members(set).iter().filter(|&&it| is_gone[it as usize]).count() >= 3
        };
        let (mut total, mut both) = (0, 0);
        for _ in 0..4000 {
            let before = is_gone;
            for _ in 0..=stream.word() % 5 {
                let replica = (stream.word() % 13) as usize;
                is_gone[replica] = !is_gone[replica];
                state.turn(replica as u32, is_gone[replica]);
                // Once more is as good as once.
                state.turn(replica as u32, is_gone[replica]);
            }
            let (fallen, risen) = (std::mem::take(&mut state.fallen), std::mem::take(&mut state.risen));
            both += u32::from(!fallen.is_empty() && !risen.is_empty());
            let new = (0..sets.len() as u32).filter(|&set| is_lost(set, &is_gone) && !is_lost(set, &before));
            let expected: u64 = new.map(|set| plan.in_set(sets, set)).sum();
            assert_eq!(state.lost_sets(&plan, sets, &fallen, &risen), expected);
            total += expected;
        }
        assert!(total > 1000 && both > 1000, "{total} chunks, {both} times both");
    }
}
