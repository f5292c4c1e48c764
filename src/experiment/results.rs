//! What an experiment found: the schema of `results.json`, from which every table, plot and page is made.

use serde::{Deserialize, Serialize};

use super::{BudgetResult, DataResult, RedundancyResult, TraceResult, WindowResult};
use crate::engine::Digest;

/// Version of the schema; a change that a reader must know of raises it.
pub const SCHEMA: u32 = 1;

/// A figure with its interval at the experiment's confidence.
///
/// ```
/// use fivenines::experiment::Figure;
///
/// let figure = Figure { value: 2.0, lower: 1.5, upper: 2.5 };
/// assert!(figure.lower <= figure.value && figure.value <= figure.upper);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// The best single value. Where nothing was observed it is 0 and the upper bound is what is known.
    #[serde(deserialize_with = "null_is_infinite")]
    pub value: f64,
    /// Lower end of the interval.
    #[serde(deserialize_with = "null_is_infinite")]
    pub lower: f64,
    /// Upper end of the interval.
    #[serde(deserialize_with = "null_is_infinite")]
    pub upper: f64,
}

/// JSON has no infinity: it is written as null, and read back here.
fn null_is_infinite<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or(f64::INFINITY))
}

/// All of an experiment's results.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Results {
    /// Version of this schema.
    pub schema: u32,
    /// Version of the program.
    pub version: String,
    /// The experiment's title.
    pub title: String,
    /// The experiment file as it was named on the command line.
    pub file: String,
    /// A command that gives these results again.
    pub command: String,
    /// The seed.
    pub seed: u64,
    /// Length of a trial, in seconds.
    pub horizon_s: f64,
    /// Its discarded start, in seconds.
    pub warm_up_s: f64,
    /// Confidence of every interval, such as 0.95.
    pub confidence: f64,
    /// Relative half-width asked of the unavailability.
    pub precision: f64,
    /// The objective, if the file has one.
    pub objective: Option<ObjectiveResult>,
    /// The designs, in the order of the file.
    pub designs: Vec<DesignResult>,
    /// Every design compared with every other; of more than sixteen, with the first and with the best.
    pub comparisons: Vec<ComparisonResult>,
    /// The designs' names, the least downtime first.
    pub ranking: Vec<String>,
    /// The designs that may be the best, as far as the data can tell: a single one is the winner.
    pub contenders: Vec<String>,
    /// What should be checked before the results are trusted.
    pub warnings: Vec<String>,
    /// Where every number of the model comes from.
    pub sources: Vec<SourceLine>,
    /// The logs that were replayed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub traces: Vec<TraceResult>,
    /// How far the answer moves within the ranges of the catalog's figures, where that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uncertainty: Option<UncertaintyResult>,
    /// Digest of the designs' digests.
    pub digest: Digest,
}

/// What was asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ObjectiveResult {
    /// The service it is about.
    pub service: String,
    /// The availability asked for.
    pub availability: f64,
    /// As it was written, such as `99.95% monthly`.
    pub text: String,
    /// Over a `month`, a `year`, or `ever` (the long run).
    pub period: String,
}

/// How one design did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DesignResult {
    /// The design's name, with its place in a sweep.
    pub name: String,
    /// What it sets, as path and value.
    pub set: Vec<(String, String)>,
    /// `simulate` or `exact`: the method behind [`DesignResult::service`]'s headline figures.
    pub method: String,
    /// Why this method.
    pub method_reason: String,
    /// How many trials were simulated; 0 when none were.
    pub trials: u64,
    /// How many events those trials had.
    pub events: u64,
    /// Why the trials ended: `precise`, `budget`, `exact` or `interrupted`.
    pub stop: String,
    /// Digest of the trials; of the exact solution where there were none.
    pub digest: Digest,
    /// The service the objective names, or the one that no other depends on.
    pub service: ServiceResult,
    /// The other services.
    pub others: Vec<ServiceResult>,
    /// What its services have to spare, by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub redundancy: Vec<RedundancyResult>,
    /// What multiplying independent availabilities would have promised for the headline service's unavailability.
    pub naive_unavailability: f64,
    /// The exact solution, where there is one.
    pub exact: Option<ExactResult>,
    /// Whether the objective is met: `None` without an objective.
    pub meets_objective: Option<bool>,
    /// One trial's outages for the timeline: the trial's number and its outages of the headline service.
    pub timeline: Option<TimelineResult>,
    /// All clients together, each by its weight; `None` where there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clients: Option<ClientsResult>,
    /// What each scripted fault that struck after the warm-up did to that service; without a script there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<FaultResult>,
    /// What it costs; `None` where nothing has a price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<CostResult>,
    /// What becomes of the data that services keep, by service; empty where none do.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub data: Vec<DataResult>,
    /// The worst windows of that service, from short to long; empty where nothing was simulated.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub windows: Vec<WindowResult>,
    /// How its error budget is used up; `None` without an objective that leaves some, or where no month was simulated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<BudgetResult>,
}

/// What a design costs a year, all in one currency.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CostResult {
    /// The currency, by its three letters.
    pub currency: String,
    /// Components, sites and spares.
    pub infrastructure: f64,
    /// What replicas send each other.
    pub traffic: f64,
    /// People and tools.
    pub operations: f64,
    /// Revenue lost while services are down.
    pub lost_revenue: Figure,
    /// What customers get back for bad months; `None` where there is an agreement and no month was simulated.
    pub credits: Option<Figure>,
    /// All of it; `None` where the credits are not known.
    pub total: Option<Figure>,
}

/// What is known about one service under one design. All figures are over the horizon after the warm-up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ServiceResult {
    /// The service.
    pub name: String,
    /// Share of time up.
    pub availability: Figure,
    /// Share of time down.
    pub unavailability: Figure,
    /// Minus the decimal logarithm of the unavailability.
    pub nines: Figure,
    /// Downtime a year in seconds.
    pub downtime_s_per_year: Figure,
    /// Quantiles of a single year's downtime in seconds; `None` where the horizon is less than a year.
    pub yearly_downtime_s: Option<Quantiles>,
    /// Time down a year for maintenance alone that does not count, in seconds; no part of the downtime. `None` where all
    /// counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub planned_s_per_year: Option<Figure>,
    /// Time in which it serves on several sides of a network that is in parts; `None` where it cannot, or nothing was simulated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub divided: Option<DividedResult>,
    /// Share of what was asked of it that it did not serve: what it does without counts in part, and busy hours for more.
    /// `None` where it serves all or nothing and always as much is asked, so that this is the unavailability.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unserved: Option<Figure>,
    /// Outages a year.
    pub outages_per_year: Figure,
    /// How long an outage lasts, in seconds; `None` where fewer than five were seen.
    pub outage_s: Option<OutageLength>,
    /// Mean up time between outages, in seconds; infinite is written as null.
    pub mtbf_s: Option<Figure>,
    /// Mean length of an outage, in seconds; `None` where fewer than five were seen.
    pub mttr_s: Option<Figure>,
    /// Chance that a month meets the objective's availability.
    pub month_meets: Option<Figure>,
    /// Chance that a year meets it.
    pub year_meets: Option<Figure>,
    /// How many outages were seen in all trials.
    pub outages_seen: u64,
    /// The method of the interval, such as `Hall transformed t`.
    pub interval_method: String,
    /// What caused the downtime; shares sum to 1 where there was any.
    pub causes: Vec<CauseResult>,
    /// Yearly downtime in seconds of the simulated years, sorted, for plots: of many years the worst hundred, and of the
    /// milder ones so many that neighbours differ by a hundredth of their chance.
    pub years_s: Vec<f64>,
    /// The share of all simulated years that had at least that downtime, for each of `years_s`.
    pub years_chance: Vec<f64>,
}

impl ServiceResult {
    /// Fewer outages than this say nothing of how long outages last.
    pub const OUTAGES_TO_TELL: u64 = 5;

    /// Whether outages were seen, but so few of them that only bounds are known: how often they are is told from their
    /// number alone, and how long they last is not told.
    pub fn saw_too_few(&self) -> bool {
        let simulated = self.unavailability.lower < self.unavailability.upper;
        simulated && (1..Self::OUTAGES_TO_TELL).contains(&self.outages_seen)
    }
}

/// What all clients of a design get together: what an hour of each is worth is in proportion to its weight. What each of
/// them gets is among the services.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClientsResult {
    /// Share of time that they get through.
    pub availability: Figure,
    /// Share of time that they do not.
    pub unavailability: Figure,
    /// Minus the decimal logarithm of the unavailability.
    pub nines: Figure,
    /// Downtime a year in seconds.
    pub downtime_s_per_year: Figure,
    /// How much each of them counts.
    pub shares: Vec<ClientShare>,
}

/// How much some clients count.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClientShare {
    /// The service that stands for them, such as `client eu`.
    pub client: String,
    /// Their weight as a share of all weights.
    pub share: f64,
}

/// A service that serves on several sides of a network in parts, which do not know of each other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DividedResult {
    /// What the sides do: `each` takes writes, which is a split brain, or all but one are `stale` and serve what they last knew.
    pub sides: String,
    /// Seconds a year in which it is so.
    pub s_per_year: Figure,
}

/// Quantiles across years.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Quantiles {
    /// The median year.
    pub p50: Figure,
    /// One year in twenty is worse.
    pub p95: Figure,
    /// One year in a hundred is worse.
    pub p99: Figure,
}

/// How long outages last, in seconds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OutageLength {
    /// Mean.
    pub mean: f64,
    /// Median.
    pub median: f64,
    /// One in twenty is longer.
    pub p95: f64,
}

/// A cause's share of the downtime.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CauseResult {
    /// `component`, `site`, `domain`, `change`, `maintenance`, `certificate`, `supply`, `scenario`, `load` or `failover`.
    pub kind: String,
    /// Component class, site level, the service that fails over, or the name of anything else.
    pub class: String,
    /// Failure mode; for a failover `switching`, `by hand` or `failing back`, for a change `update` or `bad release`; empty for
    /// maintenance and for a scripted fault.
    pub mode: String,
    /// Site, or empty for what is at none.
    pub site: String,
    /// Share of the downtime.
    pub share: f64,
    /// Downtime a year in seconds.
    pub downtime_s_per_year: f64,
}

/// What a scripted fault did to the headline service of a design, over all trials.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FaultResult {
    /// Its name.
    pub fault: String,
    /// What it takes, as written.
    pub takes: String,
    /// How often it struck, after the warm-up.
    pub strikes: u64,
    /// How often the service was down when it struck or went down while it lasted.
    pub outages: u64,
    /// Chance that it does, every trial counting equally.
    pub takes_down: Figure,
    /// How long the service then took to be up again; `None` where it never went down.
    pub recovery_s: Option<Recovery>,
    /// How many of these outages the horizon cut off: they count as if they had ended there.
    pub unfinished: u64,
}

/// Times to recover in seconds: downtime after the fault struck, of the outage that was in progress then or else of the
/// first that began while the fault lasted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recovery {
    /// Mean.
    pub mean: Figure,
    /// Median.
    pub median: f64,
    /// One in twenty is longer.
    pub p95: f64,
    /// The longest.
    pub max: f64,
}

/// The exact solution of a design.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExactResult {
    /// Unavailability over the horizon after the warm-up; `None` where it would take too long.
    pub unavailability: Option<f64>,
    /// Unavailability in the long run.
    pub steady_unavailability: f64,
    /// Mean time to the first outage from all up, in seconds; infinite is null.
    pub mttf_s: Option<f64>,
    /// Chance of at least one outage up to the horizon, from all up; `None` where it would take too long.
    pub outage_chance: Option<f64>,
    /// Outages a year in the long run.
    pub outages_per_year: f64,
    /// States of the chain after lumping.
    pub states: u64,
    /// Transitions of the chain.
    pub transitions: u64,
    /// The numerical method and the residual it reached.
    pub method: String,
    /// Largest relative residual of a balance equation.
    pub residual: f64,
    /// True when the exact value lies in the simulation's interval; `None` when nothing was simulated.
    pub agrees: Option<bool>,
}

/// One trial's outages.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TimelineResult {
    /// The trial.
    pub trial: u64,
    /// Its outages in order.
    pub outages: Vec<OutageResult>,
}

/// One outage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OutageResult {
    /// Seconds from the start of the trial.
    pub start_s: f64,
    /// Length in seconds.
    pub length_s: f64,
    /// What had to be repaired to end it, the largest share first.
    pub cause: String,
}

/// Two designs compared, trial by trial under common random numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ComparisonResult {
    /// The design compared.
    pub design: String,
    /// What it is compared with.
    pub baseline: String,
    /// Downtime a year of the design less that of the baseline, in seconds.
    pub difference_s_per_year: Figure,
    /// Downtime of the design over that of the baseline; `None` where the baseline had none.
    pub ratio: Option<Figure>,
    /// `better`, `worse` or `undecided`.
    pub verdict: String,
    /// Trials compared.
    pub trials: u64,
    /// The same of what else can be compared.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub measures: Vec<MeasureDifference>,
}

/// By how much two designs differ in something besides downtime; less is better.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MeasureDifference {
    /// `outages_per_year`, `cost_per_year`, `unserved_s_per_year` (what is not served, as if it was downtime),
    /// `data_losses_per_year` or `data_lost_for_good_per_year` (of all services together), and where data are in chunks
    /// `data_lost_bytes_per_year`.
    pub measure: String,
    /// That of the design less that of the baseline.
    pub difference: Figure,
    /// `better`, `worse` or `undecided`.
    pub verdict: String,
}

/// What it would take: the values of one key that were tried, and the one that is enough.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SolveResult {
    /// The experiment's title.
    pub title: String,
    /// The experiment file as it was named on the command line.
    pub file: String,
    /// A command that gives this again.
    pub command: String,
    /// The seed.
    pub seed: u64,
    /// Confidence of every interval.
    pub confidence: f64,
    /// The design that was changed.
    pub design: String,
    /// The key whose value was changed.
    pub path: String,
    /// The service that the objective is about.
    pub service: String,
    /// The availability asked for.
    pub availability: f64,
    /// The objective as it was written.
    pub objective: String,
    /// The value in the file.
    pub start: String,
    /// Whether the objective is met with it.
    pub met_already: bool,
    /// The nearest value that is enough; where the file's is, the furthest that still is. `None` where there is none.
    pub answer: Option<String>,
    /// The value that says most: the answer's, the best there is where none is enough, or the next one where that is too little.
    pub best: Option<TriedResult>,
    /// What takes the service down with that value.
    pub causes: Vec<CauseResult>,
    /// All values that were tried, by size.
    pub tried: Vec<TriedResult>,
}

/// What came of one value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TriedResult {
    /// The value.
    pub value: String,
    /// Share of time up.
    pub availability: Figure,
    /// Downtime a year in seconds.
    pub downtime_s_per_year: Figure,
    /// `met` or `missed`, where the whole interval says so, else `undecided`.
    pub objective: String,
    /// How many trials were simulated; 0 when none were.
    pub trials: u64,
}

/// Where a number comes from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SourceLine {
    /// What the number is, such as `component.server.mode.crash`.
    pub path: String,
    /// The laws, as written.
    pub value: String,
    /// The source; `None` when the file gives none: then it is an assumption.
    pub source: Option<String>,
    /// The entry of the catalog that it is from, such as `disk/hdd`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entry: Option<String>,
}

/// How far the answer moves within the ranges of the catalog's figures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UncertaintyResult {
    /// Each figure alone at its ends, that which moves some design furthest first.
    pub ranges: Vec<RangeResult>,
    /// All figures at the ends that mean less downtime.
    pub favorable: EndResult,
    /// All figures at the ends that mean more downtime.
    pub unfavorable: EndResult,
    /// All figures drawn at once, where that was asked for.
    pub joint: Option<JointResult>,
}

/// One figure of the catalog at its ends.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RangeResult {
    /// Key of its entry.
    pub entry: String,
    /// Which of the entry's quantities; nothing for its only figure.
    pub quantity: String,
    /// The values of the file that it stands in.
    pub paths: Vec<String>,
    /// Its low, typical and high value.
    pub values: [String; 3],
    /// Where the range comes from.
    pub range: String,
    /// What comes of its low value.
    pub low: EndResult,
    /// What comes of its high value.
    pub high: EndResult,
}

/// What comes of other values than the typical ones.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EndResult {
    /// Downtime a year in seconds, design by design in the order of the designs.
    pub downtime_s_per_year: Vec<Figure>,
    /// Whether the objective is met, design by design.
    pub meets_objective: Vec<Option<bool>>,
    /// The designs that may be the best.
    pub contenders: Vec<String>,
}

/// What comes of all figures drawn at once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JointResult {
    /// How many draws.
    pub draws: u64,
    /// The designs, in the order of the file.
    pub designs: Vec<DrawnResult>,
}

/// A design over joint draws.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DrawnResult {
    /// The design.
    pub design: String,
    /// A tenth of the draws have at most this downtime a year, in seconds.
    pub p10_s_per_year: f64,
    /// Half of them.
    pub p50_s_per_year: f64,
    /// Nine tenths of them.
    pub p90_s_per_year: f64,
    /// In how many draws it is among those that may be the best.
    pub among_best: u64,
    /// In how many draws it meets the objective; 0 without one.
    pub meets_objective: u64,
}
