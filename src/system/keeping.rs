//! Data at work: copies that are destroyed and rebuilt, losses, and what is restored from backups.

use super::data_plan::DataPlan;
use super::model::{Condition, Event, SystemModel};
use super::place::NONE;
use super::plan::Plan;
use super::scattered::ChunkState;
use crate::engine::{Class, Clocks, Context, Model, Watch};
use crate::random::Name;
use crate::units::{Duration, Span};

/// A service's data.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct DataState {
    /// For each group, how many of its copies are destroyed; follows from the modes.
    pub destroyed: Vec<u32>,
    pub phase: DataPhase,
    /// Where data are in chunks: these. Theirs is all that is ever lost, and the rest stays as it is.
    pub chunks: Option<Box<ChunkState>>,
}

/// Where data are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum DataPhase {
    /// There.
    Kept,
    /// Lost; somebody has to decide to restore this backup.
    Decides(u32),
    /// The backup, or what it would be restored to, is not there: so many copies of it did not work.
    Waits(u32, u32),
    /// A copy of a backup is being restored.
    Restores(u32, u32),
    /// Lost for good; the service has no new data yet.
    Gone,
    /// Lost for good; the service is to have new data as soon as there is something to keep them.
    Anew,
}

/// A step in what becomes of data, for whoever keeps books.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DataStep {
    /// Too few copies are left.
    Lost,
    /// A copy of a backup, so many before the newest, is restored; it was complete, or is behind, by so much.
    Restored(u32, u32, Span),
    /// The leader is down, or taken for it: what it wrote last is not yet elsewhere.
    Stopped,
    /// Another replica leads, and lacks what was written in so much time before.
    LeftBehind(Span),
    /// No backup is left either.
    Gone,
    /// There are new data.
    Anew,
    /// So many chunks have too few copies left: they are lost for good.
    Chunks(u64),
    /// Others have made anew what this replica had.
    Rebuilt(u32),
}

impl SystemModel {
    /// A clock and two sources for each service that keeps data.
    pub(super) fn data_clocks(&self, clocks: &mut Clocks) {
        for data in &self.plan.data {
            let name =
                Name::new("service").child(&self.plan.services[data.service as usize].name).child("data");
            clocks.clock(name.child("restored"), Class::Restoration);
            clocks.source(name.child("works"));
            clocks.source(name.child("lag"));
        }
    }

    pub(super) fn data_label(&self, number: u32) -> Option<String> {
        let data = self.plan.data.get(number as usize)?;
        Some(format!("the restoration of the data of `{}`", self.plan.services[data.service as usize].name))
    }

    /// Everything there: the state in which a trial begins.
    pub(super) fn all_kept(plan: &Plan) -> Vec<DataState> {
        let whole = |data: &DataPlan| DataState {
            destroyed: vec![0; data.groups.iter().max().map_or(1, |&last| last as usize + 1)],
            phase: DataPhase::Kept,
            chunks: data.chunks.as_ref().map(|_| Box::default()),
        };
        plan.data.iter().map(whole).collect()
    }

    /// Services that keep data, in order: the name of each, and the longest time that a restored copy, or a replica that
    /// takes over, can lack; nothing where there is no longest.
    pub fn kept_data(&self) -> impl ExactSizeIterator<Item = (&str, Option<Duration>)> {
        let kept = self.plan.data.iter().filter(|data| data.part == 0);
        let kept = kept.map(|data| (self.plan.known_as(data.service), data.longest_point()));
        kept.collect::<Vec<_>>().into_iter()
    }

    /// For each of them, the measures that say whether all its data are there, each part's where it is divided. The measure
    /// behind each says whether they are not lost for good.
    pub fn data_measures(&self) -> Vec<DataMeasures> {
        let kept = self.kept_data().len();
        let count = self.measures().len();
        let mut parts = count - 2 * self.divided_data().count();
        let first = parts - 2 * kept;
        let mut measures: Vec<DataMeasures> =
            (0..kept).map(|place| DataMeasures { whole: first + 2 * place, parts: Vec::new() }).collect();
        for data in self.divided_data() {
            measures[data.kept as usize].parts.push(parts);
            parts += 2;
        }
        measures
    }

    /// Data of services that are divided.
    fn divided_data(&self) -> impl Iterator<Item = &DataPlan> {
        self.plan.data.iter().filter(|data| self.plan.is_part(data.service))
    }

    /// True while a service has its data, or keeps none.
    pub(super) fn has_data(&self, service: u32) -> bool {
        let state = self.data.get(self.plan.services[service as usize].data as usize);
        state.is_none_or(|state| state.phase == DataPhase::Kept)
            && self.plan.parts_of(service).all(|part| self.has_data(part))
    }

    /// The data that a mode's failure takes a copy of, and the replica's number in its service, unless another failure has
    /// destroyed it.
    pub(super) fn copy_of(&self, mode: u32) -> Option<(usize, u32)> {
        let plan = &self.plan;
        if !plan.destroys(mode) {
            return None;
        }
        let component = plan.modes[mode as usize].unit.checked_sub(plan.places)?;
        let replica = plan.components[component as usize].replica;
        let service = &plan.services[plan.replica_service[replica as usize] as usize];
        plan.data.get(service.data as usize)?;
        let first = plan.places + service.first_component + (replica - service.first_replica) * service.stack;
        let others = (first..first + service.stack).flat_map(|unit| plan.modes_of(unit));
        let destroyed = others.filter(|&other| other != mode).any(|other| {
            let failed = !matches!(self.modes[other as usize], Condition::Works | Condition::Renewed);
            failed && plan.destroys(other)
        });
        (!destroyed).then_some((service.data as usize, replica - service.first_replica))
    }

    /// A mode has failed, which may destroy a copy. What is replaced because of its age was copied before.
    pub(super) fn copy_destroyed(&mut self, mode: u32) {
        if self.data.is_empty() || self.modes[mode as usize] == Condition::Renewed {
            return;
        }
        let Some((data, replica)) = self.copy_of(mode) else { return };
        match &mut self.data[data].chunks {
            Some(chunks) => chunks.turn(replica, true),
            None => {
                let group = self.plan.data[data].groups[replica as usize];
                self.data[data].destroyed[group as usize] += 1;
            }
        }
        self.effect.data = true;
    }

    /// A mode is restored, and with it the copy that it had destroyed.
    pub(super) fn copy_rebuilt(&mut self, mode: u32, cx: &Context<Event>) {
        if self.data.is_empty() {
            return;
        }
        let Some((data, replica)) = self.copy_of(mode) else { return };
        if self.data[data].chunks.is_some() {
            self.scattered_copy_is_back(data, replica, cx);
        } else {
            let group = self.plan.data[data].groups[replica as usize];
            self.data[data].destroyed[group as usize] -= 1;
        }
        self.effect.data = true;
    }

    /// A service that may keep others' backups went up or down.
    pub(super) fn touch_store(&mut self, service: u32) {
        let keeps = |data: &DataPlan| data.backups.iter().any(|backup| backup.kept_in == service);
        self.effect.data |= self.plan.data.iter().any(keeps);
    }

    /// The counters are right again: data are lost or there again, and restorations begin or wait.
    pub(super) fn look_at_data(&mut self, cx: &mut Context<Event>) {
        let plan = self.plan.clone();
        // All losses first: of two that one event makes, neither is the other's backup.
        for (number, data) in (0..).zip(&plan.data) {
            self.look_at_chunks(number, data, cx);
            let state = &self.data[number as usize];
            if state.phase == DataPhase::Kept && !data.suffices(&state.destroyed) {
                self.data[number as usize].phase = DataPhase::Decides(0);
                self.effect.steps.push((number, DataStep::Lost));
                self.breaks(data.service);
                if let Some(decision) = data.decision.as_ref().filter(|_| !data.backups.is_empty()) {
                    cx.set(plan.blocks.data.clock(number), decision, Event::Data(number));
                }
            }
        }
        for (number, data) in (0..).zip(&plan.data) {
            while self.goes_on(number, data, cx) {}
        }
    }

    /// Moves data on where nothing has to be waited for. True where there may be more to do.
    fn goes_on(&mut self, number: u32, data: &DataPlan, cx: &mut Context<Event>) -> bool {
        let clock = self.plan.blocks.data.clock(number);
        let state = &self.data[number as usize];
        let suffices = data.suffices(&state.destroyed);
        let next = match state.phase {
            DataPhase::Kept | DataPhase::Gone => return false,
            DataPhase::Anew if suffices => {
                self.effect.steps.push((number, DataStep::Anew));
                self.data_returns(number, data);
                return false;
            }
            DataPhase::Anew => return false,
            DataPhase::Decides(backup) | DataPhase::Waits(backup, _) | DataPhase::Restores(backup, _)
                if !self.has_backup(data, backup) =>
            {
                match (backup as usize) < data.backups.len() {
                    true => self.tries_next(state.phase, backup, cx, clock),
                    false => self.is_gone(number, data, cx),
                }
            }
            DataPhase::Decides(_) if cx.is_set(clock) => return false,
            DataPhase::Decides(backup) => DataPhase::Waits(backup, 0),
            DataPhase::Waits(backup, before) if suffices && self.is_reachable(data, backup) => {
                cx.set(clock, &data.backups[backup as usize].restores, Event::Data(number));
                DataPhase::Restores(backup, before)
            }
            DataPhase::Restores(backup, before) if !self.is_reachable(data, backup) => {
                cx.cancel(clock);
                DataPhase::Waits(backup, before)
            }
            DataPhase::Waits(..) | DataPhase::Restores(..) => return false,
        };
        self.data[number as usize].phase = next;
        true
    }

    /// Whether what keeps a backup has it.
    fn has_backup(&self, data: &DataPlan, backup: u32) -> bool {
        let backup = data.backups.get(backup as usize);
        backup.is_some_and(|backup| backup.kept_in == NONE || self.has_data(backup.kept_in))
    }

    fn is_reachable(&self, data: &DataPlan, backup: u32) -> bool {
        let store = data.backups[backup as usize].kept_in;
        store == NONE || self.is_up(store as usize)
    }

    /// A backup is gone: on to the next, about which there is nothing more to decide once that is done.
    fn tries_next(
        &self,
        phase: DataPhase,
        backup: u32,
        cx: &mut Context<Event>,
        clock: crate::engine::Clock,
    ) -> DataPhase {
        if let DataPhase::Decides(_) = phase {
            return DataPhase::Decides(backup + 1);
        }
        cx.cancel(clock);
        DataPhase::Waits(backup + 1, 0)
    }

    fn is_gone(&mut self, number: u32, data: &DataPlan, cx: &mut Context<Event>) -> DataPhase {
        let clock = self.plan.blocks.data.clock(number);
        cx.cancel(clock);
        self.effect.steps.push((number, DataStep::Gone));
        match &data.anew {
            Some(anew) => {
                cx.set(clock, anew, Event::Data(number));
                DataPhase::Gone
            }
            None => DataPhase::Anew,
        }
    }

    fn data_returns(&mut self, number: u32, data: &DataPlan) {
        // Where nothing had a time of its own, the last copy's restoration is what ended it.
        self.data[number as usize].phase = DataPhase::Kept;
        self.comes_nearer(data.service);
        self.mends(data.service);
    }

    /// A decision is made, a copy is restored, or there are new data.
    pub(super) fn data_moves(&mut self, number: u32, cx: &mut Context<Event>) {
        let plan = self.plan.clone();
        let data = &plan.data[number as usize];
        let phase = self.data[number as usize].phase;
        self.effect.cause = data.cause_of(phase);
        self.effect.data = true;
        self.comes_nearer(data.service);
        let next = match phase {
            DataPhase::Decides(backup) => DataPhase::Waits(backup, 0),
            DataPhase::Restores(backup, before) => {
                let of = &data.backups[backup as usize];
                let works = of.works >= 1.0 || cx.chance(plan.blocks.data.source(2 * number), of.works);
                match works {
                    _ if !data.suffices(&self.data[number as usize].destroyed) => {
                        DataPhase::Waits(backup, before)
                    }
                    true => {
                        let lag = cx.note(plan.blocks.data.source(2 * number + 1), &of.lag);
                        self.effect.steps.push((number, DataStep::Restored(backup, before, lag)));
                        return self.data_returns(number, data);
                    }
                    false if before + 1 < of.keeps => DataPhase::Waits(backup, before + 1),
                    false => DataPhase::Waits(backup + 1, 0),
                }
            }
            DataPhase::Gone => DataPhase::Anew,
            DataPhase::Kept | DataPhase::Waits(..) | DataPhase::Anew => {
                unreachable!("nothing is under way in these phases")
            }
        };
        self.data[number as usize].phase = next;
    }

    /// What data have just become, for a story.
    pub(super) fn data_story(&self) -> impl Iterator<Item = (String, String)> {
        self.effect.steps.iter().filter_map(|&(number, step)| {
            let data = &self.plan.data[number as usize];
            let service = self.plan.services[data.service as usize].name.clone();
            let told = match step {
                DataStep::Lost => "too few copies are left".to_owned(),
                DataStep::Stopped => return None,
                DataStep::LeftBehind(lag) => {
                    let lag = Duration::from_secs(lag.as_secs_f64()).expect("a span is a duration");
                    format!("what was written in the last {lag} is left behind")
                }
                DataStep::Restored(backup, 0, _) => {
                    format!("restored from {}", data.backups[backup as usize].name)
                }
                DataStep::Restored(backup, before, _) => {
                    format!(
                        "restored from {}, {before} before the newest",
                        data.backups[backup as usize].name
                    )
                }
                DataStep::Gone => "lost for good".to_owned(),
                DataStep::Anew => "there are new ones".to_owned(),
                DataStep::Chunks(1) => "a chunk is lost".to_owned(),
                DataStep::Chunks(count) => format!("{count} chunks are lost"),
                DataStep::Rebuilt(replica) => {
                    let first = self.plan.services[data.service as usize].first_replica;
                    format!("what {} had is rebuilt elsewhere", self.plan.replica_label(first + replica))
                }
            };
            Some((service, told))
        })
    }

    /// The leader of a service is down, or taken for it.
    pub(super) fn writes_stop(&mut self, service: u32) {
        let number = self.plan.services[service as usize].data;
        if self.plan.data.get(number as usize).is_some_and(|data| data.lag.is_some()) {
            self.effect.steps.push((number, DataStep::Stopped));
        }
    }

    /// A replica leads that did not, and does not have what was written last where replicas are behind.
    pub(super) fn leaves_behind(&mut self, service: u32, cx: &mut Context<Event>) {
        let number = self.plan.services[service as usize].data;
        let Some(lag) = self.plan.data.get(number as usize).and_then(|data| data.lag.as_ref()) else {
            return;
        };
        let lag = cx.note(self.plan.blocks.data.source(2 * number + 1), lag);
        if lag > Span::ZERO && self.has_data(service) {
            self.effect.steps.push((number, DataStep::LeftBehind(lag)));
        }
    }

    /// The class of what keeps a service's data away right now.
    pub(super) fn data_causes(&self, service: u32, causes: &mut Vec<u32>) {
        let number = self.plan.services[service as usize].data;
        if let Some(state) = self.data.get(number as usize).filter(|state| state.phase != DataPhase::Kept) {
            causes.push(self.plan.data[number as usize].cause_of(state.phase));
        }
    }
}

impl SystemModel {
    /// Shows for each service that keeps data whether it has them, and whether it has not lost them for good; behind these
    /// the same for each part of those that are divided.
    pub(super) fn show_data(&self, watch: &mut Watch) {
        let is_there = |state: &DataState| state.phase == DataPhase::Kept;
        let is_not_gone = |state: &DataState| !matches!(state.phase, DataPhase::Gone | DataPhase::Anew);
        let mut states = &self.data[..];
        for parts in self.plan.data.chunk_by(|a, b| a.kept == b.kept) {
            let (own, others) = states.split_at(parts.len());
            watch.up(own.iter().all(is_there));
            watch.up(own.iter().all(is_not_gone));
            states = others;
        }
        for data in self.divided_data() {
            let state = &self.data[self.plan.services[data.service as usize].data as usize];
            watch.up(is_there(state));
            watch.up(is_not_gone(state));
        }
    }

    /// Names of what is shown of data.
    pub(super) fn shown_data(&self) -> impl Iterator<Item = String> {
        let parts = self.divided_data().map(|data| self.plan.services[data.service as usize].name.as_str());
        let names = self.kept_data().map(|(name, _)| name).chain(parts);
        names.flat_map(|name| [format!("{name}, data"), format!("{name}, data for good")])
    }
}

/// Where a model's measures say what became of a service's data.
///
/// ```
/// use fivenines::system::DataMeasures;
///
/// let whole = DataMeasures { whole: 3, parts: Vec::new() };
/// assert_eq!(whole.each(), [3]);
/// let two_shards = DataMeasures { whole: 3, parts: vec![5, 7] };
/// assert_eq!(two_shards.each(), [5, 7]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataMeasures {
    /// That of all data; the next is down while some are lost for good.
    pub whole: usize,
    /// Those of each part; none where the service is whole.
    pub parts: Vec<usize>,
}

impl DataMeasures {
    /// Those of which each loss is one.
    pub fn each(&self) -> &[usize] {
        if self.parts.is_empty() { std::slice::from_ref(&self.whole) } else { &self.parts }
    }
}
