//! Chunks and where their copies are, against what Cidon et al. (USENIX ATC 2013) and combinatorics say of them.

use fivenines::engine::Simulator;
use fivenines::estimate::{Bounds, Confidence, mean_of};
use fivenines::experiment::{Experiment, Figure, Method, Options, Unwatched, run};
use fivenines::random::{Law, math::pow};
use fivenines::system::{
    BurstSize, Chunks, Component, Data, DataLoss, LossEnd, Mode, Narrator, Need, Placement, Recorder, Scope,
    Service, Shock, System, SystemModel, Window,
};
use fivenines::units::{Duration, Instant, Probability, Span};

use super::check::mean;

const PLACEMENTS: [Placement; 3] =
    [Placement::Random, Placement::Window(4), Placement::Copysets { scatter: 4 }];

/// So many things of so many.
fn choose(of: u32, number: u32) -> f64 {
    (0..number).map(|at| f64::from(of) - f64::from(at)).product::<f64>()
        / (1..=number).map(f64::from).product::<f64>()
}

/// Nodes that keep these data and die in this mode.
fn nodes(count: u32, dies: Mode, data: Data) -> System {
    System::new()
        .component("node", Component::new().with_mode("dies", dies.destroys()))
        .service("store", Service::replicas("node", count).needs(Need::Any).keeps(data))
}

/// After ten hours so many nodes die at once, and stay dead.
fn outage(count: u32, dead: u32, data: Data) -> System {
    let size = BurstSize::Table(vec![(dead, Probability::ONE)]);
    let strike = Law::constant(Duration::hours(10.0));
    let shock = Shock::new(strike, "dies", Scope::all()).size(size);
    nodes(count, Mode::new(Law::Never, Law::Never), data).shock("outage", shock)
}

/// The losses of so many trials of so many hours.
fn played(system: &System, hours: f64, trials: u64) -> Vec<Vec<DataLoss>> {
    let model = SystemModel::new(system).expect("a sound system");
    let end = Instant::START + Duration::hours(hours).span();
    let mut simulator = Simulator::new(model, 7);
    let mut recorder = Recorder::new(Window { start: Instant::START, end, length: Span::FOREVER });
    let play = |trial| {
        simulator.play(trial, end, &mut recorder);
        recorder.take();
        recorder.take_losses()
    };
    (0..trials).map(play).collect()
}

fn chunks_of(losses: &[DataLoss]) -> f64 {
    losses.iter().map(|loss| loss.chunks.expect("in chunks") as f64).sum()
}

/// Holds the mean of something over trials to what it should be.
#[track_caller]
fn holds(what: &str, found: &[f64], expected: f64) {
    let found = mean_of(found, Bounds::NON_NEGATIVE, Confidence::new(0.999).unwrap()).expect("trials");
    let (lower, upper) = (found.interval().lower(), found.interval().upper());
    assert!(lower <= expected && expected <= upper, "{what}: {expected} is not in {lower} to {upper}");
}

#[test]
fn nodes_that_die_at_once_lose_what_a_random_placement_says() {
    let (count, dead, copies, chunks) = (12, 5, 3, 40);
    let lost = choose(dead, copies) / choose(count, copies);
    let data = Data::new(Need::Any).chunks(Chunks::new(chunks, copies, Placement::Random));
    let trials = played(&outage(count, dead, data), 15.0, 4000);
    let some: Vec<f64> = trials.iter().map(|losses| f64::from(u8::from(!losses.is_empty()))).collect();
    holds("chance of a loss", &some, 1.0 - pow(1.0 - lost, f64::from(chunks)));
    let number: Vec<f64> = trials.iter().map(|losses| chunks_of(losses)).collect();
    holds("chunks lost", &number, f64::from(chunks) * lost);
    // The second moment of a binomial law.
    let (n, squares) = (f64::from(chunks), number.iter().map(|it| it * it).collect::<Vec<_>>());
    holds("their square", &squares, n * lost * (1.0 - lost) + n * n * lost * lost);
}

#[test]
fn every_placement_loses_as_much_and_copysets_the_least_often() {
    let (count, dead, copies, chunks) = (15, 5, 3, 200);
    let expected = f64::from(chunks) * choose(dead, copies) / choose(count, copies);
    let often = PLACEMENTS.map(|placement| {
        let data = Data::new(Need::Any).chunks(Chunks::new(chunks, copies, placement));
        let trials = played(&outage(count, dead, data), 15.0, 6000);
        let number: Vec<f64> = trials.iter().map(|losses| chunks_of(losses)).collect();
        holds(&format!("{placement}"), &number, expected);
        trials.iter().filter(|losses| !losses.is_empty()).count()
    });
    assert!(often[0] > often[1] && often[1] > 3 * often[2], "{often:?}");
    // Each of ten sets is dead with the same chance, and two that share at most one node are with next to none.
    let most = 6000.0 * 10.0 * choose(dead, copies) / choose(count, copies);
    assert!((often[2] as f64) < 1.15 * most && (often[2] as f64) > 0.8 * most, "{often:?} for {most}");
}

#[test]
fn nodes_that_die_by_themselves_lose_at_the_rate_of_their_pairs() {
    let (count, copies, chunks) = (6, 2, 5);
    let (life, repair) = (100.0, 20.0);
    let down = repair / (life + repair);
    // A chunk is lost when the second of its two nodes dies while the first is dead.
    let hours = 200_000.0;
    let lost = f64::from(chunks) * 2.0 * (1.0 - down) * down / life * hours;
    // Whoever dies while so many of the others are dead.
    let at = |dead: u32| {
        let others = count - 1;
        let share =
            choose(others, dead) * pow(down, f64::from(dead)) * pow(1.0 - down, f64::from(others - dead));
        let hit = f64::from(dead) / choose(count, copies);
        share * (1.0 - pow(1.0 - hit, f64::from(chunks)))
    };
    let events = f64::from(count) * (1.0 - down) / life * (0..count).map(at).sum::<f64>() * hours;
    for placement in [Placement::Random, Placement::Window(5), Placement::Copysets { scatter: 1 }] {
        let data = Data::new(Need::Any).chunks(Chunks::new(chunks, copies, placement));
        let trials = played(&nodes(count, Mode::new(mean(life), mean(repair)), data), hours, 20);
        let number: Vec<f64> = trials.iter().map(|losses| chunks_of(losses)).collect();
        holds(&format!("chunks, {placement}"), &number, lost);
        let times: Vec<f64> = trials.iter().map(|losses| losses.len() as f64).collect();
        match placement {
            // Three pairs, of which no two can be lost at one instant.
            Placement::Copysets { .. } => {
                holds("pairs", &times, 3.0 * 2.0 * (1.0 - down) * down / life * hours);
            }
            _ => holds(&format!("losses, {placement}"), &times, events),
        }
    }
}

#[test]
fn a_chunk_on_every_node_is_all_there_is() {
    let starts = |data: Data, copies_of_losses: &dyn Fn(&DataLoss) -> bool| {
        let system = nodes(4, Mode::new(mean(100.0), mean(60.0)), data);
        let trials = played(&system, 50_000.0, 2);
        assert!(trials.iter().flatten().all(copies_of_losses));
        trials.iter().flatten().map(|loss| loss.start).collect::<Vec<_>>()
    };
    let whole = starts(Data::new(Need::Count(2)), &|loss| loss.chunks.is_none());
    assert!(whole.len() > 100, "{}", whole.len());
    for placement in [Placement::Random, Placement::Window(3), Placement::Copysets { scatter: 3 }] {
        let chunks = Chunks::new(1000, 4, placement);
        let all = |loss: &DataLoss| loss.chunks == Some(1000) && loss.ending == LossEnd::ForGood;
        let found = starts(Data::new(Need::Count(2)).chunks(chunks), &all);
        assert_eq!(found, whole, "{placement}");
    }
}

#[test]
fn copies_are_made_anew_by_those_that_share_chunks_with_the_dead() {
    // Two sets of three nodes with 6 TB each: two others give 100 MB/s, so that it takes 30,000 s. The node itself never
    // comes back.
    let rebuilt = 30_000.0 / 3600.0;
    let size = "12 TB".parse().unwrap();
    let chunks = Chunks::new(100, 3, Placement::Copysets { scatter: 2 }).rebuild("100 MB/s".parse().unwrap());
    let losses = |apart: f64| {
        let data = Data::new(Need::Any).chunks(chunks.clone()).size(size);
        let mut system = nodes(6, Mode::new(Law::Never, Law::Never), data);
        for (at, node) in (1..=6_u32).enumerate() {
            let strike = Law::constant(Duration::hours(100.0 + at as f64 * apart));
            system = system.shock(
                &format!("at {at}"),
                Shock::new(strike, "dies", Scope::all().services(&["store"]).replicas(&[node])),
            );
        }
        played(&system, 190.0, 1).remove(0)
    };
    // The first and the third of a set are at least two and at most five deaths apart.
    let all = losses(rebuilt / 5.1);
    assert_eq!((all.len(), chunks_of(&all)), (2, 100.0), "what is dead at once is lost: {all:?}");
    assert_eq!(losses(rebuilt / 1.9), [], "what is made anew in time is not");
}

/// Fifteen nodes of which five die at once, once a year, and are there again before the next time.
const STORE: &str = r#"
title   = "t"
horizon = "1y"
seed    = 3
trials  = 3000

[component.node.mode.dies]
fails    = "never"
restored = "1s"
destroys = true

[shock.outage]
strikes = "exponential(rate 1/y)"
fails   = "dies"
size    = 5

[service.store]
runs_on  = "node"
replicas = 15
needs    = "any"

[service.store.data]
needs  = 1
size   = "200 GB"
chunks = { count = 200, copies = 3 }

[[design]]
name = "random"

[[design]]
name = "copysets"
set  = { "service.store.data.chunks.placement" = { copysets = { scatter = 2 } } }

[[design]]
name = "six copies"
set  = { "service.store.data.chunks.copies" = 6 }
"#;

#[test]
fn reports_say_how_much_is_lost_a_year_and_at_a_time() {
    let experiment = Experiment::parse("store.toml", STORE).expect("a sound file");
    let results = run(&experiment, &Options::default(), &Unwatched).expect("it runs");
    let data = |design: usize| &results.designs[design].data[0];
    let within = |what: &str, found: Option<Figure>, expected: f64| {
        let Figure { value, lower, upper } = found.expect("it is told");
        assert!(
            lower <= expected && expected <= upper,
            "{what}: {value} ({lower} to {upper}) for {expected}"
        );
    };
    let (all, dead) = (choose(15, 3), choose(5, 3));
    let a_year = 200e9 * dead / all;
    for design in 0..2 {
        within("bytes a year", data(design).lost_bytes_per_year, a_year);
        assert!(data(design).recovery_time_s.is_none(), "nobody waits for chunks");
    }
    // Each of five sets of three has 40 GB, and of five dead nodes no six can have lost all.
    let [often, rare] = [0, 1].map(|design| data(design).losses_per_year.expect("losses"));
    within("losses at random", Some(often), 1.0 - pow(1.0 - dead / all, 200.0));
    within("losses of copysets", Some(rare), 5.0 * dead / all);
    within("bytes at a time", data(1).lost_bytes_per_loss, 40e9);
    let never = data(2).lost_bytes_per_year.expect("a bound");
    assert_eq!((never.value, never.lower), (0.0, 0.0));
    assert!(never.upper > 0.0 && data(2).lost_bytes_per_loss.is_none());
    // Pairs: copysets lose less often, and it cannot be told that they lose less.
    let pair = results.comparisons.iter().find(|it| it.design == "copysets" && it.baseline == "random");
    let verdict = |measure: &str| {
        let found = pair.expect("a pair").measures.iter().find(|it| it.measure == measure);
        found.expect("it is compared").verdict.clone()
    };
    assert_eq!(verdict("data_lost_for_good_per_year"), "better");
    assert_eq!(verdict("data_lost_bytes_per_year"), "undecided");
}

#[test]
fn no_chain_counts_chunks() {
    let mut experiment = Experiment::parse("store.toml", STORE).expect("a sound file");
    experiment.method = Method::Exact;
    let error = run(&experiment, &Options::default(), &Unwatched).expect_err("it is refused");
    let said = "the data of `store` are lost chunk by chunk";
    assert!(error.to_string().contains(said), "{error}");
}

#[test]
fn a_story_tells_of_chunks_and_of_their_rebuild() {
    let chunks = Chunks::new(100, 3, Placement::Copysets { scatter: 2 });
    let data = Data::new(Need::Any)
        .chunks(chunks.rebuild("100 MB/s".parse().unwrap()))
        .size("12 TB".parse().unwrap());
    let model = SystemModel::new(&outage(6, 6, data)).expect("a sound system");
    let mut narrator = Narrator::default();
    Simulator::new(model, 1).play(0, Instant::START + Duration::hours(20.0).span(), &mut narrator);
    let story: Vec<String> = narrator.story().iter().map(ToString::to_string).collect();
    let tells = |text: &str| story.iter().filter(|line| line.contains(text)).count();
    assert_eq!(tells("data   store: 100 chunks are lost"), 1, "{story:#?}");
    assert_eq!(tells("is rebuilt elsewhere"), 6, "{story:#?}");
}
