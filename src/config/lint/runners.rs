//! What no single key says: how many jobs at once, which runners, whose tokens, and where to.

use super::format::LABELS;
use super::section::{Found, Section};
use super::{Context, Findings, placeholders};
use crate::gitlab::TokenKind;
use crate::secret::Secret;
use crate::text::{mask, plural};
use std::collections::HashMap;

/// gitlab-runner cuts a `glrt-` token at this length for its log, and crashes on a shorter one.
const SHORTEST_TOKEN: usize = 14;
/// One that is shorter still does not look like a token to it, and is taken as it is (17.5.5).
const LOOKS_LIKE_ONE: usize = 8;

/// With this `request_concurrency` gitlab-runner 19 leaves its warning about long polling out: the image registers with it.
const QUIET: i64 = 2;

/// Checks the runners and how they share `concurrent`.
pub(super) fn check(root: &Section, found: &mut Findings, context: &Context) {
    let runners = root.sections("runners");
    if runners.is_empty()
        && !found.broken
        && root.get("runners").is_none_or(|runners| runners.value.as_array().is_some_and(|a| a.is_empty()))
    {
        let line = found.source.text.len().min(found.source.toml().1);
        found
            .error(line..line, "runners", "There is no [[runners]]: gitlab-runner would have nothing to do.")
            .hint("Register a runner, which writes its entry, or put one in.");
    }
    let concurrent = concurrent(root, found, runners.len());
    limits(&runners, found, concurrent.as_ref());
    let mut tokens: HashMap<&str, (usize, usize)> = HashMap::new();
    let labels = root.section("labels").map_or(0, |labels| labels.len());
    for (index, runner) in runners.iter().enumerate() {
        // A mask is an error of its own.
        if let Some((text, at)) = runner.text("token").filter(|(text, _)| mask::masks(text).is_empty()) {
            token(text, &at, found, context);
            let line = found.source.place(at.span.start).0;
            if let (false, Some((other, first))) = (text.trim().is_empty(), tokens.get(text)) {
                found
                    .warning(
                        at.span,
                        at.path,
                        format!(
                            "This is the token of runners[{other}] on line {first}: it gives no more jobs at once."
                        ),
                    )
                    .hint("Keep one of the two entries, and raise `concurrent` for more jobs at once.");
            } else {
                tokens.insert(text, (index, line));
            }
        }
        if let Some((text, at)) = runner.text("url") {
            url(text, &at, found);
        }
        if let Some(own) = runner.section("labels")
            && own.len() <= LABELS
            && own.len() + labels > LABELS
        {
            let message = format!("These {} labels and the {labels} global ones are more than {LABELS}.", own.len());
            found.error(own.header, own.path, message).hint("Remove some.");
        }
        if !found.broken
            && runner.section("feature_flags").is_some_and(|flags| flags.is_true("FF_SUSPENDABLE_ENVIRONMENTS"))
            && runner.int("id").is_none_or(|(id, _)| id == 0)
        {
            found
                .warning(
                    runner.header.clone(),
                    runner.key("id"),
                    "FF_SUSPENDABLE_ENVIRONMENTS needs the runner's `id`.",
                )
                .hint("Add id = the number on the runner's page in GitLab.");
        }
    }
}

/// Jobs at once.
fn concurrent<'t>(root: &Section<'t>, found: &mut Findings, runners: usize) -> Option<(i64, Found<'t>)> {
    let Some((number, at)) = root.int("concurrent") else {
        if !root.has("concurrent") && !found.broken {
            let message = match runners {
                0 | 1 => "`concurrent` is missing: one job at a time.".into(),
                n => format!("`concurrent` is missing: one job at a time, for {n} runners."),
            };
            let top = found.source.toml().1;
            found
                .warning(top..top, "concurrent", message)
                .hint("Write concurrent = N for N jobs at once, at the top, before the first [section].");
        }
        return None;
    };
    if number < 1 {
        found
            .error(at.span, at.path, format!("With `concurrent` at {number} gitlab-runner does not start."))
            .hint("Write the number of jobs at once, at least 1.");
        return None;
    }
    if usize::try_from(number).is_ok_and(|number| number < runners) {
        let message =
            format!("`concurrent` is {number} for {runners} runners: jobs of one wait for those of the others.");
        found.warning(at.span.clone(), at.path.clone(), message).hint(format!("Set it to {runners} at least."));
    }
    Some((number, at))
}

/// `limit` and `request_concurrency` against `concurrent`.
fn limits(runners: &[Section], found: &mut Findings, concurrent: Option<&(i64, Found)>) {
    let jobs = concurrent.map(|(number, _)| *number);
    for runner in runners {
        if let Some((limit, at)) = runner.int("limit") {
            if limit < 0 {
                found
                    .warning(at.span, at.path, "`limit` is negative.")
                    .hint("Write 0 for no limit, or the number of jobs.");
            } else if jobs.is_some_and(|jobs| limit > jobs) {
                let jobs = jobs.unwrap_or_default();
                found
                    .warning(at.span, at.path, format!("`limit` is {limit}, and `concurrent` lets only {jobs} run."))
                    .hint(format!("Raise `concurrent` to {limit}, or lower `limit`."));
            }
        }
        if let Some((asks, at)) = runner.int("request_concurrency") {
            if asks < 1 {
                found.warning(at.span, at.path, "`request_concurrency` below 1 counts as 1.").hint("Write 1 or more.");
            } else if jobs.is_some_and(|jobs| asks > jobs.max(QUIET)) {
                let jobs = jobs.unwrap_or_default();
                let message = format!("`request_concurrency` is {asks}, and `concurrent` lets only {jobs} jobs run.");
                found
                    .warning(at.span, at.path, message)
                    .hint(format!("Raise `concurrent` to {asks}, or lower it to {jobs}."));
            }
        }
    }
    let limits: Option<i64> = runners
        .iter()
        .map(|runner| runner.int("limit").map(|(limit, _)| limit).filter(|limit| *limit > 0))
        .try_fold(0_i64, |sum, limit| sum.checked_add(limit?));
    if let (Some(sum), Some((jobs, at))) = (limits, concurrent)
        && !runners.is_empty()
        && sum < *jobs
    {
        let message = format!("`concurrent` is {jobs}, and the runners' `limit` lets only {sum} jobs run.");
        found.warning(at.span.clone(), at.path.clone(), message).hint("Raise a `limit`, or set it to 0 for none.");
    }
}

/// A runner's token. Nothing of it is ever repeated.
fn token(text: &str, at: &Found, found: &mut Findings, context: &Context) {
    let again = "Take the runner authentication token (glrt-…) from the runner's page in GitLab.";
    let mut warn = |message: &str, hint: &str| found.warning(at.span.clone(), at.path.clone(), message).hint(hint);
    if placeholders::is_token(text) {
        return; // said of it already
    }
    if text.is_empty() {
        found
            .error(at.span.clone(), at.path.clone(), "The token is empty: gitlab-runner does not take it.")
            .hint(again);
    } else if text.trim().is_empty() {
        warn("The token is only blanks: this runner gets no jobs.", again);
    } else if text.contains('$') {
        warn(
            "gitlab-runner replaces $NAME in a token from its environment (17.5 does not yet), and has only HOME there.",
            "Write the token itself, or add Environment=NAME=… to runner.service of the image. The value is written out when gitlab-runner saves its configuration.",
        );
    } else if text.chars().any(|c| !c.is_ascii_graphic()) {
        warn("The token has a blank or another character in it that no token has: GitLab will refuse it.", again);
    } else if text.starts_with("GR1348941") {
        warn(
            "This is a registration token; a runner needs the authentication token that registering gives. GitLab will refuse it.",
            "Register with it (`pipglr setup`), which writes the right one here.",
        );
    } else if let Some(what) = mask::token_kind(text).filter(|what| *what != mask::RUNNER_TOKEN) {
        warn(&format!("This is {}, and no runner's: GitLab will refuse it.", plural::a(what)), again);
    } else if text.starts_with("glrt-") && text.len() < LOOKS_LIKE_ONE {
        warn("The token was cut short: GitLab will refuse it.", again);
    } else if text.starts_with("glrt") && text.len() < SHORTEST_TOKEN {
        found
            .error(
                at.span.clone(),
                at.path.clone(),
                format!(
                    "The token has only {} characters: it was cut short, and gitlab-runner crashes on it.",
                    text.len()
                ),
            )
            .hint(again);
    } else if context.token == Some(TokenKind::Authentication) && TokenKind::of(&Secret::new(text)) == TokenKind::Legacy
    {
        warn("This is no runner authentication token (glrt-…), as this runner was registered with.", again);
    }
}

/// A server's address.
fn url(text: &str, at: &Found, found: &mut Findings) {
    let mut warn = |message: &str, hint: &str| found.warning(at.span.clone(), at.path.clone(), message).hint(hint);
    let whole = "Write the whole address: \"https://gitlab.example.com/\".";
    if text.is_empty() {
        found.error(at.span.clone(), at.path.clone(), "The url is empty: gitlab-runner does not take it.").hint(whole);
    } else if text.contains('$') {
        warn(
            "gitlab-runner replaces $NAME in a url from its environment (17.5 does not yet), and has only HOME there.",
            "Write the address itself, or add Environment=NAME=… to runner.service of the image.",
        );
    } else if !text.starts_with("https://") && !text.starts_with("http://") {
        warn("The url has no https:// or http:// in front: the server cannot be reached.", whole);
    } else if placeholders::is_url(text) {
        // said of it already
    } else if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
        warn("The url has a blank in it: the server cannot be reached.", whole);
    } else if !has_a_host(text) {
        warn("The host of the url cannot be read: the server cannot be reached.", whole);
    } else if matches!(text.split_once("://"), Some((_, host)) if host.is_empty() || host.starts_with('/')) {
        warn("The url names no host.", whole);
    } else if matches!(text.trim_end_matches('/'), "http://gitlab.com" | "http://www.gitlab.com") {
        warn(
            "gitlab.com answers http:// with a redirect only: the runner gets no jobs.",
            "Write \"https://gitlab.com/\".",
        );
    } else if text.trim_end_matches('/').ends_with("/ci") {
        warn("The url ends in /ci, as it did before GitLab 9.", "Remove /ci.");
    }
}

/// Whether what stands for the host can be one: brackets that close, a port that is a number.
fn has_a_host(url: &str) -> bool {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    let (host, port) = match host.strip_prefix('[').map(|host| host.split_once(']')) {
        Some(Some((host, port))) => (host.replace(':', ""), port),
        Some(None) => return false,
        None => {
            let end = host.find(':').unwrap_or(host.len());
            (host[..end].to_owned(), &host[end..])
        }
    };
    let digits = |port: &str| port.bytes().all(|b| b.is_ascii_digit());
    !host.contains(['[', ']', ':', '\\']) && (port.is_empty() || port.strip_prefix(':').is_some_and(digits))
}

#[cfg(test)]
mod tests {
    use super::has_a_host;

    #[test]
    fn hosts_are_gos() {
        for good in
            ["https://gitlab.example/", "http://[::1]:8080/x", "https://a:b@g.example:443", "http://h?x", "http://g:"]
        {
            assert!(has_a_host(good), "{good}");
        }
        for bad in ["http://[::1/", "http://g:port/", "http://a:1:2/", "http://g]/", "http://[::1]x/"] {
            assert!(!has_a_host(bad), "{bad}");
        }
    }
}
