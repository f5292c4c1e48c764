//! Reports of results written by hand: what a person would read, held as snapshots.

mod costs;
mod data;
mod few;
mod fixture;
mod pages;
mod plots;
mod ranges;
mod surprises;
mod tables;
mod xml;
