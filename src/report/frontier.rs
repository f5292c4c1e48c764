//! Which designs are worth their money: those that no other beats in cost, downtime and losses of data (Pareto’s optimum).

use crate::experiment::{CostResult, DesignResult, Results};

/// What the frontier is made of: a design's place in the results, its costs a year, and its downtime.
pub(super) struct Offer<'a> {
    pub design: &'a DesignResult,
    pub cost: &'a CostResult,
    /// A design that is shown to be better in one of them or in losses of data, and not shown to be worse in any.
    pub beaten_by: Option<&'a str>,
}

/// Every design with its costs, in the order of the file; nothing where not all of them are known.
pub(super) fn offers(results: &Results) -> Option<Vec<Offer<'_>>> {
    let offers = results.designs.iter().map(|design| {
        let cost = design.cost.as_ref()?;
        cost.total?;
        Some(Offer { design, cost, beaten_by: None })
    });
    let mut offers: Vec<Offer<'_>> = offers.collect::<Option<_>>()?;
    let one_currency = offers.iter().all(|offer| offer.cost.currency == offers[0].cost.currency);
    if offers.is_empty() || !one_currency {
        return None;
    }
    for at in 0..offers.len() {
        let better = offers.iter().find(|other| beats(results, other, &offers[at]));
        offers[at].beaten_by = better.map(|other| other.design.name.as_str());
    }
    Some(offers)
}

/// Whether designs keep data, so that what they lose counts as well.
pub(super) fn keep_data(results: &Results) -> bool {
    results.designs.iter().any(|design| !design.data.is_empty())
}

/// Shown to be better in downtime, in cost or in what data it loses, and not shown to be worse in any of them.
fn beats(results: &Results, one: &Offer<'_>, other: &Offer<'_>) -> bool {
    let verdicts = shown(results, &one.design.name, &other.design.name);
    verdicts.contains(&"better") && !verdicts.contains(&"worse")
}

/// What trials, or exact values, show of the one against the other: in downtime, and in what else counts.
fn shown<'a>(results: &'a Results, one: &str, other: &str) -> Vec<&'a str> {
    const COUNT: [&str; 3] = ["cost_per_year", "data_losses_per_year", "data_lost_for_good_per_year"];
    let pair =
        results.comparisons.iter().find_map(|pair| match (pair.design.as_str(), pair.baseline.as_str()) {
            (design, baseline) if (design, baseline) == (one, other) => Some((pair, false)),
            (design, baseline) if (baseline, design) == (one, other) => Some((pair, true)),
            _ => None,
        });
    let Some((pair, backwards)) = pair else { return Vec::new() };
    let measures = pair.measures.iter().filter(|measure| COUNT.contains(&measure.measure.as_str()));
    let verdicts = measures.map(|measure| measure.verdict.as_str()).chain([pair.verdict.as_str()]);
    let turned = |verdict| match (verdict, backwards) {
        ("better", true) => "worse",
        ("worse", true) => "better",
        (verdict, _) => verdict,
    };
    verdicts.map(turned).collect()
}
