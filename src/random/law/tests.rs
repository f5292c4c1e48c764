//! Every law against closed forms, against its own definition and against the Kolmogorov-Smirnov test.

use super::Law;
use crate::random::math::{exp, ln};
use crate::random::{Name, Purpose, Stream, StreamKey};
use crate::units::{Duration, Probability, Span};

/// Laws whose distribution function is smooth, with mean and standard deviation in hours from independent formulas
/// (Python's mpmath, 20 digits).
const SMOOTH: [(&str, f64, f64); 13] = [
    ("exponential(mean 60h)", 60.0, 60.0),
    ("weibull(shape 0.7, scale 60h)", 75.949_410_363_437, 111.070_284_023_906_92),
    ("weibull(shape 3.5, mean 60h)", 60.0, 18.987_518_680_095_67),
    ("lognormal(median 2h, sigma 0.8)", 2.754_255_528_671_914, 2.607_802_788_758_636),
    ("lognormal(median 90s, p95 6min)", 0.035_660_290_267_836_77, 0.036_272_845_196_155_79),
    ("gamma(shape 0.3, mean 4h)", 4.0, 7.302_967_433_402_215),
    ("gamma(shape 2.5, mean 4h)", 4.0, 2.529_822_128_134_703_5),
    ("gamma(shape 300, mean 4h)", 4.0, 0.230_940_107_675_850_3),
    ("erlang(stages 4, mean 4h)", 4.0, 2.0),
    ("hypoexponential(1h, 2h)", 3.0, 2.236_067_977_499_79),
    ("hypoexponential(1s, 2h, 2h, 10min)", 4.166_944_444_444_444, 2.833_333_346_949_891),
    ("hyperexponential(95% mean 2min, 5% mean 10h)", 0.531_666_666_666_666_7, 3.117_601_909_587_987_6),
    (
        "mixture(90% erlang(stages 3, mean 1h), 10% lognormal(median 10h, sigma 1))",
        2.548_721_270_700_128,
        8.282_184_547_182_418,
    ),
];

/// Laws with kinks or jumps.
const ROUGH: [(&str, f64, f64); 8] = [
    ("uniform(20h, 40h)", 30.0, 5.773_502_691_896_258),
    ("triangular(1h, 2h, 6h)", 3.0, 1.080_123_449_734_643_5),
    ("triangular(1h, 1h, 6h)", 8.0 / 3.0, 1.178_511_301_977_579_2),
    ("triangular(1h, 6h, 6h)", 13.0 / 3.0, 1.178_511_301_977_579_2),
    ("constant(30h)", 30.0, 0.0),
    ("empirical(1h, 2h, 6h)", 3.0, 2.160_246_899_469_287),
    ("mixture(50% 1h, 50% 3h)", 2.0, 1.0),
    ("mixture(75% mean 2h, 25% 8h)", 3.5, 3.122_498_999_199_199),
];

const BATHTUB: &str = "bathtub(afr 500% until 0.1y, afr 50% until 1y, afr 800%)";

fn law(text: &str) -> Law {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn all() -> Vec<Law> {
    SMOOTH.iter().chain(&ROUGH).map(|(text, _, _)| law(text)).chain([law(BATHTUB)]).collect()
}

fn smooth() -> impl Iterator<Item = Law> {
    SMOOTH.iter().map(|(text, _, _)| law(text))
}

fn stream(name: &str) -> Stream {
    StreamKey { seed: 5, trial: 9, name: Name::new(name), purpose: Purpose::Duration }.open()
}

fn probability(p: f64) -> Probability {
    Probability::new(p).unwrap()
}

fn close(got: f64, want: f64, tolerance: f64, of: &Law) {
    assert!((got - want).abs() <= tolerance * want.abs(), "{of}: {got} is not {want}");
}

/// The integrals of S(age + t) and of 2 t S(age + t), on a grid that is even in the double exponential scale (Takahasi
/// and Mori 1974), where both ends fall off fast: for a smooth function the trapezoid rule is then nearly exact.
fn integrals(law: &Law, age: f64, scale: f64) -> (f64, f64) {
    let (step, mut first, mut second) = (1.0 / 128.0, 0.0, 0.0);
    for point in -640..=640 {
        let x = f64::from(point) * step;
        let t = scale * exp(std::f64::consts::FRAC_PI_2 * 0.5 * (exp(x) - exp(-x)));
        let weight = step * t * std::f64::consts::FRAC_PI_2 * 0.5 * (exp(x) + exp(-x));
        let survival = law.survival(Duration::seconds(age + t)).value();
        if survival > 0.0 {
            first += weight * survival;
            second += weight * 2.0 * t * survival;
        }
    }
    (first, second)
}

#[test]
fn a_law_is_four_words() {
    assert!(size_of::<Law>() <= 32);
}

#[test]
fn moments_are_those_of_the_formulas() {
    for (text, mean, deviation) in SMOOTH.iter().chain(&ROUGH).copied() {
        let law = law(text);
        close(law.mean().unwrap().in_hours(), mean, 1e-12, &law);
        close(law.standard_deviation().unwrap().in_hours(), deviation, 1e-12, &law);
    }
}

#[test]
fn moments_are_integrals_of_the_survival_function() {
    for law in all() {
        let mean = law.mean().unwrap().secs();
        let (first, second) = integrals(&law, 0.0, mean);
        // At a kink or a jump the trapezoid rule errs by about a step, 1/128 in the double exponential scale.
        let tolerance = if smooth().any(|other| other == law) { 1e-9 } else { 1e-2 };
        close(first, mean, tolerance, &law);
        close(second, law.variance() + mean * mean, 2.0 * tolerance, &law);
    }
}

#[test]
fn the_density_is_the_slope_of_the_distribution_function() {
    for law in smooth().chain([law("triangular(1h, 2h, 6h)"), law("uniform(20h, 40h)"), law(BATHTUB)]) {
        for p in [0.07, 0.4, 0.8, 0.97] {
            let at = law.quantile(probability(p)).unwrap().secs();
            let step = 1e-4 * at;
            let cdf = |t| law.cdf(Duration::seconds(t)).value();
            // Simpson's error is of the order of the step's fourth power, the rounding error 1e-16 / 1e-4.
            let slope = (8.0 * (cdf(at + step) - cdf(at - step))
                - (cdf(at + 2.0 * step) - cdf(at - 2.0 * step)))
                / (12.0 * step);
            close(law.density(Duration::seconds(at)), slope, 1e-7, &law);
            let hazard = law.density(Duration::seconds(at)) / law.survival(Duration::seconds(at)).value();
            close(law.hazard(Duration::seconds(at)).unwrap().per_sec(), hazard, 1e-12, &law);
        }
    }
}

#[test]
fn quantiles_invert_the_distribution_function_in_both_tails() {
    for law in smooth().chain([law("triangular(1h, 2h, 6h)"), law("uniform(20h, 40h)"), law(BATHTUB)]) {
        for p in [1e-12, 1e-6, 0.01, 0.3, 0.499_999, 0.5, 0.500_001, 0.7, 0.99] {
            for p in [probability(p), probability(p).complement()] {
                let at = law.quantile(p).unwrap();
                let got = law.cdf(at);
                // A time is known to 2e-16 of itself. Where the law is steep (z^2 and shape factors up to some hundreds)
                // or far from zero (the uniform's low end against 1e-12 of its range), that shows in the probability.
                let spread =
                    1e-12 + 4e-16 * at.secs() * law.density(at) / got.value().min(got.complement().value());
                close(got.value(), p.value(), spread, &law);
                close(got.complement().value(), p.complement().value(), spread, &law);
            }
        }
    }
}

#[test]
fn quantiles_reach_the_ends() {
    for law in all() {
        assert!(
            law.quantile(Probability::ZERO).unwrap() <= law.quantile(probability(1e-9)).unwrap(),
            "{law}"
        );
        let bounded = ["uniform", "triangular", "constant", "empirical"].contains(&law.family());
        let last = law.quantile(Probability::ONE);
        assert_eq!(last.is_some(), bounded, "{law}");
    }
    assert_eq!(law("empirical(1h, 2h, 6h)").quantile(probability(1.0 / 3.0)), Some(Duration::hours(1.0)));
    assert_eq!(law("empirical(1h, 2h, 6h)").quantile(probability(0.34)), Some(Duration::hours(2.0)));
    assert_eq!(
        law("mixture(50% 1h, 50% 3h)").quantile(Probability::HALF).unwrap().span(),
        Span::from_secs(3600)
    );
}

#[test]
fn a_smaller_number_is_a_longer_life_in_every_law() {
    for law in all() {
        let mut last = Span::FOREVER;
        for cell in 1..400 {
            let u = f64::from(cell) / 400.0;
            let span = law.quantile(Probability::from_complement(u).unwrap()).unwrap().span();
            assert!(span <= last, "{law}");
            last = span;
        }
    }
}

/// The largest distance between the drawn and the stated distribution function, at jumps from both sides.
fn distance(mut drawn: Vec<Span>, cdf: impl Fn(Duration) -> f64) -> f64 {
    drawn.sort();
    let count = drawn.len() as f64;
    let (mut worst, mut at) = (0.0f64, 0);
    while at < drawn.len() {
        let value = drawn[at];
        let next = at + drawn[at..].iter().take_while(|&&other| other == value).count();
        // Draws are whole microseconds, so the law is looked at half a microsecond to either side.
        let (before, after) = (value.as_secs_f64() - 0.5e-6, value.as_secs_f64() + 0.5e-6);
        let (before, after) = (cdf(Duration::seconds(before.max(0.0))), cdf(Duration::seconds(after)));
        worst = worst.max((at as f64 / count - before).abs()).max((next as f64 / count - after).abs());
        at = next;
    }
    worst
}

/// Accepted error 1e-4 a law: P(sqrt(n) D > x) is at most about 2 exp(-2 x^2) (Kolmogorov 1933; Massart 1990 for every n),
/// so x = sqrt(ln(2 / 1e-4) / 2) = 2.2253. For laws with jumps the test is conservative.
fn critical(count: usize) -> f64 {
    (ln(2.0 / 1e-4) / 2.0).sqrt() / (count as f64).sqrt()
}

fn draws_follow(laws: impl Iterator<Item = Law>) {
    for law in laws {
        let mut stream = stream(&law.to_string());
        let drawn: Vec<Span> = (0..20_000).map(|_| law.sample(&mut stream)).collect();
        let distance = distance(drawn, |t| law.cdf(t).value());
        assert!(distance < critical(20_000), "{law}: {distance}");
    }
}

#[test]
fn draws_follow_the_law() {
    draws_follow(all().into_iter().filter(|law| law.family() != "hypoexponential"));
}

// On its own, because it is the slowest to invert.
#[test]
fn draws_follow_the_hypoexponential_law() {
    draws_follow(all().into_iter().filter(|law| law.family() == "hypoexponential"));
}

#[test]
fn residual_draws_follow_the_conditional_law() {
    for law in all() {
        let age = law.quantile(probability(0.6)).unwrap().secs() * 0.999;
        let mut stream = stream(&law.to_string());
        let drawn = (0..4_000).map(|_| law.sample_residual(Duration::seconds(age), &mut stream)).collect();
        let reached = law.survival(Duration::seconds(age)).value();
        let distance =
            distance(drawn, |t| 1.0 - law.survival(Duration::seconds(age + t.secs())).value() / reached);
        assert!(distance < critical(4_000), "{law}: {distance}");
    }
}

#[test]
fn every_draw_takes_one_number() {
    for law in all().into_iter().chain([Law::Never]) {
        let (mut drawn, mut counted) = (stream("a"), stream("a"));
        law.sample(&mut drawn);
        law.sample_residual(Span::from_secs(60), &mut drawn);
        counted.uniform();
        counted.uniform();
        assert_eq!(drawn, counted, "{law}");
    }
}

#[test]
fn mean_residuals_are_conditional_integrals() {
    for law in all() {
        for p in [0.1, 0.6, 0.95] {
            let age = law.quantile(probability(p)).unwrap().secs() * 0.999;
            let Some(mean) = law.mean_residual(Duration::seconds(age)) else {
                assert!(law.survival(Duration::seconds(age)).is_zero(), "{law}");
                continue;
            };
            let (integral, _) = integrals(&law, age, mean.secs());
            let tolerance = if smooth().any(|other| other == law) { 1e-8 } else { 1e-2 };
            close(mean.secs(), integral / law.survival(Duration::seconds(age)).value(), tolerance, &law);
        }
    }
}

#[test]
fn residual_quantiles_are_conditional_quantiles() {
    for law in smooth() {
        for (reached, p) in [(0.2, 0.3), (0.5, 0.9), (0.999, 0.5), (1e-6, 1e-3)] {
            let age = law.quantile(probability(reached)).unwrap();
            let rest = law.residual_quantile(age, probability(p)).unwrap();
            let want = law.survival(age).value() * (1.0 - p);
            close(law.survival(age + rest).value(), want, 1e-11, &law);
        }
    }
}

#[test]
fn nothing_outlives_its_longest_duration() {
    let timeout = law("30s");
    assert_eq!(timeout.sample_residual(Duration::minutes(1.0), &mut stream("a")), Span::ZERO);
    assert_eq!(timeout.mean_residual(Duration::minutes(1.0)), None);
    assert_eq!(timeout.sample_residual(Duration::seconds(10.0), &mut stream("a")), Span::from_secs(20));
}

#[test]
fn very_old_weibulls_still_have_a_residual() {
    // exp(-1000^2) is far below any f64.
    let law = law("weibull(shape 2, scale 1h)");
    let rest = law.sample_residual(Duration::hours(1000.0), &mut stream("a")).as_secs_f64();
    // The hazard at age 1000 h is 2000 an hour; a draw of -ln(u) below 20 has all but 2e-9 of the chance.
    assert!(0.0 < rest && rest < 20.0 * 3600.0 / 2000.0, "{rest}");
}

#[test]
fn phases_have_the_moments_of_the_law() {
    let mut found = 0;
    let more = ["gamma(shape 3, mean 4h)", "mixture(90% erlang(stages 3, mean 1h), 10% mean 10h)"].map(law);
    for law in all().into_iter().chain(more) {
        let Some(phases) = law.phases() else { continue };
        found += 1;
        close(phases.start.iter().map(|(chance, _)| chance).sum(), 1.0, 1e-15, &law);
        close(phases.mean(), law.mean().unwrap().secs(), 1e-14, &law);
        close(phases.variance(), law.variance(), 1e-13, &law);
    }
    assert_eq!(found, 8);
}
