//! Keys that files of both kinds have.

/// The tables of things with names that make up a system, but for its network, its clients and its costs.
pub(super) const OF_SYSTEMS: [&str; 14] = [
    "component",
    "level",
    "site",
    "crew",
    "spares",
    "domain",
    "shock",
    "power",
    "cooling",
    "environment",
    "change",
    "maintenance",
    "certificate",
    "service",
];

/// Lists of keys as one. It fails to compile where the length is not that of all together.
pub(super) const fn joined<const N: usize>(lists: &[&[&'static str]]) -> [&'static str; N] {
    let mut all = [""; N];
    let (mut list, mut filled) = (0, 0);
    while list < lists.len() {
        let mut at = 0;
        while at < lists[list].len() {
            all[filled] = lists[list][at];
            (at, filled) = (at + 1, filled + 1);
        }
        list += 1;
    }
    assert!(filled == N, "the length is that of all lists together");
    all
}
