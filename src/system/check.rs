//! Stub.
/// Stub.
#[derive(Debug, Clone)]
pub struct Problem;
impl super::System {
    /// Stub.
    pub fn check(&self) -> Vec<Problem> {
        Vec::new()
    }
}
