//! Laws: the probability distributions of durations.
//!
//! A [`Law`] is given by what people know of it (mean, median and a percentile, AFR, MTBF, observed durations) and is drawn
//! from through its quantile function, with exactly one uniform number each time. The number counts as the probability to
//! last longer, in every law alike: a small one is a long life. So two designs that meet the same luck meet it in the same
//! direction even where their laws differ, which is what lets common random numbers reduce the variance of a comparison
//! (Law 2015, *Simulation Modeling and Analysis*, 5th ed., section 11.2).
//!
//! One file a family: definition with its source, parameters, numerics, tests. No law here is ever negative.

mod args;
mod bathtub;
mod constant;
mod curve;
mod empirical;
mod erlang;
mod error;
mod exponential;
mod gamma;
mod hyperexponential;
mod hypoexponential;
mod lognormal;
mod mixture;
mod never;
mod phase;
mod piece;
mod text;
mod triangular;
mod uniform;
mod weibull;
mod written;

#[cfg(test)]
mod identity_tests;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod text_tests;

pub use bathtub::{Bathtub, BathtubError};
pub use constant::Constant;
pub use empirical::{Empirical, EmpiricalError};
pub use erlang::{Erlang, ErlangError};
pub use error::LawError;
pub use exponential::Exponential;
pub use gamma::{Gamma, GammaError};
pub use hyperexponential::{Hyperexponential, HyperexponentialError};
pub use hypoexponential::{Hypoexponential, HypoexponentialError};
pub use lognormal::{LogNormal, LogNormalError};
pub use mixture::{Mixture, WeightsError};
pub use phase::{PhaseType, Stage};
pub use triangular::{Triangular, TriangularError};
pub use uniform::{Uniform, UniformError};
pub use weibull::{Weibull, WeibullError};

use super::{Draw, Stream};
use crate::units::{Duration, Probability, Rate, Span};
use curve::{Curve, Tails};

/// The law of a duration: a time to failure, to repair, to detect.
///
/// It is four words, cheap to clone, and the families with a closed quantile function draw without allocating. Two laws are equal when their family and parameters are,
/// however they were written; it prints the way it was written.
///
/// ```
/// use fivenines::random::{Law, Name, Purpose, StreamKey};
/// use fivenines::units::Duration;
///
/// let repair: Law = "lognormal(median 90s, p95 6min)".parse().unwrap();
/// assert_eq!(repair.to_string(), "lognormal(median 90s, p95 6min)");
/// assert!((repair.mean().unwrap().in_minutes() - 2.14).abs() < 0.01);
///
/// let key = StreamKey { seed: 1, trial: 0, name: Name::new("db/1/crash"), purpose: Purpose::Duration };
/// let span = repair.sample(&mut key.open());
/// assert!(span < Duration::hours(2.0).span());
///
/// // The same in a program, and other ways to say it.
/// assert_eq!(Law::exponential(Duration::days(60.0)), "exponential(mean 60d)".parse().unwrap());
/// assert_eq!(Law::exponential(Duration::days(60.0)), "mtbf 60d".parse().unwrap());
///
/// let error = "weibul(shape 0.7, mean 60d)".parse::<Law>().unwrap_err();
/// assert_eq!(error.range(), 0..6);
/// assert!(error.to_string().contains("did you mean \"weibull\"?"));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum Law {
    /// A constant failure rate.
    Exponential(Exponential),
    /// Wear-out or infant mortality.
    Weibull(Weibull),
    /// Mostly short, sometimes very long.
    LogNormal(LogNormal),
    /// Always the same.
    Constant(Constant),
    /// Anything between two times.
    Uniform(Uniform),
    /// Stages of one kind, not necessarily a whole number of them.
    Gamma(Gamma),
    /// Alike exponential stages, one after the other.
    Erlang(Erlang),
    /// Different exponential stages, one after the other.
    Hypoexponential(Hypoexponential),
    /// One of several exponentials.
    Hyperexponential(Hyperexponential),
    /// Shortest, likeliest, longest.
    Triangular(Triangular),
    /// One of the durations observed.
    Empirical(Empirical),
    /// One of several laws.
    Mixture(Mixture),
    /// A constant hazard for each range of ages.
    Bathtub(Bathtub),
    /// It does not happen.
    Never,
}

// No parameter is ever NaN: every constructor turns it away.
impl Eq for Law {}

impl Law {
    /// Draws a duration, with one uniform number from the stream: a small number is a long duration, in every law.
    ///
    /// [`Span::FOREVER`] for what never happens or lies beyond simulated time.
    #[inline]
    pub fn sample(&self, stream: &mut impl Draw) -> Span {
        match self {
            Law::Exponential(law) => Span::from_secs_f64(law.draw(stream)),
            _ => self.sample_other(stream.uniform()),
        }
    }

    fn sample_other(&self, u: f64) -> Span {
        match self {
            Law::Weibull(law) => Span::from_secs_f64(law.draw(u)),
            Law::LogNormal(law) => Span::from_secs_f64(law.draw(u)),
            Law::Constant(law) => Span::from_secs_f64(law.draw()),
            Law::Uniform(law) => Span::from_secs_f64(law.draw(u)),
            Law::Never => Span::FOREVER,
            _ => self.invert(u),
        }
    }

    /// Kept out of the hot path: these invert numerically or search.
    #[inline(never)]
    fn invert(&self, u: f64) -> Span {
        Span::from_secs_f64(self.curve().inverse(Tails::outlasted_by(u)))
    }

    /// Draws the remaining duration of what has already lasted `age`, with one uniform number: a small number is a
    /// long remainder. Zero where nothing lasts that long.
    pub fn sample_residual(&self, age: impl Into<Duration>, stream: &mut Stream) -> Span {
        Span::from_secs_f64(self.curve().residual(age.into().secs(), stream.uniform()))
    }

    /// The mean; nothing where it is infinite, as for what never happens.
    pub fn mean(&self) -> Option<Duration> {
        Duration::from_secs(self.curve().mean()).ok()
    }

    /// The variance in square seconds, infinite where it does not exist.
    pub fn variance(&self) -> f64 {
        self.curve().variance()
    }

    /// The standard deviation; nothing where it is infinite.
    pub fn standard_deviation(&self) -> Option<Duration> {
        Duration::from_secs(self.variance().max(0.0).sqrt()).ok()
    }

    /// The probability to have ended by `time`.
    pub fn cdf(&self, time: Duration) -> Probability {
        let curve = self.curve();
        Probability::from_sides(curve.cdf(time.secs()), curve.survival(time.secs()))
    }

    /// The probability to last longer than `time`.
    pub fn survival(&self, time: Duration) -> Probability {
        self.cdf(time).complement()
    }

    /// The smallest time by which a share `p` has ended; nothing where that is never reached.
    pub fn quantile(&self, p: Probability) -> Option<Duration> {
        let at = Tails { upper: p.complement().value(), lower: p.value() };
        Duration::from_secs(self.curve().inverse(at)).ok()
    }

    /// The probability density at `time`, per second. Jumps, as of a constant, do not show in it.
    pub fn density(&self, time: Duration) -> f64 {
        self.curve().density(time.secs())
    }

    /// The rate at which what has lasted until `time` ends then; nothing where it is infinite or nothing lasts so long.
    pub fn hazard(&self, time: Duration) -> Option<Rate> {
        Rate::from_per_sec(self.curve().hazard(time.secs())).ok()
    }

    /// The mean remaining duration of what has lasted `age`; nothing where it is infinite or nothing lasts so long.
    pub fn mean_residual(&self, age: Duration) -> Option<Duration> {
        Duration::from_secs(self.curve().mean_residual(age.secs())).ok()
    }

    /// The remaining time within which a share `p` of what has lasted `age` ends; nothing where that is never reached.
    pub fn residual_quantile(&self, age: Duration, p: Probability) -> Option<Duration> {
        Duration::from_secs(self.curve().residual(age.secs(), p.complement().value())).ok()
    }

    /// The law as exponential stages, which an exact solver can hold; nothing for a law that is none.
    pub fn phases(&self) -> Option<PhaseType> {
        match self {
            Law::Exponential(law) => Some(law.phases()),
            Law::Erlang(law) => Some(law.standard.phases()),
            Law::Hypoexponential(law) => Some(law.phases()),
            Law::Hyperexponential(law) => Some(law.phases()),
            Law::Gamma(law) => law.phases(),
            Law::Mixture(law) => law.phases(),
            // Over at once: a branch of a mixture may be.
            Law::Constant(law) if law.value().is_zero() => {
                Some(PhaseType::series([f64::INFINITY].into_iter()))
            }
            _ => None,
        }
    }

    /// True for what never happens.
    pub fn is_never(&self) -> bool {
        matches!(self, Law::Never)
    }

    /// What it is called in a file: `weibull`, `never`.
    pub fn family(&self) -> &'static str {
        match self {
            Law::Exponential(_) => "exponential",
            Law::Weibull(_) => "weibull",
            Law::LogNormal(_) => "lognormal",
            Law::Constant(_) => "constant",
            Law::Uniform(_) => "uniform",
            Law::Gamma(_) => "gamma",
            Law::Erlang(_) => "erlang",
            Law::Hypoexponential(_) => "hypoexponential",
            Law::Hyperexponential(_) => "hyperexponential",
            Law::Triangular(_) => "triangular",
            Law::Empirical(_) => "empirical",
            Law::Mixture(_) => "mixture",
            Law::Bathtub(_) => "bathtub",
            Law::Never => "never",
        }
    }

    fn curve(&self) -> &dyn Curve {
        match self {
            Law::Exponential(law) => law,
            Law::Weibull(law) => law,
            Law::LogNormal(law) => law,
            Law::Constant(law) => law,
            Law::Uniform(law) => law,
            Law::Gamma(law) => &law.standard,
            Law::Erlang(law) => &law.standard,
            Law::Hypoexponential(law) => law,
            Law::Hyperexponential(law) => law,
            Law::Triangular(law) => law,
            Law::Empirical(law) => law,
            Law::Mixture(law) => law,
            Law::Bathtub(law) => law,
            Law::Never => &never::Never,
        }
    }
}
