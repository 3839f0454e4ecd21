//! The keys: one table a screen, which handles them, and makes the line at the bottom and the `?` page.

pub mod active;
pub mod binding;
mod hints;

pub use active::{active, find, key_on, typing};
pub use hints::hints;
