//! Text, wherever it comes from and goes to: made safe, its secrets masked, counted and measured for people.

pub mod addressed;
pub mod mask;
pub mod plural;
pub mod sanitize;
pub mod shell;
pub mod size;
pub(crate) mod wrap;
