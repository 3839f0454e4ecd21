//! What is secret in a text, and what is shown in its place: the one list for the log, a configuration, a difference,
//! the command log, failures and crash reports.

mod tokens;

pub use tokens::{looks_like_token, token_kind};
