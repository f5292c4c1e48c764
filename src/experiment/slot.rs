//! The values of a system that have a law or a chance, by their path in a file.

use super::planned;
use crate::catalog::Amount;
use crate::random::Law;
use crate::system::{Environment, Failover, KeyPath, Mode, Segment, System};

/// Values of a failure mode.
const OF_MODE: [&str; 2] = ["fails", "restored"];
/// Values of a shock.
const OF_SHOCK: [&str; 2] = ["strikes", "each"];
/// Values of an environment.
const OF_ENVIRONMENT: [&str; 2] = ["begins", "lasts"];
/// Values of a failover.
const OF_FAILOVER: [&str; 4] = ["detect", "switch", "succeeds", "manual"];

/// The keys of the values below `component.x.mode.y`, `service.x.failover` and the like.
pub(super) fn keys_below(path: &KeyPath) -> &'static [&'static str] {
    match path.segments().first().and_then(Segment::as_key) {
        Some("service") => &OF_FAILOVER,
        Some("shock") => &OF_SHOCK,
        Some("environment") => &OF_ENVIRONMENT,
        Some("change") => &planned::OF_CHANGE,
        Some("maintenance") => &planned::OF_MAINTENANCE,
        Some("certificate") => &planned::OF_CERTIFICATE,
        _ => &OF_MODE,
    }
}

/// The value at a path such as `component.disk.mode.failure.fails`; nothing where there is none.
pub(super) fn get(system: &System, path: &KeyPath) -> Option<Amount> {
    let keys = keys(path)?;
    let law = |law: &Law| Some(Amount::Law(law.clone()));
    match keys[..] {
        ["service", name, "failover", key] => {
            let failover = system.services.get(name)?.failover.as_ref()?;
            match key {
                "detect" => law(&failover.detect),
                "switch" => law(&failover.switch),
                "succeeds" => Some(Amount::Share(failover.succeeds)),
                _ => law(failover.manual.as_ref()?),
            }
        }
        [kind @ ("change" | "maintenance" | "certificate"), name, key] => {
            planned::get(system, kind, name, key)
        }
        ["shock", name, "strikes"] => law(&system.shocks.get(name)?.strikes),
        ["shock", name, "each"] => Some(Amount::Share(system.shocks.get(name)?.each)),
        ["environment", name, "begins"] => law(&system.environments.get(name)?.begins),
        ["environment", name, "lasts"] => law(&system.environments.get(name)?.lasts),
        [kind, owner, "mode", mode, key] => {
            let modes = match kind {
                "component" => &system.components.get(owner)?.modes,
                "level" => system.level_modes.get(owner)?,
                "domain" => &system.domains.get(owner)?.modes,
                _ => &system.sites.get(owner)?.modes,
            };
            let mode = modes.get(mode)?;
            law(if key == "fails" { &mode.fails } else { &mode.restored })
        }
        _ => None,
    }
}

/// Puts another value there. A path that leads nowhere, or a value of another kind, changes nothing.
pub(super) fn set(system: &mut System, path: &KeyPath, amount: &Amount) {
    let Some(keys) = keys(path) else { return };
    match keys[..] {
        ["service", name, "failover", key] => {
            let service = system.services.get_mut(name);
            if let Some(failover) = service.and_then(|service| service.failover.as_mut()) {
                set_failover(failover, key, amount);
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
        ["environment", name, key @ ("begins" | "lasts")] => {
            if let (Some(environment), Amount::Law(law)) = (system.environments.get_mut(name), amount) {
                let Environment { begins, lasts, .. } = environment;
                *(if key == "begins" { begins } else { lasts }) = law.clone();
            }
        }
        [kind, owner, "mode", mode, key] => {
            let modes = match kind {
                "component" => system.components.get_mut(owner).map(|component| &mut component.modes),
                "level" => system.level_modes.get_mut(owner),
                "domain" => system.domains.get_mut(owner).map(|domain| &mut domain.modes),
                _ => system.sites.get_mut(owner).map(|site| &mut site.modes),
            };
            if let (Some(mode), Amount::Law(law)) = (modes.and_then(|modes| modes.get_mut(mode)), amount) {
                let Mode { fails, restored, .. } = mode;
                *(if key == "fails" { fails } else { restored }) = law.clone();
            }
        }
        _ => {}
    }
}

fn set_failover(failover: &mut Failover, key: &str, amount: &Amount) {
    match (key, amount) {
        ("detect", Amount::Law(law)) => failover.detect = law.clone(),
        ("switch", Amount::Law(law)) => failover.switch = law.clone(),
        ("manual", Amount::Law(law)) => failover.manual = Some(law.clone()),
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
        BadRelease, Certificate, Change, Component, Domain, Maintenance, OperatorError, Scope, Service,
        Shock, Work,
    };
    use crate::units::Duration;

    #[test]
    fn what_is_put_there_is_found_there() {
        let second = || Law::constant(Duration::seconds(1.0));
        let half = "50%".parse().unwrap();
        let work = || Work::new(second(), second(), Scope::all()).error(OperatorError::new(half, "failure"));
        let mut system = System::new()
            .component("disk", Component::new().mode("failure", Law::Never, second()))
            .site("eu/a")
            .domain("feed", Domain::new(Scope::all()).mode("outage", Law::Never, second()))
            .shock("surge", Shock::new(second(), "failure", Scope::all()))
            .environment("storm", Environment::new(second(), second(), Scope::all()))
            .change(
                "release",
                Change::canary(work(), 1, second()).bad(BadRelease::new(half, second(), second())),
            )
            .maintenance("patch", Maintenance::new(work()))
            .certificate("tls", Certificate::new(Scope::all(), second(), half, second()).first(second()))
            .service("web", Service::replicas("disk", 2).failover(Failover::new(second(), second())));
        let law: Law = "mtbf 3y".parse().unwrap();
        for (path, amount) in [
            ("component.disk.mode.failure.fails", Amount::Law(law.clone())),
            ("component.disk.mode.failure.restored", Amount::Law(law.clone())),
            ("domain.feed.mode.outage.fails", Amount::Law(law.clone())),
            ("shock.surge.strikes", Amount::Law(law.clone())),
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
