//! Who is who in a cluster.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A process of a cluster, by its number from 0 on.
///
/// ```
/// use fivenines::process::Id;
///
/// assert_eq!(Id::new(3).to_string(), "p3");
/// assert!(Id::new(0) < Id::new(1));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Id(u32);

impl Id {
    /// The process of this number.
    ///
    /// # Panics
    /// When the number does not fit 32 bits.
    #[inline]
    pub fn new(index: usize) -> Id {
        Id(u32::try_from(index).expect("fewer than 2^32 processes"))
    }

    /// Its number.
    #[inline]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "p{}", self.0)
    }
}

/// A request of a client, to be answered by [`Context::reply`](super::Context::reply). It may be sent on to another process, and
/// whoever has it may answer it. A client that tries again comes with the same ticket.
///
/// ```
/// use fivenines::process::Ticket;
///
/// let ticket = Ticket::new(2, 17);
/// assert_eq!((ticket.client(), ticket.number()), (2, 17));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket {
    client: u32,
    number: u64,
}

impl Ticket {
    /// The request of this number of this client.
    pub const fn new(client: u32, number: u64) -> Ticket {
        Ticket { client, number }
    }

    /// The client, by its number from 0 on.
    #[inline]
    pub const fn client(self) -> usize {
        self.client as usize
    }

    /// The operation's number in the history of the trial, from 0 on.
    #[inline]
    pub const fn number(self) -> u64 {
        self.number
    }
}

impl fmt::Display for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "c{}#{}", self.client, self.number)
    }
}
