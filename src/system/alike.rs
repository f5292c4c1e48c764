//! Interchangeable parts: states that differ only in which of several alike parts is in which condition are one.

use super::Discipline;
use super::conditions::Order;
use super::model::{Event, SystemModel};
use super::place::NONE;
use super::plan::{OutagePlan, Plan};
use crate::engine::Runs;

/// What is alike, for each site and, last, for what is at no site.
///
/// Replicas of one service at one place are alike, where the same domains cover them, the same shocks hit them and the same environments reach them; so are neighbouring sites with the same modes, the same crews, the
/// same numbers of replicas of the same services, and alike sites inside. Permuting them maps the process on itself,
/// so its orbits can be lumped exactly (Buchholz, *Exact and ordinary lumpability in finite Markov chains*, J. Appl.
/// Prob. 31, 1994). That holds because nothing in the model asks for names, but for one thing: when a site is back and
/// several repairs ask for a crew at once, or a shock or a cascade breaks several things, they queue in the order of names. Those that
/// can do so in different conditions keep their names.
#[derive(Clone, Debug)]
pub(super) struct Alike {
    /// For each site, and last for what is at none.
    pub places: Vec<Place>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Place {
    /// Replicas that may be permuted, in groups.
    pub replicas: Vec<Vec<u32>>,
    /// Sites that may be permuted, in groups.
    pub sites: Vec<Vec<u32>>,
}

/// What a site is like, up to the names of its parts.
type Shape = Vec<u64>;

impl Alike {
    pub fn new(plan: &Plan) -> Alike {
        let sites = plan.tree.sites.len();
        let (rush, marks) = (Rush::new(plan), Marks::new(plan));
        let mut places: Vec<Place> = vec![Place::default(); sites + 1];
        for (replica, &service) in plan.replica_service.iter().enumerate() {
            let service = &plan.services[service as usize];
            let first = service.first_component + (replica as u32 - service.first_replica) * service.stack;
            let site = if service.stack == 0 { NONE } else { plan.components[first as usize].site };
            let groups = &mut places[(site as usize).min(sites)].replicas;
            // Each part of a network is where it is.
            let is_part = plan.replica_service[replica] == plan.hidden_service;
            let joins = !is_part && rush.spares_replica(plan, replica as u32);
            match groups.last_mut() {
                Some(group)
                    if joins
                        && plan.replica_service[group[0] as usize] == plan.replica_service[replica]
                        && marks.of_replica(plan, group[0]) == marks.of_replica(plan, replica as u32) =>
                {
                    group.push(replica as u32);
                }
                _ => groups.push(vec![replica as u32]),
            }
        }
        // Inner sites come behind outer ones, so shapes are known from the back; what is at no site comes last.
        let mut shapes: Vec<Shape> = vec![Shape::new(); sites];
        for site in (0..sites).rev().chain([sites]) {
            let inside = (0..sites as u32)
                .filter(|&inner| (plan.tree.sites[inner as usize].parent as usize).min(sites) == site);
            let inside: Vec<u32> = inside.collect();
            let mut groups: Vec<Vec<u32>> = Vec::new();
            for inner in inside {
                // So are sites with a network between them.
                let joins = plan.network.is_none() && rush.spares_site(plan, inner);
                let alike =
                    |group: &&mut Vec<u32>| joins && shapes[group[0] as usize] == shapes[inner as usize];
                match groups.iter_mut().find(alike) {
                    Some(group) => group.push(inner),
                    None => groups.push(vec![inner]),
                }
            }
            places[site].sites = groups;
            if site < sites {
                shapes[site] = shape(plan, site as u32, &places[site], &shapes, &marks);
            }
        }
        Alike { places }
    }
}

/// Marks of environments are below this, those of shocks are above it.
const ENVIRONMENT: u64 = u64::MAX / 2;
/// Marks of the local groups of an erasure code are from here, those of work below it.
const GROUP: u64 = 3 * (u64::MAX / 8);
/// Marks of the stages of work are from here, those of certificates below it.
const STAGE: u64 = u64::MAX / 4;
/// Marks of zones that take over for the one before them are from here.
const ZONE: u64 = u64::MAX / 16;
/// The mark of a replica that leads by preference.
const PREFERRED: u64 = u64::MAX / 8;

/// What covers, hits and works on each component: numbers of domains, of shocks' groups, of environments, of the stages of
/// work, of certificates, and of groups of an erasure code.
struct Marks {
    components: Vec<Vec<u64>>,
    /// For each site, the numbers of environments.
    sites: Vec<Vec<u64>>,
}

impl Marks {
    fn new(plan: &Plan) -> Marks {
        let mut marks = vec![Vec::new(); plan.components.len()];
        let mut sites = vec![Vec::new(); plan.sites() as usize];
        for domain in plan.sites()..plan.sites() + plan.domains.len() as u32 {
            for &component in &plan.located[plan.inside(domain)] {
                marks[component as usize].push(u64::from(domain));
            }
        }
        for (shock, shock_plan) in plan.shocks.iter().enumerate() {
            // Groups are sites, of which each is as likely to be hit: they do not tell sites apart.
            for &mode in shock_plan.groups.iter().flatten() {
                let component = plan.modes[mode as usize].unit - plan.places;
                marks[component as usize].push(u64::MAX - 1 - shock as u64);
            }
            for (hit, hit_plan) in shock_plan.also.iter().enumerate() {
                let mark = u64::MAX - 1 - (shock + (hit + 1) * plan.shocks.len()) as u64;
                for &mode in &hit_plan.modes {
                    marks[(plan.modes[mode as usize].unit - plan.places) as usize].push(mark);
                }
            }
        }
        for (environment, plan_of) in plan.environments.iter().enumerate() {
            for &mode in &plan_of.reach {
                let (unit, mark) = (plan.modes[mode as usize].unit, ENVIRONMENT - environment as u64);
                match unit.checked_sub(plan.places) {
                    Some(component) => marks[component as usize].push(mark),
                    None if unit < plan.sites() => sites[unit as usize].push(mark),
                    // A domain is like no other.
                    None => {}
                }
            }
        }
        // Works that go site by site come to one before the other: their stages tell sites apart.
        for (number, work) in (0u64..).zip(&plan.works) {
            for (stage, target) in
                work.targets.iter().enumerate().map(|(at, target)| (work.last_stage(at), target))
            {
                for &component in &target.components {
                    marks[component as usize].push(STAGE + (number << 32) + stage as u64);
                }
            }
        }
        for (number, certificate) in (0u64..).zip(&plan.certificates) {
            certificate.components.iter().for_each(|&it| marks[it as usize].push(STAGE - 1 - number));
        }
        for failover in plan.failovers.iter().filter(|failover| failover.failback.is_some()) {
            marks[plan.services[failover.service as usize].first_component as usize].push(PREFERRED);
        }
        // Who takes over for a zone is the next one: that tells zones apart.
        for capacity in &plan.capacities {
            let Some(balance) = capacity.balance.as_ref().filter(|balance| balance.to_next) else { continue };
            let service = &plan.services[capacity.service as usize];
            for (replica, &zone) in (0..).zip(&balance.groups) {
                let first = service.first_component + replica * service.stack;
                marks[first as usize].push(ZONE + u64::from(zone));
            }
        }
        for data in plan.data.iter().filter(|data| data.has_groups() || data.chunks.is_some()) {
            let service = &plan.services[data.service as usize];
            for (replica, &group) in (0..).zip(&data.groups) {
                let first = service.first_component + replica * service.stack;
                // Each replica has chunks of its own.
                let group = if data.chunks.is_some() { replica } else { group };
                marks[first as usize].push(GROUP + u64::from(group));
            }
        }
        Marks { components: marks, sites }
    }

    fn of_replica(&self, plan: &Plan, replica: u32) -> Vec<u64> {
        let service = &plan.services[plan.replica_service[replica as usize] as usize];
        let first = (service.first_component + (replica - service.first_replica) * service.stack) as usize;
        // Ends each component's marks with a number that none of them is.
        let ended = |marks: &Vec<u64>| marks.iter().copied().chain([u64::MAX]).collect::<Vec<u64>>();
        self.components[first..first + service.stack as usize].iter().flat_map(ended).collect()
    }
}

/// Who queues for a crew or a spare in the order of names: components that crash with a site, when it is back, what shocks
/// hit, and those whose repairs rest on one thing.
struct Rush {
    /// For each mode, whether its repair may have to wait in a queue.
    queues: Vec<bool>,
    /// For each component, whether a shock hits it in a mode whose repair may have to wait.
    struck: Vec<bool>,
    /// For each component, whether such a repair can be broken off, or kept waiting by a failover, together with others.
    broken_off: Vec<bool>,
    /// For each component, whether an error may break it together with others in such a mode.
    slipped: Vec<bool>,
}

impl Rush {
    fn new(plan: &Plan) -> Rush {
        let upkeep = &plan.upkeep;
        let shelf = |care: u32| upkeep.cares.get(care as usize).map_or(NONE, |care| care.shelf);
        let (mut repairs, mut takers) = (vec![0; plan.crews.len()], vec![0; upkeep.shelves.len()]);
        for mode in &plan.modes {
            repairs.get_mut(mode.crew as usize).into_iter().for_each(|repairs| *repairs += 1);
            takers.get_mut(shelf(mode.care) as usize).into_iter().for_each(|takers| *takers += 1);
        }
        let may_wait = |mode: &super::plan::ModePlan| {
            let crew = plan.crews.get(mode.crew as usize).is_some_and(|crew| {
                let is_enough = crew.duty == NONE && repairs[mode.crew as usize] <= crew.size;
                crew.discipline != Discipline::Shared && !is_enough
            });
            let shelf = shelf(mode.care) as usize;
            crew || upkeep.shelves.get(shelf).is_some_and(|spares| takers[shelf] > spares.stock)
        };
        let queues: Vec<bool> = plan.modes.iter().map(may_wait).collect();
        let marked = |modes: &mut dyn Iterator<Item = u32>| {
            let mut marked = vec![false; plan.components.len()];
            for mode in modes.filter(|&mode| queues[mode as usize]) {
                let component = plan.modes[mode as usize].unit.checked_sub(plan.places);
                component.into_iter().for_each(|component| marked[component as usize] = true);
            }
            marked
        };
        let shocks = plan.shocks.iter().flat_map(|shock| shock.modes());
        let cascaded = plan.cascades.plans.iter().flat_map(|cascade| &cascade.targets);
        let struck = marked(&mut shocks.chain(cascaded).copied());
        let held = (0..plan.modes.len() as u32).filter(|&mode| plan.is_held_by_failover(mode));
        let rests = upkeep.supports.iter().flat_map(|support| &support.modes).copied();
        let broken_off = marked(&mut rests.chain(held));
        let several = plan.works.iter().filter(|work| work.error > 0.0 && work.takes_several());
        let broken = several.flat_map(|work| &work.targets).flat_map(|target| &target.breaks);
        let slipped = marked(&mut broken.copied());
        Rush { queues, struck, broken_off, slipped }
    }

    fn joins(&self, plan: &Plan, component: u32) -> bool {
        let kind = plan.components[component as usize].kind;
        matches!(plan.kinds[kind as usize].outage, OutagePlan::Crashes(_))
            && plan.modes_of(plan.places + component).any(|mode| self.queues[mode as usize])
    }

    /// True when a replica is in one condition whenever it joins a queue together with others of its kind at its site.
    fn spares_replica(&self, plan: &Plan, replica: u32) -> bool {
        let service = &plan.services[plan.replica_service[replica as usize] as usize];
        let first = service.first_component + (replica - service.first_replica) * service.stack;
        let can_fail = |site| plan.can_be_down(site);
        let mut components = first..first + service.stack;
        let marked = [&self.broken_off, &self.slipped];
        if components.clone().any(|component| marked.iter().any(|marked| marked[component as usize])) {
            return false;
        }
        let rushes = components.any(|component| {
            let site = plan.components[component as usize].site;
            let mut around = plan.tree.around(site).chain(plan.domains_of(component));
            around.any(can_fail) && self.joins(plan, component) || self.struck[component as usize]
        });
        let has_one_mode = service.stack == 1 && plan.modes_of(plan.places + first).len() == 1;
        // A round that has worked on some replicas and not on others leaves them in different conditions.
        let is_worked_on = plan.replica_works.get(replica as usize).is_some_and(|works| !works.is_empty());
        !rushes || has_one_mode && service.failover == NONE && !is_worked_on
    }

    /// True when nothing inside a site joins a queue together with what is outside of it.
    fn spares_site(&self, plan: &Plan, site: u32) -> bool {
        let can_fail = |site| plan.can_be_down(site);
        // One supply may feed it together with others.
        let mut inside = site..plan.tree.sites[site as usize].end;
        let rushes = plan.tree.around(site).skip(1).any(can_fail) || inside.any(|it| plan.is_fed(it));
        !plan.located[plan.inside(site)].iter().any(|&component| {
            let covered = rushes || plan.domains_of(component).any(can_fail);
            covered && self.joins(plan, component)
                || self.struck[component as usize]
                || self.broken_off[component as usize]
                || self.slipped[component as usize]
        })
    }
}

/// Numbers that tell modes apart which have the same laws: crews and shelves of their own help only their own.
fn keepers(plan: &Plan, mode: u32) -> [u64; 3] {
    let plan_of = plan.modes[mode as usize];
    let care = plan.upkeep.cares.get(plan_of.care as usize);
    let (rule, shelf) = care.map_or((NONE, NONE), |care| (care.rule, care.shelf));
    [plan_of.crew, rule, shelf].map(u64::from)
}

fn shape(plan: &Plan, site: u32, place: &Place, shapes: &[Shape], marks: &Marks) -> Shape {
    let mut shape = Shape::new();
    for mode in plan.modes_of(site) {
        shape.push(u64::from(plan.modes[mode as usize].law));
        shape.extend(keepers(plan, mode));
    }
    // What repairs rest on is like no other site.
    shape
        .extend(plan.upkeep.place_supports.get(site as usize).into_iter().flatten().map(|&it| u64::from(it)));
    shape.push(u64::MAX);
    // The same supplies feed them, so that they are dark together.
    let feeds = plan.gates.iter().zip(0..).filter(|(gate, _)| gate.places.contains(&site));
    shape.extend(feeds.map(|(_, number)| number));
    shape.extend(&marks.sites[site as usize]);
    shape.push(u64::MAX);
    for group in &place.replicas {
        let service = plan.replica_service[group[0] as usize];
        shape.extend([u64::from(service), group.len() as u64]);
        shape.extend(marks.of_replica(plan, group[0]));
        // A crew of its own for each site tells sites apart: repairs at one do not help the other.
        let service = &plan.services[service as usize];
        let first = service.first_component + (group[0] - service.first_replica) * service.stack;
        let units = (first..first + service.stack).map(|component| plan.places + component);
        shape.extend(units.flat_map(|unit| plan.modes_of(unit)).flat_map(|mode| keepers(plan, mode)));
    }
    for group in &place.sites {
        shape.extend([u64::MAX, group.len() as u64]);
        shape.extend(&shapes[group[0] as usize]);
    }
    shape
}

/// Where everything goes.
pub(super) struct Permutation {
    pub replicas: Vec<u32>,
    pub sites: Vec<u32>,
}

impl SystemModel {
    /// Renames alike parts so that their conditions are in order.
    pub(super) fn sort_alike(&mut self, runs: &mut Runs<Event>) {
        let plan = self.plan.clone();
        for (crew, plan) in self.crews.iter_mut().zip(&plan.crews) {
            // Who calls members away asks who began last.
            if plan.discipline != Discipline::Preemptive {
                crew.active.sort_unstable();
            }
        }
        let order = Order::new(self, runs);
        if order.is_sorted() {
            return;
        }
        let mut permutation = Permutation {
            replicas: (0..plan.replica_service.len() as u32).collect(),
            sites: (0..plan.sites()).collect(),
        };
        let root = plan.sites();
        let (_, sorted) = order.sort(root);
        order.assign(&sorted, root, &mut permutation);
        let is_identity = |map: &[u32]| map.iter().enumerate().all(|(old, &new)| old as u32 == new);
        if !(is_identity(&permutation.replicas) && is_identity(&permutation.sites)) {
            self.permute(&permutation, runs);
        }
    }

    fn permute(&mut self, permutation: &Permutation, runs: &mut Runs<Event>) {
        let plan = self.plan.clone();
        let component = |old: u32| {
            let replica = plan.components[old as usize].replica;
            let service = &plan.services[plan.replica_service[replica as usize] as usize];
            let new = permutation.replicas[replica as usize];
            service.first_component
                + (new - service.first_replica) * service.stack
                + (old - service.first_component) % service.stack
        };
        let unit = |old: u32| match old.checked_sub(plan.places) {
            // A domain or a supply is like no other.
            None => permutation.sites.get(old as usize).copied().unwrap_or(old),
            Some(old) => plan.places + component(old),
        };
        let mode = |old: u32| {
            let old_unit = plan.modes[old as usize].unit;
            plan.unit_modes[unit(old_unit) as usize] + (old - plan.unit_modes[old_unit as usize])
        };
        moved(&mut self.modes, mode);
        moved(&mut self.site_failed, unit);
        moved(&mut self.causes, component);
        moved(&mut self.blocked, component);
        moved(&mut self.held, component);
        moved(&mut self.replica_down, |old| permutation.replicas[old as usize]);
        moved(&mut self.copies, |old| permutation.replicas[old as usize]);
        for (leader, plan_of) in self.leaders.iter_mut().zip(&plan.failovers) {
            let first = plan.services[plan_of.service as usize].first_replica;
            leader.replica = permutation.replicas[(first + leader.replica) as usize] - first;
        }
        for (crew, plan) in self.crews.iter_mut().zip(&plan.crews) {
            crew.active.iter_mut().for_each(|entry| *entry = mode(*entry));
            if plan.discipline != Discipline::Preemptive {
                crew.active.sort_unstable();
            }
            crew.queue.iter_mut().for_each(|entry| *entry = mode(*entry));
        }
        self.upkeep.rename(mode);
        for (number, (work, plan_of)) in (0..).zip(self.works.iter_mut().zip(&plan.works)) {
            moved(&mut work.marks, |old| {
                let replica = permutation.replicas[plan_of.targets[old as usize].replica as usize];
                let mut works = plan.replica_works[replica as usize].iter();
                works.find(|entry| entry.0 == number).expect("alike replicas have the same works").1
            });
        }
        (0..self.works.len() as u32).for_each(|work| self.recount_work(work));
        for run in runs.iter_mut() {
            run.event = match run.event {
                Event::Fails(old) => Event::Fails(mode(old)),
                Event::Restored(old) => Event::Restored(mode(old)),
                Event::Found(old) => Event::Found(mode(old)),
                Event::Ages(old) => Event::Ages(mode(old)),
                Event::CaughtUp(old) => Event::CaughtUp(permutation.replicas[old as usize]),
                event => event,
            };
            run.clock = run.clock.map(|clock| match run.event {
                Event::Fails(new) => Self::failure_clock(new),
                Event::Restored(new) => Self::restoration_clock(new),
                Event::Found(new) => self.latent_clock(new).unwrap_or(clock),
                Event::Ages(new) => self.age_clock(new).unwrap_or(clock),
                Event::CaughtUp(new) => self.resync_clock(new).unwrap_or(clock),
                _ => clock,
            });
        }
        // Messages stay behind the clocks.
        runs.sort_by_key(|run| (run.clock.is_none(), run.clock));
    }
}

fn moved<T: Clone>(values: &mut [T], to: impl Fn(u32) -> u32) {
    let old = values.to_vec();
    old.into_iter().enumerate().for_each(|(from, value)| values[to(from as u32) as usize] = value);
}
