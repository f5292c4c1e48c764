//! A process that does as it is told and writes down what happens to it: what the other tests look at.

use fivenines::engine::Simulator;
use fivenines::process::{
    Cluster, Context, Dice, Event, Fault, Id, Network, Planned, Process, Protocol, Recovered, Schedule,
    Ticket, Wire, play,
};
use fivenines::random::Law;
use fivenines::units::{Duration, Instant, Span};

/// What a process does, and when by its own clock.
#[derive(Clone, Debug, PartialEq)]
pub enum Does {
    /// Sends these numbers, one after the other.
    Send(usize, Vec<u64>),
    /// Writes a number.
    Write(u64),
    /// Writes a number and syncs.
    Sync(u64),
    /// Works for so many milliseconds.
    Work(u64),
}

/// What happened to it, and when by the world's clock as far as it can tell.
#[derive(Clone, Debug, PartialEq)]
pub enum Saw {
    Message(u64),
    Disconnected(usize),
    Records(Vec<u64>, bool),
    Did(usize),
}

#[derive(Clone, Debug, Default)]
pub struct Actor {
    /// At which millisecond of its clock it does what, in order.
    part: Vec<(u64, Does)>,
    pub saw: Vec<(u64, Saw)>,
}

impl Actor {
    fn see(&mut self, cx: &Context<'_, Actor>, saw: Saw) {
        self.saw.push((cx.now().as_micros() / 1000, saw));
    }

    fn play(&mut self, number: usize, cx: &mut Context<'_, Actor>) {
        match self.part[number].1.clone() {
            Does::Send(to, numbers) => numbers.into_iter().for_each(|number| cx.send(Id::new(to), number)),
            Does::Write(number) => cx.append(number),
            Does::Sync(number) => {
                cx.append(number);
                cx.sync();
            }
            Does::Work(millis) => cx.work(Span::from_micros(1000 * millis)),
        }
        self.see(cx, Saw::Did(number));
    }
}

impl Process for Actor {
    type Message = u64;
    type Timer = usize;
    type Record = u64;
    type Command = u64;
    type Reply = u64;

    const TIMERS: usize = 32;

    fn start(&mut self, cx: &mut Context<'_, Actor>) {
        for (number, (at, _)) in self.part.iter().enumerate() {
            cx.set_timer(number, Duration::millis(*at as f64));
        }
    }

    fn recover(&mut self, found: Recovered<'_, u64>, cx: &mut Context<'_, Actor>) {
        let now = cx.now();
        for (number, (at, _)) in self.part.iter().enumerate() {
            let at = Instant::from_micros(1000 * at);
            if at > now {
                cx.set_timer(number, at - now);
            }
        }
        self.see(cx, Saw::Records(found.records.to_vec(), found.damaged));
    }

    fn message(&mut self, _: Id, number: u64, cx: &mut Context<'_, Actor>) {
        self.see(cx, Saw::Message(number));
    }

    fn timer(&mut self, number: usize, cx: &mut Context<'_, Actor>) {
        self.play(number, cx);
    }

    fn request(&mut self, ticket: Ticket, command: u64, cx: &mut Context<'_, Actor>) {
        cx.reply(ticket, command);
    }

    fn disconnected(&mut self, peer: Id, cx: &mut Context<'_, Actor>) {
        self.see(cx, Saw::Disconnected(peer.index()));
    }

    fn size(_: &u64) -> u64 {
        1000
    }
}

/// Processes, each with its part.
#[derive(Clone, Debug)]
pub struct Play(pub Vec<Vec<(u64, Does)>>);

impl Protocol for Play {
    type Process = Actor;

    fn processes(&self) -> Vec<Actor> {
        self.0.iter().map(|part| Actor { part: part.clone(), saw: Vec::new() }).collect()
    }

    fn command(&self, _: usize, nth: u64, _: &mut Dice<'_, Event<Actor>>) -> u64 {
        nth
    }
}

/// A constant latency in milliseconds.
pub fn wire(millis: f64) -> Wire {
    Wire::new(Law::constant(Duration::millis(millis)))
}

/// A fault from one millisecond on, for so many.
pub fn fault(fault: Fault, at: u64, lasts: u64) -> Planned {
    Planned::new(fault, Duration::millis(at as f64), Duration::millis(lasts as f64))
}

pub fn cluster(parts: Vec<Vec<(u64, Does)>>, wire: Wire) -> Cluster<Play> {
    Cluster::new(Play(parts), &Network::flat(wire))
}

/// What a process that is up saw within a second: since its last crash, because that takes what it knew.
pub fn saw(cluster: Cluster<Play>, faults: Vec<Planned>, of: usize) -> Vec<(u64, Saw)> {
    let cluster = cluster.schedule(Schedule::from(faults));
    let end = Instant::START + Span::from_secs(1);
    play(&mut Simulator::new(cluster, 1), 0, end, |cluster| {
        cluster.process(Id::new(of)).expect("it is up at the end").saw.clone()
    })
}
