//! The Rust spelling of a system: chained calls on the same types that a file fills.

use std::collections::BTreeMap;

use super::{
    Body, Component, Costs, Crew, Discipline, Failover, LinkEffect, Mode, Need, Network, Scenario, Service,
    SiteOutage, Spread, System,
};
use crate::random::Law;
use crate::units::Probability;

/// What site depths are called unless somebody says otherwise.
pub const LEVELS: [&str; 4] = ["region", "zone", "rack", "host"];

impl Default for System {
    fn default() -> System {
        System::new()
    }
}

impl System {
    /// A system of nothing, whose site depths are region, zone, rack and host.
    pub fn new() -> System {
        System {
            levels: LEVELS.map(str::to_owned).to_vec(),
            level_modes: BTreeMap::new(),
            sites: BTreeMap::new(),
            components: BTreeMap::new(),
            crews: BTreeMap::new(),
            spares: BTreeMap::new(),
            domains: BTreeMap::new(),
            shocks: BTreeMap::new(),
            power: BTreeMap::new(),
            cooling: BTreeMap::new(),
            environments: BTreeMap::new(),
            changes: BTreeMap::new(),
            maintenance: BTreeMap::new(),
            certificates: BTreeMap::new(),
            traces: BTreeMap::new(),
            services: BTreeMap::new(),
            network: Network::default(),
            clients: BTreeMap::new(),
            scenario: Scenario::new(),
            costs: Costs::default(),
        }
    }

    /// Names the depths of the site tree, outermost first.
    #[must_use]
    pub fn levels(mut self, levels: &[&str]) -> System {
        self.levels = levels.iter().map(|level| (*level).to_owned()).collect();
        self
    }

    /// Gives every site of a level a failure mode.
    #[must_use]
    pub fn level_mode(mut self, level: &str, name: &str, mode: Mode) -> System {
        self.level_modes.entry(level.to_owned()).or_default().insert(name.to_owned(), mode);
        self
    }

    /// Adds a site, by its path from the outermost in.
    #[must_use]
    pub fn site(mut self, path: &str) -> System {
        self.sites.entry(path.to_owned()).or_default();
        self
    }

    /// Gives one site a failure mode, adding the site where it is new.
    #[must_use]
    pub fn site_mode(mut self, path: &str, name: &str, mode: Mode) -> System {
        self.sites.entry(path.to_owned()).or_default().modes.insert(name.to_owned(), mode);
        self
    }

    /// Adds a kind of component.
    #[must_use]
    pub fn component(mut self, name: &str, component: Component) -> System {
        self.components.insert(name.to_owned(), component);
        self
    }

    /// Adds a crew.
    #[must_use]
    pub fn crew(mut self, name: &str, crew: Crew) -> System {
        self.crews.insert(name.to_owned(), crew);
        self
    }

    /// Adds a service.
    #[must_use]
    pub fn service(mut self, name: &str, service: Service) -> System {
        self.services.insert(name.to_owned(), service);
        self
    }
}

impl Mode {
    /// A mode that is repaired by nobody in particular, without a source.
    pub fn new(fails: Law, restored: Law) -> Mode {
        Mode {
            fails,
            restored,
            repaired_by: None,
            common_cause: None,
            cascade: None,
            on_link: LinkEffect::CUT,
            slow: None,
            stress: None,
            found: None,
            replaced_from: None,
            repair_needs: None,
            without: None,
            after_failover: false,
            error: None,
            preventive: None,
            priority: None,
            dormancy: None,
            destroys: false,
            source: None,
        }
    }

    /// Says what it does to a link of the network.
    #[must_use]
    pub fn on_link(mut self, effect: LinkEffect) -> Mode {
        self.on_link = effect;
        self
    }

    /// Leaves the repair to a crew.
    #[must_use]
    pub fn repaired_by(mut self, crew: &str) -> Mode {
        self.repaired_by = Some(crew.to_owned());
        self
    }

    /// Says who measured the numbers.
    #[must_use]
    pub fn source(mut self, source: &str) -> Mode {
        self.source = Some(source.to_owned());
        self
    }
}

impl Component {
    /// A component that never fails.
    pub fn new() -> Component {
        Component::default()
    }

    /// Adds a way to fail.
    #[must_use]
    pub fn mode(self, name: &str, fails: Law, restored: Law) -> Component {
        self.with_mode(name, Mode::new(fails, restored))
    }

    /// Adds a way to fail, with all its details.
    #[must_use]
    pub fn with_mode(mut self, name: &str, mode: Mode) -> Component {
        self.modes.insert(name.to_owned(), mode);
        self
    }

    /// Says what a site's outage does to it.
    #[must_use]
    pub fn site_outage(mut self, site_outage: SiteOutage) -> Component {
        self.site_outage = site_outage;
        self
    }
}

impl Crew {
    /// This many people, first failed, first repaired, for all sites.
    pub fn new(size: u32) -> Crew {
        Crew {
            size,
            discipline: Discipline::Fifo,
            per: None,
            responds: Vec::new(),
            hours: None,
            works_while: None,
            source: None,
        }
    }

    /// Divides the crew's effort equally over all that is failed.
    #[must_use]
    pub fn shared(mut self) -> Crew {
        self.discipline = Discipline::Shared;
        self
    }

    /// Puts a crew like this in each site of a level.
    #[must_use]
    pub fn per(mut self, level: &str) -> Crew {
        self.per = Some(level.to_owned());
        self
    }
}

impl Need {
    /// How many of `count` this asks for; more than there are is possible and never met.
    pub fn of(self, count: u32) -> u32 {
        match self {
            Need::Any => 1,
            Need::All => count,
            Need::Majority => count / 2 + 1,
            Need::Count(need) => need,
            // A hair is taken off first: 60% of 5 is 3, also where binary fractions make it 3.0000000000000004.
            Need::Share(share) => (share.value() * f64::from(count) - 1e-9).ceil().max(1.0) as u32,
        }
    }
}

impl Service {
    /// A service of this many replicas, each on a component of its own, all in one place, any of which is enough.
    pub fn replicas(runs_on: &str, replicas: u32) -> Service {
        Service::stacked(&[runs_on], replicas)
    }

    /// A service whose replicas each consist of several components.
    pub fn stacked(runs_on: &[&str], replicas: u32) -> Service {
        let runs_on = runs_on.iter().map(|name| (*name).to_owned()).collect();
        let body = Body::Replicas { runs_on, replicas, spread: Spread::None, within: Vec::new() };
        Service::of(body)
    }

    /// A service made of other services.
    pub fn members(members: &[&str]) -> Service {
        let body = Body::Members(members.iter().map(|name| (*name).to_owned()).collect());
        Service::of(body)
    }

    fn of(body: Body) -> Service {
        Service {
            body,
            needs: Need::Any,
            divided: None,
            depends_on: Vec::new(),
            without: BTreeMap::new(),
            failover: None,
            resync: None,
            load: None,
            scaling: None,
            checkpoint: None,
            sides: None,
            replicates: None,
            data: None,
        }
    }

    /// Spreads the replicas evenly over the sites of a level.
    #[must_use]
    pub fn spread(self, level: &str) -> Service {
        self.placed(Spread::Over { level: level.to_owned(), over: None })
    }

    /// Places the replicas.
    #[must_use]
    pub fn placed(mut self, placed: Spread) -> Service {
        if let Body::Replicas { spread, .. } = &mut self.body {
            *spread = placed;
        }
        self
    }

    /// Allows only this site and those inside it, besides others so allowed.
    #[must_use]
    pub fn within(mut self, site: &str) -> Service {
        if let Body::Replicas { within, .. } = &mut self.body {
            within.push(site.to_owned());
        }
        self
    }

    /// Says how much must work.
    #[must_use]
    pub fn needs(mut self, needs: Need) -> Service {
        self.needs = needs;
        self
    }

    /// Adds a service without which this one is down.
    #[must_use]
    pub fn depends_on(mut self, service: &str) -> Service {
        self.depends_on.push(service.to_owned());
        self
    }

    /// Makes one replica lead, and says how another takes over.
    #[must_use]
    pub fn failover(mut self, failover: Failover) -> Service {
        self.failover = Some(failover);
        self
    }
}

impl Failover {
    /// A failover that always works.
    pub fn new(detect: Law, switch: Law) -> Failover {
        Failover {
            detect,
            switch,
            covers: Probability::ONE,
            succeeds: Probability::ONE,
            manual: None,
            false_alarms: None,
            checks: false,
            restart: None,
            failback: None,
            source: None,
        }
    }

    /// The chance that the failover takes on what was detected, and how long a switch by hand takes where it does not.
    #[must_use]
    pub fn covers(mut self, covers: Probability, manual: Law) -> Failover {
        self.covers = covers;
        self.manual = Some(manual);
        self
    }

    /// How long it takes until a leader that works is taken for one that has failed.
    #[must_use]
    pub fn false_alarms(mut self, law: Law) -> Failover {
        self.false_alarms = Some(law);
        self
    }

    /// Has all replicas looked at while it is under way.
    #[must_use]
    pub fn checks(mut self) -> Failover {
        self.checks = true;
        self
    }

    /// How long it takes until one serves when enough replicas are up again after too few were.
    #[must_use]
    pub fn restart(mut self, law: Law) -> Failover {
        self.restart = Some(law);
        self
    }

    /// A switch that works with this probability, and how long a switch by hand takes where it does not.
    #[must_use]
    pub fn succeeds(mut self, succeeds: Probability, manual: Law) -> Failover {
        self.succeeds = succeeds;
        self.manual = Some(manual);
        self
    }
}
