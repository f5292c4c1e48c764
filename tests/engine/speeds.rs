//! What a clock's speed does to its pending firing.

use fivenines::random::Law;
use fivenines::units::Duration;

use super::script::{clock, micros, play};

#[test]
fn half_speed_takes_twice_as_long_and_double_speed_half() {
    let fired = play(|event, cx| match event {
        "start" => {
            (0..4).for_each(|index| cx.set_after(clock(index), micros(100), "clock"));
            cx.send_after(micros(40), "change");
        }
        "change" => {
            cx.set_speed(clock(0), 0.5);
            cx.set_speed(clock(1), 2.0);
            cx.set_speed(clock(2), 1.0);
        }
        _ => {}
    });
    // 60 of 100 are left: 120 at half speed, 30 at double speed.
    assert_eq!(fired, [(40, "change"), (70, "clock"), (100, "clock"), (100, "clock"), (160, "clock")]);
}

#[test]
fn speed_zero_stops_a_clock_where_it_is() {
    let fired = play(|event, cx| match event {
        "start" => {
            cx.set_after(clock(0), micros(100), "clock");
            cx.send_after(micros(30), "stop");
            cx.send_after(micros(500), "go on");
            cx.send_after(micros(510), "twice as fast");
        }
        "stop" => {
            cx.set_speed(clock(0), 0.0);
            assert!(cx.is_set(clock(0)));
        }
        "go on" => cx.set_speed(clock(0), 1.0),
        "twice as fast" => cx.set_speed(clock(0), 2.0),
        _ => {}
    });
    // 70 are left at 500, 60 at 510.
    assert_eq!(fired.last(), Some(&(540, "clock")));
}

#[test]
fn a_standing_clock_can_be_cancelled_and_set_anew_at_full_speed() {
    let fired = play(|event, cx| match event {
        "start" => {
            cx.set_after(clock(0), micros(10), "cancelled");
            cx.set_after(clock(1), micros(10), "stale");
            cx.set_speed(clock(0), 0.0);
            cx.set_speed(clock(1), 0.0);
            assert!(cx.cancel(clock(0)) && !cx.is_set(clock(0)) && !cx.cancel(clock(0)));
            cx.set_after(clock(1), micros(20), "fresh");
            // A clock that is not set has no speed to change.
            cx.set_speed(clock(2), 0.0);
            cx.set_after(clock(2), micros(30), "full speed");
        }
        "fresh" => {
            cx.set_after(clock(3), micros(10), "slow");
            cx.set_speed(clock(3), 0.5);
        }
        "slow" => cx.set_after(clock(3), micros(10), "at full speed again"),
        _ => {}
    });
    assert_eq!(fired, [(20, "fresh"), (30, "full speed"), (40, "slow"), (50, "at full speed again")]);
}

#[test]
fn a_clock_due_now_can_be_stopped() {
    let fired = play(|event, cx| match event {
        "start" => {
            cx.send_after(micros(5), "stop");
            cx.set_after(clock(0), micros(5), "stopped");
            cx.set(clock(1), &Law::constant(Duration::seconds(5e-6)), "not stopped");
            cx.send_after(micros(9), "go on");
        }
        "stop" => {
            cx.set_speed(clock(0), 0.0);
            cx.set_speed(clock(1), 3.0);
        }
        "go on" => cx.set_speed(clock(0), 0.25),
        _ => {}
    });
    assert_eq!(fired, [(5, "stop"), (5, "not stopped"), (9, "go on"), (9, "stopped")]);
}

#[test]
#[should_panic(expected = "a clock's speed is finite and not negative")]
fn a_negative_speed_is_a_mistake() {
    play(|_, cx| cx.set_speed(clock(0), -1.0));
}
