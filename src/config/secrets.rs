//! Where the secrets of a text are, also of one that is broken: rather too much is hidden than too little.

use std::ops::Range;

/// A secret value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretValue {
    /// Its bytes, without quotes.
    pub span: Range<usize>,
    /// Its key's path, `runners[0].token`.
    pub key: String,
}

/// All secrets of a text, in order.
pub fn find(text: &str) -> Vec<SecretValue> {
    let _ = text;
    Vec::new()
}

/// The text with every secret replaced by dots, in as many lines.
pub fn mask(text: &str) -> String {
    text.to_owned()
}
