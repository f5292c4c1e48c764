//! Tables of numbers in the book, each row made anew from the experiments and compared with what the page shows.

use fivenines::experiment::{DesignResult, Experiment, Options, Unwatched, run};
use fivenines::random::math::{exp_m1, ln_1p, pow};
use fivenines::units::Duration;

use super::page::Page;
use super::{root, updating};

/// What Storm 1.14 computes in exact rational arithmetic: the unavailability, and hours to the first outage.
const STORM: [(&str, &str, &str); 11] = [
    ("1 of 2, one crew", "1.6393442622950819672e-2", "650"),
    ("2 of 3, one crew", "9.5232036714795732340e-5", "42500"),
    ("2 of 3, three crews", "4.7491815566577675900e-5", "42500"),
    ("1 of 4, four crews", "1.2329231815277393895e-14", "20279267256250"),
    ("3 of 5, two crews", "1.4940157088659246438e-8", "67101566.666666666667"),
    ("8 of 10, two crews", "2.4499337092669591267e-6", "4987929.0123456790123"),
    ("2 of 3, repairs of four stages", "2.3806297758181962734e-4", "10771.041250168990020"),
    ("3 of 5, restarts and replacements", "5.5219746335072953452e-8", "3354795.7019574169443"),
    ("zones out of reach", "1.6368598032374710575e-5", "64595.676006447989429"),
    ("zones that freeze", "8.6795448476218228428e-6", "138716.39608516089281"),
    ("zones that crash", "2.7071179926905016789e-5", "46722.100440274098784"),
];

/// The largest relative difference from a reference.
const TOLERANCE: f64 = 1e-12;

/// The designs of an experiment, tried.
fn designs(path: &str) -> Vec<DesignResult> {
    let experiment = Experiment::read(&root().join(path)).unwrap_or_else(|_| panic!("{path} has mistakes"));
    run(&experiment, &Options::default(), &Unwatched).expect("it has an exact solution").designs
}

/// Holds rows, known by their first cell, to what they should be.
fn hold(page: &str, rows: &[Vec<String>]) {
    let page = Page::read(&root().join(page));
    let mut lines = page.lines();
    for row in rows {
        let expected = format!("| {} |", row.join(" | "));
        let label = format!("| {} |", row[0]);
        let found = lines.iter().position(|line| line.starts_with(&label));
        let found = found.unwrap_or_else(|| panic!("{} has no row {label}", page.name()));
        if updating() {
            lines[found] = expected;
        } else {
            assert_eq!(lines[found], expected, "{}", page.name());
        }
    }
    page.write(&lines);
}

/// Our exact values beside those of another tool.
pub fn validation() {
    let mut tried = designs("book/src/experiments/groups.toml");
    tried.extend(designs("book/src/experiments/zones.toml"));
    let row = |(label, unavailability, first): (&str, &str, &str)| {
        let design = tried.iter().find(|design| design.name == label).expect("an experiment has this design");
        let exact = design.exact.as_ref().expect("it was solved exactly");
        let hours = exact.mttf_s.expect("there is an outage some time") / 3600.0;
        for (found, reference) in [(exact.steady_unavailability, unavailability), (hours, first)] {
            let reference: f64 = reference.parse().expect("the reference is a number");
            let difference = (found / reference - 1.0).abs();
            assert!(difference < TOLERANCE, "{label}: {found:e}, not {reference:e}");
        }
        let found = format!("{:e}", exact.steady_unavailability);
        [label, &found, unavailability, &format!("{hours:.6}"), first].map(str::to_owned).to_vec()
    };
    hold("book/src/validation.md", &STORM.map(row));
}

/// Losses of data a year: by the published arithmetic, and exactly.
pub fn vault() {
    let parity = |design: &DesignResult| match design.name.as_bytes()[0] {
        b'3' => 3,
        b'2' => 2,
        _ => 1,
    };
    let row = |design: &DesignResult| {
        let exact = design.exact.as_ref().expect("it was solved exactly");
        let a_year = Duration::YEAR.secs() / exact.mttf_s.expect("data are lost some time");
        let published = boxes(parity(design));
        let cells =
            [format!("{published:.4e}"), format!("{a_year:.4e}"), format!("{:.2}", a_year / published)];
        [vec![design.name.clone()], cells.to_vec()].concat()
    };
    let rows: Vec<Vec<String>> = designs("experiments/vault.toml").iter().map(row).collect();
    // What Backblaze publishes, to the digits published.
    assert_eq!(format!("{:.3e}", boxes(3)), "7.354e-12");
    hold("book/src/vault.md", &rows);
}

/// The year cut into boxes of 6.5 days: the chance that more than `parity` of 20 drives fail in one of them.
fn boxes(parity: u32) -> f64 {
    let (days, drives) = (6.5, 20);
    let one = -exp_m1(-0.00405 * days / 365.0);
    let chance = |failed: u32| {
        let choose = (0..failed).fold(1.0, |product, k| product * f64::from(drives - k) / f64::from(k + 1));
        choose * pow(one, f64::from(failed)) * pow(1.0 - one, f64::from(drives - failed))
    };
    let in_a_box: f64 = (parity + 1..=drives).map(chance).sum();
    -exp_m1(365.0 / days * ln_1p(-in_a_box))
}
