//! What a designer writes, checked and compiled to a model.
//!
//! A [`System`] is plain data: [sites](Site) in a tree of fault domains, kinds of [component](Component) with their failure
//! modes, repair [crews](Crew), and [services](Service) with replicas, needs and dependencies. [`System::check`] finds every
//! mistake in it; [`SystemModel`] is it at work; a [`Recorder`] keeps the books.

mod alike;
#[cfg(test)]
mod audit_tests;
mod backlog;
mod blocks;
mod builder;
mod burst;
mod capacity;
mod cascade;
mod certificate;
mod check;
mod compile;
mod conditions;
mod correlation;
mod cost;
mod cover;
mod crew;
mod cutoff;
mod data;
mod data_plan;
mod demand;
mod duty;
mod effect;
mod environment;
mod event;
mod excuse;
mod failback;
mod failover;
mod feed;
mod gates;
mod hookup;
mod idle;
mod keeping;
mod label;
mod latent;
mod linked;
mod load;
mod losses;
mod model;
mod naive;
mod narrate;
mod network;
#[cfg(test)]
mod network_tests;
mod outage;
mod path;
mod place;
mod plan;
mod planned;
mod preventive;
mod queue;
mod ranked;
mod record;
mod repair;
mod replay;
mod resync;
mod same;
mod scale;
mod scaling;
mod scenario;
mod script;
#[cfg(test)]
mod script_tests;
mod served;
mod shelf;
mod sides;
mod size;
mod slip;
mod spec;
mod storm;
mod strike;
mod supply;
mod support;
mod tempo;
mod trace;
mod upkeep;
mod votes;
mod wiring;
mod without;
mod work;
mod work_plan;
mod work_state;
mod work_story;

pub use builder::LEVELS;
pub use burst::{Affinity, BurstSize, BurstSizeError};
pub use cascade::Cascade;
pub use check::Problem;
pub(crate) use check::{grouped, unknown};
pub use correlation::{Domain, Hit, Scope, Shock};
pub use cost::{Agreement, Costs, Credit, Running};
pub use data::{Data, DataBackup};
pub use environment::Environment;
pub use failback::Failback;
pub use feed::SupplyStep;
pub use load::{Demand, DemandError, HourlyLoad, Load, Stress};
pub use losses::{DataLoss, LossEnd};
pub use model::{Event, SystemModel};
pub use naive::naive_unavailability;
pub use narrate::{Happening, Narrator, What};
pub use network::{Client, Fabric, Gate, Link, LinkEffect, Network, Node, Sides};
pub use path::{KeyPath, KeyPathError, Segment};
pub use plan::CauseClass;
pub use planned::{BadRelease, Batch, Certificate, Change, Maintenance, OperatorError, Strategy, Work};
pub use preventive::Preventive;
pub use queue::Queue;
pub use record::{OutageRecord, Recorder, ServiceRecord, Window};
pub use resync::Resync;
pub use scale::ScaleStep;
pub use scaling::Scaling;
pub use scenario::{Fault, Scenario};
pub use script::Strike;
pub use served::{Rates, Served};
pub use slip::RepairError;
pub use spec::{
    Body, Component, Crew, Discipline, Failover, Mode, Modes, Need, Service, Site, SiteOutage, Spread, System,
};
pub use storm::Retries;
pub use supply::{Backup, Supply};
pub use trace::{Trace, TraceError};
pub use upkeep::{Found, Response, Spares};
pub use without::Without;
pub use work::Tick;
