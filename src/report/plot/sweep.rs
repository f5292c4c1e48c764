//! Downtime over the values of a key: a line for each curve of the sweep, with intervals, and a ring where it bends.

use super::axis::{Axis, steps};
use super::downtime::sentence;
use super::font::{Weight, fitted};
use super::frame::{Entry, LABEL, MARGIN, close, label_width, left_out, legend, level_axis, open};
use super::palette::{GRID, INK, LINES, MUTED, PAPER};
use super::sheet::{Anchor, Point, Sheet, WIDTH};
use crate::experiment::Results;
use crate::report::number::{Known, YEAR, fixed, known, share, ten_to};
use crate::report::sweep::{Curve, Scale, Spot, Sweep, sweep};
use crate::report::terminal::objective_title;
use crate::report::text::printable;

const HEIGHT: f64 = 320.0;
/// Curves shown.
const MOST: usize = LINES.len();
/// So many values are all ticks; of more of them round ones are.
const TICKS: usize = 12;

pub(super) fn draw(results: &Results) -> Option<Sheet> {
    let sweep = sweep(results)?;
    let shown = &sweep.curves[..sweep.curves.len().min(MOST)];
    let knees = sweep.knees();
    let service = printable(&results.designs.first()?.service.name);
    let path = printable(sweep.path);
    let estimated =
        shown.iter().flat_map(|curve| &curve.points).any(|spot| known(&spot.down) != Known::Exactly);
    let bars = match estimated {
        true => format!(" Bars are {} intervals.", share(results.confidence)),
        false => " Exact values.".into(),
    };
    let mut sheet =
        open(&format!("Downtime of {service} by {path}"), &format!("{}{bars}", sentence(&results.title)));
    keys(&mut sheet, results, shown, &knees);

    let (log_x, log_y) = sweep.logarithmic();
    let upright = upright(shown, sweep.allowed, log_y);
    let ticks = upright.times();
    let left = MARGIN + ticks.iter().map(|tick| label_width(&tick.1)).fold(0.0, f64::max) + 10.0;
    let across = across(shown, log_x, (left, WIDTH - MARGIN - 16.0));
    let scale = |log: bool| if log { " (logarithmic)" } else { "" };
    sheet.label(
        (MARGIN, sheet.height + 2.0),
        format!("Downtime a year{}", scale(log_y)),
        MUTED,
        Anchor::Start,
    );
    let top = sheet.height + 22.0;
    let upright = Axis { from: top + HEIGHT, to: top, ..upright };
    let title = format!("{}{}", fitted(&path, LABEL, Weight::Regular, WIDTH / 2.0), scale(log_x));
    let next = level_axis(&mut sheet, &across, &values(&sweep, shown, &across), (top, top + HEIGHT), &title);
    for (value, label) in ticks {
        let y = upright.at(value);
        sheet.line((left, y), (across.to, y), GRID, 1.0);
        sheet.label((left - 8.0, y), label, MUTED, Anchor::End);
    }
    if let Some(seconds) = sweep.allowed {
        let y = upright.at(seconds);
        sheet.dashed((left, y), (across.to, y), INK, 1.5);
    }
    let place = |spot: &Spot<'_>| -> Point { (across.at(spot.x), upright.at(spot.height())) };
    // Rings lie below all lines, so that none hides another's point.
    for (curve, knee) in shown.iter().zip(&knees) {
        if let Some(spot) = knee.and_then(|at| curve.points.get(at)) {
            sheet.ring(place(spot), 8.5, INK, PAPER);
        }
    }
    for (curve, color) in shown.iter().zip(LINES) {
        sheet.path(curve.points.iter().map(place).collect(), color, 2.0);
        for spot in &curve.points {
            let (x, y) = place(spot);
            match known(&spot.down) {
                Known::Interval => {
                    let [low, high] = [spot.down.lower, spot.down.upper].map(|end| upright.at(end));
                    sheet.line((x, low), (x, high), color, 1.5);
                    sheet.disc((x, y), 3.75, color);
                }
                Known::Exactly => sheet.disc((x, y), 3.75, color),
                // A bound: the downtime is somewhere below.
                Known::AtMost => sheet.polygon(vec![(x - 5.0, y), (x + 5.0, y), (x, y + 8.0)], color),
            }
        }
    }
    sheet.height = next;
    Some(close(sheet, results, left_out(shown.len(), sweep.curves.len())))
}

fn keys(sheet: &mut Sheet, results: &Results, curves: &[Curve<'_>], knees: &[Option<usize>]) {
    let mut entries: Vec<Entry<'_>> = Vec::new();
    for (curve, color) in curves.iter().zip(LINES).filter(|_| curves.len() > 1) {
        let mark =
            move |sheet: &mut Sheet, (x, y): Point| sheet.line((x - 11.0, y), (x + 11.0, y), color, 2.5);
        entries.push((Box::new(mark), printable(&curve.label)));
    }
    if knees.iter().any(Option::is_some) {
        entries.push((Box::new(|sheet, at| sheet.ring(at, 7.5, INK, PAPER)), "where it bends".into()));
    }
    if let Some(objective) = &results.objective {
        let mark = |sheet: &mut Sheet, (x, y): Point| sheet.dashed((x - 11.0, y), (x + 11.0, y), INK, 1.5);
        entries.push((Box::new(mark), objective_title(objective).replacen("Objective: ", "objective: ", 1)));
    }
    if !entries.is_empty() {
        legend(sheet, entries);
        sheet.height += 6.0;
    }
}

fn upright(curves: &[Curve<'_>], objective: Option<f64>, log: bool) -> Axis {
    let spots = || curves.iter().flat_map(|curve| &curve.points);
    let high = spots().map(|spot| spot.down.upper.min(YEAR)).chain(objective).fold(0.0, f64::max);
    let least =
        spots().map(|spot| spot.down.lower.max(spot.height() / 10.0)).chain(objective).fold(high, f64::min);
    match (log && least > 0.0, high > 0.0) {
        (true, _) => Axis { low: least / 1.6, high: high * 1.6, from: 0.0, to: HEIGHT, log: true },
        (false, true) => Axis { low: 0.0, high: high * 1.08, from: 0.0, to: HEIGHT, log: false },
        (false, false) => Axis { low: 0.0, high: 1.0, from: 0.0, to: HEIGHT, log: false },
    }
}

fn across(curves: &[Curve<'_>], log: bool, (from, to): Point) -> Axis {
    let spots = || curves.iter().flat_map(|curve| &curve.points).map(|spot| spot.x);
    let high = spots().fold(f64::NEG_INFINITY, f64::max);
    let low = spots().fold(high, f64::min);
    if log {
        return Axis { low: low / 1.15, high: high * 1.15, from, to, log };
    }
    let room = 0.04 * (high - low);
    Axis { low: low - room, high: high + room, from, to, log }
}

/// Ticks of the key: its values where they are few.
fn values(sweep: &Sweep<'_>, curves: &[Curve<'_>], axis: &Axis) -> Vec<(f64, String)> {
    let mut values: Vec<f64> = curves.iter().flat_map(|curve| &curve.points).map(|spot| spot.x).collect();
    values.sort_by(f64::total_cmp);
    values.dedup();
    if values.len() <= TICKS {
        return values.into_iter().map(|x| (x, sweep.shown(x))).collect();
    }
    match sweep.scale {
        Scale::Time => axis.times(),
        _ if axis.log => {
            let decades = (-9..13).map(ten_to).filter(|x| axis.low <= *x && *x <= axis.high);
            decades.map(|x| (x, sweep.shown(x))).collect()
        }
        Scale::Share => {
            let percent = steps(100.0 * axis.low.max(0.0), 100.0 * axis.high.min(1.0), 8);
            percent.into_iter().map(|(x, label)| (x / 100.0, format!("{label}%"))).collect()
        }
        Scale::Number => steps(axis.low, axis.high, 8).into_iter().map(|(x, _)| (x, fixed(x, 0))).collect(),
    }
}
