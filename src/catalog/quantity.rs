//! A figure of the catalog: its low, typical and high value, and how well it is known.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::random::Law;
use crate::units::Probability;

/// What a figure is, and so where it may stand in an experiment.
///
/// ```
/// use fivenines::catalog::Kind;
///
/// assert_eq!(Kind::Failure.to_string(), "time to a failure");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// The law of a time to failure: for `fails`.
    Failure,
    /// The law of how long something takes: for `restored`, for `detect`, `switch` and `manual` of a failover, and for the
    /// times of changes, maintenance and certificates.
    Duration,
    /// The chance that something works: for `succeeds` of a failover.
    Success,
    /// Any other share or chance: for `bad` of a change and `error` of any work, and otherwise to be read and cited.
    Share,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Kind::Failure => "time to a failure",
            Kind::Duration => "duration",
            Kind::Success => "chance to work",
            Kind::Share => "share",
        })
    }
}

/// How well a figure was checked against its source.
///
/// ```
/// use fivenines::catalog::Evidence;
///
/// assert_eq!(Evidence::Secondary.to_string(), "secondary source");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Evidence {
    /// Read in the source itself.
    Read,
    /// Read as a verbatim quotation of the source.
    Quoted,
    /// Arithmetic on figures that were read or quoted; the formula is given.
    Derived,
    /// Read in a summary of the source, not in the source.
    Secondary,
    /// Nobody's measurement: a value chosen for want of one. It cites nobody.
    Assumption,
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Evidence::Read => "read in the source",
            Evidence::Quoted => "quoted from the source",
            Evidence::Derived => "derived from the source",
            Evidence::Secondary => "secondary source",
            Evidence::Assumption => "assumption",
        })
    }
}

/// Who published a figure.
///
/// ```
/// use fivenines::catalog::Catalog;
///
/// let catalog = Catalog::shipped();
/// let source = &catalog.get("rack/unavailable").unwrap().modes["outage"].fails.sources[0];
/// assert_eq!(source.short, "Ford 2010");
/// assert!(source.cite.contains("OSDI 2010"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Source {
    /// A word or two for tables, such as `Ford 2010`.
    pub short: String,
    /// Authors, title, venue and year.
    pub cite: String,
}

/// A value: a law or a chance. It prints the way it was written.
///
/// ```
/// use fivenines::catalog::Amount;
///
/// let amount = Amount::Law("mtbf 10y".parse().unwrap());
/// assert_eq!(amount.to_string(), "mtbf 10y");
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum Amount {
    /// The law of a duration.
    Law(Law),
    /// A chance or a share.
    Share(Probability),
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Amount::Law(law) => law.fmt(f),
            Amount::Share(share) => share.fmt(f),
        }
    }
}

impl Serialize for Amount {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A figure with its range and its source.
///
/// Low and high are those of what is named: a failure law is low where failures are rare, any other law where it is
/// short, a share where it is small.
///
/// ```
/// use fivenines::catalog::{Catalog, Evidence};
///
/// let catalog = Catalog::shipped();
/// let works = catalog.get("failover/rds-event").unwrap().figure.clone().unwrap();
/// assert_eq!(works.typical.to_string(), "97.5%");
/// assert_eq!(works.evidence, Evidence::Quoted);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Quantity {
    /// What it is.
    pub kind: Kind,
    /// The low end of the range.
    pub low: Amount,
    /// What an experiment uses.
    pub typical: Amount,
    /// The high end of the range.
    pub high: Amount,
    /// How well the typical value was checked.
    pub evidence: Evidence,
    /// Who published it; nobody for an assumption.
    pub sources: Vec<Source>,
    /// What the source says, or why this was assumed.
    pub basis: String,
    /// How the typical value follows from what the source says, where it is not that itself.
    pub formula: Option<String>,
    /// Where the low and the high end come from: `published: ...`, `derived: ...` or `assumption: ...`; nothing where
    /// there is no range.
    pub range: Option<String>,
}

impl Quantity {
    /// True where low and high differ.
    pub fn is_uncertain(&self) -> bool {
        self.low != self.high
    }

    /// The sources in full, and how well the figure was checked where that is less than read or quoted; or
    /// `assumption: ` and why.
    pub fn cited(&self) -> String {
        let sources: Vec<&str> = self.sources.iter().map(|source| source.cite.as_str()).collect();
        let sources = sources.join("; ");
        match self.evidence {
            Evidence::Assumption => format!("assumption: {}", self.basis),
            Evidence::Read | Evidence::Quoted => sources,
            evidence => format!("{sources} ({evidence})"),
        }
    }

    /// The sources in a few words: `Ford 2010`, `Dean 2009, secondary source`, `assumption`.
    pub fn cited_in_short(&self) -> String {
        let sources: Vec<&str> = self.sources.iter().map(|source| source.short.as_str()).collect();
        match self.evidence {
            Evidence::Assumption => "assumption".into(),
            Evidence::Secondary => format!("{} (secondary)", sources.join(", ")),
            _ => sources.join(", "),
        }
    }
}
