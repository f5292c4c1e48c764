//! Changes, maintenance and certificates against closed forms, and against what a calendar says.

use fivenines::engine::Simulator;
use fivenines::estimate::{Bounds, Confidence, mean_of};
use fivenines::random::Law;
use fivenines::system::{
    BadRelease, Batch, Certificate, Change, Component, Demand, Fault, Link, Load, Maintenance, Mode, Need,
    Network, OperatorError, Recorder, Scenario, Scope, Service, ServiceRecord, System, SystemModel, Window,
    Work,
};
use fivenines::units::{Duration, Instant, Probability, Rate, Span};

use super::check::{close, compiled, explore, mean};

const HOUR: u64 = 3600;

fn share(share: f64) -> Probability {
    Probability::new(share).expect("a share")
}

fn exactly(hours: f64) -> Law {
    Law::constant(Duration::hours(hours))
}

/// A service of replicas that never fail by themselves; the mode is for errors.
fn sound(replicas: u32, need: Need) -> System {
    let server = Component::new().mode("broken", Law::Never, mean(8.0));
    System::new()
        .component("server", server)
        .service("system", Service::replicas("server", replicas).needs(need))
}

/// Exact unavailability in the long run, and the share of time down for maintenance that does not count.
fn solved(system: &System) -> (f64, f64) {
    let (model, service) = compiled(system, "system");
    let excludes = model.excludes();
    let exact = explore(model);
    let steady = exact.steady().expect("a long run");
    let planned = if excludes { exact.unavailability(&steady, service + 1) } else { 0.0 };
    (exact.unavailability(&steady, service), planned)
}

/// The record of one trial of this many hours.
fn played(system: &System, hours: f64) -> ServiceRecord {
    let (model, service) = compiled(system, "system");
    let end = Instant::START + Duration::hours(hours).span();
    let mut recorder =
        Recorder::new(Window { start: Instant::START, end, length: Duration::hours(hours).span() });
    Simulator::new(model, 7).play(0, end, &mut recorder);
    recorder.records()[service].clone()
}

/// Outages in hours from the start, as start and length.
fn outages(record: &ServiceRecord) -> Vec<(f64, f64)> {
    let hours = |span: Span| span.as_secs_f64() / HOUR as f64;
    record.outages.iter().map(|it| (hours(it.start.since_start()), hours(it.length))).collect()
}

/// Releases at rate 1/E while none is under way; a bad one is down for D + B, and then comes the next: renewal reward.
#[test]
fn a_bad_release_is_down_until_it_is_rolled_back() {
    let (every, chance, detected, back) = (100.0, 0.1, 3.0, 0.5);
    let bad = || BadRelease::new(share(chance), mean(detected), mean(back));
    let lost = chance * (detected + back);
    for change in [
        Change::rolling(Work::new(mean(every), exactly(0.0), Scope::all()).batch(Batch::All)),
        Change::blue_green(Work::new(mean(every), exactly(0.0), Scope::all())),
    ] {
        let (down, _) = solved(&sound(3, Need::Any).change("release", change.bad(bad())));
        close("all at once", down, lost / (every + lost), 1e-9);
    }
}

/// What is written goes out together: of n changes in a release one bad one is enough, and what is down is the rate of
/// releases times that chance times how long it lasts. So many small releases are down as often as there are bad changes,
/// and a large one once for all that it holds.
#[test]
fn a_release_is_as_risky_as_what_it_holds() {
    let (chance, detected, back, per_hour) = (0.1, 3.0, 0.5, 0.01);
    for every in [10.0, 100.0, 1000.0] {
        let bad = BadRelease::new(share(chance), mean(detected), mean(back));
        let work = Work::new(mean(every), exactly(0.0), Scope::all()).batch(Batch::All);
        let change = Change::rolling(work).bad(bad).changes(Rate::per_hour(per_hour));
        let held = per_hour * every;
        let risk = 1.0 - fivenines::random::math::pow(1.0 - chance, held);
        let lost = risk * (detected + back);
        let (down, _) = solved(&sound(3, Need::Any).change("release", change));
        close("rate × chance × duration", down, lost / (every + lost), 1e-9);
    }
}

/// A canary saves the service if it is noticed before the bake is over; else the rest follows and goes down with it. With
/// exponential times the bake wins with the chance D / (D + K), and detection begins anew.
#[test]
fn a_canary_saves_what_is_noticed_in_time() {
    let (every, chance, detected, back, bake) = (100.0, 0.1, 3.0, 0.5, 2.0);
    let bad = BadRelease::new(share(chance), mean(detected), mean(back));
    let work = Work::new(mean(every), exactly(0.0), Scope::all()).batch(Batch::All);
    let system = sound(4, Need::Any).change("release", Change::canary(work, 1, mean(bake)).bad(bad));
    let cycle = every + chance * (detected + back) + (1.0 - chance) * bake;
    let down = chance * detected / (detected + bake) * (detected + back);
    close("canary", solved(&system).0, down / cycle, 1e-9);
}

/// A fault that shows itself after a while, in replicas that were updated one after the other in no time.
#[test]
fn a_latent_fault_is_served_until_it_shows() {
    let (every, chance, hidden, detected, back) = (100.0, 0.25, 5.0, 3.0, 0.5);
    let bad = BadRelease::new(share(chance), mean(detected), mean(back)).shows_after(mean(hidden));
    let work = Work::new(mean(every), exactly(0.0), Scope::all());
    let system = sound(2, Need::All).change("release", Change::rolling(work).bad(bad));
    let cycle = every + chance * (hidden + detected + back);
    close("latent", solved(&system).0, chance * (detected + back) / cycle, 1e-9);
}

/// One replica with two stages of ageing, renewed by maintenance: the chain of Huang et al. (1995, *Software
/// rejuvenation: analysis, module and applications*, FTCS-25), with rejuvenation by the calendar. What is due while the
/// replica is down is done when it is back.
#[test]
fn rejuvenation_sets_the_age_back() {
    let (ages, due, repaired, done) = (1.0 / 200.0, 1.0 / 150.0, 1.0 / 8.0, 1.0 / 0.5);
    let ageing = Law::erlang(2, Duration::hours(400.0)).expect("two stages");
    let system = |maintenance: Maintenance| {
        let server = Component::new().mode("ageing", ageing.clone(), mean(8.0));
        let system = System::new().component("server", server);
        system.service("system", Service::replicas("server", 1)).maintenance("restart", maintenance)
    };
    let work = || Work::new(mean(150.0), mean(0.5), Scope::all());
    let fresh = 1.0;
    let aged = ages * fresh / (ages + due);
    let failed = ages * aged / (repaired + due);
    let awaited = due * failed / repaired;
    let out = (due * (fresh + aged) + repaired * awaited) / done;
    let all = fresh + aged + failed + awaited + out;
    let renewing = || Maintenance::new(work()).rejuvenates(&["ageing"]);
    close("counted", solved(&system(renewing())).0, (failed + awaited + out) / all, 1e-9);
    let (down, planned) = solved(&system(renewing().not_counted()));
    close("not counted", down, (failed + awaited) / all, 1e-9);
    close("planned", planned, out / all, 1e-9);
    // Without the renewal the maintenance is for nothing.
    let (in_vain, _) = solved(&system(Maintenance::new(work()).not_counted()));
    assert!(in_vain > 1.2 * down, "{in_vain} and {down}");
}

/// Failures up to a time where each is repaired at once: the renewal function, from its integral equation
/// M(t) = F(t) + the integral of M(t - x) dF(x), by the trapezoid in small steps.
fn renewals(law: &Law, until: f64) -> f64 {
    let steps = 2000;
    let cdf: Vec<f64> = (0..=steps)
        .map(|step| law.cdf(Duration::hours(until * f64::from(step) / f64::from(steps))).value())
        .collect();
    let mut renewals = vec![0.0; cdf.len()];
    for t in 1..cdf.len() {
        let past: f64 = (1..=t)
            .map(|x| {
                (cdf[x] - cdf[x - 1])
                    * 0.5
                    * (renewals[t - x] + if x == 1 { renewals[t - 1] } else { renewals[t - x + 1] })
            })
            .sum();
        renewals[t] = cdf[t] + past;
    }
    renewals[steps as usize]
}

/// Block replacement (Barlow and Proschan 1965, *Mathematical theory of reliability*, chapter 4): what wears out is
/// renewed every T, whatever its age, so that it fails M(T) times in each T. Repairs take a thousandth of T, which is
/// the size of what the closed form leaves out.
#[test]
fn renewal_by_the_calendar_is_block_replacement() {
    let (every, repair) = (1000.0, 1.0);
    let wear = Law::weibull(3.0, Duration::hours(800.0)).expect("a law");
    let server = Component::new().mode("wear", wear.clone(), exactly(repair));
    let work = Work::new(exactly(every), exactly(0.0), Scope::all());
    let system = System::new()
        .component("server", server)
        .service("system", Service::replicas("server", 1))
        .maintenance("overhaul", Maintenance::new(work).rejuvenates(&["wear"]));
    let model = SystemModel::new(&system).unwrap();
    let hours = 50.0 * every;
    let end = Instant::START + Duration::hours(hours).span();
    let mut recorder = Recorder::new(Window { start: Instant::START, end, length: end - Instant::START });
    let mut simulator = Simulator::new(model, 3);
    let shares: Vec<f64> = (0..100)
        .map(|trial| {
            simulator.play(trial, end, &mut recorder);
            recorder.records()[0].downtime.as_secs_f64() / (hours * HOUR as f64)
        })
        .collect();
    let interval = mean_of(&shares, Bounds::FRACTION, Confidence::new(0.9995).unwrap()).unwrap().interval();
    let expected = renewals(&wear, every) * repair / every;
    assert!(interval.lower() < expected && expected < interval.upper(), "{expected} and {interval:?}");
    // Without the overhaul there would be one failure in each mean life.
    assert!(interval.upper() < repair / (wear.mean().unwrap().secs() / HOUR as f64));
}

/// An error with each action; what is due while the replica is down is done when it is back, and may break it again.
#[test]
fn errors_break_what_is_worked_on() {
    let (every, error, repair) = (50.0, 0.2, 8.0);
    let work = Work::new(mean(every), exactly(0.0), Scope::all());
    let work = work.error(OperatorError::new(share(error), "broken"));
    let system = sound(1, Need::All).maintenance("patch", Maintenance::new(work));
    let failed = 1.0;
    let awaited = failed * repair / every;
    let up = failed * ((1.0 - error) / every + 1.0 / repair) * every / error;
    close("errors", solved(&system).0, (failed + awaited) / (up + failed + awaited), 1e-9);
}

/// Dates at rate 1/V, of which a share is forgotten and lasts R; one that is out of date does not expire again.
#[test]
fn a_forgotten_certificate_is_down_until_it_is_renewed() {
    let (valid, forgotten, renewed) = (2160.0, 0.02, 5.0);
    let tls = Certificate::new(Scope::all(), mean(valid), share(forgotten), mean(renewed));
    let (down, _) = solved(&sound(3, Need::Any).certificate("tls", tls));
    let odds = forgotten * renewed / valid;
    close("certificate", down, odds / (1.0 + odds), 1e-9);
}

/// The dates of a certificate that is always forgotten.
#[test]
fn certificates_expire_on_their_dates() {
    let tls =
        Certificate::new(Scope::all(), exactly(90.0), Probability::ONE, exactly(4.0)).first(exactly(30.0));
    let record = played(&sound(2, Need::Any).certificate("tls", tls), 250.0);
    assert_eq!(outages(&record), [(30.0, 4.0), (120.0, 4.0), (210.0, 4.0)]);
}

/// A trial begins on a Monday at midnight: what is due every week is done on Tuesday morning.
#[test]
fn work_waits_for_its_hours() {
    let work =
        Work::new(exactly(168.0), exactly(1.0), Scope::all()).hours("Tue 02:00-04:00".parse().unwrap());
    let record = played(&sound(1, Need::All).maintenance("patch", Maintenance::new(work)), 400.0);
    assert_eq!(outages(&record), [(168.0 + 26.0, 1.0), (336.0 + 26.0, 1.0)]);
}

/// Replica after replica, or zone after zone.
#[test]
fn batches_follow_each_other() {
    let zones = |batch: Batch| {
        let work = Work::new(exactly(100.0), exactly(1.0), Scope::all()).batch(batch).gap(exactly(2.0));
        let service = Service::replicas("server", 4).spread("zone").needs(Need::Count(3));
        let system = System::new().site("eu/a").site("eu/b").component("server", Component::new());
        system.service("system", service).maintenance("patch", Maintenance::new(work))
    };
    assert_eq!(outages(&played(&zones(Batch::Count(1)), 150.0)), []);
    let by_two = [(102.0, 1.0), (105.0, 1.0)];
    assert_eq!(outages(&played(&zones(Batch::Count(2)), 150.0)), by_two);
    assert_eq!(outages(&played(&zones(Batch::Site("zone".into())), 150.0)), by_two);
    assert_eq!(outages(&played(&zones(Batch::All), 150.0)), [(102.0, 1.0)]);
}

/// A replica is lost from 100 h to 110 h, and a roll-out is due at 101 h.
#[test]
fn a_gate_waits_for_the_replica_that_is_down() {
    let system = |gated: bool| {
        let mut work = Work::new(exactly(101.0), exactly(1.0), Scope::all());
        work.gated = gated;
        let lost = Fault::new("system/1", exactly(100.0), exactly(10.0));
        let scenario = Scenario::new().fault(lost);
        sound(3, Need::Majority).change("release", Change::rolling(work)).scenario(scenario)
    };
    assert_eq!(outages(&played(&system(true), 150.0)), []);
    // One that is down is passed over, and two are updated in its place, of which one has its turn twice.
    assert_eq!(outages(&played(&system(false), 150.0)), [(101.0, 3.0)]);
}

/// Maintenance from 100 h to 102 h, and a fault from 101 h to 103 h: the first hour is planned, the rest is not.
#[test]
fn only_what_maintenance_alone_keeps_down_is_not_counted() {
    let work = || Work::new(exactly(100.0), exactly(2.0), Scope::all());
    let lost = || Scenario::new().fault(Fault::new("system/1", exactly(101.0), exactly(2.0)));
    let system = |maintenance| sound(1, Need::All).maintenance("patch", maintenance).scenario(lost());
    let counted = played(&system(Maintenance::new(work())), 150.0);
    assert_eq!((outages(&counted), counted.planned), (vec![(100.0, 3.0)], Span::ZERO));
    let apart = played(&system(Maintenance::new(work()).not_counted()), 150.0);
    assert_eq!((outages(&apart), apart.planned), (vec![(101.0, 2.0)], Span::from_secs(HOUR)));
    let booked: u64 = apart.causes.iter().map(|cause| cause.1.as_micros()).sum();
    assert_eq!(booked, apart.downtime.as_micros());
    // A service that depends on another is down with it, planned or not.
    let above = system(Maintenance::new(work()).not_counted());
    let above = above.service("web", Service::replicas("server", 1).depends_on("system"));
    let mut above = above;
    above.maintenance.get_mut("patch").unwrap().work.scope = Scope::all().services(&["system"]);
    let (model, _) = compiled(&above, "system");
    let end = Instant::START + Duration::hours(150.0).span();
    let mut recorder = Recorder::new(Window { start: Instant::START, end, length: end - Instant::START });
    Simulator::new(model, 7).play(0, end, &mut recorder);
    let [one, two] = recorder.records() else { unreachable!("two services") };
    assert_eq!(
        (one.downtime, one.planned, &one.outages[0].start),
        (two.downtime, two.planned, &two.outages[0].start)
    );
}

/// What is worked on does not fail meanwhile: an age stands still while its replica is out.
#[test]
fn what_is_worked_on_does_not_fail() {
    let server = Component::new().with_mode("wear", Mode::new(exactly(103.0), exactly(1.0)));
    let work = Work::new(exactly(100.0), exactly(5.0), Scope::all());
    let system = System::new()
        .component("server", server)
        .service("system", Service::replicas("server", 1))
        .maintenance("patch", Maintenance::new(work));
    // 100 h of age before, three more after.
    assert_eq!(outages(&played(&system, 150.0)), [(100.0, 5.0), (108.0, 1.0)]);
}

/// A load that asks for all replicas, or a network that never fails, makes no difference to what counts and what does not.
#[test]
fn what_does_not_count_is_told_apart_under_load_and_in_a_network() {
    let system = |service: Service| {
        let work = Work::new(mean(40.0), mean(1.0), Scope::all());
        System::new()
            .levels(&["zone"])
            .site("a")
            .site("b")
            .component("server", Component::new().mode("crash", mean(90.0), mean(3.0)))
            .service("system", service.spread("zone"))
            .maintenance("patch", Maintenance::new(work).not_counted())
    };
    let all = || Service::replicas("server", 2).needs(Need::All);
    let (down, planned) = solved(&system(all()));
    assert!(planned > 0.02 && down > 0.05, "both are seen");
    let load = Load::new(Demand::Share("60%".parse().expect("a ratio")));
    let loaded = solved(&system(Service::replicas("server", 2).load(load)));
    let link = Network::default().link("a - b", Link::between("a", "b"));
    let linked = solved(&system(all()).network(link));
    for (what, found) in [("under load", loaded), ("in a network", linked)] {
        close(what, found.0, down, 1e-9);
        close(what, found.1, planned, 1e-9);
    }
}
