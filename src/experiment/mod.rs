//! Experiment files: designs and sweeps of a system, what to ask of them, and what was found.

mod results;

pub use results::{
    CauseResult, ComparisonResult, DesignResult, ExactResult, Figure, ObjectiveResult, OutageLength,
    OutageResult, Quantiles, Results, SCHEMA, ServiceResult, SourceLine, TimelineResult,
};
