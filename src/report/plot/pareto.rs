//! Downtime against cost: a point for each design, those that another beats drawn hollow, and the frontier of the
//! others as steps.

use super::axis::{Axis, steps};
use super::downtime::sentence;
use super::frame::{Entry, MARGIN, close, label_width, left_out, legend, level_axis, open};
use super::named::{Named, names};
use super::palette::{ESTIMATE, GRID, INK, MUTED, PAPER};
use super::sheet::{Anchor, Point, Sheet, WIDTH};
use crate::experiment::{Figure, Results};
use crate::report::frontier::{Offer, keep_data, offers};
use crate::report::number::{Known, fixed, known, share, ten_to};
use crate::report::text::printable;
use crate::report::words::told;

const HEIGHT: f64 = 340.0;
/// Designs shown.
const MOST: usize = 40;
/// An axis is logarithmic when the values span more than this factor.
const WIDE: f64 = 20.0;

/// A design's place.
struct Spot<'a> {
    offer: &'a Offer<'a>,
    cost: Figure,
    down: Figure,
}

pub(super) fn draw(results: &Results) -> Option<Sheet> {
    let offers = offers(results).filter(|offers| offers.len() > 1)?;
    let all = offers.len();
    let spots: Vec<Spot<'_>> = offers.iter().take(MOST).map(spot).collect::<Option<_>>()?;
    let service = printable(&results.designs[0].service.name);
    let title = format!("What less downtime of {service} costs");
    let bars = match spots.iter().any(|spot| known(&spot.down) != Known::Exactly) {
        true => format!(" Bars are {} intervals.", share(results.confidence)),
        false => String::new(),
    };
    let mut sheet = open(&title, &format!("{}{bars}", sentence(&results.title)));
    keys(&mut sheet, &spots, keep_data(results));

    let costs = spots.iter().flat_map(|spot| [spot.cost.value, spot.cost.lower, spot.cost.upper]);
    let downs = spots
        .iter()
        .flat_map(|spot| [spot.down.lower.max(spot.down.value / 100.0), spot.down.value, spot.down.upper]);
    // The vertical axis first: how wide its labels are decides where the other begins.
    let upright = axis(downs, (HEIGHT, 0.0), 0.0);
    let ticks = upright.times();
    let left = MARGIN + ticks.iter().map(|tick| label_width(&tick.1)).fold(0.0, f64::max) + 10.0;
    let across = axis(costs, (left, WIDTH - MARGIN - 10.0), 0.06);
    let scale = |axis: &Axis| if axis.log { " (logarithmic)" } else { "" };
    let text = format!("Downtime a year{}", scale(&upright));
    sheet.label((MARGIN, sheet.height + 2.0), text, MUTED, Anchor::Start);
    let top = sheet.height + 22.0;
    let upright = Axis { from: top + HEIGHT, to: top, ..upright };
    let currency = printable(&spots[0].offer.cost.currency);
    let title = format!("Cost a year in {currency}{}", scale(&across));
    let next = level_axis(&mut sheet, &across, &amounts(&across), (top, top + HEIGHT), &title);
    for (value, label) in ticks {
        let y = upright.at(value);
        sheet.line((left, y), (across.to, y), GRID, 1.0);
        sheet.label((left - 8.0, y), label, MUTED, Anchor::End);
    }
    frontier(&mut sheet, &spots, &across, &upright);
    points(&mut sheet, &spots, &across, &upright, (top, top + HEIGHT));
    sheet.height = next;
    Some(close(sheet, results, left_out(spots.len(), all)))
}

fn spot<'a>(offer: &'a Offer<'a>) -> Option<Spot<'a>> {
    let down = told(&offer.design.service, &offer.design.service.downtime_s_per_year);
    Some(Spot { offer, cost: offer.cost.total?, down })
}

/// Where a design's point is: at the bound of its downtime, where only that is known.
fn height(spot: &Spot<'_>) -> f64 {
    if known(&spot.down) == Known::AtMost { spot.down.upper } else { spot.down.value }
}

/// An axis that holds these values; a linear one with `room` on both sides, or from zero where that is near.
fn axis(values: impl Iterator<Item = f64>, (from, to): Point, room: f64) -> Axis {
    let values: Vec<f64> = values.filter(|value| *value > 0.0 && value.is_finite()).collect();
    let high = values.iter().copied().fold(0.0, f64::max);
    let low = values.iter().copied().fold(high, f64::min);
    if high <= 0.0 {
        return Axis { low: 0.0, high: 1.0, from, to, log: false };
    }
    if high / low > WIDE {
        return Axis { low: low / 1.6, high: high * 1.6, from, to, log: true };
    }
    let span = (high - low).max(high * 0.1);
    let low = if room == 0.0 { 0.0 } else { (low - 2.0 * room * span).max(0.0) };
    Axis { low, high: high + span * (2.0 * room).max(0.08), from, to, log: false }
}

/// Ticks of an axis of money.
fn amounts(axis: &Axis) -> Vec<(f64, String)> {
    if !axis.log {
        return steps(axis.low, axis.high, 6);
    }
    let decades = (-3..13).map(ten_to);
    let ticks = decades.flat_map(|decade| [1.0, 2.0, 5.0].map(|part| part * decade));
    let inside = ticks.filter(|value| axis.low <= *value && *value <= axis.high);
    inside.map(|value| (value, fixed(value, i32::from(value < 1.0) * 3))).collect()
}

fn keys(sheet: &mut Sheet, spots: &[Spot<'_>], keep_data: bool) {
    let mut entries: Vec<Entry<'_>> =
        vec![(Box::new(|sheet, at| sheet.disc(at, 5.0, ESTIMATE)), "worth its cost".into())];
    if spots.iter().any(|spot| spot.offer.beaten_by.is_some()) {
        let text = match keep_data {
            true => "another is better in cost, downtime or losses of data, and worse in none".into(),
            false => "another is as good in one and better in the other".into(),
        };
        entries.push((Box::new(|sheet, at| sheet.ring(at, 5.0, MUTED, PAPER)), text));
    }
    legend(sheet, entries);
    sheet.height += 6.0;
}

/// The least downtime that can be had for so much money, as steps.
fn frontier(sheet: &mut Sheet, spots: &[Spot<'_>], across: &Axis, upright: &Axis) {
    let mut kept: Vec<&Spot<'_>> = spots.iter().filter(|spot| spot.offer.beaten_by.is_none()).collect();
    kept.sort_by(|a, b| a.cost.value.total_cmp(&b.cost.value).then(height(a).total_cmp(&height(b))));
    let mut path: Vec<Point> = Vec::new();
    for spot in kept {
        let (x, y) = (across.at(spot.cost.value), upright.at(height(spot)));
        match path.last().copied() {
            // Not beaten for sure, and still above the line: the trials do not tell these two apart.
            Some((_, before)) if y <= before => {}
            Some((_, before)) => path.extend([(x, before), (x, y)]),
            None => path.push((x, y)),
        }
    }
    if path.len() > 1 {
        sheet.path(path, GRID, 2.5);
    }
}

fn points(sheet: &mut Sheet, spots: &[Spot<'_>], across: &Axis, upright: &Axis, (top, bottom): Point) {
    // Boxes that names must not touch: the points first, then the names placed so far.
    let mut taken: Vec<[f64; 4]> = Vec::new();
    for spot in spots {
        let (x, y) = (across.at(spot.cost.value), upright.at(height(spot)));
        let [left, right] = [spot.cost.lower, spot.cost.upper].map(|end| across.at(end));
        taken.push([left.min(x - 7.0), y - 7.0, right.max(x + 7.0), y + 7.0]);
    }
    for spot in spots {
        let (x, y) = (across.at(spot.cost.value), upright.at(height(spot)));
        let color = if spot.offer.beaten_by.is_some() { MUTED } else { ESTIMATE };
        match known(&spot.down) {
            Known::Interval => {
                let [low, high] = [spot.down.lower, spot.down.upper].map(|end| upright.at(end));
                sheet.line((x, low), (x, high), color, 1.5);
            }
            Known::AtMost => {
                sheet.line((x, y), (x, y + 20.0), color, 1.5);
                sheet.polygon(vec![(x - 4.0, y + 18.0), (x + 4.0, y + 18.0), (x, y + 25.0)], color);
            }
            Known::Exactly => {}
        }
        let [left, right] = [spot.cost.lower, spot.cost.upper].map(|end| across.at(end));
        if right - left > 1.0 {
            sheet.line((left, y), (right, y), color, 1.5);
        }
        match spot.offer.beaten_by {
            Some(_) => sheet.ring((x, y), 5.0, color, PAPER),
            None => sheet.disc((x, y), 5.0, color),
        }
    }
    let named = spots.iter().map(|spot| Named {
        at: (across.at(spot.cost.value), upright.at(height(spot))),
        name: &spot.offer.design.name,
        color: if spot.offer.beaten_by.is_some() { MUTED } else { INK },
    });
    names(sheet, &named.collect::<Vec<_>>(), taken, (top, bottom));
}
