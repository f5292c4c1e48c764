//! What a design costs: the bill that comes whatever happens, and what outages cost on top.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Body, Client, Component, Service, Site, Spares, System, SystemModel};
use crate::units::{Bandwidth, CostRate, Currency, Money, Probability, Tariff};

/// What is not the price of a single component or site.
///
/// All amounts of a system are in one currency.
///
/// ```
/// use fivenines::system::{Agreement, Component, Costs, Service, System, SystemModel};
///
/// let mut costs = Costs::default();
/// costs.operations = Some("8000 USD/mo".parse().unwrap());
/// costs.lost.insert("web".into(), "500 USD/h".parse().unwrap());
/// costs.agreements.insert("web".into(), Agreement::new("20000 USD/mo".parse().unwrap()));
/// let system = System::new()
///     .component("server", Component::new().cost("0.25 USD/h".parse().unwrap()))
///     .service("web", Service::replicas("server", 3))
///     .costs(costs);
/// let running = SystemModel::new(&system).unwrap().running_costs(&system).unwrap();
/// assert_eq!(running.infrastructure, "0.75 USD/h".parse().unwrap());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Costs {
    /// People and tools, whatever happens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operations: Option<CostRate>,
    /// What data cost on their way from one site of a level to another, by level.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub transfer: BTreeMap<String, Tariff>,
    /// What is lost for as long as a service is down, by service; clients are `client NAME`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub lost: BTreeMap<String, CostRate>,
    /// Credits that customers get for bad months, by service.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub agreements: BTreeMap<String, Agreement>,
}

/// A service-level agreement: what customers pay, and what they get back after a bad month.
///
/// ```
/// use fivenines::system::Agreement;
///
/// let agreement = Agreement::new("1000 USD/mo".parse().unwrap())
///     .credit("99.9%".parse().unwrap(), "10%".parse().unwrap())
///     .credit("99%".parse().unwrap(), "30%".parse().unwrap());
/// assert_eq!(agreement.credited(0.9995), 0.0);
/// assert_eq!(agreement.credited(0.995), 0.1);
/// assert_eq!(agreement.credited(0.9), 0.3);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Agreement {
    /// What customers pay.
    pub bill: CostRate,
    /// Of the credits whose threshold a month stays below, the largest is due.
    pub credits: Vec<Credit>,
}

/// A credit for months of too little availability.
///
/// ```
/// use fivenines::system::Credit;
///
/// let credit = Credit { below: "99.9%".parse().unwrap(), share: "10%".parse().unwrap() };
/// assert!(credit.share.value() < 0.2);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Credit {
    /// Due for months whose availability is less than this.
    pub below: Probability,
    /// Share of the month's bill.
    pub share: Probability,
}

/// What a design costs for as long as it runs, outages or not.
///
/// ```
/// use fivenines::system::{Service, Component, System, SystemModel};
///
/// let system = System::new().component("server", Component::new()).service("web", Service::replicas("server", 2));
/// assert!(SystemModel::new(&system).unwrap().running_costs(&system).is_none(), "nothing has a price");
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Running {
    /// Components, sites and spares.
    pub infrastructure: CostRate,
    /// What replicas send each other.
    pub traffic: CostRate,
    /// People and tools.
    pub operations: CostRate,
}

impl Agreement {
    /// Without credits.
    pub fn new(bill: CostRate) -> Agreement {
        Agreement { bill, credits: Vec::new() }
    }

    /// Adds a credit: below an availability, a share of the month's bill.
    #[must_use]
    pub fn credit(mut self, below: Probability, share: Probability) -> Agreement {
        self.credits.push(Credit { below, share });
        self
    }

    /// The share of its bill that is due for a month of this availability.
    pub fn credited(&self, availability: f64) -> f64 {
        let due = self.credits.iter().filter(|credit| availability < credit.below.value());
        due.map(|credit| credit.share.value()).fold(0.0, f64::max)
    }
}

impl Costs {
    /// Whether nothing has a cost.
    pub fn is_empty(&self) -> bool {
        *self == Costs::default()
    }
}

impl Component {
    /// What each of them costs.
    #[must_use]
    pub fn cost(mut self, cost: CostRate) -> Component {
        self.cost = Some(cost);
        self
    }
}

impl Site {
    /// What it costs to be there.
    #[must_use]
    pub fn cost(mut self, cost: CostRate) -> Site {
        self.cost = Some(cost);
        self
    }
}

impl Spares {
    /// What it costs to keep a part on the shelf.
    #[must_use]
    pub fn cost(mut self, cost: CostRate) -> Spares {
        self.cost = Some(cost);
        self
    }
}

impl Service {
    /// What its first replica sends to each of the others, for as long as it runs.
    #[must_use]
    pub fn replicates(mut self, flow: Bandwidth) -> Service {
        self.replicates = Some(flow);
        self
    }
}

impl System {
    /// Says what things cost that are not components or sites.
    #[must_use]
    pub fn costs(mut self, costs: Costs) -> System {
        self.costs = costs;
        self
    }

    /// Every currency that something has its price in, with where it stands.
    pub(super) fn prices(&self) -> Vec<(super::KeyPath, Currency)> {
        let root = super::KeyPath::root();
        let rate = |path: super::KeyPath, cost: Option<CostRate>| {
            cost.map(|cost| (path.key("cost"), cost.hourly().currency()))
        };
        let components = self.components.iter();
        let components = components.filter_map(|(name, it)| rate(root.key("component").key(name), it.cost));
        let sites = self.sites.iter().filter_map(|(name, it)| rate(root.key("site").key(name), it.cost));
        let spares = self.spares.iter().filter_map(|(name, it)| rate(root.key("spares").key(name), it.cost));
        let costs = root.key("cost");
        let operations = self.costs.operations.map(|it| (costs.key("operations"), it.hourly().currency()));
        let transfer = self.costs.transfer.iter();
        let transfer =
            transfer.map(|(name, it)| (costs.key("transfer").key(name), it.per_gigabyte().currency()));
        let lost = self.costs.lost.iter();
        let lost = lost.map(|(name, it)| (costs.key("lost").key(name), it.hourly().currency()));
        let agreements = self.costs.agreements.iter();
        let agreements = agreements
            .map(|(name, it)| (costs.key("agreement").key(name).key("bill"), it.bill.hourly().currency()));
        let all = components.chain(sites).chain(spares).chain(operations);
        all.chain(transfer).chain(lost).chain(agreements).collect()
    }

    /// What each replica of a service costs; nothing where it has none, or they are free.
    pub fn replica_cost(&self, service: &str) -> Option<CostRate> {
        let Body::Replicas { runs_on, .. } = &self.services.get(service)?.body else { return None };
        let costs = runs_on.iter().filter_map(|kind| self.components.get(kind)?.cost);
        let currency = costs.clone().next()?.hourly().currency();
        let hourly: f64 = costs.map(|cost| cost.hourly().amount()).sum();
        Some(CostRate::per_hour(Money::new(hourly, currency).ok()?))
    }

    /// Everything that can be down and cost money by it: services, and clients as `client NAME`.
    pub(super) fn earners(&self) -> Vec<String> {
        let clients = self.clients.keys().map(|name| Client::service(name));
        self.services.keys().cloned().chain(clients).collect()
    }
}

impl SystemModel {
    /// What the system that this was made of costs while it runs; `None` where nothing has a price.
    pub fn running_costs(&self, system: &System) -> Option<Running> {
        let currency = system.prices().first()?.1;
        let hourly = |amount: f64| {
            let money = Money::new(amount.min(f64::MAX), currency).expect("a sum of prices is not negative");
            CostRate::per_hour(money)
        };
        Some(Running {
            infrastructure: hourly(self.infrastructure(system)),
            traffic: hourly(self.traffic(system)),
            operations: system.costs.operations.unwrap_or(hourly(0.0)),
        })
    }

    /// What components, sites and spares cost an hour.
    fn infrastructure(&self, system: &System) -> f64 {
        let amount = |cost: Option<CostRate>| cost.map_or(0.0, |cost| cost.hourly().amount());
        let kinds: Vec<f64> = self
            .plan
            .kinds
            .iter()
            .map(|kind| system.components.get(&kind.name).map_or(0.0, |component| amount(component.cost)))
            .collect();
        let components = self.plan.components.iter().map(|component| kinds[component.kind as usize]);
        let sites = system.sites.values().map(|site| amount(site.cost));
        let spares = system.spares.values().map(|spares| {
            let shelves = spares.per.as_ref().map_or(1, |level| self.plan.tree.count_at(system, level));
            amount(spares.cost) * f64::from(spares.stock) * shelves as f64
        });
        components.chain(sites).chain(spares).fold(0.0, |sum, cost| sum + cost)
    }

    /// What replicas send each other costs an hour: each way by the outermost level at which its two ends differ.
    fn traffic(&self, system: &System) -> f64 {
        let mut sum = 0.0;
        for (number, service) in (0..).zip(&self.plan.services) {
            if service.count <= 1 || service.stack == 0 {
                continue;
            }
            let flow = system.services.get(self.plan.known_as(number)).and_then(|service| service.replicates);
            let Some(flow) = flow else { continue };
            let site = |replica: u32| {
                let component = service.components_of(service.first_replica + replica).start;
                self.plan.components[component as usize].site
            };
            for replica in 1..service.count {
                let level = self.plan.tree.parted_at(site(0), site(replica));
                let tariff = level.and_then(|depth| system.levels.get(depth));
                let tariff = tariff.and_then(|level| system.costs.transfer.get(level));
                sum += tariff.map_or(0.0, |tariff| tariff.for_flow(flow.bytes_per_sec()).hourly().amount());
            }
        }
        sum
    }
}
