//! Who is there? A membership protocol whose load does not grow with the group.
//!
//! Abhinandan Das, Indranil Gupta and Ashish Motivala, "SWIM: Scalable Weakly-consistent Infection-style Process Group Membership
//! Protocol", DSN 2002: pings and indirect pings (section 3.1), news on the back of them (section 4.1), suspicion with incarnations
//! (section 4.2), and targets in a shuffled order, so that every crash is found within a bounded time (section 4.3).
//!
//! Two things are added, without which a group does not come together again: one who is taken for dead may say with a higher
//! incarnation that it is not, where the paper lets nobody come back under its name; and now and then somebody who is taken for
//! dead is pinged, as the sides of a partition would else never hear of each other.
//!
//! Left out: joining and leaving, as who may be there is known from the start.

use fivenines::process::{
    Context, Dice, Event, Id, Milestones, Process, Protocol, Recovered, Ticket, View, keep_to,
};
use fivenines::units::Duration;
use serde::Deserialize;

/// What can be chosen.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Swim {
    /// How many members there are. 10.
    pub members: usize,
    /// How often each pings another (the paper's T'). "1s".
    pub period: Duration,
    /// How long it waits for the answer before it asks others to ping. "300ms".
    pub timeout: Duration,
    /// How many others it asks (the paper's k). 3.
    pub helpers: usize,
    /// How many periods one is suspected before it is taken for dead; none, and nobody is suspected. 5.
    pub suspicion: u64,
    /// Whom it pings next. "shuffled".
    pub targets: Targets,
    /// How much news a message carries at most. 6.
    pub piggyback: usize,
    /// How often a member passes a piece of news on, as a multiple of the logarithm (base 2) of the group's size. 3.
    pub spread: u32,
    /// After how many periods it pings one that it takes for dead; never, if 0. 5.
    pub knock: u64,
    /// Whether periods begin together, as in the paper's analysis, and not at random. No.
    pub in_step: bool,
    /// A mistake to be found. None.
    pub mistake: Option<Mistake>,
}

/// Whom a member pings next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Targets {
    /// Anybody, each time anew (section 3.1).
    Random,
    /// One after the other, in an order that is shuffled when all have had their turn (section 4.3).
    Shuffled,
}

/// Mistakes that the checks find.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mistake {
    /// One who is suspected does not raise its incarnation when it says that it is there: nobody may believe it (section 4.2).
    SameIncarnation,
}

impl Default for Swim {
    fn default() -> Swim {
        Swim {
            members: 10,
            period: Duration::seconds(1.0),
            timeout: Duration::millis(300.0),
            helpers: 3,
            suspicion: 5,
            targets: Targets::Shuffled,
            piggyback: 6,
            spread: 3,
            knock: 5,
            in_step: false,
            mistake: None,
        }
    }
}

/// What is believed of a member. Of the same incarnation the later in this order overrides the earlier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Belief {
    /// It is there.
    Alive,
    /// It did not answer.
    Suspect,
    /// It is not there.
    Dead,
}

/// A piece of news: of two about the same member the greater overrides the lesser.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct News {
    /// About whom.
    pub of: Id,
    /// As which it was known: only the member itself raises this.
    pub incarnation: u64,
    /// What is believed.
    pub belief: Belief,
}

/// What processes tell each other, with news.
#[derive(Clone, Debug)]
pub enum Message {
    /// Are you there? The probe of this number, of this member.
    Ping { probe: (Id, u64), news: Vec<News> },
    /// Yes; or, from one who was asked to ping: it is.
    Ack { probe: (Id, u64), news: Vec<News> },
    /// Ask this one, for me.
    Ask { target: Id, probe: (Id, u64), news: Vec<News> },
}

/// What they wait for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Timer {
    /// The next period begins.
    Period,
    /// The answer to the ping is late.
    Late,
}

/// What is known of another.
#[derive(Clone, Copy, Debug)]
struct Known {
    news: News,
    /// In which period it came.
    since: u64,
}

/// A member of the group.
#[derive(Clone, Debug, Default)]
pub struct Member {
    options: Swim,
    incarnation: u64,
    /// All members; what stands at its own place is not looked at.
    known: Vec<Known>,
    /// How many it does not take for alive.
    doubts: usize,
    /// News to be passed on, and how often each was.
    news: Vec<(News, u32)>,
    /// Whom it pings in this round.
    order: Vec<Id>,
    /// Periods so far; a probe has the number of its period.
    period: u64,
    /// Whom it has pinged in this period, and not heard of.
    probing: Option<Id>,
}

type Cx<'a> = Context<'a, Member>;

impl Member {
    /// What it believes of another.
    pub fn belief(&self, of: Id) -> Belief {
        self.known[of.index()].news.belief
    }

    fn begin(&mut self, cx: &mut Cx<'_>) {
        let known =
            |of| Known { news: News { of: Id::new(of), incarnation: 0, belief: Belief::Alive }, since: 0 };
        self.known = (0..cx.processes()).map(known).collect();
        let steps = if self.options.in_step { 1 } else { 1000 };
        let phase = self.options.period.secs() * (1.0 + cx.pick(steps) as f64 / steps as f64);
        cx.set_timer(Timer::Period, Duration::seconds(phase));
    }

    /// What a message carries: first what its receiver must be able to deny, then what was passed on least.
    fn news_for(&mut self, to: Id) -> Vec<News> {
        let limit = self.options.spread * (self.known.len().ilog2() + 1);
        let about = self.known[to.index()].news;
        let mut carried: Vec<News> = (about.belief != Belief::Alive).then_some(about).into_iter().collect();
        self.news.sort_by_key(|(_, times)| *times);
        for (news, times) in self.news.iter_mut().take(self.options.piggyback) {
            *times += 1;
            carried.push(*news);
        }
        self.news.retain(|(_, times)| *times < limit);
        carried
    }

    fn pass_on(&mut self, news: News) {
        self.news.retain(|(old, _)| old.of != news.of);
        self.news.push((news, 0));
    }

    /// Believes what is newer than what it knows.
    fn hear(&mut self, news: News, cx: &mut Cx<'_>) {
        if news.of == cx.id() {
            return self.deny(news, cx);
        }
        let known = &mut self.known[news.of.index()];
        if news <= known.news {
            return;
        }
        let (was, is) = (known.news.belief, news.belief);
        *known = Known { news, since: self.period };
        self.doubts = self.doubts + usize::from(is != Belief::Alive) - usize::from(was != Belief::Alive);
        match is {
            Belief::Dead => cx.mark("dead"),
            Belief::Suspect => cx.mark("suspect"),
            Belief::Alive => cx.mark("alive"),
        }
        self.pass_on(news);
    }

    /// Somebody takes it for dead, or might: it is there.
    fn deny(&mut self, news: News, cx: &mut Cx<'_>) {
        if news.belief == Belief::Alive {
            return;
        }
        if news.incarnation >= self.incarnation && self.options.mistake != Some(Mistake::SameIncarnation) {
            self.incarnation = news.incarnation + 1;
            cx.append(self.incarnation);
            cx.sync();
        }
        // Also where it was denied before: that may have been lost.
        self.pass_on(News { of: cx.id(), incarnation: self.incarnation, belief: Belief::Alive });
    }

    /// A period is over, and the next begins.
    fn turn(&mut self, cx: &mut Cx<'_>) {
        cx.set_timer(Timer::Period, self.options.period);
        if let Some(silent) = self.probing.take() {
            cx.mark("no answer");
            let belief = if self.options.suspicion == 0 { Belief::Dead } else { Belief::Suspect };
            self.hear(News { belief, ..self.known[silent.index()].news }, cx);
        }
        self.period += 1;
        for index in 0..self.known.len() {
            let Known { news, since } = self.known[index];
            if news.belief == Belief::Suspect && self.period - since > self.options.suspicion {
                self.hear(News { belief: Belief::Dead, ..news }, cx);
            }
        }
        if self.options.knock > 0 && self.period.is_multiple_of(self.options.knock) {
            self.knock(cx);
        }
        self.probing = self.next_target(cx);
        if let Some(target) = self.probing {
            self.ping(target, (cx.id(), self.period), cx);
            cx.set_timer(Timer::Late, self.options.timeout);
        }
    }

    fn ping(&mut self, target: Id, probe: (Id, u64), cx: &mut Cx<'_>) {
        let news = self.news_for(target);
        cx.send(target, Message::Ping { probe, news });
    }

    /// Pings one that it takes for dead: if it is not, it will say so.
    fn knock(&mut self, cx: &mut Cx<'_>) {
        let dead: Vec<Id> = cx.peers().filter(|id| self.belief(*id) == Belief::Dead).collect();
        if !dead.is_empty() {
            // No probe has this number.
            self.ping(dead[cx.pick(dead.len())], (cx.id(), 0), cx);
        }
    }

    fn next_target(&mut self, cx: &mut Cx<'_>) -> Option<Id> {
        let others: Vec<Id> = cx.peers().filter(|id| self.belief(*id) != Belief::Dead).collect();
        if others.is_empty() {
            return None;
        }
        if self.options.targets == Targets::Random {
            return Some(others[cx.pick(others.len())]);
        }
        loop {
            match self.order.pop() {
                Some(next) if self.belief(next) != Belief::Dead => return Some(next),
                Some(_) => {}
                None => self.order = some_of(others.clone(), others.len(), cx),
            }
        }
    }

    /// The answer is late: others may get one.
    fn late(&mut self, cx: &mut Cx<'_>) {
        let Some(target) = self.probing else { return };
        let may = |id: &Id| *id != target && self.belief(*id) != Belief::Dead;
        let helpers: Vec<Id> = cx.peers().filter(may).collect();
        for helper in some_of(helpers, self.options.helpers, cx) {
            let (probe, news) = ((cx.id(), self.period), self.news_for(helper));
            cx.send(helper, Message::Ask { target, probe, news });
        }
    }
}

/// So many of them, in any order, each as likely.
fn some_of(mut all: Vec<Id>, count: usize, cx: &mut Cx<'_>) -> Vec<Id> {
    for chosen in 0..count.min(all.len()) {
        let other = chosen + cx.pick(all.len() - chosen);
        all.swap(chosen, other);
    }
    all.truncate(count);
    all
}

impl Process for Member {
    type Message = Message;
    type Timer = Timer;
    /// The incarnation.
    type Record = u64;
    /// How many are there?
    type Command = ();
    type Reply = usize;

    const TIMERS: usize = 2;

    fn start(&mut self, cx: &mut Cx<'_>) {
        self.begin(cx);
    }

    fn recover(&mut self, found: Recovered<'_, u64>, cx: &mut Cx<'_>) {
        self.begin(cx);
        // It was taken for dead, as what it was then.
        self.incarnation = found.records.last().map_or(1, |last| last + 1);
        cx.append(self.incarnation);
        cx.sync();
        self.pass_on(News { of: cx.id(), incarnation: self.incarnation, belief: Belief::Alive });
    }

    fn message(&mut self, from: Id, message: Message, cx: &mut Cx<'_>) {
        let (Message::Ping { news, .. } | Message::Ack { news, .. } | Message::Ask { news, .. }) = &message;
        news.iter().for_each(|news| self.hear(*news, cx));
        match message {
            Message::Ping { probe, .. } => {
                let news = self.news_for(from);
                cx.send(from, Message::Ack { probe, news });
            }
            Message::Ask { target, probe, .. } => self.ping(target, probe, cx),
            Message::Ack { probe: (of, number), .. } if of == cx.id() => {
                if number == self.period {
                    self.probing = None;
                }
            }
            Message::Ack { probe, .. } => {
                let news = self.news_for(probe.0);
                cx.send(probe.0, Message::Ack { probe, news });
            }
        }
    }

    fn timer(&mut self, timer: Timer, cx: &mut Cx<'_>) {
        match timer {
            Timer::Period => self.turn(cx),
            Timer::Late => self.late(cx),
        }
    }

    fn request(&mut self, ticket: Ticket, (): (), cx: &mut Cx<'_>) {
        cx.reply(ticket, self.known.len() - self.doubts);
    }
}

impl Protocol for Swim {
    type Process = Member;

    fn sound(&self) -> Result<(), String> {
        keep_to(&[
            (self.members > 1, "`members` must be 2 or more"),
            (!self.period.is_zero(), "`period` must be longer than nothing"),
            (self.timeout < self.period, "`timeout` must be shorter than the period"),
        ])
    }

    fn processes(&self) -> Vec<Member> {
        let member = Member { options: self.clone(), ..Member::default() };
        vec![member; self.members]
    }

    fn command(&self, _: usize, _: u64, _: &mut Dice<'_, Event<Member>>) {}

    /// Nobody knows of an incarnation that is yet to come.
    fn invariant(&self, view: &View<'_, Member>) -> Result<(), String> {
        let Some((of, member)) = view.touched().and_then(|of| Some((of, view.get(of)?))) else {
            return Ok(());
        };
        // One that has come back and stands still has not yet looked what it was.
        let ahead = |(id, other): &(Id, &Member)| {
            let known = member.known.get(id.index()).map_or(0, |known| known.news.incarnation);
            *id != of && !other.known.is_empty() && known > other.incarnation
        };
        match view.up().find(ahead) {
            Some((id, other)) => {
                Err(format!("{of} knows more than incarnation {} of {id}", other.incarnation))
            }
            None => Ok(()),
        }
    }

    fn milestones(&self) -> Milestones {
        Milestones { noticed: &["no answer"], taken_over: &[] }
    }

    /// Everybody who is there takes those for alive who are there, and nobody else.
    fn serves(&self, view: &View<'_, Member>) -> bool {
        let down: Vec<Id> = (0..view.len()).map(Id::new).filter(|id| view.get(*id).is_none()).collect();
        view.up().all(|(_, member)| {
            member.doubts == down.len() && down.iter().all(|id| member.belief(*id) != Belief::Alive)
        })
    }
}
