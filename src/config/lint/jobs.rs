//! What fails only in a job.
use super::Findings;
use toml::de::DeTable;
pub(super) fn check(_table: &DeTable, _found: &mut Findings) {}
