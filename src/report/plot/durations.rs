//! Plots of durations and the laws fitted to them: survival, hazard, and quantiles against quantiles.

use super::axis::{Axis, steps};
use super::frame::{Entry, GAP, MARGIN, close_with, label_width, legend, level_axis, open};
use super::palette::{GRID, INK, LINES, MUTED};
use super::sheet::{Anchor, Color, Point, Sheet, WIDTH};
use crate::fit::{Family, Findings, Fit, GroupFit, LawFit};
use crate::random::math::{exp, ln};
use crate::report::fit::{colophon, label, law_text};
use crate::report::number::{YEAR, count_of, fixed, ten_to};
use crate::report::text::printable;
use crate::units::{Duration, Probability};

const HEIGHT: f64 = 380.0;
/// Points of a smooth curve.
const POINTS: u32 = 240;

/// Durations of a group, and how to speak of them.
pub(super) struct Subject<'a> {
    fit: &'a Fit,
    /// `Time to failure`.
    title: &'static str,
    /// `failures`.
    what: &'static str,
    /// Whose, and how many.
    of: String,
    source: String,
}

impl<'a> Subject<'a> {
    pub(super) fn failures(findings: &'a Findings, group: &'a GroupFit) -> Subject<'a> {
        Subject::new(findings, group, &group.failures, "Time to failure", "failure")
    }

    pub(super) fn repairs(findings: &'a Findings, group: &'a GroupFit) -> Subject<'a> {
        Subject::new(findings, group, &group.repairs, "Time to repair", "repair")
    }

    fn new(
        findings: &'a Findings,
        group: &'a GroupFit,
        fit: &'a Fit,
        title: &'static str,
        what: &'static str,
    ) -> Subject<'a> {
        let label = label(findings, group);
        let whose = if label.is_empty() { String::new() } else { format!("{label}: ") };
        let watch = &group.watch;
        let day = |moment: crate::fit::Moment| moment.to_string()[..10].to_owned();
        let of = format!(
            "{whose}{} of {}, {} to {}.",
            count_of(fit.ended, what),
            count_of(watch.units, "unit"),
            day(watch.since),
            day(watch.until)
        );
        let source = format!("{} · {}", printable(&findings.file), colophon(findings));
        Subject { fit, title, what, of, source }
    }

    fn is_failure(&self) -> bool {
        self.what == "failure"
    }

    /// A logarithmic axis over the lengths that ended.
    fn across(&self, (from, to): (f64, f64)) -> Option<Axis> {
        let times = || self.fit.survival.iter().map(|step| step.time_s);
        let high = times().fold(0.0, f64::max);
        // The few shortest would stretch the axis over decades that hardly anything is in.
        let early = self.fit.survival.iter().find(|step| step.survival < 0.995).map(|step| step.time_s);
        let low = early.unwrap_or(high).min(high / 100.0).max(high / 1e7);
        (low > 0.0 && !self.fit.laws.is_empty()).then(|| Axis {
            low: low / 1.5,
            high: high * 1.2,
            from,
            to,
            log: true,
        })
    }
}

/// A law's color is its family's, whatever its rank.
fn color(family: Family) -> Color {
    match family {
        Family::Exponential => LINES[4],
        Family::Weibull => LINES[0],
        Family::LogNormal => LINES[2],
        Family::Gamma => LINES[1],
    }
}

fn line(color: Color, width: f64) -> impl Fn(&mut Sheet, Point) {
    move |sheet, (x, y)| sheet.line((x - 11.0, y), (x + 11.0, y), color, width)
}

fn law_entries(fit: &Fit) -> Vec<Entry<'_>> {
    fit.laws.iter().map(|law| (Box::new(line(color(law.family), 2.5)) as _, law_text(&law.law))).collect()
}

/// The best law last, so that it lies on top.
fn laws(fit: &Fit) -> impl Iterator<Item = &LawFit> {
    fit.laws.iter().rev()
}

/// Times at equal ratios along an axis.
fn along(axis: &Axis) -> impl Iterator<Item = f64> {
    let (low, high) = (ln(axis.low), ln(axis.high));
    (0..=POINTS).map(move |at| exp(low + (high - low) * f64::from(at) / f64::from(POINTS)))
}

/// The frame of a plot: where the data go, from `top` to `bottom`.
fn frame(sheet: &mut Sheet, upright: &str) -> (f64, f64) {
    sheet.height += 6.0;
    sheet.label((MARGIN, sheet.height), upright, MUTED, Anchor::Start);
    (sheet.height + 18.0, sheet.height + 18.0 + HEIGHT)
}

fn upright_ticks(sheet: &mut Sheet, axis: &Axis, ticks: &[(f64, String)], (left, right): (f64, f64)) {
    for (value, label) in ticks {
        let y = axis.at(*value);
        sheet.line((left, y), (right, y), GRID, 1.0);
        sheet.label((left - 8.0, y), label.clone(), MUTED, Anchor::End);
    }
}

/// The Kaplan-Meier curve with its band, and the laws.
pub(super) fn survival(subject: &Subject<'_>) -> Option<Sheet> {
    let fit = subject.fit;
    let (left, right) = (MARGIN + label_width("100%") + GAP, WIDTH - MARGIN);
    let across = subject.across((left, right))?;
    let title =
        if subject.is_failure() { "How long units run until they fail" } else { "How long repairs take" };
    let mut sheet = open(title, &subject.of);
    let band = |sheet: &mut Sheet, (x, y): Point| {
        sheet.rect((x - 11.0, y - 6.0), (x + 11.0, y + 6.0), GRID);
        sheet.line((x - 11.0, y), (x + 11.0, y), INK, 1.75);
    };
    let mut entries: Vec<Entry<'_>> = vec![(Box::new(band), "as seen (Kaplan-Meier), 95% band".to_owned())];
    entries.extend(law_entries(fit));
    legend(&mut sheet, entries);
    let (top, bottom) = frame(&mut sheet, "Share that lasts longer");
    let shares = Axis { low: 0.0, high: 1.0, from: bottom, to: top, log: false };
    let axis_title = format!("{} (logarithmic)", subject.title);
    let next = level_axis(&mut sheet, &across, &across.times(), (top, bottom), &axis_title);
    let ticks: Vec<(f64, String)> =
        (0..=5).map(|at| (f64::from(at) / 5.0, format!("{}%", at * 20))).collect();
    upright_ticks(&mut sheet, &shares, &ticks, (left, right));
    let step_path = |of: &dyn Fn(&crate::fit::Step) -> f64| {
        let (mut points, mut before) = (vec![(across.from, shares.at(1.0))], 1.0);
        for step in &fit.survival {
            let x = across.at(step.time_s);
            points.push((x, shares.at(before)));
            before = of(step);
            points.push((x, shares.at(before)));
        }
        points
    };
    let mut outline = step_path(&|step| step.upper);
    outline.extend(step_path(&|step| step.lower).into_iter().rev());
    sheet.polygon(outline, GRID);
    // Painted over by the band: once more.
    for (value, _) in &ticks {
        sheet.line((left, shares.at(*value)), (right, shares.at(*value)), GRID, 1.0);
    }
    sheet.path(step_path(&|step| step.survival), INK, 1.75);
    for law in laws(fit) {
        let survival = |time: f64| law.law.survival(Duration::seconds(time)).value();
        sheet.path(
            along(&across).map(|time| (across.at(time), shares.at(survival(time)))).collect(),
            color(law.family),
            2.25,
        );
    }
    sheet.height = next;
    let note = "The band holds at each time alone (Greenwood, on the scale of ln(−ln)) and takes durations as independent.";
    Some(close_with(sheet, subject.source.clone(), Some(note.to_owned())))
}

/// The hazard in pieces, with intervals, and that of the laws.
pub(super) fn hazard(subject: &Subject<'_>) -> Option<Sheet> {
    let fit = subject.fit;
    let pieces: Vec<_> = fit.fine_hazard.iter().filter(|piece| piece.ended > 0.0).collect();
    let high = pieces.iter().map(|piece| piece.upper * YEAR).fold(0.0, f64::max);
    let low = pieces.iter().map(|piece| piece.lower * YEAR).fold(high, f64::min).max(high / 1e6);
    let ticks: Vec<(f64, String)> =
        (-6..=8).map(|at| (ten_to(at), fixed(ten_to(at), (-at).max(0)))).collect();
    let widest =
        ticks.iter().filter(|(tick, _)| low <= *tick && *tick <= high).map(|(_, label)| label_width(label));
    let left = MARGIN + widest.fold(label_width("0.1"), f64::max) + GAP;
    let across = subject.across((left, WIDTH - MARGIN))?;
    let first = pieces.first()?;
    let across = Axis { low: across.low.min(first.to_s / 3.0), ..across };
    let mut sheet = open("How likely a unit is to fail, by the time since its last repair", &subject.of);
    let whisker = |sheet: &mut Sheet, (x, y): Point| {
        sheet.line((x - 11.0, y), (x + 11.0, y), INK, 2.0);
        sheet.line((x, y - 7.0), (x, y + 7.0), INK, 1.25);
    };
    let mut entries: Vec<Entry<'_>> = vec![(Box::new(whisker), "as seen, 95% interval".to_owned())];
    entries.extend(law_entries(fit));
    legend(&mut sheet, entries);
    let (top, bottom) = frame(&mut sheet, "Failures per unit and year (logarithmic)");
    let rates = Axis { low: low / 1.5, high: high * 1.5, from: bottom, to: top, log: true };
    let next = level_axis(
        &mut sheet,
        &across,
        &across.times(),
        (top, bottom),
        "Time since the last repair (logarithmic)",
    );
    let inside = |tick: &f64| rates.low <= *tick && *tick <= rates.high;
    let mut ticks: Vec<(f64, String)> = ticks.into_iter().filter(|(tick, _)| inside(tick)).collect();
    if ticks.len() < 2 {
        ticks = steps(rates.low, rates.high, 5).into_iter().filter(|(tick, _)| inside(tick)).collect();
    }
    upright_ticks(&mut sheet, &rates, &ticks, (left, across.to));
    for law in laws(fit) {
        let rate = |time: f64| Some(law.law.hazard(Duration::seconds(time))?.in_year());
        let points =
            along(&across).filter_map(|time| Some((time, rate(time)?))).filter(|(_, rate)| inside(rate));
        sheet.path(
            points.map(|(time, rate)| (across.at(time), rates.at(rate))).collect(),
            color(law.family),
            2.25,
        );
    }
    for piece in pieces {
        let (from, to) = (across.at(piece.from_s), across.at(piece.to_s));
        let (x, y) = (0.5 * (from + to), rates.at(piece.rate * YEAR));
        sheet.line((from, y), (to, y), INK, 2.0);
        sheet.line((x, rates.at(piece.lower * YEAR)), (x, rates.at(piece.upper * YEAR)), INK, 1.25);
    }
    sheet.height = next;
    let note = "Failures over the time at risk in each range, with the interval of a Poisson count. Ranges without failures are not shown.";
    Some(close_with(sheet, subject.source.clone(), Some(note.to_owned())))
}

/// Quantiles seen against those of the laws: on the diagonal where a law is right.
pub(super) fn quantiles(subject: &Subject<'_>) -> Option<Sheet> {
    let fit = subject.fit;
    let probe = subject.across((0.0, 1.0))?;
    let widest = probe.decades().iter().map(|(_, label)| label_width(label)).fold(0.0, f64::max);
    let left = MARGIN + widest + GAP;
    let across = subject.across((left, WIDTH - MARGIN))?;
    let title = format!("{}: quantiles of the laws against those seen", subject.title);
    let mut sheet = open(&title, &subject.of);
    let mut entries: Vec<Entry<'_>> =
        vec![(Box::new(line(MUTED, 1.25)), "where a law that is right would lie".to_owned())];
    entries.extend(law_entries(fit));
    legend(&mut sheet, entries);
    let (top, bottom) = frame(&mut sheet, "Seen (logarithmic)");
    let seen = Axis { from: bottom, to: top, ..across };
    let axis_title = format!("{} by the law (logarithmic)", subject.title);
    let next = level_axis(&mut sheet, &across, &across.times(), (top, bottom), &axis_title);
    upright_ticks(&mut sheet, &seen, &seen.decades(), (left, across.to));
    sheet.path(vec![(across.from, seen.from), (across.to, seen.to)], MUTED, 1.25);
    for law in laws(fit) {
        let mut before = 1.0;
        let mut points = Vec::new();
        for step in &fit.survival {
            let middle = 0.5 * (before + step.survival);
            before = step.survival;
            let at = Probability::new(1.0 - middle).ok().and_then(|p| law.law.quantile(p));
            let Some(time) = at.map(Duration::secs) else { continue };
            let inside = |time: f64| across.low <= time && time <= across.high;
            if inside(time) && inside(step.time_s) {
                points.push((across.at(time), seen.at(step.time_s)));
            }
        }
        sheet.path(points, color(law.family), 2.25);
    }
    sheet.height = next;
    let note = "Above the diagonal, what was seen takes longer than the law says.";
    Some(close_with(sheet, subject.source.clone(), Some(note.to_owned())))
}
