//! Scripted faults against what can be worked out by hand.

use super::{
    Component, Domain, Failover, Fault, Mode, Narrator, Need, Recorder, Scenario, Scope, Service,
    ServiceRecord, Shock, SiteOutage, Strike, System, SystemModel, Window,
};
use crate::engine::Simulator;
use crate::random::Law;
use crate::units::{Duration, Instant, Span};

fn hours(hours: f64) -> Law {
    Law::constant(Duration::hours(hours))
}

fn random() -> (Law, Law) {
    (Law::exponential(Duration::days(3.0)), Law::exponential(Duration::hours(5.0)))
}

/// Three zones with a server each, which fail if they are let.
fn zones(need: u32) -> System {
    let (life, repair) = random();
    let outage = Mode::new(life.clone(), repair.clone());
    System::new()
        .levels(&["zone"])
        .site("a")
        .site("b")
        .site("c")
        .level_mode("zone", "outage", outage.clone())
        .component("server", Component::new().mode("crash", life, repair))
        .service("db", Service::replicas("server", 3).spread("zone").needs(Need::Count(need)))
        .domain("feed", Domain::new(Scope::all().replicas(&[1])).with_mode("outage", outage))
        .shock("surge", Shock::new(random().0, "crash", Scope::all()))
}

/// Two hours without zone a on day 10 and every 90 days from then on.
fn game_days() -> Fault {
    Fault::new("a", hours(240.0), hours(2.0)).every(Duration::days(90.0))
}

fn play(system: &System, trial: u64, days: f64) -> (ServiceRecord, Vec<Strike>) {
    let end = Instant::START + Duration::days(days).span();
    let window = Window { start: Instant::START, end, length: Duration::days(30.0).span() };
    let mut recorder = Recorder::new(window);
    Simulator::new(SystemModel::new(system).unwrap(), 1).play(trial, end, &mut recorder);
    let strikes = recorder.take_strikes();
    (recorder.take().swap_remove(0), strikes)
}

#[test]
fn a_zone_that_is_not_needed_is_not_missed_and_one_that_is_costs_its_outage() {
    let alone = Scenario::new().fault(game_days()).without_random_faults();
    let (spare, strikes) = play(&zones(2).scenario(alone.clone()), 0, 365.0);
    assert_eq!(spare, ServiceRecord::default());
    // Days 10, 100, 190 and 280.
    assert_eq!(strikes.len(), 4);
    let (needed, _) = play(&zones(3).scenario(alone), 0, 365.0);
    let at = |day: u64| Instant::START + Span::from_secs(day * 86_400);
    let outages: Vec<(Instant, Span)> = needed.outages.iter().map(|it| (it.start, it.length)).collect();
    let two_hours = Span::from_secs(7200);
    assert_eq!(outages, [10, 100, 190, 280].map(|day| (at(day), two_hours)));
    assert_eq!(needed.causes.len(), 1);
}

#[test]
fn the_downtime_is_booked_to_the_fault_by_its_name() {
    let scenario = Scenario::new().fault(game_days().named("game day")).without_random_faults();
    let system = zones(3).scenario(scenario);
    let (record, _) = play(&system, 0, 365.0);
    let model = SystemModel::new(&system).unwrap();
    let class = &model.cause_classes()[record.causes[0].0 as usize];
    assert_eq!((class.kind, class.to_string().as_str()), ("scenario", "game day"));
}

#[test]
fn domains_replicas_services_and_kinds_are_taken_as_sites_are() {
    for takes in ["a", "db/1", "db", "server", "feed"] {
        let fault = Fault { takes: takes.to_owned(), ..game_days() };
        let system = zones(3).scenario(Scenario::new().fault(fault).without_random_faults());
        assert_eq!(play(&system, 0, 50.0).0.downtime, Span::from_secs(7200), "{takes}");
    }
}

#[test]
fn what_is_down_twice_is_back_when_both_are_over() {
    // From hour 240 to 242 by the zone, from hour 241 to 244 by the replica, to 245 by the zone again.
    let scenario = Scenario::new()
        .fault(game_days())
        .fault(Fault::new("db/1", hours(241.0), hours(3.0)))
        .fault(Fault::new("a", hours(241.5), hours(3.5)));
    let system = zones(3).scenario(scenario.without_random_faults());
    let (record, _) = play(&system, 0, 50.0);
    assert_eq!(record.downtime, Span::from_secs(5 * 3600));
    assert_eq!(record.outages.len(), 1);
}

#[test]
fn a_game_day_that_falls_into_the_one_before_is_left_out() {
    // Lasts 30 or 50 hours, every 24: of days 10, 11, 12, 13, ... every second or third takes place.
    let fault = Fault { lasts: "empirical(30h, 50h)".parse().unwrap(), ..game_days() };
    let fault = fault.every(Duration::days(1.0));
    let system = zones(3).scenario(Scenario::new().fault(fault).without_random_faults());
    let (record, strikes) = play(&system, 0, 365.0);
    assert!((120..170).contains(&strikes.len()), "{}", strikes.len());
    assert_eq!(record.outages.len(), strikes.len());
    for (outage, strike) in record.outages.iter().zip(&strikes) {
        assert_eq!((outage.start, outage.start + outage.length), (strike.start, strike.end));
    }
}

#[test]
fn the_luck_of_everything_else_does_not_move() {
    // A fault of something that nobody needs leaves the rest as it is.
    let system = zones(2).component("spare", Component::new());
    let system = system.service("idle", Service::replicas("spare", 1));
    let law = "uniform(0d, 300d)".parse().unwrap();
    let scripted = system.clone().scenario(Scenario::new().fault(Fault::new("idle", law, hours(9.0))));
    for trial in 0..20 {
        assert_eq!(play(&system, trial, 365.0).0, play(&scripted, trial, 365.0).0);
    }
}

#[test]
fn without_random_faults_what_crashed_with_its_site_is_repaired_and_does_not_fail_again() {
    let (life, repair) = random();
    let server =
        Component::new().mode("crash", life, repair).site_outage(SiteOutage::Crashes("crash".into()));
    let scenario = Scenario::new().fault(Fault::new("a", hours(240.0), hours(2.0))).without_random_faults();
    let system = zones(3).component("server", server).scenario(scenario);
    for trial in 0..20 {
        let (record, _) = play(&system, trial, 3650.0);
        assert_eq!(record.outages.len(), 1);
        assert!(record.downtime > Span::from_secs(7200));
    }
}

#[test]
fn a_leader_that_is_taken_is_replaced_within_detection_and_switch() {
    let failover = Failover::new(hours(0.01), "uniform(20s, 40s)".parse().unwrap());
    let mut system = zones(2);
    let service = system.services.remove("db").unwrap().failover(failover);
    let scenario = Scenario::new().fault(Fault::new("db/1", hours(240.0), hours(2.0)));
    let system = system.service("db", service).scenario(scenario.without_random_faults());
    let trials = 500;
    let down: f64 = (0..trials).map(|trial| play(&system, trial, 20.0).0.downtime.as_secs_f64()).sum();
    // 36 s to detect and 20 s to 40 s to switch: mean 66 s, standard deviation 20 s / sqrt(12) = 5.77 s. The mean of 500
    // lies outside 4.9 of its standard deviations, 1.27 s, with a chance of 1e-6.
    assert!((down / trials as f64 - 66.0).abs() < 1.27, "{}", down / trials as f64);
}

#[test]
fn the_story_tells_the_fault() {
    let scenario = Scenario::new().fault(game_days().named("zone a is lost")).without_random_faults();
    let mut narrator = Narrator::default();
    let end = Instant::START + Duration::days(20.0).span();
    let model = SystemModel::new(&zones(3).scenario(scenario)).unwrap();
    Simulator::new(model, 1).play(0, end, &mut narrator);
    let story: Vec<String> = narrator.story().iter().map(ToString::to_string).collect();
    assert_eq!(
        story,
        [
            "10d 00:00:00  taken  a: zone a is lost",
            "10d 00:00:00  DOWN  db: zone a is lost",
            "10d 02:00:00  freed  a: zone a is lost",
            "10d 02:00:00  UP    db after 2h, ended by zone a is lost",
        ]
    );
}
