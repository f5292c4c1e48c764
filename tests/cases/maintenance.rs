//! Roll-outs, weather, loads that are shared, and failures in common.

use fivenines::engine::{Clocks, Context, Model, Source, Watch};
use fivenines::system::{
    Change, Component, Crew, Mode, Need, OperatorError, Scope, Service, Shock, System, Work,
};
use fivenines::units::Probability;

use super::check::{self, EXACT, Play, Row, UNIFORMIZED, clock, declare, mean, rate};

const ROLL_OUT: &[Row] = &[
    ("unavailability", 2.227472986733687e-06, EXACT),
    ("mttf", 160499.38525207315, EXACT),
    ("unreliability_8760h", 0.053110182417104274, UNIFORMIZED),
    ("expected_downtime_168h", 0.00036996566152596913, UNIFORMIZED),
];

/// Which replica is updated next makes no difference to how many are up, so that the roll-out which knows whom it has
/// updated has the answers of the case, which counts.
#[test]
fn a_roll_out_without_a_gate() {
    let node = Component::new().with_mode("fails", Mode::new(mean(500.0), mean(1.0)).repaired_by("crew"));
    let work = Work::new(mean(168.0), rate(6.0), Scope::all())
        .gap(rate(12.0))
        .error(OperatorError::new(Probability::new(0.01).unwrap(), "fails"));
    let system = System::new()
        .crew("crew", Crew::new(1))
        .component("node", node)
        .service("system", Service::replicas("node", 5).needs(Need::Count(3)))
        .change("release", Change::rolling(work));
    check::system(&system, ROLL_OUT, Play::Outages(500.0));
}

const WEATHER: usize = 6;

/// Two of three units with repairs of their own, and failure rates a hundred times as high in a storm.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Weather {
    units: [bool; 3],
    storm: bool,
}

impl Weather {
    fn works(&mut self, unit: usize, cx: &mut Context<usize>) {
        self.units[unit] = true;
        cx.set(clock(unit), &mean(5000.0), unit);
        self.age(unit, cx);
    }

    fn age(&self, unit: usize, cx: &mut Context<usize>) {
        cx.set_speed(clock(unit), if self.storm { 100.0 } else { 1.0 });
    }

    fn change(&self, cx: &mut Context<usize>) {
        cx.set(clock(WEATHER), &mean(if self.storm { 10.0 } else { 1000.0 }), WEATHER);
    }
}

impl Model for Weather {
    type Event = usize;

    fn clocks(&mut self, clocks: &mut Clocks) {
        declare(clocks, 7);
    }

    fn start(&mut self, cx: &mut Context<usize>) {
        (0..3).for_each(|unit| self.works(unit, cx));
        self.change(cx);
    }

    fn on(&mut self, event: usize, cx: &mut Context<usize>) {
        match event {
            WEATHER => {
                self.storm = !self.storm;
                self.change(cx);
                (0..3).for_each(|unit| self.age(unit, cx));
            }
            unit if unit < 3 => {
                self.units[unit] = false;
                cx.set(clock(3 + unit), &mean(2.0), 3 + unit);
            }
            repair => self.works(repair - 3, cx),
        }
    }

    fn observe(&self, watch: &mut Watch) {
        watch.up(self.units.iter().filter(|&&up| up).count() >= 2);
    }
}

const WEATHERED: &[Row] = &[
    ("unavailability", 3.674916264678064e-05, EXACT),
    ("mttf", 29899.587277990766, EXACT),
    ("unreliability_8760h", 0.25377236790942814, UNIFORMIZED),
    ("point_unavailability_100h", 3.674719513570513e-05, UNIFORMIZED),
];

#[test]
fn units_that_fail_in_storms() {
    check::model(Weather { units: [true; 3], storm: false }, WEATHERED);
}

const SHOCKS: &[Row] = &[
    ("unavailability", 9.432152615393663e-05, EXACT),
    ("mttf", 32934.26847170119, EXACT),
    ("unreliability_8760h", 0.23353691924319733, UNIFORMIZED),
    ("point_unavailability_10h", 9.15864934175991e-05, UNIFORMIZED),
];

/// The beta factor, said as such and as the shock that it stands for.
#[test]
fn units_that_fail_by_common_shocks() {
    let serving =
        |system: System| system.service("system", Service::replicas("unit", 3).needs(Need::Count(2)));
    let share = Probability::new(0.05).unwrap();
    let mode = Mode::new(mean(2000.0), mean(4.0)).common_cause(share);
    let said = serving(System::new().component("unit", Component::new().with_mode("fails", mode)));
    check::system(&said, SHOCKS, Play::Outages(500.0));
    let alone = Component::new().mode("fails", rate(0.95 / 2000.0), mean(4.0));
    let shock = Shock::new(rate(0.05 / 2000.0), "fails", Scope::all());
    let meant = serving(System::new().component("unit", alone)).shock("common", shock);
    check::system(&meant, SHOCKS, Play::Not("it is the same system"));
}

/// Four nodes, each with a clock to fail and one to its repair, whose failures bring others down.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Cascade([bool; 4]);

impl Model for Cascade {
    type Event = usize;

    fn clocks(&mut self, clocks: &mut Clocks) {
        declare(clocks, 8);
    }

    fn start(&mut self, cx: &mut Context<usize>) {
        (0..4).for_each(|node| cx.set(clock(node), &mean(1000.0), node));
    }

    fn on(&mut self, event: usize, cx: &mut Context<usize>) {
        if event >= 4 {
            self.0[event - 4] = true;
            cx.set(clock(event - 4), &mean(1000.0), event - 4);
            return;
        }
        for node in 0..4 {
            if node == event || self.0[node] && cx.chance(Source::default(), 0.1) {
                self.0[node] = false;
                cx.cancel(clock(node));
                cx.set(clock(4 + node), &mean(1.0), 4 + node);
            }
        }
    }

    fn observe(&self, watch: &mut Watch) {
        watch.up(self.0.iter().filter(|&&up| up).count() >= 2);
    }
}

const CASCADE: &[Row] = &[
    ("unavailability", 3.934518428996632e-05, EXACT),
    ("mttf", 8718.926960026349, EXACT),
    ("unreliability_8760h", 0.6338494905034925, UNIFORMIZED),
];

#[test]
fn failures_that_spread() {
    check::model(Cascade([true; 4]), CASCADE);
}

/// Four servers that share a load; the fifth clock is the crew's.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct LoadShare([bool; 4]);

impl LoadShare {
    fn settle(&self, cx: &mut Context<usize>) {
        let working = self.0.iter().filter(|&&up| up).count() as f64;
        (0..4).for_each(|server| cx.set_speed(clock(server), 16.0 / (working * working).max(1.0)));
        if working < 4.0 && !cx.is_set(clock(4)) {
            cx.set(clock(4), &mean(2.0), 4);
        }
    }
}

impl Model for LoadShare {
    type Event = usize;

    fn clocks(&mut self, clocks: &mut Clocks) {
        declare(clocks, 5);
    }

    fn start(&mut self, cx: &mut Context<usize>) {
        (0..4).for_each(|server| cx.set(clock(server), &mean(3000.0), server));
    }

    fn on(&mut self, event: usize, cx: &mut Context<usize>) {
        if event == 4 {
            let server = self.0.iter().position(|up| !up).expect("somebody to repair");
            self.0[server] = true;
            cx.set(clock(server), &mean(3000.0), server);
        } else {
            self.0[event] = false;
        }
        self.settle(cx);
    }

    fn observe(&self, watch: &mut Watch) {
        watch.up(self.0.iter().filter(|&&up| up).count() >= 2);
    }
}

const LOAD_SHARE: &[Row] = &[
    ("unavailability", 5.097088393942214e-08, EXACT),
    ("mttf", 39868875.0, EXACT),
    ("unreliability_8760h", 0.00021959607426830132, UNIFORMIZED),
    ("point_unavailability_10h", 4.43859924937566e-08, UNIFORMIZED),
];

#[test]
fn servers_that_fail_faster_when_fewer_share_the_load() {
    check::model(LoadShare([true; 4]), LOAD_SHARE);
}
