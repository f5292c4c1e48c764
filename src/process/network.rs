//! What lies between processes: sites, and wires with latency, loss and bandwidth.

use crate::random::Law;
use crate::units::{Bandwidth, Duration, Probability};

/// What messages go through from one place to another, one way.
///
/// ```
/// use fivenines::process::Wire;
///
/// let wire = Wire::new("lognormal(median 400us, p99 2ms)".parse().unwrap())
///     .loses("0.1%".parse().unwrap())
///     .bandwidth("1 Gbit/s".parse().unwrap());
/// # let _ = wire;
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Wire {
    pub(super) latency: Law,
    pub(super) loses: Probability,
    pub(super) duplicates: Probability,
    pub(super) reorders: Option<(Probability, Law)>,
    pub(super) bandwidth: Option<Bandwidth>,
    pub(super) buffer: Option<Duration>,
}

impl Wire {
    /// A wire that loses nothing; each message takes a time of its own, so that one may overtake another.
    pub fn new(latency: Law) -> Wire {
        Wire {
            latency,
            loses: Probability::ZERO,
            duplicates: Probability::ZERO,
            reorders: None,
            bandwidth: None,
            buffer: None,
        }
    }

    /// The chance that a message is lost.
    #[must_use]
    pub fn loses(mut self, chance: Probability) -> Wire {
        self.loses = chance;
        self
    }

    /// The chance that a message comes twice, each after a latency of its own.
    #[must_use]
    pub fn duplicates(mut self, chance: Probability) -> Wire {
        self.duplicates = chance;
        self
    }

    /// The chance that a message takes so much longer, and so comes after later ones.
    #[must_use]
    pub fn reorders(mut self, chance: Probability, by: Law) -> Wire {
        self.reorders = Some((chance, by));
        self
    }

    /// Messages take their turn: each holds the wire for its size at this bandwidth. The wire is shared by all that goes from
    /// the one place to the other.
    #[must_use]
    pub fn bandwidth(mut self, bandwidth: Bandwidth) -> Wire {
        self.bandwidth = Some(bandwidth);
        self
    }

    /// A message that would wait longer than this for its turn is lost, as in a switch whose buffer is full.
    #[must_use]
    pub fn buffer(mut self, longest: Duration) -> Wire {
        self.buffer = Some(longest);
        self
    }
}

/// What a message is sent by.
///
/// ```
/// use fivenines::process::Transport;
/// use fivenines::units::Duration;
///
/// let tcp = Transport::Stream { resend: Duration::millis(200.0), gives_up: Duration::seconds(15.0) };
/// assert_ne!(tcp, Transport::Datagram);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Transport {
    /// Each message for itself: it arrives, or not, or twice, whoever came before it.
    #[default]
    Datagram,
    /// A connection for each pair of processes, each way: messages arrive once and in order. What is lost is sent again, and
    /// what is behind it waits. When nothing has got through for so long, or the other end has crashed, the connection
    /// breaks: what is under way is lost, both ends that are up are told, and the next message opens a new one.
    Stream {
        /// How long until what is lost is sent again.
        resend: Duration,
        /// How long until the connection breaks.
        gives_up: Duration,
    },
}

/// The network between the processes of a cluster, and their clients.
///
/// # What becomes of messages
///
/// 1. A message is lost if its sender and receiver are cut off from each other when it is sent or when it would arrive: a
///    partition also takes what is under way.
/// 2. What a process has sent is under way whatever becomes of the process.
/// 3. A message to a host that is down is lost. If the host is up again when it arrives, a datagram is received, and the
///    message of a stream, whose connection is gone, is not.
/// 4. Equal times of arrival are handled in the order sent.
///
/// ```
/// use fivenines::process::{Network, Wire};
///
/// let near = Wire::new("constant(300us)".parse().unwrap());
/// let far = Wire::new("constant(40ms)".parse().unwrap());
/// // Two processes in Europe, one in America.
/// let network = Network::new(near, far).site("eu", 2).site("us", 1);
/// assert_eq!(network.site_of(2), Some("us"));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Network {
    pub(super) within: Wire,
    pub(super) between: Wire,
    /// Sites, and how many of the processes each has, in their order.
    pub(super) sites: Vec<(String, usize)>,
    /// Wires that are unlike the others, one way.
    pub(super) special: Vec<(String, String, Wire)>,
    pub(super) transport: Transport,
}

/// One place where everything arrives at once.
impl Default for Network {
    fn default() -> Network {
        Network::flat(Wire::new(Law::constant(Duration::ZERO)))
    }
}

impl Network {
    /// A network of sites with one kind of wire within, and another between any two.
    pub fn new(within: Wire, between: Wire) -> Network {
        Network { within, between, sites: Vec::new(), special: Vec::new(), transport: Transport::Datagram }
    }

    /// One place with all processes in it.
    pub fn flat(wire: Wire) -> Network {
        Network::new(wire.clone(), wire)
    }

    /// The next so many processes, in their order, are at this site. Those that no site is said for are at one of their own,
    /// together. A site may have none, and only clients.
    #[must_use]
    pub fn site(mut self, name: &str, processes: usize) -> Network {
        self.sites.push((name.to_owned(), processes));
        self
    }

    /// The wire from one site to another, this way only.
    #[must_use]
    pub fn wire(mut self, from: &str, to: &str, wire: Wire) -> Network {
        self.special.push((from.to_owned(), to.to_owned(), wire));
        self
    }

    /// How messages are sent. Requests and answers of clients always are datagrams.
    #[must_use]
    pub fn transport(mut self, transport: Transport) -> Network {
        self.transport = transport;
        self
    }

    /// Where a process is; nothing for one that no site is said for.
    pub fn site_of(&self, process: usize) -> Option<&str> {
        let mut first = 0;
        self.sites.iter().find_map(|(name, count)| {
            first += count;
            (process < first).then_some(name.as_str())
        })
    }

    /// The names of the sites.
    pub fn sites(&self) -> impl Iterator<Item = &str> + Clone {
        self.sites.iter().map(|(name, _)| name.as_str())
    }

    /// How many processes the sites have room for.
    pub fn placed(&self) -> usize {
        self.sites.iter().map(|(_, count)| count).sum()
    }

    /// Whether there is a way on which messages take no time.
    pub fn is_instant(&self) -> bool {
        let special = self.special.iter().map(|(_, _, wire)| wire);
        let mut wires = [&self.within, &self.between].into_iter().chain(special);
        wires.any(|wire| wire.latency.mean().is_some_and(|mean| mean.is_zero()))
    }

    /// Where a process is among [`Network::names`].
    pub(super) fn place_of(&self, process: usize) -> usize {
        let mut first = 0;
        let among = self.sites.iter().position(|(_, count)| {
            first += count;
            process < first
        });
        among.unwrap_or(self.sites.len())
    }

    /// The place of a site by its name; the one without a name where there is none such.
    pub(super) fn place_named(&self, name: &str) -> usize {
        self.sites.iter().position(|(site, _)| site == name).unwrap_or(self.sites.len())
    }

    /// The wire from one place to another.
    pub(super) fn wire_between(&self, from: usize, to: usize) -> &Wire {
        let named = |place: usize, name: &str| self.sites.get(place).is_some_and(|site| site.0 == name);
        let special = self.special.iter().rev().find(|(a, b, _)| named(from, a) && named(to, b));
        match special {
            Some((_, _, wire)) => wire,
            None if from == to => &self.within,
            None => &self.between,
        }
    }
}
