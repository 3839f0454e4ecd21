//! The image: its labels, how it is pulled or built, and the context this program carries.

pub mod build;
pub mod context;
pub mod label;
