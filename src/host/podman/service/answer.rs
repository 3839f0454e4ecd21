//! Which commands the service answers, and how its answer becomes what the command prints.
//!
//! Beside those that only ask there are the changes that are done at once and by podman alone. What starts, stops or
//! waits for a process stays a command: it must not end with the service.

use super::http::{Request, encoded};
use crate::host::Finished;
use crate::text::sanitize::sanitize;
use serde_json::Value;

/// The version of the API that is spoken: understood by podman 4.3 to 6.1 alike.
const API: &str = "/v4.0.0/libpod";

/// A command, as a question to the service.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Question {
    /// What is sent.
    pub request: Request,
    form: Form,
}

/// How the answer is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// In an array, as `inspect` does.
    Inspect,
    /// The version, in a sentence; the service has said it as it came up.
    Version,
    /// Names of containers, a line each.
    Names,
    /// Nothing; the exit code says it.
    Exists,
    /// What a change was made to.
    Changed,
}

impl Question {
    /// Reads a command (program first); `None` where it is not one that the service answers.
    pub(super) fn of(words: &[String]) -> Option<Self> {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        if let Some((method, path, body)) = change(&words) {
            return Some(Self { request: Request { method, path: format!("{API}{path}"), body }, form: Form::Changed });
        }
        let (path, form) = match words.as_slice() {
            ["podman", "--version"] => (String::new(), Form::Version),
            ["podman", kind @ ("container" | "image" | "secret" | "volume"), "inspect", name] => {
                (format!("/{kind}s/{}/json", named(name)?), Form::Inspect)
            }
            ["podman", "secret", "inspect", "--showsecret", name] => {
                (format!("/secrets/{}/json?showsecret=true", named(name)?), Form::Inspect)
            }
            ["podman", "container", "exists", "--external", name] => {
                (format!("/containers/{}/exists?external=true", named(name)?), Form::Exists)
            }
            ["podman", "ps", "--all", "--format", "{{.Names}}"] => {
                ("/containers/json?all=true".to_owned(), Form::Names)
            }
            ["podman", "ps", "--format", "{{.Names}}"] => ("/containers/json".to_owned(), Form::Names),
            ["podman", "ps", all @ .., "--filter", filter, "--format", "{{.Names}}"]
                if matches!(all, [] | ["--all"]) =>
            {
                let (key, value) = filter.split_once('=')?;
                let filters = encoded(&serde_json::json!({key: [value]}).to_string());
                let all = if all.is_empty() { "" } else { "all=true&" };
                (format!("/containers/json?{all}filters={filters}"), Form::Names)
            }
            _ => return None,
        };
        Some(Self { request: Request::get(format!("{API}{path}")), form })
    }

    /// Whether it changes something: then it is asked once.
    pub(super) fn changes(&self) -> bool {
        self.form == Form::Changed
    }

    /// Whether it is about podman itself.
    pub(super) fn asks_version(&self) -> bool {
        self.form == Form::Version
    }

    /// What the command would have printed; `None` where it must be run to know.
    pub(super) fn read(&self, status: u16, body: &[u8]) -> Option<Finished> {
        match (status, self.form) {
            (204, Form::Exists) => return Some(Finished::default()),
            (404, Form::Exists) => return Some(Finished { code: 1, ..Finished::default() }),
            // Of each container that is removed it is said whether it was.
            (200..=204, Form::Changed) => {
                let said: Value = serde_json::from_slice(body).unwrap_or_default();
                let failed = said.as_array().is_some_and(|all| all.iter().any(|one| !one["Err"].is_null()));
                return (!failed).then(Finished::default);
            }
            (404, Form::Inspect) => {
                let said: Value = serde_json::from_slice(body).ok()?;
                let words = format!("Error: {}", sanitize(said["message"].as_str()?));
                return Some(Finished { code: 125, stdout: vec![], lines: vec![words] });
            }
            (200, _) => {}
            _ => return None,
        }
        if self.form == Form::Inspect {
            // Byte for byte, in brackets: it may hold a secret, of which there are copies enough.
            serde_json::from_slice::<serde::de::IgnoredAny>(body).ok()?;
            return Some(Finished { stdout: [b"[", body, b"]"].concat(), ..Finished::default() });
        }
        let found: Value = serde_json::from_slice(body).ok()?;
        let name = |container: &Value| container["Names"][0].as_str().map(str::to_owned);
        Some(printed(found.as_array()?.iter().map(name).collect::<Option<Vec<_>>>()?.join("\n")))
    }
}

/// A change, as method, path and body; `None` for what is none of those.
fn change(words: &[&str]) -> Option<(&'static str, String, String)> {
    let (method, path, body) = match words {
        ["podman", "secret", "rm", name] => ("DELETE", format!("/secrets/{}", named(name)?), String::new()),
        ["podman", "rename", from, to] => {
            ("POST", format!("/containers/{}/rename?name={}", named(from)?, named(to)?), String::new())
        }
        ["podman", "rm", name] => ("DELETE", format!("/containers/{}", named(name)?), String::new()),
        ["podman", "rm", "--force", "--volumes", name] => {
            ("DELETE", format!("/containers/{}?force=true&v=true", named(name)?), String::new())
        }
        ["podman", "volume", "create", "--opt", option, name] => {
            let (key, value) = option.split_once('=')?;
            let body = serde_json::json!({"Name": name, "Options": {key: value}});
            ("POST", "/volumes/create".to_owned(), body.to_string())
        }
        _ => return None,
    };
    Some((method, path, body))
}

/// What `podman --version` prints.
pub(super) fn version(version: &str) -> Finished {
    printed(format!("podman version {version}"))
}

fn printed(text: String) -> Finished {
    let lines = text.lines().map(sanitize).collect();
    Finished { code: 0, stdout: text.into_bytes(), lines }
}

/// A name in a path; `None` for what would be another path.
fn named(name: &str) -> Option<String> {
    (!name.is_empty() && !name.starts_with('-') && !name.split('/').any(|part| [".", "..", ""].contains(&part)))
        .then(|| encoded(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(text: &str) -> Option<Question> {
        Question::of(&shlex::split(text).unwrap())
    }

    fn read(text: &str, status: u16, body: &str) -> Option<Finished> {
        question(text).unwrap().read(status, body.as_bytes())
    }

    #[test]
    fn what_asks_is_asked_and_what_changes_is_not() {
        let path = |text: &str| question(text).map(|question| question.request.path);
        assert_eq!(path("podman container inspect a b"), None);
        assert_eq!(path("podman container inspect pipglr").unwrap(), "/v4.0.0/libpod/containers/pipglr/json");
        assert_eq!(path("podman image inspect localhost/a:b").unwrap(), "/v4.0.0/libpod/images/localhost/a:b/json");
        assert_eq!(
            path("podman ps --filter volume=x --format '{{.Names}}'").unwrap(),
            "/v4.0.0/libpod/containers/json?filters=%7B%22volume%22:%5B%22x%22%5D%7D"
        );
        for other in [
            "podman secret rm --all",
            "podman rm -f",
            "podman stop pipglr",
            "podman start pipglr",
            "podman volume create x",
            "podman run --rm x",
            "podman container inspect ../x",
            "podman image inspect -l",
            "podman ps",
            "sudo podman --version",
        ] {
            assert_eq!(path(other), None, "{other}");
        }
    }

    #[test]
    fn an_answer_reads_as_the_command_prints_it() {
        let text = |done: Option<Finished>| done.unwrap().text();
        assert_eq!(version("5.4.2").text(), "podman version 5.4.2");
        assert_eq!(text(read("podman secret inspect x", 200, r#"{"ID":"7"}"#)), r#"[{"ID":"7"}]"#);
        let names = r#"[{"Names": ["b"]}, {"Names": ["a"]}]"#;
        assert_eq!(text(read("podman ps --all --format '{{.Names}}'", 200, names)), "b\na");
    }

    #[test]
    fn a_change_is_what_podman_does_by_itself_and_only_a_success_is_taken() {
        let sent = |text: &str| question(text).map(|question| question.request).unwrap();
        let Request { method, path, body } = sent("podman rename pipglr pipglr-next");
        assert_eq!((method, &*path), ("POST", "/v4.0.0/libpod/containers/pipglr/rename?name=pipglr-next"));
        assert_eq!((sent("podman secret rm config.toml").method, &*body), ("DELETE", ""));
        let volume = sent("podman volume create --opt o=uid=1000,gid=1000 pipglr-storage");
        assert_eq!(volume.body, r#"{"Name":"pipglr-storage","Options":{"o":"uid=1000,gid=1000"}}"#);
        assert!(question("podman rm pipglr").unwrap().changes() && !question("podman --version").unwrap().changes());
        let rm = "podman rm --force --volumes x";
        assert!(read(rm, 200, r#"[{"Id":"7","Err":null}]"#).is_some() && read(rm, 204, "").is_some());
        for (status, body) in [(200, r#"[{"Id":"7","Err":"in use"}]"#), (404, r#"{"message":"no"}"#), (500, "")] {
            assert_eq!(read(rm, status, body), None, "the command says why: {status} {body}");
        }
    }

    #[test]
    fn what_is_not_there_is_said_as_podman_says_it() {
        let gone = r#"{"cause":"no such container","message":"no container with name or ID \"x\" found: no such container","response":404}"#;
        let done = read("podman container inspect x", 404, gone).unwrap();
        assert_eq!(done.code, 125);
        assert_eq!(done.lines, ["Error: no container with name or ID \"x\" found: no such container"]);
        assert_eq!(read("podman container exists --external x", 404, "").unwrap().code, 1);
        assert_eq!(read("podman container exists --external x", 204, "").unwrap().code, 0);
    }

    #[test]
    fn of_whatever_else_is_answered_the_command_knows_more() {
        let ask = "podman secret inspect config.toml";
        for (status, body) in [(500, r#"{"message":"unexpected end of JSON input"}"#), (200, r#"{"ID":"#), (404, "no")]
        {
            assert_eq!(read(ask, status, body), None, "{status} {body}");
        }
    }
}
