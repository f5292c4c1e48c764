//! What the explorer follows, and what it refuses.

use fivenines::engine::{Class, Clock, Clocks, Context, Explorer, Model, Refusal, Source, Watch};
use fivenines::random::Law;
use fivenines::units::{Duration, Span};

type Act = fn(u32, &mut Context<u32>) -> u32;

/// Does what its function says, with event 0 at the start, and becomes what it returns.
#[derive(Clone, Debug)]
struct Doer {
    act: Act,
    state: u32,
}

impl Model for Doer {
    type Event = u32;
    fn clocks(&mut self, clocks: &mut Clocks) {
        clocks.clock("a", Class::Control);
        clocks.clock("b", Class::Control);
        clocks.source("source");
    }
    fn start(&mut self, cx: &mut Context<u32>) {
        self.state = (self.act)(0, cx);
    }
    fn on(&mut self, event: u32, cx: &mut Context<u32>) {
        self.state = (self.act)(event, cx);
    }
    fn observe(&self, watch: &mut Watch) {
        watch.level(f64::from(self.state));
    }
}

fn explorer(act: Act) -> Explorer<Doer> {
    Explorer::new(Doer { act, state: 0 })
}

fn a() -> Clock {
    Clock::from_index(0)
}

fn b() -> Clock {
    Clock::from_index(1)
}

fn law(mean: f64) -> Law {
    Law::exponential(Duration::seconds(mean))
}

/// The states that follow the only first one, with their rates, each with the clocks pending in it.
fn next(act: Act) -> Vec<(u32, f64, Vec<usize>)> {
    let mut explorer = explorer(act);
    let first = explorer.initial().expect("it can be explored").remove(0);
    let branches = explorer.successors(&first.model, &first.runs).expect("it can be explored");
    let clocks = |runs: &[fivenines::engine::Run<u32>]| {
        runs.iter().filter_map(|run| run.clock).map(Clock::index).collect::<Vec<_>>()
    };
    branches.iter().map(|branch| (branch.model.state, branch.rate, clocks(&branch.runs))).collect()
}

#[test]
fn every_pending_clock_and_message_is_a_change() {
    let changes = next(|event, cx| {
        if event == 0 {
            cx.set(b(), &law(0.5), 2);
            cx.set(a(), &law(0.25), 1);
            cx.send(Source::default(), &law(4.0), 3);
            cx.send(Source::default(), &law(4.0), 3);
        }
        event
    });
    let expected = [(1, 4.0, vec![1]), (2, 2.0, vec![0]), (3, 0.25, vec![0, 1]), (3, 0.25, vec![0, 1])];
    assert_eq!(changes, expected);
}

#[test]
fn rates_are_divided_among_branches_and_follow_speeds() {
    let changes = next(|event, cx| {
        if event == 0 {
            cx.set(a(), &law(0.5), 1);
            cx.set_speed(a(), 2.0);
            cx.set(b(), &law(1.0), 9);
            cx.set_speed(b(), 0.0);
            return 0;
        }
        10 + cx.choose(Source::default(), &[1.0, 3.0]) as u32
    });
    assert_eq!(changes, [(10, 1.0, vec![1]), (11, 3.0, vec![1])]);
}

#[test]
fn events_without_delay_are_part_of_the_change_in_their_order() {
    let changes = next(|event, cx| match event {
        0 => {
            cx.set(a(), &law(1.0), 1);
            0
        }
        1 => {
            cx.set_after(a(), Span::ZERO, 2);
            cx.set(b(), &Law::constant(Duration::ZERO), 3);
            cx.send_after(Span::ZERO, 4);
            // Taken back, so 3 is not seen, and 4 is the last but one.
            assert!(cx.is_set(b()) && cx.cancel(b()) && !cx.is_set(b()));
            1
        }
        2 => {
            cx.send_after(Span::ZERO, 5);
            2
        }
        other => other,
    });
    assert_eq!(changes, [(5, 1.0, vec![])]);
}

#[test]
fn stages_are_states_of_their_own() {
    let changes = next(|event, cx| {
        let law = Law::erlang(3, Duration::seconds(1.5)).expect("three stages make a law");
        cx.set(a(), &law, 1);
        event
    });
    // The first stage of three ends at rate 2 and changes nothing that the model sees.
    assert_eq!(changes, [(0, 2.0, vec![0])]);
}

fn refusal(act: Act) -> Refusal {
    let mut explorer = explorer(act);
    match explorer.initial() {
        Err(refusal) => refusal,
        Ok(first) => {
            explorer.successors(&first[0].model, &first[0].runs).expect_err("what it does cannot be explored")
        }
    }
}

#[test]
fn a_constant_law_is_refused_by_its_clock() {
    let refusal = refusal(|_, cx| {
        cx.set(b(), &Law::constant(Duration::seconds(5.0)), 1);
        0
    });
    assert!(matches!(&refusal, Refusal::NotMarkovian { clock: Some(clock), .. } if *clock == b()));
    assert!(refusal.to_string().contains("neither exponential"), "{refusal}");
}

#[test]
fn a_constant_span_is_refused_where_it_is_reached() {
    let refusal = refusal(|event, cx| {
        cx.set(a(), &law(1.0), 1);
        if event == 1 {
            cx.send_after(Span::from_secs(2), 2);
        }
        event
    });
    assert!(matches!(refusal, Refusal::NotMarkovian { clock: None, .. }));
}

/// A stopped clock that would fire the instant it goes on has no stage to be in.
#[test]
fn stopping_what_is_due_now_is_refused() {
    let refusal = refusal(|event, cx| {
        cx.set_after(a(), Span::ZERO, 1);
        cx.set_speed(a(), 0.0);
        event
    });
    assert!(matches!(&refusal, Refusal::NotMarkovian { clock: Some(clock), .. } if *clock == a()));
}

#[test]
fn reading_the_time_is_refused() {
    let refusal = refusal(|_, cx| (cx.now().as_micros() % 2) as u32);
    assert_eq!(refusal, Refusal::ReadsTime);
}

#[test]
fn events_without_delay_that_never_end_are_refused() {
    let refusal = refusal(|event, cx| {
        cx.send_after(Span::ZERO, 1);
        event
    });
    assert_eq!(refusal, Refusal::NeverSettles);
}

#[test]
fn what_never_fires_is_no_change_and_no_refusal() {
    let changes = next(|event, cx| {
        cx.set(a(), &law(1.0), 1);
        cx.set(a(), &Law::Never, 1);
        cx.set_after(b(), Span::FOREVER, 2);
        cx.send(Source::default(), &Law::Never, 3);
        event
    });
    assert_eq!(changes, []);
}
