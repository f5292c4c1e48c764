//! How often data are lost against how much at a time, where they are in chunks: both axes logarithmic, so that as much a
//! year is a line from the upper left to the lower right.

use super::axis::Axis;
use super::downtime::sentence;
use super::frame::{MARGIN, close, label_width, left_out, legend, level_axis, open};
use super::named::{Named, names};
use super::palette::{ESTIMATE, GRID, INK, MUTED};
use super::sheet::{Anchor, Sheet, WIDTH};
use crate::experiment::{DesignResult, Figure, Results};
use crate::report::data_loss::bytes;
use crate::report::number::{fixed, share, ten_to};
use crate::report::text::printable;

const HEIGHT: f64 = 340.0;
/// Designs shown.
const MOST: usize = 40;

/// A design's place.
struct Spot<'a> {
    name: &'a str,
    often: Figure,
    much: Figure,
}

pub(super) fn draw(results: &Results) -> Option<Sheet> {
    let spots: Vec<Spot<'_>> = results.designs.iter().filter_map(spot).collect();
    let (all, spots) = (spots.len(), &spots[..spots.len().min(MOST)]);
    if all < 2 {
        return None;
    }
    let service = printable(&results.designs[0].service.name);
    let title = format!("How often {service} loses data, and how much at a time");
    let bars = format!(" Bars are {} intervals.", share(results.confidence));
    let mut sheet = open(&title, &format!("{}{bars}", sentence(&results.title)));
    legend(
        &mut sheet,
        vec![
            (Box::new(|sheet, at| sheet.disc(at, 5.0, ESTIMATE)), "a design".into()),
            (
                Box::new(|sheet, (x, y)| sheet.line((x - 9.0, y), (x + 9.0, y), MUTED, 1.0)),
                "as much a year as the first".into(),
            ),
        ],
    );
    sheet.height += 6.0;
    // The vertical axis first: how wide its labels are decides where the other begins.
    let upright = axis(spots.iter().map(|spot| &spot.much), HEIGHT, 0.0);
    let ticks = ticks(&upright, |value, _| bytes(value));
    let left = MARGIN + ticks.iter().map(|tick| label_width(&tick.1)).fold(0.0, f64::max) + 10.0;
    let across = axis(spots.iter().map(|spot| &spot.often), left, WIDTH - MARGIN - 10.0);
    sheet.label((MARGIN, sheet.height + 2.0), "Lost at a time (logarithmic)", MUTED, Anchor::Start);
    let top = sheet.height + 22.0;
    let upright = Axis { from: top + HEIGHT, to: top, ..upright };
    let below = self::ticks(&across, |value, decade| fixed(value, (-decade).max(0)));
    let next = level_axis(&mut sheet, &across, &below, (top, top + HEIGHT), "Losses a year (logarithmic)");
    for (value, label) in ticks {
        let y = upright.at(value);
        sheet.line((left, y), (across.to, y), GRID, 1.0);
        sheet.label((left - 8.0, y), label, MUTED, Anchor::End);
    }
    as_much_a_year(&mut sheet, spots, &across, &upright);
    points(&mut sheet, spots, &across, &upright, (top, top + HEIGHT));
    sheet.height = next;
    Some(close(sheet, results, left_out(spots.len(), all)))
}

fn spot(design: &DesignResult) -> Option<Spot<'_>> {
    let data = design.data.iter().find(|data| data.service == design.service.name)?;
    Some(Spot { name: &design.name, often: data.losses_per_year?, much: data.lost_bytes_per_loss? })
}

/// A logarithmic axis that holds these figures with their intervals.
fn axis<'a>(figures: impl Iterator<Item = &'a Figure>, from: f64, to: f64) -> Axis {
    let ends = figures.flat_map(|it| [it.value, it.lower, it.upper]);
    let ends: Vec<f64> = ends.filter(|end| *end > 0.0 && end.is_finite()).collect();
    let high = ends.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
    let low = ends.iter().copied().fold(high, f64::min);
    Axis { low: low / 1.6, high: high * 1.6, from, to, log: true }
}

/// A tick for each decade, and in between where there are few.
fn ticks(axis: &Axis, label: impl Fn(f64, i32) -> String) -> Vec<(f64, String)> {
    let of = |parts: &[f64]| -> Vec<(f64, String)> {
        let all = (-18..19).flat_map(|decade| parts.iter().map(move |part| (part * ten_to(decade), decade)));
        let inside = all.filter(|(value, _)| axis.low <= *value && *value <= axis.high);
        inside.map(|(value, decade)| (value, label(value, decade))).collect()
    };
    let decades = of(&[1.0]);
    if decades.len() < 3 { of(&[1.0, 2.0, 5.0]) } else { decades }
}

/// Where designs would be that lose as much a year as the first.
fn as_much_a_year(sheet: &mut Sheet, spots: &[Spot<'_>], across: &Axis, upright: &Axis) {
    let product = spots[0].often.value * spots[0].much.value;
    let low = across.low.max(product / upright.high);
    let high = across.high.min(product / upright.low);
    if low < high {
        let at = |often: f64| (across.at(often), upright.at(product / often));
        sheet.line(at(low), at(high), MUTED, 1.0);
    }
}

fn points(sheet: &mut Sheet, spots: &[Spot<'_>], across: &Axis, upright: &Axis, bounds: (f64, f64)) {
    let mut taken = Vec::new();
    let mut named = Vec::new();
    for spot in spots {
        let (x, y) = (across.at(spot.often.value), upright.at(spot.much.value));
        let [left, right] = [spot.often.lower, spot.often.upper].map(|end| across.at(end));
        let [low, high] = [spot.much.lower, spot.much.upper].map(|end| upright.at(end));
        sheet.line((left, y), (right, y), ESTIMATE, 1.5);
        sheet.line((x, low), (x, high), ESTIMATE, 1.5);
        sheet.disc((x, y), 5.0, ESTIMATE);
        taken.push([left.min(x - 7.0), y - 7.0, right.max(x + 7.0), y + 7.0]);
        taken.push([x - 7.0, high.min(y - 7.0), x + 7.0, low.max(y + 7.0)]);
        named.push(Named { at: (x, y), name: spot.name, color: INK });
    }
    names(sheet, &named, taken, bounds);
}
