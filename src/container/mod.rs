//! The container that runs already: its jobs, how it is stopped without losing one, how it is recreated, and what only it
//! knows (its own copy of the configuration, with the tokens that GitLab has rotated).

pub mod copy_in_container;
pub mod draining;
pub mod jobs;
pub mod recreate;
pub mod rotated_tokens;
pub mod stopping;
