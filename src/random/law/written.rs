//! How a law was written, kept so that it prints the same way.

use std::sync::Arc;

/// The text a law was given as, or nothing for one made in a program.
///
/// Never part of what a law is: two spellings of one law are equal.
// One thin pointer, so that a `Law` stays at four words.
#[derive(Clone, Debug, Default)]
pub(super) struct Written(Option<Arc<String>>);

impl Written {
    pub fn new(text: String) -> Written {
        Written(Some(Arc::new(text)))
    }

    pub fn text(&self) -> Option<&str> {
        self.0.as_deref().map(String::as_str)
    }
}

impl PartialEq for Written {
    fn eq(&self, _: &Written) -> bool {
        true
    }
}
