//! Tables, plots and pages: pure functions from results to text and bytes.
//!
//! Nothing here reads, writes or asks the time; the `cli` does that. Everything is made from
//! [`Results`](crate::experiment::Results) alone, so that a report can be made again from `results.json`.

mod answer;
mod catalog;
mod causes;
mod clients;
mod cost;
mod data;
mod data_loss;
mod faults;
pub(crate) mod fit;
mod frontier;
mod grid;
mod markup;
mod measure;
mod moves;
pub mod number;
mod page;
mod plot;
mod protocol;
mod served;
mod solve;
mod story;
mod surprise;
mod sweep;
mod terminal;
mod text;
mod traces;
pub mod windows;
mod words;

pub use answer::answer;
pub use catalog::{catalog_entry, catalog_json, catalog_list};
pub use data::{csv, json};
pub use fit::{fit_files, fit_json, fit_terminal, laws_toml};
pub use grid::Style;
pub use measure::{measure_files, measure_json, measure_terminal, measured_toml};
pub use page::html;
pub use plot::{FitPlot, Plot, ProtocolPlot};
pub use protocol::{protocol_html, protocol_json, protocol_terminal};
pub use solve::{solve_answer, solve_json, solve_terminal};
pub use story::{chrome_trace, schedule_toml, story_svg, story_text};
pub use terminal::terminal;
pub(crate) use text::{quoted, wrap};
