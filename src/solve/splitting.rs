//! Rare events by splitting: a path that comes near to them is gone on with in many copies.

use std::sync::Arc;

use crate::engine::{Digest, Model, Path, Simulator, Unwatched, Watch};
use crate::random::{Name, Purpose, StreamKey};
use crate::units::{Instant, Span};

/// Splitting of sample paths by RESTART (Villén-Altamirano and Villén-Altamirano, "RESTART: a method for accelerating rare event
/// simulations", ITC-13, 1991; for any number of thresholds, and crossed several at once: "Importance functions for RESTART
/// simulation of highly-dependable systems", SIMULATION 83, 2007).
///
/// An importance function says how near a state is to the rare event: how many of three disks are down, say. Where a path comes
/// up to a threshold of it, it is gone on with as itself and in further copies, each with other luck from there on; a copy ends
/// where it falls below the threshold that it was made at, and what happens above counts for one in so many. Every estimate is
/// without bias, whatever the importance function and the factors are; they only decide how much work it takes. Nothing of the
/// model is changed, and no law need be exponential: what serves [`Simulator`] serves here, be it a system or a protocol's
/// cluster.
///
/// Trials are independent of each other, and so give intervals as those of plain simulation do.
///
/// ```
/// # use fivenines::engine::{Class, Clock, Clocks, Context, Model, Watch};
/// # use fivenines::random::Law;
/// # use fivenines::units::{Duration, Instant};
/// # #[derive(Clone, Default)]
/// # struct Machines { down: usize, is_down: [bool; 3], first: Clock }
/// # impl Model for Machines {
/// #     type Event = usize;
/// #     fn clocks(&mut self, clocks: &mut Clocks) {
/// #         for n in 0..3 { clocks.clock(fivenines::random::Name::new("m").at(n), Class::Fault); }
/// #     }
/// #     fn start(&mut self, cx: &mut Context<usize>) { (0..3).for_each(|n| self.set(n, cx)); }
/// #     fn on(&mut self, n: usize, cx: &mut Context<usize>) {
/// #         self.is_down[n] = !self.is_down[n];
/// #         self.down = self.is_down.iter().filter(|down| **down).count();
/// #         self.set(n, cx);
/// #     }
/// #     fn observe(&self, watch: &mut Watch) { watch.up(self.down < 3); }
/// # }
/// # impl Machines {
/// #     fn set(&self, n: usize, cx: &mut Context<usize>) {
/// #         let mean = Duration::hours(if self.is_down[n] { 1.0 } else { 99.0 });
/// #         cx.set(Clock::from_index(n), &Law::exponential(mean), n);
/// #     }
/// # }
/// use fivenines::estimate::{Bounds, Confidence, mean_of};
/// use fivenines::solve::Splitting;
///
/// // Three machines, each down for a hundredth of the time: all at once for a millionth of it, but for the start.
/// let end = Instant::START + Duration::hours(100.0).span();
/// let splitting = Splitting::new(Machines::default(), 42, |machines| machines.down as f64)
///     .balanced(&[1.0, 2.0], end, 100)?;
/// let trials: Vec<_> = (0..200).map(|trial| splitting.play(trial, end)).collect::<Result<_, _>>()?;
/// let down: Vec<f64> = trials.iter().map(|weighed| weighed.down[0]).collect();
/// let estimate = mean_of(&down, Bounds::NON_NEGATIVE, Confidence::P99)?;
/// assert!(estimate.interval().contains(0.98e-6));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Splitting<M: Model, F> {
    simulator: Simulator<M>,
    seed: u64,
    importance: F,
    look: Arc<Look<M>>,
    /// Thresholds in ascending order, and into how many paths one splits there.
    thresholds: Vec<(f64, u32)>,
    most_paths: u64,
}

/// What is looked at in a state.
type Look<M> = dyn Fn(&M, &mut Watch) + Send + Sync;

impl<M: Model, F> std::fmt::Debug for Splitting<M, F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Splitting")
            .field("seed", &self.seed)
            .field("thresholds", &self.thresholds)
            .field("most_paths", &self.most_paths)
            .finish_non_exhaustive()
    }
}

/// What a trial gave: everything is weighed, so that the mean over trials is what plain simulation's would be.
///
/// ```
/// use fivenines::solve::Weighed;
///
/// fn minutes_a_year(trial: &Weighed) -> f64 {
///     trial.down[0] * 525_960.0
/// }
/// # let _ = minutes_a_year;
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Weighed {
    /// For each measure, the share of the time in which its level was zero.
    pub down: Vec<f64>,
    /// For each measure, how often it came to zero.
    pub outages: Vec<f64>,
    /// For each measure, whether it came to zero at all: the mean over trials is the probability that it does by the end.
    pub reached: Vec<f64>,
    /// For each threshold, how often a path came up to it.
    pub crossings: Vec<f64>,
    /// Paths that were followed.
    pub paths: u64,
    /// Events of all paths.
    pub events: u64,
    /// The digest of all paths.
    pub digest: Digest,
}

/// A trial that splits into more paths than can be followed.
///
/// ```
/// use fivenines::solve::TooManyPaths;
///
/// let error = TooManyPaths { trial: 3, most: 1_000_000 };
/// assert!(error.to_string().starts_with("trial 3 split into more than 1000000 paths"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("trial {trial} split into more than {most} paths: ask for smaller factors, or for fewer thresholds")]
pub struct TooManyPaths {
    /// The trial.
    pub trial: u64,
    /// The most paths that are followed.
    pub most: u64,
}

/// Paths that a trial may split into, unless it is said otherwise.
const MOST_PATHS: u64 = 1_000_000;
/// The most that a pilot lets a path split into at one threshold.
const MOST_COPIES: f64 = 10_000.0;

impl<M: Model + 'static, F: Fn(&M) -> f64> Splitting<M, F> {
    /// A model and how near its states are to the rare event; without thresholds this is plain simulation. It must not be NaN.
    pub fn new(model: M, seed: u64, importance: F) -> Splitting<M, F> {
        let simulator = Simulator::new(model, seed);
        let look = Arc::new(M::observe);
        Splitting { simulator, seed, importance, look, thresholds: Vec::new(), most_paths: MOST_PATHS }
    }

    /// Looks at this in place of what the model [observes](Model::observe) of itself.
    #[must_use]
    pub fn watching(mut self, look: impl Fn(&M, &mut Watch) + Send + Sync + 'static) -> Splitting<M, F> {
        self.look = Arc::new(look);
        self
    }

    /// Splits at these thresholds, each time into so many paths.
    ///
    /// # Panics
    /// When thresholds do not rise, or a factor is zero.
    #[must_use]
    pub fn at(mut self, thresholds: &[(f64, u32)]) -> Splitting<M, F> {
        assert!(thresholds.is_sorted_by(|a, b| a.0 < b.0), "thresholds rise from one to the next");
        assert!(thresholds.iter().all(|(_, factor)| *factor > 0), "a path splits into one or more");
        self.thresholds = thresholds.to_vec();
        self
    }

    /// Follows no more paths than this in a trial. 1,000,000 where nothing is said.
    #[must_use]
    pub fn most_paths(mut self, most: u64) -> Splitting<M, F> {
        self.most_paths = most;
        self
    }

    /// Splits at these thresholds, into as many paths that one of them comes up to the next, on average: the number of paths then
    /// neither dies out nor explodes (Garvels, *The splitting method in rare event simulation*, 2000, section 2.4). How many that
    /// are, threshold by threshold, is told by so many trials of luck of their own; the last one splits towards the first measure's
    /// being down.
    ///
    /// # Errors
    /// When a pilot's trial splits into too many paths.
    ///
    /// # Panics
    /// When thresholds do not rise.
    pub fn balanced(
        self,
        thresholds: &[f64],
        end: Instant,
        trials: u64,
    ) -> Result<Splitting<M, F>, TooManyPaths> {
        let name = Name::new("pilot");
        let pilot = StreamKey { seed: self.seed, trial: 0, name, purpose: Purpose::Analysis }.open().word();
        let simulator = self.simulator.clone();
        let mut of_pilot = Splitting { simulator: simulator.under(pilot), ..self };
        of_pilot = of_pilot.at(&thresholds.iter().map(|threshold| (*threshold, 1)).collect::<Vec<_>>());
        for place in 0..thresholds.len() {
            let (mut here, mut further) = (0.0, 0.0);
            for trial in 0..trials {
                let weighed = of_pilot.play(trial, end)?;
                here += weighed.crossings[place];
                further += weighed.crossings.get(place + 1).unwrap_or(&weighed.outages[0]);
            }
            // Nobody has come further: more is not known than that it is rarer than what was looked at.
            let factor = if further > 0.0 { here / further } else { MOST_COPIES };
            of_pilot.thresholds[place].1 = factor.round().clamp(1.0, MOST_COPIES) as u32;
        }
        Ok(Splitting { simulator, ..of_pilot })
    }

    /// The thresholds, and into how many paths one splits at each.
    pub fn thresholds(&self) -> &[(f64, u32)] {
        &self.thresholds
    }

    /// Plays a trial up to and including `end`: its own path, and all that split from it.
    ///
    /// # Errors
    /// When there are too many of them.
    pub fn play(&self, trial: u64, end: Instant) -> Result<Weighed, TooManyPaths> {
        let mut books = Books::new(self.thresholds.len());
        let mut root = Live { path: self.simulator.path(trial), born: 0, zone: 0, course: Vec::new() };
        books.begin(&mut root, &*self.look);
        // Copies that are still to be made, the last first: only those of one path at each threshold wait.
        let mut waiting = Vec::new();
        let zone = self.zone(root.path.model());
        self.rise(&mut root, zone, &mut books, &mut waiting);
        self.follow(root, end, &mut books, &mut waiting);
        while let Some(mut copies) = waiting.pop() {
            let mut live = copies.of.clone();
            copies.left -= 1;
            if copies.left > 0 {
                waiting.push(copies);
            }
            books.weighed.paths += 1;
            if books.weighed.paths > self.most_paths {
                return Err(TooManyPaths { trial, most: self.most_paths });
            }
            live.path.renew(books.weighed.paths);
            self.follow(live, end, &mut books, &mut waiting);
        }
        Ok(books.close(end))
    }

    /// Follows a path to the end, or to where it falls below the threshold that it was made at.
    fn follow(&self, mut live: Live<M>, end: Instant, books: &mut Books, waiting: &mut Vec<Copies<M>>) {
        let before = live.path.summary().events;
        let mut weight = self.weight(live.zone);
        loop {
            let since = live.path.now();
            let goes_on = live.path.step(end, &mut Unwatched);
            let until = if goes_on { live.path.now() } else { end };
            books.pass(&live, weight, until - since);
            if !goes_on {
                break;
            }
            books.look(&mut live, weight, &*self.look);
            let zone = self.zone(live.path.model());
            if zone < live.born {
                break;
            }
            if zone != live.zone {
                if zone > live.zone {
                    self.rise(&mut live, zone, books, waiting);
                }
                (live.zone, weight) = (zone, self.weight(zone));
            }
        }
        let summary = live.path.summary();
        books.weighed.events += summary.events - before;
        books.weighed.digest.fold(summary.digest.bits());
    }

    /// Splits a path that has come up to a zone, at each threshold on the way.
    fn rise(&self, live: &mut Live<M>, zone: usize, books: &mut Books, waiting: &mut Vec<Copies<M>>) {
        let (from, weight) = (live.zone, self.weight(live.zone));
        live.zone = zone;
        let mut paths = 1u64;
        for (place, (_, factor)) in self.thresholds.iter().enumerate().take(zone).skip(from) {
            books.weighed.crossings[place] += weight;
            // Each of the paths that there are so far makes its copies here.
            let copies = paths.saturating_mul(u64::from(*factor) - 1);
            if copies > 0 {
                waiting.push(Copies { of: Live { born: place + 1, ..live.clone() }, left: copies });
            }
            paths = paths.saturating_mul(u64::from(*factor));
        }
    }

    /// How many thresholds a state has reached.
    fn zone(&self, model: &M) -> usize {
        let importance = (self.importance)(model);
        self.thresholds.partition_point(|(threshold, _)| *threshold <= importance)
    }

    /// What a path in this zone counts for.
    fn weight(&self, zone: usize) -> f64 {
        self.thresholds[..zone].iter().map(|(_, factor)| 1.0 / f64::from(*factor)).product()
    }
}

/// A path that is followed.
#[derive(Clone)]
struct Live<M: Model> {
    path: Path<M>,
    /// It ends where it has reached fewer thresholds than this.
    born: usize,
    /// How many thresholds it has reached.
    zone: usize,
    /// For each measure, whether it is down, and whether it ever was.
    course: Vec<(bool, bool)>,
}

/// Copies of a path as it stands that are still to be followed.
struct Copies<M: Model> {
    of: Live<M>,
    left: u64,
}

/// What all paths of a trial add up to.
struct Books {
    watch: Watch,
    weighed: Weighed,
}

impl Books {
    fn new(thresholds: usize) -> Books {
        let weighed = Weighed {
            down: Vec::new(),
            outages: Vec::new(),
            reached: Vec::new(),
            crossings: vec![0.0; thresholds],
            paths: 1,
            events: 0,
            digest: Digest::new(),
        };
        Books { watch: Watch::default(), weighed }
    }

    /// The trial begins.
    fn begin<M: Model>(&mut self, root: &mut Live<M>, look: impl Fn(&M, &mut Watch)) {
        self.watch.clear();
        look(root.path.model(), &mut self.watch);
        let measures = self.watch.levels().len();
        root.course = vec![(false, false); measures];
        for sums in [&mut self.weighed.down, &mut self.weighed.outages, &mut self.weighed.reached] {
            *sums = vec![0.0; measures];
        }
        self.note(root, 1.0);
    }

    /// A path has stayed as it is for so long.
    fn pass<M: Model>(&mut self, live: &Live<M>, weight: f64, span: Span) {
        for (down, (is_down, _)) in self.weighed.down.iter_mut().zip(&live.course) {
            if *is_down {
                *down += weight * span.as_secs_f64();
            }
        }
    }

    /// A path has come to a state.
    fn look<M: Model>(&mut self, live: &mut Live<M>, weight: f64, look: impl Fn(&M, &mut Watch)) {
        self.watch.clear();
        look(live.path.model(), &mut self.watch);
        self.note(live, weight);
    }

    fn note<M: Model>(&mut self, live: &mut Live<M>, weight: f64) {
        for (measure, (level, (is_down, was_down))) in
            self.watch.levels().iter().zip(&mut live.course).enumerate()
        {
            if *level == 0.0 && !*is_down {
                self.weighed.outages[measure] += weight;
                if !*was_down {
                    self.weighed.reached[measure] += weight;
                }
                *was_down = true;
            }
            *is_down = *level == 0.0;
        }
    }

    fn close(mut self, end: Instant) -> Weighed {
        let whole = end.since_start().as_secs_f64();
        self.weighed.down.iter_mut().for_each(|down| *down /= whole);
        self.weighed
    }
}
