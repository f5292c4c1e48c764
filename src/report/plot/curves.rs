//! Lines of data that lie over each other: none hides another.

use super::sheet::{Color, Point, Sheet};

/// Length of a dash.
const DASH: f64 = 9.0;

/// Lines drawn so far, all of one width.
pub(super) struct Curves {
    width: f64,
    drawn: Vec<Vec<Point>>,
}

impl Curves {
    pub fn new(width: f64) -> Curves {
        Curves { width, drawn: Vec::new() }
    }

    /// Draws another line; with gaps through which those below show where it would hide any: the more, the wider.
    pub fn draw(&mut self, sheet: &mut Sheet, points: Vec<Point>, color: Color) {
        if points.is_empty() {
            return;
        }
        match self.drawn.iter().filter(|line| covers(&points, line)).count() {
            0 => sheet.path(points.clone(), color, self.width),
            hidden => {
                let gap = DASH * hidden as f64;
                dashes(&points, gap).into_iter().for_each(|dash| sheet.path(dash, color, self.width));
            }
        }
        self.drawn.push(points);
    }
}

/// Whether a line would hide another: most of the other's points lie within a pixel and a half of it.
fn covers(line: &[Point], other: &[Point]) -> bool {
    let near = |point: &&Point| line.windows(2).any(|ends| distance(**point, (ends[0], ends[1])) < 1.5);
    !other.is_empty() && 10 * other.iter().filter(near).count() >= 7 * other.len()
}

/// From a point to a piece of a line.
fn distance((x, y): Point, ((x1, y1), (x2, y2)): (Point, Point)) -> f64 {
    let (dx, dy) = (x2 - x1, y2 - y1);
    let length = dx * dx + dy * dy;
    let at = if length > 0.0 { (((x - x1) * dx + (y - y1) * dy) / length).clamp(0.0, 1.0) } else { 0.0 };
    let (ox, oy) = (x - x1 - at * dx, y - y1 - at * dy);
    (ox * ox + oy * oy).sqrt()
}

/// The dashes of a line, with gaps of this length.
fn dashes(points: &[Point], gap: f64) -> Vec<Vec<Point>> {
    let mut dashes = Vec::new();
    let (mut dash, mut left, mut on) = (vec![points[0]], DASH, true);
    for ends in points.windows(2) {
        let ((mut x, mut y), (x2, y2)) = (ends[0], ends[1]);
        let mut length = ((x2 - x) * (x2 - x) + (y2 - y) * (y2 - y)).sqrt();
        while length > left {
            (x, y) = (x + (x2 - x) * left / length, y + (y2 - y) * left / length);
            length -= left;
            dash.push((x, y));
            let done = std::mem::replace(&mut dash, vec![(x, y)]);
            dashes.extend(on.then_some(done));
            (left, on) = (if on { gap } else { DASH }, !on);
        }
        left -= length;
        dash.push((x2, y2));
    }
    dashes.extend(on.then_some(dash));
    dashes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_would_hide_another_is_told_and_leaves_gaps() {
        let line = [(0.0, 0.0), (50.0, 0.0), (50.0, 40.0), (100.0, 40.0)];
        let beside = line.map(|(x, y)| (x, y + 1.0));
        let apart = line.map(|(x, y)| (x, y + 10.0));
        assert!(covers(&line, &beside) && !covers(&line, &apart));
        let length = |points: &Vec<Point>| {
            let piece = |ends: &[Point]| {
                let (dx, dy) = (ends[1].0 - ends[0].0, ends[1].1 - ends[0].1);
                (dx * dx + dy * dy).sqrt()
            };
            points.windows(2).map(piece).sum::<f64>()
        };
        let drawn: f64 = dashes(&line, DASH).iter().map(length).sum();
        assert!((drawn / 140.0 - 0.5).abs() < 0.05, "{drawn} of 140");
    }
}
