//! Which designs are worth their money: those that no other beats in cost and downtime (Pareto’s optimum).

use crate::experiment::{CostResult, DesignResult, Results};

/// What the frontier is made of: a design's place in the results, its costs a year, and its downtime.
pub(super) struct Offer<'a> {
    pub design: &'a DesignResult,
    pub cost: &'a CostResult,
    /// A design that is shown to be better in one of them, and not shown to be worse in the other.
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

/// Shown to be better in the one, and not shown to be worse in the other.
fn beats(results: &Results, one: &Offer<'_>, other: &Offer<'_>) -> bool {
    let [down, cost] = shown(results, &one.design.name, &other.design.name);
    (down == "better" && cost != "worse") || (cost == "better" && down != "worse")
}

/// What trials, or exact values, show of the one against the other: in downtime, and in cost.
fn shown<'a>(results: &'a Results, one: &str, other: &str) -> [&'a str; 2] {
    let pair =
        results.comparisons.iter().find_map(|pair| match (pair.design.as_str(), pair.baseline.as_str()) {
            (design, baseline) if (design, baseline) == (one, other) => Some((pair, false)),
            (design, baseline) if (baseline, design) == (one, other) => Some((pair, true)),
            _ => None,
        });
    let Some((pair, backwards)) = pair else { return ["undecided"; 2] };
    let cost = pair.measures.iter().find(|measure| measure.measure == "cost_per_year");
    let cost = cost.map_or("undecided", |cost| cost.verdict.as_str());
    [pair.verdict.as_str(), cost].map(|verdict| match (verdict, backwards) {
        ("better", true) => "worse",
        ("worse", true) => "better",
        (verdict, _) => verdict,
    })
}
