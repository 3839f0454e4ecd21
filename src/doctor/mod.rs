//! The doctor: what is wrong, why, and what mends it, from the container's log and from the host.
//!
//! One line: [`catalogue`]`().find(source, text)` gives the [`Symptom`] that it shows, for the margin and the panel of
//! the log viewer. A whole log: [`Story`] takes its lines and tells what is wrong now and what was. All together:
//! [`Diagnosis`].

pub mod catalogue;
pub mod finding;
pub mod gate;
pub mod host;
pub mod reading;
pub mod story;
pub mod symptoms;

pub use catalogue::{Catalogue, catalogue};
pub use finding::{Diagnosis, Finding};
pub use story::Story;
pub use symptoms::{From, Remedy, Severity, Symptom};

/// A text without GitLab's tokens.
fn mask(text: &str) -> String {
    use regex::Regex;
    use std::sync::LazyLock;
    static TOKENS: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"\b(?:gl(?:rt|rtr|pat|dt|cbt|ptt|ft|soat|agent|imt|oas|ffct)-|GR1348941)[A-Za-z0-9_.=-]{4,}").ok()
    });
    TOKENS.as_ref().map_or_else(String::new, |tokens| tokens.replace_all(text, "[MASKED]").into_owned())
}
