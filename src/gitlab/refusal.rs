//! Why GitLab, or what stands before it, refused a registration.

use crate::source::Source;
use crate::symptoms::catalogue;
use std::time::Duration;

/// What a failed registration means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// What is in gitlab-runner's output; compared without regard to case.
    pattern: &'static str,
    /// The cause.
    pub cause: &'static str,
    /// What to do.
    pub advice: &'static str,
    /// Waiting this long and asking again may help.
    pub repeat: Option<Duration>,
}

const fn refusal(pattern: &'static str, cause: &'static str, advice: &'static str) -> Refusal {
    Refusal { pattern, cause, advice, repeat: None }
}

const fn passing(pattern: &'static str, seconds: u64, cause: &'static str, advice: &'static str) -> Refusal {
    Refusal { pattern, cause, advice, repeat: Some(Duration::from_secs(seconds)) }
}

const NEW_TOKEN: &str = "Copy a fresh token from GitLab's runner page (Settings, CI/CD, Runners) and enter it.";
const LATER: &str = "Wait a little and try again; is the server healthy in a browser?";
const ITSELF: &str = "Nothing listens there: in the container, localhost is the container itself.";
const HOST: &str = "For a GitLab on this machine write `host.containers.internal` in place of `localhost`.";
const RIGHT_URL: &str =
    "Check the URL: open it in a browser from this machine, and enter the address of GitLab itself.";

/// First match wins: what names the cause most closely stands first.
const REFUSALS: &[Refusal] = &[
    refusal(
        "slice bounds out of range",
        "The glrt- token was cut short in the copy; gitlab-runner crashes on it.",
        "Copy the whole token and enter it again.",
    ),
    refusal(
        "410 gone",
        "Registration tokens are switched off on this GitLab (the default since 17.0).",
        "Make a runner in GitLab (New runner) and enter the glrt- token it shows.",
    ),
    passing("too many requests", 5, "The server limits how fast one may register.", LATER),
    passing(
        "contentlength=",
        5,
        "The server limits how fast one may register, and gitlab-runner's own second try is broken.",
        LATER,
    ),
    refusal(
        "is not valid",
        "GitLab does not know this runner authentication token; it is revoked, expired, or of another server.",
        NEW_TOKEN,
    ),
    refusal(
        "forbidden (check registration token)",
        "GitLab does not accept this registration token; it is reset, mistyped, or of another server.",
        NEW_TOKEN,
    ),
    refusal("403 forbidden", "GitLab refused the token.", NEW_TOKEN),
    refusal("only http or https scheme supported", "The URL has no https:// in front.", RIGHT_URL),
    refusal(
        "no such host",
        "The name of the server cannot be found.",
        "Check the URL for a slip, and this machine's DNS.",
    ),
    refusal("server misbehaving", "This machine's DNS does not answer.", "Check this machine's DNS, then try again."),
    refusal("dial tcp 127.0.0.1:", ITSELF, HOST),
    refusal("dial tcp [::1]:", ITSELF, HOST),
    refusal("connection refused", "Nothing listens at that address.", RIGHT_URL),
    refusal(
        "first record does not look like a tls handshake",
        "The URL says https, but the server speaks plain http there.",
        "Write http:// in the URL, or the port where the server speaks https.",
    ),
    refusal(
        "server gave http response to https client",
        "The URL says https, but the server speaks plain http there.",
        "Write http:// in the URL, or the port where the server speaks https.",
    ),
    refusal("no route to host", "This machine has no way to that address.", RIGHT_URL),
    refusal(
        "network is unreachable",
        "This machine has no way to that address.",
        "Check this machine's network, then try again.",
    ),
    passing("i/o timeout", 3, "The server does not answer.", RIGHT_URL),
    passing("timeout exceeded", 3, "The server does not answer.", RIGHT_URL),
    passing("500 internal server error", 3, "The server itself failed.", LATER),
    passing("502 bad gateway", 3, "Something in front of GitLab answers, but GitLab behind it does not.", LATER),
    passing("503 service unavailable", 3, "The server is down for the moment.", LATER),
    passing("504 gateway", 3, "Something in front of GitLab answers, but GitLab behind it does not.", LATER),
    passing(": eof", 3, "The server closed the connection without an answer.", LATER),
    refusal("404 not found", "That address is no GitLab, or GitLab lives below another path.", RIGHT_URL),
    refusal(
        "status=200 ok",
        "That address answers with a page, not as GitLab's interface does: a login page or a proxy.",
        RIGHT_URL,
    ),
    refusal(
        "invalid character '<'",
        "That address answers with a page, not as GitLab's interface does: a login page or a proxy.",
        RIGHT_URL,
    ),
    refusal(
        "reserved (specified",
        "Settings were given that GitLab keeps on the server for glrt- tokens.",
        "Set tags and the like on the runner's page in GitLab.",
    ),
    refusal(
        "runner configuration other than name",
        "Settings were given that GitLab keeps on the server for glrt- tokens.",
        "Set tags and the like on the runner's page in GitLab.",
    ),
    refusal(
        "decoding configuration file",
        "The unfinished config.toml in the state folder is not valid TOML.",
        "Edit it in step 4, or remove it to start again.",
    ),
    refusal("no secret with name or id", "The token's secret is gone from podman.", "Enter the token again."),
    refusal(
        "permission denied",
        "The registration cannot write config.toml.",
        "Is the state folder yours, and on a disk that a container may write to (SELinux)?",
    ),
    // gitlab-runner says "is valid" and then fails where a page came back with status 200.
    refusal(
        "failed to verify the runner",
        "GitLab's answer was not understood: a page where an interface should be.",
        RIGHT_URL,
    ),
];

/// Explains the output of a registration that failed; `None` where nothing is known about it.
pub fn explain(lines: &[String]) -> Option<Refusal> {
    // A request that did not reach GitLab is told by the doctor's table, as in a log.
    let asked = lines.iter().find_map(|line| catalogue().find(Some(Source::Runner), line));
    let on_the_way = ["gitlab-certificate", "proxy-", "gitlab-dns", "gitlab-no-address", "gitlab-redirect"];
    if let Some(symptom) = asked.filter(|symptom| on_the_way.iter().any(|id| symptom.id.starts_with(id))) {
        let repeat = symptom.again.map(Duration::from_secs);
        return Some(Refusal { pattern: "", cause: &symptom.cause, advice: &symptom.fix, repeat });
    }
    let text = lines.join("\n").to_lowercase();
    let found = REFUSALS.iter().find(|refusal| text.contains(refusal.pattern)).copied();
    // From 19 on gitlab-runner has asked four times by then, and waited as it was told.
    let waited = lines.iter().any(|line| line.contains(WAITING));
    found.map(|refusal| Refusal { repeat: refusal.repeat.filter(|_| !waited), ..refusal })
}

/// What gitlab-runner says before it asks again (19.4.0).
const WAITING: &str = "Waiting before making the next call";

/// Says of a line of gitlab-runner's that it waits before it asks GitLab again: for how long, in its own words.
pub fn waits(line: &str) -> Option<&str> {
    let (_, fields) = line.split_once(WAITING)?;
    fields.split_whitespace().find_map(|field| field.strip_prefix("duration="))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cause(line: &str) -> &'static str {
        explain(&[line.to_owned()]).map_or("?", |refusal| refusal.cause)
    }

    /// The real messages of gitlab-runner 17.5.5, as FACTS.md here has them.
    #[test]
    fn refusals_are_explained() {
        for (line, part) in [
            (
                "ERROR: Registering runner... forbidden (check registration token)  runner=GR134894 status=POST http://g/api/v4/runners: 403 Forbidden (403 Forbidden - invalid token supplied)",
                "does not accept",
            ),
            (
                "ERROR: Registering runner... failed  runner=GR134894 status=POST http://g/api/v4/runners: 410 Gone (410 Gone - runner registration disallowed)",
                "switched off",
            ),
            (
                "ERROR: Registering runner... failed  status=POST http://g/api/v4/runners: 500 Internal Server Error",
                "itself failed",
            ),
            ("ERROR: Registering runner... failed  status=502 Bad Gateway", "in front"),
            ("ERROR: Registering runner... failed  status=200 OK", "page"),
            (
                "ERROR: Registering runner... failed  status=couldn't execute POST against http://g/api/v4/runners: Post \"http://g/api/v4/runners\": EOF",
                "closed the connection",
            ),
            ("couldn't execute POST: http: ContentLength=858 with Body length 0", "second try is broken"),
            ("Verifying runner... is not valid  runner=badtoken_", "does not know"),
            ("dial tcp 169.254.1.2:1: connect: connection refused", "at that address"),
            ("dial tcp 127.0.0.1:8930: connect: connection refused", "the container itself"),
            ("dial tcp [::1]:8930: connect: connection refused", "the container itself"),
            ("lookup no.such.invalid on 169.254.1.1:53: no such host", "cannot be found"),
            ("ERROR: Verifying runner... client error  status=only http or https scheme supported", "no https"),
            ("tls: first record does not look like a TLS handshake", "plain http"),
            ("panic: runtime error: slice bounds out of range [:14] with length 13", "cut short"),
        ] {
            assert!(cause(line).contains(part), "{line}: {}", cause(line));
        }
        // By the same table as the doctor: no word of the token.
        for (how, part) in [
            ("x509: certificate is not valid for any names, but wanted to match g", "another name"),
            (
                "x509: certificate has expired or is not yet valid: current time 2019-01-01T00:00:00Z is before 2026-01-01T00:00:00Z",
                "clock",
            ),
            ("x509: certificate signed by unknown authority", "authority"),
            ("proxyconnect tcp: dial tcp: lookup proxy.example: no such host", "proxy"),
            ("Proxy Authentication Required", "407"),
        ] {
            let line = format!(
                "ERROR: Verifying runner... failed  runner=t1_abc status=couldn't execute POST against https://g/: Post \"https://g/\": {how}"
            );
            assert!(cause(&line).contains(part), "{line}: {}", cause(&line));
        }
        assert_eq!(explain(&["all is well".into()]), None);
    }

    #[test]
    fn what_gitlab_runner_has_repeated_itself_is_not_repeated_again() {
        let wait = "Waiting before making the next call  context=ratelimit duration=1m0s method=POST url=http://g/";
        let said =
            [wait, "ERROR: Registering runner... failed  correlation_id=429 status=POST http://g/: 502 Bad Gateway"];
        let refusal = explain(&said.map(str::to_owned)).unwrap();
        assert!(refusal.cause.contains("in front") && refusal.repeat.is_none(), "{refusal:?}");
        assert_eq!((waits(wait), waits(said[1])), (Some("1m0s"), None));
    }

    #[test]
    fn only_what_may_pass_is_repeated() {
        let repeats = |line: &str| explain(&[line.to_owned()]).unwrap().repeat.is_some();
        assert!(repeats("status=POST http://g/: 429 Too Many Requests") && repeats("500 Internal Server Error"));
        assert!(!repeats("410 Gone") && !repeats("forbidden (check registration token)"));
    }
}
