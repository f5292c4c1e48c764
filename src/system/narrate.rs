//! Tells a trial's story: what failed when, when a service was down, and why.

use std::fmt;

use super::duty::DutyPlan;
use super::failover::Phase;
use super::model::{Condition, Event, SystemModel};
use super::without::Reserve;
use super::work_state;
use crate::engine::Observer;
use crate::units::{Duration, Instant, Ratio, Span};

/// Something that happened in a trial, for people.
///
/// ```
/// use fivenines::system::{Happening, What};
/// use fivenines::units::Instant;
///
/// let happening = Happening { at: Instant::START, what: What::Down { service: "db".into(), because: vec!["a".into()] } };
/// assert_eq!(happening.to_string(), "00:00:00  DOWN  db: a");
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Happening {
    /// When.
    pub at: Instant,
    /// What.
    pub what: What,
}

/// Kinds of things that happen.
///
/// ```
/// use fivenines::system::What;
///
/// let what = What::Failed { what: "db-1 (server at eu/a)".into(), mode: "crash".into() };
/// assert_eq!(what.to_string(), "fails  db-1 (server at eu/a): crash");
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// A failure mode of a component or site.
    Failed {
        /// The component or site.
        what: String,
        /// The mode.
        mode: String,
    },
    /// Its restoration.
    Restored {
        /// The component or site.
        what: String,
        /// The mode.
        mode: String,
    },
    /// A shock, or a failure that strikes others.
    Struck {
        /// Its name.
        shock: String,
        /// What it hit.
        hits: Vec<String>,
    },
    /// Somebody notices what a shock did, before it reaches all that it might.
    Noticed {
        /// Its name.
        shock: String,
    },
    /// A step of a failover.
    Failover {
        /// The service.
        service: String,
        /// Where the failover is now.
        step: String,
    },
    /// A scripted fault takes something down.
    Taken {
        /// What.
        what: String,
        /// The fault.
        fault: String,
    },
    /// A scripted fault is over.
    Freed {
        /// What it took.
        what: String,
        /// The fault.
        fault: String,
    },
    /// A latent failure is found.
    Found {
        /// The component.
        what: String,
        /// The mode.
        mode: String,
    },
    /// A spare is delivered.
    Delivered {
        /// The spare.
        what: String,
    },
    /// A crew arrives, or its hours begin or end.
    Crew {
        /// The crew.
        crew: String,
        /// What it does.
        does: &'static str,
    },
    /// A supply's buffer or backup has done something.
    Supply {
        /// The supply.
        supply: String,
        /// What.
        step: &'static str,
    },
    /// A spell of an environment begins or is over.
    Environment {
        /// The environment.
        environment: String,
        /// True where it begins.
        begins: bool,
    },
    /// A load has changed so that the service went down or up.
    Load {
        /// The service.
        service: String,
        /// The demand as a share of what all replicas can do.
        demand: Ratio,
    },
    /// A step of a change or of maintenance.
    Work {
        /// Which.
        work: String,
        /// What happens.
        step: String,
    },
    /// A certificate is out of date.
    Expired {
        /// Which.
        certificate: String,
    },
    /// It is renewed.
    Renewed {
        /// Which.
        certificate: String,
    },
    /// A repair was for nothing, and is done again.
    Again {
        /// The component or site.
        what: String,
        /// The mode.
        mode: String,
    },
    /// Something is replaced because of its age.
    Aged {
        /// The component or site.
        what: String,
        /// The mode.
        mode: String,
    },
    /// A stale replica is good again.
    CaughtUp {
        /// The replica.
        what: String,
        /// How.
        how: &'static str,
    },
    /// A service's data are lost, restored, or lost for good.
    Data {
        /// The service.
        service: String,
        /// What became of them.
        step: String,
    },
    /// A service has done without something for as long as it can.
    Spent {
        /// The service.
        service: String,
        /// What it did without.
        without: String,
    },
    /// Replicas of a service are added, or taken away.
    Scaling {
        /// The service.
        service: String,
        /// What happens.
        step: String,
    },
    /// Something becomes of the breaker of a service's clients.
    Breaker {
        /// The service.
        service: String,
        /// What.
        step: &'static str,
    },
    /// A service is down from here on.
    Down {
        /// The service.
        service: String,
        /// What keeps it down.
        because: Vec<String>,
    },
    /// A service is up again.
    Up {
        /// The service.
        service: String,
        /// How long it was down.
        after: Span,
        /// What brought it back.
        by: String,
    },
}

impl fmt::Display for Happening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}  {}", self.at, self.what)
    }
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            What::Failed { what, mode } => write!(f, "fails  {what}: {mode}"),
            What::Restored { what, mode } => write!(f, "back   {what}: {mode}"),
            What::Struck { shock, hits } if hits.is_empty() => write!(f, "shock  {shock}: hits nothing"),
            What::Struck { shock, hits } => write!(f, "shock  {shock}: hits {}", hits.join(", ")),
            What::Noticed { shock } => write!(f, "shock  {shock}: noticed, and kept from the rest"),
            What::Failover { service, step } => write!(f, "moves  {service}: {step}"),
            What::Taken { what, fault } => write!(f, "taken  {what}: {fault}"),
            What::Freed { what, fault } => write!(f, "freed  {what}: {fault}"),
            What::Found { what, mode } => write!(f, "found  {what}: {mode}"),
            What::Delivered { what } => write!(f, "spare  {what} is delivered"),
            What::Crew { crew, does } => write!(f, "crew   {crew} {does}"),
            What::Supply { supply, step } => write!(f, "feed   {supply}: {step}"),
            What::Environment { environment, begins: true } => write!(f, "spell  {environment} begins"),
            What::Environment { environment, begins: false } => write!(f, "spell  {environment} is over"),
            What::Load { service, demand } => write!(f, "load   {service}: {demand} of its full capacity"),
            What::Work { work, step } => write!(f, "works  {work}: {step}"),
            What::Expired { certificate } => write!(f, "stale  {certificate}: nobody renewed it"),
            What::Renewed { certificate } => write!(f, "fresh  {certificate}: renewed"),
            What::Again { what, mode } => write!(f, "again  {what}: {mode} is not repaired"),
            What::Aged { what, mode } => write!(f, "aged   {what}: replaced before {mode}"),
            What::CaughtUp { what, how } => write!(f, "good   {what}: {how}"),
            What::Data { service, step } => write!(f, "data   {service}: {step}"),
            What::Spent { service, without } => write!(f, "spent  {service}: too long without {without}"),
            What::Scaling { service, step } => write!(f, "scales {service}: {step}"),
            What::Breaker { service, step } => write!(f, "breaks {service}: {step}"),
            What::Down { service, because } => write!(f, "DOWN  {service}: {}", because.join(", ")),
            What::Up { service, after, by } => {
                write!(f, "UP    {service} after {}, {by}", rounded(*after))
            }
        }
    }
}

/// A span to three digits: a story is not a table.
fn rounded(span: Span) -> Duration {
    let secs = span.as_secs_f64();
    let unit = [60.0, 3600.0, 86_400.0].into_iter().rev().find(|unit| secs >= 2.0 * unit).unwrap_or(1.0);
    Duration::seconds((secs / unit * 100.0).round() / 100.0 * unit)
}

/// An observer that writes down what happens to every component, site and service.
///
/// ```
/// use fivenines::engine::Simulator;
/// use fivenines::random::Law;
/// use fivenines::system::{Component, Narrator, Service, System, SystemModel};
/// use fivenines::units::{Duration, Instant};
///
/// let (life, repair) = (Law::exponential(Duration::days(9.0)), Law::exponential(Duration::hours(1.0)));
/// let system = System::new()
///     .component("server", Component::new().mode("crash", life, repair))
///     .service("web", Service::replicas("server", 1));
/// let mut narrator = Narrator::default();
/// let end = Instant::START + Duration::years(1.0).span();
/// Simulator::new(SystemModel::new(&system).unwrap(), 42).play(0, end, &mut narrator);
/// assert!(narrator.story()[0].to_string().contains("fails  web-1 (server): crash"));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Narrator {
    story: Vec<Happening>,
    down_since: Vec<Option<Instant>>,
    event: Option<Event>,
    /// Where the work that moves was before.
    phase: work_state::Phase,
}

impl Narrator {
    /// What happened, in order.
    pub fn story(&self) -> &[Happening] {
        &self.story
    }

    fn tell(&mut self, at: Instant, what: What) {
        self.story.push(Happening { at, what });
    }

    fn down(&mut self, model: &SystemModel, service: usize, now: Instant) {
        self.down_since[service] = Some(now);
        let classes = model.cause_classes();
        let mut because: Vec<String> = model
            .open_causes(service as u32)
            .iter()
            .map(|&cause| classes[cause as usize].to_string())
            .collect();
        because.sort();
        because.dedup();
        let service = model.plan.services[service].name.clone();
        self.tell(now, What::Down { service, because });
    }

    fn up(&mut self, model: &SystemModel, service: usize, now: Instant) {
        let Some(since) = self.down_since[service].take() else { return };
        let by = model.cause_classes()[model.effect.cause as usize].to_string();
        let service = model.plan.services[service].name.clone();
        self.tell(now, What::Up { service, after: now - since, by: format!("ended by {by}") });
    }

    /// Tells what was found in an event.
    fn found(&mut self, model: &SystemModel, now: Instant, names: &dyn Fn(u32) -> (String, String)) {
        for &mode in &model.effect.found {
            let (what, mode) = names(mode);
            self.tell(now, What::Found { what, mode });
        }
    }

    fn event(&mut self, model: &SystemModel, now: Instant) {
        let plan = &model.plan;
        let names =
            |mode: u32| (plan.unit_label(plan.modes[mode as usize].unit), plan.mode_name(mode).to_owned());
        let hits = |struck: &[u32]| hits(model, struck);
        let what = match self.event.take() {
            Some(Event::Fails(mode)) => {
                let (what, name) = names(mode);
                self.tell(now, What::Failed { what: what.clone(), mode: name.clone() });
                if !model.sets_off(mode) {
                    return;
                }
                What::Struck { shock: format!("{name} of {what}"), hits: hits(&model.effect.struck) }
            }
            Some(Event::Restored(mode)) if model.may_break(mode) && !model.effect.struck.is_empty() => {
                let (what, mode) = names(mode);
                self.tell(now, What::Restored { what: what.clone(), mode });
                What::Struck { shock: format!("the repair of {what}"), hits: hits(&model.effect.struck) }
            }
            Some(event @ (Event::Restored(mode) | Event::Found(mode) | Event::Ages(mode))) => {
                of_mode(model, event, mode, names(mode))
            }
            Some(Event::Failover(failover)) => {
                self.found(model, now, &names);
                What::Failover {
                    service: plan.services[plan.failovers[failover as usize].service as usize].name.clone(),
                    step: step(model, failover),
                }
            }
            Some(Event::Alarm(failover)) => What::Failover {
                service: plan.services[plan.failovers[failover as usize].service as usize].name.clone(),
                step: "a failure is detected that is none, another takes over".to_owned(),
            },
            Some(event @ (Event::Delivered(_) | Event::Arrives(_) | Event::Shift(_))) => {
                upkeep(model, event, now)
            }
            Some(Event::Strikes(shock)) => {
                let shock = plan.shocks[shock as usize].name.clone();
                What::Struck { shock, hits: hits(&model.effect.struck) }
            }
            Some(Event::Spreads(number)) => {
                let spread = plan.spreads[number as usize];
                let shock = plan.shocks[spread.shock as usize].name.clone();
                if spread.hit.is_none() {
                    self.tell(now, What::Noticed { shock });
                    return self.found(model, now, &names);
                }
                What::Struck { shock, hits: hits(&model.effect.struck) }
            }
            Some(Event::Supply(supply, step)) => What::Supply {
                supply: plan.unit_label(plan.supplies[supply as usize].place),
                step: model.supply_story(supply, step),
            },
            Some(Event::Environment(number)) => {
                let (name, on) = model.spell(number);
                What::Environment { environment: name.to_owned(), begins: on }
            }
            Some(Event::Load(number)) if !model.effect.flipped.is_empty() => {
                let (service, demand) = model.demanded(number);
                What::Load { service: service.to_owned(), demand }
            }
            Some(event) => match planned(model, event, self.phase) {
                Some(what) => what,
                None => return,
            },
            None => return,
        };
        self.tell(now, what);
    }
}

/// What has become of a mode.
fn of_mode(model: &SystemModel, event: Event, mode: u32, (what, name): (String, String)) -> What {
    match event {
        Event::Found(_) => What::Found { what, mode: name },
        Event::Ages(_) => What::Aged { what, mode: name },
        _ if model.modes[mode as usize] == Condition::Works => What::Restored { what, mode: name },
        _ => What::Again { what, mode: name },
    }
}

/// What was hit, the first eight of it.
fn hits(model: &SystemModel, struck: &[u32]) -> Vec<String> {
    let plan = &model.plan;
    let units = struck.iter().take(8).map(|&mode| plan.unit_label(plan.modes[mode as usize].unit));
    let mut told: Vec<String> = units.collect();
    if struck.len() > told.len() {
        told.push(format!("and {} more", struck.len() - told.len()));
    }
    told
}

/// What goes by a plan: scripted faults, work, certificates. A date that was thought of is no story, and neither is load
/// that flips nothing.
fn planned(model: &SystemModel, event: Event, phase: work_state::Phase) -> Option<What> {
    let plan = &model.plan;
    let certificate = |number: u32| plan.certificates[number as usize].name.clone();
    match event {
        Event::Begins(fault) => {
            let fault = &plan.script[fault as usize];
            Some(What::Taken { what: fault.takes.clone(), fault: fault.label.clone() })
        }
        Event::Ends(fault) => {
            let fault = &plan.script[fault as usize];
            Some(What::Freed { what: fault.takes.clone(), fault: fault.label.clone() })
        }
        Event::Work(work, tick) => {
            let step = model.work_story(work, tick, phase)?;
            Some(What::Work { work: plan.works[work as usize].name.clone(), step })
        }
        Event::Expires(number) if model.expired[number as usize] => {
            Some(What::Expired { certificate: certificate(number) })
        }
        Event::CaughtUp(replica) => {
            Some(What::CaughtUp { what: plan.replica_label(replica), how: model.copy_story() })
        }
        Event::Spent(edge) => {
            let [service, without] = model.without_names(edge).map(str::to_owned);
            match model.queue_story(edge)? {
                Reserve::Spent => Some(What::Spent { service, without }),
                _ => Some(What::CaughtUp { what: service, how: "what waits is young enough again" }),
            }
        }
        // One that waits for its hours is no story.
        Event::Failback(failover) if model.leaders[failover as usize].phase == Phase::Returning => {
            let service = &plan.services[plan.failovers[failover as usize].service as usize];
            Some(What::Failover { service: service.name.clone(), step: step(model, failover) })
        }
        Event::Scale(number, step) => {
            let service = plan.services[plan.scalings[number as usize].service as usize].name.clone();
            Some(What::Scaling { service, step: model.scaling_story(number, step)? })
        }
        Event::Breaker(number) => Some(What::Breaker {
            service: model.demanded(number).0.to_owned(),
            step: model.breaker_story(number),
        }),
        Event::Renewed(number) => Some(What::Renewed { certificate: certificate(number) }),
        _ => None,
    }
}

/// A delivery, an arrival, or a change of shift.
fn upkeep(model: &SystemModel, event: Event, now: Instant) -> What {
    let upkeep = &model.plan.upkeep;
    match event {
        Event::Delivered(shelf) => {
            let shelf = &upkeep.shelves[shelf as usize];
            What::Delivered { what: at_site(&shelf.name, &shelf.site) }
        }
        Event::Arrives(duty) => crew(&upkeep.duties[duty as usize], "arrives"),
        Event::Shift(duty) => {
            let duty = &upkeep.duties[duty as usize];
            let works = duty.hours.as_ref().is_none_or(|hours| hours.contains(now));
            crew(duty, if works { "begins its shift" } else { "ends its shift" })
        }
        _ => unreachable!("no other event is of the upkeep"),
    }
}

fn crew(duty: &DutyPlan, does: &'static str) -> What {
    What::Crew { crew: at_site(&duty.name, &duty.site), does }
}

/// Where a failover is now.
fn step(model: &SystemModel, failover: u32) -> String {
    let leader = model.leaders[failover as usize];
    match (model.effect.was_dead, leader.phase) {
        (true, Phase::Vacant) => format!("the chosen replica is found dead, {leader}"),
        (true, _) => "the chosen replica is found dead, another takes over".to_owned(),
        (false, _) => leader.to_string(),
    }
}

fn at_site(name: &str, site: &str) -> String {
    if site.is_empty() { name.to_owned() } else { format!("{name} at {site}") }
}

impl Observer<SystemModel> for Narrator {
    fn begin(&mut self, model: &SystemModel) {
        self.story.clear();
        let services = model.plan.services.len();
        self.down_since = vec![None; services];
        for service in (0..services).filter(|&service| !model.is_up(service)) {
            self.down(model, service, Instant::START);
        }
    }

    fn before(&mut self, model: &SystemModel, _: Instant, event: &Event) {
        // A scripted fault that falls into the last of its kind is none.
        let is_none = matches!(*event, Event::Begins(fault) if model.is_taken(fault as usize));
        self.event = (!is_none).then_some(*event);
        if let Event::Work(work, _) = *event {
            self.phase = model.works[work as usize].phase;
        }
    }

    fn after(&mut self, model: &SystemModel, now: Instant) {
        self.event(model, now);
        for (service, step) in model.data_story() {
            self.tell(now, What::Data { service, step });
        }
        for &service in &model.effect.flipped {
            match (model.is_up(service as usize), self.down_since[service as usize].is_some()) {
                (false, false) => self.down(model, service as usize, now),
                (true, true) => self.up(model, service as usize, now),
                _ => {}
            }
        }
    }
}

impl fmt::Display for super::failover::Leader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.phase {
            Phase::Steady => write!(f, "replica {} leads", self.replica + 1),
            Phase::Detecting => write!(f, "nobody has noticed yet"),
            Phase::Switching => write!(f, "the leader's failure is detected, another takes over"),
            Phase::ByHand => write!(f, "somebody has to switch by hand"),
            Phase::Vacant => write!(f, "too few replicas to choose a leader from"),
            Phase::Returning => write!(f, "the first replica is back and takes over again"),
            Phase::Restarting => write!(f, "enough replicas are back, one of them is about to serve"),
        }
    }
}
