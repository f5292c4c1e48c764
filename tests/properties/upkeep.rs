//! What repairs wait for, on top of random systems: solvers agree, lumped with unlumped and simulated with exact.

use fivenines::engine::Simulator;
use fivenines::estimate::{Bounds, Confidence, mean_of};
use fivenines::solve::chain::Budget;
use fivenines::solve::{Markov, NotExact};
use fivenines::system::{
    Certificate, Crew, Discipline, Failback, Found, Mode, Preventive, Recorder, RepairError, Response,
    Resync, Scope, Service, Spares, System, Window,
};
use fivenines::units::{Duration, Instant, Probability};
use proptest::prelude::*;

use super::exactness::{Unlumped, assert_alike};
use super::held::{SMALL, compiled, explored, holds};
use super::sketch::{Sketch, law, sketch};

/// What is said of the upkeep of a system's first modes and of its crew.
#[derive(Clone, Debug)]
struct UpkeepSketch {
    /// The shape of the law until failures of the first kind are found; without one only a failover finds them.
    found: Option<Option<usize>>,
    spares: Option<u32>,
    /// Repairs of the first kind, or of the second, need the first service.
    needs: Option<usize>,
    without: bool,
    dormancy: bool,
    discipline: usize,
    responds: Option<usize>,
    works_while: bool,
    pair: PairSketch,
    /// Repairs of the first kind are done again, or break others.
    error: Option<bool>,
    /// The second kind is replaced at an age.
    preventive: bool,
    /// All of the first service expires now and then.
    certificate: bool,
}

/// What is said of failovers, and of what replicas have to do before they serve again.
#[derive(Clone, Debug)]
struct PairSketch {
    covers: bool,
    checks: bool,
    restart: bool,
    failback: bool,
    after_failover: bool,
    resync: bool,
    /// The first service depends on a majority of its own replicas and those of the last.
    votes: bool,
}

fn pair() -> impl Strategy<Value = PairSketch> {
    let rare = || proptest::bool::weighted(0.2);
    (rare(), any::<bool>(), any::<bool>(), any::<bool>(), rare(), rare(), rare()).prop_map(
        |(covers, checks, restart, failback, after_failover, resync, votes)| PairSketch {
            covers,
            checks,
            restart,
            failback,
            after_failover,
            resync,
            votes,
        },
    )
}

fn upkeep() -> impl Strategy<Value = UpkeepSketch> {
    let found = proptest::option::weighted(0.5, proptest::option::weighted(0.8, 0..3usize));
    let spares = proptest::option::weighted(0.4, 1..=2u32);
    let needs = proptest::option::weighted(0.4, 0..2usize);
    let responds = proptest::option::weighted(0.4, 0..2usize);
    let flags = (any::<bool>(), any::<bool>(), any::<bool>());
    let slips = proptest::option::weighted(0.2, any::<bool>());
    let more = (pair(), proptest::bool::weighted(0.1), slips, proptest::bool::weighted(0.2));
    (found, spares, needs, 0..5usize, responds, flags, more).prop_map(
        |(found, spares, needs, discipline, responds, flags, (pair, certificate, error, preventive))| {
            UpkeepSketch {
                found,
                spares,
                needs,
                without: flags.0,
                dormancy: flags.1,
                discipline,
                responds,
                works_while: flags.2,
                pair,
                error,
                preventive,
                certificate,
            }
        },
    )
}

/// Changes something of a system, where the result makes sense.
fn with(system: System, change: impl FnOnce(&mut System)) -> System {
    let mut changed = system.clone();
    change(&mut changed);
    if changed.check().is_empty() { changed } else { system }
}

fn modes<'a>(system: &'a mut System, kind: &str) -> impl Iterator<Item = &'a mut Mode> {
    system.components.get_mut(kind).expect("a sketch has two kinds").modes.values_mut()
}

impl UpkeepSketch {
    fn on(&self, sketch: &Sketch) -> System {
        let crew = |system: &mut System| {
            system.crews.insert("crew".to_owned(), self.crew(&system.crews["crew"]));
        };
        let mut system = with(sketch.system(), crew);
        if self.works_while {
            system = with(system, |system| {
                let crew = system.crews.get_mut("crew").expect("a sketch has a crew");
                crew.works_while = Some(if crew.per.is_some() { "zone" } else { "service-0" }.to_owned());
            });
        }
        for (number, kind) in ["kind-0", "kind-1"].into_iter().enumerate() {
            let found = self.found.as_ref().filter(|_| number == 0);
            let found =
                found.map(|shape| shape.map_or(Found::AtFailover, |it| Found::After(law(it, 6.0, 1.0))));
            system =
                with(system, |system| modes(system, kind).for_each(|mode| mode.found.clone_from(&found)));
            system = with(system, |system| {
                let priority = Some(number as u32 + 1);
                modes(system, kind)
                    .filter(|mode| mode.repaired_by.is_some())
                    .for_each(|mode| mode.priority = priority);
            });
        }
        if let Some(stock) = self.spares {
            system = system.spares("parts", Spares::new(stock, law(0, 9.0, 1.0)));
            modes(&mut system, "kind-1").for_each(|mode| mode.replaced_from = Some("parts".to_owned()));
        }
        // What needs its own service is rebuilt from the others of its part, which is not told.
        if let Some(kind) = self.needs.filter(|_| system.services["service-0"].divided.is_none()) {
            for mode in modes(&mut system, &format!("kind-{kind}")) {
                mode.repair_needs = Some("service-0".to_owned());
                mode.without = self.without.then(|| law(0, 12.0, 1.0));
            }
        }
        if self.dormancy {
            let dormancy = Some(Probability::new(0.25).expect("a share"));
            system = with(system, |system| modes(system, "kind-0").for_each(|mode| mode.dormancy = dormancy));
        }
        if let Some(breaks) = self.error {
            let error = RepairError::new(Probability::new(0.25).expect("a share"));
            let error = if breaks { error.breaks("mode-0") } else { error };
            let err =
                |system: &mut System| modes(system, "kind-0").for_each(|it| it.error = Some(error.clone()));
            system = with(system, err);
        }
        if self.preventive {
            let preventive = Preventive::new(law(0, 25.0, 1.0), law(0, 0.5, 1.0));
            modes(&mut system, "kind-1").for_each(|mode| mode.preventive = Some(preventive.clone()));
        }
        if self.certificate {
            let half = Probability::new(0.5).expect("a share");
            let scope = Scope::all().services(&["service-0"]);
            let certificate = Certificate::new(scope, law(0, 30.0, 1.0), half, law(0, 2.0, 1.0));
            system = system.certificate("tls", certificate);
        }
        self.pair.on(system)
    }

    fn crew(&self, crew: &Crew) -> Crew {
        let mut crew = crew.clone();
        crew.discipline = [
            Discipline::Fifo,
            Discipline::Shared,
            Discipline::Priority,
            Discipline::Preemptive,
            Discipline::Batch,
        ][self.discipline];
        if crew.discipline == Discipline::Batch {
            crew.size = 1;
        }
        if crew.discipline != Discipline::Shared {
            crew.responds =
                self.responds.map(|shape| Response::new(law(shape, 1.5, 1.0))).into_iter().collect();
        }
        crew
    }
}

impl PairSketch {
    fn on(&self, system: System) -> System {
        let mut system = system;
        let last = system.services.keys().rfind(|name| name.starts_with("service")).cloned();
        for service in system.services.values_mut() {
            if let Some(failover) = &mut service.failover {
                if self.covers {
                    failover.covers = Probability::new(0.7).expect("a share");
                }
                failover.checks = self.checks;
                failover.restart = self.restart.then(|| law(0, 0.3, 1.0));
                failover.failback = self.failback.then(|| Failback::new(law(0, 0.4, 1.0)));
            }
        }
        for kind in ["kind-0", "kind-1"].into_iter().filter(|_| self.after_failover) {
            let after = |system: &mut System| modes(system, kind).for_each(|mode| mode.after_failover = true);
            system = with(system, after);
        }
        if self.resync {
            let resync = Resync::new(law(0, 1.5, 1.0), law(0, 6.0, 1.0));
            system = with(system, |system| {
                system.services.get_mut("service-0").expect("a first service").resync = Some(resync);
            });
        }
        if let Some(last) = last.filter(|last| self.votes && last != "service-0") {
            system = with(system, |system| {
                system.services.insert("votes".to_owned(), Service::voters(&["service-0", &last]));
                let first = system.services.get_mut("service-0").expect("a first service");
                first.depends_on.push("votes".to_owned());
            });
        }
        system
    }
}

#[test]
fn lumping_changes_no_answer() {
    holds(80, (sketch(), upkeep()), |(mut sketch, upkeep)| {
        // Most systems with all that besides are too large unlumped; those without upkeep are held above.
        (sketch.work, sketch.network, sketch.power, sketch.load) = (None, None, None, false);
        let system = upkeep.on(&sketch);
        let model = compiled(&system);
        let services = model.services().len();
        let unlumped = match Markov::explore(Unlumped(model), SMALL) {
            Ok(unlumped) => unlumped,
            Err(NotExact::TooLarge { .. }) => return false,
            Err(other) => panic!("{other}"),
        };
        let Some(lumped) = explored(&system) else { return false };
        assert!(lumped.chain().states() <= unlumped.chain().states());
        assert_alike(&lumped, &unlumped, services, 1.0, 1e-9);
        true
    });
}

/// As for systems that say nothing of their upkeep, and as sure.
#[test]
fn simulation_agrees_with_the_chain() {
    const TRIALS: u64 = 150;
    let length = Duration::hours(500.0);
    let end = Instant::START + length.span();
    let window = Window { start: Instant::START, end, length: length.span() };
    let confidence = Confidence::new(1.0 - 1e-6).expect("a level");
    holds(30, (sketch(), upkeep()), |(mut sketch, upkeep)| {
        // With all that besides, most systems would be too large.
        (sketch.work, sketch.power) = (None, None);
        let system = upkeep.on(&sketch);
        let Some(exact) = explored(&system) else { return false };
        let model = compiled(&system);
        let services = model.services().len();
        let (mut recorder, mut simulator) = (Recorder::new(window), Simulator::new(model, 7));
        let mut shares = vec![Vec::new(); services];
        for trial in 0..TRIALS {
            simulator.play(trial, end, &mut recorder);
            for (service, record) in recorder.records().iter().enumerate() {
                shares[service].push(record.downtime.as_secs_f64() / length.secs());
                let booked: u64 = record.causes.iter().map(|cause| cause.1.as_micros()).sum();
                assert_eq!(booked, record.downtime.as_micros(), "all downtime is due to something");
            }
        }
        let transient = exact.transient(Budget::default());
        for (service, shares) in shares.iter().enumerate() {
            let down = transient.time_in(&exact.down(service), 0.0, length.secs()).expect("a small chain");
            let share = (down / length.secs()).min(1.0);
            let estimate = mean_of(shares, Bounds::FRACTION, confidence).expect("shares are fractions");
            assert!(estimate.interval().contains(share), "service {service}: {share} not in {estimate}");
        }
        true
    });
}
