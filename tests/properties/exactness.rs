//! Solvers agree: simulated with exact, lumped with unlumped.

use fivenines::engine::{Clock, Clocks, Context, Model, Runs, Simulator, Watch};
use fivenines::estimate::{Bounds, Confidence, clopper_pearson, mean_of};
use fivenines::solve::chain::Budget;
use fivenines::solve::{Limits, Markov, NotExact};
use fivenines::system::{
    Component, Crew, Mode, Need, Recorder, Service, SiteOutage, System, SystemModel, Window,
};
use fivenines::units::{Duration, Instant};

use super::held::{compiled, explored, holds};
use super::sketch::{law, sketch};

/// What simulation says of a small system agrees with its chain, for each service: the mean share of downtime in the
/// first 500 hours, the chance of an outage by then, and where services may serve less than all, what they do not serve.
///
/// Forty systems of at most three services make 240 statements, each held to the interval at one in a million: by
/// chance alone one of them fails once in four thousand seeds, and the seeds are fixed.
#[test]
fn simulation_agrees_with_the_chain() {
    const TRIALS: u64 = 150;
    let end = Instant::START + Duration::hours(500.0).span();
    let window = Window { start: Instant::START, end, length: Duration::hours(500.0).span() };
    let confidence = Confidence::new(1.0 - 1e-6).unwrap();
    holds(40, sketch(), |sketch| {
        let system = sketch.system();
        let Some(exact) = explored(&system) else { return false };
        let model = compiled(&system);
        let services = model.services().len();
        let (valued, excludes) = (model.valued().to_vec(), model.excludes());
        let (mut recorder, mut simulator) = (Recorder::new(window), Simulator::new(model, 7));
        let mut shares = vec![Vec::new(); services];
        let mut lost = vec![Vec::new(); valued.len()];
        let mut early = vec![0; services];
        for trial in 0..TRIALS {
            simulator.play(trial, end, &mut recorder);
            for (service, record) in recorder.records().iter().enumerate() {
                shares[service].push(record.downtime.as_secs_f64() / window.length.as_secs_f64());
                early[service] += u64::from(record.first_down <= end);
            }
            for (lost, &service) in lost.iter_mut().zip(&valued) {
                let served = recorder.records()[service as usize].served.expect("it is valued");
                lost.push(served.lost_share());
            }
        }
        let transient = exact.transient(Budget::default());
        let horizon = window.length.as_secs_f64();
        for service in 0..services {
            let down = exact.down(service);
            // Rounding may leave it a hair above all of the time.
            let share = (transient.time_in(&down, 0.0, horizon).unwrap() / horizon).min(1.0);
            let estimate = mean_of(&shares[service], Bounds::FRACTION, confidence).unwrap();
            assert!(estimate.interval().contains(share), "service {service}: {share} not in {estimate}");
            let chance = transient.probability_by(&down, horizon).unwrap().min(1.0);
            let estimate = clopper_pearson(early[service], TRIALS, confidence).unwrap();
            assert!(estimate.interval().contains(chance), "service {service}: {chance} not in {estimate}");
        }
        // Where maintenance does not count, what is asked differs between trials, and a mean of shares is no ratio.
        let spent = transient.occupancy(0.0, horizon).unwrap();
        let first = services * (1 + usize::from(excludes));
        for place in (0..valued.len()).filter(|_| !excludes && !sketch.load) {
            let levels = exact.levels(first + 2 * place).iter().zip(&spent);
            let share = (levels.map(|(level, spent)| level * spent).sum::<f64>() / horizon).min(1.0);
            let estimate = mean_of(&lost[place], Bounds::FRACTION, confidence).unwrap();
            assert!(estimate.interval().contains(share), "value {place}: {share} not in {estimate}");
        }
        true
    });
}

/// A system whose alike parts keep their names.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Unlumped(pub SystemModel);

impl Model for Unlumped {
    type Event = <SystemModel as Model>::Event;

    fn clocks(&mut self, clocks: &mut Clocks) {
        self.0.clocks(clocks);
    }

    fn start(&mut self, cx: &mut Context<Self::Event>) {
        self.0.start(cx);
    }

    fn on(&mut self, event: Self::Event, cx: &mut Context<Self::Event>) {
        self.0.on(event, cx);
    }

    fn observe(&self, watch: &mut Watch) {
        self.0.observe(watch);
    }

    fn measures(&self) -> Vec<String> {
        self.0.measures()
    }

    fn label(&self, clock: Clock) -> String {
        self.0.label(clock)
    }

    fn canonical(&mut self, _: &mut Runs<Self::Event>) {}
}

/// Holds two chains' answers about every service against each other, mean times up to a factor.
pub fn assert_alike(one: &Markov, other: &Markov, services: usize, scale: f64, tolerance: f64) {
    let (steady, other_steady) = (one.steady().unwrap(), other.steady().unwrap());
    let close = |what: &str, service: usize, a: f64, b: f64| {
        assert!(a == b || (a / b - 1.0).abs() < tolerance, "{what} of service {service}: {a:e} and {b:e}");
    };
    for service in 0..services {
        let unavailability = one.unavailability(&steady, service);
        close("unavailability", service, unavailability, other.unavailability(&other_steady, service));
        let mean = one.mean_time_to_down(service).unwrap() * scale;
        close("mean time", service, mean, other.mean_time_to_down(service).unwrap());
        let rate = one.outage_rate(&steady, service) / scale;
        close("outage rate", service, rate, other.outage_rate(&other_steady, service));
    }
}

#[test]
fn lumping_changes_no_answer() {
    holds(120, sketch(), |sketch| {
        let system = sketch.system();
        let model = compiled(&system);
        let services = model.services().len();
        let at_least = model.states_at_least();
        let limits = Limits { states: 3000, work: 1_000_000 };
        let unlumped = match Markov::explore(Unlumped(model), limits) {
            Ok(unlumped) => unlumped,
            Err(NotExact::TooLarge { .. }) => return false,
            Err(other) => panic!("{other}"),
        };
        let Some(lumped) = explored(&system) else { return false };
        assert!(lumped.chain().states() <= unlumped.chain().states());
        assert!(at_least <= lumped.chain().states() as f64, "{at_least} is no lower bound");
        assert_alike(&lumped, &unlumped, services, 1.0, 1e-10);
        true
    });
}

/// When the region is back, the nodes of its two zones ask for the one repairer in the order of their names, in
/// conditions that may differ: a zone that is down does not ask, a node that had failed before asks for more.
#[test]
fn zones_whose_repairs_queue_by_name_are_not_alike() {
    let repaired = |life: f64| Mode::new(law(0, life, 1.0), law(0, 4.0, 1.0)).repaired_by("crew");
    let system = System::new()
        .levels(&["region", "zone"])
        .site("region/a")
        .site("region/b")
        .level_mode("region", "outage", Mode::new(law(0, 50.0, 1.0), law(0, 2.0, 1.0)))
        .crew("crew", Crew::new(1))
        .component(
            "node",
            Component::new()
                .with_mode("crash", repaired(30.0))
                .with_mode("wear", repaired(40.0))
                .site_outage(SiteOutage::Crashes("crash".to_owned())),
        )
        .service("any", Service::replicas("node", 2).spread("zone"))
        .service("all", Service::members(&["any"]).needs(Need::All));
    let exact = explored(&system).unwrap();
    let limits = Limits { states: 3000, work: 1_000_000 };
    let unlumped = Markov::explore(Unlumped(compiled(&system)), limits).unwrap();
    assert_alike(&exact, &unlumped, 2, 1.0, 1e-10);
}
