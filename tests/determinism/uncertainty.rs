//! How far the answer moves is the same on any number of threads, and for a figure whatever stands beside it.

use fivenines::experiment::{Experiment, Options, UncertaintyResult, Unwatched, uncertainty};

use super::played;

fn experiment() -> Experiment {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/experiments/catalog-hardware.toml");
    let mut experiment = Experiment::read(std::path::Path::new(file)).unwrap();
    experiment.trials = 40;
    experiment.designs.truncate(2);
    experiment
}

fn moved(experiment: &Experiment, threads: usize) -> UncertaintyResult {
    let options = Options { threads: Some(threads), ..Options::default() };
    uncertainty(experiment, &played(experiment, threads), 4, &options, &Unwatched).unwrap().unwrap()
}

#[test]
fn how_far_it_moves_does_not_depend_on_the_threads() {
    let experiment = experiment();
    let json = |threads| serde_json::to_string(&moved(&experiment, threads)).unwrap();
    assert!(json(1) == json(2));
}

#[test]
fn a_figure_moves_the_answer_as_far_with_other_designs_beside() {
    let experiment = experiment();
    let mut alone = experiment.clone();
    alone.designs.truncate(1);
    let (both, alone) = (moved(&experiment, 2), moved(&alone, 2));
    assert!(!alone.ranges.is_empty());
    for range in &alone.ranges {
        let same = |other: &&fivenines::experiment::RangeResult| {
            (&other.entry, &other.quantity) == (&range.entry, &range.quantity)
        };
        let other = both.ranges.iter().find(same).unwrap();
        assert_eq!(other.low.downtime_s_per_year[0], range.low.downtime_s_per_year[0]);
        assert_eq!(other.high.downtime_s_per_year[0], range.high.downtime_s_per_year[0]);
    }
}
