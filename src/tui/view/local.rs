//! Times on the screen: all in the machine's own time.

use crate::tui::model::Model;
use jiff::Timestamp;
use regex::Regex;
use std::sync::LazyLock;

/// A time as the host's tools and JSON have it (RFC 3339).
static TIME: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)").ok());

/// A day and a time, which stay on one line.
const SECONDS: &str = "%Y-%m-%d\u{a0}%H:%M:%S";

/// Returns a time in the machine's own, in this format; what is none as it is.
pub(crate) fn time(model: &Model, time: &str, format: &str) -> String {
    time.parse::<Timestamp>().map_or_else(|_| time.to_owned(), |time| at(model, time, format))
}

/// Returns a moment in the machine's own time.
pub(crate) fn at(model: &Model, time: Timestamp, format: &str) -> String {
    time.to_zoned_datetime(model.zone.clone()).strftime(format).to_string()
}

/// Returns a time with its day, to the second.
pub(crate) fn seconds(model: &Model, at: &str) -> String {
    time(model, at, SECONDS)
}

/// Returns words in which each time is the machine's own.
pub(crate) fn words(model: &Model, words: &str) -> String {
    // The first frame is drawn without the time that it takes to make the expression.
    let may = words.as_bytes().windows(3).any(|bytes| matches!(bytes, [b'0'..=b'9', b'T', b'0'..=b'9']));
    let Some(times) = may.then(|| TIME.as_ref()).flatten() else { return words.to_owned() };
    times.replace_all(words, |found: &regex::Captures<'_>| seconds(model, &found[0])).into_owned()
}
