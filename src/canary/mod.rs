//! `verify`: whether GitLab accepts each runner, asked as gitlab-runner asks.

pub mod gitlab;

use serde::Serialize;

/// One thing that was tried.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Finding {
    /// What: `gitlab`.
    pub id: &'static str,
    /// Of which runner: its name.
    pub runner: String,
    /// Its server.
    pub url: String,
    /// Whether it is as it should be.
    pub ok: bool,
    /// What was seen.
    pub found: String,
    /// What to do about it; empty where nothing is to be done.
    pub fix: String,
}
