//! Small random systems: every feature, few states, and outages often enough to be simulated.

use fivenines::network::Way;
use fivenines::system::{
    Backup, BadRelease, Batch, BurstSize, Cascade, Change, Client, Component, Crew, Demand, Domain,
    Environment, Failover, Hit, Link, LinkEffect, Load, Maintenance, Mode, Need, Network, OperatorError,
    Scope, Service, Shock, Sides, SiteOutage, Spread, Supply, System, Work,
};
use fivenines::units::Probability;
use proptest::prelude::*;

pub use super::strain::law;
use super::strain::{depending, loaded, ratio};

/// A system in small numbers, which shrink well.
#[derive(Clone, Debug)]
pub struct Sketch {
    pub sites: SitesSketch,
    pub kinds: Vec<KindSketch>,
    pub crew: CrewSketch,
    pub services: Vec<ServiceSketch>,
    /// A domain that covers replicas of these numbers.
    pub domain: Option<Vec<u32>>,
    pub shock: Option<ShockSketch>,
    pub power: Option<PowerSketch>,
    /// A storm in which replicas of these numbers, or all of one zone, fail faster.
    pub storm: Option<StormSketch>,
    /// Services have a load, by which first modes fail; second modes leave their components slow.
    pub load: bool,
    pub work: Option<WorkSketch>,
    /// Adds a service made of all others.
    pub members: bool,
    pub network: Option<NetworkSketch>,
}

/// Zones in a line, each linked with the next.
#[derive(Clone, Debug)]
pub struct NetworkSketch {
    /// Links fail in one way only.
    pub one_way: bool,
    /// What the first service does while the network is in parts.
    pub sides: usize,
    /// The zone where clients of the last service are.
    pub client: usize,
}

#[derive(Clone, Debug)]
pub struct SitesSketch {
    /// How many zones; without any there are no sites.
    pub zones: usize,
    /// The zones are inside a region.
    pub nested: bool,
    /// The shape of the law of a zone's life, if zones fail.
    pub zone_life: Option<usize>,
    /// The region around the zones, if there is one, fails.
    pub region_fails: bool,
    /// The first zone has a further way to fail.
    pub odd_zone: bool,
}

#[derive(Clone, Debug)]
pub struct KindSketch {
    pub outage: usize,
    pub modes: Vec<ModeSketch>,
}

#[derive(Clone, Debug)]
pub struct ModeSketch {
    pub life: usize,
    pub repair: usize,
    pub crewed: bool,
    /// Some failures strike all replicas; only where the life is exponential.
    pub common: bool,
    /// A failure strikes others of the service with some chance.
    pub cascades: bool,
}

#[derive(Clone, Debug)]
pub struct ShockSketch {
    /// The kind of component that it hits, in its first mode.
    pub kind: usize,
    /// Hits some and not all.
    pub some: bool,
    pub within_zone: bool,
    /// Hits only replicas of the first service.
    pub first_service: bool,
    /// Hits one or two, and with some chance neighbours, instead of each with a chance.
    pub burst: bool,
    /// Reaches the other kind later, unless somebody notices.
    pub spreads: bool,
}

/// A change of the first service, or its maintenance.
#[derive(Clone, Debug)]
pub struct WorkSketch {
    /// One at a time, two, a zone, or all.
    pub batch: usize,
    pub gated: bool,
    /// Some replicas break.
    pub slips: bool,
    pub way: WaySketch,
}

#[derive(Clone, Copy, Debug)]
pub enum WaySketch {
    /// Renews the first mode, and counts or not.
    Maintenance {
        counted: bool,
    },
    /// Some releases are bad, and show it at once or later.
    Rolling {
        later: bool,
    },
    Canary,
    BlueGreen,
}

#[derive(Clone, Debug)]
pub struct PowerSketch {
    /// Each zone has a feed of its own, and not all zones one.
    pub per_zone: bool,
    /// The first zone has another feed besides.
    pub second: bool,
    pub buffer: bool,
    pub backup: bool,
    /// What it feeds takes its time to be back.
    pub returns: bool,
}

#[derive(Clone, Debug)]
pub enum StormSketch {
    Everywhere,
    FirstZone,
    Replicas(Vec<u32>),
}

#[derive(Clone, Debug)]
pub struct CrewSketch {
    pub size: u32,
    pub shared: bool,
    pub per_zone: bool,
}

#[derive(Clone, Debug)]
pub struct ServiceSketch {
    pub kind: usize,
    /// Each replica has a component of the other kind, too.
    pub stacked: bool,
    pub replicas: u32,
    pub need: usize,
    pub spread: bool,
    pub depends: bool,
    /// It can do without what it depends on: not at all, for a while, or for ever.
    pub without: usize,
    pub failover: bool,
    /// It is in two parts, where there is no network: shards, or cells.
    pub divided: Option<bool>,
}

/// Shapes of laws: exponential mostly, for fewer states.
fn shape() -> impl Strategy<Value = usize> + Clone {
    prop_oneof![4 => Just(0), 1 => Just(1), 1 => Just(2)]
}

fn sites() -> impl Strategy<Value = SitesSketch> {
    let fails = proptest::option::of(shape());
    (0..=3usize, any::<bool>(), fails, any::<bool>(), proptest::bool::weighted(0.3)).prop_map(
        |(zones, nested, zone_life, region_fails, odd_zone)| SitesSketch {
            zones,
            nested,
            zone_life,
            region_fails,
            odd_zone,
        },
    )
}

fn kind() -> impl Strategy<Value = KindSketch> {
    let common = proptest::bool::weighted(0.2);
    let mode = (shape(), shape(), any::<bool>(), common, proptest::bool::weighted(0.15)).prop_map(
        |(life, repair, crewed, common, cascades)| ModeSketch { life, repair, crewed, common, cascades },
    );
    let modes = prop_oneof![3 => 1..=1usize, 1 => 2..=2usize]
        .prop_flat_map(move |count| proptest::collection::vec(mode.clone(), count));
    (0..3usize, modes).prop_map(|(outage, modes)| KindSketch { outage, modes })
}

fn service() -> impl Strategy<Value = ServiceSketch> {
    let flags = (proptest::bool::weighted(0.2), any::<bool>(), any::<bool>(), proptest::bool::weighted(0.4));
    let divided = proptest::option::weighted(0.1, any::<bool>());
    (0..2usize, 1..=3u32, 0..3usize, 0..3usize, flags, divided).prop_map(
        |(kind, replicas, need, without, (stacked, spread, depends, failover), divided)| ServiceSketch {
            kind,
            stacked,
            // Two parts have as many states as twice as many replicas.
            replicas: if divided.is_some() { replicas.min(2) } else { replicas },
            need,
            spread,
            depends,
            without,
            failover,
            divided,
        },
    )
}

fn shock() -> impl Strategy<Value = ShockSketch> {
    let rare = proptest::bool::weighted(0.3);
    (0..2usize, any::<bool>(), any::<bool>(), any::<bool>(), rare, rare).prop_map(
        |(kind, some, within_zone, first_service, burst, spreads)| ShockSketch {
            kind,
            some,
            within_zone,
            first_service,
            burst,
            spreads,
        },
    )
}

fn power() -> impl Strategy<Value = PowerSketch> {
    (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>()).prop_map(
        |(per_zone, second, buffer, backup, returns)| PowerSketch {
            per_zone,
            second,
            buffer,
            backup,
            returns,
        },
    )
}

fn storm() -> impl Strategy<Value = StormSketch> {
    prop_oneof![
        Just(StormSketch::Everywhere),
        Just(StormSketch::FirstZone),
        proptest::collection::vec(1..=3u32, 1..=2).prop_map(StormSketch::Replicas),
    ]
}

fn work() -> impl Strategy<Value = WorkSketch> {
    let way = prop_oneof![
        any::<bool>().prop_map(|counted| WaySketch::Maintenance { counted }),
        any::<bool>().prop_map(|later| WaySketch::Rolling { later }),
        Just(WaySketch::Canary),
        Just(WaySketch::BlueGreen),
    ];
    (0..4usize, any::<bool>(), proptest::bool::weighted(0.3), way)
        .prop_map(|(batch, gated, slips, way)| WorkSketch { batch, gated, slips, way })
}

/// Any small system.
pub fn sketch() -> impl Strategy<Value = Sketch> {
    let crew = (1..=2u32, any::<bool>(), any::<bool>()).prop_map(|(size, shared, per_zone)| CrewSketch {
        size,
        shared,
        per_zone,
    });
    (
        sites(),
        proptest::collection::vec(kind(), 2),
        crew,
        proptest::collection::vec(service(), 1..=2),
        proptest::option::weighted(0.3, proptest::collection::vec(1..=3u32, 1..=2)),
        proptest::option::weighted(0.3, shock()),
        proptest::option::weighted(0.3, power()),
        (proptest::option::weighted(0.2, storm()), proptest::bool::weighted(0.2)),
        (proptest::option::weighted(0.2, work()), any::<bool>(), proptest::option::weighted(0.4, network())),
    )
        .prop_map(
            |(
                sites,
                kinds,
                crew,
                services,
                domain,
                shock,
                power,
                (storm, load),
                (work, members, network),
            )| {
                Sketch {
                    sites,
                    kinds,
                    crew,
                    services,
                    domain,
                    shock,
                    power,
                    storm,
                    load,
                    work,
                    members,
                    network,
                }
            },
        )
}

fn network() -> impl Strategy<Value = NetworkSketch> {
    (proptest::bool::weighted(0.3), 0..4usize, 0..3usize).prop_map(|(one_way, sides, client)| NetworkSketch {
        one_way,
        sides,
        client,
    })
}

impl Sketch {
    /// The system, all times multiplied by `scale`.
    pub fn scaled(&self, scale: f64) -> System {
        let mut system = self.with_sites(scale);
        let mut crew = Crew::new(self.crew.size);
        if self.crew.shared {
            crew = crew.shared();
        }
        if self.crew.per_zone && self.sites.zones > 0 {
            crew = crew.per("zone");
        }
        system = system.crew("crew", crew);
        for (index, kind) in self.kinds.iter().enumerate() {
            let mut component = kind.component(index, scale);
            if self.load {
                component = loaded(component);
            }
            system = system.component(&format!("kind-{index}"), component);
        }
        let mut names: Vec<String> = Vec::new();
        for (index, sketch) in self.services.iter().enumerate() {
            let mut service = sketch.service(scale, self.sites.zones > 0);
            if self.load {
                service = service.load(Load::new(Demand::Share(ratio(0.45))));
            }
            if sketch.depends && index > 0 {
                service = depending(service, &names[index - 1], sketch.without, scale);
            }
            names.push(format!("service-{index}"));
            system = system.service(&names[index], service);
        }
        system = self.with_correlation(system, scale);
        system = self.with_power(system, scale);
        if let Some(work) = &self.work {
            system = work.added(system, scale);
        }
        if self.members {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            system = system.service("together", Service::members(&names));
        }
        self.with_network(system, scale)
    }

    /// Links between zones, where there are several, and clients at one.
    fn with_network(&self, system: System, scale: f64) -> System {
        let is_whole = self.services.iter().all(|service| service.divided.is_none());
        let (Some(sketch), true) = (&self.network, self.sites.zones > 1 && is_whole) else { return system };
        let mut system = system;
        let way = if sketch.one_way { Way::Forth } else { Way::Both };
        let cut = Mode::new(law(0, 40.0, scale), law(0, 3.0, scale)).on_link(LinkEffect::Cuts(way));
        system = system.component("link", Component::new().with_mode("cut", cut));
        let around = if self.sites.nested { "region/" } else { "" };
        let zones: Vec<String> =
            ["a", "b", "c"].iter().take(self.sites.zones).map(|zone| format!("{around}{zone}")).collect();
        let link = |network: Network, ends: &[String]| {
            let link = Link::between(&ends[0], &ends[1]).component("link");
            network.link(&ends.concat().replace('/', "-"), link)
        };
        let last = format!("service-{}", self.services.len() - 1);
        let client = Client::new(&zones[sketch.client % zones.len()], &last);
        system = system.network(zones.windows(2).fold(Network::default(), link)).client("some", client);
        let sides = [None, Some(Sides::One), Some(Sides::Each), Some(Sides::Stale)][sketch.sides];
        if let Some(first) = system.services.get_mut("service-0")
            && !(first.failover.is_some() && sides == Some(Sides::Each))
        {
            first.sides = sides;
        }
        system
    }

    /// What can be done without for a while can be done without for ever.
    pub fn without_grace(&mut self) {
        let limited = self.services.iter_mut().filter(|service| service.without == 1);
        limited.for_each(|service| service.without = 2);
    }

    pub fn system(&self) -> System {
        self.scaled(1.0)
    }

    /// A domain and a shock, where they reach something.
    fn with_correlation(&self, system: System, scale: f64) -> System {
        let mut system = system;
        if let Some(replicas) = &self.domain {
            let domain = Domain::new(Scope::all().replicas(replicas));
            let domain = domain.mode("outage", law(0, 80.0, scale), law(0, 2.5, scale));
            let with = system.clone().domain("feed", domain);
            system = if with.check().is_empty() { with } else { system };
        }
        if let Some(sketch) = &self.shock {
            let kind = format!("kind-{}", sketch.kind);
            let mut scope = Scope::all().components(&[&kind]);
            if sketch.first_service {
                scope = scope.services(&["service-0"]);
            }
            let mut shock = Shock::new(law(0, 60.0, scale), "mode-0", scope);
            if sketch.burst {
                let share = |share| Probability::new(share).expect("a probability");
                shock = shock.size(BurstSize::Table(vec![(1, share(0.7)), (2, share(0.3))]));
                shock = if sketch.some { shock.affinity("zone", share(0.6)) } else { shock };
            } else if sketch.some {
                shock = shock.each(Probability::new(0.4).expect("a probability"));
            }
            if sketch.within_zone {
                shock = shock.within("zone");
            }
            if sketch.spreads {
                let other = format!("kind-{}", 1 - sketch.kind);
                let hit = Hit::new(Scope::all().components(&[&other])).after(law(0, 2.0, scale));
                shock = shock.also(hit).noticed(law(0, 3.0, scale));
            }
            let with = system.clone().shock("surge", shock);
            system = if with.check().is_empty() { with } else { system };
        }
        if let Some(sketch) = &self.storm {
            let scope = match sketch {
                StormSketch::Everywhere => Scope::all(),
                StormSketch::FirstZone if self.sites.nested => Scope::all().sites(&["region/a"]),
                StormSketch::FirstZone => Scope::all().sites(&["a"]),
                StormSketch::Replicas(numbers) => Scope::all().replicas(numbers),
            };
            let mut storm =
                Environment::new(law(0, 50.0, scale), law(0, 5.0, scale), scope).failure_factor(4.0);
            if self.load {
                storm = storm.load_factor(1.5);
            }
            let with = system.clone().environment("storm", storm);
            system = if with.check().is_empty() { with } else { system };
        }
        system
    }

    /// Feeds of the zones, where there are any.
    fn with_power(&self, system: System, scale: f64) -> System {
        let Some(sketch) = self.power.as_ref().filter(|_| self.sites.zones > 0) else { return system };
        let zones: Vec<String> = system.sites.keys().cloned().collect();
        let zones: Vec<&str> = zones.iter().map(String::as_str).collect();
        let feed = |supply: Supply| {
            let mut supply = supply.mode("utility", law(0, 70.0, scale), law(0, 4.0, scale));
            if sketch.buffer {
                supply = supply.ride_through(law(0, 1.0, scale)).recharges(law(0, 6.0, scale));
            }
            if sketch.backup {
                let starts = Probability::new(0.7).expect("a probability");
                let backup = Backup::new(law(0, 0.5, scale)).starts(starts);
                supply = supply.backup(backup.fails(law(0, 9.0, scale), law(0, 5.0, scale)));
            }
            if sketch.returns { supply.returns(law(0, 1.5, scale)) } else { supply }
        };
        let first = if sketch.per_zone { Supply::per("zone") } else { Supply::new(&zones) };
        let system = system.power("grid", feed(first));
        if !sketch.second {
            return system;
        }
        system
            .power("spare", Supply::new(&zones[..1]).mode("utility", law(0, 60.0, scale), law(0, 3.0, scale)))
    }

    fn with_sites(&self, scale: f64) -> System {
        let levels: &[&str] = if self.sites.nested { &["region", "zone"] } else { &["zone"] };
        let around = if self.sites.nested { "region/" } else { "" };
        let mut system = System::new().levels(levels);
        for zone in ["a", "b", "c"].iter().take(self.sites.zones) {
            system = system.site(&format!("{around}{zone}"));
        }
        if self.sites.zones == 0 {
            return system;
        }
        if let Some(shape) = self.sites.zone_life {
            let mode = Mode::new(law(shape, 90.0, scale), law(0, 3.0, scale));
            system = system.level_mode("zone", "outage", mode);
        }
        if self.sites.region_fails && self.sites.nested {
            let mode = Mode::new(law(0, 200.0, scale), law(0, 2.0, scale));
            system = system.level_mode("region", "outage", mode);
        }
        if self.sites.odd_zone {
            let mode = Mode::new(law(0, 50.0, scale), law(0, 1.0, scale));
            system = system.site_mode(&format!("{around}a"), "flood", mode);
        }
        system
    }

    /// True when repairs can ask for a crew in the order of their names, or work goes by them.
    pub fn queues_by_name(&self) -> bool {
        let rushes = |kind: &KindSketch| kind.outage == 2 && kind.modes.iter().any(|mode| mode.crewed);
        let strikes = |(index, kind): (usize, &KindSketch)| {
            let shock = self.shock.as_ref().is_some_and(|shock| shock.kind == index || shock.spreads);
            kind.modes.iter().any(|mode| mode.crewed && (shock || mode.common || mode.cascades))
        };
        let crewed = self.kinds.iter().any(|kind| kind.modes.iter().any(|mode| mode.crewed));
        let works = self.work.as_ref().is_some_and(|work| work.batch == 2 || work.slips && crewed);
        works
            || !self.crew.shared
                && (self.kinds.iter().any(rushes) || self.kinds.iter().enumerate().any(strikes))
    }
}

impl WorkSketch {
    fn added(&self, system: System, scale: f64) -> System {
        let batch = match self.batch {
            0 => Batch::Count(1),
            1 => Batch::Count(2),
            2 => Batch::Site("zone".to_owned()),
            _ => Batch::All,
        };
        let share = |share| Probability::new(share).expect("a probability");
        let scope = Scope::all().services(&["service-0"]);
        let mut work = Work::new(law(0, 40.0, scale), law(0, 1.0, scale), scope).batch(batch);
        work = work.gap(law(0, 0.4, scale));
        if self.gated {
            work = work.gated();
        }
        if self.slips {
            work = work.error(OperatorError::new(share(0.3), "mode-0"));
        }
        let bad = BadRelease::new(share(0.25), law(0, 1.5, scale), law(0, 0.5, scale));
        let with = match self.way {
            WaySketch::Maintenance { counted } => {
                let maintenance = Maintenance { counted, ..Maintenance::new(work).rejuvenates(&["mode-0"]) };
                system.clone().maintenance("service", maintenance)
            }
            WaySketch::Rolling { later } => {
                let bad = if later { bad.shows_after(law(0, 1.0, scale)) } else { bad };
                system.clone().change("release", Change::rolling(work).bad(bad))
            }
            WaySketch::Canary => {
                system.clone().change("release", Change::canary(work, 1, law(0, 2.0, scale)).bad(bad))
            }
            WaySketch::BlueGreen => system.clone().change("release", Change::blue_green(work).bad(bad)),
        };
        if with.check().is_empty() { with } else { system }
    }
}

impl KindSketch {
    fn component(&self, index: usize, scale: f64) -> Component {
        let outage = match self.outage {
            0 => SiteOutage::Unreachable,
            1 => SiteOutage::Frozen,
            _ => SiteOutage::Crashes("mode-0".to_owned()),
        };
        let mut component = Component::new().site_outage(outage);
        for (number, sketch) in self.modes.iter().enumerate() {
            let life = 30.0 + 10.0 * index as f64 + 25.0 * number as f64;
            let mut mode = Mode::new(law(sketch.life, life, scale), law(sketch.repair, 4.0, scale));
            if sketch.crewed {
                mode = mode.repaired_by("crew");
            }
            if sketch.common && sketch.life == 0 {
                mode = mode.common_cause(Probability::new(0.25).expect("a probability"));
            }
            if sketch.cascades {
                mode = mode.cascade(Cascade::new(Probability::new(0.3).expect("a probability")));
            }
            component = component.with_mode(&format!("mode-{number}"), mode);
        }
        component
    }
}

impl ServiceSketch {
    fn service(&self, scale: f64, has_zones: bool) -> Service {
        let spread = if self.spread && has_zones {
            Spread::Over { level: "zone".to_owned(), over: None }
        } else {
            Spread::None
        };
        let need = [Need::Any, Need::Majority, Need::All][self.need];
        let (kind, other) = (format!("kind-{}", self.kind), format!("kind-{}", 1 - self.kind));
        let stack: &[&str] = if self.stacked { &[&kind, &other] } else { &[&kind] };
        let service = Service::stacked(stack, self.replicas).placed(spread).needs(need);
        let service = match self.divided {
            None => service,
            Some(false) => service.shards(2),
            Some(true) => service.cells(2),
        };
        if !self.failover || self.replicas < 2 {
            return service;
        }
        let succeeds = Probability::new(0.8).expect("a probability");
        let failover = Failover::new(law(0, 0.2, scale), law(0, 0.5, scale));
        service.failover(failover.succeeds(succeeds, law(0, 2.0, scale)))
    }
}
