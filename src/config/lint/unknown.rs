//! Unknown keys.
