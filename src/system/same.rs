//! When two states of a system are one: the exact solver finds a state again by what is said here.

use std::hash::{Hash, Hasher};

use super::model::SystemModel;

impl SystemModel {
    fn state(&self) -> impl Hash + PartialEq + '_ {
        let parts = (&self.modes, &self.blocked, &self.leaders, &self.crews, &self.upkeep);
        (
            parts,
            &self.taken,
            &self.supplies,
            &self.spells,
            &self.works,
            &self.expired,
            &self.copies,
            &self.data,
            &self.reserves,
            &self.storms,
        )
    }
}

/// Two states are equal when everything that follows is: counters follow from the rest, and the last event's effect
/// is not part of the state.
impl PartialEq for SystemModel {
    fn eq(&self, other: &SystemModel) -> bool {
        self.modes == other.modes
            && self.blocked == other.blocked
            && self.leaders == other.leaders
            && self.crews == other.crews
            && self.upkeep == other.upkeep
            && self.taken == other.taken
            && self.supplies == other.supplies
            && self.spells == other.spells
            && self.works == other.works
            && self.expired == other.expired
            && self.copies == other.copies
            && self.data == other.data
            && self.reserves == other.reserves
            && self.storms == other.storms
    }
}

impl Eq for SystemModel {}

impl Hash for SystemModel {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        self.state().hash(hasher);
    }
}
