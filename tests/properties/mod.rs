//! Laws that every system keeps, tried on small random ones.

mod data;
mod equivalences;
mod exactness;
mod held;
mod histories;
mod monotone;
mod sketch;
mod splitting;
mod strain;
mod upkeep;
