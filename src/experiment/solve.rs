//! What it would take: the smallest change of one value of a file that reaches an objective.

use super::knob::Knob;
use super::{
    DesignResult, Draft, Experiment, Objective, Options, Report, RunError, SolveResult, TriedResult, Watcher,
    run,
};
use crate::system::KeyPath;

/// Values of a whole number that are tried on each side of the one that is written.
const STEPS: u64 = 24;
/// Halvings between a value that is enough and one that is not.
const HALVINGS: u32 = 24;

/// What is asked.
///
/// ```
/// use fivenines::experiment::{Draft, Objective, Quest, Unwatched, solve};
///
/// let draft = Draft::parse("x.toml", r#"
/// title = "How many?"
/// horizon = "1y"
/// seed = 1
/// method = "exact"
/// [component.server.mode.crash]
/// fails = "exponential(mean 10d)"
/// restored = "exponential(mean 1d)"
/// [service.web]
/// runs_on = "server"
/// replicas = 1
/// needs = "any"
/// "#).unwrap();
/// let quest = Quest {
///     draft: &draft,
///     design: "as written",
///     path: &"service.web.replicas".parse().unwrap(),
///     objective: Objective::new("web", "99.9%").unwrap(),
///     adjust: &|_| {},
/// };
/// let found = solve(&quest, &Default::default(), &Unwatched).unwrap();
/// assert_eq!(found.answer.as_deref(), Some("3"));
/// ```
pub struct Quest<'a> {
    /// The file.
    pub draft: &'a Draft,
    /// The design that is changed.
    pub design: &'a str,
    /// The value that is changed.
    pub path: &'a KeyPath,
    /// What is to be reached.
    pub objective: Objective,
    /// Puts other settings in the place of the file's, such as the trials.
    pub adjust: &'a dyn Fn(&mut Experiment),
}

/// Why there is no answer.
///
/// ```
/// use fivenines::experiment::SolveError;
///
/// let error = SolveError::NoSize { path: "service.web.spread".into(), value: "zone".into() };
/// assert!(error.to_string().starts_with("`service.web.spread` is \"zone\""));
/// ```
#[derive(Debug, thiserror::Error)]
pub enum SolveError {
    /// The file is not understood, with or without a value that was tried.
    #[error("the file is not understood")]
    Mistakes(Report),
    /// There is no such value in the file.
    #[error(
        "the design `{design}` has no value `{path}`; write it into the file, so that there is something to change"
    )]
    NoValue {
        /// The path.
        path: String,
        /// The design.
        design: String,
    },
    /// The value is measured.
    #[error(
        "`{path}` is measured: it is what the laws `{laws}` say; write a value of your own in the place of `measured`, or solve \
         for another one"
    )]
    Measured {
        /// The path.
        path: String,
        /// What the laws are called.
        laws: String,
    },
    /// The value is nothing that could be more or less.
    #[error(
        "`{path}` is {value:?}, which is no number, time, share or law: only these can be a little more or less; a sweep \
         tries other values"
    )]
    NoSize {
        /// The path.
        path: String,
        /// Its value.
        value: String,
    },
    /// The trials of a value failed.
    #[error(transparent)]
    Run(#[from] RunError),
}

/// Finds the value nearest to the one that is written with which the objective is met; where it is met already, how far the
/// value may move in the direction that makes things worse.
///
/// Every value is tried under the same luck (common random numbers: Law 2015, *Simulation Modeling and Analysis*, section
/// 11.2), so that the availability is a function of it, and what is found is where that function crosses the objective. How
/// sure that is, is told by each value's interval. Whole numbers are tried one after the other, because more is not always
/// better; of other values the better end of all that are worth trying says whether the objective can be reached, and halving
/// finds where.
///
/// # Errors
/// When the file has no such value, the value has no size, or a run fails.
pub fn solve(quest: &Quest<'_>, options: &Options, watcher: &dyn Watcher) -> Result<SolveResult, SolveError> {
    let mut experiment = quest.draft.experiment().map_err(SolveError::Mistakes)?;
    (quest.adjust)(&mut experiment);
    let path = quest.path.to_string();
    let Some(value) = quest.draft.value(quest.design, quest.path) else {
        let around = quest.path.first(quest.path.segments().len().saturating_sub(1));
        if let Some(laws) = quest.draft.value(quest.design, &around.key("measured")) {
            return Err(SolveError::Measured { path, laws });
        }
        return Err(SolveError::NoValue { path, design: quest.design.to_owned() });
    };
    let Some(knob) = Knob::read(&value) else { return Err(SolveError::NoSize { path, value }) };
    let mut search = Search { quest, options, watcher, knob, tried: Vec::new() };
    let start = search.try_value(&value, None)?.expect("the file was understood with this value");
    let met = search.tried[start].met;
    let (answer, outlook) = match (&search.knob, met) {
        (Knob::Whole(_), false) => search.next_whole()?,
        (Knob::Whole(_), true) => search.spare_whole()?,
        _ => search.halve(met)?,
    };
    let tried = &search.tried;
    let best = outlook.map(|at| tried[at].result.clone());
    let causes = outlook.map_or_else(Vec::new, |at| tried[at].causes.clone());
    let mut listed: Vec<(f64, TriedResult)> =
        search.tried.into_iter().map(|it| (it.size, it.result)).collect();
    listed.sort_by(|a, b| a.0.total_cmp(&b.0));
    Ok(SolveResult {
        title: experiment.title,
        file: options.file.clone(),
        command: options.command.clone(),
        seed: experiment.seed,
        confidence: experiment.confidence.value(),
        design: quest.design.to_owned(),
        path,
        service: quest.objective.service.clone(),
        availability: quest.objective.availability.value(),
        objective: quest.objective.text.clone(),
        start: value,
        met_already: met,
        answer,
        best,
        causes,
        tried: listed.into_iter().map(|(_, result)| result).collect(),
    })
}

struct Search<'a> {
    quest: &'a Quest<'a>,
    options: &'a Options,
    watcher: &'a dyn Watcher,
    knob: Knob,
    tried: Vec<Tried>,
}

struct Tried {
    size: f64,
    met: bool,
    result: TriedResult,
    causes: Vec<super::CauseResult>,
}

/// The answer, and the value that says what else there is to say.
type Found = (Option<String>, Option<usize>);

impl Search<'_> {
    /// Tries a size; nothing where the file does not allow it.
    fn try_size(&mut self, size: f64) -> Result<Option<usize>, SolveError> {
        let value = self.knob.at(size);
        self.try_value(&value, Some(size))
    }

    fn try_value(&mut self, value: &str, size: Option<f64>) -> Result<Option<usize>, SolveError> {
        if let Some(at) = self.tried.iter().position(|tried| tried.result.value == value) {
            return Ok(Some(at));
        }
        let quest = self.quest;
        let read = quest.draft.with(quest.design, quest.path, value);
        let mut experiment = match (read, size) {
            (Ok(experiment), _) => experiment,
            // A value that makes no sense, such as fewer replicas than are needed, ends the search on that side.
            (Err(_), Some(_)) => return Ok(None),
            (Err(report), None) => return Err(SolveError::Mistakes(report)),
        };
        experiment.objective = Some(quest.objective.clone());
        (quest.adjust)(&mut experiment);
        let results = run(&experiment, self.options, self.watcher)?;
        let design = results.designs.into_iter().next().expect("one design was read");
        self.tried.push(self.tried_result(value, size.unwrap_or(self.knob.size()), design));
        Ok(Some(self.tried.len() - 1))
    }

    fn tried_result(&self, value: &str, size: f64, design: DesignResult) -> Tried {
        let wanted = self.quest.objective.availability.value();
        let availability = design.service.availability;
        let objective = if availability.lower >= wanted {
            "met"
        } else if availability.upper < wanted {
            "missed"
        } else {
            "undecided"
        };
        let result = TriedResult {
            value: value.to_owned(),
            availability,
            downtime_s_per_year: design.service.downtime_s_per_year,
            objective: objective.to_owned(),
            trials: design.trials,
        };
        Tried { size, met: availability.value >= wanted, result, causes: design.service.causes }
    }

    /// The nearest whole number that is enough, looked for on both sides.
    fn next_whole(&mut self) -> Result<Found, SolveError> {
        let start = self.knob.size() as u64;
        for step in 1..=STEPS {
            for whole in [Some(start + step), start.checked_sub(step)].into_iter().flatten() {
                if let Some(at) = self.try_size(whole as f64)?
                    && self.tried[at].met
                {
                    return Ok((Some(self.tried[at].result.value.clone()), Some(at)));
                }
            }
        }
        Ok((None, self.best()))
    }

    /// How far a whole number that is enough may go in the direction that makes things worse.
    fn spare_whole(&mut self) -> Result<Found, SolveError> {
        let start = self.knob.size();
        let written = self.tried[0].result.availability.value;
        for direction in [-1.0, 1.0] {
            let mut last = None;
            for step in 1..=STEPS {
                let size = start + direction * step as f64;
                let at = if size < 0.0 { None } else { self.try_size(size)? };
                let Some(at) = at else { break };
                if step == 1 && self.tried[at].result.availability.value >= written {
                    break;
                }
                if !self.tried[at].met {
                    return Ok((last.map(|at: usize| self.tried[at].result.value.clone()), Some(at)));
                }
                last = Some(at);
            }
            if let Some(at) = last {
                return Ok((Some(self.tried[at].result.value.clone()), None));
            }
        }
        Ok((None, None))
    }

    /// The tried value with the most availability.
    fn best(&self) -> Option<usize> {
        let availability = |at: &usize| self.tried[*at].result.availability.value;
        (0..self.tried.len()).max_by(|a, b| availability(a).total_cmp(&availability(b)))
    }

    /// Where between the written value and the end that matters the objective begins to be met, or ends to be.
    fn halve(&mut self, met: bool) -> Result<Found, SolveError> {
        let (low, high) = self.knob.ends();
        let ends = [self.try_size(low)?, self.try_size(high)?];
        let reached: Vec<usize> =
            ends.into_iter().flatten().filter(|&at| self.tried[at].met != met).collect();
        let extreme = |at: &usize| self.tried[*at].result.availability.value * if met { -1.0 } else { 1.0 };
        let Some(end) = reached.into_iter().max_by(|a, b| extreme(a).total_cmp(&extreme(b))) else {
            return Ok((None, if met { None } else { self.best() }));
        };
        let (mut inside, mut outside) = if met { (0, end) } else { (end, 0) };
        for _ in 0..HALVINGS {
            let (enough, short) = (self.tried[inside].size, self.tried[outside].size);
            if self.knob.close(enough, short) {
                break;
            }
            let Some(at) = self.try_size(self.knob.between(enough, short))? else { break };
            if at == inside || at == outside {
                break;
            }
            if self.tried[at].met { inside = at } else { outside = at }
        }
        let (enough, short) = (self.tried[inside].size, self.tried[outside].size);
        if let Some(at) = self.try_size(self.knob.readable(enough, short))?
            && self.tried[at].met
        {
            inside = at;
        }
        Ok((Some(self.tried[inside].result.value.clone()), Some(inside)))
    }
}
