//! Data that services keep, on top of random systems: solvers agree, lumped with unlumped and simulated with exact.

use fivenines::engine::Simulator;
use fivenines::estimate::{Bounds, Confidence, mean_of};
use fivenines::solve::chain::Budget;
use fivenines::solve::{Markov, NotExact};
use fivenines::system::{Body, Data, DataBackup, Need, Recorder, System, Window};
use fivenines::units::{Duration, Instant, Probability};
use proptest::prelude::*;

use super::exactness::{Unlumped, assert_alike};
use super::held::{SMALL, compiled, explored, holds};
use super::sketch::{Sketch, law, sketch};

/// What is said of data: the first service keeps them, or all that run on components do.
#[derive(Clone, Debug)]
struct DataSketch {
    all: bool,
    need: Need,
    local_groups: bool,
    decision: bool,
    anew: bool,
    backup: Option<BackupSketch>,
}

#[derive(Clone, Debug)]
struct BackupSketch {
    /// The last service keeps it, and not something that is always at hand.
    kept_in: bool,
    copies: u32,
    works: bool,
}

fn data() -> impl Strategy<Value = DataSketch> {
    let backup = (any::<bool>(), 1..=2u32, any::<bool>());
    let backup = backup.prop_map(|(kept_in, copies, works)| BackupSketch { kept_in, copies, works });
    let backup = proptest::option::weighted(0.7, backup);
    let need = prop_oneof![Just(Need::Any), Just(Need::Majority), Just(Need::Count(2))];
    (any::<bool>(), need, any::<bool>(), any::<bool>(), any::<bool>(), backup).prop_map(
        |(all, need, local_groups, decision, anew, backup)| DataSketch {
            all,
            need,
            local_groups,
            decision,
            anew,
            backup,
        },
    )
}

impl DataSketch {
    /// Nothing where no service can keep such data.
    fn on(&self, sketch: &Sketch) -> Option<System> {
        let mut system = sketch.system();
        for kind in system.components.values_mut() {
            kind.modes.values_mut().for_each(|mode| mode.destroys = mode.slow.is_none());
        }
        let names: Vec<String> = system.services.keys().cloned().collect();
        let store = names.iter().rfind(|name| name.starts_with("service"))?.clone();
        let all = if self.all { usize::MAX } else { 1 };
        for name in names.iter().filter(|name| name.starts_with("service")).take(all) {
            let mut data = Data::new(self.need).local_groups(2 * u32::from(self.local_groups));
            data.decision = (self.decision && self.backup.is_some()).then(|| law(0, 1.0, 1.0));
            data.anew = self.anew.then(|| law(0, 3.0, 1.0));
            if let Some(sketch) = &self.backup {
                let mut backup = DataBackup::new(law(0, 2.0, 1.0)).every(Duration::hours(1.0));
                backup.keeps = sketch.copies;
                backup.works = Probability::new(if sketch.works { 1.0 } else { 0.6 }).ok()?;
                backup.kept_in = (sketch.kept_in && *name != store).then(|| store.clone());
                data = data.backup("vault", backup);
            }
            let before = system.clone();
            let service = system.services.get_mut(name)?;
            if matches!(service.body, Body::Replicas { .. }) {
                service.data = Some(data);
            }
            // Some have too few replicas for such a code, or their backup would rest on them.
            let named = |path: &str| path.contains(".data");
            if system.check().iter().any(|problem| named(&problem.path.to_string())) {
                system = before;
            }
        }
        // Where no service keeps anything there is nothing to destroy.
        for problem in system.check().iter().filter(|problem| problem.path.to_string().ends_with(".destroys"))
        {
            let path = problem.path.to_string();
            let kind = path.split('.').nth(1)?;
            system.components.get_mut(kind)?.modes.values_mut().for_each(|mode| mode.destroys = false);
        }
        system.check().is_empty().then_some(system)
    }
}

/// Systems that keep data and whose chains are small.
fn keeps_data() -> impl Strategy<Value = (System, Markov)> {
    (sketch(), data()).prop_filter_map("no data, or too many states", |(sketch, data)| {
        let system = data.on(&sketch).filter(|system| compiled(system).kept_data().len() > 0)?;
        let exact = explored(&system)?;
        Some((system, exact))
    })
}

#[test]
fn lumping_of_data_changes_no_answer() {
    holds(40, keeps_data(), |(system, lumped)| {
        let model = compiled(&system);
        let unlumped = match Markov::explore(Unlumped(model), SMALL) {
            Ok(unlumped) => unlumped,
            Err(NotExact::TooLarge { .. }) => return false,
            Err(other) => panic!("{other}"),
        };
        assert!(lumped.chain().states() <= unlumped.chain().states());
        assert_alike(&lumped, &unlumped, lumped.measures(), 1.0, 1e-9);
        true
    });
}

#[test]
fn simulation_of_data_agrees_with_the_chain() {
    let end = Instant::START + Duration::hours(500.0).span();
    let window = Window { start: Instant::START, end, length: Duration::hours(500.0).span() };
    let horizon = window.length.as_secs_f64();
    let confidence = Confidence::new(1.0 - 1e-6).unwrap();
    holds(30, keeps_data(), |(system, exact)| {
        let model = compiled(&system);
        let (services, data) = (model.services().len(), model.data_measures());
        let kept = data.len();
        let (mut recorder, mut simulator) = (Recorder::new(window), Simulator::new(model, 11));
        // Of services the time down, behind them of data the time away, on average over their parts.
        let mut shares = vec![Vec::new(); services + kept];
        for trial in 0..150 {
            simulator.play(trial, end, &mut recorder);
            let losses = recorder.take_losses();
            for (record, shares) in recorder.records().iter().zip(&mut shares) {
                let booked: u64 = record.causes.iter().map(|cause| cause.1.as_micros()).sum();
                assert_eq!(booked, record.downtime.as_micros(), "all downtime is due to something");
                shares.push(record.downtime.as_secs_f64() / horizon);
            }
            for (number, shares) in (0..).zip(&mut shares[services..]) {
                let own = losses.iter().filter(|loss| loss.data == number);
                let spans = own.map(|loss| (loss.end.unwrap_or(end) - loss.start).as_secs_f64());
                let parts = data[number as usize].each().len() as f64;
                shares.push((spans.sum::<f64>() / horizon / parts).min(1.0));
            }
        }
        let transient = exact.transient(Budget::default());
        let measures = (0..services).map(|service| vec![service]);
        for (measures, shares) in measures.chain(data.iter().map(|it| it.each().to_vec())).zip(&shares) {
            let down = |&measure: &usize| {
                let down = exact.down(measure);
                (transient.time_in(&down, 0.0, horizon).unwrap() / horizon).min(1.0)
            };
            let share = measures.iter().map(down).sum::<f64>() / measures.len() as f64;
            let estimate = mean_of(shares, Bounds::FRACTION, confidence).unwrap();
            assert!(estimate.interval().contains(share), "measures {measures:?}: {share} not in {estimate}");
        }
        true
    });
}
