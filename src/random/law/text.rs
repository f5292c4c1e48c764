//! The text form of laws: `weibull(shape 0.7, mean 60d)`, `afr 1.36%`, `30s`, `never`.

use std::fmt;
use std::str::FromStr;

use super::Law;
use super::args::{Given, Parameter, any_time, named, time};
use super::empirical::EmpiricalError;
use super::error::LawError;
use super::piece::Piece;
use super::written::Written;
use crate::units::text::{nearest, serde_as_string, split_number};
use crate::units::{Duration, Probability, Rate};

/// A family as files call it: how it is written, and how its parameters are read.
struct Family {
    name: &'static str,
    forms: &'static str,
    read: fn(Piece) -> Result<Law, LawError>,
}

const FAMILIES: [Family; 14] = [
    Family { name: "exponential", forms: EXPONENTIAL, read: exponential },
    Family { name: "weibull", forms: WEIBULL, read: weibull },
    Family { name: "lognormal", forms: LOGNORMAL, read: lognormal },
    Family { name: "gamma", forms: "\"gamma(shape 2, mean 4h)\"", read: gamma },
    Family { name: "erlang", forms: "\"erlang(stages 4, mean 4h)\"", read: erlang },
    Family {
        name: "hypoexponential",
        forms: "\"hypoexponential(1h, 2h)\", the mean of each stage",
        read: hypoexponential,
    },
    Family { name: "hyperexponential", forms: HYPEREXPONENTIAL, read: hyperexponential },
    Family { name: "uniform", forms: "\"uniform(20s, 40s)\"", read: uniform },
    Family { name: "triangular", forms: TRIANGULAR, read: triangular },
    Family { name: "constant", forms: "\"constant(30s)\" or just \"30s\"", read: constant },
    Family { name: "empirical", forms: "\"empirical(1h, 2h, 5h)\", what was observed", read: empirical },
    Family {
        name: "mixture",
        forms: "\"mixture(95% lognormal(median 2min, p95 6min), 5% 3d)\"",
        read: mixture,
    },
    Family { name: "bathtub", forms: "\"bathtub(afr 5% until 1y, afr 1% until 4y, afr 8%)\"", read: bathtub },
    Family { name: "never", forms: "\"never\"", read: never },
];

const EXPONENTIAL: &str =
    "\"exponential(mean 60d)\", \"exponential(rate 0.5/y)\", \"afr 1.36%\" or \"mtbf 3.9y\"";
const WEIBULL: &str = "\"weibull(shape 0.7, mean 60d)\", with scale, median or a percentile instead of mean, or \
                       \"weibull(median 10d, p95 90d)\"";
const LOGNORMAL: &str = "\"lognormal(median 90s, p95 6min)\", \"lognormal(mean 6h, median 1h)\" or \
                         \"lognormal(median 54min, sigma 1.94)\"";
const HYPEREXPONENTIAL: &str = "\"hyperexponential(95% mean 2min, 5% mean 10h)\"";
const TRIANGULAR: &str = "\"triangular(1h, 2h, 6h)\", the shortest, the likeliest and the longest time";

/// Nesting is read by recursion, which a long text must not exhaust.
const DEEPEST: usize = 16;

/// Shorthands for an exponential law.
const SHORTHANDS: [&str; 4] = ["mean", "mtbf", "rate", "afr"];

fn is_word(c: char) -> bool {
    c.is_alphabetic() || matches!(c, '-' | '_')
}

fn law(piece: Piece) -> Result<Law, LawError> {
    let text = piece.text();
    if text.is_empty() {
        return Err(piece
            .error("a law is missing: write one such as \"exponential(mean 60d)\", \"afr 2%\" or \"30s\""));
    }
    if text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.')) {
        return Ok(spelled(Law::constant(any_time(piece)?), piece));
    }
    let (head, rest) = piece.split_at(text.find(|c| !is_word(c)).unwrap_or(text.len()));
    let family = FAMILIES.iter().find(|family| family.name == head.text());
    if rest.text().starts_with('(') {
        let family = family.ok_or_else(|| unknown(head))?;
        return Ok(spelled((family.read)(brackets(rest)?)?, piece));
    }
    if SHORTHANDS.contains(&head.text()) {
        return Ok(spelled(exponential(piece)?, piece));
    }
    match family {
        Some(family) if family.name == "never" && rest.is_empty() => Ok(Law::Never),
        Some(family) => Err(piece.error(format!("{text:?} lacks its parameters: write {}", family.forms))),
        None => Err(unknown(head)),
    }
}

fn unknown(head: Piece) -> LawError {
    let names = FAMILIES.iter().map(|family| family.name).chain(SHORTHANDS);
    let hint = match nearest(head.text(), names) {
        Some(near) => format!("did you mean {near:?}?"),
        None => {
            let names: Vec<&str> = FAMILIES.iter().map(|family| family.name).collect();
            format!(
                "write a duration, such as \"30s\", \"afr 2%\", \"mtbf 3.9y\", or one of {}",
                names.join(", ")
            )
        }
    };
    head.error(format!("{:?} is not a law: {hint}", head.text()))
}

/// What stands between a bracket and the one that closes it, which must end the piece.
fn brackets(piece: Piece) -> Result<Piece, LawError> {
    let mut depth = 0;
    for (at, c) in piece.text().char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            let (call, rest) = piece.split_at(at + 1);
            if rest.is_empty() {
                return Ok(call.inside());
            }
            return Err(rest.error(format!("{:?} comes after the end of the law", rest.text())));
        }
    }
    Err(piece.error(format!("{:?} lacks a closing bracket", piece.text())))
}

/// The law with the text it was written as, blanks tidied.
fn spelled(mut law: Law, piece: Piece) -> Law {
    let written = Written::new(tidy(piece.text()));
    match &mut law {
        Law::Exponential(law) => law.written = written,
        Law::Weibull(law) => law.written = written,
        Law::LogNormal(law) => law.written = written,
        Law::Constant(law) => law.written = written,
        Law::Uniform(law) => law.written = written,
        Law::Gamma(law) => law.written = written,
        Law::Erlang(law) => law.written = written,
        Law::Hypoexponential(law) => law.written = written,
        Law::Hyperexponential(law) => law.written = written,
        Law::Triangular(law) => law.written = written,
        Law::Empirical(law) => law.written = written,
        Law::Mixture(law) => law.written = written,
        Law::Bathtub(law) => law.written = written,
        Law::Never => {}
    }
    law
}

/// One blank where there were several, one after each comma, none around brackets.
fn tidy(text: &str) -> String {
    let mut tidy = String::new();
    for word in text.split_whitespace() {
        if !tidy.is_empty() && !tidy.ends_with('(') && !word.starts_with(['(', ')', ',']) {
            tidy.push(' ');
        }
        for c in word.chars() {
            if tidy.ends_with(',') {
                tidy.push(' ');
            }
            tidy.push(c);
        }
    }
    tidy
}

/// What the parameters are, without their places.
fn meanings(given: &[Given]) -> Vec<Parameter> {
    given.iter().map(|given| given.what).collect()
}

/// The mistake of parameters that are each fine but do not go together.
fn mismatch(args: Piece, forms: &str) -> LawError {
    args.error(format!("{:?} does not determine the law: write {forms}", args.text()))
}

fn exponential(args: Piece) -> Result<Law, LawError> {
    let given = named(args, &["mean", "mtbf", "rate", "afr", "median"])?;
    match meanings(&given)[..] {
        [Parameter::Mean(mean)] => Ok(Law::exponential(mean)),
        [Parameter::Rate(rate)] => Ok(Law::exponential_rate(rate)),
        // The weibull law of shape 1 finds the mean that belongs to a quantile.
        [Parameter::Quantile(p, time)] => match Law::weibull_quantile(1.0, p, time) {
            Ok(Law::Weibull(law)) => Ok(Law::exponential(law.scale())),
            Ok(_) | Err(_) => Err(args.error(format!("{:?} is out of range", args.text()))),
        },
        _ => Err(mismatch(args, EXPONENTIAL)),
    }
}

fn weibull(args: Piece) -> Result<Law, LawError> {
    let given = named(args, &["shape", "scale", "mean", "mtbf", "median"])?;
    let law = match meanings(&given)[..] {
        [Parameter::Shape(shape), Parameter::Scale(scale)] => Law::weibull(shape, scale),
        [Parameter::Shape(shape), Parameter::Mean(mean)] => Law::weibull_mean(shape, mean),
        [Parameter::Shape(shape), Parameter::Quantile(p, time)] => Law::weibull_quantile(shape, p, time),
        [Parameter::Quantile(p, a), Parameter::Quantile(q, b)] => Law::weibull_quantiles((p, a), (q, b)),
        _ => return Err(mismatch(args, WEIBULL)),
    };
    law.map_err(|error| args.error(error))
}

fn lognormal(args: Piece) -> Result<Law, LawError> {
    let given = named(args, &["mean", "median", "sigma"])?;
    let law = match meanings(&given)[..] {
        [Parameter::Sigma(sigma), Parameter::Mean(mean)] => Law::lognormal_mean_sigma(mean, sigma),
        [Parameter::Sigma(sigma), Parameter::Quantile(p, time)] => Law::lognormal_quantile(p, time, sigma),
        [Parameter::Mean(mean), Parameter::Quantile(Probability::HALF, median)] => {
            Law::lognormal_mean(mean, median)
        }
        [Parameter::Quantile(p, a), Parameter::Quantile(q, b)] => Law::lognormal_quantiles((p, a), (q, b)),
        _ => return Err(mismatch(args, LOGNORMAL)),
    };
    law.map_err(|error| args.error(error))
}

fn gamma(args: Piece) -> Result<Law, LawError> {
    let given = named(args, &["shape", "mean"])?;
    match meanings(&given)[..] {
        [Parameter::Shape(shape), Parameter::Mean(mean)] => {
            Law::gamma(shape, mean).map_err(|error| given[0].at.error(error))
        }
        _ => Err(mismatch(args, "\"gamma(shape 2, mean 4h)\"")),
    }
}

fn erlang(args: Piece) -> Result<Law, LawError> {
    let given = named(args, &["stages", "mean"])?;
    match meanings(&given)[..] {
        [Parameter::Stages(stages), Parameter::Mean(mean)] => {
            Law::erlang(stages, mean).map_err(|error| given[0].at.error(error))
        }
        _ => Err(mismatch(args, "\"erlang(stages 4, mean 4h)\"")),
    }
}

fn times(args: Piece, read: fn(Piece) -> Result<Duration, LawError>) -> Result<Vec<Duration>, LawError> {
    args.commas().into_iter().map(read).collect()
}

fn hypoexponential(args: Piece) -> Result<Law, LawError> {
    Law::hypoexponential(&times(args, time)?).map_err(|error| args.error(error))
}

fn uniform(args: Piece) -> Result<Law, LawError> {
    match times(args, any_time)?[..] {
        [low, high] => Law::uniform(low, high).map_err(|error| args.error(error)),
        _ => Err(mismatch(args, "\"uniform(20s, 40s)\"")),
    }
}

fn triangular(args: Piece) -> Result<Law, LawError> {
    match times(args, any_time)?[..] {
        [min, mode, max] => Law::triangular(min, mode, max).map_err(|error| args.error(error)),
        _ => Err(mismatch(args, TRIANGULAR)),
    }
}

fn constant(args: Piece) -> Result<Law, LawError> {
    any_time(args).map(Law::constant)
}

fn empirical(args: Piece) -> Result<Law, LawError> {
    if args.is_empty() {
        return Err(args.error(EmpiricalError::NothingObserved));
    }
    Law::empirical(&times(args, any_time)?).map_err(|error| args.error(error))
}

fn never(args: Piece) -> Result<Law, LawError> {
    if args.is_empty() { Ok(Law::Never) } else { Err(mismatch(args, "\"never\"")) }
}

/// Splits a branch such as `95% mean 2min` into its chance and the rest.
fn branch(piece: Piece) -> Result<(Probability, Piece), LawError> {
    let text = piece.text();
    let end = split_number(text).map_or(0, |(_, rest)| {
        let after = text.len() - rest.len();
        let many = rest.strip_prefix('/').or_else(|| rest.strip_prefix("in "));
        match many.and_then(split_number) {
            Some((_, rest)) => text.len() - rest.len(),
            None => after + usize::from(rest.starts_with('%')),
        }
    });
    let (chance, rest) = piece.split_at(end);
    if chance.is_empty() {
        return Err(piece.error(format!("{text:?} needs its chance before it, as in \"95% {text}\"")));
    }
    let chance = chance.text().parse().map_err(|error| chance.error(error))?;
    if rest.is_empty() {
        return Err(piece.error(format!("{text:?} is a chance of what? a law must follow")));
    }
    Ok((chance, rest))
}

fn hyperexponential(args: Piece) -> Result<Law, LawError> {
    let read = |piece| {
        let (chance, rest) = branch(piece)?;
        match meanings(&named(rest, &["mean"])?)[..] {
            [Parameter::Mean(mean)] => Ok((chance, mean)),
            _ => Err(mismatch(rest, HYPEREXPONENTIAL)),
        }
    };
    let branches: Vec<_> = args.commas().into_iter().map(read).collect::<Result<_, LawError>>()?;
    Law::hyperexponential(&branches).map_err(|error| args.error(error))
}

fn mixture(args: Piece) -> Result<Law, LawError> {
    let read = |piece| {
        let (chance, rest) = branch(piece)?;
        Ok((chance, law(rest)?))
    };
    let branches: Vec<_> = args.commas().into_iter().map(read).collect::<Result<_, LawError>>()?;
    Law::mixture(branches).map_err(|error| args.error(error))
}

fn bathtub(args: Piece) -> Result<Law, LawError> {
    let rate = |piece: Piece| piece.text().parse::<Rate>().map_err(|error| piece.error(error));
    let mut pieces = args.commas();
    let last = pieces.pop().expect("a split has at least one piece");
    if let Some((_, age)) = last.around("until") {
        let what = "the last rate of a bathtub law holds for good";
        return Err(age.error(format!("{what}: drop the \"until {}\" or add one more rate", age.text())));
    }
    let mut until = Vec::new();
    for piece in pieces {
        let missing = || piece.error(format!("{:?} needs an age, as in \"afr 5% until 1y\"", piece.text()));
        let (before, age) = piece.around("until").ok_or_else(missing)?;
        until.push((rate(before)?, time(age)?));
    }
    Law::bathtub(&until, rate(last)?).map_err(|error| args.error(error))
}

impl FromStr for Law {
    type Err = LawError;

    fn from_str(text: &str) -> Result<Law, LawError> {
        let piece = Piece::whole(text);
        if piece.depth() > DEEPEST {
            return Err(piece.error(format!("laws may be nested {DEEPEST} deep, not deeper")));
        }
        law(piece)
    }
}

impl fmt::Display for Law {
    /// The way it was written, or for a law made in a program the form of its constructor; either parses back to it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Law::Exponential(law) => law.fmt(f),
            Law::Weibull(law) => law.fmt(f),
            Law::LogNormal(law) => law.fmt(f),
            Law::Constant(law) => law.fmt(f),
            Law::Uniform(law) => law.fmt(f),
            Law::Gamma(law) => law.fmt(f),
            Law::Erlang(law) => law.fmt(f),
            Law::Hypoexponential(law) => law.fmt(f),
            Law::Hyperexponential(law) => law.fmt(f),
            Law::Triangular(law) => law.fmt(f),
            Law::Empirical(law) => law.fmt(f),
            Law::Mixture(law) => law.fmt(f),
            Law::Bathtub(law) => law.fmt(f),
            Law::Never => f.write_str("never"),
        }
    }
}

serde_as_string!(
    Law,
    r#"a law such as "exponential(mean 60d)", "lognormal(median 90s, p95 6min)", "afr 2%" or "30s""#
);
