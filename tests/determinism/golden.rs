//! Digests that are part of the source: every build on every platform must find them again.
//!
//! They compare debug with release builds, one platform with another, and this version with the last one. A library
//! function that differs in the last bit between platforms, a fused multiplication, an order that depends on the
//! optimizer: each shows here and nowhere else.
//!
//! A change that is meant to change histories (another law's algorithm, another order of events) changes them too.
//! Then run `cargo test determinism::golden` and `cargo test --release determinism::golden`; where both print the same
//! digests, copy these here and say in the change log that results of the version before cannot be had again.

use fivenines::engine::{Class, Clock, Clocks, Context, Model, Observer, Simulator};
use fivenines::random::{Law, Name};
use fivenines::units::{Duration, Instant};

use super::{played, three_zones};

#[test]
fn three_zones_has_its_digests() {
    let results = played(&three_zones(500), 2);
    let mut digests: Vec<String> =
        results.designs.iter().map(|design| format!("{}: {}", design.name, design.digest)).collect();
    digests.push(format!("all: {}", results.digest));
    let golden = [
        "one zone: 45f02bf49d018c8c",
        "three zones: 2ba7f34765325e5c",
        "two regions: 9edc374f15133eb9",
        "all: c750a06f3d670a8d",
    ];
    assert_eq!(digests, golden);
}

/// Clocks of all laws that start again whenever they fire, now and then at another speed.
#[derive(Clone)]
struct Bells {
    laws: Vec<Law>,
    clocks: Vec<Clock>,
    rung: u64,
}

impl Model for Bells {
    type Event = usize;

    fn clocks(&mut self, clocks: &mut Clocks) {
        let names = (0..self.laws.len()).map(|index| Name::new("bell").at(index));
        self.clocks = names.map(|name| clocks.clock(name, Class::Fault)).collect();
    }

    fn start(&mut self, cx: &mut Context<usize>) {
        self.rung = 0;
        for (index, &clock) in self.clocks.iter().enumerate() {
            cx.set(clock, &self.laws[index], index);
        }
    }

    fn on(&mut self, index: usize, cx: &mut Context<usize>) {
        self.rung += 1;
        cx.set(self.clocks[index], &self.laws[index], index);
        let next = self.clocks[(index + 1) % self.clocks.len()];
        cx.set_speed(next, if self.rung.is_multiple_of(3) { 0.7 } else { 1.0 });
    }

    fn observe(&self, _: &mut fivenines::engine::Watch) {}
}

struct Nobody;

impl Observer<Bells> for Nobody {
    fn after(&mut self, _: &Bells, _: Instant) {}
}

const LAWS: [&str; 12] = [
    "exponential(mean 3h)",
    "weibull(shape 0.7, mean 5h)",
    "weibull(shape 2.5, scale 7h)",
    "gamma(shape 0.4, mean 6h)",
    "gamma(shape 3.3, mean 6h)",
    "lognormal(median 2h, p95 9h)",
    "uniform(1h, 3h)",
    "triangular(1h, 2h, 5h)",
    "erlang(stages 4, mean 8h)",
    "mixture(30% exponential(mean 1h), 70% uniform(2h, 9h))",
    "90min",
    "afr 99%",
];

#[test]
fn clocks_of_all_laws_have_their_digest() {
    let laws = LAWS.iter().map(|law| law.parse().unwrap()).collect();
    let bells = Bells { laws, clocks: Vec::new(), rung: 0 };
    let end = Instant::START + Duration::days(200.0).span();
    let summary = Simulator::new(bells, 7).play(3, end, &mut Nobody);
    assert_eq!(format!("{} events, {}", summary.events, summary.digest), "15002 events, a75b6e0f2fef71b2");
}
