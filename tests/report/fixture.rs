//! Results as an experiment would leave them, written by hand: a good one and several hard ones.

use fivenines::engine::Digest;
use fivenines::experiment::*;
use fivenines::random::math::{ln, log10, pow};

const YEAR: f64 = 31_536_000.0;
const MINUTE: f64 = 60.0;

/// A figure with an interval of so many percent to both sides.
fn around(value: f64, percent: f64) -> Figure {
    Figure { value, lower: value * (1.0 - percent / 100.0), upper: value * (1.0 + percent / 100.0) }
}

fn exactly(value: f64) -> Figure {
    Figure { value, lower: value, upper: value }
}

fn digest(word: u64) -> Digest {
    let mut digest = Digest::new();
    digest.fold(word);
    digest
}

/// Years with a share of empty ones and a heavy tail (Weibull), scaled to the mean.
fn years(mean_s: f64, empty: f64, tail: f64) -> Vec<f64> {
    let mut years: Vec<f64> = (0..2000)
        .map(|at| {
            let place = (f64::from(at) + 0.5) / 2000.0;
            if place < empty { 0.0 } else { pow(-ln((1.0 - place) / (1.0 - empty)), tail) }
        })
        .collect();
    let mean = years.iter().fold(0.0, |sum, year| sum + year) / 2000.0;
    years.iter_mut().for_each(|year| *year *= mean_s / mean);
    years
}

fn quantile(years: &[f64], share: f64) -> Figure {
    let at = years[(share * 2000.0) as usize];
    around(at, 6.0)
}

/// What a service's figures follow from.
struct Shape<'a> {
    downtime_s: f64,
    percent: f64,
    outages: f64,
    empty_years: f64,
    tail: f64,
    causes: &'a [(&'a str, &'a str, &'a str, &'a str, f64)],
}

fn service(name: &str, shape: &Shape<'_>, trials: u64) -> ServiceResult {
    let downtime = around(shape.downtime_s, shape.percent);
    let of_year = |s: f64| s / YEAR;
    let unavailability = Figure {
        value: of_year(downtime.value),
        lower: of_year(downtime.lower),
        upper: of_year(downtime.upper),
    };
    let nines = |u: f64| -log10(u);
    let mttr = shape.downtime_s / shape.outages;
    let years_s = years(shape.downtime_s, shape.empty_years, shape.tail);
    ServiceResult {
        name: name.into(),
        availability: Figure {
            value: 1.0 - unavailability.value,
            lower: 1.0 - unavailability.upper,
            upper: 1.0 - unavailability.lower,
        },
        unavailability,
        nines: Figure {
            value: nines(unavailability.value),
            lower: nines(unavailability.upper),
            upper: nines(unavailability.lower),
        },
        downtime_s_per_year: downtime,
        yearly_downtime_s: Some(Quantiles {
            p50: quantile(&years_s, 0.5),
            p95: quantile(&years_s, 0.95),
            p99: quantile(&years_s, 0.99),
        }),
        planned_s_per_year: None,
        divided: None,
        unserved: None,
        outages_per_year: around(shape.outages, 3.0),
        outage_s: Some(OutageLength { mean: mttr, median: mttr * 0.4, p95: mttr * 4.2 }),
        mtbf_s: Some(around(YEAR / shape.outages, 3.0)),
        mttr_s: Some(around(mttr, 5.0)),
        month_meets: Some(Figure { value: 0.972, lower: 0.968, upper: 0.976 }),
        year_meets: Some(Figure { value: 0.61, lower: 0.58, upper: 0.64 }),
        outages_seen: (shape.outages * trials as f64) as u64,
        interval_method: "Hall transformed t".into(),
        causes: shape
            .causes
            .iter()
            .map(|&(kind, class, mode, site, share)| CauseResult {
                kind: kind.into(),
                class: class.into(),
                mode: mode.into(),
                site: site.into(),
                share,
                downtime_s_per_year: share * shape.downtime_s,
            })
            .collect(),
        years_chance: chances(years_s.len()),
        years_s,
    }
}

/// The share of years that are at least as bad as each of so many, from the mildest.
fn chances(years: usize) -> Vec<f64> {
    (0..years).map(|at| (years - at) as f64 / years as f64).collect()
}

/// One trial's outages: start in days, length in seconds, cause.
fn timeline(outages: &[(f64, f64, &str)]) -> Option<TimelineResult> {
    let outages = outages.iter().map(|&(day, length_s, cause)| OutageResult {
        start_s: day * 86_400.0,
        length_s,
        cause: cause.into(),
    });
    Some(TimelineResult { trial: 17, outages: outages.collect() })
}

fn design(name: &str, shape: &Shape<'_>, naive_s: f64, word: u64) -> DesignResult {
    DesignResult {
        name: name.into(),
        set: vec![("service.db.spread".into(), "zone".into())],
        method: "simulate".into(),
        method_reason: "not Markovian: `db` has a constant detection time".into(),
        trials: 20_000,
        events: 4_812_377,
        stop: "precise".into(),
        digest: digest(word),
        service: service("web", shape, 20_000),
        others: vec![service("db", &Shape { downtime_s: shape.downtime_s * 0.7, ..*shape }, 20_000)],
        redundancy: Vec::new(),
        naive_unavailability: naive_s / YEAR,
        exact: None,
        meets_objective: Some(true),
        timeline: None,
        clients: None,
        faults: Vec::new(),
        data: Vec::new(),
        cost: None,
    }
}

const ONE_ZONE: Shape<'static> = Shape {
    downtime_s: 54.05 * MINUTE,
    percent: 5.6,
    outages: 3.12,
    empty_years: 0.04,
    tail: 1.6,
    causes: &[
        ("site", "zone", "power loss", "eu/a", 0.412),
        ("component", "server", "crash", "eu/a", 0.226),
        ("failover", "db", "by hand", "", 0.131),
        ("site", "zone", "cooling", "eu/a", 0.094),
        ("failover", "db", "switching", "", 0.062),
        ("component", "server", "disk", "eu/a", 0.041),
        ("component", "switch", "hang", "eu/a", 0.0335),
        ("site", "region", "control plane", "eu", 0.0005),
    ],
};

const THREE_ZONES: Shape<'static> = Shape {
    downtime_s: 4.82 * MINUTE,
    percent: 7.0,
    outages: 1.4,
    empty_years: 0.27,
    tail: 2.4,
    causes: &[
        ("failover", "db", "by hand", "", 0.384),
        ("site", "region", "control plane", "eu", 0.301),
        ("failover", "db", "switching", "", 0.188),
        ("component", "server", "crash", "eu/a", 0.041),
        ("component", "server", "crash", "eu/b", 0.043),
        ("component", "server", "crash", "eu/c", 0.033),
        ("site", "zone", "power loss", "eu/a", 0.01),
    ],
};

const TWO_REGIONS: Shape<'static> = Shape {
    downtime_s: 3.11 * MINUTE,
    percent: 9.0,
    outages: 2.2,
    empty_years: 0.12,
    tail: 1.4,
    causes: &[
        ("failover", "db", "switching", "", 0.523),
        ("failover", "db", "by hand", "", 0.337),
        ("component", "link", "cut", "eu—us", 0.092),
        ("site", "region", "control plane", "eu", 0.048),
    ],
};

/// The checkout service of the design page: one zone, three zones, two regions.
pub fn checkout() -> Results {
    let mut one = design("one zone", &ONE_ZONE, 3.2 * MINUTE, 1);
    one.meets_objective = Some(false);
    one.timeline = timeline(&[
        (12.4, 74.0, "server crash at eu/a"),
        (51.0, 410.0, "db failover by hand"),
        (131.7, 2310.0, "zone power loss at eu/a"),
        (133.0, 66.0, "server crash at eu/a"),
        (288.2, 190.0, "db failover by hand"),
    ]);
    let mut three = design("three zones", &THREE_ZONES, 0.9, 2);
    three.timeline =
        timeline(&[(51.0, 33.0, "db failover switching"), (203.6, 412.0, "region control plane at eu")]);
    three.service.month_meets = Some(Figure { value: 0.9991, lower: 0.9987, upper: 0.9994 });
    three.service.year_meets = Some(Figure { value: 0.9934, lower: 0.992, upper: 0.9946 });
    let mut two = design("two regions", &TWO_REGIONS, 0.0012, 3);
    two.timeline = timeline(&[]);
    two.service.month_meets = Some(Figure { value: 1.0, lower: 0.9998, upper: 1.0 });
    two.service.year_meets = Some(Figure { value: 0.9995, lower: 0.9991, upper: 0.9998 });
    Results {
        schema: SCHEMA,
        version: "0.1.0".into(),
        title: "Checkout: one zone, three zones, or two regions?".into(),
        file: "experiments/checkout.toml".into(),
        command: "nines run experiments/checkout.toml --seed 1".into(),
        seed: 1,
        horizon_s: YEAR,
        warm_up_s: 0.0,
        confidence: 0.95,
        precision: 0.1,
        objective: Some(ObjectiveResult {
            service: "web".into(),
            availability: 0.9995,
            text: "99.95% monthly".into(),
            period: "month".into(),
        }),
        designs: vec![one, three, two],
        comparisons: vec![
            comparison("three zones", "one zone", -49.2 * MINUTE, 6.0, Some(0.0892), "better"),
            comparison("two regions", "one zone", -50.9 * MINUTE, 6.0, Some(0.0575), "better"),
            comparison("two regions", "three zones", -1.71 * MINUTE, 110.0, Some(0.645), "undecided"),
        ],
        ranking: ["two regions", "three zones", "one zone"].map(String::from).to_vec(),
        contenders: ["two regions", "three zones"].map(String::from).to_vec(),
        warnings: vec![
            "`zone power loss` was seen in only 24 trials of three zones: its share of the downtime is uncertain".into(),
        ],
        sources: sources(),
        traces: Vec::new(),
        uncertainty: None,
        digest: digest(99),
    }
}

fn comparison(
    design: &str,
    baseline: &str,
    difference_s: f64,
    percent: f64,
    ratio: Option<f64>,
    verdict: &str,
) -> ComparisonResult {
    let half = difference_s.abs() * percent / 100.0;
    ComparisonResult {
        design: design.into(),
        baseline: baseline.into(),
        difference_s_per_year: Figure {
            value: difference_s,
            lower: difference_s - half,
            upper: difference_s + half,
        },
        ratio: ratio.map(|ratio| around(ratio, if verdict == "undecided" { 62.0 } else { 9.0 })),
        verdict: verdict.into(),
        trials: 20_000,
        measures: Vec::new(),
    }
}

fn sources() -> Vec<SourceLine> {
    let line = |path: &str, value: &str, source: Option<&str>| SourceLine {
        path: path.into(),
        value: value.into(),
        source: source.map(String::from),
        entry: None,
    };
    vec![
        line(
            "component.server.mode.crash",
            "fails exponential(mean 60d), restored lognormal(median 90s, p95 6min)",
            Some("Barroso, Hölzle, Ranganathan: The Datacenter as a Computer, 3rd ed. (2018), section 7.2"),
        ),
        line(
            "component.server.mode.disk",
            "fails AFR 1.4%, restored uniform(2h, 8h)",
            Some("Backblaze drive statistics 2023, https://www.backblaze.com/b2/hard-drive-test-data.html"),
        ),
        line(
            "site.zone.mode.power loss",
            "fails exponential(mean 4y), restored lognormal(median 1h, p95 6h)",
            None,
        ),
        line("service.db.failover.detect", "10s", None),
        line("service.db.failover.succeeds", "99%", None),
    ]
}

/// One design, no objective, no comparison.
pub fn one_design() -> Results {
    let mut results = checkout();
    results.title = "How available is the database?".into();
    results.designs.truncate(1);
    results.designs[0].meets_objective = None;
    results.designs[0].service.month_meets = None;
    results.designs[0].service.year_meets = None;
    results.comparisons.clear();
    results.objective = None;
    results.warnings.clear();
    results.contenders = vec!["one zone".into()];
    results
}

/// `many` designs with long names, over four decades of downtime.
pub fn sweep(many: usize) -> Results {
    let mut results = checkout();
    results.title = format!(
        "A sweep over {many} places for the replicas of a database with a rather long title of its own"
    );
    let shapes = [ONE_ZONE, THREE_ZONES, TWO_REGIONS];
    results.designs = (0..many)
        .map(|at| {
            let shape = Shape { downtime_s: 2.0e5 / pow(2.4, at.min(14) as f64), ..shapes[at % 3] };
            let name = format!(
                "{} replicas, spread over {} & <hosts> #{at}",
                3 + at % 3,
                ["racks", "zones", "regions"][at % 3]
            );
            let mut design = design(&name, &shape, shape.downtime_s / pow(10.0, (at % 5) as f64), at as u64);
            design.trials = 500 * (1 + at as u64);
            design.stop = if at % 4 == 3 { "budget".into() } else { "precise".into() };
            design.meets_objective = Some(at > 3);
            design.timeline = timeline(&[
                (20.0 * at as f64, 40.0 * (1 + at) as f64, "db failover switching"),
                (340.0, 7200.0, "zone power loss at eu/a"),
            ]);
            design
        })
        .collect();
    let names: Vec<String> = results.designs.iter().map(|design| design.name.clone()).collect();
    results.comparisons = (1..many)
        .map(|at| {
            comparison(
                &names[at],
                &names[0],
                -1.0e5 - 5e3 * at as f64,
                4.0,
                Some(1.0 / pow(2.4, at as f64)),
                "better",
            )
        })
        .collect();
    results
}

/// A design in which no outage was seen, beside one with some.
pub fn no_outage() -> Results {
    let mut results = checkout();
    results.designs.truncate(2);
    results.comparisons.truncate(1);
    let upper = 1.84e-4 * 390.0;
    let web = &mut results.designs[1].service;
    web.downtime_s_per_year = Figure { value: 0.0, lower: 0.0, upper };
    web.unavailability = Figure { value: 0.0, lower: 0.0, upper: upper / YEAR };
    web.availability = Figure { value: 1.0, lower: 1.0 - upper / YEAR, upper: 1.0 };
    web.nines = Figure { value: f64::INFINITY, lower: -log10(upper / YEAR), upper: f64::INFINITY };
    web.outages_per_year = Figure { value: 0.0, lower: 0.0, upper: 1.84e-4 };
    web.mtbf_s = Some(Figure { value: f64::INFINITY, lower: YEAR / 1.84e-4, upper: f64::INFINITY });
    web.mttr_s = None;
    web.outage_s = None;
    web.outages_seen = 0;
    web.causes.clear();
    (web.years_s, web.years_chance) = (vec![0.0; 2000], chances(2000));
    web.yearly_downtime_s = Some(Quantiles {
        p50: exactly(0.0),
        p95: exactly(0.0),
        p99: Figure { value: 0.0, lower: 0.0, upper },
    });
    web.month_meets = Some(Figure { value: 1.0, lower: 0.99998, upper: 1.0 });
    web.year_meets = Some(Figure { value: 1.0, lower: 0.9998, upper: 1.0 });
    results.designs[1].timeline = timeline(&[]);
    results.comparisons[0] = comparison("three zones", "one zone", -54.0 * MINUTE, 5.6, Some(0.0), "better");
    results.contenders = vec!["three zones".into()];
    results
}

fn solved(design: &mut DesignResult, unavailability: f64) {
    design.method = "exact".into();
    design.method_reason = "every clock is exponential and the chain has 812 states".into();
    design.stop = "exact".into();
    (design.trials, design.events, design.timeline) = (0, 0, None);
    let service = &mut design.service;
    let nines = if unavailability > 0.0 { -log10(unavailability) } else { f64::INFINITY };
    service.unavailability = exactly(unavailability);
    service.availability = exactly(1.0 - unavailability);
    service.nines = exactly(nines);
    service.downtime_s_per_year = exactly(unavailability * YEAR);
    service.yearly_downtime_s = None;
    service.outages_per_year = exactly(unavailability * 40_000.0);
    service.outage_s = None;
    service.mtbf_s = Some(exactly(YEAR / (unavailability * 40_000.0)));
    service.mttr_s = (unavailability > 0.0).then(|| exactly(YEAR / 40_000.0));
    (service.month_meets, service.year_meets) = (None, None);
    service.outages_seen = 0;
    service.interval_method = "exact".into();
    service.causes.clear();
    service.years_s.clear();
    service.years_chance.clear();
    design.others.clear();
    design.exact = Some(ExactResult {
        unavailability: Some(unavailability),
        steady_unavailability: unavailability * 1.02,
        mttf_s: Some(if unavailability > 0.0 { YEAR / (unavailability * 40_000.0) } else { f64::INFINITY }),
        outage_chance: Some(1e-5),
        outages_per_year: unavailability * 40_000.0,
        states: 812,
        transitions: 4930,
        method: "uniformization".into(),
        residual: 3.1e-14,
        agrees: None,
    });
}

/// Two designs solved exactly, nothing simulated.
pub fn exact_only() -> Results {
    let mut results = checkout();
    results.designs.truncate(2);
    results.comparisons.truncate(1);
    solved(&mut results.designs[0], 1.0284e-4);
    solved(&mut results.designs[1], 9.1312e-6);
    let (one, three) = (1.0284e-4 * YEAR, 9.1312e-6 * YEAR);
    results.comparisons[0].difference_s_per_year = exactly(three - one);
    results.comparisons[0].ratio = Some(exactly(three / one));
    results.comparisons[0].trials = 0;
    results.warnings.clear();
    results
}

/// One design in which nothing can fail, one that simulation and the exact solution agree on.
pub fn never_fails() -> Results {
    let mut results = exact_only();
    results.designs[0] = checkout().designs.remove(0);
    let mut exact = results.designs[1].exact.clone().expect("solved exactly");
    (exact.unavailability, exact.agrees) = (Some(1.03e-4), Some(true));
    results.designs[0].exact = Some(exact);
    solved(&mut results.designs[1], 0.0);
    results.designs[1].naive_unavailability = 0.0;
    results.comparisons[0].difference_s_per_year = around(-54.05 * MINUTE, 5.6);
    results.comparisons[0].difference_s_per_year = Figure { value: -3243.0, lower: -3425.0, upper: -3061.0 };
    results.comparisons[0].ratio = Some(exactly(0.0));
    results
}

/// Every fixture by name.
pub fn all() -> Vec<(&'static str, Results)> {
    vec![
        ("checkout", checkout()),
        ("one_design", one_design()),
        ("twelve_designs", sweep(12)),
        ("thirty_designs", sweep(30)),
        ("no_outage", no_outage()),
        ("exact_only", exact_only()),
        ("never_fails", never_fails()),
        ("nasty", nasty()),
        ("uncertain", super::ranges::uncertain()),
        ("scripted", scripted()),
    ]
}

fn fault(name: &str, share: f64, recovery_s: Option<Recovery>) -> FaultResult {
    FaultResult {
        fault: name.into(),
        takes: "eu/a".into(),
        strikes: 1_400,
        outages: (1_400.0 * share) as u64,
        takes_down: around(share, 3.0),
        recovery_s,
        unfinished: 2,
    }
}

/// Two scripted faults, one of which does nothing to a design that does not stand where it strikes.
pub fn scripted() -> Results {
    let recovery = |mean: f64| Recovery {
        mean: around(mean, 4.0),
        median: mean * 0.6,
        p95: mean * 5.1,
        max: mean * 31.0,
    };
    let mut results = checkout();
    let long = "the cooling of zone a fails while nobody is there to see it";
    results.designs[0].faults = vec![fault("game day", 0.52, Some(recovery(101.0))), fault(long, 0.03, None)];
    results.designs[1].faults = vec![fault("game day", 0.0, None), fault(long, 0.3, Some(recovery(9_000.0)))];
    results
}

/// Names that try to break out of whatever they are written into.
pub fn nasty() -> Results {
    let mut results = checkout();
    let evil = "<script>alert('1')</script> & \"quotes\" ]]> \u{1b}[31m\u{0}\nüñí 東京";
    results.title = evil.into();
    results.command = evil.into();
    results.warnings = vec![evil.into()];
    results.uncertainty = super::ranges::uncertain().uncertainty;
    let moved = results.uncertainty.as_mut().expect("it is uncertain");
    moved.ranges[0].entry = evil.into();
    moved.ranges[0].values[0] = evil.into();
    moved.ranges[0].low.contenders = vec![evil.into()];
    results.designs[0].name = evil.into();
    results.designs[0].service.causes[0].mode = evil.into();
    results.designs[1].faults = vec![fault(evil, 0.4, None)];
    results.comparisons[0].baseline = evil.into();
    results.sources[0].source = Some(evil.into());
    if let Some(timeline) = &mut results.designs[0].timeline {
        timeline.outages[2].cause = evil.into();
    }
    results
}
