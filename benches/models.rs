//! The same workloads as models on the engine.

use fivenines::engine::{Class, Clock, Clocks, Context, Model, Near, Source, Watch};
use fivenines::process::{self, Dice, Id, Process, Protocol, Recovered, Ticket};
use fivenines::random::{Law, Name};
use fivenines::units::Span;

use super::plain::Tick;
use super::{ARRIVAL, DELAY, DOWN, SERVICE, TIMEOUT, UP};

/// W1: independent components that fail and are restored; up while at most one is down.
#[derive(Clone)]
pub struct Components {
    up: Vec<bool>,
    down: u32,
    life: Law,
    repair: Law,
}

impl Model for Components {
    type Event = u32;

    fn clocks(&mut self, clocks: &mut Clocks) {
        let component = Name::new("component");
        clocks.reserve(self.up.len(), 0);
        for index in 0..self.up.len() {
            clocks.clock(component.at(index), Class::Fault);
        }
    }

    fn start(&mut self, cx: &mut Context<u32>) {
        for component in 0..self.up.len() {
            cx.set(Clock::from_index(component), &self.life, component as u32);
        }
    }

    #[inline]
    fn on(&mut self, component: u32, cx: &mut Context<u32>) {
        let up = &mut self.up[component as usize];
        *up = !*up;
        self.down = if *up { self.down - 1 } else { self.down + 1 };
        let law = if *up { &self.life } else { &self.repair };
        cx.set(Clock::from_index(component as usize), law, component);
    }

    #[inline]
    fn observe(&self, watch: &mut Watch) {
        watch.up(self.down <= 1);
    }
}

pub fn components(count: usize) -> Components {
    Components { up: vec![true; count], down: 0, life: UP.law(), repair: DOWN.law() }
}

/// W2: messages sent on from node to node.
#[derive(Clone)]
pub struct Messages {
    received: Vec<u32>,
    delay: Law,
}

impl Model for Messages {
    type Event = u32;

    fn clocks(&mut self, clocks: &mut Clocks) {
        let node = Name::new("node");
        clocks.reserve(0, self.received.len());
        for index in 0..self.received.len() {
            clocks.source(node.at(index));
        }
    }

    fn start(&mut self, cx: &mut Context<u32>) {
        for node in 0..self.received.len() {
            cx.send(Source::from_index(node), &self.delay, node as u32);
        }
    }

    #[inline]
    fn on(&mut self, node: u32, cx: &mut Context<u32>) {
        self.received[node as usize] += 1;
        let source = Source::from_index(node as usize);
        let to = cx.pick(source, self.received.len());
        cx.send(source, &self.delay, to as u32);
    }

    fn foresee(&self, node: &u32, near: Near<'_, u32>) {
        std::hint::black_box(self.received[*node as usize]);
        near.source(Source::from_index(*node as usize));
    }

    #[inline]
    fn observe(&self, watch: &mut Watch) {
        watch.level(f64::from(self.received[0]));
    }
}

/// W4: the same, each node with a timeout that every receipt sets anew.
#[derive(Clone)]
pub struct Timeouts {
    pub messages: Messages,
    pub expired: u64,
}

impl Model for Timeouts {
    type Event = Tick;

    fn clocks(&mut self, clocks: &mut Clocks) {
        let node = Name::new("node");
        for index in 0..self.messages.received.len() {
            clocks.clock(node.at(index).child("timeout"), Class::Control);
        }
        self.messages.clocks(clocks);
    }

    fn start(&mut self, cx: &mut Context<Tick>) {
        for node in 0..self.messages.received.len() {
            cx.send(Source::from_index(node), &self.messages.delay, Tick::Receipt(node as u32));
            self.arm(node as u32, cx);
        }
    }

    #[inline]
    fn on(&mut self, tick: Tick, cx: &mut Context<Tick>) {
        match tick {
            Tick::Receipt(node) => {
                self.arm(node, cx);
                let source = Source::from_index(node as usize);
                let to = cx.pick(source, self.messages.received.len());
                cx.send(source, &self.messages.delay, Tick::Receipt(to as u32));
            }
            Tick::Timeout(..) => self.expired += 1,
        }
    }

    #[inline]
    fn observe(&self, watch: &mut Watch) {
        watch.level(self.expired as f64);
    }
}

impl Timeouts {
    #[inline]
    fn arm(&self, node: u32, cx: &mut Context<Tick>) {
        let timeout = Span::from_micros(TIMEOUT.micros() as u64);
        cx.set_after(Clock::from_index(node as usize), timeout, Tick::Timeout(node, 0));
    }
}

pub fn messages(count: usize) -> Messages {
    Messages { received: vec![0; count], delay: DELAY.law() }
}

/// W3: one server, Poisson arrivals.
#[derive(Clone)]
pub struct Queue {
    jobs: u64,
    clocks: [Clock; 2],
    arrival: Law,
    service: Law,
}

impl Model for Queue {
    type Event = bool;

    fn clocks(&mut self, clocks: &mut Clocks) {
        self.clocks = ["arrival", "service"].map(|name| clocks.clock(name, Class::Control));
    }

    fn start(&mut self, cx: &mut Context<bool>) {
        cx.set(self.clocks[0], &self.arrival, true);
    }

    #[inline]
    fn on(&mut self, arrives: bool, cx: &mut Context<bool>) {
        if arrives {
            self.jobs += 1;
            cx.set(self.clocks[0], &self.arrival, true);
        } else {
            self.jobs -= 1;
        }
        if self.jobs == 1 && arrives || self.jobs > 0 && !arrives {
            cx.set(self.clocks[1], &self.service, false);
        }
    }

    #[inline]
    fn observe(&self, watch: &mut Watch) {
        watch.level(self.jobs as f64);
    }
}

pub fn queue() -> Queue {
    Queue { jobs: 0, clocks: [Clock::default(); 2], arrival: ARRIVAL.law(), service: SERVICE.law() }
}

/// W5: the same as W2 by processes on a network.
#[derive(Clone, Debug)]
pub struct Gossip {
    pub received: u32,
    /// How many there are, in the one who starts; nobody else does.
    count: usize,
}

impl Process for Gossip {
    type Message = u32;
    type Timer = ();
    type Record = ();
    type Command = ();
    type Reply = ();

    const TIMERS: usize = 1;

    fn start(&mut self, cx: &mut process::Context<'_, Gossip>) {
        cx.send(cx.id(), 0);
    }

    fn recover(&mut self, _: Recovered<'_, ()>, _: &mut process::Context<'_, Gossip>) {}

    #[inline]
    fn message(&mut self, _: Id, hops: u32, cx: &mut process::Context<'_, Gossip>) {
        self.received += 1;
        let to = Id::new(cx.pick(self.count));
        cx.send(to, hops.wrapping_add(1));
    }

    fn timer(&mut self, (): (), _: &mut process::Context<'_, Gossip>) {}

    fn request(&mut self, _: Ticket, (): (), _: &mut process::Context<'_, Gossip>) {}
}

/// So many who pass messages on.
#[derive(Clone, Debug)]
pub struct Gossips(pub usize);

impl Protocol for Gossips {
    type Process = Gossip;

    fn processes(&self) -> Vec<Gossip> {
        vec![Gossip { received: 0, count: self.0 }; self.0]
    }

    fn command(&self, _: usize, _: u64, _: &mut Dice<'_, process::Event<Gossip>>) {}
}
