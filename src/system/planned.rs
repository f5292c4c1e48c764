//! What people do to a running system, and when: changes, planned maintenance, and certificates that run out.

use serde::Serialize;

use super::{Scope, System};
use crate::random::Law;
use crate::random::math::{exp, ln_1p};
use crate::units::{Duration, Hours, Probability, Rate};

/// Which replicas are worked on together.
///
/// ```
/// use fivenines::system::Batch;
///
/// assert_eq!(Batch::default(), Batch::Count(1));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum Batch {
    /// So many at a time.
    Count(u32),
    /// Those of one site of a level, site after site in the order of their paths.
    Site(String),
    /// Those of one part of each service, part after part: shard by shard, or cell by cell.
    Part,
    /// All at once.
    All,
}

impl Default for Batch {
    fn default() -> Batch {
        Batch::Count(1)
    }
}

/// Work that comes again and again, and goes through the replicas in its scope batch by batch.
///
/// A round has as many updates as there are replicas. A batch takes replicas that are up, those that this round has not
/// worked on yet before others and else each as likely; what is down when its turn comes is passed over, and where
/// nothing is up, or the round waits for all to be up, it goes on when that is so. What is worked on is out of service,
/// and neither fails nor is repaired meanwhile.
///
/// ```
/// use fivenines::random::Law;
/// use fivenines::system::{Batch, Scope, Work};
/// use fivenines::units::Duration;
///
/// let monthly = Law::constant(Duration::days(30.0));
/// let work = Work::new(monthly, Law::constant(Duration::minutes(20.0)), Scope::all().services(&["db"]))
///     .batch(Batch::Site("zone".into()))
///     .hours("Sun 02:00-06:00".parse().unwrap());
/// assert!(!work.gated);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Work {
    /// Whose replicas are worked on: of each, the components in scope.
    #[serde(flatten)]
    pub scope: Scope,
    /// Time from the start of the trial, or from one time that the work is due, to the next. What is due while the last
    /// round is under way is left out.
    pub every: Law,
    /// When a round may begin; one that is due at another time begins when these hours do.
    pub hours: Hours,
    /// How long each batch takes.
    pub takes: Law,
    /// Which replicas make a batch.
    pub batch: Batch,
    /// Time before each batch, the first included.
    pub gap: Law,
    /// Whether a batch waits until all replicas in scope are up.
    pub gated: bool,
    /// What may go wrong with a single replica.
    pub error: Option<OperatorError>,
    /// Who measured the numbers.
    pub source: Option<String>,
}

/// An action that goes wrong: somebody, or a tool, breaks what it works on.
///
/// ```
/// use fivenines::system::OperatorError;
///
/// let slip = OperatorError::new("0.5%".parse().unwrap(), "misconfigured");
/// assert_eq!(slip.breaks, "misconfigured");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OperatorError {
    /// The chance, for each replica worked on: the human error probability of Swain and Guttmann (1983, *Handbook of
    /// human reliability analysis*, NUREG/CR-1278).
    pub chance: Probability,
    /// The failure mode in which its components then fail.
    pub breaks: String,
}

/// How a change reaches the replicas.
///
/// ```
/// use fivenines::system::Strategy;
///
/// assert_eq!(Strategy::default(), Strategy::Rolling);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub enum Strategy {
    /// Batch after batch.
    #[default]
    Rolling,
    /// A few replicas first, one at a time; the others, batch after batch, when the new version has proved itself.
    Canary {
        /// How many go first.
        replicas: u32,
        /// How long they are watched.
        bake: Law,
    },
    /// A new set is made ready beside the old one, which serves meanwhile; then all traffic moves at once.
    BlueGreen,
}

/// A release that should not have been.
///
/// ```
/// use fivenines::random::Law;
/// use fivenines::system::BadRelease;
/// use fivenines::units::Duration;
///
/// let minutes = |count| Law::constant(Duration::minutes(count));
/// let bad = BadRelease::new("10%".parse().unwrap(), minutes(15.0), minutes(5.0)).shows_after(minutes(30.0));
/// assert_eq!(bad.rolled_back, minutes(5.0));
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BadRelease {
    /// The chance that a change is bad; with one bad change a release is.
    pub chance: Probability,
    /// Time from the first replica's update to the fault showing itself: from then on, whatever has been or is being
    /// updated is down.
    pub shows_after: Law,
    /// Time from there to somebody noticing, which ends the roll-out.
    pub detected: Law,
    /// Time from there to the old version serving everywhere.
    pub rolled_back: Law,
}

/// A deployment, or a push of configuration: work that may turn out to be a mistake.
///
/// ```
/// use fivenines::random::Law;
/// use fivenines::system::{BadRelease, Batch, Change, Scope, Work};
/// use fivenines::units::Duration;
///
/// let minutes = |count| Law::constant(Duration::minutes(count));
/// let weekly = Law::exponential(Duration::days(7.0));
/// let work = Work::new(weekly, minutes(2.0), Scope::all().services(&["web"])).batch(Batch::Count(2));
/// let bad = BadRelease::new("10%".parse().unwrap(), minutes(15.0), minutes(5.0));
/// let release = Change::canary(work.gated(), 1, minutes(30.0)).bad(bad);
/// assert!(release.bad.is_some());
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Change {
    /// What is done when, and to what.
    #[serde(flatten)]
    pub work: Work,
    /// How it reaches the replicas.
    pub strategy: Strategy,
    /// How many changes are made in a time, all of which the next release holds; without it a release is one change.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changes: Option<Rate>,
    /// What becomes of a release that is bad, because one of its changes is.
    pub bad: Option<BadRelease>,
}

/// Planned maintenance.
///
/// ```
/// use fivenines::random::Law;
/// use fivenines::system::{Maintenance, Scope, Work};
/// use fivenines::units::Duration;
///
/// let work = Work::new(Law::constant(Duration::days(30.0)), Law::constant(Duration::minutes(5.0)), Scope::all());
/// let restart = Maintenance::new(work).rejuvenates(&["ageing"]);
/// assert!(restart.counted);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Maintenance {
    /// What is done when, and to what.
    #[serde(flatten)]
    pub work: Work,
    /// The failure modes whose age it sets back to zero.
    pub rejuvenates: Vec<String>,
    /// Whether time that a service is down for this maintenance alone counts as downtime, or is reported apart.
    pub counted: bool,
}

/// Something with a date, such as a certificate: forgotten, it takes down what uses it.
///
/// ```
/// use fivenines::random::Law;
/// use fivenines::system::{Certificate, Scope};
/// use fivenines::units::Duration;
///
/// let (valid, renewed) = (Law::constant(Duration::days(90.0)), Law::constant(Duration::hours(4.0)));
/// let tls = Certificate::new(Scope::all(), valid, "1%".parse().unwrap(), renewed);
/// assert_eq!(tls.first, None);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Certificate {
    /// What is down while it is out of date.
    #[serde(flatten)]
    pub scope: Scope,
    /// Time from one date of expiry to the next.
    pub valid: Law,
    /// Time from the start of the trial to the first; where there is none, as from one to the next.
    pub first: Option<Law>,
    /// The chance that it is not renewed in time.
    pub forgotten: Probability,
    /// Time from its expiry to its renewal, where it was forgotten.
    pub renewed: Law,
    /// Who measured the numbers.
    pub source: Option<String>,
}

impl Work {
    /// Work on one replica after the other, without a pause, at any hour and whatever the state of the others.
    pub fn new(every: Law, takes: Law, scope: Scope) -> Work {
        Work {
            scope,
            every,
            hours: Hours::always(),
            takes,
            batch: Batch::default(),
            gap: Law::constant(crate::units::Duration::ZERO),
            gated: false,
            error: None,
            source: None,
        }
    }

    /// Sets the hours in which a round may begin.
    #[must_use]
    pub fn hours(mut self, hours: Hours) -> Work {
        self.hours = hours;
        self
    }

    /// Sets which replicas make a batch.
    #[must_use]
    pub fn batch(mut self, batch: Batch) -> Work {
        self.batch = batch;
        self
    }

    /// Sets the time before each batch.
    #[must_use]
    pub fn gap(mut self, gap: Law) -> Work {
        self.gap = gap;
        self
    }

    /// Makes each batch wait until all replicas in scope are up.
    #[must_use]
    pub fn gated(mut self) -> Work {
        self.gated = true;
        self
    }

    /// Says what may go wrong with a single replica.
    #[must_use]
    pub fn error(mut self, error: OperatorError) -> Work {
        self.error = Some(error);
        self
    }

    /// Says who measured the numbers.
    #[must_use]
    pub fn source(mut self, source: &str) -> Work {
        self.source = Some(source.to_owned());
        self
    }
}

impl OperatorError {
    /// An error with this chance, and the failure mode that it causes.
    pub fn new(chance: Probability, breaks: &str) -> OperatorError {
        OperatorError { chance, breaks: breaks.to_owned() }
    }
}

impl BadRelease {
    /// A release that is bad with this chance, and shows it at once.
    pub fn new(chance: Probability, detected: Law, rolled_back: Law) -> BadRelease {
        let shows_after = Law::constant(crate::units::Duration::ZERO);
        BadRelease { chance, shows_after, detected, rolled_back }
    }

    /// Sets the time from the first replica's update to the fault showing itself.
    #[must_use]
    pub fn shows_after(mut self, law: Law) -> BadRelease {
        self.shows_after = law;
        self
    }
}

impl Change {
    /// A change that goes through the replicas batch after batch.
    pub fn rolling(work: Work) -> Change {
        Change { work, strategy: Strategy::Rolling, changes: None, bad: None }
    }

    /// A change that goes to a few replicas first.
    pub fn canary(work: Work, replicas: u32, bake: Law) -> Change {
        Change { work, strategy: Strategy::Canary { replicas, bake }, changes: None, bad: None }
    }

    /// A change that is made beside what serves.
    pub fn blue_green(work: Work) -> Change {
        Change { work: work.batch(Batch::All), strategy: Strategy::BlueGreen, changes: None, bad: None }
    }

    /// Says what becomes of a bad release.
    #[must_use]
    pub fn bad(mut self, bad: BadRelease) -> Change {
        self.bad = Some(bad);
        self
    }

    /// Says how many changes are made in a time, which go out with the next release.
    ///
    /// ```
    /// use fivenines::random::Law;
    /// use fivenines::system::{BadRelease, Change, Scope, Work};
    /// use fivenines::units::{Duration, Rate};
    ///
    /// let minutes = |count| Law::constant(Duration::minutes(count));
    /// let weekly = Work::new(Law::constant(Duration::days(7.0)), minutes(2.0), Scope::all());
    /// let bad = BadRelease::new("5%".parse().unwrap(), minutes(15.0), minutes(5.0));
    /// let release = Change::rolling(weekly).bad(bad).changes(Rate::per_hour(1.0 / 12.0));
    /// // Two a day make fourteen a week, and one bad one is enough.
    /// assert!((release.chance_of_bad().value() - 0.512).abs() < 1e-3);
    /// ```
    #[must_use]
    pub fn changes(mut self, changes: Rate) -> Change {
        self.changes = Some(changes);
        self
    }

    /// The chance that a release is bad: that one or more of the changes are which it holds, as many as are made in the mean
    /// time between two releases, each by itself.
    pub fn chance_of_bad(&self) -> Probability {
        let Some(bad) = &self.bad else { return Probability::ZERO };
        let Some(changes) = self.changes else { return bad.chance };
        let between = self.work.every.mean().map_or(f64::INFINITY, Duration::secs);
        let held = changes.per_sec() * between;
        if held == 0.0 || bad.chance.is_zero() {
            return Probability::ZERO;
        }
        let good = exp(held * ln_1p(-bad.chance.value()));
        Probability::new(1.0 - good).unwrap_or(Probability::ONE)
    }
}

impl Maintenance {
    /// Maintenance whose downtime counts, and that renews nothing.
    pub fn new(work: Work) -> Maintenance {
        Maintenance { work, rejuvenates: Vec::new(), counted: true }
    }

    /// Names the failure modes whose age it sets back to zero.
    #[must_use]
    pub fn rejuvenates(mut self, modes: &[&str]) -> Maintenance {
        self.rejuvenates = modes.iter().map(|&mode| mode.to_owned()).collect();
        self
    }

    /// Takes what it alone keeps down out of the downtime.
    #[must_use]
    pub fn not_counted(mut self) -> Maintenance {
        self.counted = false;
        self
    }
}

impl Certificate {
    /// A certificate that is renewed in time but for this chance.
    pub fn new(scope: Scope, valid: Law, forgotten: Probability, renewed: Law) -> Certificate {
        Certificate { scope, valid, first: None, forgotten, renewed, source: None }
    }

    /// Sets the time of the first date of expiry.
    #[must_use]
    pub fn first(mut self, first: Law) -> Certificate {
        self.first = Some(first);
        self
    }
}

impl System {
    /// Adds a deployment or a push of configuration.
    #[must_use]
    pub fn change(mut self, name: &str, change: Change) -> System {
        self.changes.insert(name.to_owned(), change);
        self
    }

    /// Adds planned maintenance.
    #[must_use]
    pub fn maintenance(mut self, name: &str, maintenance: Maintenance) -> System {
        self.maintenance.insert(name.to_owned(), maintenance);
        self
    }

    /// Adds a certificate.
    #[must_use]
    pub fn certificate(mut self, name: &str, certificate: Certificate) -> System {
        self.certificates.insert(name.to_owned(), certificate);
        self
    }
}
