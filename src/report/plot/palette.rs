//! Colors: those of Okabe and Ito (*Color Universal Design*, 2008), which people with any color vision tell apart.

use super::sheet::Color;

/// The paper.
pub(crate) const PAPER: Color = plotters::style::RGBColor(255, 255, 255);
/// Text and axes.
pub(crate) const INK: Color = plotters::style::RGBColor(0x1b, 0x1f, 0x24);
/// Secondary text.
pub(crate) const MUTED: Color = plotters::style::RGBColor(0x59, 0x63, 0x6e);
/// Grid lines and frames.
pub(crate) const GRID: Color = plotters::style::RGBColor(0xe1, 0xe4, 0xe8);
/// Estimates.
pub(crate) const ESTIMATE: Color = plotters::style::RGBColor(0x00, 0x72, 0xb2);
/// Objectives.
pub(crate) const OBJECTIVE: Color = plotters::style::RGBColor(0xd5, 0x5e, 0x00);
/// All that has no color of its own.
pub(crate) const OTHER: Color = plotters::style::RGBColor(0xb4, 0xba, 0xc2);
/// Text on a dark color; unlike the paper it stays in the dark.
const LIGHT_TEXT: Color = plotters::style::RGBColor(0xfe, 0xfe, 0xfe);
/// Text on a light color; unlike the ink it stays in the dark.
const DARK_TEXT: Color = plotters::style::RGBColor(0x11, 0x11, 0x11);

/// Fills, in the order in which neighbors differ most.
pub(super) const FILLS: [Color; 7] = [
    plotters::style::RGBColor(0x00, 0x72, 0xb2),
    plotters::style::RGBColor(0xe6, 0x9f, 0x00),
    plotters::style::RGBColor(0x00, 0x9e, 0x73),
    plotters::style::RGBColor(0xcc, 0x79, 0xa7),
    plotters::style::RGBColor(0x56, 0xb4, 0xe9),
    plotters::style::RGBColor(0xd5, 0x5e, 0x00),
    plotters::style::RGBColor(0xf0, 0xe4, 0x42),
];

/// Lines: without the yellow, which is lost on paper; the last two are grey and ink.
pub(super) const LINES: [Color; 8] = [
    plotters::style::RGBColor(0x00, 0x72, 0xb2),
    plotters::style::RGBColor(0xd5, 0x5e, 0x00),
    plotters::style::RGBColor(0x00, 0x9e, 0x73),
    plotters::style::RGBColor(0xcc, 0x79, 0xa7),
    plotters::style::RGBColor(0xe6, 0x9f, 0x00),
    plotters::style::RGBColor(0x56, 0xb4, 0xe9),
    plotters::style::RGBColor(0x8a, 0x92, 0x9c),
    INK,
];

/// The color for text on this one: by the brightness of its light (ITU-R BT.709, without the gamma).
pub(super) fn text_on(color: Color) -> Color {
    let brightness = 0.2126 * f64::from(color.0) + 0.7152 * f64::from(color.1) + 0.0722 * f64::from(color.2);
    if brightness < 125.0 { LIGHT_TEXT } else { DARK_TEXT }
}
