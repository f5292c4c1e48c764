//! Choices: simulation takes each branch as often as the explorer says.

use std::collections::BTreeMap;

use fivenines::engine::{Class, Clock, Clocks, Context, Explorer, Model, Simulator, Source, Watch};
use fivenines::random::Law;
use fivenines::units::{Duration, Instant, Span};

const TRIALS: u64 = 20_000;

/// Chooses once, at the start, and is what it chose.
#[derive(Clone)]
struct Chooser {
    act: fn(&mut Context<()>) -> usize,
    chosen: usize,
}

impl Model for Chooser {
    type Event = ();
    fn clocks(&mut self, clocks: &mut Clocks) {
        clocks.clock("clock", Class::Control);
        clocks.source("source");
    }
    fn start(&mut self, cx: &mut Context<()>) {
        self.chosen = (self.act)(cx);
        cx.set(Clock::default(), &Law::exponential(Duration::seconds(1.0)), ());
    }
    fn on(&mut self, (): (), _: &mut Context<()>) {}
    fn observe(&self, watch: &mut Watch) {
        watch.level(self.chosen as f64);
    }
}

/// Shares of outcomes by the explorer and by simulation. Each share differs by at most five standard deviations of
/// its binomial: one seed in two million fails, an error of 0.04 does not pass.
fn agree(act: fn(&mut Context<()>) -> usize) -> BTreeMap<usize, f64> {
    let model = Chooser { act, chosen: 0 };
    let mut exact = BTreeMap::new();
    for branch in Explorer::new(model.clone()).initial().expect("choices are no obstacle") {
        *exact.entry(branch.model.chosen).or_insert(0.0) += branch.rate;
    }
    assert!((exact.values().sum::<f64>() - 1.0).abs() < 1e-12);
    let mut simulator = Simulator::new(model, 1);
    let mut counts = BTreeMap::new();
    for trial in 0..TRIALS {
        let chosen = simulator.levels(trial, Instant::START + Span::from_micros(1)).last(0) as usize;
        *counts.entry(chosen).or_insert(0.0) += 1.0;
    }
    for (chosen, count) in counts {
        let share = *exact.get(&chosen).unwrap_or_else(|| panic!("{chosen} has no branch"));
        let deviation = (share * (1.0 - share) / TRIALS as f64).sqrt();
        let apart: f64 = count / TRIALS as f64 - share;
        assert!(apart.abs() <= 5.0 * deviation, "{chosen}: {count} of {TRIALS}, exactly {share}");
    }
    exact
}

fn source() -> Source {
    Source::default()
}

#[test]
fn a_chance_is_as_likely_as_it_says() {
    assert_eq!(agree(|cx| usize::from(cx.chance(source(), 0.2))), [(0, 0.8), (1, 0.2)].into());
    assert_eq!(agree(|cx| usize::from(cx.chance(source(), 1.0))), [(1, 1.0)].into());
    assert_eq!(agree(|cx| usize::from(cx.chance(source(), 0.0))), [(0, 1.0)].into());
}

#[test]
fn weights_are_proportions() {
    let exact = agree(|cx| cx.choose(source(), &[0.0, 3.0, 1.0, 0.0, 4.0, 0.0]));
    assert_eq!(exact, [(1, 0.375), (2, 0.125), (4, 0.5)].into());
}

#[test]
fn picks_are_equally_likely() {
    assert_eq!(agree(|cx| cx.pick(source(), 4)), [(0, 0.25), (1, 0.25), (2, 0.25), (3, 0.25)].into());
    assert_eq!(agree(|cx| cx.pick(source(), 1)), [(0, 1.0)].into());
}

/// How many choices follow depends on what was chosen; outcomes of probability zero are no paths.
#[test]
fn choices_may_depend_on_choices() {
    let exact = agree(|cx| {
        if cx.chance(source(), 0.5) {
            return 100;
        }
        let first = cx.pick(source(), 2);
        let second = if first == 0 { cx.choose(source(), &[1.0, 0.0, 3.0]) } else { 7 };
        10 * first + second + usize::from(second == 2 && cx.chance(source(), 0.5))
    });
    let expected = [(0, 0.0625), (2, 0.09375), (3, 0.09375), (17, 0.25), (100, 0.5)];
    assert_eq!(exact, expected.into());
}

fn refused(act: fn(&mut Context<()>) -> usize) {
    Simulator::new(Chooser { act, chosen: 0 }, 1).levels(0, Instant::START + Span::from_micros(1));
}

#[test]
#[should_panic(expected = "weights are finite, not negative and not all zero")]
fn weights_that_are_all_zero_are_a_mistake() {
    refused(|cx| cx.choose(source(), &[0.0, 0.0]));
}

#[test]
#[should_panic(expected = "weights are finite, not negative and not all zero")]
fn an_infinite_weight_is_a_mistake() {
    refused(|cx| cx.choose(source(), &[1.0, f64::INFINITY]));
}

#[test]
#[should_panic(expected = "a probability lies in [0, 1]")]
fn a_probability_above_one_is_a_mistake() {
    refused(|cx| usize::from(cx.chance(source(), 1.5)));
}
