//! Named random streams and laws: the only door to `rand` and `libm`.

mod law;
pub mod math;
mod name;
mod stream;

pub use law::*;
pub use name::Name;
pub use stream::{Purpose, Stream, StreamKey};
