//! One test a kind of mistake.

use super::*;
use crate::random::Law;
use crate::system::{Crew, Failover, Need, Service, Spread};
use crate::units::{Duration, Probability};

fn law() -> Law {
    Law::exponential(Duration::days(60.0))
}

fn base() -> System {
    System::new()
        .site("eu/a")
        .site("eu/b")
        .component("server", Component::new().mode("crash", law(), law()))
        .crew("ops", Crew::new(1))
        .service("db", Service::replicas("server", 3).spread("zone").needs(Need::Majority))
}

/// Checks a system and holds its problems against `path: start of the message`.
#[track_caller]
pub(super) fn check(system: System, expected: &[&str]) {
    let found: Vec<String> = system.check().iter().map(ToString::to_string).collect();
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    for (found, expected) in found.iter().zip(expected) {
        assert!(found.starts_with(expected), "{found}\n{expected}");
    }
}

fn with(service: Service) -> System {
    base().service("x", service)
}

#[test]
fn a_sound_system_has_no_problems() {
    check(base(), &[]);
    check(System::new().component("c", Component::new()).service("s", Service::replicas("c", 3)), &[]);
}

#[test]
fn unknown_names_are_found_everywhere_and_the_nearest_is_suggested() {
    check(
        with(Service::replicas("sever", 1)),
        &["service.x.runs_on[0]: there is no component `sever`; did you mean `server`?"],
    );
    check(
        with(Service::replicas("server", 1).depends_on("bd").depends_on("cache")),
        &[
            "service.x.depends_on[0]: there is no service `bd`; did you mean `db`?",
            "service.x.depends_on[1]: there is no service `cache`",
        ],
    );
    check(
        with(Service::members(&["dc"])),
        &["service.x.members[0]: there is no service `dc`; did you mean `db`?"],
    );
    check(
        with(Service::replicas("server", 3).spread("zones")),
        &["service.x.spread: there is no level `zones`; did you mean `zone`?"],
    );
    check(
        with(Service::replicas("server", 3).within("eu/c")),
        &["service.x.within[0]: there is no site `eu/c`; did you mean `eu/a`?"],
    );
    check(
        base()
            .component("disk", Component::new().with_mode("wear", Mode::new(law(), law()).repaired_by("op"))),
        &["component.disk.mode.wear.repaired_by: there is no crew `op`; did you mean `ops`?"],
    );
    check(
        base().level_mode("zoen", "outage", Mode::new(law(), law())),
        &["level.zoen: there is no level `zoen`; did you mean `zone`?"],
    );
    check(
        base().crew("more", Crew::new(1).per("zone")).crew("less", Crew::new(1).per("rack")),
        &["crew.less.per: there is no rack"],
    );
}

#[test]
fn help_lists_what_there_is_when_nothing_is_near() {
    let problems = with(Service::replicas("toaster", 1)).check();
    assert_eq!(problems[0].help.as_deref(), Some("there is `server`"));
}

#[test]
fn nothing_at_all_is_a_mistake() {
    check(System::new(), &["service: there is no service"]);
    check(with(Service::replicas("server", 0)), &["service.x.replicas: `x` has no replicas"]);
    check(with(Service::stacked(&[], 1)), &["service.x.runs_on: a replica must run on"]);
    check(with(Service::members(&[])), &["service.x.members: `x` has no members"]);
    check(base().crew("none", Crew::new(0)), &["crew.none.size: the crew `none` has nobody"]);
}

#[test]
fn needs_must_be_possible_and_must_be_something() {
    let of = |needs| with(Service::replicas("server", 3).needs(needs));
    check(of(Need::Count(4)), &["service.x.needs: `x` needs 4 replicas but has only 3"]);
    check(of(Need::Count(3)), &[]);
    check(of(Need::Count(0)), &["service.x.needs: `x` needs 0 replicas"]);
    check(of(Need::Share(Probability::ZERO)), &["service.x.needs: `x` needs 0% of its capacity"]);
    check(of(Need::Share(Probability::ONE)), &[]);
    check(
        with(Service::members(&["db"]).needs(Need::Count(2))),
        &["service.x.needs: `x` needs 2 members but has only 1"],
    );
}

#[test]
fn placements_must_be_possible() {
    let over = |over, replicas| {
        with(
            Service::replicas("server", replicas)
                .placed(Spread::Over { level: "zone".into(), over: Some(over) }),
        )
    };
    check(over(3, 3), &["service.x.spread: `x` wants 3 zones, but there are 2: `eu/a`, `eu/b`"]);
    check(over(2, 1), &["service.x.spread: `x` has 1 replica, too few to put one in each of 2 zones"]);
    check(over(0, 1), &["service.x.spread: `x` is spread over 0 zones"]);
    check(over(2, 2), &[]);
    check(
        with(Service::replicas("server", 2).spread("rack")),
        &["service.x.spread: `x` is spread over racks, but there is no rack"],
    );
    let nowhere = System::new()
        .component("server", Component::new())
        .service("x", Service::replicas("server", 2).spread("zone"));
    check(nowhere, &["service.x.spread: `x` is spread over zones, but the system has no sites"]);
}

#[test]
fn sites_have_no_more_segments_than_there_are_levels() {
    check(
        base().site("a/b/c/d/e"),
        &["site.\"a/b/c/d/e\": `a/b/c/d/e` is 5 deep, but there are only 4 levels"],
    );
    check(base().site("eu//a"), &["site.\"eu//a\": \"eu//a\" is no path of a site"]);
}

#[test]
fn levels_have_different_names() {
    check(base().levels(&["region", "zone", "zone"]), &["levels[2]: the level `zone` is named twice"]);
    check(base().levels(&["region", "zone", "none"]), &["levels[2]: a level cannot be called `none`"]);
}

#[test]
fn circles_are_named() {
    let one = |on: &str| Service::replicas("server", 1).depends_on(on);
    check(with(one("x")), &["service.x.depends_on[0]: `x` depends on itself"]);
    check(
        base().service("web", one("cache")).service("cache", one("app")).service("app", one("web")),
        &["service.app.depends_on[0]: services need each other in a circle: app -> web -> cache -> app"],
    );
    check(
        base().service("a", Service::members(&["db", "b"])).service("b", one("a")).service("c", one("a")),
        &["service.a.members[1]: services need each other in a circle: a -> b -> a"],
    );
}

#[test]
fn a_failover_needs_somebody_to_take_over_and_a_way_out_when_it_fails() {
    let failover = Failover::new(law(), law());
    check(
        with(Service::replicas("server", 1).failover(failover.clone())),
        &["service.x.failover: `x` has one replica"],
    );
    check(
        with(Service::members(&["db"]).failover(failover.clone())),
        &["service.x.failover: `x` is made of other services"],
    );
    let unsure = Failover { succeeds: Probability::HALF, ..failover.clone() };
    check(
        with(Service::replicas("server", 2).failover(unsure)),
        &["service.x.failover.succeeds: the failover of `x` fails with probability 50%"],
    );
    check(with(Service::replicas("server", 2).failover(failover.succeeds(Probability::HALF, law()))), &[]);
}

#[test]
fn a_site_outage_crashes_in_a_mode_that_exists() {
    let component =
        Component::new().mode("crash", law(), law()).site_outage(SiteOutage::Crashes("crahs".into()));
    check(
        base().component("c", component),
        &["component.c.site_outage: there is no failure mode `crahs`; did you mean `crash`?"],
    );
}

#[test]
fn what_fails_at_once_and_for_ever_is_refused() {
    let never = Component::new().mode("a", Law::Never, law());
    let instant = Component::new().mode("a", Law::constant(Duration::ZERO), Law::constant(Duration::ZERO));
    check(base().component("n", never), &[]);
    check(base().component("i", instant), &["component.i.mode.a.fails: `0s` fails at once and for ever"]);
}

#[test]
fn a_system_has_a_size_that_fits_into_memory() {
    check(
        with(Service::replicas("server", 10_000_000)),
        &["service.x.replicas: this system would have 10,000,003 components"],
    );
    check(with(Service::replicas("server", 9_999_997)), &[]);
    check(with(Service::replicas("server", u32::MAX)), &["service.x.replicas: this system would have"]);
}

#[test]
fn names_can_be_part_of_a_path() {
    check(
        base().service("a/b", Service::replicas("server", 1)),
        &["service.\"a/b\": a service cannot be called \"a/b\""],
    );
    check(base().component("", Component::new()), &["component.\"\": a component needs a name"]);
}

#[test]
fn all_mistakes_are_found_at_once() {
    let system = System::new()
        .service("a", Service::replicas("x", 0).spread("y").depends_on("z"))
        .service("b", Service::members(&["b"]).needs(Need::Count(7)));
    assert_eq!(system.check().len(), 6);
}

#[test]
fn a_crew_may_not_wait_beside_what_stands_still_for_an_outage_that_it_should_mend() {
    let mends = |crew: &str| Mode::new(law(), law()).repaired_by(crew);
    let system = |per: Option<&str>, crew: Crew, outage: SiteOutage, zone_crew: &str| {
        let crew = Crew { per: per.map(str::to_owned), ..crew };
        base()
            .crew("ops", crew)
            .crew("others", Crew::new(1))
            .component("disk", Component::new().with_mode("wear", mends("ops")).site_outage(outage))
            .service("store", Service::replicas("disk", 3).spread("zone"))
            .level_mode("zone", "outage", mends(zone_crew))
    };
    let frozen = SiteOutage::Frozen;
    let waits = "component.disk.mode.wear.repaired_by: the crew `ops` could wait for ever beside `disk`, which stands \
                 still while `eu/a` is down, and the repair of `eu/a` waits for it";
    check(system(None, Crew::new(1), frozen.clone(), "ops"), &[waits]);
    check(system(None, Crew::new(3), frozen.clone(), "ops"), &[waits]);
    check(system(Some("zone"), Crew::new(1), frozen.clone(), "ops"), &[waits]);
    // A region's crew is not a zone's; a crew that shares itself out stops for nobody; a fourth member has nothing to
    // wait for; a zone without frozen components stops nothing.
    check(system(None, Crew::new(4), frozen.clone(), "ops"), &[]);
    check(system(None, Crew::new(1), frozen.clone(), "others"), &[]);
    check(system(None, Crew::new(1), SiteOutage::Unreachable, "ops"), &[]);
    check(system(None, Crew::new(1).shared(), frozen.clone(), "ops"), &[]);
    let elsewhere = system(None, Crew::new(1), frozen.clone(), "others")
        .service("store", Service::replicas("disk", 3).within("eu/a"));
    let flood = |system: System, site: &str| system.site_mode(site, "flood", mends("ops"));
    check(flood(elsewhere.clone(), "eu/b"), &[]);
    check(flood(elsewhere.clone(), "eu/a"), &[waits]);
    check(flood(elsewhere, "eu"), &["component.disk.mode.wear.repaired_by: the crew `ops` could"]);
}

#[test]
fn crews_may_not_wait_for_each_other_either() {
    let mends = |crew: &str| Mode::new(law(), law()).repaired_by(crew);
    let frozen = |crew: &str| Component::new().with_mode("wear", mends(crew)).site_outage(SiteOutage::Frozen);
    let system = base()
        .crew("others", Crew::new(1))
        .component("disk", frozen("ops"))
        .component("tape", frozen("others"))
        .service("disks", Service::replicas("disk", 2).within("eu/a"))
        .service("tapes", Service::replicas("tape", 2).within("eu/b"))
        .site_mode("eu/a", "flood", mends("others"));
    check(system.clone(), &[]);
    check(
        system.site_mode("eu/b", "flood", mends("ops")),
        &[
            "component.disk.mode.wear.repaired_by: the crew `ops` could wait for ever beside `disk`",
            "component.tape.mode.wear.repaired_by: the crew `others` could wait for ever beside `tape`",
        ],
    );
}
