//! A message and its fields, taken apart for the expanded view of one line.

use super::line::Line;
use crate::source::Source;
use serde_json::Value;

/// What a line says and what it adds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fields {
    /// The message alone.
    pub message: String,
    /// The rest, in the order it stands there.
    pub pairs: Vec<(String, String)>,
}

impl Line {
    /// Takes the text apart, secrets masked: gitlab-runner's own format (`message  key=value`), logrus's text and JSON.
    /// What is none of these is all message.
    pub fn fields(&self) -> Fields {
        let text = self.text();
        if let Some(fields) = json(text).or_else(|| logrus(text)) {
            return fields;
        }
        match (self.source, fields_at(text)) {
            (Source::Runner, Some(at)) => {
                let message = text[..at].trim_end();
                let message = ["WARNING: ", "ERROR: ", "FATAL: ", "PANIC: "]
                    .iter()
                    .find_map(|word| message.strip_prefix(word))
                    .unwrap_or(message);
                Fields { message: message.to_owned(), pairs: pairs(text[at..].trim_start()) }
            }
            _ => Fields { message: text.trim_end().to_owned(), pairs: vec![] },
        }
    }
}

/// Where gitlab-runner's fields begin: two blanks and `key=`, behind the last of the message.
pub(super) fn fields_at(text: &str) -> Option<usize> {
    let mut from = 0;
    loop {
        let at = from + memchr::memmem::find(&text.as_bytes()[from..], b"  ")?;
        let behind = text[at..].trim_start_matches(' ');
        if key(behind).is_some() {
            return Some(at);
        }
        from = text.len() - behind.len(); // past all the blanks: one look at each, however many there are
    }
}

/// The name before a `=` at the start of the text.
fn key(text: &str) -> Option<&str> {
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.')))?;
    (end > 0 && text[end..].starts_with('=')).then(|| &text[..end])
}

/// `key=value key=value` where a value may have blanks (`status=202 Accepted`): it goes on to the next ` key=`.
fn pairs(mut text: &str) -> Vec<(String, String)> {
    let mut pairs = vec![];
    while let Some(name) = key(text) {
        let rest = &text[name.len() + 1..];
        let end = rest.match_indices(' ').map(|(at, _)| at).find(|at| key(&rest[at + 1..]).is_some());
        let value = &rest[..end.unwrap_or(rest.len())];
        pairs.push((name.to_owned(), value.trim_end().to_owned()));
        text = end.map_or("", |at| &rest[at + 1..]);
    }
    pairs
}

fn json(text: &str) -> Option<Fields> {
    if !text.starts_with('{') {
        return None;
    }
    let Ok(Value::Object(object)) = serde_json::from_str(text) else { return None };
    let mut fields = Fields::default();
    for (key, value) in object {
        let value = match value {
            Value::String(text) => crate::text::sanitize::sanitize(text.trim_end()),
            other => other.to_string(),
        };
        if key == "msg" {
            fields.message = value;
        } else {
            fields.pairs.push((crate::text::sanitize::sanitize(&key), value));
        }
    }
    Some(fields)
}

fn logrus(text: &str) -> Option<Fields> {
    if !text.starts_with("time=\"") && !text.starts_with("level=") {
        return None;
    }
    let mut fields = Fields::default();
    let mut rest = text;
    while let Some(name) = key(rest) {
        let behind = &rest[name.len() + 1..];
        let (value, after) = if behind.starts_with('"') {
            let end = quoted_end(behind);
            // Go's %q is near enough to JSON's string; where it is not, it is shown as it stands.
            let value = serde_json::from_str::<String>(&behind[..end]).map_or_else(
                |_| behind[..end].trim_matches('"').to_owned(),
                |value| crate::text::sanitize::sanitize(value.trim_end()),
            );
            (value, &behind[end..])
        } else {
            let end = behind.find(' ').unwrap_or(behind.len());
            (behind[..end].to_owned(), &behind[end..])
        };
        if name == "msg" {
            fields.message = value;
        } else {
            fields.pairs.push((name.to_owned(), value));
        }
        rest = after.trim_start();
    }
    Some(fields)
}

/// Where a string that begins with a quote ends, its closing quote included.
fn quoted_end(text: &str) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::super::line::parse;

    #[test]
    fn all_three_formats_give_the_same() {
        for line in [
            "[1.0] gitlab-runner[46]: \u{1b}[0;33mWARNING: Job failed: exit code 3        \u{1b}[0;m  \u{1b}[0;33mjob\u{1b}[0;m=1003 \u{1b}[0;33mstatus\u{1b}[0;m=202 Accepted",
            "[1.0] gitlab-runner[46]: {\"level\":\"warning\",\"msg\":\"Job failed: exit code 3\\n\",\"job\":1003,\"status\":\"202 Accepted\"}",
            "[1.0] gitlab-runner[46]: level=warning msg=\"Job failed: exit code 3\\n\" job=1003 status=\"202 Accepted\"",
        ] {
            let line = parse(line);
            let fields = line.fields();
            assert_eq!(fields.message, "Job failed: exit code 3");
            let pairs = [("job", "1003"), ("status", "202 Accepted")].map(|(key, value)| (key.into(), value.into()));
            assert!(pairs.iter().all(|pair| fields.pairs.contains(pair)), "{fields:?}");
            assert_eq!(line.job.unwrap().get(), 1003);
        }
    }

    #[test]
    fn what_has_none_is_all_message() {
        for text in ["", "a = b", "{not json", "x  y", "  =", "time=\"unfinished"] {
            let line = parse(&format!("[1.0] gitlab-runner[46]: {text}"));
            let fields = line.fields();
            assert!(
                fields.pairs.len() <= 1 && (fields.message == text.trim_end() || fields.pairs.len() == 1),
                "{text}"
            );
        }
    }
}
