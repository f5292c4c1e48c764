//! The plots' font: how wide a text is, and its letters as pixels.
//!
//! A subset of Inter that travels in the program, so that plots come out the same on machines without fonts. Read
//! directly, because plotters keeps its fonts in a global table, measures in whole pixels and drops the space before a
//! letter.

use ab_glyph::{Font, FontRef, GlyphId, point};
use base64::prelude::{BASE64_STANDARD, Engine};
use unicode_width::UnicodeWidthChar;

use crate::report::text::{cut_by, cut_middle_by};

/// The font's name, in SVG too.
pub(super) const FAMILY: &str = "Inter";

/// Inter's regular weight, TrueType.
const REGULAR: &[u8] = include_bytes!("../../../assets/fonts/Inter-Regular.ttf");
/// Inter's semi-bold weight, TrueType.
const SEMI_BOLD: &[u8] = include_bytes!("../../../assets/fonts/Inter-SemiBold.ttf");

/// Half the height of a small letter, in ems: a text's middle lies this far above its baseline.
pub(super) const HALF_X_HEIGHT: f64 = 0.273;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Weight {
    Regular,
    SemiBold,
}

/// The fonts as a style sheet that carries them, the semi-bold one only where it is needed: for a page or a file that has
/// to look the same on a machine without them.
pub(crate) fn faces(semi_bold: bool) -> String {
    let face = |weight: u32, bytes: &[u8]| {
        let data = BASE64_STANDARD.encode(bytes);
        format!(
            "@font-face{{font-family:Inter;font-weight:{weight};font-style:normal;\
             src:url(data:font/ttf;base64,{data}) format(\"truetype\")}}\n"
        )
    };
    face(400, REGULAR) + &if semi_bold { face(600, SEMI_BOLD) } else { String::new() }
}

fn font(weight: Weight) -> FontRef<'static> {
    let bytes = if weight == Weight::Regular { REGULAR } else { SEMI_BOLD };
    FontRef::try_from_slice(bytes).expect("the embedded fonts are fonts")
}

/// Advance in ems. A letter that the subset has not is drawn from another font by whoever shows the SVG: a full em for
/// wide ones is near enough.
fn advance(font: &FontRef<'_>, c: char) -> f64 {
    let id = font.glyph_id(c);
    if id == GlyphId(0) {
        return c.width().unwrap_or(0) as f64 * 0.55;
    }
    let em = font.units_per_em().expect("a TrueType font has an em");
    f64::from(font.h_advance_unscaled(id)) / f64::from(em)
}

/// Width of a text at this size, in the size's unit.
pub(super) fn width(text: &str, size: f64, weight: Weight) -> f64 {
    let font = font(weight);
    text.chars().map(|c| advance(&font, c)).fold(0.0, |sum, advance| sum + advance) * size
}

/// The text, cut with an ellipsis to this width.
pub(super) fn fitted(text: &str, size: f64, weight: Weight, room: f64) -> String {
    cut_by(text, |part| width(part, size, weight) <= room)
}

/// The text in at most `most` lines of this width, the last one cut at its end.
pub(super) fn lines(text: &str, size: f64, weight: Weight, room: f64, most: usize) -> Vec<String> {
    broken(text, size, weight, room, most).into_iter().map(|line| fitted(&line, size, weight, room)).collect()
}

/// A name in at most two lines, cut in the middle: the designs of a sweep differ at their ends.
pub(super) fn name_lines(text: &str, size: f64, weight: Weight, room: f64) -> Vec<String> {
    let lines = broken(text, size, weight, room, 2).into_iter();
    lines.map(|line| cut_middle_by(&line, |part| width(part, size, weight) <= room)).collect()
}

fn broken(text: &str, size: f64, weight: Weight, room: f64, most: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut words = text.split(' ').filter(|word| !word.is_empty()).peekable();
    while let Some(first) = words.next() {
        let mut line = first.to_owned();
        while let Some(word) = words.peek() {
            let longer = format!("{line} {word}");
            if lines.len() + 1 < most && width(&longer, size, weight) > room {
                break;
            }
            line = longer;
            words.next();
        }
        lines.push(line);
    }
    lines
}

/// Gives the coverage of each pixel of a text that starts at `x` and has its middle at `y`.
pub(super) fn rasterize(
    text: &str,
    size: f64,
    weight: Weight,
    (x, y): (f64, f64),
    mut dot: impl FnMut(i32, i32, f32),
) {
    let font = font(weight);
    let em = font.units_per_em().expect("a TrueType font has an em");
    // ab_glyph's scale is the height from descender to ascender, not the em.
    let scale = (size as f32) * font.height_unscaled() / em;
    let baseline = y + HALF_X_HEIGHT * size;
    let mut pen = x;
    for c in text.chars() {
        let glyph = font.glyph_id(c).with_scale_and_position(scale, point(pen as f32, baseline as f32));
        if let Some(outline) = font.outline_glyph(glyph) {
            let corner = outline.px_bounds().min;
            outline.draw(|dx, dy, coverage| {
                dot(corner.x as i32 + dx.cast_signed(), corner.y as i32 + dy.cast_signed(), coverage);
            });
        }
        pen += advance(&font, c) * size;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_are_those_of_the_font() {
        let digits = width("00", 100.0, Weight::Regular);
        assert!((digits - 2.0 * width("0", 100.0, Weight::Regular)).abs() < 1e-9);
        assert!(width("three zones", 13.0, Weight::SemiBold) > width("three zones", 13.0, Weight::Regular));
    }

    #[test]
    fn long_titles_take_two_lines_and_end_in_an_ellipsis() {
        let title = "word ".repeat(60);
        let lines = lines(&title, 20.0, Weight::SemiBold, 300.0, 2);
        assert_eq!(lines.len(), 2);
        assert!(lines[1].ends_with('…') && !lines[0].ends_with('…'));
        assert!(lines.iter().all(|line| width(line, 20.0, Weight::SemiBold) <= 300.0));
    }

    #[test]
    fn the_subset_has_every_sign_a_report_writes() {
        for weight in [Weight::Regular, Weight::SemiBold] {
            let missing: Vec<char> = "–—−×±≤≥µμ…’“”·•∞←→⁰⁹⁻₀éßñø< >&"
                .chars()
                .filter(|c| font(weight).glyph_id(*c) == GlyphId(0))
                .collect();
            assert!(missing.is_empty(), "{missing:?}");
        }
    }
}
