//! Loads of random systems, and failures that go by them.

use fivenines::system::{Component, Stress};
use fivenines::units::{Probability, Ratio};

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
