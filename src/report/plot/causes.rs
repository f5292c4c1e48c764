//! What causes the downtime, by design: bars of shares, each cause with the same color everywhere.

use std::collections::BTreeMap;

use super::axis::Axis;
use super::downtime::sentence;
use super::font::{Weight, fitted};
use super::frame::{
    Entry, GAP, LABEL, MARGIN, close, label_width, left_out, legend, level_axis, name, names_width, open,
};
use super::palette::{FILLS, MUTED, OTHER, PAPER, text_on};
use super::sheet::{Anchor, Color, Sheet, WIDTH};
use crate::experiment::{DesignResult, Results};
use crate::report::causes::merged;
use crate::report::number::{Known, known, per_year, share};

const MOST: usize = 12;

pub(super) fn draw(results: &Results) -> Option<Sheet> {
    let designs = &results.designs[..results.designs.len().min(MOST)];
    let classes = classes(designs);
    if classes.is_empty() {
        return None;
    }
    let service = &designs.first()?.service.name;
    let mut sheet = open(
        &format!("What takes {service} down, by design"),
        &format!(
            "{} Shares of each design's own downtime, which stands at the right.",
            sentence(&results.title)
        ),
    );
    let mut entries: Vec<Entry<'_>> =
        classes.iter().map(|(label, color)| swatch(label.clone(), *color)).collect();
    let known_classes = |design: &DesignResult| {
        merged(&design.service).iter().all(|cause| color(&classes, &cause.label).is_some())
    };
    if !designs.iter().all(known_classes) {
        entries.push(swatch("other".into(), OTHER));
    }
    legend(&mut sheet, entries);

    let left = MARGIN + names_width(designs.iter().map(|design| design.name.as_str())) + GAP;
    let totals: Vec<String> =
        designs.iter().map(|design| per_year(&design.service.downtime_s_per_year).value).collect();
    let right =
        WIDTH - MARGIN - totals.iter().map(|total| label_width(total)).fold(60.0, f64::max) - GAP - 8.0;
    let axis = Axis { low: 0.0, high: 1.0, from: left, to: right, log: false };
    let row = if designs.len() > 6 { 36.0 } else { 44.0 };
    let top = sheet.height + 2.0;
    let bottom = top + row * designs.len() as f64;
    let ticks = [0.0, 0.25, 0.5, 0.75, 1.0].map(|tick| (tick, format!("{:.0}%", tick * 100.0)));
    let next = level_axis(&mut sheet, &axis, &ticks, (top, bottom), "Share of the design's downtime");
    for (at, (design, total)) in designs.iter().zip(totals).enumerate() {
        let y = top + row * (at as f64 + 0.5);
        name(&mut sheet, &design.name, (MARGIN, y), left - MARGIN - GAP);
        bar(&mut sheet, design, &classes, &axis, (y - row * 0.34, y + row * 0.34));
        sheet.strong((WIDTH - MARGIN, y), total, Anchor::End);
    }
    sheet.height = next;
    Some(close(sheet, results, left_out(designs.len(), results.designs.len())))
}

fn swatch<'a>(label: String, color: Color) -> Entry<'a> {
    (Box::new(move |sheet, (x, y)| sheet.rect((x - 7.0, y - 6.0), (x + 7.0, y + 6.0), color)), label)
}

/// The causes that get a color: those with the largest shares, summed over the designs.
fn classes(designs: &[DesignResult]) -> Vec<(String, Color)> {
    let mut shares: BTreeMap<String, f64> = BTreeMap::new();
    for cause in designs.iter().flat_map(|design| merged(&design.service)) {
        *shares.entry(cause.label).or_default() += cause.share;
    }
    let mut shares: Vec<(String, f64)> = shares.into_iter().collect();
    shares.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    shares.into_iter().zip(FILLS).map(|((label, _), color)| (label, color)).collect()
}

fn color(classes: &[(String, Color)], label: &str) -> Option<Color> {
    classes.iter().find(|(class, _)| class == label).map(|(_, color)| *color)
}

fn bar(
    sheet: &mut Sheet,
    design: &DesignResult,
    classes: &[(String, Color)],
    axis: &Axis,
    (top, bottom): (f64, f64),
) {
    let causes = merged(&design.service);
    let middle = (top + bottom) / 2.0;
    if causes.is_empty() {
        let why = match known(&design.service.downtime_s_per_year) {
            Known::AtMost => "no outage seen, so no causes",
            Known::Exactly if design.service.downtime_s_per_year.value <= 0.0 => {
                "nothing in the model can take it down"
            }
            _ => "causes are known only of simulated designs",
        };
        sheet.label((axis.from + 8.0, middle), why, MUTED, Anchor::Start);
        return;
    }
    // In the legend's order, so that the same cause stands at about the same place in every bar.
    let of = |label: &str| causes.iter().find(|cause| cause.label == label).map_or(0.0, |cause| cause.share);
    let mut parts: Vec<(f64, Color)> = classes.iter().map(|(label, color)| (of(label), *color)).collect();
    let others = causes.iter().filter(|cause| color(classes, &cause.label).is_none());
    parts.push((others.fold(0.0, |sum, cause| sum + cause.share), OTHER));
    let mut start = 0.0;
    for (part, color) in parts.into_iter().filter(|(part, _)| *part > 0.0) {
        let (from, to) = (axis.at(start), axis.at(start + part));
        sheet.rect((from, top), (to, bottom), color);
        // A hairline of paper between parts, where they are wide enough to lose it.
        if to - from > 3.0 && to < axis.to - 0.5 {
            sheet.rect((to - 1.0, top), (to, bottom), PAPER);
        }
        let text = fitted(&share(part), LABEL, Weight::Regular, to - from - 8.0);
        if !text.contains('…') {
            sheet.label(((from + to) / 2.0, middle), text, text_on(color), Anchor::Middle);
        }
        start += part;
    }
}
