//! A secret in memory: wiped when dropped, never printed.

use std::fmt;
use std::sync::Arc;
use zeroize::Zeroizing;

/// Text that must reach podman by a pipe and nobody else.
///
/// `Debug` shows only that there is one; there is no `Display`, no `Serialize`. A clone shares the bytes: they are in
/// memory once, and wiped with the last that has them.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret(Arc<Zeroizing<Vec<u8>>>);

impl Secret {
    /// Takes the bytes over as they are.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(Arc::new(Zeroizing::new(bytes.into())))
    }

    /// Returns the bytes, for the one writer that feeds the pipe and for comparing.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// Returns the bytes as text; empty where they are not UTF-8.
    pub fn expose_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// The secrets of one run, in memory only: the tokens the user gave, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Vault {
    /// Registration or runner authentication tokens, trimmed.
    pub tokens: Vec<Secret>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clone_copies_no_bytes() {
        let one = Secret::new("glrt-hidden");
        assert!(std::ptr::eq(one.expose(), one.clone().expose()));
    }

    #[test]
    fn debug_shows_nothing() {
        let vault = Vault { tokens: vec![Secret::new("glrt-hidden")] };
        assert_eq!(format!("{vault:?}"), "Vault { tokens: [Secret(…)] }");
    }
}
