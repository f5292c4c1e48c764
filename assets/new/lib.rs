//! Numbers, each handed out once: one server that counts, with a disk.
//!
//! A small protocol to begin with. It has a mistake: see `syncs`.

use std::collections::BTreeSet;

use fivenines::experiment::Models;
use fivenines::process::{
    Context, Dice, Event, History, Id, Process, Protocol, Recovered, Ticket, Verdict, View,
};
use serde::Deserialize;

/// The models of this crate, by name.
pub fn models() -> Models {
    Models::new().with::<Numbers>("numbers", "numbers, each handed out once")
}

/// The options of the model, as `[options]` in a file has them.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Numbers {
    /// Whether the server waits for its disk before it answers. Without that a crash makes it hand out numbers again.
    pub syncs: bool,
}

/// A server. Its fields are lost at a crash.
#[derive(Clone, Debug)]
pub struct Server {
    syncs: bool,
    last: u64,
}

impl Process for Server {
    /// What servers tell each other: there is only one.
    type Message = ();
    /// What it waits for: nothing.
    type Timer = ();
    /// What its disk keeps: the last number.
    type Record = u64;
    /// What clients ask: the next number.
    type Command = ();
    /// What they are answered.
    type Reply = u64;

    fn start(&mut self, _: &mut Context<'_, Server>) {}

    fn recover(&mut self, found: Recovered<'_, u64>, cx: &mut Context<'_, Server>) {
        self.last = found.records.last().copied().unwrap_or(0);
        cx.mark("recovered");
    }

    fn message(&mut self, _: Id, (): (), _: &mut Context<'_, Server>) {}

    fn timer(&mut self, (): (), _: &mut Context<'_, Server>) {}

    fn request(&mut self, ticket: Ticket, (): (), cx: &mut Context<'_, Server>) {
        self.last += 1;
        cx.append(self.last);
        if self.syncs {
            cx.sync();
        }
        cx.reply(ticket, self.last);
    }
}

impl Protocol for Numbers {
    type Process = Server;

    fn processes(&self) -> Vec<Server> {
        vec![Server { syncs: self.syncs, last: 0 }]
    }

    fn command(&self, _client: usize, _nth: u64, _: &mut Dice<'_, Event<Server>>) {}

    /// It serves while it is up.
    fn serves(&self, view: &View<'_, Server>) -> bool {
        view.get(Id::new(0)).is_some()
    }

    /// No number is handed out twice.
    fn check(&self, history: &History<(), u64>) -> Verdict {
        let mut given = BTreeSet::new();
        for number in history.operations().iter().filter_map(|operation| operation.outcome.reply()) {
            if !given.insert(*number) {
                return Verdict::Broken(format!("{number} was handed out twice"));
            }
        }
        Verdict::Holds
    }
}
