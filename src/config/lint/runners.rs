//! What no single key says.
use super::{Context, Findings};
use toml::de::DeTable;
pub(super) fn check(_table: &DeTable, _found: &mut Findings, _context: &Context, _broken: bool) {}
