//! The image: its labels, and the build context that this program carries.

pub mod context;
pub mod label;
