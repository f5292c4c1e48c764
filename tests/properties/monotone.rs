//! What is more can only help, where nothing is shared and nothing has to switch; and where it does not, by how much.

use fivenines::random::Law;
use fivenines::system::{Component, Failover, Mode, Need, Service, System};
use fivenines::units::Duration;
use proptest::prelude::*;

use super::held::{explored, holds};

/// A replica of several components with several modes each, all of them independent: hours of life and of repair.
type Replica = Vec<Vec<(f64, f64)>>;

/// Replicas that are up for most of the time.
fn replica() -> impl Strategy<Value = Replica> {
    let mode = (50.0..2000.0, 0.1..40.0);
    prop::collection::vec(prop::collection::vec(mode, 1..3), 1..3)
}

fn hours(mean: f64) -> Law {
    Law::exponential(Duration::hours(mean))
}

/// So many such replicas, of which some are needed.
fn service(replica: &Replica, count: u32, need: Need) -> Service {
    let names: Vec<String> = (0..replica.len()).map(|kind| format!("kind-{kind}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    Service::stacked(&names, count).needs(need)
}

fn system(replica: &Replica, service: Service) -> System {
    let kinds = replica.iter().enumerate().fold(System::new(), |system, (kind, modes)| {
        let modes = modes.iter().enumerate().fold(Component::new(), |component, (mode, &(life, repair))| {
            component.with_mode(&format!("mode-{mode}"), Mode::new(hours(life), hours(repair)))
        });
        system.component(&format!("kind-{kind}"), modes)
    });
    kinds.service("service", service)
}

fn unavailability(replica: &Replica, count: u32, need: Need) -> Option<f64> {
    let exact = explored(&system(replica, service(replica, count, need)))?;
    Some(exact.unavailability(&exact.steady().unwrap(), 0))
}

/// Rounding of a solution.
const ROUNDING: f64 = 1.0 + 1e-9;

#[test]
fn one_more_replica_never_hurts_where_any_will_do() {
    holds(60, (replica(), 1..5u32), |(replica, count)| {
        let down = |count| unavailability(&replica, count, Need::Any);
        let (Some(now), Some(more)) = (down(count), down(count + 1)) else { return false };
        assert!(more <= now * ROUNDING, "{now:e} becomes {more:e}");
        true
    });
}

/// Two more let a majority lose one more; one more lets it lose no more, and is one more that fails.
#[test]
fn two_more_replicas_never_hurt_a_majority_and_a_fourth_always_does() {
    holds(60, (replica(), 1..3u32), |(replica, half)| {
        let odd = 2 * half - 1;
        let down = |count| unavailability(&replica, count, Need::Majority);
        let [Some(now), Some(one_more), Some(two_more)] = [0, 1, 2].map(|more| down(odd + more)) else {
            return false;
        };
        let single = unavailability(&replica, 1, Need::Any).expect("one replica is few states");
        assert!(single < 0.5, "replicas are up more often than down");
        assert!(two_more <= now * ROUNDING, "{now:e} becomes {two_more:e} with two more");
        assert!(one_more > now, "{now:e} becomes {one_more:e} with one more");
        true
    });
}

#[test]
fn a_longer_detection_never_helps_a_plain_failover() {
    let times = (0.001..1.0, 1.0..50.0, 0.001..1.0);
    holds(60, (replica(), 2..4u32, times), |(replica, count, (detect, longer, switch))| {
        let down = |detect: f64| {
            let failover = Failover::new(hours(detect), hours(switch));
            let service = service(&replica, count, Need::Any).failover(failover);
            let exact = explored(&system(&replica, service))?;
            Some(exact.unavailability(&exact.steady().unwrap(), 0))
        };
        let (Some(soon), Some(late)) = (down(detect), down(detect * longer)) else { return false };
        assert!(
            soon <= late * ROUNDING,
            "{soon:e} when detected in {detect} h, {late:e} in {longer} times that"
        );
        true
    });
}
