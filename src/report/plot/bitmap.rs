//! Bitmaps: painted four times as large as shown, then made half as large, which smooths every edge.

use plotters::prelude::{BitMapBackend, Color as _, DrawingBackend};

use super::font::rasterize;
use super::palette::PAPER;
use super::sheet::{SCALE, Sheet, Text, paint};

/// Pixels of the bitmap in a logical pixel: sharp on screens of twice the density, and in print.
const DENSITY: u32 = 2;

/// The sheet as a PNG.
pub(super) fn png(sheet: &Sheet) -> Vec<u8> {
    let (wide, high) = sheet.size();
    let mut large = vec![0; wide as usize * high as usize * 3];
    {
        let mut backend = BitMapBackend::with_buffer(&mut large, (wide, high));
        paint(sheet, &mut backend, PAPER, write);
    }
    let shrink = (SCALE / DENSITY) as usize;
    let (small_wide, small_high) = (wide as usize / shrink, high as usize / shrink);
    let small = smaller(&large, wide as usize, (small_wide, small_high), shrink);
    encoded(&small, small_wide, small_high)
}

/// Averages squares of `shrink` pixels.
fn smaller(large: &[u8], stride: usize, (wide, high): (usize, usize), shrink: usize) -> Vec<u8> {
    let mut small = Vec::with_capacity(wide * high * 3);
    for y in 0..high {
        for x in 0..wide {
            for channel in 0..3 {
                let square = (0..shrink).flat_map(|dy| (0..shrink).map(move |dx| (dx, dy)));
                let total = square.fold(0, |total, (dx, dy)| {
                    total + u32::from(large[((y * shrink + dy) * stride + x * shrink + dx) * 3 + channel])
                });
                let many = (shrink * shrink) as u32;
                small.push(((total + many / 2) / many) as u8);
            }
        }
    }
    small
}

fn encoded(rgb: &[u8], wide: usize, high: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, wide as u32, high as u32);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Default);
    encoder.set_adaptive_filter(png::AdaptiveFilterType::Adaptive);
    let per_metre = 96 * DENSITY * 10_000 / 254;
    encoder.set_pixel_dims(Some(png::PixelDimensions {
        xppu: per_metre,
        yppu: per_metre,
        unit: png::Unit::Meter,
    }));
    let mut writer = encoder.write_header().expect("memory takes a header");
    writer.write_image_data(rgb).expect("memory takes the image, which has the size announced");
    drop(writer);
    bytes
}

/// Writes a text letter by letter: plotters' own way drops the space before a letter and rounds each to a pixel.
fn write(backend: &mut BitMapBackend<'_>, text: &Text) {
    let scale = f64::from(SCALE);
    let (start, _) = text.extent();
    rasterize(
        &text.text,
        text.size * scale,
        text.weight,
        (start * scale, text.at.1 * scale),
        |x, y, coverage| {
            let color = text.color.mix(f64::from(coverage.clamp(0.0, 1.0))).to_backend_color();
            backend.draw_pixel((x, y), color).expect("painting in memory cannot fail");
        },
    );
}
