//! The commands that were run, over a screen.

mod view;

pub(crate) use view::lines;
