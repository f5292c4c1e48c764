//! What comes from the catalog is as if it stood in the file.

use crate::experiment::{Design, Experiment};

const HEAD: &str = "title = \"T\"\nhorizon = \"1y\"\nseed = 1\nlevels = [\"zone\"]\n[site.\"{a,b}\"]\n\
                    [service.web]\nruns_on = \"thing\"\nreplicas = 2\nneeds = \"any\"\nspread = \"zone\"\n";

fn designs(rest: &str) -> Vec<Design> {
    let text = format!("{HEAD}{rest}");
    Experiment::parse("x", &text).unwrap_or_else(|report| panic!("{report}")).designs
}

#[track_caller]
fn same(from_the_catalog: &str, written: &str) {
    assert_eq!(designs(from_the_catalog)[0].system, designs(written)[0].system);
}

const DISK: &str =
    "[component.thing.mode.failure]\nfails = \"afr 1.36%\"\nrestored = \"lognormal(median 24h, p95 3d)\"\n";

#[test]
fn an_entry_is_as_if_it_were_written_out() {
    same("[component.thing]\nfrom = \"catalog:disk/hdd\"\n", DISK);
    same("[component.thing.mode.failure]\nfrom = \"catalog:disk/hdd\"\n", DISK);
    same("[component.thing.mode.failure]\nfrom = \"catalog:disk/hdd/failure\"\n", DISK);
    let values =
        "[component.thing.mode.failure]\nfails = \"catalog:disk/hdd\"\nrestored = \"catalog:disk/hdd\"\n";
    same(values, DISK);
    let level = "[component.thing]\n[level.zone]\nfrom = \"catalog:rack/unavailable\"\n";
    let outage = "fails = \"mtbf 10.2y\"\nrestored = \"uniform(1h, 6h)\"\n";
    same(level, &format!("[component.thing]\n[level.zone.mode.outage]\n{outage}"));
    let site = "[component.thing]\n[site.a]\nfrom = \"catalog:rack/unavailable\"\n";
    same(site, &format!("[component.thing]\n[site.a.mode.outage]\n{outage}"));
}

#[test]
fn keys_beside_from_take_the_entrys_place() {
    let own = "[component.thing]\nfrom = \"catalog:disk/hdd\"\nmode.failure.restored = \"6h\"\n\
               mode.crash = { fails = \"mtbf 9d\", restored = \"1min\" }\n";
    let written = "[component.thing.mode.failure]\nfails = \"afr 1.36%\"\nrestored = \"6h\"\n\
                   [component.thing.mode.crash]\nfails = \"mtbf 9d\"\nrestored = \"1min\"\n";
    same(own, written);
    let paths: Vec<String> = designs(own)[0].uses.iter().map(|used| used.path.clone()).collect();
    assert_eq!(paths, ["component.thing.mode.failure.fails"]);
}

#[test]
fn a_failover_takes_durations_and_a_chance() {
    let head = "[component.thing]\n[service.web.failover]\n";
    let from = format!(
        "{head}detect = \"catalog:failover/patroni\"\nswitch = \"5s\"\nsucceeds = \"catalog:failover/rds-event\"\n\
         manual = \"catalog:people/manual-failover\"\nfailback = {{ switch = \"catalog:failover/rds-cluster\" }}\n"
    );
    let written = format!(
        "{head}detect = \"30s\"\nswitch = \"5s\"\nsucceeds = \"97.5%\"\nmanual = \"lognormal(median 30min, p95 4h)\"\n\
         failback = {{ switch = \"35s\" }}\n"
    );
    same(&from, &written);
    let sources: Vec<(String, Option<String>)> =
        designs(&from)[0].sources().into_iter().map(|line| (line.path, line.entry)).collect();
    let path = |key: &str| format!("service.web.failover.{key}");
    let entry = |key: &str| Some(key.to_owned());
    assert_eq!(
        sources,
        [
            (path("detect"), entry("failover/patroni")),
            (path("switch"), None),
            (path("succeeds"), entry("failover/rds-event")),
            (path("manual"), entry("people/manual-failover")),
            (path("failback.switch"), entry("failover/rds-cluster")),
            (path("failback.after"), None),
        ]
    );
}

#[test]
fn a_design_may_set_another_entry_or_its_values() {
    let text = "[component.thing]\nfrom = \"catalog:disk/hdd\"\n[[design]]\nname = \"disks\"\n[[design]]\nname = \"ssds\"\n\
                set = { \"component.thing.from\" = \"catalog:ssd/boot\" }\n[[design]]\nname = \"quick\"\n\
                set = { \"component.thing.mode.failure.restored\" = \"1h\" }\n";
    let designs = designs(text);
    let fails = |design: &Design| design.system.components["thing"].modes["failure"].fails.to_string();
    assert_eq!(designs.iter().map(fails).collect::<Vec<_>>(), ["afr 1.36%", "afr 0.98%", "afr 1.36%"]);
    assert_eq!(designs[2].system.components["thing"].modes["failure"].restored.to_string(), "1h");
    assert_eq!(designs.iter().map(|design| design.uses.len()).collect::<Vec<_>>(), [2, 2, 1]);
}

#[test]
fn every_entry_that_fails_can_be_used() {
    for entry in crate::catalog::Catalog::shipped().entries().filter(|entry| !entry.modes.is_empty()) {
        let own: String = entry
            .modes
            .iter()
            .filter(|(_, mode)| mode.restored.is_none())
            .map(|(name, _)| format!("mode.{name}.restored = \"1h\"\n"))
            .collect();
        let designs = designs(&format!("[component.thing]\nfrom = \"catalog:{}\"\n{own}", entry.key));
        assert_eq!(designs[0].uses.len(), entry.quantities().len(), "{}", entry.key);
    }
}

#[test]
fn a_shock_from_the_catalog_is_cited_and_so_is_what_stands_beside_it() {
    let shock = "[component.thing.mode.fault]\nfails = \"never\"\nrestored = \"1h\"\n[shock.surge]\n\
                 strikes = \"catalog:rack/unavailable\"\nfails = \"fault\"\neach = \"30%\"\nsource = \"ours\"\n";
    let sources = designs(shock)[0].sources();
    let of =
        |path: &str| sources.iter().find(|line| line.path == path).unwrap_or_else(|| panic!("{sources:?}"));
    let strikes = of("shock.surge.strikes");
    assert_eq!((strikes.value.as_str(), strikes.entry.as_deref()), ("mtbf 10.2y", Some("rack/unavailable")));
    assert_eq!(
        (of("shock.surge.each").value.as_str(), of("shock.surge.each").source.as_deref()),
        ("30%", Some("ours"))
    );
}

#[test]
fn what_repairs_wait_for_may_come_from_the_catalog_and_is_cited() {
    let file = |seen: &str, slip: &str| {
        format!(
            "[component.thing.mode.fault]\nfails = \"60d\"\nrestored = \"1h\"\nrepaired_by = \"called\"\n\
             replaced_from = \"parts\"\nrepair_needs = \"a\"\nwithout = {seen}\nfound = {seen}\nerror = {slip}\n\
             preventive = {{ age = \"90d\", takes = {seen} }}\n\
             [spares.parts]\nstock = 1\nlead_time = {seen}\nsource = \"ours\"\n\
             [crew.called]\nsize = 1\nsource = \"ours\"\n\
             responds = [{{ hours = \"Mon-Fri 09:00-18:00\", takes = \"5min\" }}, {{ takes = {seen} }}]\n"
        )
    };
    let from = file("\"catalog:people/on-call\"", "\"catalog:people/slip\"");
    same(&from, &file("\"lognormal(median 5min, p95 15min)\"", "\"0.3%\""));
    let sources: Vec<(String, bool, Option<String>)> = designs(&from)[0]
        .sources()
        .into_iter()
        .map(|line| (line.path, line.source.as_deref() == Some("ours"), line.entry))
        .collect();
    let of = |path: &str, ours: bool, entry: Option<&str>| (path.to_owned(), ours, entry.map(str::to_owned));
    let mode = "component.thing.mode.fault";
    assert_eq!(
        sources,
        [
            of(&format!("{mode}.fails"), false, None),
            of(&format!("{mode}.restored"), false, None),
            of(&format!("{mode}.found"), false, Some("people/on-call")),
            of(&format!("{mode}.without"), false, Some("people/on-call")),
            of(&format!("{mode}.error"), false, Some("people/slip")),
            of(&format!("{mode}.preventive.takes"), false, Some("people/on-call")),
            of("spares.parts.lead_time", false, Some("people/on-call")),
            of("crew.called.responds[0].takes", true, None),
            of("crew.called.responds[1].takes", false, Some("people/on-call")),
        ]
    );
}
