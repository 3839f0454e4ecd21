//! What GitLab answered.

use super::refusal;
use crate::problem::Problem;
use crate::secret::Secret;
use crate::text::mask;
use crate::text::sanitize::sanitize;
use serde_json::Value;

/// The most of GitLab's words that is shown, in characters.
const MOST: usize = 400;

/// An answer. Its body may have a token in it, and is never shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// Its kind, `application/json` where it is the API's.
    kind: String,
    body: Secret,
}

impl Answer {
    /// Reads the body and the line behind it, with status and kind; `None` where that is not there.
    pub(crate) fn read(output: &[u8]) -> Option<Self> {
        let output = output.strip_suffix(b"\n")?;
        let end = output.iter().rposition(|byte| *byte == b'\n')?;
        let line = std::str::from_utf8(&output[end + 1..]).ok()?;
        let (status, kind) = line.split_once(' ').unwrap_or((line, ""));
        Some(Self { status: status.parse().ok()?, kind: sanitize(kind), body: Secret::new(&output[..end]) })
    }

    /// Returns its kind, `application/json` where it is the API's; safe to show.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// Returns whether GitLab itself did what was asked for: a sign-in page with status 200 is no yes.
    pub fn ok(&self) -> bool {
        self.status == 204 || (200..300).contains(&self.status) && self.json().is_some()
    }

    /// Returns whether the server says that it did something; [`Self::ok`] where it is GitLab that says so.
    pub fn did(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Returns whether it is of GitLab's interface, and no page of a proxy or of a sign-in.
    pub fn is_gitlabs(&self) -> bool {
        self.status == 204 || self.json().is_some()
    }

    /// Returns the body, where it is the API's.
    pub fn json(&self) -> Option<Value> {
        self.kind.starts_with("application/json").then(|| serde_json::from_slice(self.body.expose()).ok()).flatten()
    }

    /// Returns GitLab's own words, without what may be secret in them.
    pub fn words(&self) -> String {
        let Some(body) = self.json() else { return format!("{} {}", self.status, self.kind).trim().to_owned() };
        let said = ["error_description", "message", "error"].iter().map(|key| &body[*key]).find(|said| !said.is_null());
        let said = match said {
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
            None => String::new(),
        };
        let said = if said.is_empty() { self.status.to_string() } else { format!("{}: {said}", self.status) };
        sanitize(&mask::mask(&said)).chars().take(MOST).collect()
    }

    /// Returns the failure of what was asked for (`what`, a sentence), with its cause where that is known.
    pub fn refused(&self, what: &str) -> Problem {
        let row = refusal::explain(self.status, self.is_gitlabs(), &self.words());
        Problem::new(what, row.advice).cause(row.cause).said(vec![self.words()])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_whole_or_none() {
        let answer = Answer::read(b"{\"id\": 7}\n201 application/json\n").unwrap();
        assert!(answer.ok() && answer.json().unwrap()["id"] == 7);
        assert!(Answer::read(b"\n204 \n").unwrap().ok());
        for cut in [&b""[..], b"{\"id\": 7}", b"{\"id\": 7}\n", b"{\"id\"\n20", b"\n"] {
            assert_eq!(Answer::read(cut), None, "{}", String::from_utf8_lossy(cut));
        }
        assert!(!Answer::read(b"<html>\n200 text/html\n").unwrap().ok(), "a page is no yes");
    }

    #[test]
    fn words_are_gitlabs_and_hold_no_token() {
        let words = |text: &str| Answer::read(text.as_bytes()).unwrap().words();
        assert_eq!(words("{\"message\":\"403 Forbidden\"}\n403 application/json\n"), "403: 403 Forbidden");
        assert_eq!(words("{\"message\":{\"a\":[\"b\"]}}\n400 application/json\n"), "400: {\"a\":[\"b\"]}");
        assert_eq!(words("x\n502 text/html\n"), "502 text/html");
        assert!(!words("{\"error\":\"glpat-abcdefghijklmnop\"}\n400 application/json\n").contains("abcdef"));
        let long = format!("{{\"message\":\"{}\"}}\n403 application/json\n", "a ".repeat(10_000));
        assert_eq!(words(&long).len(), MOST);
    }
}
