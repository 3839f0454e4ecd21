//! The setup of this host, or that of an answers file, for elsewhere: what is written holds no secret, says where each is
//! to be put in, and ends where `setup` ends.
//!
//! - [`source`]: what is taken along, from this host or from the answers
//! - [`portable`]: a configuration without what is this host's own, and without its secrets
//! - [`ansible`]: a playbook for many hosts
//! - [`helm`]: values for the gitlab-runner chart
//! - [`script`]: the six steps as a POSIX script

pub mod ansible;
pub mod helm;
pub mod portable;
pub mod script;
pub mod source;

/// A file of an export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its path below the folder that is written.
    pub path: String,
    /// What it says; no secret.
    pub text: String,
}
