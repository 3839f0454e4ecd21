//! The image: its labels, its build arguments, and the build context that this program carries.

pub mod arguments;
pub mod context;
pub mod label;
