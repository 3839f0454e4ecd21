//! Where the secrets of a line are: behind a name, behind an option, in an address, or by their looks.

use super::names::{self, Telling};
use super::{is_mask, tokens, value};
use regex::Regex;
use std::ops::Range;
use std::sync::LazyLock;

/// A rule that is a pattern; each has the secret as its group `s`.
static PATTERNS: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    [
        // Web hooks: who knows the address may post.
        r"\bhooks\.slack\.com/(?:services|workflows|triggers)/(?<s>[^\s\x22'`<>]+)",
        r"\bdiscord(?:app)?\.com/api/webhooks/(?<s>[^\s\x22'`<>?]+)",
        r"\b(?:[a-z0-9-]+\.webhook\.office\.com/webhookb2|outlook\.office\.com/webhook)/(?<s>[^\s\x22'`<>?]+)",
        r"/hooks/(?<s>[a-z0-9]{26})\b",
        // A signed address.
        r"(?i)[?&](?:sig|signature|x-amz-(?:signature|credential|security-token))=(?<s>[^&\s\x22'`#]+)",
        r"\b_gitlab_session=(?<s>[^;\s\x22']+)",
    ]
    .iter()
    .filter_map(|rule| Regex::new(rule).ok())
    .collect()
});

/// `Bearer x` and `Basic x` without a header's name.
static BEARER: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?i)\b(?:bearer|basic) +(?<s>[a-z0-9_.~+/=-]{8,})").ok());

/// A name and what is between it and its value.
static NAMED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"(?<n>[A-Za-z_-][A-Za-z0-9_.-]*)(?<q>\\*["'])?(?<b>[ \t]*)(?<op>:=|==?>?|:)(?<a>[ \t]*)"#).ok()
});

/// An option whose value is the next word, also in a list of words: `--password x`, `"--password", "x"`.
static OPTION: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"(?:^|[\s"'`(\[,])--?(?<n>[A-Za-z][A-Za-z0-9_-]*)(?:["']?[ \t]*,[ \t]*|["']?[ \t]+)"#).ok()
});

/// `-u user:password` and its like.
static USER: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r#"(?:^|[\s"'])(?:-u|--user|--proxy-user|--creds|--src-creds|--dest-creds)["']?(?:[ \t]*[,=][ \t]*|[ \t]+)"#,
    )
    .ok()
});

/// `login … -p x`, `sshpass -p x`.
static LOGIN: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"\b(?:login|sshpass)["']?[\s,](?:[^;|&]*?[\s,"'])?-p["']?[ \t,=]*"#).ok());

/// The words between `Authorization:` and what is secret.
static SCHEME: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"^(?i:bearer|basic|token|negotiate|apikey|private-token|job-token)[ \t]+").ok());

/// Finds them; they may overlap.
pub(super) fn find(line: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    users(line, &mut found);
    let in_urls = found.len();
    named(line, &mut found, in_urls);
    options(line, &mut found);
    for pattern in PATTERNS.iter() {
        let secrets = pattern.captures_iter(line).filter_map(|captures| captures.name("s"));
        found.extend(secrets.map(|secret| secret.range()));
    }
    let bearers = BEARER.iter().flat_map(|bearer| bearer.captures_iter(line)).filter_map(|bearer| bearer.name("s"));
    found.extend(bearers.filter(|secret| !is_a_word(secret.as_str())).map(|secret| secret.range()));
    found.extend(tokens::find(line));
    found.retain(|range| !is_nothing(&line[range.clone()]));
    found
}

/// What is no secret though it stands where one would: nothing at all, a mask, or the name of a variable.
fn is_nothing(value: &str) -> bool {
    const NOTHING: [&str; 14] =
        ["", "null", "nil", "<nil>", "true", "false", "yes", "no", "on", "off", "none", "0", "[]", "{}"];
    let variable = value.strip_prefix('$').is_some_and(|name| {
        let name = name.strip_prefix('{').and_then(|name| name.strip_suffix('}')).unwrap_or(name);
        name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
    });
    NOTHING.contains(&value) || variable || is_mask(value)
}

/// Whether it may be a word of a sentence: no digit, no capital but the first letter.
fn is_a_word(text: &str) -> bool {
    !text.bytes().skip(1).any(|b| b.is_ascii_digit() || b.is_ascii_uppercase() || b == b'=')
}

/// The password of `https://user:password@host`, or the token of `https://token@host`.
fn users(line: &str, found: &mut Vec<Range<usize>>) {
    /// Who says nothing by being there.
    const KNOWN: [&str; 5] = ["git", "oauth2", "gitlab-ci-token", "x-token-auth", "anonymous"];
    let mut from = 0;
    while let Some(at) = line[from..].find("://") {
        let start = from + at + 3;
        let end = line[start..].find(|c: char| c.is_whitespace() || "/\"'`?#<>".contains(c));
        let end = end.map_or(line.len(), |end| start + end);
        if let Some(at) = line[start..end].rfind('@') {
            let user = &line[start..start + at];
            let scheme = line[..start - 3].rsplit(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
            match user.find(':') {
                Some(colon) => found.push(start + colon + 1..start + at),
                None if scheme.starts_with("http") && !KNOWN.contains(&user) => found.push(start..start + at),
                None => {}
            }
        }
        from = end.max(start);
    }
}

/// `name=value` and `name: value`, with a name that tells. What a user's part of an address has is known already.
fn named(line: &str, found: &mut Vec<Range<usize>>, in_urls: usize) {
    let mut done = 0;
    for captures in NAMED.iter().flat_map(|named| named.captures_iter(line)) {
        let (Some(all), Some(name), Some(op)) = (captures.get(0), captures.name("n"), captures.name("op")) else {
            continue;
        };
        if all.start() < done {
            continue;
        }
        let Some(telling) = names::telling(name.as_str()) else { continue };
        let blank = |group: &str| captures.name(group).is_some_and(|blanks| !blanks.as_str().is_empty());
        let (quote, colon) = (captures.name("q"), op.as_str() == ":");
        let mut start = all.end();
        let before = line[..name.start()].trim_end_matches('-');
        let opened = before.bytes().last().filter(|b| matches!(b, b'"' | b'\'')).filter(|_| quote.is_none() && !colon);
        if let Some(opened) = opened.filter(|_| !blank("b") && !blank("a")) {
            // `"NAME=the whole of it"`
            let slashes = before.len() - 1 - before[..before.len() - 1].trim_end_matches('\\').len();
            if let Some(end) = value::around(line, start, before, opened, slashes).filter(|end| *end > start) {
                found.push(start..end);
                done = end;
                continue;
            }
        }
        let rest = &line[start..];
        let in_quotes = rest.trim_start_matches('\\').starts_with(['"', '\'']);
        let digits = rest.starts_with(|c: char| c.is_ascii_digit());
        let fits = match (quote.is_some(), colon) {
            _ if in_quotes => true,
            // `"name": no such secret` is talk, `"name": {` has names of its own.
            (true, true) => (!blank("a") || digits) && !rest.starts_with(['{', '[']),
            (false, true) => telling == Telling::Plainly || !blank("a") && rest.starts_with('['),
            // `NAME= OTHER=x`: the first is empty.
            (_, false) => blank("b") || !blank("a"),
        };
        if !fits || found[..in_urls].iter().any(|url| url.start == start) {
            continue;
        }
        if names::is_header(name.as_str()) && !in_quotes && !rest.starts_with('[') {
            match SCHEME.as_ref().and_then(|scheme| scheme.find(rest)) {
                Some(scheme) => start += scheme.end(),
                // `Cookie: a=x; b=y`, `Authorization: Digest username=…`: up to the quote around it, or the line's end.
                None => {
                    let end = rest.find(['"', '\'']).map_or(line.trim_end().len(), |end| start + end);
                    found.push(start..end.max(start));
                    done = end;
                    continue;
                }
            }
        }
        let range = value::at(line, start);
        done = range.end.max(start);
        found.push(range);
    }
}

/// What an option takes as its next word.
fn options(line: &str, found: &mut Vec<Range<usize>>) {
    let mut done = 0;
    for captures in OPTION.iter().flat_map(|option| option.captures_iter(line)) {
        let (Some(all), Some(name)) = (captures.get(0), captures.name("n")) else { continue };
        // podman's `--secret` takes a name.
        if all.end() > done
            && name.as_str() != "secret"
            && names::tells(name.as_str())
            && !line[all.end()..].trim_start_matches(['"', '\'']).starts_with('-')
        {
            let range = value::at(line, all.end());
            done = range.end;
            found.push(range);
        }
    }
    for user in USER.iter().flat_map(|user| user.find_iter(line)) {
        let range = value::at(line, user.end());
        if let Some((name, password)) = line[range.clone()].split_once(':')
            && !password.starts_with("//")
            && name != password
            && !name.bytes().all(|b| b.is_ascii_digit())
        {
            found.push(range.start + name.len() + 1..range.end);
        }
    }
    for login in LOGIN.iter().flat_map(|login| login.find_iter(line)) {
        if !line[login.end()..].starts_with("assw") {
            found.push(value::at(line, login.end()));
        }
    }
}
