//! Pairs: who leads, who stands by, who notices, and who has a vote.

use fivenines::experiment::Experiment;
use fivenines::random::Law;
use fivenines::system::{Component, Crew, Failover, Found, Mode, Need, Resync, Service, System};
use fivenines::units::{Duration, Probability};

use super::check::{self, EXACT, Play, Row, UNIFORMIZED, mean, rate};

fn share(share: f64) -> Probability {
    Probability::new(share).expect("a probability")
}

fn at_once() -> Law {
    Law::constant(Duration::ZERO)
}

const COVERAGE: &[Row] = &[
    ("unavailability", 1.9370941817115435e-05, EXACT),
    ("mttf", 2000.0, EXACT),
    ("unreliability_8760h", 0.9874746413789317, UNIFORMIZED),
    ("point_unavailability_1h", 8.61281469843811e-06, UNIFORMIZED),
    ("expected_downtime_8760h", 0.16954915071901128, UNIFORMIZED),
];

/// A failover that is not always covered, and a standby that can fail unnoticed: the failover looks at it first.
fn covered() -> System {
    let found: Law = "mixture(90% 0s, 10% exponential(mean 24h))".parse().expect("a law");
    let unit = Mode::new(mean(2000.0), mean(4.0)).repaired_by("crew").found(Found::After(found));
    let failover = Failover::new(at_once(), rate(120.0)).covers(share(0.98), rate(2.0)).checks();
    System::new()
        .crew("crew", Crew::new(1))
        .component("unit", Component::new().with_mode("fails", unit.after_failover()))
        .service("system", Service::replicas("unit", 2).failover(failover.restart(at_once())))
}

#[test]
fn a_failover_that_is_not_always_covered() {
    check::system(&covered(), COVERAGE, Play::Outages(2000.0));
}

fn standby(dormancy: f64) -> System {
    let unit = Mode::new(mean(1000.0), mean(10.0)).repaired_by("crew").dormancy(share(dormancy));
    let failover = Failover::new(at_once(), at_once()).succeeds(share(0.99), rate(4.0)).restart(at_once());
    System::new()
        .crew("crew", Crew::new(1))
        .component("unit", Component::new().with_mode("fails", unit))
        .service("system", Service::replicas("unit", 2).failover(failover))
}

const HOT: &[Row] = &[
    ("unavailability", 0.00019843014080700308, EXACT),
    ("mttf", 34330.0, EXACT),
    ("unreliability_1000h", 0.028533598824199997, UNIFORMIZED),
];

#[test]
fn a_hot_standby() {
    check::system(&standby(1.0), HOT, Play::Outages(300.0));
}

const COLD: &[Row] = &[
    ("unavailability", 0.00010139059164368153, EXACT),
    ("mttf", 50995.0, EXACT),
    ("unreliability_1000h", 0.019328120166151673, UNIFORMIZED),
    ("point_unavailability_10h", 2.8691712627753683e-05, UNIFORMIZED),
];

#[test]
fn a_cold_standby() {
    check::system(&standby(0.0), COLD, Play::Outages(300.0));
}

/// Without repairs, a leader and two spares that fail `d` times as often while they stand by last for the sum of exponential
/// stages at the rates `1 + 2 d`, `1 + d` and `1` times the leader's: a gamma law where they are cold, the largest of three
/// lives where they are hot, and a hypoexponential law between (Trivedi, *Probability and Statistics with Reliability, Queuing, and
/// Computer Science Applications*, 2nd ed., Wiley 2002, section 3.8).
#[test]
fn spares_that_stand_by_last_as_long_as_their_stages() {
    let exp = |x: f64| fivenines::random::math::exp(-x);
    // 250 h of lives of 100 h.
    let x = 2.5;
    let hot = (1.0 - exp(x)) * (1.0 - exp(x)) * (1.0 - exp(x));
    let cold = 1.0 - exp(x) * (1.0 + x + x * x / 2.0);
    // Rates 2, 1.5 and 1: each stage's share is the product of the others' rates over their differences from its own.
    let warm = 1.0 - (3.0 * exp(2.0 * x) - 8.0 * exp(1.5 * x) + 6.0 * exp(x));
    for (dormancy, stages, unreliability) in
        [(0.0, [1.0, 1.0, 1.0], cold), (0.5, [2.0, 1.5, 1.0], warm), (1.0, [3.0, 2.0, 1.0], hot)]
    {
        let unit = Mode::new(mean(100.0), Law::Never).dormancy(share(dormancy));
        let system = System::new()
            .component("unit", Component::new().with_mode("fails", unit))
            .service("system", Service::replicas("unit", 3).failover(Failover::new(at_once(), at_once())));
        let life: f64 = stages.map(|rate: f64| 100.0 / rate).iter().sum();
        let rows = [("mttf", life, "closed form"), ("unreliability_250h", unreliability, "closed form")];
        check::system(&system, &rows, Play::Not("it is down for good after the first outage"));
    }
}

const WITNESS: &[Row] = &[
    ("unavailability", 8.969802079788645e-05, EXACT),
    ("mttf", 74140.94373229527, EXACT),
    ("unreliability_8760h", 0.11140272719323559, UNIFORMIZED),
];

/// Two full replicas and a witness, which votes and holds no data. A replica that was down is stale, and votes too.
fn witnessed() -> System {
    System::new()
        .component("replica", Component::new().mode("fails", mean(900.0), mean(2.0)))
        .component("witness", Component::new().mode("fails", mean(5000.0), mean(1.0)))
        .service("witness", Service::replicas("witness", 1))
        .service("quorum", Service::voters(&["system", "witness"]))
        .service(
            "system",
            Service::replicas("replica", 2)
                .needs(Need::Any)
                .resync(Resync::new(mean(3.0), mean(12.0)))
                .depends_on("quorum"),
        )
}

#[test]
fn a_quorum_with_a_witness() {
    check::system(&witnessed(), WITNESS, Play::Outages(300.0));
}

/// What the builder says of these pairs, a file says too.
#[test]
fn a_file_says_the_same_of_pairs() {
    let head = "title = 'T'\nhorizon = '1y'\nseed = 1\n";
    let in_file = |text: &str| {
        let experiment = Experiment::parse("pair.toml", &format!("{head}{text}")).expect("a sound file");
        experiment.designs[0].system.clone()
    };
    let pair = "
        [crew.crew]
        size = 1
        [component.unit.mode.fails]
        fails = 'mean 2000h'
        restored = 'mean 4h'
        repaired_by = 'crew'
        found = 'mixture(90% 0s, 10% exponential(mean 24h))'
        after_failover = true
        [service.system]
        runs_on = 'unit'
        replicas = 2
        needs = 'any'
        [service.system.failover]
        detect = '0s'
        switch = 'rate 120/h'
        covers = '98%'
        manual = 'rate 2/h'
        checks = true
        restart = '0s'";
    check::model(check::compiled(&in_file(pair), "system").0, COVERAGE);
    let witness = "
        [component.replica.mode.fails]
        fails = 'mean 900h'
        restored = 'mean 2h'
        [component.witness.mode.fails]
        fails = 'mean 5000h'
        restored = 'mean 1h'
        [service.witness]
        runs_on = 'witness'
        [service.quorum]
        voters = ['system', 'witness']
        needs = 'majority'
        [service.system]
        runs_on = 'replica'
        replicas = 2
        needs = 'any'
        depends_on = ['quorum']
        resync = { takes = 'mean 3h', manual = 'mean 12h' }";
    let (model, system) = check::compiled(&in_file(witness), "system");
    check::table(&check::explore(model), system, WITNESS);
}
