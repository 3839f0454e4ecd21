//! The setup of this host, or that of an answers file, for elsewhere: what is written holds no secret, says where each is
//! to be put in, and ends where `setup` ends.
//!
//! - [`source`]: what is taken along, from this host or from the answers
//! - [`portable`]: a configuration without what is this host's own, and without its secrets
//! - [`script`]: the six steps as a POSIX script

pub mod portable;
pub mod script;
pub mod source;
