//! The promises of order that the context makes.

use fivenines::random::Law;
use fivenines::units::{Duration, Span};

use super::script::{clock, micros, play};

#[test]
fn clocks_and_messages_for_one_instant_fire_in_the_order_set() {
    let fired = play(|event, cx| {
        if event == "start" {
            cx.set_after(clock(7), micros(5), "clock 7");
            cx.send_after(micros(5), "message");
            cx.set_after(clock(3), micros(5), "clock 3");
            cx.send_after(micros(4), "early");
            cx.send_after(micros(5), "last");
        }
    });
    assert_eq!(fired, [(4, "early"), (5, "clock 7"), (5, "message"), (5, "clock 3"), (5, "last")]);
}

#[test]
fn a_clock_set_again_counts_from_its_last_setting() {
    let fired = play(|event, cx| {
        if event == "start" {
            cx.set_after(clock(0), micros(5), "stale");
            cx.set_after(clock(1), micros(5), "first");
            cx.set_after(clock(0), micros(5), "second");
        }
    });
    assert_eq!(fired, [(5, "first"), (5, "second")]);
}

#[test]
fn what_is_set_for_now_fires_now_after_what_was_set_before() {
    let fired = play(|event, cx| match event {
        "start" => {
            cx.send_after(micros(5), "a");
            cx.send_after(micros(5), "b");
            cx.send_after(micros(6), "later");
        }
        "a" => {
            cx.send_after(Span::ZERO, "message from a");
            cx.set_after(clock(0), Span::ZERO, "clock from a");
        }
        "message from a" => cx.set(clock(1), &Law::constant(Duration::ZERO), "third generation"),
        _ => {}
    });
    let order: Vec<_> = fired.iter().map(|fired| fired.1).collect();
    assert_eq!(order, ["a", "b", "message from a", "clock from a", "third generation", "later"]);
    assert!(fired[..5].iter().all(|fired| fired.0 == 5));
}

#[test]
fn what_is_set_for_now_at_the_start_fires_at_time_zero() {
    let fired = play(|event, cx| {
        if event == "start" {
            cx.send_after(micros(1), "later");
            cx.send_after(Span::ZERO, "now");
        }
    });
    assert_eq!(fired, [(0, "now"), (1, "later")]);
}

#[test]
fn what_is_cancelled_or_set_anew_does_not_fire_even_if_it_is_due_now() {
    let fired = play(|event, cx| match event {
        "start" => {
            cx.send_after(micros(5), "first");
            cx.set_after(clock(0), micros(5), "cancelled while due");
            cx.set_after(clock(1), micros(5), "put off while due");
        }
        "first" => {
            cx.set_after(clock(2), Span::ZERO, "cancelled in the lane");
            cx.set_after(clock(3), Span::ZERO, "put off in the lane");
            cx.set_after(clock(4), Span::ZERO, "set again in the lane");
            cx.send_after(Span::ZERO, "between");
            cx.set_after(clock(4), Span::ZERO, "last");
            assert!(cx.cancel(clock(0)) && cx.cancel(clock(2)));
            assert!(!cx.cancel(clock(0)) && !cx.is_set(clock(2)));
            cx.set_after(clock(1), micros(2), "put off");
            cx.set_after(clock(3), micros(1), "put off too");
        }
        _ => {}
    });
    assert_eq!(fired, [(5, "first"), (5, "between"), (5, "last"), (6, "put off too"), (7, "put off")]);
}

#[test]
fn a_clock_is_set_from_its_setting_until_it_fires() {
    let fired = play(|event, cx| match event {
        "start" => {
            assert!(!cx.is_set(clock(0)) && !cx.cancel(clock(0)));
            cx.set_after(clock(0), micros(5), "fired");
            assert!(cx.is_set(clock(0)) && !cx.is_set(clock(1)));
        }
        _ => assert!(!cx.is_set(clock(0)) && !cx.cancel(clock(0))),
    });
    assert_eq!(fired, [(5, "fired")]);
}

#[test]
fn what_never_fires_takes_the_place_of_what_would() {
    let fired = play(|event, cx| {
        if event == "start" {
            cx.set_after(clock(0), micros(5), "no");
            cx.set(clock(0), &Law::Never, "never");
            cx.set_after(clock(1), micros(5), "no");
            cx.set_after(clock(1), Span::FOREVER, "never");
            cx.send_after(Span::FOREVER, "never");
            assert!(!cx.is_set(clock(0)) && !cx.is_set(clock(1)));
        }
    });
    assert_eq!(fired, []);
}

#[test]
fn the_last_instant_of_a_trial_belongs_to_it() {
    let fired = play(|event, cx| {
        if event == "start" {
            cx.send_after(Span::from_secs(1), "in");
            cx.send_after(Span::from_secs(1) + micros(1), "out");
        }
    });
    assert_eq!(fired, [(1_000_000, "in")]);
}
