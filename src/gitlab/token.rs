//! Tokens by their looks: which kind one is, and where one stands that does not belong there.

use super::register_line::register_line;
use crate::problem::{Problem, Result};
use crate::secret::Secret;
use crate::text::{mask, plural};

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
    /// Returns its name in GitLab's own words.
    pub fn name(self) -> &'static str {
        match self {
            Self::Authentication => "runner authentication token",
            Self::Legacy => "registration token (legacy)",
            Self::Prefixed => "runner authentication token with an instance prefix",
        }
    }

    /// Returns the kind, by the token's looks.
    pub fn of(token: &Secret) -> Self {
        let text = token.expose_str();
        if text.starts_with("glrt-") || text.starts_with("glrtr-") {
            Self::Authentication
        } else if text.contains("-glrt-") || text.contains("-glrtr-") {
            Self::Prefixed
        } else {
            Self::Legacy
        }
    }

    /// Returns whether N parallel jobs take one registration (and `concurrent = N`), however many are wished for.
    pub fn registers_once(self) -> bool {
        self != Self::Legacy
    }
}

/// Refuses a text with a token in it where none belongs; `place` is what the text is called. The text is not repeated.
///
/// # Errors
/// There is one.
pub fn refuse_token(place: &str, text: &str) -> Result<()> {
    if !mask::looks_like_token(text) {
        return Ok(());
    }
    Err(Problem::usage(
        format!("{place} holds what looks like a token; it belongs in the token field."),
        "Give it there, or by `token_file`, `token_env` or `--token-stdin`: from there it reaches podman unseen.",
    ))
}

/// Returns what a text is that is given for a runner's token and is none, in GitLab's words.
fn no_runner_token(text: &str) -> Option<&'static str> {
    if text.contains("://") {
        return Some("address");
    }
    if text.starts_with("eyJ") && mask::looks_like_token(text) {
        return Some("CI/CD job token, or another JSON web token");
    }
    let legacy = text.starts_with("GR1348941");
    mask::begun_kind(text).filter(|kind| *kind != mask::RUNNER_TOKEN && !legacy)
}

/// Returns the kind of runner token a text is; `None` where it is none, or that cannot be said yet.
pub fn kind_of(text: &str) -> Option<TokenKind> {
    let text = text.trim();
    let begun = ["glrt-", "glrtr-", "GR1348941"].iter().any(|prefix| prefix.starts_with(text));
    let other = begun || register_line(text).is_some() || no_runner_token(text).is_some();
    (!other).then(|| TokenKind::of(&Secret::new(text)))
}

/// Returns what a text in the token field is taken for, in GitLab's words; `None` while that cannot be said yet.
pub fn taken_for(text: &str) -> Option<String> {
    let text = text.trim();
    if register_line(text).is_some() {
        return Some("GitLab's own line, which is taken apart".into());
    }
    if let Some(other) = no_runner_token(text) {
        return Some(format!("{other}, not a runner's token"));
    }
    kind_of(text).map(|kind| kind.name().to_owned())
}

/// gitlab-runner cuts a token for display at this length and crashes on a shorter `glrt-` one.
const SHORTEST_AUTHENTICATION: usize = 14;
/// Real ones have 20 characters and more behind the prefix; a free-form legacy token may be anything longer than this.
const SHORTEST_LEGACY: usize = 8;

/// Takes a pasted token: trims it, and catches one cut short before gitlab-runner crashes on it.
///
/// # Errors
/// Empty, with a blank or a control character inside, not ASCII, an address, another kind of token, a placeholder, or
/// too short to be whole. The message never has the token in it.
pub fn check_token(pasted: &str) -> Result<Secret> {
    let text = pasted.trim();
    let again = "Copy the whole token from GitLab's runner page (Settings, CI/CD, Runners) and paste it again.";
    if text.is_empty() {
        return Err(Problem::usage("The token is empty.", again));
    }
    if text.starts_with(['"', '\'']) {
        return Err(Problem::usage("The token is in quotes.", "Give it without them."));
    }
    if let Some(other) = no_runner_token(text) {
        return Err(Problem::usage(
            format!("That is {}, not a runner's token.", plural::a(other)),
            "Make a runner in GitLab (Settings, CI/CD, Runners, New runner) and give the glrt- token it shows.",
        ));
    }
    if let Some(c) = text.chars().find(|c| !c.is_ascii_graphic()) {
        let what = if c.is_whitespace() {
            "a blank or a line break".into()
        } else {
            format!("the character {}", c.escape_unicode())
        };
        return Err(Problem::usage(format!("The token has {what} in it, which no token has."), again));
    }
    if text.starts_with(['$', '<', '*', '[']) {
        return Err(Problem::usage("That stands where a token is to be put in; it is none.", again));
    }
    let token = Secret::new(text);
    let least = match TokenKind::of(&token) {
        TokenKind::Legacy => SHORTEST_LEGACY,
        TokenKind::Authentication | TokenKind::Prefixed => SHORTEST_AUTHENTICATION,
    };
    if text.len() < least || matches!(text, "glrt-" | "glrtr-") {
        return Err(Problem::usage(
            format!("The token has only {}: it was cut short in the copy.", plural::count(text.len(), "character")),
            again,
        ));
    }
    Ok(token)
}

/// Takes several tokens, one a line, or GitLab's own `gitlab-runner register …`; blank lines and the same token twice
/// count once.
///
/// # Errors
/// As [`check_token`]; kinds mixed.
pub fn check_tokens(text: &str) -> Result<Vec<Secret>> {
    let of_line = register_line(text).map(|line| line.tokens);
    let given: Vec<&str> = match &of_line {
        Some(tokens) => tokens.iter().map(Secret::expose_str).collect(),
        None => text.lines().filter(|line| !line.trim().is_empty()).collect(),
    };
    let mut tokens: Vec<Secret> = Vec::new();
    for token in given {
        let token = check_token(token)?;
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

/// Takes the access token of a user, of a project or a group: trims it, and refuses a runner's.
///
/// # Errors
/// It is empty, a runner's, or nothing that a token can be. The message never has it in it.
pub fn check_user_token(pasted: &str) -> Result<Secret> {
    let text = pasted.trim();
    let again = "Make one in GitLab (your picture, Edit profile, Access tokens) with the scope `create_runner`, and paste it whole.";
    if text.is_empty() {
        return Err(Problem::usage("The access token is empty.", again));
    }
    if text.chars().any(|c| !c.is_ascii_graphic()) {
        return Err(Problem::usage("The access token has a character in it that no token has.", again));
    }
    if ["glrt-", "glrtr-", "GR1348941"].iter().any(|prefix| text.starts_with(prefix)) || text.contains("-glrt-") {
        return Err(Problem::usage("That is a runner's token; an access token of yours is needed here.", again));
    }
    Ok(Secret::new(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds() {
        for (token, kind) in [
            ("glrt-t1_abcdefghijklmnop", TokenKind::Authentication),
            ("glrtr-abcdefghijklmnopqr", TokenKind::Authentication),
            ("GR1348941abcdefghijk", TokenKind::Legacy),
            ("acme-glrt-abcdefghijkl", TokenKind::Prefixed),
            ("acme-glrtr-abcdefghijkl", TokenKind::Prefixed),
        ] {
            assert_eq!(TokenKind::of(&Secret::new(token)), kind);
        }
    }

    #[test]
    fn a_token_is_found_wherever_it_stands_and_words_are_none() {
        for (text, token) in [
            ("glrt-t1_abcdefghijklmnop", "glrt-t1_abcdefghijklmnop"),
            ("glrt-abcdefghijklm.01.1a2b3c4d5", "glrt-abcdefghijklm.01.1a2b3c4d5"),
            ("https://gitlab.example/glrtr-abcdefghijkl", "glrtr-abcdefghijkl"),
            ("https://oauth2:glpat-abcdefghijkl@host/", "glpat-abcdefghijkl"),
            ("--token=glrt-abcdefghijkl", "glrt-abcdefghijkl"),
            ("box GR1348941abcdefghijk", "GR1348941abcdefghijk"),
            ("?private_token=acme-glpat-abcdefghijkl", "acme-glpat-abcdefghijkl"),
            ("acme-glrt-abcdefghijkl", "acme-glrt-abcdefghijkl"),
            ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIi.x_y", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIi.x_y"),
        ] {
            let found: Vec<&str> = mask::tokens_in(text).into_iter().map(|range| &text[range]).collect();
            assert_eq!(found, [token], "{text}");
            let problem = refuse_token("The URL", text).unwrap_err().to_string();
            assert!(problem.contains("looks like a token") && !problem.contains("abcdefghij"), "{problem}");
        }
        for text in [
            "https://gitlab.example/",
            "https://globex-corporation.example/",
            "globally-available-box",
            "localhost/pipglr:latest",
            "gitlab-runner-linux-amd64",
            "glusterfs-client-2",
            "pipglr johndoe@testhost",
        ] {
            assert!(!mask::looks_like_token(text), "{text}");
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
            "$RUNNER_TOKEN",
            "<your-token>",
        ] {
            let problem = check_token(bad).unwrap_err();
            assert!(bad.trim().len() < 6 || !problem.to_string().contains(bad.trim()), "{problem}");
        }
        // 13 characters crash gitlab-runner 17.5.5, 14 do not.
        assert!(check_token("glrt-12345678").is_err());
        assert!(check_token("glrt-123456789").is_ok());
    }

    #[test]
    fn what_is_typed_is_taken_for_what_it_is() {
        for (text, name) in [
            ("glrt-t1_abcdefghijklmnop", Some("runner authentication token")),
            ("acme-glrt-abcdefghijkl", Some("instance prefix")),
            ("GR1348941abcdefghijk", Some("registration token (legacy)")),
            ("some-free-form-thing", Some("registration token (legacy)")),
            ("glpat-abcdefghijklmnop", Some("access token of a person")),
            ("acme-glpat-abcdefghijk", Some("access token of a person")),
            ("glft-abcdefghijklmnopq", Some("feed token, not a runner's")),
            ("gldt-abcdefghijklmnopq", Some("deploy token, not a runner's")),
            ("glcbt-64_abcdefghijklm", Some("job token, not a runner's")),
            ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIi.x_y", Some("job token")),
            ("https://gitlab.example", Some("address, not a runner's")),
            ("gitlab-runner register --url https://h --token x", Some("GitLab's own line")),
            ("glr", None),
            ("GR13", None),
        ] {
            let taken = taken_for(text);
            assert_eq!(taken.is_some(), name.is_some(), "{text}: {taken:?}");
            assert!(taken.unwrap_or_default().contains(name.unwrap_or_default()), "{text}");
        }
        for (bad, said) in [
            ("glpat-abcdefghijklmnop", "an access token of a person, project or group"),
            ("glft-abcdefghijklmnopq", "a feed token"),
            ("https://gitlab.example/x", "an address"),
        ] {
            assert!(check_token(bad).unwrap_err().what.contains(said), "{bad}");
        }
    }

    #[test]
    fn several_tokens() {
        let two = check_tokens("glrt-aaaaaaaaaaaa\n\nglrt-bbbbbbbbbbbb\nglrt-aaaaaaaaaaaa\n").unwrap();
        assert_eq!(two.len(), 2);
        assert!(check_tokens("glrt-aaaaaaaaaaaa\nGR1348941abcdefghijk").is_err());
        assert!(check_tokens("\n \n").is_err());
        let line = "sudo gitlab-runner register \\\n  --url https://h/ \\\n  --token glrt-aaaaaaaaaaaa\n";
        assert_eq!(check_tokens(line).unwrap(), [Secret::new("glrt-aaaaaaaaaaaa")]);
    }
}
