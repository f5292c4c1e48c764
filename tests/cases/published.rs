//! Closed forms and published numbers.
