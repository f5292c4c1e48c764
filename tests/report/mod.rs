//! Reports of results written by hand: what a person would read, held as snapshots.

mod costs;
mod few;
mod fixture;
mod pages;
mod plots;
mod ranges;
mod tables;
mod xml;
