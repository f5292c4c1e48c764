//! Laws and loads of random systems, failures that go by them, and what services do without others.

use fivenines::random::Law;
use fivenines::system::{Component, Service, Stress, Without};
use fivenines::units::{Duration, Probability, Ratio};

/// A law of this mean in hours, of one of the shapes, times `scale`.
pub fn law(shape: usize, hours: f64, scale: f64) -> Law {
    let mean = Duration::hours(hours * scale);
    match shape {
        0 => Law::exponential(mean),
        1 => Law::erlang(2, mean).expect("two stages"),
        _ => {
            let branch = |share, hours: f64| {
                (Probability::new(share).expect("a share"), Duration::hours(hours * scale))
            };
            Law::hyperexponential(&[branch(0.75, hours * 0.5), branch(0.25, hours * 2.5)])
                .expect("two branches")
        }
    }
}

pub fn ratio(value: f64) -> Ratio {
    Ratio::new(value).expect("a ratio")
}

/// The first mode fails by the load, the second one slows.
pub fn loaded(mut component: Component) -> Component {
    let mut modes = component.modes.values_mut();
    if let Some(first) = modes.next() {
        first.stress = Some(Stress::power(1.5, ratio(0.45)));
    }
    if let Some(second) = modes.next() {
        second.slow = Some(Probability::new(0.4).expect("a probability"));
    }
    component
}

/// A service that depends on another one, which it can do without not at all, for a while, or for ever.
pub fn depending(service: Service, on: &str, without: usize, scale: f64) -> Service {
    let service = service.depends_on(on);
    let serves = Without::serves(Probability::new(0.6).expect("a share"));
    match without {
        0 => service,
        1 => service.without(on, serves.lasts(law(0, 1.5, scale))),
        _ => service.without(on, serves),
    }
}
