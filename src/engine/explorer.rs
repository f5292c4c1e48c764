//! Follows a model's every path: from a state to all that can come next, with rates.

use super::context::Backend;
use super::ledger::Ledger;
use super::{Clocks, Context, Model, Refusal, Runs};

/// Events without delay that may follow one event before it counts as endless.
const SETTLING_LIMIT: usize = 100_000;

/// One way in which a state can change.
///
/// ```
/// use fivenines::engine::Branch;
///
/// let branch = Branch { rate: 0.5, model: (), runs: Vec::<fivenines::engine::Run<()>>::new() };
/// assert_eq!(branch.rate, 0.5);
/// ```
#[derive(Clone, Debug)]
pub struct Branch<M, E> {
    /// How often a second; for the initial states, the probability.
    pub rate: f64,
    /// The state it leads to.
    pub model: M,
    /// The firings pending there.
    pub runs: Runs<E>,
}

/// Runs a model's own code for every branch of every event.
///
/// A state of the chain is the model's state together with its pending firings, each at one exponential stage of its
/// law. A choice is followed by running [`Model::on`] once for each of its branches.
///
/// ```
/// # use fivenines::engine::{Class, Clock, Clocks, Context, Explorer, Model, Watch};
/// # use fivenines::random::Law;
/// # use fivenines::units::Duration;
/// # #[derive(Clone, Default)]
/// # struct Machine { up: bool, clock: Clock }
/// # impl Model for Machine {
/// #     type Event = ();
/// #     fn clocks(&mut self, clocks: &mut Clocks) { self.clock = clocks.clock("m", Class::Fault); }
/// #     fn start(&mut self, cx: &mut Context<()>) { self.on((), cx) }
/// #     fn on(&mut self, _: (), cx: &mut Context<()>) {
/// #         self.up = !self.up;
/// #         cx.set(self.clock, &Law::exponential(Duration::seconds(4.0)), ());
/// #     }
/// #     fn observe(&self, watch: &mut Watch) { watch.up(self.up); }
/// # }
/// let mut explorer = Explorer::new(Machine::default());
/// let start = explorer.initial().unwrap().remove(0);
/// let next = explorer.successors(&start.model, &start.runs).unwrap();
/// assert_eq!(next.len(), 1);
/// assert_eq!(next[0].rate, 0.25);
/// assert!(!next[0].model.up);
/// ```
#[derive(Clone, Debug)]
pub struct Explorer<M: Model> {
    template: M,
    context: Context<M::Event>,
}

impl<M: Model> Explorer<M> {
    /// Declares the model's clocks and makes ready to explore it.
    pub fn new(mut model: M) -> Explorer<M> {
        let mut clocks = Clocks::default();
        model.clocks(&mut clocks);
        Explorer { template: model, context: Context { backend: Backend::Ledger(Ledger::new()) } }
    }

    /// The model as every history starts from it, its clocks declared.
    pub fn model(&self) -> &M {
        &self.template
    }

    /// The states a history can start in, with their probabilities as rates.
    ///
    /// # Errors
    /// When the model has no exact solution.
    pub fn initial(&mut self) -> Result<Vec<Branch<M, M::Event>>, Refusal> {
        let mut branches = Vec::new();
        let template = self.template.clone();
        self.paths(&Runs::new(), 1.0, &mut branches, |context| {
            let mut model = template.clone();
            model.start(context);
            model
        });
        self.verdict(branches)
    }

    /// Every change that can come next, with its rate. Changes that lead to like states are merged only where the model
    /// says so, see [`Model::stand_ins`].
    ///
    /// # Errors
    /// When the model has no exact solution.
    pub fn successors(
        &mut self,
        model: &M,
        runs: &Runs<M::Event>,
    ) -> Result<Vec<Branch<M, M::Event>>, Refusal> {
        let mut places: Vec<u32> = (0..runs.len() as u32).collect();
        model.stand_ins(runs, &mut places);
        let mut rates = vec![0.0; runs.len()];
        for (run, &place) in runs.iter().zip(&places) {
            let stage = &self.ledger().phases(run.law).stages[run.stage as usize];
            rates[place as usize] += stage.rate * run.speed;
        }
        let mut branches = Vec::with_capacity(runs.len());
        for (index, (run, rate)) in runs.iter().zip(rates).enumerate() {
            if rate == 0.0 {
                continue;
            }
            let next = self.ledger().phases(run.law).stages[run.stage as usize].next;
            self.paths(runs, rate, &mut branches, |context| {
                let mut model = model.clone();
                let Backend::Ledger(ledger) = &mut context.backend else {
                    unreachable!("an explorer's context is a ledger")
                };
                match next {
                    Some(stage) => ledger.step(index, stage),
                    None => {
                        let event = ledger.take(index);
                        model.on(event, context);
                    }
                }
                model
            });
        }
        self.verdict(branches)
    }

    /// Runs `change` once for every way through its choices, each followed by the events it sets off without delay.
    fn paths(
        &mut self,
        runs: &Runs<M::Event>,
        rate: f64,
        branches: &mut Vec<Branch<M, M::Event>>,
        mut change: impl FnMut(&mut Context<M::Event>) -> M,
    ) {
        self.ledger().rewind();
        loop {
            self.ledger().open(runs);
            let mut model = change(&mut self.context);
            for settled in 0.. {
                let Some(event) = self.ledger().immediate() else { break };
                if settled == SETTLING_LIMIT {
                    return self.ledger().never_settles();
                }
                model.on(event, &mut self.context);
            }
            let ledger = self.ledger();
            let probability = ledger.probability();
            if probability > 0.0 {
                let mut runs = std::mem::take(ledger.runs_mut());
                model.canonical(&mut runs);
                branches.push(Branch { rate: rate * probability, model, runs });
            }
            if !self.ledger().advance() {
                return;
            }
        }
    }

    fn verdict(&mut self, branches: Vec<Branch<M, M::Event>>) -> Result<Vec<Branch<M, M::Event>>, Refusal> {
        match self.ledger().refusal() {
            Some(refusal) => Err(refusal),
            None => Ok(branches),
        }
    }

    fn ledger(&mut self) -> &mut Ledger<M::Event> {
        match &mut self.context.backend {
            Backend::Ledger(ledger) => ledger,
            Backend::Timeline(_) => unreachable!("an explorer's context is a ledger"),
        }
    }
}
