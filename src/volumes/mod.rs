//! The jobs' disk: what the nested podman keeps on it, and what of that may go.

pub mod growth;
mod held;
mod listing;
mod measure;
mod prune;

pub use held::{Cache, Held, Image, Room};
pub use listing::{Row, named};
pub use measure::measure;
pub use prune::{Chosen, GRACE, IDLE, choose};
