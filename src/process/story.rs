//! What happened, told line by line: only where somebody wants to know.

use std::fmt::Debug;

use super::{Id, Ticket};
use crate::engine::Context;
use crate::units::Instant;

/// What became of a message that was not received.
///
/// ```
/// use fivenines::process::Fate;
///
/// assert_eq!(Fate::Cut.to_string(), "cut off");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// The network lost it, or a partition was in its way when it was sent.
    Lost,
    /// A partition came while it was under way.
    Cut,
    /// Its receiver was down.
    Down,
    /// Its connection had broken.
    Broken,
    /// Its receiver had no room for it.
    Overflow,
}

impl std::fmt::Display for Fate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Fate::Lost => "lost",
            Fate::Cut => "cut off",
            Fate::Down => "receiver down",
            Fate::Broken => "connection broken",
            Fate::Overflow => "no room",
        })
    }
}

/// Something that happened.
///
/// ```
/// use fivenines::process::What;
///
/// let what = What::Timer("Election".into());
/// assert_ne!(what, What::Crashed);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// The process started, for the first time.
    Started,
    /// Its host crashed.
    Crashed,
    /// It started again.
    Recovered,
    /// It stands still from now on.
    Paused,
    /// It goes on.
    Resumed,
    /// It sent a message.
    Sent {
        /// To whom.
        to: Id,
        /// The message's number among all.
        number: u64,
        /// What it says.
        text: String,
    },
    /// It received a message.
    Received {
        /// From whom.
        from: Id,
        /// The message's number among all.
        number: u64,
    },
    /// A message to it was not received.
    Dropped {
        /// The message's number among all.
        number: u64,
        /// What became of it.
        fate: Fate,
    },
    /// A connection to this peer broke.
    Disconnected(Id),
    /// A timer ran down.
    Timer(String),
    /// What it wrote lasts.
    Synced,
    /// A client's request came.
    Asked {
        /// Which.
        ticket: Ticket,
        /// What the client wants.
        text: String,
    },
    /// It answered a client.
    Answered {
        /// Which request.
        ticket: Ticket,
        /// What it said.
        text: String,
    },
    /// What it has to say of itself.
    Note(String),
    /// A fault began.
    Strike(String),
    /// A fault is over.
    Heal(String),
    /// Something happened to the system whose hosts the processes run on.
    System(String),
    /// Something that must hold does not.
    Violation(String),
}

/// A line of a story.
///
/// ```
/// use fivenines::process::{Id, Line, What};
/// use fivenines::units::Instant;
///
/// let line = Line { at: Instant::from_micros(1_500), of: Some(Id::new(1)), what: What::Crashed };
/// assert_eq!(line.of.unwrap().index(), 1);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// When.
    pub at: Instant,
    /// To whom; nobody for what befalls the cluster.
    pub of: Option<Id>,
    /// What.
    pub what: What,
}

/// The lines of a trial; none where nobody wants to know, at no cost.
///
/// ```
/// use fivenines::process::Story;
///
/// assert_eq!(Story::silent().lines(), []);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Story(Option<Vec<Line>>);

impl Story {
    /// Nobody wants to know.
    pub fn silent() -> Story {
        Story(None)
    }

    /// Everything is told.
    pub fn told() -> Story {
        Story(Some(Vec::new()))
    }

    /// What was told so far, in order of time.
    pub fn lines(&self) -> &[Line] {
        self.0.as_deref().unwrap_or(&[])
    }

    /// Tells a line, if anybody wants to know.
    #[inline]
    pub(super) fn tell<E: Clone>(&mut self, cx: &Context<E>, of: Option<Id>, what: impl FnOnce() -> What) {
        if let Some(lines) = &mut self.0 {
            lines.push(Line { at: cx.now(), of, what: what() });
        }
    }

    #[inline]
    pub(super) fn sent<E: Clone>(
        &mut self,
        cx: &Context<E>,
        from: Id,
        to: Id,
        number: u64,
        message: &impl Debug,
    ) {
        self.tell(cx, Some(from), || What::Sent { to, number, text: format!("{message:?}") });
    }

    pub(super) fn dropped<E: Clone>(&mut self, cx: &Context<E>, to: Id, number: u64, fate: Fate) {
        self.tell(cx, Some(to), || What::Dropped { number, fate });
    }
}
