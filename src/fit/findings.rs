//! What was found in a log: the schema of `fit.json`, from which every table and plot of a fit is made.

use serde::Serialize;

use super::group::GroupFit;
use super::log::Log;
use super::mess::Ledger;

/// What was found in a log.
///
/// ```
/// use fivenines::fit::{Columns, Findings, Log, Settings, fit_group};
///
/// let text = "node,down,up\na,2024-01-02,2024-01-03\nb,2024-01-09,2024-01-10\n";
/// let columns = Columns { start: "down".into(), end: Some("up".into()), units: vec!["node".into()], ..Columns::default() };
/// let log = Log::read(text.as_bytes(), &columns).unwrap();
/// let groups = vec![fit_group(&log, &log.groups()[0], &Settings::default()).unwrap()];
/// let findings = Findings::new("nodes.csv", "nines fit nodes.csv", &log, &columns, &Settings::default(), groups);
/// assert_eq!(findings.groups[0].watch.units, 2);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Findings {
    /// Version of this schema.
    pub schema: u32,
    /// Version of the program.
    pub version: String,
    /// The log as it was named on the command line.
    pub file: String,
    /// A command that gives these findings again.
    pub command: String,
    /// Seed of the drawing.
    pub seed: u64,
    /// How often units were drawn again.
    pub resamples: u64,
    /// The columns that tell groups apart.
    pub group_by: Vec<String>,
    /// Rows below the header.
    pub rows: u64,
    /// Rows that do not meet the conditions.
    pub filtered: u64,
    /// Outages that were left after cleaning.
    pub outages: u64,
    /// What was wrong with rows, by kind.
    pub messy: Ledger,
    /// True where the order of day and month is a guess.
    pub order_is_a_guess: bool,
    /// The groups.
    pub groups: Vec<GroupFit>,
}

impl Findings {
    /// Puts together what was found.
    pub fn new(
        file: &str,
        command: &str,
        log: &Log,
        columns: &super::Columns,
        settings: &super::Settings,
        groups: Vec<GroupFit>,
    ) -> Findings {
        Findings {
            schema: 1,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            file: file.to_owned(),
            command: command.to_owned(),
            seed: settings.seed,
            resamples: settings.resamples,
            group_by: columns.groups.clone(),
            rows: log.rows(),
            filtered: log.filtered(),
            outages: log.outages(),
            messy: log.ledger().clone(),
            order_is_a_guess: log.order_is_a_guess(),
            groups,
        }
    }
}
