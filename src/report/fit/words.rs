//! A fit in sentences: the answer, and where it comes from.

use super::law_text;
use crate::fit::{Family, Findings, Fit, GroupFit, LawFit};
use crate::report::number::{YEAR, count_of, duration, fixed, share};
use crate::report::text::printable;

/// The best law and what kind of hazard it has, and how long repairs take.
pub(super) fn answer(group: &GroupFit) -> String {
    let failures = match group.failures.best() {
        Some(best) => format!(
            "{} Best of four laws: {}.{}",
            hazard(&group.failures),
            law_text(&best.law),
            if supported(best) {
                String::new()
            } else {
                " It does not pass for the true one, though.".into()
            }
        ),
        None => sentence(&super::laws::unknown(&group.failures, "failure")),
    };
    let repairs = match group.repairs.best() {
        Some(best) => format!(
            "Repairs take {} on average and {} in the median; best of four laws: {}.",
            group.repairs.mean_s.map_or(String::new(), |mean| duration(mean.value)),
            duration(group.repairs.median_s),
            law_text(&best.law)
        ),
        None => sentence(&super::laws::unknown(&group.repairs, "repair")),
    };
    format!("{failures} {repairs}")
}

/// `Text.`
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map_or(String::new(), |first| first.to_uppercase().collect());
    format!("{first}{}.", letters.as_str())
}

/// A chance of one in twenty is the usual line.
fn supported(law: &LawFit) -> bool {
    law.chance.is_none_or(|chance| chance >= 0.05)
}

/// Whether the hazard falls or rises, by the Weibull's shape.
fn hazard(fit: &Fit) -> String {
    let Some(shape) = fit.law(Family::Weibull).and_then(|law| law.shape) else { return String::new() };
    let (lower, upper) = shape.interval.unwrap_or((shape.value, shape.value));
    let says = format!("Weibull shape {}, {} to {}", fixed(shape.value, 2), fixed(lower, 2), fixed(upper, 2));
    match () {
        () if upper < 1.0 => {
            format!("The hazard falls: what has run for long is less likely to fail soon ({says}).")
        }
        () if lower > 1.0 => format!("The hazard rises: things wear out ({says})."),
        () => format!("The hazard may well be constant ({says})."),
    }
}

/// How many groups have a falling hazard, and which laws win.
pub(super) fn answer_of_several(groups: &[GroupFit]) -> String {
    let fitted: Vec<&Fit> =
        groups.iter().map(|group| &group.failures).filter(|fit| fit.best().is_some()).collect();
    let shapes: Vec<_> = fitted.iter().filter_map(|fit| fit.law(Family::Weibull)?.shape).collect();
    let falls = shapes.iter().filter(|shape| shape.below(1.0)).count();
    let mut sorted: Vec<f64> = shapes.iter().map(|shape| shape.value).collect();
    sorted.sort_by(f64::total_cmp);
    let mut text = match fitted.len() {
        0 => "No group has enough failures for a law.".to_owned(),
        many => format!(
            "Of {} with enough failures for a law, {} {} a hazard that surely falls",
            count_of(many as u64, "group"),
            falls,
            if falls == 1 { "has" } else { "have" }
        ),
    };
    if let Some(middle) = sorted.get(sorted.len() / 2) {
        text += &format!(" (Weibull shape below 1; the median of the shapes is {}).", fixed(*middle, 2));
    }
    let repairs: Vec<&Fit> =
        groups.iter().map(|group| &group.repairs).filter(|fit| fit.best().is_some()).collect();
    let lognormal =
        repairs.iter().filter(|fit| fit.best().is_some_and(|best| best.family == Family::LogNormal)).count();
    if !repairs.is_empty() {
        text += &format!(" Repairs are closest to a lognormal in {lognormal} of {}.", repairs.len());
    }
    text
}

/// What failures have to do with each other, a sentence each.
pub(super) fn together(group: &GroupFit) -> Vec<String> {
    let (together, mut lines) = (&group.together, Vec::new());
    if together.failures == 0 {
        return lines;
    }
    if group.watch.units > 1 {
        let all = together.failures as f64;
        lines.push(format!(
            "Bursts: {} of the failures come within {} of another unit's, {} by chance; the most within that time: {}.",
            share(together.near as f64 / all),
            round_time(together.window_s),
            share(together.near_by_chance / all),
            together.largest
        ));
    }
    lines.extend(repeats(&group.failures));
    for auto in &together.autocorrelation {
        let of = if auto.apart == 1 {
            format!("{0} to {0}", auto.of)
        } else {
            format!("{} {}s apart", auto.apart, auto.of)
        };
        let beyond = if auto.value.abs() > auto.band { "beyond" } else { "within" };
        lines.push(format!(
            "Counts, {of}: autocorrelation {}, {beyond} the ±{} of independent counts.",
            hundredths(auto.value),
            hundredths(auto.band)
        ));
    }
    if let (Some(dispersion), Some(top)) = (together.dispersion, together.top_tenth) {
        lines.push(format!(
            "Units: variance over mean of their failures is {} (1 if they are alike and fail at a constant rate); a \
             tenth of them has {} of the failures.",
            if dispersion < 10.0 { format!("{dispersion:.1}") } else { fixed(dispersion, 0) },
            share(top)
        ));
    }
    lines
}

/// How much likelier a failure is in the first day after a repair than an exponential with the same mean has it.
fn repeats(fit: &Fit) -> Option<String> {
    let mean = fit.mean_s?.value;
    let day = 86_400.0_f64.min(mean / 10.0);
    let steps = fit.survival.iter().take_while(|step| step.time_s <= day);
    let seen = 1.0 - steps.last().map_or(1.0, |step| step.survival);
    let expected = -crate::random::math::exp_m1(-day / mean);
    Some(format!(
        "Repeats: {} of the units fail again within {} of a repair; an exponential with the same mean has {}.",
        share(seen),
        round_time(day),
        share(expected)
    ))
}

/// What it means that lengths are in cells, where they are.
pub(super) fn in_cells(fit: &Fit) -> Option<String> {
    (fit.cell_width > 0.0).then(|| {
        format!(
            "There are so many lengths that those within {:.1}% of each other count as their mean: percentiles and curves \
             are off by no more, laws by less than 0.01%, and the mean not at all.",
            100.0 * fit.cell_width
        )
    })
}

/// Units that fell silent or began to fail, where chance does not explain it.
pub(super) fn changed(group: &GroupFit) -> Option<String> {
    let (early, late) = (group.together.only_early, group.together.only_late);
    let (what, flag) = if early > late {
        ("taken away, or did failures become rarer", "--until")
    } else {
        ("added, or did failures become more frequent", "--from")
    };
    group.together.population_changed().then(|| {
        format!(
            "{} failed in the first half of the time only, {late} in the second half only: were units {what}? What is \
             not there cannot fail; --where and {flag} set it right.",
            count_of(early, "unit")
        )
    })
}

/// Two decimals, also of what rounds to nothing.
pub(super) fn hundredths(x: f64) -> String {
    fixed((x * 100.0).round() / 100.0, 2)
}

/// A time that is round in its unit: `1 h`, `6 h`, `1 d`; others as usual.
pub(super) fn round_time(seconds: f64) -> String {
    let units = [(YEAR, "y"), (86_400.0, "d"), (3600.0, "h"), (60.0, "min"), (1.0, "s")];
    let whole = units.into_iter().find(|(unit, _)| seconds >= *unit && seconds % unit == 0.0);
    whole.map_or_else(|| duration(seconds), |(unit, name)| format!("{} {name}", seconds / unit))
}

/// The foot of everything.
pub(crate) fn colophon(findings: &Findings) -> String {
    let clusters = match &findings.groups[..] {
        groups if groups.iter().all(|group| group.by_unit) => "units drawn again",
        groups if groups.iter().all(|group| !group.by_unit) => "gaps and repairs drawn again one by one",
        _ => "units, or where they are fewer than 10 single gaps and repairs, drawn again",
    };
    format!(
        "seed {} · 95% intervals: {clusters}, {} times · fivenines {}",
        findings.seed,
        findings.resamples,
        printable(&findings.version)
    )
}
