//! Answers that are not what one would expect: more of everything, and no better. What drives them is read from the
//! causes of the downtime, and nothing is said where these do not tell.

use std::collections::BTreeMap;

use super::causes::label;
use super::number::{Known, count_of, duration, known};
use super::text::{listed, printable};
use super::words::told;
use crate::experiment::{DesignResult, Figure, RedundancyResult, Results};

/// Sentences shown.
const MOST: usize = 5;
/// A design that saves less than this share of the downtime, as surely as the data tell, buys next to nothing.
const NOTHING: f64 = 0.1;
/// Causes that make up this share of a change say enough of it.
const ENOUGH: f64 = 0.8;

/// A sentence for each design that has more to spare than another and is not much better than that, up to a few.
pub(super) fn surprises(results: &Results) -> Vec<String> {
    let ratios = ratios(results);
    let mut sentences = Vec::new();
    for (place, design) in results.designs.iter().enumerate() {
        let others = ratios[place].iter().map(|(other, ratio)| (&results.designs[*other], ratio));
        let below: Vec<(&DesignResult, &Ratio)> =
            others.filter(|(other, _)| has_more(design, other)).collect();
        // Of those that have less, the ones that come nearest to it; of such as have the same, the one most like it.
        let mut nearest: Vec<(&DesignResult, &Ratio)> = Vec::new();
        let is_nearest = |other: &DesignResult| !below.iter().any(|(between, _)| has_more(between, other));
        for (other, ratio) in below.iter().copied().filter(|(other, _)| is_nearest(other)) {
            match nearest.iter_mut().find(|(known, _)| known.redundancy == other.redundancy) {
                Some(known) if unlike(design, other) < unlike(design, known.0) => *known = (other, ratio),
                Some(_) => {}
                None => nearest.push((other, ratio)),
            }
        }
        sentences.extend(nearest.into_iter().filter_map(|it| sentence(results, design, it.0, it.1)));
        if sentences.len() >= MOST {
            break;
        }
    }
    sentences.truncate(MOST);
    sentences
}

/// How many values one of two designs sets and the other does not, or not so.
fn unlike(design: &DesignResult, other: &DesignResult) -> usize {
    let only =
        |one: &DesignResult, two: &DesignResult| one.set.iter().filter(|it| !two.set.contains(it)).count();
    only(design, other) + only(other, design)
}

/// Whether a design has more replicas or sites of something than another, and less of nothing.
fn has_more(design: &DesignResult, other: &DesignResult) -> bool {
    let (ours, theirs) = (&design.redundancy, &other.redundancy);
    let mut has_more = false;
    for (ours, theirs) in ours.iter().zip(theirs) {
        let sites = || ours.sites.iter().zip(&theirs.sites).map(|((_, ours), (_, theirs))| (ours, theirs));
        let is_alike = ours.service == theirs.service && ours.sites.len() == theirs.sites.len();
        if !is_alike || ours.replicas < theirs.replicas || sites().any(|(ours, theirs)| ours < theirs) {
            return false;
        }
        // What is made of the replicas of others has more of them where those have.
        let counts = ours.part == "replica";
        has_more |=
            counts && (ours.replicas > theirs.replicas || sites().any(|(ours, theirs)| ours > theirs));
    }
    has_more && ours.len() == theirs.len()
}

/// What a design has more of than another: `5 replicas of db instead of 3`.
fn more(design: &DesignResult, other: &DesignResult) -> String {
    let (ours, theirs) = (&design.redundancy, &other.redundancy);
    // For each way of having more, the services that do.
    let mut ways: Vec<([String; 2], Vec<String>)> = Vec::new();
    let mut note = |around: [String; 2], service: &RedundancyResult| {
        let service = printable(&service.service);
        match ways.iter_mut().find(|(known, _)| *known == around) {
            Some((_, services)) => services.push(service),
            None => ways.push((around, vec![service])),
        }
    };
    for (ours, theirs) in ours.iter().zip(theirs).filter(|(ours, _)| ours.part == "replica") {
        if ours.replicas > theirs.replicas {
            let replicas = count_of(u64::from(ours.replicas), "replica");
            note([format!("{replicas} of "), format!(" instead of {}", theirs.replicas)], ours);
        }
        for ((level, count), (_, less)) in ours.sites.iter().zip(&theirs.sites).filter(|(a, b)| a.1 > b.1) {
            let sites = count_of(u64::from(*count), &printable(level));
            note([String::new(), format!(" in {sites} instead of {less}")], ours);
        }
    }
    let phrases: Vec<String> =
        ways.iter().map(|([head, tail], services)| format!("{head}{}{tail}", listed(services))).collect();
    listed(&phrases)
}

/// Downtime of a design over that of another, and whether it is shown to be worse.
struct Ratio {
    downtime: Figure,
    is_worse: bool,
}

/// For each design, the others that it was compared with, by their places, in order.
fn ratios(results: &Results) -> Vec<BTreeMap<usize, Ratio>> {
    let places: BTreeMap<&str, usize> =
        results.designs.iter().enumerate().map(|(place, design)| (design.name.as_str(), place)).collect();
    let mut ratios: Vec<BTreeMap<usize, Ratio>> = results.designs.iter().map(|_| BTreeMap::new()).collect();
    for pair in &results.comparisons {
        let ends = (places.get(pair.design.as_str()), places.get(pair.baseline.as_str()));
        let ((Some(&design), Some(&baseline)), Some(ratio)) = (ends, pair.ratio) else { continue };
        ratios[design].insert(baseline, Ratio { downtime: ratio, is_worse: pair.verdict == "worse" });
        if ratio.lower > 0.0 {
            let [value, lower, upper] = [ratio.value, ratio.upper, ratio.lower].map(|end| 1.0 / end);
            let downtime = Figure { value, lower, upper };
            ratios[baseline].insert(design, Ratio { downtime, is_worse: pair.verdict == "better" });
        }
    }
    ratios
}

fn name(design: &DesignResult) -> String {
    format!("\u{201c}{}\u{201d}", printable(&design.name))
}

fn per_year(seconds: f64) -> String {
    duration(seconds) + "/y"
}

fn sentence(
    results: &Results,
    design: &DesignResult,
    other: &DesignResult,
    Ratio { downtime: ratio, is_worse }: &Ratio,
) -> Option<String> {
    let is_told =
        |it: &DesignResult| known(&told(&it.service, &it.service.downtime_s_per_year)) != Known::AtMost;
    if !is_told(design) || !is_told(other) {
        return None;
    }
    let verdict = match (is_worse, ratio.lower > 1.0 - NOTHING) {
        (true, _) if ratio.value < 1.0 + NOTHING => "is a little worse than",
        (true, _) => "is worse than",
        (false, true) if ratio.upper < 1.0 => "is hardly better than",
        (false, true) => "is no better than",
        (false, false) => return None,
    };
    let changes = changes(design, other);
    let driver = if *is_worse { grown(&changes) } else { left(design, other, &changes) };
    let parts: Vec<String> =
        [driver, nothing_to_spare(design, other, &changes)].into_iter().flatten().collect();
    if parts.is_empty() {
        return None;
    }
    let (this, that) = (name(design), name(other));
    let more = more(design, other);
    let furthest = furthest(results, design).unwrap_or_default();
    Some(format!("{this} {verdict} {that}, with {more}: {}{furthest}.", parts.join("; ")))
}

/// A cause under two designs, in seconds a year.
struct Change {
    cause: String,
    /// Whether it is something that fails where the service runs, and not what is done about it.
    is_failure: bool,
    before: f64,
    after: f64,
}

/// What each cause takes under a design and another one before, the one that takes most under the design first.
fn changes(design: &DesignResult, other: &DesignResult) -> Vec<Change> {
    let mut by_label: BTreeMap<String, Change> = BTreeMap::new();
    for (it, is_after) in [(other, false), (design, true)] {
        for cause in &it.service.causes {
            let change = by_label.entry(label(cause)).or_insert_with_key(|label| Change {
                cause: label.clone(),
                is_failure: matches!(cause.kind.as_str(), "component" | "site" | "domain"),
                before: 0.0,
                after: 0.0,
            });
            *(if is_after { &mut change.after } else { &mut change.before }) += cause.downtime_s_per_year;
        }
    }
    let mut changes: Vec<Change> = by_label.into_values().collect();
    changes.sort_by(|a, b| b.after.total_cmp(&a.after).then_with(|| a.cause.cmp(&b.cause)));
    changes
}

/// The causes that take more than before, as many as explain enough of it.
fn grown(changes: &[Change]) -> Option<String> {
    let growth = |change: &Change| change.after - change.before;
    let mut grown: Vec<&Change> = changes.iter().filter(|change| growth(change) > 0.0).collect();
    grown.sort_by(|a, b| growth(b).total_cmp(&growth(a)));
    let all: f64 = grown.iter().map(|change| growth(change)).sum();
    let mut said = 0.0;
    let named = grown.iter().take_while(|change| {
        let goes_on = said < ENOUGH * all;
        said += growth(change);
        goes_on
    });
    let named: Vec<String> = named
        .map(|change| {
            let (cause, after) = (&change.cause, per_year(change.after));
            match change.before > 0.0 {
                true => format!("{cause} takes {after} instead of {}", per_year(change.before)),
                false => format!("{cause} takes {after} and took nothing"),
            }
        })
        .collect();
    (!named.is_empty()).then(|| named.join(", "))
}

/// What still takes a design down that should have been better; or what it saves, and what eats that up.
fn left(design: &DesignResult, other: &DesignResult, changes: &[Change]) -> Option<String> {
    let all = design.service.downtime_s_per_year.value;
    let most_saved = changes.iter().max_by(|a, b| (a.before - a.after).total_cmp(&(b.before - b.after)))?;
    if most_saved.before - most_saved.after > 2.0 * NOTHING * all {
        let grown = grown(changes)?;
        let (cause, saved) = (&most_saved.cause, per_year(most_saved.before - most_saved.after));
        return Some(format!("it saves {saved} of {cause}, but {grown}"));
    }
    let first = changes.first().filter(|change| change.after > 0.0)?;
    let (cause, after, before) = (&first.cause, per_year(first.after), per_year(first.before));
    Some(format!("{after} of its {} are {cause}, and {before} with {}", per_year(all), name(other)))
}

/// Where what fails is what takes it down: a service that can lose no more of its replicas than before, and has more of them.
fn nothing_to_spare(design: &DesignResult, other: &DesignResult, changes: &[Change]) -> Option<String> {
    let growth = |change: &&Change| change.is_failure && change.after > change.before;
    changes.iter().find(growth)?;
    let pairs = design.redundancy.iter().zip(&other.redundancy);
    let tight = |ours: &RedundancyResult, theirs: &RedundancyResult| {
        ours.replicas > theirs.replicas && ours.spare() <= theirs.spare()
    };
    let mut tight = pairs.filter(|(ours, theirs)| tight(ours, theirs));
    let (ours, theirs) = tight.next()?;
    let service = printable(&ours.service);
    Some(match (ours.spare(), theirs.spare()) {
        (0, 0) => format!("{service} can lose none of them with either, and has more that can fail"),
        (new, old) if new == old => {
            format!("{service} can lose {new} of them with either, and has more that can fail")
        }
        (new, old) => format!("{service} can lose {new} of them instead of {old}"),
    })
}

/// The figure of the catalog that moves a design's downtime furthest, where ranges were played.
fn furthest(results: &Results, design: &DesignResult) -> Option<String> {
    let place = results.designs.iter().position(|it| it.name == design.name)?;
    let ranges = results.uncertainty.as_ref()?.ranges.iter();
    let moves = ranges.filter_map(|range| {
        let [low, high] = [&range.low, &range.high].map(|end| end.downtime_s_per_year.get(place));
        Some((low?.value, high?.value, &range.entry))
    });
    let (low, high, entry) = moves.max_by(|a, b| (a.0 - a.1).abs().total_cmp(&(b.0 - b.1).abs()))?;
    let (entry, low, high) = (printable(entry), per_year(low.min(high)), per_year(low.max(high)));
    Some(format!("; of the catalog's figures {entry} moves it furthest, from {low} to {high}"))
}
