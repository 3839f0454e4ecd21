//! The pretend GitLab: what curl, told by its configuration on standard input, is answered.

use super::{Machine, said};
use pipglr::api::creation::{Owner, Wanted};
use pipglr::host::{Cmd, Finished};
use pipglr::secret::Secret;
use serde_json::{Value, json};

/// A runner as it may be wanted of GitLab.
pub fn wanted(owner: Owner) -> Wanted {
    Wanted {
        owner,
        description: "box".into(),
        tags: vec![],
        run_untagged: true,
        locked: false,
        paused: false,
        maximum_timeout: None,
    }
}

impl Machine {
    /// Answers a request for its API; `None` where the command is none.
    pub(super) fn gitlab(&mut self, cmd: &Cmd, input: Option<&Secret>) -> Option<Finished> {
        let config = input?.expose_str();
        if !config.starts_with("url = ") {
            return None;
        }
        if !config.ends_with("# whole\n") {
            return Some(said(97, ""));
        }
        if self.gitlab_away {
            let lines = vec!["curl: (7) Failed to connect to gitlab.example port 443".to_owned()];
            return Some(Finished { code: 7, stdout: vec![], lines });
        }
        let of = |key: &str| {
            let line = config.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(" = \""));
            line.and_then(|line| line.strip_suffix('"')).unwrap_or_default().replace("\\\"", "\"").replace("\\\\", "\\")
        };
        self.trusting.push(of("cacert"));
        let body: Value = serde_json::from_str(&of("data")).unwrap_or_default();
        self.asked.push(of("url"));
        let (url, token) = (of("url"), body["token"].as_str().unwrap_or_default().to_owned());
        let endpoint = url.split_once("/api/v4/").map_or("", |(_, endpoint)| endpoint);
        let request = of("request");
        if request != "POST" || endpoint != "runners/verify" {
            let words = format!("{request} {endpoint}");
            if !self.change(&words) {
                return Some(said(0, "{\"message\":\"500\"}\n500 application/json\n"));
            }
        }
        if let Some((_, code, text)) = self.hostile.filter(|(of, ..)| *of == format!("{request} {endpoint}")) {
            let lines = if code == 0 { vec![] } else { vec![text.to_owned()] };
            return Some(Finished { lines, ..said(code, text) });
        }
        let running = cmd.args.first().is_some_and(|word| word == "exec");
        let mounted = cmd.args.iter().find_map(|word| word.strip_suffix(":/answer:Z"));
        let named = || cmd.args.last().map(String::as_str).filter(|word| word.starts_with('/'));
        if let Some(file) = mounted.or_else(named) {
            return Some(self.written_down(endpoint, &token, file));
        }
        let known = self.runners.contains(&token);
        let (status, answer) = match (request.as_str(), endpoint) {
            _ if !known => (403, json!({"message": "403 Forbidden"})),
            ("POST", "runners/verify") => (200, json!({"id": 7, "token": token, "token_expires_at": null})),
            ("DELETE", "runners") => {
                self.runners.remove(&token);
                (204, Value::Null)
            }
            ("DELETE", "runners/managers") => {
                assert!(running, "this machine is known in the container alone");
                if self.unlisted.insert(token) {
                    (204, Value::Null)
                } else {
                    (404, json!({"message": "404 Not Found"}))
                }
            }
            _ => (400, json!({"error": "what is missing"})),
        };
        let kind = if status == 204 { "" } else { "application/json" };
        let text = if status == 204 { String::new() } else { answer.to_string() };
        Some(said(0, &format!("{text}\n{status} {kind}\n")))
    }
    /// What GitLab makes, it makes anew, and curl writes it down.
    fn written_down(&mut self, endpoint: &str, token: &str, file: &str) -> Finished {
        let status = match endpoint {
            "user/runners" => 201,
            _ if self.runners.remove(token) => 201,
            _ => 403,
        };
        let new = format!("glrt-t1_made{:014}", self.changes.len());
        let answer = if status == 201 { json!({"id": 7, "token": new}) } else { json!({"message": "403 Forbidden"}) };
        if status == 201 {
            self.runners.insert(new);
            self.made += 1;
        }
        self.files.insert(file.into(), answer.to_string().into());
        said(0, &format!("\n{status} {}\n", self.kind.unwrap_or("application/json")))
    }
}
