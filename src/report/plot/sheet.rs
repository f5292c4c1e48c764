//! A sheet of shapes in logical pixels, and how it is painted on any of plotters' backends.
//!
//! Plots are laid out by hand rather than with plotters' charts: names of 40 characters, legends outside the data and
//! logarithmic axes in units of time need the widths of texts, and plotters' own logarithmic axes use the platform's
//! `ln`, so that a plot's bytes would depend on the platform.

use plotters::prelude::{Color as _, DrawingBackend, RGBColor, ShapeStyle};

use super::font::{Weight, width};

/// Backend units in a logical pixel: quarter pixels in SVG, room for smoothing in bitmaps.
pub(super) const SCALE: u32 = 4;
/// Width of every plot, in logical pixels.
pub(super) const WIDTH: f64 = 960.0;

/// A color; the page knows these by their value and exchanges those of the paper and the ink in the dark.
pub(super) type Color = RGBColor;

/// A place in logical pixels.
pub(super) type Point = (f64, f64);

/// Where a text's place is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// A text, vertically centered on its small letters.
#[derive(Clone, Debug)]
pub(super) struct Text {
    pub(super) at: Point,
    pub(super) text: String,
    pub(super) size: f64,
    pub(super) weight: Weight,
    pub(super) color: Color,
    pub(super) anchor: Anchor,
}

impl Text {
    /// Where it starts and ends.
    pub(super) fn extent(&self) -> (f64, f64) {
        let wide = width(&self.text, self.size, self.weight);
        let start = match self.anchor {
            Anchor::Start => self.at.0,
            Anchor::Middle => self.at.0 - wide / 2.0,
            Anchor::End => self.at.0 - wide,
        };
        (start, start + wide)
    }
}

/// What is painted.
#[derive(Clone, Debug)]
pub(super) enum Shape {
    Line { from: Point, to: Point, color: Color, width: f64, dash: Option<f64> },
    Path { points: Vec<Point>, color: Color, width: f64 },
    Rect { from: Point, to: Point, color: Color },
    Disc { center: Point, radius: f64, color: Color },
    Polygon { points: Vec<Point>, color: Color },
    Text(Text),
}

/// Shapes in the order of painting, and the height they need.
#[derive(Clone, Debug)]
pub(super) struct Sheet {
    pub(super) title: String,
    pub(super) height: f64,
    shapes: Vec<Shape>,
}

impl Sheet {
    /// An empty sheet of this height.
    pub(super) fn new(title: &str, height: f64) -> Sheet {
        Sheet { title: title.to_owned(), height, shapes: Vec::new() }
    }

    pub(super) fn line(&mut self, from: Point, to: Point, color: Color, width: f64) {
        self.shapes.push(Shape::Line { from, to, color, width, dash: None });
    }

    pub(super) fn dashed(&mut self, from: Point, to: Point, color: Color, width: f64) {
        self.shapes.push(Shape::Line { from, to, color, width, dash: Some(4.0) });
    }

    pub(super) fn path(&mut self, points: Vec<Point>, color: Color, width: f64) {
        self.shapes.push(Shape::Path { points, color, width });
    }

    pub(super) fn rect(&mut self, from: Point, to: Point, color: Color) {
        self.shapes.push(Shape::Rect { from, to, color });
    }

    pub(super) fn disc(&mut self, center: Point, radius: f64, color: Color) {
        self.shapes.push(Shape::Disc { center, radius, color });
    }

    /// A ring: a disc with the paper showing through.
    pub(super) fn ring(&mut self, center: Point, radius: f64, color: Color, paper: Color) {
        self.disc(center, radius, color);
        self.disc(center, radius - 1.5, paper);
    }

    pub(super) fn polygon(&mut self, points: Vec<Point>, color: Color) {
        self.shapes.push(Shape::Polygon { points, color });
    }

    pub(super) fn text(&mut self, text: Text) {
        if !text.text.is_empty() {
            let (start, end) = text.extent();
            debug_assert!(start >= 0.0 && end <= WIDTH, "{:?} leaves the sheet: {start} to {end}", text.text);
            self.shapes.push(Shape::Text(text));
        }
    }

    /// Size in backend units.
    pub(super) fn size(&self) -> (u32, u32) {
        ((WIDTH as u32) * SCALE, (self.height.ceil() as u32) * SCALE)
    }
}

/// Backend units of a logical length.
pub(super) fn units(x: f64) -> i32 {
    (x * f64::from(SCALE)).round() as i32
}

/// Backend coordinates of a place.
pub(super) fn place((x, y): Point) -> (i32, i32) {
    (units(x), units(y))
}

fn style(color: Color, width: f64) -> ShapeStyle {
    ShapeStyle { color: color.to_rgba(), filled: true, stroke_width: units(width).max(1).unsigned_abs() }
}

const IN_MEMORY: &str = "painting in memory cannot fail";

/// Paints the sheet on paper with a backend in memory; `write` paints a text, which is where backends differ.
pub(super) fn paint<DB: DrawingBackend>(
    sheet: &Sheet,
    backend: &mut DB,
    paper: Color,
    write: impl Fn(&mut DB, &Text),
) {
    backend.ensure_prepared().expect(IN_MEMORY);
    let (width, height) = sheet.size();
    let corner = (width.cast_signed(), height.cast_signed());
    backend.draw_rect((0, 0), corner, &style(paper, 1.0), true).expect(IN_MEMORY);
    for shape in &sheet.shapes {
        match shape {
            Shape::Text(text) => write(backend, text),
            shape => paint_shape(shape, backend),
        }
    }
    backend.present().expect(IN_MEMORY);
}

fn paint_shape<DB: DrawingBackend>(shape: &Shape, backend: &mut DB) {
    let painted = match shape {
        Shape::Line { from, to, color, width, dash: None } => {
            backend.draw_line(place(*from), place(*to), &style(*color, *width))
        }
        Shape::Line { from, to, color, width, dash: Some(dash) } => {
            // All dashed lines are upright or level.
            let length = (to.0 - from.0).abs() + (to.1 - from.1).abs();
            let along = |at: f64| {
                let share = at.min(length) / length.max(1e-9);
                (from.0 + (to.0 - from.0) * share, from.1 + (to.1 - from.1) * share)
            };
            let mut at = 0.0;
            while at < length {
                let line =
                    backend.draw_line(place(along(at)), place(along(at + dash)), &style(*color, *width));
                line.expect(IN_MEMORY);
                at += dash * 1.75;
            }
            Ok(())
        }
        Shape::Path { points, color, width } => {
            let mut places: Vec<(i32, i32)> = points.iter().map(|point| place(*point)).collect();
            places.dedup();
            backend.draw_path(places, &style(*color, *width))
        }
        Shape::Rect { from, to, color } => {
            backend.draw_rect(place(*from), place(*to), &style(*color, 1.0), true)
        }
        Shape::Disc { center, radius, color } => {
            backend.draw_circle(place(*center), units(*radius).unsigned_abs(), &style(*color, 1.0), true)
        }
        Shape::Polygon { points, color } => backend
            .fill_polygon(points.iter().map(|point| place(*point)).collect::<Vec<_>>(), &style(*color, 1.0)),
        Shape::Text(_) => Ok(()),
    };
    painted.expect(IN_MEMORY);
}
