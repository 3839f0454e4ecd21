//! The doctor: what is wrong, why, and what fixes it, from the container's log and from the host.
//!
//! One line: [`catalogue`]`().find(source, text)` gives the [`Symptom`] that it shows, for the margin and the panel of
//! the log viewer. A whole log: [`Story`] takes its lines and tells what is wrong now and what was. All together:
//! [`Diagnosis`].

pub mod finding;
pub mod host;
pub mod reading;
pub mod scan;
mod words;

pub use finding::{Diagnosis, Finding};
pub use scan::Story;
