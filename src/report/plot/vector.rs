//! SVG: texts stay texts, so that they can be searched and are sharp at any size.

use plotters::prelude::{DrawingBackend, FontStyle, SVGBackend, TextStyle};
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::font::{FAMILY, HALF_X_HEIGHT, Weight, faces};
use super::palette::PAPER;
use super::sheet::{Anchor, SCALE, Sheet, Text, WIDTH, paint, place};
use crate::report::text::printable;

/// plotters-svg writes `font-size` as the size over this.
const FONT_RATIO: f64 = 1.24;

/// plotters-svg puts the baseline this far below a text's top, in ems.
const TOP_TO_BASELINE: f64 = 0.76;

/// Fonts for programs that do not read the embedded one, the ones nearest in width first.
const FAMILIES: &str = "Inter, 'Helvetica Neue', Arial, 'Liberation Sans', sans-serif";

/// The sheet as a file of SVG, which carries its fonts.
pub(super) fn file(sheet: &Sheet) -> String {
    let text = svg(sheet);
    let semi_bold = text.contains("font-weight=\"600\"");
    text.replacen("</title>\n", &format!("</title>\n<style>\n{}</style>\n", faces(semi_bold)), 1)
}

/// The sheet as SVG for a page that has the fonts.
pub(super) fn svg(sheet: &Sheet) -> String {
    let mut text = String::new();
    {
        let mut backend = SVGBackend::with_string(&mut text, sheet.size());
        paint(sheet, &mut backend, PAPER, write);
    }
    finished(&text, sheet)
}

fn write(backend: &mut SVGBackend<'_>, text: &Text) {
    let weight = if text.weight == Weight::Regular { FontStyle::Normal } else { FontStyle::Bold };
    let anchor = match text.anchor {
        Anchor::Start => HPos::Left,
        Anchor::Middle => HPos::Center,
        Anchor::End => HPos::Right,
    };
    let size = text.size * f64::from(SCALE) * FONT_RATIO;
    // plotters centers by `ex`, which renderers take from whatever font they fall back to; its top anchor is in ems.
    let top = (text.at.0, text.at.1 + (HALF_X_HEIGHT - TOP_TO_BASELINE) * text.size);
    let style = TextStyle::from((FAMILY, size, weight)).color(&text.color).pos(Pos::new(anchor, VPos::Top));
    backend.draw_text(&text.text, &style, place(top)).expect("writing in memory cannot fail");
}

/// What plotters cannot say: the size on the page, a title for those who cannot see, and the other fonts.
fn finished(text: &str, sheet: &Sheet) -> String {
    // Texts are escaped and have no bare quotation marks, so that these replacements only meet attributes.
    let (width, height) = sheet.size();
    let title = printable(&sheet.title).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    text.replacen(
        &format!("<svg width=\"{width}\" height=\"{height}\""),
        &format!("<svg width=\"{WIDTH}\" height=\"{}\" role=\"img\"", sheet.height.ceil()),
        1,
    )
    .replacen(">\n", &format!(">\n<title>{title}</title>\n"), 1)
    .replace(" opacity=\"1\"", "")
    .replace(" stroke=\"none\"", "")
    .replace("font-family=\"Inter\"", &format!("font-family=\"{FAMILIES}\""))
    .replace("font-weight=\"bold\"", "font-weight=\"600\"")
}
