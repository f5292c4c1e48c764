//! The largest model class: 100,000 components and 1,000 switches with everything that can break, a simulated year a
//! trial.
//!
//! `cargo bench --bench scale` measures; without `--bench` (as under `cargo test`) or with `--quick` everything runs
//! small, so that the code cannot rot. It prints the time to build the model, seconds and events of each trial on one
//! core, what an event costs against the plain loop of `baseline.rs` with as many components, and the most memory that the
//! process has had. The plain loop knows two events and one counter; what stands between is what breaks here.
//!
//! `scale.toml` says what breaks; the services are added here, by the hundred.

use std::fmt::Write as _;

use fivenines::engine::Simulator;
use fivenines::experiment::Experiment;
use fivenines::system::{Recorder, SystemModel, Window};
use fivenines::units::{Duration, Instant};

#[path = "baseline.rs"]
mod baseline;

const SEED: u64 = 42;
const TEMPLATE: &str = include_str!("scale.toml");
/// What the plain loop is given: as many components, each up and down for so long on average, in microseconds.
const UP: f64 = 60.0 * 24.0 * 3600.0 * 1e6;
const DOWN: f64 = 3600.0 * 1e6;

/// Nanoseconds that this thread was on a processor, where the system tells: other programs' turns do not count.
fn on_processor() -> Option<f64> {
    std::fs::read_to_string("/proc/thread-self/schedstat").ok()?.split(' ').next()?.parse().ok()
}

/// Seconds that `work` takes, on the processor where the system tells, else by the clock; and what it did.
#[allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "a benchmark measures the wall clock")]
fn timed<T>(work: impl FnOnce() -> T) -> (f64, T) {
    let (clock, before) = (std::time::Instant::now(), on_processor());
    let outcome = std::hint::black_box(work());
    let worked = before.zip(on_processor()).map(|(before, after)| (after - before) / 1e9);
    (worked.unwrap_or_else(|| clock.elapsed().as_secs_f64()), outcome)
}

/// The most memory that this process has had, in bytes, where the system tells.
fn peak_memory() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.parse::<f64>().ok().map(|kilobytes| 1024.0 * kilobytes)
}

/// How large the system is: numbers are those of a region, of which there are two.
#[derive(Clone, Copy)]
struct Size {
    /// Of a switch; a fat tree has 5/4 of the square, and half of the square as many racks.
    ports: u32,
    websites: u32,
    /// Of the websites, those that crash the more, the more load they have.
    stressed: u32,
    databases: u32,
    caches: u32,
    stores: u32,
    batches: u32,
    /// Replicas of a website, a cache, a store; a batch service has ten times as many.
    replicas: u32,
}

/// About 100,000 components, 1,000 of which are switches.
const FULL: Size = Size {
    ports: 20,
    websites: 90,
    stressed: 10,
    databases: 400,
    caches: 40,
    stores: 17,
    batches: 8,
    replicas: 100,
};
const SMALL: Size =
    Size { ports: 4, websites: 3, stressed: 1, databases: 3, caches: 2, stores: 1, batches: 1, replicas: 6 };

impl Size {
    /// The experiment as a file.
    fn file(self) -> String {
        let racks = (self.ports * self.ports / 4).to_string();
        let mut text = TEMPLATE.replace("RACKS", &racks).replace("PORTS", &self.ports.to_string());
        for region in ["r1", "r2"] {
            self.services(region, &mut text).expect("a string takes all that is written");
        }
        text
    }

    fn services(self, region: &str, text: &mut String) -> std::fmt::Result {
        let at = format!("within = \"{region}\"\nspread = \"rack\"\n");
        let replicas = self.replicas;
        for number in 1..=self.stores {
            let parts = format!("[\"store\"{}]", ", \"disk\"".repeat(12));
            writeln!(text, "[service.storage-{region}-{number}]\nruns_on = {parts}\nreplicas = {replicas}")?;
            writeln!(text, "needs = \"60% of capacity\"\n{at}")?;
        }
        for number in 1..=self.databases {
            writeln!(text, "[service.database-{region}-{number}]\nruns_on = [\"database\", \"disk\"]")?;
            writeln!(text, "replicas = 3\nneeds = \"majority\"\n{at}")?;
            writeln!(text, "[service.database-{region}-{number}.failover]\ndetect = \"10s\"")?;
            writeln!(text, "switch = \"uniform(20s, 40s)\"\nsucceeds = \"97.5%\"")?;
            writeln!(text, "manual = \"lognormal(median 30min, p95 4h)\"")?;
        }
        for number in 1..=self.caches {
            writeln!(text, "[service.cache-{region}-{number}]\nruns_on = \"cache\"\nreplicas = {replicas}")?;
            writeln!(text, "needs = \"70% of capacity\"\n{at}")?;
        }
        for number in 1..=self.batches {
            let replicas = 10 * replicas;
            writeln!(text, "[service.batch-{region}-{number}]\nruns_on = \"worker\"\nreplicas = {replicas}")?;
            writeln!(text, "needs = \"50% of capacity\"\n{at}")?;
        }
        for number in 1..=self.websites {
            self.website(region, number, text)?;
        }
        Ok(())
    }

    /// A website, with what it depends on, its load, its releases and its clients.
    fn website(self, region: &str, number: u32, text: &mut String) -> std::fmt::Result {
        let of = |many: u32| 1 + number % many;
        let (database, cache, store) = (of(self.databases), of(self.caches), of(self.stores));
        let kind = if number <= self.stressed { "frontend" } else { "server" };
        writeln!(
            text,
            "[service.web-{region}-{number}]\nruns_on = \"{kind}\"\nreplicas = {}",
            self.replicas
        )?;
        writeln!(text, "needs = \"50% of capacity\"\nwithin = \"{region}\"\nspread = \"rack\"")?;
        writeln!(text, "depends_on = [\"database-{region}-{database}\", \"cache-{region}-{cache}\",")?;
        writeln!(text, "\"storage-{region}-{store}\"]")?;
        writeln!(text, "[service.web-{region}-{number}.load]\nbase = \"30%\"\ngrowth = \"20%/y\"")?;
        writeln!(text, "by_hours = [{{ hours = \"Mon-Fri 09:00-18:00\", load = \"65%\" }},")?;
        writeln!(text, "{{ hours = \"Sat 10:00-16:00\", load = \"50%\" }}]\ndown_above = \"110%\"")?;
        writeln!(text, "[change.release-{region}-{number}]\nservices = \"web-{region}-{number}\"")?;
        // A third is released every two weeks, the others every two months.
        let every = if number.is_multiple_of(3) { "14d" } else { "60d" };
        writeln!(text, "every = \"exponential(mean {every})\"\nhours = \"Mon-Thu 10:00-16:00\"")?;
        writeln!(text, "strategy = \"canary\"\ncanary = 1\nbake = \"1h\"\nbatch = 5\ngap = \"1min\"")?;
        writeln!(text, "takes = \"2min\"\nbad = \"3%\"\nshows_after = \"exponential(mean 20min)\"")?;
        writeln!(text, "detected = \"lognormal(median 15min, p95 1h)\"\nrolled_back = \"5min\"")?;
        if number <= 4 {
            writeln!(text, "[client.of-{region}-{number}]\nat = \"internet\"")?;
            writeln!(text, "uses = \"web-{region}-{number}\"\nweight = {number}\nwithin = \"20ms\"")?;
        }
        Ok(())
    }
}

/// Builds the model and plays trials of so many days.
fn trials(size: Size, days: f64, count: u64) {
    let text = size.file();
    let (read, experiment) = timed(|| Experiment::parse("scale.toml", &text));
    let experiment = experiment.unwrap_or_else(|report| panic!("{report}"));
    let (compiled, model) =
        timed(|| SystemModel::new(&experiment.designs[0].system).expect("the system is right"));
    let components = model.components();
    let names: Vec<String> = model.services().map(str::to_owned).collect();
    let (ready, mut simulator) = timed(|| Simulator::new(model, SEED));
    let switches = 2 * 5 * size.ports * size.ports / 4;
    println!("{components} components, {switches} switches: file read in {read:.2} s,");
    println!("compiled in {compiled:.2} s, ready to play in {ready:.2} s\n");
    let window = Window {
        start: Instant::START,
        end: Instant::START + Duration::days(days).span(),
        length: Duration::hours(730.0).span(),
    };
    let per_second = f64::from(components as u32) * 2.0 / (UP + DOWN) * 1e6;
    println!(
        "{:>5} {:>9} {:>8} {:>9} {:>9}  clients up  digest",
        "trial", "events", "s", "ns/event", "x plain"
    );
    for trial in 0..count {
        let mut recorder = Recorder::new(window);
        let (seconds, summary) = timed(|| simulator.play(trial, window.end, &mut recorder));
        let cost = seconds * 1e9 / summary.events as f64;
        // As many events of the plain loop, in turns with the trials.
        let end = (summary.events as f64 / per_second * 1e6) as u64;
        let (plain, outcome) = timed(|| baseline::components(components as u32, UP, DOWN, end));
        std::hint::black_box(outcome.up);
        let ratio = cost / (plain * 1e9 / outcome.events as f64);
        let events = summary.events;
        let of_clients =
            || recorder.records().iter().zip(&names).filter(|(_, name)| name.starts_with("client"));
        let downtime: f64 = of_clients().map(|(record, _)| record.downtime.as_secs_f64()).sum();
        let up = 1.0 - downtime / window.end.since_start().as_secs_f64() / of_clients().count() as f64;
        println!(
            "{trial:>5} {events:>9} {seconds:>8.2} {cost:>9.0} {ratio:>8.1}x  {up:>10.6}  {}",
            summary.digest
        );
    }
    let peak = peak_memory().unwrap_or(f64::NAN) / 1e6;
    println!("\n{days} days a trial, on one core; {peak:.0} MB at most");
}

fn main() {
    let has = |word: &str| std::env::args().any(|argument| argument == word);
    if has("--bench") && !has("--quick") {
        trials(FULL, 365.0, 3);
    } else {
        trials(SMALL, 30.0, 1);
    }
}
