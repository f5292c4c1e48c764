//! Bursts: strikes that hit so many components at once, mostly neighbours.

use serde::Serialize;

use super::model::{Event, SystemModel};
use super::strike::ShockPlan;
use crate::engine::{Context, Source};
use crate::random::math::{exp, ln_1p};
use crate::units::Probability;

/// How many components a strike hits.
///
/// ```
/// use fivenines::system::BurstSize;
///
/// let size: BurstSize = "geometric(mean 3)".parse().unwrap();
/// assert_eq!(size, BurstSize::Geometric(3.0));
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum BurstSize {
    /// 1, 2, 3 and so on, each with the same share of the chance of the one before; of this mean.
    Geometric(f64),
    /// These numbers, each with a chance; the chances add up to one.
    Table(Vec<(u32, Probability)>),
}

/// What is wrong with the text of a size.
///
/// ```
/// use fivenines::system::BurstSize;
///
/// let error = "geometric(median 3)".parse::<BurstSize>().unwrap_err();
/// assert!(error.to_string().starts_with("\"geometric(median 3)\" is no size of a burst"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BurstSizeError {
    text: String,
}

impl std::fmt::Display for BurstSizeError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{:?} is no size of a burst: write \"geometric(mean 3)\", a number, or a table of numbers",
            self.text
        )
    }
}

impl std::error::Error for BurstSizeError {}

impl std::str::FromStr for BurstSize {
    type Err = BurstSizeError;

    fn from_str(text: &str) -> Result<BurstSize, BurstSizeError> {
        let inner = text.trim().strip_prefix("geometric(").and_then(|rest| rest.strip_suffix(')'));
        let mean = inner.and_then(|inner| inner.trim().strip_prefix("mean "));
        let mean = mean.and_then(|mean| mean.trim().parse().ok()).filter(|mean: &f64| mean.is_finite());
        mean.map(BurstSize::Geometric).ok_or_else(|| BurstSizeError { text: text.to_owned() })
    }
}

impl std::fmt::Display for BurstSize {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            BurstSize::Geometric(mean) => write!(f, "geometric(mean {mean})"),
            BurstSize::Table(rows) => {
                let rows: Vec<String> =
                    rows.iter().map(|(size, chance)| format!("{size} with {chance}")).collect();
                f.write_str(&rows.join(", "))
            }
        }
    }
}

impl BurstSize {
    /// The chances of 1, 2 and so on up to `count`; what would be more hits all of them.
    pub(super) fn weights(&self, count: usize) -> Vec<f64> {
        let mut weights = vec![0.0; count];
        match self {
            BurstSize::Geometric(mean) => {
                let ln_rest = ln_1p(-1.0 / mean);
                let beyond = |size: usize| if *mean > 1.0 { exp(size as f64 * ln_rest) } else { 0.0 };
                let mut before = 1.0;
                for (index, weight) in weights.iter_mut().enumerate() {
                    let after = beyond(index + 1);
                    (*weight, before) = (before - after, after);
                }
                weights[count - 1] += before;
            }
            BurstSize::Table(rows) => {
                for &(size, chance) in rows {
                    weights[(size as usize).min(count) - 1] += chance.value();
                }
            }
        }
        // Sizes that never come would be choices to make for each strike.
        let used = weights.iter().rposition(|&weight| weight > NEGLIGIBLE).map_or(1, |last| last + 1);
        weights.truncate(used);
        weights
    }
}

/// A chance that no run would see.
const NEGLIGIBLE: f64 = 1e-18;

/// How much a burst keeps to the site where it begins.
///
/// ```
/// use fivenines::system::Affinity;
///
/// let affinity = Affinity { level: "rack".into(), chance: "75%".parse().unwrap() };
/// assert_eq!(affinity.level, "rack");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Affinity {
    /// The level whose sites it keeps to.
    pub level: String,
    /// The chance of each further component to be drawn from the site of the first, while some of that are left; or else
    /// it is drawn from all that are left.
    pub chance: Probability,
}

/// The burst of a compiled shock.
#[derive(Clone, Debug)]
pub(super) struct BurstPlan {
    /// For each group of the shock, the chances of sizes from 1.
    pub weights: Vec<Vec<f64>>,
    pub affinity: f64,
    /// For each group, its neighbourhoods: places in the group, in order.
    pub neighbours: Vec<Vec<Vec<u32>>>,
}

impl BurstPlan {
    /// The mean number of components that a strike on a group hits.
    pub fn mean_size(&self, group: usize) -> f64 {
        self.weights[group].iter().zip(1..).map(|(weight, size)| weight * f64::from(size)).sum()
    }
}

impl SystemModel {
    /// Draws the components that a burst hits, distinct ones, by their places in the group and in order.
    pub(super) fn drawn(
        &self,
        plan: &ShockPlan,
        group: usize,
        source: Source,
        cx: &mut Context<Event>,
    ) -> Vec<u32> {
        let Some(burst) = &plan.burst else { return Vec::new() };
        let count = plan.groups[group].len();
        let weights = &burst.weights[group];
        let size = 1 + if weights.len() > 1 { cx.choose(source, weights) } else { 0 };
        if size == count {
            return (0..count as u32).collect();
        }
        let first = cx.pick(source, count) as u32;
        let home = burst.neighbours[group].iter().find(|places| places.binary_search(&first).is_ok());
        let mut drawn =
            Drawn { places: vec![first], at_home: Vec::new(), home: home.map_or(&[], Vec::as_slice) };
        drawn.settle_in(first);
        while drawn.places.len() < size {
            let left = drawn.home.len() - drawn.at_home.len();
            let everywhere = count - drawn.places.len();
            let stays = left > 0 && left < everywhere && burst.affinity > 0.0;
            let next = if stays && (burst.affinity == 1.0 || cx.chance(source, burst.affinity)) {
                drawn.home[free(&drawn.at_home, cx.pick(source, left) as u32) as usize]
            } else {
                free(&drawn.places, cx.pick(source, everywhere) as u32)
            };
            insert(&mut drawn.places, next);
            drawn.settle_in(next);
        }
        drawn.places
    }
}

/// What a burst has drawn so far.
struct Drawn<'a> {
    /// In order.
    places: Vec<u32>,
    /// Which of `home` are among them, in order.
    at_home: Vec<u32>,
    home: &'a [u32],
}

impl Drawn<'_> {
    /// Notes a place that is in the neighbourhood of the first.
    fn settle_in(&mut self, place: u32) {
        if let Ok(index) = self.home.binary_search(&place) {
            insert(&mut self.at_home, index as u32);
        }
    }
}

fn insert(sorted: &mut Vec<u32>, number: u32) {
    let at = sorted.partition_point(|&known| known < number);
    sorted.insert(at, number);
}

/// The number of this rank among those that are not taken.
fn free(taken: &[u32], rank: u32) -> u32 {
    taken.iter().fold(rank, |number, &taken| number + u32::from(taken <= number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_count_what_is_free() {
        let free: Vec<u32> = (0..5).map(|rank| free(&[0, 2, 3, 7], rank)).collect();
        assert_eq!(free, [1, 4, 5, 6, 8]);
    }

    #[test]
    fn sizes_have_their_chances_and_the_largest_takes_the_rest() {
        let close = |found: Vec<f64>, expected: &[f64]| {
            assert_eq!(found.len(), expected.len());
            found
                .iter()
                .zip(expected)
                .for_each(|(found, expected)| assert!((found - expected).abs() < 1e-15));
        };
        // A geometric law of mean 2: a half, a quarter, and the other quarter.
        close(BurstSize::Geometric(2.0).weights(3), &[0.5, 0.25, 0.25]);
        close(BurstSize::Geometric(1.0).weights(3), &[1.0]);
        let chance = |share| Probability::new(share).unwrap();
        let table = BurstSize::Table(vec![(1, chance(0.6)), (2, chance(0.3)), (9, chance(0.1))]);
        close(table.weights(4), &[0.6, 0.3, 0.0, 0.1]);
        close(table.weights(1), &[1.0]);
    }
}
