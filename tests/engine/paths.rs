//! Trials that are stopped, copied, and gone on with by the same or by other luck.

use fivenines::engine::{
    Class, Clock, Clocks, Context, Model, Observer, Path, Simulator, Source, Unwatched, Watch,
};
use fivenines::random::math::ln;
use fivenines::random::{Law, Name};
use fivenines::solve::Splitting;
use fivenines::units::{Duration, Instant, Probability, Span};
use proptest::prelude::*;

fn law(text: &str) -> Law {
    text.parse().unwrap()
}

/// Machines that fail, fail faster or stand still while others are down, and tell each other so.
#[derive(Clone, Debug)]
struct Machines {
    up: Vec<bool>,
    told: u64,
    life: Law,
    repair: Law,
}

#[derive(Clone, Debug)]
enum Event {
    Turns(usize),
    Told,
}

impl Model for Machines {
    type Event = Event;

    fn clocks(&mut self, clocks: &mut Clocks) {
        for number in 0..self.up.len() {
            clocks.clock(Name::new("machine").at(number), Class::Fault);
        }
        clocks.source("post");
    }

    fn start(&mut self, cx: &mut Context<Event>) {
        for number in 0..self.up.len() {
            cx.set(Clock::from_index(number), &self.life, Event::Turns(number));
        }
    }

    fn on(&mut self, event: Event, cx: &mut Context<Event>) {
        let Event::Turns(number) = event else {
            self.told += 1;
            return;
        };
        self.up[number] = !self.up[number];
        let law = if self.up[number] { &self.life } else { &self.repair };
        cx.set(Clock::from_index(number), law, Event::Turns(number));
        let down = self.up.iter().filter(|up| !**up).count();
        for other in (0..self.up.len()).filter(|other| self.up[*other]) {
            let factor = [1.0, 2.0, 0.0, 0.5][down % 4];
            cx.set_speed(Clock::from_index(other), factor);
        }
        cx.send(Source::from_index(0), &law_of_post(), Event::Told);
    }

    fn observe(&self, watch: &mut Watch) {
        watch.up(self.up.iter().any(|up| *up));
    }
}

fn law_of_post() -> Law {
    Law::exponential(Duration::minutes(20.0))
}

fn machines(count: usize) -> Machines {
    let (life, repair) = (law("weibull(shape 2, mean 3h)"), law("lognormal(median 30min, p95 2h)"));
    Machines { up: vec![true; count], told: 0, life, repair }
}

fn hours(hours: f64) -> Instant {
    Instant::START + Duration::hours(hours).span()
}

fn to_the_end<M: Model>(path: &mut Path<M>, end: Instant) {
    while path.step(end, &mut Unwatched) {}
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// A path is the trial that is played; a copy goes on as the path does, also when its luck was changed before; and two
    /// whose luck is changed by the same number go on alike, by different numbers not.
    #[test]
    fn a_copy_goes_on_as_the_path_itself(seed: u64, trial in 0u64..1000, steps in 0usize..300, branch: u64) {
        let end = hours(200.0);
        let mut simulator = Simulator::new(machines(4), seed);
        let mut path = simulator.path(trial);
        for _ in 0..steps {
            path.step(end, &mut Unwatched);
        }
        let mut copies: Vec<_> = (0..4).map(|_| path.clone()).collect();
        copies[1].renew(branch);
        copies[2].renew(branch);
        copies[3].renew(branch.wrapping_add(1));
        let mut renewed = copies[1].clone();
        for each in copies.iter_mut().chain([&mut path, &mut renewed]) {
            to_the_end(each, end);
        }
        let played = simulator.play(trial, end, &mut Unwatched);
        prop_assert_eq!(path.summary(), played);
        prop_assert_eq!(copies[0].summary(), played);
        prop_assert_eq!(copies[1].summary(), copies[2].summary());
        prop_assert_eq!(copies[1].summary(), renewed.summary());
        prop_assert_ne!(copies[1].summary(), played);
        prop_assert_ne!(copies[1].summary(), copies[3].summary());
    }
}

/// One clock that runs at some speed, and another that interrupts.
#[derive(Clone)]
struct Waiting {
    law: Law,
    speed: f64,
    interrupt: Span,
    /// Stands still for as long again as it has waited when it is interrupted, behind the change of luck.
    stops: bool,
    interrupted: bool,
    fired: bool,
}

impl Model for Waiting {
    type Event = bool;

    fn clocks(&mut self, clocks: &mut Clocks) {
        clocks.clock("waits", Class::Fault);
        clocks.clock("interrupts", Class::Control);
    }

    fn start(&mut self, cx: &mut Context<bool>) {
        cx.set(Clock::from_index(0), &self.law, true);
        cx.set_speed(Clock::from_index(0), self.speed);
        cx.set_after(Clock::from_index(1), self.interrupt, false);
    }

    fn on(&mut self, waited: bool, cx: &mut Context<bool>) {
        if waited {
            self.fired = true;
        } else if self.stops && !self.interrupted {
            cx.set_speed(Clock::from_index(0), 0.0);
            cx.set_after(Clock::from_index(1), self.interrupt, false);
        } else {
            cx.set_speed(Clock::from_index(0), self.speed);
        }
        self.interrupted |= !waited;
    }

    fn observe(&self, watch: &mut Watch) {
        watch.up(!self.fired);
    }
}

/// The instants of events.
struct Last(Instant);

impl<M: Model> Observer<M> for Last {
    fn after(&mut self, _: &M, now: Instant) {
        self.0 = now;
    }
}

/// With other luck at an age, what is left of a clock follows the law of what has reached that age: the share of what is that
/// old that lasts longer still is uniform.
///
/// By the inequality of Dvoretzky, Kiefer, Wolfowitz and Massart an empirical distribution of n is off by more than
/// sqrt(ln(2 / error) / 2n) with a chance of `error` at most: 0.060 for 2,000 and one in a million.
#[test]
fn other_luck_keeps_the_law_of_what_is_left() {
    const COUNT: usize = 2000;
    let bound = (ln(2.0e6) / (2.0 * COUNT as f64)).sqrt();
    let laws = [
        "exponential(mean 1h)",
        "weibull(shape 3, mean 1h)",
        "weibull(shape 0.6, mean 1h)",
        "lognormal(median 1h, p95 4h)",
        "uniform(20min, 2h)",
        "erlang(stages 3, mean 1h)",
        "mixture(80% exponential(mean 1h), 20% uniform(1h, 3h))",
    ];
    for (text, speed, stops) in laws.into_iter().flat_map(|law| [(law, 1.0, false), (law, 0.5, true)]) {
        let law = law(text);
        let interrupt = Duration::minutes(30.0).span();
        let waiting = Waiting { law: law.clone(), speed, interrupt, stops, interrupted: false, fired: false };
        let simulator = Simulator::new(waiting, 5);
        let age = Duration::minutes(30.0 * speed);
        let mut shares: Vec<f64> = (0..)
            .filter_map(|trial| {
                let mut path = simulator.path(trial);
                path.step(Instant::NEVER, &mut Unwatched);
                (!path.model().fired).then_some(path)
            })
            .take(COUNT)
            .map(|mut path| {
                path.renew(7);
                let mut last = Last(path.now());
                while path.step(Instant::NEVER, &mut last) {}
                let stood = if stops { interrupt } else { Span::ZERO };
                let whole = (last.0.since_start() - stood).as_secs_f64() * speed;
                law.survival(Duration::seconds(whole)).value() / law.survival(age).value()
            })
            .collect();
        shares.sort_by(f64::total_cmp);
        let off = shares.iter().enumerate().map(|(place, share)| {
            let (below, above) = (place as f64 / COUNT as f64, (place + 1) as f64 / COUNT as f64);
            (share - below).abs().max((above - share).abs())
        });
        let off = off.fold(0.0, f64::max);
        assert!(off < bound, "{text} at speed {speed}: {off}");
    }
}

/// What was not drawn by a law, is due, or is under way keeps its time.
#[test]
fn other_luck_leaves_alone_what_is_certain() {
    let constant = law("constant(3h)");
    let interrupt = Duration::hours(1.0).span();
    let waiting =
        Waiting { law: constant, speed: 1.0, interrupt, stops: false, interrupted: false, fired: false };
    let mut path = Simulator::new(waiting, 5).path(0);
    path.renew(1);
    path.step(Instant::NEVER, &mut Unwatched);
    assert_eq!(path.now(), hours(1.0));
    path.renew(2);
    path.step(Instant::NEVER, &mut Unwatched);
    assert_eq!((path.now(), path.model().fired), (hours(3.0), true));
}

/// Parts that die once, each by a law of its own.
#[derive(Clone)]
struct Parts {
    lives: Vec<Law>,
    dead: Vec<bool>,
    clocks: Vec<Clock>,
}

impl Parts {
    fn new(lives: Vec<Law>) -> Parts {
        Parts { dead: vec![false; lives.len()], lives, clocks: Vec::new() }
    }

    fn count(&self) -> f64 {
        self.dead.iter().filter(|dead| **dead).count() as f64
    }
}

impl Model for Parts {
    type Event = usize;

    fn clocks(&mut self, clocks: &mut Clocks) {
        for number in 0..self.lives.len() {
            self.clocks.push(clocks.clock(Name::new("part").at(number), Class::Fault));
        }
    }

    fn start(&mut self, cx: &mut Context<usize>) {
        assert_eq!(self.clocks.len(), self.lives.len(), "clocks are declared once");
        for (number, life) in self.lives.iter().enumerate() {
            cx.set(self.clocks[number], life, number);
        }
    }

    fn on(&mut self, number: usize, _: &mut Context<usize>) {
        self.dead[number] = true;
    }

    fn observe(&self, watch: &mut Watch) {
        watch.up(self.dead.contains(&false));
    }
}

/// The chance that parts of any laws are all dead by a time is the product of their chances: here 7.1e-6, of which plain
/// simulation of as many trials would see nothing. A state is as near to it as the deaths that have come were unlikely, so that
/// one death often crosses several thresholds. The mean of 20,000 trials is held to five of its standard errors, and those to 8%
/// of it.
#[test]
fn splitting_finds_the_chance_that_parts_of_any_laws_all_die() {
    const TRIALS: u64 = 20_000;
    let lives = [
        "weibull(shape 3, mean 230h)",
        "lognormal(median 400h, p95 2000h)",
        "weibull(shape 0.7, mean 2000h)",
        "uniform(10h, 700h)",
        "erlang(stages 2, mean 400h)",
    ];
    let lives: Vec<Law> = lives.into_iter().map(law).collect();
    let end = Duration::hours(100.0);
    let chances: Vec<f64> = lives.iter().map(|life| life.cdf(end).value()).collect();
    let chance: f64 = chances.iter().product();
    assert!((7.0e-6..7.1e-6).contains(&chance), "{chance:e}");
    let unlikely = move |parts: &Parts| {
        let dead = parts.dead.iter().zip(&chances).filter(|(dead, _)| **dead);
        dead.map(|(_, chance)| -ln(*chance)).sum::<f64>()
    };
    let thresholds: Vec<(f64, u32)> = (1..6).map(|step| (2.0 * f64::from(step), 8)).collect();
    let splitting = Splitting::new(Parts::new(lives), 11, unlikely).at(&thresholds);
    let reached: Vec<f64> =
        (0..TRIALS).map(|trial| splitting.play(trial, hours(100.0)).unwrap().reached[0]).collect();
    let mean = reached.iter().sum::<f64>() / TRIALS as f64;
    let squares = reached.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>();
    let error = squares.sqrt() / TRIALS as f64;
    assert!(error < 0.08 * mean, "{mean:e} +- {error:e}");
    assert!((mean - chance).abs() < 5.0 * error, "{mean:e} +- {error:e}, not {chance:e}");
}

/// A pilot has luck of its own and the same model: its clocks are declared once, and the trials behind it are those of the seed.
#[test]
fn a_pilot_is_the_same_model_by_other_luck() {
    let parts = || Parts::new(vec![law("exponential(mean 100h)"); 3]);
    let piloted = Splitting::new(parts(), 11, Parts::count).balanced(&[1.0, 2.0], hours(10.0), 200).unwrap();
    let by_hand = Splitting::new(parts(), 11, Parts::count).at(piloted.thresholds());
    assert!(piloted.thresholds().iter().all(|(_, factor)| *factor > 1), "{:?}", piloted.thresholds());
    for trial in 0..20 {
        assert_eq!(piloted.play(trial, hours(10.0)), by_hand.play(trial, hours(10.0)));
    }
}

/// More paths than are allowed are an error and no estimate.
#[test]
fn a_trial_of_too_many_paths_is_given_up() {
    let lives = vec![law("exponential(mean 1h)"); 4];
    let splitting = Splitting::new(Parts::new(lives), 11, Parts::count)
        .at(&[(1.0, 1000), (2.0, 1000), (3.0, 1000)])
        .most_paths(5000);
    let error = splitting.play(3, hours(10.0)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "trial 3 split into more than 5000 paths: ask for smaller factors, or for fewer thresholds"
    );
    let share = Probability::new(splitting.at(&[]).play(3, hours(10.0)).unwrap().reached[0]);
    assert!(share.unwrap().is_one());
}
