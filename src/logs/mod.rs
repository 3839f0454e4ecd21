//! The container's log, from bytes to lines that are safe to show and know where they come from.

pub mod line;
pub mod sanitize;
