//! Plays all designs of an experiment on a protocol, on all cores.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::atomic::Ordering;

use hdrhistogram::Histogram;
use rayon::prelude::*;

use super::clients::{GroupSeen, histogram};
use super::compare::{Losses, compared};
use super::results::{GroupResult, LatencyResult, ProtocolResult, StudyResults};
use super::stage::{Seen, Watch};
use super::{Study, StudyDesign};
use crate::engine::Digest;
use crate::estimate::{Bounds, Confidence, mean_of, quantile_of, ratio_of};
use crate::experiment::run::figures::figure;
use crate::experiment::{Figure, Options, RunError, SourceLine, Watcher, WindowResult};
use crate::units::{Instant, Span};

/// Lengths of windows that are looked at where they fit into a trial, in seconds.
const WINDOWS: [u64; 8] = [1, 10, 60, 600, 3600, 6 * 3600, 86_400, 7 * 86_400];
/// Shares of answers whose time is told: half, 95%, and so on; and those of a curve that goes on to one in 10,000,000.
const QUANTILES: [f64; 4] = [0.5, 0.95, 0.99, 0.999];
const DECADES: [f64; 7] = [0.1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7];
/// Trials that a thread plays at a stretch.
const STRETCH: u64 = 4;

/// Plays an experiment on a protocol. The same one gives the same results, bit for bit, on any number of threads.
///
/// # Errors
/// When the threads cannot be started, or somebody stops it.
pub fn run_study(study: &Study, options: &Options, watcher: &dyn Watcher) -> Result<StudyResults, RunError> {
    let threads = threads(options)?;
    let mut digest = Digest::new();
    let (mut designs, mut losses) = (Vec::new(), Vec::new());
    let watch = watch(study);
    for design in &study.designs {
        let see = |trials| design.staged.see(study.seed, trials, &watch);
        let trials = threads.install(|| in_order(&design.name, study.trials, watcher, see))?;
        if !design.adversarial && !study.clients.is_empty() {
            losses.push(Losses::new(&design.name, &trials));
        }
        let result = added_up(study, design, &watch, &trials);
        digest.fold(result.digest.bits());
        designs.push(result);
    }
    let (comparisons, contenders) = compared(study, &losses);
    Ok(StudyResults {
        schema: "fivenines.protocol/1".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        command: options.command.clone(),
        file: options.file.clone(),
        again: String::new(),
        title: study.title.clone(),
        question: study.question.clone(),
        model: study.model.clone(),
        horizon_s: study.horizon.secs(),
        warm_up_s: study.warm_up.secs(),
        seed: study.seed,
        confidence: study.confidence.level(),
        sources: sources(study),
        designs,
        comparisons,
        contenders,
        digest,
    })
}

/// The threads to play on.
pub(in crate::experiment) fn threads(options: &Options) -> Result<rayon::ThreadPool, RunError> {
    let mut threads = rayon::ThreadPoolBuilder::new();
    if let Some(count) = options.threads {
        threads = threads.num_threads(count);
    }
    threads.build().map_err(|error| RunError::Threads(error.to_string()))
}

/// Where the figures of hosts are from, each once.
fn sources(study: &Study) -> Vec<SourceLine> {
    let mut seen = BTreeSet::new();
    let lines = study.designs.iter().flat_map(|design| &design.sources);
    let new = lines.filter(|line| seen.insert((&line.path, &line.value, &line.source)));
    new.cloned().collect()
}

/// What each trial of a design gave, in their order.
pub(in crate::experiment) fn in_order<R: Send>(
    design: &str,
    trials: u64,
    watcher: &dyn Watcher,
    see: impl Fn(Range<u64>) -> Vec<R> + Sync,
) -> Result<Vec<R>, RunError> {
    let interrupted = || watcher.interrupt().is_some_and(|flag| flag.load(Ordering::Relaxed));
    let mut seen: Vec<R> = Vec::new();
    let batch = STRETCH * 4 * rayon::current_num_threads() as u64;
    while (seen.len() as u64) < trials {
        let from = seen.len() as u64;
        let until = trials.min(from + batch);
        let stretches: Vec<u64> = (from..until).step_by(STRETCH as usize).collect();
        let played: Vec<Vec<R>> =
            stretches.into_par_iter().map(|first| see(first..until.min(first + STRETCH))).collect();
        if interrupted() {
            return Err(RunError::Interrupted);
        }
        seen.extend(played.into_iter().flatten());
        watcher.progress(design, until, trials);
    }
    Ok(seen)
}

/// What of trials is looked at: all behind the warm-up, and windows as long as fit into it.
fn watch(study: &Study) -> Watch {
    let (from, end) = (Instant::START + study.warm_up.span(), Instant::START + study.horizon.span());
    let fits = WINDOWS.iter().map(|seconds| Span::from_secs(*seconds)).filter(|length| *length < end - from);
    Watch { from, end, windows: fits.chain([end - from]).collect() }
}

fn added_up(study: &Study, design: &StudyDesign, watch: &Watch, trials: &[Seen]) -> ProtocolResult {
    let count = trials.len() as f64;
    let mut digest = Digest::new();
    let mut marks: BTreeMap<&str, u64> = BTreeMap::new();
    let (mut events, mut sent, mut lost, mut violations, mut undecided) = (0, 0, 0, 0, 0);
    let mut first_violation = None;
    for (number, trial) in trials.iter().enumerate() {
        digest.fold(trial.digest.bits());
        trial.marks.iter().for_each(|(name, many)| *marks.entry(name).or_default() += many);
        events += trial.events;
        sent += trial.messages.0;
        lost += trial.messages.1;
        if let Some(violation) = &trial.violation {
            violations += 1;
            first_violation.get_or_insert((number as u64, violation.to_string()));
        }
        undecided += u64::from(trial.undecided);
    }
    let estimates = !design.adversarial;
    let idle: Vec<f64> = trials.iter().map(|trial| 1.0 - trial.serves).collect();
    let idle = mean_of(&idle, Bounds::FRACTION, study.confidence).ok();
    ProtocolResult {
        name: design.name.clone(),
        set: design.set.clone(),
        adversarial: design.adversarial,
        processes: design.staged.processes() as u64,
        trials: trials.len() as u64,
        events,
        violations,
        first_violation,
        undecided,
        clients: if estimates { clients(study, trials) } else { Vec::new() },
        idle: idle.filter(|_| estimates).map(|idle| figure(&idle)),
        unmet: if estimates { unmet(study, trials) } else { Vec::new() },
        windows: if estimates { windows(study, watch, trials) } else { Vec::new() },
        marks: marks.into_iter().map(|(name, many)| (name.to_owned(), many as f64 / count)).collect(),
        messages: (sent as f64 / count, if sent == 0 { 0.0 } else { lost as f64 / sent as f64 }),
        digest,
    }
}

/// All clients together, and each group where there are several.
fn clients(study: &Study, trials: &[Seen]) -> Vec<GroupResult> {
    if study.clients.is_empty() {
        return Vec::new();
    }
    let every: Vec<Vec<&GroupSeen>> = trials.iter().map(|trial| trial.groups.iter().collect()).collect();
    let mut results = vec![group("all", study.confidence, &every)];
    if study.clients.len() > 1 {
        for (number, name) in study.clients.iter().enumerate() {
            let of: Vec<Vec<&GroupSeen>> =
                trials.iter().map(|trial| trial.groups.get(number).into_iter().collect()).collect();
            results.push(group(name, study.confidence, &of));
        }
    }
    results
}

/// What clients of these groups, of each trial, saw together.
fn group(name: &str, confidence: Confidence, trials: &[Vec<&GroupSeen>]) -> GroupResult {
    let sums = |of: fn(&GroupSeen) -> f64| -> Vec<f64> {
        trials
            .iter()
            .map(|groups| groups.iter().map(|group| of(group)).fold(0.0, |sum, it| sum + it))
            .collect()
    };
    let ratio = |top: fn(&GroupSeen) -> f64, bottom: fn(&GroupSeen) -> f64| {
        let (tops, bottoms) = (sums(top), sums(bottom));
        let ratio = ratio_of(&tops, &bottoms, confidence).ok()?;
        if ratio.interval().upper() <= 1.0 {
            return Some(figure(&ratio));
        }
        // Where nothing was seen, or hardly anything, the shares of single trials are what has a bound.
        let shares = tops.iter().zip(&bottoms).filter(|(_, all)| **all > 0.0).map(|(part, all)| part / all);
        mean_of(&shares.collect::<Vec<_>>(), Bounds::FRACTION, confidence).ok().map(|mean| figure(&mean))
    };
    let mut latency = histogram();
    for &(took, many) in trials.iter().flatten().flat_map(|group| &group.latency) {
        latency.record_n(took, many).expect("a histogram grows with what it is given");
    }
    GroupResult {
        name: name.to_owned(),
        requests: sums(|group| group.ended).into_iter().fold(0.0, |sum, it| sum + it),
        unanswered: ratio(|group| group.ended - group.answered, |group| group.ended),
        wrong: ratio(|group| group.wrong, |group| group.ended),
        unavailable_time: ratio(|group| group.watched - group.up, |group| group.watched),
        latency: (!latency.is_empty()).then(|| quantiles(&latency)),
    }
}

fn quantiles(latency: &Histogram<u64>) -> LatencyResult {
    let at = |quantile| latency.value_at_quantile(quantile) as f64 / 1e6;
    let [p50_s, p95_s, p99_s, p999_s] = QUANTILES.map(at);
    // Ten points up to one answer in ten, and as many for every further tenth of those, as far as there are answers.
    let rest = DECADES.iter().flat_map(|decade| (0..9).map(move |step| f64::from(10 - step) * decade));
    let curve =
        rest.take_while(|rest| rest * latency.len() as f64 >= 1.0).map(|rest| (1.0 - rest, at(1.0 - rest)));
    let most_s = latency.max() as f64 / 1e6;
    let curve_s = curve.chain([(1.0, most_s)]).collect();
    LatencyResult { p50_s, p95_s, p99_s, p999_s, most_s, curve_s }
}

/// How much of client time is not up in the worst window of each length.
fn windows(study: &Study, watch: &Watch, trials: &[Seen]) -> Vec<WindowResult> {
    if study.clients.is_empty() {
        return Vec::new();
    }
    let window = |(number, length): (usize, &Span)| {
        let mut lost: Vec<f64> = trials.iter().map(|trial| 1.0 - trial.worst[number]).collect();
        let mean = mean_of(&lost, Bounds::FRACTION, study.confidence).ok()?;
        lost.sort_unstable_by(f64::total_cmp);
        let p95 = quantile_of(&lost, 0.95, Bounds::FRACTION, study.confidence).ok()?;
        Some(WindowResult { length_s: length.as_secs_f64(), worst: figure(&mean), p95: figure(&p95) })
    };
    watch.windows.iter().enumerate().filter_map(window).collect()
}

/// How much of the time too few replicas were up, for each service.
fn unmet(study: &Study, trials: &[Seen]) -> Vec<(String, Figure)> {
    let names = trials.first().map_or(&[][..], |first| &first.unmet).iter().map(|(name, _)| name.clone());
    let share = |(number, name): (usize, String)| {
        let shares: Vec<f64> = trials.iter().map(|trial| trial.unmet[number].1).collect();
        let share = mean_of(&shares, Bounds::FRACTION, study.confidence).ok()?;
        Some((name, figure(&share)))
    };
    names.enumerate().filter_map(share).collect()
}
