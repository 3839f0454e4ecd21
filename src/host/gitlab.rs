//! What GitLab and gitlab-runner mean: kinds of tokens, URLs, and the words of a refusal.
//! Facts: facts/gitlab.md; facts/proof.md, "Register and its errors".

use crate::doctor::catalogue;
use crate::logs::line::Source;
use crate::problem::{Problem, Result};
use crate::secret::Secret;
use std::time::Duration;

/// The kinds of tokens `register` takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// `glrt-…`, `glrtr-…`: the runner exists on the server; it is verified and the same token is written.
    Authentication,
    /// `GR1348941…` and free-form: each registration makes a new runner.
    Legacy,
    /// `acme-glrt-…`: an instance prefix, which gitlab-runner itself does not recognise.
    Prefixed,
}

impl TokenKind {
    /// Its name in GitLab's own words.
    pub fn name(self) -> &'static str {
        match self {
            Self::Authentication => "runner authentication token",
            Self::Legacy => "registration token (legacy)",
            Self::Prefixed => "runner authentication token with an instance prefix",
        }
    }

    /// The kind, by the token's looks.
    pub fn of(token: &Secret) -> Self {
        let text = token.expose_str();
        if text.starts_with("glrt-") || text.starts_with("glrtr-") {
            Self::Authentication
        } else if text.contains("-glrt-") {
            Self::Prefixed
        } else {
            Self::Legacy
        }
    }

    /// Whether N parallel jobs take one registration (and `concurrent = N`), however many are wished for.
    pub fn registers_once(self) -> bool {
        self != Self::Legacy
    }
}

/// gitlab-runner cuts a token for display at this length and crashes on a shorter `glrt-` one.
const SHORTEST_AUTHENTICATION: usize = 14;
/// Real ones have 20 characters and more behind the prefix; a free-form legacy token may be anything longer than this.
const SHORTEST_LEGACY: usize = 8;

/// Takes a pasted token: trims it, and catches one cut short before gitlab-runner crashes on it.
///
/// # Errors
/// Empty, with a blank or a control character inside, not ASCII, an address, or too short to be whole. The message never has the
/// token in it.
pub fn check_token(pasted: &str) -> Result<Secret> {
    let text = pasted.trim();
    let again = "Copy the whole token from GitLab's runner page (Settings, CI/CD, Runners) and paste it again.";
    if text.is_empty() {
        return Err(Problem::usage("The token is empty.", again));
    }
    if let Some(c) = text.chars().find(|c| !c.is_ascii_graphic()) {
        let what = if c.is_whitespace() {
            "a blank or a line break".into()
        } else {
            format!("the character {}", c.escape_unicode())
        };
        return Err(Problem::usage(format!("The token has {what} in it, which no token has."), again));
    }
    if text.starts_with(['"', '\'']) {
        return Err(Problem::usage("The token is in quotes.", "Give it without them."));
    }
    if text.starts_with("glpat-") {
        return Err(Problem::usage(
            "That is a personal access token, not a runner's.",
            "Make a runner in GitLab (Settings, CI/CD, Runners, New runner) and give the glrt- token it shows.",
        ));
    }
    if text.contains("://") {
        return Err(Problem::usage("That is an address, not a token.", again));
    }
    let token = Secret::new(text);
    let least = match TokenKind::of(&token) {
        TokenKind::Legacy => SHORTEST_LEGACY,
        TokenKind::Authentication | TokenKind::Prefixed => SHORTEST_AUTHENTICATION,
    };
    if text.len() < least || matches!(text, "glrt-" | "glrtr-") {
        return Err(Problem::usage(
            format!("The token has only {} characters: it was cut short in the copy.", text.len()),
            again,
        ));
    }
    Ok(token)
}

/// Takes several tokens, one a line; blank lines and the same token twice count once.
///
/// # Errors
/// As [`check_token`]; kinds mixed.
pub fn check_tokens(text: &str) -> Result<Vec<Secret>> {
    let mut tokens: Vec<Secret> = Vec::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let token = check_token(line)?;
        if !tokens.contains(&token) {
            tokens.push(token);
        }
    }
    let Some(first) = tokens.first() else {
        return check_token("").map(|token| vec![token]);
    };
    if tokens.iter().any(|token| TokenKind::of(token).registers_once() != TokenKind::of(first).registers_once()) {
        return Err(Problem::usage(
            "Some tokens are registration tokens (legacy) and some are runner authentication tokens.",
            "Give tokens of one kind; the other kind can be registered in a second run.",
        ));
    }
    Ok(tokens)
}

/// Checks the server's URL the way gitlab-runner reads it.
///
/// # Errors
/// No `http://` or `https://`, no host, or blanks.
pub fn check_url(url: &str) -> Result<()> {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    let host = rest.map(|rest| rest.split(['/', '?', '#']).next().unwrap_or_default());
    match host {
        _ if url.chars().any(|c| c.is_whitespace() || c.is_control()) => Err(Problem::usage(
            format!("`{}` has a blank in it, which no URL has.", crate::logs::sanitize::sanitize(url)),
            "Copy the address of your GitLab from the browser: https://gitlab.example/",
        )),
        None => Err(Problem::usage(
            format!("`{url}` does not begin with https:// or http://."),
            format!("Write it as https://{}", url.rsplit("//").next().unwrap_or_default().trim_start_matches('/')),
        )),
        Some(host) if host.is_empty() || host.contains('@') => Err(Problem::usage(
            "The URL names no host, or carries a user name.",
            "Write it as https://gitlab.example/, without a user or a password.",
        )),
        Some(_) => Ok(()),
    }
}

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
    passing("429", 5, "The server limits how fast one may register.", LATER),
    passing(
        "contentlength=",
        5,
        "The server limits how fast one may register, and gitlab-runner's own second try is broken.",
        LATER,
    ),
    refusal(
        "is not valid",
        "GitLab does not know this runner authentication token: revoked, expired, or of another server.",
        NEW_TOKEN,
    ),
    refusal(
        "forbidden (check registration token)",
        "GitLab does not accept this registration token: reset, mistyped, or of another server.",
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
        "Edit it in step 4, or remove it to begin anew.",
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
    REFUSALS.iter().find(|refusal| text.contains(refusal.pattern)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cause(line: &str) -> &'static str {
        explain(&[line.to_owned()]).map_or("?", |refusal| refusal.cause)
    }

    #[test]
    fn kinds() {
        for (token, kind) in [
            ("glrt-t1_abcdefghijklmnop", TokenKind::Authentication),
            ("glrtr-abcdefghijklmnopqr", TokenKind::Authentication),
            ("GR1348941abcdefghijk", TokenKind::Legacy),
            ("acme-glrt-abcdefghijkl", TokenKind::Prefixed),
        ] {
            assert_eq!(TokenKind::of(&Secret::new(token)), kind);
        }
    }

    #[test]
    fn a_paste_is_trimmed_and_a_short_one_caught() {
        assert_eq!(check_token(" \tglrt-abcdefghijklmnop\r\n").unwrap().expose_str(), "glrt-abcdefghijklmnop");
        for bad in [
            "",
            "  \n",
            "glrt-",
            "glrt-abcdefgh",
            "GR13489",
            "glrt-abc defghijklmnop",
            "glrt-äbcdefghijklmnop",
            "glrt-abcd\u{1b}efghijklm",
            "https://gitlab.example/group/project",
        ] {
            let problem = check_token(bad).unwrap_err();
            assert!(bad.trim().len() < 6 || !problem.to_string().contains(bad.trim()), "{problem}");
        }
        // 13 characters crash gitlab-runner 17.5.5, 14 do not.
        assert!(check_token("glrt-12345678").is_err());
        assert!(check_token("glrt-123456789").is_ok());
    }

    #[test]
    fn several_tokens() {
        let two = check_tokens("glrt-aaaaaaaaaaaa\n\nglrt-bbbbbbbbbbbb\nglrt-aaaaaaaaaaaa\n").unwrap();
        assert_eq!(two.len(), 2);
        assert!(check_tokens("glrt-aaaaaaaaaaaa\nGR1348941abcdefghijk").is_err());
        assert!(check_tokens("\n \n").is_err());
    }

    #[test]
    fn urls() {
        for good in ["https://gitlab.com/", "http://host.containers.internal:8930", "https://x/gitlab"] {
            assert!(check_url(good).is_ok(), "{good}");
        }
        for bad in ["gitlab.com", "ftp://x", "https://", "https:///x", "https://a b/", "https://me:pw@host/", ""] {
            assert!(check_url(bad).is_err(), "{bad}");
        }
    }

    /// The real messages of gitlab-runner 17.5.5, as recorded in facts/proof.md.
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
    fn only_what_may_pass_is_repeated() {
        let repeats = |line: &str| explain(&[line.to_owned()]).unwrap().repeat.is_some();
        assert!(repeats("Too many requests: 429") && repeats("500 Internal Server Error"));
        assert!(!repeats("410 Gone") && !repeats("forbidden (check registration token)"));
    }
}
