//! All that is fitted to durations: four laws with intervals, the curve, the hazard, or a bound where they are too few.

use serde::{Serialize, Serializer};

use super::batch::{Batch, Weights, batches};
use super::gaps::Gap;
use super::likelihood::{Family, Point2};
use super::maximum::maximize;
use super::resample::{Replicas, middle};
use super::sample::{Observation, Sample};
use super::survival::{Piece, Step, distance, hazard, poisson, survival, thinned};
use crate::random::Law;
use crate::random::math::exp;
use crate::units::Duration;

/// Fewer than so many give a bound and no law: with nine, the 95% interval of a mean spans a factor of four, and that of
/// a shape a factor of three.
pub const FEWEST: u64 = 10;

/// A value with its 95% interval, if there is one.
///
/// ```
/// use fivenines::fit::Measured;
///
/// let shape = Measured { value: 0.7, interval: Some((0.6, 0.8)) };
/// assert!(shape.below(1.0) && !shape.below(0.75));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Measured {
    /// The best single value.
    pub value: f64,
    /// Lower and upper end.
    pub interval: Option<(f64, f64)>,
}

impl Measured {
    /// True where all of the interval lies below a value.
    pub fn below(&self, value: f64) -> bool {
        self.interval.map_or(self.value, |(_, upper)| upper) < value
    }
}

/// A law with the greatest likelihood in its family.
///
/// ```
/// use fivenines::fit::{Observation, fit_durations};
/// use fivenines::units::Duration;
///
/// let seen: Vec<Observation> = (1..=40)
///     .map(|day| Observation { from: Duration::ZERO, to: Duration::days(f64::from(day)), ended: true })
///     .collect();
/// let fit = fit_durations(&seen, 50, 1);
/// assert_eq!(fit.laws[0].delta_aic, 0.0);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LawFit {
    /// The family.
    pub family: Family,
    /// The law.
    #[serde(serialize_with = "as_text")]
    pub law: Law,
    /// Shape or sigma; an exponential has none.
    pub shape: Option<Measured>,
    /// Scale or median, in seconds; an exponential has none, and a gamma's mean is its own.
    pub scale_s: Option<Measured>,
    /// The mean, in seconds.
    pub mean_s: Measured,
    /// Akaike's information criterion, less that of the best law: above 10, a law has hardly any support (Burnham and
    /// Anderson 2002, *Model Selection*, 2nd ed., section 2.6).
    pub delta_aic: f64,
    /// The largest distance to the survival curve.
    pub distance: f64,
    /// The chance of such a distance if the law were true.
    pub chance: Option<f64>,
    /// In which share of the resamples it was the best.
    pub wins: f64,
}

fn as_text<S: Serializer>(law: &Law, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(law)
}

/// What few failures tell.
///
/// ```
/// use fivenines::fit::{Observation, fit_durations};
/// use fivenines::units::Duration;
///
/// let seen = Observation { from: Duration::ZERO, to: Duration::days(300.0), ended: false };
/// let bound = fit_durations(&[seen; 10], 50, 1).bound.unwrap();
/// // The rule of three: with 95% confidence, no more than one in a third of the time watched.
/// assert!((bound.mean_at_least_s / 86_400.0 - 1001.4).abs() < 0.1);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Bound {
    /// The mean is at least this, in seconds, with 95% confidence, if the hazard is constant: exposure over the Poisson
    /// bound, which is the chi-square bound of reliability tests (MIL-HDBK-338B, section 8.3.2.5).
    pub mean_at_least_s: f64,
    /// And at most this, with 95% confidence; nothing where none ended.
    pub mean_at_most_s: Option<f64>,
}

/// What was fitted to durations.
///
/// ```
/// use fivenines::fit::{Family, Observation, fit_durations};
/// use fivenines::units::Duration;
///
/// let seen: Vec<Observation> = (1..=200)
///     .map(|n| Observation { from: Duration::ZERO, to: Duration::seconds(f64::from(n * n * n)), ended: true })
///     .collect();
/// let fit = fit_durations(&seen, 50, 1);
/// let weibull = fit.law(Family::Weibull).unwrap();
/// assert!(weibull.shape.unwrap().below(1.0), "cubes of uniform numbers have a falling hazard at first");
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Fit {
    /// How many ended.
    pub ended: u64,
    /// How many were censored.
    pub censored: u64,
    /// How many were first seen at an age.
    pub truncated: u64,
    /// All the time watched, in seconds.
    pub exposure_s: f64,
    /// The time watched over those that ended, in seconds, whatever the law: an MTBF, or the mean repair.
    pub mean_s: Option<Measured>,
    /// Median of those that ended, in seconds, without regard to those that did not.
    pub median_s: f64,
    /// 95th percentile of those that ended, in seconds.
    pub p95_s: f64,
    /// The log's step, of which all lengths are multiples, in seconds; 0 for none.
    pub resolution_s: f64,
    /// Relative width of the cells that lengths were put into because they are many; 0 where each was kept as it is.
    #[serde(skip_serializing_if = "is_zero")]
    pub cell_width: f64,
    /// The laws, the best by AIC first; none where there are too few or all are the same.
    pub laws: Vec<LawFit>,
    /// What is known where there are too few.
    pub bound: Option<Bound>,
    /// The survival curve, thinned to what can be seen.
    pub survival: Vec<Step>,
    /// The hazard in pieces.
    pub hazard: Vec<Piece>,
    /// The hazard in pieces of equal ratio, for a plot.
    #[serde(skip)]
    pub fine_hazard: Vec<Piece>,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks with a reference")]
fn is_zero(x: &f64) -> bool {
    *x == 0.0
}

impl Fit {
    /// The law of a family.
    pub fn law(&self, family: Family) -> Option<&LawFit> {
        self.laws.iter().find(|law| law.family == family)
    }

    /// The law with the lowest AIC.
    pub fn best(&self) -> Option<&LawFit> {
        self.laws.first()
    }

    pub(super) fn new(sample: &Sample, edges: &[f64], replicas: Option<&Replicas>) -> Fit {
        let steps = survival(sample);
        let resolution = sample.resolution;
        let ended = sample.ended();
        let few = ended < FEWEST as f64;
        let exposure = sample.exposure().secs();
        let mean = (ended > 0.0).then(|| Measured {
            value: exposure / ended,
            interval: replicas.and_then(|replicas| middle(replicas.means(exposure / ended))),
        });
        let pieces = |edges: &[f64]| {
            hazard(sample, &edges.iter().map(|edge| Duration::seconds(*edge)).collect::<Vec<_>>())
        };
        Fit {
            ended: ended as u64,
            censored: sample.censored() as u64,
            truncated: sample.truncated() as u64,
            exposure_s: exposure,
            mean_s: mean,
            median_s: sample.plain_quantile(0.5),
            p95_s: sample.plain_quantile(0.95),
            resolution_s: resolution,
            cell_width: sample.cells,
            laws: if few { Vec::new() } else { laws(sample, &steps, resolution, replicas) },
            bound: few.then(|| bound(ended, exposure)),
            survival: thinned(&steps),
            hazard: pieces(edges),
            fine_hazard: pieces(&fine_edges(sample)),
        }
    }
}

fn bound(ended: f64, exposure: f64) -> Bound {
    let (lower, upper) = poisson(ended, 0.05);
    Bound {
        mean_at_least_s: exposure / upper,
        mean_at_most_s: (lower > 0.0).then(|| exposure / lower).filter(|mean| mean.is_finite()),
    }
}

/// Edges in the ratio of the square root of ten, where lengths ended.
fn fine_edges(sample: &Sample) -> Vec<f64> {
    let ends = || sample.points.iter().filter(|point| point.ended > 0.0);
    let (Some(first), Some(last)) = (ends().next(), ends().next_back()) else { return Vec::new() };
    let mut edges = vec![0.0];
    let mut edge = 1.0;
    let mut factors = [3.0, 10.0 / 3.0].into_iter().cycle();
    while edge < last.time && edge < 1e10 {
        if edge > first.time {
            edges.push(edge);
        }
        edge *= factors.next().expect("a cycle has no end");
    }
    // A sliver at the end would be all interval.
    if edges.last().is_some_and(|edge| last.time < 1.5 * edge) {
        edges.pop();
    }
    edges.push(last.time * (1.0 + 1e-9));
    edges
}

fn laws(sample: &Sample, steps: &[Step], resolution: f64, replicas: Option<&Replicas>) -> Vec<LawFit> {
    let mut fitted = Vec::new();
    for (index, family) in Family::ALL.into_iter().enumerate() {
        let Some((at, value)) = maximize(family, sample, None) else { continue };
        let Some(law) = family.law(at) else { continue };
        let aic = 2.0 * family.parameters() as f64 - 2.0 * value;
        let measured = |of: &dyn Fn(Point2) -> f64| Measured {
            value: of(at),
            interval: replicas.and_then(|replicas| middle(replicas.values(index, at, of))),
        };
        let two = family.parameters() == 2;
        let mean =
            |at: Point2| family.law(at).and_then(|law| law.mean()).map_or(f64::INFINITY, Duration::secs);
        fitted.push(LawFit {
            family,
            shape: two.then(|| measured(&|at| exp(at[0]))),
            scale_s: (two && family != Family::Gamma).then(|| measured(&|at| exp(at[1]))),
            mean_s: measured(&mean),
            delta_aic: aic,
            distance: distance(steps, &law, resolution),
            chance: replicas.and_then(|replicas| replicas.chance(index)),
            wins: replicas.map_or(0.0, |replicas| replicas.wins(index)),
            law,
        });
    }
    // All lengths the same: an exponential alone is no answer.
    if fitted.len() < 2 {
        return Vec::new();
    }
    fitted.sort_by(|a, b| a.delta_aic.total_cmp(&b.delta_aic));
    let best = fitted.first().map_or(0.0, |law| law.delta_aic);
    fitted.iter_mut().for_each(|law| law.delta_aic -= best);
    fitted
}

/// Edges of the ages at which a hazard is reported, in seconds.
pub(super) const AGES: [f64; 10] = [
    0.0,
    3600.0,
    21_600.0,
    86_400.0,
    3.0 * 86_400.0,
    7.0 * 86_400.0,
    30.0 * 86_400.0,
    90.0 * 86_400.0,
    31_536_000.0,
    1e10,
];
/// Edges of the lengths of repairs, in seconds.
pub(super) const LENGTHS: [f64; 8] = [0.0, 60.0, 600.0, 3600.0, 21_600.0, 86_400.0, 7.0 * 86_400.0, 1e10];

/// Fits laws to durations that are independent of each other, drawing them again `resamples` times for the intervals.
///
/// A failure log has several durations of each unit, which are not independent: [`fit_group`](super::fit_group) draws
/// whole units. The same seed gives the same intervals.
pub fn fit_durations(observations: &[Observation], resamples: u64, seed: u64) -> Fit {
    let sample = Sample::new(observations);
    if sample.ended() < FEWEST as f64 {
        return Fit::new(&sample, &AGES, None);
    }
    let fill = |mut weights: Weights| {
        let mut batch = Batch::new(weights.replicas());
        for seen in observations.iter().filter(|seen| seen.from < seen.to) {
            batch.gap(&Gap { from: seen.from.secs(), to: seen.to.secs(), failed: seen.ended });
            batch.close(weights.next());
        }
        batch
    };
    let mut replicas = Replicas::new(&fill(Weights::ones()).first());
    for range in batches(resamples) {
        let batch = fill(Weights::drawn(seed, "durations", &range));
        batch.samples().for_each(|sample| replicas.add(&sample));
    }
    Fit::new(&sample, &AGES, Some(&replicas))
}
