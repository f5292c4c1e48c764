//! The register of a model's clocks and sources of choices.

use crate::random::Name;

/// What a clock is for, so that a solver may treat faults apart from the rest.
///
/// ```
/// use fivenines::engine::{Class, Clocks};
///
/// let mut clocks = Clocks::default();
/// let crash = clocks.clock("host-3/crash", Class::Fault);
/// assert_eq!(clocks.class(crash), Class::Fault);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// Something breaks.
    Fault,
    /// Something broken comes back.
    Restoration,
    /// Everything else: detection, failover, arrivals, timers.
    Control,
}

/// A handle to a clock: at most one pending firing, and a random stream of its own.
///
/// ```
/// use fivenines::engine::{Class, Clocks};
///
/// let mut clocks = Clocks::default();
/// let first = clocks.clock("a", Class::Control);
/// let second = clocks.clock("b", Class::Control);
/// assert_eq!((first.index(), second.index()), (0, 1));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Clock(pub(super) u32);

impl Clock {
    /// The clock's place in the order of declaration.
    #[inline]
    pub const fn index(self) -> usize {
        self.0 as usize
    }

    /// The clock declared at `index`; for models that declare a run of clocks and compute the handles.
    ///
    /// # Panics
    /// When `index` does not fit 32 bits.
    #[inline]
    pub fn from_index(index: usize) -> Clock {
        Clock(u32::try_from(index).expect("fewer than 2^32 clocks"))
    }
}

/// A handle to a random stream for choices and for the delays of messages.
///
/// ```
/// use fivenines::engine::Clocks;
///
/// let mut clocks = Clocks::default();
/// let coin = clocks.source("db/failover works");
/// assert_eq!(clocks.sources(), 1);
/// # let _ = coin;
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Source(pub(super) u32);

impl Source {
    /// The source declared at `index`; for models that declare a run of sources and compute the handles.
    ///
    /// # Panics
    /// When `index` does not fit 32 bits.
    #[inline]
    pub fn from_index(index: usize) -> Source {
        Source(u32::try_from(index).expect("fewer than 2^32 sources"))
    }
}

/// What a model declares: its clocks and sources, by stable name.
///
/// ```
/// use fivenines::engine::{Class, Clocks};
/// use fivenines::random::Name;
///
/// let mut clocks = Clocks::default();
/// for host in 0..3 {
///     clocks.clock(Name::new("host").at(host), Class::Fault);
/// }
/// assert_eq!(clocks.len(), 3);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Clocks {
    clocks: Vec<(Name, Class)>,
    sources: Vec<Name>,
}

impl Clocks {
    /// Declares a clock. The name addresses its luck: keep it the same across designs that are compared.
    pub fn clock(&mut self, name: impl Into<Name>, class: Class) -> Clock {
        let clock = Clock::from_index(self.clocks.len());
        self.clocks.push((name.into(), class));
        clock
    }

    /// Declares a source of choices.
    pub fn source(&mut self, name: impl Into<Name>) -> Source {
        let source = Source::from_index(self.sources.len());
        self.sources.push(name.into());
        source
    }

    /// How many clocks there are.
    pub fn len(&self) -> usize {
        self.clocks.len()
    }

    /// True when no clock was declared.
    pub fn is_empty(&self) -> bool {
        self.clocks.is_empty()
    }

    /// How many sources there are.
    pub fn sources(&self) -> usize {
        self.sources.len()
    }

    /// A clock's class.
    pub fn class(&self, clock: Clock) -> Class {
        self.clocks[clock.index()].1
    }

    /// Makes room for `clocks` more clocks and `sources` more sources.
    pub fn reserve(&mut self, clocks: usize, sources: usize) {
        self.clocks.reserve_exact(clocks);
        self.sources.reserve_exact(sources);
    }

    pub(super) fn clock_name(&self, index: u32) -> Name {
        self.clocks[index as usize].0
    }

    pub(super) fn source_name(&self, index: u32) -> Name {
        self.sources[index as usize]
    }
}
