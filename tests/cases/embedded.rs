//! The embedded control system of Muppala, Ciardo and Trivedi (1994), in PRISM's version.

use fivenines::engine::{Clocks, Context, Model, Watch};
use fivenines::random::Law;
use fivenines::solve::Markov;
use fivenines::solve::chain::Budget;
use fivenines::units::Duration;

use super::check::{self, EXACT, Row, UNIFORMIZED, clock, declare};

const DAY: f64 = 86_400.0;
const YEAR: f64 = 365.0 * DAY;
const MAX_COUNT: u32 = 2;
const MIN_SENSORS: u32 = 2;
const MIN_ACTUATORS: u32 = 1;

/// A processor for input or output: 2 works, 1 has a transient fault, 0 has failed.
type Processor = u8;

const SENSORS: usize = 0;
const ACTUATORS: usize = 1;
const MAIN: usize = 2;
const TIMEOUT: usize = 3;
/// Each of the two processors fails for good, has a transient fault, reboots.
const INPUT: [usize; 3] = [4, 5, 6];
const OUTPUT: [usize; 3] = [7, 8, 9];
const RESTART: usize = 10;

/// Sensors, actuators, three processors and the bus between them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Embedded {
    sensors: u32,
    actuators: u32,
    input: Processor,
    output: Processor,
    main: bool,
    skipped: u32,
    computed: bool,
    data_ready: bool,
    orders_pending: bool,
    /// After the first outage, begins anew instead of ending.
    restarts: bool,
}

impl Embedded {
    fn new(restarts: bool) -> Embedded {
        Embedded {
            sensors: 3,
            actuators: 2,
            input: 2,
            output: 2,
            main: true,
            skipped: 0,
            computed: true,
            data_ready: true,
            orders_pending: false,
            restarts,
        }
    }

    /// Down by sensors, actuators, skipped cycles, the main processor.
    fn causes(&self) -> [bool; 4] {
        [
            self.input == 2 && self.sensors < MIN_SENSORS,
            self.output == 2 && self.actuators < MIN_ACTUATORS,
            self.skipped == MAX_COUNT + 1,
            !self.main,
        ]
    }

    fn is_down(&self) -> bool {
        self.causes().contains(&true)
    }

    /// Every law is exponential, so that each clock may be set anew in each state.
    fn settle(&self, cx: &mut Context<usize>) {
        let mut run = |index: usize, per_second: f64, when: bool| {
            cx.cancel(clock(index));
            if when {
                cx.set(clock(index), &Law::exponential(Duration::seconds(1.0 / per_second)), index);
            }
        };
        let down = self.is_down();
        run(SENSORS, f64::from(self.sensors) / (30.0 * DAY), !down && self.sensors > 1);
        run(ACTUATORS, f64::from(self.actuators) / (60.0 * DAY), !down && self.actuators > 0);
        run(MAIN, 1.0 / YEAR, !down && self.main);
        run(TIMEOUT, 1.0 / 60.0, !down);
        let served = [self.sensors >= MIN_SENSORS, self.actuators >= MIN_ACTUATORS];
        for ((processor, clocks), served) in
            [(self.input, INPUT), (self.output, OUTPUT)].into_iter().zip(served)
        {
            run(clocks[0], 1.0 / YEAR, !down && served && processor > 0);
            run(clocks[1], 1.0 / DAY, !down && served && processor == 2);
            run(clocks[2], 1.0 / 30.0, !down && served && processor == 1);
        }
        run(RESTART, 1.0, down && self.restarts);
    }
}

impl Model for Embedded {
    type Event = usize;

    fn clocks(&mut self, clocks: &mut Clocks) {
        declare(clocks, RESTART + 1);
    }

    fn start(&mut self, cx: &mut Context<usize>) {
        self.settle(cx);
    }

    fn on(&mut self, event: usize, cx: &mut Context<usize>) {
        let old = self.clone();
        let reads = old.input == 2 && old.sensors >= MIN_SENSORS;
        let writes = old.output == 2 && old.actuators >= MIN_ACTUATORS;
        match event {
            SENSORS => self.sensors -= 1,
            ACTUATORS => self.actuators -= 1,
            MAIN => self.main = false,
            TIMEOUT => {
                self.skipped = if old.computed { 0 } else { old.skipped + 1 };
                self.computed = old.data_ready && !old.orders_pending && old.main;
                self.data_ready = reads || old.data_ready && (old.orders_pending || !old.main);
                self.orders_pending = !writes && (old.orders_pending || old.data_ready && old.main);
            }
            RESTART => *self = Embedded::new(true),
            _ if event == INPUT[0] => self.input = 0,
            _ if event == INPUT[1] => self.input = 1,
            _ if event == INPUT[2] => {
                self.input = 2;
                self.computed = old.computed || old.main && !old.orders_pending;
                self.data_ready = true;
                self.orders_pending = !writes && (old.orders_pending || old.main);
            }
            _ if event == OUTPUT[0] => self.output = 0,
            _ if event == OUTPUT[1] => self.output = 1,
            _ => {
                self.output = 2;
                self.computed = old.computed || old.data_ready && old.main;
                self.data_ready = reads || old.data_ready && !old.main;
                self.orders_pending = false;
            }
        }
        self.settle(cx);
    }

    fn observe(&self, watch: &mut Watch) {
        watch.up(!self.is_down());
        self.causes().into_iter().for_each(|cause| watch.up(!cause));
        // Zero while fully up.
        watch.up(self.is_down() || self.input == 1 || self.output == 1);
    }
}

const VALUES: &[Row] = &[
    ("p_cause_sensors", 0.6213837036832706, EXACT),
    ("p_cause_actuators", 0.08767819037331588, EXACT),
    ("p_cause_io", 0.24252058277362362, EXACT),
    ("p_cause_main", 0.048417523169789894, EXACT),
    ("mttf_hours", 423.8443172811176, EXACT),
    ("unreliability_12h", 0.009035237301280757, UNIFORMIZED),
    ("unreliability_io_12h", 0.00679707199709198, UNIFORMIZED),
    ("unreliability_main_12h", 0.0013638819001887876, UNIFORMIZED),
];

fn value(quantity: &str) -> f64 {
    VALUES.iter().find(|row| row.0 == quantity).expect("a quantity in the table").1
}

fn explored(restarts: bool) -> Markov {
    check::explore(Embedded::new(restarts))
}

/// With a restart a second after each outage, the long run is a renewal process, in which every cycle has one outage.
#[test]
fn the_first_outage_of_an_embedded_system_has_its_causes_and_its_mean() {
    let exact = explored(true);
    let steady = exact.steady().unwrap();
    let down = exact.unavailability(&steady, 0);
    for (measure, cause) in ["sensors", "actuators", "io", "main"].into_iter().enumerate() {
        let share = exact.unavailability(&steady, measure + 1) / down;
        check::close(cause, share, value(&format!("p_cause_{cause}")), 1e-9);
    }
    // Outages last a second on average.
    let fully_up = exact.unavailability(&steady, 5) / down;
    check::close("mttf", fully_up / 3600.0, value("mttf_hours"), 1e-9);
}

#[test]
fn an_embedded_system_goes_down_within_twelve_hours() {
    let exact = explored(false);
    check::table(&exact, 0, &[("unreliability_12h", value("unreliability_12h"), UNIFORMIZED)]);
    let transient = exact.transient(Budget::default());
    for (measure, cause) in [(3, "io"), (4, "main")] {
        let found = transient.probability_at(&exact.down(measure), 12.0 * 3600.0).unwrap();
        check::close(cause, found, value(&format!("unreliability_{cause}_12h")), 1e-9);
    }
}
