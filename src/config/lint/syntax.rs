//! Whether it is TOML, in words that help.

use super::{Context, Findings};
use toml::de::DeTable;

/// Reads as much of the text as can be read. Whether something is missing for want of a whole syntax comes along.
pub(super) fn parse<'a>(found: &mut Findings<'a>, _context: &Context) -> Option<(DeTable<'a>, bool)> {
    let (toml, offset) = found.source.toml();
    let (table, errors) = DeTable::parse_recoverable(toml);
    for error in &errors {
        let span = error.span().unwrap_or(toml.len()..toml.len());
        found.error(span.start + offset..span.end + offset, "", error.message());
    }
    Some((table.into_inner(), !errors.is_empty()))
}
