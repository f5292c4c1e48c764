//! The answer in two sentences: which design, by how much and how sure; and what still takes it down.

use super::causes::merged;
use super::number::{self, factor, share};
use super::text::printable;
use super::words::{nothing_seen, objective_met, told};
use crate::experiment::{ComparisonResult, DesignResult, Figure, Results};

/// Causes named in the answer.
const CAUSES: usize = 2;

/// What the results say, for somebody who reads nothing else.
///
/// The first sentence names the design with the least downtime, or those that the data cannot tell apart; the second
/// what takes it down, and whether it meets the objective.
pub fn answer(results: &Results) -> String {
    let Some(best) = leading(results).into_iter().next() else { return String::new() };
    let first = match results.designs.len() {
        1 => single(results, best),
        _ => winner(results),
    };
    [first, why(results, best), serves_more(results, best), loses_less(results, best)]
        .iter()
        .filter(|sentence| !sentence.is_empty())
        .cloned()
        .collect::<Vec<_>>()
        .join(" ")
}

/// The designs that may be the best, the one with the least downtime first.
fn leading(results: &Results) -> Vec<&DesignResult> {
    let ranked = results.ranking.iter().filter(|name| results.contenders.contains(name));
    let mut leading: Vec<&DesignResult> =
        ranked.filter_map(|name| results.designs.iter().find(|design| design.name == *name)).collect();
    if leading.is_empty() {
        leading.extend(results.designs.first());
    }
    leading
}

fn name(design: &DesignResult) -> String {
    format!("\u{201c}{}\u{201d}", printable(&design.name))
}

/// `down 42.0 min/y (40.2–44.0)`.
fn down(design: &DesignResult) -> String {
    let reading = number::per_year(&told(&design.service, &design.service.downtime_s_per_year));
    match reading.interval {
        Some(interval) => format!("{} ({interval})", reading.value),
        None => reading.value,
    }
}

fn certainty(results: &Results) -> String {
    if results.designs.iter().all(|design| design.method == "exact") {
        "exactly solved".into()
    } else {
        format!("at {} confidence", share(results.confidence))
    }
}

fn single(results: &Results, design: &DesignResult) -> String {
    let service = printable(&design.service.name);
    let available = number::availability(&told(&design.service, &design.service.unavailability)).value;
    format!("{service} is down {}, which is {available} available, {}.", down(design), certainty(results))
}

fn winner(results: &Results) -> String {
    let leading = leading(results);
    let service = printable(&leading[0].service.name);
    let rest: Vec<&DesignResult> =
        results.designs.iter().filter(|design| leading.iter().all(|best| best.name != design.name)).collect();
    let behind = |design: &DesignResult| design.service.downtime_s_per_year.value;
    let next = rest.iter().copied().min_by(|a, b| behind(a).total_cmp(&behind(b)));
    match (leading.as_slice(), next) {
        ([best], Some(next)) => {
            let worst = rest
                .iter()
                .copied()
                .max_by(|a, b| behind(a).total_cmp(&behind(b)))
                .filter(|_| rest.len() > 1);
            let mut by = format!("{} than {}, the next best", less(results, best, next), name(next));
            if let Some(worst) = worst {
                by += &format!(", and {} than {}, the worst", less(results, best, worst), name(worst));
            }
            format!(
                "{} is the best design: {service} is down {}, {by}, {}.",
                name(best),
                down(best),
                certainty(results)
            )
        }
        ([best, ..], next) => {
            let names: Vec<String> = leading.iter().map(|design| name(design)).collect();
            let (last, others) = names.split_last().expect("a design leads");
            let mut text = format!(
                "{} and {last} cannot be told apart {}: {service} is down {} with {}",
                others.join(", "),
                certainty(results),
                down(best),
                name(best),
            );
            if let Some(next) = next {
                text += &format!(", and {} with {}", down(next), name(next));
            }
            text + "."
        }
        ([], _) => String::new(),
    }
}

/// `1.7× less`, `3% less`, or that it is less by next to nothing. By the paired comparison of the two where there is
/// one, so that no other factor stands below.
fn less(results: &Results, best: &DesignResult, other: &DesignResult) -> String {
    let paired = |from: &DesignResult, to: &DesignResult| {
        let pair = |it: &&ComparisonResult| it.design == from.name && it.baseline == to.name;
        results.comparisons.iter().find(pair).and_then(|comparison| comparison.ratio).map(|ratio| ratio.value)
    };
    let down = |design: &DesignResult| design.service.downtime_s_per_year.value;
    let share_left = paired(best, other)
        .or_else(|| paired(other, best).map(|ratio| 1.0 / ratio))
        .unwrap_or(down(best) / down(other));
    less_by(share_left)
}

/// `1.7× less`, `3% less`, or that it is less by next to nothing, where this share is left.
pub(crate) fn less_by(share_left: f64) -> String {
    match 1.0 / share_left {
        times if times >= 1.995 && times.is_finite() => format!("{} less", factor(times)),
        times if times >= 1.01 && times.is_finite() => format!("{} less", share(1.0 - share_left)),
        times if times.is_finite() => "a hair less".into(),
        _ => "less".into(),
    }
}

/// What takes the best design down, and whether it meets the objective.
fn why(results: &Results, best: &DesignResult) -> String {
    let mut parts = Vec::new();
    let causes = merged(&best.service);
    if let Some(nothing) = nothing_seen(results, best) {
        parts.push(nothing);
    } else if !causes.is_empty() {
        let named: Vec<String> = causes
            .iter()
            .take(CAUSES)
            .map(|cause| format!("{}{} ({})", cause.label, cause.place, share(cause.share)))
            .collect();
        parts.push(format!("what takes it down is {}", named.join(", then ")));
    }
    parts.extend(objective(results, best));
    capitalized(&parts.join("; "))
}

/// Which design serves more than the one with the least downtime, where another does: a sentence by itself, since an outage
/// of few users is downtime as well as one of all.
fn serves_more(results: &Results, best: &DesignResult) -> String {
    let lost = |design: &DesignResult| {
        let unserved = design.service.unserved.unwrap_or(design.service.unavailability);
        let seconds = |share: f64| share * number::YEAR;
        let [value, lower, upper] = [unserved.value, unserved.lower, unserved.upper].map(seconds);
        Figure { value, lower, upper }
    };
    let more = results.designs.iter().filter(|design| serves_better(results, design, best));
    let Some(most) = more.min_by(|a, b| lost(a).value.total_cmp(&lost(b).value)) else {
        return String::new();
    };
    format!(
        "Counting how many are served, {} is better: what it does not serve is {} as downtime, and that of {} {}.",
        name(most),
        number::per_year(&lost(most)).value,
        name(best),
        number::per_year(&lost(best)).value
    )
}

/// Which design loses data less often than the one with the least downtime, where data are in chunks: these are lost while
/// the service is up.
fn loses_less(results: &Results, best: &DesignResult) -> String {
    let in_chunks = results.designs.iter().flat_map(|it| &it.data).any(|it| it.lost_bytes_per_loss.is_some());
    let chance = |design: &DesignResult| {
        let data = design.data.iter().find(|data| data.service == design.service.name);
        data.and_then(|data| data.loss_chance)
    };
    let less =
        results.designs.iter().filter(|it| is_better(results, it, best, "data_lost_for_good_per_year"));
    let known = less.filter_map(|design| Some((design, chance(design)?)));
    let least = known.min_by(|a, b| a.1.value.total_cmp(&b.1.value)).filter(|_| in_chunks);
    let (Some((least, own)), Some(other)) = (least, chance(best)) else { return String::new() };
    format!(
        "Counting losses of data, {} is better: it has some in {} of years, and {} in {}.",
        name(least),
        number::chance(&own).value,
        name(best),
        number::chance(&other).value
    )
}

/// Whether the trials show that a design leaves less unserved than another.
fn serves_better(results: &Results, design: &DesignResult, other: &DesignResult) -> bool {
    is_better(results, design, other, "unserved_s_per_year")
}

/// Whether the trials show that a design is better than another in something besides downtime.
fn is_better(results: &Results, design: &DesignResult, other: &DesignResult, measure: &str) -> bool {
    let says = |from: &DesignResult, to: &DesignResult, verdict: &str| {
        let pairs = results.comparisons.iter();
        let pair = pairs.filter(|it| it.design == from.name && it.baseline == to.name);
        let mut measures = pair.flat_map(|it| &it.measures);
        measures.any(|it| it.measure == measure && it.verdict == verdict)
    };
    says(design, other, "better") || says(other, design, "worse")
}

fn objective(results: &Results, best: &DesignResult) -> Option<String> {
    let objective = results.objective.as_ref()?;
    let meets = best.meets_objective?;
    let (chance, period) = match objective.period.as_str() {
        "month" => (best.service.month_meets, "months"),
        "year" => (best.service.year_meets, "years"),
        _ => (None, ""),
    };
    let text = printable(&objective.text);
    if objective_met(results, best) == Some("undecided") {
        return Some(format!("whether it meets the objective of {text} cannot be told from so few trials"));
    }
    let often =
        chance.map_or(String::new(), |chance| format!(" in {} of {period}", number::chance(&chance).value));
    Some(match (meets, results.designs.iter().any(|design| design.meets_objective == Some(true))) {
        (true, _) => format!("it meets the objective of {text}{often}"),
        (false, true) => format!("it misses the objective of {text}"),
        (false, false) => format!("no design meets the objective of {text}"),
    })
}

fn capitalized(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or(String::new(), |first| format!("{}{}.", first.to_uppercase(), chars.as_str()))
}
