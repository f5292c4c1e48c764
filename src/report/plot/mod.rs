//! Plots of results, as SVG and PNG.

mod axis;
mod bitmap;
mod causes;
mod curves;
mod downtime;
mod durations;
pub(crate) mod font;
mod frame;
mod losses;
mod measured;
mod named;
pub(crate) mod palette;
mod pareto;
mod protocol;
mod sheet;
pub(crate) mod story;
mod sweep;
mod timeline;
mod tornado;
mod vector;
mod windows;
mod years;

use crate::experiment::{MeasureResults, Results, StudyResults};
use crate::fit::Findings;
use sheet::Sheet;

/// A plot that a report has.
///
/// ```
/// use fivenines::report::Plot;
///
/// let names: Vec<&str> = Plot::ALL.iter().map(|plot| plot.name()).collect();
/// assert_eq!(names, ["downtime", "causes", "years", "windows", "timeline", "tornado", "pareto", "sweep", "losses"]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Plot {
    /// Downtime a year by design, with intervals, the objective and what naive independence promises.
    Downtime,
    /// What causes the downtime, by design.
    Causes,
    /// How bad single years are.
    Years,
    /// What is served in the worst window of each length.
    Windows,
    /// One trial's outages.
    Timeline,
    /// How far the answer moves within the ranges of the catalog's figures.
    Tornado,
    /// Downtime against cost, with the designs that another beats.
    Pareto,
    /// Downtime over the values of the key that a sweep changes, and where it bends.
    Sweep,
    /// How often data in chunks are lost, and how much at a time.
    Losses,
}

impl Plot {
    /// All plots, in the order of a report.
    pub const ALL: [Plot; 9] = [
        Plot::Downtime,
        Plot::Causes,
        Plot::Years,
        Plot::Windows,
        Plot::Timeline,
        Plot::Tornado,
        Plot::Pareto,
        Plot::Sweep,
        Plot::Losses,
    ];

    /// The name of its file, without an ending.
    pub const fn name(self) -> &'static str {
        match self {
            Plot::Downtime => "downtime",
            Plot::Causes => "causes",
            Plot::Years => "years",
            Plot::Windows => "windows",
            Plot::Timeline => "timeline",
            Plot::Tornado => "tornado",
            Plot::Pareto => "pareto",
            Plot::Sweep => "sweep",
            Plot::Losses => "losses",
        }
    }

    fn sheet(self, results: &Results) -> Option<Sheet> {
        match self {
            Plot::Downtime => downtime::draw(results),
            Plot::Causes => causes::draw(results),
            Plot::Years => years::draw(results),
            Plot::Windows => windows::draw(results),
            Plot::Timeline => timeline::draw(results),
            Plot::Tornado => tornado::draw(results),
            Plot::Pareto => pareto::draw(results),
            Plot::Sweep => sweep::draw(results),
            Plot::Losses => losses::draw(results),
        }
    }

    /// The plot as SVG; `None` where the results have nothing to plot, such as the years of a design solved exactly.
    ///
    /// The same results give the same bytes on any machine. Texts are texts, in Inter, which the file carries (some 110 kB).
    pub fn svg(self, results: &Results) -> Option<String> {
        self.sheet(results).map(|sheet| vector::file(&sheet))
    }

    /// The plot as SVG for a page that has Inter already.
    pub(crate) fn inline(self, results: &Results) -> Option<String> {
        self.sheet(results).map(|sheet| vector::svg(&sheet))
    }

    /// The plot as PNG, 1,920 pixels wide; `None` where there is nothing to plot.
    pub fn png(self, results: &Results) -> Option<Vec<u8>> {
        self.sheet(results).map(|sheet| bitmap::png(&sheet))
    }
}

/// A plot of what was fitted to a log.
///
/// ```
/// use fivenines::report::FitPlot;
///
/// assert_eq!(FitPlot::ALL[0].name(), "failure-survival");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FitPlot {
    /// How long units run, against the laws.
    FailureSurvival,
    /// How likely they are to fail, by the time since the last repair.
    FailureHazard,
    /// Quantiles of the laws against those seen.
    FailureQuantiles,
    /// How long repairs take.
    RepairSurvival,
    /// Quantiles of the laws against those seen.
    RepairQuantiles,
}

impl FitPlot {
    /// All plots.
    pub const ALL: [FitPlot; 5] = [
        FitPlot::FailureSurvival,
        FitPlot::FailureHazard,
        FitPlot::FailureQuantiles,
        FitPlot::RepairSurvival,
        FitPlot::RepairQuantiles,
    ];

    /// The name of its file, without an ending.
    pub const fn name(self) -> &'static str {
        match self {
            FitPlot::FailureSurvival => "failure-survival",
            FitPlot::FailureHazard => "failure-hazard",
            FitPlot::FailureQuantiles => "failure-quantiles",
            FitPlot::RepairSurvival => "repair-survival",
            FitPlot::RepairQuantiles => "repair-quantiles",
        }
    }

    fn sheet(self, findings: &Findings, group: usize) -> Option<Sheet> {
        let group = findings.groups.get(group)?;
        let failures = durations::Subject::failures(findings, group);
        let repairs = durations::Subject::repairs(findings, group);
        match self {
            FitPlot::FailureSurvival => durations::survival(&failures),
            FitPlot::FailureHazard => durations::hazard(&failures),
            FitPlot::FailureQuantiles => durations::quantiles(&failures),
            FitPlot::RepairSurvival => durations::survival(&repairs),
            FitPlot::RepairQuantiles => durations::quantiles(&repairs),
        }
    }

    /// The plot of a group, by its place in the findings, as SVG; `None` where there is no law to plot.
    pub fn svg(self, findings: &Findings, group: usize) -> Option<String> {
        self.sheet(findings, group).map(|sheet| vector::file(&sheet))
    }

    /// The plot as PNG, 1,920 pixels wide; `None` where there is no law to plot.
    pub fn png(self, findings: &Findings, group: usize) -> Option<Vec<u8>> {
        self.sheet(findings, group).map(|sheet| bitmap::png(&sheet))
    }
}

/// A plot of an experiment on a protocol.
///
/// ```
/// use fivenines::report::ProtocolPlot;
///
/// let names: Vec<&str> = ProtocolPlot::ALL.iter().map(|plot| plot.name()).collect();
/// assert_eq!(names, ["down", "latency", "windows"]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ProtocolPlot {
    /// The share of client time that was down, by design.
    Down,
    /// How long answers took.
    Latency,
    /// Client time up in the worst window of each length.
    Windows,
}

impl ProtocolPlot {
    /// All plots, in the order of a report.
    pub const ALL: [ProtocolPlot; 3] = [ProtocolPlot::Down, ProtocolPlot::Latency, ProtocolPlot::Windows];

    /// The name of its file, without an ending.
    pub const fn name(self) -> &'static str {
        match self {
            ProtocolPlot::Down => "down",
            ProtocolPlot::Latency => "latency",
            ProtocolPlot::Windows => "windows",
        }
    }

    fn sheet(self, results: &StudyResults) -> Option<Sheet> {
        match self {
            ProtocolPlot::Down => protocol::down(results),
            ProtocolPlot::Latency => protocol::latency(results),
            ProtocolPlot::Windows => windows::of_protocol(results),
        }
    }

    /// The plot as SVG; `None` where the results have nothing to plot, as where all faults were made up.
    pub fn svg(self, results: &StudyResults) -> Option<String> {
        self.sheet(results).map(|sheet| vector::file(&sheet))
    }

    /// The plot as SVG for a page that has Inter already.
    pub(crate) fn inline(self, results: &StudyResults) -> Option<String> {
        self.sheet(results).map(|sheet| vector::svg(&sheet))
    }

    /// The plot as PNG, 1,920 pixels wide; `None` where there is nothing to plot.
    pub fn png(self, results: &StudyResults) -> Option<Vec<u8>> {
        self.sheet(results).map(|sheet| bitmap::png(&sheet))
    }
}

/// What was measured of a protocol, as SVG and as PNG.
pub(super) fn measured(results: &MeasureResults) -> (String, Vec<u8>) {
    let sheet = measured::draw(results);
    (vector::file(&sheet), bitmap::png(&sheet))
}
