//! Transcendental functions with the same bits on every platform: the only door to `libm`.
//!
//! The platform's own functions differ in the last bit from one libc to the next (7 to 10% of arguments), and
//! a last bit is enough to order two events differently. Nothing else in the crate may call them; `clippy.toml`
//! holds that.

mod incomplete_gamma;
mod logarithm;
mod normal;

pub use incomplete_gamma::{gamma_sides, gamma_term};
pub use normal::{normal_cdf, normal_density, normal_quantile};

/// Natural logarithm.
#[inline]
pub fn ln(x: f64) -> f64 {
    logarithm::ln(x)
}

/// Natural logarithm of a number that is known to be positive, finite and not subnormal.
#[inline]
pub fn ln_normal(x: f64) -> f64 {
    logarithm::ln_normal(x)
}

/// `ln(1 + x)`, accurate for small `x`.
#[inline]
pub fn ln_1p(x: f64) -> f64 {
    libm::log1p(x)
}

/// Base-10 logarithm.
#[inline]
pub fn log10(x: f64) -> f64 {
    libm::log10(x)
}

/// Base-2 logarithm.
#[inline]
pub fn log2(x: f64) -> f64 {
    libm::log2(x)
}

/// `e` to the power of `x`.
#[inline]
pub fn exp(x: f64) -> f64 {
    libm::exp(x)
}

/// `e^x - 1`, accurate for small `x`.
#[inline]
pub fn exp_m1(x: f64) -> f64 {
    libm::expm1(x)
}

/// `x` to the power of `y`.
#[inline]
pub fn pow(x: f64, y: f64) -> f64 {
    libm::pow(x, y)
}

/// Logarithm of the gamma function, for `x > 0`.
#[inline]
pub fn ln_gamma(x: f64) -> f64 {
    libm::lgamma(x)
}

/// The gamma function.
#[inline]
pub fn gamma(x: f64) -> f64 {
    libm::tgamma(x)
}

/// Error function.
#[inline]
pub fn erf(x: f64) -> f64 {
    libm::erf(x)
}

/// Complementary error function, accurate in the upper tail.
#[inline]
pub fn erfc(x: f64) -> f64 {
    libm::erfc(x)
}
