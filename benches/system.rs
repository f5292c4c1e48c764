//! What an event costs from an experiment file to the books, against the plain loop an expert would write by hand.
//!
//! `cargo bench --bench system` measures; without `--bench` (as under `cargo test`) or with `--quick` everything runs
//! small. A word selects: `W1`, `growth`, `threads`, `check`. Baseline and system take turns in one process, and the
//! ratio is the median of the rounds' own ratios.

use std::fmt::Write as _;
use std::process::{Command, Stdio};

use fivenines::engine::{Digest, Observer, Simulator, Summary};
use fivenines::experiment::{Experiment, Options, Unwatched, run};
use fivenines::system::{Recorder, SystemModel, Window};
use fivenines::units::{Instant, Span};

#[path = "baseline.rs"]
mod baseline;

const SEED: u64 = 42;
/// The word that has a process of its own measure memory.
const MEMORY: &str = "memory";
const HOUR: f64 = 3600.0 * 1e6;
/// Means, in microseconds.
const UP: f64 = 1000.0 * HOUR;
const DOWN: f64 = HOUR;

/// Wall-clock seconds that `work` takes, and what it did.
#[allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "a benchmark measures the wall clock")]
fn timed<T>(work: impl FnOnce() -> T) -> (f64, T) {
    let start = std::time::Instant::now();
    let outcome = std::hint::black_box(work());
    (start.elapsed().as_secs_f64(), outcome)
}

/// Nanoseconds that this thread was on a processor, where the system tells: other programs' turns do not count.
fn on_processor() -> Option<f64> {
    std::fs::read_to_string("/proc/thread-self/schedstat").ok()?.split(' ').next()?.parse().ok()
}

/// Seconds of this thread's work, on the processor where the system tells, else by the clock.
fn worked<T>(work: impl FnOnce() -> T) -> (f64, T) {
    let before = on_processor();
    let (seconds, outcome) = timed(work);
    let on_processor = before.zip(on_processor()).map(|(before, after)| (after - before) / 1e9);
    (on_processor.unwrap_or(seconds), outcome)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Resident memory of this process in bytes, where the system tells.
fn resident() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/statm").ok()?;
    Some(status.split(' ').nth(1)?.parse::<f64>().ok()? * 4096.0)
}

/// Independent components with one service, down about as often at every size: it needs all but the mean number down.
fn file(components: u32) -> String {
    let spare = f64::from(components) * DOWN / (UP + DOWN);
    let need = components - spare.round().max(1.0) as u32;
    let mut text = String::from("title = \"W1\"\nhorizon = \"1y\"\nseed = 42\n");
    text.push_str("[component.server.mode.crash]\nfails = \"exponential(mean 1000h)\"\n");
    text.push_str("restored = \"exponential(mean 1h)\"\n");
    write!(text, "[service.web]\nruns_on = \"server\"\nreplicas = {components}\nneeds = {need}\n")
        .expect("a string takes all that is written");
    text
}

/// From the file's text to a simulator.
fn build(components: u32) -> Simulator<SystemModel> {
    let experiment = Experiment::parse("w1.toml", &file(components)).expect("the file is right");
    let model = SystemModel::new(&experiment.designs[0].system).expect("the system is right");
    Simulator::new(model, SEED)
}

/// Plays a trial and keeps the books; gives the share of time up too.
fn play(simulator: &mut Simulator<SystemModel>, trial: u64, end: u64) -> (Summary, f64) {
    let window =
        Window { start: Instant::START, end: Instant::from_micros(end), length: Span::from_secs(730 * 3600) };
    let mut recorder = Recorder::new(window);
    let mut summary = simulator.play(trial, window.end, &mut recorder);
    let record = &recorder.records()[0];
    let booked: u64 = record.causes.iter().map(|cause| cause.1.as_micros()).sum();
    assert_eq!(booked, record.downtime.as_micros(), "every minute down is booked to a cause");
    summary.digest.fold(record.downtime.as_micros());
    (summary, 1.0 - record.downtime.as_micros() as f64 / end as f64)
}

/// W1 as a file, with causes booked, against the plain loop.
fn w1(events: f64, rounds: usize) {
    println!(
        "{:<28} {:>8} {:>8} {:>8}  digest            result / baseline's",
        "workload", "plain ns", "ns", "ratio"
    );
    let end = (events / 2000.0 * (UP + DOWN)) as u64;
    let mut simulator = build(1000);
    let (mut plain_ns, mut our_ns, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    let mut results = (Digest::new(), 0.0, 0.0);
    for _ in 0..rounds {
        let (seconds, plain) = worked(|| baseline::components(1000, UP, DOWN, end));
        let plain_cost = seconds * 1e9 / plain.events as f64;
        let (seconds, (summary, up)) = worked(|| play(&mut simulator, 0, end));
        let our_cost = seconds * 1e9 / summary.events as f64;
        ratios.push(plain_cost / our_cost);
        plain_ns.push(plain_cost);
        our_ns.push(our_cost);
        results = (summary.digest, up, plain.up);
    }
    println!(
        "{:<28} {:>8.1} {:>8.1} {:>7.2}x  {}  {:.6} / {:.6}",
        "W1 file, 1,000 components",
        median(plain_ns),
        median(our_ns),
        median(ratios),
        results.0,
        results.1,
        results.2,
    );
}

/// Bytes a component in a system at work, the copy that trials start from included, seen by a process of its own:
/// one that was larger before would hide what it takes now.
fn memory_of(size: u32) -> f64 {
    let program = std::env::current_exe().expect("the benchmark runs from a file");
    let output =
        Command::new(program).args([MEMORY, &size.to_string()]).output().expect("the benchmark runs");
    String::from_utf8_lossy(&output.stdout).trim().parse().unwrap_or(f64::NAN)
}

/// The other process: prints the number while a trial has the system in use.
fn print_memory(size: u32) {
    struct Resident(f64);
    impl Observer<SystemModel> for Resident {
        fn after(&mut self, _: &SystemModel, _: Instant) {}

        fn end(&mut self, _: &SystemModel, _: Instant) {
            self.0 = resident().unwrap_or(f64::NAN);
        }
    }
    let before = resident().unwrap_or(f64::NAN);
    let mut simulator = build(size);
    let mut seen = Resident(f64::NAN);
    // Enough events to fill what grows with them.
    simulator.play(0, Instant::from_micros((10.0 * HOUR) as u64), &mut seen);
    println!("{}", (seen.0 - before) / f64::from(size));
}

/// Cost an event as the system grows, and what a component costs in time to build and in memory.
fn growth(sizes: &[u32], events: f64, rounds: usize) {
    println!(
        "\n{:>10} {:>9} {:>9} {:>10} {:>9}  digest",
        "components", "ns/event", "of 1e3", "build ms", "B each"
    );
    let mut first = None;
    for &size in sizes {
        let bytes = memory_of(size);
        let (seconds, mut simulator) = worked(|| build(size));
        // A short trial touches every page and opens every stream; what is left is what events cost.
        play(&mut simulator, 0, 1);
        let end = (events / f64::from(size) * (UP + DOWN) / 2.0) as u64;
        let mut digest = Digest::new();
        let mut cost = |trial| {
            let (start, _) = worked(|| play(&mut simulator, trial, 1));
            let (seconds, (summary, _)) = worked(|| play(&mut simulator, trial, end));
            digest.fold(summary.digest.bits());
            (seconds - start) * 1e9 / summary.events as f64
        };
        let cost = median((1..=rounds as u64).map(&mut cost).collect());
        let growth = cost / *first.get_or_insert(cost);
        println!("{size:>10} {cost:>9.1} {growth:>8.2}x {:>10.1} {bytes:>9.0}  {digest}", seconds * 1e3);
    }
}

const THREE_ZONES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/experiments/three-zones.toml");

/// A whole experiment on one thread and on two.
fn threads(trials: Option<u64>, rounds: usize) {
    let text = std::fs::read_to_string(THREE_ZONES).expect("the example is there");
    let mut experiment = Experiment::parse("three-zones.toml", &text).expect("the example is right");
    experiment.trials = trials.unwrap_or(experiment.trials);
    let once = |threads| {
        let options = Options { threads: Some(threads), ..Options::default() };
        let (seconds, results) = timed(|| run(&experiment, &options, &Unwatched).expect("the example runs"));
        let events: u64 = results.designs.iter().map(|design| design.events).sum();
        (seconds, events, results.digest)
    };
    let (mut one, mut two, mut ratios, mut last) = (Vec::new(), Vec::new(), Vec::new(), (0, Digest::new()));
    for _ in 0..rounds {
        let (alone, together) = (once(1), once(2));
        assert_eq!(alone.2, together.2, "threads change nothing");
        one.push(alone.0);
        two.push(together.0);
        ratios.push(alone.0 / together.0);
        last = (alone.1, alone.2);
    }
    println!("\n{:<28} {:>8} {:>8} {:>8}  digest            events", "workload", "1 s", "2 s", "ratio");
    println!(
        "{:<28} {:>8.3} {:>8.3} {:>7.2}x  {}  {}",
        "three zones, 2 threads",
        median(one),
        median(two),
        median(ratios),
        last.1,
        last.0
    );
}

/// How long it takes to check a file, the program's start included.
fn check(rounds: usize) {
    let once = |_| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_nines"));
        let command = command.args(["check", THREE_ZONES]).stdout(Stdio::null());
        let (seconds, status) = timed(|| command.status().expect("the program starts"));
        assert!(status.success(), "the example is right");
        seconds * 1e3
    };
    println!("\nnines check three-zones.toml: {:.1} ms", median((0..rounds).map(once).collect()));
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, word, size] = &arguments[..]
        && word == MEMORY
    {
        return print_memory(size.parse().expect("a number of components"));
    }
    let has = |flag: &str| arguments.iter().any(|argument| argument == flag);
    let full = has("--bench") && !has("--quick");
    let filter = arguments.iter().skip(1).find(|argument| !argument.starts_with('-'));
    let wanted = |name: &str| filter.is_none_or(|filter| filter == name);
    let (events, rounds) = if full { (5e6, 7) } else { (2e4, 1) };
    if wanted("W1") {
        w1(events, rounds);
    }
    if wanted("growth") {
        let sizes: &[u32] = if full { &[1_000, 10_000, 100_000, 1_000_000] } else { &[1_000, 10_000] };
        growth(sizes, events, rounds.min(3));
    }
    if wanted("threads") {
        threads((!full).then_some(200), rounds.min(5));
    }
    if wanted("check") {
        check(if full { 21 } else { 1 });
    }
}
