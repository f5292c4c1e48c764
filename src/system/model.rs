//! A system at work: the state of its modes, components, services and crews, and what each event changes.

use std::sync::Arc;

use super::backlog::Backlog;
use super::capacity::Capacity;
use super::crew::CrewState;
use super::effect::Effect;
pub use super::event::Event;
use super::failover::{Leader, Phase};
use super::feed::SupplyState;
use super::keeping::DataState;
use super::place::NONE;
use super::plan::{CauseClass, Plan};
use super::repair::Upkeep;
use super::resync::Copy;
use super::scale::ScaleState;
use super::sides::NetworkState;
use super::storm::Storm;
use super::trace::Replay;
use super::without::Reserve;
use super::work_state::{Hold, WorkState};
use super::{Problem, System};
use crate::engine::{Class, Clock, Clocks, Context, Model, Near, Runs, Watch};
use crate::random::Name;

/// The condition of a failure mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Condition {
    /// Works; its failure clock runs.
    Works,
    /// Failed, and nobody knows.
    Unfound,
    /// Failed, waiting for a spare, for what its repair needs, for its crew or for its site.
    Waits,
    /// Failed, under repair.
    Repaired,
    /// Being replaced, because of its age and not because it had failed.
    Renewed,
}

/// A compiled system: a [`Model`] whose state is flat and whose events cost what they touch.
///
/// Gates are counters: a component counts what keeps it down, a replica its components that are down, a service its
/// replicas or members that are up, and what keeps it down besides. An event changes the counters on its way up and
/// stops where nothing flips.
///
/// ```
/// use fivenines::engine::Simulator;
/// use fivenines::random::Law;
/// use fivenines::system::{Component, Need, Service, System, SystemModel};
/// use fivenines::units::{Duration, Instant};
///
/// let (life, repair) = (Law::exponential(Duration::hours(99.0)), Law::exponential(Duration::hours(1.0)));
/// let system = System::new()
///     .component("server", Component::new().mode("crash", life, repair))
///     .service("web", Service::replicas("server", 2).needs(Need::All));
/// let model = SystemModel::new(&system).unwrap();
/// let trial = Simulator::new(model, 42).levels(0, Instant::START + Duration::years(20.0).span());
/// assert!((trial.mean(0) - 0.99 * 0.99).abs() < 0.01);
/// ```
#[derive(Clone, Debug)]
pub struct SystemModel {
    pub(super) plan: Arc<Plan>,
    pub(super) modes: Vec<Condition>,
    /// For each site, each domain across sites and each supply, how many of its own modes have failed, scripted faults
    /// that take it, and kinds of supply that it lacks.
    pub(super) site_failed: Vec<u16>,
    /// For each component, what keeps it down: failed modes, scripted faults, and sites and domains around it that are
    /// down.
    pub(super) causes: Vec<u16>,
    /// For each component, sites and domains around it that are down.
    pub(super) blocked: Vec<u16>,
    /// For each replica, its components that are down.
    pub(super) replica_down: Vec<u16>,
    /// For each service, its replicas or members that are up.
    pub(super) up_count: Vec<u32>,
    /// For each service, the reasons it is down: an unmet need, a failover under way, each dependency that is down.
    pub(super) broken: Vec<u32>,
    pub(super) leaders: Vec<Leader>,
    /// For each replica what it has of its service's data; empty where nobody has to catch up.
    pub(super) copies: Vec<Copy>,
    /// What each service that keeps data has.
    pub(super) data: Vec<DataState>,
    /// For each service and what it can do without, how it is with that.
    pub(super) reserves: Vec<Reserve>,
    /// What waits for each of these; empty where nothing ever does.
    pub(super) queues: Vec<Backlog>,
    pub(super) crews: Vec<CrewState>,
    /// What repairs wait for besides.
    pub(super) upkeep: Upkeep,
    /// For each scripted fault, whether it lasts.
    pub(super) taken: Vec<bool>,
    pub(super) supplies: Vec<SupplyState>,
    /// For each gate, how many of its supplies serve.
    pub(super) serving: Vec<u16>,
    /// For each environment, whether a spell of it lasts.
    pub(super) spells: Vec<bool>,
    /// What each service that counts its capacity has, and what is asked of it.
    pub(super) capacities: Vec<Capacity>,
    /// Where the scaling of each service that scales is.
    pub(super) scales: Vec<ScaleState>,
    /// For each of them, where its clients' retries are; empty where nobody retries.
    pub(super) storms: Vec<Storm>,
    /// Where each replay of a log is.
    pub(super) replays: Vec<Replay>,
    /// Who reaches whom, where there is a network.
    pub(super) network: Option<Box<NetworkState>>,
    /// Where each planned work is.
    pub(super) works: Vec<WorkState>,
    /// For each component, whether it is being worked on or off; empty where there is no work and nothing scales. Follows
    /// from the works and scalings.
    pub(super) held: Vec<Hold>,
    /// How many of them by work that is no downtime.
    pub(super) excused: u32,
    /// For each certificate, whether it is out of date.
    pub(super) expired: Vec<bool>,
    /// What the last event did; not part of the state.
    pub(super) effect: Effect,
}

impl SystemModel {
    /// Checks a system and compiles it.
    ///
    /// # Errors
    /// Every mistake in the system.
    pub fn new(system: &System) -> Result<SystemModel, Vec<Problem>> {
        let problems = system.check();
        if !problems.is_empty() {
            return Err(problems);
        }
        let plan = Plan::new(system);
        let services = &plan.services;
        let network =
            plan.network.as_ref().map(|network| Box::new(NetworkState::new(network, services.len())));
        let mut model = SystemModel {
            modes: vec![Condition::Works; plan.modes.len()],
            site_failed: vec![0; plan.places as usize],
            causes: vec![0; plan.components.len()],
            blocked: vec![0; plan.components.len()],
            replica_down: vec![0; plan.replica_service.len()],
            up_count: services.iter().map(|service| service.count).collect(),
            broken: vec![0; services.len()],
            leaders: plan.failovers.iter().map(|_| Leader { replica: 0, phase: Phase::Steady }).collect(),
            copies: Self::good_copies(&plan),
            data: Self::all_kept(&plan),
            reserves: vec![Reserve::Full; plan.withouts.len()],
            queues: Self::empty_queues(&plan),
            crews: plan.crews.iter().map(|_| CrewState::default()).collect(),
            upkeep: Upkeep::new(&plan.upkeep),
            taken: vec![false; plan.script.len()],
            supplies: vec![SupplyState::default(); plan.supplies.len()],
            serving: plan.gates.iter().map(|gate| gate.supplies.len() as u16).collect(),
            spells: vec![false; plan.environments.len()],
            capacities: Self::full_capacities(&plan),
            scales: Self::all_on(&plan),
            storms: Self::calm(&plan),
            replays: Vec::new(),
            network,
            works: plan.works.iter().map(WorkState::new).collect(),
            held: Self::free(&plan),
            excused: 0,
            expired: vec![false; plan.certificates.len()],
            effect: Effect::default(),
            plan: Arc::new(plan),
        };
        model.settle_sides();
        Ok(model)
    }

    /// Names of the services, in the order in which they are observed.
    pub fn services(&self) -> impl ExactSizeIterator<Item = &str> {
        self.plan.seen().iter().map(|service| service.name.as_str())
    }

    /// The clients: for each, the place in [`SystemModel::services`] of the service that is up while they get through, and
    /// their weight.
    pub fn clients(&self) -> impl Iterator<Item = (usize, f64)> {
        let network = self.plan.network.iter();
        network.flat_map(|network| {
            let services = network.first_client as usize..;
            services.zip(network.clients.iter().map(|client| client.weight))
        })
    }

    /// True while the service, by its place in [`SystemModel::services`], meets its need.
    pub fn is_up(&self, service: usize) -> bool {
        self.broken[service] == 0
    }

    /// The first service, by name, that no other depends on or consists of; clients do not count.
    pub fn outermost(&self) -> usize {
        let services =
            self.plan.network.as_ref().map_or(self.plan.services.len() as u32, |it| it.first_client);
        let alone = |service: &super::plan::ServicePlan| {
            // What it votes in for itself is not above it.
            let votes_for_others = service.electorates.iter().any(|it| !service.dependencies.contains(it));
            let needed = |service: &super::plan::ServicePlan| {
                service.dependents.iter().any(|&above| above < services) || !service.missed.is_empty()
            };
            // What is in cells is needed where one of these is.
            let mut cells = service.members.iter().filter(|&&member| self.plan.is_part(member));
            !needed(service)
                && !cells.any(|&cell| needed(&self.plan.services[cell as usize]))
                && service.groups.is_empty()
                && !votes_for_others
        };
        self.plan.services.iter().position(alone).expect("a checked system has services without a cycle")
    }

    /// What downtime can be booked to.
    pub fn cause_classes(&self) -> &[CauseClass] {
        &self.plan.causes
    }

    /// How many components there are.
    pub fn components(&self) -> usize {
        self.plan.components.len()
    }

    pub(super) fn failure_clock(mode: u32) -> Clock {
        Clock::from_index(2 * mode as usize)
    }

    pub(super) fn restoration_clock(mode: u32) -> Clock {
        Clock::from_index(2 * mode as usize + 1)
    }

    #[inline]
    pub(super) fn fails(&mut self, mode: u32, cx: &mut Context<Event>) {
        self.modes[mode as usize] = Condition::Waits;
        let plan = self.plan.modes[mode as usize];
        if plan.care == NONE || !self.fails_unnoticed(mode, cx) {
            self.request_repair(mode, cx);
        }
        self.failure_shows(mode, cx);
    }

    /// A mode fails, and nobody knows until somebody notices what struck it.
    pub(super) fn fails_unknown(&mut self, mode: u32, cx: &mut Context<Event>) {
        if !self.fails_unnoticed(mode, cx) {
            self.modes[mode as usize] = Condition::Unfound;
        }
        self.failure_shows(mode, cx);
    }

    /// What a failure means to all that is not its repair.
    #[inline]
    pub(super) fn failure_shows(&mut self, mode: u32, cx: &mut Context<Event>) {
        let plan = self.plan.modes[mode as usize];
        if plan.care != NONE {
            self.stop_age(mode, cx);
            self.copy_destroyed(mode);
        }
        if plan.replay != NONE {
            self.logged_down(plan.replay, cx);
        }
        match plan.unit.checked_sub(self.plan.places) {
            Some(component) => self.mode_takes(mode, component, plan.service),
            None => self.place_loses(plan.unit, cx),
        }
    }

    #[inline]
    fn restored(&mut self, mode: u32, cx: &mut Context<Event>) {
        let plan = self.plan.modes[mode as usize];
        self.effect.cause = plan.cause;
        if plan.care != NONE {
            return self.restored_with_care(mode, cx);
        }
        self.modes[mode as usize] = Condition::Works;
        self.set_failure(mode, cx);
        self.repair_done(mode, cx);
        self.restoration_shows(mode, cx);
    }

    /// The same for a mode of which there is more to say than a crew.
    fn restored_with_care(&mut self, mode: u32, cx: &mut Context<Event>) {
        let is_repair = self.modes[mode as usize] == Condition::Repaired;
        self.effect.struck.clear();
        self.effect.cause = self.cause_of(mode);
        let error = if is_repair { self.goes_wrong(mode, cx) } else { None };
        if error.is_some() && !self.may_break(mode) {
            return self.repairs_again(mode, cx);
        }
        self.modes[mode as usize] = Condition::Works;
        self.set_failure(mode, cx);
        if is_repair {
            self.copy_rebuilt(mode, cx);
            self.repair_done(mode, cx);
            self.uses_spare(mode, cx);
        }
        self.restoration_shows(mode, cx);
        if let Some(error) = error {
            self.breaks_neighbour(error, cx);
        }
    }

    /// What a restoration means to all that is not its repair.
    #[inline]
    fn restoration_shows(&mut self, mode: u32, cx: &mut Context<Event>) {
        let plan = self.plan.modes[mode as usize];
        if plan.replay != NONE {
            self.logged_up(plan.replay, cx);
        }
        match plan.unit.checked_sub(self.plan.places) {
            Some(component) => self.mode_gives(mode, component, plan.service),
            None => self.place_gains(plan.unit, cx),
        }
    }

    /// A mode's failure takes a component down, or does something else to a link.
    #[inline]
    pub(super) fn mode_takes(&mut self, mode: u32, component: u32, service: u32) {
        if self.plan.is_slow(mode) {
            self.component_slows(mode);
        } else if service != self.plan.hidden_service || !self.link_suffers(mode) {
            self.component_loses(component, service);
        }
    }

    /// It is over.
    #[inline]
    fn mode_gives(&mut self, mode: u32, component: u32, service: u32) {
        if self.plan.is_slow(mode) {
            self.component_quickens(mode);
        } else if service != self.plan.hidden_service || !self.link_recovers(mode) {
            self.component_gains(component, service);
        }
    }

    /// The counters are right again: failovers begin and end, repairs are asked for, what they rest on is looked at, and work
    /// that waited goes on, which may touch all that anew.
    #[inline]
    fn settle(&mut self, cx: &mut Context<Event>) {
        if self.plan.settles {
            self.settle_all(cx);
        }
        debug_assert!(
            self.effect.is_settled() && (self.plan.settles || self.effect.is_plain()),
            "something was left for the end of an event that nobody looks at"
        );
    }

    fn settle_all(&mut self, cx: &mut Context<Event>) {
        loop {
            self.settle_sides();
            while let Some(failover) = self.effect.touched.pop() {
                self.look_at_leader(failover, cx);
                self.settle_sides();
            }
            while let Some(number) = self.effect.storms.pop() {
                self.look_at_storm(number, cx);
            }
            while let Some(edge) = self.effect.reserves.pop() {
                self.look_at_reserve(edge, cx);
            }
            while let Some(service) = self.effect.copies.pop() {
                self.look_at_copies(service, cx);
            }
            if std::mem::take(&mut self.effect.data) {
                self.look_at_data(cx);
                continue;
            }
            let held = &self.upkeep.held;
            if !self.effect.asks.is_empty() || !self.effect.supports.is_empty() || !held.is_empty() {
                self.settle_upkeep(cx);
            }
            if !self.effect.strained.is_empty() || !self.effect.paced.is_empty() {
                self.settle_stresses(cx);
            }
            while let Some(scaling) = self.effect.scalings.pop() {
                self.look_at_scaling(scaling, cx);
            }
            let Some(work) = self.effect.waiting.pop() else { return };
            self.look_at_work(work, cx);
        }
    }
}

impl Model for SystemModel {
    type Event = Event;

    fn clocks(&mut self, clocks: &mut Clocks) {
        let plan = &self.plan;
        let (all, sources) = plan.blocks.end.before();
        clocks.reserve(all, sources);
        for unit in 0..plan.unit_modes.len() as u32 - 1 {
            let name = plan.unit_name(unit);
            for mode in plan.modes_of(unit) {
                let name = name.child(plan.mode_name(mode));
                clocks.clock(name.child("fails"), Class::Fault);
                clocks.clock(name.child("restored"), Class::Restoration);
            }
        }
        for failover in &plan.failovers {
            let service = &plan.services[failover.service as usize].name;
            let name = Name::new("service").child(service).child("failover");
            clocks.clock(name, Class::Control);
            clocks.source(name.child("succeeds"));
        }
        for shock in &plan.shocks {
            let name = shock.luck();
            clocks.clock(name.child("strikes"), Class::Fault);
            clocks.source(name.child("hits"));
        }
        self.script_clocks(clocks);
        self.trace_sources(clocks);
        self.upkeep_clocks(clocks);
        self.supply_clocks(clocks);
        self.environment_clocks(clocks);
        self.cascade_sources(clocks);
        self.load_clocks(clocks);
        self.spread_clocks(clocks);
        self.work_clocks(clocks);
        self.certificate_clocks(clocks);
        self.resync_clocks(clocks);
        self.slip_sources(clocks);
        self.age_clocks(clocks);
        self.data_clocks(clocks);
        self.without_clocks(clocks);
        self.storm_clocks(clocks);
        self.alarm_clocks(clocks);
        self.failback_clocks(clocks);
        self.scaling_clocks(clocks);
        self.rebuild_clocks(clocks);
        assert_eq!((clocks.len(), clocks.sources()), (all, sources), "blocks are as they were declared");
    }

    fn start(&mut self, cx: &mut Context<Event>) {
        self.start_loads(cx);
        self.start_scalings(cx);
        for mode in 0..self.plan.modes.len() as u32 {
            self.set_failure(mode, cx);
        }
        for (shock, plan) in self.plan.shocks.iter().enumerate() {
            cx.set(self.shock_clock(shock as u32), &plan.strikes, Event::Strikes(shock as u32));
        }
        self.start_script(cx);
        self.start_traces(cx);
        self.start_supplies(cx);
        self.start_environments(cx);
        self.start_works(cx);
        self.start_certificates(cx);
        // A need that cannot be met: down from the start.
        for service in 0..self.plan.services.len() as u32 {
            if self.up_count[service as usize] < self.plan.services[service as usize].need {
                self.breaks(service);
            }
        }
        self.start_duties(cx);
        self.start_queues();
        (0..self.leaders.len() as u32).for_each(|failover| self.await_alarm(failover, cx));
        self.settle(cx);
    }

    fn on(&mut self, event: Event, cx: &mut Context<Event>) {
        self.effect.flipped.clear();
        self.effect.progress.clear();
        self.effect.found.clear();
        if self.plan.settles {
            self.effect.forget();
        }
        match event {
            Event::Fails(mode) => {
                self.fails(mode, cx);
                if !self.plan.cascades.is_empty() {
                    self.cascades(mode, cx);
                }
            }
            Event::Restored(mode) => self.restored(mode, cx),
            Event::Failover(failover) => self.failover_moves(failover, cx),
            Event::Strikes(shock) => {
                self.effect.struck.clear();
                self.strikes(shock, cx);
            }
            Event::Begins(fault) => self.fault_begins(fault, cx),
            Event::Ends(fault) => self.fault_ends(fault, cx),
            Event::Spreads(number) => {
                self.effect.struck.clear();
                self.spreads(number, cx);
            }
            Event::Found(mode) => self.find(mode, cx),
            Event::Delivered(shelf) => self.delivered(shelf, cx),
            Event::Arrives(duty) => self.arrives(duty, cx),
            Event::Shift(duty) => self.shift_changes(duty, cx),
            Event::Supply(supply, step) => self.supply_moves(supply, step, cx),
            Event::Environment(number) => self.environment_turns(number, cx),
            Event::Load(number) => self.load_turns(number, cx),
            Event::Work(work, tick) => self.work_moves(work, tick, cx),
            Event::Expires(certificate) => self.expires(certificate, cx),
            Event::Renewed(certificate) => self.renewed(certificate),
            Event::CaughtUp(replica) => self.caught_up(replica),
            Event::Ages(mode) => self.ages(mode, cx),
            Event::Data(number) => self.data_moves(number, cx),
            Event::Spent(edge) => self.reserve_spent(edge, cx),
            Event::Breaker(number) => self.breaker_moves(number, cx),
            Event::Alarm(failover) => self.false_alarm(failover, cx),
            Event::Failback(failover) => self.fails_back(failover, cx),
            Event::Scale(scaling, step) => self.scales(scaling, step, cx),
            Event::Rebuilt(replica) => self.rebuilt(replica),
        }
        self.settle(cx);
    }

    #[inline]
    fn foresee(&self, event: &Event, near: Near<'_, Event>) {
        let mode = match *event {
            Event::Fails(mode) => {
                near.clock(Self::restoration_clock(mode));
                mode
            }
            Event::Restored(mode) => {
                near.clock(Self::failure_clock(mode));
                mode
            }
            _ => return,
        };
        std::hint::black_box(self.modes[mode as usize]);
        let plan = self.plan.modes[mode as usize];
        if let Some(component) = plan.unit.checked_sub(self.plan.places) {
            let replica = self.plan.services[plan.service as usize].replica_of(component);
            std::hint::black_box((self.causes[component as usize], self.replica_down[replica as usize]));
        }
    }

    fn observe(&self, watch: &mut Watch) {
        self.show(watch);
    }

    fn measures(&self) -> Vec<String> {
        self.shown()
    }

    fn label(&self, clock: Clock) -> String {
        self.clock_label(clock)
    }

    fn stand_ins(&self, runs: &Runs<Event>, places: &mut [u32]) {
        self.find_stand_ins(runs, places);
    }

    fn canonical(&mut self, runs: &mut Runs<Event>) {
        self.sort_alike(runs);
    }
}
