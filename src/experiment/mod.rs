//! Experiment files: designs and sweeps of a system, what to ask of them, and what was found.

mod cited;
mod course_results;
mod data_results;
mod diagnostic;
mod file;
mod knob;
mod measure;
mod planned;
mod redundancy;
mod replay;
mod results;
mod run;
mod slot;
mod solve;
mod spec;
mod study;
mod traces;
mod uncertainty;

pub use course_results::{AlertResult, BudgetQuantiles, BudgetResult, WindowResult};
pub use data_results::{DataResult, TimesResult};
pub use diagnostic::{Diagnostic, Report, Style};
pub use file::{Draft, File, read_file};
pub use measure::{
    EpisodeSeen, Measure, MeasureError, MeasureResults, MeasuredLaw, MeasuredResult, MilestoneResult,
    assumed, is_measured_name, measure, quantiles_kept,
};
pub use redundancy::RedundancyResult;
pub use replay::{Replay, replay};
pub use results::{
    CauseResult, ClientShare, ClientsResult, ComparisonResult, CostResult, DesignResult, DividedResult,
    DrawnResult, EndResult, ExactResult, FaultResult, Figure, JointResult, MeasureDifference,
    ObjectiveResult, OutageLength, OutageResult, Quantiles, RangeResult, Recovery, Results, SCHEMA,
    ServiceResult, SolveResult, SourceLine, TimelineResult, TriedResult, UncertaintyResult,
};
pub use run::{Options, RunError, Unwatched, Watcher, run};
pub use solve::{Quest, SolveError, solve};
pub use spec::{
    CatalogUse, Design, Experiment, Method, MethodError, Objective, ObjectiveError, Period, sources,
};
pub(crate) use study::Misread;
pub use study::{
    GroupResult, LatencyResult, Models, ProtocolComparison, ProtocolResult, Seen, Stage, Staged, Study,
    StudyDesign, StudyResults, Told, Watch, run_study,
};
pub use traces::{Logs, TraceResult, TraceRows};
pub use uncertainty::{MOST_DRAWS, uncertainty};
