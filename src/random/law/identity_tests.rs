//! Laws that must be one another, parameters that must come back out, and draws that must never change.

use super::Law;
use crate::random::math::{exp, ln};
use crate::random::{Name, Purpose, Stream, StreamKey};
use crate::units::{Duration, Probability, Rate, Span};
use proptest::prelude::*;

fn law(text: &str) -> Law {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn stream() -> Stream {
    StreamKey { seed: 1, trial: 2, name: Name::new("a/disk"), purpose: Purpose::Duration }.open()
}

fn close(got: f64, want: f64, tolerance: f64) {
    assert!((got - want).abs() <= tolerance * want.abs(), "{got} is not {want}");
}

/// The draws of two laws from the same numbers, which may differ by roundings: 1e-13 of themselves and a microsecond.
fn draw_alike(one: &Law, other: &Law) {
    let (mut a, mut b) = (stream(), stream());
    for _ in 0..200 {
        let (a, b) = (one.sample(&mut a).as_secs_f64(), other.sample(&mut b).as_secs_f64());
        assert!((a - b).abs() <= 1e-13 * a + 1.1e-6, "{one} draws {a}, {other} draws {b}");
    }
}

#[test]
fn many_laws_of_one_stage_are_the_exponential() {
    let exponential = law("exponential(mean 3h)");
    for other in [
        "weibull(shape 1, scale 3h)",
        "weibull(shape 1, mean 3h)",
        "gamma(shape 1, mean 3h)",
        "erlang(stages 1, mean 3h)",
        "hypoexponential(3h)",
        "hyperexponential(30% mean 3h, 70% mean 3h)",
        "mixture(100% mean 3h)",
        "bathtub(1 per 3h until 1h, 1 per 3h)",
    ] {
        draw_alike(&exponential, &law(other));
    }
}

#[test]
fn families_agree_where_they_overlap() {
    draw_alike(&law("gamma(shape 4, mean 3h)"), &law("erlang(stages 4, mean 3h)"));
    draw_alike(&law("hypoexponential(1h, 1h, 1h)"), &law("erlang(stages 3, mean 3h)"));
    draw_alike(&law("hyperexponential(90% mean 1h, 10% mean 9h)"), &law("mixture(90% mean 1h, 10% mean 9h)"));
    draw_alike(&law("mixture(50% 1h, 50% 3h)"), &law("empirical(1h, 3h)"));
}

#[test]
fn the_rightmost_triangle_is_the_later_of_two_uniforms() {
    // Whose distribution function is (t / 2h)^2.
    let (triangle, mut drawn, mut numbers) = (law("triangular(0s, 2h, 2h)"), stream(), stream());
    for _ in 0..200 {
        let want = 7200.0 * (1.0 - numbers.uniform()).sqrt();
        assert!((triangle.sample(&mut drawn).as_secs_f64() - want).abs() < 1.1e-6);
    }
}

#[test]
fn nearly_equal_stages_lose_no_digits() {
    // The sum of exponentials would divide a difference of 1e-9 by 1e-9 here.
    let (near, same) = (law("hypoexponential(1h, 3600.000001s)"), law("erlang(stages 2, mean 2h)"));
    for hours in [1e-3, 0.5, 2.0, 30.0, 300.0] {
        let at = Duration::hours(hours);
        // The survival function changes by at most t/mean times the relative change of a mean, 3e-10.
        close(near.survival(at).value(), same.survival(at).value(), 3e-10 * (1.0 + hours));
        close(near.cdf(at).value(), same.cdf(at).value(), 1e-9);
    }
}

#[test]
fn stages_of_very_different_length_keep_both_tails() {
    // With means a and b, survival is (a e^(-t/a) - b e^(-t/b)) / (a - b): no cancellation where a is far above b.
    let (a, b) = (365.0 * 86_400.0, 1e-3);
    let stiff = law("hypoexponential(1ms, 1y, 1ms)");
    for t in [1.0, 3600.0, a, 30.0 * a, 500.0 * a] {
        // Two short stages: to first order in b / a the long one starts 2 b late.
        close(stiff.survival(Duration::seconds(t)).value(), exp(-(t - 2.0 * b) / a), 1e-10);
    }
    // Very early all three must end at once: the probability is t^3 / (6 a b b) but for a factor 1 - t / (2 b).
    close(stiff.cdf(Duration::seconds(1e-9)).value(), 1e-27 / (6.0 * a * b * b), 1e-6);
}

#[test]
fn the_exponential_has_no_memory() {
    let crash = law("exponential(mean 60d)");
    for age in [0.0, 1.0, 1e3, 1e9] {
        let age = Duration::days(age);
        assert_eq!(crash.sample_residual(age, &mut stream()), crash.sample(&mut stream()));
        assert_eq!(crash.mean_residual(age), crash.mean());
        assert_eq!(crash.hazard(age), Some(Rate::one_per(Duration::days(60.0)).unwrap()));
    }
}

#[test]
fn at_age_zero_the_residual_is_the_law() {
    for text in
        ["weibull(shape 0.7, mean 60d)", "lognormal(median 1h, sigma 1)", "gamma(shape 3, mean 1h)", "30s"]
    {
        let law = law(text);
        let (whole, rest) = (law.sample(&mut stream()), law.sample_residual(Duration::ZERO, &mut stream()));
        assert!(whole.as_micros().abs_diff(rest.as_micros()) <= 1, "{law}");
    }
}

#[test]
fn a_bathtub_has_the_hazard_of_its_age() {
    let disk = law("bathtub(afr 5% until 1y, afr 1% until 4y, afr 8%)");
    for (years, afr) in [(0.0, 0.05), (0.999, 0.05), (1.0, 0.01), (3.9, 0.01), (4.0, 0.08), (100.0, 0.08)] {
        close(disk.hazard(Duration::years(years)).unwrap().in_year(), afr, 1e-12);
    }
    close(disk.survival(Duration::years(5.0)).value(), exp(-0.05 - 0.03 - 0.08), 1e-14);
    close(disk.mean_residual(Duration::years(7.0)).unwrap().in_years(), 12.5, 1e-12);
    let harmless_later = law("bathtub(afr 5% until 1y, afr 0%)");
    assert_eq!(harmless_later.mean(), None);
    assert_eq!(harmless_later.quantile(Probability::HALF), None);
    close(harmless_later.cdf(Duration::years(50.0)).value(), 1.0 - exp(-0.05), 1e-12);
}

#[test]
fn what_was_asked_for_comes_back_out() {
    let quantile = |law: &Law, p: &str| law.quantile(p.parse().unwrap()).unwrap().secs();
    for family in ["weibull", "lognormal"] {
        let both = law(&format!("{family}(p10 90s, p99.9 6h)"));
        close(quantile(&both, "10%"), 90.0, 1e-13);
        close(quantile(&both, "99.9%"), 21_600.0, 1e-13);
    }
    let law_of = |text: &str| (quantile(&law(text), "50%"), law(text).mean().unwrap().secs());
    close(law_of("weibull(shape 3, median 60s)").0, 60.0, 1e-14);
    close(law_of("weibull(shape 0.3, mean 60s)").1, 60.0, 1e-13);
    close(law_of("lognormal(mean 6h, median 1h)").0, 3600.0, 1e-14);
    close(law_of("lognormal(mean 6h, median 1h)").1, 21_600.0, 1e-13);
    close(law_of("lognormal(mean 6h, sigma 2)").1, 21_600.0, 1e-13);
    close(quantile(&law("lognormal(p90 6h, sigma 2)"), "90%"), 21_600.0, 1e-13);
    close(law_of("exponential(median 10d)").0, 864_000.0, 1e-14);
    close(law_of("exponential(median 10d)").1, 864_000.0 / ln(2.0), 1e-14);
    close(quantile(&law("exponential(p95 3h)"), "95%"), 10_800.0, 1e-13);
    close(1.0 / law("afr 1.36%").mean().unwrap().in_years(), 0.0136, 1e-14);
}

#[test]
fn never_is_never() {
    let never = Law::Never;
    assert_eq!(never.sample(&mut stream()), Span::FOREVER);
    assert_eq!(never.sample_residual(Duration::YEAR, &mut stream()), Span::FOREVER);
    assert_eq!((never.mean(), never.quantile(Probability::HALF)), (None, None));
    assert_eq!(never.hazard(Duration::YEAR), Some(Rate::ZERO));
    let sometimes = law("mixture(60% 1h, 40% never)");
    assert_eq!(sometimes.mean(), None);
    assert_eq!(sometimes.quantile("59%".parse().unwrap()).unwrap().span(), Span::from_secs(3600));
    assert_eq!(sometimes.quantile("61%".parse().unwrap()), None);
}

#[test]
fn limits_of_the_exponential_are_laws() {
    assert_eq!(Law::exponential(Duration::ZERO), Law::constant(Duration::ZERO));
    assert_eq!(Law::exponential_rate(Rate::ZERO), Law::Never);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    /// Nothing loops, panics or returns what is no number, however odd the parameters.
    #[test]
    fn extreme_parameters_still_draw(
        (shape, secs, other) in (-3.0..6.0f64, -9.0..15.0f64, -9.0..15.0f64),
        chance in 0.0..=1.0f64,
        stages in prop::collection::vec(-9.0..12.0f64, 1..=16),
    ) {
        let power = |x: f64| crate::random::math::pow(10.0, x);
        let (shape, a, b) = (power(shape), Duration::seconds(power(secs)), Duration::seconds(power(other)));
        let chance = Probability::new(chance).unwrap();
        let stages: Vec<Duration> = stages.into_iter().map(|x| Duration::seconds(power(x))).collect();
        let either = [(chance, a), (chance.complement(), b)];
        let laws = [
            Law::weibull(shape, a).ok(),
            Law::lognormal(a, shape).ok(),
            Law::gamma(shape, a).ok(),
            Law::erlang(1 + (shape as u32) % 1000, a).ok(),
            Law::hypoexponential(&stages).ok(),
            Law::hyperexponential(&either).ok(),
            Law::mixture(vec![(chance, Law::constant(a)), (chance.complement(), Law::exponential(b))]).ok(),
            Law::uniform(a, b).ok(),
            Law::triangular(a, b, a + b).ok(),
        ];
        for law in laws.into_iter().flatten() {
            law.sample(&mut stream());
            law.sample_residual(b, &mut stream());
            for at in [Duration::ZERO, a, b, Duration::seconds(f64::MAX)] {
                let (ended, left) = (law.cdf(at).value(), law.survival(at).value());
                prop_assert!((0.0..=1.0).contains(&ended) && (ended + left - 1.0).abs() < 1e-9, "{} at {}", law, at);
                law.mean_residual(at);
            }
            for p in [chance, Probability::HALF] {
                // Near the ends of an f64 a quantile may be zero or infinite; a law with a jump may jump over p.
                let Some(at) = law.quantile(p) else { continue };
                let smooth = !matches!(law, Law::Mixture(_)) && at.secs() > 1e-290 && shape < 1e3;
                prop_assert!(!smooth || (law.cdf(at).value() - p.value()).abs() < 1e-9, "{} at {}", law, at);
            }
        }
    }
}

/// Draws are part of the promise that a seed gives the same numbers: these must never change.
#[test]
fn laws_draw_what_they_always_drew() {
    let expected: [(&str, [u64; 2]); 14] = [
        ("exponential(mean 1h)", [1_499_061_495, 1_946_845_517]),
        ("weibull(shape 0.7, scale 1h)", [1_029_805_683, 1_495_944_028]),
        ("lognormal(median 1h, sigma 0.8)", [2_591_522_662, 3_048_757_223]),
        ("gamma(shape 2.5, mean 1h)", [2_349_822_207, 2_717_783_829]),
        ("gamma(shape 0.3, mean 1h)", [234_340_360, 469_710_794]),
        ("erlang(stages 4, mean 1h)", [2_651_061_010, 2_962_060_354]),
        ("hypoexponential(1h, 2h)", [6_307_962_550, 7_483_138_255]),
        ("hyperexponential(95% mean 2min, 5% mean 10h)", [53_261_435, 69_491_580]),
        ("uniform(20s, 40s)", [26_811_750, 28_354_244]),
        ("triangular(1h, 2h, 6h)", [8_526_372_975, 9_314_683_465]),
        ("30s", [30_000_000, 30_000_000]),
        ("empirical(1h, 2h, 5h)", [7_200_000_000, 7_200_000_000]),
        ("mixture(95% lognormal(median 2min, p95 6min), 5% 3d)", [94_199_754, 108_434_359]),
        ("bathtub(afr 5% until 1y, afr 1% until 4y, afr 8%)", [258_755_233_732_455, 307_787_584_069_859]),
    ];
    let drawn = expected.map(|(text, _)| {
        let (law, mut stream) = (law(text), stream());
        (text, [0; 2].map(|_: u64| law.sample(&mut stream).as_micros()))
    });
    assert_eq!(drawn, expected);
}
