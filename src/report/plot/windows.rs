//! The worst window of each length, a line for each design: windowed user-uptime.

use super::axis::Axis;
use super::curves::Curves;
use super::downtime::sentence;
use super::frame::{Entry, MARGIN, close_with, label_width, left_out, legend, level_axis, open};
use super::palette::{GRID, INK, LINES, MUTED, PAPER};
use super::protocol::source as protocol_source;
use super::sheet::{Anchor, Point, Sheet, WIDTH};
use crate::experiment::{Results, StudyResults, WindowResult};
use crate::report::number::{asked, ten_to};
use crate::report::text::printable;
use crate::report::windows::{knee, length};
use crate::report::words::colophon;

const MOST: usize = LINES.len();
const HEIGHT: f64 = 320.0;

/// What is drawn.
struct Subject<'a> {
    title: String,
    subtitle: String,
    upright: &'static str,
    designs: Vec<(&'a str, &'a [WindowResult])>,
    source: String,
}

/// Of the service that an experiment is about.
pub(super) fn draw(results: &Results) -> Option<Sheet> {
    let all = results.designs.iter().map(|design| (&*design.name, &design.windows[..]));
    let service = printable(&results.designs.first()?.service.name);
    lines(&Subject {
        title: format!("The worst window of {service}, by its length"),
        subtitle: format!(
            "{} The share that is served in the worst window of a trial, on average over trials.",
            sentence(&results.title)
        ),
        upright: "Served in it (logarithmic)",
        designs: all.collect(),
        source: format!("{} · {}", printable(&results.file), colophon(results)),
    })
}

/// Of all clients' time, in an experiment on a protocol.
pub(super) fn of_protocol(results: &StudyResults) -> Option<Sheet> {
    let all = results.designs.iter().map(|design| (&*design.name, &design.windows[..]));
    lines(&Subject {
        title: "The worst window of client time, by its length".to_owned(),
        subtitle: format!(
            "{} The share of client time that is up in the worst window of a trial, on average over trials.",
            sentence(&results.title)
        ),
        upright: "Up in it (logarithmic)",
        designs: all.collect(),
        source: protocol_source(results),
    })
}

fn lines(subject: &Subject<'_>) -> Option<Sheet> {
    let seen = |design: &&(&str, &[WindowResult])| design.1.iter().any(|window| window.worst.value > 0.0);
    let all: Vec<(&str, &[WindowResult])> = subject.designs.iter().filter(seen).copied().collect();
    let designs = &all[..all.len().min(MOST)];
    designs.first()?;
    let mut sheet = open(&subject.title, &subject.subtitle);
    keys(&mut sheet, designs);
    let ticks = ticks(designs);
    let left = MARGIN + ticks.iter().map(|tick| label_width(&tick.1)).fold(0.0, f64::max) + 10.0;
    sheet.label((MARGIN, sheet.height + 2.0), subject.upright, MUTED, Anchor::Start);
    let (top, bottom) = (sheet.height + 22.0, sheet.height + 22.0 + HEIGHT);
    let right = WIDTH - MARGIN - 16.0;
    let lengths = || designs.iter().flat_map(|design| design.1.iter().map(|window| window.length_s));
    let longest = lengths().fold(0.0, f64::max);
    let shortest = lengths().fold(longest, f64::min);
    let across = Axis { low: shortest / 1.3, high: longest * 1.3, from: left, to: right, log: true };
    // What is served is more the higher up, and what is lost less.
    let least = ticks.iter().map(|tick| tick.0).fold(1.0, f64::min);
    let upright = Axis { low: least, high: 1.0, from: top, to: bottom, log: true };
    let mut names: Vec<(f64, String)> = lengths().map(|seconds| (seconds, length(seconds))).collect();
    names.sort_by(|a, b| a.0.total_cmp(&b.0));
    names.dedup();
    let next = level_axis(&mut sheet, &across, &names, (top, bottom), "Length of the window (logarithmic)");
    for (lost, label) in ticks {
        let y = upright.at(lost);
        sheet.line((left, y), (right, y), GRID, 1.0);
        sheet.label((left - 8.0, y), label, MUTED, Anchor::End);
    }
    let place =
        |window: &WindowResult| -> Point { (across.at(window.length_s), upright.at(window.worst.value)) };
    for design in designs {
        if let Some(window) = knee(design.1) {
            sheet.ring(place(window), 8.5, INK, PAPER);
        }
    }
    let mut curves = Curves::new(2.0);
    for (design, color) in designs.iter().zip(LINES) {
        curves.draw(&mut sheet, design.1.iter().map(place).collect(), color);
        for window in design.1 {
            let (x, y) = place(window);
            sheet.line((x, upright.at(window.worst.lower)), (x, upright.at(window.worst.upper)), color, 1.5);
            sheet.disc((x, y), 3.75, color);
        }
    }
    sheet.height = next;
    let note = (designs.len() > 1).then(|| "A line is dashed where it would hide another.".to_owned());
    let notes: Vec<String> = note.into_iter().chain(left_out(designs.len(), all.len())).collect();
    Some(close_with(sheet, subject.source.clone(), (!notes.is_empty()).then(|| notes.join(" "))))
}

fn keys(sheet: &mut Sheet, designs: &[(&str, &[WindowResult])]) {
    let mut entries: Vec<Entry<'_>> = Vec::new();
    for (design, color) in designs.iter().zip(LINES) {
        let mark =
            move |sheet: &mut Sheet, (x, y): Point| sheet.line((x - 11.0, y), (x + 11.0, y), color, 2.5);
        entries.push((Box::new(mark), printable(design.0)));
    }
    if designs.iter().any(|design| knee(design.1).is_some()) {
        let mark = |sheet: &mut Sheet, at: Point| sheet.ring(at, 7.5, INK, PAPER);
        entries.push((Box::new(mark), "where it bends: one outage fills what is shorter".into()));
    }
    legend(sheet, entries);
    sheet.height += 6.0;
}

/// Ticks of what is lost, called by what is served: 0%, 90%, 99% and so on, one beyond the best.
fn ticks(designs: &[(&str, &[WindowResult])]) -> Vec<(f64, String)> {
    let lost = designs.iter().flat_map(|design| design.1.iter().map(|window| window.worst.value));
    let least = lost.filter(|&lost| lost > 0.0).fold(1.0, f64::min);
    let mut ticks = vec![(1.0, "0%".to_owned())];
    for exponent in 1..15 {
        let lost = ten_to(-exponent);
        ticks.push((lost, asked(1.0 - lost)));
        if lost <= least {
            break;
        }
    }
    ticks
}
