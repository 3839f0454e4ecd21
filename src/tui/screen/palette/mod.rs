//! All that can be done, by name, over a screen.

mod view;

pub use view::{cursor, lines};
