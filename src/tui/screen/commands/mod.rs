//! The commands that were run, over a screen.

mod view;

pub use view::lines;
