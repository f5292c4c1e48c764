//! Experiment files: designs and sweeps of a system, what to ask of them, and what was found.

mod diagnostic;
mod file;
mod results;
mod spec;

pub use diagnostic::{Diagnostic, Report, Style};
pub use results::{
    CauseResult, ComparisonResult, DesignResult, ExactResult, Figure, ObjectiveResult, OutageLength,
    OutageResult, Quantiles, Results, SCHEMA, ServiceResult, SourceLine, TimelineResult,
};
pub use spec::{Design, Experiment, Method, MethodError, Objective, ObjectiveError, Period, sources};
