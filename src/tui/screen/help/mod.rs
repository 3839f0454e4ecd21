//! The keys of a screen, over it.

mod view;

pub(crate) use view::lines;
