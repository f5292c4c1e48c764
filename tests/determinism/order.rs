//! The order in which a file declares things means nothing.

use std::path::Path;

use fivenines::experiment::{Experiment, Logs};
use proptest::test_runner::{RngAlgorithm, TestRng};
use rand::seq::SliceRandom;
use toml::{Table, Value};

use super::{played, three_zones};

/// Turns the keys of a table and of all in it around at random. Lists stay as they are: designs are told in their order.
fn shuffled(table: Table, rng: &mut TestRng) -> Table {
    let mut entries: Vec<(String, Value)> = table.into_iter().collect();
    entries.shuffle(rng);
    entries.into_iter().map(|(key, value)| (key, shuffled_value(value, rng))).collect()
}

fn shuffled_value(value: Value, rng: &mut TestRng) -> Value {
    match value {
        Value::Table(table) => Value::Table(shuffled(table, rng)),
        Value::Array(values) => {
            Value::Array(values.into_iter().map(|value| shuffled_value(value, rng)).collect())
        }
        other => other,
    }
}

fn parsed(file: &Path, text: &str) -> Experiment {
    // Measured laws are beside the file.
    let logs = Logs { folder: file.parent().map(Path::to_owned), ..Logs::default() };
    Experiment::parse_with(&file.display().to_string(), text, &logs)
        .unwrap_or_else(|report| panic!("{report}\n{text}"))
}

/// Every experiment that comes with the program, with its tables and keys in three other orders.
#[test]
fn an_experiment_is_the_same_in_any_order_of_its_tables_and_keys() {
    let mut rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("experiments");
    let mut files: Vec<_> = folder.read_dir().unwrap().map(|file| file.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|ending| ending == "toml"));
    files.sort();
    assert!(files.len() > 20);
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        // In a protocol the order of sites says where its processes are.
        if text.parse::<toml::Table>().unwrap().contains_key("model") {
            continue;
        }
        let expected = parsed(&file, &text);
        for _ in 0..3 {
            let table = shuffled(text.parse().unwrap(), &mut rng);
            let found = parsed(&file, &toml::to_string(&table).unwrap());
            assert_eq!(found.designs.len(), expected.designs.len(), "{}", file.display());
            for (found, expected) in found.designs.iter().zip(&expected.designs) {
                // A system is too long to be shown.
                let same = found.name == expected.name && found.system == expected.system;
                assert!(same, "{}: {}", file.display(), expected.name);
            }
        }
    }
}

/// And so are its results.
#[test]
fn results_do_not_depend_on_the_order_of_declarations() {
    let mut rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("experiments/three-zones.toml");
    let table = shuffled(std::fs::read_to_string(&file).unwrap().parse().unwrap(), &mut rng);
    let expected = three_zones(50);
    let mut experiment = parsed(&file, &toml::to_string(&table).unwrap());
    (experiment.trials, experiment.precision) = (expected.trials, expected.precision);
    assert_eq!(played(&experiment, 1).digest, played(&expected, 1).digest);
}
