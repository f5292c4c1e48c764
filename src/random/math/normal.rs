//! The standard normal distribution, exact in both tails.

use super::{erfc, exp, ln};

/// The chance that a standard normal variable is at most `z`.
#[inline]
pub fn normal_cdf(z: f64) -> f64 {
    0.5 * erfc(-z * std::f64::consts::FRAC_1_SQRT_2)
}

/// The density of the standard normal distribution.
#[inline]
pub fn normal_density(z: f64) -> f64 {
    // 1 / sqrt(2 pi)
    0.398_942_280_401_432_7 * exp(-0.5 * z * z)
}

/// The `z` that a standard normal variable stays below with probability `lower` and exceeds with `upper`.
///
/// The two add up to 1; both are asked for so that neither tail loses digits. Algorithm AS 241, routine PPND16, with a
/// relative accuracy of about 1e-16 (Wichura 1988, *Applied Statistics* 37(3), 477-484).
pub fn normal_quantile(lower: f64, upper: f64) -> f64 {
    let q = if lower < upper { lower - 0.5 } else { 0.5 - upper };
    if q.abs() <= 0.425 {
        let r = 0.180_625 - q * q;
        return q * ratio(&CENTER, r);
    }
    let tail = lower.min(upper);
    if tail <= 0.0 {
        return if lower < upper { f64::NEG_INFINITY } else { f64::INFINITY };
    }
    let r = (-ln(tail)).sqrt();
    let z = if r <= 5.0 { ratio(&MIDDLE, r - 1.6) } else { ratio(&FAR, r - 5.0) };
    if lower < upper { -z } else { z }
}

/// Numerator and denominator of a rational function, highest power first.
type Rational = ([f64; 8], [f64; 8]);

fn ratio((numerator, denominator): &Rational, r: f64) -> f64 {
    let horner = |coefficients: &[f64; 8]| coefficients.iter().fold(0.0, |sum, c| sum * r + c);
    horner(numerator) / horner(denominator)
}

const CENTER: Rational = (
    [
        2.509_080_928_730_122_7e3,
        3.343_057_558_358_813e4,
        6.726_577_092_700_87e4,
        4.592_195_393_154_987e4,
        1.373_169_376_550_946e4,
        1.971_590_950_306_551_3e3,
        1.331_416_678_917_843_8e2,
        3.387_132_872_796_366_5,
    ],
    [
        5.226_495_278_852_854e3,
        2.872_908_573_572_194_3e4,
        3.930_789_580_009_271e4,
        2.121_379_430_158_659_7e4,
        5.394_196_021_424_751e3,
        6.871_870_074_920_579e2,
        4.231_333_070_160_091e1,
        1.0,
    ],
);

const MIDDLE: Rational = (
    [
        7.745_450_142_783_414e-4,
        2.272_384_498_926_918_4e-2,
        2.417_807_251_774_506e-1,
        1.270_458_252_452_368_4,
        3.647_848_324_763_204_5,
        5.769_497_221_460_691,
        4.630_337_846_156_546,
        1.423_437_110_749_683_5,
    ],
    [
        1.050_750_071_644_416_9e-9,
        5.475_938_084_995_345e-4,
        1.519_866_656_361_645_7e-2,
        1.481_039_764_274_800_8e-1,
        6.897_673_349_851e-1,
        1.676_384_830_183_803_8,
        2.053_191_626_637_759,
        1.0,
    ],
);

const FAR: Rational = (
    [
        2.010_334_399_292_288_1e-7,
        2.711_555_568_743_487_6e-5,
        1.242_660_947_388_078_4e-3,
        2.653_218_952_657_612_4e-2,
        2.965_605_718_285_048_7e-1,
        1.784_826_539_917_291_3,
        5.463_784_911_164_114,
        6.657_904_643_501_103,
    ],
    [
        2.044_263_103_389_939_8e-15,
        1.421_511_758_316_446e-7,
        1.846_318_317_510_054_8e-5,
        7.868_691_311_456_133e-4,
        1.487_536_129_085_061_5e-2,
        1.369_298_809_227_358e-1,
        5.998_322_065_558_88e-1,
        1.0,
    ],
);

#[cfg(test)]
mod tests {
    use super::*;

    /// Reference values: Wichura 1988, section "Accuracy", gives z(0.25), z(0.001) and z(1e-20).
    #[test]
    fn quantiles_match_the_published_check_values() {
        assert_eq!(normal_quantile(0.25, 0.75), -0.674_489_750_196_081_7);
        assert!((normal_quantile(0.001, 0.999) + 3.090_232_306_167_813).abs() < 1e-15);
        assert!((normal_quantile(1e-20, 1.0) + 9.262_340_089_798_408).abs() < 4e-15);
        assert_eq!(normal_quantile(0.5, 0.5), 0.0);
    }

    #[test]
    fn the_quantile_inverts_the_cdf_in_both_tails() {
        for exponent in 1..300 {
            let tail: f64 = format!("3e-{exponent}").parse().unwrap();
            let z = normal_quantile(tail, 1.0 - tail);
            // A relative error e of z moves the tail by about e z^2; the roundings of quantile and erfc keep e below 9e-16.
            assert!((normal_cdf(z) / tail - 1.0).abs() < 9e-16 * (4.0 + z * z), "3e-{exponent}");
            assert_eq!(normal_quantile(1.0 - tail, tail), -z);
        }
    }
}
