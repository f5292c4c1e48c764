//! Reports of results written by hand: what a person would read, held as snapshots.

mod fixture;
mod pages;
mod plots;
mod tables;
mod xml;
