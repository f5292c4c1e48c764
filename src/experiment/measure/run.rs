//! Plays all episodes of a measurement, on all cores, and adds up what came of them.

use super::Measure;
use super::kept::quantiles_kept;
use super::results::{MeasureResults, MeasuredLaw, MeasuredResult, MilestoneResult};
use crate::engine::{Digest, Observer, Simulator};
use crate::estimate::{Bounds, Confidence, clopper_pearson, mean_of, quantile_of};
use crate::experiment::run::figures::figure;
use crate::experiment::study::{in_order, threads};
use crate::experiment::{Figure, Options, RunError, Study, StudyDesign, Watcher};
use crate::process::{Cluster, Episode, Milestones, Protocol, Violation};
use crate::random::Law;
use crate::units::{Duration, Instant, Probability, Span};

/// The chances whose quantiles are told.
const QUANTILES: [f64; 4] = [0.05, 0.5, 0.95, 0.99];

/// So many points of a distribution are kept.
const POINTS: usize = 200;

/// Why nothing was measured.
///
/// ```
/// use fivenines::experiment::MeasureError;
///
/// fn words(error: &MeasureError) -> String {
///     error.to_string()
/// }
/// # let _ = words;
/// ```
#[derive(Debug, thiserror::Error)]
pub enum MeasureError {
    /// The file does not say what.
    #[error("there is no [measure] in this file: write fault = \"leader-crash\" into one")]
    Nothing,
    /// In no episode there was somebody for the fault to strike.
    #[error(
        "{design}: in none of {episodes} episodes could {fault} strike, since nobody led, or the protocol did not serve; {help}"
    )]
    Nobody {
        /// The design.
        design: String,
        /// How many episodes there were.
        episodes: u64,
        /// What was to be injected.
        fault: String,
        /// What may help.
        help: String,
    },
    /// The run failed.
    #[error(transparent)]
    Run(#[from] RunError),
}

/// What an episode gave.
///
/// ```
/// use fivenines::experiment::EpisodeSeen;
///
/// fn struck(seen: &EpisodeSeen) -> bool {
///     seen.episode.is_some()
/// }
/// # let _ = struck;
/// ```
#[derive(Clone, Debug)]
pub struct EpisodeSeen {
    /// What came of the fault; nothing where it befell nobody.
    pub episode: Option<Episode>,
    /// Whether the protocol says when it has noticed, and when somebody stands in.
    pub(super) says: (bool, bool),
    pub(super) violation: Option<Violation>,
    pub(super) events: u64,
    pub(super) digest: Digest,
}

/// Plays a trial of a cluster into which a fault is injected.
pub(in crate::experiment) fn episode<T: Protocol>(
    simulator: &mut Simulator<Cluster<T>>,
    trial: u64,
    end: Instant,
    within: Span,
) -> EpisodeSeen {
    let mut at_end = AtEnd { within, seen: None };
    let summary = simulator.play(trial, end, &mut at_end);
    let (milestones, episode, violation) = at_end.seen.expect("a trial has an end");
    let says = (!milestones.noticed.is_empty(), !milestones.taken_over.is_empty());
    EpisodeSeen { episode, says, violation, events: summary.events, digest: summary.digest }
}

struct AtEnd {
    within: Span,
    seen: Option<(Milestones, Option<Episode>, Option<Violation>)>,
}

impl<T: Protocol> Observer<Cluster<T>> for AtEnd {
    #[inline]
    fn after(&mut self, _: &Cluster<T>, _: Instant) {}

    fn end(&mut self, cluster: &Cluster<T>, _: Instant) {
        let milestones = cluster.protocol().milestones();
        self.seen = Some((milestones, cluster.episode(self.within), cluster.violation()));
    }
}

/// Measures every design of a file that says what. The same one gives the same results, bit for bit, on any number of threads.
///
/// # Errors
/// When the file says nothing of the kind, a fault never befell anybody, the threads cannot be started, or somebody stops it.
pub fn measure(
    study: &Study,
    options: &Options,
    watcher: &dyn Watcher,
) -> Result<MeasureResults, MeasureError> {
    let threads = threads(options)?;
    let mut digest = Digest::new();
    let mut designs = Vec::new();
    for design in &study.designs {
        let what = design.measure.as_ref().ok_or(MeasureError::Nothing)?;
        let see = |trials| design.staged.episodes(study.seed, trials, what.end(), what.within.span());
        let seen = threads.install(|| in_order(&design.name, study.trials, watcher, see))?;
        let result = added_up(study, design, what, &seen)?;
        digest.fold(result.digest.bits());
        designs.push(result);
    }
    Ok(MeasureResults {
        schema: "fivenines.measurement/1".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        command: options.command.clone(),
        file: options.file.clone(),
        title: study.title.clone(),
        question: study.question.clone(),
        model: study.model.clone(),
        assumed: None,
        seed: study.seed,
        confidence: study.confidence.level(),
        designs,
        digest,
    })
}

fn added_up(
    study: &Study,
    design: &StudyDesign,
    what: &Measure,
    seen: &[EpisodeSeen],
) -> Result<MeasuredResult, MeasureError> {
    let struck: Vec<&Episode> = seen.iter().filter_map(|seen| seen.episode.as_ref()).collect();
    if struck.is_empty() {
        return Err(nobody(study, design, what));
    }
    let mut digest = Digest::new();
    seen.iter().for_each(|seen| digest.fold(seen.digest.bits()));
    let broken = || seen.iter().enumerate().filter_map(|(n, seen)| Some((n, seen.violation.as_ref()?)));
    let (notices, takes_over) = seen[0].says;
    let counted = |spans: Vec<Option<Span>>| milestone(spans, what.within, study.confidence);
    let noticed: Vec<&&Episode> = struck.iter().filter(|it| !notices || it.noticed.is_some()).collect();
    let switch = noticed.iter().map(|it| Some(it.taken_over? - it.noticed.unwrap_or(Span::ZERO))).collect();
    let recovery = counted(struck.iter().map(|it| it.recovered).collect());
    let recovers = clopper_pearson(recovery.seen, recovery.of, study.confidence).expect("there are episodes");
    let unanswered: Vec<f64> = struck.iter().map(|it| it.unanswered as f64).collect();
    let unanswered =
        mean_of(&unanswered, Bounds::NON_NEGATIVE, study.confidence).expect("there are episodes");
    let usual: Vec<f64> = struck.iter().filter_map(|it| Some(it.usual?.as_secs_f64())).collect();
    let asked: u64 = struck.iter().map(|it| it.asked).sum();
    let waited = |it: &&Episode| it.recovered.unwrap_or(what.within.span()).as_secs_f64();
    let waited: f64 = struck.iter().map(waited).sum();
    let injection = &what.injection;
    let unnoticed = |it: &&&Episode| {
        notices && it.recovered.is_some() && it.noticed.is_none_or(|at| Some(at) > it.recovered)
    };
    Ok(MeasuredResult {
        name: design.name.clone(),
        set: design.set.clone(),
        options: design.options.clone(),
        fault: injection.what,
        lasts: injection.lasts.clone(),
        warm_up_s: injection.warm_up.secs(),
        spread_s: injection.spread.secs(),
        within_s: what.within.secs(),
        processes: design.staged.processes() as u64,
        episodes: seen.len() as u64,
        unready: (seen.len() - struck.len()) as u64,
        events: seen.iter().map(|seen| seen.events).sum(),
        violations: broken().count() as u64,
        first_violation: broken().next().map(|(n, violation)| (n as u64, violation.to_string())),
        detection: notices.then(|| counted(struck.iter().map(|it| it.noticed).collect())),
        switch: (notices && takes_over && !noticed.is_empty()).then(|| counted(switch)),
        taken_over: takes_over.then(|| counted(struck.iter().map(|it| it.taken_over).collect())),
        law: law(&struck, figure(&recovers)),
        answered_unnoticed: struck.iter().filter(unnoticed).count() as u64,
        recovers: figure(&recovers),
        recovery,
        unanswered: figure(&unanswered),
        answer_s: (!usual.is_empty()).then(|| usual.iter().sum::<f64>() / usual.len() as f64),
        between_requests_s: (asked > 0).then(|| waited / asked as f64),
        digest,
    })
}

fn nobody(study: &Study, design: &StudyDesign, what: &Measure) -> MeasureError {
    let fault = what.injection.what;
    let help = match fault.needs_leader() {
        true => format!(
            "a model says who leads by Protocol::leads, and if `{}` does not, fault = \"process-crash\" strikes any of its processes; if it does, a longer warm_up may help",
            study.model
        ),
        false => "a longer warm_up may help".to_owned(),
    };
    let design = design.name.clone();
    MeasureError::Nobody { design, episodes: study.trials, fault: fault.to_string(), help }
}

/// How long something took, where it came.
fn milestone(spans: Vec<Option<Span>>, within: Duration, confidence: Confidence) -> MilestoneResult {
    let bounds = Bounds::new(0.0, within.secs());
    let came: Vec<Span> = spans.iter().flatten().copied().collect();
    let seconds: Vec<f64> = came.iter().map(|span| span.as_secs_f64()).collect();
    // What did not come is as long as can be, so that it stands behind all that did.
    let all: Vec<f64> = spans.iter().map(|span| span.map_or(within.secs(), Span::as_secs_f64)).collect();
    let quantile = |p: f64| {
        let estimate =
            quantile_of(&all, p, bounds, confidence).expect("there are episodes within the bounds");
        (p, figure(&estimate))
    };
    MilestoneResult {
        seen: came.len() as u64,
        of: spans.len() as u64,
        mean: mean_of(&seconds, bounds, confidence).ok().map(|mean| figure(&mean)),
        quantiles: QUANTILES.into_iter().map(quantile).collect(),
        points_s: quantiles_kept(&came, POINTS).into_iter().map(Span::as_secs_f64).collect(),
    }
}

/// What a failover can be given: of the episodes that recovered.
fn law(struck: &[&Episode], recovers: Figure) -> Option<MeasuredLaw> {
    let (detect, switch): (Vec<Span>, Vec<Span>) = struck.iter().filter_map(|it| it.phases()).unzip();
    let of = |spans: &[Span]| {
        let kept: Vec<Duration> = quantiles_kept(spans, POINTS).into_iter().map(Duration::from).collect();
        match &kept[..] {
            [first, .., last] if first == last => Some(Law::constant(*first)),
            _ => Law::empirical(&kept).ok(),
        }
    };
    let share = |share: f64| Probability::new(share).expect("a share is between 0 and 1");
    Some(MeasuredLaw {
        episodes: detect.len() as u64,
        detect: of(&detect)?,
        switch: of(&switch)?,
        succeeds: share(recovers.value),
        succeeds_at_least: share(recovers.lower),
        correlation: correlation(&detect, &switch),
    })
}

/// Pearson's correlation; nothing where one of them does not vary.
fn correlation(one: &[Span], other: &[Span]) -> Option<f64> {
    let mean = |spans: &[Span]| spans.iter().map(|it| it.as_secs_f64()).sum::<f64>() / spans.len() as f64;
    let (a, b) = (mean(one), mean(other));
    let sum = |of: &dyn Fn(f64, f64) -> f64| -> f64 {
        one.iter().zip(other).map(|(x, y)| of(x.as_secs_f64() - a, y.as_secs_f64() - b)).sum()
    };
    let (xx, yy, xy) = (sum(&|x, _| x * x), sum(&|_, y| y * y), sum(&|x, y| x * y));
    (xx > 0.0 && yy > 0.0).then(|| xy / (xx * yy).sqrt())
}
