//! What an experiment on a protocol found, in two sentences.

use super::reading::{estimated, percent};
use crate::experiment::{ProtocolResult, StudyResults};
use crate::report::answer::less_by;
use crate::report::number::{count, count_of, share};
use crate::report::terminal::name;

/// What the results say, for somebody who reads nothing else: whether something broke that must hold, and which design's
/// clients lose the least.
pub(super) fn answer(results: &StudyResults) -> String {
    let sentences = [broken(results), best(results)];
    sentences.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

fn broken(results: &StudyResults) -> Option<String> {
    let broken: Vec<&ProtocolResult> =
        results.designs.iter().filter(|design| design.violations > 0).collect();
    let Some(first) = broken.first() else {
        let all = results.designs.iter().all(|design| design.undecided == 0);
        let words = if all { "." } else { ", as far as that was decided." };
        return Some(format!("Nothing that must hold was broken{words}"));
    };
    let others = match broken.len() {
        1 => String::new(),
        2 => ", and so does another design".to_owned(),
        more => format!(", and so do {} other designs", more - 1),
    };
    Some(format!(
        "“{}” breaks what must hold, in {} of {}{others}.",
        name(&first.name),
        count(first.violations),
        count_of(first.trials, "trial")
    ))
}

fn best(results: &StudyResults) -> Option<String> {
    let designs: Vec<_> = estimated(results).collect();
    if let [(_, all)] = designs[..] {
        return all
            .unanswered
            .as_ref()
            .map(|lost| format!("{} of requests were not answered.", percent(lost).line()));
    }
    let down = |name: &str| {
        let (_, all) = designs.iter().find(|(design, _)| design.name == name)?;
        Some(percent(all.unavailable_time.as_ref()?).line())
    };
    match &results.contenders[..] {
        [] => None,
        [best] => {
            let against = results.comparisons.iter().filter(|it| it.baseline == *best || it.design == *best);
            // The closest of those it is shown to be better than.
            let times = against.filter_map(|it| {
                let ratio = it.ratio.filter(|ratio| ratio.value > 0.0)?.value;
                if it.design == *best { Some((1.0 / ratio, &it.baseline)) } else { Some((ratio, &it.design)) }
            });
            let next = times.min_by(|one, other| one.0.total_cmp(&other.0));
            let less = next.map(|(times, other)| {
                format!(", {} than with “{}”, the next best", less_by(1.0 / times), name(other))
            });
            Some(format!(
                "“{}” is the best design: its clients have it down {} of the time{}, at {} confidence.",
                name(best),
                down(best)?,
                less.unwrap_or_default(),
                share(results.confidence)
            ))
        }
        [best, others @ ..] if results.contenders.len() < designs.len() => {
            let names: Vec<String> = others.iter().map(|other| format!("“{}”", name(other))).collect();
            Some(format!(
                "“{}” and {} cannot be told apart, and the others are worse: clients have it down {} of the time with the former.",
                name(best),
                names.join(", "),
                down(best)?
            ))
        }
        [..] => Some("Which design is best these trials do not say.".to_owned()),
    }
}
