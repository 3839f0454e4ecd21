//! The jobs' disk: what the nested podman keeps on it, and what of that may go.

mod held;
mod listing;
mod measure;
mod prune;

pub use held::{Cache, Held, Image};
pub use listing::{Row, named};
pub use measure::measure;
pub use prune::{Chosen, GRACE, IDLE, choose};
