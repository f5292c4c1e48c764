//! What cannot be read or is asked wrongly ends with code 2 and says where.

use super::{desk, fit};

const LOG: &str = "node,down,up\na,2024-01-01,2024-01-02\nb,2024-02-01,2024-02-02\n";

#[track_caller]
fn complains(log: &str, arguments: &[&str], part: &str) {
    let folder = desk(log);
    let (code, out, err) = fit(folder.path(), arguments);
    assert_eq!(code, 2, "{out}{err}");
    assert!(err.contains(part), "{err}");
    assert_eq!(out, "");
}

#[test]
fn a_wrong_column_names_the_nearest() {
    let arguments = ["log.csv", "--start", "dwn", "--end", "up"];
    complains(LOG, &arguments, "log.csv: the log has no column \"dwn\" (did you mean \"down\"?)");
}

#[test]
fn a_log_without_dates_names_row_and_column() {
    let arguments = ["log.csv", "--start", "node", "--end", "up"];
    complains(
        LOG,
        &arguments,
        "column \"node\": 2 of 2 starts are no dates that can be read; the first is \"a\" in row 2",
    );
}

#[test]
fn populations_must_hold_the_units() {
    let asked = |population| {
        ["log.csv", "--start", "down", "--end", "up", "--by", "node", "--population", population]
    };
    complains(LOG, &asked("1"), "log.csv: a population of 1, but 2 units appear in the log");
    complains(LOG, &asked("x=3"), "there is no group `x`");
    complains(LOG, &asked("nodes"), "the log has no column \"nodes\" (did you mean \"node\"?)");
    let groups = ["log.csv", "--start", "down", "--end", "up", "--group", "node", "--population", "3"];
    complains(LOG, &groups, "there are 2 groups; say --population a=3 for each, or name a column");
}

#[test]
fn dates_and_conditions_on_the_command_line_are_checked() {
    let with = |flag, value| ["log.csv", "--start", "down", "--end", "up", flag, value];
    complains(LOG, &with("--until", "soon"), "--until soon: no date; write it as 2005-06-21");
    complains(LOG, &with("--until", "2023-01-01"), "nothing was watched: it begins on 2024-01-01");
    complains(LOG, &with("--where", "node"), "is no condition");
    complains(LOG, &with("--where", "node=c"), "the log has no rows that meet the conditions");
    complains(LOG, &["nowhere.csv", "--start", "down", "--end", "up"], "cannot read `nowhere.csv`");
}

#[test]
fn too_few_failures_give_a_bound_and_no_law() {
    let folder = desk(LOG);
    let arguments = [
        "log.csv",
        "--start",
        "down",
        "--end",
        "up",
        "--by",
        "node",
        "--population",
        "100",
        "--until",
        "2025-01-01",
    ];
    let (code, out, _) = fit(folder.path(), &arguments);
    assert_eq!(code, 0);
    // 36,598 days of nodes; the Poisson bound of one failure is 4.744, so that the mean is above 21.1 years.
    let said = out.split_whitespace().collect::<Vec<_>>().join(" ");
    let bound = "1 failure, too few for a law; if the hazard is constant, the mean is more than 21 y";
    assert!(said.contains(bound), "{out}");
    assert!(out.contains("# [component.unit.mode.failure]"), "{out}");
}
