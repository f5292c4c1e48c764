//! Laws that every system keeps, tried on small random ones.

mod equivalences;
mod exactness;
mod histories;
mod power;
mod sketch;
mod upkeep;
