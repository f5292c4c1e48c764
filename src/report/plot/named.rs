//! Names of points in a plane, each where it touches nothing else.

use super::font::{Weight, fitted};
use super::frame::{LABEL, MARGIN, label_width};
use super::sheet::{Anchor, Color, Point, Sheet, WIDTH};
use crate::report::text::printable;

/// Height of a name.
const LINE: f64 = 17.0;
/// Widest name, in logical pixels.
const NAME: f64 = 220.0;

/// A point that has a name.
pub(super) struct Named<'a> {
    pub at: Point,
    pub name: &'a str,
    pub color: Color,
}

/// Writes names between `top` and `bottom`, beside the boxes that are taken by something else.
pub(super) fn names(sheet: &mut Sheet, points: &[Named<'_>], mut taken: Vec<[f64; 4]>, (top, bottom): Point) {
    for point in points {
        let text = fitted(&printable(point.name), LABEL, Weight::Regular, NAME);
        let wide = label_width(&text);
        let place = places(point.at, wide).into_iter().find(|(start, middle)| {
            let name = [*start, middle - LINE / 2.0, start + wide, middle + LINE / 2.0];
            let inside =
                name[0] >= MARGIN && name[2] <= WIDTH - MARGIN && name[1] >= top - 12.0 && name[3] <= bottom;
            inside && !taken.iter().any(|other| touch(name, *other))
        });
        // A name without a free place would be unreadable, and spoil another.
        let Some((start, middle)) = place else { continue };
        taken.push([start, middle - LINE / 2.0, start + wide, middle + LINE / 2.0]);
        sheet.label((start, middle), text, point.color, Anchor::Start);
    }
}

/// Where a name may stand, the best place first: its start and its middle.
fn places((x, y): Point, wide: f64) -> Vec<Point> {
    // Off the level of the point, where lines and bars run.
    let mut places = Vec::new();
    for step in 0..6 {
        let dy = 12.0 + f64::from(step) * 9.0;
        for start in [x + 8.0, x - 8.0 - wide, x - wide / 2.0] {
            places.extend([(start, y - dy), (start, y + dy)]);
        }
        if step == 1 {
            places.extend([(x + 11.0, y), (x - 11.0 - wide, y)]);
        }
    }
    places
}

fn touch(one: [f64; 4], other: [f64; 4]) -> bool {
    one[0] < other[2] && other[0] < one[2] && one[1] < other[3] && other[1] < one[3]
}
