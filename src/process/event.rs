//! What can happen in a cluster.

use std::fmt;

use super::{Id, Process, Ticket};

/// What an answer says to a client.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Answer<R> {
    Done(R),
    /// Another process is the one to ask.
    Ask(Id),
    /// Not now; nothing was done.
    Refused,
}

/// What a process sends.
#[derive(Clone, Debug)]
pub(super) enum Parcel<M, R> {
    Message { to: Id, message: M },
    Answer { ticket: Ticket, answer: Answer<R> },
}

/// An event of a cluster; what is inside is the cluster's own.
///
/// ```
/// use fivenines::process::{Event, Process};
///
/// fn size<P: Process>() -> usize {
///     size_of::<Event<P>>()
/// }
/// # fn _unused<P: Process>() { let _ = size::<P>; }
/// ```
#[derive(Clone)]
pub struct Event<P: Process>(pub(super) Kind<P>);

/// What happens.
#[derive(Clone)]
pub(super) enum Kind<P: Process> {
    /// A message arrives. `life` is that of the receiver when it was sent, where that matters.
    Arrives { from: Id, to: Id, life: u32, number: u64, message: P::Message },
    /// A stream tries again to get its first message through.
    Resend { from: Id, to: Id },
    /// A connection is found broken.
    Breaks { of: Id, peer: Id },
    /// A timer of a process runs down.
    Timer { of: Id, slot: u32 },
    /// A process has done its work.
    Idle { of: Id },
    /// What a process had to work for is sent.
    Leaves { of: Id, life: u32, parcel: Box<Parcel<P::Message, P::Reply>> },
    /// A client asks something new.
    Issue { client: u32 },
    /// A client asks again.
    Again { operation: u64 },
    /// The oldest request of some clients has waited too long, or long enough for a second try beside it.
    Deadline { group: u32, hedge: bool },
    /// A request arrives.
    Asked { to: Id, life: u32, ticket: Ticket, command: P::Command },
    /// An answer arrives.
    Answered { from: Id, ticket: Ticket, answer: Answer<P::Reply> },
    /// A host fails, by chance and not by a schedule.
    Fails { of: Id },
    /// It is restored.
    Restored { of: Id },
    /// A fault of the schedule begins.
    Strike(u32),
    /// A fault of the schedule is over.
    Heal(u32),
    /// A partition of the schedule that comes and goes does either.
    Flip(u32),
    /// It is time to look whether the protocol serves.
    Look,
    /// A fault is injected: whom it befalls is found out now.
    Inject,
}

impl<P: Process> fmt::Debug for Event<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Arrives { from, to, message, .. } => write!(f, "{from} -> {to}: {message:?}"),
            Kind::Resend { from, to } => write!(f, "{from} -> {to}: again"),
            Kind::Breaks { of, peer } => write!(f, "{of} has lost its connection to {peer}"),
            Kind::Timer { of, slot } => write!(f, "{of}: timer {slot}"),
            Kind::Idle { of } => write!(f, "{of} is idle"),
            Kind::Leaves { of, parcel, .. } => write!(f, "{of} sends {parcel:?}"),
            Kind::Issue { client } => write!(f, "c{client} asks"),
            Kind::Again { operation } => write!(f, "#{operation} is asked again"),
            Kind::Deadline { group, hedge } => write!(f, "deadline of clients {group}, hedge: {hedge}"),
            Kind::Asked { to, ticket, command, .. } => write!(f, "{ticket} -> {to}: {command:?}"),
            Kind::Answered { from, ticket, answer } => write!(f, "{from} -> {ticket}: {answer:?}"),
            Kind::Fails { of } => write!(f, "{of} fails"),
            Kind::Restored { of } => write!(f, "{of} is restored"),
            Kind::Strike(fault) => write!(f, "fault {fault} begins"),
            Kind::Heal(fault) => write!(f, "fault {fault} is over"),
            Kind::Flip(fault) => write!(f, "fault {fault} comes or goes"),
            Kind::Look => write!(f, "a look"),
            Kind::Inject => write!(f, "a fault is injected"),
        }
    }
}
