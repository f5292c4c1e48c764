//! What lies between processes: sites, and wires with latency, loss and bandwidth.

use crate::random::Law;
use crate::units::{Bandwidth, Duration, Probability, Span};

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
    pub(super) distance: Span,
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
            distance: Span::ZERO,
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

    /// Every message takes so much longer than its latency says: what the links on the way take.
    #[must_use]
    pub fn farther(mut self, by: impl Into<Span>) -> Wire {
        self.distance += by.into();
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
    pub(super) sites: Vec<String>,
    /// For each process that something is said for, its place among the sites, if it is at one.
    processes: Vec<Option<usize>>,
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
        let (sites, processes, special) = (Vec::new(), Vec::new(), Vec::new());
        Network { within, between, sites, processes, special, transport: Transport::Datagram }
    }

    /// One place with all processes in it.
    pub fn flat(wire: Wire) -> Network {
        Network::new(wire.clone(), wire)
    }

    /// The next so many processes, in their order, are at this site. Those that no site is said for are at one of their own,
    /// together. A site may have none, and only clients, and more may be added to it later.
    #[must_use]
    pub fn site(mut self, name: &str, processes: usize) -> Network {
        let known = self.sites.iter().position(|site| site == name);
        let place = known.unwrap_or_else(|| {
            self.sites.push(name.to_owned());
            self.sites.len() - 1
        });
        self.processes.extend(std::iter::repeat_n(Some(place), processes));
        self
    }

    /// The next process is at no site.
    #[must_use]
    pub(super) fn nowhere(mut self) -> Network {
        self.processes.push(None);
        self
    }

    /// The wire from one site to another, this way only. Where sites are paths, it is that of all that is inside of the one to
    /// all that is inside of the other; of several the longest paths decide, and the last among equals.
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
        self.sites.get(self.place_of(process)).map(String::as_str)
    }

    /// The wire from one process to another.
    pub fn wire_from(&self, process: usize, to: usize) -> &Wire {
        self.wire_between(self.place_of(process), self.place_of(to))
    }

    /// The names of the sites.
    pub fn sites(&self) -> impl Iterator<Item = &str> + Clone {
        self.sites.iter().map(String::as_str)
    }

    /// How many processes a place is said for.
    pub fn placed(&self) -> usize {
        self.processes.len()
    }

    /// Whether there is a way on which messages take no time.
    pub fn is_instant(&self) -> bool {
        let special = self.special.iter().map(|(_, _, wire)| wire);
        let mut wires = [&self.within, &self.between].into_iter().chain(special);
        wires.any(|wire| wire.latency.mean().is_some_and(|mean| mean.is_zero()))
    }

    /// The place of a process: that of its site, or the one behind them all.
    pub(super) fn place_of(&self, process: usize) -> usize {
        self.processes.get(process).copied().flatten().unwrap_or(self.sites.len())
    }

    /// The place of a site by its name; the one without a name where there is none such.
    pub(super) fn place_named(&self, name: &str) -> usize {
        self.sites.iter().position(|site| site == name).unwrap_or(self.sites.len())
    }

    /// The wire from one place to another.
    pub(super) fn wire_between(&self, from: usize, to: usize) -> &Wire {
        let inside = |place: usize, name: &str| {
            let rest = self.sites.get(place).and_then(|site| site.strip_prefix(name));
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let special = self.special.iter().filter(|(a, b, _)| inside(from, a) && inside(to, b));
        match special.max_by_key(|(a, b, _)| a.len() + b.len()) {
            Some((_, _, wire)) => wire,
            None if from == to => &self.within,
            None => &self.between,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wire(latency: &str) -> Wire {
        Wire::new(latency.parse().unwrap())
    }

    #[test]
    fn wires_go_by_the_paths_of_sites() {
        let network = Network::new(wire("1ms"), wire("2ms"))
            .site("eu/a", 1)
            .site("eu/b", 1)
            .site("us/a", 1)
            .site("eu/a", 1)
            .wire("eu", "us", wire("40ms"))
            .wire("eu/b", "us", wire("50ms").farther(Duration::millis(5.0)));
        let latency = |from: usize, to: usize| {
            let wire = network.wire_between(network.place_of(from), network.place_of(to));
            wire.latency.to_string() + " " + &Duration::from(wire.distance).to_string()
        };
        assert_eq!(latency(0, 3), "1ms 0s", "a site has what was added to it later");
        assert_eq!(latency(0, 1), "2ms 0s");
        assert_eq!(latency(0, 2), "40ms 0s");
        assert_eq!(latency(1, 2), "50ms 5ms", "the longer path decides");
        assert_eq!(latency(2, 0), "2ms 0s", "one way only");
        assert_eq!(network.site_of(3), Some("eu/a"));
        assert_eq!(network.nowhere().site_of(4), None);
    }
}
