//! What an event costs on the engine, against the plain loop an expert would write by hand.
//!
//! `cargo bench --bench engine` measures; without `--bench` (as under `cargo test`) or with `--quick` everything runs
//! small, so that the code cannot rot. A word restricts it to the workloads with that word in their names, `--only`
//! leaves out the baseline and `--events=N` sets the size, for a look through a profiler.
//!
//! Baseline and engine take turns in one process, and the ratio is the median of the rounds' own ratios, so that a
//! machine that slows down midway slows down both.
//!
//! The baseline is one loop over `BinaryHeap` with one ChaCha8 generator and the platform's logarithm: no names, no
//! streams, no digest, no cancel. The engine pays for all of these.

mod models;
mod plain;
#[path = "../models/raft.rs"]
mod raft;

use fivenines::engine::{Digest, Levels, Model, Observer, Simulator};
use fivenines::process::{Arrivals, Clients, Cluster, Id, Network, Target, Wire};
use fivenines::random::Law;
use fivenines::units::{Duration, Instant, Span};

use models::{Gossips, Timeouts, components, messages, queue};
use plain::{plain_components, plain_messages, plain_queue, plain_timeouts};
use raft::Raft;

const SEED: u64 = 42;

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

fn simulate<M: Model>(model: M, end: u64, result: fn(&Levels, usize) -> f64) -> Outcome {
    let levels = Simulator::new(model, SEED).levels(0, Instant::from_micros(end));
    let summary = levels.summary();
    Outcome { events: summary.events, digest: summary.digest, value: result(&levels, 0) }
}

/// The same messages by processes on a network.
fn gossip(count: usize, end: u64) -> Outcome {
    let network = Network::flat(Wire::new(DELAY.law()));
    let mut simulator = Simulator::new(Cluster::new(Gossips(count), &network), SEED);
    let mut received = 0;
    let mut last = AtEnd(|cluster: &Cluster<Gossips>| {
        received = cluster.process(Id::new(0)).map_or(0, |process| process.received);
    });
    let summary = simulator.play(0, Instant::from_micros(end), &mut last);
    Outcome { events: summary.events, digest: summary.digest, value: f64::from(received) }
}

/// Looks at a model at the end.
struct AtEnd<F>(F);

impl<M: Model, F: FnMut(&M)> Observer<M> for AtEnd<F> {
    #[inline]
    fn after(&mut self, _: &M, _: Instant) {}

    fn end(&mut self, model: &M, _: Instant) {
        (self.0)(model);
    }
}

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
        println!("{size:>10} {cost:>9.1} {:>10.1} {:>9.0}", build / 1e6, bytes.max(0.0));
    }
}

/// What five Raft servers under load cost, and what an idle process takes in memory.
fn protocols(run: &Run) {
    let network = Network::flat(Wire::new("uniform(200us, 400us)".parse().expect("a law")));
    // A hundred clients that ask every 20 ms.
    let busy = Arrivals::Open("exponential(mean 20ms)".parse().expect("a law"));
    let cluster = || {
        let clients = Clients::new(100, busy.clone()).target(Target::Sticky);
        Cluster::new(Raft { read_index: true, snapshot_every: 1_000, ..Raft::default() }, &network)
            .clients(clients)
    };
    let seconds = if run.full { 20 } else { 1 };
    let end = Instant::START + Span::from_secs(seconds);
    println!("\n{:>24} {:>16} {:>14}", "Raft, 5,000 requests/s", "simulated s/s", "events/s");
    for name in ["untold", "told"] {
        let rounds = (0..run.rounds).map(|_| {
            let cluster = if name == "told" { cluster().told() } else { cluster() };
            let mut simulator = Simulator::new(cluster, SEED);
            let (elapsed, summary) = timed(|| simulator.play(0, end, &mut Blind));
            (elapsed / 1e9, summary.events as f64)
        });
        let rounds: Vec<(f64, f64)> = rounds.collect();
        let elapsed = median(rounds.iter().map(|round| round.0).collect());
        println!("{name:>24} {:>16.1} {:>14.0}", seconds as f64 / elapsed, rounds[0].1 / elapsed);
    }
    // After other workloads memory is theirs that was given back: alone, it can be told.
    if run.filter != "protocols" {
        return;
    }
    let count = if run.full { 100_000 } else { 1_000 };
    let before = resident();
    let mut simulator = Simulator::new(Cluster::new(Gossips(count), &network), SEED);
    simulator.play(0, Instant::from_micros(1_000), &mut Blind);
    if let Some((after, before)) = resident().zip(before) {
        println!(
            "{count} processes: {:.0} B each, two copies of its state with them",
            (after - before) / count as f64
        );
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
    println!();
    for (name, count) in [("W5 1,000 processes", 1_000), ("W5 100,000 processes", 100_000)] {
        let end = run.horizon(f64::from(count) / DELAY.0);
        compare(&run, name, || plain_messages(count, end), || gossip(count as usize, end));
    }
    if "protocols".contains(&run.filter) {
        protocols(&run);
    }
}
