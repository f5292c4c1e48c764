//! Axes: from values to logical pixels, with ticks in units that people use.

use crate::random::math::ln;
use crate::report::number::{fixed, ten_to, time_unit};

const MINUTE: f64 = 60.0;
const HOUR: f64 = 3600.0;
const DAY: f64 = 86_400.0;

/// Ticks of a logarithmic axis of time.
const TIMES: [(f64, &str); 17] = [
    (1e-6, "1 µs"),
    (1e-5, "10 µs"),
    (1e-4, "0.1 ms"),
    (1e-3, "1 ms"),
    (1e-2, "10 ms"),
    (0.1, "0.1 s"),
    (1.0, "1 s"),
    (10.0, "10 s"),
    (MINUTE, "1 min"),
    (10.0 * MINUTE, "10 min"),
    (HOUR, "1 h"),
    (10.0 * HOUR, "10 h"),
    (DAY, "1 d"),
    (10.0 * DAY, "10 d"),
    (100.0 * DAY, "100 d"),
    (365.0 * DAY, "1 y"),
    (3650.0 * DAY, "10 y"),
];

/// Ticks between those, for axes that have only a few.
const BETWEEN: [(f64, &str); 16] = [
    (0.2, "0.2 s"),
    (0.5, "0.5 s"),
    (2.0, "2 s"),
    (5.0, "5 s"),
    (20.0, "20 s"),
    (30.0, "30 s"),
    (2.0 * MINUTE, "2 min"),
    (5.0 * MINUTE, "5 min"),
    (20.0 * MINUTE, "20 min"),
    (30.0 * MINUTE, "30 min"),
    (2.0 * HOUR, "2 h"),
    (5.0 * HOUR, "5 h"),
    (2.0 * DAY, "2 d"),
    (5.0 * DAY, "5 d"),
    (20.0 * DAY, "20 d"),
    (50.0 * DAY, "50 d"),
];

/// Maps values from `low..high` to `from..to`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Axis {
    pub(super) low: f64,
    pub(super) high: f64,
    pub(super) from: f64,
    pub(super) to: f64,
    pub(super) log: bool,
}

impl Axis {
    /// The place of a value; one beyond the axis is placed at its end.
    pub(super) fn at(&self, value: f64) -> f64 {
        let share = if self.log {
            (ln(value.max(f64::MIN_POSITIVE)) - ln(self.low)) / (ln(self.high) - ln(self.low))
        } else {
            (value - self.low) / (self.high - self.low)
        };
        self.from + (self.to - self.from) * share.clamp(0.0, 1.0)
    }

    /// Ticks of an axis of seconds: value and label.
    pub(super) fn times(&self) -> Vec<(f64, String)> {
        if !self.log {
            let unit = time_unit(self.high);
            let ticks = steps(self.low / unit.seconds, self.high / unit.seconds, 6);
            return ticks
                .into_iter()
                .map(|(value, label)| {
                    let label = if value == 0.0 { "0".into() } else { format!("{label} {}", unit.name) };
                    (value * unit.seconds, label)
                })
                .collect();
        }
        let mut ticks = self.decades();
        if ticks.len() < 4 {
            ticks.extend(self.inside(&BETWEEN));
            ticks.sort_by(|a, b| a.0.total_cmp(&b.0));
        }
        ticks
    }

    /// Ticks of a logarithmic axis of seconds that is short of room.
    pub(super) fn decades(&self) -> Vec<(f64, String)> {
        self.inside(&TIMES)
    }

    fn inside(&self, ticks: &[(f64, &str)]) -> Vec<(f64, String)> {
        let inside = ticks.iter().filter(|(value, _)| self.low <= *value && *value <= self.high);
        inside.map(|(value, label)| (*value, (*label).to_owned())).collect()
    }
}

/// Round values from `low` to `high`, at most about `most`, in steps of 1, 2 or 5.
pub(super) fn steps(low: f64, high: f64, most: u32) -> Vec<(f64, String)> {
    let raw = (high - low) / f64::from(most);
    let exponent: i32 =
        format!("{raw:e}").split_once('e').and_then(|(_, exponent)| exponent.parse().ok()).unwrap_or(0);
    let decade = ten_to(exponent);
    let step = [1.0, 2.0, 5.0, 10.0].into_iter().map(|part| part * decade).find(|step| *step >= raw * 0.999);
    let step = step.unwrap_or(decade * 10.0);
    let decimals = if step >= 10.0 * decade * 0.999 { -exponent - 1 } else { -exponent }.max(0);
    let first = (low / step).ceil() as i64;
    let last = (high / step * (1.0 + 1e-9)).floor() as i64;
    (first..=last)
        .map(|many| {
            let value = many as f64 * step;
            (value, if many == 0 { "0".into() } else { fixed(value, decimals) })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(low: f64, high: f64, log: bool) -> Vec<String> {
        let axis = Axis { low, high, from: 0.0, to: 100.0, log };
        axis.times().into_iter().map(|(_, label)| label).collect()
    }

    #[test]
    fn ticks_are_round_in_the_unit_of_the_axis() {
        assert_eq!(labels(0.0, 3500.0, false), ["0", "10 min", "20 min", "30 min", "40 min", "50 min"]);
        assert_eq!(labels(0.0, 14_000.0, false), ["0", "1 h", "2 h", "3 h"]);
        assert_eq!(labels(0.0, 0.9, false), ["0", "0.2 s", "0.4 s", "0.6 s", "0.8 s"]);
        assert_eq!(labels(30.0, 100_000.0, true), ["1 min", "10 min", "1 h", "10 h", "1 d"]);
    }

    #[test]
    fn a_logarithmic_axis_gives_every_factor_the_same_length() {
        let axis = Axis { low: 1.0, high: 100.0, from: 0.0, to: 200.0, log: true };
        assert!((axis.at(10.0) - 100.0).abs() < 1e-9);
        assert_eq!(axis.at(0.0), 0.0);
        assert_eq!(axis.at(1e9), 200.0);
    }
}
