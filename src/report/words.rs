//! Results as sentences: what was seen, what was promised, which design wins, and how all that was computed.

use super::number::{self, Known, Reading, YEAR, count_of, duration, factor, factors, known};
use super::text::printable;
use crate::experiment::{ComparisonResult, DesignResult, Figure, Results, ServiceResult};

/// Simulated time of a design after the warm-up, in years.
fn simulated_years(results: &Results, design: &DesignResult) -> f64 {
    design.trials as f64 * (results.horizon_s - results.warm_up_s) / YEAR
}

/// A number of years: `20,000 years`, `1.5 years`.
fn years(years: f64) -> String {
    match years {
        _ if years == 1.0 => "1 year".into(),
        ..10.0 => {
            format!("{} years", number::fixed((years * 10.0).round() / 10.0, i32::from(years.fract() != 0.0)))
        }
        _ => format!("{} years", number::fixed(years, 0)),
    }
}

/// Of a figure of downtime what the outages seen can tell: where they are too few, the upper end alone.
pub(crate) fn told(service: &ServiceResult, figure: &Figure) -> Figure {
    if service.saw_too_few() { Figure { value: 0.0, lower: 0.0, upper: figure.upper } } else { *figure }
}

/// The same of a count of nines, of which the lower end is what is left.
pub(crate) fn told_nines(service: &ServiceResult) -> Figure {
    let nines = service.nines;
    match service.saw_too_few() {
        true => Figure { value: f64::INFINITY, lower: nines.lower, upper: f64::INFINITY },
        false => nines,
    }
}

/// Why a design shows no downtime: `no outage seen in 20,000 years`, or that nothing can take it down.
pub fn nothing_seen(results: &Results, design: &DesignResult) -> Option<String> {
    let downtime = &told(&design.service, &design.service.downtime_s_per_year);
    match known(downtime) {
        Known::AtMost if design.service.saw_too_few() => Some(format!(
            "too few outages seen ({} in {}) to say how long they last; the bound is what they can say",
            design.service.outages_seen,
            years(simulated_years(results, design))
        )),
        Known::AtMost if design.trials > 0 => Some(format!(
            "no outage seen in {}; the bound is what they can say",
            years(simulated_years(results, design))
        )),
        Known::Exactly if downtime.value <= 0.0 => Some("nothing in the model can take it down".into()),
        _ => None,
    }
}

/// What planned maintenance that does not count keeps the service down for: `32 min/y of planned downtime besides`.
pub fn planned(design: &DesignResult) -> Option<String> {
    let planned = design.service.planned_s_per_year.as_ref()?;
    Some(format!("{} of planned downtime besides, which does not count", number::per_year(planned).value))
}

/// For how long services of a design serve on several sides of a network in parts, those that ever do.
pub fn divided(design: &DesignResult) -> Vec<String> {
    let services = std::iter::once(&design.service).chain(&design.others);
    let told = services.filter_map(|service| {
        let divided = service.divided.as_ref().filter(|divided| divided.s_per_year.value > 0.0)?;
        let time = number::per_year(&divided.s_per_year).value;
        let name = printable(&service.name);
        Some(match divided.sides.as_str() {
            "stale" => format!("{name} serves stale reads beside its leading side for {time}"),
            _ => format!(
                "{name} serves on several sides at once for {time}, a split brain where it takes writes"
            ),
        })
    });
    told.collect()
}

/// The downtime a year of independent availabilities multiplied, as a figure.
pub(crate) fn naive_downtime(design: &DesignResult) -> Figure {
    let seconds = design.naive_unavailability * YEAR;
    Figure { value: seconds, lower: seconds, upper: seconds }
}

/// What a spreadsheet that multiplies independent availabilities would have said:
/// `promised 3.2 min/y, simulated 54 min/y: 17× more`.
pub fn naive(design: &DesignResult) -> String {
    let found = &told(&design.service, &design.service.downtime_s_per_year);
    let promised = naive_downtime(design);
    let promised_text = match promised.value {
        0.0 => "no downtime".into(),
        seconds => duration(seconds) + "/y",
    };
    let verb = if design.method == "exact" { "solved" } else { "simulated" };
    let text = format!("promised {promised_text}, {verb} {}", number::per_year(found).value);
    if known(found) == Known::AtMost || promised.value <= 0.0 || found.value <= 0.0 {
        return text;
    }
    let ratio = found.value / promised.value;
    match ratio {
        // A promise inside the interval was kept, as far as anybody can tell.
        _ if found.lower <= promised.value && promised.value <= found.upper => format!("{text}: about right"),
        1.0..1.995 => format!("{text}: {} more", number::share(ratio - 1.0)),
        ..1.0 => format!("{text}: {} less", number::share(1.0 - ratio)),
        _ => format!("{text}: {} more", factor(ratio)),
    }
}

/// A comparison's verdict and the interval of its factor: `better: 11× less downtime` with `10–12×`.
pub fn verdict(results: &Results, comparison: &ComparisonResult) -> Reading {
    let invert = |ratio: &Figure| Figure {
        value: 1.0 / ratio.value,
        lower: 1.0 / ratio.upper,
        upper: 1.0 / ratio.lower,
    };
    let word = printable(&comparison.verdict);
    let Some(ratio) = &comparison.ratio else {
        return Reading { value: format!("{word}: the baseline had no downtime"), interval: None };
    };
    if ratio.value <= 0.0 {
        let design = results.designs.iter().find(|design| design.name == comparison.design);
        let seen = design.is_none_or(|design| known(&design.service.downtime_s_per_year) == Known::AtMost);
        let value = format!("{word}: {}", if seen { "no outage seen" } else { "no downtime left" });
        return Reading { value, interval: None };
    }
    let (factor, text) = match comparison.verdict.as_str() {
        "better" => (factors(&invert(ratio)), "less downtime"),
        _ => (factors(ratio), "the downtime"),
    };
    Reading { value: format!("{word}: {} {text}", factor.value), interval: factor.interval }
}

/// How designs were computed, those alike together: their names and the way, such as
/// `simulated: 20,000 trials of 1 y (20,000 years), as precise as asked (±10%); not Markovian: ...`.
pub fn methods(results: &Results) -> Vec<(Vec<String>, String)> {
    let mut ways: Vec<(String, Vec<&DesignResult>)> = Vec::new();
    for design in &results.designs {
        let mut key = String::new();
        let others = [
            Some(printable(&design.method_reason)).filter(|why| !why.is_empty()),
            cross_check(design),
            untold(design),
        ];
        others.into_iter().flatten().for_each(|part| key += &format!("; {part}"));
        let alike = |known: &DesignResult| known.stop == design.stop && known.method == design.method;
        match ways.iter_mut().find(|(known, designs)| *known == key && alike(designs[0])) {
            Some((_, designs)) => designs.push(design),
            None => ways.push((key, vec![design])),
        }
    }
    ways.into_iter()
        .map(|(rest, designs)| {
            let names = designs.iter().map(|design| printable(&design.name)).collect();
            (names, method(results, &designs) + &rest)
        })
        .collect()
}

fn method(results: &Results, designs: &[&DesignResult]) -> String {
    let mut parts = Vec::new();
    let (least, most) = trials(designs.iter().copied());
    if designs[0].method == "exact" {
        let exact = designs.iter().filter_map(|design| design.exact.as_ref());
        let states = exact.clone().map(|exact| exact.states).max().unwrap_or(0);
        let method = exact.map(|exact| printable(&exact.method)).next().unwrap_or_default();
        let up_to = if designs.len() > 1 { "up to " } else { "" };
        parts.push(format!("solved exactly ({up_to}{}, {method})", count_of(states, "state")));
        parts.extend(in_the_long_run(results, designs));
    }
    if most > 0 {
        let length = duration(results.horizon_s - results.warm_up_s);
        let range = if least < most { format!("{} to ", number::count(least)) } else { String::new() };
        let total = if least < most {
            String::new()
        } else {
            format!(" ({})", years(simulated_years(results, designs[0])))
        };
        let stop = stop(results, designs[0]);
        parts.push(format!("simulated: {range}{} of {length}{total}{stop}", count_of(most, "trial")));
    }
    parts.join("; ")
}

/// That the figures are those of the long run, where the horizon would take the exact solution too long.
fn in_the_long_run(results: &Results, designs: &[&DesignResult]) -> Option<String> {
    let skipped =
        |design: &&DesignResult| design.exact.as_ref().is_some_and(|exact| exact.unavailability.is_none());
    designs.iter().any(skipped).then(|| {
        format!(
            "its figures are those of the long run, as following the chain over {} would take too long",
            duration(results.horizon_s)
        )
    })
}

/// What a design that was only solved leaves out, and how to get it.
fn untold(design: &DesignResult) -> Option<String> {
    (design.trials == 0).then(|| {
        "without trials there are no causes, no single months and years and no quantiles of outages: `--method auto` plays \
         some as well"
            .to_owned()
    })
}

/// The fewest and the most trials of any of the designs.
fn trials<'a>(designs: impl Iterator<Item = &'a DesignResult>) -> (u64, u64) {
    let (least, most) = designs
        .fold((u64::MAX, 0), |(least, most), design| (least.min(design.trials), most.max(design.trials)));
    (least.min(most), most)
}

fn stop(results: &Results, design: &DesignResult) -> String {
    let precision = number::share(results.precision);
    match design.stop.as_str() {
        "precise" => format!(", as precise as asked (±{precision})"),
        "budget" => format!(", out of budget before ±{precision}"),
        "interrupted" => ", interrupted".into(),
        _ => String::new(),
    }
}

/// Whether simulation and the exact solution agree, where there are both.
pub fn cross_check(design: &DesignResult) -> Option<String> {
    let exact = design.exact.as_ref()?;
    let unavailability = exact.unavailability.unwrap_or(exact.steady_unavailability);
    let value = duration(unavailability * YEAR);
    exact.agrees.map(|agrees| {
        let lies = if agrees { "lies" } else { "does not lie" };
        format!("the exact solution, {value}/y, {lies} in the simulation's interval")
    })
}

/// Whether the objective is met, in one word: `met`, `missed`, `undecided` where the interval of the availability reaches
/// to both sides of it, or nothing without an objective.
pub fn objective_met(results: &Results, design: &DesignResult) -> Option<&'static str> {
    let (asked, met) = (results.objective.as_ref()?.availability, design.meets_objective?);
    let availability = &design.service.availability;
    Some(match met {
        _ if availability.lower < asked && asked <= availability.upper => "undecided",
        true => "met",
        false => "missed",
    })
}

/// The foot of everything: `seed 1 · 20,000 trials a design · 95% intervals · fivenines 0.1.0 · digest …`.
pub(crate) fn colophon(results: &Results) -> String {
    let trials = match trials(results.designs.iter()) {
        (_, 0) => "exact, no trials".to_owned(),
        (least, most) if least == most => format!("{} a design", count_of(most, "trial")),
        (0, most) => format!("up to {} a design", count_of(most, "trial")),
        (least, most) => format!("{} to {} trials a design", number::count(least), number::count(most)),
    };
    let intervals = match trials.as_str() {
        "exact, no trials" => String::new(),
        _ => format!(" · {} intervals", number::share(results.confidence)),
    };
    format!(
        "seed {} · {trials}{intervals} · fivenines {} · digest {}",
        results.seed,
        printable(&results.version),
        results.digest
    )
}
