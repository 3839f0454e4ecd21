//! The line that GitLab's "New runner" page offers for copying, taken apart.

use crate::secret::Secret;
use crate::text::mask;
use zeroize::Zeroizing;

/// What such a line says.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct RegisterLine {
    /// The server.
    pub url: Option<String>,
    /// The tokens; one, unless several lines were given.
    pub tokens: Vec<Secret>,
    /// The runner's name.
    pub name: Option<String>,
}

/// Takes `gitlab-runner register --url U --token T` apart; `None` where the text is no such line. It may have `sudo` or
/// `docker run …` before it, be broken into several lines, or be only its options.
pub fn register_line(text: &str) -> Option<RegisterLine> {
    let words = words(text);
    let options = match words.iter().position(|word| word.as_str() == "register") {
        Some(at) if words[..at].iter().any(|word| word.contains("gitlab-runner")) => &words[at + 1..],
        _ if words.first().is_some_and(|word| matches!(name(word), Some((_, true)))) => &words[..],
        _ => return None,
    };
    let mut line = RegisterLine::default();
    let mut rest = options.iter();
    while let Some(word) = rest.next() {
        let Some((what, _)) = name(word) else { continue };
        let value = match word.split_once('=') {
            Some((_, value)) => Zeroizing::new(value.to_owned()),
            None => rest.next().cloned().unwrap_or_default(),
        };
        let value = value.trim_matches(['"', '\'']);
        match what {
            _ if value.is_empty() => {}
            What::Token => line.tokens.push(Secret::new(value)),
            // A token in the wrong option is one all the same.
            What::Url | What::Name if mask::looks_like_token(value) => line.tokens.push(Secret::new(value)),
            What::Url => line.url = Some(value.to_owned()),
            What::Name => line.name = Some(value.to_owned()),
        }
    }
    Some(line)
}

/// Returns whether such a line goes on after what there is of it: broken behind a `\`, or without its token yet.
pub fn goes_on(text: &str) -> bool {
    register_line(text).is_some_and(|line| line.tokens.is_empty() || text.trim_end().ends_with('\\'))
}

#[derive(Clone, Copy)]
enum What {
    Url,
    Token,
    Name,
}

/// The option that a word is, and whether it is one that could begin the text: only what cannot be anything else.
fn name(word: &str) -> Option<(What, bool)> {
    Some(match word.split('=').next().unwrap_or(word) {
        "--url" => (What::Url, true),
        "-u" => (What::Url, false),
        "--token" | "--registration-token" => (What::Token, true),
        "-t" | "-r" => (What::Token, false),
        "--name" | "--description" => (What::Name, false),
        _ => return None,
    })
}

/// The words as a shell would have them, a blank in quotes included.
fn words(text: &str) -> Vec<Zeroizing<String>> {
    let (mut words, mut word, mut quote) = (Vec::new(), Zeroizing::new(String::new()), None);
    for c in text.chars() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some(_), c) => word.push(c),
            (None, '"' | '\'') => quote = Some(c),
            (None, c) if c.is_whitespace() || c == '\\' => words.push(std::mem::take(&mut word)),
            (None, c) => word.push(c),
        }
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    const T: &str = "glrt-t1_abcdefghijklmnop";

    #[test]
    fn gitlab_s_line_is_taken_apart_however_it_is_written() {
        for text in [
            format!("gitlab-runner register --url https://gitlab.example --token {T}"),
            format!("$ sudo gitlab-runner register\n  --url https://gitlab.example\n  --token {T}\n"),
            format!("sudo gitlab-runner register \\\n --url=https://gitlab.example \\\n --token={T}"),
            format!(".\\gitlab-runner.exe register --non-interactive -u \"https://gitlab.example\" -t '{T}'"),
            format!(
                "docker run --rm -it gitlab/gitlab-runner:latest register --token {T} --url https://gitlab.example"
            ),
            format!("gitlab-runner register --url https://gitlab.example --registration-token {T} --executor docker"),
            format!("--url https://gitlab.example --token {T}"),
        ] {
            let line = register_line(&text).unwrap_or_default();
            assert_eq!(line.url.as_deref(), Some("https://gitlab.example"), "{text}");
            assert_eq!(line.tokens, [Secret::new(T)], "{text}");
            assert!(!goes_on(&text), "{text}");
        }
        let named = register_line(&format!("gitlab-runner register --description \"build box\" --token {T}")).unwrap();
        assert_eq!(named.name.as_deref(), Some("build box"));
        let wrong = register_line(&format!("gitlab-runner register --url {T}")).unwrap();
        assert_eq!((wrong.url, wrong.tokens), (None, vec![Secret::new(T)]));
    }

    #[test]
    fn other_text_is_no_such_line() {
        for text in ["", T, "https://gitlab.example/", "register here", "my gitlab-runner box", "-t x", "--name x"] {
            assert_eq!(register_line(text), None, "{text}");
        }
    }

    #[test]
    fn a_line_that_is_broken_goes_on() {
        for text in ["gitlab-runner register", "gitlab-runner register \\", "gitlab-runner register --url https://h \\"]
        {
            assert!(goes_on(text), "{text}");
        }
        assert!(!goes_on("https://gitlab.example/"));
    }
}
