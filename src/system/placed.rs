//! Where chunks of data are, compiled: how likely a chunk is lost with the copies that are gone, or which sets are.

use super::chunks::{Chunks, Placement};
use super::data::Data;
use crate::random::math::{exp_m1, ln_1p};
use crate::random::{Name, Purpose, Stream, StreamKey};
use crate::units::Span;

/// Chunks of a service's data, compiled.
#[derive(Clone, Debug)]
pub(super) struct ChunkPlan {
    pub count: u64,
    pub layout: Layout,
    /// For each replica, how long it takes to make its copies anew elsewhere; empty where they wait for the replica.
    pub rebuilds: Vec<Span>,
    /// Number of the first replica's clock in the block.
    pub first_clock: u32,
}

/// Which replicas have which chunks.
#[derive(Clone, Debug)]
pub(super) enum Layout {
    /// Anywhere: the chance that a chunk is lost, by how many replicas' copies are gone.
    Anywhere(Vec<f64>),
    /// The first copy anywhere, the others on some of so many that follow.
    Window {
        width: u32,
        /// The chance that a chunk is lost whose first copy is gone, by how many of those that follow are gone too.
        first_gone: Vec<f64>,
        /// The same where the first copy is there.
        first_there: Vec<f64>,
    },
    /// In these sets, as many in each as in any other, give or take one.
    Sets(Sets),
}

/// Sets of replicas.
#[derive(Clone, Debug)]
pub(super) struct Sets {
    copies: usize,
    /// How many copies have to be gone for a chunk to be lost.
    pub fatal: u32,
    /// One set after the other.
    members: Vec<u32>,
    /// For each replica where its sets begin among those of all, and last how many these are.
    starts: Vec<u32>,
    sets: Vec<u32>,
}

impl Sets {
    /// The sets of a scatter width: permutations of the replicas, each cut into sets. Where one does not come out even, its
    /// last set is filled up from its beginning.
    fn new(service: &str, replicas: u32, copies: u32, fatal: u32, permutations: u32) -> Sets {
        // A layout is part of a design: it is no luck of a trial, and the same for every seed.
        let name = Name::new("service").child(service).child("copysets");
        let mut stream = StreamKey { seed: 0, trial: 0, name, purpose: Purpose::Choice }.open();
        let mut order: Vec<u32> = (0..replicas).collect();
        let mut members = Vec::new();
        for _ in 0..permutations {
            shuffle(&mut order, &mut stream);
            let missing = (copies - replicas % copies) % copies;
            members.extend(order.iter().chain(&order[..missing as usize]));
        }
        let copies = copies as usize;
        let mut starts = vec![0; replicas as usize + 1];
        members.iter().for_each(|&member| starts[member as usize + 1] += 1);
        (1..starts.len()).for_each(|at| starts[at] += starts[at - 1]);
        let (mut next, mut sets) = (starts.clone(), vec![0; members.len()]);
        for (place, &member) in members.iter().enumerate() {
            let slot = &mut next[member as usize];
            sets[*slot as usize] = (place / copies) as u32;
            *slot += 1;
        }
        Sets { copies, fatal, members, starts, sets }
    }

    pub fn len(&self) -> u64 {
        (self.members.len() / self.copies) as u64
    }

    pub fn members(&self, set: u32) -> &[u32] {
        &self.members[set as usize * self.copies..][..self.copies]
    }

    /// The sets of a replica.
    pub fn of(&self, replica: u32) -> &[u32] {
        &self.sets[self.starts[replica as usize] as usize..self.starts[replica as usize + 1] as usize]
    }
}

/// Puts them in an order of which each is as likely (Fisher and Yates).
fn shuffle(order: &mut [u32], stream: &mut Stream) {
    for last in (1..order.len()).rev() {
        let count = last as u128 + 1;
        order.swap(last, ((u128::from(stream.word()) * count) >> 64) as usize);
    }
}

impl ChunkPlan {
    /// The chunks of a service of this name with so many replicas.
    pub fn new(service: &str, replicas: u32, data: &Data, chunks: &Chunks, first_clock: u32) -> ChunkPlan {
        let Chunks { copies, placement, .. } = *chunks;
        let fatal = copies - data.needs.of(copies) + 1;
        let tails = |of: u32, drawn: u32, fatal: u32| -> Vec<f64> {
            (0..=of).map(|gone| at_least(fatal, drawn, gone, of)).collect()
        };
        let layout = match placement {
            Placement::Random => Layout::Anywhere(tails(replicas, copies, fatal)),
            Placement::Window(width) => Layout::Window {
                width,
                first_gone: tails(width, copies - 1, fatal - 1),
                first_there: tails(width, copies - 1, fatal),
            },
            Placement::Copysets { .. } => {
                let permutations = placement.permutations(copies).expect("copysets have permutations");
                Layout::Sets(Sets::new(service, replicas, copies, fatal, permutations))
            }
        };
        let mut plan = ChunkPlan { count: chunks.count.into(), layout, rebuilds: Vec::new(), first_clock };
        if let Some(each) = chunks.rebuild {
            let size = data.size.expect("a checked system says how much is rebuilt").count() as f64;
            let chunk = size / f64::from(chunks.count);
            let of = |replica| {
                let (number, others) = plan.shares(replica, replicas, copies);
                let secs = if number > 0.0 { number * chunk / (others * each.bytes_per_sec()) } else { 0.0 };
                Span::from_secs_f64(secs)
            };
            plan.rebuilds = (0..replicas).map(of).collect();
        }
        plan
    }

    /// How many chunks there are in a set.
    pub fn in_set(&self, sets: &Sets, set: u32) -> u64 {
        let count = sets.len();
        self.count / count + u64::from(u64::from(set) < self.count % count)
    }

    /// How many chunks a replica has copies of, and how many others have copies of these; what to expect where that is luck.
    fn shares(&self, replica: u32, replicas: u32, copies: u32) -> (f64, f64) {
        let count = self.count as f64;
        let (all, others) = (f64::from(replicas), f64::from(replicas - 1));
        match &self.layout {
            Layout::Anywhere(_) => {
                // The chance that a chunk is on two that are given.
                let both = f64::from(copies) * f64::from(copies - 1) / (all * others);
                (count * f64::from(copies) / all, others * -exp_m1(count * ln_1p(-both)))
            }
            Layout::Window { width, .. } => {
                (count * f64::from(copies) / all, (2.0 * f64::from(*width)).min(others))
            }
            Layout::Sets(sets) => {
                let own = sets.of(replica).iter().filter(|&&set| self.in_set(sets, set) > 0);
                let number: u64 = own.clone().map(|&set| self.in_set(sets, set)).sum();
                let mut others: Vec<u32> = own.flat_map(|&set| sets.members(set)).copied().collect();
                others.sort_unstable();
                others.dedup();
                (number as f64, others.len().saturating_sub(1) as f64)
            }
        }
    }
}

impl Layout {
    /// The chance that a chunk that was placed by luck is lost with the copies of these replicas, by number and in order.
    pub fn exposure(&self, replicas: u32, gone: &[u32]) -> f64 {
        match self {
            Layout::Anywhere(tails) => tails[gone.len()],
            Layout::Window { width, first_gone, first_there } => {
                // How many that follow a replica are gone, in a ring.
                let before = |end: u32| gone.partition_point(|&other| other < end);
                let behind = |replica: u32| {
                    let end = replica + 1 + width;
                    before(end.min(replicas)) - before(replica + 1) + before(end.saturating_sub(replicas))
                };
                let mut sum: f64 = gone.iter().map(|&replica| first_gone[behind(replica)]).sum();
                // Where every copy counts, a first copy that is there keeps its chunk.
                if first_there[first_there.len() - 1] > 0.0 {
                    let there = (0..replicas).filter(|replica| gone.binary_search(replica).is_err());
                    sum += there.map(|replica| first_there[behind(replica)]).sum::<f64>();
                }
                sum / f64::from(replicas)
            }
            Layout::Sets(_) => unreachable!("sets are looked at one by one"),
        }
    }
}

/// The chance that at least so many are special of `drawn` distinct ones, out of `all` of which `special` are
/// (hypergeometric).
fn at_least(least: u32, drawn: u32, special: u32, all: u32) -> f64 {
    let exactly = |number: u32| {
        // Draws in order, special ones first, and then the orders in which they may come.
        let plain = all - special;
        let product = |range: std::ops::Range<u32>, of: &dyn Fn(u32) -> f64| range.map(of).product::<f64>();
        let hits = product(0..number, &|at| f64::from(special.saturating_sub(at)) / f64::from(all - at));
        let misses = product(0..drawn - number, &|at| {
            f64::from(plain.saturating_sub(at)) / f64::from(all - number - at)
        });
        let orders = product(0..number, &|at| f64::from(drawn - at) / f64::from(number - at));
        hits * misses * orders
    };
    if least == 0 { 1.0 } else { (least..=drawn).map(exactly).sum::<f64>().min(1.0) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::Need;

    fn plan(replicas: u32, needs: u32, chunks: &Chunks) -> ChunkPlan {
        ChunkPlan::new("store", replicas, &Data::new(Need::Count(needs)), chunks, 0)
    }

    fn sets(replicas: u32, copies: u32, scatter: u32) -> (ChunkPlan, Sets) {
        let plan = plan(replicas, 1, &Chunks::new(1000, copies, Placement::Copysets { scatter }));
        let Layout::Sets(sets) = plan.layout.clone() else { panic!("copysets are sets") };
        (plan, sets)
    }

    /// Every set of so many of so many.
    fn subsets(of: u32, number: u32) -> impl Iterator<Item = Vec<u32>> {
        let all = (0..1_u32 << of).filter(move |set| set.count_ones() == number);
        all.map(move |set| (0..of).filter(|at| set >> at & 1 == 1).collect())
    }

    #[test]
    fn a_random_placement_is_hypergeometric() {
        // A code of two and two loses what has three fragments among the dead or four.
        for (copies, needs) in [(1, 1), (3, 1), (4, 2)] {
            let layout = plan(9, needs, &Chunks::new(1, copies, Placement::Random)).layout;
            for dead in 0..=9 {
                let gone: Vec<u32> = (0..dead).collect();
                let lost =
                    |chunk: &Vec<u32>| chunk.iter().filter(|&&it| it < dead).count() as u32 > copies - needs;
                let share =
                    subsets(9, copies).filter(lost).count() as f64 / subsets(9, copies).count() as f64;
                let found = layout.exposure(9, &gone);
                assert!((found - share).abs() < 1e-14, "{copies} copies, {dead} dead: {found} for {share}");
            }
        }
    }

    #[test]
    fn a_window_loses_what_is_near_and_on_average_as_much_as_any_placement() {
        for (copies, needs) in [(2, 1), (3, 1), (4, 2)] {
            let random = plan(9, needs, &Chunks::new(1, copies, Placement::Random)).layout;
            for width in [copies - 1, 5, 8] {
                let window = plan(9, needs, &Chunks::new(1, copies, Placement::Window(width))).layout;
                for dead in 0..=9 {
                    let all: Vec<Vec<u32>> = subsets(9, dead).collect();
                    let each = all.iter().map(|gone| window.exposure(9, gone));
                    let mean = each.sum::<f64>() / all.len() as f64;
                    let expected = random.exposure(9, &all[0]);
                    assert!((mean - expected).abs() < 1e-13, "{copies}, {width}, {dead}: {mean}, {expected}");
                    if width == 8 {
                        // One of all the others is no window.
                        let any = window.exposure(9, &all[all.len() / 2]);
                        assert!((any - expected).abs() < 1e-13, "{any} for {expected}");
                    }
                }
            }
        }
        // Pairs of neighbours in a ring of nine.
        let ring = plan(9, 1, &Chunks::new(1, 2, Placement::Window(1))).layout;
        assert!((ring.exposure(9, &[0, 8]) - 1.0 / 9.0).abs() < 1e-15);
        assert_eq!(ring.exposure(9, &[0, 2, 4, 6]), 0.0);
    }

    #[test]
    fn sets_share_out_replicas_and_chunks_evenly() {
        let (plan, sets) = sets(12, 3, 4);
        assert_eq!(sets.len(), 8);
        assert_eq!((0..8).map(|set| plan.in_set(&sets, set)).sum::<u64>(), 1000);
        for replica in 0..12 {
            assert_eq!(sets.of(replica).len(), 2);
            assert!(sets.of(replica).iter().all(|&set| sets.members(set).contains(&replica)));
        }
    }

    #[test]
    fn a_set_that_does_not_come_out_even_is_filled_up() {
        let (_, sets) = sets(7, 3, 2);
        assert_eq!(sets.len(), 3);
        let mut times = [0; 7];
        for set in 0..3 {
            let mut members = sets.members(set).to_vec();
            members.iter().for_each(|&member| times[member as usize] += 1);
            members.sort_unstable();
            members.dedup();
            assert_eq!(members.len(), 3);
        }
        times.sort_unstable();
        assert_eq!(times, [1, 1, 1, 1, 1, 2, 2]);
    }

    #[test]
    fn published_chances_of_a_power_outage() {
        // Cidon et al. 2013, abstract, 5,000 nodes of which 1% are lost: 0.78% for copysets of Facebook's scatter width and
        // 0.15% for RAMCloud's. So few sets overlap next to never, so that their chances add up.
        let set = at_least(3, 3, 50, 5000);
        let chance = |scatter| sets(5000, 3, scatter).1.len() as f64 * set;
        assert!((chance(10) - 0.0078).abs() < 0.5e-4, "{}", chance(10));
        assert!((chance(2) - 0.0015).abs() < 1e-4, "{}", chance(2));
        // And 99.99% at random, with 8,000 chunks on each node.
        let random = Chunks::new(8000 * 5000 / 3, 3, Placement::Random);
        let gone: Vec<u32> = (0..50).collect();
        let exposed = plan(5000, 1, &random).layout.exposure(5000, &gone);
        assert!((exposed / set - 1.0).abs() < 1e-12);
        assert!(-exp_m1(f64::from(random.count) * ln_1p(-exposed)) > 0.9999);
    }

    #[test]
    fn a_wider_scatter_rebuilds_faster() {
        let time = |placement, replicas: u32| {
            let chunks = Chunks::new(1_000_000, 3, placement).rebuild("10 MB/s".parse().unwrap());
            let data = Data::new(Need::Any).size("100 TB".parse().unwrap());
            let plan = ChunkPlan::new("store", replicas, &data, &chunks, 0);
            plan.rebuilds.iter().map(|time| time.as_secs_f64()).sum::<f64>() / f64::from(replicas)
        };
        // 3 TB on each of 100 nodes: 300,000 s from one other.
        let close = |found: f64, others: f64| {
            assert!((found * others / 300_000.0 - 1.0).abs() < 1e-9, "{found} s from {others} others");
        };
        close(time(Placement::Random, 100), 99.0);
        close(time(Placement::Window(10), 100), 20.0);
        close(time(Placement::Copysets { scatter: 2 }, 99) * 99.0 / 100.0, 2.0);
        // Where sets overlap there are fewer others than the width says.
        let wide = 300_000.0 / time(Placement::Copysets { scatter: 20 }, 100);
        assert!((14.0..20.0).contains(&wide), "{wide}");
    }
}
