//! The streams that choices and messages draw from.

use std::sync::Arc;

use super::{Clocks, Source};
use crate::random::{Purpose, Stream, StreamKey};

/// A stream aligned to its size, so that none lies across two cache lines.
#[derive(Clone, Debug)]
#[repr(align(32))]
struct Aligned(Stream);

/// The streams of a model's sources in one trial, each opened at its first draw.
#[derive(Clone, Debug)]
pub(super) struct Sources {
    clocks: Arc<Clocks>,
    seed: u64,
    trial: u64,
    /// A stream that is not open holds an earlier trial's rubbish.
    streams: Vec<Aligned>,
    /// One bit a stream: is it open in this trial.
    open: Vec<u64>,
}

impl Sources {
    pub fn new(clocks: Arc<Clocks>, seed: u64) -> Sources {
        let count = clocks.sources();
        let (streams, open) = (vec![Aligned(Stream::closed()); count], vec![0; count.div_ceil(64)]);
        Sources { clocks, seed, trial: 0, streams, open }
    }

    pub fn reset(&mut self, trial: u64) {
        self.trial = trial;
        self.open.fill(0);
    }

    #[inline]
    pub fn stream(&mut self, source: Source) -> &mut Stream {
        let index = source.0 as usize;
        if self.open[index / 64] >> (index % 64) & 1 == 0 {
            self.open(index);
        }
        &mut self.streams[index].0
    }

    /// Brings a stream near, if there is one of that number.
    #[inline]
    pub fn touch(&self, source: Source) {
        if let Some(stream) = self.streams.get(source.0 as usize) {
            stream.0.touch();
        }
    }

    #[cold]
    fn open(&mut self, index: usize) {
        self.open[index / 64] |= 1 << (index % 64);
        let (name, purpose) = (self.clocks.source_name(index as u32), Purpose::Choice);
        self.streams[index].0 = StreamKey { seed: self.seed, trial: self.trial, name, purpose }.open();
    }
}
