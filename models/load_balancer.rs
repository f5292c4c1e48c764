//! A load balancer: health checks over a pool of servers, a circuit breaker for each, and an autoscaler.
//!
//! Health checks as HAProxy and the clouds' balancers have them: so many failures in a row take a server out, so many successes put
//! it back. Circuit breakers as in Michael T. Nygard, "Release It!", 2007, section 5.2: closed, open, half open. The autoscaler
//! wants so many requests a second for each server, as a "target tracking" policy or Kubernetes' Horizontal Pod Autoscaler
//! does. Which server is next: any, each in turn, or the one with the fewest requests ("least connections").
//!
//! Process 0 is the balancer, which keeps nothing on its disk; the others are servers, each of which does one thing after the other,
//! and answers health checks in their turn.
//!
//! Left out: more than one balancer; retries by the balancer; errors other than silence; starting servers anew that are broken.

use std::collections::{BTreeMap, VecDeque};

use fivenines::process::{
    Context, Dice, Event, History, Id, Milestones, Process, Protocol, Recovered, Ticket, Verdict, View,
    keep_to, kv,
};
use fivenines::random::Law;
use fivenines::units::{Duration, Instant};
use serde::Deserialize;

/// The number of the process that is the balancer.
const BALANCER: usize = 0;

/// What can be chosen.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct LoadBalancer {
    /// How many servers there are at most. 4.
    pub servers: usize,
    /// How many of them are in the pool at first, and at least. 4.
    pub least: usize,
    /// How long a request takes a server. "exponential(mean 10ms)".
    pub work: Law,
    /// Which server is next. "in-turn".
    pub next: Next,
    /// How many requests a server gets at once at most; any number, if 0. 0.
    pub at_once: usize,
    /// How many requests wait at the balancer while no server may have them; more are refused. 0.
    pub waiting: usize,
    /// How often every server is checked. "1s".
    pub check: Duration,
    /// How long the balancer waits for the answer: less than until the next check. "500ms".
    pub check_timeout: Duration,
    /// How many checks in a row must fail until a server is taken out. 3.
    pub fall: u32,
    /// How many must succeed until it is put back. 2.
    pub rise: u32,
    /// How long the balancer waits for a request to be served. "1s".
    pub timeout: Duration,
    /// After how many of these in a row the breaker opens; never, if 0. 5.
    pub breaks_after: u32,
    /// How long a breaker is open, until one request tries whether the server is well. "5s".
    pub open: Duration,
    /// How often the autoscaler looks; never, if zero. "0s".
    pub scale: Duration,
    /// How many requests a second it wants for each server. 50.
    pub per_server: f64,
    /// How long a server takes to start. "30s".
    pub boot: Duration,
    /// A mistake to be found. None.
    pub mistake: Option<Mistake>,
}

/// Which server is next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Next {
    /// Any, each as likely.
    Any,
    /// Each in its turn.
    InTurn,
    /// The one with the fewest requests; of several the first.
    Fewest,
}

/// Mistakes that the checks find.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mistake {
    /// The first answer of a server is for the first request that it was sent and the balancer still waits for, whatever that says:
    /// one that was given up leaves its answer to the next client (as in OpenAI's outage of 20 March 2023).
    PairsByOrder,
    /// A breaker that has opened is never half open.
    StaysOpen,
}

impl Default for LoadBalancer {
    fn default() -> LoadBalancer {
        LoadBalancer {
            servers: 4,
            least: 4,
            work: "exponential(mean 10ms)".parse().expect("it is a law"),
            next: Next::InTurn,
            at_once: 0,
            waiting: 0,
            check: Duration::seconds(1.0),
            check_timeout: Duration::millis(500.0),
            fall: 3,
            rise: 2,
            timeout: Duration::seconds(1.0),
            breaks_after: 5,
            open: Duration::seconds(5.0),
            scale: Duration::ZERO,
            per_server: 50.0,
            boot: Duration::seconds(30.0),
            mistake: None,
        }
    }
}

/// What processes tell each other.
#[derive(Clone, Debug)]
pub enum Message {
    /// Are you well?
    Check,
    /// Yes.
    Well,
    /// Do what this client asks: the balancer's request of this number.
    Serve { number: u64, command: u64 },
    /// It is done.
    Served { number: u64, reply: u64 },
}

/// What the balancer waits for: to check, for answers to checks, to give requests up, for servers to start, and to scale.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Timer {
    Check,
    CheckLate,
    Late,
    Booted,
    Scale,
}

/// A circuit breaker.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Breaker {
    /// All is well, but for so many failures in a row.
    Closed(u32),
    /// Nothing goes through until then.
    Open(Instant),
    /// One request tries.
    HalfOpen,
}

/// A server, as the balancer sees it.
#[derive(Clone, Debug)]
struct Backend {
    /// From when on it is in the pool, if it is.
    pooled: Option<Instant>,
    well: bool,
    /// Checks in a row that said otherwise.
    contrary: u32,
    /// The last check was answered.
    answered: bool,
    breaker: Breaker,
    /// The requests that it has, in the order sent.
    has: Vec<u64>,
}

/// The balancer or a server.
#[derive(Clone, Debug)]
pub struct Host {
    options: LoadBalancer,
    /// Of the balancer: the servers, whose numbers are one higher.
    backends: Vec<Backend>,
    /// Requests that no server has.
    queue: VecDeque<(Ticket, u64)>,
    /// Requests that a server has: whose, and which server.
    pending: BTreeMap<u64, (Ticket, usize)>,
    deadlines: VecDeque<(Instant, u64)>,
    numbers: u64,
    turn: usize,
    /// Requests since the autoscaler last looked.
    came: u64,
}

type Cx<'a> = Context<'a, Host>;

impl Host {
    fn begin(&mut self, cx: &mut Cx<'_>) {
        if cx.id().index() != BALANCER {
            return;
        }
        let backend = |n| Backend {
            pooled: (n < self.options.least).then_some(cx.now()),
            well: true,
            contrary: 0,
            answered: true,
            breaker: Breaker::Closed(0),
            has: Vec::new(),
        };
        self.backends = (0..self.options.servers).map(backend).collect();
        // Answers to what it sent before it crashed are for nothing that it sends now.
        self.numbers = cx.now().as_micros();
        cx.set_timer(Timer::Check, self.options.check);
        if !self.options.scale.is_zero() {
            cx.set_timer(Timer::Scale, self.options.scale);
        }
    }

    /// Whether a server may have a request.
    fn may(&self, n: usize, now: Instant) -> bool {
        let backend = &self.backends[n];
        let breaker = match backend.breaker {
            Breaker::Closed(_) => true,
            Breaker::Open(until) => now >= until && self.options.mistake != Some(Mistake::StaysOpen),
            Breaker::HalfOpen => false,
        };
        let room = self.options.at_once == 0 || backend.has.len() < self.options.at_once;
        backend.pooled.is_some_and(|at| at <= now) && backend.well && breaker && room
    }

    fn choose(&mut self, cx: &mut Cx<'_>) -> Option<usize> {
        let count = self.backends.len();
        let mut may = (0..count).map(|step| (self.turn + step) % count).filter(|n| self.may(*n, cx.now()));
        let chosen = match self.options.next {
            Next::InTurn => may.next()?,
            Next::Fewest => may.min_by_key(|n| (self.backends[*n].has.len(), *n))?,
            Next::Any => {
                let all: Vec<usize> = may.collect();
                if all.is_empty() {
                    return None;
                }
                all[cx.pick(all.len())]
            }
        };
        self.turn = if self.options.next == Next::InTurn { (chosen + 1) % count } else { 0 };
        Some(chosen)
    }

    /// Hands out what waits, as far as servers may have it.
    fn hand_out(&mut self, cx: &mut Cx<'_>) {
        while let Some((ticket, command)) = self.queue.front().copied() {
            let Some(n) = self.choose(cx) else { break };
            self.queue.pop_front();
            let number = self.numbers;
            self.numbers += 1;
            let backend = &mut self.backends[n];
            backend.has.push(number);
            if let Breaker::Open(_) = backend.breaker {
                backend.breaker = Breaker::HalfOpen;
            }
            self.pending.insert(number, (ticket, n));
            self.deadlines.push_back((cx.now() + self.options.timeout.span(), number));
            if self.deadlines.len() == 1 {
                cx.set_timer(Timer::Late, self.options.timeout);
            }
            cx.send(Id::new(n + 1), Message::Serve { number, command });
        }
        while self.queue.len() > self.options.waiting {
            self.queue.pop_back().into_iter().for_each(|(ticket, _)| cx.refuse(ticket));
        }
    }

    fn served(&mut self, n: usize, number: u64, reply: u64, cx: &mut Cx<'_>) {
        let by_order = self.options.mistake == Some(Mistake::PairsByOrder);
        let number = self.backends[n].has.first().copied().filter(|_| by_order).unwrap_or(number);
        let Some((ticket, _)) = self.pending.remove(&number) else { return };
        let backend = &mut self.backends[n];
        backend.has.retain(|has| *has != number);
        backend.breaker = Breaker::Closed(0);
        cx.reply(ticket, reply);
        self.hand_out(cx);
    }

    /// Gives up requests that have waited too long.
    fn late(&mut self, cx: &mut Cx<'_>) {
        while let Some((at, number)) = self.deadlines.front().copied() {
            if at > cx.now() {
                cx.set_timer(Timer::Late, at - cx.now());
                break;
            }
            self.deadlines.pop_front();
            // It may be done yet, so that the client is told nothing.
            let Some((_, n)) = self.pending.remove(&number) else { continue };
            let backend = &mut self.backends[n];
            backend.has.retain(|has| *has != number);
            let failures = if let Breaker::Closed(before) = backend.breaker { before + 1 } else { u32::MAX };
            let opens = self.options.breaks_after > 0 && failures >= self.options.breaks_after;
            backend.breaker = match backend.breaker {
                Breaker::Open(until) => Breaker::Open(until),
                Breaker::Closed(_) | Breaker::HalfOpen if opens => {
                    Breaker::Open(cx.now() + self.options.open.span())
                }
                Breaker::Closed(_) | Breaker::HalfOpen => Breaker::Closed(failures),
            };
        }
        self.hand_out(cx);
    }

    fn check(&mut self, cx: &mut Cx<'_>) {
        cx.set_timer(Timer::Check, self.options.check);
        cx.set_timer(Timer::CheckLate, self.options.check_timeout);
        for (n, backend) in self.backends.iter_mut().enumerate() {
            backend.answered = false;
            cx.send(Id::new(n + 1), Message::Check);
        }
    }

    /// Those that have not answered have failed the check.
    fn judge(&mut self, cx: &mut Cx<'_>) {
        let (fall, rise) = (self.options.fall, self.options.rise);
        for backend in &mut self.backends {
            backend.contrary = if backend.answered == backend.well { 0 } else { backend.contrary + 1 };
            if backend.contrary >= if backend.well { fall } else { rise } {
                (backend.well, backend.contrary) = (!backend.well, 0);
                cx.mark(if backend.well { "put back" } else { "taken out" });
            }
        }
        self.hand_out(cx);
    }

    /// Wants as many servers as the requests that came ask for.
    fn scale(&mut self, cx: &mut Cx<'_>) {
        cx.set_timer(Timer::Scale, self.options.scale);
        let rate = std::mem::take(&mut self.came) as f64 / self.options.scale.secs();
        let wanted = (rate / self.options.per_server).ceil() as usize;
        let wanted = wanted.clamp(self.options.least, self.backends.len());
        for (n, backend) in self.backends.iter_mut().enumerate() {
            match backend.pooled {
                None if n < wanted => {
                    backend.pooled = Some(cx.now() + self.options.boot.span());
                    cx.mark("started");
                    cx.set_timer(Timer::Booted, self.options.boot);
                }
                // It does what it has, and gets no more.
                Some(_) if n >= wanted => {
                    backend.pooled = None;
                    cx.mark("stopped");
                }
                Some(_) | None => {}
            }
        }
    }
}

impl Process for Host {
    type Message = Message;
    type Timer = Timer;
    type Record = ();
    type Command = u64;
    /// What was asked: a client that is answered anything else has got another's answer.
    type Reply = u64;

    fn start(&mut self, cx: &mut Cx<'_>) {
        self.begin(cx);
    }

    fn recover(&mut self, _: Recovered<'_, ()>, cx: &mut Cx<'_>) {
        self.begin(cx);
    }

    fn message(&mut self, from: Id, message: Message, cx: &mut Cx<'_>) {
        match message {
            Message::Check => cx.send(from, Message::Well),
            Message::Well => self.backends[from.index() - 1].answered = true,
            Message::Serve { number, command } => {
                let work = cx.span(&self.options.work);
                cx.work(work);
                cx.send(from, Message::Served { number, reply: command });
            }
            Message::Served { number, reply } => self.served(from.index() - 1, number, reply, cx),
        }
    }

    fn timer(&mut self, timer: Timer, cx: &mut Cx<'_>) {
        match timer {
            Timer::Check => self.check(cx),
            Timer::CheckLate => self.judge(cx),
            Timer::Late => self.late(cx),
            Timer::Booted => self.hand_out(cx),
            Timer::Scale => self.scale(cx),
        }
    }

    fn request(&mut self, ticket: Ticket, command: u64, cx: &mut Cx<'_>) {
        self.came += 1;
        self.queue.push_back((ticket, command));
        self.hand_out(cx);
    }
}

impl Protocol for LoadBalancer {
    type Process = Host;

    fn sound(&self) -> Result<(), String> {
        keep_to(&[
            ((1..=self.servers).contains(&self.least), "`least` must be 1 to the number of servers"),
            (!self.check.is_zero(), "`check` must be longer than nothing"),
            (!self.timeout.is_zero(), "`timeout` must be longer than nothing"),
            (self.per_server > 0.0, "`per-server` must be more than 0"),
        ])
    }

    fn processes(&self) -> Vec<Host> {
        let host = Host {
            options: self.clone(),
            backends: Vec::new(),
            queue: VecDeque::new(),
            pending: BTreeMap::new(),
            deadlines: VecDeque::new(),
            numbers: 0,
            turn: 0,
            came: 0,
        };
        vec![host; self.servers + 1]
    }

    fn doors(&self) -> Vec<Id> {
        vec![Id::new(BALANCER)]
    }

    fn command(&self, client: usize, nth: u64, _: &mut Dice<'_, Event<Host>>) -> u64 {
        kv::unique(client, nth)
    }

    /// The requests that servers have are those that are waited for.
    fn invariant(&self, view: &View<'_, Host>) -> Result<(), String> {
        let Some(balancer) = view.get(Id::new(BALANCER)) else { return Ok(()) };
        let has: usize = balancer.backends.iter().map(|backend| backend.has.len()).sum();
        let waits = balancer.pending.len();
        if has == waits { Ok(()) } else { Err(format!("servers have {has} requests, of {waits} waited for")) }
    }

    /// No server that is up and in the pool is left out.
    fn serves(&self, view: &View<'_, Host>) -> bool {
        let Some(balancer) = view.get(Id::new(BALANCER)) else { return false };
        let mut backends = balancer.backends.iter().enumerate();
        backends.all(|(n, backend)| {
            let closed = matches!(backend.breaker, Breaker::Closed(_));
            let up = view.get(Id::new(n + 1)).is_some();
            backend.pooled.is_none() || (up && backend.well && closed)
        })
    }

    fn milestones(&self) -> Milestones {
        Milestones { noticed: &["taken out"], taken_over: &[] }
    }

    fn check(&self, history: &History<u64, u64>) -> Verdict {
        let wrong = |operation: &&fivenines::process::Operation<u64, u64>| {
            operation.outcome.reply().is_some_and(|reply| *reply != operation.command)
        };
        match history.operations().iter().find(wrong) {
            Some(operation) => {
                Verdict::Broken(format!("client {} got the answer of another", operation.client))
            }
            None => Verdict::Holds,
        }
    }
}
