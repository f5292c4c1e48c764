//! What should be checked before results are trusted.

use super::{Outcome, RunPlan};
use crate::experiment::DesignResult;
use crate::units::Duration;

/// Fewer outages than this say little about how long outages are.
const FEW: u64 = 30;

pub(super) fn warnings(plan: &RunPlan, outcomes: &[Outcome]) -> Vec<String> {
    let mut warnings: Vec<String> =
        outcomes.iter().flat_map(|outcome| of_design(plan, &outcome.result)).collect();
    if plan.window.count() == 0 && plan.experiment.objective.is_some() {
        warnings.push(
            "the horizon after the warm-up is less than a month of 730 hours, so no month can meet the objective"
                .to_owned(),
        );
    }
    let counted = (plan.window.end - plan.window.start).as_secs_f64();
    for trace in plan.experiment.trace_results().iter().filter(|trace| counted > trace.window_s) {
        warnings.push(format!(
            "the trace `{}` is of {:.2} years and begins again where it ends: a trial counts {:.2} years, and so the same \
             outages of the same nodes more than once",
            trace.name,
            trace.window_s / Duration::YEAR.secs(),
            plan.years()
        ));
    }
    warnings
}

fn of_design(plan: &RunPlan, design: &DesignResult) -> Vec<String> {
    let mut warnings = Vec::new();
    let (name, seen) = (&design.name, design.service.outages_seen);
    let simulated = design.method == "simulate";
    if simulated && seen == 0 {
        warnings.push(format!(
            "`{name}`: no outage in {} trials; the figures are upper bounds, not estimates: give it more trials",
            design.trials
        ));
    } else if simulated && seen < FEW {
        warnings.push(format!("`{name}`: only {seen} outages seen; give it more trials"));
    }
    if simulated && design.stop == "budget" && seen > 0 {
        warnings.push(format!(
            "`{name}`: stopped after {} trials, before the precision asked, {} of the downtime, was reached",
            design.trials, plan.experiment.precision
        ));
    }
    if design.exact.as_ref().is_some_and(|exact| exact.agrees == Some(false)) {
        // One design in twenty is expected here at 95%, so this is a reason to look and not an error.
        warnings.push(format!(
            "`{name}`: the exact value lies outside the simulation's interval, which happens to one design in {:.0}",
            1.0 / (1.0 - plan.experiment.confidence.value())
        ));
    }
    warnings
}
