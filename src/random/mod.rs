//! Named random streams and laws: the only door to `rand` and `libm`.

mod binomial;
pub mod law;
pub mod math;
mod name;
mod rhythm;
mod stream;

pub use binomial::binomial;
pub use law::{
    Bathtub, BathtubError, Constant, Empirical, EmpiricalError, Erlang, ErlangError, Exponential, Gamma,
    GammaError, Hyperexponential, HyperexponentialError, Hypoexponential, HypoexponentialError, Law,
    LawError, LogNormal, LogNormalError, Mixture, PhaseType, Stage, Triangular, TriangularError, Uniform,
    UniformError, Weibull, WeibullError, WeightsError,
};
pub use name::Name;
pub(crate) use rhythm::Rhythm;
pub use stream::{Draw, Purpose, Stream, StreamKey};
pub(crate) use stream::{Foreseen, UNFORESEEN};
