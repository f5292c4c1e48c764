//! Texts of laws: what parses, how it prints, what mistakes say.

use super::Law;
use crate::units::{Duration, Probability, Rate};
use proptest::prelude::*;

/// Every form there is, in its tidy spelling.
const TEXTS: [&str; 41] = [
    "exponential(mean 60d)",
    "exponential(mtbf 60d)",
    "exponential(rate 0.5/y)",
    "exponential(rate 3 per 1000h)",
    "exponential(afr 1.36%)",
    "exponential(median 10d)",
    "exponential(p95 3h)",
    "afr 1.36%",
    "mtbf 3.9y",
    "mtbf 1.2Mh",
    "rate 120 FIT",
    "mean 60d",
    "weibull(shape 0.7, mean 60d)",
    "weibull(mean 60d, shape 0.7)",
    "weibull(shape 0.7, mtbf 60d)",
    "weibull(shape 0.7, scale 60d)",
    "weibull(shape 0.7, median 60d)",
    "weibull(shape 0.7, p10 60d)",
    "weibull(median 10d, p95 90d)",
    "weibull(p99.9 90d, p5 1h)",
    "lognormal(median 90s, p95 6min)",
    "lognormal(p50 90s, p95 6min)",
    "lognormal(mean 6h, median 1h)",
    "lognormal(median 54min, sigma 1.94)",
    "lognormal(mean 6h, sigma 1)",
    "lognormal(p90 6h, sigma 1)",
    "gamma(shape 2, mean 4h)",
    "erlang(stages 4, mean 4h)",
    "hypoexponential(1h, 2h)",
    "hyperexponential(95% mean 2min, 5% mean 10h)",
    "hyperexponential(19 in 20 mean 2min, 1/20 mean 10h)",
    "uniform(20s, 40s)",
    "triangular(1h, 2h, 6h)",
    "constant(30s)",
    "30s",
    "1h 30min",
    "empirical(5h, 1h, 2h)",
    "mixture(95% lognormal(median 2min, p95 6min), 5% constant(3d))",
    "mixture(95% mean 2min, 0.05 mixture(50% 3d, 50% never))",
    "bathtub(afr 5% until 1y, afr 1% until 4y, afr 8%)",
    "never",
];

fn parse(text: &str) -> Law {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[test]
fn every_form_prints_as_it_was_written() {
    for text in TEXTS {
        let law = parse(text);
        assert_eq!(law.to_string(), text);
        assert_eq!(parse(&law.to_string()), law);
        let json = serde_json::to_string(&law).unwrap();
        assert_eq!(serde_json::from_str::<Law>(&json).unwrap(), law);
    }
}

#[test]
fn blanks_are_tidied_and_an_equals_sign_is_fine() {
    assert_eq!(parse("  weibull ( shape 0.7,mean   60d )").to_string(), "weibull(shape 0.7, mean 60d)");
    assert_eq!(parse("weibull(shape = 0.7, mean=60d)"), parse("weibull(shape 0.7, mean 60d)"));
}

#[test]
fn spelling_is_no_part_of_a_law() {
    let sixty = Law::exponential(Duration::days(60.0));
    for text in ["mean 60d", "mtbf 60d", "exponential(mean 1440h)", "exponential(mtbf 60 days)"] {
        assert_eq!(parse(text), sixty);
    }
    assert_eq!(parse("constant(1min)"), parse("60s"));
    assert_eq!(parse("weibull(mean 60d, shape 0.7)"), parse("weibull(shape 0.7, mean 60d)"));
    assert_eq!(parse("empirical(1h, 2h)"), parse("empirical(2h, 1h)"));
    assert_ne!(parse("mean 60d"), parse("mean 61d"));
    assert_eq!(parse("afr 0%"), Law::Never);
}

#[test]
fn programs_and_texts_make_the_same_laws() {
    let half = Probability::HALF;
    let p95 = Probability::new(0.95).unwrap();
    let (ten, ninety) = (Duration::days(10.0), Duration::days(90.0));
    assert_eq!(Law::exponential_rate(Rate::per_year(0.5)), parse("exponential(rate 0.5/y)"));
    assert_eq!(
        Law::weibull_quantiles((p95, ninety), (half, ten)).unwrap(),
        parse("weibull(median 10d, p95 90d)")
    );
    assert_eq!(
        Law::lognormal_quantiles((half, ten), (p95, ninety)).unwrap(),
        parse("lognormal(p95 90d, median 10d)")
    );
    assert_eq!(Law::gamma(2.0, ten).unwrap(), parse("gamma(shape 2, mean 10d)"));
    let branches = vec![(half, Law::exponential(ten)), (half, Law::Never)];
    assert_eq!(Law::mixture(branches).unwrap(), parse("mixture(50% mean 10d, 50% never)"));
    let pieces = [(Rate::per_year(0.05), Duration::YEAR)];
    assert_eq!(
        Law::bathtub(&pieces, Rate::per_year(0.01)).unwrap(),
        parse("bathtub(afr 5% until 1y, 0.01/y)")
    );
}

/// Text, the fragment to underline, and how the problem starts.
const MISTAKES: [(&str, &str, &str); 38] = [
    ("weibul(shape 0.7, mean 60d)", "weibul", "\"weibul\" is not a law: did you mean \"weibull\"?"),
    ("poisson(mean 60d)", "poisson", "\"poisson\" is not a law: write a duration, such as"),
    ("soon", "soon", "\"soon\" is not a law"),
    ("", "", "a law is missing"),
    ("weibull", "weibull", "\"weibull\" lacks its parameters: write \"weibull(shape 0.7, mean 60d)\""),
    ("weibull(shape 0.7", "(shape 0.7", "\"(shape 0.7\" lacks a closing bracket"),
    ("weibull(shape 0.7, mean 6d) days", "days", "\"days\" comes after the end of the law"),
    ("weibull(shape 0.7, maen 60d)", "maen", "\"maen\" is no parameter here: did you mean \"mean\"?"),
    ("weibull(shape 0.7, sigma 2)", "sigma", "\"sigma\" is no parameter here: it takes shape, scale"),
    ("weibull(shape 0.7, 60d)", "60d", "\"60d\" needs a name before it: shape, scale"),
    ("weibull(shape 0.7, mean)", "mean", "\"mean\" needs a value after it"),
    ("weibull(shape -0.7, mean 60d)", "-0.7", "the shape must be positive, not \"-0.7\""),
    ("weibull(shape 7h, mean 60d)", "7h", "\"7h\" is not a plain number"),
    ("weibull(shape 0.7, mean 60)", "60", "\"60\" has no unit"),
    ("weibull(shape 0.7, mean 0s)", "0s", "\"0s\" must be longer than zero"),
    ("weibull(shape 0.7)", "shape 0.7", "\"shape 0.7\" does not determine the law"),
    ("weibull(shape 0.7, shape 0.8)", "shape 0.7, shape 0.8", "\"shape 0.7, shape 0.8\" does not determine"),
    ("weibull(median 9d, p95 9d)", "median 9d, p95 9d", "two quantiles must lie"),
    ("lognormal(median 90s, p95 6 mins ago)", "6 mins ago", "\"6 mins ago\" is not a duration"),
    ("lognormal(mean 1h, median 6h)", "mean 1h, median 6h", "a lognormal mean lies above the median"),
    ("lognormal(median 1h, p100 6h)", "p100", "\"p100\" is no parameter here"),
    ("exponential(60d)", "60d", "\"60d\" needs a name before it: mean"),
    ("exponential(afr 2)", "2", "\"afr 2\" is not a rate"),
    ("exponential(mean 0s)", "0s", "\"0s\" must be longer than zero"),
    ("erlang(stages 2.5, mean 4h)", "2.5", "\"2.5\" is not a count"),
    ("erlang(stages 0, mean 4h)", "stages 0", "an erlang law has 1 to 1000 stages, got 0"),
    ("empirical()", "", "an empirical law needs at least one observed duration"),
    ("uniform(40s, 20s)", "40s, 20s", "a uniform law needs its low end first, got 40s and 20s"),
    ("uniform(40s)", "40s", "\"40s\" does not determine the law: write \"uniform(20s, 40s)\""),
    ("triangular(2h, 1h, 6h)", "2h, 1h, 6h", "a triangular law is the shortest"),
    ("-5s", "-5s", "\"-5s\" is negative"),
    ("60", "60", "\"60\" has no unit"),
    ("hyperexponential(95% mean 2min)", "95% mean 2min", "the branches must add up to 100%, but come to 95%"),
    ("mixture(mean 2min, 5% 3d)", "mean 2min", "\"mean 2min\" needs its chance before it"),
    ("mixture(95%, 5% 3d)", "95%", "\"95%\" is a chance of what?"),
    (
        "mixture(95% mean 2min, 5% constnat(3d))",
        "constnat",
        "\"constnat\" is not a law: did you mean \"constant\"?",
    ),
    ("bathtub(afr 5%, afr 8%)", "afr 5%", "\"afr 5%\" needs an age, as in"),
    ("bathtub(afr 5% until 1y, afr 8% until 2y)", "2y", "the last rate of a bathtub law holds for good"),
];

#[test]
fn mistakes_say_what_and_where() {
    for (text, fragment, problem) in MISTAKES {
        let error = text.parse::<Law>().expect_err(text);
        assert_eq!(error.fragment(), fragment, "{text}: {error}");
        assert!(error.problem().starts_with(problem), "{text}: {error}");
        assert_eq!(&text[error.range()], fragment);
    }
}

#[test]
fn a_bathtub_needs_increasing_ages() {
    let error = "bathtub(afr 5% until 2y, afr 1% until 1y, afr 8%)".parse::<Law>().unwrap_err();
    assert!(error.problem().contains("must increase"), "{error}");
}

#[test]
fn deep_nesting_is_an_error_and_no_crash() {
    let text = format!("{}1s{}", "mixture(100% ".repeat(50_000), ")".repeat(50_000));
    assert!(text.parse::<Law>().unwrap_err().problem().contains("nested"));
}

proptest! {
    #[test]
    fn no_text_panics(text in "[a-z0-9(),.% =/é-]{0,40}") {
        let _ = text.parse::<Law>();
    }

    #[test]
    fn mangled_texts_do_not_panic(which in 0..TEXTS.len(), at in 0usize..60, with in "[ (),.%0-9a-z/é-]{0,2}") {
        let mut text = TEXTS[which].to_owned();
        let at = at.min(text.len());
        text.replace_range(at..(at + 1).min(text.len()), &with);
        if let Ok(law) = text.parse::<Law>() {
            prop_assert_eq!(law.to_string().parse::<Law>(), Ok(law));
        }
    }

    #[test]
    fn laws_made_in_programs_print_as_texts_of_the_same_law(
        (shape, secs, other) in (0.05..50.0f64, 1e-3..1e12f64, 1e-3..1e12f64),
        chance in 0.0..=1.0f64,
    ) {
        let (a, b) = (Duration::seconds(secs), Duration::seconds(other));
        let (low, high) = (a.min(b), a.max(b));
        let chance = Probability::new(chance).unwrap();
        let laws = [
            Law::exponential(a),
            Law::exponential_rate(Rate::one_per(a).unwrap()),
            Law::constant(a),
            Law::weibull(shape, a).unwrap(),
            Law::weibull_mean(shape, a).unwrap(),
            Law::lognormal(a, shape).unwrap(),
            Law::gamma(shape, a).unwrap(),
            Law::erlang(1 + shape as u32, a).unwrap(),
            Law::hypoexponential(&[a, b]).unwrap(),
            Law::hyperexponential(&[(chance, a), (chance.complement(), b)]).unwrap(),
            Law::empirical(&[a, b]).unwrap(),
            Law::mixture(vec![(chance, Law::exponential(a)), (chance.complement(), Law::Never)]).unwrap(),
        ];
        for law in laws {
            prop_assert_eq!(law.to_string().parse::<Law>(), Ok(law));
        }
        if low < high {
            let uniform = Law::uniform(low, high).unwrap();
            prop_assert_eq!(uniform.to_string().parse::<Law>(), Ok(uniform));
            let triangular = Law::triangular(low, a, high).unwrap();
            prop_assert_eq!(triangular.to_string().parse::<Law>(), Ok(triangular));
        }
    }
}
