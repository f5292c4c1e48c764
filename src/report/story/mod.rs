//! A trial of a protocol, told: as text, as a trace for a viewer, and as a drawing.

mod drawing;
mod text;
mod trace;

pub use drawing::story_svg;
pub use text::{schedule_toml, story_text};
pub use trace::chrome_trace;

/// What a process is called in pictures: with its host, where that is somebody's replica.
fn lane(told: &crate::experiment::Told, process: usize) -> String {
    match told.hosts.get(process) {
        Some(host) => format!("p{process} {host}"),
        None => format!("p{process}"),
    }
}
