//! How far the answer moves within the ranges of the catalog's figures that an experiment uses.
//!
//! Each figure in turn is put to its low and its high end, all others staying typical (a tornado); then all of them are put
//! to the ends that mean less and more downtime; then, if asked for, all are drawn at once. Every setting is a whole run
//! with the same seed, so that differences are those of the figures and not of luck.

use std::sync::atomic::AtomicBool;

use super::results::{DrawnResult, EndResult, JointResult, RangeResult, UncertaintyResult};
use super::run::{Options, RunError, Watcher, run};
use super::{CatalogUse, Experiment, Results, slot};
use crate::catalog::{Amount, Kind, Quantity};
use crate::random::math::ln;
use crate::random::{Name, Purpose, StreamKey};
use crate::system::KeyPath;

/// Chances of the low, the typical and the high value in a joint draw, with low and high read as 10th and 90th
/// percentiles: Swanson's rule (Hurst, Brown & Swanson 2000, AAPG Bulletin 84(12)).
const SWANSON: [f64; 2] = [0.3, 0.7];
/// More draws than this are a slip of the finger.
pub const MOST_DRAWS: u64 = 10_000;

/// A figure that an experiment uses, and where.
#[derive(Clone, Debug)]
struct Knob {
    entry: String,
    quantity: String,
    figure: Quantity,
    /// Every place in any design, each once. They move together: what is unknown of a figure is unknown in all places.
    paths: Vec<String>,
}

/// Where in its range a figure stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Low,
    Typical,
    High,
}

/// Runs the experiment once more for every end of every figure, and for `draws` joint draws of all figures.
///
/// `results` are those with typical values. Nothing comes back where the experiment uses no figure that has a range.
///
/// ```
/// use fivenines::experiment::{Experiment, Options, Unwatched, run, uncertainty};
///
/// let experiment = Experiment::parse("x.toml", r#"
/// title = "Two disks"
/// horizon = "1y"
/// seed = 1
/// method = "exact"
/// [component.disk]
/// from = "catalog:disk/hdd"
/// mode.failure.restored = "exponential(mean 1d)"
/// [service.data]
/// runs_on = "disk"
/// replicas = 2
/// needs = "any"
/// "#).unwrap();
/// let results = run(&experiment, &Options::default(), &Unwatched).unwrap();
/// let moved = uncertainty(&experiment, &results, 0, &Options::default(), &Unwatched).unwrap().unwrap();
/// let [range] = &moved.ranges[..] else { unreachable!() };
/// assert_eq!((range.entry.as_str(), range.quantity.as_str()), ("disk/hdd", "failure.fails"));
/// assert!(range.low.downtime_s_per_year[0].value < range.high.downtime_s_per_year[0].value);
/// ```
///
/// # Errors
/// As a run has them.
pub fn uncertainty(
    experiment: &Experiment,
    results: &Results,
    draws: u64,
    options: &Options,
    watcher: &dyn Watcher,
) -> Result<Option<UncertaintyResult>, RunError> {
    let knobs = knobs(experiment);
    if knobs.is_empty() {
        return Ok(None);
    }
    let total = 2 * (knobs.len() as u64 + 1) + draws;
    let mut done = 0;
    let mut at = |places: &[Place]| {
        done += 1;
        let numbered = Numbered { inner: watcher, label: format!("{done} of {total}") };
        let varied = varied(experiment, &knobs, places);
        run(&varied, options, &numbered).map(|results| end(&results))
    };
    let less: Vec<Place> = knobs.iter().map(|knob| with_less_downtime(knob.figure.kind)).collect();
    let more: Vec<Place> = less.iter().map(|place| place.opposite()).collect();
    let (favorable, unfavorable) = (at(&less)?, at(&more)?);
    let mut ranges = Vec::new();
    for (index, knob) in knobs.iter().enumerate() {
        let mut places = vec![Place::Typical; knobs.len()];
        places[index] = Place::Low;
        let low = at(&places)?;
        places[index] = Place::High;
        ranges.push(range(knob, low, at(&places)?));
    }
    // The order of the file breaks ties.
    ranges.sort_by(|a, b| swing(b).total_cmp(&swing(a)));
    let mut drawn = Vec::new();
    for draw in 0..draws {
        drawn.push(at(&drawn_places(&knobs, experiment.seed, draw))?);
    }
    let joint = (draws > 0).then(|| joint(results, &drawn));
    Ok(Some(UncertaintyResult { ranges, favorable, unfavorable, joint }))
}

/// The figures with a range, in the order of the file.
fn knobs(experiment: &Experiment) -> Vec<Knob> {
    let mut knobs: Vec<Knob> = Vec::new();
    let uses = experiment.designs.iter().flat_map(|design| &design.uses);
    for CatalogUse { path, entry, quantity, figure } in uses.filter(|used| used.figure.is_uncertain()) {
        let known = knobs.iter_mut().find(|knob| knob.entry == *entry && knob.quantity == *quantity);
        match known {
            Some(knob) if knob.paths.contains(path) => {}
            Some(knob) => knob.paths.push(path.clone()),
            None => knobs.push(Knob {
                entry: entry.clone(),
                quantity: quantity.clone(),
                figure: figure.clone(),
                paths: vec![path.clone()],
            }),
        }
    }
    knobs
}

impl Place {
    fn opposite(self) -> Place {
        match self {
            Place::Low => Place::High,
            Place::Typical => Place::Typical,
            Place::High => Place::Low,
        }
    }
}

/// The end that means less downtime: of what works the high one, of anything else the low one.
fn with_less_downtime(kind: Kind) -> Place {
    if kind == Kind::Success { Place::High } else { Place::Low }
}

/// The experiment with its figures at these places.
fn varied(experiment: &Experiment, knobs: &[Knob], places: &[Place]) -> Experiment {
    let mut varied = experiment.clone();
    for design in &mut varied.designs {
        for used in &design.uses {
            let index =
                knobs.iter().position(|knob| knob.entry == used.entry && knob.quantity == used.quantity);
            let place = index.map_or(Place::Typical, |index| places[index]);
            if let (Some(amount), Ok(path)) = (amount(&used.figure, place), used.path.parse::<KeyPath>()) {
                slot::set(&mut design.system, &path, amount);
            }
        }
    }
    varied
}

/// The value at a place; the typical one is there already.
fn amount(figure: &Quantity, place: Place) -> Option<&Amount> {
    match place {
        Place::Low => Some(&figure.low),
        Place::Typical => None,
        Place::High => Some(&figure.high),
    }
}

/// Where each figure stands in a joint draw, by a stream of its own: another figure beside it changes nothing.
fn drawn_places(knobs: &[Knob], seed: u64, draw: u64) -> Vec<Place> {
    let place = |knob: &Knob| {
        let name = Name::new(&format!("catalog/{}/{}", knob.entry, knob.quantity));
        let key = StreamKey { seed, trial: draw, name, purpose: Purpose::Duration };
        match key.open().uniform() {
            u if u < SWANSON[0] => Place::Low,
            u if u < SWANSON[1] => Place::Typical,
            _ => Place::High,
        }
    };
    knobs.iter().map(place).collect()
}

fn end(results: &Results) -> EndResult {
    EndResult {
        downtime_s_per_year: results.designs.iter().map(|it| it.service.downtime_s_per_year).collect(),
        meets_objective: results.designs.iter().map(|it| it.meets_objective).collect(),
        contenders: results.contenders.clone(),
    }
}

fn range(knob: &Knob, low: EndResult, high: EndResult) -> RangeResult {
    RangeResult {
        entry: knob.entry.clone(),
        quantity: knob.quantity.clone(),
        paths: knob.paths.clone(),
        values: [&knob.figure.low, &knob.figure.typical, &knob.figure.high].map(ToString::to_string),
        range: knob.figure.range.clone().unwrap_or_default(),
        low,
        high,
    }
}

/// How far a range moves the design that it moves most, as the logarithm of a factor.
fn swing(range: &RangeResult) -> f64 {
    let ends = range.low.downtime_s_per_year.iter().zip(&range.high.downtime_s_per_year);
    let moves = ends.map(|(low, high)| match (low.value > 0.0, high.value > 0.0) {
        (true, true) => (ln(high.value) - ln(low.value)).abs(),
        (false, false) => 0.0,
        _ => f64::INFINITY,
    });
    moves.fold(0.0, f64::max)
}

/// What came of joint draws.
fn joint(results: &Results, drawn: &[EndResult]) -> JointResult {
    let of_design = |(index, design): (usize, &super::DesignResult)| {
        let mut downtimes: Vec<f64> = drawn.iter().map(|end| end.downtime_s_per_year[index].value).collect();
        downtimes.sort_by(f64::total_cmp);
        // The smallest value that at least this share of the draws do not exceed.
        let at = |share: f64| downtimes[((share * downtimes.len() as f64).ceil() as usize).max(1) - 1];
        let leads = |end: &&EndResult| end.contenders.contains(&design.name);
        DrawnResult {
            design: design.name.clone(),
            p10_s_per_year: at(0.1),
            p50_s_per_year: at(0.5),
            p90_s_per_year: at(0.9),
            among_best: drawn.iter().filter(leads).count() as u64,
            meets_objective: drawn.iter().filter(|end| end.meets_objective[index] == Some(true)).count()
                as u64,
        }
    };
    let designs = results.designs.iter().enumerate().map(of_design).collect();
    JointResult { draws: drawn.len() as u64, designs }
}

/// A watcher that hears which of the many runs is going on.
struct Numbered<'a> {
    inner: &'a dyn Watcher,
    label: String,
}

impl Watcher for Numbered<'_> {
    fn progress(&self, design: &str, done: u64, at_most: u64) {
        self.inner.progress(&format!("{}: {design}", self.label), done, at_most);
    }

    fn exploring(&self, design: &str) {
        self.inner.exploring(&format!("{}: {design}", self.label));
    }

    fn interrupt(&self) -> Option<&AtomicBool> {
        self.inner.interrupt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::Unwatched;

    const FILE: &str = r#"
title = "T"
horizon = "1y"
seed = 1
method = "exact"
[component.disk]
from = "catalog:disk/hdd"
mode.failure.restored = "exponential(mean 1d)"
[component.spare]
from = "catalog:disk/hdd"
mode.failure.restored = "exponential(mean 1d)"
mode.noise = { fails = "mtbf 9y", restored = "exponential(mean 1h)" }
[service.data]
runs_on = ["disk", "spare"]
replicas = 2
needs = "any"
[[design]]
name = "two"
[[design]]
name = "better"
set = { "component.disk.from" = "catalog:ssd/enterprise" }
"#;

    #[test]
    fn one_figure_in_several_places_is_one_unknown() {
        let experiment = Experiment::parse("x", FILE).unwrap();
        let knobs = knobs(&experiment);
        let named: Vec<(&str, &[String])> =
            knobs.iter().map(|knob| (knob.entry.as_str(), knob.paths.as_slice())).collect();
        let paths =
            ["component.disk.mode.failure.fails", "component.spare.mode.failure.fails"].map(String::from);
        // The SSD's mode is called otherwise, and is one more mode beside the file's own.
        assert_eq!(named[0], ("disk/hdd", &paths[..]));
        assert_eq!(named[1].0, "ssd/enterprise");
    }

    #[test]
    fn ends_lie_on_both_sides_and_all_at_once_lie_further_out() {
        let mut experiment = Experiment::parse("x", FILE).unwrap();
        experiment.designs.truncate(1);
        let results = run(&experiment, &Options::default(), &Unwatched).unwrap();
        let moved = uncertainty(&experiment, &results, 30, &Options::default(), &Unwatched).unwrap().unwrap();
        let down = |end: &EndResult| end.downtime_s_per_year[0].value;
        let typical = results.designs[0].service.downtime_s_per_year.value;
        for range in &moved.ranges {
            assert!(down(&range.low) < typical && typical < down(&range.high));
            assert!(
                down(&moved.favorable) <= down(&range.low) && down(&range.high) <= down(&moved.unfavorable)
            );
        }
        let joint = moved.joint.unwrap();
        let drawn = &joint.designs[0];
        assert!(
            down(&moved.favorable) <= drawn.p10_s_per_year && drawn.p10_s_per_year <= drawn.p50_s_per_year
        );
        assert!(
            drawn.p50_s_per_year <= drawn.p90_s_per_year && drawn.p90_s_per_year <= down(&moved.unfavorable)
        );
        assert_eq!((joint.draws, drawn.among_best), (30, 30));
    }

    #[test]
    fn draws_have_the_shares_of_the_rule() {
        let experiment = Experiment::parse("x", FILE).unwrap();
        let knobs = knobs(&experiment);
        let count =
            |wanted| (0..4000).filter(|&draw| drawn_places(&knobs, 1, draw)[0] == wanted).count() as f64;
        // Binomial with 4,000 draws: a deviation of 4.4 sigma has a chance of 1e-5, and sigma is at most 31.
        for (place, share) in [(Place::Low, 0.3), (Place::Typical, 0.4), (Place::High, 0.3)] {
            assert!((count(place) - 4000.0 * share).abs() < 4.4 * 31.0, "{place:?}: {}", count(place));
        }
    }
}
