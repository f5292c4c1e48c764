//! Data in chunks: each has its copies on a few of a service's many replicas, and which they are is a placement.

use serde::Serialize;

use super::Data;
use crate::units::Bandwidth;

/// How data are cut into chunks, and where the copies of each are.
///
/// A chunk is lost when fewer of its copies are left than [`Data::needs`]. That takes nothing else away: the service goes on
/// with the other chunks, and what is lost is lost for good.
///
/// ```
/// use fivenines::system::{Chunks, Data, Need, Placement, Service};
///
/// let chunks = Chunks::new(16_000_000, 3, Placement::Copysets { scatter: 10 });
/// let store = Service::replicas("node", 5000).keeps(Data::new(Need::Count(1)).chunks(chunks));
/// assert!(store.data.is_some());
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Chunks {
    /// How many there are; each is as large as any other.
    pub count: u32,
    /// How many copies each has, or fragments of an erasure code, on as many replicas.
    pub copies: u32,
    /// On which.
    pub placement: Placement,
    /// What each replica that shares a chunk with one whose copies are destroyed gives to making these anew elsewhere;
    /// without it they are there again when that replica is restored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rebuild: Option<Bandwidth>,
}

/// Which replicas have the copies of a chunk.
///
/// ```
/// use fivenines::system::Placement;
///
/// // Of 5,000 nodes each is in five sets of three, and shares them with ten others.
/// assert_eq!(Placement::Copysets { scatter: 10 }.permutations(3), Some(5));
/// assert_eq!(Placement::Random.permutations(3), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Placement {
    /// Any distinct ones, each choice as likely.
    Random,
    /// The first on any, the others on distinct ones of so many that follow it, the first replica coming after the last: what
    /// Facebook's HDFS does (Borthakur et al., *Apache Hadoop goes realtime at Facebook*, SIGMOD 2011).
    Window(u32),
    /// All in one of a few sets (Cidon et al., *Copysets: reducing the frequency of data loss in cloud storage*, USENIX ATC
    /// 2013): the replicas are put in order at random and cut into sets of as many as there are copies, and that so often
    /// that each shares sets with about as many others as the scatter width says.
    Copysets {
        /// The scatter width.
        scatter: u32,
    },
}

impl Chunks {
    /// So many chunks with so many copies each, which are there again when their replicas are restored.
    pub fn new(count: u32, copies: u32, placement: Placement) -> Chunks {
        Chunks { count, copies, placement, rebuild: None }
    }

    /// Makes destroyed copies anew elsewhere, with this much from each replica that has other copies of the same chunks.
    #[must_use]
    pub fn rebuild(mut self, each: Bandwidth) -> Chunks {
        self.rebuild = Some(each);
        self
    }
}

impl Placement {
    /// How often copysets put the replicas in order; nothing for the others.
    pub fn permutations(self, copies: u32) -> Option<u32> {
        match self {
            Placement::Copysets { scatter } => Some(scatter.div_ceil(copies.saturating_sub(1).max(1))),
            Placement::Random | Placement::Window(_) => None,
        }
    }

    /// How many sets of replicas copysets make.
    pub(super) fn sets(self, replicas: u32, copies: u32) -> Option<u64> {
        let permutations = self.permutations(copies)?;
        Some(u64::from(permutations) * u64::from(replicas.div_ceil(copies.max(1))))
    }
}

impl std::fmt::Display for Placement {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Placement::Random => f.write_str("random"),
            Placement::Window(width) => write!(f, "in a window of {width}"),
            Placement::Copysets { scatter } => write!(f, "in copysets of scatter width {scatter}"),
        }
    }
}

impl std::fmt::Display for Chunks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Chunks { count, copies, placement, rebuild } = self;
        write!(f, "{count} chunks, {copies} copies each, {placement}")?;
        rebuild.map_or(Ok(()), |each| write!(f, ", rebuilt at {each} from each other"))
    }
}

impl Data {
    /// Cuts them into chunks.
    #[must_use]
    pub fn chunks(mut self, chunks: Chunks) -> Data {
        self.chunks = Some(chunks);
        self
    }
}
