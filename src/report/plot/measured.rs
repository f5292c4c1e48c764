//! What came of an injected fault, as it comes: the share of episodes in which it was noticed, taken over and answered again, since
//! the fault and since it was noticed.

use super::axis::Axis;
use super::curves::Curves;
use super::frame::{
    Entry, GAP, MARGIN, close_with, label_width, left_out, legend, level_axis, name, names_width, open,
};
use super::palette::{GRID, LINES, MUTED};
use super::sheet::{Anchor, Color, Point, Sheet, WIDTH};
use crate::experiment::{MeasureResults, MeasuredResult, MilestoneResult};
use crate::random::Law;
use crate::report::number::{count_of, fixed};
use crate::report::text::printable;

/// Between panels one above the other.
const APART: f64 = 24.0;
/// Height of a panel, where there is one design and where there are several.
const HEIGHTS: (f64, f64) = (300.0, 120.0);
/// More designs than this are too many to look at.
const MOST: usize = 10;
/// Lines whose medians are further apart than this are on a logarithmic axis.
const FAR_APART: f64 = 40.0;
/// Noticed, taken over, answered.
const COLORS: [Color; 3] = [LINES[0], LINES[1], LINES[2]];
const WORDS: [&str; 3] = ["noticed", "taken over", "a client is answered"];

/// What had come by when: equally likely times in seconds, and the share of episodes in which it came at all.
struct Line {
    what: usize,
    points: Vec<f64>,
    reached: f64,
}

/// The panels of a design beside each other: since the fault, and since it was noticed.
type Panels = [Vec<Line>; 2];

pub(super) fn draw(results: &MeasureResults) -> Sheet {
    let designs = &results.designs[..results.designs.len().min(MOST)];
    let panels: Vec<Panels> = designs.iter().map(panels).collect();
    let mut sheet = open(&results.title, &subtitle(results));
    keys(&mut sheet, &panels);
    let names = match designs {
        [_] => 0.0,
        _ => names_width(designs.iter().map(|design| design.name.as_str())) + GAP,
    };
    let height = if designs.len() == 1 { HEIGHTS.0 } else { HEIGHTS.1 };
    sheet.label((MARGIN + names, sheet.height + 2.0), "Share of episodes", MUTED, Anchor::Start);
    let first = sheet.height + 24.0;
    let last = first + (height + APART) * designs.len() as f64 - APART;
    let shares = label_width("100%") + 10.0;
    let (left, right) = (MARGIN + names + shares, WIDTH - MARGIN - 16.0);
    // Where nobody says that it was noticed there is nothing to count from.
    let sides = if panels.iter().all(|panels| panels[1].is_empty()) { 1 } else { 2 };
    let wide = (right - left - 2.0 * GAP * (sides - 1) as f64) / sides as f64;
    for side in 0..sides {
        let from = left + (wide + 2.0 * GAP) * side as f64;
        let across = across(panels.iter().flat_map(|panels| &panels[side]), (from, from + wide));
        let since = ["Time since the fault", "Time since it was noticed"][side];
        let title = if across.log { format!("{since} (logarithmic)") } else { since.to_owned() };
        level_axis(&mut sheet, &across, &across.times(), (first, last), &title);
        for (at, panels) in panels.iter().enumerate() {
            let top = first + (height + APART) * at as f64;
            panel(&mut sheet, &panels[side], &across, (top, top + height), side == 0);
        }
    }
    for (at, design) in designs.iter().enumerate().filter(|_| names > 0.0) {
        let middle = first + (height + APART) * at as f64 + height / 2.0;
        name(&mut sheet, &design.name, (MARGIN, middle), names - GAP);
    }
    sheet.height = last + 46.0;
    let note = "A line that ends below 100% is of what did not come in all episodes; it is dashed where it would hide another.";
    let notes = std::iter::once(note.to_owned()).chain(left_out(designs.len(), results.designs.len()));
    let source = format!(
        "{} · model {} · seed {} · digest {} · fivenines {}",
        printable(&results.file),
        printable(&results.model),
        results.seed,
        results.digest,
        printable(&results.version)
    );
    close_with(sheet, source, Some(notes.collect::<Vec<_>>().join(" ")))
}

fn subtitle(results: &MeasureResults) -> String {
    let first = &results.designs[0];
    let alike = results.designs.iter().all(|design| design.fault == first.fault);
    let what = if alike { format!("a {}", first.fault) } else { "the fault".to_owned() };
    let many = results.designs.iter().map(|design| design.episodes - design.unready).max().unwrap_or(0);
    format!("What had come of {what}, by how long after it, in {}.", count_of(many, "episode"))
}

fn panels(design: &MeasuredResult) -> Panels {
    let line = |what, milestone: Option<&MilestoneResult>| {
        let milestone = milestone.filter(|milestone| milestone.seen > 0)?;
        let reached = milestone.seen as f64 / milestone.of as f64;
        Some(Line { what, points: milestone.points_s.clone(), reached })
    };
    let since_fault = [
        line(0, design.detection.as_ref()),
        line(1, design.taken_over.as_ref()),
        line(2, Some(&design.recovery)),
    ];
    let since_noticed = [line(1, design.switch.as_ref()), answered(design)];
    [since_fault.into_iter().flatten().collect(), since_noticed.into_iter().flatten().collect()]
}

/// From being noticed to the first answer, where it came behind.
fn answered(design: &MeasuredResult) -> Option<Line> {
    let (law, recovery) = (design.law.as_ref().filter(|_| design.detection.is_some())?, &design.recovery);
    let all: Vec<f64> = match &law.switch {
        Law::Empirical(law) => law.observed().map(|time| time.secs()).collect(),
        law => law.mean().map(|mean| mean.secs()).into_iter().collect(),
    };
    let points: Vec<f64> = all.iter().copied().filter(|seconds| *seconds > 0.0).collect();
    let came = points.len() as f64 / all.len().max(1) as f64;
    let reached = came * recovery.seen as f64 / recovery.of as f64;
    (!points.is_empty()).then_some(Line { what: 2, points, reached })
}

fn keys(sheet: &mut Sheet, panels: &[Panels]) {
    let mut entries: Vec<Entry<'_>> = Vec::new();
    for (what, color) in COLORS.into_iter().enumerate() {
        if panels.iter().flatten().flatten().any(|line| line.what == what) {
            let mark =
                move |sheet: &mut Sheet, (x, y): Point| sheet.line((x - 11.0, y), (x + 11.0, y), color, 2.5);
            entries.push((Box::new(mark), WORDS[what].to_owned()));
        }
    }
    legend(sheet, entries);
    sheet.height += 6.0;
}

/// An axis over all that came.
fn across<'a>(lines: impl Iterator<Item = &'a Line> + Clone, (from, to): (f64, f64)) -> Axis {
    let points = || lines.clone().flat_map(|line| line.points.iter().copied());
    let high = points().fold(0.0, f64::max);
    let medians = || lines.clone().filter_map(|line| line.points.get(line.points.len() / 2).copied());
    let (least, most) = (medians().fold(high, f64::min), medians().fold(0.0, f64::max));
    let low = points().filter(|seconds| *seconds > 0.0).fold(high, f64::min);
    match high > 0.0 {
        false => Axis { low: 0.0, high: 1.0, from, to, log: false },
        // What is far longer than most would leave no room for the others.
        true if least > 0.0 && high > FAR_APART * least || most > FAR_APART * least => {
            Axis { low: low / 1.3, high: high * 1.2, from, to, log: true }
        }
        true => Axis { low: 0.0, high: high * 1.04, from, to, log: false },
    }
}

fn panel(sheet: &mut Sheet, lines: &[Line], across: &Axis, (top, bottom): (f64, f64), labels: bool) {
    let shares = Axis { low: 0.0, high: 1.0, from: bottom, to: top, log: false };
    for quarter in 0..=4 {
        let share = f64::from(quarter) / 4.0;
        let y = shares.at(share);
        sheet.line((across.from, y), (across.to, y), GRID, 1.0);
        // In a low panel the labels between would touch.
        if labels && quarter % 2 == 0 {
            let label = format!("{}%", fixed(100.0 * share, 0));
            sheet.label((across.from - 8.0, y), label, MUTED, Anchor::End);
        }
    }
    let mut curves = Curves::new(2.0);
    for line in lines {
        curves.draw(sheet, steps(line, across, &shares), COLORS[line.what]);
    }
}

/// The share of episodes in which something had come, as steps, up to the end of the axis.
fn steps(line: &Line, across: &Axis, shares: &Axis) -> Vec<Point> {
    let count = line.points.len() as f64;
    let (mut points, mut before) = (Vec::new(), shares.at(0.0));
    for (at, seconds) in line.points.iter().enumerate() {
        let (x, y) = (across.at(*seconds), shares.at(line.reached * (at + 1) as f64 / count));
        points.extend([(x, before), (x, y)]);
        before = y;
    }
    points.push((across.to, before));
    points
}
