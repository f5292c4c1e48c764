//! What an event costs on the engine, against the plain loop an expert would write by hand.
//!
//! `cargo bench --bench engine` measures; without `--bench` (as under `cargo test`) or with `--quick` everything runs
//! small, so that the code cannot rot. A word restricts it to the workloads with that word in their names, `--only`
//! leaves out the baseline and `--events=N` sets the size, for a look through a profiler. Baseline and engine take turns in one process, and the ratio is the median of
//! the rounds' own ratios, so that a machine that slows down midway slows down both.
//!
//! The baseline is one loop over `BinaryHeap` with one ChaCha8 generator and the platform's logarithm: no names, no
//! streams, no digest, no cancel. The engine pays for all of these.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use fivenines::engine::{
    Class, Clock, Clocks, Context, Digest, Levels, Model, Observer, Simulator, Source, Watch,
};
use fivenines::random::{Law, Name};
use fivenines::units::{Duration, Instant};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

const SEED: u64 = 42;

/// What a run did, so that it cannot be optimized away: events, a number of the model's own, and a digest of both.
struct Outcome {
    events: u64,
    digest: Digest,
    value: f64,
}

/// Nanoseconds that this thread has been running: what other programs take of the machine is not counted.
fn processor_time() -> Option<u64> {
    let times = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    times.split(' ').next()?.parse().ok()
}

/// Nanoseconds that `work` takes, by the processor's time where the system tells it, and what it did.
#[allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "a benchmark measures the wall clock")]
fn timed<T>(work: impl FnOnce() -> T) -> (f64, T) {
    let (clock, running) = (std::time::Instant::now(), processor_time());
    let outcome = std::hint::black_box(work());
    let elapsed = match (running, processor_time()) {
        (Some(before), Some(after)) if after > before => (after - before) as f64,
        _ => clock.elapsed().as_nanos() as f64,
    };
    (elapsed, outcome)
}

/// The middle of some values; NaN of none.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

// ------------------------------------------------------------------------------------------------------------------
// The baseline: what an expert writes in an afternoon.

/// Pending entries: integer time, sequence number, what.
type Heap<T> = BinaryHeap<Reverse<(u64, u64, T)>>;

struct Plain<T: Ord> {
    heap: Heap<T>,
    rng: ChaCha8Rng,
    sequence: u64,
    now: u64,
    events: u64,
}

impl<T: Ord> Plain<T> {
    fn new() -> Plain<T> {
        let mut seed = [0; 32];
        seed[0] = SEED as u8;
        Plain { heap: BinaryHeap::new(), rng: ChaCha8Rng::from_seed(seed), sequence: 0, now: 0, events: 0 }
    }

    /// Exponential, in microseconds.
    #[inline]
    #[allow(clippy::disallowed_methods, reason = "the plain loop uses the platform's logarithm")]
    fn exponential(&mut self, mean_micros: f64) -> u64 {
        let u: f64 = self.rng.random();
        (-(1.0 - u).ln() * mean_micros + 0.5) as u64
    }

    #[inline]
    fn push(&mut self, delay: u64, what: T) {
        self.heap.push(Reverse((self.now + delay, self.sequence, what)));
        self.sequence += 1;
    }

    #[inline]
    fn pop(&mut self, end: u64) -> Option<T> {
        let Reverse((at, _, what)) = self.heap.pop()?;
        if at > end {
            return None;
        }
        self.now = at;
        Some(what)
    }

    fn outcome(&self, value: f64) -> Outcome {
        let mut digest = Digest::new();
        digest.fold(self.events);
        digest.fold(value.to_bits());
        Outcome { events: self.events, digest, value }
    }
}

fn plain_components(count: u32, end: u64) -> Outcome {
    let (up_mean, down_mean) = (UP.micros(), DOWN.micros());
    let mut plain = Plain::new();
    let mut up = vec![true; count as usize];
    for component in 0..count {
        let delay = plain.exponential(up_mean);
        plain.push(delay, component);
    }
    let (mut down, mut since, mut good) = (0u32, 0, 0u64);
    while let Some(component) = plain.pop(end) {
        plain.events += 1;
        let was_good = down <= 1;
        let state = &mut up[component as usize];
        *state = !*state;
        let up = *state;
        down = if up { down - 1 } else { down + 1 };
        if was_good != (down <= 1) {
            if was_good {
                good += plain.now - since;
            }
            since = plain.now;
        }
        let delay = plain.exponential(if up { up_mean } else { down_mean });
        plain.push(delay, component);
    }
    if down <= 1 {
        good += end - since;
    }
    plain.outcome(good as f64 / end as f64)
}

fn plain_messages(count: u32, end: u64) -> Outcome {
    let mean = DELAY.micros();
    let mut plain = Plain::new();
    let mut received = vec![0u32; count as usize];
    for node in 0..count {
        let delay = plain.exponential(mean);
        plain.push(delay, node);
    }
    while let Some(node) = plain.pop(end) {
        plain.events += 1;
        received[node as usize] += 1;
        let to = plain.rng.random_range(0..count);
        let delay = plain.exponential(mean);
        plain.push(delay, to);
    }
    plain.outcome(f64::from(received[0]))
}

/// A timeout carries the generation it was set in: one from before is dead and skipped when it comes up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Tick {
    Receipt(u32),
    Timeout(u32, u32),
}

fn plain_timeouts(count: u32, end: u64) -> Outcome {
    let (mean, timeout) = (DELAY.micros(), TIMEOUT.micros() as u64);
    let mut plain = Plain::new();
    let mut generation = vec![0u32; count as usize];
    let mut expired = 0u64;
    for node in 0..count {
        let delay = plain.exponential(mean);
        plain.push(delay, Tick::Receipt(node));
        plain.push(timeout, Tick::Timeout(node, 0));
    }
    while let Some(tick) = plain.pop(end) {
        match tick {
            Tick::Receipt(node) => {
                plain.events += 1;
                generation[node as usize] += 1;
                plain.push(timeout, Tick::Timeout(node, generation[node as usize]));
                let to = plain.rng.random_range(0..count);
                let delay = plain.exponential(mean);
                plain.push(delay, Tick::Receipt(to));
            }
            Tick::Timeout(node, set) if set == generation[node as usize] => {
                plain.events += 1;
                expired += 1;
            }
            Tick::Timeout(..) => {}
        }
    }
    plain.outcome(expired as f64)
}

fn plain_queue(end: u64) -> Outcome {
    let (arrival, service) = (ARRIVAL.micros(), SERVICE.micros());
    let mut plain = Plain::new();
    let delay = plain.exponential(arrival);
    plain.push(delay, true);
    let (mut jobs, mut since, mut area) = (0u64, 0u64, 0.0);
    while let Some(arrives) = plain.pop(end) {
        plain.events += 1;
        area += jobs as f64 * (plain.now - since) as f64;
        since = plain.now;
        if arrives {
            jobs += 1;
            let delay = plain.exponential(arrival);
            plain.push(delay, true);
            if jobs == 1 {
                let delay = plain.exponential(service);
                plain.push(delay, false);
            }
        } else {
            jobs -= 1;
            if jobs > 0 {
                let delay = plain.exponential(service);
                plain.push(delay, false);
            }
        }
    }
    area += jobs as f64 * (end - since) as f64;
    plain.outcome(area / end as f64)
}

// ------------------------------------------------------------------------------------------------------------------
// The same as models on the engine.

/// A mean in hours or seconds, for both sides.
#[derive(Clone, Copy)]
struct Mean(f64);

const UP: Mean = Mean(1000.0 * 3600.0);
const DOWN: Mean = Mean(3600.0);
const DELAY: Mean = Mean(1.0);
const TIMEOUT: Mean = Mean(10.0);
const ARRIVAL: Mean = Mean(1.0);
const SERVICE: Mean = Mean(0.8);

impl Mean {
    fn micros(self) -> f64 {
        self.0 * 1e6
    }

    fn law(self) -> Law {
        Law::exponential(Duration::seconds(self.0))
    }
}

/// W1: independent components that fail and are restored; up while at most one is down.
#[derive(Clone)]
struct Components {
    up: Vec<bool>,
    down: u32,
    life: Law,
    repair: Law,
}

impl Model for Components {
    type Event = u32;

    fn clocks(&mut self, clocks: &mut Clocks) {
        let component = Name::new("component");
        clocks.reserve(self.up.len(), 0);
        for index in 0..self.up.len() {
            clocks.clock(component.at(index), Class::Fault);
        }
    }

    fn start(&mut self, cx: &mut Context<u32>) {
        for component in 0..self.up.len() {
            cx.set(Clock::from_index(component), &self.life, component as u32);
        }
    }

    #[inline]
    fn on(&mut self, component: u32, cx: &mut Context<u32>) {
        let up = &mut self.up[component as usize];
        *up = !*up;
        self.down = if *up { self.down - 1 } else { self.down + 1 };
        let law = if *up { &self.life } else { &self.repair };
        cx.set(Clock::from_index(component as usize), law, component);
    }

    #[inline]
    fn observe(&self, watch: &mut Watch) {
        watch.up(self.down <= 1);
    }
}

fn components(count: usize) -> Components {
    Components { up: vec![true; count], down: 0, life: UP.law(), repair: DOWN.law() }
}

/// W2: messages sent on from node to node.
#[derive(Clone)]
struct Messages {
    received: Vec<u32>,
    delay: Law,
}

impl Model for Messages {
    type Event = u32;

    fn clocks(&mut self, clocks: &mut Clocks) {
        let node = Name::new("node");
        clocks.reserve(0, self.received.len());
        for index in 0..self.received.len() {
            clocks.source(node.at(index));
        }
    }

    fn start(&mut self, cx: &mut Context<u32>) {
        for node in 0..self.received.len() {
            cx.send(Source::from_index(node), &self.delay, node as u32);
        }
    }

    #[inline]
    fn on(&mut self, node: u32, cx: &mut Context<u32>) {
        self.received[node as usize] += 1;
        let source = Source::from_index(node as usize);
        let to = cx.pick(source, self.received.len());
        cx.send(source, &self.delay, to as u32);
    }

    #[inline]
    fn observe(&self, watch: &mut Watch) {
        watch.level(f64::from(self.received[0]));
    }
}

/// W4: the same, each node with a timeout that every receipt sets anew.
#[derive(Clone)]
struct Timeouts {
    messages: Messages,
    expired: u64,
}

impl Model for Timeouts {
    type Event = Tick;

    fn clocks(&mut self, clocks: &mut Clocks) {
        let node = Name::new("node");
        for index in 0..self.messages.received.len() {
            clocks.clock(node.at(index).child("timeout"), Class::Control);
        }
        self.messages.clocks(clocks);
    }

    fn start(&mut self, cx: &mut Context<Tick>) {
        for node in 0..self.messages.received.len() {
            cx.send(Source::from_index(node), &self.messages.delay, Tick::Receipt(node as u32));
            self.arm(node as u32, cx);
        }
    }

    #[inline]
    fn on(&mut self, tick: Tick, cx: &mut Context<Tick>) {
        match tick {
            Tick::Receipt(node) => {
                self.arm(node, cx);
                let source = Source::from_index(node as usize);
                let to = cx.pick(source, self.messages.received.len());
                cx.send(source, &self.messages.delay, Tick::Receipt(to as u32));
            }
            Tick::Timeout(..) => self.expired += 1,
        }
    }

    #[inline]
    fn observe(&self, watch: &mut Watch) {
        watch.level(self.expired as f64);
    }
}

impl Timeouts {
    #[inline]
    fn arm(&self, node: u32, cx: &mut Context<Tick>) {
        let timeout = fivenines::units::Span::from_micros(TIMEOUT.micros() as u64);
        cx.set_after(Clock::from_index(node as usize), timeout, Tick::Timeout(node, 0));
    }
}

fn messages(count: usize) -> Messages {
    Messages { received: vec![0; count], delay: DELAY.law() }
}

/// W3: one server, Poisson arrivals.
#[derive(Clone)]
struct Queue {
    jobs: u64,
    clocks: [Clock; 2],
    arrival: Law,
    service: Law,
}

impl Model for Queue {
    type Event = bool;

    fn clocks(&mut self, clocks: &mut Clocks) {
        self.clocks = ["arrival", "service"].map(|name| clocks.clock(name, Class::Control));
    }

    fn start(&mut self, cx: &mut Context<bool>) {
        cx.set(self.clocks[0], &self.arrival, true);
    }

    #[inline]
    fn on(&mut self, arrives: bool, cx: &mut Context<bool>) {
        if arrives {
            self.jobs += 1;
            cx.set(self.clocks[0], &self.arrival, true);
        } else {
            self.jobs -= 1;
        }
        if self.jobs == 1 && arrives || self.jobs > 0 && !arrives {
            cx.set(self.clocks[1], &self.service, false);
        }
    }

    #[inline]
    fn observe(&self, watch: &mut Watch) {
        watch.level(self.jobs as f64);
    }
}

fn queue() -> Queue {
    Queue { jobs: 0, clocks: [Clock::default(); 2], arrival: ARRIVAL.law(), service: SERVICE.law() }
}

fn simulate<M: Model>(model: M, end: u64, result: fn(&Levels, usize) -> f64) -> Outcome {
    let levels = Simulator::new(model, SEED).levels(0, Instant::from_micros(end));
    let summary = levels.summary();
    Outcome { events: summary.events, digest: summary.digest, value: result(&levels, 0) }
}

// ------------------------------------------------------------------------------------------------------------------
// Measuring.

/// Runs both sides in turn and prints a line.
fn compare(run: &Run, name: &str, plain: impl Fn() -> Outcome, ours: impl Fn() -> Outcome) {
    let (mut plain_ns, mut our_ns, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    let (mut expected, mut result) = (0.0, (Digest::new(), 0.0));
    if !name.contains(&run.filter) {
        return;
    }
    for _ in 0..run.rounds {
        let (elapsed, outcome) = timed(&ours);
        let our_cost = elapsed / outcome.events as f64;
        result = (outcome.digest, outcome.value);
        our_ns.push(our_cost);
        if run.only {
            continue;
        }
        let (elapsed, outcome) = timed(&plain);
        let cost = elapsed / outcome.events as f64;
        expected = outcome.value;
        plain_ns.push(cost);
        ratios.push(cost / our_cost);
    }
    println!(
        "{name:<28} {:>8.1} {:>8.1} {:>7.2}x  {}  {:.6} / {expected:.6}",
        median(plain_ns),
        median(our_ns),
        median(ratios),
        result.0,
        result.1,
    );
}

/// Counts nothing and keeps nothing: what remains is the engine.
struct Blind;

impl<M: Model> Observer<M> for Blind {
    #[inline]
    fn after(&mut self, _: &M, _: Instant) {}
}

/// Resident memory of this process in bytes, where the system tells.
fn resident() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/statm").ok()?;
    Some(status.split(' ').nth(1)?.parse::<f64>().ok()? * 4096.0)
}

/// Cost an event as the model grows, and what a component costs in time to build and in memory. The largest comes
/// first, so that its memory is not what another has left behind.
fn growth(run: &Run, sizes: &[usize]) {
    println!("\n{:>10} {:>9} {:>10} {:>9}", "components", "ns/event", "build ms", "B each");
    for &size in sizes {
        let before = resident();
        let (build, mut simulator) = timed(|| Simulator::new(components(size), SEED));
        // The first trial touches every page; what a trial costs after it is what counts.
        let warm = Instant::from_micros(1);
        simulator.play(0, warm, &mut Blind);
        let cycle = (UP.0 + DOWN.0) / 2.0 / size as f64;
        let end = Instant::from_micros((run.events * cycle * 1e6) as u64);
        let costs = (1..=run.rounds.min(3) as u64).map(|trial| {
            let (start, _) = timed(|| simulator.play(trial, warm, &mut Blind));
            let (elapsed, summary) = timed(|| simulator.play(trial, end, &mut Blind));
            (elapsed - start) / summary.events as f64
        });
        let cost = median(costs.collect());
        let bytes = resident().zip(before).map_or(f64::NAN, |(after, before)| (after - before) / size as f64);
        println!("{size:>10} {cost:>9.1} {:>10.1} {bytes:>9.0}", build / 1e6);
    }
}

/// What the command line asks for.
struct Run {
    full: bool,
    only: bool,
    rounds: usize,
    events: f64,
    filter: String,
}

impl Run {
    fn from_arguments() -> Run {
        let arguments: Vec<String> = std::env::args().skip(1).collect();
        let has = |flag: &str| arguments.iter().any(|argument| argument == flag);
        let full = has("--bench") && !has("--quick");
        let size = arguments.iter().find_map(|argument| argument.strip_prefix("--events=")?.parse().ok());
        Run {
            full,
            only: has("--only"),
            rounds: if full { 7 } else { 1 },
            events: size.unwrap_or(if full { 5e6 } else { 2e4 }),
            filter: arguments.into_iter().find(|argument| !argument.starts_with('-')).unwrap_or_default(),
        }
    }

    /// The horizon in microseconds by which so many events have fired.
    fn horizon(&self, events_a_second: f64) -> u64 {
        (self.events / events_a_second * 1e6) as u64
    }
}

fn main() {
    let run = Run::from_arguments();
    let heads = ["workload", "plain ns", "ns", "ratio", "digest", "result / baseline's"];
    println!(
        "{:<28} {:>8} {:>8} {:>8}  {:<16}  {}",
        heads[0], heads[1], heads[2], heads[3], heads[4], heads[5]
    );
    let end = run.horizon(2000.0 / (UP.0 + DOWN.0));
    let ours = || simulate(components(1000), end, Levels::mean);
    compare(&run, "W1 1,000 components", || plain_components(1000, end), ours);
    for (name, count) in [("W2 1,000 nodes", 1_000), ("W2 100,000 nodes", 100_000)] {
        let end = run.horizon(f64::from(count) / DELAY.0);
        let ours = || simulate(messages(count as usize), end, Levels::last);
        compare(&run, name, || plain_messages(count, end), ours);
    }
    let end = run.horizon(2.0 / ARRIVAL.0);
    compare(&run, "W3 M/M/1", || plain_queue(end), || simulate(queue(), end, Levels::mean));
    let end = run.horizon(1000.0 / DELAY.0);
    let ours = || simulate(Timeouts { messages: messages(1000), expired: 0 }, end, Levels::last);
    compare(&run, "W4 1,000 nodes, timeouts", || plain_timeouts(1000, end), ours);
    if "growth".contains(&run.filter) {
        let sizes: &[usize] = if run.full { &[1_000_000, 1_000, 10_000, 100_000] } else { &[10_000, 1_000] };
        growth(&run, sizes);
    }
}
