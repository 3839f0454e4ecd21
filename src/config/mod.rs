//! gitlab-runner's config.toml.

pub mod document;
