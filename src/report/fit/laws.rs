//! Laws as TOML, ready to paste into an experiment file.

use std::collections::BTreeSet;

use crate::fit::{Bound, Family, Findings, Fit, GroupFit, LawFit};
use crate::random::Law;
use crate::report::number::{count, count_of, duration, time_unit};
use crate::report::text::{printable, wrap};
use crate::units::Duration;

/// A law whose mean is further than this from the repairs' own is not pasted as it is.
const MEAN_OFF: f64 = 0.05;
/// A law of failures whose mean is further than this factor from the unit time over failures is pasted with a remark.
const MTBF_OFF: f64 = 1.5;
/// Columns of a comment.
const WIDTH: usize = 78;

/// The laws of every group as a `[component.X.mode.failure]` each, which an experiment file takes as it is.
///
/// A group with too few failures has a comment with what is known instead. Repairs keep their mean: where the best law
/// misses it by more than a twentieth, a lognormal with that mean stands in its place, since the mean is what downtime
/// depends on.
pub fn laws_toml(findings: &Findings) -> String {
    let names = distinct(findings.groups.iter().map(|group| component(findings, group)));
    let blocks = findings.groups.iter().zip(&names).map(|(group, name)| block(findings, group, name));
    blocks.collect::<Vec<_>>().join("\n")
}

/// `system-18`, or `unit` where there is one group.
fn component(findings: &Findings, group: &GroupFit) -> String {
    let name = label(findings, group).to_lowercase().replace([' ', '/'], "-");
    if name.is_empty() { "unit".to_owned() } else { name }
}

/// Names of groups may differ in what a component or a file does not keep apart: a number tells them apart then.
pub(super) fn distinct(names: impl Iterator<Item = String>) -> Vec<String> {
    let mut taken = BTreeSet::new();
    let free = |name: String| {
        let numbered = (2..).map(|number| format!("{name}-{number}"));
        let free = std::iter::once(name.clone()).chain(numbered).find(|name| taken.insert(name.clone()));
        free.expect("numbers do not end")
    };
    names.map(free).collect()
}

/// `System 18`, or `units` where there is one group.
pub(crate) fn label(findings: &Findings, group: &GroupFit) -> String {
    format!("{} {}", printable(&findings.group_by.join(" ")), printable(&group.name)).trim().to_owned()
}

fn block(findings: &Findings, group: &GroupFit, name: &str) -> String {
    let bare = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    let name = if bare { name.to_owned() } else { format!("{name:?}") };
    let (mut out, mut missing) = (String::new(), false);
    match group.failures.best() {
        Some(best) => {
            out += &off_mtbf(&group.failures, best).map_or(String::new(), |note| comment(&note));
            out += &format!("fails    = \"{}\"\n", law_text(&best.law));
        }
        None => {
            out += &comment(&format!("fails: {}.", unknown(&group.failures, "failure")));
            missing = true;
        }
    }
    match repair(&group.repairs) {
        Some((text, note)) => {
            out += &note.map_or(String::new(), |note| comment(&note));
            out += &format!("restored = \"{text}\"\n");
        }
        None => {
            out += &comment(&format!("restored: {}.", unknown(&group.repairs, "repair")));
            missing = true;
        }
    }
    let watch = &group.watch;
    let day = |moment: crate::fit::Moment| moment.to_string()[..10].to_owned();
    let source = format!(
        "fitted to {}: {} of {}, {} to {}",
        printable(findings.file.rsplit(['/', '\\']).next().unwrap_or("")).replace('"', "'"),
        count_of(group.failures.ended, "failure"),
        count_of(watch.units, "unit"),
        day(watch.since),
        day(watch.until)
    );
    let head = format!("[component.{name}.mode.failure]\n");
    let text = format!("{head}{out}source   = \"{source}\"\n");
    if !missing {
        return text;
    }
    // A mode without its laws is no mode: the whole waits for somebody to decide.
    text.lines()
        .map(|line| if line.starts_with('#') { format!("{line}\n") } else { format!("# {line}\n") })
        .collect()
}

fn comment(text: &str) -> String {
    wrap(text, WIDTH).into_iter().map(|line| format!("# {line}\n")).collect()
}

/// Why there is no law, and what is known.
pub(super) fn unknown(fit: &Fit, what: &str) -> String {
    if what == "repair" && fit.ended == 0 {
        return format!("no {what} of known length (--end or --down names the column that has it)");
    }
    let Some(bound) = fit.bound else {
        return match fit.ended {
            0 => format!("no {what}"),
            _ => format!("all {} took {}", count_of(fit.ended, what), duration(fit.median_s)),
        };
    };
    format!("{}, too few for a law{}", count_of(fit.ended, what), bounds(&bound))
}

fn bounds(bound: &Bound) -> String {
    if bound.mean_at_least_s <= 0.0 {
        return String::new();
    }
    let least = duration(bound.mean_at_least_s);
    let most =
        bound.mean_at_most_s.map_or(String::new(), |most| format!(" and less than {}", duration(most)));
    format!("; if the hazard is constant, the mean is more than {least}{most} (95% each)")
}

/// What to mind where the mean of a law of failures lies in a tail that the log did not live to see.
fn off_mtbf(fit: &Fit, best: &LawFit) -> Option<String> {
    let mtbf = fit.mean_s?.value;
    let near = |law: &&LawFit| (1.0 / MTBF_OFF..=MTBF_OFF).contains(&(law.mean_s.value / mtbf));
    let other = fit.laws.iter().find(near)?;
    (!near(&best)).then(|| {
        format!(
            "This law's mean of {} is not the log's MTBF of {}: beyond the log's own length, take {}.",
            duration(best.mean_s.value),
            duration(mtbf),
            law_text(&other.law)
        )
    })
}

/// The law of repairs that keeps their mean, and why it is not the best one.
fn repair(fit: &Fit) -> Option<(String, Option<String>)> {
    let best = fit.best()?;
    let mean = fit.mean_s?.value;
    let off = best.mean_s.value / mean - 1.0;
    if off.abs() <= MEAN_OFF {
        return Some((law_text(&best.law), None));
    }
    let median = fit.law(Family::LogNormal)?.scale_s?.value;
    let law = Law::lognormal_mean(Duration::from_secs(mean).ok()?, Duration::from_secs(median).ok()?).ok()?;
    let sign = if off < 0.0 { "understates" } else { "overstates" };
    let note = format!(
        "{} {sign} the mean repair of {} by {:.0}%; this lognormal keeps it.",
        law_text(&best.law),
        duration(mean),
        off.abs() * 100.0
    );
    Some((law_text(&law), Some(note)))
}

/// How many repairs and failures a law rests on.
pub(super) fn counted(fit: &Fit, what: &str) -> String {
    let censored =
        if fit.censored > 0 { format!(", {} censored", count(fit.censored)) } else { String::new() };
    let entered = match fit.truncated {
        0 => String::new(),
        many => format!(", {} first seen at an age", count(many)),
    };
    format!("{}{censored}{entered}", count_of(fit.ended, what))
}

/// A law in the words of an experiment file, its numbers rounded to four digits.
pub(crate) fn law_text(law: &Law) -> String {
    match law {
        Law::Exponential(law) => {
            let mean = law.rate().mean_time().map_or(f64::INFINITY, Duration::secs);
            format!("exponential(mean {})", time(mean))
        }
        Law::Weibull(law) => {
            format!("weibull(shape {}, scale {})", digits(law.shape()), time(law.scale().secs()))
        }
        Law::LogNormal(law) => {
            format!("lognormal(median {}, sigma {})", time(law.median().secs()), digits(law.sigma()))
        }
        Law::Gamma(of) => {
            let mean = law.mean().map_or(f64::INFINITY, Duration::secs);
            format!("gamma(shape {}, mean {})", digits(of.shape()), time(mean))
        }
        other => other.to_string(),
    }
}

fn time(seconds: f64) -> String {
    let unit = time_unit(seconds);
    format!("{}{}", digits(seconds / unit.seconds), unit.name)
}

/// Four digits, without commas.
fn digits(x: f64) -> String {
    let decimals = match x.abs() {
        1000.0.. => 0,
        100.0.. => 1,
        10.0.. => 2,
        1.0.. => 3,
        0.1.. => 4,
        _ => return format!("{x:.3e}").parse::<f64>().map_or(String::new(), |x| format!("{x}")),
    };
    let text = format!("{x:.decimals$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// Parameters of a fitted law with their intervals, in one line.
pub(super) fn parameters(law: &LawFit) -> Vec<(&'static str, crate::fit::Measured, bool)> {
    let name = if law.family == Family::LogNormal { ("sigma", "median") } else { ("shape", "scale") };
    let shape = law.shape.map(|shape| (name.0, shape, false));
    shape.into_iter().chain(law.scale_s.map(|scale| (name.1, scale, true))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_come_out_the_same_are_numbered() {
        let names = ["a", "b", "a", "a-2", "a"].map(str::to_owned);
        assert_eq!(distinct(names.into_iter()), ["a", "b", "a-2", "a-2-2", "a-3"]);
    }

    #[test]
    fn laws_are_written_as_files_read_them() {
        for text in [
            "exponential(mean 319.1d)",
            "weibull(shape 0.711, scale 268.9d)",
            "lognormal(median 1.234h, sigma 1.5)",
            "gamma(shape 0.05, mean 12.5y)",
        ] {
            let law: Law = text.parse().unwrap();
            let again: Law = law_text(&law).parse().unwrap();
            let (a, b) = (law.mean().unwrap().secs(), again.mean().unwrap().secs());
            assert!((a / b - 1.0).abs() < 1e-3, "{text} became {}", law_text(&law));
        }
        assert_eq!(
            [digits(0.59512), digits(12345.6), digits(2.0), digits(0.01234567)],
            ["0.5951", "12346", "2", "0.01235"]
        );
    }
}
