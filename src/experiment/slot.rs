//! The values of a system that have a law or a chance, by their path in a file.

use std::collections::BTreeMap;

use super::planned;
use crate::catalog::Amount;
use crate::random::Law;
use crate::system::{
    Backup, Data, Environment, Failover, Found, KeyPath, Mode, Scaling, Segment, Service, Supply, System,
};

/// Values of a failure mode.
const OF_MODE: [&str; 5] = ["fails", "restored", "found", "without", "error"];
/// Values of a shock.
const OF_SHOCK: [&str; 2] = ["strikes", "each"];
/// Values of an environment.
const OF_ENVIRONMENT: [&str; 2] = ["begins", "lasts"];
/// Values of a failover.
const OF_FAILOVER: [&str; 7] =
    ["detect", "switch", "covers", "succeeds", "manual", "false_alarms", "restart"];

/// Values of a scaling.
const OF_SCALING: [&str; 5] = ["reacts", "boots", "scales_in", "refused", "refused_in_outage"];
/// Values of a failback.
const OF_FAILBACK: [&str; 2] = ["switch", "after"];
/// Values of a resynchronisation.
const OF_RESYNC: [&str; 2] = ["takes", "manual"];
/// Values of the data that a service keeps.
const OF_DATA: [&str; 2] = ["decision", "anew"];
/// Values of a backup of them.
const OF_DATA_BACKUP: [&str; 2] = ["restores", "works"];
/// Values of a supply besides its modes.
const OF_SUPPLY: [&str; 3] = ["ride_through", "recharges", "returns"];
/// Values of a supply's backup.
const OF_BACKUP: [&str; 5] = ["starts", "start_time", "fails", "restored", "lasts"];

/// The keys of the values below `component.x.mode.y`, `service.x.failover` and the like.
fn keys_below(path: &KeyPath) -> &'static [&'static str] {
    match keys(path).as_deref() {
        Some(["spares", _]) => &["lead_time"],
        Some(["service", _, "resync"]) => &OF_RESYNC,
        Some(["service", _, "data"]) => &OF_DATA,
        Some(["service", _, "data", ..]) => &OF_DATA_BACKUP,
        Some(["service", _, "without", _]) => &["lasts"],
        Some(["service", _, "scaling"]) => &OF_SCALING,
        Some(["service", _, "failover", "failback"]) => &OF_FAILBACK,
        Some(["service", ..]) => &OF_FAILOVER,
        Some(["shock", ..]) => &OF_SHOCK,
        Some(["power" | "cooling", _]) => &OF_SUPPLY,
        Some(["power" | "cooling", _, "backup"]) => &OF_BACKUP,
        Some(["environment", ..]) => &OF_ENVIRONMENT,
        Some(["change", ..]) => &planned::OF_CHANGE,
        Some(["maintenance", ..]) => &planned::OF_MAINTENANCE,
        Some(["certificate", ..]) => &planned::OF_CERTIFICATE,
        _ => &OF_MODE,
    }
}

/// The crew and which of its responses is meant by `crew.x.responds`, where there is one for all hours, or by
/// `crew.x.responds[1].takes`.
fn response(path: &KeyPath) -> Option<(&str, usize)> {
    match path.segments() {
        [Segment::Key(crew), Segment::Key(name), Segment::Key(key)]
            if crew == "crew" && key == "responds" =>
        {
            Some((name, 0))
        }
        [Segment::Key(crew), Segment::Key(name), Segment::Key(key), Segment::Index(index), _]
            if crew == "crew" && key == "responds" =>
        {
            Some((name, *index))
        }
        // A path that was read from a text has the index in its key.
        [Segment::Key(crew), Segment::Key(name), Segment::Key(key), _] if crew == "crew" => {
            let index = key.strip_prefix("responds[")?.strip_suffix(']')?;
            Some((name, index.parse().ok()?))
        }
        _ => None,
    }
}

/// The paths of the values below a path.
pub(super) fn below(system: &System, path: &KeyPath) -> Vec<KeyPath> {
    if let Some(["crew", name]) = keys(path).as_deref() {
        let responds = system.crews.get(*name).map_or(0, |crew| crew.responds.len());
        let path = path.key("responds");
        let listed = |index| path.index(index).key("takes");
        return if responds > 1 { (0..responds).map(listed).collect() } else { vec![path] };
    }
    let mut paths: Vec<KeyPath> = keys_below(path).iter().map(|key| path.key(key)).collect();
    if let Some(["service", _, "failover"]) = keys(path).as_deref() {
        paths.extend(below(system, &path.key("failback")));
    }
    if let Some([_, _, "mode", _]) = keys(path).as_deref() {
        paths.push(path.key("preventive").key("takes"));
    }
    paths
}

/// The value at a path such as `component.disk.mode.failure.fails`; nothing where there is none.
pub(super) fn get(system: &System, path: &KeyPath) -> Option<Amount> {
    let law = |law: &Law| Some(Amount::Law(law.clone()));
    if let Some((name, index)) = response(path) {
        return law(&system.crews.get(name)?.responds.get(index)?.takes);
    }
    let keys = keys(path)?;
    match keys[..] {
        ["service", name, "failover", key] => of_failover(system.services.get(name)?.failover.as_ref()?, key),
        ["service", name, "scaling", key] => of_scaling(system.services.get(name)?.scaling.as_ref()?, key),
        ["service", name, "failover", "failback", key] => {
            let failback = system.services.get(name)?.failover.as_ref()?.failback.as_ref()?;
            law(if key == "switch" { &failback.switch } else { &failback.after })
        }
        ["service", name, "resync", key] => {
            let resync = system.services.get(name)?.resync.as_ref()?;
            law(if key == "takes" { &resync.takes } else { &resync.manual })
        }
        ["service", name, "data", ref key @ ..] => of_data(system.services.get(name)?.data.as_ref()?, key),
        ["service", name, "without", on, _] => {
            law(system.services.get(name)?.without.get(on)?.lasts.as_ref()?)
        }
        [kind @ ("power" | "cooling"), name, key] => {
            let supply = supplies(system, kind).get(name)?;
            law(match key {
                "ride_through" => supply.ride_through.as_ref()?,
                "recharges" => supply.recharges.as_ref()?,
                "returns" => supply.returns.as_ref()?,
                _ => return None,
            })
        }
        [kind @ ("power" | "cooling"), name, "backup", key] => {
            let backup = supplies(system, kind).get(name)?.backup.as_ref()?;
            match key {
                "starts" => Some(Amount::Share(backup.starts)),
                "start_time" => law(&backup.start_time),
                "fails" => law(&backup.fails),
                "restored" => law(backup.restored.as_ref()?),
                "lasts" => law(&backup.lasts),
                _ => None,
            }
        }
        [kind @ ("change" | "maintenance" | "certificate"), name, key] => {
            planned::get(system, kind, name, key)
        }
        ["shock", name, "strikes"] => law(&system.shocks.get(name)?.strikes),
        ["shock", name, "each"] => Some(Amount::Share(system.shocks.get(name)?.each)),
        ["environment", name, "begins"] => law(&system.environments.get(name)?.begins),
        ["environment", name, "lasts"] => law(&system.environments.get(name)?.lasts),
        [kind, owner, "mode", mode, ref key @ ..] => {
            let modes = match kind {
                "component" => &system.components.get(owner)?.modes,
                "level" => system.level_modes.get(owner)?,
                "domain" => &system.domains.get(owner)?.modes,
                "power" | "cooling" => &supplies(system, kind).get(owner)?.modes,
                _ => &system.sites.get(owner)?.modes,
            };
            of_mode(modes.get(mode)?, key)
        }
        ["spares", name, "lead_time"] => law(&system.spares.get(name)?.lead_time),
        _ => None,
    }
}

fn of_data(data: &Data, key: &[&str]) -> Option<Amount> {
    let law = |law: &Law| Some(Amount::Law(law.clone()));
    match *key {
        ["decision"] => law(data.decision.as_ref()?),
        ["anew"] => law(data.anew.as_ref()?),
        ["backup", name, "restores"] => law(&data.backups.get(name)?.restores),
        ["backup", name, "works"] => Some(Amount::Share(data.backups.get(name)?.works)),
        _ => None,
    }
}

fn of_failover(failover: &Failover, key: &str) -> Option<Amount> {
    let law = |law: &Law| Some(Amount::Law(law.clone()));
    match key {
        "detect" => law(&failover.detect),
        "switch" => law(&failover.switch),
        // What covers everything has no such value.
        "covers" => (!failover.covers.is_one()).then_some(Amount::Share(failover.covers)),
        "succeeds" => Some(Amount::Share(failover.succeeds)),
        "restart" => law(failover.restart.as_ref()?),
        "false_alarms" => law(failover.false_alarms.as_ref()?),
        _ => law(failover.manual.as_ref()?),
    }
}

fn of_scaling(scaling: &Scaling, key: &str) -> Option<Amount> {
    let law = |law: &Law| Some(Amount::Law(law.clone()));
    match key {
        "reacts" => law(&scaling.reacts),
        "boots" => law(&scaling.boots),
        "scales_in" => law(scaling.scales_in.as_ref()?),
        "refused" => Some(Amount::Share(scaling.refused)),
        "refused_in_outage" => Some(Amount::Share(scaling.refused_in_outage)),
        _ => None,
    }
}

fn of_mode(mode: &Mode, key: &[&str]) -> Option<Amount> {
    let law = |law: &Law| Some(Amount::Law(law.clone()));
    match (key, &mode.found) {
        (["fails"], _) => law(&mode.fails),
        (["restored"], _) => law(&mode.restored),
        (["found"], Some(Found::After(found))) => law(found),
        (["without"], _) => law(mode.without.as_ref()?),
        (["error"], _) => Some(Amount::Share(mode.error.as_ref()?.chance)),
        (["preventive", "takes"], _) => law(&mode.preventive.as_ref()?.takes),
        _ => None,
    }
}

/// Puts another value there. A path that leads nowhere, or a value of another kind, changes nothing.
pub(super) fn set(system: &mut System, path: &KeyPath, amount: &Amount) {
    if let Some((name, index)) = response(path) {
        let crew = system.crews.get_mut(name);
        let response = crew.and_then(|crew| crew.responds.get_mut(index));
        if let (Some(response), Amount::Law(law)) = (response, amount) {
            response.takes = law.clone();
        }
        return;
    }
    let Some(keys) = keys(path) else { return };
    match keys[..] {
        ["service", name, ref below @ ..] => {
            if let Some(service) = system.services.get_mut(name) {
                set_in_service(service, below, amount);
            }
        }
        [kind @ ("power" | "cooling"), name, key] => {
            if let (Some(supply), Amount::Law(law)) = (supply_mut(system, kind, name), amount) {
                match key {
                    "ride_through" => supply.ride_through = Some(law.clone()),
                    "recharges" => supply.recharges = Some(law.clone()),
                    "returns" => supply.returns = Some(law.clone()),
                    _ => {}
                }
            }
        }
        [kind @ ("power" | "cooling"), name, "backup", key] => {
            let supply = supply_mut(system, kind, name);
            if let Some(backup) = supply.and_then(|supply| supply.backup.as_mut()) {
                set_backup(backup, key, amount);
            }
        }
        [kind @ ("change" | "maintenance" | "certificate"), name, key] => {
            planned::set(system, kind, name, key, amount);
        }
        ["shock", name, "strikes"] => {
            if let (Some(shock), Amount::Law(law)) = (system.shocks.get_mut(name), amount) {
                shock.strikes = law.clone();
            }
        }
        ["environment", name, key @ ("begins" | "lasts")] => set_environment(system, name, key, amount),
        [kind, owner, "mode", mode, ref key @ ..] => {
            let modes = match kind {
                "component" => system.components.get_mut(owner).map(|component| &mut component.modes),
                "level" => system.level_modes.get_mut(owner),
                "domain" => system.domains.get_mut(owner).map(|domain| &mut domain.modes),
                "power" | "cooling" => supply_mut(system, kind, owner).map(|supply| &mut supply.modes),
                _ => system.sites.get_mut(owner).map(|site| &mut site.modes),
            };
            if let Some(mode) = modes.and_then(|modes| modes.get_mut(mode)) {
                set_mode(mode, key, amount);
            }
        }
        ["spares", name, "lead_time"] => {
            if let (Some(spares), Amount::Law(law)) = (system.spares.get_mut(name), amount) {
                spares.lead_time = law.clone();
            }
        }
        _ => {}
    }
}

fn supplies<'a>(system: &'a System, kind: &str) -> &'a BTreeMap<String, Supply> {
    if kind == "power" { &system.power } else { &system.cooling }
}

fn supply_mut<'a>(system: &'a mut System, kind: &str, name: &str) -> Option<&'a mut Supply> {
    if kind == "power" { system.power.get_mut(name) } else { system.cooling.get_mut(name) }
}

fn set_backup(backup: &mut Backup, key: &str, amount: &Amount) {
    match (key, amount) {
        ("starts", Amount::Share(share)) => backup.starts = *share,
        ("start_time", Amount::Law(law)) => backup.start_time = law.clone(),
        ("fails", Amount::Law(law)) => backup.fails = law.clone(),
        ("restored", Amount::Law(law)) => backup.restored = Some(law.clone()),
        ("lasts", Amount::Law(law)) => backup.lasts = law.clone(),
        _ => {}
    }
}

fn set_environment(system: &mut System, name: &str, key: &str, amount: &Amount) {
    if let (Some(environment), Amount::Law(law)) = (system.environments.get_mut(name), amount) {
        let Environment { begins, lasts, .. } = environment;
        *(if key == "begins" { begins } else { lasts }) = law.clone();
    }
}

fn set_mode(mode: &mut Mode, key: &[&str], amount: &Amount) {
    match (key, amount) {
        (["fails"], Amount::Law(law)) => mode.fails = law.clone(),
        (["restored"], Amount::Law(law)) => mode.restored = law.clone(),
        (["found"], Amount::Law(law)) => mode.found = Some(Found::After(law.clone())),
        (["without"], Amount::Law(law)) => mode.without = Some(law.clone()),
        (["error"], Amount::Share(share)) => {
            if let Some(error) = &mut mode.error {
                error.chance = *share;
            }
        }
        (["preventive", "takes"], Amount::Law(law)) => {
            if let Some(preventive) = &mut mode.preventive {
                preventive.takes = law.clone();
            }
        }
        _ => {}
    }
}

fn set_data(data: &mut Data, key: &[&str], amount: &Amount) {
    match (key, amount) {
        (["decision"], Amount::Law(law)) => data.decision = Some(law.clone()),
        (["anew"], Amount::Law(law)) => data.anew = Some(law.clone()),
        (["backup", name, key], amount) => match (data.backups.get_mut(*name), *key, amount) {
            (Some(backup), "restores", Amount::Law(law)) => backup.restores = law.clone(),
            (Some(backup), "works", Amount::Share(share)) => backup.works = *share,
            _ => {}
        },
        _ => {}
    }
}

fn set_in_service(service: &mut Service, below: &[&str], amount: &Amount) {
    match (below, amount) {
        (["failover", key], _) => {
            service.failover.iter_mut().for_each(|failover| set_failover(failover, key, amount));
        }
        (["scaling", key], _) => {
            service.scaling.iter_mut().for_each(|scaling| set_scaling(scaling, key, amount));
        }
        (["failover", "failback", key], Amount::Law(law)) => {
            if let Some(failback) = service.failover.as_mut().and_then(|it| it.failback.as_mut()) {
                *(if *key == "switch" { &mut failback.switch } else { &mut failback.after }) = law.clone();
            }
        }
        (["data", key @ ..], _) => service.data.iter_mut().for_each(|data| set_data(data, key, amount)),
        (["resync", key], Amount::Law(law)) => {
            if let Some(resync) = &mut service.resync {
                *(if *key == "takes" { &mut resync.takes } else { &mut resync.manual }) = law.clone();
            }
        }
        (["without", on, "lasts"], Amount::Law(law)) => {
            if let Some(without) = service.without.get_mut(*on) {
                without.lasts = Some(law.clone());
            }
        }
        _ => {}
    }
}

fn set_scaling(scaling: &mut Scaling, key: &str, amount: &Amount) {
    match (key, amount) {
        ("reacts", Amount::Law(law)) => scaling.reacts = law.clone(),
        ("boots", Amount::Law(law)) => scaling.boots = law.clone(),
        ("scales_in", Amount::Law(law)) => scaling.scales_in = Some(law.clone()),
        ("refused", Amount::Share(share)) => scaling.refused = *share,
        ("refused_in_outage", Amount::Share(share)) => scaling.refused_in_outage = *share,
        _ => {}
    }
}

fn set_failover(failover: &mut Failover, key: &str, amount: &Amount) {
    match (key, amount) {
        ("detect", Amount::Law(law)) => failover.detect = law.clone(),
        ("switch", Amount::Law(law)) => failover.switch = law.clone(),
        ("manual", Amount::Law(law)) => failover.manual = Some(law.clone()),
        ("false_alarms", Amount::Law(law)) => failover.false_alarms = Some(law.clone()),
        ("restart", Amount::Law(law)) => failover.restart = Some(law.clone()),
        ("covers", Amount::Share(share)) => failover.covers = *share,
        ("succeeds", Amount::Share(share)) => failover.succeeds = *share,
        _ => {}
    }
}

fn keys(path: &KeyPath) -> Option<Vec<&str>> {
    path.segments().iter().map(Segment::as_key).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::{
        BadRelease, Certificate, Change, Component, Crew, DataBackup, Domain, Failback, Maintenance, Need,
        OperatorError, Preventive, RepairError, Response, Resync, Scope, Service, Shock, Spares, Supply,
        Without, Work,
    };
    use crate::units::Duration;

    /// One of everything that has values.
    fn everything() -> System {
        let second = || Law::constant(Duration::seconds(1.0));
        let half = "50%".parse().unwrap();
        let work = || Work::new(second(), second(), Scope::all()).error(OperatorError::new(half, "failure"));
        let failure = Mode::new(Law::Never, second()).error(RepairError::new(half));
        let failure = failure.found(Found::After(second())).preventive(Preventive::new(second(), second()));
        System::new()
            .component("disk", Component::new().with_mode("failure", failure))
            .spares("disks", Spares::new(1, second()))
            .crew("called", Crew::new(1).responds(Response::new(second())))
            .site("eu/a")
            .domain("feed", Domain::new(Scope::all()).mode("outage", Law::Never, second()))
            .power(
                "a",
                Supply::new(&["eu"]).mode("utility", Law::Never, second()).backup(Backup::new(second())),
            )
            .shock("surge", Shock::new(second(), "failure", Scope::all()))
            .environment("storm", Environment::new(second(), second(), Scope::all()))
            .change(
                "release",
                Change::canary(work(), 1, second()).bad(BadRelease::new(half, second(), second())),
            )
            .maintenance("patch", Maintenance::new(work()))
            .certificate("tls", Certificate::new(Scope::all(), second(), half, second()).first(second()))
            .service(
                "web",
                Service::replicas("disk", 2)
                    .failover(Failover::new(second(), second()).failback(Failback::new(second())))
                    .resync(Resync::new(second(), second()))
                    .scaling(Scaling::new("60%".parse().unwrap(), second(), second()))
                    .keeps(Data::new(Need::Any).backup("vault", DataBackup::new(second())))
                    .without("db", Without::serves(half).lasts(second())),
            )
    }

    #[test]
    fn what_is_put_there_is_found_there() {
        let mut system = everything();
        let law: Law = "mtbf 3y".parse().unwrap();
        for (path, amount) in [
            ("component.disk.mode.failure.fails", Amount::Law(law.clone())),
            ("component.disk.mode.failure.found", Amount::Law(law.clone())),
            ("component.disk.mode.failure.without", Amount::Law(law.clone())),
            ("component.disk.mode.failure.preventive.takes", Amount::Law(law.clone())),
            ("component.disk.mode.failure.error", Amount::Share("2%".parse().unwrap())),
            ("spares.disks.lead_time", Amount::Law(law.clone())),
            ("crew.called.responds", Amount::Law(law.clone())),
            ("crew.called.responds[0].takes", Amount::Law(law.clone())),
            ("component.disk.mode.failure.restored", Amount::Law(law.clone())),
            ("domain.feed.mode.outage.fails", Amount::Law(law.clone())),
            ("shock.surge.strikes", Amount::Law(law.clone())),
            ("power.a.mode.utility.fails", Amount::Law(law.clone())),
            ("power.a.ride_through", Amount::Law(law.clone())),
            ("power.a.recharges", Amount::Law(law.clone())),
            ("power.a.returns", Amount::Law(law.clone())),
            ("power.a.backup.start_time", Amount::Law(law.clone())),
            ("power.a.backup.fails", Amount::Law(law.clone())),
            ("power.a.backup.restored", Amount::Law(law.clone())),
            ("power.a.backup.lasts", Amount::Law(law.clone())),
            ("power.a.backup.starts", Amount::Share("98%".parse().unwrap())),
            ("environment.storm.begins", Amount::Law(law.clone())),
            ("environment.storm.lasts", Amount::Law(law.clone())),
            ("service.web.failover.switch", Amount::Law(law.clone())),
            ("change.release.every", Amount::Law(law.clone())),
            ("change.release.bake", Amount::Law(law.clone())),
            ("change.release.rolled_back", Amount::Law(law.clone())),
            ("change.release.bad", Amount::Share("3%".parse().unwrap())),
            ("maintenance.patch.error", Amount::Share("3%".parse().unwrap())),
            ("certificate.tls.first", Amount::Law(law.clone())),
            ("service.web.failover.manual", Amount::Law(law)),
            ("service.web.without.db.lasts", Amount::Law("9min".parse().unwrap())),
            ("service.web.resync.takes", Amount::Law("1h".parse().unwrap())),
            ("service.web.resync.manual", Amount::Law("12h".parse().unwrap())),
            ("service.web.data.decision", Amount::Law("2h".parse().unwrap())),
            ("service.web.data.anew", Amount::Law("9d".parse().unwrap())),
            ("service.web.data.backup.vault.restores", Amount::Law("5h".parse().unwrap())),
            ("service.web.data.backup.vault.works", Amount::Share("95%".parse().unwrap())),
            ("service.web.failover.false_alarms", Amount::Law("1y".parse().unwrap())),
            ("service.web.scaling.reacts", Amount::Law("3min".parse().unwrap())),
            ("service.web.scaling.boots", Amount::Law("2min".parse().unwrap())),
            ("service.web.scaling.scales_in", Amount::Law("15min".parse().unwrap())),
            ("service.web.scaling.refused", Amount::Share("1%".parse().unwrap())),
            ("service.web.scaling.refused_in_outage", Amount::Share("50%".parse().unwrap())),
            ("service.web.failover.failback.switch", Amount::Law("5s".parse().unwrap())),
            ("service.web.failover.failback.after", Amount::Law("15min".parse().unwrap())),
            ("service.web.failover.restart", Amount::Law("2min".parse().unwrap())),
            ("service.web.failover.covers", Amount::Share("96%".parse().unwrap())),
            ("service.web.failover.succeeds", Amount::Share("97%".parse().unwrap())),
        ] {
            let path: KeyPath = path.parse().unwrap();
            set(&mut system, &path, &amount);
            assert_eq!(get(&system, &path), Some(amount), "{path}");
        }
        let before = system.clone();
        for path in
            ["component.tape.mode.failure.fails", "level.zone.mode.outage.fails", "service.web.replicas"]
        {
            let path: KeyPath = path.parse().unwrap();
            assert_eq!(get(&system, &path), None);
            set(&mut system, &path, &Amount::Law(Law::Never));
        }
        assert_eq!(system, before);
    }
}
