//! The fastest route to the nearest of several vertices.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use super::{LinkId, Reach, Vertex};
use crate::units::Span;

impl Reach {
    /// The nearest vertex that is wanted, and the links of the fastest route there, if one takes at most `limit`.
    /// Dijkstra's algorithm; it looks no further than that nearest one, and no further than the limit.
    ///
    /// ```
    /// use fivenines::network::{Reach, Topology};
    /// use fivenines::units::Span;
    ///
    /// let mut line = Topology::new();
    /// let [a, b, c] = ["a", "b", "c"].map(|name| line.vertex(name));
    /// let links = [(a, b), (b, c)].map(|(from, to)| line.link("fibre", from, to, Span::from_secs(1)));
    /// let reach = Reach::new(line);
    /// assert_eq!(reach.route(a, Span::from_secs(2), |vertex| vertex == c), Some((c, links.to_vec())));
    /// assert_eq!(reach.route(a, Span::from_secs(1), |vertex| vertex == c), None);
    /// assert_eq!(reach.route(a, Span::ZERO, |vertex| vertex == a), Some((a, vec![])));
    /// ```
    pub fn route(
        &self,
        from: Vertex,
        limit: Span,
        is_wanted: impl Fn(Vertex) -> bool,
    ) -> Option<(Vertex, Vec<LinkId>)> {
        self.class(from)?;
        // For each vertex reached, how long it takes, and the last link on the way there.
        let mut best: BTreeMap<Vertex, (Span, Option<(Vertex, LinkId)>)> = BTreeMap::new();
        let mut ahead = BinaryHeap::new();
        best.insert(from, (Span::ZERO, None));
        ahead.push(Reverse((Span::ZERO, from)));
        while let Some(Reverse((taken, vertex))) = ahead.pop() {
            if best[&vertex].0 < taken {
                continue;
            }
            if is_wanted(vertex) {
                let steps = std::iter::successors(best[&vertex].1, |(before, _)| best[before].1);
                let mut links: Vec<LinkId> = steps.map(|(_, link)| link).collect();
                links.reverse();
                return Some((vertex, links));
            }
            for (link, other, way) in self.topology.around(vertex) {
                let taken = taken + self.latency(link);
                let passes = self.carries(link, way) && self.class(other).is_some() && taken <= limit;
                if passes && best.get(&other).is_none_or(|known| taken < known.0) {
                    best.insert(other, (taken, Some((vertex, link))));
                    ahead.push(Reverse((taken, other)));
                }
            }
        }
        None
    }
}
