//! The same experiment gives the same bits: on any number of threads, in any build, trial by trial.

use fivenines::experiment::{Experiment, Options, Results, Unwatched, run};

mod golden;
mod histories;
mod order;
mod runs;
mod scripts;
mod uncertainty;

/// The experiment on zones that comes with the program, with few trials and no hope of ending before.
fn three_zones(trials: u64) -> Experiment {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/experiments/three-zones.toml");
    let mut experiment = Experiment::read(std::path::Path::new(file)).unwrap();
    experiment.trials = trials;
    experiment.precision = "0.01%".parse().unwrap();
    experiment
}

fn played(experiment: &Experiment, threads: usize) -> Results {
    let options = Options { threads: Some(threads), ..Options::default() };
    run(experiment, &options, &Unwatched).unwrap()
}
