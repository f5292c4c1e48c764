//! Whole runs: threads, repetition, seeds, and more trials than before.

use fivenines::experiment::{Options, Results, Unwatched, Watcher, run};
use fivenines::report;

use super::{played, three_zones};

#[test]
fn results_do_not_depend_on_the_threads() {
    // More than one batch of trials, and a last one that is no multiple of anything.
    let mut experiment = three_zones(4_500);
    experiment.designs.truncate(2);
    let one = report::json(&played(&experiment, 1));
    for threads in [2, 7] {
        assert!(report::json(&played(&experiment, threads)) == one, "{threads} threads");
    }
}

#[test]
fn results_do_not_depend_on_who_looks_on_or_what_ran_before() {
    struct Looker;
    impl Watcher for Looker {}
    let experiment = three_zones(300);
    let first = report::json(&run(&experiment, &Options::default(), &Unwatched).unwrap());
    played(&three_zones(20), 2);
    assert_eq!(first, report::json(&run(&experiment, &Options::default(), &Looker).unwrap()));
}

#[test]
fn another_seed_is_another_history() {
    let experiment = three_zones(50);
    let mut other = experiment.clone();
    other.seed += 1;
    let (first, second) = (played(&experiment, 2), played(&other, 2));
    assert_ne!(first.digest, second.digest);
    for (first, second) in first.designs.iter().zip(&second.designs) {
        assert_ne!(first.digest, second.digest);
    }
}

#[test]
fn a_design_does_not_feel_the_designs_beside_it() {
    let experiment = three_zones(100);
    let mut alone = experiment.clone();
    alone.designs = vec![experiment.designs[1].clone()];
    let (all, alone) = (played(&experiment, 2), played(&alone, 2));
    assert_eq!(all.designs[1], alone.designs[0]);
}

/// The years of one design, which are sorted.
fn years(results: &Results, design: usize) -> &[f64] {
    &results.designs[design].service.years_s
}

#[test]
fn more_trials_leave_the_earlier_ones_as_they_were() {
    let (few, many) = (played(&three_zones(300), 2), played(&three_zones(500), 2));
    for design in 0..few.designs.len() {
        assert_eq!((few.designs[design].trials, many.designs[design].trials), (300, 500));
        assert_eq!(few.designs[design].timeline, many.designs[design].timeline);
        // Every year of the few is among the years of the many: a year a trial, and none are thinned out.
        let mut more = years(&many, design).iter();
        assert_eq!((years(&few, design).len(), more.len()), (300, 500));
        for year in years(&few, design) {
            assert!(more.any(|other| other.to_bits() == year.to_bits()), "{year} s is gone");
        }
    }
}
