//! The keys of a screen, over it.

mod view;

pub use view::lines;
