//! The exact solver: explores a model into a Markov chain and asks the chain.

use std::collections::VecDeque;
use std::hash::{Hash, Hasher};

use siphasher::sip128::{Hasher128, SipHasher13};

use super::chain::{Budget, Chain, ChainError, StateSet, Steady, Transient, mean_time_to, steady_state};
use super::numbers::Numbers;
use crate::engine::{Branch, Explorer, Model, Refusal, Runs, Watch};

/// How far an exploration may go.
///
/// ```
/// use fivenines::solve::Limits;
///
/// assert!(Limits::BRIEF.work < Limits::PATIENT.work);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// States of the chain.
    pub states: usize,
    /// Roughly what exploring costs: for each state, the square of its pending firings.
    pub work: u64,
}

impl Limits {
    /// A few seconds: to find out whether a model has an exact solution that is cheap.
    pub const BRIEF: Limits = Limits { states: 200_000, work: 50_000_000 };
    /// Minutes and gigabytes: for somebody who asked for it.
    pub const PATIENT: Limits = Limits { states: 3_000_000, work: 20_000_000_000 };
}

/// Why there is no exact solution.
///
/// ```
/// use fivenines::solve::NotExact;
///
/// let error = NotExact::TooLarge { states: 200_000 };
/// assert!(error.to_string().starts_with("more than 200 thousand states"));
/// ```
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum NotExact {
    /// The model is not a Markov chain.
    #[error("not Markovian: {reason}")]
    NotMarkovian {
        /// What stands against it, in words.
        reason: String,
    },
    /// The chain has more states than allowed.
    #[error("more than {} states", rounded(*states as f64))]
    TooLarge {
        /// How many were found before giving up.
        states: usize,
    },
    /// The chain has more states than allowed, as could be told without finding them.
    #[error("at least {} states, and {} are the most", rounded(*states), rounded(*limit as f64))]
    FarTooLarge {
        /// How many there are at least.
        states: f64,
        /// How many are allowed.
        limit: usize,
    },
    /// The chain has no answer to the question.
    #[error(transparent)]
    Unsolved(#[from] ChainError),
}

/// A model explored into a chain, with what its measures show in every state.
///
/// States are told apart by a 128-bit hash of the model's state and its pending firings (hash compaction: Stern and
/// Dill, *Improved probabilistic verification by hash compaction*, 1995). Among ten million states the chance that two
/// share one is 1.5e-25.
///
/// ```
/// # use fivenines::engine::{Class, Clock, Clocks, Context, Model, Watch};
/// # use fivenines::random::Law;
/// # use fivenines::units::Duration;
/// # #[derive(Clone, Default, PartialEq, Eq, Hash)]
/// # struct Machine { up: bool, clock: Clock }
/// # impl Model for Machine {
/// #     type Event = ();
/// #     fn clocks(&mut self, clocks: &mut Clocks) { self.clock = clocks.clock("m", Class::Fault); }
/// #     fn start(&mut self, cx: &mut Context<()>) { self.on((), cx) }
/// #     fn on(&mut self, _: (), cx: &mut Context<()>) {
/// #         self.up = !self.up;
/// #         let mean = Duration::hours(if self.up { 99.0 } else { 1.0 });
/// #         cx.set(self.clock, &Law::exponential(mean), ());
/// #     }
/// #     fn observe(&self, watch: &mut Watch) { watch.up(self.up); }
/// # }
/// use fivenines::solve::{Limits, Markov};
///
/// let exact = Markov::explore(Machine::default(), Limits::BRIEF).unwrap();
/// assert_eq!(exact.chain().states(), 2);
/// let steady = exact.steady().unwrap();
/// assert!((exact.unavailability(&steady, 0) - 0.01).abs() < 1e-16);
/// ```
#[derive(Clone, Debug)]
pub struct Markov {
    chain: Chain,
    /// For each measure, its level in each state.
    levels: Vec<Vec<f64>>,
}

impl Markov {
    /// Follows every path of a model.
    ///
    /// # Errors
    /// When a law is not made of exponential stages, the model reads the time, or the chain is too large.
    pub fn explore<M>(model: M, limits: Limits) -> Result<Markov, NotExact>
    where
        M: Model + Eq + Hash,
        M::Event: Ord + Hash,
    {
        let mut explorer = Explorer::new(model);
        let mut search = Search::new(limits);
        let branches = explorer.initial().map_err(|refusal| refused(explorer.model(), &refusal))?;
        let mut initial = Vec::with_capacity(branches.len());
        for branch in branches {
            let probability = branch.rate;
            initial.push((search.number(branch)?, probability));
        }
        let mut builder = Chain::builder();
        while let Some((model, runs)) = search.frontier.pop_front() {
            search.spend(runs.len())?;
            let branches = explorer.successors(&model, &runs).map_err(|refusal| refused(&model, &refusal))?;
            let mut row = Vec::with_capacity(branches.len());
            for branch in branches {
                let rate = branch.rate;
                row.push((search.number(branch)?, rate));
            }
            builder.push(row)?;
        }
        Ok(Markov { chain: builder.finish(initial)?, levels: search.levels })
    }

    /// The chain.
    pub fn chain(&self) -> &Chain {
        &self.chain
    }

    /// How many measures there are.
    pub fn measures(&self) -> usize {
        self.levels.len()
    }

    /// A measure's level in each state.
    ///
    /// # Panics
    /// When there is no such measure.
    pub fn levels(&self, measure: usize) -> &[f64] {
        &self.levels[measure]
    }

    /// The states in which a measure is zero.
    ///
    /// # Panics
    /// When there is no such measure.
    pub fn down(&self, measure: usize) -> StateSet {
        let levels = &self.levels[measure];
        StateSet::from_fn(self.chain.states(), |state| levels[state as usize] == 0.0)
    }

    /// The distribution in the long run.
    ///
    /// # Errors
    /// When the iteration does not converge.
    pub fn steady(&self) -> Result<Steady, NotExact> {
        Ok(steady_state(&self.chain)?)
    }

    /// Share of time in which a measure is zero, in the long run. Summed over the states that are down, so that it
    /// keeps its digits however small it is.
    pub fn unavailability(&self, steady: &Steady, measure: usize) -> f64 {
        let levels = &self.levels[measure];
        steady.mean(|state| if levels[state as usize] == 0.0 { 1.0 } else { 0.0 })
    }

    /// How often a second a measure falls to zero, in the long run.
    pub fn outage_rate(&self, steady: &Steady, measure: usize) -> f64 {
        let levels = &self.levels[measure];
        steady.mean(|state| {
            if levels[state as usize] == 0.0 {
                return 0.0;
            }
            let falls = self.chain.row(state).filter(|(target, _)| levels[*target as usize] == 0.0);
            falls.map(|(_, rate)| rate).sum()
        })
    }

    /// Mean time in seconds until a measure first is zero; infinite when it may never be.
    ///
    /// # Errors
    /// When the iteration does not converge.
    pub fn mean_time_to_down(&self, measure: usize) -> Result<f64, NotExact> {
        Ok(mean_time_to(&self.chain, &self.down(measure))?)
    }

    /// Solves the chain at finite times.
    pub fn transient(&self, budget: Budget) -> Transient<'_> {
        Transient::new(&self.chain, budget)
    }
}

/// A count that may be far beyond all that can be counted.
fn rounded(states: f64) -> String {
    match states {
        ..1e4 => format!("{states:.0}"),
        ..1e6 => format!("{:.0} thousand", states / 1e3),
        ..1e9 => format!("{:.0} million", states / 1e6),
        _ => format!("{states:.1e}"),
    }
}

fn refused<M: Model>(model: &M, refusal: &Refusal) -> NotExact {
    let reason = match refusal {
        Refusal::NotMarkovian { clock: Some(clock), law } => {
            format!("{} is `{law}`, which is not made of exponential stages", model.label(*clock))
        }
        other => other.to_string(),
    };
    NotExact::NotMarkovian { reason }
}

/// States found, and those still to be looked at, in the order found.
struct Search<M: Model> {
    limits: Limits,
    work: u64,
    numbers: Numbers,
    /// What is hashed of a state; kept for its memory.
    words: Words,
    frontier: VecDeque<(M, Runs<M::Event>)>,
    levels: Vec<Vec<f64>>,
    watch: Watch,
}

impl<M> Search<M>
where
    M: Model + Hash,
    M::Event: Ord + Hash,
{
    fn new(limits: Limits) -> Search<M> {
        Search {
            limits,
            work: 0,
            numbers: Numbers::new(),
            words: Words::default(),
            frontier: VecDeque::new(),
            levels: Vec::new(),
            watch: Watch::default(),
        }
    }

    fn spend(&mut self, runs: usize) -> Result<(), NotExact> {
        self.work += (runs * runs) as u64;
        if self.work > self.limits.work {
            return Err(NotExact::TooLarge { states: self.numbers.len() });
        }
        Ok(())
    }

    /// The number of a state, a new one if it was not seen before.
    fn number(&mut self, branch: Branch<M, M::Event>) -> Result<u32, NotExact> {
        let Branch { model, mut runs, .. } = branch;
        // Messages have no names: any order of theirs is the same state.
        let messages = runs.partition_point(|run| run.clock.is_some());
        runs[messages..].sort_unstable_by(|a, b| {
            (&a.event, a.law, a.stage, a.speed.to_bits()).cmp(&(&b.event, b.law, b.stage, b.speed.to_bits()))
        });
        let fingerprint = fingerprint(&model, &runs, &mut self.words);
        if let Some(number) = self.numbers.get(fingerprint) {
            return Ok(number);
        }
        if self.numbers.len() == self.limits.states {
            return Err(NotExact::TooLarge { states: self.limits.states });
        }
        let number = self.numbers.push(fingerprint);
        self.watch.clear();
        model.observe(&mut self.watch);
        self.levels.resize(self.watch.levels().len(), Vec::new());
        for (levels, &level) in self.levels.iter_mut().zip(self.watch.levels()) {
            levels.push(level);
        }
        self.frontier.push_back((model, runs));
        Ok(number)
    }
}

fn fingerprint<M: Hash, E: Hash>(model: &M, runs: &Runs<E>, words: &mut Words) -> u128 {
    words.bytes.clear();
    model.hash(words);
    for run in runs {
        run.clock.hash(words);
        (run.law, run.stage, run.speed.to_bits()).hash(words);
        run.event.hash(words);
    }
    words.write_usize(runs.len());
    let mut hasher = SipHasher13::new();
    hasher.write(&words.bytes);
    hasher.finish128().as_u128()
}

/// Gathers what is hashed: a state hashes hundreds of small numbers, and one text of them is hashed several times as fast.
#[derive(Debug, Default)]
struct Words {
    bytes: Vec<u8>,
}

impl Hasher for Words {
    fn write(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Most numbers are small, and a byte is enough for them; others come behind a byte that no small one is.
    fn write_u32(&mut self, number: u32) {
        match u8::try_from(number) {
            Ok(small) if small < u8::MAX => self.bytes.push(small),
            _ => {
                self.bytes.push(u8::MAX);
                self.write(&number.to_le_bytes());
            }
        }
    }

    /// Which variant of an enum.
    fn write_isize(&mut self, number: isize) {
        match u8::try_from(number) {
            Ok(small) if small < u8::MAX => self.bytes.push(small),
            _ => {
                self.bytes.push(u8::MAX);
                self.write(&number.to_le_bytes());
            }
        }
    }

    fn finish(&self) -> u64 {
        unreachable!("the bytes are hashed by another")
    }
}
