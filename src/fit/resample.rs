//! Intervals and goodness of fit by drawing units again.
//!
//! The gaps of one unit are not independent: a bad node has many short ones. So whole units are drawn again, with all that
//! happened to them (the cluster bootstrap: Davison and Hinkley 1997, *Bootstrap Methods and their Application*, section
//! 3.8). Each unit counts a Poisson number of times with mean 1, which needs no list of them.

use super::likelihood::{Family, Point2};
use super::maximum::maximize;
use super::sample::Sample;
use super::survival::{Step, survival};
use crate::random::Law;
use crate::units::Duration;

/// Laws fitted to durations drawn again, and how far they were from them.
pub(super) struct Replicas {
    base: Base,
    edges: Edges,
    /// Parameters of each law, in the order of [`Family::ALL`], for each replica.
    points: Vec<[Option<Point2>; 4]>,
    /// Sup of the difference between replica and original of the distance from curve to law, for each law and replica.
    distances: Vec<[Option<f64>; 4]>,
    /// Exposure over ended, of everything and of each replica.
    mean: f64,
    means: Vec<f64>,
    /// The family with the lowest AIC.
    winners: Vec<Option<usize>>,
}

/// The sample as it is, in the same cells as the replicas.
struct Base {
    points: [Option<Point2>; 4],
    /// Curve less law at each edge, for each law.
    errors: [Vec<f64>; 4],
    /// Distances at the edges.
    distances: [f64; 4],
}

/// Places at which curves are compared: ends of the cells.
struct Edges {
    times: Vec<f64>,
}

impl Edges {
    fn of(sample: &Sample) -> Edges {
        // The middle of a cell is its edge's place for a curve: all that is in the cell has ended there.
        Edges {
            times: sample.points.iter().filter(|point| point.ended > 0.0).map(|point| point.time).collect(),
        }
    }

    /// Curve less law. Compared in the middle of the step, since a cell's content is spread over the cell.
    fn errors(&self, steps: &[Step], law: &Law) -> Vec<f64> {
        let (mut at, mut before) = (0, 1.0);
        self.times
            .iter()
            .map(|time| {
                let mut after = before;
                while at < steps.len() && steps[at].time_s <= *time {
                    after = steps[at].survival;
                    at += 1;
                }
                let middle = 0.5 * (before + after);
                before = after;
                middle - law.survival(Duration::seconds(*time)).value()
            })
            .collect()
    }
}

fn error(family: Family, at: Option<Point2>, edges: &Edges, steps: &[Step]) -> Vec<f64> {
    at.and_then(|at| family.law(at)).map_or(Vec::new(), |law| edges.errors(steps, &law))
}

fn largest(of: impl Iterator<Item = f64>) -> f64 {
    of.map(f64::abs).fold(0.0, f64::max)
}

impl Replicas {
    /// None yet, of a sample in the cells that replicas have.
    pub fn new(sample: &Sample) -> Replicas {
        let edges = Edges::of(sample);
        let steps = survival(sample);
        let points = Family::ALL.map(|family| maximize(family, sample, None).map(|(at, _)| at));
        let errors = std::array::from_fn(|index| error(Family::ALL[index], points[index], &edges, &steps));
        let distances = std::array::from_fn(|index: usize| largest(errors[index].iter().copied()));
        Replicas {
            base: Base { points, errors, distances },
            edges,
            points: Vec::new(),
            distances: Vec::new(),
            mean: sample.exposure().secs() / sample.ended(),
            means: Vec::new(),
            winners: Vec::new(),
        }
    }

    /// Fits the laws to another replica.
    pub fn add(&mut self, sample: &Sample) {
        let ended = sample.ended();
        if ended <= 0.0 {
            // Whoever failed was not drawn: the replica says nothing.
            return;
        }
        let steps = survival(sample);
        let (mut points, mut distances, mut best) = ([None; 4], [None; 4], None);
        for (index, family) in Family::ALL.into_iter().enumerate() {
            let Some(start) = self.base.points[index] else { continue };
            let Some((at, value)) = maximize(family, sample, Some(start)) else { continue };
            let aic = 2.0 * family.parameters() as f64 - 2.0 * value;
            if best.is_none_or(|(_, lowest)| aic < lowest) {
                best = Some((index, aic));
            }
            let errors = error(family, Some(at), &self.edges, &steps);
            distances[index] =
                Some(largest(errors.iter().zip(&self.base.errors[index]).map(|(new, old)| new - old)));
            points[index] = Some(at);
        }
        self.points.push(points);
        self.distances.push(distances);
        self.means.push(sample.exposure().secs() / ended);
        self.winners.push(best.map(|(index, _)| index));
    }

    /// A function of a law's parameters in each replica, with what the cells moved taken out.
    pub fn values(&self, index: usize, exact: Point2, of: impl Fn(Point2) -> f64) -> Vec<f64> {
        let Some(base) = self.base.points[index] else { return Vec::new() };
        let moved = [exact[0] - base[0], exact[1] - base[1]];
        let points = self.points.iter().filter_map(|points| points[index]);
        points.map(|at| of([at[0] + moved[0], at[1] + moved[1]])).filter(|value| value.is_finite()).collect()
    }

    /// Exposure over ended in each replica, with what the cells moved taken out.
    pub fn means(&self, exact: f64) -> Vec<f64> {
        self.means.iter().map(|mean| mean * exact / self.mean).collect()
    }

    /// The chance of a distance to the law as large as the one seen, if the law were true.
    ///
    /// The nonparametric bootstrap with its bias taken out, which allows for parameters fitted to the same durations
    /// (Babu and Rao 2004, *Sankhya* 66, section 3) and here for censoring and for units too.
    pub fn chance(&self, index: usize) -> Option<f64> {
        let seen: Vec<f64> = self.distances.iter().filter_map(|distances| distances[index]).collect();
        let larger = seen.iter().filter(|distance| **distance >= self.base.distances[index]).count();
        (!seen.is_empty()).then(|| (larger as f64 + 1.0) / (seen.len() as f64 + 1.0))
    }

    /// Share of the replicas in which a law was the best.
    pub fn wins(&self, index: usize) -> f64 {
        let won = self.winners.iter().filter(|winner| **winner == Some(index)).count();
        won as f64 / (self.winners.len().max(1)) as f64
    }
}

/// The middle 95% of values.
pub(super) fn middle(mut values: Vec<f64>) -> Option<(f64, f64)> {
    values.sort_by(f64::total_cmp);
    let cut = (values.len() as f64 * 0.025).floor() as usize;
    let last = values.len().checked_sub(cut + 1)?;
    (values.len() >= 20).then(|| (values[cut], values[last]))
}

#[cfg(test)]
mod tests {
    use super::super::batch::{Batch, Weights};
    use super::super::sample::Kind;
    use super::*;
    use crate::random::math::exp;
    use crate::random::{Name, Purpose, StreamKey};

    /// A Weibull sample is not told from a Weibull, and is from an exponential. A true law has a uniform chance, so that
    /// it is below 0.01 in one of a hundred seeds; this one is not.
    #[test]
    fn a_true_law_passes_and_a_wrong_one_does_not() {
        let law = Law::weibull(0.6, Duration::days(30.0)).unwrap();
        let key = StreamKey {
            seed: 5,
            trial: 0,
            name: Name::new("fit").child("lives"),
            purpose: Purpose::Analysis,
        };
        let mut stream = key.open();
        let lives: Vec<f64> = (0..500).map(|_| law.sample(&mut stream).as_secs_f64()).collect();
        let fill = |mut weights: Weights| {
            let mut batch = Batch::new(weights.replicas());
            for life in &lives {
                batch.add(*life, Kind::Ended);
                batch.close(weights.next());
            }
            batch
        };
        let mut replicas = Replicas::new(&fill(Weights::ones()).first());
        fill(Weights::drawn(5, "again", &(0..100))).samples().for_each(|sample| replicas.add(&sample));
        assert!(replicas.chance(0).unwrap() < 0.02, "{:?}", replicas.chance(0));
        assert!(replicas.chance(1).unwrap() > 0.05, "{:?}", replicas.chance(1));
        // Five hundred lives hardly tell a Weibull from a gamma, but both from the others.
        assert!(replicas.wins(1) + replicas.wins(3) > 0.99);
        let shapes = middle(replicas.values(1, replicas.base.points[1].unwrap(), |at| exp(at[0]))).unwrap();
        assert!(shapes.0 < 0.6 && 0.6 < shapes.1 && shapes.1 - shapes.0 < 0.15, "{shapes:?}");
    }
}
