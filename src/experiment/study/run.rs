//! Plays all designs of an experiment on a protocol, on all cores.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::Ordering;

use hdrhistogram::Histogram;
use rayon::prelude::*;

use super::results::{GroupResult, LatencyResult, ProtocolResult, StudyResults};
use super::stage::{GroupSeen, Seen};
use super::{Study, StudyDesign};
use crate::engine::Digest;
use crate::estimate::{Bounds, Confidence, mean_of, ratio_of};
use crate::experiment::run::figures::figure;
use crate::experiment::{Figure, Options, RunError, SourceLine, Watcher};
use crate::units::Instant;

/// Trials that a thread plays at a stretch.
const STRETCH: u64 = 4;

/// Plays an experiment on a protocol. The same one gives the same results, bit for bit, on any number of threads.
///
/// # Errors
/// When the threads cannot be started, or somebody stops it.
pub fn run_study(study: &Study, options: &Options, watcher: &dyn Watcher) -> Result<StudyResults, RunError> {
    let mut threads = rayon::ThreadPoolBuilder::new();
    if let Some(count) = options.threads {
        threads = threads.num_threads(count);
    }
    let threads = threads.build().map_err(|error| RunError::Threads(error.to_string()))?;
    let mut digest = Digest::new();
    let mut designs = Vec::new();
    for design in &study.designs {
        let trials = threads.install(|| trials(study, design, watcher))?;
        let result = added_up(study, design, trials);
        digest.fold(result.digest.bits());
        designs.push(result);
    }
    Ok(StudyResults {
        schema: "fivenines.protocol/1".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        command: options.command.clone(),
        file: options.file.clone(),
        title: study.title.clone(),
        question: study.question.clone(),
        model: study.model.clone(),
        horizon: study.horizon.secs(),
        seed: study.seed,
        confidence: study.confidence.level(),
        sources: sources(study),
        designs,
        digest,
    })
}

/// Where the figures of hosts are from, each once.
fn sources(study: &Study) -> Vec<SourceLine> {
    let mut seen = BTreeSet::new();
    let lines = study.designs.iter().flat_map(|design| &design.sources);
    let new = lines.filter(|line| seen.insert((&line.path, &line.value, &line.source)));
    new.cloned().collect()
}

/// What each trial of a design gave, in their order.
fn trials(study: &Study, design: &StudyDesign, watcher: &dyn Watcher) -> Result<Vec<Seen>, RunError> {
    let end = Instant::START + study.horizon.span();
    let interrupted = || watcher.interrupt().is_some_and(|flag| flag.load(Ordering::Relaxed));
    let mut seen: Vec<Seen> = Vec::new();
    let batch = STRETCH * 4 * rayon::current_num_threads() as u64;
    while (seen.len() as u64) < study.trials {
        let from = seen.len() as u64;
        let until = study.trials.min(from + batch);
        let stretches: Vec<u64> = (from..until).step_by(STRETCH as usize).collect();
        let played: Vec<Vec<Seen>> = stretches
            .into_par_iter()
            .map(|first| design.staged.see(study.seed, first..until.min(first + STRETCH), end))
            .collect();
        if interrupted() {
            return Err(RunError::Interrupted);
        }
        seen.extend(played.into_iter().flatten());
        watcher.progress(&design.name, until, study.trials);
    }
    Ok(seen)
}

fn added_up(study: &Study, design: &StudyDesign, trials: Vec<Seen>) -> ProtocolResult {
    let count = trials.len() as f64;
    let mut digest = Digest::new();
    let mut latency: Histogram<u64> = Histogram::new(3).expect("three digits are fewer than five");
    let mut marks: BTreeMap<&str, u64> = BTreeMap::new();
    let (mut events, mut sent, mut lost, mut violations) = (0, 0, 0, 0);
    let mut first_violation = None;
    for (number, trial) in trials.iter().enumerate() {
        digest.fold(trial.digest.bits());
        latency += &trial.latency;
        trial.marks.iter().for_each(|(name, many)| *marks.entry(name).or_default() += many);
        events += trial.events;
        sent += trial.messages.0;
        lost += trial.messages.1;
        if let Some(violation) = &trial.violation {
            violations += 1;
            first_violation.get_or_insert((number as u64, violation.to_string()));
        }
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
        clients: if estimates { clients(study, &trials) } else { Vec::new() },
        idle: idle.filter(|_| estimates).map(|idle| figure(&idle)),
        unmet: if estimates { unmet(study, &trials) } else { Vec::new() },
        latency: (estimates && !latency.is_empty()).then(|| quantiles(&latency)),
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
    let all = |seen: &Seen| {
        seen.groups.iter().fold(GroupSeen::default(), |sum, group| GroupSeen {
            ended: sum.ended + group.ended,
            answered: sum.answered + group.answered,
            up: sum.up + group.up,
            watched: sum.watched + group.watched,
        })
    };
    let mut results = vec![group("all", study.confidence, trials.iter().map(all).collect())];
    if study.clients.len() > 1 {
        for (number, name) in study.clients.iter().enumerate() {
            let of = |seen: &Seen| seen.groups.get(number).copied().unwrap_or_default();
            results.push(group(name, study.confidence, trials.iter().map(of).collect()));
        }
    }
    results
}

fn group(name: &str, confidence: Confidence, seen: Vec<GroupSeen>) -> GroupResult {
    let ratio = |top: fn(&GroupSeen) -> f64, bottom: fn(&GroupSeen) -> f64| {
        let tops: Vec<f64> = seen.iter().map(top).collect();
        let bottoms: Vec<f64> = seen.iter().map(bottom).collect();
        let ratio = ratio_of(&tops, &bottoms, confidence).ok()?;
        if ratio.interval().upper() <= 1.0 {
            return Some(figure(&ratio));
        }
        // Where nothing was seen, or hardly anything, the shares of single trials are what has a bound.
        let shares = tops.iter().zip(&bottoms).filter(|(_, all)| **all > 0.0).map(|(part, all)| part / all);
        mean_of(&shares.collect::<Vec<_>>(), Bounds::FRACTION, confidence).ok().map(|mean| figure(&mean))
    };
    GroupResult {
        name: name.to_owned(),
        requests: seen.iter().map(|group| group.ended).sum(),
        unanswered: ratio(|group| group.ended - group.answered, |group| group.ended),
        unavailable_time: ratio(|group| group.watched - group.up, |group| group.watched),
    }
}

fn quantiles(latency: &Histogram<u64>) -> LatencyResult {
    let at = |quantile| latency.value_at_quantile(quantile) as f64 / 1e6;
    LatencyResult {
        p50: at(0.5),
        p95: at(0.95),
        p99: at(0.99),
        p999: at(0.999),
        most: latency.max() as f64 / 1e6,
    }
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
