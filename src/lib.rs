//! pipglr: a GitLab runner in podman in podman, set up, edited and watched.
//!
//! Three ideas carry it. A plan is data ([`plan`]), and one place applies it ([`apply`]). The screen is one of two
//! faces: the [`steps`] know nothing of terminals. State is what the host says ([`host`]), never remembered.

pub mod answers;
pub mod api;
pub mod apply;
pub mod boot;
pub mod canary;
pub mod change;
pub mod cli;
pub mod commands;
pub mod config;
pub mod container;
pub mod crash;
pub mod demo;
pub mod doctor;
pub mod export;
#[cfg(test)]
extern crate self as pipglr; // as tests/support, which is used here too, sees it
#[cfg(test)]
mod fake_host;
pub mod gitlab;
pub mod host;
pub mod image;
pub mod image_update;
pub mod ladder;
pub mod lifecycle;
pub mod logs;
pub mod named_file;
pub mod names;
mod news;
pub mod plan;
pub mod preflight;
pub mod problem;
#[cfg(test)]
mod schemas;
pub mod secret;
pub mod secret_store;
pub mod settings;
pub mod source;
pub mod state;
pub mod status;
pub mod steps;
pub mod symptoms;
pub mod target;
pub mod teardown;
pub mod text;
pub mod tui;
pub mod volumes;
