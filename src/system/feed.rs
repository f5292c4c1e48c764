//! Supplies at work: what the failure of a feed, its buffer and its backup mean to the places that it feeds.

use super::model::{Condition, Event, SystemModel};
use super::script::Taken;
use crate::engine::{Class, Clock, Clocks, Context};
use crate::random::{Law, Name};

/// A compiled supply: a place of its own, whose modes are those of the supply.
#[derive(Clone, Debug)]
pub(super) struct SupplyPlan {
    /// `power` or `cooling`.
    pub kind: &'static str,
    pub name: String,
    /// The site that has it for itself, where each of a level has one.
    pub site: Option<String>,
    /// Its number among its copies, from 1.
    pub copy: u32,
    /// Its number among sites, domains and supplies.
    pub place: u32,
    pub ride_through: Option<Law>,
    pub recharges: Option<Law>,
    pub returns: Option<Law>,
    pub backup: Option<BackupPlan>,
    /// The gates that it feeds.
    pub gates: Vec<u32>,
    /// The first of its classes of causes besides its modes, one for each [`Blame`].
    pub causes: u32,
}

impl SupplyPlan {
    /// What its luck is named after.
    pub fn luck(&self) -> Name {
        let name = Name::new(self.kind).child(&self.name);
        let name = self.site.iter().fold(name, |name, site| name.child(site));
        // A second feed beside it leaves its luck alone.
        if self.copy == 1 { name } else { name.at(self.copy as usize) }
    }
}

impl std::fmt::Display for SupplyPlan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.kind, self.name)?;
        self.site.iter().try_for_each(|site| write!(f, " at {site}"))?;
        if self.copy == 1 { Ok(()) } else { write!(f, ", number {}", self.copy) }
    }
}

#[derive(Clone, Debug)]
pub(super) struct BackupPlan {
    pub starts: f64,
    pub start_time: Law,
    pub fails: Law,
    pub restored: Law,
    pub lasts: Law,
}

/// Places that the same supplies of a kind feed, other supplies among them: down while all of these are out.
#[derive(Clone, Debug)]
pub(super) struct GatePlan {
    pub supplies: Vec<u32>,
    pub places: Vec<u32>,
}

/// What an outage of a supply is due to besides its own failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Blame {
    NotStarted,
    Broken,
    RanOut,
    Starting,
    Returning,
}

impl Blame {
    /// In the order of their classes.
    pub const WORDS: [&str; 5] =
        ["backup did not start", "backup failed", "backup ran out", "backup starting", "returning"];
}

/// The condition of a supply; whether it has failed is the condition of its place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct SupplyState {
    pub buffer: Buffer,
    pub backup: Standby,
    pub output: Output,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) enum Buffer {
    #[default]
    Full,
    Drains,
    /// Charging, with what was left in it.
    Holds,
    Empty,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) enum Standby {
    #[default]
    Ready,
    Starts,
    Serves,
    /// It did not start and is being repaired.
    NotStarted,
    /// It failed while it served and is being repaired.
    Broken,
    /// It has nothing left to run on.
    RanOut,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) enum Output {
    #[default]
    Serves,
    Out,
    /// It serves again, and what it feeds is not back yet.
    Returns,
}

/// What happens to a supply, each on a clock of its own.
///
/// ```
/// use fivenines::system::SupplyStep;
///
/// assert_ne!(SupplyStep::Drained, SupplyStep::Recharged);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SupplyStep {
    /// The buffer is empty.
    Drained,
    /// The buffer is full.
    Recharged,
    /// The backup has started, or has not.
    Started,
    /// The backup fails while it serves.
    Broke,
    /// The backup has nothing left to run on.
    RanOut,
    /// The backup is repaired.
    Mended,
    /// What the supply feeds is back.
    Returned,
}

impl SupplyStep {
    /// All, in the order of their clocks.
    const ALL: [SupplyStep; 7] = [
        SupplyStep::Drained,
        SupplyStep::Recharged,
        SupplyStep::Started,
        SupplyStep::Broke,
        SupplyStep::RanOut,
        SupplyStep::Mended,
        SupplyStep::Returned,
    ];
    /// How many clocks a supply has.
    pub(super) const COUNT: usize = SupplyStep::ALL.len();

    fn name(self) -> &'static str {
        match self {
            SupplyStep::Drained => "drained",
            SupplyStep::Recharged => "recharged",
            SupplyStep::Started => "started",
            SupplyStep::Broke => "fails",
            SupplyStep::RanOut => "runs out",
            SupplyStep::Mended => "restored",
            SupplyStep::Returned => "returned",
        }
    }
}

impl SystemModel {
    fn supply_clock(&self, supply: u32, step: SupplyStep) -> Clock {
        self.plan.blocks.supplies.clock(supply * SupplyStep::COUNT as u32 + step as u32)
    }

    /// Seven clocks and a source for each supply.
    pub(super) fn supply_clocks(&self, clocks: &mut Clocks) {
        for supply in &self.plan.supplies {
            let name = supply.luck();
            for step in SupplyStep::ALL {
                let class = match step {
                    SupplyStep::Broke | SupplyStep::RanOut => Class::Fault,
                    SupplyStep::Mended | SupplyStep::Returned => Class::Restoration,
                    _ => Class::Control,
                };
                clocks.clock(name.child(step.name()), class);
            }
            clocks.source(name.child("starts"));
        }
    }

    /// What people call one of the supplies' clocks, by its number among them.
    pub(super) fn supply_label(&self, number: u32) -> String {
        let supply = &self.plan.supplies[number as usize / SupplyStep::COUNT];
        let what = match SupplyStep::ALL[number as usize % SupplyStep::COUNT] {
            SupplyStep::Drained => "ride-through",
            SupplyStep::Recharged => "recharging",
            SupplyStep::Started => "start of the backup",
            SupplyStep::Broke => "time to failure of the backup",
            SupplyStep::RanOut => "time that the backup lasts",
            SupplyStep::Mended => "time to restoration of the backup",
            SupplyStep::Returned => "time to return",
        };
        format!("the {what} of `{supply}`")
    }

    pub(super) fn start_supplies(&mut self, cx: &mut Context<Event>) {
        for supply in 0..self.plan.supplies.len() as u32 {
            self.set_wear(supply, cx);
        }
    }

    /// A backup ages only while it serves: until then its clock stands still.
    fn set_wear(&self, supply: u32, cx: &mut Context<Event>) {
        if let Some(backup) = &self.plan.supplies[supply as usize].backup {
            let clock = self.supply_clock(supply, SupplyStep::Broke);
            cx.set(clock, &backup.fails, Event::Supply(supply, SupplyStep::Broke));
            cx.set_speed(clock, 0.0);
        }
    }

    /// True while a supply itself has failed, whatever stands in for it.
    fn has_failed(&self, supply: u32) -> bool {
        self.site_failed[self.plan.supplies[supply as usize].place as usize] > 0
    }

    /// A supply fails: its backup is started, and its buffer drains.
    pub(super) fn supply_fails(&mut self, supply: u32, cx: &mut Context<Event>) {
        self.start_backup(supply, cx);
        self.drain(supply, cx);
        self.settle_supply(supply, cx);
    }

    /// A supply serves again.
    pub(super) fn supply_restored(&mut self, supply: u32, cx: &mut Context<Event>) {
        // Where the backup was at fault, the outage ends by the supply's return and is booked to the backup.
        if let Some(blame) = self.backup_at_fault(supply)
            && self.supplies[supply as usize].output == Output::Out
        {
            self.effect.cause = self.blamed(supply, blame);
        }
        let standby = &mut self.supplies[supply as usize].backup;
        match *standby {
            Standby::Starts | Standby::Serves | Standby::RanOut => *standby = Standby::Ready,
            Standby::Ready | Standby::NotStarted | Standby::Broken => {}
        }
        cx.cancel(self.supply_clock(supply, SupplyStep::Started));
        cx.cancel(self.supply_clock(supply, SupplyStep::RanOut));
        cx.set_speed(self.supply_clock(supply, SupplyStep::Broke), 0.0);
        self.charge(supply, cx);
        self.settle_supply(supply, cx);
    }

    pub(super) fn supply_moves(&mut self, supply: u32, step: SupplyStep, cx: &mut Context<Event>) {
        match step {
            SupplyStep::Drained => self.supplies[supply as usize].buffer = Buffer::Empty,
            SupplyStep::Recharged => self.fill(supply, cx),
            SupplyStep::Started => self.backup_started(supply, cx),
            SupplyStep::Broke => {
                cx.set_speed(self.supply_clock(supply, SupplyStep::RanOut), 0.0);
                self.backup_stops(supply, Standby::Broken, cx);
                self.mend_backup(supply, cx);
            }
            SupplyStep::RanOut => {
                cx.set_speed(self.supply_clock(supply, SupplyStep::Broke), 0.0);
                self.backup_stops(supply, Standby::RanOut, cx);
            }
            SupplyStep::Mended => self.backup_mended(supply, cx),
            SupplyStep::Returned => {
                self.effect.cause = self.blamed(supply, Blame::Returning);
                return self.gives_again(supply, cx);
            }
        }
        self.settle_supply(supply, cx);
    }

    fn start_backup(&mut self, supply: u32, cx: &mut Context<Event>) {
        let plan = self.plan.clone();
        let Some(backup) = &plan.supplies[supply as usize].backup else { return };
        if self.supplies[supply as usize].backup == Standby::Ready {
            self.supplies[supply as usize].backup = Standby::Starts;
            let event = Event::Supply(supply, SupplyStep::Started);
            cx.set(self.supply_clock(supply, SupplyStep::Started), &backup.start_time, event);
        }
    }

    fn backup_started(&mut self, supply: u32, cx: &mut Context<Event>) {
        let plan = self.plan.clone();
        let Some(backup) = &plan.supplies[supply as usize].backup else { return };
        let source = plan.blocks.supplies.source(supply);
        if backup.starts < 1.0 && !cx.chance(source, backup.starts) {
            self.supplies[supply as usize].backup = Standby::NotStarted;
            return self.mend_backup(supply, cx);
        }
        self.supplies[supply as usize].backup = Standby::Serves;
        self.effect.cause = self.blamed(supply, Blame::Starting);
        cx.set_speed(self.supply_clock(supply, SupplyStep::Broke), 1.0);
        let lasts = self.supply_clock(supply, SupplyStep::RanOut);
        if cx.is_set(lasts) {
            // It has served before in this outage.
            cx.set_speed(lasts, 1.0);
        } else {
            cx.set(lasts, &backup.lasts, Event::Supply(supply, SupplyStep::RanOut));
        }
        self.charge(supply, cx);
    }

    fn backup_stops(&mut self, supply: u32, standby: Standby, cx: &mut Context<Event>) {
        self.supplies[supply as usize].backup = standby;
        self.drain(supply, cx);
    }

    fn mend_backup(&self, supply: u32, cx: &mut Context<Event>) {
        if let Some(backup) = &self.plan.supplies[supply as usize].backup {
            let event = Event::Supply(supply, SupplyStep::Mended);
            cx.set(self.supply_clock(supply, SupplyStep::Mended), &backup.restored, event);
        }
    }

    fn backup_mended(&mut self, supply: u32, cx: &mut Context<Event>) {
        let blame = self.backup_at_fault(supply).expect("what is mended had failed");
        if blame == Blame::Broken {
            self.set_wear(supply, cx);
        }
        if self.supplies[supply as usize].output == Output::Out {
            self.effect.cause = self.blamed(supply, blame);
            self.places_come_nearer(supply);
        }
        self.supplies[supply as usize].backup = Standby::Ready;
        if self.has_failed(supply) {
            self.start_backup(supply, cx);
        }
    }

    /// Nothing but its buffer feeds what hangs on a supply.
    fn drain(&mut self, supply: u32, cx: &mut Context<Event>) {
        let plan = self.plan.clone();
        let Some(lasts) = &plan.supplies[supply as usize].ride_through else { return };
        cx.cancel(self.supply_clock(supply, SupplyStep::Recharged));
        let clock = self.supply_clock(supply, SupplyStep::Drained);
        let buffer = &mut self.supplies[supply as usize].buffer;
        match *buffer {
            Buffer::Full => cx.set(clock, lasts, Event::Supply(supply, SupplyStep::Drained)),
            Buffer::Holds => cx.set_speed(clock, 1.0),
            Buffer::Drains | Buffer::Empty => return,
        }
        *buffer = Buffer::Drains;
    }

    /// The supply or its backup serves: the buffer charges.
    fn charge(&mut self, supply: u32, cx: &mut Context<Event>) {
        let plan = self.plan.clone();
        let plan = &plan.supplies[supply as usize];
        match self.supplies[supply as usize].buffer {
            Buffer::Full | Buffer::Holds => return,
            Buffer::Drains if plan.recharges.is_some() => {
                cx.set_speed(self.supply_clock(supply, SupplyStep::Drained), 0.0);
                self.supplies[supply as usize].buffer = Buffer::Holds;
            }
            Buffer::Drains | Buffer::Empty => {}
        }
        match &plan.recharges {
            Some(takes) => {
                let clock = self.supply_clock(supply, SupplyStep::Recharged);
                // An empty buffer may be charging already: the backup served before the supply was back.
                if !cx.is_set(clock) {
                    cx.set(clock, takes, Event::Supply(supply, SupplyStep::Recharged));
                }
            }
            None => self.fill(supply, cx),
        }
    }

    fn fill(&mut self, supply: u32, cx: &mut Context<Event>) {
        cx.cancel(self.supply_clock(supply, SupplyStep::Drained));
        self.supplies[supply as usize].buffer = Buffer::Full;
    }

    /// Puts a supply's output right after anything about it has changed.
    fn settle_supply(&mut self, supply: u32, cx: &mut Context<Event>) {
        let SupplyState { buffer, backup, output } = self.supplies[supply as usize];
        let carried = backup == Standby::Serves || buffer == Buffer::Drains;
        match (self.has_failed(supply) && !carried, output) {
            (true, Output::Serves) => {
                self.supplies[supply as usize].output = Output::Out;
                self.gates_lose(supply, cx);
            }
            (true, Output::Returns) => {
                cx.cancel(self.supply_clock(supply, SupplyStep::Returned));
                self.supplies[supply as usize].output = Output::Out;
            }
            (false, Output::Out) => match &self.plan.supplies[supply as usize].returns {
                Some(takes) => {
                    let clock = self.supply_clock(supply, SupplyStep::Returned);
                    cx.set(clock, takes, Event::Supply(supply, SupplyStep::Returned));
                    self.places_come_nearer(supply);
                    self.supplies[supply as usize].output = Output::Returns;
                }
                None => self.gives_again(supply, cx),
            },
            _ => {}
        }
    }

    fn gives_again(&mut self, supply: u32, cx: &mut Context<Event>) {
        self.supplies[supply as usize].output = Output::Serves;
        let plan = self.plan.clone();
        for &gate in &plan.supplies[supply as usize].gates {
            self.serving[gate as usize] += 1;
            if self.serving[gate as usize] == 1 {
                plan.gates[gate as usize].places.iter().for_each(|&place| self.place_gains(place, cx));
            }
        }
    }

    fn gates_lose(&mut self, supply: u32, cx: &mut Context<Event>) {
        let plan = self.plan.clone();
        for &gate in &plan.supplies[supply as usize].gates {
            self.serving[gate as usize] -= 1;
            if self.serving[gate as usize] == 0 {
                plan.gates[gate as usize].places.iter().for_each(|&place| self.place_loses(place, cx));
            }
        }
    }

    /// A supply that is out came a step nearer to serving, and so did what waits for it.
    fn places_come_nearer(&mut self, supply: u32) {
        let plan = self.plan.clone();
        let dark =
            plan.supplies[supply as usize].gates.iter().filter(|&&gate| self.serving[gate as usize] == 0);
        let places: Vec<u32> = dark.flat_map(|&gate| plan.gates[gate as usize].places.clone()).collect();
        let (supplies, places): (Vec<u32>, Vec<u32>) =
            places.into_iter().partition(|&place| plan.supply_at(place).is_some());
        for below in supplies.into_iter().filter_map(|place| plan.supply_at(place)) {
            self.places_come_nearer(below);
        }
        for index in places.into_iter().flat_map(|place| plan.inside(place)) {
            let component = &plan.components[plan.located[index] as usize];
            let service = plan.service_of(component);
            if self.broken[service as usize] > 0 && self.is_awaited(service, component.replica) {
                self.comes_nearer(service);
            }
        }
    }

    fn backup_at_fault(&self, supply: u32) -> Option<Blame> {
        match self.supplies[supply as usize].backup {
            Standby::NotStarted => Some(Blame::NotStarted),
            Standby::Broken => Some(Blame::Broken),
            Standby::RanOut => Some(Blame::RanOut),
            Standby::Ready | Standby::Starts | Standby::Serves => None,
        }
    }

    fn blamed(&self, supply: u32, blame: Blame) -> u32 {
        self.plan.supplies[supply as usize].causes + blame as u32
    }

    /// Classes of what keeps a place dark right now.
    pub(super) fn supply_causes(&self, place: u32, causes: &mut Vec<u32>) {
        let gates = self.plan.place_gates.get(place as usize).into_iter().flatten();
        for &gate in gates.filter(|&&gate| self.serving[gate as usize] == 0) {
            for &supply in &self.plan.gates[gate as usize].supplies {
                let at_fault = self.backup_at_fault(supply);
                let returns = self.supplies[supply as usize].output == Output::Returns;
                match if returns { Some(Blame::Returning) } else { at_fault } {
                    Some(blame) => causes.push(self.blamed(supply, blame)),
                    None => self.failed_causes(self.plan.supplies[supply as usize].place, causes),
                }
            }
        }
    }

    /// Classes of what has failed about a supply itself, and of what it lacks.
    fn failed_causes(&self, place: u32, causes: &mut Vec<u32>) {
        let failed = self.plan.modes_of(place).filter(|&mode| self.modes[mode as usize] != Condition::Works);
        causes.extend(failed.map(|mode| self.plan.modes[mode as usize].cause));
        let lasting = self.plan.script.iter().zip(&self.taken).filter(|(_, taken)| **taken);
        let takes = lasting
            .filter(|(fault, _)| matches!(&fault.target, Taken::Places(taken) if taken.contains(&place)));
        causes.extend(takes.map(|(fault, _)| fault.cause));
        self.supply_causes(place, causes);
    }

    /// What has become of a supply by a step, for people.
    pub(super) fn supply_story(&self, supply: u32, step: SupplyStep) -> &'static str {
        match step {
            SupplyStep::Drained => "nothing is left of the buffer",
            SupplyStep::Recharged => "the buffer is full",
            SupplyStep::Started if self.supplies[supply as usize].backup == Standby::Serves => {
                "the backup serves"
            }
            SupplyStep::Started => "the backup does not start",
            SupplyStep::Broke => "the backup fails",
            SupplyStep::RanOut => "the backup has run out",
            SupplyStep::Mended => "the backup is repaired",
            SupplyStep::Returned => "all that it feeds is back",
        }
    }
}
