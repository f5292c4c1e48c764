//! One who makes up faults, to break a protocol: for finding mistakes, never for numbers.

use super::{Dice, DiskFault, Fault, Id, Planned};
use crate::random::Law;
use crate::units::{Duration, Probability};

/// When faults of one kind come, and how long each lasts.
///
/// ```
/// use fivenines::process::Spells;
///
/// let spells = Spells::new("exponential(mean 20s)".parse().unwrap(), "uniform(1s, 10s)".parse().unwrap());
/// # let _ = spells;
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Spells {
    every: Law,
    lasts: Law,
}

impl Spells {
    /// Faults with a time of the first law between their beginnings; the second says how long each lasts.
    pub fn new(every: Law, lasts: Law) -> Spells {
        Spells { every, lasts }
    }
}

/// A kind of fault that a nemesis knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Crashes,
    Pauses,
    Partitions,
    Flapping,
    OneWay,
    Noise,
    Drifts,
    Jumps,
    Disks,
    Erased,
    Corrupted,
}

/// One who makes up faults: for each kind, when they come and how long they last.
///
/// Nothing keeps faults from coming together, or from hitting most processes at once. After the time given to [`Nemesis::new`] no new ones
/// come, and those that last end by then: what must hold "once all is well again" needs a time in which it is.
///
/// ```
/// use fivenines::process::{Nemesis, Spells};
/// use fivenines::units::Duration;
///
/// let spells = Spells::new("exponential(mean 20s)".parse().unwrap(), "uniform(1s, 10s)".parse().unwrap());
/// let nemesis = Nemesis::new(Duration::minutes(2.0))
///     .crashes(spells.clone())
///     .partitions(spells.clone())
///     .pauses(spells)
///     .swarm();
/// # let _ = nemesis;
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Nemesis {
    until: Duration,
    kinds: Vec<(Kind, Spells)>,
    swarm: bool,
    drift_ppm: f64,
    jump_ms: i64,
    noise: Probability,
    flaps: Option<(Law, Law)>,
}

impl Nemesis {
    /// One who knows no faults yet, and makes up none from this time of the trial on.
    pub fn new(until: Duration) -> Nemesis {
        Nemesis {
            until,
            kinds: Vec::new(),
            swarm: false,
            drift_ppm: 0.0,
            jump_ms: 0,
            noise: Probability::ZERO,
            flaps: None,
        }
    }

    fn knows(mut self, kind: Kind, spells: Spells) -> Nemesis {
        self.kinds.push((kind, spells));
        self
    }

    /// Hosts crash.
    #[must_use]
    pub fn crashes(self, spells: Spells) -> Nemesis {
        self.knows(Kind::Crashes, spells)
    }

    /// Processes stand still.
    #[must_use]
    pub fn pauses(self, spells: Spells) -> Nemesis {
        self.knows(Kind::Pauses, spells)
    }

    /// The processes are parted in two, at random.
    #[must_use]
    pub fn partitions(self, spells: Spells) -> Nemesis {
        self.knows(Kind::Partitions, spells)
    }

    /// The processes are parted in two, at random, and that comes and goes while a spell lasts: for times of the first law they are
    /// cut off from each other, and in between for times of the second not.
    ///
    /// ```
    /// use fivenines::process::{Nemesis, Spells};
    /// use fivenines::units::Duration;
    ///
    /// let spells = Spells::new("exponential(mean 1min)".parse().unwrap(), "uniform(5s, 20s)".parse().unwrap());
    /// let on = "uniform(50ms, 1s)".parse().unwrap();
    /// let nemesis = Nemesis::new(Duration::minutes(5.0)).flapping(spells, on, "uniform(50ms, 1s)".parse().unwrap());
    /// # let _ = nemesis;
    /// ```
    #[must_use]
    pub fn flapping(mut self, spells: Spells, on: Law, off: Law) -> Nemesis {
        self.flaps = Some((on, off));
        self.knows(Kind::Flapping, spells)
    }

    /// One process is not heard by the others, or hears none of them.
    #[must_use]
    pub fn one_way(self, spells: Spells) -> Nemesis {
        self.knows(Kind::OneWay, spells)
    }

    /// Every message is lost with this chance.
    #[must_use]
    pub fn noise(mut self, spells: Spells, loss: Probability) -> Nemesis {
        self.noise = loss;
        self.knows(Kind::Noise, spells)
    }

    /// Clocks run fast or slow by so many microseconds a second.
    #[must_use]
    pub fn drifts(mut self, spells: Spells, ppm: f64) -> Nemesis {
        self.drift_ppm = ppm;
        self.knows(Kind::Drifts, spells)
    }

    /// Times of day jump, forward or back, by up to so many milliseconds.
    #[must_use]
    pub fn jumps(mut self, spells: Spells, most_ms: u32) -> Nemesis {
        self.jump_ms = i64::from(most_ms);
        self.knows(Kind::Jumps, spells)
    }

    /// Disks lie about what lasts, while a spell does, and a crash of the host comes with its end.
    #[must_use]
    pub fn disks(self, spells: Spells) -> Nemesis {
        self.knows(Kind::Disks, spells)
    }

    /// Hosts crash and their disks are erased: what comes back when the spell is over has nothing.
    #[must_use]
    pub fn erased(self, spells: Spells) -> Nemesis {
        self.knows(Kind::Erased, spells)
    }

    /// Hosts crash and a record on their disks is damaged: what comes back when the spell is over finds what came before it, and
    /// that there was more.
    #[must_use]
    pub fn corrupted(self, spells: Spells) -> Nemesis {
        self.knows(Kind::Corrupted, spells)
    }

    /// In each trial only some of the kinds come, each with an even chance: what one kind would cover up shows where that kind does
    /// not come (swarm testing; Groce et al., ISSTA 2012).
    #[must_use]
    pub fn swarm(mut self) -> Nemesis {
        self.swarm = true;
        self
    }

    /// The faults of a trial, kind by kind.
    pub(super) fn make_up<E: Clone>(&self, processes: usize, dice: &mut Dice<'_, E>) -> Vec<Planned> {
        let mut faults = Vec::new();
        let until = self.until.span();
        for (kind, spells) in &self.kinds {
            if self.swarm && dice.chance(Probability::HALF) {
                continue;
            }
            let mut at = dice.span(&spells.every);
            while at < until {
                let lasts = dice.span(&spells.lasts).min(until - at);
                let (at_ms, lasts_ms) = (millis(at.as_secs_f64()), millis(lasts.as_secs_f64()));
                self.one(*kind, processes, (at_ms, lasts_ms), dice, &mut faults);
                at += dice.span(&spells.every).max(Duration::millis(1.0).span());
            }
        }
        faults
    }

    fn one<E: Clone>(
        &self,
        kind: Kind,
        processes: usize,
        (at, lasts): (Duration, Duration),
        dice: &mut Dice<'_, E>,
        faults: &mut Vec<Planned>,
    ) {
        let of = Id::new(dice.pick(processes));
        let others: Vec<Id> = (0..processes).map(Id::new).filter(|id| *id != of).collect();
        let fault = match kind {
            Kind::Crashes => Fault::Crash(of),
            Kind::Pauses => Fault::Pause(of),
            Kind::Partitions => {
                let (one, other) = parted(of, others, dice);
                Fault::partition(&one, &other)
            }
            Kind::Flapping => {
                let (from, to) = parted(of, others, dice);
                let (on, off) = self.flaps.clone().expect("they were given with the kind");
                Fault::Flap { from, to, on, off }
            }
            Kind::OneWay if dice.chance(Probability::HALF) => {
                Fault::Cut { from: vec![of], to: others, one_way: true }
            }
            Kind::OneWay => Fault::Cut { from: others, to: vec![of], one_way: true },
            Kind::Noise => Fault::Noise { loss: self.noise, delay: None },
            Kind::Drifts if dice.chance(Probability::HALF) => Fault::Drift { of, ppm: -self.drift_ppm },
            Kind::Drifts => Fault::Drift { of, ppm: self.drift_ppm },
            Kind::Jumps => {
                let by_ms = dice.pick(2 * self.jump_ms as usize + 1) as i64 - self.jump_ms;
                Fault::Jump { of, by_ms }
            }
            Kind::Disks => {
                let crash = Planned::new(
                    Fault::Crash(of),
                    Duration::seconds(at.secs() + lasts.secs()),
                    at_least_a_blink(),
                );
                faults.push(crash);
                // It lies until after the crash, which is when it shows.
                let lies = Duration::seconds(lasts.secs() + 1e-3);
                faults.push(Planned::new(Fault::Disk { of, what: DiskFault::Lies }, at, lies));
                return;
            }
            Kind::Erased | Kind::Corrupted => {
                let what = if kind == Kind::Erased { DiskFault::Erased } else { DiskFault::Corrupted };
                faults.push(Planned::new(Fault::Crash(of), at, lasts));
                faults.push(Planned::new(Fault::Disk { of, what }, at, Duration::ZERO));
                return;
            }
        };
        faults.push(Planned::new(fault, at, lasts));
    }
}

/// One with some others, and the rest: half of them each is the hardest, and any split may come.
fn parted<E: Clone>(of: Id, others: Vec<Id>, dice: &mut Dice<'_, E>) -> (Vec<Id>, Vec<Id>) {
    let (mut one, mut other) = (vec![of], Vec::new());
    for id in others {
        if dice.chance(Probability::HALF) { one.push(id) } else { other.push(id) }
    }
    (one, other)
}

/// Whole milliseconds: a schedule is for people to read.
fn millis(secs: f64) -> Duration {
    Duration::seconds((secs * 1e3).round() / 1e3)
}

/// How long the host is down whose disk has lied.
fn at_least_a_blink() -> Duration {
    Duration::seconds(1.0)
}
