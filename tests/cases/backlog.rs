//! Queues between services, against the fluid model by hand.

use fivenines::engine::Simulator;
use fivenines::experiment::Experiment;
use fivenines::system::{Recorder, SystemModel, Window};
use fivenines::units::{Duration, Instant, Span};

const HEAD: &str = "
    title = 'T'
    horizon = '2d'
    seed = 1
    [component.server]
    [component.broker]
    [service.billing]
    runs_on = 'server'
    load = { base = '60/s', capacity = '100/s', down_above = 'never' }
    [service.orders]
    runs_on = 'broker'
    depends_on = ['billing']
    without.billing = { serves = '100%', queue = QUEUE }
    [[scenario.fault]]
    takes = 'billing/1'
    at = '10h'
    lasts = '60min'
";

/// Begin and length of outages, in seconds.
type Outages = Vec<(f64, f64)>;

/// The outages of `orders`, and what they are booked to.
fn play(text: &str) -> (Outages, Vec<(String, Span)>) {
    let experiment = Experiment::parse("queue.toml", text).expect("a sound file");
    let model = SystemModel::new(&experiment.designs[0].system).expect("a sound system");
    let orders = model.services().position(|name| name == "orders").expect("there are orders");
    let classes: Vec<String> = model.cause_classes().iter().map(ToString::to_string).collect();
    let length = Duration::days(2.0).span();
    let mut recorder = Recorder::new(Window { start: Instant::START, end: Instant::START + length, length });
    Simulator::new(model, 1).play(0, Instant::START + length, &mut recorder);
    let record = recorder.take().swap_remove(orders);
    let seconds = |span: Span| span.as_secs_f64();
    let outages = record.outages.iter().map(|it| (seconds(it.start - Instant::START), seconds(it.length)));
    let causes = record.causes.iter().map(|&(cause, span)| (classes[cause as usize].clone(), span));
    (outages.collect(), causes.collect())
}

#[track_caller]
fn close(found: &[(f64, f64)], expected: &[(f64, f64)]) {
    assert_eq!(found.len(), expected.len(), "{found:?} instead of {expected:?}");
    for (found, expected) in found.iter().zip(expected) {
        assert!((found.0 - expected.0).abs() < 1e-4 && (found.1 - expected.1).abs() < 1e-4, "{found:?}");
    }
}

const MINUTE: f64 = 60.0;

/// Billing is down for `d` = an hour from ten o'clock, at a utilization `r` of 60%. The oldest order is too old, by a limit of
/// `w` = 20 minutes, from then on and for `(d - w) / (1 - r)` = 100 minutes; the last hour of these is due to catching up.
#[test]
fn an_outage_shorter_than_patience_is_hidden_and_a_longer_one_is_longer() {
    let (outages, causes) = play(&HEAD.replace("QUEUE", "{ oldest = '20min' }"));
    close(&outages, &[(620.0 * MINUTE, 100.0 * MINUTE)]);
    let names: Vec<&str> = causes.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["billing/1 taken", "orders queue, catching up"]);
    assert!((causes[0].1.as_secs_f64() - 40.0 * MINUTE).abs() < 1e-4);
    let (hidden, _) = play(&HEAD.replace("QUEUE", "{ oldest = '60min' }"));
    close(&hidden, &[]);
}

/// Eighty minutes after the end of the first outage the backlog, which is gone after `d r / (1 - r)` = 90, is still
/// there, and the oldest is 20/3 minutes old: a second outage of a quarter of an hour is not hidden as it would be
/// alone. The oldest is 20 minutes old after 40/3 of them, 65/3 at their end, and 20 again 2.5 minutes later.
#[test]
fn a_second_outage_meets_what_the_first_one_left() {
    let second = "
        [[scenario.fault]]
        takes = 'billing/1'
        at = '12h 20min'
        lasts = '15min'";
    let text = HEAD.replace("QUEUE", "{ oldest = '20min' }") + second;
    let (outages, _) = play(&text);
    close(
        &outages,
        &[(620.0 * MINUTE, 100.0 * MINUTE), ((740.0 + 40.0 / 3.0) * MINUTE, (5.0 / 3.0 + 2.5) * MINUTE)],
    );
    // Ten minutes later nothing is left of the first.
    let (outages, _) = play(&text.replace("12h 20min", "12h 30min"));
    close(&outages, &[(620.0 * MINUTE, 100.0 * MINUTE)]);
}

/// Room for what billing does in half an hour is full after 50 minutes of what comes; it is taken in again when billing is back.
#[test]
fn a_queue_that_is_full_turns_away_until_work_is_done_again() {
    let (outages, causes) = play(&HEAD.replace("QUEUE", "{ holds = '30min' }"));
    close(&outages, &[(650.0 * MINUTE, 10.0 * MINUTE)]);
    assert_eq!(causes.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["billing/1 taken"]);
}

/// A rush of twice what billing can do for half an hour, and no failure: the oldest waits for half as long as the rush goes
/// on, ten minutes after twenty, and what came at its end goes an hour after its begin; then the oldest is thirty minutes old
/// and gets younger by a minute a minute at half the load.
#[test]
fn a_rush_waits_and_is_late() {
    let text = HEAD.replace("QUEUE", "{ oldest = '10min' }").replace(
        "base = '60/s',",
        "base = '50/s', by_hours = [{ hours = 'Mon 08:00-08:30', load = '200/s' }],",
    );
    let (outages, causes) = play(&text.replace("lasts = '60min'", "lasts = '5min'"));
    close(&outages, &[(500.0 * MINUTE, 60.0 * MINUTE)]);
    assert_eq!(causes[0].0, "orders queue, catching up");
}

/// Maintenance elsewhere that does not count excuses nobody who is late.
#[test]
fn work_on_something_else_excuses_no_lateness() {
    let elsewhere = "
        [component.tool]
        [service.tools]
        runs_on = 'tool'
        [maintenance.patch]
        services = 'tools'
        every = '30min'
        takes = '25min'
        counted = false";
    let (outages, _) = play(&(HEAD.replace("QUEUE", "{ oldest = '20min' }") + elsewhere));
    close(&outages, &[(620.0 * MINUTE, 100.0 * MINUTE)]);
}
