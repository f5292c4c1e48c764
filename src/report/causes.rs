//! What takes a service down, merged to the few causes that a person can act on.

use std::collections::BTreeMap;

use super::text::printable;
use crate::experiment::{CauseResult, ServiceResult};

/// Causes of the same kind, class and failure mode, at all their sites together.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Cause {
    /// `server crash`, `zone power loss`, `db failover by hand`.
    pub(crate) label: String,
    /// Where: ` at eu/a`, ` at 3 sites`, or nothing for a failover.
    pub(crate) place: String,
    /// Share of the downtime.
    pub(crate) share: f64,
}

pub(super) fn label(cause: &CauseResult) -> String {
    let words = match cause.kind.as_str() {
        kind @ ("failover" | "scaling" | "queue") => [cause.class.as_str(), kind, cause.mode.as_str()],
        _ => [cause.class.as_str(), cause.mode.as_str(), ""],
    };
    printable(words.iter().filter(|word| !word.is_empty()).copied().collect::<Vec<_>>().join(" ").as_str())
}

/// All causes of a service's downtime, the largest first; sites merged, for three zones that fail alike are one cause.
pub(crate) fn merged(service: &ServiceResult) -> Vec<Cause> {
    merge(&service.causes)
}

fn merge(causes: &[CauseResult]) -> Vec<Cause> {
    let mut groups: BTreeMap<String, (f64, Vec<&str>)> = BTreeMap::new();
    for cause in causes {
        let (share, sites) = groups.entry(label(cause)).or_default();
        *share += cause.share;
        if !sites.contains(&cause.site.as_str()) {
            sites.push(&cause.site);
        }
    }
    let mut causes: Vec<Cause> = groups
        .into_iter()
        .filter(|(_, (share, _))| *share > 0.0)
        .map(|(label, (share, sites))| {
            let place = match sites.as_slice() {
                // What is partly at no site has no place in a word.
                sites if sites.contains(&"") => String::new(),
                [site] => format!(" at {}", printable(site)),
                sites => format!(" at {} sites", sites.len()),
            };
            Cause { label, place, share }
        })
        .collect();
    // Names break ties, so that the order never depends on how the causes were found.
    causes.sort_by(|a, b| b.share.total_cmp(&a.share).then_with(|| a.label.cmp(&b.label)));
    causes
}

/// The largest causes, and the share of all others and how many they are. One cause left over is shown as itself.
pub(crate) fn top(service: &ServiceResult, most: usize) -> (Vec<Cause>, Option<(f64, usize)>) {
    top_of(&service.causes, most)
}

/// The same of causes that belong to no service any more.
pub(crate) fn top_of(causes: &[CauseResult], most: usize) -> (Vec<Cause>, Option<(f64, usize)>) {
    let mut causes = merge(causes);
    if causes.len() <= most + 1 {
        return (causes, None);
    }
    let rest = causes.split_off(most);
    let share = rest.iter().fold(0.0, |sum, cause| sum + cause.share);
    (causes, Some((share, rest.len())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cause(kind: &str, class: &str, mode: &str, site: &str, share: f64) -> CauseResult {
        let [kind, class, mode, site] = [kind, class, mode, site].map(String::from);
        CauseResult { kind, class, mode, site, share, downtime_s_per_year: 0.0 }
    }

    #[test]
    fn a_cause_reads_as_a_person_would_name_it() {
        assert_eq!(label(&cause("component", "server", "crash", "eu/a", 1.0)), "server crash");
        assert_eq!(label(&cause("site", "zone", "power loss", "eu/a", 1.0)), "zone power loss");
        assert_eq!(label(&cause("failover", "db", "by hand", "", 1.0)), "db failover by hand");
    }

    /// A switch at a site and one at none fail alike, and together they are nowhere in particular.
    #[test]
    fn a_cause_that_is_partly_at_no_site_has_no_place() {
        let place = |sites: &[&str]| {
            let causes = sites.iter().map(|site| cause("component", "switch", "failure", site, 0.5));
            merge(&causes.collect::<Vec<_>>())[0].place.clone()
        };
        assert_eq!(place(&["eu/a", "eu/b"]), " at 2 sites");
        assert_eq!(place(&["eu/a"]), " at eu/a");
        assert_eq!(place(&["eu/a", ""]), "");
        assert_eq!(place(&[""]), "");
    }
}
