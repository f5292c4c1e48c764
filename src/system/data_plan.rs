//! Data as the model sees them: which copies are worth what, and which backups there are, in what order.

use super::compile::Builder;
use super::keeping::DataPhase;
use super::place::NONE;
use super::placed::ChunkPlan;
use super::plan::{CauseClass, Plan};
use super::shards::Whole;
use super::{Body, Data};
use crate::random::Law;
use crate::units::{Duration, Instant, Probability, Span};

/// A service's data, compiled.
#[derive(Clone, Debug)]
pub(super) struct DataPlan {
    /// The service whose replicas keep them; a part of one that is divided.
    pub service: u32,
    /// Whose data people know them as, by its place among the services that keep some.
    pub kept: u32,
    /// Which part of these they are, from 0.
    pub part: u32,
    /// For each replica, its group: local groups first, behind them those that are in none.
    pub groups: Vec<u32>,
    /// How many groups have a parity of their own.
    local_groups: u32,
    /// How many fragments may be destroyed beyond what local parities make good.
    spare: u32,
    /// Where data are in chunks: which replicas have which.
    pub chunks: Option<ChunkPlan>,
    /// How far replicas are behind the one that leads.
    pub lag: Option<Law>,
    pub decision: Option<Law>,
    pub anew: Option<Law>,
    /// What lacks the least comes first.
    pub backups: Vec<BackupPlan>,
    /// The class of the first backup's restoration; behind those of the others comes that of a loss for good.
    cause: u32,
}

/// A backup, compiled.
#[derive(Clone, Debug)]
pub(super) struct BackupPlan {
    pub name: String,
    every: Span,
    pub lag: Law,
    /// The service that keeps it, or [`NONE`].
    pub kept_in: u32,
    pub keeps: u32,
    pub works: f64,
    pub restores: Law,
}

impl DataPlan {
    /// Whether so many destroyed copies of each group leave enough. With local parities it is what a maximally recoverable
    /// code can do (Gopalan et al., *Explicit maximally recoverable codes with locality*, IEEE Trans. Inf. Theory 60, 2014).
    pub fn suffices(&self, destroyed: &[u32]) -> bool {
        let (local, rest) = destroyed.split_at(self.local_groups as usize);
        let beyond = local.iter().map(|&count| count.saturating_sub(1)).sum::<u32>();
        beyond + rest.iter().sum::<u32>() <= self.spare
    }

    /// How many fragments are needed.
    pub fn needs(&self) -> u32 {
        self.groups.len() as u32 - self.spare - self.local_groups
    }

    /// Whether some fragments are worth more than others.
    pub fn has_groups(&self) -> bool {
        self.local_groups > 0
    }

    /// The longest time that a restored copy, or a replica that takes over, can lack; without an end where its law has none.
    pub fn longest_point(&self) -> Option<Duration> {
        let longest = |lag: &Law| lag.quantile(Probability::ONE);
        let mut points = vec![Duration::ZERO];
        if let Some(lag) = &self.lag {
            points.push(longest(lag)?);
        }
        for backup in &self.backups {
            let all = backup.every.as_secs_f64() * f64::from(backup.keeps);
            points.push(Duration::from_secs(longest(&backup.lag)?.secs() + all).ok()?);
        }
        points.into_iter().reduce(|one, other| if one < other { other } else { one })
    }
}

impl BackupPlan {
    /// How long before a loss the copy was taken that is so many before the newest: the recovery point. Copies are taken at
    /// whole multiples of the period and complete after this lag.
    pub fn point(&self, loss: Instant, before: u32, lag: Span) -> Span {
        let (every, lag) = (self.every.as_micros(), lag.as_micros());
        if every == 0 {
            return Span::from_micros(lag);
        }
        let since = (i128::from(loss.since_start().as_micros()) - i128::from(lag)).rem_euclid(every.into());
        Span::from_micros(lag + since as u64 + u64::from(before) * every)
    }
}

impl Builder<'_> {
    /// Notes which services keep data.
    pub fn data(&mut self) {
        let system = self.system;
        let names: Vec<&String> = system.services.keys().collect();
        let mut first_clock = 0;
        for Whole { number, name, service, part } in self.wholes() {
            let (Some(data), Body::Replicas { replicas, .. }) = (&service.data, &service.body) else {
                continue;
            };
            let plan = &mut self.plan;
            plan.services[number as usize].data = plan.data.len() as u32;
            // What is in chunks is never lost as a whole.
            let needs = data.chunks.as_ref().map_or_else(|| data.needs.of(*replicas), |_| 0);
            let chunks = data.chunks.as_ref().map(|chunks| {
                let chunks = ChunkPlan::new(name, *replicas, data, chunks, first_clock);
                first_clock += chunks.rebuilds.len() as u32;
                chunks
            });
            let backups = backups(data, &names);
            // Parts of a service have their classes in common.
            let known = plan.data.last().map(|last| last.cause).filter(|_| part > 0);
            let cause = known.unwrap_or(plan.causes.len() as u32);
            if part == 0 {
                for backup in &backups {
                    plan.causes.push(class(name, format!("restoring {}", backup.name)));
                }
                plan.causes.push(class(name, "lost for good".to_owned()));
            }
            let kept = plan.data.last().map_or(0, |last| last.kept + u32::from(part == 0));
            plan.data.push(DataPlan {
                service: number,
                kept,
                part,
                groups: groups(*replicas, needs, data.local_groups),
                local_groups: data.local_groups,
                spare: replicas - needs - data.local_groups,
                chunks,
                lag: data.lag.clone(),
                decision: data.decision.clone(),
                anew: data.anew.clone(),
                backups,
                cause,
            });
        }
    }
}

fn class(service: &str, mode: String) -> CauseClass {
    CauseClass { kind: "data", class: service.to_owned(), mode, site: String::new() }
}

/// The group of each fragment: data are divided evenly over local groups, each followed by its parity.
fn groups(fragments: u32, needs: u32, local_groups: u32) -> Vec<u32> {
    let size = needs.checked_div(local_groups).map_or(0, |share| share + 1);
    (0..fragments).map(|it| it.checked_div(size).map_or(0, |group| group.min(local_groups))).collect()
}

fn backups(data: &Data, services: &[&String]) -> Vec<BackupPlan> {
    let mut backups: Vec<BackupPlan> = data
        .backups
        .iter()
        .map(|(name, backup)| BackupPlan {
            name: name.clone(),
            every: backup.every.span(),
            lag: backup.lag.clone(),
            kept_in: backup.kept_in.as_ref().map_or(NONE, |store| {
                services.binary_search(&store).expect("a checked system names its services") as u32
            }),
            keeps: backup.keeps,
            works: backup.works.value(),
            restores: backup.restores.clone(),
        })
        .collect();
    // What has no mean comes last.
    let lacks =
        |it: &BackupPlan| it.lag.mean().map_or(f64::INFINITY, Duration::secs) + it.every.as_secs_f64() / 2.0;
    backups.sort_by(|one, other| lacks(one).total_cmp(&lacks(other)));
    backups
}

impl Plan {
    /// Whether a mode's failures destroy the copy of the data that its replica keeps.
    pub fn destroys(&self, mode: u32) -> bool {
        let care = self.upkeep.cares.get(self.modes[mode as usize].care as usize);
        care.is_some_and(|care| self.upkeep.rules[care.rule as usize].destroys)
    }
}

impl DataPlan {
    pub fn cause_of(&self, phase: DataPhase) -> u32 {
        let last = self.backups.len() as u32;
        self.cause
            + match phase {
                DataPhase::Decides(backup) | DataPhase::Waits(backup, _) | DataPhase::Restores(backup, _) => {
                    backup.min(last)
                }
                DataPhase::Kept | DataPhase::Gone | DataPhase::Anew => last,
            }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::{Component, DataBackup, Mode, Need, Service, System, SystemModel};

    #[test]
    fn a_code_with_local_groups_survives_as_many_patterns_as_published() {
        // Huang et al. 2012, section 2.2: LRC (12, 2, 2) decodes all losses of three and 86% of those of four.
        let disk = Component::new().with_mode("dies", Mode::new(Law::Never, Law::Never).destroys());
        let code = Service::replicas("disk", 16).keeps(Data::new(Need::Count(12)).local_groups(2));
        let model = SystemModel::new(&System::new().component("disk", disk).service("code", code)).unwrap();
        let plan = &model.plan.data[0];
        let share = |lost: u32| {
            let patterns = (0..1_u32 << 16).filter(|pattern| pattern.count_ones() == lost);
            let survives = |pattern: &u32| {
                let mut destroyed = [0; 3];
                let gone = (0..16).filter(|fragment| pattern >> fragment & 1 == 1);
                gone.for_each(|fragment| destroyed[plan.groups[fragment] as usize] += 1);
                plan.suffices(&destroyed)
            };
            patterns.clone().filter(survives).count() as f64 / patterns.count() as f64
        };
        assert_eq!((share(3), share(5)), (1.0, 0.0));
        assert!((share(4) - 1568.0 / 1820.0).abs() < 1e-12, "{}", share(4));
    }

    #[test]
    fn a_recovery_point_is_the_age_of_a_copy_that_was_complete() {
        let hours = Duration::hours;
        let backup = DataBackup::new(Law::Never).every(hours(24.0)).keeps(3);
        let data = Data::new(Need::Any).backup("nightly", backup);
        let nightly = &backups(&data, &[])[0];
        let point = |at: f64, before| {
            nightly.point(Instant::START + hours(at).span(), before, hours(2.0).span()).as_secs_f64() / 3600.0
        };
        // That of midnight is complete at two: until then there is the one of the day before.
        assert_eq!((point(24.0 + 1.5, 0), point(24.0 + 2.0, 0)), (25.5, 2.0));
        assert_eq!((point(1.0, 0), point(30.0, 1)), (25.0, 30.0));
        let data = Data::new(Need::Any).backup("replica", DataBackup::new(Law::Never));
        assert_eq!(backups(&data, &[])[0].point(Instant::START, 0, hours(2.0).span()), hours(2.0).span());
    }
}
