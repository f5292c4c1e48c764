//! How a case is held: every value exactly, and the simulation's intervals around them.

use std::hash::Hash;

use fivenines::engine::{Class, Clock, Clocks, Context, Model, Simulator};
use fivenines::estimate::{Bounds, Confidence, clopper_pearson, mean_of};
use fivenines::random::{Law, Name};
use fivenines::solve::chain::Budget;
use fivenines::solve::{Limits, Markov};
use fivenines::system::{Recorder, System, SystemModel, Window};
use fivenines::units::{Duration, Instant, Rate};

/// A quantity by name, its value, and who computed it.
pub type Row = (&'static str, f64, &'static str);

/// Storm 1.14, sparse engine, exact rational arithmetic; the decimal is the rounded rational.
pub const EXACT: &str = "Storm 1.14, exact";
/// Storm 1.14, uniformization truncated at 1e-18.
pub const UNIFORMIZED: &str = "Storm 1.14, uniformization";
/// Storm 1.14, linear equations by state elimination in doubles.
pub const ELIMINATED: &str = "Storm 1.14, state elimination";
/// Storm 1.14, state space of a dynamic fault tree.
pub const FAULT_TREE: &str = "Storm 1.14, fault tree";

/// The largest relative difference that counts as equal.
const TOLERANCE: f64 = 1e-9;
const HOUR: f64 = 3600.0;

/// How long to simulate, as far as it makes sense.
pub enum Play {
    /// Until about this many outages are seen.
    Outages(f64),
    /// Not at all, and why.
    Not(&'static str),
}

/// An exponential law by its rate per hour; a rate of zero never fires.
pub fn rate(per_hour: f64) -> Law {
    if per_hour == 0.0 { Law::Never } else { Law::exponential_rate(Rate::per_hour(per_hour)) }
}

/// An exponential law by its mean in hours.
pub fn mean(hours: f64) -> Law {
    Law::exponential(Duration::hours(hours))
}

/// Declares this many clocks without names that matter, and one source of choices, which is `Source::default()`.
pub fn declare(clocks: &mut Clocks, count: usize) {
    (0..count).for_each(|index| {
        clocks.clock(Name::new("clock").at(index), Class::Fault);
    });
    clocks.source("choice");
}

/// The clock of an index.
pub fn clock(index: usize) -> Clock {
    Clock::from_index(index)
}

/// Makes `clock` run at `rate` times `count` per hour with its own index as the event; not at all where `count` is
/// zero. For exponential clocks, which may be set anew at any time.
pub fn race(cx: &mut Context<usize>, index: usize, per_hour: f64, count: f64) {
    cx.set(clock(index), &rate(per_hour), index);
    if count == 0.0 {
        cx.cancel(clock(index));
    } else {
        cx.set_speed(clock(index), count);
    }
}

/// The chain of a model.
pub fn explore<M>(model: M) -> Markov
where
    M: Model + Eq + Hash,
    M::Event: Ord + Hash,
{
    Markov::explore(model, Limits::PATIENT).expect("a case has an exact solution")
}

/// A quantity of a measure, by its name: times are in hours, and so is what is asked for in time.
pub fn answer(exact: &Markov, measure: usize, quantity: &str) -> f64 {
    match quantity {
        "unavailability" => exact.unavailability(&exact.steady().expect("a case has a long run"), measure),
        "mttf" | "mttdl" => exact.mean_time_to_down(measure).expect("a case has a mean") / HOUR,
        other => {
            let (what, time) = other.rsplit_once('_').expect("a quantity at a time");
            let time: f64 = time.trim_end_matches('h').parse().expect("a time in hours");
            let (seconds, down) = (time * HOUR, exact.down(measure));
            let transient = exact.transient(Budget::default());
            let solved = match what {
                "unreliability" | "p_loss" => transient.probability_by(&down, seconds),
                "point_unavailability" => transient.probability_at(&down, seconds),
                "expected_downtime" => transient.time_in(&down, 0.0, seconds).map(|down| down / HOUR),
                _ => panic!("no quantity is called {what}"),
            };
            solved.expect("within the budget")
        }
    }
}

/// The long-run shares of time of a chain's states, from its rates: Gauss and Jordan, on the balance equations.
pub fn stationary(states: usize, rates: &[(usize, usize, f64)]) -> Vec<f64> {
    let mut rows = vec![vec![0.0; states + 1]; states];
    for &(from, to, rate) in rates {
        rows[to][from] += rate;
        rows[from][from] -= rate;
    }
    // One balance equation follows from the others; the shares add up to one instead.
    rows[states - 1] = vec![1.0; states + 1];
    for pivot in 0..states {
        let size = |&row: &usize| rows[row][pivot].abs();
        let best = (pivot..states).max_by(|a, b| size(a).total_cmp(&size(b))).expect("a chain has states");
        rows.swap(pivot, best);
        for row in (0..states).filter(|&row| row != pivot) {
            let (factor, other) = (rows[row][pivot] / rows[pivot][pivot], rows[pivot].clone());
            rows[row].iter_mut().zip(other).for_each(|(cell, other)| *cell -= factor * other);
        }
    }
    (0..states).map(|state| rows[state][states] / rows[state][state]).collect()
}

/// Says that two numbers are not equal.
#[track_caller]
pub fn close(what: &str, found: f64, expected: f64, tolerance: f64) {
    let error = (found / expected - 1.0).abs();
    assert!(error <= tolerance, "{what}: {found:e} instead of {expected:e}, off by {error:.1e}");
}

/// Holds a chain to a table.
#[track_caller]
pub fn table(exact: &Markov, measure: usize, rows: &[Row]) {
    for &(quantity, value, origin) in rows {
        close(&format!("{quantity} ({origin})"), answer(exact, measure, quantity), value, TOLERANCE);
    }
}

/// Holds a model's exact solution to a table about its first measure.
#[track_caller]
pub fn model<M>(model: M, rows: &[Row])
where
    M: Model + Eq + Hash,
    M::Event: Ord + Hash,
{
    table(&explore(model), 0, rows);
}

/// A system's model and the place of a service in it.
pub fn compiled(system: &System, service: &str) -> (SystemModel, usize) {
    let model = SystemModel::new(system).expect("a case has no mistakes");
    let place = model.services().position(|name| name == service).expect("a case has its service");
    (model, place)
}

/// Holds a system's exact solution to a table about the service `system`, and its simulation to the exact solution.
#[track_caller]
pub fn system(system: &System, rows: &[Row], play: Play) {
    measure(system, "system", rows, play);
}

/// The same about a service of any name.
#[track_caller]
pub fn measure(system: &System, service: &str, rows: &[Row], play: Play) {
    let (model, service) = compiled(system, service);
    let exact = explore(model.clone());
    table(&exact, service, rows);
    match play {
        Play::Outages(outages) => simulation(model, service, &exact, rows, outages),
        Play::Not(reason) => assert!(!reason.is_empty()),
    }
}

/// Trials of each simulation.
const TRIALS: u64 = 100;

/// Each of about fifty statements may be wrong once in two thousand seeds, so all hold with 97%; and the seeds are
/// fixed, so what holds once holds always.
const CONFIDENCE: f64 = 0.9995;

/// The interval around the simulated share of downtime of a service in trials of this length.
pub fn share_of_downtime(model: SystemModel, service: usize, length: Duration) -> (f64, f64) {
    let end = Instant::START + length.span();
    let mut recorder = Recorder::new(Window { start: Instant::START, end, length: length.span() });
    let mut simulator = Simulator::new(model, 20_260_101);
    let shares: Vec<f64> = (0..TRIALS)
        .map(|trial| {
            simulator.play(trial, end, &mut recorder);
            recorder.records()[service].downtime.as_secs_f64() / length.secs()
        })
        .collect();
    let confidence = Confidence::new(CONFIDENCE).expect("a level");
    let estimate = mean_of(&shares, Bounds::FRACTION, confidence).expect("shares are fractions");
    (estimate.interval().lower(), estimate.interval().upper())
}

/// The share of downtime and the first outages of a simulation have intervals that contain the exact values.
///
/// Trials start with everything up and last several times the mean time between outages, beside which the few
/// repair times until the start is forgotten are nothing: the bias is below a thousandth, the interval's
/// half-width a tenth.
#[track_caller]
fn simulation(model: SystemModel, service: usize, exact: &Markov, rows: &[Row], outages: f64) {
    let steady = exact.steady().expect("a case has a long run");
    let seconds = outages / TRIALS as f64 / exact.outage_rate(&steady, service);
    let end = Instant::START + Duration::seconds(seconds).span();
    let mut recorder =
        Recorder::new(Window { start: Instant::START, end, length: Duration::seconds(seconds).span() });
    let mut simulator = Simulator::new(model, 20_260_101);
    let (mut shares, mut firsts) = (Vec::new(), Vec::new());
    for trial in 0..TRIALS {
        simulator.play(trial, end, &mut recorder);
        let record = &recorder.records()[service];
        shares.push(record.downtime.as_secs_f64() / seconds);
        firsts.push(record.first_down);
    }
    let confidence = Confidence::new(CONFIDENCE).expect("a level");
    let estimate = mean_of(&shares, Bounds::FRACTION, confidence).expect("shares are fractions");
    let expected = exact.unavailability(&steady, service);
    let interval = estimate.interval();
    assert!(
        interval.lower() <= expected && expected <= interval.upper(),
        "unavailability {expected:e} is outside of {} to {}",
        interval.lower(),
        interval.upper()
    );
    for &(quantity, value, _) in rows {
        let Some(time) = quantity.strip_prefix("unreliability_") else { continue };
        let time: f64 = time.trim_end_matches('h').parse().expect("a time in hours");
        if time * HOUR > seconds {
            continue;
        }
        let by = Instant::START + Duration::hours(time).span();
        let early = firsts.iter().filter(|&&first| first <= by).count() as u64;
        let interval = clopper_pearson(early, TRIALS, confidence).expect("a count of trials").interval();
        assert!(interval.lower() <= value && value <= interval.upper(), "{quantity}: {early} of {TRIALS}");
    }
}
