//! All that can be done, by name, over a screen.

mod view;

pub(crate) use view::{cursor, lines};
