//! A trial of a protocol, told: as text, as a trace for a viewer, and as a drawing.

mod drawing;
mod text;
mod trace;

pub use drawing::story_svg;
pub use text::{schedule_toml, story_text};
pub use trace::chrome_trace;
