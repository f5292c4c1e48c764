//! What must hold does, and the mistake is found.

use fivenines::experiment::{File, Options, StudyResults, Unwatched, run_study};
use my_model::models;

fn results() -> StudyResults {
    let text = include_str!("../experiment.toml");
    let Ok(File::Study(study)) = File::parse("experiment.toml", text, &Default::default(), &models()) else {
        panic!("the file names a model of this crate")
    };
    run_study(&study, &Options::default(), &Unwatched).expect("it runs")
}

#[test]
fn the_mistake_is_found_and_nothing_else() {
    let broken = results().designs.into_iter().filter(|design| design.violations > 0);
    assert_eq!(broken.map(|design| design.name).collect::<Vec<_>>(), ["does not"]);
}
