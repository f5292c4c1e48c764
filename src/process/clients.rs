//! Clients: who asks, how often, how long they wait and what they do then.

use std::collections::{BTreeMap, VecDeque};

use super::cluster::Hub;
use super::event::{Answer, Event, Kind};
use super::history::Outcome;
use super::story::What;
use super::{Id, Process, Ticket};
use crate::engine::{Class, Clock, Clocks, Context, Source};
use crate::random::{Law, Name};
use crate::units::{Duration, Instant};

/// Once sent on so often, a request counts as refused: two processes that each take the other for the one to ask would
/// keep a client going for ever.
const REDIRECTS_MAX: u32 = 16;

/// When a client asks.
///
/// ```
/// use fivenines::process::Arrivals;
///
/// let patient = Arrivals::Closed("exponential(mean 100ms)".parse().unwrap());
/// assert!(matches!(patient, Arrivals::Closed(_)));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum Arrivals {
    /// Whenever it pleases, answered or not: the law is of the time between requests. Many users behind one client.
    Open(Law),
    /// Once it knows how its last request ended, and has thought for a time of this law.
    Closed(Law),
}

/// Whom a client asks.
///
/// ```
/// use fivenines::process::Target;
///
/// assert_eq!(Target::default(), Target::Sticky);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Target {
    /// Any process, each time anew.
    Any,
    /// The one that answered last, or that it was sent to; the next one when that does not answer.
    #[default]
    Sticky,
    /// The first at its own site, if there is one; the next one when that does not answer.
    Nearest,
}

/// Clients that are alike, at one site.
///
/// ```
/// use fivenines::process::{Arrivals, Clients, Target};
/// use fivenines::units::Duration;
///
/// let clients = Clients::new(10, Arrivals::Closed("exponential(mean 50ms)".parse().unwrap()))
///     .at("eu")
///     .timeout(Duration::millis(500.0))
///     .retries(3, "uniform(50ms, 150ms)".parse().unwrap())
///     .hedge(Duration::millis(100.0))
///     .target(Target::Nearest);
/// # let _ = clients;
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Clients {
    /// By which their luck goes; where nobody named them, their place among all groups.
    name: Option<String>,
    count: u32,
    pub(super) site: String,
    arrivals: Arrivals,
    timeout: Duration,
    retries: u32,
    backoff: Law,
    hedge: Option<Duration>,
    target: Target,
    until: Option<Duration>,
}

impl Clients {
    /// So many clients, at no site, which wait a second and do not try again.
    pub fn new(count: u32, arrivals: Arrivals) -> Clients {
        Clients {
            name: None,
            count,
            site: String::new(),
            arrivals,
            timeout: Duration::seconds(1.0),
            retries: 0,
            backoff: Law::constant(Duration::ZERO),
            hedge: None,
            target: Target::Sticky,
            until: None,
        }
    }

    /// What they are called: clients of the same name have the same luck in designs that are compared.
    #[must_use]
    pub fn named(mut self, name: &str) -> Clients {
        self.name = Some(name.to_owned());
        self
    }

    /// Where they are.
    #[must_use]
    pub fn at(mut self, site: &str) -> Clients {
        site.clone_into(&mut self.site);
        self
    }

    /// Where they are; nothing where nobody said.
    pub fn site(&self) -> Option<&str> {
        Some(self.site.as_str()).filter(|site| !site.is_empty())
    }

    /// The name of their luck, where they have one.
    pub(super) fn own_luck(&self) -> Option<Name> {
        self.name.as_ref().map(|own| Name::new("clients").child(own))
    }

    /// How long they wait for an answer to each try.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Clients {
        self.timeout = timeout;
        self
    }

    /// How often they try again what was not answered or was refused, each time after a pause of this law.
    #[must_use]
    pub fn retries(mut self, retries: u32, backoff: Law) -> Clients {
        self.retries = retries;
        self.backoff = backoff;
        self
    }

    /// Ask a second process when the first has not answered for so long, and take what comes first.
    #[must_use]
    pub fn hedge(mut self, after: Duration) -> Clients {
        self.hedge = Some(after);
        self
    }

    /// Whom they ask.
    #[must_use]
    pub fn target(mut self, target: Target) -> Clients {
        self.target = target;
        self
    }

    /// They ask nothing new from this time of the trial on.
    #[must_use]
    pub fn until(mut self, end: Duration) -> Clients {
        self.until = Some(end);
        self
    }
}

/// Clients that are alike, at work.
#[derive(Clone, Debug)]
struct Group {
    spec: Clients,
    end: Id,
    /// Tries under way, in the order of their ends: operation, which try, and when it has waited too long.
    deadlines: VecDeque<(Instant, u64, u32)>,
    deadline: Clock,
    /// The same for second tries beside the first.
    hedges: VecDeque<(Instant, u64, u32)>,
    hedge: Clock,
}

#[derive(Clone, Debug)]
struct Client {
    group: u32,
    /// Commands it has had.
    had: u64,
    favourite: Id,
    luck: Source,
}

/// An operation that is not over.
#[derive(Clone, Debug)]
struct Asking<C> {
    client: u32,
    command: C,
    tries: u32,
    redirects: u32,
    /// A try went unanswered, or there were two at once: it may have been done.
    uncertain: bool,
    /// Its last try has failed, and the next is yet to come.
    rests: bool,
}

/// All clients of a cluster, at work.
#[derive(Clone, Debug)]
pub(super) struct Crowd<P: Process> {
    groups: Vec<Group>,
    clients: Vec<Client>,
    asking: BTreeMap<u64, Asking<P::Command>>,
    /// The processes that may be asked.
    doors: Vec<Id>,
}

impl<P: Process> Crowd<P> {
    /// Declares the clocks and streams of these clients. `nearest` gives the process a client at a site asks first.
    pub fn declare(
        specs: &[Clients],
        doors: Vec<Id>,
        ends: impl Fn(usize) -> Id,
        nearest: impl Fn(&str) -> Id,
        clocks: &mut Clocks,
    ) -> Crowd<P> {
        let mut crowd = Crowd { groups: Vec::new(), clients: Vec::new(), asking: BTreeMap::new(), doors };
        for (number, spec) in specs.iter().enumerate() {
            let name = spec.own_luck().unwrap_or(Name::new("clients").at(number));
            let first = if spec.target == Target::Nearest { nearest(&spec.site) } else { crowd.doors[0] };
            crowd.groups.push(Group {
                end: ends(number),
                deadlines: VecDeque::new(),
                deadline: clocks.clock(name.child("deadline"), Class::Control),
                hedges: VecDeque::new(),
                hedge: clocks.clock(name.child("hedge"), Class::Control),
                spec: spec.clone(),
            });
            for one in 0..spec.count as usize {
                let luck = clocks.source(name.child("client").at(one));
                crowd.clients.push(Client { group: number as u32, had: 0, favourite: first, luck });
            }
        }
        crowd
    }

    /// How many clients there are.
    pub fn len(&self) -> usize {
        self.clients.len()
    }

    /// The client's stream of choices, and how many commands it has had.
    pub fn turn(&self, client: u32) -> (Source, u64) {
        let client = &self.clients[client as usize];
        (client.luck, client.had)
    }

    /// The group of each client.
    pub fn groups_of_clients(&self) -> Vec<u32> {
        self.clients.iter().map(|client| client.group).collect()
    }

    /// Where a group's clients are on the network, for one of them.
    pub fn end_of(&self, client: usize) -> Id {
        self.groups[self.clients[client].group as usize].end
    }

    fn group(&self, client: u32) -> usize {
        self.clients[client as usize].group as usize
    }

    /// The process behind this one, in turn.
    fn next_door(&self, after: Id) -> Id {
        let at = self.doors.iter().position(|door| *door == after).map_or(0, |at| at + 1);
        self.doors[at % self.doors.len()]
    }
}

/// What clients do.
impl<P: Process> Hub<P> {
    /// Every client waits for its first turn.
    pub fn open_doors(&mut self, cx: &mut Context<Event<P>>) {
        for client in 0..self.crowd.len() as u32 {
            self.next_turn(cx, client);
        }
    }

    /// A client waits until it asks again.
    pub fn next_turn(&mut self, cx: &mut Context<Event<P>>, client: u32) {
        let (Arrivals::Open(law) | Arrivals::Closed(law)) =
            &self.crowd.groups[self.crowd.group(client)].spec.arrivals;
        cx.send(self.crowd.clients[client as usize].luck, law, Event(Kind::Issue { client }));
    }

    /// Whether a client still asks.
    pub fn asks(&self, cx: &Context<Event<P>>, client: u32) -> bool {
        let until = self.crowd.groups[self.crowd.group(client)].spec.until;
        until.is_none_or(|until| cx.now() < Instant::START + until.span())
    }

    /// A client asks something new.
    pub fn issue(&mut self, cx: &mut Context<Event<P>>, client: u32, command: P::Command) {
        self.crowd.clients[client as usize].had += 1;
        let operation = self.history.begin(client, command.clone(), cx.now());
        let asking = Asking { client, command, tries: 0, redirects: 0, uncertain: false, rests: false };
        self.crowd.asking.insert(operation, asking);
        if let Arrivals::Open(_) = self.crowd.groups[self.crowd.group(client)].spec.arrivals {
            self.next_turn(cx, client);
        }
        self.again(cx, operation);
    }

    /// A client asks, for the first time or again.
    pub fn again(&mut self, cx: &mut Context<Event<P>>, operation: u64) {
        let Some(asking) = self.crowd.asking.get_mut(&operation) else { return };
        (asking.tries, asking.redirects, asking.rests) = (asking.tries + 1, 0, false);
        let (client, tries) = (asking.client, asking.tries);
        let number = self.crowd.group(client);
        let group = &mut self.crowd.groups[number];
        let ends = cx.now() + group.spec.timeout.span();
        group.deadlines.push_back((ends, operation, tries));
        if group.deadlines.len() == 1 {
            let event = Event(Kind::Deadline { group: number as u32, hedge: false });
            cx.set_after(group.deadline, group.spec.timeout.span(), event);
        }
        if let Some(after) = group.spec.hedge {
            group.hedges.push_back((cx.now() + after.span(), operation, tries));
            if group.hedges.len() == 1 {
                cx.set_after(
                    group.hedge,
                    after.span(),
                    Event(Kind::Deadline { group: number as u32, hedge: true }),
                );
            }
        }
        if group.spec.target == Target::Any {
            let (luck, doors) = (self.crowd.clients[client as usize].luck, self.crowd.doors.len());
            let door = cx.number(luck, doors as u64) as usize;
            self.crowd.clients[client as usize].favourite = self.crowd.doors[door];
        }
        let to = self.crowd.clients[client as usize].favourite;
        self.ask(cx, operation, to);
    }

    /// A request goes to a process.
    fn ask(&mut self, cx: &mut Context<Event<P>>, operation: u64, to: Id) {
        let Some(asking) = self.crowd.asking.get(&operation) else { return };
        let ticket = Ticket::new(asking.client, operation);
        let end = self.crowd.end_of(ticket.client());
        if let Some(span) = self.traffic.carry(cx, end, to) {
            let (life, command) = (self.lives[to.index()], asking.command.clone());
            cx.send_after(span, Event(Kind::Asked { to, life, ticket, command }));
        }
    }

    /// Tries that have waited too long are over; or, to hedge, get a second beside them.
    pub fn deadline(&mut self, cx: &mut Context<Event<P>>, number: u32, hedge: bool) {
        let now = cx.now();
        let group = &mut self.crowd.groups[number as usize];
        let (queue, clock) = match hedge {
            true => (&mut group.hedges, group.hedge),
            false => (&mut group.deadlines, group.deadline),
        };
        let mut due = Vec::new();
        while let Some(&(at, operation, tries)) = queue.front() {
            // Of those that are over nothing is due, so that the clock need not stop for them.
            let asking = self.crowd.asking.get(&operation);
            let stands = asking.is_some_and(|asking| asking.tries == tries && !asking.rests);
            if stands && at > now {
                cx.set_after(clock, at - now, Event(Kind::Deadline { group: number, hedge }));
                break;
            }
            if stands {
                due.push(operation);
            }
            queue.pop_front();
        }
        for operation in due {
            if hedge { self.second(cx, operation) } else { self.fails(cx, operation, true) }
        }
    }

    /// A second process is asked beside the first.
    fn second(&mut self, cx: &mut Context<Event<P>>, operation: u64) {
        let asking = self.crowd.asking.get_mut(&operation).expect("it is not over");
        asking.uncertain = true;
        let client = asking.client as usize;
        let to = self.crowd.next_door(self.crowd.clients[client].favourite);
        self.ask(cx, operation, to);
    }

    /// A try has failed: another follows, or the operation is over.
    fn fails(&mut self, cx: &mut Context<Event<P>>, operation: u64, unanswered: bool) {
        let asking = self.crowd.asking.get_mut(&operation).expect("it is not over");
        asking.uncertain |= unanswered;
        let (client, tries, uncertain) = (asking.client, asking.tries, asking.uncertain);
        let favourite = self.crowd.clients[client as usize].favourite;
        self.crowd.clients[client as usize].favourite = self.crowd.next_door(favourite);
        let spec = &self.crowd.groups[self.crowd.group(client)].spec;
        if tries <= spec.retries {
            let luck = self.crowd.clients[client as usize].luck;
            self.crowd.asking.get_mut(&operation).expect("it is not over").rests = true;
            return cx.send(luck, &spec.backoff, Event(Kind::Again { operation }));
        }
        self.over(cx, operation, if uncertain { Outcome::Unknown } else { Outcome::Refused });
    }

    /// An operation is over.
    fn over(&mut self, cx: &mut Context<Event<P>>, operation: u64, outcome: Outcome<P::Reply>) {
        let asking = self.crowd.asking.remove(&operation).expect("it is not over");
        self.history.end(operation, cx.now(), outcome);
        if let Arrivals::Closed(_) = self.crowd.groups[self.crowd.group(asking.client)].spec.arrivals {
            self.next_turn(cx, asking.client);
        }
    }

    /// An answer of a process goes to its client.
    pub fn answer(&mut self, cx: &mut Context<Event<P>>, from: Id, ticket: Ticket, answer: Answer<P::Reply>) {
        self.story.tell(cx, Some(from), || What::Answered { ticket, text: format!("{answer:?}") });
        if let Some(span) = self.traffic.carry(cx, from, self.crowd.end_of(ticket.client())) {
            cx.send_after(span, Event(Kind::Answered { from, ticket, answer }));
        }
    }

    /// An answer has come. Of several to one request the first counts.
    pub fn answered(
        &mut self,
        cx: &mut Context<Event<P>>,
        from: Id,
        ticket: Ticket,
        answer: Answer<P::Reply>,
    ) {
        let operation = ticket.number();
        let Some(asking) = self.crowd.asking.get_mut(&operation) else { return };
        let client = asking.client as usize;
        match answer {
            // One of two at once, or one that was given up.
            Answer::Ask(_) | Answer::Refused if asking.rests => {}
            Answer::Done(reply) => {
                self.crowd.clients[client].favourite = from;
                self.over(cx, operation, Outcome::Done(reply));
            }
            Answer::Ask(to) if asking.redirects < REDIRECTS_MAX => {
                asking.redirects += 1;
                self.crowd.clients[client].favourite = to;
                self.ask(cx, operation, to);
            }
            Answer::Ask(_) | Answer::Refused => self.fails(cx, operation, false),
        }
    }
}
