//! The parameters in the text of a law: `shape 0.7`, `mean 60d`, `p95 6min`.

use super::error::LawError;
use super::piece::Piece;
use crate::units::text::{nearest, number};
use crate::units::{Duration, Probability, Rate};

/// One parameter and its place.
#[derive(Clone, Copy)]
pub(super) struct Given<'a> {
    pub what: Parameter,
    pub at: Piece<'a>,
}

/// A parameter by what it means, in the order in which families look at them.
#[derive(Clone, Copy, Debug)]
pub(super) enum Parameter {
    Shape(f64),
    Sigma(f64),
    Stages(u32),
    Scale(Duration),
    Rate(Rate),
    Mean(Duration),
    Quantile(Probability, Duration),
}

impl Parameter {
    fn rank(self) -> u32 {
        match self {
            Parameter::Shape(_) => 0,
            Parameter::Sigma(_) => 1,
            Parameter::Stages(_) => 2,
            Parameter::Scale(_) => 3,
            Parameter::Rate(_) => 4,
            Parameter::Mean(_) => 5,
            Parameter::Quantile(..) => 6,
        }
    }
}

/// The named parameters of a family, in the order of [`Parameter`].
pub(super) fn named<'a>(args: Piece<'a>, keys: &[&'static str]) -> Result<Vec<Given<'a>>, LawError> {
    let mut given = Vec::new();
    for piece in args.commas() {
        given.push(parameter(piece, keys)?);
    }
    given.sort_by_key(|given| given.what.rank());
    Ok(given)
}

/// A key and its value.
fn parameter<'a>(piece: Piece<'a>, keys: &[&'static str]) -> Result<Given<'a>, LawError> {
    let text = piece.text();
    let end = text.find(|c: char| c.is_whitespace() || c == '=').unwrap_or(text.len());
    let (key, value) = piece.split_at(end);
    // `shape = 0.7` is how a file says it elsewhere.
    let value = if value.text().starts_with('=') { value.split_at(1).1 } else { value };
    let known = keys.iter().any(|&known| known == key.text()) || percentile(key.text()).is_some();
    let allowed = || format!("{} or a percentile such as p95", keys.join(", "));
    if !known {
        if text.is_empty() || text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.')) {
            return Err(piece.error(format!("{text:?} needs a name before it: {}", allowed())));
        }
        let hint = match nearest(key.text(), keys.iter().copied()) {
            Some(near) => format!("did you mean {near:?}?"),
            None => format!("it takes {}", allowed()),
        };
        return Err(key.error(format!("{:?} is no parameter here: {hint}", key.text())));
    }
    if value.is_empty() {
        return Err(key.error(format!("{:?} needs a value after it", key.text())));
    }
    Ok(Given { what: meaning(key.text(), value)?, at: piece })
}

fn meaning(key: &str, value: Piece) -> Result<Parameter, LawError> {
    Ok(match key {
        "shape" => Parameter::Shape(positive(key, value)?),
        "sigma" => Parameter::Sigma(positive(key, value)?),
        "stages" => {
            let count = value.text().parse();
            Parameter::Stages(count.map_err(|_| value.error(format!("{:?} is not a count", value.text())))?)
        }
        "scale" => Parameter::Scale(time(value)?),
        "mean" | "mtbf" => Parameter::Mean(time(value)?),
        "rate" => Parameter::Rate(value.text().parse().map_err(|error| value.error(error))?),
        "afr" => {
            let rate = format!("afr {}", value.text()).parse();
            Parameter::Rate(rate.map_err(|error| value.error(error))?)
        }
        "median" => Parameter::Quantile(Probability::HALF, time(value)?),
        _ => {
            let p = percentile(key).expect("unknown keys are turned away before");
            Parameter::Quantile(p, time(value)?)
        }
    })
}

/// `p95`, `p99.9`: strictly between 0 and 100.
fn percentile(key: &str) -> Option<Probability> {
    let digits = key.strip_prefix('p').filter(|digits| digits.starts_with(|c: char| c.is_ascii_digit()))?;
    let p: Probability = format!("{digits}%").parse().ok()?;
    (!p.is_zero() && !p.is_one()).then_some(p)
}

/// A plain number above zero.
fn positive(key: &str, value: Piece) -> Result<f64, LawError> {
    match number(value.text()) {
        Some((x, "")) if x > 0.0 && x.is_finite() => Ok(x),
        Some((_, "")) => Err(value.error(format!("the {key} must be positive, not {:?}", value.text()))),
        _ => Err(value.error(format!("{:?} is not a plain number", value.text()))),
    }
}

/// A duration above zero.
pub(super) fn time(value: Piece) -> Result<Duration, LawError> {
    let duration = any_time(value)?;
    if duration.is_zero() {
        return Err(value.error(format!("{:?} must be longer than zero", value.text())));
    }
    Ok(duration)
}

/// A duration.
pub(super) fn any_time(value: Piece) -> Result<Duration, LawError> {
    value.text().parse().map_err(|error| value.error(error))
}
