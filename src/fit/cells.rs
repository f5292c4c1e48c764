//! Durations in cells of equal relative width: bounded memory whatever the log's size.

use super::sample::{Kind, Multiples, Point, Sample, point};

/// Cells of equal relative width: the leading bits of a number are its cell, so that none needs a logarithm.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scale {
    bits: u32,
}

/// Powers of two between which durations lie, in seconds: from a millisecond to 500 years.
const OCTAVES: std::ops::Range<u64> = 1012..1057;

impl Scale {
    /// Cells of a width of `2^-bits` to `2^-bits / 2`, relative to their place.
    pub const fn new(bits: u32) -> Scale {
        Scale { bits }
    }

    /// How many cells there are.
    pub fn len(self) -> usize {
        ((OCTAVES.end - OCTAVES.start) << self.bits) as usize
    }

    /// The cell of a duration; the first and the last hold what is beyond them.
    pub fn cell(self, seconds: f64) -> usize {
        let first = OCTAVES.start << self.bits;
        let cell = (seconds.to_bits() >> (52 - self.bits)).saturating_sub(first);
        (cell as usize).min(self.len() - 1)
    }

    fn edge(self, cell: usize) -> f64 {
        f64::from_bits((cell as u64 + (OCTAVES.start << self.bits)) << (52 - self.bits))
    }

    /// The middle of a cell.
    pub fn middle(self, cell: usize) -> f64 {
        0.5 * (self.edge(cell) + self.edge(cell + 1))
    }

    /// The width of the widest cell, relative to its place.
    fn width(self) -> f64 {
        1.0 / (1_u64 << self.bits) as f64
    }
}

/// Durations up to this many are kept as they are; beyond, they go into cells.
pub(super) const EXACT: usize = 200_000;
/// Cells of 1/2048 to 1/1024: what stands for a length is off by no more, and means of all lengths not at all.
const FINE: Scale = Scale::new(10);

/// Gathers durations: exactly while they are few, then in narrow cells, with what is in each counted and added up.
pub(super) struct Gatherer {
    exact: Vec<(f64, Kind)>,
    cells: Vec<[Heap; 3]>,
    multiples: Multiples,
}

/// Durations of one kind in one cell.
#[derive(Clone, Copy, Debug, Default)]
struct Heap {
    count: f64,
    sum: f64,
}

impl Gatherer {
    pub fn new() -> Gatherer {
        Gatherer { exact: Vec::new(), cells: Vec::new(), multiples: Multiples::default() }
    }

    /// Adds a duration in seconds, more than zero.
    pub fn add(&mut self, seconds: f64, kind: Kind) {
        if self.cells.is_empty() && self.exact.len() < EXACT {
            return self.exact.push((seconds, kind));
        }
        if self.cells.is_empty() {
            self.cells = vec![[Heap::default(); 3]; FINE.len()];
            for (seconds, kind) in std::mem::take(&mut self.exact) {
                self.heap(seconds, kind);
            }
        }
        self.heap(seconds, kind);
    }

    fn heap(&mut self, seconds: f64, kind: Kind) {
        let heap = &mut self.cells[FINE.cell(seconds)][kind as usize];
        heap.count += 1.0;
        heap.sum += seconds;
        if kind == Kind::Ended {
            self.multiples.count(seconds, 1.0);
        }
    }

    /// What was gathered: of each cell and kind the mean, so that sums over all are exact.
    pub fn sample(self) -> Sample {
        if self.cells.is_empty() {
            return Sample::of(self.exact.into_iter().map(|(time, kind)| point(time, kind, 1.0)).collect());
        }
        let kinds = [Kind::Ended, Kind::Censored, Kind::Entered];
        let heaps = self.cells.iter().flat_map(|heaps| heaps.iter().zip(kinds));
        let full = heaps.filter(|(heap, _)| heap.count > 0.0);
        let points: Vec<Point> =
            full.map(|(heap, kind)| point(heap.sum / heap.count, kind, heap.count)).collect();
        Sample { resolution: self.multiples.resolution(), cells: FINE.width(), ..Sample::of(points) }
    }
}

#[cfg(test)]
mod tests {
    use super::super::likelihood::Family;
    use super::super::maximum::maximize;
    use super::super::survival::survival;
    use super::*;
    use crate::random::{Law, Name, Purpose, StreamKey};
    use crate::units::Duration;

    #[test]
    fn cells_are_as_narrow_as_they_say() {
        let scale = Scale::new(6);
        for seconds in [0.001, 0.5, 1.0, 59.9, 60.0, 1e6, 9.9e9] {
            let time = scale.middle(scale.cell(seconds));
            assert!((time / seconds - 1.0).abs() <= 1.0 / 128.0, "{seconds} became {time}");
        }
    }

    /// What the book says of the cells: laws move by less than a ten-thousandth of themselves, sums not at all.
    #[test]
    fn cells_hardly_move_what_is_fitted() {
        let law = Law::weibull(0.7, Duration::days(30.0)).unwrap();
        let key = StreamKey { seed: 2, trial: 0, name: Name::new("cells"), purpose: Purpose::Analysis };
        let mut stream = key.open();
        let (mut gatherer, mut points) = (Gatherer::new(), Vec::new());
        for at in 0..EXACT + 40_000 {
            let whole_minutes = (law.sample(&mut stream).as_secs_f64() / 60.0).ceil() * 60.0;
            let kind = if at % 5 == 0 { Kind::Censored } else { Kind::Ended };
            gatherer.add(whole_minutes, kind);
            points.push(point(whole_minutes, kind, 1.0));
        }
        let (exact, cells) = (Sample::of(points), gatherer.sample());
        assert!(cells.points.len() < 25_000 && exact.points.len() > 90_000);
        assert_eq!((exact.cells, cells.cells), (0.0, 1.0 / 1024.0));
        assert_eq!((exact.resolution, cells.resolution), (60.0, 60.0));
        assert_eq!((exact.ended(), exact.censored()), (cells.ended(), cells.censored()));
        let close = |a: f64, b: f64, within: f64| assert!((a / b - 1.0).abs() < within, "{a} {b}");
        close(exact.exposure().secs(), cells.exposure().secs(), 1e-12);
        close(exact.plain_quantile(0.5), cells.plain_quantile(0.5), 1.0 / 1024.0);
        for family in Family::ALL {
            let (a, b) =
                (maximize(family, &exact, None).unwrap().0, maximize(family, &cells, None).unwrap().0);
            assert!((a[0] - b[0]).abs() < 1e-4 && (a[1] - b[1]).abs() < 1e-4, "{family:?}: {a:?} {b:?}");
        }
        // The curve is the same where a cell ends; within one it is a step instead of many.
        let steps = survival(&exact);
        for step in survival(&cells).iter().step_by(100) {
            let at = steps.partition_point(|exact| exact.time_s <= step.time_s * (1.0 + 1.0 / 1024.0));
            assert!((steps[at - 1].survival - step.survival).abs() < 1e-3, "{step:?} {:?}", steps[at - 1]);
        }
    }
}
