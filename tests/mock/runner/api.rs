//! GitLab's API as gitlab-runner calls it, with its words for what goes wrong.

use std::io;
use std::net::{TcpStream, ToSocketAddrs};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::http::{self, Response};
use crate::log;
use crate::tls::Tls;

/// What became of a request.
pub enum Answer {
    Got(Box<Response>),
    /// Nothing came back, or what came back cannot be read.
    Failed(String),
    /// The URL is none: nothing was asked.
    Client(String),
}

pub struct Api<'a> {
    pub url: &'a str,
    pub token: &'a str,
}

/// `glrt-…`: made on the server, only verified here.
pub fn is_authentication_token(token: &str) -> bool {
    token.starts_with("glrt-")
}

/// The part of a token that may be shown. `None`: gitlab-runner crashes here.
pub fn short(token: &str) -> Option<&str> {
    if token.len() < 8 {
        return Some(token);
    }
    if is_authentication_token(token) {
        return token.get(5..14);
    }
    let dated =
        token.len() >= 17 && token.starts_with("GR") && token.as_bytes()[2..9].iter().all(u8::is_ascii_hexdigit);
    token.get(..if dated { 17 } else { 8 })
}

impl Api<'_> {
    /// The field every line about a runner carries.
    pub fn runner(&self) -> (&'static str, String) {
        ("runner", short(self.token).unwrap_or(self.token).to_string())
    }

    pub fn call(&self, method: &str, endpoint: &str, body: &Value) -> Answer {
        let bytes = body.to_string().into_bytes();
        let headers =
            [("Content-Type", "application/json"), ("Accept", "application/json"), ("PRIVATE-TOKEN", self.token)];
        self.raw(method, endpoint, &headers, &bytes)
    }

    pub fn raw(&self, method: &str, endpoint: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let Some((scheme, rest)) = self.url.split_once("://") else {
            return Answer::Client(if self.url.contains(':') {
                format!("parse \"{}/api/v4/\": first path segment in URL cannot contain colon", self.url)
            } else {
                "only http or https scheme supported".into()
            });
        };
        if scheme != "http" && scheme != "https" {
            return Answer::Client("only http or https scheme supported".into());
        }
        let (host, base) = rest.split_once('/').unwrap_or((rest, ""));
        let base = base.trim_end_matches('/');
        let path = format!("{}{base}/api/v4/{endpoint}", if base.is_empty() { "" } else { "/" });
        let full = format!("{scheme}://{host}{path}");
        let mut all = vec![("Host", host), ("User-Agent", "gitlab-runner 17.5.5 (stand-in; linux/amd64)")];
        all.extend_from_slice(headers);
        let verb = capital(method);
        let failed = |text: String| {
            Answer::Failed(format!("couldn't execute {method} against {full}: {verb} \"{full}\": {text}"))
        };
        let stream = match connect(host, scheme) {
            Ok(stream) => stream,
            Err(text) => return failed(text),
        };
        let answer = match scheme {
            "https" => match Tls::connect(&address(host, scheme)) {
                Ok(mut tls) => match http::exchange(&mut tls, method, &path, &all, body) {
                    Err(_) => return failed(tls.why().into()),
                    answer => answer,
                },
                Err(e) => Err(e),
            },
            _ => http::exchange(stream, method, &path, &all, body),
        };
        match answer {
            Ok(r) if r.status == 429 && r.header("ratelimit-resettime").is_some() => {
                let seconds = r.header("retry-after").and_then(|s| s.parse().ok()).unwrap_or(60);
                log::info(
                    "Sleeping due to rate limit",
                    &[
                        ("context", "ratelimit-requester-gitlab-request".into()),
                        ("duration", format!("{seconds}s")),
                        ("method", method.into()),
                        ("url", full.clone()),
                    ],
                );
                thread::sleep(Duration::from_secs(seconds));
                // gitlab-runner 17.5 sends its body once: the second try cannot work.
                failed(format!("http: ContentLength={} with Body length 0", body.len()))
            }
            Ok(response) => Answer::Got(Box::new(response)),
            Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => failed("EOF".into()),
            Err(e) => failed(go_words(&e)),
        }
    }

    /// What a line says of the answer: `status=…`.
    pub fn status(&self, method: &str, endpoint: &str, response: &Response) -> String {
        let line = response.status_line();
        let is_json = response.header("content-type").is_some_and(|t| t.starts_with("application/json"));
        if (200..300).contains(&response.status) || !is_json {
            return line;
        }
        let url = format!("{}/api/v4/{endpoint}", self.url.trim_end_matches('/'));
        match response.value()["message"].as_str() {
            Some(message) if message != line => format!("{method} {url}: {line} ({message})"),
            _ => format!("{method} {url}: {line}"),
        }
    }

    /// `Ok(Some(id))`: valid. `Ok(None)`: an answer that cannot be read. `Err`: refused.
    pub fn verify(&self, system_id: &str) -> Result<Option<u64>, ()> {
        let created = is_authentication_token(self.token);
        let body = json!({"token": self.token, "system_id": system_id});
        let mut answer = self.call("POST", "runners/verify", &body);
        if matches!(answer, Answer::Failed(_)) {
            answer = self.call("POST", "runners/verify", &body);
        }
        let say = |text: &str, status: Option<String>| {
            let message = format!("Verifying runner... {text}");
            match status {
                Some(status) => log::error(&message, &[self.runner(), ("status", status)]),
                None => log::info(&message, &[self.runner()]),
            }
        };
        match answer {
            Answer::Got(r) if r.status == 200 => {
                say(if created { "is valid" } else { "is alive" }, None);
                Ok(r.value()["id"].as_u64())
            }
            Answer::Got(r) if r.status == 403 && created => {
                say("is not valid", None);
                Err(())
            }
            Answer::Got(r) if r.status == 403 => {
                say("is removed", Some(self.status("POST", "runners/verify", &r)));
                Err(())
            }
            Answer::Got(r) => {
                say("failed", Some(self.status("POST", "runners/verify", &r)));
                Ok(None)
            }
            Answer::Failed(text) => {
                say("failed", Some(text));
                Ok(None)
            }
            Answer::Client(text) => {
                say("client error", Some(text));
                Ok(None)
            }
        }
    }

    pub fn unregister(&self, system_id: &str) -> bool {
        let (endpoint, body) = if is_authentication_token(self.token) {
            ("runners/managers", json!({"token": self.token, "system_id": system_id}))
        } else {
            ("runners", json!({"token": self.token}))
        };
        let what = "Unregistering runner from GitLab";
        let (word, status) = match self.call("DELETE", endpoint, &body) {
            Answer::Got(r) if r.status == 204 => {
                log::info(&format!("{what} succeeded"), &[self.runner()]);
                return true;
            }
            Answer::Got(r) if r.status == 403 => ("forbidden", self.status("DELETE", endpoint, &r)),
            Answer::Got(r) => ("failed", self.status("DELETE", endpoint, &r)),
            Answer::Failed(text) => ("failed", text),
            Answer::Client(text) => ("client error", text),
        };
        log::error(&format!("{what} {word}"), &[self.runner(), ("status", status)]);
        false
    }
}

/// With its port.
fn address(host: &str, scheme: &str) -> String {
    match host.rsplit(':').next().is_some_and(|port| port.parse::<u16>().is_ok()) {
        true => host.to_string(),
        false => format!("{host}:{}", if scheme == "https" { 443 } else { 80 }),
    }
}

fn connect(host: &str, scheme: &str) -> Result<TcpStream, String> {
    let full = address(host, scheme);
    let name = full.rsplit_once(':').map_or(full.as_str(), |(name, _)| name);
    let Ok(addresses) = full.to_socket_addrs() else {
        return Err(format!("dial tcp: lookup {name} on 169.254.1.1:53: no such host"));
    };
    let mut last = format!("dial tcp: lookup {name} on 169.254.1.1:53: no such host");
    for address in addresses {
        match TcpStream::connect_timeout(&address, Duration::from_secs(30)) {
            Ok(stream) => return Ok(stream),
            Err(e) => last = format!("dial tcp {address}: connect: {}", go_words(&e)),
        }
    }
    Err(last)
}

fn go_words(e: &io::Error) -> String {
    match e.kind() {
        io::ErrorKind::ConnectionRefused => "connection refused".into(),
        io::ErrorKind::TimedOut => "i/o timeout".into(),
        io::ErrorKind::ConnectionReset => "read: connection reset by peer".into(),
        io::ErrorKind::HostUnreachable => "no route to host".into(),
        io::ErrorKind::NetworkUnreachable => "network is unreachable".into(),
        _ => e.to_string(),
    }
}

fn capital(method: &str) -> String {
    let (first, rest) = method.split_at(1);
    first.to_string() + &rest.to_lowercase()
}
