//! Stub.
use super::{Stream, math};
use crate::units::{Duration, Span};
#[derive(Clone, Debug, PartialEq)]
pub enum Law {
    Exponential { mean: f64 },
    Constant(f64),
    Never,
    X(f64, f64, f64),
}
#[derive(Clone, Debug)]
pub struct PhaseType {
    pub start: Vec<(f64, usize)>,
    pub stages: Vec<Stage>,
}
#[derive(Clone, Debug)]
pub struct Stage {
    pub rate: f64,
    pub next: Option<usize>,
}
impl std::fmt::Display for Law {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{self:?}")
    }
}
impl Law {
    pub const NEVER: Law = Law::Never;
    pub const INSTANT: Law = Law::Constant(0.0);
    pub fn exponential(mean: Duration) -> Law {
        Law::Exponential { mean: mean.secs() }
    }
    #[inline]
    pub fn sample(&self, stream: &mut Stream) -> Span {
        match self {
            Law::Exponential { mean } => Span::from_secs_f64(mean * -math::ln(stream.uniform())),
            Law::Constant(c) => Span::from_secs_f64(*c),
            Law::X(a, b, c) => Span::from_secs_f64(a * b * c),
            Law::Never => Span::FOREVER,
        }
    }
    pub fn phases(&self) -> Option<PhaseType> {
        match self {
            Law::Exponential { mean } => Some(PhaseType {
                start: vec![(1.0, 0)],
                stages: vec![Stage { rate: 1.0 / mean, next: None }],
            }),
            _ => None,
        }
    }
}
impl serde::Serialize for Law {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}
