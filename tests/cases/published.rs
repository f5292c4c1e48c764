//! Closed forms and published numbers.

use fivenines::engine::{Clocks, Context, Model, Observer, Simulator, Watch};
use fivenines::estimate::{Bounds, Confidence, compare};
use fivenines::random::Law;
use fivenines::system::{Component, Mode, Need, Recorder, Service, System, Window, naive_unavailability};
use fivenines::units::{Duration, Instant, Span};

use super::check::{self, Row, clock, declare, mean, rate};
use super::kofn::k_of_n;

/// Closed form, agreed by RePyability 0.15: unit life 1000 h, repair 10 h.
#[test]
fn k_of_n_has_its_closed_form() {
    let rows = [
        (3, 2, 1, 5.88003562952e-4),
        (3, 2, 3, 2.92147634526e-4),
        (5, 3, 1, 5.81829263372e-5),
        (5, 3, 2, 1.44153488075e-5),
        (10, 8, 2, 1.68820585727e-4),
    ];
    let unavailability = |(n, k, crew): (u32, u32, u32)| {
        let (model, service) = check::compiled(&k_of_n(n, k, crew, 1000.0, 10.0), "system");
        check::answer(&check::explore(model), service, "unavailability")
    };
    for (n, k, crew, expected) in rows {
        // Twelve digits were published.
        check::close(&format!("{k} of {n}, {crew}"), unavailability((n, k, crew)), expected, 1e-11);
    }
    let difference = unavailability((3, 2, 1)) - unavailability((3, 2, 3));
    check::close("the difference", difference, 2.95855928426e-4, 1e-11);
}

/// Shares of downtime in 200 trials of 20,000 hours.
fn shares(system: &System, seed: u64) -> Vec<f64> {
    let (model, _) = check::compiled(system, "system");
    let mut simulator = Simulator::new(model, seed);
    let end = Instant::START + Duration::hours(20_000.0).span();
    (0..200).map(|trial| 1.0 - simulator.levels(trial, end).mean(0)).collect()
}

/// The difference between a crew of one and own repairers, above: its paired interval covers it, at one seed and one
/// in ten thousand, and is narrower than the unpaired one, which the same trials with other luck give.
#[test]
fn common_luck_narrows_a_difference() {
    let (own, one) = (k_of_n(3, 2, 3, 1000.0, 10.0), k_of_n(3, 2, 1, 1000.0, 10.0));
    let interval = |seed: u64| {
        let confidence = Confidence::new(0.9999).unwrap();
        let compared = compare(&shares(&own, 1), &shares(&one, seed), Bounds::FRACTION, confidence);
        compared.unwrap().difference().interval()
    };
    let (paired, unpaired) = (interval(1), interval(2));
    assert!(paired.contains(2.95855928426e-4) && unpaired.contains(2.95855928426e-4));
    assert!(paired.half_width() < 0.9 * unpaired.half_width(), "{paired} and {unpaired}");
}

/// Node unavailability 0.01, closed form; here independence is all there is, so the naive answer is the exact one.
#[test]
fn a_majority_of_independent_nodes_is_what_a_spreadsheet_says() {
    for (n, expected) in [(3, 2.98e-4), (5, 9.8506e-6)] {
        let system = k_of_n(n, n / 2 + 1, n, 99.0, 1.0);
        let (model, service) = check::compiled(&system, "system");
        let exact = check::answer(&check::explore(model), service, "unavailability");
        check::close("exact", exact, expected, 1e-12);
        check::close("naive", naive_unavailability(&system).unwrap()[service], expected, 1e-12);
    }
}

/// MTTDL = (mu + (2n - 1) lambda) / (n (n - 1) lambda^2): Patterson, Gibson and Katz (1988) for eight disks.
#[test]
fn a_raid_5_array_has_its_mean_time_to_data_loss() {
    let rows: &[Row] = &[("mttf", 316_904_896.54, "closed form")];
    let (model, service) = check::compiled(&k_of_n(8, 7, 8, 461_386.0, 12.0), "system");
    // Eleven digits were published.
    let found = check::answer(&check::explore(model), service, rows[0].0);
    check::close("mttdl", found, rows[0].1, 1e-10);
}

/// Storm's regression tests, exact: 2 of 3 with rates 0.3, 0.4 and 1, without repair.
#[test]
fn two_of_three_unlike_units_without_repair() {
    let system =
        [("a", 0.3), ("b", 0.4), ("c", 1.0)].iter().fold(System::new(), |system, &(name, per_hour)| {
            let unit = Component::new().mode("fails", rate(per_hour), Law::Never);
            system.component(name, unit).service(name, Service::replicas(name, 1))
        });
    let system = system.service("system", Service::members(&["a", "b", "c"]).needs(Need::Majority));
    let (model, service) = check::compiled(&system, "system");
    check::close("mttf", check::answer(&check::explore(model), service, "mttf"), 2685.0 / 1547.0, 1e-12);
}

/// When a model's first measure was down, in whole hours.
#[derive(Default)]
struct Outages {
    began: Option<Instant>,
    seen: Vec<(f64, f64)>,
}

impl<M: Model> Observer<M> for Outages {
    fn after(&mut self, model: &M, now: Instant) {
        let mut watch = Watch::default();
        model.observe(&mut watch);
        let hours = |at: Instant| at.since_start().as_secs_f64() / 3600.0;
        match (watch.levels()[0] == 0.0, self.began) {
            (true, None) => self.began = Some(now),
            (false, Some(began)) => {
                self.seen.push((hours(began), hours(now)));
                self.began = None;
            }
            _ => {}
        }
    }
}

fn hours(hours: f64) -> Law {
    Law::constant(Duration::hours(hours))
}

fn end() -> Instant {
    Instant::START + Duration::hours(300.0).span()
}

/// A series pair whose survivor does not age while the system is down: units have clocks 0 and 1.
#[derive(Clone)]
struct Waits([bool; 2]);

const LIVES: [f64; 2] = [100.0, 120.0];

impl Model for Waits {
    type Event = usize;

    fn clocks(&mut self, clocks: &mut Clocks) {
        declare(clocks, 2);
    }

    fn start(&mut self, cx: &mut Context<usize>) {
        (0..2).for_each(|unit| cx.set(clock(unit), &hours(LIVES[unit]), unit));
    }

    fn on(&mut self, unit: usize, cx: &mut Context<usize>) {
        self.0[unit] = !self.0[unit];
        let law = if self.0[unit] { hours(LIVES[unit]) } else { hours(10.0) };
        cx.set(clock(unit), &law, unit);
        cx.set_speed(clock(1 - unit), if self.0[unit] { 1.0 } else { 0.0 });
    }

    fn observe(&self, watch: &mut Watch) {
        watch.up(self.0 == [true; 2]);
    }
}

/// ReliaSoft's BlockSim example: A fails after 100 h of operation, B after 120 h, repairs last 10 h.
#[test]
fn a_series_pair_that_waits_or_ages() {
    let mut waits = Outages::default();
    let mut simulator = Simulator::new(Waits([true; 2]), 1);
    simulator.play(0, end(), &mut waits);
    assert_eq!(waits.seen, [(100.0, 110.0), (130.0, 140.0), (220.0, 230.0), (270.0, 280.0)]);
    assert!((simulator.levels(0, end()).mean(0) - 260.0 / 300.0).abs() < 1e-12);

    let unit = |life: f64| Component::new().mode("wears out", hours(life), hours(10.0));
    let system = System::new()
        .component("a", unit(100.0))
        .component("b", unit(120.0))
        .service("system", Service::stacked(&["a", "b"], 1));
    let (model, _) = check::compiled(&system, "system");
    let mut ages = Outages::default();
    Simulator::new(model, 1).play(0, end(), &mut ages);
    assert_eq!(ages.seen, [(100.0, 110.0), (120.0, 130.0), (210.0, 220.0), (250.0, 260.0)]);
}

/// The same example's books: each outage goes to the unit that failed.
#[test]
fn outages_are_booked_to_what_was_repaired() {
    let unit = |life: f64| Component::new().with_mode("wears out", Mode::new(hours(life), hours(10.0)));
    let system = System::new()
        .component("a", unit(100.0))
        .component("b", unit(120.0))
        .service("system", Service::stacked(&["a", "b"], 1));
    let (model, _) = check::compiled(&system, "system");
    let mut recorder =
        Recorder::new(Window { start: Instant::START, end: end(), length: Duration::hours(100.0).span() });
    Simulator::new(model, 1).play(0, end(), &mut recorder);
    let record = &recorder.records()[0];
    let ten = Duration::hours(10.0).span();
    let lengths: Vec<Span> = record.outages.iter().map(|outage| outage.length).collect();
    assert_eq!(lengths, [ten; 4]);
    assert_eq!(record.causes, [(0, ten + ten), (1, ten + ten)]);
    // 100-110 and 120-130 in the second hundred hours, 210-220 and 250-260 in the third.
    assert_eq!(record.windows, [(1, ten + ten), (2, ten + ten)]);
    assert_eq!(record.first_down, Instant::START + Duration::hours(100.0).span());
    assert_eq!(record.downtime, Span::from_secs(40 * 3600));
}

/// A node that ages and is rejuvenated: robust, fragile, failed or being rejuvenated.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Aging {
    Robust,
    Fragile,
    Failed,
    Rejuvenated,
}

/// Robust to fragile every 240 h, fragile to failed every 720 h, repair 2 h, rejuvenation 20 min; `every` hours.
#[derive(Clone, Debug)]
struct Rejuvenation {
    state: Aging,
    every: f64,
}

impl PartialEq for Rejuvenation {
    fn eq(&self, other: &Rejuvenation) -> bool {
        self.state == other.state
    }
}

impl Eq for Rejuvenation {}

impl std::hash::Hash for Rejuvenation {
    fn hash<H: std::hash::Hasher>(&self, hasher: &mut H) {
        self.state.hash(hasher);
    }
}

impl Model for Rejuvenation {
    type Event = usize;

    fn clocks(&mut self, clocks: &mut Clocks) {
        declare(clocks, 2);
    }

    fn start(&mut self, cx: &mut Context<usize>) {
        cx.set(clock(0), &mean(240.0), 0);
    }

    fn on(&mut self, event: usize, cx: &mut Context<usize>) {
        cx.cancel(clock(1 - event));
        let next = match (&self.state, event) {
            (Aging::Robust, _) => Aging::Fragile,
            (Aging::Fragile, 0) => Aging::Failed,
            (Aging::Fragile, _) => Aging::Rejuvenated,
            _ => Aging::Robust,
        };
        let law = match next {
            Aging::Robust => mean(240.0),
            Aging::Fragile => mean(720.0),
            Aging::Failed => mean(2.0),
            Aging::Rejuvenated => rate(3.0),
        };
        cx.set(clock(0), &law, 0);
        if next == Aging::Fragile && self.every.is_finite() {
            cx.set(clock(1), &mean(self.every), 1);
        }
        self.state = next;
    }

    fn observe(&self, watch: &mut Watch) {
        watch.up(self.state != Aging::Failed);
        watch.up(self.state != Aging::Rejuvenated);
    }
}

/// Derived from Huang, Kintala, Kolettis and Fulton's model (FTCS 1995); seven or six digits were published.
#[test]
fn rejuvenation_trades_planned_downtime_for_unplanned() {
    let rows = [
        (f64::INFINITY, 2.079002e-3, 0.0),
        (336.0, 1.354096e-3, 4.83606e-4),
        (168.0, 1.004016e-3, 7.17154e-4),
    ];
    for (every, unplanned, planned) in rows {
        let exact = check::explore(Rejuvenation { state: Aging::Robust, every });
        check::close("unplanned", check::answer(&exact, 0, "unavailability"), unplanned, 5e-7);
        let found = check::answer(&exact, 1, "unavailability");
        assert!((found - planned).abs() <= 1e-6 * planned, "planned: {found:e} instead of {planned:e}");
    }
}
