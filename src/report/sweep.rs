//! A sweep as curves: downtime over the values of one key of the file, and where it bends.

use std::collections::BTreeSet;

use super::number::{Known, YEAR, duration, known, share};
use super::text::printable;
use super::words::told;
use crate::experiment::{DesignResult, Figure, Results};
use crate::random::Law;
use crate::random::math::ln;
use crate::units::{Duration, Probability};

/// Fewer values than this are designs to be named, and no curve.
const LEAST: usize = 3;
/// A curve bends where it lies at least this share of its height below the straight line between its ends: less is the
/// shape of the axes (Satopää and others, *Finding a "Kneedle" in a Haystack*, ICDCSW 2011, section III).
const BEND: f64 = 0.1;

/// What the values of a key are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Scale {
    Number,
    /// In seconds; of a law its mean.
    Time,
    Share,
}

/// Downtime over the values of a key, a curve for each of the other things that designs differ in.
pub(super) struct Sweep<'a> {
    /// The key, such as `service.db.replicas`.
    pub path: &'a str,
    pub scale: Scale,
    pub curves: Vec<Curve<'a>>,
    /// Downtime a year that the objective allows, if there is one.
    pub allowed: Option<f64>,
}

pub(super) struct Curve<'a> {
    /// What its designs have in common; nothing where there is one curve.
    pub label: String,
    /// By value.
    pub points: Vec<Spot<'a>>,
}

/// A design at its place of the sweep.
pub(super) struct Spot<'a> {
    pub x: f64,
    /// The value as it was written.
    pub value: &'a str,
    pub design: &'a DesignResult,
    /// Downtime a year in seconds.
    pub down: Figure,
}

impl Spot<'_> {
    /// Downtime a year; its bound, where only that is known.
    pub(super) fn height(&self) -> f64 {
        if known(&self.down) == Known::AtMost { self.down.upper } else { self.down.value }
    }
}

fn read(value: &str) -> Option<(Scale, f64)> {
    if let Ok(number) = value.parse::<f64>() {
        return number.is_finite().then_some((Scale::Number, number));
    }
    if value.ends_with('%') {
        return value.parse::<Probability>().ok().map(|share| (Scale::Share, share.value()));
    }
    let law = || value.parse::<Law>().ok().and_then(|law| law.mean());
    let time = value.parse::<Duration>().ok().or_else(law)?;
    (!time.span().is_forever()).then_some((Scale::Time, time.secs()))
}

/// The sweep of the results: that of the key with the most values, of keys that every design sets to something that has
/// a size.
pub(super) fn sweep(results: &Results) -> Option<Sweep<'_>> {
    let first = results.designs.first()?;
    let axes = first.set.iter().filter_map(|(path, _)| {
        let spots: Vec<(Scale, Spot<'_>)> =
            results.designs.iter().map(|design| spot(design, path)).collect::<Option<_>>()?;
        let scales: BTreeSet<Scale> = spots.iter().map(|spot| spot.0).collect();
        let values: BTreeSet<&str> = spots.iter().map(|spot| spot.1.value).collect();
        (scales.len() == 1 && values.len() >= LEAST).then_some((values.len(), path, spots))
    });
    // The first of several with as many values.
    let (_, path, spots) = axes.fold(None, |best: Option<(usize, _, _)>, axis| match best {
        Some(best) if best.0 >= axis.0 => Some(best),
        _ => Some(axis),
    })?;
    let scale = spots.first()?.0;
    let mut curves: Vec<Curve<'_>> = Vec::new();
    for (_, spot) in spots {
        let label = label(spot.design, path, spot.value);
        match curves.iter_mut().find(|curve| curve.label == label) {
            Some(curve) => curve.points.push(spot),
            None => curves.push(Curve { label, points: vec![spot] }),
        }
    }
    curves.iter_mut().for_each(|curve| curve.points.sort_by(|a, b| a.x.total_cmp(&b.x)));
    curves.retain(|curve| curve.points.len() >= LEAST);
    let allowed = results.objective.as_ref().map(|objective| (1.0 - objective.availability) * YEAR);
    (!curves.is_empty()).then_some(Sweep { path, scale, curves, allowed })
}

fn spot<'a>(design: &'a DesignResult, path: &str) -> Option<(Scale, Spot<'a>)> {
    let (_, value) = design.set.iter().find(|(other, _)| other == path)?;
    let (scale, x) = read(value)?;
    let down = told(&design.service, &design.service.downtime_s_per_year);
    Some((scale, Spot { x, value, design, down }))
}

/// A design's name without its place on the axis.
fn label(design: &DesignResult, path: &str, value: &str) -> String {
    let short = path.split_once('.').map_or(path, |(_, rest)| rest);
    let place = [path, short].map(|key| format!("{key} = {value}"));
    let parts = design.name.split(", ").filter(|part| !place.iter().any(|place| place == part));
    parts.collect::<Vec<_>>().join(", ")
}

impl Curve<'_> {
    /// The point at which the curve bends: the one that lies furthest below the straight line between the ends, in the
    /// coordinates of the plot. Nothing where it hardly bends, or bends the other way.
    pub(super) fn knee(&self, across: fn(f64) -> f64, upright: fn(f64) -> f64) -> Option<usize> {
        let (first, last) = (self.points.first()?, self.points.last()?);
        let place = |spot: &Spot<'_>| (across(spot.x), upright(spot.height()));
        let ((x0, y0), (x1, y1)) = (place(first), place(last));
        let (wide, high) = (x1 - x0, y1 - y0);
        if !(wide.is_finite() && high.is_finite()) || wide <= 0.0 || high == 0.0 {
            return None;
        }
        let below = |spot: &Spot<'_>| {
            let (x, y) = place(spot);
            (y0 + high * (x - x0) / wide - y) / high.abs()
        };
        let inner = self.points.iter().enumerate().take(self.points.len() - 1).skip(1);
        let (at, depth) = inner
            .map(|(at, spot)| (at, below(spot)))
            .fold((0, 0.0), |best, next| if next.1 > best.1 { next } else { best });
        (depth >= BEND).then_some(at)
    }
}

/// The natural logarithm, as an axis has it.
pub(super) fn logarithm(value: f64) -> f64 {
    ln(value.max(f64::MIN_POSITIVE))
}

pub(super) fn as_is(value: f64) -> f64 {
    value
}

/// Values that span more than this factor are on a logarithmic axis.
pub(super) const WIDE: f64 = 20.0;

/// Whether these are on a logarithmic axis.
pub(super) fn is_wide(values: impl Iterator<Item = f64> + Clone) -> bool {
    let high = values.clone().fold(0.0, f64::max);
    let low = values.fold(high, f64::min);
    low > 0.0 && high / low > WIDE
}

impl Sweep<'_> {
    /// Whether its key, and the downtime, are on logarithmic axes.
    pub(super) fn logarithmic(&self) -> (bool, bool) {
        let spots = || self.curves.iter().flat_map(|curve| &curve.points);
        (is_wide(spots().map(|spot| spot.x)), is_wide(spots().map(Spot::height).chain(self.allowed)))
    }

    /// Where each curve bends.
    pub(super) fn knees(&self) -> Vec<Option<usize>> {
        let axis = |log: bool| -> fn(f64) -> f64 { if log { logarithm } else { as_is } };
        let (across, upright) = self.logarithmic();
        self.curves.iter().map(|curve| curve.knee(axis(across), axis(upright))).collect()
    }

    /// What bends where, a sentence for each curve.
    pub(super) fn sentences(&self) -> Vec<String> {
        let told = self.curves.iter().zip(self.knees()).map(|(curve, knee)| {
            let of = match curve.label.as_str() {
                "" => String::new(),
                label => format!("“{}”: ", printable(label)),
            };
            let path = printable(self.path);
            let (first, last) = (curve.points.first(), curve.points.last());
            let (Some(first), Some(last)) = (first, last) else { return String::new() };
            let value = |spot: &Spot<'_>| printable(spot.value);
            let down = |spot: &Spot<'_>| duration(spot.height());
            match knee.map(|at| &curve.points[at]) {
                None => format!(
                    "{of}from {path} = {} to {} the downtime goes from {}/y to {}/y, without a bend.",
                    value(first),
                    value(last),
                    down(first),
                    down(last)
                ),
                Some(knee) => format!(
                    "{of}the downtime bends at {path} = {}: from {} to {} it goes from {}/y to {}/y, from there to {} to \
                     {}/y.",
                    value(knee),
                    value(first),
                    value(knee),
                    down(first),
                    down(knee),
                    value(last),
                    down(last)
                ),
            }
        });
        told.collect()
    }

    /// A value of its key, for an axis.
    pub(super) fn shown(&self, x: f64) -> String {
        match self.scale {
            Scale::Number => super::number::fixed(x, if x.fract() == 0.0 { 0 } else { 2 }),
            Scale::Time => Duration::seconds(x).to_string(),
            Scale::Share => share(x),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_numbers_times_or_shares() {
        assert_eq!(read("3"), Some((Scale::Number, 3.0)));
        assert_eq!(read("30s"), Some((Scale::Time, 30.0)));
        assert_eq!(read("exponential(mean 2min)"), Some((Scale::Time, 120.0)));
        assert_eq!(read("99%"), Some((Scale::Share, 0.99)));
        assert_eq!(read("zone"), None);
        assert_eq!(read("never"), None);
    }
}
