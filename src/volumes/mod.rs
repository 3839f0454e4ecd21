//! The jobs' disk: what the nested podman keeps on it, and what of that may go.

mod held;
mod measure;
mod prune;

pub use held::{Cache, Held, Image};
pub use measure::measure;
pub use prune::{Chosen, GRACE, IDLE, choose};
