//! Each key against the table of keys.
use super::{Context, Findings};
use toml::de::DeTable;
pub(super) fn walk(_table: &DeTable, _found: &mut Findings, _context: &Context, _broken: bool) {}
